//! The words on a storm chart.

use super::Column;
use super::recovery::{Outcome, Storms, rounded};
use super::series::Bin;
use crate::chart::figure::{Anchor, Figure, Label, Mark};
use crate::chart::layout::{self, Panel};
use crate::chart::place::{self, Demand, Ink};
use crate::chart::theme::Role;
use crate::chart::words;

/// Names a row above its axis, in the gutter, never rotated.
pub fn row_heading(figure: &mut Figure, panel: &Panel, text: &str) {
    let at = (layout::MARGIN, panel.top - 14.0);
    figure.text(Label::new(text, at, Role::Ink).strong());
}

/// States the peak of the attempts that were begun above the plot, in alert where it lies beyond
/// the axis, and says so where it belongs to another time of the run. What is drawn are attempts
/// by their end: the peak is not that of the curve.
pub fn peak(figure: &mut Figure, column: &Column<'_>) {
    let Some(storms) = &column.storms else { return };
    let peak = format!("up to {} begun per s", words::compact(storms.peak));
    let at = (column.rates.right(), column.rates.top - 14.0);
    let label = if column.peak_is_beyond() {
        Label::new(format!("▲ {peak}"), at, Role::Alert).strong()
    } else if !column.peak_is_shown() {
        Label::new(format!("whole run: {peak}"), at, Role::Muted)
    } else {
        Label::new(peak, at, Role::Ink)
    };
    figure.text(label.anchored(Anchor::End));
}

/// Says that nobody was dropped.
pub fn no_storm(figure: &mut Figure, column: &Column<'_>, ink: &mut Ink) {
    let panel = &column.rates;
    let label = Label::new("no storm: nobody was dropped", (0.0, 0.0), Role::Ink)
        .anchored(Anchor::Middle)
        .with_halo();
    let middle = panel.left + panel.width / 2.0;
    let places = [0.5, 0.35, 0.65, 0.2, 0.8].map(|share| {
        let y = panel.top + share * panel.height;
        label.clone().moved((middle, y))
    });
    if let Some((_, label)) = place::find(std::slice::from_mut(ink), &[places.to_vec()], true) {
        figure.text(label);
    }
}

/// States how the storm ended, in the offline plot: two lines where nothing else is, and a dot at the recovery.
pub fn outcome(figure: &mut Figure, column: &Column<'_>, replications: u32, ink: &mut Ink) {
    let Some(storms) = &column.storms else { return };
    let panel = &column.offline;
    let role = match storms.outcome {
        Outcome::Back { .. } => Role::Ink,
        Outcome::Offline { .. } => Role::Alert,
    };
    let first = Label::new(storms.outcome.words(), (0.0, 0.0), role).sized(11.5).strong();
    let second = (replications > 1)
        .then(|| Label::new(detail(storms, replications), (0.0, 0.0), Role::Muted));
    let recovered = match storms.outcome {
        // Of storms at other times there is no one recovery to point at.
        Outcome::Back { after, .. } if storms.at_trigger == storms.runs => {
            Some(storms.trigger + after)
        }
        _ => None,
    };
    let beside = recovered.map(|at| panel.x(at));
    let placed = two_lines(panel, ink, (first, second), beside);
    if let Some(at) = recovered {
        recovery_dot(figure, column, at, &placed);
    }
    for label in placed {
        ink.label(&label);
        figure.text(label);
    }
}

/// The range of runs, below the median.
fn detail(storms: &Storms, replications: u32) -> String {
    let had_one = if storms.runs == replications as usize {
        String::new()
    } else {
        format!(" ({} of {replications} had a storm)", storms.runs)
    };
    match storms.outcome {
        Outcome::Back { runs: (fastest, slowest), watched, .. } => {
            let fastest = words::duration(fastest);
            let slowest = match (slowest, watched) {
                (Some(slowest), _) => words::duration(slowest),
                (None, Some(watched)) => format!("over {}", words::duration(watched)),
                (None, None) => "beyond the end".to_owned(),
            };
            if fastest == slowest {
                format!("95% of runs {fastest}{had_one}")
            } else {
                format!("95% of runs {fastest} to {slowest}{had_one}")
            }
        }
        Outcome::Offline { back: 0, runs, .. } => {
            let range = words::from_to(&rounded(runs.0), &rounded(runs.1));
            format!("95% of runs {range}{had_one}")
        }
        Outcome::Offline { back, .. } => {
            format!("99% back in {back} of {} runs", storms.runs)
        }
    }
}

/// Places two lines together: at the right end, beside the drop line, then anywhere; from the top down.
fn two_lines(
    panel: &Panel,
    ink: &Ink,
    (first, second): (Label, Option<Label>),
    beside: Option<f64>,
) -> Vec<Label> {
    let wider = second.as_ref().map_or(0.0, Label::width).max(first.width());
    let right = panel.right();
    let mut columns = vec![(right, Anchor::End)];
    if let Some(x) = beside {
        columns.extend([(x + 7.0, Anchor::Start), (x - 7.0, Anchor::End)]);
    }
    let room = (panel.width - wider - 4.0).max(0.0);
    columns.extend([1.0, 2.0, 3.0].map(|shift| (right - shift / 3.0 * room, Anchor::End)));
    let lines = |(x, anchor): (f64, Anchor), row: u32| {
        let y = panel.top + 8.0 + f64::from(row) * 5.0;
        let above = first.clone().moved((x, y)).anchored(anchor);
        let below = second.clone().map(|line| line.moved((x, y + 16.0)).anchored(anchor));
        std::iter::once(above).chain(below).collect::<Vec<_>>()
    };
    for demand in Demand::ALL {
        for &column in &columns {
            for row in 0..24 {
                let lines = lines(column, row);
                if lines.iter().all(|line| ink.allows(line, demand)) {
                    return lines.into_iter().map(|line| demand.dress(line)).collect();
                }
            }
        }
    }
    Vec::new()
}

/// A dot where the median run was 99% back, and a line from it up to its label, or past it.
fn recovery_dot(figure: &mut Figure, column: &Column<'_>, at: f64, labels: &[Label]) {
    let panel = &column.offline;
    let bins = &column.series.bins;
    // A bin has the state that it begins with: who is back by its end shows in the next.
    let before = bins.iter().rev().find(|bin| bin.start <= at);
    let after = bins.iter().find(|bin| bin.start >= at);
    let offline = [before, after].into_iter().flatten().map(|bin| bin.offline);
    let (x, y) = panel.at(at, offline.reduce(f64::min).unwrap_or(0.0));
    let boxes = || labels.iter().map(|label| label.bounds().grown(2.0));
    let meets = boxes().any(|bounds| (bounds.left..=bounds.right).contains(&x));
    let lowest = boxes().map(|bounds| bounds.bottom).fold(panel.top, f64::max);
    let top = if meets { lowest.min(y) } else { panel.top };
    figure.marks.push(Mark::Line {
        points: vec![(x, top), (x, y)],
        role: Role::Ink,
        width: 1.0,
        dash: Some((2.0, 2.0)),
    });
    figure.marks.push(Mark::Dot { centre: (x, y), radius: 3.4, role: Role::Ink });
}

/// Names accepted, rejected and capacity, each once.
pub fn name_marks(figure: &mut Figure, columns: &[Column<'_>], inks: &mut [[Ink; 2]]) {
    let mut inks: Vec<&mut Ink> = inks.iter_mut().map(|[rates, _]| rates).collect();
    let mut owned: Vec<Ink> = inks.iter().map(|ink| (**ink).clone()).collect();
    let mut write = |candidates: Vec<Vec<Label>>| {
        if let Some((_, label)) = place::find(&mut owned, &candidates, true) {
            figure.text(label);
        }
    };
    write(columns.iter().map(capacity_places).collect());
    write(columns.iter().map(refused_places).collect());
    write(columns.iter().map(accepted_places).collect());
    for (ink, done) in inks.iter_mut().zip(owned) {
        **ink = done;
    }
}

fn capacity_places(column: &Column<'_>) -> Vec<Label> {
    let (panel, bins) = (&column.rates, &column.series.bins);
    let (Some(first), Some(last)) = (bins.first(), bins.last()) else { return Vec::new() };
    let Some(end) = last.capacity.filter(|capacity| *capacity > 0.0) else { return Vec::new() };
    let label = |capacity: f64| {
        Label::new(format!("capacity {}", words::compact(capacity)), (0.0, 0.0), Role::Ink)
    };
    if column.capacity_is_beyond() {
        let text = format!("capacity {} per s, beyond the axis", words::compact(end));
        let label = Label::new(text, (0.0, 0.0), Role::Ink);
        let places = [8.0, 20.0, 32.0, 44.0].into_iter().flat_map(|down| {
            let y = panel.top + down;
            let right = label.clone().moved((panel.right() - 2.0, y)).anchored(Anchor::End);
            [right, label.clone().moved((panel.left + 4.0, y))]
        });
        return places.collect();
    }
    let right = |above: f64| {
        label(end).moved((panel.right() - 2.0, panel.y(end) - above)).anchored(Anchor::End)
    };
    let mut places = vec![right(10.0), right(-9.0)];
    let last_stretch = bins.iter().rev().take_while(|bin| bin.capacity == Some(end)).last();
    let from = panel.x(last_stretch.map_or(last.start, |bin| bin.start));
    let text = label(end);
    for share in [0.8, 0.6, 0.4, 0.2] {
        let x = from + share * (panel.right() - from - text.width());
        places.push(text.clone().moved((x.max(from), panel.y(end) - 10.0)));
    }
    if let Some(start) = first.capacity {
        places.push(label(start).moved((panel.left + 4.0, panel.y(start) - 10.0)));
    }
    places
}

/// To the right of the refused area, at several heights and distances.
fn refused_places(column: &Column<'_>) -> Vec<Label> {
    let (panel, bins) = (&column.rates, &column.series.bins);
    let label = Label::new("rejected", (0.0, 0.0), Role::Alert).strong();
    let visible = |bin: &&Bin| panel.y(bin.accepted) - panel.y(bin.accepted + bin.refused) >= 8.0;
    let all = |bin: &Bin| (bin.accepted + bin.refused).min(panel.value.top);
    let highest = bins.iter().filter(visible).map(all).fold(0.0, f64::max);
    let mut places = Vec::new();
    for distance in [7.0, 14.0, 24.0, 40.0] {
        for share in [0.5, 0.6, 0.7, 0.4, 0.8, 0.3, 0.9, 0.2, 1.0] {
            let value = share * highest;
            let covers = |bin: &&Bin| visible(bin) && bin.accepted <= value && all(bin) >= value;
            if let Some(bin) = bins.iter().rev().find(covers) {
                places.push(label.clone().moved((panel.x(bin.end) + distance, panel.y(value))));
            }
        }
    }
    places
}

/// Within the accepted area where it is high and wide enough, else to its right.
fn accepted_places(column: &Column<'_>) -> Vec<Label> {
    let (panel, bins) = (&column.rates, &column.series.bins);
    let role = Role::Words(column.case.found.hue);
    let label = Label::new("accepted", (0.0, 0.0), role).strong().with_halo();
    let needed = label.width() + 8.0;
    let height = |bin: &Bin| panel.bottom() - panel.y(bin.accepted);
    let widest = |least: f64| {
        bins.split(move |bin| height(bin) < least)
            .filter_map(|stretch| {
                Some((panel.x(stretch.first()?.start), panel.x(stretch.last()?.end), stretch))
            })
            .max_by(|a, b| (a.1 - a.0).total_cmp(&(b.1 - b.0)))
    };
    let within = widest(20.0).filter(|(left, right, _)| right - left >= needed);
    if let Some((left, right, stretch)) = within {
        let lowest = stretch.iter().map(|bin| bin.accepted).fold(f64::INFINITY, f64::min);
        let y = f64::midpoint(panel.bottom(), panel.y(lowest));
        return vec![label.moved((f64::midpoint(left, right), y)).anchored(Anchor::Middle)];
    }
    let right = widest(4.0).map(|(_, right, _)| right);
    let beside = |right: f64| {
        [7.0, 14.0, 24.0, 40.0]
            .map(|distance| label.clone().moved((right + distance, panel.bottom() - 12.0)))
    };
    right.map_or_else(Vec::new, |right| beside(right).to_vec())
}
