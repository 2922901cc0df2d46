//! The habits that the compiler cannot check: who may name whom, how long a file
//! may be, which words are not used.

use std::fs;
use std::path::{Path, PathBuf};

/// Each layer and the layers that it may name; itself is always allowed.
const LAYERS: [(&str, &[&str]); 12] = [
    ("routing", &[]),
    ("engine", &[]),
    ("policy", &["routing", "engine"]),
    ("plan", &["engine", "policy"]),
    ("scenario", &["engine", "policy", "plan", "observe", "stats"]),
    ("observe", &["engine"]),
    ("model", &["routing", "engine", "policy", "plan", "observe"]),
    ("stats", &["engine", "policy", "plan", "observe"]),
    ("compare", &["engine", "plan", "stats"]),
    ("chart", &["engine", "policy", "stats"]),
    ("report", &["engine", "policy", "plan", "observe", "stats", "compare", "chart"]),
    (
        "cli",
        &[
            "routing", "engine", "policy", "plan", "scenario", "observe", "model", "stats",
            "compare", "chart", "report",
        ],
    ),
];

/// Crates that only some files may name.
const CRATES: [(&str, &[&str]); 8] = [
    ("plotters", &["chart/svg.rs", "chart/text.rs"]),
    ("resvg", &["chart/raster.rs"]),
    ("rayon", &["model/batch.rs", "cli/run.rs", "cli/files.rs", "cli/failure.rs"]),
    ("clap", &["cli/arguments.rs", "cli/mod.rs", "cli/lists.rs"]),
    ("indicatif", &["cli/progress.rs"]),
    ("annotate_snippets", &["scenario/render.rs"]),
    ("tempfile", &["report/write.rs"]),
    ("libm", &["engine/math.rs", "routing/rendezvous.rs"]),
];

/// Words that have another word here (one word for one thing), as they
/// would stand in a name.
const WORDS: [(&str, &str); 8] = [
    ("upstream", "backend"),
    ("hostname", "address"),
    ("num_servers", "servers"),
    ("reconnection", "reconnect"),
    ("websocket_session", "connection"),
    ("conns", "connections"),
    ("vnode", "virtual_node"),
    ("todo!", "finished code"),
];

/// The longest file, in lines.
const LONGEST_FILE: usize = 500;

fn sources() -> Vec<(String, String)> {
    fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path);
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut paths = Vec::new();
    walk(&root, &mut paths);
    paths.sort();
    let relative = |path: &Path| path.strip_prefix(&root).unwrap().to_str().unwrap().to_owned();
    paths.iter().map(|path| (relative(path), fs::read_to_string(path).unwrap())).collect()
}

/// Code without comments, so that prose may name what code may not.
fn code(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines()
        .enumerate()
        .map(|(index, line)| (index + 1, line.split("//").next().unwrap_or_default()))
}

#[test]
fn a_layer_names_only_the_layers_below_it() {
    let mut wrong = Vec::new();
    for (file, text) in sources() {
        let Some((layer, allowed)) =
            LAYERS.iter().find(|(layer, _)| file.starts_with(&format!("{layer}/")))
        else {
            continue;
        };
        for (line, code) in code(&text) {
            for (other, _) in LAYERS {
                let named = code.contains(&format!("crate::{other}")) && other != *layer;
                if named && !allowed.contains(&other) {
                    wrong.push(format!("src/{file}:{line}: {layer} may not name {other}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_source_file_belongs_to_a_layer() {
    for (file, _) in sources() {
        let layered = LAYERS.iter().any(|(layer, _)| file.starts_with(&format!("{layer}/")));
        assert!(
            layered || ["lib.rs", "main.rs"].contains(&file.as_str()),
            "src/{file} has no layer"
        );
    }
}

#[test]
fn a_crate_is_named_only_where_it_is_at_home() {
    let mut wrong = Vec::new();
    for (file, text) in sources() {
        for (line, code) in code(&text) {
            for (name, homes) in CRATES {
                let named = code.contains(&format!("{name}::"));
                if named && !homes.contains(&file.as_str()) {
                    wrong.push(format!("src/{file}:{line}: {name} belongs to {homes:?}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_routing_library_has_no_clock_no_chance_and_no_input_or_output() {
    let absent =
        ["std::time", "std::fs", "std::io", "std::net", "std::thread", "std::env", "rand::"];
    for (file, text) in sources().into_iter().filter(|(file, _)| file.starts_with("routing/")) {
        for (line, code) in code(&text) {
            for name in absent {
                assert!(!code.contains(name), "src/{file}:{line}: routing has no {name}");
            }
        }
    }
}

#[test]
fn no_file_is_too_long_to_read() {
    for (file, text) in sources() {
        let lines = text.lines().count();
        assert!(lines <= LONGEST_FILE, "src/{file} has {lines} lines; the most is {LONGEST_FILE}");
    }
}

#[test]
fn one_word_stands_for_one_thing() {
    let mut wrong = Vec::new();
    for (file, text) in sources() {
        for (line, code) in code(&text) {
            for (word, instead) in WORDS {
                if code.to_lowercase().contains(word) {
                    wrong.push(format!("src/{file}:{line}: `{word}`: write {instead}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
