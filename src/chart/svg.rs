//! A figure as an SVG file: the only place that knows plotters.
//!
//! plotters' coordinates are whole numbers, so a px is drawn as ten units, and the
//! root says so. What plotters does not write (halos, a font stack, weight 600, ids)
//! is put in on the way out. The bytes depend on the figure and the theme alone.

use plotters::prelude::{Color, DrawingBackend, RGBColor, SVGBackend};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{FontDesc, FontFamily, FontStyle, ShapeStyle, TextStyle};

use super::figure::{Anchor, Bounds, Figure, Label, Mark, Position};
use super::text::Weight;
use super::theme::{Role, Theme};

/// Units of a drawing's coordinates in a px.
pub const UNITS_PER_PX: f64 = 10.0;

/// plotters writes a font size divided by this.
const PLOTTERS_FONT_DIVISOR: f64 = 1.24;

const FONT_STACK: &str =
    "Inter, system-ui, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif";

/// Draws a figure.
///
/// # Panics
///
/// If plotters failed to write to a string, for which it has no reason.
pub fn render(figure: &Figure, theme: Theme) -> String {
    let size = (units(figure.width).unsigned_abs(), units(figure.height).unsigned_abs());
    let mut file = opening(figure, theme);
    let mut labels = figure.labels();
    // plotters has no shape of many rectangles: those are written here, between its drawings.
    for marks in figure.marks.split_inclusive(|mark| matches!(mark, Mark::Cells { .. })) {
        let mut drawn = String::new();
        {
            let mut backend = SVGBackend::with_string(&mut drawn, size);
            for mark in marks {
                draw(&mut backend, mark, theme);
            }
            backend.present().expect("plotters fails on files alone, and this is a string");
        }
        append(&mut file, &mut labels, &drawn, theme);
        if let Some(Mark::Cells { cells, role }) = marks.last() {
            file.push_str(&cells_element(cells, &theme.hex(*role)));
        }
    }
    file.push_str("</svg>\n");
    file
}

/// Many rectangles as one path: a cell of a heat map costs 20 bytes.
fn cells_element(cells: &[Bounds], colour: &str) -> String {
    let mut path = format!("<path fill=\"{colour}\" shape-rendering=\"crispEdges\" d=\"");
    for cell in cells {
        let ((left, top), (right, bottom)) =
            (place((cell.left, cell.top)), place((cell.right, cell.bottom)));
        let (width, height) = (right - left, bottom - top);
        path.push_str(&format!("M{left} {top}h{width}v{height}h-{width}z"));
    }
    path.push_str("\"/>\n");
    path
}

fn draw(backend: &mut SVGBackend<'_>, mark: &Mark, theme: Theme) {
    let filled = |role: Role, opacity: f64| ShapeStyle {
        color: rgb(theme, role).mix(opacity),
        filled: true,
        stroke_width: 0,
    };
    let drawn = match mark {
        Mark::Area { outline, role, opacity } => {
            backend.fill_polygon(thinned(outline), &filled(*role, *opacity))
        }
        Mark::Line { points, role, width, dash } => {
            let style = ShapeStyle {
                color: rgb(theme, *role).to_rgba(),
                filled: false,
                stroke_width: units(*width).unsigned_abs(),
            };
            let pieces = match dash {
                None => vec![points.clone()],
                Some(dash) => dashes(points, *dash),
            };
            pieces.iter().try_for_each(|piece| backend.draw_path(thinned(piece), &style))
        }
        Mark::Dot { centre, radius, role } => {
            let radius = units(*radius).unsigned_abs();
            backend.draw_circle(place(*centre), radius, &filled(*role, 1.0), true)
        }
        Mark::Plot(_) | Mark::Cells { .. } => Ok(()),
        Mark::Text(label) => {
            backend.draw_text(&label.text, &style_of(label, theme), place(label.at))
        }
    };
    drawn.expect("plotters fails on files alone, and this is a string");
}

fn style_of(label: &Label, theme: Theme) -> TextStyle<'static> {
    let weight = match label.weight {
        Weight::Regular => FontStyle::Normal,
        Weight::SemiBold => FontStyle::Bold,
    };
    let horizontal = match label.anchor {
        Anchor::Start => HPos::Left,
        Anchor::Middle => HPos::Center,
        Anchor::End => HPos::Right,
    };
    let size = label.size * UNITS_PER_PX * PLOTTERS_FONT_DIVISOR;
    let font = FontDesc::new(FontFamily::Name("Inter"), size, weight);
    let mut style = font.color(&rgb(theme, label.role));
    style.pos = Pos::new(horizontal, VPos::Center);
    style
}

/// Cuts a line into dashes; the pattern runs on across its corners.
fn dashes(points: &[Position], (on, off): (f64, f64)) -> Vec<Vec<Position>> {
    let mut pieces: Vec<Vec<Position>> = Vec::new();
    let (mut drawing, mut left) = (true, on);
    let mut piece: Vec<Position> = points.first().copied().into_iter().collect();
    for pair in points.windows(2) {
        let (from, to) = (pair[0], pair[1]);
        let (dx, dy) = (to.0 - from.0, to.1 - from.1);
        let length = (dx * dx + dy * dy).sqrt();
        let mut done = 0.0;
        while length - done > left {
            done += left;
            let at = (from.0 + dx * done / length, from.1 + dy * done / length);
            if drawing {
                piece.push(at);
                pieces.push(std::mem::take(&mut piece));
            } else {
                piece = vec![at];
            }
            drawing = !drawing;
            left = if drawing { on } else { off };
        }
        left -= length - done;
        if drawing {
            piece.push(to);
        }
    }
    if piece.len() > 1 {
        pieces.push(piece);
    }
    pieces
}

/// The file before what plotters writes: a root of its own, a title, a ground.
fn opening(figure: &Figure, theme: Theme) -> String {
    let id = match theme {
        Theme::Light => figure.name.clone(),
        Theme::Dark => format!("{}-dark", figure.name),
    };
    let (width, height) = (units(figure.width), units(figure.height));
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{}\" height=\"{}\" \
         viewBox=\"0 0 {width} {height}\" role=\"img\" aria-labelledby=\"{id}-title {id}-desc\" \
         font-family=\"{FONT_STACK}\" stroke-linejoin=\"round\">\n\
         <title id=\"{id}-title\">{}</title>\n<desc id=\"{id}-desc\">{}</desc>\n\
         <rect width=\"{width}\" height=\"{height}\" fill=\"{}\"/>\n",
        figure.width,
        figure.height,
        escaped(&figure.title),
        escaped(&figure.alt),
        theme.hex(Role::Ground),
    )
}

/// What plotters wrote, without its root, the texts with all they need.
fn append<'a>(
    file: &mut String,
    labels: &mut impl Iterator<Item = &'a Label>,
    drawn: &str,
    theme: Theme,
) {
    let mut lines = drawn.lines().skip(1).filter(|line| *line != "</svg>");
    while let Some(line) = lines.next() {
        if line.starts_with("<text ") {
            let (label, content) = (labels.next(), lines.next().unwrap_or(""));
            file.push_str(&text_element(line, label, theme));
            file.push_str(content);
        } else {
            file.push_str(&line.replace(" opacity=\"1\"", "").replace(" \"/>", "\"/>"));
            file.push('\n');
        }
    }
}

/// The opening tag of a text, made the same in all viewers.
fn text_element(line: &str, label: Option<&Label>, theme: Theme) -> String {
    // Half of Inter's capitals; `ex` differs between viewers.
    let mut tag = line
        .replace(" dy=\"0.5ex\"", " dy=\"0.36em\"")
        .replace(" font-family=\"Inter\"", "")
        .replace(" font-weight=\"bold\"", " font-weight=\"600\"")
        .replace(" opacity=\"1\"", "");
    if label.is_some_and(|label| label.halo) {
        let rim = format!(
            " stroke=\"{}\" stroke-width=\"35\" paint-order=\"stroke\">",
            theme.hex(Role::Ground)
        );
        tag = tag.replace('>', &rim);
    }
    tag
}

/// A text as content; control characters, which XML cannot hold, become spaces.
fn escaped(text: &str) -> String {
    let text = text.replace(char::is_control, " ");
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fn rgb(theme: Theme, role: Role) -> RGBColor {
    let [_, red, green, blue] = theme.colour(role).to_be_bytes();
    RGBColor(red, green, blue)
}

/// The points in units, without those on a level or upright line between their neighbours.
fn thinned(points: &[Position]) -> Vec<(i32, i32)> {
    let between = |a: i32, b: i32, c: i32| (a.min(c)..=a.max(c)).contains(&b);
    let mut kept: Vec<(i32, i32)> = Vec::with_capacity(points.len());
    for point in points.iter().copied().map(place) {
        if let [.., before, last] = kept[..] {
            let level =
                before.1 == last.1 && last.1 == point.1 && between(before.0, last.0, point.0);
            let upright =
                before.0 == last.0 && last.0 == point.0 && between(before.1, last.1, point.1);
            if level || upright {
                kept.pop();
            }
        }
        kept.push(point);
    }
    kept
}

fn place(at: Position) -> (i32, i32) {
    (units(at.0), units(at.1))
}

/// Tenths of a px, a half away from zero.
fn units(px: f64) -> i32 {
    (px * UNITS_PER_PX).round() as i32
}
