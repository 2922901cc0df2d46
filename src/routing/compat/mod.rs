//! What real balancers compute, bit for bit.
//!
//! Each scheme takes what the real one takes from its configuration: addresses, weights,
//! order, states, ids. All are checked against recordings of the real programs
//! (`tests/vectors`) or against answers that their authors publish.
//!
//! | scheme | its choice | look-up | bytes for n equal backends | balance | keys moved when one of n joins |
//! |---|---|---|---|---|---|
//! | [`NginxRoundRobin`] | smooth weighted turns | O(n) | 24 n | exact turns | – |
//! | [`NginxLeastConn`] | fewest connections, ties by turns | O(n) | 24 n | within one | – |
//! | [`NginxHash`] | CRC-32 modulo weights | O(log n) | 32 n | as the hashes | nearly all |
//! | [`NginxConsistent`] | ring, 160 points a weight | O(log n) | 1.3 KiB n | 8% deviation | its share |
//! | [`HaproxyRoundRobin`] | weighted turns | O(log n) | 90 n | exact turns | – |
//! | [`HaproxyLeastconn`] | fewest connections, ties first come | O(1) | 80 n | within one | – |
//! | [`HaproxyMapBased`] | sdbm modulo weights | O(1) | 4 n | as the hashes | nearly all |
//! | [`HaproxyConsistent`] | ring, 16 points a weight, nearest | O(log n) | 208 n | 18% deviation | its share |
//! | [`EnvoyRingHash`] | ring of 1,024 points in all | O(log n) | 12 KiB | 10% deviation at 10, 31% at 100 | 1.4 times its share (n = 3), 1.9 (10) |
//! | [`EnvoyMaglev`] | table of 65,537 slots | O(1) | 256 KiB | within a slot | 1.03 times its share (n = 10), 7 (1,000) |
//! | [`Ketama`] | ring, 160 points a server, 156 at a few n | O(log n) | 1.3 KiB n | 8% deviation | its share, twice it at these n |
//! | [`RedisSlot`] | 16,384 slots in ranges | O(1) | 64 KiB | within a slot | its share |
//!
//! What recordings and published answers show, each a test in `tests/it/compat`:
//! - From 3 to 4 servers, of 2,000 keys move: nginx `consistent` 21.8%, nginx `hash`
//!   75.8%, HAProxy `consistent` 28.1%, HAProxy `map-based` 74.9%, Envoy's ring 36%, of
//!   which 10.6% of all keys needlessly: they move between servers that stay.
//! - HAProxy without `id` renumbers when a line is removed: 65.5% move, with ids 15.8%.
//! - HAProxy's `sdbm` without `avalanche` puts 1,900 of 2,000 sequential keys on one of
//!   3 servers.
//! - A bounded load places and never moves: factor 125 brings the peak of 600 tunnels
//!   on 5 servers from 142 to 138, and nothing is balanced again after a third closed.
//!   One hot key, 300 times: 0, 75, 75, 75, 75.
//! - A router agrees with another only if both hash alike: every hash here is fixed,
//!   with its seed, and none is drawn when a process starts.

pub use self::envoy::{
    EnvoyHash, EnvoyMaglev, EnvoyMaglevConfig, EnvoyRingHash, EnvoyRingHashConfig,
};
pub use self::haproxy::{
    HaproxyConsistent, HaproxyConsistentConfig, HaproxyHash, HaproxyHashType, HaproxyLeastconn,
    HaproxyMapBased, HaproxyMapBasedConfig, HaproxyRoundRobin,
};
pub use self::ketama::Ketama;
pub use self::nginx::{NginxConsistent, NginxHash, NginxLeastConn, NginxRoundRobin};
pub use self::redis_slot::RedisSlot;

mod envoy;
mod haproxy;
mod ketama;
mod nginx;
mod redis_slot;
