//! Metrics of the accept path: gates, memory, session state, login.

use super::{Definition, metric};
use crate::observe::{Calls, Observations};
use crate::stats::measures::{count, ratio, seconds, share, value};
use crate::stats::metrics::{Better, Measure};

/// All of them, group by group.
pub const DEFINITIONS: &[Definition] = &[
    Definition {
        metric: metric(
            "accept",
            "line_wait_mean",
            "wait in line, mean",
            "s",
            Better::Lower,
            0.01,
            "time in line at a server's gate or at the gateway, mean over those who waited and went on",
        ),
        measure: |run| {
            value(ratio(seconds(run.counts.line_waited as f64), run.counts.line_left as f64))
        },
    },
    Definition {
        metric: metric(
            "accept",
            "balancer_retries",
            "balancer retries",
            "count",
            Better::Lower,
            1.0,
            "tries of a balancer after a server's refusal, where it makes any",
        ),
        measure: |run| {
            (run.counts.balancer_retries > 0).then(|| count(run.counts.balancer_retries)).flatten()
        },
    },
    Definition {
        metric: metric(
            "accept",
            "memory_kills",
            "memory kills",
            "count",
            Better::Lower,
            0.5,
            "servers killed because they ran out of memory, where it is counted",
        ),
        measure: |run| run.counts.memory_peak.and_then(|_| count(run.counts.memory_kills)),
    },
    Definition {
        metric: metric(
            "accept",
            "memory_peak",
            "memory at the peak",
            "MiB",
            Better::Lower,
            1.0,
            "most memory that a server held, where it is counted",
        ),
        measure: |run| value(run.counts.memory_peak.map(|bytes| bytes as f64 / MIB)),
    },
    Definition {
        metric: metric(
            "state",
            "resume_fraction",
            "sessions resumed",
            "fraction",
            Better::Higher,
            0.005,
            "share of the dropped clients' new connections that resumed their session, where state is kept",
        ),
        measure: |run| share(run.counts.resumed?, run.recovery.len()),
    },
    Definition {
        metric: metric(
            "state",
            "store_wait_mean",
            "wait for the session store, mean",
            "s",
            Better::Lower,
            0.001,
            "time in the session store's queue, mean over the calls that it took up",
        ),
        measure: |run| wait(&run.counts.store),
    },
    Definition {
        metric: metric(
            "state",
            "store_utilisation",
            "session store utilisation",
            "fraction",
            Better::Neither,
            0.005,
            "busy / all workers of the session store, time average",
        ),
        measure: |run| utilisation(run, &run.counts.store),
    },
    Definition {
        metric: metric(
            "state",
            "store_refused",
            "refused by the session store",
            "count",
            Better::Lower,
            1.0,
            "calls to the session store without an answer: turned away, lost in an outage, too late",
        ),
        measure: |run| refused(&run.counts.store),
    },
    Definition {
        metric: metric(
            "login",
            "login_wait_mean",
            "wait for the login, mean",
            "s",
            Better::Lower,
            0.001,
            "time in the login's queue, mean over the calls that it took up",
        ),
        measure: |run| wait(&run.counts.login),
    },
    Definition {
        metric: metric(
            "login",
            "login_utilisation",
            "login utilisation",
            "fraction",
            Better::Neither,
            0.005,
            "busy / all workers of the login, time average",
        ),
        measure: |run| utilisation(run, &run.counts.login),
    },
    Definition {
        metric: metric(
            "login",
            "login_refused",
            "refused by the login",
            "count",
            Better::Lower,
            1.0,
            "calls to the login without an answer: turned away, lost in an outage, too late",
        ),
        measure: |run| refused(&run.counts.login),
    },
];

const MIB: f64 = 1_048_576.0;

fn wait(calls: &Calls) -> Option<Measure> {
    value(ratio(seconds(calls.waited as f64), calls.begun as f64))
}

fn utilisation(run: &Observations, calls: &Calls) -> Option<Measure> {
    let available = f64::from(calls.workers) * run.counts.span.as_nanos() as f64;
    value(ratio(calls.busy_time as f64, available))
}

fn refused(calls: &Calls) -> Option<Measure> {
    (calls.workers > 0).then(|| count(calls.refused)).flatten()
}
