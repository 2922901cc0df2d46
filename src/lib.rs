//! Decide how to scale a WebSocket cluster before the next deploy.
//!
//! WebSocket connections are long-lived, stateful and bound to one server. A
//! balancer acts when a connection is made; after that only a close moves it. So
//! a new server takes no load off the old ones, and whoever closes connections
//! to move them makes a reconnect storm. ringstorm runs one scenario under every
//! policy, with the same clients and the same random draws, and answers in
//! numbers with intervals and in charts.
//!
//! ```text
//!  scenario.json ─► scenario ─► plan ─► model ─► observe ─► stats ─► chart ─┐
//!                                        │ ▲                    └──► report ├─► results/NAME/
//!                                 engine ┘ └ policy ─► routing              │
//!                                                      cli ─────────────────┘
//! ```
//!
//! | layer | what it does | may name |
//! |---|---|---|
//! | [`routing`] | the library that a production server links: memberships, schemes, load boards | – |
//! | [`engine`] | simulated time, events, addressed random numbers | – |
//! | [`policy`] | how each policy places and moves, over `routing` | routing, engine |
//! | [`plan`] | what will be run, with nothing optional left | engine, policy |
//! | [`scenario`] | text to plan, with diagnostics | engine, policy, plan, observe, stats |
//! | [`observe`] | what a run records | engine |
//! | [`model`] | the simulated world | routing, engine, policy, plan, observe |
//! | [`stats`] | observations to answers | engine, policy, plan, observe |
//! | [`compare`] | two results side by side, and results against budgets | engine, plan, stats |
//! | [`validation`] | cases with a known answer, and whether runs meet it | engine, plan, scenario, observe, model, stats |
//! | [`chart`] | answers to pictures | engine, policy, stats |
//! | [`report`] | answers to files, pages and tables | engine, policy, plan, observe, stats, compare, validation, chart |
//! | [`cli`] | arguments, terminals, exit codes | all |
//!
//! The table is enforced by `tests/it/architecture.rs`.
//!
//! What holds everywhere:
//! - The same scenario and seed give the same bytes, whatever the number of
//!   threads or the machine: times are integers, random numbers are addressed
//!   (seed, replication, purpose, entity, index), functions come from `libm`.
//! - What a policy cannot know it does not see: no policy reads the world.
//! - Conservation laws are checked as a run goes, in release builds too.
//!
//! What is absent: `routing` has no clock, no chance of its own and no input or
//! output; `engine` has never heard of WebSockets; `model` has never heard of JSON.
//!
//! With `default-features = false` only [`routing`] is built.

// The map above names layers that are not there then.
#![cfg_attr(not(feature = "sim"), allow(rustdoc::broken_intra_doc_links))]

pub mod routing;

#[cfg(feature = "sim")]
pub mod engine;

#[cfg(feature = "sim")]
pub mod policy;

#[cfg(feature = "sim")]
pub mod plan;

#[cfg(feature = "sim")]
pub mod scenario;

#[cfg(feature = "sim")]
pub mod observe;

#[cfg(feature = "sim")]
pub mod model;

#[cfg(feature = "sim")]
pub mod stats;

#[cfg(feature = "sim")]
pub mod compare;

#[cfg(feature = "sim")]
pub mod validation;

#[cfg(feature = "sim")]
pub mod chart;

#[cfg(feature = "sim")]
pub mod report;

#[cfg(feature = "sim")]
pub mod cli;

/// The README's Rust is compiled and run with the documentation's examples.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
