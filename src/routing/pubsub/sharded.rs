//! Channels over many brokers.

use super::interest::InterestTable;
use super::slot::{SLOTS, SlotMap, SlotMove, slot};
use super::topic::{Topic, TopicId};
use crate::routing::backend::BackendId;
use crate::routing::membership::Membership;

/// Channel -> servers, and the broker of each channel by its slot.
#[derive(Clone, Debug)]
pub(super) struct Sharded {
    pub(super) interests: InterestTable<BackendId>,
    slots: SlotMap,
}

/// What a change of brokers comes to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Handover {
    /// The slots that have another broker, ascending.
    pub moves: Vec<SlotMove>,
    /// What servers have to subscribe to again, topics ascending.
    pub reissues: Vec<Reissue>,
}

/// A subscription that has to be made at another broker than before.
///
/// A broker that is still there has ended it by itself: Redis sends `sunsubscribe` for
/// the channels of a slot that it gives away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reissue {
    /// Who subscribes.
    pub server: BackendId,
    /// To what; [`Router::topic`](super::Router::topic) has the name.
    pub topic: TopicId,
    /// Where it was; `None` if there was no broker.
    pub from: Option<BackendId>,
    /// Where it has to be; `None` if there is no broker.
    pub to: Option<BackendId>,
}

impl Sharded {
    /// Nobody has subscribed; `seed` is that of the hash of names.
    pub(super) fn seeded(brokers: &Membership, seed: u64) -> Self {
        Self { interests: InterestTable::seeded(seed), slots: SlotMap::build(brokers) }
    }

    /// The broker of a channel.
    pub(super) fn broker(&self, channel: &[u8]) -> Option<BackendId> {
        self.slots.owner(slot(channel))
    }

    /// O(slots + channels).
    pub(super) fn update(&mut self, brokers: &Membership) -> Handover {
        let moves = self.slots.update(brokers);
        let mut by_slot: Vec<Option<SlotMove>> = vec![None; usize::from(SLOTS)];
        for &one in &moves {
            by_slot[usize::from(one.slot)] = Some(one);
        }
        let mut reissues = Vec::new();
        for topic in self.interests.topics() {
            let Some(name) = self.interests.topic(topic).map(Topic::name) else { continue };
            let Some(SlotMove { from, to, .. }) = by_slot[usize::from(slot(name))] else {
                continue;
            };
            let servers = self.interests.subscribers(topic).iter();
            reissues.extend(servers.map(|&server| Reissue { server, topic, from, to }));
        }
        Handover { moves, reissues }
    }

    pub(super) fn bytes(&self) -> usize {
        self.interests.bytes() + usize::from(SLOTS) * size_of::<BackendId>()
    }
}
