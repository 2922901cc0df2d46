//! What a storm chart shows.

use super::STILL_AWAY;
use super::noise::storms_differ;
use super::{first_fitting, named, nobody};
use crate::chart::cases::Case;
use crate::chart::layout::Size;
use crate::chart::name::Name;
use crate::chart::storm::recovery::{Of, Outcome, Storms, offline_at_end, present_at_end, rounded};
use crate::chart::words::{clock, compact, duration, from_to};
use crate::stats::StormResult;

/// The title of a storm chart.
pub fn storm_title(cases: &[Case<'_>], storms: &[Option<Storms>], size: Size) -> String {
    let candidates = match (cases, storms) {
        ([case], [Some(storms)]) => one_storm(&case.name, storms),
        _ => several_storms(cases, storms),
    };
    first_fitting(&candidates, size)
}

fn one_storm(name: &Name, storms: &Storms) -> Vec<String> {
    match storms.outcome {
        Outcome::Back { after, .. } => {
            let after = duration(after);
            let mut titles = named(&[name], |n| format!("{} has 99% back after {after}", n[0]));
            titles.push(format!("99% are back after {after}"));
            titles
        }
        outcome @ Outcome::Offline { .. } => {
            let state = outcome.words();
            let mut titles = named(&[name], |n| format!("With {}, {state}", n[0]));
            titles.push(state);
            titles
        }
    }
}

fn several_storms(cases: &[Case<'_>], storms: &[Option<Storms>]) -> Vec<String> {
    let mut ranked: Vec<(usize, &Storms)> =
        storms.iter().enumerate().filter_map(|(i, storms)| Some((i, storms.as_ref()?))).collect();
    ranked.sort_by(|a, b| severity(a.1).total_cmp(&severity(b.1)));
    let (Some(&fast), Some(&slow)) = (ranked.first(), ranked.last()) else {
        return vec!["No policy drops anybody".to_owned()];
    };
    if let Some(calm) = storms.iter().position(Option::is_none) {
        if let Some(title) = everybody_away(cases) {
            return vec![title];
        }
        let calm = &cases[calm].name;
        if let (Outcome::Back { after: short, .. }, Outcome::Back { after: long, .. }, false) =
            (fast.1.outcome, slow.1.outcome, recoveries_differ(cases, fast, slow))
            && ranked.len() > 1
        {
            return others_titles(calm, &from_to(&duration(short), &duration(long)));
        }
        return calm_titles(&[calm, &cases[slow.0].name], slow.1, ranked.len() > 1);
    }
    let names = [&cases[fast.0].name, &cases[slow.0].name];
    if recoveries_differ(cases, fast, slow) && fast.1.outcome.words() != slow.1.outcome.words() {
        return recovery_titles(&names, nobody(cases), fast.1, slow.1);
    }
    peak_titles(cases, &ranked).unwrap_or_else(|| alike(nobody(cases), fast.1, slow.1))
}

/// Whether the recoveries of two cases differ beyond noise.
fn recoveries_differ(cases: &[Case<'_>], fast: (usize, &Storms), slow: (usize, &Storms)) -> bool {
    let recovery = |storm: &StormResult| storm.recovery.unwrap_or(f64::INFINITY);
    storms_differ(&cases[fast.0], &cases[slow.0], "recovery_time", recovery)
}

/// Where a policy drops nobody, and noise hides who of the others is slowest.
fn others_titles(calm: &Name, after: &str) -> Vec<String> {
    let mut titles =
        named(&[calm], |n| format!("{} drops nobody; others have 99% back after {after}", n[0]));
    titles.push(format!("Not every policy drops clients; 99% are back after {after}"));
    titles
}

/// Where every policy leaves clients offline, whether it dropped them or not: who drops nobody is
/// then no better than the others.
fn everybody_away(cases: &[Case<'_>]) -> Option<String> {
    let shares = || cases.iter().map(|case| offline_at_end(case, present_at_end(case))[0]);
    let (least, most) = (shares().fold(1.0, f64::min), shares().fold(0.0, f64::max));
    let range = from_to(&rounded(least), &rounded(most));
    let end = cases.iter().map(Case::length).fold(0.0, f64::max);
    (least >= STILL_AWAY)
        .then(|| format!("{range} of clients are offline at {}, whatever the policy", clock(end)))
}

/// Where the first of two policies drops nobody, and the second is the slowest of those that do.
fn calm_titles(names: &[&Name], slow: &Storms, of_several: bool) -> Vec<String> {
    let (slowest, worst) = if of_several { ("slowest: ", "worst: ") } else { ("", "") };
    match slow.outcome {
        Outcome::Back { after, .. } => {
            let after = duration(after);
            let mut titles = named(names, |n| {
                format!("{} drops nobody; {slowest}{} has 99% back after {after}", n[0], n[1])
            });
            titles.push(format!("Not every policy drops clients; 99% are back after {after}"));
            titles
        }
        Outcome::Offline { share, of, at, .. } => {
            let (share, at) = (rounded(share), clock(at));
            let left = format!("leaves {share} {} offline", of.words());
            let mut titles =
                named(names, |n| format!("{} drops nobody; {worst}{} {left} at {at}", n[0], n[1]));
            titles
                .extend(named(names, |n| format!("{} drops nobody; {worst}{} {left}", n[0], n[1])));
            let of = if of == Of::Dropped { "of them" } else { of.words() };
            titles.push(format!("Not every policy drops clients; {share} {of} stay offline"));
            titles
        }
    }
}

fn recovery_titles(names: &[&Name], nobody: &str, fast: &Storms, slow: &Storms) -> Vec<String> {
    match (fast.outcome, slow.outcome) {
        (Outcome::Back { after: short, .. }, Outcome::Back { after: long, .. }) => {
            let (short, long) = (duration(short), duration(long));
            let mut titles = named(names, |n| {
                format!("99% are back after {short} with {}, after {long} with {}", n[0], n[1])
            });
            titles.extend(named(names, |n| format!("99% back: {} {short}, {} {long}", n[0], n[1])));
            titles.push(format!("99% are back after {short} to {long}, depending on the policy"));
            titles
        }
        (Outcome::Back { after, .. }, Outcome::Offline { share, of, at, .. }) => {
            part_back_titles(names, &duration(after), (&rounded(share), of), &clock(at))
        }
        (
            Outcome::Offline { share: least, of, .. },
            Outcome::Offline { share: most, of: other, at, .. },
        ) if of == other => {
            let (least, most, at) = (rounded(least), rounded(most), clock(at));
            let (of, state) = (of.words(), of.state());
            let mut titles =
                named(names, |n| format!("{} leaves {least} {of} offline, {} {most}", n[0], n[1]));
            titles.push(format!("{least} to {most} {of} are {state} at {at}"));
            titles
        }
        // Points of a sweep, at some of which clients still arrive: shares of different wholes.
        (Outcome::Offline { .. }, Outcome::Offline { at, .. }) => nobody_is_back(at),
        // They are ranked: who recovers is never slower than who does not.
        (Outcome::Offline { .. }, Outcome::Back { .. }) => alike(nobody, fast, slow),
    }
}

/// Where the first of two policies recovers and the second does not. Of the dropped, who is
/// not back is offline; of the clients that are present some were never dropped.
fn part_back_titles(
    names: &[&Name],
    after: &str,
    (share, of): (&str, Of),
    at: &str,
) -> Vec<String> {
    let whom = of.words();
    let mut titles = named(names, |n| {
        format!(
            "{} has 99% back after {after}; {} leaves {share} {whom} offline at {at}",
            n[0], n[1]
        )
    });
    titles.extend(named(names, |n| match of {
        Of::Dropped => {
            format!("99% are back after {after} with {}; with {} {share} are not", n[0], n[1])
        }
        Of::Present => {
            format!("99% back after {after} with {}; {share} {whom} offline with {}", n[0], n[1])
        }
    }));
    titles.push(match of {
        Of::Dropped => {
            format!("99% are back after {after} with the fastest; with the slowest {share} are not")
        }
        Of::Present => {
            format!("99% are back after {after} at best; at worst {share} {whom} are offline")
        }
    });
    titles
}

fn nobody_is_back(at: f64) -> Vec<String> {
    vec![format!("No policy has 99% back at {}", clock(at))]
}

/// Says so when peaks differ clearly and recoveries do not. These are alike only where
/// all end in the same words: noise makes nothing equal.
fn peak_titles(cases: &[Case<'_>], ranked: &[(usize, &Storms)]) -> Option<Vec<String>> {
    let by_peak = |a: &&(usize, &Storms), b: &&(usize, &Storms)| a.1.peak.total_cmp(&b.1.peak);
    let low = ranked.iter().min_by(by_peak)?;
    let high = ranked.iter().max_by(by_peak)?;
    let clear = storms_differ(&cases[low.0], &cases[high.0], "peak_attempt_rate", |storm| {
        storm.peak_attempt_rate
    });
    // A peak from before the storm is none of its peaks.
    let own = |storms: &Storms, case: &Case<'_>| storms.busiest > storms.trigger - case.step();
    let own = own(low.1, &cases[low.0]) && own(high.1, &cases[high.0]);
    if !clear || !own || high.1.peak < 1.1 * low.1.peak {
        return None;
    }
    let (least, most) = (compact(low.1.peak), compact(high.1.peak));
    let names = [&cases[high.0].name, &cases[low.0].name];
    let mut ends = ranked.iter().map(|(_, storms)| storms.outcome.words());
    let first = ends.next()?;
    let unclear = format!("{} differs clearly in recovery", nobody(cases));
    let recovery = if ends.all(|end| end == first) { "Recovery is alike" } else { &unclear };
    let mut titles = named(&names, |n| {
        format!("{recovery}; {} peaks at {most} per s, {} at {least}", n[0], n[1])
    });
    // Long names leave no room for the recovery, which tells nobody apart.
    titles.extend(named(&names, |n| {
        format!("Attempts peak at {most} per s with {}, at {least} with {}", n[0], n[1])
    }));
    titles.push(format!("{recovery}; peaks are {least} to {most} per s"));
    Some(titles)
}

fn alike(nobody: &str, fast: &Storms, slow: &Storms) -> Vec<String> {
    let range = match (fast.outcome, slow.outcome) {
        (Outcome::Back { after: a, .. }, Outcome::Back { after: b, .. }) => {
            format!("99% back after {}", from_to(&duration(a), &duration(b)))
        }
        (
            Outcome::Offline { share: a, of, .. },
            Outcome::Offline { share: b, of: other, at, .. },
        ) => {
            if of != other {
                return nobody_is_back(at);
            }
            let range = from_to(&rounded(a.min(b)), &rounded(a.max(b)));
            format!("{range} {} {} at {}", of.words(), of.state(), clock(at))
        }
        _ => "some runs do not recover".to_owned(),
    };
    vec![
        format!("{nobody} differs clearly in recovery: {range}"),
        format!("{nobody} differs clearly in recovery"),
    ]
}

/// Recovery time; those that never recover come after all others, by the share offline.
fn severity(storms: &Storms) -> f64 {
    match storms.outcome {
        Outcome::Back { after, .. } => after,
        Outcome::Offline { share, .. } => 1e18 * (1.0 + share),
    }
}
