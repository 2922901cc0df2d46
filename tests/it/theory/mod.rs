//! The simulator against theory: closed forms, exact counts, and independent simulations.
//!
//! Every case starts from scenario text and goes through the public interface, so that what
//! is tested is what people run. A test carries the ids of its cases: `q_mm1_a` is row
//! Q-MM1-a of the validation catalogue, whose rows stand in `src/validation/values.json`.
//! Most scenarios are those of `ringstorm validate` (`passes`): here no second round is allowed.
//!
//! | acceptance test | passes when |
//! |---|---|
//! | means | 20 or more replications; the smallest p-value of all quantities is at least 0.001 over their number (Holm); and the 99.9% half-width is no more than the row allows: a wide interval is no pass |
//! | chi-square, Kolmogorov | p is at least 1e-4; cells expected to hold 5 or more |
//! | two samples | within 3.9 standard errors of an independent simulation |
//! | interval | the values outside a 99.9% interval are no more than chance allows |
//! | exact | whole numbers, and instants to the nanosecond |
//!
//! Lengths of runs follow from the half-width that a row asks for, and the seeds are fixed:
//! a pass is permanent. Rows that need minutes are ignored tests:
//! `cargo test --release --test it theory -- --ignored`.
//!
//! What the catalogue has and a scenario cannot say, or says otherwise:
//!
//! | case | reason |
//! |---|---|
//! | Q-RETRIAL, R-AMP with a short back-off | no library's back-off is exponential in law; R-AMP is tested in its limit, which does not depend on the law |
//! | Q-MMc+M, Q-MMc+D: lengths and waits of those who give up | whoever gives up keeps its place in the accept queue until its turn |
//! | Q-CLOSED with exponential and log-normal connections | ages are constant or uniform; both are tested. Row b would take 10^8 connections |
//! | Q-BUSY-M-c | a busy period is found to a sampling step, which is too coarse for one that starts with a single client |
//! | R-RATE: exponential and log-normal delays | no library has them |
//! | R-OCC | another system, and only an order |
//! | B-SUPER, L-HERD with ties by index, L-SHED with random placement | limits and variants; ties are uniform here |
//! | H-RING, B-SWRR | shares of the hash space and single picks belong to the routing library, and are tested there |

mod admission; // who waits at which door: kernels, gates, the gateway's tokens, Retry-After
mod balancing; // balls in bins, held connections, queues behind a balancer, stale reports
mod hashes; // the other hashes, and bounded loads
mod impatience; // time-outs, dead work, short queues
mod invariants; // conservation, Little's law, work, what arrivals see
mod populations; // M/G/infinity, from empty, from equilibrium, from fresh clients
mod queues; // M/M/c, M/D/c, M/G/1, GI/M/1, finite and without a queue
mod retries; // back-off one by one, as a storm, and under contention
mod rings; // keys that a server more moves, and the busiest server
mod scale_out; // new servers under lasting connections; what each rule drops
mod sessions; // session state and the login
mod special; // special functions
mod storms; // everybody at once
pub mod support; // scenarios, runs, acceptance tests
mod transients; // queues that are not in equilibrium; a closed population
