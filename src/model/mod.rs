//! The simulated world: clients, servers, balancing tier, and what happens to them.
//!
//! ```text
//!  arrive ──► attempt ──► [ask gateway] ──► reach ──► accept queue ──► handshake ──► connected
//!               ▲                             │             │              │             │
//!               └──────── back-off ◄──────────┴─ rejected, timed out, cut, dropped ◄─────┘
//! ```
//!
//! | module | what it holds |
//! |---|---|
//! | `event` | the events, packed into 64 bits; the order of equal times |
//! | `step` | the loop and the one `match`; [`run`] |
//! | `simulation` | the state of a run, and how it starts |
//! | `arrivals` | when clients come |
//! | `presence` | clients come, leave, are dropped, try again |
//! | `attempt` | an attempt from the client's start to the servers' answer |
//! | `gateway` | its question to the gateway before that |
//! | `network` | packets of an attempt that are lost, and sent again |
//! | `handshake` | accept queue and workers |
//! | `foresight` | handshakes of which it is known when they come in what becomes of them |
//! | `ahead` | what a server foresees of those |
//! | `booked` | when its workers are done with what it let in |
//! | `plain` | runs that need none of what stands in the way of others |
//! | `accept` | gates, hints, browsers, session state, login: what else stands in an attempt's way |
//! | `backoff` | the waits of real client libraries |
//! | `change` | the scenario's events, and the tier learning of them |
//! | `health` | what the tier's own checks have found |
//! | `choice` | which servers an event or a controller takes |
//! | `lifecycle` | servers are born, boot, die and start again |
//! | `drain` | a server takes its leave |
//! | `rollout` | deploys |
//! | `autoscaler` | fewer and more servers |
//! | `fault` | lost networks, slow servers, parts out of order |
//! | `probe` | liveness probes and crash loops |
//! | `closing` | who is closed to be moved, in what order, how fast |
//! | `sampling` | what is read at each step and at the end |
//! | `laws` | conservation laws, checked as it runs |
//! | `tagged` | instants with two bits above them, in what there is much of |
//! | `witness` | who is told what happens, if anybody is |
//! | `messages` | channels, publishes, the broker, what is delivered and what is lost |
//! | [`batch`] | runs of a plan in parallel |
//!
//! What is absent: scenarios and files. The model runs a [`crate::plan::World`]
//! under a [`crate::plan::Policy`] and gives back [`crate::observe::Observations`].

mod accept;
mod ahead;
mod arrivals;
mod attempt;
mod autoscaler;
pub mod backoff;
pub mod batch;
mod booked;
mod change;
mod choice;
mod client;
mod closing;
mod drain;
mod event;
mod fault;
mod foresight;
mod gateway;
mod handshake;
mod health;
mod laws;
mod lifecycle;
mod messages;
mod network;
mod plain;
mod presence;
mod probe;
mod purpose;
mod rollout;
mod sampling;
mod server;
mod simulation;
mod step;
mod tagged;
mod witness;

pub use batch::{each, each_case, run_all, run_each};
pub use laws::BrokenLaw;
pub use plain::is_plain;
pub use step::{run, run_by_events, run_told};
