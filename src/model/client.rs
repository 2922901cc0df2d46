//! Clients: one record each, in a table whose places are used again.

use crate::engine::SimTime;

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

/// One client: 48 bytes. What is not here is drawn again from its address.
#[derive(Clone, Copy, Debug)]
pub struct Client {
    /// When its presence ends.
    pub leaves: SimTime,
    /// Connected: since when. Otherwise: offline since when.
    pub since: SimTime,
    /// Its number within its stream: its address in the random space.
    pub number: u32,
    /// The server it is connected to, or was told to connect to.
    pub server: u32,
    /// Round-trip time in nanoseconds.
    pub rtt: u32,
    /// Number of its latest attempt; grows through all clients of this place,
    /// so that an event of an earlier attempt or client is known as stale.
    pub attempt: u32,
    /// Number of its first attempt.
    pub first: u32,
    /// Retries since the counter was reset.
    pub retries: u16,
    /// How often the cluster dropped it.
    pub drops: u16,
    /// The arrival stream it came from.
    pub stream: u32,
    /// What it is doing.
    pub state: State,
    /// Whether it is offline because the cluster dropped it.
    pub dropped: bool,
}

const _: () = assert!(size_of::<Client>() <= 48);

/// All clients. A place is an index; places of clients that left are used again, last freed first.
#[derive(Clone, Debug, Default)]
pub struct Clients {
    records: Vec<Client>,
    free: Vec<u32>,
}

impl Clients {
    /// A table with memory for so many.
    pub fn with_capacity(clients: usize) -> Self {
        Self { records: Vec::with_capacity(clients), free: Vec::new() }
    }

    /// Puts a client into a place; its attempt number goes on from the place's last.
    pub fn insert(&mut self, mut client: Client) -> u32 {
        if let Some(place) = self.free.pop() {
            let record = &mut self.records[place as usize];
            client.attempt = record.attempt;
            client.first = record.attempt.wrapping_add(1);
            *record = client;
            return place;
        }
        client.first = client.attempt.wrapping_add(1);
        self.records.push(client);
        (self.records.len() - 1) as u32
    }

    /// Empties a place.
    pub fn remove(&mut self, place: u32) {
        let record = &mut self.records[place as usize];
        record.state = State::Absent;
        record.attempt = record.attempt.wrapping_add(1);
        self.free.push(place);
    }

    /// The client in a place.
    pub fn get(&self, place: u32) -> &Client {
        &self.records[place as usize]
    }

    /// The record of a place, if there has been anybody in it.
    pub fn find(&self, place: u32) -> Option<&Client> {
        self.records.get(place as usize)
    }

    /// Reads a little of both ends of a record, so that all of it is in the cache.
    pub fn touch(&self, place: u32) -> u64 {
        let record = &self.records[place as usize];
        record.leaves.as_nanos() ^ u64::from(record.dropped)
    }

    /// The client in a place, to change it.
    pub fn get_mut(&mut self, place: u32) -> &mut Client {
        &mut self.records[place as usize]
    }

    /// Every place with its record, empty ones too.
    pub fn iter(&self) -> impl Iterator<Item = (u32, &Client)> {
        self.records.iter().enumerate().map(|(place, client)| (place as u32, client))
    }

    /// The connected ones with their places.
    pub fn connected(&self) -> impl Iterator<Item = (u32, &Client)> {
        self.iter().filter(|(_, client)| client.state == State::Connected)
    }
}
