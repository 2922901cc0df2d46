//! The server with the fewest connections per weight; ties by a uniform draw.

use super::plain::plain;

plain! {
    name: "least_connections",
    hue: Other,
    scheme: LeastConnections,
    summary: "the server with the fewest connections per weight, as this balancer counts them",
}
