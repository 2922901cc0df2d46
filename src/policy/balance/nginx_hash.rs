//! nginx's `hash KEY`, bit for bit.

use super::plain::plain;

plain! {
    name: "nginx_hash",
    hue: Other,
    scheme: NginxHash,
    summary: "nginx's `hash KEY`: nearly every owner changes with the number of servers",
}
