//! `report.html`: the whole answer as one page that needs nothing else.
//!
//! ```text
//! Results + charts -> verdict, warnings, key_figures, drawings, metrics, method -> page
//! ```
//!
//! | module | what it holds |
//! |---|---|
//! | `key_figures` | policies against the six metrics that say most |
//! | `drawings` | the charts, each with its data |
//! | `metrics` | every metric, every difference |
//! | `method` | seed, statistics, policies, the scenario |
//! | `palette` | colours by name: light, dark, paper |
//! | `markup` | escaping, boxes that scroll, base 64 |
//!
//! The page is complete without its script, which adds what paper cannot: a time cursor
//! across charts, sorting, hiding a policy. It asks nobody for anything: fonts are in it,
//! and its content security policy allows that one script and no request. It is HTML and
//! well-formed XML alike. No clock, no locale: the same results give the same bytes.

mod drawings;
mod key_figures;
mod markup;
mod method;
mod metrics;
mod palette;

use super::{validity, verdict};
use crate::chart::{Chart, REGULAR_WOFF2, SEMI_BOLD_WOFF2};
use crate::stats::Results;
use markup::{base64, escaped};
use palette::Palette;

/// Its name.
pub const NAME: &str = "report.html";

const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("script.js");

/// SHA-256 of the script, in base 64: what the page's policy lets run. A browser that finds
/// another runs nothing and says so, which a test looks for.
/// `openssl dgst -sha256 -binary src/report/html/script.js | base64` gives it.
const SCRIPT_DIGEST: &str = "KQ5FaavVF05HJjkmqxFvnO7ZBs2xVSNTSwPRmmUza+c=";

/// Bytes of all charts and tables: the rest of 2 MB is for fonts and words.
const MOST_BYTES: usize = 1_800_000;
/// Bytes of all charts.
const MOST_DRAWN: usize = 1_400_000;

/// The page; under 2 MB whatever was run.
pub fn page(results: &Results, charts: &[Chart]) -> String {
    let mut palette = Palette::new();
    let key_figures = key_figures::section(results);
    let metrics = metrics::section(results);
    let room = MOST_BYTES.saturating_sub(key_figures.len() + metrics.len());
    let drawings = drawings::section(charts, &mut palette, room.min(MOST_DRAWN));
    let mut page = head(results, &palette);
    page.push_str("<body>\n<header>\n<p class=\"kicker\">ringstorm</p>\n");
    page.push_str(&format!("<h1>{}</h1>\n", escaped(&results.name)));
    page.push_str(&format!(
        "<p class=\"verdict\">{}</p>\n",
        escaped(&verdict::verdict(results, charts))
    ));
    if !results.description.is_empty() {
        page.push_str(&format!("<p class=\"about\">{}</p>\n", escaped(&results.description)));
    }
    page.push_str(&format!(
        "<p class=\"setting\">{}</p>\n</header>\n",
        escaped(&method::setting(results))
    ));
    page.push_str(&warnings(results));
    page.push_str("<main>\n");
    page.push_str(&key_figures);
    page.push_str(&drawings);
    page.push_str(&metrics);
    page.push_str(&method::section(results));
    page.push_str("</main>\n<script>");
    page.push_str(SCRIPT);
    page.push_str("</script>\n</body>\n</html>\n");
    page
}

fn head(results: &Results, palette: &Palette) -> String {
    format!(
        "<!DOCTYPE html>\n\
         <html lang=\"en\" xmlns=\"http://www.w3.org/1999/xhtml\">\n<head>\n\
         <meta charset=\"utf-8\"/>\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; \
         style-src 'unsafe-inline'; font-src data:; img-src data:; \
         script-src 'sha256-{SCRIPT_DIGEST}'; base-uri 'none'; form-action 'none'\"/>\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n\
         <meta name=\"generator\" content=\"ringstorm {version}\"/>\n\
         <title>{name} · ringstorm</title>\n<link rel=\"icon\" href=\"data:,\"/>\n\
         <style>\n{fonts}{palette}{STYLE}</style>\n</head>\n",
        version = env!("CARGO_PKG_VERSION"),
        name = escaped(&results.name),
        fonts = fonts(),
        palette = palette.css(),
    )
}

fn fonts() -> String {
    let face = |weight: u32, bytes: &[u8]| {
        format!(
            "@font-face{{font-family:Inter;font-weight:{weight};\
             src:url(data:font/woff2;base64,{}) format(\"woff2\")}}\n",
            base64(bytes)
        )
    };
    face(400, REGULAR_WOFF2) + &face(600, SEMI_BOLD_WOFF2)
}

fn warnings(results: &Results) -> String {
    let warnings = validity::warnings(results);
    if warnings.is_empty() {
        return String::new();
    }
    let items: Vec<String> =
        warnings.iter().map(|warning| format!("<li>{}</li>\n", escaped(warning))).collect();
    let items = items.concat();
    format!(
        "<aside class=\"warnings\" aria-labelledby=\"limits\">\n\
         <h2 id=\"limits\">What limits these results</h2>\n<ul>\n{items}</ul>\n</aside>\n"
    )
}
