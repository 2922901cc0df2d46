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
    /// The warm-up is over.
    WarmedUp,
    /// An event of the scenario.
    Script {
        /// Its index.
        index: u32,
    },
    /// The balancing tier learns of a change.
    Propagate {
        /// Which of the changes, in order.
        change: u32,
    },
    /// Servers report their loads to the gateway.
    Report,
    /// Reports reach the gateway.
    ReportArrives {
        /// Which round of reports.
        round: u32,
    },
    /// Servers compare their loads.
    Check,
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
}

impl Event {
    /// The event as a number that orders it among those of its instant.
    pub const fn pack(self) -> u64 {
        let (kind, entity, detail) = match self {
            Self::Complete { server, worker } => (0, server, worker),
            Self::Leave { client, first } => (1, client, first & ATTEMPT_MASK),
            Self::Timeout { client, attempt } => (2, client, attempt & ATTEMPT_MASK),
            Self::Aged { client, attempt } => (3, client, attempt & ATTEMPT_MASK),
            Self::WarmedUp => (4, 0, 0),
            Self::Script { index } => (5, index, 0),
            Self::Propagate { change } => (6, change, 0),
            Self::Report => (7, 0, 0),
            Self::ReportArrives { round } => (8, round, 0),
            Self::Check => (9, 0, 0),
            Self::Close { server, list } => (10, server, list),
            Self::Sample { step } => (11, step, 0),
            Self::Arrive { stream } => (12, stream, 0),
            Self::Ask { client, attempt } => (13, client, attempt & ATTEMPT_MASK),
            Self::Reach { client, attempt, resends } => {
                (14, client, (attempt & ATTEMPT_MASK) << 4 | (resends & 15))
            }
        };
        (kind << KIND_SHIFT) | ((entity as u64) << DETAIL_BITS) | (detail as u64 & DETAIL_MASK)
    }

    /// The event that packs to this number.
    pub const fn unpack(packed: u64) -> Self {
        let entity = (packed >> DETAIL_BITS) as u32;
        let detail = (packed & DETAIL_MASK) as u32;
        match packed >> KIND_SHIFT {
            0 => Self::Complete { server: entity, worker: detail },
            1 => Self::Leave { client: entity, first: detail },
            2 => Self::Timeout { client: entity, attempt: detail },
            3 => Self::Aged { client: entity, attempt: detail },
            4 => Self::WarmedUp,
            5 => Self::Script { index: entity },
            6 => Self::Propagate { change: entity },
            7 => Self::Report,
            8 => Self::ReportArrives { round: entity },
            9 => Self::Check,
            10 => Self::Close { server: entity, list: detail },
            11 => Self::Sample { step: entity },
            12 => Self::Arrive { stream: entity },
            13 => Self::Ask { client: entity, attempt: detail },
            _ => Self::Reach { client: entity, attempt: detail >> 4, resends: detail & 15 },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_event_survives_packing() {
        let events = [
            Event::Complete { server: u32::MAX, worker: 99 },
            Event::Leave { client: u32::MAX, first: ATTEMPT_MASK },
            Event::Timeout { client: 1, attempt: 2 },
            Event::Aged { client: 3, attempt: 4 },
            Event::WarmedUp,
            Event::Script { index: 5 },
            Event::Propagate { change: 6 },
            Event::Report,
            Event::ReportArrives { round: 7 },
            Event::Check,
            Event::Close { server: 8, list: 9 },
            Event::Sample { step: 10 },
            Event::Arrive { stream: 11 },
            Event::Ask { client: 12, attempt: 13 },
            Event::Reach { client: u32::MAX, attempt: ATTEMPT_MASK, resends: 15 },
        ];
        let packed: Vec<u64> = events.iter().map(|event| event.pack()).collect();
        assert!(packed.is_sorted(), "the order of equal times is that of the list");
        for (event, packed) in events.into_iter().zip(packed) {
            assert_eq!(Event::unpack(packed), event);
        }
    }
}
