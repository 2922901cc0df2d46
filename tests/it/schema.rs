//! The schema of scenarios and the program agree on what a scenario is.

use std::fs;
use std::path::{Path, PathBuf};

use ringstorm::policy::{Balance, Rebalance, Scale};
use ringstorm::scenario::{self, Overrides};
use serde_json::{Value, json};

use super::swarm::cast;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn validator() -> jsonschema::Validator {
    let schema: Value = serde_json::from_str(&scenario::schema()).unwrap();
    jsonschema::draft202012::new(&schema).unwrap()
}

fn assert_valid(validator: &jsonschema::Validator, name: &str, value: &Value) {
    let faults: Vec<String> = validator
        .iter_errors(value)
        .map(|fault| format!("{}: {fault}", fault.instance_path()))
        .collect();
    assert!(faults.is_empty(), "{name}\n{}", faults.join("\n"));
}

/// The scenarios in a folder and in those below it.
fn scenarios(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.ends_with("baselines") {
            found.extend(scenarios(&path));
        } else if path.extension().is_some_and(|ending| ending == "json")
            && !path.ends_with("scenario.schema.json")
        {
            found.push(path);
        }
    }
    found
}

#[test]
fn the_schema_takes_every_scenario_that_comes_with_the_program() {
    let validator = validator();
    let found = scenarios(&root().join("scenarios"));
    assert!(found.len() > 20, "{found:?}");
    let mut searches = 0;
    for path in found {
        let value: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        searches += usize::from(value.get("find").is_some());
        assert_valid(&validator, &path.display().to_string(), &value);
    }
    assert!(searches > 0, "none of them has a `find`");
}

#[test]
fn the_schema_takes_every_scenario_in_the_readme() {
    let validator = validator();
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let blocks: Vec<Value> = readme
        .split("```json\n")
        .skip(1)
        .map(|rest| serde_json::from_str(rest.split("```").next().unwrap()).unwrap())
        .collect();
    let whole = blocks[0].as_object().unwrap();
    assert!(blocks.iter().any(|block| block.get("find").is_some()), "no `find` is shown");
    for block in &blocks {
        // What is shown is a whole scenario, or some fields of one.
        let mut value = whole.clone();
        value.extend(block.as_object().unwrap().clone());
        assert_valid(&validator, &block.to_string(), &value.into());
    }
}

#[test]
fn the_schema_takes_every_scenario_of_the_swarm() {
    let validator = validator();
    for number in 0..300 {
        let value = cast::scenario(number);
        assert_valid(&validator, &format!("SWARM={number}\n{value:#}"), &value);
    }
}

#[test]
fn the_schema_takes_the_bounds_of_a_search_in_every_unit() {
    let validator = validator();
    let path = root().join("scenarios/recovery-limit.json");
    let mut value: Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    for (between, precision) in [
        (json!(["1s", "30s"]), json!("500ms")),
        (json!(["10/s", "500/s"]), json!("5/s")),
        (json!(["0%", "100%"]), json!("1%")),
        (json!([1, 2.5]), json!(0.25)),
    ] {
        value["find"]["between"] = between;
        value["find"]["precision"] = precision;
        assert_valid(&validator, "recovery-limit", &value);
    }
    value["find"]["precision"] = json!(["1s"]);
    assert!(!validator.is_valid(&value));
}

#[test]
fn a_bare_name_is_right_in_the_schema_where_it_is_in_a_scenario() {
    let validator = validator();
    let whole = |balance: &str, rebalance: &str, autoscaler: &str| {
        json!({
            "name": "x", "duration": "1m",
            "clients": {"connected": 1, "presence": "1h"},
            "servers": {"count": 1, "handshake": {"workers": 1, "cost": "1ms"}},
            "autoscaler": autoscaler,
            "policies": [{"name": "a", "balance": balance, "rebalance": rebalance}],
        })
    };
    let balances = Balance::NAMES.iter().map(|name| whole(name, "none", "none"));
    // `moved` needs a rule with owners.
    let rebalances = Rebalance::NAMES.iter().map(|name| whole("ring", name, "none"));
    let scales = Scale::NAMES.iter().map(|name| whole("ring", "none", name));
    let mut refused = 0;
    for value in balances.chain(rebalances).chain(scales) {
        let text = value.to_string();
        let read = scenario::read_text("x.json", text, Path::new(""), &Overrides::default());
        refused += usize::from(read.is_err());
        assert_eq!(validator.is_valid(&value), read.is_ok(), "{value}");
    }
    assert!(refused > 1, "`max_age` and `hpa` must be told more");
}

/// Every value within this one that is an object with fields, by its path as a JSON pointer.
fn objects(value: &Value, at: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            if !fields.is_empty() {
                found.push(at.to_owned());
            }
            for (name, value) in fields {
                let name = name.replace('~', "~0").replace('/', "~1");
                objects(value, &format!("{at}/{name}"), found);
            }
        }
        Value::Array(elements) => {
            for (index, value) in elements.iter().enumerate() {
                objects(value, &format!("{at}/{index}"), found);
            }
        }
        _ => {}
    }
}

#[test]
fn no_object_is_the_list_of_its_values() {
    let mut tried = 0;
    for path in scenarios(&root().join("scenarios")) {
        let mut value: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        // A swept field has the values of the sweep alone.
        value.as_object_mut().unwrap().remove("sweep");
        let mut found = Vec::new();
        objects(&value, "", &mut found);
        for at in found {
            let mut broken = value.clone();
            let place = broken.pointer_mut(&at).unwrap();
            *place = place.as_object().unwrap().values().cloned().collect();
            let (name, folder) = (path.display().to_string(), path.parent().unwrap());
            let read =
                scenario::read_text(&name, broken.to_string(), folder, &Overrides::default());
            let faults = read.err().unwrap_or_else(|| panic!("{name}{at}: a list is taken"));
            for fault in faults {
                let said = &fault.message;
                let is_rust = ["struct", "enum", "variant"].iter().any(|word| said.contains(word));
                assert!(!is_rust, "{name}{at}: {said}");
            }
            tried += 1;
        }
    }
    assert!(tried > 500, "{tried}");
}
