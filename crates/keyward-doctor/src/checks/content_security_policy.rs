//! A content security policy that forbids what WebAssembly needs.

mod places;

use self::places::{Policy, policies};
use super::unread::unreadable;
use crate::configuration::format;
use crate::finding::{Finding, Severity};
use crate::project::Project;

pub(super) fn check(project: &Project, findings: &mut Vec<Finding>) {
    for (path, text) in project.files() {
        match policies(path, text) {
            Some(policies) => {
                policies.iter().for_each(|policy| of_policy(path, policy, findings));
            }
            None => {
                let what = format!("This file does not read as {}.", format(path));
                findings.push(unreadable(path, what));
            }
        }
    }
}

fn of_policy(path: &str, policy: &Policy, findings: &mut Vec<Finding>) {
    let sure = |finding: Finding| if policy.certain { finding } else { finding.likely() };
    let add = |what: &str| match policy.place {
        Some(place) => format!("{what}\n(in {place})"),
        None => what.to_owned(),
    };
    let scripts = sources(&policy.text, &["script-src", "default-src"]);
    if scripts.is_some_and(|it| !it.contains("'wasm-unsafe-eval'") && !it.contains("'unsafe-eval'"))
    {
        findings.push(sure(
            Finding::new(
                "csp-wasm",
                Severity::Error,
                "The content security policy does not let WebAssembly be compiled.",
                "No vault opens in this page.",
            )
            .at(path, policy.line)
            .adding(add("script-src 'self' 'wasm-unsafe-eval'")),
        ));
    }
    let workers = sources(&policy.text, &["worker-src", "child-src", "script-src", "default-src"]);
    // `*` stands for what comes from a network, and not for blobs.
    if workers.is_some_and(|it| !it.split_whitespace().any(|it| it == "blob:")) {
        findings.push(sure(
            Finding::new(
                "csp-worker",
                Severity::Hint,
                "The content security policy does not let a passcode be hashed in a worker.",
                "The page stands still for about a fifth of a second at each passcode.",
            )
            .at(path, policy.line)
            .adding(add("worker-src blob:")),
        ));
    }
}

/// The sources of the first of these directives that the policy has.
fn sources<'a>(policy: &'a str, names: &[&str]) -> Option<&'a str> {
    names.iter().find_map(|name| {
        policy.split(';').find_map(|directive| {
            let directive = directive.trim_matches(|c: char| {
                !c.is_ascii_alphabetic() && c != '\'' && c != '*' && c != ':'
            });
            let at = directive.to_ascii_lowercase().find(name)?;
            directive
                .get(at + name.len()..)
                .filter(|rest| rest.starts_with(char::is_whitespace) || rest.is_empty())
        })
    })
}
