//! Points whose shape tells a policy, also without its colour.

use super::figure::{Figure, Mark, Position};
use super::theme::Role;
use crate::policy::Hue;

/// The shape of a point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// A triangle on its base.
    Triangle,
    /// A circle.
    Circle,
    /// A square on its corner.
    Diamond,
    /// A square on its side.
    Square,
    /// An upright cross.
    Cross,
}

const CYCLE: [Shape; 5] =
    [Shape::Circle, Shape::Square, Shape::Diamond, Shape::Triangle, Shape::Cross];

impl Shape {
    /// The shape of a colour family.
    pub const fn of(hue: Hue) -> Self {
        match hue {
            Hue::Baseline => Self::Triangle,
            Hue::Ring => Self::Circle,
            Hue::Bounded => Self::Diamond,
            Hue::Gateway => Self::Square,
            Hue::Other => Self::Cross,
        }
    }

    /// One shape for each policy of a chart: its family's, or, where an earlier policy of the
    /// same family has that, the next that no policy of the family has yet.
    pub fn all_of(hues: &[Hue]) -> Vec<Self> {
        let mut given: Vec<(Hue, Self)> = Vec::with_capacity(hues.len());
        for &hue in hues {
            let taken = |shape: Self| given.contains(&(hue, shape));
            let own = Self::of(hue);
            let shape = if taken(own) {
                CYCLE.into_iter().find(|shape| !taken(*shape)).unwrap_or(own)
            } else {
                own
            };
            given.push((hue, shape));
        }
        given.into_iter().map(|(_, shape)| shape).collect()
    }

    fn outline(self, (x, y): Position, radius: f64) -> Vec<Position> {
        let corner = |dx: f64, dy: f64| (x + dx * radius, y + dy * radius);
        match self {
            Self::Circle => Vec::new(),
            // Areas close to that of the circle.
            Self::Square => [(-0.91, -0.91), (0.91, -0.91), (0.91, 0.91), (-0.91, 0.91)]
                .map(|(dx, dy)| corner(dx, dy))
                .to_vec(),
            Self::Diamond => [(0.0, -1.3), (1.3, 0.0), (0.0, 1.3), (-1.3, 0.0)]
                .map(|(dx, dy)| corner(dx, dy))
                .to_vec(),
            Self::Triangle => {
                [(0.0, -1.25), (1.2, 0.9), (-1.2, 0.9)].map(|(dx, dy)| corner(dx, dy)).to_vec()
            }
            Self::Cross => {
                let (long, short) = (1.2, 0.44);
                [
                    (-short, -long),
                    (short, -long),
                    (short, -short),
                    (long, -short),
                    (long, short),
                    (short, short),
                    (short, long),
                    (-short, long),
                    (-short, short),
                    (-long, short),
                    (-long, -short),
                    (-short, -short),
                ]
                .map(|(dx, dy)| corner(dx, dy))
                .to_vec()
            }
        }
    }
}

/// A point that is drawn.
#[derive(Clone, Copy, Debug)]
pub struct Point {
    /// Its centre.
    pub at: Position,
    /// Its shape.
    pub shape: Shape,
    /// Its radius in px; that of other shapes gives them about the area of the circle.
    pub radius: f64,
    /// Its colour.
    pub role: Role,
    /// Whether only its rim is drawn.
    pub hollow: bool,
}

/// Draws a point, set off from what lies below by a rim of the ground.
pub fn draw(figure: &mut Figure, point: Point) {
    let Point { at, shape, radius, role, hollow } = point;
    filled(figure, shape, at, radius + 1.2, Role::Ground);
    filled(figure, shape, at, radius, role);
    if hollow {
        let inner = if shape == Shape::Cross { 0.45 * radius } else { radius - 1.7 };
        filled(figure, shape, at, inner, Role::Ground);
    }
}

fn filled(figure: &mut Figure, shape: Shape, at: Position, radius: f64, role: Role) {
    if shape == Shape::Circle {
        figure.marks.push(Mark::Dot { centre: at, radius, role });
    } else {
        figure.area(shape.outline(at, radius), role, 1.0);
    }
}
