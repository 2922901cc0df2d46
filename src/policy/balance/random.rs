//! A random server, with probability proportional to its weight.

use super::plain::plain;

plain! {
    name: "random",
    hue: Baseline,
    scheme: Random,
    summary: "a random server, by weight",
}
