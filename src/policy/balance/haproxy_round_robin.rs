//! HAProxy's `balance roundrobin`, bit for bit.

use super::plain::plain;

plain! {
    name: "haproxy_round_robin",
    hue: Baseline,
    scheme: HaproxyRoundRobin,
    summary: "HAProxy's `balance roundrobin`",
}
