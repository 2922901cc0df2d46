//! What HAProxy computes (version 2.6.12).
//!
//! Of a configuration `server NAME ADDRESS weight N`, backends in order of joining are
//! the lines in order. Name and address play no part in any hash. A backend that is
//! not ready is a server in maintenance or `disabled`; weights above 256, the most that
//! HAProxy takes, count as 256, and 0 takes no new connections.
//!
//! A membership that gained or lost a line is a reload: ids are given anew and turns
//! begin again. One in which only states and weights changed is what the runtime socket
//! does to a running process: turns go on and connection counts stay.
//!
//! A weight is counted in sixteenths, as the original does: an effective weight is 16
//! times the configured one.

pub use self::consistent::{HaproxyConsistent, HaproxyConsistentConfig};
pub use self::hash::{HaproxyHash, HaproxyHashType};
pub use self::leastconn::HaproxyLeastconn;
pub use self::map_based::{HaproxyMapBased, HaproxyMapBasedConfig};
pub use self::round_robin::HaproxyRoundRobin;

mod consistent;
mod hash;
mod leastconn;
mod map_based;
mod round_robin;

use super::super::backend::{Backend, BackendId};
use super::super::membership::Membership;

/// The largest weight of a `server` line.
///
/// Source: `SRV_UWGHT_MAX` in `include/haproxy/backend-t.h`.
const UWGHT_MAX: u32 = 256;

/// Effective weight for each unit of configured weight.
///
/// Source: `BE_WEIGHT_SCALE` in `include/haproxy/backend-t.h`.
const WEIGHT_SCALE: u32 = 16;

/// The largest effective weight: `SRV_EWGHT_MAX`.
const EWGHT_MAX: u32 = UWGHT_MAX * WEIGHT_SCALE;

/// The effective weight of a backend: 0 if it takes no connections.
fn eweight(backend: &Backend) -> u32 {
    if backend.is_eligible() { backend.weight.min(UWGHT_MAX) * WEIGHT_SCALE } else { 0 }
}

/// Whether a membership has other lines than these.
fn is_reload(lines: impl Iterator<Item = BackendId>, membership: &Membership) -> bool {
    !lines.eq(membership.iter().map(|backend| backend.id))
}
