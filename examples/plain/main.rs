//! A queue and a reconnect storm as plain programs on the engine, with no model of a cluster
//! around them and nothing recorded: what the engine alone takes for the work of
//! `scenarios/scale/w1.json` and `w3.json`. `benches/peers/compare.py` times them.
//!
//! `cargo run --release --example plain -- w1 CUSTOMERS` or `w3 CLIENTS`; prints how many
//! customers came; or how many attempts were made, how many of them were refused and timed out,
//! and after how many seconds the last client was back.

mod queue;
mod storm;

use ringstorm::engine::Draws;

#[expect(clippy::print_stdout, reason = "a program of its own")]
fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, work, count] = arguments.as_slice() else { return println!("w1 CUSTOMERS|w3 CLIENTS") };
    let Ok(count) = count.parse::<u32>() else { return println!("{count} is no number") };
    let draws = Draws::new(1, 0);
    match work.as_str() {
        "w1" => println!("{}", queue::queue(count, draws)),
        _ => {
            let storm = storm::storm(count, count.div_ceil(10_000), 512, draws);
            let seconds = storm.lasted.as_secs_f64();
            println!("{} {} {} {seconds}", storm.attempts, storm.refused, storm.timed_out);
        }
    }
}
