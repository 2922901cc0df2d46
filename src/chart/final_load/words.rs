//! The sentences of a chart of final loads, and its data as CSV.

use super::Shown;
use super::strip::Strip;
use crate::chart::captions;
use crate::chart::cases::{Case, Selection};
use crate::chart::finding::{STILL_AWAY, first_fitting, named};
use crate::chart::layout::Size;
use crate::chart::table::Table;
use crate::chart::words::{from_to, percent};
use crate::stats::Results;

/// Two decimals: what is told of loads over fair share.
fn load(value: f64) -> String {
    format!("{value:.2}")
}

/// `0.81 to 1.27 ×`, or `1.00 ×` where both are the same.
fn range(strip: &Strip) -> String {
    between(strip.idlest(), strip.busiest())
}

/// The same of all servers of several policies.
fn range_of_all(shown: &[&Shown<'_>]) -> String {
    let idlest = shown.iter().map(|shown| shown.strip.idlest()).fold(f64::INFINITY, f64::min);
    let busiest = shown.iter().map(|shown| shown.strip.busiest()).fold(0.0, f64::max);
    between(idlest, busiest)
}

fn between(idlest: f64, busiest: f64) -> String {
    format!("{} ×", from_to(&load(idlest), &load(busiest)))
}

/// From the idlest server to the busiest: what titles tell, and rank by.
fn width(strip: &Strip) -> f64 {
    strip.busiest() - strip.idlest()
}

/// Below this spread servers count as even.
const EVEN: f64 = 0.01;

/// The finding: between which loads the servers of the most and the least even policy end.
/// Who leaves many clients offline has little to spread, and is told, not compared.
pub fn title(shown: &[Shown<'_>], size: Size) -> String {
    let Some((_, uneven)) = extremes(shown, |strip| strip.spread) else { return String::new() };
    let titles = if uneven.strip.spread < EVEN && shown.len() > 1 {
        let spread = percent(uneven.strip.spread);
        let mut titles = still_away(shown);
        titles.push(format!("Every policy ends even: standard deviation at most {spread}"));
        titles
    } else {
        let (away, back): (Vec<&Shown<'_>>, Vec<&Shown<'_>>) =
            shown.iter().partition(|shown| is_away(shown));
        match extremes(away, |strip| strip.mean) {
            Some((worst, least)) => away_titles(shown.len(), &back, worst, least),
            None => spread_titles(&back),
        }
    };
    // Other charts and tables tell means of all runs.
    let of_many = shown.iter().flat_map(|shown| &shown.case.found.metrics);
    if of_many.map(|result| result.values.len()).max().is_some_and(|runs| runs > 1) {
        let here = |title: &String| format!("{title} (this run)");
        let titles: Vec<String> = titles.iter().flat_map(|t| [here(t), t.clone()]).collect();
        return first_fitting(&titles, size);
    }
    first_fitting(&titles, size)
}

/// Whether so many clients are offline at the end that the spread of the rest tells nothing.
fn is_away(shown: &Shown<'_>) -> bool {
    let online = shown.strip.mean;
    online < 1.0 - STILL_AWAY || (online < 0.99 && shown.case.stuck().is_some())
}

/// Titles of policies that have their clients back.
fn spread_titles(back: &[&Shown<'_>]) -> Vec<String> {
    let ends = extremes(back.iter().copied(), width);
    let Some((even, uneven)) = ends else { return Vec::new() };
    let mut titles = Vec::new();
    if back.len() == 1 {
        titles.extend(against_theory(uneven));
        titles.extend(named(&[&uneven.case.name], |n| {
            format!("{} ends with servers at {} fair share", n[0], range(&uneven.strip))
        }));
        titles.push(format!("Servers end at {} fair share", range(&uneven.strip)));
    } else if back.iter().all(|shown| range(&shown.strip) == range(&even.strip)) {
        titles
            .push(format!("Servers end at {} fair share, whatever the policy", range(&even.strip)));
    } else {
        let all = range_of_all(back);
        let names = [&uneven.case.name, &even.case.name];
        let (wide, narrow) = (range(&uneven.strip), range(&even.strip));
        titles.extend(named(&names, |n| {
            format!("Servers end at {wide} fair share with {}, {narrow} with {}", n[0], n[1])
        }));
        titles.extend(named(&names, |n| {
            format!("Final load: {wide} with {}, {narrow} with {}", n[0], n[1])
        }));
        titles.push(format!("Servers end within {all} fair share at worst, {narrow} at best"));
        titles.push(format!("Servers end within {all} at worst"));
    }
    titles
}

/// Titles where some policies, between the worst and the least of them, leave clients offline.
fn away_titles(
    count: usize,
    back: &[&Shown<'_>],
    worst: &Shown<'_>,
    least: &Shown<'_>,
) -> Vec<String> {
    let [most, fewest] = [worst, least].map(|shown| percent(1.0 - shown.strip.mean));
    let ends = extremes(back.iter().copied(), width);
    let Some((even, uneven)) = ends else {
        if most == fewest {
            return named(&[&worst.case.name], |n| {
                format!("With {} {most} of clients are offline at the end", n[0])
            });
        }
        return vec![format!("No policy has its clients back: {fewest} to {most} are offline")];
    };
    let (wide, narrow, all) = (range(&uneven.strip), range(&even.strip), range_of_all(back));
    let mut titles = Vec::new();
    if wide != narrow {
        titles.extend(named(&[&uneven.case.name, &even.case.name, &worst.case.name], |n| {
            format!(
                "Final load: {wide} with {}, {narrow} with {}; {} has {most} offline",
                n[0], n[1], n[2]
            )
        }));
    }
    titles.extend(named(&[&uneven.case.name, &worst.case.name], |n| {
        format!("{} ends at {wide} fair share; with {} {most} of clients are offline", n[0], n[1])
    }));
    titles.extend(named(&[&worst.case.name], |n| match count - back.len() {
        1 => format!("With {} {most} of clients are offline; others end at {all}", n[0]),
        away => {
            let more = away - 1;
            format!("{} and {more} more leave up to {most} offline; others end at {all}", n[0])
        }
    }));
    titles.push(format!("Up to {most} of clients are offline at the end"));
    titles
}

/// The panels with the lowest and the highest of a number.
fn extremes<'s, 'a: 's>(
    shown: impl IntoIterator<Item = &'s Shown<'a>>,
    number: fn(&Strip) -> f64,
) -> Option<(&'s Shown<'a>, &'s Shown<'a>)> {
    let shown: Vec<&Shown<'a>> = shown.into_iter().collect();
    let order = |a: &&&Shown<'_>, b: &&&Shown<'_>| number(&a.strip).total_cmp(&number(&b.strip));
    Some((shown.iter().min_by(order)?, shown.iter().max_by(order)?))
}

/// Who of those that end even has the most clients away, where that tells policies apart.
fn still_away(shown: &[Shown<'_>]) -> Vec<String> {
    let Some((fewest, most)) = extremes(shown, |strip| strip.mean) else { return Vec::new() };
    let away = percent(1.0 - fewest.strip.mean);
    if most.strip.mean - fewest.strip.mean < STILL_AWAY {
        if most.strip.mean > 1.0 - STILL_AWAY {
            return Vec::new();
        }
        let share = from_to(&percent(1.0 - most.strip.mean), &away);
        return vec![format!("Every policy ends even, with {share} of clients offline")];
    }
    let mut titles = named(&[&fewest.case.name], |n| {
        format!("Every policy ends even, but with {} {away} of clients are away", n[0])
    });
    titles.push(format!("Every policy ends even, but up to {away} of clients are away"));
    titles
}

/// Whether a ring alone does what mathematics says.
fn against_theory(shown: &Shown<'_>) -> Vec<String> {
    let Some(expected) = shown.strip.expected else { return Vec::new() };
    let (found, expected) = (percent(shown.strip.spread), percent(expected));
    named(&[&shown.case.name], |n| {
        format!("{} spreads load by {found}; its points promise {expected}", n[0])
    })
}

/// The line under a panel's name, from the fullest to the shortest; what makes the rest mean
/// little comes first.
pub fn fact_lines(shown: &Shown<'_>) -> Vec<String> {
    let strip = &shown.strip;
    let spread = percent(strip.spread);
    if is_away(shown) {
        let offline = percent(1.0 - strip.mean);
        return vec![
            format!("{offline} of clients offline · standard deviation {spread}"),
            format!("{offline} of clients offline · sd {spread}"),
            format!("{offline} offline"),
        ];
    }
    match strip.expected.map(percent) {
        Some(expected) => vec![
            format!("standard deviation {spread}, from theory {expected}"),
            format!("sd {spread}, from theory {expected}"),
            format!("sd {spread}, theory {expected}"),
        ],
        None => vec![format!("standard deviation {spread}"), format!("sd {spread}")],
    }
}

/// What is drawn, of what scenario, from the fullest to the shortest.
pub fn subtitles(results: &Results, selection: &Selection<'_>, shown: &[Shown<'_>]) -> Vec<String> {
    let cases: Vec<&Case<'_>> = shown.iter().map(|shown| shown.case).collect();
    let world = captions::shared_world(&cases);
    let swept = captions::after_comma(selection.swept());
    let run = captions::shown_run(results);
    vec![
        format!(
            "Connections ÷ fair share of every server at the end, by rank{swept}{world}. {run}"
        ),
        format!("Connections ÷ fair share of every server at the end{swept}. {run}"),
        format!("Connections ÷ fair share at the end{swept}. {run}"),
    ]
}

/// What the marks mean, from the fullest to the shortest.
pub fn footers(selection: &Selection<'_>, shown: &[Shown<'_>]) -> Vec<String> {
    let any = |test: fn(&Shown<'_>) -> bool| shown.iter().any(test);
    let joined = any(|shown| {
        let strip = &shown.strip.servers;
        strip.len() <= super::MOST_DOTS && strip.iter().any(|server| server.is_new)
    });
    let new = if joined { "In the colour of the text: servers that joined. " } else { "" };
    let dots = if any(|shown| shown.strip.servers.len() > super::MOST_DOTS) {
        ""
    } else {
        "A dot is a server. "
    };
    let bracket = if any(|shown| shown.strip.expected.is_some()) {
        "Bracket: one standard deviation of a ring of so many points, from theory. "
    } else {
        ""
    };
    let short = if bracket.is_empty() { "" } else { "Bracket: standard deviation from theory. " };
    let omitted = selection.omission();
    let omitted = omitted.trim_start();
    vec![
        format!("{dots}{new}Dashed: fair share. {bracket}{omitted}"),
        format!("{dots}{new}{bracket}{omitted}"),
        format!("{new}{short}{omitted}"),
        format!("{new}{omitted}"),
    ]
}

/// The title and the numbers of the first panels.
pub fn alt(title: &str, shown: &[Shown<'_>]) -> String {
    captions::alt(
        title,
        shown.iter().map(|shown| {
            let facts = fact_lines(shown).into_iter().next().unwrap_or_default();
            format!("{}: {}, {facts}", shown.case.name, range(&shown.strip))
        }),
    )
}

/// The drawn servers, by rank.
pub fn csv(shown: &[Shown<'_>]) -> String {
    let mut table = Table::new(&["point", "policy", "group", "rank", "load_over_fair_share"]);
    for shown in shown {
        for (rank, server) in shown.strip.servers.iter().enumerate() {
            table.key(shown.case, if server.is_new { "new" } else { "old" });
            table.values([(rank + 1) as f64, server.load]);
        }
    }
    table.finish()
}
