//! The life of a cluster: boots, drains, deploys, faults, probes, autoscalers; each against
//! numbers that are known beforehand.

mod accounts;
mod autoscaling;
mod changes;
mod corners;
mod deploys;
mod drains;
mod faults;
mod losses;
mod probes;
mod reports;
mod support;
