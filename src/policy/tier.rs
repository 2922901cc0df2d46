//! The balancing tier that a simulated cluster asks: independent balancer
//! instances over one routing scheme, or gateways over their load boards.

use super::Balance;
use super::balance::gateway::Select;
use crate::engine::Draw;
use crate::routing::{BackendId, Board, Membership, PowerOfTwoConfig, Scheme, SelectRule, Spread};

/// A gateway's row for a backend: what is believed of it, and its places in the structures
/// that find the least loaded.
const BYTES_PER_REPORTED: u64 = 256;

/// How often a rule is asked for a backend other than the one that refused.
const TRIES: u64 = 4;

/// Instances that place connections, each with its own pointers and counts.
#[derive(Clone, Debug)]
pub struct Tier {
    instances: Instances,
    /// How often each instance has set its counts to 0.
    resets: Vec<u32>,
    /// Connections to each backend that are open but no longer counted.
    forgotten: Vec<u64>,
}

#[derive(Clone, Debug)]
enum Instances {
    Schemes(Vec<Scheme>),
    Boards(Vec<Board>),
}

impl Tier {
    /// The tier of a balance rule in front of `membership`. `replicas` counts
    /// the balancer's instances; a gateway brings its own number. `disagrees` says that
    /// they may know different servers for a while.
    pub fn new(balance: &Balance, replicas: u32, disagrees: bool, membership: &Membership) -> Self {
        let count = Self::count(balance, replicas, disagrees) as usize;
        let instances = match (balance, balance.scheme()) {
            (Balance::Gateway(config), _) => {
                let mut board = Board::new(rule(config.select), config.optimistic);
                if !config.expire_after.is_zero() {
                    board = board.expire_after(config.expire_after.as_nanos());
                }
                board.update(membership);
                Instances::Boards(vec![board; count])
            }
            (_, Some(scheme)) => {
                let first = Scheme::build(&scheme, membership);
                Instances::Schemes(vec![first; count])
            }
            (_, None) => Instances::Schemes(Vec::new()),
        };
        Self { instances, resets: Vec::new(), forgotten: Vec::new() }
    }

    /// Heap memory at most of the tier of a balance rule, in front of so many backends with
    /// this sum of weights: its instances, and one more while they are built or updated.
    pub fn most_bytes(
        balance: &Balance,
        replicas: u32,
        disagrees: bool,
        backends: u64,
        weight: u64,
    ) -> u64 {
        let each = match balance.scheme() {
            Some(scheme) => scheme.most_bytes(backends, weight),
            None => backends.saturating_mul(BYTES_PER_REPORTED),
        };
        each.saturating_mul(u64::from(Self::count(balance, replicas, disagrees)) + 1)
    }

    /// How many instances there have to be of the tier of a balance rule: gateways as they say; of
    /// a scheme those without pointers or counts differ only in what they know, and where that is
    /// the same one serves for all.
    pub fn count(balance: &Balance, replicas: u32, disagrees: bool) -> u32 {
        match balance {
            Balance::Gateway(config) => config.replicas,
            _ if disagrees || balance.has_state() => replicas,
            _ => 1,
        }
    }

    /// How many instances there are.
    #[inline]
    pub fn instances(&self) -> u32 {
        match &self.instances {
            Instances::Schemes(schemes) => schemes.len() as u32,
            Instances::Boards(boards) => boards.len() as u32,
        }
    }

    /// Whether clients ask first and connect then.
    pub const fn is_gateway(&self) -> bool {
        matches!(self.instances, Instances::Boards(_))
    }

    /// The backend for an attempt; `None` when the instance knows of none.
    #[inline(always)]
    pub fn place(
        &mut self,
        instance: u32,
        key: &[u8],
        chance: u64,
        now_ns: u64,
    ) -> Option<BackendId> {
        match &mut self.instances {
            Instances::Schemes(schemes) => schemes.get_mut(instance as usize)?.pick(key, chance),
            Instances::Boards(boards) => boards.get_mut(instance as usize)?.pick(chance, now_ns),
        }
    }

    /// A connection of this instance was admitted by `backend`.
    #[inline]
    pub fn opened(&mut self, instance: u32, backend: BackendId) {
        if let Instances::Schemes(schemes) = &mut self.instances
            && let Some(scheme) = schemes.get_mut(instance as usize)
        {
            scheme.opened(backend);
        }
    }

    /// How often an instance has set its counts to 0: what a connection that opens now is
    /// to be remembered with.
    #[inline]
    pub fn resets(&self, instance: u32) -> u32 {
        self.resets.get(instance as usize).copied().unwrap_or(0)
    }

    /// A connection of this instance to `backend` ended that was opened after so many resets.
    /// One from before the latest is counted nowhere.
    #[inline]
    pub fn closed_since(&mut self, instance: u32, resets: u32, backend: BackendId) {
        if resets == self.resets(instance) {
            self.closed(instance, backend);
        } else if let Some(forgotten) = self.forgotten.get_mut(backend.index()) {
            *forgotten = forgotten.saturating_sub(1);
        }
    }

    /// An instance, or every one, sets its counts to 0, as proxies do that start afresh when
    /// they are reloaded.
    pub fn forget_counts(&mut self, only: Option<u32>) {
        let Instances::Schemes(schemes) = &mut self.instances else { return };
        self.resets.resize(schemes.len(), 0);
        for (instance, (scheme, resets)) in (0..).zip(schemes.iter_mut().zip(&mut self.resets)) {
            if only.is_some_and(|only| only != instance) {
                continue;
            }
            *resets += 1;
            for (index, forgotten) in (0_u32..).zip(&mut self.forgotten) {
                *forgotten += u64::from(scheme.connections(BackendId::new(index)));
            }
            scheme.forget_counts();
        }
    }

    /// The backend for an attempt that `refused_by` has refused, of those in `known`: for a key
    /// with owners the next in line, else the rule's own choice as long as it is another one,
    /// and failing that any other at random. `refused_by` again if there is no other.
    pub fn place_other(
        &mut self,
        instance: u32,
        key: &[u8],
        draw: Draw,
        known: &Membership,
        refused_by: BackendId,
    ) -> Option<BackendId> {
        let Instances::Schemes(schemes) = &mut self.instances else { return None };
        let scheme = schemes.get_mut(instance as usize)?;
        let next = scheme.replicas(known, key, 2, Spread::Backends);
        if let Some(other) = next.into_iter().find(|backend| *backend != refused_by) {
            return Some(other);
        }
        for k in 0..TRIES {
            let picked = scheme.pick(key, draw.again(k).bits())?;
            if picked != refused_by {
                return Some(picked);
            }
        }
        let others = || known.eligible().filter(|backend| backend.id != refused_by);
        let chosen = draw.again(TRIES).below(others().count() as u64) as usize;
        Some(others().nth(chosen).map_or(refused_by, |backend| backend.id))
    }

    /// A connection of this instance to `backend` ended.
    #[inline]
    fn closed(&mut self, instance: u32, backend: BackendId) {
        if let Instances::Schemes(schemes) = &mut self.instances
            && let Some(scheme) = schemes.get_mut(instance as usize)
        {
            scheme.closed(backend);
        }
    }

    /// Connections to `backend`, summed over the instances that count them, and those that
    /// were forgotten and are still open;
    /// `None` for schemes and boards that do not.
    pub fn connections(&self, backend: BackendId) -> Option<u64> {
        match &self.instances {
            Instances::Schemes(schemes) => {
                let counted: u64 =
                    schemes.iter().map(|scheme| u64::from(scheme.connections(backend))).sum();
                Some(counted + self.forgotten.get(backend.index()).copied().unwrap_or(0))
            }
            Instances::Boards(_) => None,
        }
    }

    /// The servers changed, and the tier learns of it.
    pub fn update(&mut self, membership: &Membership) {
        self.remember(membership);
        match &mut self.instances {
            Instances::Schemes(schemes) => {
                for scheme in schemes {
                    scheme.update(membership);
                }
            }
            Instances::Boards(boards) => {
                for board in boards {
                    board.update(membership);
                }
            }
        }
    }

    /// Makes room to count what is forgotten of each backend.
    fn remember(&mut self, membership: &Membership) {
        let born = membership.iter().last().map_or(0, |last| last.id.index() + 1);
        self.forgotten.resize(self.forgotten.len().max(born), 0);
    }

    /// The servers changed, and one instance learns of it.
    pub fn update_one(&mut self, instance: u32, membership: &Membership) {
        self.remember(membership);
        match &mut self.instances {
            Instances::Schemes(schemes) => {
                if let Some(scheme) = schemes.get_mut(instance as usize) {
                    scheme.update(membership);
                }
            }
            Instances::Boards(boards) => {
                if let Some(board) = boards.get_mut(instance as usize) {
                    board.update(membership);
                }
            }
        }
    }

    /// The share of the keys that would have another owner under `membership`; 0 where
    /// keys have no owners. Cost: a copy of the scheme and its update.
    pub fn moved_share(&self, membership: &Membership) -> f64 {
        let Instances::Schemes(schemes) = &self.instances else { return 0.0 };
        let Some(old) = schemes.first() else { return 0.0 };
        let mut new = old.clone();
        new.update(membership);
        Scheme::diff(old, &new).map_or(0.0, |disruption| disruption.moved)
    }

    /// A load report reaches every gateway; nothing for a balancer.
    pub fn report(&mut self, backend: BackendId, connections: u32, now_ns: u64) {
        if let Instances::Boards(boards) = &mut self.instances {
            for board in boards {
                board.report(backend, connections, now_ns);
            }
        }
    }

    /// The owner of a key, where the scheme has owners.
    pub fn owner(&self, key: &[u8]) -> Option<BackendId> {
        match &self.instances {
            Instances::Schemes(schemes) => schemes.first()?.owner(key),
            Instances::Boards(_) => None,
        }
    }
}

const fn rule(select: Select) -> SelectRule {
    match select {
        Select::LeastLoaded => SelectRule::LeastLoaded,
        Select::PowerOfTwo => {
            SelectRule::PowerOfTwo(PowerOfTwoConfig { choices: 2, with_replacement: false })
        }
        Select::WeightedHeadroom => SelectRule::WeightedHeadroom { capacity: None },
    }
}
