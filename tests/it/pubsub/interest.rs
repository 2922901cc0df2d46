use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use ringstorm::routing::pubsub::{ConnectionId, InterestTable, Topic};

/// What may happen to a table.
#[derive(Clone, Debug)]
enum Step {
    Subscribe(u32, &'static str),
    Unsubscribe(u32, &'static str),
    Close(u32),
}

const TOPICS: [&str; 12] =
    ["a", "a.b", "a.b.c", "b.b", "", "a..b", "*", ">", "a.*", "a.>", "*.b", "a.*.c"];

fn topic(text: &'static str) -> Topic<'static> {
    Topic::parse(text.as_bytes()).unwrap_or(Topic::Channel(text.as_bytes()))
}

fn step() -> impl Strategy<Value = Step> {
    let connection = || prop_oneof![0_u32..6, Just(u32::MAX)];
    let text = || prop::sample::select(&TOPICS[..]);
    prop_oneof![
        6 => (connection(), text()).prop_map(|(by, text)| Step::Subscribe(by, text)),
        4 => (connection(), text()).prop_map(|(by, text)| Step::Unsubscribe(by, text)),
        1 => connection().prop_map(Step::Close),
    ]
}

/// Sets of sets: slow and obvious.
#[derive(Default)]
struct Oracle {
    topics: BTreeMap<&'static str, BTreeSet<u32>>,
}

impl Oracle {
    fn subscribe(&mut self, by: u32, text: &'static str) -> bool {
        let subscribers = self.topics.entry(text).or_default();
        subscribers.insert(by) && subscribers.len() == 1
    }

    fn unsubscribe(&mut self, by: u32, text: &'static str) -> bool {
        let Some(subscribers) = self.topics.get_mut(text) else { return false };
        let was_last = subscribers.remove(&by) && subscribers.is_empty();
        self.topics.retain(|_, subscribers| !subscribers.is_empty());
        was_last
    }

    fn close(&mut self, by: u32) -> BTreeSet<&'static str> {
        TOPICS.into_iter().filter(|&text| self.unsubscribe(by, text)).collect()
    }

    fn recipients(&self, channel: &str) -> BTreeSet<u32> {
        let matching =
            self.topics.iter().filter(|(text, _)| topic(text).matches(channel.as_bytes()));
        matching.flat_map(|(_, subscribers)| subscribers.iter().copied()).collect()
    }
}

fn agree(table: &InterestTable<ConnectionId>, oracle: &Oracle) -> Result<(), TestCaseError> {
    let mut recipients = Vec::new();
    for channel in ["a", "a.b", "a.b.c", "b.b", "", "a..b", "a.x.c", "c", "a.b.c.d", "*", "a.>"] {
        table.recipients(channel.as_bytes(), &mut recipients);
        let mut numbers: Vec<_> = recipients.iter().map(|connection| connection.number()).collect();
        numbers.sort_unstable();
        let expected: Vec<_> = oracle.recipients(channel).into_iter().collect();
        prop_assert_eq!(numbers, expected, "recipients of `{}`", channel);
    }
    prop_assert_eq!(table.topic_count(), oracle.topics.len());
    prop_assert_eq!(table.topics().count(), oracle.topics.len());
    prop_assert_eq!(table.len(), oracle.topics.values().map(BTreeSet::len).sum::<usize>());
    for text in TOPICS {
        let subscribers = oracle.topics.get(text).cloned().unwrap_or_default();
        let id = table.id(topic(text));
        prop_assert_eq!(id.is_some(), !subscribers.is_empty());
        let Some(id) = id else { continue };
        prop_assert_eq!(table.topic(id), Some(topic(text)));
        prop_assert_eq!(table.subscribers(id).len(), subscribers.len(), "each once");
        let listed = table.subscribers(id).iter().map(|by| by.number()).collect();
        prop_assert_eq!(&subscribers, &listed);
        for by in subscribers {
            prop_assert!(table.contains(ConnectionId::new(by), topic(text)));
            prop_assert!(table.topics_of(ConnectionId::new(by)).any(|of| of == id));
        }
    }
    Ok(())
}

proptest! {
    #[test]
    fn a_table_is_a_set_of_sets_whatever_comes_and_goes(
        steps in prop::collection::vec(step(), 0..150),
        seed in any::<u64>(),
    ) {
        let mut table = InterestTable::seeded(seed);
        let mut oracle = Oracle::default();
        for step in steps {
            match step {
                Step::Subscribe(by, text) => prop_assert_eq!(
                    table.subscribe(ConnectionId::new(by), topic(text)),
                    oracle.subscribe(by, text)
                ),
                Step::Unsubscribe(by, text) => prop_assert_eq!(
                    table.unsubscribe(ConnectionId::new(by), topic(text)),
                    oracle.unsubscribe(by, text)
                ),
                Step::Close(by) => {
                    let mut lost = Vec::new();
                    table.closed(ConnectionId::new(by), |topic| lost.push(topic.name().to_vec()));
                    let expected = oracle.close(by);
                    let expected: BTreeSet<_> =
                        expected.into_iter().map(|text| text.as_bytes().to_vec()).collect();
                    prop_assert_eq!(lost.len(), expected.len(), "each topic once");
                    prop_assert_eq!(lost.into_iter().collect::<BTreeSet<_>>(), expected);
                }
            }
            agree(&table, &oracle)?;
        }
    }

    #[test]
    fn no_name_makes_a_table_panic(
        names in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..200), 0..20),
        dots in 0_usize..200_000,
    ) {
        let mut table = InterestTable::new();
        let long = vec![b'.'; dots];
        let deep: Vec<u8> = b"a.".repeat(dots / 2 + 1);
        let texts = || names.iter().map(Vec::as_slice).chain([&long[..], &deep[..deep.len() - 1]]);
        for (by, text) in texts().enumerate() {
            let by = ConnectionId::new(by as u32);
            table.subscribe(by, Topic::Channel(text));
            if let Ok(topic) = Topic::parse(text) {
                table.subscribe(by, topic);
            }
        }
        let mut recipients = Vec::new();
        for (by, text) in texts().enumerate() {
            table.recipients(text, &mut recipients);
            prop_assert!(recipients.contains(&ConnectionId::new(by as u32)));
            table.closed(ConnectionId::new(by as u32), |_| {});
        }
        prop_assert!(table.is_empty() && table.topic_count() == 0);
    }
}

#[test]
fn a_channel_and_a_pattern_of_one_text_are_two_topics() {
    let mut table = InterestTable::new();
    let [channel, pattern] = [0, 1].map(ConnectionId::new);
    assert!(table.subscribe(channel, Topic::Channel(b"a.*")));
    assert!(table.subscribe(pattern, Topic::parse(b"a.*").unwrap()));
    let mut recipients = Vec::new();
    table.recipients(b"a.b", &mut recipients);
    assert_eq!(recipients, [pattern]);
    table.recipients(b"a.*", &mut recipients);
    assert_eq!(recipients, [channel, pattern], "the pattern matches the name `a.*` as well");
}

#[test]
fn each_matching_subscription_is_named_once_for_those_who_deliver_as_nats_does() {
    let mut table = InterestTable::new();
    let alice = ConnectionId::new(0);
    for text in ["a.b", "a.*", "a.>", ">", "*.b", "*", "b.*"] {
        table.subscribe(alice, topic(text));
    }
    let mut texts = Vec::new();
    table.each_match(b"a.b", |id| texts.push(table.topic(id).unwrap().name()));
    texts.sort_unstable();
    assert_eq!(texts, [&b"*.b"[..], b">", b"a.*", b"a.>", b"a.b"]);
}

#[test]
fn a_topic_that_is_left_gives_its_memory_back_in_whatever_order_they_leave() {
    let peak = 10_000_u32;
    let oldest_first: Vec<u32> = (0..peak).collect();
    let newest_first: Vec<u32> = (0..peak).rev().collect();
    let shuffled: Vec<u32> = (0..peak).map(|k| k * 7_919 % peak).collect();
    for text in ["room.7", "room.*"] {
        for order in [&oldest_first, &newest_first, &shuffled] {
            let (leave, stay) = order.split_at(order.len() - 10);
            let mut table = InterestTable::new();
            for &by in &oldest_first {
                table.subscribe(ConnectionId::new(by), topic(text));
            }
            for &by in leave {
                assert!(!table.unsubscribe(ConnectionId::new(by), topic(text)));
            }
            let mut few = InterestTable::new();
            for &by in stay {
                few.subscribe(ConnectionId::new(by), topic(text));
            }
            // Room for 40 ids of 4 bytes, where there was some for 16,384.
            assert!(table.bytes() <= few.bytes() + 160, "{text}: {} bytes", table.bytes());
        }
    }
}
