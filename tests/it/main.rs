//! All integration tests in one binary: it links once.
#![allow(clippy::unwrap_used, reason = "a test may stop where its set-up fails")]
#![allow(clippy::float_cmp, reason = "some numbers must be exact")]

mod again; // what lies in results runs again from there, and finds the same
mod architecture; // who may name whom, how long a file may be, which words are not used
mod article; // the claims of the article, from its scenario
mod autoscalers; // how autoscalers and rolling updates decide, against the validation catalogue
mod browser; // the page as a browser shows it: requests, errors, contrast, overlaps, paper
mod chance; // what values that do not scatter prove: worked examples, and how often it is wrong
mod charts; // what charts say, where it stands, and that they are drawn at all
mod cli; // the command as people and scripts meet it: exit codes, streams, files
mod compare; // comparisons, baselines and budgets: no false alarm, no regression waved through
mod compat; // schemes of real balancers, against recordings and published answers
mod determinism; // the same clients meet every policy; the same scenario, the same runs
mod diagnostics; // scenarios that are wrong: every one is refused with the text beside it
mod event_log; // what happens in a run, fact by fact: it adds up, and the commands that print it
mod field; // cases from the field and the gallery: the symptom shows, the remedy cures it
mod find; // where policies tip over: bisection, intervals, closed forms, the command
mod foresight; // what is foreseen of handshakes is what happens
mod gallery_accept; // what the scenarios about the accept path say that they show
mod lifecycle; // boots, drains, deploys, faults, probes and autoscalers in the simulated cluster
mod live_cluster; // the example's cluster on loopback, with and without a real Redis
mod messages; // what each way of sharing messages costs, and who does not get them
mod metastability; // storms that outlive their cause: two stable states, and where the cluster tips
mod numerics; // quantities, portable mathematics and distributions against independent oracles
mod page; // report.html and report.md: structure, claims, bytes
mod plain; // the storm of a plain program is that of the model, attempt for attempt
mod policies; // what every policy must do, whatever its rule
mod presets; // the reconnect presets, against what was read in the libraries' sources
mod pubsub; // who gets which publish: interests, routers, slots, wildcards, the registry
mod readme; // what the README shows is what the commands print
mod reduction; // from observations to results: metrics, differences, what is cut off
mod report; // result files, and that no result is ever half written
mod routing; // the routing library against slow oracles, closed forms and published answers
mod scenario; // scenarios that are right: what they mean, and how the command line changes them
mod scenario_fuzz; // whatever the text, it is read or refused
mod schema; // the schema of scenarios takes what the program takes, and nothing that can never run
mod shards; // runs shared among machines: merged, they are what one machine writes, or are refused
mod stats; // intervals, paired differences and quantiles against the validation catalogue
mod swarm; // random scenarios out of all features: the laws hold in each of them
mod synthetic; // invented runs and results that the tests of statistics and reports share
mod terminal; // the result table
mod theory; // the simulator against closed forms, exact counts and independent simulations
mod until; // replications whose number the run finds: the stopping rule, and what is told
mod validation; // the command that runs the catalogue: patterns, formats, what it refuses
mod warmup; // warm-ups that pilot runs find: how long, that everybody finds the same, refusals
