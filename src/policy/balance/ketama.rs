//! libketama's continuum, bit for bit.

use super::plain::plain;

plain! {
    name: "ketama",
    hue: Ring,
    scheme: Ketama,
    summary: "libketama's continuum: 160 points a server by MD5",
}
