//! Findings, for people and for programs.

use std::fmt::Write;

use anstyle::{AnsiColor, Style};
use serde::Serialize;

use crate::finding::{Certainty, Finding, Severity};
use crate::repair::Repair;

const FILE: Style = Style::new().bold();
const FAINT: Style = Style::new().dimmed();

/// What was found, the worst first.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Report {
    /// One for each thing.
    pub findings: Vec<Finding>,
}

impl Report {
    /// Whether something has to be mended: an error or a warning.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.findings.iter().all(|finding| finding.severity == Severity::Hint)
    }

    /// What was found here, and after it what was found there.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        Self { findings: [self.findings.as_slice(), &other.findings].concat() }
    }

    /// What `--fix` does, in an order in which it can be done. After it, looking again may find
    /// more to do in a file that was written.
    #[must_use]
    pub fn repairs(&self) -> Vec<Repair> {
        let mut repairs: Vec<Repair> = Vec::new();
        for repair in self.findings.iter().filter_map(|finding| finding.repair.clone()) {
            // Both begin with what the file is now: the second has to wait for the first.
            let same = |other: &Repair| path(other) == path(&repair);
            if !repairs.iter().any(same) {
                repairs.push(repair);
            }
        }
        repairs
    }

    /// One line of JSON: `{"findings":[…]}`.
    ///
    /// # Panics
    /// Never: every finding has a JSON form.
    #[must_use]
    pub fn json(&self) -> String {
        serde_json::to_string(self).expect("texts and numbers have a JSON form")
    }

    /// The findings for people, with colours if `colour` says so.
    #[must_use]
    pub fn text(&self, colour: bool) -> String {
        let mut out = String::new();
        for finding in &self.findings {
            describe(&mut out, finding, &|style: Style, text: &str| {
                if colour { format!("{style}{text}{style:#}") } else { text.to_owned() }
            });
        }
        out.push_str(&self.summary());
        out.push('\n');
        out
    }

    fn summary(&self) -> String {
        let count = |severity| self.findings.iter().filter(|it| it.severity == severity).count();
        let counts = [
            (count(Severity::Error), "error", "errors"),
            (count(Severity::Warning), "warning", "warnings"),
            (count(Severity::Hint), "hint", "hints"),
        ];
        let said: Vec<String> = counts
            .iter()
            .filter(|(count, ..)| *count > 0)
            .map(|(count, one, many)| format!("{count} {}", if *count == 1 { one } else { many }))
            .collect();
        match said.is_empty() {
            true => "Nothing to mend.".to_owned(),
            false => format!("{}.", said.join(", ")),
        }
    }
}

fn path(repair: &Repair) -> &str {
    match repair {
        Repair::Create { path, .. }
        | Repair::Write { path, .. }
        | Repair::Restrict { path, .. } => path,
    }
}

fn describe(out: &mut String, finding: &Finding, styled: &dyn Fn(Style, &str) -> String) {
    let (word, style) = match finding.severity {
        Severity::Error => ("error", AnsiColor::Red.on_default().bold()),
        Severity::Warning => ("warning", AnsiColor::Yellow.on_default().bold()),
        Severity::Hint => ("hint", AnsiColor::Cyan.on_default()),
    };
    let _ = write!(out, "{}", styled(style, word));
    if let Some(file) = &finding.file {
        let place = finding.line.map_or(file.clone(), |line| format!("{file}:{line}"));
        let _ = write!(out, " {}", styled(FILE, &shown(&place)));
    }
    let _ = writeln!(out, " {}", styled(FAINT, finding.check));
    let likely = if finding.certainty == Certainty::Likely { " (likely)" } else { "" };
    let _ = writeln!(out, "  {}{likely}", shown(&finding.what));
    let _ = writeln!(out, "  {}", finding.why);
    if let Some(add) = &finding.add {
        for line in add.lines() {
            let _ = writeln!(
                out,
                "{}",
                format!("    {}", shown(&line.replace('\t', "    "))).trim_end()
            );
        }
    }
    if finding.fixable {
        let _ = writeln!(out, "  {}", styled(FAINT, "--fix does this."));
    }
    out.push('\n');
}

/// A project's names are untrusted: control characters are shown, not obeyed.
fn shown(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { c.escape_default().to_string() } else { c.to_string() })
        .collect()
}
