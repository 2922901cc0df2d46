//! What can be typed.

mod logged;
mod values;

use std::path::PathBuf;

use clap::builder::styling::{AnsiColor, Styles};
use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::compare::FailOn;
use crate::engine::{Bytes, Fraction};
use crate::plan::Shard;

use values::{number, share, size, threads};

pub(super) use logged::{Client, LifeFormat, LogFormat, One, Replay};

const STYLES: Styles = Styles::styled()
    .header(AnsiColor::Blue.on_default().bold())
    .usage(AnsiColor::Blue.on_default().bold())
    .literal(AnsiColor::Cyan.on_default())
    .placeholder(AnsiColor::Cyan.on_default());

/// Decide how to scale a WebSocket cluster before the next deploy: one scenario
/// file, every policy against the same clients, numbers with intervals and charts.
#[derive(Debug, Parser)]
#[command(name = "ringstorm", version, styles = STYLES, max_term_width = 100)]
pub(super) struct Arguments {
    #[command(subcommand)]
    pub command: Command,

    /// Colour in the terminal (`NO_COLOR` and `CLICOLOR_FORCE` are respected too).
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto)]
    pub color: Color,

    /// Write faults and all other errors as JSON, one object a line.
    #[arg(long, global = true)]
    pub json_messages: bool,

    /// Show no progress and no summary; results are written all the same.
    #[arg(long, short, global = true)]
    pub quiet: bool,
}

/// When to colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Color {
    /// On a terminal.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Run scenarios; write results and charts.
    Run(Run),
    /// Put the shards of a run together: the results that one machine would have written.
    Merge(Merge),
    /// Find where each policy tips over: the value of a field at which a metric crosses a limit,
    /// as the scenario's `find` says.
    Find(Find),
    /// Run a policy once again and print its event log: what happens, to whom, when and why.
    Replay(Replay),
    /// Tell the life of one client under every policy, side by side.
    Client(Client),
    /// Compare two results of a scenario: what got better or worse, beyond noise.
    Compare(Compare),
    /// Make a result the baseline that later ones are compared with.
    Promote(Promote),
    /// Draw the charts and pages of a result again; or one chart.
    Report(Report),
    /// Check scenarios and print what would run, with its memory.
    Check(Check),
    /// Write a starting scenario, explained in its descriptions.
    New(New),
    /// Print a JSON Schema: of scenario files, for editors, or of a comparison.
    Schema(Schema),
    /// List the metrics: name, unit, which way is better, the smallest change that comparisons
    /// count, meaning.
    Metrics,
    /// List the back-offs of client libraries and protocols, and brokers of messages; one by its
    /// name, with its source.
    Presets(Presets),
    /// List the rules to place and to move connections, and the autoscalers.
    Policies,
    /// Say which backend each key, or each connection that is opened, goes to.
    Route(Route),
    /// Run cases with a known answer, of queueing theory and others, and say whether the simulator
    /// meets it here: expected, measured, verdict.
    Validate(Validate),
    /// Explain a fault by its code, for instance `unknown-field`.
    Explain(Explain),
    /// Print completions for a shell.
    Completions(Completions),
}

/// Which scenarios, and what to change in them.
#[derive(Args, Debug)]
pub(super) struct Changes {
    /// Scenario files.
    #[arg(required = true, value_name = "SCENARIO")]
    pub scenarios: Vec<PathBuf>,

    #[command(flatten)]
    pub edits: Edits,
}

/// What to change in a scenario.
#[derive(Args, Debug)]
pub(super) struct Edits {
    /// Set a field, for instance `clients.connected=2000` or
    /// `policies[ring].balance.ring.virtual_nodes=40`; may be repeated.
    #[arg(long, value_name = "PATH=VALUE")]
    pub set: Vec<String>,

    /// Keep only this policy, and nothing that names another (budgets, swept fields); may be repeated.
    #[arg(long, value_name = "NAME")]
    pub policy: Vec<String>,

    /// The seed of all random numbers.
    #[arg(long, value_parser = number::<u64>, allow_negative_numbers = true)]
    pub seed: Option<u64>,

    /// Independent repetitions of every policy, whatever the scenario says.
    #[arg(long, value_name = "N", value_parser = number::<u32>, allow_negative_numbers = true)]
    pub replications: Option<u32>,
}

#[derive(Args, Debug)]
pub(super) struct Run {
    #[command(flatten)]
    pub changes: Changes,

    /// Where results go; with several scenarios, the folder above them [default: results/NAME].
    #[arg(long, short, value_name = "DIR")]
    pub out: Option<PathBuf>,

    #[command(flatten)]
    pub machine: Machine,

    /// Only this part of the runs, for instance `2/8`: shard 2 of 8, for `ringstorm merge`; it
    /// goes to results/NAME-shard-2-of-8 unless `--out` says otherwise.
    #[arg(long, value_name = "I/N")]
    pub shard: Option<Shard>,

    /// Which files of charts to write; `none` draws nothing, so there is no report.html either
    /// [default: both].
    #[arg(long, value_enum)]
    pub charts: Option<Charts>,

    /// Enforce the scenarios' budgets: end with 1 when one does not hold.
    #[arg(long)]
    pub check: bool,

    /// The baseline of the budgets, for a single scenario [default: baselines/NAME.json in the scenario's folder].
    #[arg(long, value_name = "FILE")]
    pub baseline: Option<PathBuf>,

    /// Write the event logs of replication 0 of every policy at every point, as `replay --format
    /// jsonl` does, one after the other, each up to a million entries; for a single scenario.
    #[arg(long, value_name = "FILE")]
    pub trace: Option<PathBuf>,
}

/// What of the machine the runs may take.
#[derive(Args, Debug)]
pub(super) struct Machine {
    /// Threads; the results do not depend on them [default: one a core].
    #[arg(long, value_name = "N", value_parser = threads, allow_negative_numbers = true)]
    pub threads: Option<u16>,

    /// Memory for all runs together, for instance `8GiB`: fewer go on at once where they
    /// would take more [default: what the machine has available].
    #[arg(long, value_name = "SIZE", value_parser = size)]
    pub memory: Option<Bytes>,
}

#[derive(Args, Debug)]
pub(super) struct Find {
    /// The scenario file, with a `find`.
    pub scenario: PathBuf,

    #[command(flatten)]
    pub edits: Edits,

    #[command(flatten)]
    pub machine: Machine,

    /// How to say it.
    #[arg(long, value_enum, default_value_t = FindFormat::Text)]
    pub format: FindFormat,
}

/// How a tipping point is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum FindFormat {
    /// A table for a terminal.
    Text,
    /// For scripts, with every replication.
    Json,
    /// For spreadsheets, one row a policy.
    Csv,
}

#[derive(Args, Debug)]
pub(super) struct Merge {
    /// All shards of one run, in any order: folders that `run --shard` wrote, or the files in them.
    #[arg(required = true, value_name = "SHARD")]
    pub shards: Vec<PathBuf>,

    /// Where results go [default: results/NAME].
    #[arg(long, short, value_name = "DIR")]
    pub out: Option<PathBuf>,

    /// Which files of charts to write; `none` draws nothing, so there is no report.html either.
    #[arg(long, value_enum, default_value_t = Charts::Both)]
    pub charts: Charts,

    /// Enforce the scenario's budgets: end with 1 when one does not hold.
    #[arg(long)]
    pub check: bool,

    /// The baseline of the budgets [default: baselines/NAME.json, in `scenarios/` where there is one].
    #[arg(long, value_name = "FILE")]
    pub baseline: Option<PathBuf>,

    /// Threads; the results do not depend on them [default: one a core].
    #[arg(long, value_name = "N", value_parser = threads, allow_negative_numbers = true)]
    pub threads: Option<u16>,
}

#[derive(Args, Debug)]
pub(super) struct Compare {
    /// Before: a folder of results, a summary.json, or a baseline.
    pub base: PathBuf,

    /// After, likewise.
    pub new: PathBuf,

    /// How to say it.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,

    /// What ends the command with 1.
    #[arg(long, value_enum, default_value_t = Fail::Regression)]
    pub fail_on: Fail,

    /// A change up to this share of the base is none; each metric's own floor holds beside it
    /// [default: the baseline's, else 5%].
    #[arg(long, value_name = "SHARE", value_parser = share)]
    pub threshold: Option<Fraction>,
}

/// How a comparison is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// A table for a terminal.
    Text,
    /// A comment on a pull request.
    Markdown,
    /// For scripts.
    Json,
    /// A test report.
    Junit,
    /// Annotations of a workflow, and its step summary where `GITHUB_STEP_SUMMARY` is set.
    Github,
}

/// What ends a comparison with 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Fail {
    /// A metric that is worse.
    Regression,
    /// A metric that is worse, better, changed, or on one side only.
    AnyChange,
    /// A metric that is worse, undecided, or no longer measured.
    Inconclusive,
    /// Nothing.
    Never,
}

impl From<Fail> for FailOn {
    fn from(fail: Fail) -> Self {
        match fail {
            Fail::Regression => Self::Regression,
            Fail::AnyChange => Self::AnyChange,
            Fail::Inconclusive => Self::Inconclusive,
            Fail::Never => Self::Never,
        }
    }
}

#[derive(Args, Debug)]
pub(super) struct Promote {
    /// A folder of results, or a summary.json.
    pub results: PathBuf,

    /// The baseline's file [default: baselines/NAME.json, in `scenarios/` where there is one].
    #[arg(long, value_name = "FILE")]
    pub to: Option<PathBuf>,

    /// A change up to this share of the base is none, in comparisons with it [default: 5%].
    #[arg(long, value_name = "SHARE", value_parser = share)]
    pub threshold: Option<Fraction>,
}

#[derive(Args, Debug)]
pub(super) struct Report {
    /// A folder of results, or its results.json.
    pub results: PathBuf,

    /// Where everything goes [default: the folder itself]; with `--chart`, the file of the
    /// chart [default: NAME.svg or NAME.png in the current folder; `-`: standard output].
    #[arg(long, short, value_name = "PATH")]
    pub out: Option<PathBuf>,

    /// Which files of charts to write; `none` draws nothing, and leaves charts and pages that
    /// are there as they are.
    #[arg(long, value_enum, default_value_t = Charts::Both, conflicts_with = "chart")]
    pub charts: Charts,

    /// Draw only this chart.
    #[arg(long, value_name = "NAME")]
    pub chart: Option<String>,

    /// For which pages.
    #[arg(long, value_enum, default_value_t = Theme::Light, requires = "chart")]
    pub theme: Theme,

    /// How large: 960 px wide, or 720 for a column.
    #[arg(long, value_enum, default_value_t = Size::Wide, requires = "chart")]
    pub size: Size,

    /// SVG, or PNG of twice the pixels [default: by the ending of `--out`, else SVG].
    #[arg(long, value_enum, requires = "chart")]
    pub format: Option<Picture>,
}

/// The pages that a chart is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Theme {
    /// White ones.
    Light,
    /// Dark ones.
    Dark,
}

/// The size of a chart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Size {
    /// 960 px.
    Wide,
    /// 720 px.
    Half,
}

/// The format of a chart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Picture {
    /// Lines that stay sharp at any size.
    Svg,
    /// Pixels, for documents that take nothing else.
    Png,
}

/// Which files of charts to write.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Charts {
    /// SVG only.
    Svg,
    /// PNG only.
    Png,
    /// Both.
    Both,
    /// Neither.
    None,
}

#[derive(Args, Debug)]
pub(super) struct Check {
    #[command(flatten)]
    pub changes: Changes,
}

#[derive(Args, Debug)]
pub(super) struct New {
    /// The scenario's name; the file is NAME.json in the current folder (or `scenarios/`, where there is one).
    pub name: String,
}

#[derive(Args, Debug)]
pub(super) struct Schema {
    /// Of what.
    #[arg(value_enum, default_value_t = SchemaOf::Scenario)]
    pub of: SchemaOf,
}

/// What a schema is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum SchemaOf {
    /// A scenario file.
    Scenario,
    /// What `compare --format json` prints.
    Comparison,
}

#[derive(Args, Debug)]
pub(super) struct Presets {
    /// One preset, in full.
    pub name: Option<String>,
}

#[derive(Args, Debug)]
pub(super) struct Route {
    /// The scheme, for instance `nginx_consistent`, `haproxy_leastconn` or `ring`.
    #[arg(long, value_name = "NAME")]
    pub scheme: String,

    /// A backend, in the order of the configuration; repeat it for each. Its weight is 1
    /// unless given; its state is `ready`, `draining`, `down` or `disabled`; only
    /// HAProxy's servers have an id.
    #[arg(long = "backend", required = true, value_name = "ADDR[#ID][=WEIGHT][@STATE]")]
    pub backends: Vec<String>,

    /// A parameter of the scheme, for instance `virtual_nodes=40`, `hash=crc32`,
    /// `balance_factor=125`; may be repeated.
    #[arg(long = "option", value_name = "NAME=VALUE")]
    pub options: Vec<String>,

    /// CSV with a column `key`, each routed on its own; with a column `event` too (`open`
    /// or `close`), connections are held, and a close ends the key's oldest. `-` reads
    /// standard input.
    #[arg(long, value_name = "FILE|-", default_value = "-")]
    pub keys: PathBuf,
}

#[derive(Args, Debug)]
pub(super) struct Validate {
    /// Which cases: an id, its start, or a glob such as `*-steady` [default: all that are not long].
    #[arg(value_name = "ID")]
    pub cases: Vec<String>,

    /// List the cases; nothing is run.
    #[arg(long)]
    pub list: bool,

    /// Print the scenario of a case, for `ringstorm run`.
    #[arg(long, value_name = "ID", conflicts_with_all = ["cases", "list"])]
    pub show: Option<String>,

    /// Cases that take long, too; one whose id is given in full needs no such flag.
    #[arg(long)]
    pub long: bool,

    /// Threads; what is printed does not depend on them [default: one a core].
    #[arg(long, value_name = "N", value_parser = threads, allow_negative_numbers = true)]
    pub threads: Option<u16>,

    /// How to say it, or with `--list` what there is; with `--quiet`, text has only the cases that
    /// fail.
    #[arg(long, value_enum, default_value_t = ValidateFormat::Text)]
    pub format: ValidateFormat,
}

/// How the outcome of a validation, or its catalogue, is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum ValidateFormat {
    /// A table for a terminal.
    Text,
    /// For scripts, with p values.
    Json,
    /// A table for a page.
    Markdown,
}

#[derive(Args, Debug)]
pub(super) struct Explain {
    /// The code between the brackets of `error[...]`; without it all are listed.
    pub code: Option<String>,
}

#[derive(Args, Debug)]
pub(super) struct Completions {
    /// The shell.
    pub shell: clap_complete::Shell,
}
