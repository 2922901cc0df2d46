//! Why a command did not do what was asked, and the exit code that says so.

use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

use thiserror::Error;

use super::arguments::Arguments;
use super::output;
use super::route::RouteError;
use crate::chart::ChartError;
use crate::compare::{Incomparable, RecordError};
use crate::engine::SimDuration;
use crate::model::BrokenLaw;
use crate::report::ReportError;
use crate::report::archive::ArchiveError;
use crate::report::shard::{self, ShardError};
use crate::scenario::{Diagnostic, nearest, render};
use crate::stats::MergeError;

use words::{few, known, longer, named_as, named_point, size, summary, there, watched_span};
pub(super) use words::{listed, near};

mod words;

/// The only place that knows exit codes.
#[derive(Debug, Error)]
pub(super) enum Failure {
    /// The answer is no.
    #[error("{0}")]
    No(String),
    /// Results could not be read.
    #[error("cannot read `{}`: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A folder without results.
    #[error("`{}` is no folder of results: it has no summary.json", path.display())]
    NoResults {
        /// The folder.
        path: PathBuf,
    },
    /// A folder whose results cannot be drawn again.
    #[error(
        "`{}` has no results.json to draw from: it is no folder of results, or of an earlier \
         version; run the scenario again",
        path.display()
    )]
    NoArchive {
        /// The folder.
        path: PathBuf,
    },
    /// A file that is not as it was written.
    #[error("`{}` is not as it was written (its digest is not the manifest's)", path.display())]
    Changed {
        /// The file.
        path: PathBuf,
    },
    /// A file that results cannot be read back from.
    #[error("cannot use `{}`: {source}", path.display())]
    Archive {
        /// The file.
        path: PathBuf,
        /// Why.
        source: ArchiveError,
    },
    /// A folder without a shard.
    #[error("`{}` is no folder of a shard: it has no {}", path.display(), shard::NAME)]
    NoShard {
        /// The folder.
        path: PathBuf,
    },
    /// A file that is no shard that can be merged.
    #[error("cannot merge `{}`: {source}", path.display())]
    Shard {
        /// The file.
        path: PathBuf,
        /// Why.
        source: ShardError,
    },
    /// Results that would take the place of a shard.
    #[error(
        "the results would go to `{}` and replace the shard `{}`; choose another folder with `--out`",
        out.display(),
        shard.display()
    )]
    OverShard {
        /// Where results go.
        out: PathBuf,
        /// The shard's file.
        shard: PathBuf,
    },
    /// Shards that make no whole.
    #[error("cannot merge: {0}")]
    Merge(#[from] MergeError),
    /// A chart that these results have no data for.
    #[error("these results have no data for the chart `{name}`; they have {}", listed(.drawn, "none"))]
    NoChart {
        /// The chart.
        name: String,
        /// The charts that they have.
        drawn: Vec<String>,
    },
    /// A file that holds no results that can be read.
    #[error("cannot use `{}`: {source}", path.display())]
    Record {
        /// The file.
        path: PathBuf,
        /// Why.
        source: RecordError,
    },
    /// Two results that cannot be compared.
    #[error("cannot compare `{}` with `{}`: {source}", base.display(), new.display())]
    Incomparable {
        /// Before.
        base: PathBuf,
        /// After.
        new: PathBuf,
        /// Why.
        source: Incomparable,
    },
    /// Scenarios are wrong; each has been shown.
    #[error("{}", summary(.0))]
    Scenarios(Vec<Diagnostic>),
    /// Two scenarios of one command have the same name.
    #[error("`{}` and `{}` are both named `{name}`: their results would overwrite each other", first.display(), second.display())]
    SameName {
        /// The name.
        name: String,
        /// A file.
        first: PathBuf,
        /// Another.
        second: PathBuf,
    },
    /// A name on the command line does not exist.
    #[error("unknown {what} `{name}`{}", known(what, .nearest.as_deref(), .all))]
    Unknown {
        /// A preset, a code, ...
        what: &'static str,
        /// What was typed.
        name: String,
        /// The nearest that exists.
        nearest: Option<String>,
        /// All that exist, where these are few enough to be read.
        all: Vec<String>,
    },
    /// A run goes on until a metric is known that it does not have.
    #[error(
        "`{scenario}` runs until `{metric}` is known, but none of its first {replications} \
         replications has it under any policy; `ringstorm metrics` says what it is about"
    )]
    NotMeasured {
        /// The scenario.
        scenario: String,
        /// The metric.
        metric: &'static str,
        /// How many replications there were.
        replications: u32,
    },
    /// A search is for a metric that no run has.
    #[error(
        "`{scenario}` asks where `{metric}` tips, but none of its {runs} runs has it under any \
         policy; `ringstorm metrics` says what it is about"
    )]
    NothingTips {
        /// The scenario.
        scenario: String,
        /// The metric.
        metric: &'static str,
        /// How many runs there were.
        runs: u64,
    },
    /// A policy is not seen to settle, so its warm-up cannot be found.
    #[error(
        "the warm-up of `{scenario}`{} cannot be found: under `{policy}`, `{series}` still drifts \
         halfway through {}, and MSER-5 forgets no more than that half; {}, or state `warmup`",
        named_point(.at),
        watched_span(*.watched, *.is_cut),
        longer(*.is_cut)
    )]
    Unsettled {
        /// The scenario.
        scenario: String,
        /// Where in its sweep; empty without one.
        at: String,
        /// The policy.
        policy: String,
        /// The name of the series that drifts.
        series: &'static str,
        /// How long the pilot runs were watched.
        watched: SimDuration,
        /// Whether an event ended that.
        is_cut: bool,
    },
    /// Nobody has this name.
    #[error("there is no client `{name}`: {}", there("clients come", 'c', *count))]
    NoClient {
        /// What was typed.
        name: String,
        /// How many there are.
        count: u32,
    },
    /// No server has this name.
    #[error("there is no server `{name}`: {}", there("servers are born", 's', *count))]
    NoServer {
        /// What was typed.
        name: String,
        /// How many there are.
        count: u32,
    },
    /// A replication beyond the last.
    #[error("there is no replication {replication}: {count} are run, 0 to {}", count - 1)]
    NoReplication {
        /// What was typed.
        replication: u32,
        /// How many are run.
        count: u32,
    },
    /// A span of time in which nothing is.
    #[error("nothing is from {from} until {until}: `--from` must come before `--until`")]
    NoSpan {
        /// Its start.
        from: SimDuration,
        /// Its end.
        until: SimDuration,
    },
    /// A span of time after the end.
    #[error("there is nothing from {from} on: the run ends at {duration}")]
    AfterTheEnd {
        /// Its start.
        from: SimDuration,
        /// How long the run is.
        duration: SimDuration,
    },
    /// A single policy is needed.
    #[error("`--policy` must name one of {}", listed(.names, "none"))]
    SeveralPolicies {
        /// Those that there are.
        names: Vec<String>,
    },
    /// A single point of a sweep is needed.
    #[error("`--at` must name one point of the sweep, as `--at PATH=VALUE`:{}", few(.points))]
    SeveralPoints {
        /// Those that there are.
        points: Vec<String>,
    },
    /// There is no such point.
    #[error("the scenario has no point at `{named}`:{}", few(.points))]
    NoPoint {
        /// What was typed.
        named: String,
        /// Those that there are.
        points: Vec<String>,
    },
    /// A file that would be written is one that is read.
    #[error(
        "`{}` is read by this command{}, so it is not written over; choose another file",
        target.display(),
        named_as(target, input)
    )]
    Input {
        /// What would be written.
        target: PathBuf,
        /// What is read.
        input: PathBuf,
    },
    /// Results of a name that no scenario can have.
    #[error(
        "`{}` is of a scenario named `{name}`, which cannot be the name of a file; nothing was \
         written",
        path.display()
    )]
    UnsafeName {
        /// The file.
        path: PathBuf,
        /// The name in it.
        name: String,
    },
    /// A file that would be written exists.
    #[error("`{}` exists already; nothing was written", .0.display())]
    Exists(PathBuf),
    /// A name that cannot be used.
    #[error("{0}")]
    Usage(&'static str),
    /// Keys could not be routed.
    #[error(transparent)]
    Route(#[from] RouteError),
    /// Results could not be written.
    #[error(transparent)]
    Report(#[from] ReportError),
    /// A file could not be written.
    #[error("cannot write `{}`: {source}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Standard output could not be written.
    #[error("cannot write to standard output: {0}")]
    Output(io::Error),
    /// Threads could not be started.
    #[error("cannot start {threads} threads: {source}")]
    Threads {
        /// How many.
        threads: usize,
        /// Why.
        source: rayon::ThreadPoolBuildError,
    },
    /// A run would not fit into memory.
    #[error(
        "a run of `{scenario}` needs up to {} MB of memory, but there are {}; `--memory` sets \
         another limit",
        needed.div_ceil(1_000_000),
        size(*limit)
    )]
    Memory {
        /// The scenario.
        scenario: String,
        /// What its largest run needs, in bytes.
        needed: u64,
        /// What there is, in bytes.
        limit: u64,
    },
    /// A chart could not be drawn: a bug.
    #[error("cannot draw the charts of `{scenario}`: {source}")]
    Chart {
        /// The scenario.
        scenario: String,
        /// Why.
        source: ChartError,
    },
    /// A conservation law broke: a bug.
    #[error(
        "a conservation law of the simulation broke; this is a bug of ringstorm, not of the \
         scenario\n{broken}\nto see it again: {replay}"
    )]
    Law {
        /// The law.
        broken: BrokenLaw,
        /// The command that shows it again.
        replay: String,
    },
}

impl Failure {
    /// A name that is none of these.
    pub fn unknown<'a>(
        what: &'static str,
        name: &str,
        names: impl Iterator<Item = &'a str> + Clone,
    ) -> Self {
        let nearest = nearest(name, names.clone()).map(str::to_owned);
        Self::Unknown {
            what,
            name: name.to_owned(),
            nearest,
            all: names.map(str::to_owned).collect(),
        }
    }

    /// The process's exit code.
    pub fn exit_code(&self) -> ExitCode {
        ExitCode::from(match self {
            Self::No(_) => 1,
            Self::Scenarios(faults) if faults.iter().all(|fault| fault.code.is_input_output()) => 3,
            Self::Route(error) if error.is_input_output() => 3,
            Self::Scenarios(_)
            | Self::Route(_)
            | Self::SameName { .. }
            | Self::Unknown { .. }
            | Self::NotMeasured { .. }
            | Self::NothingTips { .. }
            | Self::Unsettled { .. }
            | Self::NoClient { .. }
            | Self::NoServer { .. }
            | Self::NoReplication { .. }
            | Self::NoSpan { .. }
            | Self::AfterTheEnd { .. }
            | Self::SeveralPolicies { .. }
            | Self::SeveralPoints { .. }
            | Self::NoPoint { .. }
            | Self::Input { .. }
            | Self::UnsafeName { .. }
            | Self::Exists(_)
            | Self::NoResults { .. }
            | Self::NoArchive { .. }
            | Self::Changed { .. }
            | Self::Archive { .. }
            | Self::NoShard { .. }
            | Self::Shard { .. }
            | Self::OverShard { .. }
            | Self::Merge(_)
            | Self::NoChart { .. }
            | Self::Record { .. }
            | Self::Incomparable { .. }
            | Self::Usage(_) => 2,
            Self::Read { .. }
            | Self::Report(_)
            | Self::Write { .. }
            | Self::Output(_)
            | Self::Threads { .. }
            | Self::Memory { .. } => 3,
            Self::Chart { .. } | Self::Law { .. } => 4,
        })
    }

    /// Says it on standard error.
    pub fn report(&self, arguments: &Arguments) {
        if arguments.json_messages {
            return output::message(&render::json_line(&self.to_string()));
        }
        let (on, off) = if output::colors(arguments.color, &std::io::stderr()) {
            ("\x1b[1;31m", "\x1b[0m")
        } else {
            ("", "")
        };
        output::message(&format!("{on}error{off}: {self}\n"));
    }
}
