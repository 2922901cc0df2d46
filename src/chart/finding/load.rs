//! What a load chart shows.

use super::noise::{metric_differs, metric_differs_by};
use super::{first_fitting, named, nobody};
use crate::chart::cases::Case;
use crate::chart::layout::Size;
use crate::chart::words::{compact, percent, ratio};

/// Below this share of the mean, new servers count as left behind.
const LEFT_BEHIND: f64 = 0.8;

/// A difference in the share of clients that are connected at the end is told from here on.
pub const STILL_AWAY: f64 = 0.05;

/// The three numbers that a panel of the load chart states.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LoadFacts {
    /// Share of connections moved.
    pub moved: Option<f64>,
    /// Connections on the busiest server ÷ their mean, at the end.
    pub busiest: Option<f64>,
    /// Connections on the newest server ÷ their mean, at the end.
    pub newest: Option<f64>,
    /// Share of the clients that are connected at the end. The fair share, clients ÷
    /// servers, is the mean of the connections over this.
    pub online: f64,
}

impl LoadFacts {
    /// Connections on the busiest server ÷ fair share, at the end.
    pub fn busiest_of_fair(&self) -> Option<f64> {
        self.busiest.map(|of_mean| of_mean * self.online)
    }

    /// Connections on the newest server ÷ fair share, at the end.
    pub fn newest_of_fair(&self) -> Option<f64> {
        self.newest.map(|of_mean| of_mean * self.online)
    }

    /// Whether the newest server has far fewer connections than the others: who is offline is
    /// missing on all of them.
    pub fn leaves_newest_behind(&self) -> bool {
        self.newest.is_some_and(|of_mean| of_mean < LEFT_BEHIND)
    }
}

/// The lowest and the highest of a number over the cases that have it.
struct Extremes {
    low: (usize, f64),
    high: (usize, f64),
}

/// What two policies differ in, and of what the numbers are shares.
struct Told {
    ends: Extremes,
    of: Whole,
}

/// What connections on a server are told as a share of.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Whole {
    /// Clients ÷ servers.
    FairShare,
    /// What is connected ÷ servers.
    Mean,
}

impl Whole {
    const fn words(self) -> &'static str {
        match self {
            Self::FairShare => "fair share",
            Self::Mean => "the mean",
        }
    }
}

/// A number of the load in each of its two units.
struct Measure {
    /// The metric, which is of the mean: what is tested.
    metric: &'static str,
    of_mean: fn(&LoadFacts) -> Option<f64>,
    of_fair: fn(&LoadFacts) -> Option<f64>,
    /// How it is printed.
    words: fn(f64) -> String,
}

const NEWEST: Measure = Measure {
    metric: "newest_share",
    of_mean: |facts| facts.newest,
    of_fair: LoadFacts::newest_of_fair,
    words: percent,
};

const BUSIEST: Measure = Measure {
    metric: "imbalance_end",
    of_mean: |facts| facts.busiest,
    of_fair: LoadFacts::busiest_of_fair,
    words: ratio,
};

/// The title of a load chart.
pub fn load_title(cases: &[Case<'_>], facts: &[LoadFacts], size: Size) -> String {
    let held = |case: &Case<'_>| case.found.servers.connections.iter().flatten().any(|n| *n > 0);
    let candidates = match (cases, facts) {
        _ if !cases.iter().any(held) => vec!["No client is connected at any time".to_owned()],
        ([case], [facts]) => one_load(case, facts),
        _ => several_loads(cases, facts),
    };
    first_fitting(&candidates, size)
}

/// The share of connections moved, where a rule moves any: what only went with its server is
/// nobody's doing.
fn moved_by_rule(case: &Case<'_>, facts: &LoadFacts) -> Option<f64> {
    facts.moved.filter(|moved| *moved > 0.0 && case.rebalances())
}

fn one_load(case: &Case<'_>, facts: &LoadFacts) -> Vec<String> {
    let name = &case.name;
    let Some(busiest) = facts.busiest_of_fair() else {
        return vec!["No server is left at the end".to_owned()];
    };
    let mut titles = Vec::new();
    if let Some(newest) = facts.newest_of_fair().filter(|_| facts.leaves_newest_behind()) {
        let newest = percent(newest);
        titles.extend(named(&[name], |n| {
            format!("{} leaves the newest server at {newest} of fair share", n[0])
        }));
        titles.push(format!("The newest server ends at {newest} of fair share"));
        return titles;
    }
    let busiest = ratio(busiest);
    if let Some(moved) = moved_by_rule(case, facts) {
        titles.extend(named(&[name], |n| {
            let moved = percent(moved);
            format!(
                "{} moves {moved} and ends with {busiest} fair share on the busiest server",
                n[0]
            )
        }));
    }
    titles.extend(named(&[name], |n| {
        format!("{} ends with {busiest} fair share on the busiest server", n[0])
    }));
    titles.push(format!("The busiest server ends at {busiest} fair share"));
    titles
}

fn several_loads(cases: &[Case<'_>], facts: &[LoadFacts]) -> Vec<String> {
    let newest =
        told(cases, facts, &NEWEST).filter(|found| facts[found.ends.low.0].leaves_newest_behind());
    if let Some(found) = newest {
        return newest_titles(cases, facts, &found);
    }
    let busiest = told(cases, facts, &BUSIEST);
    let moved = extremes(facts, |facts| facts.moved)
        .filter(|found| cases[found.high.0].rebalances())
        .filter(|found| percent(found.low.1) != percent(found.high.1))
        .filter(|found| {
            metric_differs(&cases[found.low.0], &cases[found.high.0], "moved_fraction")
        });
    match (busiest, moved) {
        (Some(Told { ends, of }), moved) if moved.is_none() || ends.high.1 > 1.05 * ends.low.1 => {
            busiest_titles(cases, &ends, of)
        }
        (_, Some(found)) => moved_titles(cases, &found),
        _ => match still_away(cases, facts) {
            Some(found) => away_titles(cases, &found, is_alike(facts)),
            None => vec![format!("{} differs clearly in how load is spread", nobody(cases))],
        },
    }
}

/// Whom a number tells apart most. What is tested is of the mean of what is connected. It is told
/// of the fair share where the difference is clear of noise and of clients who are away together,
/// as fewer connections are no better spread; else as it was tested.
fn told(cases: &[Case<'_>], facts: &[LoadFacts], measure: &Measure) -> Option<Told> {
    let of_mean = extremes(facts, measure.of_mean)?;
    let ((low, least), (high, most)) = (of_mean.low, of_mean.high);
    let (a, b) = (&cases[low], &cases[high]);
    let print_apart = |low: f64, high: f64| (measure.words)(low) != (measure.words)(high);
    if !print_apart(least, most) || !metric_differs(a, b, measure.metric) {
        return None;
    }
    let of_fair = Extremes {
        low: (low, (measure.of_fair)(&facts[low])?),
        high: (high, (measure.of_fair)(&facts[high])?),
    };
    let (few, many) = (facts[low].online, facts[high].online);
    // What being away adds to the difference or takes from it, as a share of the low end's mean.
    let of_away = most * (many - few).abs() / few;
    let is_fair = of_fair.low.1 < of_fair.high.1
        && print_apart(of_fair.low.1, of_fair.high.1)
        && metric_differs_by(a, b, measure.metric, of_away);
    Some(if is_fair {
        Told { ends: of_fair, of: Whole::FairShare }
    } else {
        Told { ends: of_mean, of: Whole::Mean }
    })
}

fn newest_titles(cases: &[Case<'_>], facts: &[LoadFacts], found: &Told) -> Vec<String> {
    let Told { ends, of } = found;
    let names = [&cases[ends.high.0].name, &cases[ends.low.0].name];
    let (high, low) = (percent(ends.high.1), percent(ends.low.1));
    let mut titles = Vec::new();
    let best = ends.high.0;
    let moved = moved_by_rule(&cases[best], &facts[best]).filter(|moved| *moved >= 0.001);
    let fills = *of == Whole::FairShare && ends.high.1 >= LEFT_BEHIND;
    if let Some(moved) = moved.filter(|_| fills).map(percent) {
        titles.extend(named(&names, |n| {
            format!(
                "{} fills the newest server by moving {moved}; {} leaves it at {low}",
                n[0], n[1]
            )
        }));
        titles.extend(named(&names, |n| {
            format!("{} moves {moved}; {} leaves the newest server at {low}", n[0], n[1])
        }));
    }
    let of = of.words();
    titles.extend(named(&names, |n| {
        format!("The newest server ends at {high} of {of} with {}, {low} with {}", n[0], n[1])
    }));
    titles.extend(named(&names, |n| {
        format!("Newest server: {high} of {of} with {}, {low} with {}", n[0], n[1])
    }));
    titles.push(format!("The newest server ends at {low} to {high} of {of}"));
    titles
}

fn busiest_titles(cases: &[Case<'_>], ends: &Extremes, of: Whole) -> Vec<String> {
    let names = [&cases[ends.high.0].name, &cases[ends.low.0].name];
    let (high, low) = (ratio(ends.high.1), ratio(ends.low.1));
    let of = of.words();
    let mut titles = named(&names, |n| {
        format!("Busiest server: {high} {of} with {}, {low} with {}", n[0], n[1])
    });
    titles.extend(named(&names, |n| {
        format!("Busiest server: {high} {of} ({}), {low} ({})", n[0], n[1])
    }));
    let (high, low) = (compact(ends.high.1), compact(ends.low.1));
    titles.push(format!("The busiest server ends at {low} to {high} times {of}"));
    titles
}

fn moved_titles(cases: &[Case<'_>], found: &Extremes) -> Vec<String> {
    let names = [&cases[found.high.0].name, &cases[found.low.0].name];
    let (high, low) = (percent(found.high.1), percent(found.low.1));
    let mut titles =
        named(&names, |n| format!("{} moves {high} of connections, {} moves {low}", n[0], n[1]));
    titles.push(format!("Policies move {low} to {high} of connections"));
    titles
}

/// The cases with the fewest and the most of their clients connected at the end, where
/// that tells them apart.
fn still_away(cases: &[Case<'_>], facts: &[LoadFacts]) -> Option<Extremes> {
    extremes(facts, |facts| Some(facts.online))
        .filter(|found| found.high.1 - found.low.1 >= STILL_AWAY)
        .filter(|found| {
            metric_differs(&cases[found.low.0], &cases[found.high.0], "offline_fraction")
        })
}

/// Whether what is connected prints alike under all cases: noise makes nothing equal.
fn is_alike(facts: &[LoadFacts]) -> bool {
    [NEWEST, BUSIEST].into_iter().all(|Measure { of_mean, words, .. }| {
        extremes(facts, of_mean).is_none_or(|found| words(found.low.1) == words(found.high.1))
    })
}

fn away_titles(cases: &[Case<'_>], found: &Extremes, is_alike: bool) -> Vec<String> {
    let away = percent(1.0 - found.low.1);
    let names = [&cases[found.low.0].name];
    if is_alike {
        let mut titles = named(&names, |n| {
            format!("Load spreads alike, but {away} of clients are still away with {}", n[0])
        });
        titles.push(format!("Load spreads alike, but up to {away} of clients are away"));
        return titles;
    }
    let unclear = format!("{} differs clearly in spread", nobody(cases));
    let mut titles =
        named(&names, |n| format!("{unclear}; {away} of clients are away with {}", n[0]));
    titles.extend(named(&names, |n| format!("{unclear}; {away} are away with {}", n[0])));
    titles.push(format!("{unclear}; up to {away} of clients are away"));
    titles
}

fn extremes(facts: &[LoadFacts], value: fn(&LoadFacts) -> Option<f64>) -> Option<Extremes> {
    let mut found: Option<Extremes> = None;
    for (index, value) in facts.iter().enumerate().filter_map(|(i, f)| Some((i, value(f)?))) {
        let so_far = found.get_or_insert(Extremes { low: (index, value), high: (index, value) });
        if value < so_far.low.1 {
            so_far.low = (index, value);
        }
        if value > so_far.high.1 {
            so_far.high = (index, value);
        }
    }
    found
}
