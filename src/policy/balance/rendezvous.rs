//! Rendezvous hashing (Thaler and Ravishankar 1998): the highest score of key and server.

use super::plain::plain;

plain! {
    name: "rendezvous",
    hue: Ring,
    scheme: Rendezvous,
    summary: "rendezvous hashing: the server with the highest score for the key; exact shares, O(servers)",
}
