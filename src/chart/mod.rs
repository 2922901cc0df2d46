//! Charts: from results to pictures.
//!
//! ```text
//! Results -> cases (who shares a chart)
//!         -> load, storm (what is drawn: spread, recovery; what it says: finding)
//!         -> Figure (marks in px) -> svg (light, dark) -> raster (PNG)
//! ```
//!
//! A chart is a value until `svg` turns it into bytes, so that tests can measure it.
//! `axis`, `words`, `text`, `theme`, `layout` and `place` are the kit. Only `svg` knows
//! plotters, only `raster` knows resvg. No clock, no locale, no map with a random order:
//! the same results give the same bytes.
//!
//! A title states what the data show, as far as it is clear of noise; `finding` decides.

pub mod axis;
mod captions;
pub mod cases;
mod catalogue;
mod events;
pub mod figure;
mod final_load;
pub mod finding;
mod forest;
mod frontier;
mod heat;
mod latency_heat;
mod layout;
mod load;
mod measure;
pub mod messages;
mod moved;
pub mod name;
mod phase;
mod place;
mod plane;
mod raster;
mod shape;
mod storm;
pub mod svg;
mod sweep;
mod swept;
mod table;
pub mod text;
pub mod theme;
pub mod words;
mod worlds;

pub use catalogue::{NAMES, alt_text, draw, figure, figures};
pub use layout::Size;
pub use raster::{WIDTH as PNG_WIDTH, png};
pub use text::{REGULAR_WOFF2, SEMI_BOLD_WOFF2};

use crate::stats::Results;
use figure::{Figure, Plot};
use theme::Theme;

/// A chart in both themes, with the data that drew it.
#[derive(Clone, Debug, PartialEq)]
pub struct Chart {
    /// File stem, for instance `load-distribution`.
    pub name: String,
    /// The finding, at most 80 characters.
    pub title: String,
    /// The finding and the numbers that carry it, for those who cannot see it.
    pub alt: String,
    /// For light pages; its ground is opaque.
    pub svg_light: String,
    /// For dark pages; its ground is opaque.
    pub svg_dark: String,
    /// The drawn data: a header and one line a point.
    pub csv: String,
    /// Where its plots over time lie, in px.
    pub plots: Vec<Plot>,
}

/// Why a picture could not be made.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ChartError {
    /// Not an SVG.
    #[error("cannot read the SVG: {0}")]
    Parse(String),
    /// Too large a picture, or an empty one.
    #[error("no picture of {width} x {height} pixels can be made")]
    Size {
        /// Pixels wide.
        width: u32,
        /// Pixels high.
        height: u32,
    },
    /// Compression failed.
    #[error("cannot write the PNG: {0}")]
    Encode(String),
}

/// Draws all charts that the results have data for, in the order of reading (see
/// [`NAMES`]); numbered by point when a sweep has more cases than fit into one. Costs a
/// few ms a chart.
pub fn draw_all(results: &Results) -> Vec<Chart> {
    figures(results).into_iter().map(|(figure, csv)| finished(&figure, csv)).collect()
}

fn finished(figure: &Figure, csv: String) -> Chart {
    Chart {
        name: figure.name.clone(),
        title: figure.title.clone(),
        alt: figure.alt.clone(),
        svg_light: svg::render(figure, Theme::Light),
        svg_dark: svg::render(figure, Theme::Dark),
        csv,
        plots: figure.plots().copied().collect(),
    }
}
