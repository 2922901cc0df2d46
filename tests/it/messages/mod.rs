//! Messages: what each way of sharing them costs, and who does not get them.
//!
//! Every case starts from scenario text. Those with an id of the validation catalogue (P-)
//! are held to its acceptance tests, whose rows stand in `src/validation/values.json`.

mod account; // what counts from when on, and when a loss is told
mod broker; // queues of the broker: M/D/1, measured ceilings, bandwidth, full queues
mod copies; // copies per publish under each way, and how shards spread
mod coupling; // messages and handshakes on the same CPUs, slow clients, duplicates
mod crash; // what a server that dies takes with it
mod ledger; // what absent clients miss, recover and lose, to the message
mod outage; // the broker goes, and comes back
mod scenarios; // the findings of the scenarios that people read
mod slow; // whose buffers fill, and with what
