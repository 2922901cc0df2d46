//! Clients: one record each, in a table whose places are used again.

use crate::engine::SimTime;
use crate::observe::Offline;

/// What a client is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Nobody is in this place.
    Absent,
    /// Present, with an attempt scheduled or under way.
    Trying,
    /// Present, without: it gave up, or its presence ends before its next attempt.
    Idle,
    /// Connected to a server.
    Connected,
}

/// What an attempt needs to know of its client. A copy: [`Clients::put`] writes it back.
/// What is not here is drawn again from the client's address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Client {
    /// When its presence ends; beyond the end of every run for one that stays.
    pub leaves: SimTime,
    /// Connected: since when. Otherwise: offline since when.
    pub since: SimTime,
    /// Its number within its stream: its address in the random space.
    pub number: u32,
    /// Round-trip time in nanoseconds.
    pub rtt: u32,
    /// Number of its latest attempt; grows through all clients of this place,
    /// so that an event of an earlier attempt or client is known as stale.
    pub attempt: u32,
    /// Number of its first attempt.
    pub first: u32,
    /// Retries since the counter was reset.
    pub retries: u16,
    /// The arrival stream it came from.
    pub stream: u16,
    /// What it is doing.
    pub state: State,
    /// Why it is offline.
    pub offline: Offline,
}

/// Bits of an instant in a record: 146 years, and no run is longer than 100.
const INSTANT_BITS: u32 = 62;
const LAST_INSTANT: u64 = (1 << INSTANT_BITS) - 1;

/// A client as it is stored: 32 bytes, two to a cache line and none across two.
#[derive(Clone, Copy, Debug)]
#[repr(align(32))]
struct Record {
    /// When it leaves, and above that its state.
    leaves_state: u64,
    /// Since when, and above that why it is offline.
    since_offline: u64,
    number: u32,
    rtt: u32,
    attempt: u32,
    retries: u16,
    stream: u16,
}

const _: () = assert!(size_of::<Record>() == 32);

/// What only the ends of a connection need to know: 8 bytes a client.
#[derive(Clone, Copy, Debug, Default)]
struct Ends {
    /// The server it is connected to, or was told to connect to.
    server: u32,
    /// How often the cluster dropped it.
    drops: u16,
}

/// All clients: 40 bytes each. A place is an index; places of clients that left are
/// used again, last freed first.
#[derive(Clone, Debug, Default)]
pub struct Clients {
    records: Vec<Record>,
    ends: Vec<Ends>,
    free: Vec<u32>,
    /// Number of each client's first attempt, up to the last place that was used again;
    /// of those after it, it is [`FIRST`].
    firsts: Vec<u32>,
}

/// Number of the first attempt of the first client in a place.
const FIRST: u32 = 1;

impl Record {
    fn of(client: &Client) -> Self {
        let leaves = client.leaves.as_nanos().min(LAST_INSTANT);
        let since = client.since.as_nanos().min(LAST_INSTANT);
        Self {
            leaves_state: leaves | (client.state as u64) << INSTANT_BITS,
            since_offline: since | (client.offline as u64) << INSTANT_BITS,
            number: client.number,
            rtt: client.rtt,
            attempt: client.attempt,
            retries: client.retries,
            stream: client.stream,
        }
    }

    const fn offline(self) -> Offline {
        match self.since_offline >> INSTANT_BITS {
            0 => Offline::Came,
            1 => Offline::Dropped,
            _ => Offline::Aged,
        }
    }

    const fn state(self) -> State {
        match self.leaves_state >> INSTANT_BITS {
            0 => State::Absent,
            1 => State::Trying,
            2 => State::Idle,
            _ => State::Connected,
        }
    }
}

impl Clients {
    /// A table with memory for so many.
    pub fn with_capacity(clients: usize) -> Self {
        Self {
            records: Vec::with_capacity(clients),
            ends: Vec::with_capacity(clients),
            free: Vec::new(),
            firsts: Vec::new(),
        }
    }

    /// Puts a client that has made no attempt into a place: which. The numbers of its
    /// attempts go on from the place's last, whatever it said of them.
    #[inline]
    pub fn insert(&mut self, client: &mut Client) -> u32 {
        if let Some(place) = self.free.pop() {
            let index = place as usize;
            client.attempt = self.records[index].attempt.wrapping_add(1);
            client.first = client.attempt;
            if self.firsts.len() <= index {
                self.firsts.resize(index + 1, FIRST);
            }
            self.firsts[index] = client.attempt;
            self.records[index] = Record::of(client);
            self.ends[index] = Ends::default();
            return place;
        }
        client.attempt = FIRST;
        client.first = FIRST;
        self.records.push(Record::of(client));
        self.ends.push(Ends::default());
        (self.records.len() - 1) as u32
    }

    /// Empties a place.
    pub fn remove(&mut self, place: u32) {
        let mut client = self.get(place);
        client.state = State::Absent;
        client.attempt = client.attempt.wrapping_add(1);
        self.put(place, &client);
        self.free.push(place);
    }

    #[inline]
    fn first(&self, place: u32) -> u32 {
        self.firsts.get(place as usize).copied().unwrap_or(FIRST)
    }

    /// A copy of the client in a place.
    #[inline]
    pub fn get(&self, place: u32) -> Client {
        let record = self.records[place as usize];
        Client {
            leaves: SimTime::from_nanos(record.leaves_state & LAST_INSTANT),
            since: SimTime::from_nanos(record.since_offline & LAST_INSTANT),
            number: record.number,
            rtt: record.rtt,
            attempt: record.attempt,
            first: self.first(place),
            retries: record.retries,
            stream: record.stream,
            state: record.state(),
            offline: record.offline(),
        }
    }

    /// The client of a place, if there has been anybody in it.
    pub fn find(&self, place: u32) -> Option<Client> {
        (place < self.places()).then(|| self.get(place))
    }

    /// Writes a client back to its place; `first` stays what it was.
    #[inline]
    pub fn put(&mut self, place: u32, client: &Client) {
        self.records[place as usize] = Record::of(client);
    }

    /// The server that a client is connected to, or was told to connect to.
    #[inline]
    pub fn server(&self, place: u32) -> u32 {
        self.ends[place as usize].server
    }

    /// The client connects to a server, or is told to.
    #[inline]
    pub fn set_server(&mut self, place: u32, server: u32) {
        self.ends[place as usize].server = server;
    }

    /// Forgets how often the cluster dropped each client.
    pub fn forget_drops(&mut self) {
        for ends in &mut self.ends {
            ends.drops = 0;
        }
    }

    /// How often the cluster dropped a client.
    pub fn drops(&self, place: u32) -> u16 {
        self.ends[place as usize].drops
    }

    /// The cluster drops a client once more.
    pub fn count_drop(&mut self, place: u32) {
        let drops = &mut self.ends[place as usize].drops;
        *drops = drops.saturating_add(1);
    }

    /// Reads a little of a record, so that all of it is in the cache. What stands for no
    /// client, as a probe does, has none.
    #[inline]
    pub fn touch(&self, place: u32) -> u64 {
        let record = self.records.get(place as usize).map_or(0, |record| record.leaves_state);
        record ^ u64::from(self.first(place))
    }

    /// The same, and what the ends of a connection need to know, too.
    #[inline]
    pub fn touch_ends(&self, place: u32) -> u64 {
        let ends = self.ends.get(place as usize).map_or(0, |ends| ends.server);
        self.touch(place) ^ u64::from(ends)
    }

    /// How many places there are, empty ones too.
    pub const fn places(&self) -> u32 {
        self.records.len() as u32
    }

    /// Every place with its client, empty ones too.
    pub fn iter(&self) -> impl Iterator<Item = (u32, Client)> {
        (0..self.places()).map(|place| (place, self.get(place)))
    }

    /// The connected ones with their places.
    pub fn connected(&self) -> impl Iterator<Item = (u32, Client)> {
        self.iter().filter(|(_, client)| client.state == State::Connected)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_is_read_as_it_was_written() {
        for state in [State::Absent, State::Trying, State::Idle, State::Connected] {
            for offline in [Offline::Came, Offline::Dropped, Offline::Aged] {
                let mut client = Client {
                    leaves: SimTime::from_nanos(LAST_INSTANT),
                    since: SimTime::from_nanos(7),
                    number: u32::MAX,
                    rtt: 2,
                    attempt: 3,
                    first: 4,
                    retries: 5,
                    stream: u16::MAX,
                    state,
                    offline,
                };
                let mut clients = Clients::default();
                let place = clients.insert(&mut client);
                assert_eq!((client.attempt, client.first), (FIRST, FIRST));
                assert_eq!(clients.get(place), client);
            }
        }
    }

    #[test]
    fn the_attempts_of_a_place_are_numbered_through_all_of_its_clients() {
        let mut clients = Clients::default();
        let mut client = Client { number: 1, ..nobody() };
        let (one, two) = (clients.insert(&mut client), clients.insert(&mut client));
        client = clients.get(two);
        client.attempt += 4;
        clients.put(two, &client);
        clients.remove(two);
        assert_eq!(clients.insert(&mut nobody()), two, "the place is used again");
        let next = clients.get(two);
        assert_eq!((next.first, next.attempt), (FIRST + 6, FIRST + 6));
        assert_eq!(clients.get(one).first, FIRST);
    }

    fn nobody() -> Client {
        Client {
            leaves: SimTime::NEVER,
            since: SimTime::ZERO,
            number: 0,
            rtt: 0,
            attempt: 0,
            first: 0,
            retries: 0,
            stream: 0,
            state: State::Idle,
            offline: Offline::Came,
        }
    }
}
