//! A queue and a reconnect storm as plain programs on the engine, with no model of a cluster
//! around them and nothing recorded: what the engine alone takes for the work of
//! `scenarios/scale/w1.json` and `w3.json`. `benches/peers/compare.py` times them.
//!
//! `cargo run --release --example plain -- w1 CUSTOMERS` or `w3 CLIENTS`; prints how many
//! customers came; or how many attempts were made, how many of them were refused and timed out,
//! and after how many seconds the last client was back. With `foreseen` behind that, no event for
//! what is known before.

mod foreseen;
mod queue;
mod storm;

use ringstorm::engine::Draws;

#[expect(clippy::print_stdout, reason = "a program of its own")]
fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let (work, count, is_foreseen) = match arguments.as_slice() {
        [work, count] => (*work, *count, false),
        [work, count, "foreseen"] => (*work, *count, true),
        _ => return println!("w1 CUSTOMERS|w3 CLIENTS [foreseen]"),
    };
    let Ok(count) = count.parse::<u32>() else { return println!("{count} is no number") };
    let draws = Draws::new(1, 0);
    match (work, is_foreseen) {
        ("w1", false) => println!("{}", queue::queue(count, draws)),
        ("w1", true) => println!("{count} {}", queue::foreseen(count, draws).as_secs_f64()),
        (_, is_foreseen) => {
            let storm = if is_foreseen { foreseen::storm } else { storm::storm };
            let storm = storm(count, count.div_ceil(10_000), 512, draws);
            let seconds = storm.lasted.as_secs_f64();
            println!("{} {} {} {seconds}", storm.attempts, storm.refused, storm.timed_out);
        }
    }
}
