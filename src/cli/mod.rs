//! The command line: the only layer that knows arguments, terminals and exit codes.
//!
//! | exit code | meaning |
//! |---|---|
//! | 0 | done |
//! | 1 | the answer is no: a comparison or a budget failed |
//! | 2 | the command line or a scenario is wrong |
//! | 3 | reading or writing failed |
//! | 4 | a conservation law of the simulation broke: a bug |
//!
//! Results go to standard output, progress and messages to standard error. A
//! closed pipe is no error.

mod again;
mod answer;
mod arguments;
mod budgets;
mod check;
mod client;
mod compare;
mod failure;
mod files;
mod find;
mod inputs;
mod lists;
mod log;
mod memory;
mod merge;
mod one;
mod output;
mod progress;
mod promote;
mod records;
mod replay;
mod report;
mod route;
mod run;
mod scenario_files;
mod shard;
mod simulate;
mod validate;
mod warmup;

use std::process::ExitCode;

use clap::Parser;

use arguments::{Arguments, Command};
use failure::Failure;

use crate::scenario::render;

/// Runs the command that the process was started with.
pub fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            // Help and version are answers (exit 0); all else is usage (exit 2).
            let code = u8::try_from(error.exit_code()).unwrap_or(2);
            if error.use_stderr() && std::env::args_os().any(|word| word == "--json-messages") {
                output::message(&render::json_line(error.render().to_string().trim_end()));
                return ExitCode::from(code);
            }
            return match error.print() {
                Ok(()) => ExitCode::from(code),
                Err(_) => ExitCode::from(3),
            };
        }
    };
    match dispatch(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            failure.report(&arguments);
            failure.exit_code()
        }
    }
}

fn dispatch(arguments: &Arguments) -> Result<(), Failure> {
    match &arguments.command {
        Command::Run(command) => run::run(command, arguments),
        Command::Merge(command) => merge::merge(command, arguments),
        Command::Find(command) => find::find(command, arguments),
        Command::Replay(command) => replay::replay(command, arguments),
        Command::Client(command) => client::client(command, arguments),
        Command::Compare(command) => compare::compare(command, arguments),
        Command::Promote(command) => promote::promote(command),
        Command::Report(command) => report::report(command, arguments),
        Command::Check(command) => check::check(command, arguments),
        Command::New(command) => scenario_files::new(command),
        Command::Schema(command) => scenario_files::schema(command),
        Command::Metrics => lists::metrics(),
        Command::Presets(command) => lists::presets(command),
        Command::Policies => lists::policies(),
        Command::Route(command) => route::route(command),
        Command::Validate(command) => validate::validate(command, arguments),
        Command::Explain(command) => lists::explain(command),
        Command::Completions(command) => lists::completions(command),
    }
}
