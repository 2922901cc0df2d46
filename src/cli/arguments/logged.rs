//! What can be typed of one run that is looked at closely.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::values::{client, duration, number, server};
use crate::engine::SimDuration;

/// Which scenario at which point, and what to change in it.
#[derive(Args, Debug)]
pub(in crate::cli) struct One {
    /// The scenario file.
    pub scenario: PathBuf,

    /// Set a field, for instance `clients.connected=2000`; may be repeated.
    #[arg(long, value_name = "PATH=VALUE")]
    pub set: Vec<String>,

    /// The seed of all random numbers.
    #[arg(long, value_parser = number::<u64>, allow_negative_numbers = true)]
    pub seed: Option<u64>,

    /// Which of the replications, from 0 on.
    #[arg(long, value_name = "R", default_value_t = 0, value_parser = number::<u32>, allow_negative_numbers = true)]
    pub replication: u32,

    /// The point of a sweep: a swept field and its value, for instance
    /// `clients.connected=2000`; may be repeated.
    #[arg(long, value_name = "PATH=VALUE")]
    pub at: Vec<String>,
}

#[derive(Args, Debug)]
pub(in crate::cli) struct Replay {
    #[command(flatten)]
    pub one: One,

    /// The policy; may be left out where there is but one.
    #[arg(long, value_name = "NAME")]
    pub policy: Option<String>,

    /// Only this client, for instance `c7`; may be repeated.
    #[arg(long, value_name = "ID", value_parser = client)]
    pub client: Vec<u32>,

    /// Only this server, for instance `s3`; may be repeated.
    #[arg(long, value_name = "NAME", value_parser = server)]
    pub server: Vec<u32>,

    /// Only from this time on.
    #[arg(long, value_name = "TIME", value_parser = duration, default_value = "0s")]
    pub from: SimDuration,

    /// Only until this time, at which the run ends.
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub until: Option<SimDuration>,

    /// At most so many entries, after which the run ends [default: all].
    #[arg(long, value_name = "N", value_parser = number::<u64>, allow_negative_numbers = true)]
    pub limit: Option<u64>,

    /// How to say it.
    #[arg(long, value_enum, default_value_t = LogFormat::Text)]
    pub format: LogFormat,

    /// Where the log goes [default: standard output].
    #[arg(long, short, value_name = "FILE")]
    pub out: Option<PathBuf>,
}

/// How an event log is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum LogFormat {
    /// A line an entry, for people.
    Text,
    /// A JSON object a line, for programs.
    Jsonl,
}

#[derive(Args, Debug)]
pub(in crate::cli) struct Client {
    #[command(flatten)]
    pub one: One,

    /// The client, for instance `c7`: they are numbered in the order in which they come, those
    /// of the start first.
    #[arg(value_name = "ID", value_parser = client)]
    pub id: u32,

    /// Only under this policy; may be repeated.
    #[arg(long, value_name = "NAME")]
    pub policy: Vec<String>,

    /// How to say it.
    #[arg(long, value_enum, default_value_t = LifeFormat::Text)]
    pub format: LifeFormat,
}

/// How a client's life is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum LifeFormat {
    /// For a terminal.
    Text,
    /// For scripts.
    Json,
}
