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
mod doubts;
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

use std::io;
use std::process::ExitCode;

use clap::{ColorChoice, CommandFactory, FromArgMatches};

use arguments::{Arguments, Command};
use failure::Failure;

use crate::scenario::render;

/// Runs the command that the process was started with.
pub fn main() -> ExitCode {
    let arguments = match parse() {
        Ok(arguments) => arguments,
        Err(error) => return answer(&error),
    };
    output::color_bars(arguments.color);
    match dispatch(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            failure.report(&arguments);
            failure.exit_code()
        }
    }
}

/// What was typed; help and errors come in the colours that are asked for.
fn parse() -> Result<Arguments, clap::Error> {
    let mut command = Arguments::command().color(color());
    let matches = command.try_get_matches_from_mut(std::env::args_os())?;
    Arguments::from_arg_matches(&matches).map_err(|error| error.format(&mut command))
}

/// `--color` as it was typed: help, and what is wrong with the rest, is said before all of it has
/// been read.
fn color() -> ColorChoice {
    let mut words = std::env::args_os().skip(1).take_while(|word| word != "--");
    while let Some(word) = words.next() {
        let word = word.to_string_lossy();
        let value = match word.strip_prefix("--color=") {
            Some(value) => Some(value.to_owned()),
            None if word == "--color" => {
                words.next().map(|value| value.to_string_lossy().into_owned())
            }
            None => None,
        };
        match value.as_deref() {
            Some("always") => return ColorChoice::Always,
            Some("never") => return ColorChoice::Never,
            _ => {}
        }
    }
    ColorChoice::Auto
}

/// Says what came of words that are no command: help and version are answers (exit 0), all else
/// is usage (exit 2).
fn answer(error: &clap::Error) -> ExitCode {
    let is_json = std::env::args_os().any(|word| word == "--json-messages");
    let code = ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
    if error.use_stderr() && is_json {
        output::message(&render::json_line(error.render().to_string().trim_end()));
        return code;
    }
    match error.print() {
        Err(source) if source.kind() != io::ErrorKind::BrokenPipe => {
            let failure = Failure::Output(source);
            output::message(&if is_json {
                render::json_line(&failure.to_string())
            } else {
                format!("error: {failure}\n")
            });
            failure.exit_code()
        }
        _ => code,
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
