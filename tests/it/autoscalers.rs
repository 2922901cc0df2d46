//! Autoscalers and rolling updates against the validation catalogue, slow oracles and the
//! traps of the real controllers.

mod aws; // warm-up, alarms, what holds a scale-in back
mod catalogue; // the rows of the validation catalogue, step by step
mod hpa; // windows, rates and missing metrics against oracles
mod keda; // from many to none and back
mod rollout; // rounding and the invariants of rolling updates
mod scheduled; // by the clock
mod support;
mod termination; // who leaves first
