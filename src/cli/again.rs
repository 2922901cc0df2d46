//! The commands that do a run again, for a POSIX shell.

use std::path::Path;

use super::arguments::One;
use crate::plan::{Plan, RunId};

/// Does a run once more, with those before it.
pub(super) fn run(path: &Path, plan: &Plan, set: &[String], id: RunId) -> String {
    let replications = ("--replications", id.replication + 1);
    command("run", path, &[("--set", set)], plan, id, replications)
}

/// Does a run again with its log.
pub(super) fn replay(one: &One, plan: &Plan, id: RunId) -> String {
    let changes: [(&str, &[String]); 2] = [("--set", &one.set), ("--at", &one.at)];
    command("replay", &one.scenario, &changes, plan, id, ("--replication", id.replication))
}

fn command(
    name: &str,
    path: &Path,
    changes: &[(&str, &[String])],
    plan: &Plan,
    id: RunId,
    (replications, number): (&str, u32),
) -> String {
    let mut words = vec!["ringstorm".to_owned(), name.to_owned(), path.display().to_string()];
    for (option, values) in changes {
        words.extend(values.iter().flat_map(|value| [(*option).to_owned(), value.clone()]));
    }
    let policy = &plan.points[id.point].policies[id.policy].name;
    words.extend(["--seed".to_owned(), plan.seed.to_string()]);
    words.extend(["--policy".to_owned(), policy.clone()]);
    words.extend([replications.to_owned(), number.to_string()]);
    let quoted: Vec<String> = words.iter().map(|word| quoted(word)).collect();
    quoted.join(" ")
}

/// A word as a POSIX shell reads it back.
pub(super) fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "_-./:=,+@%".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::run;
    use crate::plan::RunId;
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
            run(path, &plan, &set, id(0)),
            "ringstorm run 'my scenarios/x.json' --set clients.connected=5 \
             --set 'policies[plain].balance={\"ring\": {}}' --seed 1 --policy plain --replications 4"
        );
        assert_eq!(
            run(Path::new("x.json"), &plan, &[], id(1)),
            r"ringstorm run x.json --seed 1 --policy 'it'\''s $HOME' --replications 4"
        );
    }
}
