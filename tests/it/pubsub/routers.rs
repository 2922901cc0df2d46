use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use ringstorm::engine::{Draws, Purpose};
use ringstorm::routing::pubsub::{
    Home, Hops, Router, RouterConfig, SubscribeError, Topic, Via, slot,
};
use ringstorm::routing::{BackendId, BackendState, Factor, Membership, RingConfig};

fn configs() -> [RouterConfig; 4] {
    [
        RouterConfig::Broadcast,
        RouterConfig::Interest,
        RouterConfig::Sharded,
        RouterConfig::Colocated(RingConfig::default()),
    ]
}

fn cluster(name: &str, count: usize) -> (Membership, Vec<BackendId>) {
    let mut members = Membership::new();
    let ids = (0..count).map(|at| members.join(&format!("{name}{at}"), 1, None)).collect();
    (members, ids)
}

fn channel(number: usize) -> String {
    format!("room.{number}")
}

fn routed(router: &Router, channel: &str) -> Hops {
    let mut hops = Hops::default();
    router.route(channel.as_bytes(), None, &mut hops);
    hops
}

/// A cluster of sets of sets.
struct Oracle {
    live: BTreeSet<BackendId>,
    channels: BTreeMap<String, BTreeSet<BackendId>>,
}

impl Oracle {
    fn crash(&mut self, server: BackendId) -> usize {
        self.channels.values_mut().map(|servers| usize::from(servers.remove(&server))).sum()
    }
}

/// What may happen to a cluster: a verb, a server, a channel.
type Step = (u8, usize, usize);

fn live(
    oracle: &mut Oracle,
    router: &mut Router,
    servers: &Membership,
) -> Result<(), TestCaseError> {
    let now: BTreeSet<_> = servers
        .iter()
        .filter(|server| server.state != BackendState::Down)
        .map(|server| server.id)
        .collect();
    let gone: Vec<_> = oracle.live.difference(&now).copied().collect();
    let forgotten: usize = gone.into_iter().map(|server| oracle.crash(server)).sum();
    oracle.live = now;
    prop_assert_eq!(router.update_servers(servers), forgotten);
    Ok(())
}

/// Steps and checks one router with an interest table; `brokers` may change too.
fn follow(config: &RouterConfig, steps: &[Step]) -> Result<(), TestCaseError> {
    let (mut servers, ids) = cluster("s", 6);
    let (mut brokers, shards) = cluster("b", 3);
    let mut router = Router::build(config, &servers, &brokers);
    let mut oracle = Oracle { live: ids.iter().copied().collect(), channels: BTreeMap::new() };
    for &(verb, server, number) in steps {
        let (server, name) = (ids[server % ids.len()], channel(number));
        let topic = Topic::Channel(name.as_bytes());
        let interested = oracle.channels.entry(name.clone()).or_default();
        let keeps = router.name() != "broadcast";
        match verb {
            0..6 if oracle.live.contains(&server) => {
                let is_new = keeps && interested.insert(server);
                prop_assert_eq!(router.subscribe(server, topic), Ok(is_new));
            }
            0..6 => prop_assert_eq!(
                router.subscribe(server, topic),
                Err(SubscribeError::NotThere { server })
            ),
            6..9 => {
                prop_assert_eq!(router.unsubscribe(server, topic), interested.remove(&server));
            }
            9 => prop_assert_eq!(router.crashed(server), oracle.crash(server)),
            10 => {
                servers.set_state(server, BackendState::Down);
                live(&mut oracle, &mut router, &servers)?;
            }
            11 => {
                let address = format!("s{}", server.number());
                servers.join(&address, 1, None);
                live(&mut oracle, &mut router, &servers)?;
            }
            _ => {
                let broker = shards[number % shards.len()];
                let is_up =
                    brokers.get(broker).is_some_and(ringstorm::routing::Backend::is_eligible);
                let next = if is_up { BackendState::Down } else { BackendState::Ready };
                brokers.set_state(broker, next);
                check_handover(&mut router, &brokers, &oracle)?;
            }
        }
        check(&router, &oracle, &brokers)?;
    }
    Ok(())
}

fn check(router: &Router, oracle: &Oracle, brokers: &Membership) -> Result<(), TestCaseError> {
    for number in 0..8 {
        let name = channel(number);
        let hops = routed(router, &name);
        let interested: Vec<_> =
            oracle.channels.get(&name).into_iter().flatten().copied().collect();
        match router.name() {
            "broadcast" => {
                prop_assert_eq!(hops.servers, oracle.live.iter().copied().collect::<Vec<_>>());
            }
            "sharded" if brokers.eligible().count() == 0 => {
                prop_assert_eq!(&hops, &Hops::default(), "lost");
            }
            _ => {
                prop_assert_eq!(hops.broker_in(), 1);
                prop_assert_eq!(hops.broker_out() as usize, interested.len());
                prop_assert_eq!(hops.straight(), 0);
                prop_assert_eq!(&hops.servers, &interested, "{} to {}", name, router.name());
            }
        }
    }
    let all: usize = oracle.channels.values().map(BTreeSet::len).sum();
    let mut counted = 0;
    if router.name() != "broadcast" {
        router.each_subscription(None, |_, _| counted += 1);
        prop_assert_eq!(counted, all);
    }
    Ok(())
}

/// After a change of brokers, those subscriptions are listed again whose slot has moved.
fn check_handover(
    router: &mut Router,
    brokers: &Membership,
    oracle: &Oracle,
) -> Result<(), TestCaseError> {
    let before = router.clone();
    let handover = router.update_brokers(brokers);
    if router.name() != "sharded" {
        prop_assert!(handover.moves.is_empty() && handover.reissues.is_empty());
        return Ok(());
    }
    let mut expected = BTreeSet::new();
    for (name, interested) in &oracle.channels {
        let (from, to) = (before.broker(name.as_bytes()), router.broker(name.as_bytes()));
        let moved = handover.moves.iter().find(|one| one.slot == slot(name.as_bytes()));
        prop_assert_eq!(from != to, moved.is_some());
        if from != to {
            expected.extend(interested.iter().map(|&server| (server, name.clone(), from, to)));
        }
    }
    let listed = handover.reissues.iter().map(|one| {
        let name = router.topic(one.topic).unwrap().name().to_vec();
        (one.server, String::from_utf8(name).unwrap(), one.from, one.to)
    });
    prop_assert_eq!(listed.len(), expected.len(), "each once");
    prop_assert_eq!(listed.into_iter().collect::<BTreeSet<_>>(), expected);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn routers_are_sets_of_sets_whatever_crashes_and_comes_back(
        steps in prop::collection::vec((0_u8..13, 0_usize..6, 0_usize..8), 0..80),
    ) {
        for config in &configs()[..3] {
            follow(config, &steps)?;
        }
    }

    #[test]
    fn no_answer_of_a_router_depends_on_its_seed(
        steps in prop::collection::vec((0_u8..13, 0_usize..6, 0_usize..40), 0..80), seed: u64,
    ) {
        for config in configs() {
            let (servers, ids) = cluster("s", 6);
            let (mut brokers, shards) = cluster("b", 3);
            let mut plain = Router::build(&config, &servers, &brokers);
            let mut seeded = Router::seeded(&config, &servers, &brokers, seed);
            for &(verb, server, number) in &steps {
                let (server, name) = (ids[server], channel(number));
                let topic = Topic::Channel(name.as_bytes());
                let [one, other] = [&mut plain, &mut seeded].map(|router| match verb {
                    0..8 => router.subscribe(server, topic).map(usize::from),
                    8..10 => Ok(usize::from(router.unsubscribe(server, topic))),
                    10 => Ok(router.crashed(server)),
                    _ => {
                        brokers.set_weight(shards[number % 3], u32::from(verb));
                        Ok(router.update_brokers(&brokers).reissues.len())
                    }
                });
                prop_assert_eq!(one, other);
                prop_assert_eq!(routed(&plain, &name), routed(&seeded, &name));
                prop_assert_eq!(plain.home(name.as_bytes()), seeded.home(name.as_bytes()));
                prop_assert_eq!(plain.broker(name.as_bytes()), seeded.broker(name.as_bytes()));
            }
            let listed = |router: &Router| {
                let mut listed = Vec::new();
                router.each_subscription(None, |server, topic| {
                    listed.push((server, topic.name().to_vec()));
                });
                listed
            };
            prop_assert_eq!(listed(&plain), listed(&seeded), "in the same order");
        }
    }

    #[test]
    fn no_input_makes_a_router_panic(
        steps in prop::collection::vec((0_u8..8, any::<u32>(), prop::collection::vec(any::<u8>(), 0..30)), 0..40),
    ) {
        for config in configs() {
            let (mut servers, mut brokers) = (Membership::new(), Membership::new());
            let mut router = Router::build(&config, &servers, &brokers);
            let mut hops = Hops::default();
            for (verb, number, name) in &steps {
                let server = BackendId::new(if number % 2 == 0 { number % 8 } else { *number });
                let topic = Topic::parse(name).unwrap_or(Topic::Channel(name));
                match verb {
                    0 => drop(servers.join(&format!("s{}", number % 9), number % 3, None)),
                    1 => drop(servers.leave(server)),
                    2 => drop(brokers.join(&format!("b{}", number % 9), number % 3, None)),
                    3 => drop(brokers.leave(server)),
                    4 => drop(router.crashed(server)),
                    5 => drop(router.unsubscribe(server, topic)),
                    _ => drop(router.subscribe(server, topic)),
                }
                router.update_servers(&servers);
                router.update_brokers(&brokers);
                router.route(name, Some(server), &mut hops);
                router.each_subscription(Some(server), |_, _| {});
                prop_assert!(hops.servers.iter().all(|&id| servers.get(id).is_some()));
                prop_assert!(hops.servers.is_sorted_by(|a, b| a < b));
                let _ = (router.home(name), router.broker(name), router.bytes());
            }
        }
    }
}

/// Balls into bins: k subscribers on n servers, each uniform, stand on
/// n (1 - (1 - 1/n)^k) of them in the mean, with the variance
/// n (n - 1) (1 - 2/n)^k + n (1 - 1/n)^k - n^2 (1 - 1/n)^2k.
#[test]
fn interest_sends_as_many_copies_as_subscribers_stand_on_servers() {
    const TRIALS: i32 = 2_000;
    for (servers, subscribers) in [(4, 1), (4, 6), (10, 10), (10, 40), (50, 20)] {
        let (members, ids) = cluster("s", servers);
        let n = servers as f64;
        let empty = (1.0 - 1.0 / n).powi(subscribers);
        let mean = n * (1.0 - empty);
        let variance =
            n * (n - 1.0) * (1.0 - 2.0 / n).powi(subscribers) + n * empty - n * n * empty * empty;
        for config in [RouterConfig::Interest, RouterConfig::Sharded] {
            let mut router = Router::build(&config, &members, &cluster("b", 2).0);
            let draws = Draws::new(servers as u64, subscribers as u32);
            let mut copies = 0;
            for trial in 0..TRIALS {
                let name = channel(trial as usize);
                for subscriber in 0..subscribers {
                    let draw = draws.at(Purpose::new(1), trial as u64, subscriber as u64);
                    let server = ids[draw.below(servers as u64) as usize];
                    router.subscribe(server, Topic::Channel(name.as_bytes())).unwrap();
                }
                copies += routed(&router, &name).broker_out();
            }
            // Five standard errors: one false alarm in 1.7 million.
            let measured = f64::from(copies) / f64::from(TRIALS);
            let tolerance = 5.0 * (variance / f64::from(TRIALS)).sqrt() + 1e-9;
            assert!(
                (measured - mean).abs() <= tolerance,
                "{servers} servers, {subscribers} subscribers: {measured}, not {mean}"
            );
        }
    }
}

#[test]
fn broadcast_sends_one_copy_to_each_server_and_colocated_one_in_all() {
    let (members, _) = cluster("s", 7);
    let broadcast = Router::build(&RouterConfig::Broadcast, &members, &Membership::new());
    let colocated = Router::build(&configs()[3], &members, &Membership::new());
    for number in 0..100 {
        let hops = routed(&broadcast, &channel(number));
        assert_eq!((hops.via, hops.broker_in(), hops.broker_out()), (Via::Broker, 1, 7));
        let hops = routed(&colocated, &channel(number));
        assert_eq!((hops.via, hops.broker_out(), hops.servers.len()), (Via::Straight, 0, 1));
        assert_eq!(Home::At(hops.servers[0]), colocated.home(channel(number).as_bytes()));
    }
}

#[test]
fn rooms_have_the_homes_that_the_ring_says_whatever_its_bound() {
    let (mut members, _) = cluster("s", 5);
    let bounded_load = Some(Factor::nearest(1.25));
    let bounded = RouterConfig::Colocated(RingConfig { bounded_load, ..RingConfig::default() });
    let [mut free, mut bounded] =
        [&configs()[3], &bounded].map(|config| Router::build(config, &members, &Membership::new()));
    for _ in 0..2 {
        for number in 0..200 {
            let name = channel(number);
            assert_eq!(bounded.home(name.as_bytes()), free.home(name.as_bytes()));
        }
        assert_eq!(bounded.bytes(), free.bytes(), "nothing is counted");
        members.join("joined", 1, None);
        free.update_servers(&members);
        bounded.update_servers(&members);
    }
}

#[test]
fn a_room_needs_no_hop_when_its_owner_publishes() {
    let (members, ids) = cluster("s", 3);
    let router = Router::build(&configs()[3], &members, &Membership::new());
    let mut hops = Hops::default();
    let straight: u32 = ids
        .iter()
        .map(|&from| {
            router.route(b"room.7", Some(from), &mut hops);
            hops.straight()
        })
        .sum();
    assert_eq!(straight, 2, "two of three servers are not the owner");
}

#[test]
fn when_a_server_crashes_only_its_rooms_get_another_home() {
    let (mut members, ids) = cluster("s", 5);
    let mut router = Router::build(&configs()[3], &members, &Membership::new());
    let before = router.clone();
    members.set_state(ids[2], BackendState::Down);
    router.update_servers(&members);
    let mut moved = 0;
    for number in 0..2_000 {
        let name = channel(number);
        let home = before.home(name.as_bytes());
        if home == Home::At(ids[2]) {
            moved += 1;
            assert_ne!(router.home(name.as_bytes()), home);
        } else {
            assert_eq!(router.home(name.as_bytes()), home);
        }
    }
    assert!(moved > 0);
    for id in ids {
        members.leave(id);
    }
    router.update_servers(&members);
    assert_eq!(router.home(b"room.7"), Home::Nowhere);
    assert_eq!(routed(&router, "room.7"), Hops::default());
}

#[test]
fn wildcards_work_where_every_publish_is_seen_and_are_refused_elsewhere() {
    let (members, ids) = cluster("s", 3);
    let (brokers, _) = cluster("b", 2);
    let topic = Topic::parse(b"room.*").unwrap();
    let asked = configs().map(|config| {
        let mut router = Router::build(&config, &members, &brokers);
        let answer = router.subscribe(ids[1], topic);
        (router.name(), answer, routed(&router, "room.7").servers.contains(&ids[1]))
    });
    let refused = |router| Err(SubscribeError::NoPatterns { router });
    assert_eq!(asked[0], ("broadcast", Ok(false), true));
    assert_eq!(asked[1], ("interest", Ok(true), true));
    assert_eq!((asked[2].0, asked[2].1), ("sharded", refused("sharded")));
    assert_eq!((asked[3].0, asked[3].1), ("colocated", refused("colocated")));
    assert_eq!(
        asked[2].1.unwrap_err().to_string(),
        "`sharded` has no wildcard subscriptions; `interest` and `broadcast` do"
    );
}

#[test]
fn a_draining_server_keeps_its_copies_but_its_rooms_have_another_home_at_once() {
    let (mut members, ids) = cluster("s", 2);
    let (brokers, _) = cluster("b", 1);
    let mut routers = configs().map(|config| Router::build(&config, &members, &brokers));
    let of_the_first = |room: &String| routers[3].home(room.as_bytes()) == Home::At(ids[0]);
    let room = (0..100).map(channel).find(of_the_first).unwrap();
    let topic = Topic::Channel(room.as_bytes());
    for router in &mut routers {
        router.subscribe(ids[0], topic).unwrap();
    }
    members.set_state(ids[0], BackendState::Draining);
    for router in &mut routers {
        assert_eq!(router.update_servers(&members), 0, "nothing is forgotten");
    }
    let [broadcast, interest, sharded, colocated] = &mut routers;
    assert_eq!(routed(broadcast, &room).servers, ids);
    for router in [interest, sharded] {
        assert_eq!(routed(router, &room).servers, [ids[0]]);
        assert_eq!(router.subscribe(ids[0], Topic::Channel(b"new")), Ok(true));
    }
    assert_eq!(routed(colocated, &room).servers, [ids[1]]);
    let refused = SubscribeError::NotOwner { server: ids[0], owner: Some(ids[1]) };
    assert_eq!(colocated.subscribe(ids[0], topic), Err(refused));
}

#[test]
fn after_a_broker_restarts_its_subscriptions_are_said_again_and_no_others() {
    let (members, ids) = cluster("s", 2);
    let (brokers, shards) = cluster("b", 3);
    let mut router = Router::build(&RouterConfig::Sharded, &members, &brokers);
    for number in 0..300 {
        router.subscribe(ids[number % 2], Topic::Channel(channel(number).as_bytes())).unwrap();
    }
    let mut all = 0;
    for shard in shards {
        router.each_subscription(Some(shard), |_, topic| {
            assert_eq!(router.broker(topic.name()), Some(shard));
            all += 1;
        });
    }
    assert_eq!(all, 300);
}
