//! Every scheme behind the same calls.

use std::ops::ControlFlow;

use super::backend::BackendId;
use super::connections::{Connections, Recount};
use super::disruption::Ledger;
use super::membership::Membership;

#[cfg(test)]
mod tests;

/// What a scheme has to say for itself. Each is one file that implements this, and one
/// line in the list at the end of this file.
pub trait Rules: Sized {
    /// Its parameters; `()` if it has none.
    type Config;

    /// Whether each key has an owner, so that a connection can be on the wrong backend.
    const HAS_OWNERS: bool = false;

    /// Whether a pick depends on chance: if not, any `chance` gives the same.
    const DRAWS: bool = false;

    /// The scheme over those backends of a membership that are eligible.
    fn build(config: &Self::Config, membership: &Membership) -> Self;

    /// The backend for a connection with this key, given what each holds; the owner
    /// unless the scheme says otherwise.
    fn pick(&mut self, _held: &Connections, key: &[u8], _chance: u64) -> Option<BackendId> {
        self.owner(key)
    }

    /// Follows a change of membership; `held` has been updated already. Both memberships
    /// are of one history, as [`Scheme::update`] says.
    fn update(&mut self, held: &Connections, membership: &Membership);

    /// Whether it goes by the counts, and so has to hear of each that changes: for good.
    fn hears_counts(&self) -> bool {
        false
    }

    /// A count has changed; said only if it hears of them.
    fn recounted(&mut self, _recount: Recount) {}

    /// All counts have become 0.
    fn forgot_counts(&mut self) {}

    /// The owner of a key, whatever the loads are.
    fn owner(&self, _key: &[u8]) -> Option<BackendId> {
        None
    }

    /// Visits backends that should have a key, best first, until told to stop. May name
    /// one twice, and may end before all are named. By default the owners of the key,
    /// and of the key with 1, 2, ... 256 appended as four bytes, little-endian.
    fn candidates(&self, key: &[u8], mut visit: impl FnMut(BackendId) -> ControlFlow<()>) {
        let mut text = Vec::from(key);
        for retry in 0..=256_u32 {
            text.truncate(key.len());
            if retry > 0 {
                text.extend_from_slice(&retry.to_le_bytes());
            }
            let Some(owner) = self.owner(&text) else { return };
            if visit(owner).is_break() {
                return;
            }
        }
    }

    /// Backends that own less than their weight says for want of room.
    fn without_room(&self) -> &[BackendId] {
        &[]
    }

    /// Heap memory.
    fn bytes(&self) -> usize;

    /// Heap memory at most, over so many backends with this sum of weights and while it is
    /// built, beyond the 512 bytes of any backend.
    fn most_bytes(_config: &Self::Config, _backends: u64, _weight: u64) -> u64 {
        0
    }
}

/// What any scheme takes for a backend, at most: its records, counts and places.
const BYTES_PER_BACKEND: u64 = 512;

/// What any scheme takes without backends, at most.
const BYTES_WITHOUT: u64 = 4_096;

/// A scheme with the connections that it has placed: what a balancer is made of.
///
/// ```
/// use ringstorm::routing::{Membership, RingConfig, Scheme, SchemeConfig};
///
/// let mut cluster = Membership::new();
/// cluster.join("10.0.0.1:80", 1, None);
/// let mut scheme = Scheme::build(&SchemeConfig::Ring(RingConfig::default()), &cluster);
/// let before = scheme.pick(b"alice", 0).unwrap();
/// scheme.opened(before);
///
/// let joined = cluster.join("10.0.0.2:80", 1, None);
/// scheme.update(&cluster);
/// let owner = scheme.owner(b"alice").unwrap();
/// assert!(owner == before || owner == joined, "a key stays or goes to the new backend");
/// assert_eq!(scheme.connections(before), 1);
/// ```
#[derive(Clone, Debug)]
pub struct Scheme {
    held: Connections,
    rules: State,
    /// Whether the rules hear of counts: known without asking which scheme it is.
    hears_counts: bool,
}

impl Scheme {
    /// A scheme over the eligible backends of a membership, with no connections.
    pub fn build(config: &SchemeConfig, membership: &Membership) -> Self {
        let rules = State::build(config, membership);
        let hears_counts = rules.hears_counts();
        Self { held: Connections::of(membership), rules, hears_counts }
    }

    /// The backend for a connection with this key; `None` if none is eligible.
    ///
    /// `chance` is 64 uniform bits, used by schemes that draw. A pick opens nothing: say
    /// [`Scheme::opened`] when the connection is there. No allocation, but for the trees in
    /// which `haproxy_round_robin` keeps whose turn it is.
    #[inline]
    pub fn pick(&mut self, key: &[u8], chance: u64) -> Option<BackendId> {
        self.rules.pick(&self.held, key, chance)
    }

    /// Counts a connection to this backend; ignored if it is no member.
    #[inline]
    pub fn opened(&mut self, id: BackendId) {
        let recount = self.held.opened(id);
        if self.hears_counts
            && let Some(recount) = recount
        {
            self.rules.recounted(recount);
        }
    }

    /// Counts a connection to this backend as gone; ignored if it is no member or has none.
    #[inline]
    pub fn closed(&mut self, id: BackendId) {
        let recount = self.held.closed(id);
        if self.hears_counts
            && let Some(recount) = recount
        {
            self.rules.recounted(recount);
        }
    }

    /// Follows a change of membership. Counts and turns of the backends that stay are
    /// kept; those that have left are forgotten. The next structure is built beside the
    /// present one: to keep readers going meanwhile, clone, update the clone and swap.
    ///
    /// The membership must be of the same history as the one before: the same value after
    /// more changes, or a clone or snapshot of it, so that an id is the same backend in
    /// both. One that is built anew at each poll of a discovery service numbers backends in
    /// the order of that poll: counts, turns, seats and slots would go to whoever has the
    /// id now. Owners are still those of a fresh build under all schemes but `anchor`,
    /// `memento` and `redis_slot`. To follow such polls, keep one membership, join all that
    /// are listed (who is here keeps the id) and let those leave that are not.
    pub fn update(&mut self, membership: &Membership) {
        self.held.update(membership);
        self.rules.update(&self.held, membership);
    }

    /// Sets all counts to 0, as proxies do that start afresh when they are reloaded.
    pub fn forget_counts(&mut self) {
        self.held.forget();
        self.rules.forgot_counts();
    }

    /// The owner of a key, whatever the loads are; `None` if the scheme has no owners or
    /// no backend is eligible. Also `None` where `nginx_hash` and `nginx_consistent` leave a
    /// pick to round robin: for an empty key, and where the first 21 that they look at for a
    /// key are all down.
    #[inline]
    pub fn owner(&self, key: &[u8]) -> Option<BackendId> {
        self.rules.owner(key)
    }

    /// Whether each key has an owner under this scheme.
    pub fn has_owners(&self) -> bool {
        self.rules.has_owners()
    }

    /// Eligible backends that own nothing, or less than their weight says, as those before
    /// them took all seats; in order of joining.
    ///
    /// A backend of weight w takes w seats: of `anchor`, which has 1,024 unless its
    /// [`AnchorConfig`] says more, and of `memento`, which has 2^24. If this is not empty,
    /// give smaller weights of the same ratios or more capacity. Other schemes have no
    /// seats, and this is empty. (Of `maglev`'s slots too there must be more than backends.)
    ///
    /// ```
    /// use ringstorm::routing::{Membership, Scheme, SchemeConfig};
    ///
    /// let mut cluster = Membership::new();
    /// let ids: Vec<_> =
    ///     (0..20).map(|number| cluster.join(&format!("10.0.0.{number}:80"), 100, None)).collect();
    /// let scheme = Scheme::build(&SchemeConfig::named("anchor").unwrap(), &cluster);
    /// assert_eq!(scheme.without_room(), &ids[10..], "the eleventh has 24 seats, the rest none");
    /// ```
    pub fn without_room(&self) -> &[BackendId] {
        self.rules.without_room()
    }

    /// Visits the candidates of a key: see [`Rules::candidates`].
    pub(super) fn candidates(&self, key: &[u8], visit: impl FnMut(BackendId) -> ControlFlow<()>) {
        self.rules.candidates(key, visit);
    }

    /// What moves between two schemes whose structure says it exactly.
    pub(super) fn exact_ledger(old: &Self, new: &Self) -> Option<Ledger> {
        match (&old.rules, &new.rules) {
            (State::Ring(old), State::Ring(new)) => Some(Ring::ledger(old, new)),
            (State::Maglev(old), State::Maglev(new)) => Maglev::ledger(old, new),
            _ => None,
        }
    }

    /// The connections to this backend that this balancer knows of.
    pub fn connections(&self, id: BackendId) -> u32 {
        self.held.to(id)
    }

    /// Heap memory.
    pub fn bytes(&self) -> usize {
        self.held.bytes() + self.rules.bytes()
    }
}

/// Makes the closed enums over all schemes from one list.
macro_rules! schemes {
    (
        plain { $($(#[$plain_doc:meta])* $plain:ident in $plain_module:ident = $plain_name:literal,)* }
        configured { $($(#[$doc:meta])* $scheme:ident($config:ident) in $module:ident = $name:literal,)* }
    ) => {
        $(use super::$plain_module::$plain;)*
        $(use super::$module::{$scheme, $config};)*

        /// Which scheme, with its parameters.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum SchemeConfig {
            $($(#[$plain_doc])* $plain,)*
            $($(#[$doc])* $scheme($config),)*
        }

        impl SchemeConfig {
            /// The name of each scheme.
            pub const NAMES: &'static [&'static str] = &[$($plain_name,)* $($name,)*];

            /// The name of the scheme, as scenarios and the command line write it.
            pub const fn name(&self) -> &'static str {
                match self {
                    $(Self::$plain => $plain_name,)*
                    $(Self::$scheme(_) => $name,)*
                }
            }

            /// Whether each key has an owner under the scheme.
            pub const fn has_owners(&self) -> bool {
                match self {
                    $(Self::$plain => <$plain as Rules>::HAS_OWNERS,)*
                    $(Self::$scheme(_) => <$scheme as Rules>::HAS_OWNERS,)*
                }
            }

            /// Whether a pick under the scheme depends on chance: where it does not, nothing
            /// need be drawn for [`Scheme::pick`].
            pub const fn draws(&self) -> bool {
                match self {
                    $(Self::$plain => <$plain as Rules>::DRAWS,)*
                    $(Self::$scheme(_) => <$scheme as Rules>::DRAWS,)*
                }
            }

            /// The heap memory of the scheme at most, over so many backends with this sum of
            /// weights, what building it needs included: for whoever has to know before.
            ///
            /// An estimate on the high side, by no more than an order of magnitude; but only
            /// where few have left. Counts and places lie in arrays by id, up to 16 bytes for
            /// each id up to the latest member's: if that is far above their number, give its
            /// number plus 1 as `backends`.
            pub fn most_bytes(&self, backends: u64, weight: u64) -> u64 {
                let of_the_scheme = match self {
                    $(Self::$plain => <$plain as Rules>::most_bytes(&(), backends, weight),)*
                    $(Self::$scheme(config) => {
                        <$scheme as Rules>::most_bytes(config, backends, weight)
                    })*
                };
                let of_backends = backends.saturating_mul(BYTES_PER_BACKEND);
                of_the_scheme.saturating_add(of_backends).saturating_add(BYTES_WITHOUT)
            }

            /// The scheme of this name with its usual parameters.
            pub fn named(name: &str) -> Option<Self> {
                match name {
                    $($plain_name => Some(Self::$plain),)*
                    $($name => Some(Self::$scheme($config::default())),)*
                    _ => None,
                }
            }
        }

        #[derive(Clone, Debug)]
        enum State {
            $($plain($plain),)*
            $($scheme($scheme),)*
        }

        impl State {
            fn build(config: &SchemeConfig, membership: &Membership) -> Self {
                match config {
                    $(SchemeConfig::$plain => Self::$plain(Rules::build(&(), membership)),)*
                    $(SchemeConfig::$scheme(config) => {
                        Self::$scheme(Rules::build(config, membership))
                    })*
                }
            }

            fn has_owners(&self) -> bool {
                match self {
                    $(Self::$plain(_) => $plain::HAS_OWNERS,)*
                    $(Self::$scheme(_) => $scheme::HAS_OWNERS,)*
                }
            }

            #[inline]
            fn pick(&mut self, held: &Connections, key: &[u8], chance: u64) -> Option<BackendId> {
                match self {
                    $(Self::$plain(rules) => pick(rules, held, key, chance),)*
                    $(Self::$scheme(rules) => pick(rules, held, key, chance),)*
                }
            }

            #[inline]
            fn owner(&self, key: &[u8]) -> Option<BackendId> {
                match self {
                    $(Self::$plain(rules) => Rules::owner(rules, key),)*
                    $(Self::$scheme(rules) => Rules::owner(rules, key),)*
                }
            }

            fn candidates(&self, key: &[u8], visit: impl FnMut(BackendId) -> ControlFlow<()>) {
                match self {
                    $(Self::$plain(rules) => Rules::candidates(rules, key, visit),)*
                    $(Self::$scheme(rules) => Rules::candidates(rules, key, visit),)*
                }
            }

            fn update(&mut self, held: &Connections, membership: &Membership) {
                match self {
                    $(Self::$plain(rules) => rules.update(held, membership),)*
                    $(Self::$scheme(rules) => rules.update(held, membership),)*
                }
            }

            fn hears_counts(&self) -> bool {
                match self {
                    $(Self::$plain(rules) => rules.hears_counts(),)*
                    $(Self::$scheme(rules) => rules.hears_counts(),)*
                }
            }

            fn recounted(&mut self, recount: Recount) {
                match self {
                    $(Self::$plain(rules) => recounted(rules, recount),)*
                    $(Self::$scheme(rules) => recounted(rules, recount),)*
                }
            }

            fn forgot_counts(&mut self) {
                match self {
                    $(Self::$plain(rules) => rules.forgot_counts(),)*
                    $(Self::$scheme(rules) => rules.forgot_counts(),)*
                }
            }

            fn without_room(&self) -> &[BackendId] {
                match self {
                    $(Self::$plain(rules) => Rules::without_room(rules),)*
                    $(Self::$scheme(rules) => Rules::without_room(rules),)*
                }
            }

            fn bytes(&self) -> usize {
                match self {
                    $(Self::$plain(rules) => Rules::bytes(rules),)*
                    $(Self::$scheme(rules) => Rules::bytes(rules),)*
                }
            }
        }
    };
}

schemes! {
    plain {
        /// Smooth weighted round robin.
        RoundRobin in round_robin = "round_robin",
        /// A draw in proportion to weight.
        Random in random = "random",
        /// The fewest connections for its weight.
        LeastConnections in least_connections = "least_connections",
        /// The key's hash modulo the number of backends.
        ModHash in mod_hash = "mod_hash",
        /// Jump consistent hash.
        Jump in jump = "jump",
        /// The highest score of key and backend.
        Rendezvous in rendezvous = "rendezvous",
        /// Jump hash that remembers who has left.
        Memento in memento = "memento",
        /// nginx's default.
        NginxRoundRobin in compat = "nginx_round_robin",
        /// nginx's `least_conn`.
        NginxLeastConn in compat = "nginx_least_conn",
        /// nginx's `hash KEY`.
        NginxHash in compat = "nginx_hash",
        /// nginx's `hash KEY consistent`.
        NginxConsistent in compat = "nginx_consistent",
        /// HAProxy's `balance roundrobin`.
        HaproxyRoundRobin in compat = "haproxy_round_robin",
        /// HAProxy's `balance leastconn`.
        HaproxyLeastconn in compat = "haproxy_leastconn",
        /// libketama's continuum.
        Ketama in compat = "ketama",
        /// The slots of Redis Cluster.
        RedisSlot in compat = "redis_slot",
    }
    configured {
        /// The least loaded of a few drawn at random.
        PowerOfTwo(PowerOfTwoConfig) in power_of_two = "power_of_two",
        /// A consistent-hash ring.
        Ring(RingConfig) in ring = "ring",
        /// A table that backends fill in turns.
        Maglev(MaglevConfig) in maglev = "maglev",
        /// Consistent hashing within a fixed capacity.
        Anchor(AnchorConfig) in anchor = "anchor",
        /// HAProxy's `hash-type map-based`.
        HaproxyMapBased(HaproxyMapBasedConfig) in compat = "haproxy_map_based",
        /// HAProxy's `hash-type consistent`.
        HaproxyConsistent(HaproxyConsistentConfig) in compat = "haproxy_consistent",
        /// Envoy's `ring_hash`.
        EnvoyRingHash(EnvoyRingHashConfig) in compat = "envoy_ring_hash",
        /// Envoy's `maglev`.
        EnvoyMaglev(EnvoyMaglevConfig) in compat = "envoy_maglev",
    }
}

/// A scheme's pick. Not inlined, so that the choice among the schemes is a jump that saves no
/// registers for the largest of them.
#[inline(never)]
fn pick<R: Rules>(rules: &mut R, held: &Connections, key: &[u8], chance: u64) -> Option<BackendId> {
    rules.pick(held, key, chance)
}

/// A scheme hears of a count; apart for the same reason.
#[inline(never)]
fn recounted<R: Rules>(rules: &mut R, recount: Recount) {
    rules.recounted(recount);
}
