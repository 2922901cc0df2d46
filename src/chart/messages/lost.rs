//! `lost`: messages that never arrive, by cause; a column a cause, a row a policy.

use super::rows::{self, BELOW, ROW, TOP};
use super::{Frame, LOST, Messages};
use crate::chart::captions;
use crate::chart::figure::{Bounds, Figure, Label};
use crate::chart::finding::{first_fitting, named};
use crate::chart::layout::{self, Size};
use crate::chart::plane::Scale;
use crate::chart::table::Table;
use crate::chart::text::{self, Weight};
use crate::chart::theme::Role;
use crate::chart::words::{compact, percent};

/// Room for the names of causes.
const HEAD: f64 = 26.0;
const BAR: f64 = 14.0;
const GAP: f64 = 18.0;
/// Room for the number after a bar.
const NUMBER: f64 = 48.0;

/// Draws the chart, with its data; `None` when nothing is lost.
pub fn figure(messages: &[Messages], frame: &Frame, size: Size) -> Option<(Figure, String)> {
    let mut causes: Vec<&str> = Vec::new();
    for (cause, lost) in messages.iter().flat_map(|policy| &policy.lost) {
        if lost.mean > 0.0 && !causes.contains(cause) {
            causes.push(cause);
        }
    }
    if causes.is_empty() {
        return None;
    }
    let known: Vec<&Messages> = messages.iter().filter(|policy| !policy.lost.is_empty()).collect();
    let ends = known.iter().flat_map(|policy| &policy.lost);
    let ends = ends.map(|(_, lost)| lost.interval.map_or(lost.mean, |interval| interval[1]));
    let most = ends.fold(0.0, f64::max);
    let title = title(&known, frame, size);
    let words = layout::Words {
        name: frame.file_stem("lost"),
        alt: captions::alt(
            &title,
            known.iter().map(|policy| {
                let (total, share) = (compact(total(policy)), percent(policy.lost_share));
                format!("{}: {total} lost, {share}", policy.policy)
            }),
        ),
        title,
        subtitles: frame.subtitles("Messages that a present client never gets, by cause"),
    };
    let mut figure = layout::sheet(words, size, TOP + HEAD + known.len() as f64 * ROW + BELOW);
    draw(&mut figure, (&known, &causes), most, size);
    let interval = if frame.many { "Line: 95% interval of the mean. " } else { "" };
    layout::footer(
        &mut figure,
        &[format!("{interval}One scale for all causes."), interval.to_owned()],
    );
    Some((figure, csv(&known)))
}

fn draw(figure: &mut Figure, (known, causes): (&[&Messages], &[&str]), most: f64, size: Size) {
    let left = rows::left(known.iter().map(|policy| &*policy.policy), size);
    let count = causes.len() as f64;
    let room = figure.width - layout::MARGIN - left - GAP * (count - 1.0);
    let width = (room / count).floor();
    let top = TOP + HEAD;
    for (row, policy) in known.iter().enumerate() {
        rows::name(figure, (left, rows::middle(top, row)), (&policy.policy, policy.hue));
    }
    for (column, cause) in causes.iter().enumerate() {
        let left = left + column as f64 * (width + GAP);
        let right = left + width - NUMBER;
        let scale = Scale::from_zero(most, (right - left) / 2.0);
        let plane = rows::plane((left, right), top, known.len(), scale);
        let name = text::elided(cause, 11.5, Weight::SemiBold, width);
        figure.text(
            Label::new(name, (left, plane.bounds.top - 12.0), Role::Ink).sized(11.5).strong(),
        );
        rows::under(figure, &plane);
        for (row, policy) in known.iter().enumerate() {
            let Some((_, lost)) = policy.lost.iter().find(|(found, _)| found == cause) else {
                continue;
            };
            let y = rows::middle(top, row);
            let x = plane.x(lost.mean);
            let bar = Bounds { left, right: x, top: y - BAR / 2.0, bottom: y + BAR / 2.0 };
            if lost.mean > 0.0 {
                figure.rectangle(bar, Role::Mark(policy.hue), 0.55);
            }
            let mut end = x;
            if let Some([low, high]) = lost.interval.filter(|_| lost.mean > 0.0) {
                end = plane.x(high);
                figure.line(vec![(plane.x(low), y), (end, y)], Role::Ink, 1.6);
            }
            let role = if lost.mean > 0.0 { Role::Ink } else { Role::Muted };
            figure.text(Label::new(compact(lost.mean), (end + 7.0, y), role));
        }
        plane.over(figure, true);
    }
}

fn total(policy: &Messages) -> f64 {
    policy.lost.iter().map(|(_, lost)| lost.mean).sum()
}

fn title(known: &[&Messages], frame: &Frame, size: Size) -> String {
    let by_loss = |a: &&&Messages, b: &&&Messages| a.lost_share.total_cmp(&b.lost_share);
    let (Some(least), Some(most)) = (known.iter().min_by(by_loss), known.iter().max_by(by_loss))
    else {
        return String::new();
    };
    let (low, high) = (percent(least.lost_share), percent(most.lost_share));
    let mut titles = Vec::new();
    if known.len() == 1 || low == high {
        let cause = most.lost.iter().max_by(|a, b| a.1.mean.total_cmp(&b.1.mean));
        let cause = cause.map_or("", |(cause, _)| cause).to_lowercase();
        titles.push(format!("{high} of messages are lost, most of them: {cause}"));
        titles.push(format!("{high} of messages are lost"));
    } else if !frame.differs(LOST, most, least) {
        titles.push(format!("No policy differs clearly: {low} to {high} of messages are lost"));
        titles.push("No policy differs clearly in losses".to_owned());
    } else {
        titles.extend(named(&[&most.policy, &least.policy], |n| {
            format!("{} loses {high} of messages, {} loses {low}", n[0], n[1])
        }));
        titles.push(format!("Policies lose {low} to {high} of messages"));
    }
    first_fitting(&titles, size)
}

fn csv(known: &[&Messages]) -> String {
    let mut table = Table::new(&["policy", "cause", "lost_messages", "ci_low", "ci_high"]);
    for policy in known {
        for (cause, lost) in &policy.lost {
            table.texts([&*policy.policy, cause]);
            let [low, high] = lost.interval.unwrap_or([f64::NAN; 2]);
            table.values([lost.mean, low, high]);
        }
    }
    table.finish()
}
