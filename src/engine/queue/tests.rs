//! The oracle of the event list is a binary heap.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use proptest::prelude::*;

use super::*;

#[test]
fn equal_times_leave_in_the_order_of_their_event_numbers() {
    let mut queue = EventQueue::default();
    for event in [3, 1, 2] {
        queue.push(SimTime::from_nanos(5_000_000), event);
    }
    let order: Vec<u64> = std::iter::from_fn(|| queue.pop()).map(|(_, event)| event).collect();
    assert_eq!(order, [1, 2, 3]);
}

#[test]
fn the_last_instant_of_all_can_be_pending() {
    let mut queue = EventQueue::default();
    queue.push(SimTime::NEVER, 1);
    queue.push(SimTime::ZERO, 2);
    assert_eq!(queue.pop(), Some((SimTime::ZERO, 2)));
    assert_eq!(queue.pop(), Some((SimTime::NEVER, 1)));
    assert_eq!(queue.pop(), None);
}

#[test]
fn a_crowd_within_a_few_ticks_leaves_in_order() {
    let mut queue = EventQueue::default();
    let mut expected: Vec<(u64, u64)> = (0..20_000_u64)
        .map(|event| {
            // Spread over three ticks, with a heap of equal times in the second.
            let spread = event.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 46;
            (5_000_000 + if event % 4 == 0 { 90_000 } else { spread }, event ^ 0x5555)
        })
        .collect();
    for (time, event) in &expected {
        queue.push(SimTime::from_nanos(*time), *event);
    }
    expected.sort_unstable();
    let order: Vec<(u64, u64)> =
        std::iter::from_fn(|| queue.pop()).map(|(time, event)| (time.as_nanos(), event)).collect();
    assert_eq!(order, expected);
}

/// The oracle is a binary heap over the same keys.
#[test]
fn a_slot_of_the_second_level_leaves_in_order_whether_or_not_it_is_opened_as_a_whole() {
    let luck = |event: u64| event.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 30;
    for count in [3, 1_000, MOST_AT_ONCE as u64, MOST_AT_ONCE as u64 + 1] {
        let mut queue = EventQueue::default();
        let mut heap = BinaryHeap::new();
        let push = |queue: &mut EventQueue, heap: &mut BinaryHeap<_>, time, event| {
            queue.push(SimTime::from_nanos(time), event);
            heap.push(Reverse((time, event)));
        };
        // Its 67 ms begin at 469.8.
        for event in 0..count {
            push(&mut queue, &mut heap, 470_000_000 + luck(event) % 60_000_000, event);
        }
        let mut next = count;
        while let Some((time, event)) = queue.pop() {
            let now = time.as_nanos();
            assert_eq!(heap.pop(), Some(Reverse((now, event))), "{count}");
            // Every other brings one more: at once, in its own tick or in a later one.
            if event % 2 == 0 && next < 3 * count {
                let delay = luck(next) % [1, 20_000, 5_000_000][next as usize % 3];
                push(&mut queue, &mut heap, now + delay, next);
                next += 1;
            }
        }
        assert!(heap.is_empty() && queue.is_empty());
    }
}

/// What is opened is told in parts; where one ends, what was added in between may come before the
/// next or after it.
#[test]
fn what_is_added_between_the_told_parts_of_a_slot_leaves_in_order() {
    for (gap, delay) in (1..90).flat_map(|gap| [(gap, 1), (gap, 30), (gap, 70), (gap, 200)]) {
        let mut queue = EventQueue::default();
        let mut heap = BinaryHeap::new();
        let count = 5 * EventQueue::TOLD_AT_ONCE as u64;
        for event in 0..count {
            let time = 470_000_000 + event * gap * 1_000;
            queue.push(SimTime::from_nanos(time), event);
            heap.push(Reverse((time, event)));
        }
        while let Some((time, event)) = queue.pop() {
            let now = time.as_nanos();
            assert_eq!(heap.pop(), Some(Reverse((now, event))), "{gap} {delay}");
            if event < count {
                let later = now + delay * 1_000;
                queue.push(SimTime::from_nanos(later), event + count);
                heap.push(Reverse((later, event + count)));
            }
        }
        assert!(heap.is_empty(), "{gap} {delay}: {} are left", heap.len());
    }
}

proptest! {
    /// The oracle is a binary heap over the same keys; a part of the events is kept elsewhere.
    #[test]
    fn events_leave_as_from_a_heap(
        steps in prop::collection::vec(
            (0_u32..60, any::<u64>(), 0_u64..40, 0_u8..3, 0_u8..4), 1..600
        )
    ) {
        let mut queue = EventQueue::default();
        let mut elsewhere = EventHeap::default();
        let mut heap = BinaryHeap::new();
        let mut now = 0_u64;
        let pop = |queue: &mut EventQueue, elsewhere: &mut EventHeap| {
            let (time, event) = elsewhere.first();
            let at_once = queue.pop_before(time, event);
            let next = at_once.or_else(|| {
                queue.open();
                queue.pop_before(time, event)
            });
            next.or_else(|| {
                let first = elsewhere.pop()?;
                queue.pass(first.0);
                Some(first)
            })
        };
        for (magnitude, bits, event, pops, place) in steps {
            let delay = bits & ((1_u64 << magnitude) - 1);
            let time = now.saturating_add(delay);
            heap.push(Reverse((time, event)));
            let time = SimTime::from_nanos(time);
            if place == 0 {
                elsewhere.push(time, event);
            } else {
                queue.push(time, event);
            }
            for _ in 0..pops {
                let expected = heap.pop().map(|Reverse((time, event))| (SimTime::from_nanos(time), event));
                prop_assert_eq!(pop(&mut queue, &mut elsewhere), expected);
                now = expected.map_or(now, |(time, _)| time.as_nanos());
            }
            prop_assert_eq!(queue.len() + elsewhere.len(), heap.len());
        }
        while let Some(Reverse((time, event))) = heap.pop() {
            let expected = Some((SimTime::from_nanos(time), event));
            prop_assert_eq!(pop(&mut queue, &mut elsewhere), expected);
        }
        prop_assert!(queue.is_empty());
    }
}
