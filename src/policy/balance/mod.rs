//! Which server takes an attempt: one file a rule.

pub mod anchor;
pub mod envoy_maglev;
pub mod envoy_ring_hash;
pub mod gateway;
pub mod haproxy_consistent;
pub mod haproxy_leastconn;
pub mod haproxy_map_based;
pub mod haproxy_round_robin;
pub mod jump;
pub mod ketama;
pub mod least_connections;
pub mod maglev;
pub mod memento;
pub mod mod_hash;
pub mod nginx_consistent;
pub mod nginx_hash;
pub mod nginx_least_conn;
pub mod nginx_round_robin;
mod plain;
pub mod power_of_two;
pub mod random;
pub mod redis_slot;
pub mod rendezvous;
pub mod ring;
pub mod round_robin;

use super::Hue;
use super::rules::rules;
use crate::routing::SchemeConfig;

rules! {
    /// A way to place.
    Balance, "a balance rule":
    RoundRobin => round_robin,
    Random => random,
    LeastConnections => least_connections,
    PowerOfTwo => power_of_two,
    ModHash => mod_hash,
    Ring => ring,
    Maglev => maglev,
    Jump => jump,
    Rendezvous => rendezvous,
    Anchor => anchor,
    Memento => memento,
    NginxRoundRobin => nginx_round_robin,
    NginxLeastConn => nginx_least_conn,
    NginxHash => nginx_hash,
    NginxConsistent => nginx_consistent,
    HaproxyRoundRobin => haproxy_round_robin,
    HaproxyLeastconn => haproxy_leastconn,
    HaproxyMapBased => haproxy_map_based,
    HaproxyConsistent => haproxy_consistent,
    EnvoyRingHash => envoy_ring_hash,
    EnvoyMaglev => envoy_maglev,
    Ketama => ketama,
    RedisSlot => redis_slot,
    Gateway => gateway,
}

impl Balance {
    /// The routing scheme behind the rule; `None` for the gateway, which has a load board.
    pub fn scheme(&self) -> Option<SchemeConfig> {
        match self {
            Self::RoundRobin(config) => Some(config.scheme()),
            Self::Random(config) => Some(config.scheme()),
            Self::LeastConnections(config) => Some(config.scheme()),
            Self::PowerOfTwo(config) => Some(config.scheme()),
            Self::ModHash(config) => Some(config.scheme()),
            Self::Ring(config) => Some(config.scheme()),
            Self::Maglev(config) => Some(config.scheme()),
            Self::Jump(config) => Some(config.scheme()),
            Self::Rendezvous(config) => Some(config.scheme()),
            Self::Anchor(config) => Some(config.scheme()),
            Self::Memento(config) => Some(config.scheme()),
            Self::NginxRoundRobin(config) => Some(config.scheme()),
            Self::NginxLeastConn(config) => Some(config.scheme()),
            Self::NginxHash(config) => Some(config.scheme()),
            Self::NginxConsistent(config) => Some(config.scheme()),
            Self::HaproxyRoundRobin(config) => Some(config.scheme()),
            Self::HaproxyLeastconn(config) => Some(config.scheme()),
            Self::HaproxyMapBased(config) => Some(config.scheme()),
            Self::HaproxyConsistent(config) => Some(config.scheme()),
            Self::EnvoyRingHash(config) => Some(config.scheme()),
            Self::EnvoyMaglev(config) => Some(config.scheme()),
            Self::Ketama(config) => Some(config.scheme()),
            Self::RedisSlot(config) => Some(config.scheme()),
            Self::Gateway(_) => None,
        }
    }

    /// Whether every key has an owner, so that connections can be `moved` to it.
    pub fn has_owners(&self) -> bool {
        self.scheme().is_some_and(|scheme| scheme.has_owners())
    }

    /// Whether chance plays a part in where a connection is placed.
    pub fn draws(&self) -> bool {
        self.scheme().is_none_or(|scheme| scheme.draws())
    }

    /// Whether a balancer's own counts or turns play a part, so that two instances may differ.
    pub fn has_state(&self) -> bool {
        self.goes_by_counts() || !self.has_owners()
    }

    /// Whether a balancer's own counts of connections play a part.
    pub const fn goes_by_counts(&self) -> bool {
        match self {
            Self::LeastConnections(_)
            | Self::PowerOfTwo(_)
            | Self::NginxLeastConn(_)
            | Self::HaproxyLeastconn(_) => true,
            Self::Ring(config) => config.bounded_load.is_some(),
            Self::HaproxyConsistent(config) => config.balance_factor > 0,
            Self::EnvoyRingHash(config) => config.balance_factor > 0,
            Self::EnvoyMaglev(config) => config.balance_factor > 0,
            _ => false,
        }
    }

    /// Points on its ring for each unit of weight; `None` where there is no ring, or one
    /// whose points are not a fixed number a server (Envoy's).
    pub const fn points(&self) -> Option<u32> {
        match self {
            Self::Ring(config) => Some(config.virtual_nodes),
            Self::Ketama(_) | Self::NginxConsistent(_) => Some(160),
            Self::HaproxyConsistent(_) => Some(16),
            _ => None,
        }
    }

    /// No server takes more than this times its share; `None` without such a bound.
    pub fn bound(&self) -> Option<f64> {
        let of_percent = |percent: u32| (percent > 0).then(|| f64::from(percent) / 100.0);
        match self {
            Self::Ring(config) => config.bounded_load,
            Self::HaproxyConsistent(config) => of_percent(config.balance_factor),
            Self::EnvoyRingHash(config) => of_percent(config.balance_factor),
            Self::EnvoyMaglev(config) => of_percent(config.balance_factor),
            _ => None,
        }
    }

    /// The colour family of its charts.
    pub const fn hue(&self) -> Hue {
        match self {
            Self::Ring(config) if config.bounded_load.is_some() => Hue::Bounded,
            _ => self.info().hue,
        }
    }
}
