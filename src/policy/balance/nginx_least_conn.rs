//! nginx's `least_conn`, bit for bit.

use super::plain::plain;

plain! {
    name: "nginx_least_conn",
    hue: Other,
    scheme: NginxLeastConn,
    summary: "nginx's `least_conn`: fewest connections per weight, ties by round robin",
}
