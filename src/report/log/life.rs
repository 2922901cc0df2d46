//! The life of one client under every policy, side by side: the same client with the same
//! draws, so what differs is the policies' doing.

use serde_json::{Value, json};

use super::{at, client, jsonl, text, words};
use crate::chart::words::counted;
use crate::engine::{SimDuration, SimTime};
use crate::observe::Ended;
use crate::observe::log::{Entry, Fact};
use crate::plan::{Plan, World, server_name};
use crate::policy::Hue;
use crate::report::json::object;
use crate::report::terminal::TerminalOptions;
use crate::report::terminal::line::{Glyphs, Line, Paint, columns, left, wrap};

/// A client's life under each policy of a point.
#[derive(Debug)]
pub struct Lives<'a> {
    /// The plan.
    pub plan: &'a Plan,
    /// Index of the point.
    pub point: usize,
    /// The replication.
    pub replication: u32,
    /// The client's number.
    pub client: u32,
    /// Under each policy, in the scenario's order, all entries of the client.
    pub lives: Vec<Vec<Entry>>,
}

/// Columns of the times in front of the stories.
const TIME: usize = 13;
/// Columns between stories.
const GAP: usize = 2;
/// The fewest columns of a story: as many stand side by side as have room for that.
const STORY: usize = 22;
/// Attempts in a row that are all told; of more, the first and the last few.
const TOLD: u32 = 6;

/// What a client's life comes to.
#[derive(Clone, Copy, Debug, Default)]
struct Sums {
    attempts: u64,
    opened: u64,
    dropped: u64,
    present: SimDuration,
    offline: SimDuration,
}

impl Sums {
    fn of(entries: &[Entry], end: SimTime) -> Self {
        let mut sums = Self::default();
        let (mut offline_since, mut came, mut until) = (None, None, end);
        for entry in entries {
            match entry.fact {
                Fact::Came { .. } => {
                    came = Some(entry.time);
                    offline_since = Some(entry.time);
                }
                Fact::Attempt { .. } => sums.attempts += 1,
                Fact::Opened { .. } | Fact::Placed => {
                    sums.opened += u64::from(entry.fact != Fact::Placed);
                    let since = offline_since.take().unwrap_or(entry.time);
                    sums.offline = sums.offline.saturating_add(entry.time.since(since));
                }
                Fact::Dropped { .. } => {
                    sums.dropped += 1;
                    offline_since = Some(entry.time);
                }
                Fact::Left { .. } => until = entry.time,
                _ => {}
            }
        }
        if let Some(since) = offline_since {
            sums.offline = sums.offline.saturating_add(until.since(since));
        }
        sums.present = came.map_or(SimDuration::ZERO, |came| until.since(came));
        sums
    }

    /// The share of its presence that it was not connected.
    fn offline_share(&self) -> f64 {
        if self.present.is_zero() {
            return 0.0;
        }
        self.offline.as_secs_f64() / self.present.as_secs_f64()
    }
}

impl Lives<'_> {
    fn world(&self) -> &World {
        &self.plan.points[self.point].world
    }

    fn sums(&self, policy: usize) -> Sums {
        Sums::of(&self.lives[policy], SimTime::ZERO.after(self.world().duration))
    }

    fn policies(&self) -> impl Iterator<Item = (usize, &str, Hue)> {
        let policies = &self.plan.points[self.point].policies;
        policies
            .iter()
            .enumerate()
            .map(|(index, policy)| (index, policy.name.as_str(), policy.balance.hue()))
    }
}

/// For programs.
pub fn json(of: &Lives<'_>) -> String {
    let world = of.world();
    let point = &of.plan.points[of.point];
    let policies: Vec<Value> = of
        .policies()
        .map(|(index, name, _)| {
            let sums = of.sums(index);
            let entries: Vec<Value> = of.lives[index]
                .iter()
                .map(|entry| Value::Object(jsonl::object(entry, world)))
                .collect();
            json!({
                "policy": name,
                "attempts": sums.attempts,
                "opened": sums.opened,
                "dropped": sums.dropped,
                "present_s": sums.present.as_secs_f64(),
                "offline_s": sums.offline.as_secs_f64(),
                "entries": entries,
            })
        })
        .collect();
    let all = json!({
        "scenario": of.plan.name,
        "seed": of.plan.seed,
        "at": object(&point.at),
        "replication": of.replication,
        "client": client(of.client),
        "policies": policies,
    });
    format!("{all:#}\n")
}

/// For people; ends with a line feed.
pub fn render(of: &Lives<'_>, options: &TerminalOptions) -> String {
    let glyphs = Glyphs::new(options.ascii);
    let mut lines = headline(of, options.width, &glyphs);
    let most = (options.width.saturating_sub(TIME) / (STORY + GAP)).max(1);
    let all: Vec<(usize, &str, Hue)> = of.policies().collect();
    // Blocks of nearly the same size.
    let blocks = all.len().div_ceil(most).max(1);
    for block in all.chunks(all.len().div_ceil(blocks).max(1)) {
        lines.push(Line::default());
        lines.extend(side_by_side(of, block, options.width, &glyphs));
    }
    lines.iter().map(|line| line.paint(options.width, options.color) + "\n").collect()
}

/// Whose life it is, and what no policy can change of it.
fn headline(of: &Lives<'_>, width: usize, glyphs: &Glyphs) -> Vec<Line> {
    let name = glyphs.clean(&of.plan.name);
    let mut lines = vec![Line::of(Paint::Bold, format!("{name}: {}", client(of.client)))];
    let came = of.lives.iter().flatten().find(|entry| matches!(entry.fact, Fact::Came { .. }));
    if let Some(came) = came {
        let what = glyphs.clean(&words::what(came, of.world()));
        let when = if came.time == SimTime::ZERO {
            String::new()
        } else {
            format!(" at {}", text::time(came.time))
        };
        let what = what.replacen("comes", &format!("comes{when}"), 1);
        lines.extend(wrap(Paint::Plain, &format!("{} {what}.", client(of.client)), width));
    }
    let point = at(&of.plan.points[of.point].at);
    let point = if point.is_empty() { point } else { format!(", at {}", glyphs.clean(&point)) };
    let run = format!("Replication {}, seed {}{point}.", of.replication, of.plan.seed);
    lines.extend(wrap(Paint::Muted, &run, width));
    lines
}

/// One thing that is told of a life.
struct Item {
    time: SimTime,
    words: String,
}

/// Some policies' stories, on one axis of time.
fn side_by_side(
    of: &Lives<'_>,
    block: &[(usize, &str, Hue)],
    width: usize,
    glyphs: &Glyphs,
) -> Vec<Line> {
    let room = width.saturating_sub(TIME) / block.len() - GAP;
    let mut head = Line::of(Paint::Plain, " ".repeat(TIME));
    for (_, name, hue) in block {
        let name = glyphs.fit(&glyphs.clean(name), room);
        head.push(Paint::Policy(*hue), " ".repeat(GAP) + &left(&name, room));
    }
    let mut lines = vec![head];
    let mut items: Vec<(usize, Item)> = Vec::new();
    for (column, (index, ..)) in block.iter().enumerate() {
        items.extend(story(&of.lives[*index]).into_iter().map(|item| (column, item)));
    }
    // Stable: what one story tells of one time keeps its order.
    items.sort_by_key(|(_, item)| item.time);
    // What each story tells of one time, as it is shown.
    let mut times: Vec<(String, Vec<Vec<String>>)> = Vec::new();
    for (column, item) in items {
        let time = text::time(item.time);
        if times.last().is_none_or(|(last, _)| *last != time) {
            times.push((time, vec![Vec::new(); block.len()]));
        }
        if let Some((_, told)) = times.last_mut() {
            told[column].push(item.words);
        }
    }
    for (time, told) in &times {
        for row in 0..told.iter().map(Vec::len).max().unwrap_or(0) {
            let cell = |told: &Vec<String>| told.get(row).cloned().unwrap_or_default();
            let cells: Vec<String> = told.iter().map(cell).collect();
            lines.extend(side(if row == 0 { time } else { "" }, &cells, room));
        }
    }
    let sums: Vec<Sums> = block.iter().map(|(index, ..)| of.sums(*index)).collect();
    let cells = |words: fn(&Sums) -> String| sums.iter().map(words).collect::<Vec<String>>();
    lines.extend(side("attempts", &cells(|sums| sums.attempts.to_string()), room));
    lines.extend(side("dropped", &cells(|sums| counted(sums.dropped, "time")), room));
    let offline = |sums: &Sums| {
        format!("{} ({:.2}%)", words::span(sums.offline), sums.offline_share() * 100.0)
    };
    lines.extend(side("offline", &cells(offline), room));
    lines
}

/// A row of cells, each broken into lines of its column.
fn side(time: &str, cells: &[String], room: usize) -> Vec<Line> {
    let cells: Vec<Vec<String>> = cells
        .iter()
        .map(|cell| wrap(Paint::Plain, cell, room).iter().map(|l| l.paint(room, false)).collect())
        .collect();
    let height = cells.iter().map(Vec::len).max().unwrap_or(0);
    (0..height)
        .map(|line| {
            let time = if line == 0 { time } else { "" };
            let pad = TIME.saturating_sub(columns(time));
            let mut told = Line::of(Paint::Muted, " ".repeat(pad) + time);
            for cell in &cells {
                let words = cell.get(line).map_or("", String::as_str);
                told.push(Paint::Plain, " ".repeat(GAP) + &left(words, room));
            }
            told
        })
        .collect()
}

/// What is told of a life: without what happens inside servers as it should, and of a long
/// row of failures only its ends.
fn story(entries: &[Entry]) -> Vec<Item> {
    let mut items: Vec<Item> = Vec::new();
    let mut offline: Vec<(&Entry, String)> = Vec::new();
    for entry in entries {
        let Some(words) = phrase(entry) else { continue };
        if matches!(entry.fact, Fact::Opened { .. } | Fact::Left { .. } | Fact::GivesUp) {
            items.extend(shortened(std::mem::take(&mut offline)));
            items.push(Item { time: entry.time, words });
        } else {
            offline.push((entry, words));
        }
    }
    items.extend(shortened(offline));
    items
}

/// A stretch without a connection, without the middle of many attempts.
fn shortened(stretch: Vec<(&Entry, String)>) -> Vec<Item> {
    let begun = |(entry, _): &&(&Entry, String)| matches!(entry.fact, Fact::Attempt { .. });
    let first = stretch.iter().find(begun).and_then(|(entry, _)| entry.attempt).unwrap_or(0);
    let last = stretch.iter().filter_map(|(entry, _)| entry.attempt).max().unwrap_or(0);
    let is_long = first > 0 && last - first >= TOLD;
    // The first two and the last two are told.
    let is_left_out =
        |attempt: u32| is_long && (first + 2..last.saturating_sub(1)).contains(&attempt);
    let timed_out = stretch
        .iter()
        .filter(|(entry, _)| {
            entry.fact == Fact::Ended(Ended::TimedOut) && entry.attempt.is_some_and(is_left_out)
        })
        .count();
    let left_out = last.saturating_sub(first).saturating_sub(3);
    let mut items: Vec<Item> = Vec::new();
    let mut is_said = false;
    for (entry, words) in stretch {
        if !entry.attempt.is_some_and(is_left_out) {
            items.push(Item { time: entry.time, words });
        } else if !is_said {
            is_said = true;
            let words = match timed_out {
                0 => format!("{left_out} more attempts fail"),
                _ => format!("{left_out} more attempts fail, {timed_out} by time-out"),
            };
            items.push(Item { time: entry.time, words });
        }
    }
    items
}

/// A fact as a story tells it; nothing of what is of no interest there.
fn phrase(entry: &Entry) -> Option<String> {
    let there = entry.server.map_or_else(|| "on its way".to_owned(), server_name);
    Some(match entry.fact {
        Fact::Placed => format!("connected to {there} from the start"),
        Fact::Waits { until, .. } => format!("waits for {}", words::from_now(entry, until)),
        Fact::Attempt { held, late, .. } => {
            let number = entry.attempt.unwrap_or(0);
            let held = if held.is_zero() {
                String::new()
            } else {
                format!(", held back for {} by its browser", words::span(held))
            };
            let late = words::lost(late).map(|late| format!("; {late}")).unwrap_or_default();
            format!("attempt {number}{held}{late}")
        }
        Fact::AwaitsToken { until } => {
            format!("in the gateway's line for {}", words::from_now(entry, until))
        }
        Fact::InLine => format!("in line at the gate of {there}"),
        Fact::Queued { ahead } => format!("in the queue of {there}, {ahead} before it"),
        Fact::Lost(why) => format!("no answer: {}", words::obstacle(why)),
        Fact::Refused(why) => format!("refused, {there}: {}", words::obstacle(why)),
        Fact::TriesAgain { .. } => "the balancer tries again".to_owned(),
        Fact::Rebuilds => format!("{there} has no session for it"),
        Fact::Cut => format!("cut: {there} goes"),
        Fact::Opened { offline, resumed } => {
            let session = words::session(resumed);
            format!("connected to {there} after {}{session}", words::span(offline))
        }
        Fact::Ended(Ended::TimedOut) => "times out".to_owned(),
        Fact::Dropped { why, .. } => format!("dropped by {there}: {}", words::dropped(why)),
        Fact::GivesUp => "gives up for good".to_owned(),
        Fact::Left { connected: true } => format!("leaves {there}"),
        Fact::Left { connected: false } => "leaves, not connected".to_owned(),
        _ => return None,
    })
}
