//! `ringstorm run`: scenarios in, results and charts out.

use std::path::{Path, PathBuf};

use super::arguments::{Arguments, Color, Run};
use super::budgets;
use super::failure::Failure;
use super::files;
use super::memory::concurrent;
use super::output;
use super::progress;
use super::scenario_files::load;
use crate::compare::Record;
use crate::model::{self, RunId};
use crate::observe::ServerSeries;
use crate::plan::Plan;
use crate::report::{self, Bundle};
use crate::stats::{self, Results, Sample};

/// A scenario whose run can begin.
struct Job<'a> {
    path: &'a Path,
    plan: &'a Plan,
    out: PathBuf,
    baseline: Option<(PathBuf, Record)>,
    /// How many runs may go on at once; 0: one a core.
    concurrent: usize,
}

/// Runs every scenario in turn; nothing is run unless all of them are right, and their results
/// have where to go.
pub(super) fn run(command: &Run, arguments: &Arguments) -> Result<(), Failure> {
    let plans = load(&command.changes, arguments)?;
    let threads = command.threads.map_or(0, usize::from);
    let pool = threads_of(threads)?;
    if plans.len() > 1 && command.baseline.is_some() {
        return Err(Failure::Usage("`--baseline` is of one scenario, but there are several"));
    }
    let jobs: Vec<Job<'_>> =
        plans.iter().map(|plan| job(plan, plans.len() > 1, command)).collect::<Result<_, _>>()?;
    let mut broken = 0;
    for Job { path, plan, out, baseline, concurrent } in &jobs {
        let runs = threads_of(*concurrent)?;
        let again = |id: RunId| replay(path, plan, &command.changes.set, id);
        let results = runs.install(|| simulate(plan, again, arguments.quiet))?;
        let bundle = pool.install(|| files::all(&results, command.charts))?;
        report::write(&bundle, out)?;
        if !arguments.quiet {
            show(&results, &bundle, out, arguments.color)?;
        }
        broken += budgets::judge(plan, &results, baseline.as_ref(), command.check, arguments)?;
    }
    match broken {
        0 => Ok(()),
        1 => Err(Failure::No("1 budget does not hold".to_owned())),
        many => Err(Failure::No(format!("{many} budgets do not hold"))),
    }
}

/// What can go wrong before anything is run goes wrong here: after hours of simulation is too
/// late to say that there is no room for the results.
fn job<'a>(
    (path, plan): &'a (PathBuf, Plan),
    several: bool,
    command: &Run,
) -> Result<Job<'a>, Failure> {
    let out = folder(command.out.as_deref(), plan, several);
    report::write::check(&out)?;
    let baseline = budgets::baseline(command.baseline.as_deref(), path, plan)?;
    let threads = command.threads.map_or(0, usize::from);
    let concurrent = concurrent(plan, threads, command.memory)?;
    Ok(Job { path, plan, out, baseline, concurrent })
}

/// A pool of so many threads; 0: one a core.
fn threads_of(threads: usize) -> Result<rayon::ThreadPool, Failure> {
    rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .map_err(|source| Failure::Threads { threads, source })
}

/// Where a scenario's results go.
fn folder(out: Option<&Path>, plan: &Plan, several: bool) -> PathBuf {
    match out {
        Some(out) if several => out.join(&plan.name),
        Some(out) => out.to_owned(),
        None => Path::new("results").join(&plan.name),
    }
}

/// All runs of a plan, reduced to results. `again` is the command that repeats one of them.
fn simulate(plan: &Plan, again: impl Fn(RunId) -> String, quiet: bool) -> Result<Results, Failure> {
    let bar = progress::bar(&plan.name, RunId::all(plan).len() as u64, quiet);
    let outcome = model::run_all(plan, |_, mut observations| {
        let servers = observations.servers.take();
        let sample = Sample::of(&observations);
        bar.inc(1);
        (sample, servers)
    });
    bar.finish_and_clear();
    let runs = outcome.map_err(|(id, broken)| Failure::Law { broken, replay: again(id) })?;
    let mut samples: Vec<Vec<Vec<Sample>>> =
        plan.points.iter().map(|point| vec![Vec::new(); point.policies.len()]).collect();
    let mut servers: Vec<Vec<ServerSeries>> = plan
        .points
        .iter()
        .map(|point| vec![ServerSeries::default(); point.policies.len()])
        .collect();
    for (id, (sample, detail)) in runs {
        samples[id.point][id.policy].push(sample);
        if let Some(detail) = detail {
            servers[id.point][id.policy] = detail;
        }
    }
    Ok(stats::summarise(plan, samples, servers))
}

/// The command that does a run once more, with those before it, in a POSIX shell.
fn replay(path: &Path, plan: &Plan, set: &[String], id: RunId) -> String {
    let policy = &plan.points[id.point].policies[id.policy].name;
    let mut words = vec!["ringstorm".to_owned(), "run".to_owned(), path.display().to_string()];
    for change in set {
        words.extend(["--set".to_owned(), change.clone()]);
    }
    words.extend(["--seed".to_owned(), plan.seed.to_string()]);
    words.extend(["--policy".to_owned(), policy.clone()]);
    words.extend(["--replications".to_owned(), (id.replication + 1).to_string()]);
    let quoted: Vec<String> = words.iter().map(|word| quoted(word)).collect();
    quoted.join(" ")
}

/// A word as a POSIX shell reads it back.
fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "_-./:=,+@%".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}

/// The answer in the terminal.
fn show(results: &Results, bundle: &Bundle, out: &Path, color: Color) -> Result<(), Failure> {
    let mut text = report::render(results, &output::terminal(color));
    let files = bundle.iter().count();
    text.push_str(&format!("{files} files in {}\n", out.display()));
    for (name, _) in
        bundle.iter().filter(|(name, _)| name.ends_with(".svg") && !name.contains("-dark"))
    {
        text.push_str(&format!("  {}\n", out.join(name).display()));
    }
    output::print(&text)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::replay;
    use crate::model::RunId;
    use crate::scenario::{Overrides, read_text};

    #[test]
    fn the_command_that_replays_a_run_says_every_change_and_survives_a_shell() {
        let text = r#"{"name": "x", "duration": "1m", "clients": {"presence": "1m"},
            "servers": {"count": 1}, "policies": [
            {"name": "plain", "balance": "ring"}, {"name": "it's $HOME", "balance": "ring"}]}"#;
        let plan = read_text("x.json", text, Path::new(""), &Overrides::default()).unwrap();
        let set =
            ["clients.connected=5".to_owned(), "policies[plain].balance={\"ring\": {}}".to_owned()];
        let id = |policy| RunId { point: 0, policy, replication: 3 };
        let path = Path::new("my scenarios/x.json");
        assert_eq!(
            replay(path, &plan, &set, id(0)),
            "ringstorm run 'my scenarios/x.json' --set clients.connected=5 \
             --set 'policies[plain].balance={\"ring\": {}}' --seed 1 --policy plain --replications 4"
        );
        assert_eq!(
            replay(Path::new("x.json"), &plan, &[], id(1)),
            r"ringstorm run x.json --seed 1 --policy 'it'\''s $HOME' --replications 4"
        );
    }
}
