//! Clients: one record each, in a table whose places are used again.

use prefetch_index::prefetch_index;

use super::tagged::Tagged;
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

/// A client as it is stored: 32 bytes, two to a cache line and none across two.
#[derive(Clone, Copy, Debug)]
#[repr(align(32))]
struct Record {
    /// When it leaves, and above that its state.
    leaves_state: Tagged,
    /// Since when, and above that why it is offline.
    since_offline: Tagged,
    rtt: u32,
    attempt: u32,
    /// The server it is connected to, or was told to connect to.
    server: u32,
    retries: u16,
    /// How often the cluster dropped it.
    drops: u16,
}

const _: () = assert!(size_of::<Record>() == 32);

/// Who a client is, as far as that does not change: 12 bytes.
#[derive(Clone, Copy, Debug)]
struct Identity {
    number: u32,
    first: u32,
    stream: u16,
}

/// Clients of one stream, from its first on, who came one after the other into new places.
#[derive(Clone, Copy, Debug, Default)]
struct Crowd {
    place: u32,
    stream: u16,
}

impl Crowd {
    #[inline]
    const fn identity(self, place: u32) -> Identity {
        let number = place.wrapping_sub(self.place);
        Identity { number, first: FIRST, stream: self.stream }
    }
}

/// All clients: 32 bytes each, and 12 more up to the last that is not of the last crowd.
/// A place is an index; places of clients that left are used again, last freed first.
#[derive(Clone, Debug, Default)]
pub struct Clients {
    records: Vec<Record>,
    free: Vec<u32>,
    /// Who is in each place, up to the last whose client is not of `crowd`.
    identities: Vec<Identity>,
    /// Who is in the places after these.
    crowd: Crowd,
}

/// Number of the first attempt of the first client in a place.
const FIRST: u32 = 1;

impl Record {
    /// Of a client whom the cluster has not seen.
    fn of(client: &Client) -> Self {
        let mut record = Self {
            leaves_state: Tagged::default(),
            since_offline: Tagged::default(),
            rtt: client.rtt,
            attempt: 0,
            server: 0,
            retries: 0,
            drops: 0,
        };
        record.set(client);
        record
    }

    /// What may have changed of a client.
    #[inline]
    fn set(&mut self, client: &Client) {
        self.leaves_state = Tagged::new(client.leaves, client.state as u8);
        self.since_offline = Tagged::new(client.since, client.offline as u8);
        self.attempt = client.attempt;
        self.retries = client.retries;
    }

    const fn offline(self) -> Offline {
        match self.since_offline.tag() {
            0 => Offline::Came,
            1 => Offline::Dropped,
            2 => Offline::Singly,
            _ => Offline::GaveUp,
        }
    }

    const fn state(self) -> State {
        match self.leaves_state.tag() {
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
        Self { records: Vec::with_capacity(clients), ..Self::default() }
    }

    /// Puts a client that has made no attempt into a place: which. The numbers of its
    /// attempts go on from the place's last, whatever it said of them. If it stays beyond the
    /// end of every run it leaves 146 years after the start.
    #[inline(always)]
    pub fn insert(&mut self, client: &mut Client) -> u32 {
        client.leaves = client.leaves.min(Tagged::LAST);
        if let Some(place) = self.free.pop() {
            let record = &mut self.records[place as usize];
            client.attempt = record.attempt.wrapping_add(1);
            client.first = client.attempt;
            *record = Record::of(client);
            self.identify(place, client);
            return place;
        }
        client.attempt = FIRST;
        client.first = FIRST;
        let place = self.records.len() as u32;
        self.records.push(Record::of(client));
        let Client { stream, number, .. } = *client;
        if number == 0 {
            self.identify_all_before(place);
            self.crowd = Crowd { place, stream };
        } else if self.crowd.stream != stream || place - self.crowd.place != number {
            self.identify(place, client);
        }
        place
    }

    /// Writes down who is in a place.
    fn identify(&mut self, place: u32, client: &Client) {
        self.identify_all_before(place + 1);
        let Client { number, first, stream, .. } = *client;
        self.identities[place as usize] = Identity { number, first, stream };
    }

    /// Writes down who is in the places before one.
    fn identify_all_before(&mut self, place: u32) {
        let known = self.identities.len();
        if known < place as usize {
            self.identities.reserve_exact(self.records.capacity() - known);
            let crowd = self.crowd;
            self.identities.extend((known as u32..place).map(|place| crowd.identity(place)));
        }
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
    fn identity(&self, place: u32) -> Identity {
        match self.identities.get(place as usize) {
            Some(identity) => *identity,
            None => self.crowd.identity(place),
        }
    }

    /// A copy of the client in a place.
    #[inline]
    pub fn get(&self, place: u32) -> Client {
        let record = self.records[place as usize];
        let Identity { number, first, stream } = self.identity(place);
        Client {
            leaves: record.leaves_state.time(),
            since: record.since_offline.time(),
            number,
            rtt: record.rtt,
            attempt: record.attempt,
            first,
            retries: record.retries,
            stream,
            state: record.state(),
            offline: record.offline(),
        }
    }

    /// The client of a place, if there has been anybody in it.
    pub fn find(&self, place: u32) -> Option<Client> {
        (place < self.places()).then(|| self.get(place))
    }

    /// Writes a client back to its place; who it is, and its round trip, stay what they were.
    #[inline]
    pub fn put(&mut self, place: u32, client: &Client) {
        self.records[place as usize].set(client);
    }

    /// A client is connected to a server from `now` on, which resets its retries or does not:
    /// since when it was offline, and why.
    #[inline(always)]
    pub fn connect(
        &mut self,
        place: u32,
        server: u32,
        now: SimTime,
        resets: bool,
    ) -> (SimTime, Offline) {
        let record = &mut self.records[place as usize];
        let offline = (record.since_offline.time(), record.offline());
        record.leaves_state = Tagged::new(record.leaves_state.time(), State::Connected as u8);
        record.since_offline = Tagged::new(now, Offline::Came as u8);
        if resets {
            record.retries = 0;
        }
        record.server = server;
        offline
    }

    /// The arrival stream that a client came from.
    #[inline]
    pub fn stream(&self, place: u32) -> u16 {
        self.identity(place).stream
    }

    /// The server that a client is connected to, or was told to connect to.
    #[inline]
    pub fn server(&self, place: u32) -> u32 {
        self.records[place as usize].server
    }

    /// The client connects to a server, or is told to.
    #[inline]
    pub fn set_server(&mut self, place: u32, server: u32) {
        self.records[place as usize].server = server;
    }

    /// Forgets how often the cluster dropped each client.
    pub fn forget_drops(&mut self) {
        for record in &mut self.records {
            record.drops = 0;
        }
    }

    /// How often the cluster dropped a client.
    pub fn drops(&self, place: u32) -> u16 {
        self.records[place as usize].drops
    }

    /// The cluster drops a client once more.
    pub fn count_drop(&mut self, place: u32) {
        let drops = &mut self.records[place as usize].drops;
        *drops = drops.saturating_add(1);
    }

    /// Has the processor fetch a client into the cache, without waiting for it. What stands for
    /// no client, as a probe does, has none.
    #[inline(always)]
    pub fn fetch(&self, place: u32) {
        prefetch_index(&self.records, place as usize);
        if (place as usize) < self.identities.len() {
            prefetch_index(&self.identities, place as usize);
        }
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
            for offline in [Offline::Came, Offline::Dropped, Offline::Singly, Offline::GaveUp] {
                let mut client = Client {
                    leaves: Tagged::LAST,
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

    /// Whoever comes and goes, a place tells who is in it: the oracle keeps them all.
    #[test]
    fn who_is_in_a_place_is_known_whether_it_is_of_a_crowd_or_not() {
        let mut clients = Clients::with_capacity(8);
        let mut here: Vec<Option<Client>> = Vec::new();
        let mut numbers = [0_u32; 3];
        for step in 0..4_000_u32 {
            let luck = step.wrapping_mul(0x9E37_79B9) >> 16;
            let leaves = luck % here.len().max(1) as u32;
            // Two crowds, then a mixture, then one that comes while others leave.
            let stream = match step {
                0..100 => 0,
                100..200 => 1,
                200..300 => luck as u16 % 3,
                _ => 2,
            };
            if step >= 300 && luck.is_multiple_of(2) {
                if let Some(client) = here.get_mut(leaves as usize)
                    && client.take().is_some()
                {
                    clients.remove(leaves);
                }
                continue;
            }
            let number = numbers[usize::from(stream)];
            numbers[usize::from(stream)] += 1;
            let mut client =
                Client { number, stream, rtt: step, leaves: SimTime::ZERO, ..nobody() };
            let place = clients.insert(&mut client) as usize;
            here.resize(here.len().max(place + 1), None);
            assert!(here[place].replace(client).is_none(), "the place was free");
            for (place, expected) in (0..).zip(&here) {
                let client = clients.get(place);
                let is_here = client.state != State::Absent;
                assert_eq!(is_here.then_some(client), *expected, "{step}");
            }
        }
    }

    #[test]
    fn a_crowd_takes_no_memory_but_its_records() {
        let mut clients = Clients::default();
        for number in 0..1_000 {
            clients.insert(&mut Client { number, ..nobody() });
        }
        assert!(clients.identities.is_empty());
        clients.remove(10);
        clients.insert(&mut Client { number: 1_000, ..nobody() });
        assert_eq!(clients.identities.len(), 11);
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
