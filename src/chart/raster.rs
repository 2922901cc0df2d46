//! An SVG of ours as a PNG.

use std::sync::{Arc, OnceLock};

use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{Options, Tree, fontdb};

use super::ChartError;
use super::text::{REGULAR, SEMI_BOLD, printable};

/// Width of the PNG of a wide chart, in pixels: twice the figure's px.
pub const WIDTH: u32 = 1920;

/// Pixels a px.
const SCALE: f32 = 2.0;

/// Draws an SVG at twice its size (1920 pixels for a wide chart, 1440 for half of one), with the
/// two bundled fonts and no others, so that it is the same picture everywhere: characters that
/// they lack become `?`. Costs 30 to 100 ms, most of it compression.
///
/// # Errors
///
/// When the text is not an SVG, or its picture does not fit into memory.
pub fn png(svg: &str) -> Result<Vec<u8>, ChartError> {
    let options =
        Options { fontdb: fonts(), font_family: "Inter".to_owned(), ..Options::default() };
    let tree = Tree::from_str(&printable(svg), &options)
        .map_err(|error| ChartError::Parse(error.to_string()))?;
    let width = (tree.size().width() * SCALE).round() as u32;
    let height = (tree.size().height() * SCALE).round() as u32;
    let mut picture = Pixmap::new(width, height).ok_or(ChartError::Size { width, height })?;
    resvg::render(&tree, Transform::from_scale(SCALE, SCALE), &mut picture.as_mut());
    picture.encode_png().map_err(|error| ChartError::Encode(error.to_string()))
}

fn fonts() -> Arc<fontdb::Database> {
    static FONTS: OnceLock<Arc<fontdb::Database>> = OnceLock::new();
    let loaded = FONTS.get_or_init(|| {
        let mut fonts = fontdb::Database::new();
        fonts.load_font_data(REGULAR.to_vec());
        fonts.load_font_data(SEMI_BOLD.to_vec());
        Arc::new(fonts)
    });
    Arc::clone(loaded)
}
