//! nginx's `hash KEY consistent`, bit for bit.

use super::plain::plain;

plain! {
    name: "nginx_consistent",
    hue: Ring,
    scheme: NginxConsistent,
    summary: "nginx's `hash KEY consistent`: a ring of 160 points per weight",
}
