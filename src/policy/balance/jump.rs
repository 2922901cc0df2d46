//! Jump consistent hash (Lamping and Veach 2014).

use super::plain::plain;

plain! {
    name: "jump",
    hue: Ring,
    scheme: Jump,
    summary: "jump consistent hash: equal shares, but only the last server can leave without renumbering",
}
