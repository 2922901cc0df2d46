//! Replications whose number the run finds: the rule that stops them, and what is told of it.

mod command; // what a run leaves and says, and what is refused
mod rule; // when it stops, and how often the interval then covers the truth
