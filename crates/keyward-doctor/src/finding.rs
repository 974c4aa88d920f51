//! One thing that is missing or unsafe.

use serde::Serialize;

use crate::repair::Repair;

/// How much it matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// The app will not work, or a promise of its vault does not hold.
    Error,
    /// It works, and something that people expect of it does not hold.
    Warning,
    /// Something to know; nothing has to be done.
    Hint,
}

/// How sure it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Certainty {
    /// It stands there.
    Certain,
    /// It follows from what can be read, and other code may make it untrue.
    Likely,
}

/// One thing that is missing or unsafe.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Finding {
    /// Its name, which never changes; `docs/doctor.md` lists them.
    pub check: &'static str,
    /// How much it matters.
    pub severity: Severity,
    /// How sure it is.
    pub certainty: Certainty,
    /// The file, from the project's folder on, with `/` between folders; none for a device or a page.
    pub file: Option<String>,
    /// The line in it, from 1.
    pub line: Option<usize>,
    /// What was found, as a sentence.
    pub what: String,
    /// What that leads to, as a sentence.
    pub why: &'static str,
    /// The exact lines to add, or what to do.
    pub add: Option<String>,
    /// Whether `--fix` does that.
    pub fixable: bool,
    /// How.
    #[serde(skip)]
    pub(crate) repair: Option<Repair>,
}

impl Finding {
    pub(crate) fn new(
        check: &'static str,
        severity: Severity,
        what: impl Into<String>,
        why: &'static str,
    ) -> Self {
        Self {
            check,
            severity,
            certainty: Certainty::Certain,
            file: None,
            line: None,
            what: what.into(),
            why,
            add: None,
            fixable: false,
            repair: None,
        }
    }

    pub(crate) fn at(self, file: &str, line: usize) -> Self {
        Self { file: Some(file.to_owned()), line: Some(line), ..self }
    }

    pub(crate) fn likely(self) -> Self {
        Self { certainty: Certainty::Likely, ..self }
    }

    pub(crate) fn adding(self, add: impl Into<String>) -> Self {
        Self { add: Some(add.into()), ..self }
    }

    pub(crate) fn repaired_by(self, repair: Repair) -> Self {
        Self { fixable: true, repair: Some(repair), ..self }
    }
}
