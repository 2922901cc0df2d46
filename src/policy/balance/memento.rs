//! Memento (Coluzzi et al. 2023): jump hash that remembers who has left.

use super::plain::plain;

plain! {
    name: "memento",
    hue: Ring,
    scheme: Memento,
    summary: "memento: jump hash that remembers which servers left",
}
