//! The reconnect presets, against what was read in the libraries' sources.

use ringstorm::engine::SimDuration;
use ringstorm::plan::reconnect::{Base, Delay, DelayFrom, Jitter, Reset};
use ringstorm::scenario::presets::{PRESETS, Preset};

const ZERO: SimDuration = SimDuration::ZERO;

fn s(secs: u64) -> SimDuration {
    SimDuration::from_secs(secs)
}

fn ms(millis: u64) -> SimDuration {
    SimDuration::from_millis(millis)
}

fn delay(name: &str) -> Delay {
    Preset::named(name).expect("the preset exists").reconnect().delay
}

#[test]
fn there_are_23_presets_each_with_its_formula_and_source() {
    assert_eq!(PRESETS.len(), 23);
    for preset in PRESETS {
        assert!(!preset.summary.is_empty() && !preset.source.is_empty(), "{}", preset.name);
        assert_eq!(preset.reconnect().name, preset.name);
        assert_eq!(PRESETS.iter().filter(|other| other.name == preset.name).count(), 1);
    }
}

/// Name, retries, connect time-out in seconds (0: none of its own), reset after
/// an uptime in seconds (0: on open), whether the wait runs from the start of the attempt.
#[test]
fn limits_time_outs_and_resets_are_those_of_the_libraries() {
    let usual = (None, 0, 0, false);
    let table = [
        ("socket.io", (None, 20, 0, false)),
        ("phoenix", usual),
        ("signalr", (Some(4), 0, 0, false)),
        ("reconnecting-websocket", (None, 4, 5, false)),
        ("partysocket", (None, 4, 5, false)),
        ("reconnecting-websocket-joewalnes", (None, 2, 0, false)),
        ("centrifuge-js", (None, 5, 0, false)),
        ("pusher-js", usual),
        ("ably-js", (None, 10, 0, false)),
        ("nats.js", (Some(10), 20, 0, true)),
        ("graphql-ws", (Some(5), 0, 0, false)),
        ("actioncable", usual),
        ("eventsource-chrome", usual),
        ("eventsource-firefox", usual),
        ("slack-socket-mode", usual),
        ("grpc", (None, 20, 0, true)),
        ("aws-full-jitter", (None, 10, 0, false)),
        ("aws-equal-jitter", (None, 10, 0, false)),
        ("aws-decorrelated-jitter", (None, 10, 0, false)),
        ("discord-gateway", usual),
        ("rfc6455-7.2.3", usual),
        ("iana-1012", usual),
        ("uber-ramen", usual),
    ];
    assert_eq!(table.len(), PRESETS.len());
    for (name, (attempts, timeout, uptime, from_start)) in table {
        let preset = Preset::named(name).expect("the preset exists");
        let rule = preset.reconnect();
        assert_eq!(rule.attempts, attempts, "{name}");
        assert_eq!(preset.connect_timeout, (timeout > 0).then(|| s(timeout)), "{name}");
        let reset = if uptime > 0 { Reset::AfterUptime(s(uptime)) } else { Reset::OnOpen };
        assert_eq!(rule.reset, reset, "{name}");
        assert_eq!(rule.delay_from == DelayFrom::Start, from_start, "{name}");
    }
}

#[test]
fn exponential_presets_have_their_base_factor_cap_jitter_and_first_wait() {
    let at_once = Some((ZERO, ZERO));
    let table = [
        ("socket.io", Base::Fixed(s(1)), 2.0, s(5), Jitter::SocketIo, None),
        ("reconnecting-websocket", Base::OncePerClient(s(1), s(5)), 1.3, s(10), Jitter::None, None),
        ("reconnecting-websocket-joewalnes", Base::Fixed(s(1)), 1.5, s(30), Jitter::None, None),
        ("nats.js", Base::Fixed(s(2)), 1.0, s(2), Jitter::Additive(ZERO, ms(100)), at_once),
        (
            "graphql-ws",
            Base::Fixed(s(1)),
            2.0,
            SimDuration::MAX,
            Jitter::Additive(ms(300), s(3)),
            None,
        ),
        ("grpc", Base::Fixed(s(1)), 1.6, s(120), Jitter::PlusMinus(0.2), at_once),
        ("aws-full-jitter", Base::Fixed(s(1)), 2.0, s(30), Jitter::Full, None),
        ("aws-equal-jitter", Base::Fixed(s(1)), 2.0, s(30), Jitter::Equal, None),
        ("discord-gateway", Base::Fixed(s(1)), 2.0, s(30), Jitter::Full, at_once),
        ("rfc6455-7.2.3", Base::Fixed(s(5)), 2.0, s(60), Jitter::Full, Some((ZERO, s(5)))),
    ];
    for (name, base, factor, cap, jitter, first) in table {
        let expected = Delay::Exponential { base, factor, cap, jitter, first };
        assert_eq!(delay(name), expected, "{name}");
    }
    assert_eq!(delay("partysocket"), delay("reconnecting-websocket"));
}

#[test]
fn tables_and_other_laws_have_their_numbers() {
    let Delay::Steps { delays, tail, jitter } = delay("phoenix") else { panic!("a table") };
    let millis: Vec<u64> = delays.iter().map(|delay| delay.as_nanos() / 1_000_000).collect();
    assert_eq!(millis, [10, 50, 100, 150, 200, 250, 500, 1_000, 2_000]);
    assert_eq!((tail, jitter), (Some(s(5)), Jitter::None));

    let Delay::Steps { delays, tail, .. } = delay("signalr") else { panic!("a table") };
    assert_eq!((delays, tail), (vec![ZERO, s(2), s(10), s(30)], None));

    for (name, wait) in [
        ("pusher-js", s(1)),
        ("eventsource-chrome", s(3)),
        ("eventsource-firefox", s(5)),
        ("uber-ramen", ZERO),
    ] {
        let (delays, tail) = (vec![wait], Some(wait));
        assert_eq!(delay(name), Delay::Steps { delays, tail, jitter: Jitter::None }, "{name}");
    }

    let (min, base, factor, max) = (ms(500), ms(500), 2.0, s(20));
    assert_eq!(delay("centrifuge-js"), Delay::MinPlusFullJitter { min, base, factor, max });
    assert_eq!(delay("slack-socket-mode"), Delay::Linear { step: s(5) });
    assert_eq!(delay("iana-1012"), Delay::Uniform { min: s(5), max: s(30) });
    assert_eq!(delay("aws-decorrelated-jitter"), Delay::Decorrelated { base: s(1), cap: s(30) });
    let ably = Delay::Ably { base: s(15), suspended_after: s(120), suspended_delay: s(30) };
    assert_eq!(delay("ably-js"), ably);
    let (base, growth, max_exponent) = (s(6), 1.15, 10);
    let (first_jitter, later_jitter) = (1.0, 0.15);
    let poll = Delay::Poll { base, growth, max_exponent, first_jitter, later_jitter };
    assert_eq!(delay("actioncable"), poll);
}
