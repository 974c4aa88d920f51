//! Files and folders that a shell found and did not read: what they lack is not found, and that is
//! said.

use crate::finding::{Finding, Severity};
use crate::project::{MAX_FILE_LEN, MAX_FILES, Project, Unread, is_source};

const WHY: &str = "What it lacks is not found.";

pub(super) fn check(project: &Project, findings: &mut Vec<Finding>) {
    for (path, unread) in project.unread() {
        // Scripts that are linked from elsewhere are that place's own.
        if unread == Unread::Link && is_source(path) {
            continue;
        }
        let (what, add) = match unread {
            Unread::TooLong => (
                format!("This file was not looked at: it has more than {MAX_FILE_LEN} bytes."),
                "look at it yourself, or make it shorter",
            ),
            Unread::NotText => (
                "This file was not looked at: it is no text in UTF-8.".to_owned(),
                "save it as UTF-8",
            ),
            Unread::Link => (
                "This file was not looked at: it is a symbolic link.".to_owned(),
                "the file itself, in its place",
            ),
            Unread::Refused => (
                "This file was not looked at: the system does not let it be read.".to_owned(),
                "the right to read it",
            ),
            Unread::RefusedFolder => {
                let what = "This folder was not looked into: the system does not let it be read.";
                let finding = Finding::new("unreadable-folder", Severity::Warning, what, WHY);
                let finding = Finding { file: Some(path.to_owned()), ..finding };
                findings.push(finding.adding("the right to look into it"));
                continue;
            }
        };
        findings.push(unreadable(path, what).adding(add));
    }
    if let Some(path) = project.first_left_out() {
        let what =
            format!("This file and others were not looked at: there are more than {MAX_FILES}.");
        let add = "run the doctor in the app's own folder";
        let finding = Finding::new("too-many-files", Severity::Warning, what, WHY);
        findings.push(Finding { file: Some(path.to_owned()), ..finding }.adding(add));
    }
}

/// A script is one of many; each other file that is read is there for one check, which has not
/// taken place.
pub(super) fn unreadable(path: &str, what: impl Into<String>) -> Finding {
    let severity = if is_source(path) { Severity::Hint } else { Severity::Warning };
    let finding = Finding::new("unreadable-file", severity, what, WHY);
    Finding { file: Some(path.to_owned()), ..finding }
}
