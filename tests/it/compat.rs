//! Schemes of real balancers, against recordings of the real programs and answers that
//! their authors publish.

mod answers; // answers that the projects' own tests and clients publish
mod command; // recordings through the command, and what it says of wrong input
mod configuration; // real configuration files as memberships and schemes
mod laws; // whatever the membership, no scheme panics or chooses who may not be chosen
mod observations; // what the recordings show about the schemes
mod recordings; // every recorded assignment
