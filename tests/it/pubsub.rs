//! Pub/sub routing: who gets which publish.

mod interest; // a table of interests against sets of sets
mod registry; // one user, one server, whatever comes late
mod routers; // the cluster's routers against sets of sets, and how many copies they send
mod slots; // Redis' slots, and how they move
mod wildcards; // patterns as NATS means them
