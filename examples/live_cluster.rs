//! A real WebSocket cluster on loopback whose every decision is `ringstorm::routing`'s.
//!
//! Three servers hold clients by a ring, with a `/gateway` in front; rooms cross servers
//! by the interest router, through a real Redis if `REDIS_URL` is set and through a
//! broker in this process otherwise. Then a fourth server joins: exactly the clients
//! whose owner has changed are closed, with code 1012 and at a pace, and come back on
//! their new owner. The program checks itself and fails if a message is lost in the calm
//! before or after, or a client ends on the wrong server.
//!
//! ```text
//! cargo run --example live_cluster
//! REDIS_URL=redis://127.0.0.1:6379 cargo run --example live_cluster
//! ```

use std::io::{self, Write};
use std::process::ExitCode;

use cluster::Settings;

#[path = "live_cluster/mod.rs"]
mod cluster;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let redis = std::env::var("REDIS_URL").ok().filter(|url| !url.is_empty());
    let settings = Settings { redis, ..Settings::default() };
    let mut out = io::stdout();
    let faults = match cluster::run(&settings, &mut out).await {
        Ok(outcome) => outcome.faults(),
        Err(error) => vec![error.to_string()],
    };
    for fault in &faults {
        // A story that nobody can read has no better place to go.
        let _ = writeln!(io::stderr(), "live_cluster: {fault}");
    }
    if faults.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
