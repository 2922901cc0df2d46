//! A channel as the simulation sees it: how many belong to it, and where they are.

/// Members of a channel on one server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Local {
    /// The server.
    pub server: u32,
    /// How many are connected to it; at least 1.
    pub members: u32,
}

/// A channel's counts: 40 bytes, and 8 for each server with a member.
///
/// This is what an `InterestTable` of each server would say of the channel, without naming
/// the connections: who they are follows from their addresses, so a table of them would
/// cost 50 to 142 bytes a membership where this takes 8 a server. A test holds both equal.
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
                self.locals.insert(place, Local { server, members: 1 });
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
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{Draws, Purpose};
    use crate::routing::pubsub::{ConnectionId, InterestTable, Topic};

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
