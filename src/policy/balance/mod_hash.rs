//! The hash of the client's key modulo the number of servers.

use super::plain::plain;

plain! {
    name: "mod_hash",
    hue: Other,
    scheme: ModHash,
    summary: "hash of the client's key modulo the number of servers: nearly every owner changes with it",
}
