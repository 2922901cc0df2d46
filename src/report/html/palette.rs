//! The colours of a page as custom properties, so that one drawing serves light pages,
//! dark ones and paper.

use crate::chart::theme::{Role, Theme};
use crate::policy::Hue;

/// The colours that the page itself uses, by name.
const NAMED: [(&str, Role); 16] = [
    ("ground", Role::Ground),
    ("ink", Role::Ink),
    ("muted", Role::Muted),
    ("axis", Role::Axis),
    ("grid", Role::Grid),
    ("alert", Role::Alert),
    ("baseline", Role::Words(Hue::Baseline)),
    ("ring", Role::Words(Hue::Ring)),
    ("bounded", Role::Words(Hue::Bounded)),
    ("gateway", Role::Words(Hue::Gateway)),
    ("other", Role::Words(Hue::Other)),
    ("baseline-mark", Role::Mark(Hue::Baseline)),
    ("ring-mark", Role::Mark(Hue::Ring)),
    ("bounded-mark", Role::Mark(Hue::Bounded)),
    ("gateway-mark", Role::Mark(Hue::Gateway)),
    ("other-mark", Role::Mark(Hue::Other)),
];

/// The class of a policy's colour.
pub fn class(hue: Hue) -> &'static str {
    match hue {
        Hue::Baseline => "baseline",
        Hue::Ring => "ring",
        Hue::Bounded => "bounded",
        Hue::Gateway => "gateway",
        Hue::Other => "other",
    }
}

/// Colours by name, each for light and for dark pages (`#RRGGBB`).
#[derive(Clone, Debug)]
pub struct Palette {
    colours: Vec<(String, String, String)>,
}

impl Palette {
    /// The page's own colours.
    pub fn new() -> Self {
        let colours = NAMED
            .iter()
            .map(|(name, role)| {
                ((*name).to_owned(), Theme::Light.hex(*role), Theme::Dark.hex(*role))
            })
            .collect();
        Self { colours }
    }

    /// A drawing that names its colours, from the same drawing for light and for dark
    /// pages: they differ in colours alone. Colours met for the first time get a name.
    pub fn named(&mut self, light: &str, dark: &str) -> String {
        let mut drawing = String::with_capacity(light.len());
        let (mut light_parts, mut dark_parts) = (light.split("\"#"), dark.split("\"#"));
        drawing.push_str(light_parts.next().unwrap_or_default());
        dark_parts.next();
        for (light, dark) in light_parts.zip(dark_parts) {
            match (colour(light), colour(dark)) {
                (Some(light_colour), Some(dark_colour)) => {
                    let name = self.name(light_colour, dark_colour);
                    drawing.push_str(&format!("\"var(--{name})"));
                    drawing.push_str(&light[light_colour.len()..]);
                }
                _ => {
                    drawing.push_str("\"#");
                    drawing.push_str(light);
                }
            }
        }
        drawing
    }

    fn name(&mut self, light: &str, dark: &str) -> String {
        let (light, dark) = (format!("#{light}"), format!("#{dark}"));
        let known = self.colours.iter().find(|(_, l, d)| *l == light && *d == dark);
        if let Some((name, _, _)) = known {
            return name.clone();
        }
        let name = format!("colour-{}", self.colours.len() - NAMED.len() + 1);
        self.colours.push((name.clone(), light, dark));
        name
    }

    /// The style sheet's part: light unless the reader's system or `data-theme` says dark;
    /// always light on paper.
    pub fn css(&self) -> String {
        let list = |pick: fn(&(String, String, String)) -> &String| {
            let set = |colour| format!("--{}:{};", colour_name(colour), pick(colour));
            self.colours.iter().map(set).collect::<String>()
        };
        let light = list(|colour| &colour.1);
        let dark = list(|colour| &colour.2);
        format!(
            ":root{{color-scheme:light;{light}}}\n\
             @media (prefers-color-scheme:dark){{:root:not([data-theme=\"light\"]){{color-scheme:dark;{dark}}}}}\n\
             :root[data-theme=\"dark\"]{{color-scheme:dark;{dark}}}\n\
             @media print{{:root:root:root{{color-scheme:light;{light}}}}}\n"
        )
    }
}

fn colour_name(colour: &(String, String, String)) -> &str {
    &colour.0
}

/// The six hexadecimal digits before a quotation mark.
fn colour(text: &str) -> Option<&str> {
    let (digits, _) = text.split_once('"')?;
    (digits.len() == 6 && digits.bytes().all(|byte| byte.is_ascii_hexdigit())).then_some(digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_colour_becomes_a_name_that_has_both_values() {
        let mut palette = Palette::new();
        let light = "<a fill=\"#14181F\"/><a fill=\"#ABCDEF\" id=\"#x\"/>";
        let dark = "<a fill=\"#E8EBF0\"/><a fill=\"#123456\" id=\"#x\"/>";
        let drawing = palette.named(light, dark);
        let expected = "<a fill=\"var(--ink)\"/><a fill=\"var(--colour-1)\" id=\"#x\"/>";
        assert_eq!(drawing, expected);
        let css = palette.css();
        assert!(css.contains("--colour-1:#ABCDEF;") && css.contains("--colour-1:#123456;"));
    }
}
