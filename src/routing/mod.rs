//! Which backend a connection goes to: the library that a production server links.
//!
//! A [`Membership`] says which backends there are; a [`Scheme`] over it says where a
//! connection goes; after a change, plans such as [`moved`] and [`excess`] say which open
//! connections to close, as no balancer can move one that is open. A [`Board`] answers
//! for a `/gateway` endpoint by what backends report.
//!
//! | scheme | look-up | memory a backend | balance | moved when one joins n |
//! |---|---|---|---|---|
//! | `round_robin` | O(1), O(n) with weights or after a change within a round | 40 B | exact in arrivals | nothing |
//! | `random` | O(1), O(log n) with weights | 20 B | sd sqrt(m / n) | nothing |
//! | `least_connections` | O(log n) | 64 B | exact in counts | nothing |
//! | `power_of_two` | O(1), O(log n) with weights | 20 B | max - mean about 2 | nothing |
//! | `mod_hash` | O(1), O(log n) with weights | 20 B | exact | n / (n + 1) of all |
//! | `jump` | 25 to 60 ns | 20 B | exact | 1 / (n + 1) if last to join and first to leave |
//! | `rendezvous` | O(n), 1.5 ns a backend | 12 B | exact | 1 / (n + 1), the least |
//! | `maglev` | 2 ns | 256 KiB in all | within a slot, if weights are equal | 1.03 (n = 10) to 6.8 (1,000) times the least |
//! | `anchor` | 2.5 ns | 85 B, capacity fixed | exact | 1 / (n + 1), the least |
//! | `memento` | 27 to 65 ns | 70 B | exact | 1 / (n + 1), the least |
//! | `ring` | 2 to 10 ns | 8 to 13 KiB | sd 8% (160 points) | 1 / (n + 1), the least |
//!
//! What nginx, HAProxy, Envoy, libketama and Redis compute, bit for bit, is in [`compat`].
//! Which servers a published message goes to is in [`pubsub`].
//!
//! Schemes without owners spread what arrives and need no agreement; a cluster that
//! grows stays uneven until connections end. Schemes with owners find a key's backend
//! from any router without asking, and say exactly whom a change concerns.
//!
//! ```
//! use ringstorm::routing::{Membership, RingConfig, Scheme, SchemeConfig};
//!
//! let mut cluster = Membership::new();
//! for address in ["10.0.0.1:8080", "10.0.0.2:8080", "10.0.0.3:8080"] {
//!     cluster.join(address, 1, None);
//! }
//! let mut scheme = Scheme::build(&SchemeConfig::Ring(RingConfig::default()), &cluster);
//! let backend = scheme.pick(b"alice", 0).expect("three backends are eligible");
//! scheme.opened(backend);
//! println!("alice connects to {}", cluster.get(backend).expect("it was picked").address);
//!
//! cluster.leave(backend);
//! scheme.update(&cluster);
//! assert_ne!(scheme.owner(b"alice"), Some(backend));
//! ```
//!
//! What is absent: a clock (time is passed in as nanoseconds), randomness (chance is
//! passed in as 64 uniform bits), input and output, threads, locks, anything unsafe.
//! Equal calls give equal answers on every machine. No input panics: a lack of backends
//! is a `None`, unknown ids are ignored. Picks do not allocate, but that
//! `haproxy_round_robin` moves its servers between trees, and a [`Board`] that draws a
//! few lists those to draw from anew when a report has become too old. To update while
//! others read, clone, update the clone, and swap it in.

pub use self::anchor::{Anchor, AnchorConfig};
pub use self::backend::{Backend, BackendId, BackendState};
pub use self::connections::{Connections, Recount};
pub use self::discovery::{Board, SelectRule};
pub use self::disruption::{Disruption, PROBES, disagreement, plan};
pub use self::factor::Factor;
pub use self::hash::KeyHash;
pub use self::jump::{Jump, jump};
pub use self::least_connections::LeastConnections;
pub use self::maglev::{Maglev, MaglevConfig};
pub use self::membership::{Change, Membership, Snapshot, SnapshotError, diff};
pub use self::memento::Memento;
pub use self::mod_hash::ModHash;
pub use self::power_of_two::{PowerOfTwo, PowerOfTwoConfig};
pub use self::random::Random;
pub use self::rebalance::{Excess, Held, Holding, Moved, Order, Pace, excess, moved};
pub use self::rendezvous::Rendezvous;
pub use self::replicas::Spread;
pub use self::ring::{Candidates, Ring, RingConfig};
pub use self::round_robin::RoundRobin;
pub use self::scheme::{Rules, Scheme, SchemeConfig};

pub mod compat;

mod anchor;
mod backend;
mod chance;
mod connections;
mod discovery;
mod disruption;
mod factor;
mod hash;
mod jump;
mod least_connections;
mod load;
mod maglev;
mod membership;
mod memento;
mod mod_hash;
mod power_of_two;
pub mod pubsub;
mod random;
mod rebalance;
mod rendezvous;
mod replicas;
mod ring;
mod roster;
mod round_robin;
mod scheme;
mod seats;
mod tournament;
