//! A content security policy that forbids what WebAssembly needs.

use crate::finding::{Finding, Severity};
use crate::project::{Project, file_name};
use crate::source::line;

const HEADER: &str = "content-security-policy";
const SERVERS: &[&str] = &[
    "_headers",
    "netlify.toml",
    "vercel.json",
    "firebase.json",
    "staticwebapp.config.json",
    "nginx.conf",
];

pub(super) fn check(project: &Project, findings: &mut Vec<Finding>) {
    for (path, text) in project.files() {
        if path.ends_with(".html") {
            for (at, policy) in in_page(text) {
                of_policy(path, line(text, at), &policy, false, findings);
            }
        } else if SERVERS.contains(&file_name(path)) {
            for (number, of_line) in text.lines().enumerate() {
                if let Some(policy) = in_header(of_line) {
                    of_policy(path, number + 1, policy, true, findings);
                }
            }
        }
    }
}

/// The policies in `<meta http-equiv="Content-Security-Policy" content="…">`.
fn in_page(text: &str) -> Vec<(usize, String)> {
    let lower = text.to_ascii_lowercase();
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(start) = lower[from..].find("<meta").map(|at| from + at) {
        let end = lower[start..].find('>').map_or(lower.len(), |len| start + len);
        from = end;
        if !lower[start..end].contains(HEADER) {
            continue;
        }
        let Some(value) = lower[start..end].find("content=").map(|at| start + at + 8) else {
            continue;
        };
        let rest = &text[value..end];
        if let Some(quote) = rest.chars().next().filter(|it| ['"', '\''].contains(it)) {
            let inside = &rest[1..];
            let len = inside.find(quote).unwrap_or(inside.len());
            found.push((start, inside[..len].to_owned()));
        }
    }
    found
}

/// What a line of a server's configuration sends as the policy.
fn in_header(of_line: &str) -> Option<&str> {
    let at = of_line.to_ascii_lowercase().find(HEADER)?;
    let rest = of_line.get(at + HEADER.len()..)?;
    let only_reports = rest.to_ascii_lowercase().starts_with("-report-only");
    (!only_reports && rest.contains("-src")).then_some(rest)
}

fn of_policy(path: &str, at: usize, policy: &str, in_header: bool, findings: &mut Vec<Finding>) {
    let sure = |finding: Finding| if in_header { finding.likely() } else { finding };
    let add = |what: &str| match in_header {
        true => format!("{what}\n(in the header)"),
        false => what.to_owned(),
    };
    let scripts = sources(policy, &["script-src", "default-src"]);
    if scripts.is_some_and(|it| !it.contains("'wasm-unsafe-eval'") && !it.contains("'unsafe-eval'"))
    {
        findings.push(sure(
            Finding::new(
                "csp-wasm",
                Severity::Error,
                "The content security policy does not let WebAssembly be compiled.",
                "No vault opens in this page.",
            )
            .at(path, at)
            .adding(add("script-src 'self' 'wasm-unsafe-eval'")),
        ));
    }
    let workers = sources(policy, &["worker-src", "child-src", "script-src", "default-src"]);
    if workers.is_some_and(|it| !it.split_whitespace().any(|it| it == "blob:" || it == "*")) {
        findings.push(sure(
            Finding::new(
                "csp-worker",
                Severity::Hint,
                "The content security policy does not let a passcode be hashed in a worker.",
                "The page stands still for about a fifth of a second at each passcode.",
            )
            .at(path, at)
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
            // A header's name and quotes may stand before the first directive.
            directive
                .get(at + name.len()..)
                .filter(|rest| rest.starts_with([' ', '\t']) || rest.is_empty())
        })
    })
}
