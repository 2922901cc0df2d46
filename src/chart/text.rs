//! How wide texts are, measured with the bundled font, so that they fit.

use std::sync::OnceLock;

use ttf_parser::Face;

/// Inter 400, subset (see `fonts/README.md`).
pub const REGULAR: &[u8] = include_bytes!("fonts/Inter-Regular.ttf");
/// Inter 600, subset.
pub const SEMI_BOLD: &[u8] = include_bytes!("fonts/Inter-SemiBold.ttf");

/// Inter 400, the same subset for web pages.
pub const REGULAR_WOFF2: &[u8] = include_bytes!("fonts/Inter-Regular.woff2");
/// Inter 600, the same subset for web pages.
pub const SEMI_BOLD_WOFF2: &[u8] = include_bytes!("fonts/Inter-SemiBold.woff2");

/// Room left for viewers that do not have Inter: `DejaVu` Sans runs 4 to 6% wider.
const SLACK: f64 = 1.07;

/// How strong a text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weight {
    /// 400.
    Regular,
    /// 600.
    SemiBold,
}

/// Width in px of a text of a size in px, without kerning. A character that the font lacks
/// comes from another font of the viewer: it is taken for as wide as an emoji or an ideograph.
pub fn width(text: &str, size: f64, weight: Weight) -> f64 {
    let face = face(weight);
    let em = face.units_per_em();
    let advance = |character: char| match face.glyph_index(character) {
        Some(glyph) => u32::from(face.glyph_hor_advance(glyph).unwrap_or(0)),
        None if joins(character) => 0,
        None => u32::from(em) * 5 / 4,
    };
    let units: u32 = text.chars().map(advance).sum();
    f64::from(units) * size / f64::from(em)
}

/// Whether a character only changes the one before it: joiners and variation selectors.
const fn joins(character: char) -> bool {
    matches!(character, '\u{200c}' | '\u{200d}' | '\u{fe00}'..='\u{fe0f}')
}

/// Whether a text stays within `available` px, also in a somewhat wider font.
pub fn fits(text: &str, size: f64, weight: Weight, available: f64) -> bool {
    width(text, size, weight) * SLACK <= available
}

/// Whether the bundled font can draw a character.
pub fn has_glyph(character: char, weight: Weight) -> bool {
    face(weight).glyph_index(character).is_some()
}

/// The text with `?` in place of what no viewer may see: control characters and others that
/// XML forbids, and what changes the direction of the text after it.
pub fn harmless(text: &str) -> String {
    let harms = |c: char| {
        c.is_control()
            || matches!(
                c,
                '\u{fffe}' | '\u{ffff}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}'
            )
            || matches!(c, '\u{2066}'..='\u{2069}')
    };
    text.chars().map(|c| if harms(c) { '?' } else { c }).collect()
}

/// The text with `?` in place of what the bundled font cannot draw, which a renderer that has no
/// other font leaves out without a word.
pub fn printable(text: &str) -> String {
    let known = |c: char| has_glyph(c, Weight::Regular) && has_glyph(c, Weight::SemiBold);
    let is_seen = |c: &char| !joins(*c);
    let shown = |c: char| if known(c) || c == '\n' { c } else { '?' };
    text.chars().filter(is_seen).map(shown).collect()
}

/// The text, or as much of its beginning as fits, with an ellipsis.
pub fn elided(text: &str, size: f64, weight: Weight, available: f64) -> String {
    if fits(text, size, weight, available) {
        return text.to_owned();
    }
    beginning(text, |shorter| fits(shorter, size, weight, available)).1
}

/// As much of the beginning as fits but not all, cut at a sensible place (see [`tidy`]), with an
/// ellipsis, and how many bytes that is; nothing where not even the ellipsis fits.
pub fn beginning(text: &str, fits: impl Fn(&str) -> bool) -> (usize, String) {
    let cuts = text.char_indices().map(|(end, _)| {
        let kept = tidy(text, end);
        (kept.len(), format!("{kept}…"))
    });
    cuts.rev().find(|(_, cut)| fits(cut)).unwrap_or_default()
}

/// Fewer letters of a word than this tell nothing of it.
const FRAGMENT: usize = 3;

/// The beginning of a text up to a byte, or somewhat less: without what would look odd before
/// an ellipsis, which is punctuation, a bracket that has just been opened, part of a number, and
/// one or two letters of a longer word.
pub fn tidy(text: &str, end: usize) -> &str {
    let mut kept = &text[..end];
    loop {
        let rest = &text[kept.len()..];
        let shorter = kept.trim_end_matches(is_loose);
        let shorter = without_fragment(shorter, rest, shorter.len() < kept.len());
        if shorter.len() == kept.len() {
            return kept;
        }
        kept = shorter;
    }
}

/// What may not stand before an ellipsis.
fn is_loose(c: char) -> bool {
    c.is_whitespace() || ",;:.·…-–—−/|_&+×=<>#@~([{'\"“‘„".contains(c)
}

/// A text without the number at its end, or the few letters of a word, that go on in the rest;
/// `is_whole` where something else was between.
fn without_fragment<'a>(kept: &'a str, rest: &str, is_whole: bool) -> &'a str {
    let word = kept.trim_end_matches(char::is_alphanumeric);
    let letters = kept[word.len()..].chars().count();
    if is_whole || word.is_empty() {
        return kept;
    }
    let mut next = rest.chars();
    let first = next.next().unwrap_or(' ');
    let goes_on = first.is_ascii_digit()
        || ".,".contains(first) && next.next().is_some_and(|c| c.is_ascii_digit());
    if goes_on && kept.ends_with(|c: char| c.is_ascii_digit()) {
        let number = kept.trim_end_matches(|c: char| c.is_ascii_digit() || ".,".contains(c));
        return if number.is_empty() { kept } else { number };
    }
    if first.is_alphanumeric() && letters < FRAGMENT { word } else { kept }
}

/// The text in at most two lines, broken at a space or after a hyphen, `_` or `/`: at a comma if
/// it may, else where the longer line is shortest, so that `2 s` stays together. The second is cut
/// where no break leaves room for all of it.
pub fn wrapped(text: &str, size: f64, weight: Weight, available: f64) -> Vec<String> {
    let fits = |text: &str| fits(text, size, weight, available);
    if fits(text) {
        return vec![text.to_owned()];
    }
    let marks = text.match_indices([' ', '-', '_', '/']);
    let breaks = marks.map(|(at, mark)| if mark == " " { at } else { at + mark.len() });
    let lines = breaks.filter(|at| *at > 0).map(|at| (&text[..at], text[at..].trim_start()));
    let possible: Vec<(&str, &str)> = lines.filter(|(first, _)| fits(first)).collect();
    let longer = |a: &str, b: &str| width(a, size, weight).max(width(b, size, weight));
    let whole = possible.iter().filter(|(_, second)| fits(second));
    let best = whole.min_by(|(a, rest), (b, other)| {
        let comma = b.ends_with(',').cmp(&a.ends_with(','));
        comma.then(longer(a, rest).total_cmp(&longer(b, other)))
    });
    match best.or(possible.last()) {
        Some((first, second)) => {
            vec![(*first).to_owned(), elided(second, size, weight, available)]
        }
        None => vec![elided(text, size, weight, available)],
    }
}

/// The first of several ways to say it that fits; the last one elided when none does.
pub fn first_that_fits<'a>(
    candidates: impl IntoIterator<Item = &'a str>,
    size: f64,
    weight: Weight,
    available: f64,
) -> String {
    let mut last = "";
    for candidate in candidates {
        if fits(candidate, size, weight, available) {
            return candidate.to_owned();
        }
        last = candidate;
    }
    elided(last, size, weight, available)
}

fn face(weight: Weight) -> &'static Face<'static> {
    static FACES: OnceLock<[Face<'static>; 2]> = OnceLock::new();
    let faces = FACES.get_or_init(|| {
        [REGULAR, SEMI_BOLD].map(|data| {
            Face::parse(data, 0).expect("the bundled fonts are valid: a test reads them")
        })
    });
    match weight {
        Weight::Regular => &faces[0],
        Weight::SemiBold => &faces[1],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_loose_stands_before_an_ellipsis() {
        let cut = |text: &str, most: usize| beginning(text, |cut| cut.chars().count() <= most).1;
        for (most, expected) in [
            (27, "maglev, table (65,537 rows…"),
            (26, "maglev, table (65,537 row…"),
            (25, "maglev, table (65,537…"),
            (21, "maglev, table…"),
            (14, "maglev, table…"),
            (11, "maglev…"),
            (6, "magle…"),
        ] {
            assert_eq!(cut("maglev, table (65,537 rows of it)", most), expected, "{most}");
        }
        assert_eq!(cut("bounded ring, 1.05", 17), "bounded ring…", "part of a number is another");
        assert_eq!(cut("1234567", 4), "123…", "all of it is one");
        assert_eq!(cut("keep: a – b", 10), "keep: a…");
        assert_eq!(cut("", 10), "");
    }

    #[test]
    fn a_name_breaks_where_it_may_and_is_cut_only_where_it_must() {
        let lines = |text: &str, room: f64| wrapped(text, 12.0, Weight::SemiBold, room);
        assert_eq!(lines("full jitter", 200.0), ["full jitter"]);
        assert_eq!(lines("reconnecting-ws", 95.0), ["reconnecting-", "ws"]);
        assert_eq!(lines("two words only", 70.0), ["two words", "only"]);
        assert_eq!(lines("a/b_c", 25.0), ["a/", "b_c"]);
        assert_eq!(lines("reports only, 2 s", 100.0), ["reports only,", "2 s"]);
        assert_eq!(lines("many words, far too many", 100.0), ["many words,", "far too many"]);
        let cut = lines("unbreakable", 40.0);
        assert!(cut.len() == 1 && cut[0].ends_with('…'), "{cut:?}");
    }

    #[test]
    fn what_the_font_lacks_has_a_width_and_is_replaced_only_where_nothing_else_can_draw_it() {
        let width = |text: &str| width(text, 10.0, Weight::Regular);
        assert!((width("环") - 12.5).abs() < 1e-9 && (width("👩\u{200d}🔧") - 25.0).abs() < 1e-9);
        assert_eq!(harmless("ring 环 \u{1}\u{202e}\u{1f600}"), "ring 环 ??\u{1f600}");
        assert_eq!(printable("ring 环 👩\u{200d}🔧"), "ring ? ??");
    }
}
