//! A vault whose initialisation nobody waits for: what the first page shows is not what is stored.

use super::uses_vaults;
use crate::finding::{Finding, Severity};
use crate::project::Project;
use crate::source::{line, without_comments};

const MOUNTS: &[&str] = &[".mount(", "bootstrapApplication(", ".bootstrapModule(", "createRoot("];

pub(super) fn check(project: &Project, findings: &mut Vec<Finding>) {
    for (path, text) in project.sources() {
        let code = without_comments(text, true);
        let mount = MOUNTS.iter().filter_map(|it| code.find(it)).min();
        let initializes = code.find(".initialize(").or_else(|| code.find("initializeVault("));
        match (mount, initializes) {
            (Some(mount), Some(initialize)) if mount < initialize && text.contains("ault") => {
                findings.push(finding(
                    path,
                    line(text, mount),
                    "The app is mounted before its vault is initialised.",
                ));
            }
            (None, Some(initialize)) if uses_vaults(text) && !is_waited_for(&code, initialize) => {
                findings.push(finding(
                    path,
                    line(text, initialize),
                    "Nobody waits for this initialisation.",
                ));
            }
            _ => {}
        }
    }
}

fn finding(path: &str, at: usize, what: &str) -> Finding {
    Finding::new(
        "before-mount",
        Severity::Hint,
        what,
        "Calls wait for the initialisation, but until then `vault.config` is undefined, and a first page that asks it shows the wrong thing.",
    )
    .at(path, at)
    .likely()
    .adding("await vault.initialize(config) before the app is mounted")
}

/// Whether the call's promise goes anywhere: it is awaited, returned, chained or given on.
fn is_waited_for(code: &str, at: usize) -> bool {
    let statement = code[..at].rsplit([';', '{', '}', '\n']).next().unwrap_or_default();
    let taken =
        ["await", "return", "=>", "=", "(", "[", ","].iter().any(|it| statement.contains(it));
    let behind = crate::source::bracketed(code, at + ".initialize(".len() - 1)
        .and_then(|inside| code.get(at + ".initialize(".len() + inside.len() + 1..))
        .unwrap_or_default();
    taken || behind.trim_start().starts_with('.')
}
