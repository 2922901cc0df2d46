//! What there is: metrics, presets, rules, codes, completions.

use clap::CommandFactory;

use super::arguments::{Arguments, Completions, Explain, Presets};
use super::failure::Failure;
use super::output;
use crate::policy::{Balance, Rebalance, Scale};
use crate::scenario::brokers::{BROKERS, BrokerPreset};
use crate::scenario::presets::{PRESETS, Preset};
use crate::scenario::{Code, nearest};
use crate::stats::{Better, METRICS};

/// A table with two spaces between its columns; the last column is not padded.
pub(super) fn table(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns)
        .map(|column| {
            rows.iter()
                .filter_map(|row| row.get(column))
                .map(|cell| cell.chars().count())
                .max()
                .unwrap_or(0)
        })
        .collect();
    let mut text = String::new();
    for row in rows {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(&widths) {
            line.push_str(&format!("{cell:<width$}  "));
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// `ringstorm metrics`.
pub(super) fn metrics() -> Result<(), Failure> {
    let mut text = String::new();
    let mut groups: Vec<&str> = METRICS.iter().map(|metric| metric.group).collect();
    groups.dedup();
    for group in groups {
        let head =
            [group, "  unit", "  better", "  floor", "  meaning"].map(str::to_owned).to_vec();
        let of_group = METRICS.iter().filter(|metric| metric.group == group);
        let rows: Vec<Vec<String>> = std::iter::once(head)
            .chain(of_group.map(|metric| {
                let better = match metric.better {
                    Better::Lower => "lower",
                    Better::Higher => "higher",
                    Better::NearerOne => "nearer 1",
                    Better::Neither => "",
                };
                let floor = format!("±{}", metric.floor);
                [metric.name, metric.unit, better, &floor, metric.summary]
                    .map(|cell| format!("  {cell}"))
                    .to_vec()
            }))
            .collect();
        text.push_str(&format!("{}\n", table(&rows)));
    }
    output::print(text.trim_end()).and_then(|()| output::print("\n"))
}

/// `ringstorm policies`.
pub(super) fn policies() -> Result<(), Failure> {
    let rows = |infos: &[crate::policy::Info]| {
        let rows: Vec<Vec<String>> = infos
            .iter()
            .map(|info| vec![format!("  {}", info.name), info.summary.to_owned()])
            .collect();
        table(&rows)
    };
    output::print(&format!(
        "balance: which server takes an attempt\n{}\nrebalance: which connections are closed to move them\n{}\nautoscaler: how many servers are wanted\n{}",
        rows(Balance::INFOS),
        rows(Rebalance::INFOS),
        rows(Scale::INFOS)
    ))
}

/// What the formulas of the presets are written with.
const SIGNS: &str = "n: retries before this one. U: uniform from 0 to 1, U(a, b) from a to b, \
    drawn for each retry.\n";

/// `ringstorm presets`.
pub(super) fn presets(command: &Presets) -> Result<(), Failure> {
    let Some(name) = &command.name else {
        let rows: Vec<Vec<String>> = PRESETS
            .iter()
            .map(|preset| vec![preset.name.to_owned(), preset.summary.to_owned()])
            .collect();
        let brokers: Vec<Vec<String>> = BROKERS
            .iter()
            .map(|preset| vec![preset.name.to_owned(), preset.summary.to_owned()])
            .collect();
        let (presets, brokers) = (table(&rows), table(&brokers));
        return output::print(&format!("{presets}{SIGNS}\nbrokers of messages\n{brokers}"));
    };
    if let Some(broker) = BrokerPreset::named(name) {
        return output::print(&about(broker));
    }
    let Some(preset) = Preset::named(name) else {
        let names = PRESETS.iter().map(|preset| preset.name);
        let names = names.chain(BROKERS.iter().map(|preset| preset.name));
        return Err(Failure::unknown("preset", name, names));
    };
    let timeout = preset
        .connect_timeout
        .map_or_else(|| "none of its own".to_owned(), |timeout| timeout.to_string());
    output::print(&format!(
        "{}\n  wait             {}\n  connect timeout  {timeout}\n  source           {}\n",
        preset.name, preset.summary, preset.source
    ))
}

/// What a broker is and does.
fn about(broker: &BrokerPreset) -> String {
    let BrokerPreset { name, summary, source, nodes, cost_in, cost_out, cost_bus } = broker;
    format!(
        "{name}\n  what             {summary}\n  nodes            {nodes}\n  a publish in     {cost_in}\n  a copy out       {cost_out}\n  to another node  {cost_bus}\n  source           {source}\n"
    )
}

/// `ringstorm explain`.
pub(super) fn explain(command: &Explain) -> Result<(), Failure> {
    let Some(name) = &command.code else {
        let names: Vec<&str> = Code::ALL.iter().map(|code| code.name()).collect();
        return output::print(&format!("{}\n", names.join("\n")));
    };
    match Code::from_name(name) {
        Some(code) => {
            output::print(&format!("{}\n", fold(code.explanation(), output::width().min(80))))
        }
        None => {
            let nearest =
                nearest(name, Code::ALL.iter().map(|code| code.name())).map(str::to_owned);
            Err(Failure::Unknown { what: "code", name: name.clone(), nearest, all: Vec::new() })
        }
    }
}

/// Text in lines of at most so many characters.
fn fold(text: &str, width: usize) -> String {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let line = lines.last_mut().expect("there is always a line");
        if line.is_empty() {
            line.push_str(word);
        } else if line.chars().count() + 1 + word.chars().count() <= width {
            line.push(' ');
            line.push_str(word);
        } else {
            lines.push(word.to_owned());
        }
    }
    lines.join("\n")
}

/// `ringstorm completions`.
pub(super) fn completions(command: &Completions) -> Result<(), Failure> {
    let mut script = Vec::new();
    clap_complete::generate(command.shell, &mut Arguments::command(), "ringstorm", &mut script);
    output::print(&String::from_utf8_lossy(&script))
}
