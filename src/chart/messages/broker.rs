//! `broker`: copies sent for each publish, against the fewest that reach every recipient.

use super::rows::{self, BELOW, ROW, TOP};
use super::{COPIES, Frame, Mean, Messages};
use crate::chart::captions;
use crate::chart::figure::{Figure, Label};
use crate::chart::finding::{first_fitting, named};
use crate::chart::layout::{self, Size};
use crate::chart::plane::Scale;
use crate::chart::shape::{self, Point, Shape};
use crate::chart::table::Table;
use crate::chart::theme::Role;
use crate::chart::words::compact;

/// Draws the chart, with its data; `None` when no policy sent a copy.
pub fn figure(messages: &[Messages], frame: &Frame, size: Size) -> Option<(Figure, String)> {
    let known: Vec<(&Messages, Mean)> =
        messages.iter().filter_map(|policy| Some((policy, policy.copies?))).collect();
    let most = known.iter().map(|(policy, copies)| {
        let high = copies.interval.map_or(copies.mean, |interval| interval[1]);
        high.max(policy.bound.unwrap_or(0.0))
    });
    let most = most.fold(0.0, f64::max);
    if most <= 0.0 {
        return None;
    }
    let title = title(&known, frame, size);
    let words = layout::Words {
        name: frame.file_stem("broker"),
        alt: captions::alt(
            &title,
            known.iter().map(|(policy, copies)| {
                format!(
                    "{}: {} copies a publish{}",
                    policy.policy,
                    compact(copies.mean),
                    of_bound(policy)
                )
            }),
        ),
        title,
        subtitles: frame.subtitles("Copies sent to servers for each publish"),
    };
    let mut figure = layout::sheet(words, size, TOP + known.len() as f64 * ROW + BELOW);
    let left = rows::left(known.iter().map(|(policy, _)| &*policy.policy), size);
    let right = size.width() - layout::MARGIN - 130.0;
    let scale = Scale::from_zero(most, (right - left) / 3.0);
    let plane = rows::plane((left, right), TOP, known.len(), scale);
    rows::under(&mut figure, &plane);
    let shapes = Shape::all_of(&known.iter().map(|(policy, _)| policy.hue).collect::<Vec<_>>());
    for (row, (&(policy, copies), shape)) in known.iter().zip(shapes).enumerate() {
        let y = rows::middle(TOP, row);
        rows::name(&mut figure, (left, y), (&policy.policy, policy.hue));
        let mut end = plane.x(copies.mean);
        if let Some(bound) = policy.bound {
            let x = plane.x(bound);
            end = end.max(x);
            figure.line(vec![(x, y - 12.0), (x, y + 12.0)], Role::Ink, 1.2);
        }
        if let Some([low, high]) = copies.interval {
            end = end.max(plane.x(high));
            figure.line(vec![(plane.x(low), y), (plane.x(high), y)], Role::Mark(policy.hue), 2.0);
        }
        let at = (plane.x(copies.mean), y);
        let role = Role::Mark(policy.hue);
        shape::draw(&mut figure, Point { at, shape, radius: 4.4, role, hollow: false });
        let text = format!("{}{}", compact(copies.mean), of_bound(policy));
        figure.text(Label::new(text, (end + 11.0, y), Role::Ink).sized(11.5).with_halo());
    }
    plane.over(&mut figure, true);
    let interval = if frame.many { " Line: 95% interval of the mean." } else { "" };
    layout::footer(
        &mut figure,
        &[
            format!(
                "Tick: servers with a recipient, the fewest copies that reach everybody.{interval}"
            ),
            "Tick: servers with a recipient.".to_owned(),
        ],
    );
    Some((figure, csv(&known)))
}

fn of_bound(policy: &Messages) -> String {
    policy.bound.map_or_else(String::new, |bound| format!(", {} needed", compact(bound)))
}

fn title(known: &[(&Messages, Mean)], frame: &Frame, size: Size) -> String {
    let by_copies = |a: &&(&Messages, Mean), b: &&(&Messages, Mean)| a.1.mean.total_cmp(&b.1.mean);
    let (Some(least), Some(most)) =
        (known.iter().min_by(by_copies), known.iter().max_by(by_copies))
    else {
        return String::new();
    };
    let (low, high) = (compact(least.1.mean), compact(most.1.mean));
    let mut titles = Vec::new();
    if known.len() == 1 || low == high {
        titles.extend(named(&[&most.0.policy], |n| {
            format!("{} sends {high} copies of each publish{}", n[0], of_bound(most.0))
        }));
        titles.push(format!("Each publish is sent {high} times"));
    } else if !frame.differs(COPIES, most.0, least.0) {
        titles
            .push(format!("No policy differs clearly: each publish is sent {low} to {high} times"));
        titles.push("No policy differs clearly in copies".to_owned());
    } else {
        titles.extend(named(&[&most.0.policy, &least.0.policy], |n| {
            format!("{} sends {high} copies of each publish, {} sends {low}", n[0], n[1])
        }));
        titles.push(format!("Each publish is sent {low} to {high} times"));
    }
    first_fitting(&titles, size)
}

fn csv(known: &[(&Messages, Mean)]) -> String {
    let mut table =
        Table::new(&["policy", "copies_per_publish", "ci_low", "ci_high", "fewest_copies"]);
    for (policy, copies) in known {
        table.texts([&*policy.policy]);
        let [low, high] = copies.interval.unwrap_or([f64::NAN; 2]);
        table.values([copies.mean, low, high, policy.bound.unwrap_or(f64::NAN)]);
    }
    table.finish()
}
