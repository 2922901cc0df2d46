//! A simulation kernel that has never heard of WebSockets.
//!
//! | module | what it holds |
//! |---|---|
//! | [`time`] | [`SimTime`], [`SimDuration`], [`Rate`]: integer nanoseconds, checked |
//! | [`units`] | how people write them: `"250ms"`, `"200/s"`, `"16KiB"` |
//! | [`random`] | addressed random numbers: (seed, replication, purpose, entity, index) |
//! | [`math`] | logarithms, powers and quantiles that are the same on every platform |
//! | [`sample`] | distributions over one addressed draw |
//! | [`queue`] | the future-event list, and a heap where events are few |
//!
//! What is absent: clocks, threads, input and output, and any shared random stream.

pub mod math;
pub mod queue;
pub mod random;
pub mod sample;
pub mod time;
pub mod units;

pub use queue::{EventHeap, EventQueue};
pub use random::{Draw, Draws, Purpose};
pub use sample::Distribution;
pub use time::{Rate, SimDuration, SimTime};
pub use units::{Bytes, Fraction};
