//! Warm-ups that pilot runs find: how long they are, that everybody finds the same, what is
//! refused.

mod command; // what a run, its shards, its log and a comparison make of it
mod rule; // how long, against closed forms; what pilot runs watch
