//! The habits that the compiler cannot check: who may name whom, how long a file
//! may be, which words are not used.

use std::fs;
use std::path::{Path, PathBuf};

/// Each layer and the layers that it may name; itself is always allowed.
const LAYERS: [(&str, &[&str]); 13] = [
    ("routing", &[]),
    ("engine", &[]),
    ("policy", &["routing", "engine"]),
    ("plan", &["engine", "policy"]),
    ("scenario", &["engine", "policy", "plan", "observe", "stats"]),
    ("observe", &["engine"]),
    ("model", &["routing", "engine", "policy", "plan", "observe"]),
    ("stats", &["engine", "policy", "plan", "observe"]),
    ("compare", &["engine", "plan", "stats"]),
    ("validation", &["engine", "plan", "scenario", "observe", "model", "stats"]),
    ("chart", &["engine", "policy", "stats"]),
    ("report", &["engine", "policy", "plan", "observe", "stats", "compare", "validation", "chart"]),
    (
        "cli",
        &[
            "routing",
            "engine",
            "policy",
            "plan",
            "scenario",
            "observe",
            "model",
            "stats",
            "compare",
            "validation",
            "chart",
            "report",
        ],
    ),
];

/// Crates that only some files may name.
const CRATES: [(&str, &[&str]); 8] = [
    ("plotters", &["chart/svg.rs", "chart/text.rs"]),
    ("resvg", &["chart/raster.rs"]),
    ("rayon", &["model/batch.rs", "cli/memory.rs", "cli/files.rs", "cli/failure.rs"]),
    ("clap", &["cli/arguments.rs", "cli/arguments/logged.rs", "cli/mod.rs", "cli/lists.rs"]),
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

/// Words and signs of code, each with its line; `::` is one.
fn tokens(text: &str) -> Vec<(usize, &str)> {
    let mut tokens = Vec::new();
    for (line, code) in code(text) {
        let mut rest = code.trim_start();
        while let Some(first) = rest.chars().next() {
            let is_word = |letter: char| letter.is_alphanumeric() || letter == '_';
            let length = match first {
                _ if is_word(first) => rest.find(|letter| !is_word(letter)).unwrap_or(rest.len()),
                ':' if rest.starts_with("::") => 2,
                _ => first.len_utf8(),
            };
            tokens.push((line, &rest[..length]));
            rest = rest[length..].trim_start();
        }
    }
    tokens
}

/// How many modules each line of a file stands in, the file's own included. An inline
/// module ends where its first line's indentation comes again.
fn depths(file: &str, text: &str) -> Vec<usize> {
    let own = file.trim_end_matches(".rs").trim_end_matches("/mod").split('/').count();
    let mut inside: Vec<&str> = Vec::new();
    text.lines()
        .map(|line| {
            let indentation = &line[..line.len() - line.trim_start().len()];
            if inside.last() == Some(&indentation) && line.trim() == "}" {
                inside.pop();
            }
            let depth = own + inside.len();
            if line.ends_with('{') && line.split_whitespace().any(|word| word == "mod") {
                inside.push(indentation);
            }
            depth
        })
        .collect()
}

/// The modules below the crate's root that a file names, with the line: by `crate`, or by
/// `super` as often as that takes, alone or in a group. `*` names them all.
fn named_from_the_root<'a>(file: &str, text: &'a str) -> Vec<(usize, &'a str)> {
    let (tokens, depths) = (tokens(text), depths(file, text));
    let mut named = Vec::new();
    let mut at = 0;
    while let Some(&(line, word)) = tokens.get(at) {
        at = match word {
            "crate" | "super" => follow(&tokens, at, depths[line - 1], &mut named),
            _ => at + 1,
        };
    }
    named
}

/// Follows a path, or a part of one in a group, from a module so deep below the root.
/// Where it ends, or begins to go down.
fn follow<'a>(
    tokens: &[(usize, &'a str)],
    at: usize,
    depth: usize,
    named: &mut Vec<(usize, &'a str)>,
) -> usize {
    let Some(&(line, word)) = tokens.get(at) else { return at };
    let depth = match word {
        "crate" => 0,
        "super" => depth.saturating_sub(1),
        "self" => depth,
        // After a group's last comma.
        "}" => return at,
        "{" => return follow_each(tokens, at + 1, depth, named),
        _ => {
            if depth == 0 {
                named.push((line, word));
            }
            return at + 1;
        }
    };
    let goes_on = tokens.get(at + 1).is_some_and(|&(_, next)| next == "::");
    if goes_on { follow(tokens, at + 2, depth, named) } else { at + 1 }
}

/// Follows the parts of a group, from the first on. Where the group ends.
fn follow_each<'a>(
    tokens: &[(usize, &'a str)],
    mut at: usize,
    depth: usize,
    named: &mut Vec<(usize, &'a str)>,
) -> usize {
    loop {
        at = follow(tokens, at, depth, named);
        let mut open = 0;
        loop {
            match tokens.get(at) {
                None => return at,
                Some((_, "}")) if open == 0 => return at + 1,
                Some((_, ",")) if open == 0 => break,
                Some((_, "{")) => open += 1,
                Some((_, "}")) => open -= 1,
                Some(_) => {}
            }
            at += 1;
        }
        at += 1;
    }
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
        for (line, other) in named_from_the_root(&file, &text) {
            let is_layer = other == "*" || LAYERS.iter().any(|(name, _)| *name == other);
            if is_layer && other != *layer && !allowed.contains(&other) {
                wrong.push(format!("src/{file}:{line}: {layer} may not name {other}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_layer_is_seen_in_a_group_and_by_way_of_its_parents() {
    let cases: [(&str, &[(usize, &str)]); 9] = [
        ("use crate::engine::{Draw, time};", &[(1, "engine")]),
        (
            "use crate::{\n    engine::{Draw, time},\n    plan as p,\n};",
            &[(2, "engine"), (3, "plan")],
        ),
        (
            "fn f() -> crate::plan::Plan { super::super::engine::now() }",
            &[(1, "plan"), (1, "engine")],
        ),
        ("use super::{super::{stats, engine}, plan};", &[(1, "stats"), (1, "engine")]),
        ("use super::super::*;", &[(1, "*")]),
        ("pub(crate) fn f() {} // crate::engine", &[]),
        ("use super::engine; mod engine;", &[]),
        ("mod tests {\n    use super::super::engine;\n}\nuse super::super::plan;", &[(4, "plan")]),
        ("mod tests {\n    use super::super::super::engine;\n}", &[(2, "engine")]),
    ];
    for (text, named) in cases {
        assert_eq!(named_from_the_root("chart/load.rs", text), named, "{text}");
        let up = text.replace("super::super::", "super::");
        if up != text {
            assert_eq!(named_from_the_root("chart/mod.rs", &up), named, "{up}");
        }
    }
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
fn an_example_or_bench_of_the_simulator_says_that_it_needs_it() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let manifest = fs::read_to_string(root.join("Cargo.toml")).unwrap();
    let targets: Vec<&str> = manifest.split("\n[").collect();
    for (folder, kind) in [("examples", "example"), ("benches", "bench")] {
        for entry in fs::read_dir(root.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            let main = if path.is_dir() { path.join("main.rs") } else { path.clone() };
            if main.extension().is_none_or(|extension| extension != "rs") || !main.exists() {
                continue;
            }
            let text = fs::read_to_string(&main).unwrap();
            let words: Vec<&str> = tokens(&text).into_iter().map(|(_, word)| word).collect();
            let needs_more = words
                .windows(3)
                .any(|of| matches!(of, ["ringstorm", "::", layer] if *layer != "routing"));
            let name = path.file_stem().unwrap().to_str().unwrap();
            let says_so = targets.iter().any(|target| {
                target.starts_with(&format!("[{kind}]]\nname = \"{name}\""))
                    && target.contains("required-features = [\"sim\"]")
            });
            assert_eq!(needs_more, says_so, "{folder}/{name}");
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
