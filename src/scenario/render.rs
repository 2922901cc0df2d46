//! Diagnostics as text for people, or as JSON for programs.

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{
    Annotation, AnnotationKind, Group, Level, Renderer, Snippet, normalize_untrusted_str,
};
use serde_json::json;

use super::diagnostic::{Diagnostic, Source, Span};

/// So many diagnostics are shown: a file with thousands of faults has one cause or two, and
/// nobody reads on.
pub const MOST_SHOWN: usize = 50;

/// In a line of more bytes than this each place is shown by itself, with the text around it:
/// two places in one excerpt bring all that is between them.
const LONG_LINE: usize = 300;

/// Diagnostics as a terminal shows them, at most [`MOST_SHOWN`], an empty line between two, each
/// line ended; then how many more there are. Control characters of a source are shown as pictures, so that a
/// scenario cannot command the terminal.
pub fn text(diagnostics: &[Diagnostic], with_colour: bool) -> String {
    let renderer = if with_colour { Renderer::styled() } else { Renderer::plain() };
    let renderer = renderer.decor_style(DecorStyle::Ascii);
    let mut reports: Vec<String> = diagnostics
        .iter()
        .take(MOST_SHOWN)
        .map(|diagnostic| {
            let groups = report(diagnostic);
            // Without a place the help would hang on an empty margin: it follows by itself.
            if diagnostic.spans.is_empty() {
                groups.chunks(1).map(|group| renderer.render(group) + "\n").collect()
            } else {
                renderer.render(&groups) + "\n"
            }
        })
        .collect();
    if let Some(more) = diagnostics.len().checked_sub(MOST_SHOWN).filter(|more| *more > 0) {
        reports.push(format!("and {more} more\n"));
    }
    reports.join("\n")
}

/// One JSON object a line, at most [`MOST_SHOWN`] of them: code, message, path, help, and the places with file,
/// line and column (both from 1, columns in characters), length in characters, and label.
pub fn json_lines(diagnostics: &[Diagnostic]) -> String {
    let line = |diagnostic: &Diagnostic| {
        let spans: Vec<_> = diagnostic.spans.iter().map(span_json).collect();
        let object = json!({
            "code": diagnostic.code.name(),
            "message": diagnostic.message,
            "path": diagnostic.path,
            "spans": spans,
            "help": diagnostic.help,
        });
        format!("{object}\n")
    };
    diagnostics.iter().take(MOST_SHOWN).map(line).collect()
}

/// What is no fault of a scenario, as a line of the same form.
pub fn json_line(message: &str) -> String {
    let object = json!({"code": null, "message": message, "path": "", "spans": [], "help": null});
    format!("{object}\n")
}

fn span_json(span: &Span) -> serde_json::Value {
    let (line, column) = span.source.line_and_column(span.range.start);
    let length = span.source.text.get(span.range.clone()).map_or(0, |text| text.chars().count());
    json!({
        "file": span.source.name, "line": line, "column": column,
        "length": length, "label": span.label,
    })
}

/// Places of one source; the first of all places of a diagnostic is the main one.
fn snippet<'a>(spans: &[(usize, &'a Span)]) -> Snippet<'a, Annotation<'a>> {
    let annotations = spans.iter().map(|(position, span)| {
        let kind = if *position == 0 { AnnotationKind::Primary } else { AnnotationKind::Context };
        let label = (!span.label.is_empty()).then(|| normalize_untrusted_str(&span.label));
        kind.span(span.range.clone()).label(label)
    });
    let source: &Source = &spans[0].1.source;
    Snippet::source(source.text.as_str()).path(source.name.as_str()).annotations(annotations)
}

/// The places that are shown together: those of one source, but for those in long lines.
fn excerpts(spans: &[Span]) -> Vec<Vec<(usize, &Span)>> {
    let mut excerpts: Vec<Vec<(usize, &Span)>> = Vec::new();
    for (position, span) in spans.iter().enumerate() {
        let together = |excerpt: &&mut Vec<(usize, &Span)>| {
            let (_, first) = excerpt[0];
            first.source == span.source && !is_in_long_line(first) && !is_in_long_line(span)
        };
        match excerpts.iter_mut().find(together) {
            Some(excerpt) => excerpt.push((position, span)),
            None => excerpts.push(vec![(position, span)]),
        }
    }
    excerpts
}

fn is_in_long_line(span: &Span) -> bool {
    let text = span.source.text.as_str();
    let before = text.get(..span.range.start).unwrap_or(text);
    let after = text.get(span.range.start..).unwrap_or_default();
    let start = before.rfind('\n').map_or(0, |end| end + 1);
    let end = after.find('\n').unwrap_or(after.len());
    before.len() - start + end > LONG_LINE
}

fn report(diagnostic: &Diagnostic) -> Vec<Group<'_>> {
    let title = Level::ERROR.primary_title(diagnostic.message.as_str()).id(diagnostic.code.name());
    let excerpts = excerpts(&diagnostic.spans);
    let snippets = excerpts.iter().map(|spans| snippet(spans));
    let mut groups = vec![Group::with_title(title).elements(snippets)];
    if let Some(help) = &diagnostic.help {
        groups.push(Group::with_title(Level::HELP.secondary_title(normalize_untrusted_str(help))));
    }
    groups
}
