//! The only place that writes to standard output and standard error.

use std::io::{self, IsTerminal, Write};

use anstyle::{AnsiColor, Style};
use serde::Serialize;
use serde_json::json;

use crate::failure::{Failure, Outcome};

const ERROR: Style = AnsiColor::Red.on_default().bold();
const LABEL: Style = Style::new().bold();
const GOOD: Style = AnsiColor::Green.on_default();
const POOR: Style = AnsiColor::Yellow.on_default();
const FAINT: Style = Style::new().dimmed();

/// How the command talks.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Output {
    /// Results and errors as JSON.
    pub(crate) json: bool,
}

/// What a word says about the vault's protection, for its colour.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Tone {
    Plain,
    Good,
    Poor,
}

impl Output {
    /// A sentence about what was done, for people; nothing when the output is JSON.
    pub(crate) fn say(self, sentence: &str) -> Outcome {
        if self.json { Ok(()) } else { self.line(sentence) }
    }

    /// A line of text.
    pub(crate) fn line(self, text: &str) -> Outcome {
        written(writeln!(anstream::stdout(), "{text}"))
    }

    /// Lines of a label and a text, the texts aligned.
    pub(crate) fn table(self, rows: &[(&str, String, Tone)]) -> Outcome {
        let width = rows.iter().map(|(label, ..)| label.len()).max().unwrap_or(0) + 2;
        let mut out = anstream::stdout();
        for (label, text, tone) in rows {
            let style = match tone {
                Tone::Plain => Style::new(),
                Tone::Good => GOOD,
                Tone::Poor => POOR,
            };
            let gap = width - label.len() - 1;
            written(writeln!(out, "{LABEL}{label}:{LABEL:#}{:gap$}{style}{text}{style:#}", ""))?;
        }
        Ok(())
    }

    /// A JSON value and a line break.
    pub(crate) fn json(self, value: &impl Serialize) -> Outcome {
        let mut out = io::stdout().lock();
        written(serde_json::to_writer(&mut out, value).map_err(io::Error::from))?;
        written(out.write_all(b"\n").and_then(|()| out.flush()))
    }

    /// Bytes as they are.
    pub(crate) fn raw(self, bytes: &[u8]) -> Outcome {
        let mut out = io::stdout().lock();
        written(out.write_all(bytes).and_then(|()| out.flush()))
    }

    /// Help or the version, as the parser of the command line lays it out.
    pub(crate) fn help(self, answer: &clap::Error) -> Outcome {
        written(answer.print())
    }

    /// What is wrong with the command line, as its parser says it.
    pub(crate) fn usage(self, error: &clap::Error) {
        // Nobody is left to be told that this cannot be written.
        let _ = error.print();
    }

    /// A remark on standard error, for people.
    pub(crate) fn note(self, sentence: &str) {
        if !self.json {
            // Nobody is helped by an error about a remark.
            let _ = writeln!(anstream::stderr(), "{FAINT}{sentence}{FAINT:#}");
        }
    }

    /// What somebody has to know to go on, on standard error whatever the output is.
    pub(crate) fn tell(self, text: &str) {
        // Who cannot be told may know all the same.
        let _ = writeln!(anstream::stderr(), "{text}");
    }

    /// The failure on standard error, and the exit code that says it.
    pub(crate) fn fail(self, failure: &Failure) -> u8 {
        let Failure { code, message, details } = failure;
        // Without a message, everything has been said.
        if !message.is_empty() {
            // Nobody is left to be told that this cannot be written.
            let _ = if self.json {
                let mut error = details.clone();
                error.insert("code".to_owned(), code.name().into());
                error.insert("message".to_owned(), message.as_str().into());
                writeln!(io::stderr(), "{}", json!({ "error": error }))
            } else {
                writeln!(anstream::stderr(), "{ERROR}error:{ERROR:#} {message}")
            };
        }
        code.exit()
    }
}

/// Whether a person would see what is written to standard output.
pub(crate) fn to_terminal() -> bool {
    io::stdout().is_terminal()
}

/// Text from elsewhere on one line of a terminal: control characters are shown, not obeyed. In a
/// pipe it stays as it is.
pub(crate) fn shown(text: &str) -> String {
    if to_terminal() { escaped(text) } else { text.to_owned() }
}

/// Text with its control characters escaped, for messages.
pub(crate) fn escaped(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { c.escape_default().to_string() } else { c.to_string() })
        .collect()
}

fn written(result: io::Result<()>) -> Outcome {
    result.map_err(|error| Failure::output(&error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_shown_and_everything_else_stays() {
        assert_eq!(escaped("naïve 鍵\u{1b}[2J\n\u{9b}"), "naïve 鍵\\u{1b}[2J\\n\\u{9b}");
    }
}
