//! nginx's default, bit for bit: smooth weighted round robin.

use super::plain::plain;

plain! {
    name: "nginx_round_robin",
    hue: Baseline,
    scheme: NginxRoundRobin,
    summary: "nginx's default: smooth weighted round robin",
}
