//! What Envoy computes.
//!
//! [`Backend::address`] is what Envoy calls a host's hash key: its metadata
//! `envoy.lb.hash_key`, else its name with `use_hostname_for_hashing`, else `ip:port`.
//! A request's hash is the XXH64 (seed 0) of the key's bytes. Backends that are not
//! eligible are left out, as unhealthy hosts are while no panic threshold is reached.
//!
//! [`Backend::address`]: crate::routing::Backend::address

pub use self::maglev::{EnvoyMaglev, EnvoyMaglevConfig};
pub use self::ring_hash::{EnvoyHash, EnvoyRingHash, EnvoyRingHashConfig};

mod bounded;
mod hosts;
mod maglev;
mod ring_hash;
