//! The names of events on charts over time: one each, as long as they have room.

use ringstorm::chart::figure::{Figure, Mark};
use ringstorm::chart::theme::Role;
use ringstorm::chart::{Size, figure};
use ringstorm::engine::SimDuration;

use super::assert_readable;
use super::gallery::single;
use super::synthetic::marker;

/// The chart of an hour with these events, at (minute, name).
fn hour(events: &[(f64, &str)]) -> Figure {
    let mut found = single();
    let point = &mut found.points[0];
    (point.duration, point.step) = (SimDuration::from_secs(3600), SimDuration::from_secs(30));
    point.markers = events.iter().map(|(minute, name)| marker(60.0 * minute, name)).collect();
    let (figure, _) = figure(&found, "load-distribution", Size::Wide).unwrap();
    assert_readable("events", &figure);
    figure
}

fn names(events: &[(f64, &str)]) -> Vec<String> {
    let figure = hour(events);
    // Above the highest grid line and below the heads.
    let within = figure.labels().filter(|label| (130.0..142.0).contains(&label.at.1));
    within.filter(|label| label.role == Role::Ink).map(|label| label.text.clone()).collect()
}

/// From left to right the places of upright rules.
fn rules(figure: &Figure) -> Vec<f64> {
    let rules = figure.marks.iter().filter_map(|mark| match mark {
        Mark::Line { points, role: Role::Axis, .. } => match points.as_slice() {
            [from, to] if from.0.total_cmp(&to.0).is_eq() && to.1 - from.1 > 100.0 => Some(from.0),
            _ => None,
        },
        _ => None,
    });
    rules.collect()
}

#[test]
fn events_whose_names_have_room_keep_them() {
    let apart = [(10.0, "+1 server"), (16.0, "−1 crash"), (22.0, "drain 3")];
    assert_eq!(names(&apart), ["+1 server", "−1 crash", "drain 3"]);
}

#[test]
fn a_name_may_stand_left_of_its_rule_where_the_next_is_near() {
    let near = [(10.0, "+1 server"), (13.0, "−1 crash")];
    assert_eq!(names(&near), ["+1 server", "−1 crash"]);
}

#[test]
fn names_that_would_overlap_are_told_together_with_their_times() {
    let near = [(10.0, "+1 server"), (11.0, "+1 server"), (13.0, "−1 crash")];
    assert_eq!(names(&near), ["2 × +1 server from 10:00, −1 crash at 13:00"]);
    let more = [(10.0, "+1 server"), (11.0, "+1 server"), (12.0, "−1 crash"), (13.0, "drain 3")];
    assert_eq!(names(&more), ["2 × +1 server from 10:00, −1 crash at 12:00, drain 3 at 13:00"]);
}

#[test]
fn a_row_of_one_kind_has_one_name() {
    let row: Vec<(f64, &str)> =
        (0..10).map(|minute| (5.0 + f64::from(minute), "drain 1")).collect();
    assert_eq!(names(&row), ["10 × drain 1, 5:00 to 14:00"]);
}

#[test]
fn what_has_no_room_is_counted() {
    let near = [(10.0, "+1 server"), (11.0, "+1 server"), (12.0, "drain 3"), (13.0, "−1 crash")];
    let before = |minute: f64| names(&[&near[..], &[(minute, "zone a lost")]].concat());
    assert_eq!(before(20.0), ["4 events, 10:00 to 13:00", "zone a lost"]);
    assert_eq!(before(17.0), ["4 events", "zone a lost"]);
}

#[test]
fn the_first_and_the_last_rule_of_events_that_are_told_together_are_drawn() {
    let events: Vec<(f64, &str)> =
        (0..12).map(|i| (10.0 + 0.1 * f64::from(i), "drain 1")).collect();
    let ends = rules(&hour(&[(10.0, "a"), (11.1, "b")]));
    let drawn = rules(&hour(&events));
    assert_eq!(ends.len(), 2);
    assert_eq!((drawn[0], drawn[drawn.len() - 1]), (ends[0], ends[1]));
    assert!(drawn.len() < 6, "{drawn:?}");
    assert_eq!(names(&events), ["12 × drain 1, 10:00 to 11:06"]);
}
