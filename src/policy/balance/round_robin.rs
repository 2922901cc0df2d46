//! Each server in turn: smooth weighted round robin, as nginx does it.

use super::plain::plain;

plain! {
    name: "round_robin",
    hue: Baseline,
    scheme: RoundRobin,
    summary: "each server in turn, by weight (smooth weighted round robin)",
}
