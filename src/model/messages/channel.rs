//! A channel as the simulation sees it: how many belong to it, and where they are.

/// Members of a channel on one server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Local {
    /// The server.
    pub server: u32,
    /// How many are connected to it; at least 1.
    pub members: u32,
    /// Messages that were written to each of them since the first came, modulo 2^32.
    pub messages: u32,
    /// How often one of these was written to each, duplicates among them, modulo 2^32.
    pub writes: u32,
}

/// Who keeps what is published to a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Kept {
    /// The server.
    by: u32,
    /// The channel's counter before the first message that it has.
    from: u32,
}

/// A channel's counts: 48 bytes, and 16 for each server with a member.
///
/// This is what an `InterestTable` of each server would say of the channel, without naming
/// the connections: who they are follows from their addresses, so a table of them would
/// cost 50 to 142 bytes a membership where this takes 16 a server. A test holds both equal.
#[derive(Clone, Debug, Default)]
pub struct Channel {
    /// Publishes that went out to it, modulo 2^32.
    pub published: u32,
    /// Members present.
    pub present: u32,
    /// Of these, members connected.
    pub connected: u32,
    /// Where these are, servers ascending.
    pub locals: Vec<Local>,
    /// Where servers keep what is published: which one does.
    kept: Option<Kept>,
}

impl Channel {
    /// A member connects to a server; whether it is the first there.
    pub fn enter(&mut self, server: u32) -> bool {
        self.connected += 1;
        match self.locals.binary_search_by_key(&server, |local| local.server) {
            Ok(found) => {
                self.locals[found].members += 1;
                false
            }
            Err(place) => {
                self.locals.insert(place, Local { server, members: 1, messages: 0, writes: 0 });
                true
            }
        }
    }

    /// A member's connection to a server ends; whether it was the last there.
    pub fn exit(&mut self, server: u32) -> bool {
        let Ok(found) = self.locals.binary_search_by_key(&server, |local| local.server) else {
            debug_assert!(false, "who leaves a server was there");
            return false;
        };
        self.connected -= 1;
        self.locals[found].members -= 1;
        if self.locals[found].members > 0 {
            return false;
        }
        self.locals.remove(found);
        true
    }

    /// What a server has written to each of its members.
    pub fn written(&self, server: u32) -> (u32, u32) {
        let found = self.locals.binary_search_by_key(&server, |local| local.server);
        found.map_or((0, 0), |found| (self.locals[found].messages, self.locals[found].writes))
    }

    /// The next publish goes to a server that keeps it, or to none.
    pub fn keep(&mut self, by: Option<u32>) {
        if self.kept.map(|kept| kept.by) != by {
            self.kept = by.map(|by| Kept { by, from: self.published });
        }
    }

    /// A server loses what it keeps.
    pub fn forget(&mut self, server: u32) {
        self.kept = self.kept.filter(|kept| kept.by != server);
    }

    /// Whether a server has the latest messages of the channel, so many.
    pub fn is_kept(&self, server: u32, latest: u32) -> bool {
        let has =
            |kept: Kept| kept.by == server && latest <= self.published.wrapping_sub(kept.from);
        self.kept.is_some_and(has)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{Draws, Purpose};
    use crate::routing::pubsub::{ConnectionId, InterestTable, Topic};

    #[test]
    fn a_server_has_what_was_published_since_the_channel_came_to_it() {
        let mut channel = Channel::default();
        let publish = |channel: &mut Channel, by| {
            channel.keep(by);
            channel.published = channel.published.wrapping_add(1);
        };
        channel.published = u32::MAX;
        publish(&mut channel, Some(0));
        publish(&mut channel, Some(0));
        assert!(channel.is_kept(0, 2) && !channel.is_kept(0, 3) && !channel.is_kept(1, 1));
        publish(&mut channel, Some(1));
        assert!(channel.is_kept(1, 1) && !channel.is_kept(1, 2) && !channel.is_kept(0, 1));
        publish(&mut channel, None);
        assert!(!channel.is_kept(1, 1));
        publish(&mut channel, Some(1));
        channel.forget(0);
        assert!(channel.is_kept(1, 1), "what went before is gone");
        channel.forget(1);
        assert!(!channel.is_kept(1, 1));
    }

    #[test]
    fn a_channel_counts_what_the_interest_tables_of_its_servers_hold() {
        const ROOM: Topic<'_> = Topic::Channel(b"room");
        let mut tables: Vec<InterestTable<ConnectionId>> = vec![InterestTable::new(); 5];
        let mut channel = Channel::default();
        let mut inside: Vec<(u32, u32)> = Vec::new();
        for step in 0..5_000_u32 {
            let draw = Draws::new(1, 0).at(Purpose::new(1), 0, u64::from(step));
            if draw.unit() < 0.5 || inside.is_empty() {
                let server = draw.again(0).below(5) as u32;
                let first = tables[server as usize].subscribe(ConnectionId::new(step), ROOM);
                assert_eq!(channel.enter(server), first);
                inside.push((server, step));
            } else {
                let gone = draw.again(0).below(inside.len() as u64) as usize;
                let (server, connection) = inside.swap_remove(gone);
                let mut lost = 0;
                tables[server as usize].closed(ConnectionId::new(connection), |_| lost += 1);
                assert_eq!(channel.exit(server), lost == 1);
            }
            for local in &channel.locals {
                assert_eq!(tables[local.server as usize].len(), local.members as usize);
            }
            assert_eq!(channel.connected as usize, inside.len());
        }
    }
}
