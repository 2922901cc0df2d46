//! Which server carried how much of its fair share, when: rows of servers, columns of time.

use crate::chart::cases::Case;
use crate::chart::load::spread::{fair_share, is_new, lives_at};
use crate::stats::ServerLife;

/// Width of a class of load over fair share; the middle one is centred on 1.
pub const CLASS_WIDTH: f64 = 0.0625;

/// A server with more than this times its fair share counts as hot.
pub const HOT: f64 = 1.1;

/// A server with less than this times its fair share counts as cold.
pub const COLD: f64 = 0.9;

/// One line of cells: a server, or several next to each other in rank.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Whether its servers joined after the start.
    pub is_new: bool,
    /// Load over fair share in each column; `None` while no server of the row lives.
    pub loads: Vec<Option<f64>>,
}

/// A case as a heat map.
#[derive(Clone, Debug, PartialEq)]
pub struct Grid {
    /// Old servers, then new ones; in each group the busiest at the end first.
    pub rows: Vec<Row>,
    /// Servers of the start.
    pub old: usize,
    /// Servers that joined later.
    pub new: usize,
    /// When the first of the new ones joined, in seconds.
    pub joined: Option<f64>,
    /// Servers of a row; 1 unless there are more servers than lines of px.
    pub pool: usize,
    /// Where columns begin and end, in seconds.
    pub edges: Vec<f64>,
    /// Share of the servers' time after the warm-up with more than [`HOT`] times the fair share.
    pub hot: f64,
    /// Share of the servers' time after the warm-up with less than [`COLD`] times the fair share.
    pub cold: f64,
    /// Busiest server over fair share at the end.
    pub busiest: Option<f64>,
}

/// A run of one class in a row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stretch {
    /// First column.
    pub first: usize,
    /// One past the last.
    pub end: usize,
    /// From 0 (far below fair share) over 4 (fair) to 8.
    pub class: u8,
    /// Mean load over fair share.
    pub load: f64,
}

impl Row {
    /// The runs of one class, from left to right.
    pub fn stretches(&self) -> Vec<Stretch> {
        let mut found: Vec<Stretch> = Vec::new();
        for (column, load) in self.loads.iter().enumerate() {
            let Some(load) = *load else { continue };
            let class = class(load);
            match found.last_mut() {
                Some(last) if last.end == column && last.class == class => {
                    let before = (last.end - last.first) as f64;
                    last.load = (last.load * before + load) / (before + 1.0);
                    last.end += 1;
                }
                _ => found.push(Stretch { first: column, end: column + 1, class, load }),
            }
        }
        found
    }
}

/// The class of a load over fair share.
pub fn class(load: f64) -> u8 {
    ((load - 1.0) / CLASS_WIDTH + 4.5).floor().clamp(0.0, 8.0) as u8
}

/// Reads the shown run of a case into at most `most_columns` columns and `most_rows` rows;
/// `None` when it had fewer than two servers or no steps.
pub fn grid(case: &Case<'_>, most_columns: usize, most_rows: usize) -> Option<Grid> {
    let servers = &case.found.servers;
    let steps = servers.connections.len();
    if steps == 0 || servers.lives.len() < 2 || case.step() <= 0.0 {
        return None;
    }
    let columns = steps.min(most_columns.max(1));
    // A sample is taken at the end of its step, and shows how things are from then on: a
    // column has the one that it begins with, and the run begins with the nearest to its
    // start. After the last column comes the end, by which rows are sorted.
    let begins: Vec<usize> = (0..columns).map(|column| column * steps / columns).collect();
    let samples: Vec<usize> = begins.iter().map(|begin| begin.saturating_sub(1)).collect();
    let samples: Vec<usize> = samples.into_iter().chain([steps - 1]).collect();
    let shares: Vec<Option<f64>> = samples.iter().map(|&step| fair_share(case, step).1).collect();
    let load = |server: usize, column: usize| {
        let step = samples[column];
        let time = (step + 1) as f64 * case.step();
        let share = shares[column].filter(|share| *share > 0.0)?;
        let held = *servers.connections[step].get(server)?;
        lives_at(&servers.lives[server], time).then(|| f64::from(held) / share)
    };
    let loads: Vec<Vec<Option<f64>>> = (0..servers.lives.len())
        .map(|server| (0..=columns).map(|column| load(server, column)).collect())
        .collect();
    if loads.iter().flatten().all(Option::is_none) {
        return None;
    }
    let pool = servers.lives.len().div_ceil(most_rows.max(1));
    let members = |new: bool| ranked(&servers.lives, &loads, new);
    let (old, new) = (members(false), members(true));
    let rows = [(&old, false), (&new, true)].into_iter().flat_map(|(ranked, is_new)| {
        pooled(ranked, pool).into_iter().map(move |mut loads| {
            loads.truncate(columns);
            Row { is_new, loads }
        })
    });
    // As metrics, the shares leave the warm-up out.
    let warmup = case.point.warmup.as_secs_f64();
    let first = begins.partition_point(|begin| (*begin as f64 * case.step()) < warmup);
    let known = || loads.iter().flat_map(|row| &row[first..columns]).flatten();
    let share = |test: fn(f64) -> bool| {
        known().filter(|load| test(**load)).count() as f64 / known().count().max(1) as f64
    };
    let births = servers.lives.iter().filter(|life| is_new(life));
    let edges = begins.iter().chain([&steps]).map(|begin| *begin as f64 * case.step()).collect();
    Some(Grid {
        rows: rows.collect(),
        old: old.len(),
        new: new.len(),
        joined: births.map(|life| life.born.as_secs_f64()).reduce(f64::min),
        pool,
        edges,
        hot: share(|load| load > HOT),
        cold: share(|load| load < COLD),
        busiest: loads.iter().filter_map(|row| *row.last()?).reduce(f64::max),
    })
}

/// The loads of a group: the busiest at the end first, then those that left, the last first.
fn ranked<'a>(
    lives: &[ServerLife],
    loads: &'a [Vec<Option<f64>>],
    new: bool,
) -> Vec<&'a [Option<f64>]> {
    let members = lives.iter().zip(loads).filter(|(life, _)| is_new(life) == new);
    let mut members: Vec<(u64, f64, &[Option<f64>])> = members
        .map(|(life, loads)| {
            let last = loads.iter().rev().find_map(|load| *load).unwrap_or(0.0);
            (life.gone.as_nanos(), last, loads.as_slice())
        })
        .collect();
    members.sort_by(|a, b| b.0.cmp(&a.0).then(b.1.total_cmp(&a.1)));
    members.into_iter().map(|(_, _, loads)| loads).collect()
}

/// One row for each `pool` neighbours: the most of them in the upper half, the least in the
/// lower, so that the extremes stay visible.
fn pooled(ranked: &[&[Option<f64>]], pool: usize) -> Vec<Vec<Option<f64>>> {
    let chunks = ranked.len().div_ceil(pool);
    let row = |(index, members): (usize, &[&[Option<f64>]])| {
        let pick = if 2 * index < chunks { f64::max } else { f64::min };
        let columns = members.first().map_or(0, |member| member.len());
        (0..columns)
            .map(|column| members.iter().filter_map(|member| member[column]).reduce(pick))
            .collect()
    };
    ranked.chunks(pool).enumerate().map(row).collect()
}
