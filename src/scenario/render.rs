//! Diagnostics as text for people, or as JSON for programs.

use std::sync::Arc;

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{
    Annotation, AnnotationKind, Group, Level, Renderer, Snippet, normalize_untrusted_str,
};
use serde_json::json;

use super::diagnostic::{Diagnostic, Source, Span};

/// Diagnostics as a terminal shows them, an empty line between two, each line
/// ended. Control characters of a source are shown as pictures, so that a
/// scenario cannot command the terminal.
pub fn text(diagnostics: &[Diagnostic], with_colour: bool) -> String {
    let renderer = if with_colour { Renderer::styled() } else { Renderer::plain() };
    let renderer = renderer.decor_style(DecorStyle::Ascii);
    let reports: Vec<String> = diagnostics
        .iter()
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
    reports.join("\n")
}

/// One JSON object a line: code, message, path, help, and the places with file,
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
    diagnostics.iter().map(line).collect()
}

fn span_json(span: &Span) -> serde_json::Value {
    let (line, column) = span.source.line_and_column(span.range.start);
    let length = span.source.text.get(span.range.clone()).map_or(0, |text| text.chars().count());
    json!({
        "file": span.source.name, "line": line, "column": column,
        "length": length, "label": span.label,
    })
}

/// One source with all places in it; the first of all places is the main one.
fn snippet<'a>(source: &'a Source, spans: &'a [Span]) -> Snippet<'a, Annotation<'a>> {
    let annotations = spans.iter().enumerate().filter(|(_, span)| *span.source == *source).map(
        |(position, span)| {
            let kind =
                if position == 0 { AnnotationKind::Primary } else { AnnotationKind::Context };
            let label = (!span.label.is_empty()).then(|| normalize_untrusted_str(&span.label));
            kind.span(span.range.clone()).label(label)
        },
    );
    Snippet::source(source.text.as_str()).path(source.name.as_str()).annotations(annotations)
}

fn report(diagnostic: &Diagnostic) -> Vec<Group<'_>> {
    let title = Level::ERROR.primary_title(diagnostic.message.as_str()).id(diagnostic.code.name());
    let mut sources: Vec<&Arc<Source>> = Vec::new();
    for span in &diagnostic.spans {
        if !sources.contains(&&span.source) {
            sources.push(&span.source);
        }
    }
    let snippets = sources.into_iter().map(|source| snippet(source, &diagnostic.spans));
    let mut groups = vec![Group::with_title(title).elements(snippets)];
    if let Some(help) = &diagnostic.help {
        groups.push(Group::with_title(Level::HELP.secondary_title(normalize_untrusted_str(help))));
    }
    groups
}
