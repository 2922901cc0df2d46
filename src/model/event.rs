//! The events of a run, each packed into 64 bits.
//!
//! The packed number also orders events of one instant: by kind in the order of
//! [`Event`] (departures before arrivals), then by
//! entity, then by what tells two events of one entity apart. So the order is
//! the same for every structure that holds them.

/// Bits of `detail`.
const DETAIL_BITS: u32 = 26;
const DETAIL_MASK: u64 = (1 << DETAIL_BITS) - 1;
/// Bits of the kind stand above the 32 of the entity and those of `detail`.
const KIND_SHIFT: u32 = DETAIL_BITS + 32;
/// Bits of an attempt's number that an event carries; enough to tell a stale
/// event from a live one, since no client makes 2^22 attempts within the life of one event.
const ATTEMPT_BITS: u32 = 22;
/// What an event carries of an attempt's number.
pub const ATTEMPT_MASK: u32 = (1 << ATTEMPT_BITS) - 1;

/// What happens at an instant. The order is that of equal times.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// A handshake worker is done.
    Complete {
        /// The server.
        server: u32,
        /// The worker.
        worker: u32,
    },
    /// A handshake ends that was foreseen to open nothing.
    Uncount {
        /// The server.
        server: u32,
        /// Since which reset of its instance's counts it is counted, the last 16 bits.
        counted: u32,
        /// The balancer instance that counts it, below 1,024.
        instance: u32,
    },
    /// A balancer hears from its client that a connection or an attempt is over whose server does
    /// not answer.
    Unanswered {
        /// The server.
        server: u32,
        /// Since which reset of its instance's counts it is counted, the last 16 bits.
        counted: u32,
        /// The balancer instance that counts it, below 1,024.
        instance: u32,
    },
    /// A worker of a service is done with a call.
    Answer {
        /// The service.
        service: u32,
        /// Its worker.
        worker: u32,
    },
    /// A handshake worker may have waited for a service for as long as it does.
    Overdue {
        /// The server.
        server: u32,
        /// The worker.
        worker: u32,
    },
    /// A client's presence ends.
    Leave {
        /// The client's place.
        client: u32,
        /// Number of its first attempt, to tell it from the next client in the same place.
        first: u32,
    },
    /// A client gives up an attempt.
    Timeout {
        /// The client's place.
        client: u32,
        /// The attempt.
        attempt: u32,
    },
    /// A connection has reached its drawn age.
    Aged {
        /// The client's place.
        client: u32,
        /// The attempt that opened it.
        attempt: u32,
    },
    /// A server notices by its heartbeat that a client is gone.
    Ghost {
        /// The server.
        server: u32,
        /// Which of its starts, the last 16 bits.
        boots: u32,
        /// The balancer instance that counts the connection, below 1,024.
        instance: u32,
    },
    /// The warm-up is over.
    WarmedUp,
    /// An event of the scenario.
    Script {
        /// Its index.
        index: u32,
    },
    /// What an event of the scenario began is over.
    ScriptEnd {
        /// Its index.
        index: u32,
    },
    /// A server has booted.
    Booted {
        /// The server.
        server: u32,
        /// Which of its starts.
        boots: u32,
    },
    /// A draining server stops accepting and begins to close.
    Farewell {
        /// The server.
        server: u32,
        /// Which of its starts.
        boots: u32,
    },
    /// The grace period of a draining server is over.
    Deadline {
        /// The server.
        server: u32,
        /// Which of its starts.
        boots: u32,
    },
    /// A deploy may go on.
    Rollout {
        /// Which, in order.
        rollout: u32,
    },
    /// The autoscaler looks.
    Scale,
    /// The answer to a liveness probe is due.
    ProbeDue {
        /// The server.
        server: u32,
        /// Which probe.
        number: u32,
    },
    /// A liveness probe is sent.
    Probe {
        /// The server.
        server: u32,
        /// Which of its starts.
        boots: u32,
    },
    /// An instance of the balancing tier learns of a change.
    Learn {
        /// Which of the changes, in order.
        change: u32,
        /// The instance.
        instance: u32,
    },
    /// The balancing tier learns of a change.
    Propagate {
        /// Which of the changes, in order.
        change: u32,
    },
    /// Servers report their loads to the gateway: all, or one.
    Report {
        /// The server; `u32::MAX` for all.
        server: u32,
        /// Which of its starts, the last 26 bits.
        boots: u32,
    },
    /// Reports reach the gateway.
    ReportArrives {
        /// Which round of reports.
        round: u32,
    },
    /// Servers compare their loads.
    Check,
    /// Servers check whether they hold too many connections to take new ones.
    Readiness,
    /// What they found reaches the balancing tier.
    ReadinessArrives,
    /// The weights of new servers have grown.
    Grow,
    /// A server's gate looks at its line.
    Gate {
        /// The server.
        server: u32,
    },
    /// A server may close its next connection.
    Close {
        /// The server.
        server: u32,
        /// Which of its lists of closes, to tell a replaced one.
        list: u32,
    },
    /// A sampling step ends.
    Sample {
        /// Which.
        step: u32,
    },
    /// The next client of an arrival stream comes.
    Arrive {
        /// The stream.
        stream: u32,
    },
    /// A client's question reaches the gateway.
    Ask {
        /// The client's place.
        client: u32,
        /// The attempt.
        attempt: u32,
        /// Whether it has waited in the gateway's line for its token, which is there now.
        has_token: bool,
    },
    /// An attempt reaches the servers.
    Reach {
        /// The client's place.
        client: u32,
        /// The attempt.
        attempt: u32,
        /// How many SYNs were lost before, below 16.
        resends: u32,
    },
    /// Its balancer passes an attempt on to the servers.
    Forward {
        /// The client's place.
        client: u32,
        /// The attempt.
        attempt: u32,
        /// How many SYNs were lost before, below 16.
        resends: u32,
    },
    /// A client's question comes to the gateway once more, as its SYN was lost.
    AskAgain {
        /// The client's place.
        client: u32,
        /// The attempt.
        attempt: u32,
        /// How many SYNs were lost before, below 16.
        resends: u32,
    },
    /// A message is published to a channel.
    Publish {
        /// Which burst, by number.
        burst: u32,
        /// Which of its publishes.
        number: u32,
    },
    /// A message is sent to a client of a block of places.
    Personal {
        /// The block.
        block: u32,
        /// Whether to the client's own channel, rather than by the registry.
        is_own: bool,
    },
    /// A server tries to reach the broker again.
    Attach {
        /// The server.
        server: u32,
    },
}

impl Event {
    /// The event as a number that orders it among those of its instant.
    #[inline(always)]
    pub const fn pack(self) -> u64 {
        let (kind, entity, detail) = match self {
            Self::Complete { server, worker } => (0, server, worker),
            Self::Uncount { server, counted, instance } => (1, server, numbered(counted, instance)),
            Self::Unanswered { server, counted, instance } => {
                (2, server, numbered(counted, instance))
            }
            Self::Answer { service, worker } => (3, service, worker),
            Self::Overdue { server, worker } => (4, server, worker),
            Self::Leave { client, first } => (5, client, first & ATTEMPT_MASK),
            Self::Timeout { client, attempt } => (6, client, attempt & ATTEMPT_MASK),
            Self::Aged { client, attempt } => (7, client, attempt & ATTEMPT_MASK),
            Self::Ghost { server, boots, instance } => (8, server, numbered(boots, instance)),
            Self::WarmedUp => (9, 0, 0),
            Self::Script { index } => (10, index, 0),
            Self::ScriptEnd { index } => (11, index, 0),
            Self::Booted { server, boots } => (12, server, boots),
            Self::Farewell { server, boots } => (13, server, boots),
            Self::Deadline { server, boots } => (14, server, boots),
            Self::Rollout { rollout } => (15, rollout, 0),
            Self::Scale => (16, 0, 0),
            Self::ProbeDue { server, number } => (17, server, number),
            Self::Probe { server, boots } => (18, server, boots),
            Self::Learn { change, instance } => (19, change, instance),
            Self::Propagate { change } => (20, change, 0),
            Self::Report { server, boots } => (21, server, boots),
            Self::ReportArrives { round } => (22, round, 0),
            Self::Check => (23, 0, 0),
            Self::Readiness => (24, 0, 0),
            Self::ReadinessArrives => (25, 0, 0),
            Self::Grow => (26, 0, 0),
            Self::Gate { server } => (27, server, 0),
            Self::Close { server, list } => (28, server, list),
            Self::Sample { step } => (29, step, 0),
            Self::Arrive { stream } => (30, stream, 0),
            Self::Ask { client, attempt, has_token } => {
                (31, client, (attempt & ATTEMPT_MASK) << 1 | has_token as u32)
            }
            Self::Reach { client, attempt, resends } => (32, client, sent(attempt, resends)),
            Self::Forward { client, attempt, resends } => (33, client, sent(attempt, resends)),
            Self::AskAgain { client, attempt, resends } => (34, client, sent(attempt, resends)),
            Self::Publish { burst, number } => (40, burst, number),
            Self::Personal { block, is_own } => (41, block, is_own as u32),
            Self::Attach { server } => (42, server, 0),
        };
        (kind << KIND_SHIFT) | ((entity as u64) << DETAIL_BITS) | (detail as u64 & DETAIL_MASK)
    }

    /// Whether it may disturb the handshakes inside servers, or looks at them. What concerns a
    /// single client, or reads samples, does neither.
    #[inline(always)]
    pub const fn disturbs(self) -> bool {
        !matches!(
            self,
            Self::Complete { .. }
                | Self::Uncount { .. }
                | Self::Unanswered { .. }
                | Self::Leave { .. }
                | Self::Timeout { .. }
                | Self::Aged { .. }
                | Self::Ghost { .. }
                | Self::Close { .. }
                | Self::Sample { .. }
                | Self::Arrive { .. }
                | Self::Ask { .. }
                | Self::AskAgain { .. }
                | Self::Reach { .. }
                | Self::Forward { .. }
        )
    }

    /// The place of the client that a packed event concerns, if it concerns one.
    #[inline]
    pub const fn client(packed: u64) -> Option<u32> {
        /// Of each kind one bit: [`Event::Leave`] to [`Event::Aged`], and [`Event::Ask`] to
        /// [`Event::AskAgain`].
        const OF_CLIENTS: u64 = 0b111 << 5 | 0b1111 << 31;
        if OF_CLIENTS >> (packed >> KIND_SHIFT) & 1 == 0 {
            return None;
        }
        Some((packed >> DETAIL_BITS) as u32)
    }

    /// The event that packs to this number.
    #[inline]
    pub const fn unpack(packed: u64) -> Self {
        let entity = (packed >> DETAIL_BITS) as u32;
        let detail = (packed & DETAIL_MASK) as u32;
        match packed >> KIND_SHIFT {
            0 => Self::Complete { server: entity, worker: detail },
            1 => Self::Uncount { server: entity, counted: detail >> 10, instance: detail & 1_023 },
            2 => {
                Self::Unanswered { server: entity, counted: detail >> 10, instance: detail & 1_023 }
            }
            3 => Self::Answer { service: entity, worker: detail },
            4 => Self::Overdue { server: entity, worker: detail },
            5 => Self::Leave { client: entity, first: detail },
            6 => Self::Timeout { client: entity, attempt: detail },
            7 => Self::Aged { client: entity, attempt: detail },
            8 => Self::Ghost { server: entity, boots: detail >> 10, instance: detail & 1_023 },
            9 => Self::WarmedUp,
            10 => Self::Script { index: entity },
            11 => Self::ScriptEnd { index: entity },
            12 => Self::Booted { server: entity, boots: detail },
            13 => Self::Farewell { server: entity, boots: detail },
            14 => Self::Deadline { server: entity, boots: detail },
            15 => Self::Rollout { rollout: entity },
            16 => Self::Scale,
            17 => Self::ProbeDue { server: entity, number: detail },
            18 => Self::Probe { server: entity, boots: detail },
            19 => Self::Learn { change: entity, instance: detail },
            20 => Self::Propagate { change: entity },
            21 => Self::Report { server: entity, boots: detail },
            22 => Self::ReportArrives { round: entity },
            23 => Self::Check,
            24 => Self::Readiness,
            25 => Self::ReadinessArrives,
            26 => Self::Grow,
            27 => Self::Gate { server: entity },
            28 => Self::Close { server: entity, list: detail },
            29 => Self::Sample { step: entity },
            30 => Self::Arrive { stream: entity },
            31 => Self::Ask { client: entity, attempt: detail >> 1, has_token: detail & 1 == 1 },
            33 => Self::Forward { client: entity, attempt: detail >> 4, resends: detail & 15 },
            34 => Self::AskAgain { client: entity, attempt: detail >> 4, resends: detail & 15 },
            40 => Self::Publish { burst: entity, number: detail },
            41 => Self::Personal { block: entity, is_own: detail != 0 },
            42 => Self::Attach { server: entity },
            _ => Self::Reach { client: entity, attempt: detail >> 4, resends: detail & 15 },
        }
    }
}

/// An attempt, with how often its SYN was lost, below 16.
const fn sent(attempt: u32, resends: u32) -> u32 {
    (attempt & ATTEMPT_MASK) << 4 | (resends & 15)
}

/// The last 16 bits of a number, with a balancer instance below 1,024.
const fn numbered(number: u32, instance: u32) -> u32 {
    (number & 0xFFFF) << 10 | (instance & 1_023)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_event_survives_packing() {
        let events = [
            Event::Complete { server: u32::MAX, worker: 99 },
            Event::Uncount { server: u32::MAX, counted: 0xFFFF, instance: 999 },
            Event::Unanswered { server: u32::MAX, counted: 0xFFFF, instance: 999 },
            Event::Answer { service: 1, worker: 99 },
            Event::Overdue { server: 1, worker: 99 },
            Event::Leave { client: u32::MAX, first: ATTEMPT_MASK },
            Event::Timeout { client: 1, attempt: 2 },
            Event::Aged { client: 3, attempt: 4 },
            Event::Ghost { server: 4, boots: 0xFFFF, instance: 5 },
            Event::WarmedUp,
            Event::Script { index: 5 },
            Event::ScriptEnd { index: 5 },
            Event::Booted { server: 1, boots: 2 },
            Event::Farewell { server: 1, boots: 2 },
            Event::Deadline { server: 1, boots: 2 },
            Event::Rollout { rollout: 1 },
            Event::Scale,
            Event::ProbeDue { server: 1, number: 2 },
            Event::Probe { server: 1, boots: 2 },
            Event::Learn { change: 6, instance: 7 },
            Event::Propagate { change: 6 },
            Event::Report { server: u32::MAX, boots: 2 },
            Event::ReportArrives { round: 7 },
            Event::Check,
            Event::Readiness,
            Event::ReadinessArrives,
            Event::Grow,
            Event::Gate { server: 3 },
            Event::Close { server: 8, list: 9 },
            Event::Sample { step: 10 },
            Event::Arrive { stream: 11 },
            Event::Ask { client: 12, attempt: 13, has_token: true },
            Event::Reach { client: u32::MAX, attempt: ATTEMPT_MASK, resends: 15 },
            Event::Forward { client: 1, attempt: 2, resends: 3 },
            Event::AskAgain { client: 1, attempt: 2, resends: 3 },
            Event::Publish { burst: u32::MAX, number: 1_000_000 },
            Event::Personal { block: 16, is_own: true },
            Event::Attach { server: 17 },
        ];
        let packed: Vec<u64> = events.iter().map(|event| event.pack()).collect();
        assert!(packed.is_sorted(), "the order of equal times is that of the list");
        for (event, packed) in events.into_iter().zip(packed) {
            assert_eq!(Event::unpack(packed), event);
            let its_client = match event {
                Event::Leave { client, .. }
                | Event::Timeout { client, .. }
                | Event::Aged { client, .. }
                | Event::Ask { client, .. }
                | Event::Reach { client, .. }
                | Event::Forward { client, .. }
                | Event::AskAgain { client, .. } => Some(client),
                _ => None,
            };
            assert_eq!(Event::client(packed), its_client, "{event:?}");
        }
    }
}
