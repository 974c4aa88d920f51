//! Two vaults with one key are one vault, with one configuration.

use std::collections::BTreeMap;

use super::uses_vaults;
use crate::finding::{Finding, Severity};
use crate::project::Project;
use crate::source::{bracketed, line, literal_of, without_comments};

const MAKERS: &[&str] = &["new Vault(", "new BrowserVault(", ".initialize("];

pub(super) fn check(project: &Project, findings: &mut Vec<Finding>) {
    let mut places: BTreeMap<String, Vec<(String, usize)>> = BTreeMap::new();
    for (path, text) in project.sources().filter(|(_, text)| uses_vaults(text)) {
        let code = without_comments(text, false);
        let mut calls: Vec<usize> = MAKERS
            .iter()
            .flat_map(|maker| code.match_indices(maker).map(|(at, _)| at + maker.len() - 1))
            .collect();
        calls.sort_unstable();
        for at in calls {
            let arguments = bracketed(&code, at).unwrap_or_default();
            if let Some((_, key)) = literal_of(arguments, "key") {
                places.entry(key.to_owned()).or_default().push((path.to_owned(), line(text, at)));
            }
        }
    }
    for (key, places) in places {
        let [(first, at), .., (last, at_last)] = places.as_slice() else { continue };
        findings.push(
            Finding::new(
                "one-key",
                Severity::Warning,
                format!("The key \"{key}\" is given to {} vaults, the last in {last}:{at_last}.", places.len()),
                "Vaults with one key are one vault: the first to be created decides how it is protected.",
            )
            .at(first, *at)
            .likely()
            .adding("a key of its own for each vault, or one vault that both places import"),
        );
    }
}
