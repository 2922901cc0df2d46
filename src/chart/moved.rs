//! `moved`: which share of the connections was moved, against what an even load takes at once.
//! A rule may leave load uneven, and move less than that.
//!
//! A rule that closes connections for their age does so at any time, and more than were open at
//! the changes: it has no such share, and no bar.

use super::captions;
use super::cases::{Case, Selection};
use super::figure::{Anchor, Bounds, Figure, Label};
use super::finding::{first_fitting, metric_differs, named};
use super::layout::{self, Size};
use super::plane::{Plane, Scale};
use super::table::Table;
use super::text::{self, Weight};
use super::theme::Role;
use super::words::{exact_percent, percent};
use crate::engine::SimTime;
use crate::stats::Results;

const FIRST_ROW: f64 = 96.0;
const ROW: f64 = 46.0;
const BAR: f64 = 18.0;
const BELOW: f64 = 92.0;

/// A policy's bar.
struct Bar<'a> {
    case: &'a Case<'a>,
    /// Share of the connections that the rebalancing rule closed or that went with their server.
    moved: f64,
    /// Its 95% interval.
    interval: Option<[f64; 2]>,
    /// The fewest that reach the fair share, as a share of the connections; `None` where it is
    /// not known: the policy moved none, and those of its point that did have no one minimum.
    minimum: Option<f64>,
}

impl Bar<'_> {
    fn unavoidable(&self) -> f64 {
        self.minimum.map_or(0.0, |minimum| minimum.min(self.moved))
    }

    /// `24.8% of 25% needed`, or `28%, needed 25%` with an excess.
    fn words(&self) -> String {
        let moved = percent(self.moved);
        match self.minimum {
            Some(minimum) if self.moved > 0.0 && self.moved <= 1.005 * minimum => {
                format!("{moved} of {} needed", percent(minimum))
            }
            Some(minimum) => format!("{moved}, needed {}", percent(minimum)),
            None => moved,
        }
    }
}

/// Draws the chart of a selection, with its data; `None` when no policy moved anybody: what goes
/// with a server is nothing to compare them by.
pub fn figure(
    results: &Results,
    selection: &Selection<'_>,
    size: Size,
) -> Option<(Figure, String)> {
    let bars = bars(selection);
    let most = bars.iter().map(|bar| bar.interval.map_or(bar.moved, |[_, high]| high));
    let most = most.chain(bars.iter().filter_map(|bar| bar.minimum)).fold(0.0, f64::max);
    if bars.iter().all(|bar| bar.moved <= 0.0 || !bar.case.rebalances()) {
        return None;
    }
    let title = title(&bars, size);
    let bottom = FIRST_ROW + bars.len() as f64 * ROW;
    let words = layout::Words {
        name: selection.file_stem("moved"),
        alt: alt(&title, &bars),
        title,
        subtitles: subtitles(results, selection, &bars),
    };
    let mut figure = layout::sheet(words, size, bottom + BELOW);
    let widest = bars.iter().map(|bar| text::width(&bar.case.name, 13.5, Weight::SemiBold));
    let widest = (1.08 * widest.fold(60.0, f64::max)).min(0.28 * size.width());
    let left = (layout::MARGIN + widest + 16.0).round();
    let right = size.width() - layout::MARGIN - 158.0;
    let plane = Plane {
        bounds: Bounds { left, right, top: FIRST_ROW - 6.0, bottom },
        across: Scale::from_zero(most, (right - left) / 3.0).labelled(exact_percent),
        up: Scale::of_range(0.0, 1.0, Vec::new()),
    };
    for tick in plane.across.ticks.iter().filter(|tick| tick.value > 0.0) {
        let x = plane.x(tick.value);
        figure.line(vec![(x, plane.bounds.top), (x, bottom)], Role::Grid, 0.7);
    }
    for (index, bar) in bars.iter().enumerate() {
        draw_bar(&mut figure, &plane, bar, FIRST_ROW + (index as f64 + 0.5) * ROW);
    }
    plane.over(&mut figure, true);
    figure.line(vec![(left, plane.bounds.top), (left, bottom)], Role::Axis, 1.0);
    layout::footer(&mut figure, &footers(results, selection, &bars));
    Some((figure, csv(&bars)))
}

fn bars<'a>(selection: &'a Selection<'a>) -> Vec<Bar<'a>> {
    let minimum = |case: &Case<'_>| {
        let (moved, over) = (case.mean("moved_fraction")?, case.mean("moved_over_minimum")?);
        (over > 0.0).then(|| moved / over)
    };
    // What had to move hangs on where connections were, so that policies may differ in it: the
    // mean of different minimums would be nobody's.
    let of_point = |index: usize| {
        let same = selection.cases.iter().filter(|case| case.index == index);
        let known: Vec<f64> = same.filter_map(minimum).collect();
        let first = percent(*known.first()?);
        let is_one = known.iter().all(|minimum| percent(*minimum) == first);
        is_one.then(|| known.iter().sum::<f64>() / known.len() as f64)
    };
    let of = |case: &'a Case<'a>| {
        let found = case.metric("moved_fraction")?;
        Some(Bar {
            case,
            moved: found.mean.filter(|mean| mean.is_finite())?,
            interval: found.ci95,
            minimum: minimum(case).or_else(|| of_point(case.index)),
        })
    };
    selection.cases.iter().filter(|case| !case.closes_by_age()).filter_map(of).collect()
}

fn draw_bar(figure: &mut Figure, plane: &Plane, bar: &Bar<'_>, middle: f64) {
    let hue = bar.case.found.hue;
    let (top, bottom) = (middle - BAR / 2.0, middle + BAR / 2.0);
    let part = |from: f64, to: f64| Bounds { left: plane.x(from), right: plane.x(to), top, bottom };
    let (unavoidable, moved) = (bar.unavoidable(), bar.moved);
    let solid = if bar.minimum.is_some() { unavoidable } else { moved };
    if solid > 0.0 {
        figure.rectangle(part(0.0, solid), Role::Mark(hue), 1.0);
    }
    if moved > solid {
        figure.rectangle(part(solid, moved), Role::Alert, 0.30);
    }
    let mut end = plane.x(moved);
    if let Some([low, high]) = bar.interval.filter(|_| moved > 0.0) {
        let ends = vec![(plane.x(low), middle), (plane.x(high), middle)];
        end = end.max(plane.x(high));
        figure.line(ends, Role::Ink, 2.0);
    }
    if let Some(minimum) = bar.minimum {
        let x = plane.x(minimum);
        end = end.max(x);
        figure.line(vec![(x, top - 5.0), (x, bottom + 5.0)], Role::Ink, 1.4);
    }
    let room = plane.bounds.left - layout::MARGIN - 12.0;
    let name = bar.case.name.within(13.5, Weight::SemiBold, room);
    let at = (plane.bounds.left - 12.0, middle);
    figure.text(Label::new(name, at, Role::Words(hue)).sized(13.5).strong().anchored(Anchor::End));
    let label = Label::new(bar.words(), (end + 9.0, middle), Role::Ink).sized(11.5);
    figure.text(label.with_halo());
}

/// The finding: who moves how much of what had to move.
fn title(bars: &[Bar<'_>], size: Size) -> String {
    let by_moved = |a: &&Bar<'_>, b: &&Bar<'_>| a.moved.total_cmp(&b.moved);
    let movers = || bars.iter().filter(|bar| bar.moved > 0.0);
    let (Some(least), Some(most)) = (movers().min_by(by_moved), movers().max_by(by_moved)) else {
        return String::new();
    };
    let (low, high) = (percent(least.moved), percent(most.moved));
    let alike = low == high || !metric_differs(most.case, least.case, "moved_fraction");
    let mut titles = Vec::new();
    if movers().count() > 1 && alike {
        // Points of a sweep are no policies.
        let is_one_point = bars.iter().all(|bar| bar.case.index == bars[0].case.index);
        let (one, many) = if is_one_point { ("policy", "policies") } else { ("case", "cases") };
        let count = movers().count();
        let told = match (low == high, count == bars.len()) {
            (true, true) => format!("Every {one} moves {high} of connections"),
            (true, false) => format!("{count} {many} move {high} of connections"),
            (false, true) => {
                format!("No {one} differs clearly: {low} to {high} of connections moved")
            }
            (false, false) => {
                format!("{count} {many} move {low} to {high} of connections, within noise")
            }
        };
        if let Some(minimum) = shared_minimum(bars) {
            titles.push(format!("{told}; an even load takes {minimum}"));
        }
        titles.push(told);
        return first_fitting(&titles, size);
    }
    if movers().count() == 1 {
        let moved = percent(most.moved);
        if let Some(minimum) = most.minimum.map(percent) {
            titles.extend(named(&[&most.case.name], |n| {
                format!("{} moves {moved} of connections; an even load takes {minimum}", n[0])
            }));
        }
        titles.extend(named(&[&most.case.name], |n| format!("{} moves {moved}", n[0])));
        return first_fitting(&titles, size);
    }
    let names = [&least.case.name, &most.case.name];
    if let (Some(of_least), Some(of_most)) = (least.minimum, most.minimum) {
        let (of_least, of_most) = (percent(of_least), percent(of_most));
        titles.extend(named(&names, |n| {
            let [first, second] = [&n[0], &n[1]];
            if of_least == of_most {
                format!("{first} moves {low}, {second} moves {high}; an even load takes {of_most}")
            } else {
                format!(
                    "{first} moves {low} ({of_least} needed), \
                     {second} moves {high} ({of_most} needed)"
                )
            }
        }));
    }
    titles.extend(named(&names, |n| {
        format!("{} moves {low} of connections, {} moves {high}", n[0], n[1])
    }));
    titles.push(format!("Policies move {low} to {high} of connections"));
    first_fitting(&titles, size)
}

/// What had to move, where that is the same for all that are known to move any.
fn shared_minimum(bars: &[Bar<'_>]) -> Option<String> {
    let movers = bars.iter().filter(|bar| bar.moved > 0.0);
    let mut known = movers.map(|bar| bar.minimum.map(percent)).collect::<Vec<_>>();
    known.dedup();
    <[Option<String>; 1]>::try_from(known).ok()?[0].take()
}

fn subtitles(results: &Results, selection: &Selection<'_>, bars: &[Bar<'_>]) -> Vec<String> {
    let cases: Vec<&Case<'_>> = bars.iter().map(|bar| bar.case).collect();
    let world = captions::shared_world(&cases);
    let swept = captions::after_comma(selection.swept());
    let runs = captions::runs(results);
    let what = if bars.iter().any(|bar| has_several_changes(bar.case)) {
        "Connections closed to rebalance or with their server ÷ open at each change, added up"
    } else {
        "Connections closed to rebalance or with their server ÷ open at the change"
    };
    vec![
        format!("{what}{swept}{world}, {runs}."),
        format!("{what}{swept}, {runs}."),
        format!("Share of connections moved{swept}, {runs}."),
    ]
}

/// Whether servers came or went more than once, as in a deploy: what was open then is added up.
fn has_several_changes(case: &Case<'_>) -> bool {
    let lives = case.found.servers.lives.iter();
    let times = lives.flat_map(|life| [life.born, life.gone]);
    let mut changes = times.filter(|at| *at > SimTime::ZERO && *at < SimTime::NEVER);
    changes.next().is_some_and(|first| changes.any(|at| at != first))
}

fn footers(results: &Results, selection: &Selection<'_>, bars: &[Bar<'_>]) -> Vec<String> {
    let minimum = if bars.iter().any(|bar| bar.minimum.is_some()) {
        "Tick: the fewest moves to an even load at once. "
    } else {
        ""
    };
    let excess = if bars.iter().any(|bar| bar.moved > bar.unavoidable() && bar.minimum.is_some()) {
        "Solid: up to that; light: beyond it. "
    } else {
        ""
    };
    let interval = if results.replications > 1 { "Line: 95% interval of the mean. " } else { "" };
    let omitted = selection.omission();
    let omitted = omitted.trim_start();
    let aged = aged(selection);
    vec![
        format!("{minimum}{excess}{interval}{aged}{omitted}"),
        format!("{minimum}{excess}{aged}{omitted}"),
        format!("{minimum}{aged}{omitted}"),
        format!("{aged}{omitted}"),
    ]
}

/// Who has no bar, because it closes connections whether anything changes or not.
fn aged(selection: &Selection<'_>) -> String {
    let aged: Vec<&Case<'_>> = selection.cases.iter().filter(|case| case.closes_by_age()).collect();
    match aged.as_slice() {
        [] => String::new(),
        [one] => format!("Not drawn, as it closes for age: {}. ", one.name),
        [one, rest @ ..] => {
            format!("Not drawn, as they close for age: {} and {} more. ", one.name, rest.len())
        }
    }
}

fn alt(title: &str, bars: &[Bar<'_>]) -> String {
    captions::alt(title, bars.iter().map(|bar| format!("{}: {}", bar.case.name, bar.words())))
}

fn csv(bars: &[Bar<'_>]) -> String {
    let mut table = Table::new(&[
        "point",
        "policy",
        "kind",
        "moved_fraction",
        "ci_low",
        "ci_high",
        "minimum_fraction",
    ]);
    for bar in bars {
        table.key(bar.case, "moved");
        let [low, high] = bar.interval.unwrap_or([f64::NAN; 2]);
        table.values([bar.moved, low, high, bar.minimum.unwrap_or(f64::NAN)]);
    }
    table.finish()
}
