use std::path::Path;
use std::sync::LazyLock;

use proptest::prelude::*;
use ringstorm::model;
use ringstorm::plan::{Deck, Shard};
use ringstorm::report::{manifest, result_files, shard};
use ringstorm::scenario::{Overrides, read_text};
use ringstorm::stats::{self, Merge, Run, ShardResults};

use crate::cli::SMALL;

/// A shard of a few seconds, small enough to be damaged at every byte.
fn small(which: &str) -> ShardResults {
    let overrides = Overrides {
        set: ["duration=4s", "events[0].at=1s", "clients.connected=20"].map(str::to_owned).into(),
        replications: Some(2),
        ..Overrides::default()
    };
    let plan = read_text("small.json", SMALL, Path::new(""), &overrides).unwrap();
    let shard: Shard = which.parse().unwrap();
    let runs = shard.runs(&Deck::of(&plan)).collect();
    let runs = model::run_each(&plan, runs, Run::of).map_err(|(_, broken)| broken).unwrap();
    ShardResults {
        shard,
        outline: stats::outline(&plan),
        budgets: plan.budgets.clone(),
        left_out: plan.left_out,
        runs: runs.into_iter().map(|(_, run)| run).collect(),
    }
}

/// All runs in one shard.
static SHARD: LazyLock<ShardResults> = LazyLock::new(|| small("1/1"));

/// The head of a file, and all that its digest is of.
fn parts(bytes: &[u8]) -> (&[u8], &[u8]) {
    bytes.split_at(bytes.iter().position(|byte| *byte == b'\n').unwrap() + 1)
}

/// The file with another body and the digest of that.
fn forged(bytes: &[u8], body: &[u8]) -> Vec<u8> {
    let (head, old) = parts(bytes);
    let head = String::from_utf8(head.to_vec()).unwrap();
    let head = head.replace(&manifest::digest(old), &manifest::digest(body));
    [head.as_bytes(), body].concat()
}

/// Merges a single shard as far as result files go, where it can be read.
fn try_merge(bytes: &[u8]) {
    let Ok(found) = shard::read(bytes) else { return };
    if let Ok((outline, _, runs)) = Merge::of(Path::new("x"), found).finish() {
        result_files(&stats::complete(outline, runs));
    }
}

#[test]
fn a_shard_reads_back_as_it_was_written() {
    for which in ["1/1", "2/3", "9/9"] {
        let found = small(which);
        assert_eq!(shard::read(&shard::write(&found)).unwrap(), found);
    }
}

#[test]
fn a_shard_that_is_cut_short_anywhere_is_refused() {
    let bytes = shard::write(&small("1/2"));
    for end in 0..bytes.len() {
        assert!(shard::read(&bytes[..end]).is_err(), "{end} of {} bytes", bytes.len());
    }
    let (_, body) = parts(&bytes);
    // Even where the digest is that of what is left, which no accident makes.
    for end in (0..body.len()).step_by(7) {
        assert!(shard::read(&forged(&bytes, &body[..end])).is_err(), "{end} of {}", body.len());
    }
}

#[test]
fn a_shard_with_any_byte_changed_is_refused() {
    let bytes = shard::write(&small("1/2"));
    for at in 0..bytes.len() {
        let mut changed = bytes.clone();
        // A digit becomes another digit, a letter another letter.
        changed[at] ^= 1;
        assert!(shard::read(&changed).is_err(), "byte {at}");
    }
}

#[test]
fn runs_that_are_left_out_doubled_swapped_or_of_another_shard_are_refused() {
    let found = small("1/2");
    let refused = |change: &dyn Fn(&mut ShardResults)| {
        let mut changed = found.clone();
        change(&mut changed);
        shard::read(&shard::write(&changed)).unwrap_err().to_string()
    };
    let runs = "it contradicts itself: its runs are not those of its shard";
    assert_eq!(refused(&|shard| shard.runs.truncate(1)), runs);
    assert_eq!(refused(&|shard| shard.runs.push(shard.runs[0].clone())), runs);
    assert_eq!(refused(&|shard| shard.runs.swap(0, 1)), runs);
    assert_eq!(refused(&|shard| shard.runs[0].id.point = usize::MAX), runs);
    assert_eq!(refused(&|shard| shard.outline.replications = u32::MAX), runs);
    assert_eq!(refused(&|shard| shard.outline.replications = 0), runs);
    assert_eq!(refused(&|shard| shard.shard = "2/2".parse().unwrap()), runs);
    let run = "it contradicts itself: a run has not what its scenario says";
    assert_eq!(refused(&|shard| shard.runs[0].servers = None), run);
    assert_eq!(refused(&|shard| shard.runs[0].sample.connects = None), run);
    assert_eq!(refused(&|shard| shard.runs[0].sample.series.rows[3].truncate(1)), run);
    assert_eq!(refused(&|shard| shard.runs[0].sample.series.rows.truncate(1)), run);
    let latencies = "it cannot be read: 33 latencies where there are 34";
    let found = refused(&|shard| shard.runs[0].sample.latency.truncate(33));
    assert!(found.starts_with(latencies), "{found}");
    let points = refused(&|shard| shard.outline.points.clear());
    assert_eq!(points, "it contradicts itself: there is no point");
}

proptest! {
    #[test]
    fn every_number_reads_back_as_the_same_float(
        values in prop::array::uniform4(
            prop::num::f64::POSITIVE | prop::num::f64::NEGATIVE | prop::num::f64::NORMAL
                | prop::num::f64::SUBNORMAL | prop::num::f64::ZERO
        )
    ) {
        let mut found = (*SHARD).clone();
        found.runs[0].sample.series.rows[0] = values.to_vec();
        let read = shard::read(&shard::write(&found)).unwrap();
        let bits = |values: &[f64]| values.iter().map(|value| value.to_bits()).collect::<Vec<_>>();
        prop_assert_eq!(bits(&read.runs[0].sample.series.rows[0]), bits(&values));
    }

    /// Numbers of a file are replaced, by huge ones too, and its digest is made to fit.
    #[test]
    fn whatever_a_forged_shard_says_it_is_merged_or_refused(
        places in prop::collection::vec((any::<prop::sample::Index>(), 0_usize..9), 1..4)
    ) {
        const PIECES: [&str; 9] = [
            "0", "1", "7", "-1", "0.5", "4294967295", "18446744073709551615", "1e308", "null",
        ];
        let bytes = shard::write(&SHARD);
        let mut body = String::from_utf8(parts(&bytes).1.to_vec()).unwrap();
        for (place, piece) in places {
            // Before a digit that begins a number.
            let begins: Vec<usize> = body
                .match_indices([',', ':', '['])
                .map(|(at, _)| at + 1)
                .filter(|at| body[*at..].starts_with(|c: char| c.is_ascii_digit()))
                .collect();
            let begin = *place.get(&begins);
            let rest = &body[begin..];
            let length = rest.find([',', ']', '}']).unwrap_or(rest.len());
            body.replace_range(begin..begin + length, PIECES[piece]);
        }
        try_merge(&forged(&bytes, body.as_bytes()));
    }
}
