//! Standard output and standard error, and whether they show colours.

use std::io::{self, IsTerminal, Write};

use super::arguments::{Arguments, Color};
use super::failure::Failure;
use crate::report::TerminalOptions;
use crate::scenario::render;

/// Writes an answer to standard output. A reader that has gone away is no
/// error: what it wanted it has.
pub(super) fn print(text: &str) -> Result<(), Failure> {
    bytes(text.as_bytes())
}

/// The same for what is no text.
pub(super) fn bytes(answer: &[u8]) -> Result<(), Failure> {
    match io::stdout().lock().write_all(answer).and_then(|()| io::stdout().flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Failure::Output(error)),
        _ => Ok(()),
    }
}

/// Writes a message to standard error. If that cannot be written there is
/// nowhere left to say so.
pub(super) fn message(text: &str) {
    let _ = io::stderr().lock().write_all(text.as_bytes());
}

/// Says what is no fault, but may not be meant; nothing to those who want it quiet.
pub(super) fn warning(text: &str, arguments: &Arguments) {
    if arguments.quiet {
        return;
    }
    if arguments.json_messages {
        return message(&render::json_line(&format!("warning: {text}")));
    }
    let (on, off) =
        if colors(arguments.color, &io::stderr()) { ("\x1b[1;33m", "\x1b[0m") } else { ("", "") };
    message(&format!("{on}warning{off}: {text}\n"));
}

/// Gives the bars that others draw the colours that were asked for.
pub(super) fn color_bars(choice: Color) {
    console::set_colors_enabled_stderr(colors(choice, &io::stderr()));
}

/// Whether text on this stream is coloured.
pub(super) fn colors(choice: Color, stream: &impl IsTerminal) -> bool {
    let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty() && value != "0");
    match choice {
        Color::Always => true,
        Color::Never => false,
        Color::Auto if set("NO_COLOR") => false,
        Color::Auto if set("CLICOLOR_FORCE") => true,
        Color::Auto => {
            stream.is_terminal() && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
        }
    }
}

/// How a table is written to standard output.
pub(super) fn terminal(color: Color) -> TerminalOptions {
    TerminalOptions {
        width: width(),
        color: colors(color, &io::stdout()),
        ascii: std::env::var_os("TERM").is_some_and(|term| term == "dumb"),
    }
}

/// Columns of the terminal; 80 when there is none.
pub(super) fn width() -> usize {
    let (_, columns) = console::Term::stdout().size_checked().unwrap_or((24, 80));
    usize::from(columns).max(60)
}
