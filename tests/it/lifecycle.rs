//! The life of a cluster: boots, drains, deploys, faults, probes, autoscalers; each against
//! numbers that are known beforehand.

mod autoscaling;
mod deploys;
mod drains;
mod faults;
mod probes;
mod support;
