//! What the model draws random numbers for. A number is never given twice and
//! never taken back: results of old seeds rest on it.

use crate::engine::Purpose;

/// When clients arrive.
pub const ARRIVAL: Purpose = Purpose::new(1);
/// How long a client stays.
pub const PRESENCE: Purpose = Purpose::new(2);
/// A client's round-trip time.
pub const RTT: Purpose = Purpose::new(3);
/// A client's key.
pub const KEY: Purpose = Purpose::new(4);
/// Work of a handshake, by attempt.
pub const WORK: Purpose = Purpose::new(5);
/// A client's time-out, by attempt.
pub const TIMEOUT: Purpose = Purpose::new(6);
/// Jitter of a back-off, by attempt.
pub const BACKOFF: Purpose = Purpose::new(7);
/// What a client draws once for its back-off.
pub const BACKOFF_ONCE: Purpose = Purpose::new(8);
/// Chance in a placement, by attempt.
pub const PLACEMENT: Purpose = Purpose::new(9);
/// Which balancer instance an attempt meets, by attempt.
pub const INSTANCE: Purpose = Purpose::new(10);
/// A server's address.
pub const ADDRESS: Purpose = Purpose::new(11);
/// Whether a client is hit by a disconnect event, by event.
pub const DISCONNECT: Purpose = Purpose::new(12);
/// Which servers an event hits, by event.
pub const VICTIM: Purpose = Purpose::new(13);
/// Whether a client honours a hint, and when it comes back then, by attempt.
pub const HINT: Purpose = Purpose::new(14);
/// The age at which a connection is closed, by attempt.
pub const AGE: Purpose = Purpose::new(15);
/// Whether a thinned arrival is kept.
pub const THINNING: Purpose = Purpose::new(16);
/// Whether an attempt's client honours a Retry-After, and how long it waits then, by attempt.
pub const RETRY_AFTER: Purpose = Purpose::new(20);
/// A browser's delay, by attempt.
pub const BROWSER: Purpose = Purpose::new(21);
/// Where a balancer tries again, by attempt.
pub const REDISPATCH: Purpose = Purpose::new(22);
/// Work of rebuilding a session, by attempt.
pub const REBUILD: Purpose = Purpose::new(23);
/// Time of a call to the session store, by attempt.
pub const STORE: Purpose = Purpose::new(24);
/// Time of a call to the login, by attempt.
pub const LOGIN: Purpose = Purpose::new(25);
/// When the balancing tier hears who is not ready, by check.
pub const READINESS: Purpose = Purpose::new(26);
/// Which packets of an attempt are lost, by attempt.
pub const LOSS: Purpose = Purpose::new(27);
/// Which of those to and from the gateway before it, by attempt.
pub const GATEWAY_LOSS: Purpose = Purpose::new(28);
/// When a server first reports its load, by server and start.
pub const REPORT: Purpose = Purpose::new(29);
/// How long a server boots, by server and start.
pub const BOOT: Purpose = Purpose::new(40);
/// The phase of a balancer instance's health checks, by change and instance.
pub const HEALTH: Purpose = Purpose::new(41);
/// When a balancer instance learns of a change, by change and instance.
pub const PROPAGATION: Purpose = Purpose::new(42);
/// The phase of a client's heartbeat when it is cut off silently, by attempt.
pub const HEARTBEAT: Purpose = Purpose::new(43);
/// The phase of the server's heartbeat then, by attempt.
pub const SERVER_HEARTBEAT: Purpose = Purpose::new(44);
/// When a client whose network is back tries, by event.
pub const RETURN: Purpose = Purpose::new(45);
/// The phase of a server's liveness probes, by server and start.
pub const PROBE: Purpose = Purpose::new(46);
/// Work of the answer to a liveness probe, by server and probe.
pub const PROBE_WORK: Purpose = Purpose::new(47);
/// Which old servers a deploy takes first where nothing else decides, by version and server.
pub const DEPLOY_VICTIM: Purpose = Purpose::new(48);
/// Which servers an autoscaler takes, by decision.
pub const SCALE_VICTIM: Purpose = Purpose::new(49);
/// A membership of a client, by its number.
pub const MEMBERSHIP: Purpose = Purpose::new(60);
/// The order in which a round of channels is dealt to a stream's clients.
pub const DEAL: Purpose = Purpose::new(61);
/// A channel's name.
pub const CHANNEL: Purpose = Purpose::new(62);
/// Time until a burst of publishes.
pub const PUBLISH: Purpose = Purpose::new(63);
/// The channel of a burst.
pub const PUBLISHED_TO: Purpose = Purpose::new(64);
/// Times of messages to clients' own channels, and their clients.
pub const OWN: Purpose = Purpose::new(65);
/// Times of direct messages, and their clients.
pub const DIRECT: Purpose = Purpose::new(66);
/// The broker node that a publish enters at.
pub const ENTRY: Purpose = Purpose::new(67);
/// Whether a copy arrives twice, by publish and server.
pub const DUPLICATE: Purpose = Purpose::new(68);
/// Whether a client reads slowly.
pub const SLOW: Purpose = Purpose::new(69);
/// A server's waits before it tries the broker again.
pub const BROKER_RETRY: Purpose = Purpose::new(70);
