//! The table of presets.

use super::{Preset, Rule, exponential, fixed};
use crate::engine::SimDuration;
use crate::plan::reconnect::{Base, Delay, Jitter};

const ZERO: SimDuration = SimDuration::ZERO;

const fn ms(millis: u64) -> SimDuration {
    SimDuration::from_millis(millis)
}

const fn s(secs: u64) -> SimDuration {
    SimDuration::from_secs(secs)
}

const AWS: &str = "AWS Architecture Blog, Exponential Backoff And Jitter; base 1 s, cap 30 s and the time-out are ours";

/// All presets, in the order of `ringstorm presets`.
pub const PRESETS: &[Preset] = &[
    Preset {
        name: "socket.io",
        summary: "1 s x 2^n changed by up to 50%, at most 5 s after the change: no jitter from the fifth retry on",
        source: "socketio/socket.io packages/socket.io-client/lib/manager.ts, lib/contrib/backo2.ts (2026-06)",
        connect_timeout: Some(s(20)),
        rule: || Rule::usual(exponential(s(1), 2.0, s(5), Jitter::SocketIo)).pinging(s(25), s(20)),
    },
    Preset {
        name: "phoenix",
        summary: "10, 50, 100, 150, 200, 250, 500, 1000, 2000 ms, then 5 s; no jitter",
        source: "phoenixframework/phoenix assets/js/phoenix/socket.js, timer.js (2026-08)",
        connect_timeout: None,
        rule: || {
            Rule::usual(Delay::Steps {
                delays: [10, 50, 100, 150, 200, 250, 500, 1_000, 2_000].map(ms).to_vec(),
                tail: Some(s(5)),
                jitter: Jitter::None,
            })
            .pinging(s(30), s(30))
            .stopping_on(&[1000])
        },
    },
    Preset {
        name: "signalr",
        summary: "0, 2, 10, 30 s, then gives up; no jitter",
        source: "dotnet/aspnetcore src/SignalR/clients/ts/signalr/src/DefaultReconnectPolicy.ts",
        connect_timeout: None,
        rule: || {
            let delays = [0, 2, 10, 30].map(s).to_vec();
            Rule::usual(Delay::Steps { delays, tail: None, jitter: Jitter::None })
                .giving_up_after(4)
                .pinging(s(15), s(15))
        },
    },
    Preset {
        name: "reconnecting-websocket",
        summary: "m x 1.3^n, m uniform in 1 to 5 s once per client, at most 10 s; counts again after 5 s open",
        source: "pladaria/reconnecting-websocket reconnecting-websocket.ts",
        connect_timeout: Some(s(4)),
        rule: pladaria,
    },
    Preset {
        name: "partysocket",
        summary: "as reconnecting-websocket",
        source: "cloudflare/partykit packages/partysocket/src/ws.ts",
        connect_timeout: Some(s(4)),
        rule: pladaria,
    },
    Preset {
        name: "reconnecting-websocket-joewalnes",
        summary: "1 s x 1.5^n, at most 30 s; no jitter",
        source: "joewalnes/reconnecting-websocket README.md",
        connect_timeout: Some(s(2)),
        rule: || Rule::usual(exponential(s(1), 1.5, s(30), Jitter::None)),
    },
    Preset {
        name: "centrifuge-js",
        summary: "500 ms + U x min(20 s, 500 ms x 2^n), at most 20 s",
        source: "centrifugal/centrifuge-js src/utils.ts, src/centrifuge.ts (2026-08)",
        connect_timeout: Some(s(5)),
        rule: || {
            Rule::usual(Delay::MinPlusFullJitter {
                min: ms(500),
                base: ms(500),
                factor: 2.0,
                max: s(20),
            })
            .pinging(s(25), s(10))
        },
    },
    Preset {
        name: "pusher-js",
        summary: "1 s every time; no back-off, no jitter",
        source: "pusher/pusher-js src/core/connection/connection_manager.ts (2026-07)",
        connect_timeout: None,
        rule: || Rule::usual(fixed(s(1), Jitter::None)).pinging(s(120), s(30)),
    },
    Preset {
        name: "ably-js",
        summary: "at once, then 15 s x min((n + 2) / 3, 2) x U[0.8, 1]; after 120 s offline every 30 s",
        source: "ably/ably-js src/common/lib/util/utils.ts, transport/connectionmanager.ts (2026-08)",
        connect_timeout: Some(s(10)),
        rule: || {
            Rule::usual(Delay::Ably {
                base: s(15),
                suspended_after: s(120),
                suspended_delay: s(30),
            })
        },
    },
    Preset {
        name: "nats.js",
        summary: "at once, then 2 s + U(0, 100 ms) from the start of the attempt, 10 attempts; a pool of one name",
        source: "nats-io/nats.js core/src/options.ts, core/src/protocol.ts (2026-06); time-out recalled",
        connect_timeout: Some(s(20)),
        rule: || {
            Rule::usual(Delay::Exponential {
                base: Base::Fixed(s(2)),
                factor: 1.0,
                cap: s(2),
                jitter: Jitter::Additive(ZERO, ms(100)),
                first: Some((ZERO, ZERO)),
            })
            .giving_up_after(10)
            .waiting_from_the_start()
            .pinging(s(120), s(240))
        },
    },
    Preset {
        name: "graphql-ws",
        summary: "1 s x 2^n + U[0.3 s, 3 s), 5 attempts",
        source: "enisdenjo/graphql-ws src/client.ts (2026-07)",
        connect_timeout: None,
        rule: || {
            let jitter = Jitter::Additive(ms(300), s(3));
            // There is no cap; after 5 attempts the wait has reached 16 s.
            Rule::usual(exponential(s(1), 2.0, SimDuration::MAX, jitter))
                .giving_up_after(5)
                .pinging(s(12), s(12))
                .stopping_on(&[
                    1000, 1002, 1003, 1004, 1007, 1008, 1009, 1010, 1011, 1015, 4004, 4005, 4400,
                    4401, 4406, 4409, 4429, 4500,
                ])
        },
    },
    Preset {
        name: "actioncable",
        summary: "6 s x 1.15^min(n, 10) x (1 + j x U), j = 1 at first, then 0.15",
        source: "@rails/actioncable ConnectionMonitor, rails/rails connection monitor tests",
        connect_timeout: None,
        rule: || {
            Rule::usual(Delay::Poll {
                base: s(6),
                growth: 1.15,
                max_exponent: 10,
                first_jitter: 1.0,
                later_jitter: 0.15,
            })
            .pinging(s(3), s(6))
        },
    },
    Preset {
        name: "eventsource-chrome",
        summary: "3 s every time; no jitter",
        source: "Chromium Blink event_source.cc kDefaultReconnectDelay",
        connect_timeout: None,
        rule: || Rule::usual(fixed(s(3), Jitter::None)),
    },
    Preset {
        name: "eventsource-firefox",
        summary: "5 s every time; no jitter",
        source: "Gecko; recalled, not read",
        connect_timeout: None,
        rule: || Rule::usual(fixed(s(5), Jitter::None)),
    },
    Preset {
        name: "slack-socket-mode",
        summary: "5 s x (n + 1); no jitter",
        source: "slackapi SocketModeClient",
        connect_timeout: None,
        rule: || Rule::usual(Delay::Linear { step: s(5) }).pinging(ZERO, s(5)),
    },
    Preset {
        name: "grpc",
        summary: "at once, then 1 s x 1.6^n +- 20%, at most 120 s before jitter, from the start of the attempt",
        source: "grpc/grpc doc/connection-backoff.md; the time-out there is max(20 s, the current wait)",
        connect_timeout: Some(s(20)),
        rule: || {
            Rule::usual(Delay::Exponential {
                base: Base::Fixed(s(1)),
                factor: 1.6,
                cap: s(120),
                jitter: Jitter::PlusMinus(0.2),
                first: Some((ZERO, ZERO)),
            })
            .waiting_from_the_start()
        },
    },
    Preset {
        name: "aws-full-jitter",
        summary: "U(0, min(30 s, 1 s x 2^n))",
        source: AWS,
        connect_timeout: Some(s(10)),
        rule: || Rule::usual(exponential(s(1), 2.0, s(30), Jitter::Full)),
    },
    Preset {
        name: "aws-equal-jitter",
        summary: "t = min(30 s, 1 s x 2^n): t/2 + U(0, t/2)",
        source: AWS,
        connect_timeout: Some(s(10)),
        rule: || Rule::usual(exponential(s(1), 2.0, s(30), Jitter::Equal)),
    },
    Preset {
        name: "aws-decorrelated-jitter",
        summary: "min(30 s, U(1 s, 3 x the wait before))",
        source: AWS,
        connect_timeout: Some(s(10)),
        rule: || Rule::usual(Delay::Decorrelated { base: s(1), cap: s(30) }),
    },
    Preset {
        name: "discord-gateway",
        summary: "at once, then as aws-full-jitter",
        source: "discord/discord-api-docs developers/events/gateway.mdx (2026-08); what follows the first retry is ours",
        connect_timeout: None,
        rule: || {
            Rule::usual(Delay::Exponential {
                base: Base::Fixed(s(1)),
                factor: 2.0,
                cap: s(30),
                jitter: Jitter::Full,
                first: Some((ZERO, ZERO)),
            })
            .pinging(ms(41_250), ms(41_250))
            .stopping_on(&[4004, 4010, 4011, 4012, 4013, 4014])
        },
    },
    Preset {
        name: "rfc6455-7.2.3",
        summary: "U(0, 5 s), then U(0, min(60 s, 5 s x 2^n))",
        source: "RFC 6455 section 7.2.3; factor and cap are ours",
        connect_timeout: None,
        rule: || {
            Rule::usual(Delay::Exponential {
                base: Base::Fixed(s(5)),
                factor: 2.0,
                cap: s(60),
                jitter: Jitter::Full,
                first: Some((ZERO, s(5))),
            })
        },
    },
    Preset {
        name: "iana-1012",
        summary: "U(5 s, 30 s) every time",
        source: "IANA WebSocket close code registry, code 1012",
        connect_timeout: None,
        rule: || Rule::usual(Delay::Uniform { min: s(5), max: s(30) }),
    },
    Preset {
        name: "uber-ramen",
        summary: "at once every time",
        source: "uber.com/blog/ubers-next-gen-push-platform-on-grpc; the delay is assumed",
        connect_timeout: None,
        rule: || Rule::usual(fixed(ZERO, Jitter::None)).pinging(s(4), s(7)),
    },
];

/// The minimum delay is drawn once per page load; the counter starts again only
/// after `minUptime`.
fn pladaria() -> Rule {
    Rule::usual(Delay::Exponential {
        base: Base::OncePerClient(s(1), s(5)),
        factor: 1.3,
        cap: s(10),
        jitter: Jitter::None,
        first: None,
    })
    .counting_again_after(s(5))
}
