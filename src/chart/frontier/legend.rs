//! What the points of a frontier are told by: a name each, a mark, and below the plots a list
//! of those that have no room for their name.

use std::collections::BTreeSet;

use super::spots::{Choice, Spot};
use crate::chart::figure::{Figure, Label};
use crate::chart::layout::{self, Size};
use crate::chart::name::Name;
use crate::chart::shape::{self, Shape};
use crate::chart::text::{self, Weight};
use crate::chart::theme::Role;
use crate::policy::Hue;

/// With more alternatives than this, marks tell policies, whatever else was decided.
pub const MOST_NAMES: usize = 12;

const ROW: f64 = 17.0;
const SIZE: f64 = 11.0;
/// From the left of an entry to its mark, and to its name, in px.
const MARK: f64 = 6.0;
const NAME: f64 = 17.0;

/// What has a mark of its own.
#[derive(Debug)]
struct Key {
    name: Name,
    hue: Hue,
    shape: Shape,
    /// Whether another has the same mark.
    is_ambiguous: bool,
    /// What is printed after the name: cost, and whether it recovers.
    notes: String,
    is_listed: bool,
    number: Option<usize>,
}

/// The marks, and which of them the list below the plots explains.
#[derive(Debug)]
pub struct Legend {
    keys: Vec<Key>,
    by_policy: bool,
    numbers: usize,
}

impl Legend {
    /// One mark for each alternative, or, where those are many, for each policy.
    pub fn of(choices: &[Choice<'_>]) -> Self {
        let spots = || choices.iter().flat_map(|choice| &choice.spots);
        let by_policy = distinct(spots().map(|spot| &*spot.case.name)).len() > MOST_NAMES;
        let names = distinct(spots().map(|spot| name_of(spot, by_policy)));
        let alike: Vec<Vec<&Spot<'_>>> = names
            .iter()
            .map(|name| spots().filter(|spot| name_of(spot, by_policy) == *name).collect())
            .collect();
        let hues: Vec<Hue> = alike.iter().map(|spots| spots[0].case.found.hue).collect();
        let shapes = Shape::all_of(&hues);
        let marks: Vec<(Hue, Shape)> = hues.into_iter().zip(shapes).collect();
        let key = |(index, name): (usize, Name)| {
            let (hue, shape) = marks[index];
            let is_ambiguous = marks.iter().filter(|mark| **mark == marks[index]).count() > 1;
            let notes = notes(&alike[index]);
            Key { name, hue, shape, is_ambiguous, notes, is_listed: false, number: None }
        };
        let names: Vec<String> = names.into_iter().map(str::to_owned).collect();
        let keys = Name::all(&names).into_iter().enumerate().map(key).collect();
        Self { keys, by_policy, numbers: 0 }
    }

    /// Which mark a point has.
    pub fn key(&self, spot: &Spot<'_>) -> usize {
        let name = name_of(spot, self.by_policy);
        self.keys.iter().position(|key| &*key.name == name).unwrap_or(0)
    }

    /// Its shape.
    pub fn shape(&self, key: usize) -> Shape {
        self.keys[key].shape
    }

    /// Whether its mark says too little without a number.
    pub fn is_ambiguous(&self, key: usize) -> bool {
        self.keys[key].is_ambiguous
    }

    /// Puts a name on the list.
    pub fn list(&mut self, key: usize) {
        self.keys[key].is_listed = true;
    }

    /// Puts a name on the list, with a number that stands at the point too.
    pub fn number(&mut self, key: usize) -> usize {
        self.list(key);
        if let Some(number) = self.keys[key].number {
            return number;
        }
        self.numbers += 1;
        self.keys[key].number = Some(self.numbers);
        self.numbers
    }

    /// Width that a name on the list has, in px.
    pub fn room(size: Size) -> f64 {
        (size.text_width() / size.most_columns() as f64).floor() - NAME - 12.0
    }

    /// Height of the list in px; 0 when every name stands at its point.
    pub fn height(&self, size: Size) -> f64 {
        let count = self.keys.iter().filter(|key| key.is_listed).count();
        let rows = count.div_ceil(size.most_columns());
        ROW * rows as f64
    }

    /// Writes the list: those with numbers in their order, then the others in the scenario's.
    pub fn draw(&self, figure: &mut Figure, size: Size, top: f64) {
        let mut listed: Vec<&Key> = self.keys.iter().filter(|key| key.is_listed).collect();
        listed.sort_by_key(|key| key.number.unwrap_or(usize::MAX));
        let columns = size.most_columns();
        let rows = listed.len().div_ceil(columns).max(1);
        let width = (size.text_width() / columns as f64).floor();
        for (index, key) in listed.iter().enumerate() {
            let left = layout::MARGIN + (index / rows) as f64 * width;
            let y = top + ROW * ((index % rows) as f64 + 0.5);
            let (at, role) = ((left + MARK, y), Role::Mark(key.hue));
            let point = shape::Point { at, shape: key.shape, radius: 4.0, role, hollow: false };
            shape::draw(figure, point);
            let number = key.number.map_or_else(String::new, |number| format!("{number} "));
            let around = text::width(&format!("{number}{}", key.notes), SIZE, Weight::SemiBold);
            let name = key.name.within(SIZE, Weight::SemiBold, Self::room(size) - around);
            let text = format!("{number}{name}{}", key.notes);
            figure.text(
                Label::new(text, (left + NAME, y), Role::Words(key.hue)).sized(SIZE).strong(),
            );
        }
    }
}

/// ` (3.5 server h, never recovers)` as far as it holds of all of these; or nothing.
pub fn notes(spots: &[&Spot<'_>]) -> String {
    let alike = |of: fn(&Spot<'_>) -> Option<String>| {
        let first = spots.first().and_then(|spot| of(spot))?;
        spots.iter().all(|spot| of(spot).as_ref() == Some(&first)).then_some(first)
    };
    let notes = [alike(|spot| spot.cost.clone()), alike(|spot| spot.stuck.clone())];
    let notes: Vec<String> = notes.into_iter().flatten().collect();
    if notes.is_empty() { String::new() } else { format!(" ({})", notes.join(", ")) }
}

/// What a point is told by.
fn name_of<'s>(spot: &'s Spot<'_>, by_policy: bool) -> &'s str {
    if by_policy { &spot.case.found.policy } else { &spot.case.name }
}

/// Each text once, in the order of its first place.
fn distinct<'s>(texts: impl Iterator<Item = &'s str>) -> Vec<&'s str> {
    let mut seen = BTreeSet::new();
    texts.filter(|text| seen.insert(*text)).collect()
}
