//! Which backend a client is told to connect to, by what the backends report.

use super::backend::BackendId;
use super::chance::below_wide;
use super::load::Load;
use super::membership::Membership;
use super::power_of_two::{ChoiceDraw, PowerOfTwoConfig};
use super::roster::Roster;
use super::tournament::Tournament;

/// How the board chooses among the loads that it believes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SelectRule {
    /// The fewest connections for its weight, ties by a uniform draw. O(log n).
    ///
    /// Between two reports all clients run after the same backend, unless the board is
    /// optimistic: with reports four mean service times old it is worse than chance.
    LeastLoaded,
    /// The least loaded of a few drawn in proportion to weight. O(choices), as
    /// [`PowerOfTwo`](super::PowerOfTwo) says; but O(n), with an allocation, for the first pick
    /// after a report became too old ([`Board::expire_after`]) or such a backend reported
    /// again, as those to draw from are listed anew.
    PowerOfTwo(PowerOfTwoConfig),
    /// A draw in proportion to the room left: max(0, capacity x weight - connections).
    /// O(n).
    ///
    /// `capacity` is what one unit of weight can hold. Without it, the largest load per
    /// unit of weight on the board takes its place, so that the fullest backend gets
    /// nothing. If nobody has room, the draw is in proportion to weight.
    WeightedHeadroom {
        /// Connections for each unit of weight.
        capacity: Option<u32>,
    },
}

/// The board behind a `/gateway` endpoint: the last report of each backend, and a rule.
///
/// A backend is believed to hold what it last reported; one that has not reported yet,
/// nothing. An `optimistic` board adds one for each client that it has sent, until the
/// next report of that backend replaces its belief.
///
/// Cost: reports O(log n), picks as [`SelectRule`] says, and O(log n) for each report that
/// has become too old since the last. Memory: up to 150 bytes a backend. Time is passed in,
/// in nanoseconds since whatever instant the caller likes.
///
/// ```
/// use ringstorm::routing::{Board, Membership, SelectRule};
///
/// let mut cluster = Membership::new();
/// let first = cluster.join("10.0.0.1:80", 1, None);
/// let second = cluster.join("10.0.0.2:80", 1, None);
/// let mut board = Board::new(SelectRule::LeastLoaded, true);
/// board.update(&cluster);
/// board.report(first, 11, 0);
/// board.report(second, 10, 0);
/// assert_eq!(board.pick(0, 5), Some(second));
/// assert_eq!(board.pick(0, 6), Some(first), "11 each: a tie, and chance says the first");
/// assert_eq!(board.age(first, 1_000), Some(1_000));
/// ```
#[derive(Clone, Debug)]
pub struct Board {
    rule: SelectRule,
    optimistic: bool,
    expire_after: Option<u64>,
    beliefs: Vec<Option<Belief>>,
    // All that are eligible, and those of them whose reports are not too old.
    roster: Roster,
    fresh: Roster,
    fresh_is_current: bool,
    // By place on the roster; `None` for those whose reports are too old.
    loads: Tournament<Load>,
    reported_at: Tournament<u64>,
    choice: ChoiceDraw,
}

/// What the board thinks of a member.
#[derive(Clone, Copy, Debug, Default)]
struct Belief {
    connections: u32,
    reported_at: Option<u64>,
    expired: bool,
}

impl Board {
    /// A board without backends: [`Board::update`] it with a membership.
    pub fn new(rule: SelectRule, optimistic: bool) -> Self {
        Self {
            rule,
            optimistic,
            expire_after: None,
            beliefs: Vec::new(),
            roster: Roster::default(),
            fresh: Roster::default(),
            fresh_is_current: false,
            loads: Tournament::of(std::iter::empty()),
            reported_at: Tournament::of(std::iter::empty()),
            choice: ChoiceDraw::default(),
        }
    }

    /// The same board, not choosing backends whose last report is older than this.
    ///
    /// When all are too old it draws in proportion to weight. A backend that has never
    /// reported is not too old.
    #[must_use]
    pub fn expire_after(mut self, age_ns: u64) -> Self {
        self.expire_after = Some(age_ns);
        self
    }

    /// A backend says how many connections it held at an instant. Ignored if it is no
    /// member, or if a later report is known.
    pub fn report(&mut self, id: BackendId, connections: u32, at_ns: u64) {
        let Some(Some(belief)) = self.beliefs.get_mut(id.index()) else { return };
        if belief.reported_at.is_some_and(|known| known > at_ns) {
            return;
        }
        self.fresh_is_current &= !belief.expired;
        *belief = Belief { connections, reported_at: Some(at_ns), expired: false };
        if let Some(place) = self.roster.place(id) {
            let weight = self.roster.entries()[place].weight;
            self.loads.set(place, Some(Load { connections, weight }));
            self.reported_at.set(place, Some(at_ns));
        }
    }

    /// Follows a change of membership: new backends hold nothing until they report,
    /// those that have left are forgotten. O(n).
    ///
    /// The membership must be of the same history as the one before
    /// ([`Scheme::update`](super::Scheme::update)): reports go by id.
    pub fn update(&mut self, membership: &Membership) {
        let mut beliefs: Vec<Option<Belief>> = Vec::with_capacity(membership.id_count());
        for backend in membership {
            beliefs.resize(backend.id.index(), None);
            let known = self.beliefs.get(backend.id.index()).copied().flatten();
            beliefs.push(Some(known.unwrap_or_default()));
        }
        self.beliefs = beliefs;
        self.roster = Roster::of(membership);
        self.fresh_is_current = false;
        let beliefs = || self.roster.entries().iter().map(|entry| (entry, self.belief(entry.id)));
        let loads = beliefs().map(|(entry, belief)| {
            let load = Load { connections: belief.connections, weight: entry.weight };
            (!belief.expired).then_some(load)
        });
        let times = beliefs().map(|(_, belief)| belief.reported_at.filter(|_| !belief.expired));
        (self.loads, self.reported_at) = (Tournament::of(loads), Tournament::of(times));
    }

    /// The backend for the next client; `None` if none is eligible. `chance` is 64
    /// uniform bits.
    pub fn pick(&mut self, chance: u64, now_ns: u64) -> Option<BackendId> {
        self.expire(now_ns);
        let place = match self.rule {
            _ if self.loads.least().is_none() => self.roster.draw(chance)?,
            SelectRule::LeastLoaded => self.loads.draw(chance)?,
            SelectRule::PowerOfTwo(config) => self.least_of_few(config, chance)?,
            SelectRule::WeightedHeadroom { capacity } => self.by_headroom(capacity, chance)?,
        };
        let id = self.roster.entries().get(place)?.id;
        if self.optimistic {
            self.add_one(place);
        }
        Some(id)
    }

    /// How old the last report of a backend is; `None` if it has not reported or is no
    /// member; 0 for a report from the future.
    pub fn age(&self, id: BackendId, now_ns: u64) -> Option<u64> {
        Some(now_ns.saturating_sub(self.belief(id).reported_at?))
    }

    /// The connections that a backend is believed to hold; 0 if it is no member.
    pub fn connections(&self, id: BackendId) -> u32 {
        self.belief(id).connections
    }

    /// Heap memory.
    pub fn bytes(&self) -> usize {
        self.beliefs.capacity() * size_of::<Option<Belief>>()
            + self.roster.bytes()
            + self.fresh.bytes()
            + self.loads.bytes()
            + self.reported_at.bytes()
            + self.choice.bytes()
    }

    fn belief(&self, id: BackendId) -> Belief {
        self.beliefs.get(id.index()).copied().flatten().unwrap_or_default()
    }

    /// Takes out those whose reports have become too old. O(log n) for each.
    fn expire(&mut self, now_ns: u64) {
        let Some(limit) = self.expire_after else { return };
        while self.reported_at.least().is_some_and(|at| now_ns.saturating_sub(at) > limit) {
            let Some(place) = self.reported_at.draw(0) else { return };
            self.reported_at.set(place, None);
            self.loads.set(place, None);
            self.fresh_is_current = false;
            let id = self.roster.entries()[place].id;
            if let Some(Some(belief)) = self.beliefs.get_mut(id.index()) {
                belief.expired = true;
            }
        }
    }

    fn add_one(&mut self, place: usize) {
        let entry = self.roster.entries()[place];
        let Some(Some(belief)) = self.beliefs.get_mut(entry.id.index()) else { return };
        belief.connections = belief.connections.saturating_add(1);
        if !belief.expired {
            let load = Load { connections: belief.connections, weight: entry.weight };
            self.loads.set(place, Some(load));
        }
    }

    fn least_of_few(&mut self, config: PowerOfTwoConfig, chance: u64) -> Option<usize> {
        if !self.fresh_is_current {
            let usable =
                self.roster.entries().iter().filter(|entry| !self.belief(entry.id).expired);
            self.fresh = Roster::from_weights(usable.map(|entry| (entry.id, entry.weight)));
            self.choice = ChoiceDraw::new(config, &self.fresh);
            self.fresh_is_current = true;
        }
        let believed = |id: BackendId| {
            self.beliefs.get(id.index()).copied().flatten().unwrap_or_default().connections
        };
        let drawn = self.choice.least(&self.fresh, chance, believed)?;
        self.roster.place(self.fresh.entries()[drawn].id)
    }

    fn by_headroom(&self, capacity: Option<u32>, chance: u64) -> Option<usize> {
        let usable = || {
            let entries = self.roster.entries().iter().enumerate();
            entries.filter_map(|(place, entry)| {
                let belief = self.belief(entry.id);
                let load = Load { connections: belief.connections, weight: entry.weight };
                (!belief.expired).then_some((place, load))
            })
        };
        let full = match capacity {
            Some(connections) => Load { connections, weight: 1 },
            None => usable().map(|(_, load)| load).max()?,
        };
        let room: u128 = usable().map(|(_, load)| headroom(load, full)).sum();
        if room == 0 {
            let weights = || usable().map(|(place, load)| (place, u128::from(load.weight)));
            return draw(weights, weights().map(|(_, weight)| weight).sum(), chance);
        }
        draw(|| usable().map(|(place, load)| (place, headroom(load, full))), room, chance)
    }
}

/// What is left below a full load: capacity x weight - connections, times the weight
/// that the full load is given for, so that it stays whole. Below 2^64.
fn headroom(load: Load, full: Load) -> u128 {
    let most = u64::from(full.connections) * u64::from(load.weight);
    let held = u64::from(load.connections) * u64::from(full.weight);
    u128::from(most.saturating_sub(held))
}

/// A place drawn in proportion to its stretch of `total`.
fn draw<I>(stretches: impl Fn() -> I, total: u128, chance: u64) -> Option<usize>
where
    I: Iterator<Item = (usize, u128)>,
{
    let mut point = below_wide(chance, total);
    for (place, length) in stretches() {
        if point < length {
            return Some(place);
        }
        point -= length;
    }
    None
}
