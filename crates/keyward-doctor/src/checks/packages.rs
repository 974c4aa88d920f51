//! Both packages in one project: two vaults that look alike.

use serde_json::Value;

use super::unread::unreadable;
use crate::finding::{Finding, Severity};
use crate::project::{INSTALLED, Project};
use crate::source::line;

const OLD: &str = "@ionic-enterprise/identity-vault";

pub(super) fn check(project: &Project, findings: &mut Vec<Finding>) {
    let Some(text) = project.text("package.json") else { return };
    // npm takes a mark of the byte order in front of it as well.
    let Ok(manifest) = serde_json::from_str::<Value>(text.trim_start_matches('\u{feff}')) else {
        findings.push(unreadable("package.json", "This file does not read as JSON."));
        return;
    };
    let asked = |name: &str| {
        ["dependencies", "devDependencies", "optionalDependencies"]
            .iter()
            .find_map(|group| manifest.get(group)?.get(name)?.as_str())
    };
    let is_keyward = |asked: &str| asked.starts_with("npm:keyward@") || asked == "npm:keyward";
    let place = |name: &str| line(text, text.find(name).unwrap_or(0));
    let installed = project.text(INSTALLED).and_then(|it| serde_json::from_str::<Value>(it).ok());
    let installed = installed.as_ref().and_then(|it| it.get("name")?.as_str());
    match asked(OLD) {
        Some(old) if is_keyward(old) && installed.is_some_and(|name| name == OLD) => {
            findings.push(
                Finding::new(
                    "old-package-installed",
                    Severity::Error,
                    "package.json asks for Keyward, and the old package is what is installed.",
                    "The app runs on the old package.",
                )
                .at("package.json", place(OLD))
                .adding("npm install"),
            );
        }
        Some(old) if !is_keyward(old) && asked("keyward").is_some() => findings.push(
            Finding::new(
                "both-packages",
                Severity::Warning,
                "Identity Vault and Keyward are both installed.",
                "That is right while data are being moved; afterwards an import of the old one makes a second vault that nobody looks at.",
            )
            .at("package.json", place(OLD))
            .adding(concat!(
                "\"@ionic-enterprise/identity-vault\": \"npm:keyward@",
                env!("CARGO_PKG_VERSION"),
                "\""
            )),
        ),
        _ => {}
    }
}
