//! Servers and autoscalers as the tests write them.

use ringstorm::engine::{SimDuration, SimTime};
use ringstorm::policy::Scale;
use ringstorm::policy::scale::{Controller, Phase, Reading, ServerReading, Values};
use serde_json::Value;

/// So many seconds after the start.
pub fn at(secs: u64) -> SimTime {
    SimTime::ZERO + SimDuration::from_secs(secs)
}

/// The autoscaler of this JSON, which must be right.
pub fn scale(json: Value) -> Scale {
    let scale: Scale = serde_json::from_value(json).unwrap();
    assert_eq!(scale.validate(), [], "{scale:?}");
    scale
}

/// One at the start of its run.
pub fn controller(json: Value) -> Controller {
    Controller::new(&scale(json), 0).unwrap()
}

/// A server that has served since long before the run, with so many thousandths of everything.
pub fn server(id: u32, thousandths: u64) -> ServerReading {
    ServerReading {
        id,
        phase: Phase::Running,
        ready: true,
        started: None,
        ready_changed: None,
        values: Some(values(thousandths)),
    }
}

/// The same thousandths of everything.
pub fn values(thousandths: u64) -> Values {
    Values { connections: thousandths, handshake_utilisation: thousandths, cpu: thousandths }
}

/// A server that starts: it reports nothing.
pub fn starting(id: u32, since: u64) -> ServerReading {
    ServerReading {
        phase: Phase::Starting,
        ready: false,
        started: Some(at(since)),
        ready_changed: Some(at(since)),
        values: None,
        ..server(id, 0)
    }
}

/// So many servers over which a total in thousandths is spread as evenly as can be.
pub fn spread(servers: u32, total: u64) -> Vec<ServerReading> {
    let count = u64::from(servers.max(1));
    (0..servers)
        .map(|id| server(id, total / count + u64::from(u64::from(id) < total % count)))
        .collect()
}

/// What a controller wants at a time, with so many wanted now.
pub fn decide(
    controller: &mut Controller,
    secs: u64,
    wanted: u32,
    servers: &[ServerReading],
) -> u32 {
    controller.decide(at(secs), &Reading { wanted, servers, waiting: 0 })
}
