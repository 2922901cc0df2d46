//! `ringstorm replay`: one run again, with its event log; and the logs of `run --trace`.

use std::io::{self, BufWriter, Write};
use std::iter;
use std::path::Path;

use super::arguments::{Arguments, LogFormat, One, Replay};
use super::failure::Failure;
use super::inputs;
use super::log::{Filter, Writing};
use super::one::{self, Chosen};
use super::progress;
use crate::engine::{SimDuration, SimTime};
use crate::plan::{Plan, RunId, server_name};
use crate::report::log::{LoggedRun, client};
use crate::report::{ReportError, write};

/// Entries of each run that `--trace` writes at most: 150 MB.
const MOST_TRACED: u64 = 1_000_000;

/// Runs one policy once more and writes what happens, as it happens.
pub(super) fn replay(command: &Replay, arguments: &Arguments) -> Result<(), Failure> {
    let policies: Vec<String> = command.policy.iter().cloned().collect();
    let mut chosen = one::choose(&command.one, &policies, arguments)?;
    let policies = &chosen.plan.points[chosen.point].policies;
    if policies.len() > 1 {
        let names = policies.iter().map(|policy| policy.name.clone()).collect();
        return Err(Failure::SeveralPolicies { names });
    }
    if let Some(out) = &command.out {
        inputs::kept(out, iter::once(&command.one.scenario).chain(&chosen.plan.inputs))?;
    }
    check_span(command, chosen.plan.points[chosen.point].world.duration)?;
    one::warm_up(&command.one, &mut chosen, arguments)?;
    let Chosen { plan, point } = chosen;
    let id = RunId { point, policy: 0, replication: command.one.replication };
    let filter = Filter {
        clients: command.client.clone(),
        servers: command.server.clone(),
        from: SimTime::ZERO.after(command.from),
        until: command.until.map_or(SimTime::NEVER, |until| SimTime::ZERO.after(until)),
        limit: command.limit,
    };
    let log = |out: &mut dyn Write, failed: &dyn Fn(io::Error) -> Failure| {
        let run = LoggedRun { plan: &plan, id };
        let mut writing = Writing::new(out, run, command.format, &filter);
        let outcome = one::listen(&command.one, &plan, id, &mut writing);
        writing.finish().map_err(failed)?;
        outcome?;
        exist(&filter, writing.clients, writing.servers)
    };
    match &command.out {
        Some(path) if path.as_os_str() != "-" => write::stream(path, |out| log(out, &at(path))),
        _ => log(&mut BufWriter::new(io::stdout().lock()), &Failure::Output),
    }
}

/// Whether a run so long has a part that was asked for.
fn check_span(command: &Replay, duration: SimDuration) -> Result<(), Failure> {
    let from = command.from;
    if let Some(until) = command.until.filter(|until| *until < from) {
        return Err(Failure::NoSpan { from, until });
    }
    if from > duration {
        return Err(Failure::AfterTheEnd { from, duration });
    }
    Ok(())
}

/// Why a file could not be written.
fn at(path: &Path) -> impl Fn(io::Error) -> Failure {
    move |source| Failure::from(ReportError::Io { action: "write", path: path.to_owned(), source })
}

/// Whether there are the clients and servers that were asked for.
fn exist(filter: &Filter, clients: u32, servers: u32) -> Result<(), Failure> {
    if let Some(number) = filter.clients.iter().find(|number| **number > clients) {
        return Err(Failure::NoClient { name: client(*number), count: clients });
    }
    if let Some(index) = filter.servers.iter().find(|index| **index >= servers) {
        return Err(Failure::NoServer { name: server_name(*index), count: servers });
    }
    Ok(())
}

/// Writes the logs of replication 0 of every policy at every point, one after the other, each
/// cut off where it is too long.
pub(super) fn trace(one: &One, plan: &Plan, path: &Path, quiet: bool) -> Result<(), Failure> {
    let filter = Filter::all(MOST_TRACED);
    let runs = RunId::of(plan, 0..1);
    let bar = progress::bar(&plan.name, runs.len() as u64, quiet);
    let written = write::stream(path, |out| {
        for id in runs {
            let run = LoggedRun { plan, id };
            let mut writing = Writing::new(&mut *out, run, LogFormat::Jsonl, &filter);
            let outcome = one::listen(one, plan, id, &mut writing);
            writing.finish().map_err(at(path))?;
            outcome?;
            bar.inc(1);
        }
        Ok(())
    });
    bar.finish_and_clear();
    written
}
