//! HAProxy's `balance leastconn`, bit for bit.

use super::plain::plain;

plain! {
    name: "haproxy_leastconn",
    hue: Other,
    scheme: HaproxyLeastconn,
    summary: "HAProxy's `balance leastconn`: fewest connections per weight, first come first of equals",
}
