//! Where content security policies stand: in pages, in what servers are told, in Tauri's
//! configuration.

use serde_json::Value;

use crate::configuration::{place, value};
use crate::project::{SERVER_FILES, file_name, is_tauri};
use crate::source::{line, without_page_comments};

/// A policy, and where it was found.
pub(super) struct Policy {
    pub(super) line: usize,
    pub(super) text: String,
    /// What it is written into, where that is no page.
    pub(super) place: Option<&'static str>,
    /// Whether it holds for the app's pages whatever else is configured.
    pub(super) certain: bool,
}

const HEADER: &str = "content-security-policy";
/// Tauri 2, and 1; each name is also taken as it is usual in TOML.
const IN_TAURI: &[(&str, &str)] = &[
    ("/app/security/csp", "app.security.csp"),
    ("/app/security/devCsp", "app.security.devCsp"),
    ("/app/security/dev-csp", "app.security.dev-csp"),
    ("/tauri/security/csp", "tauri.security.csp"),
    ("/tauri/security/devCsp", "tauri.security.devCsp"),
    ("/tauri/security/dev-csp", "tauri.security.dev-csp"),
];

/// More places than this in one file are not looked at, and of each policy not more than so many
/// bytes: a file of nothing else takes no longer for it.
const MAX_PLACES: usize = 100;
const MAX_LEN: usize = 1 << 14;

/// The policies in a file; `None` where it does not read as what its name says.
pub(super) fn policies(path: &str, text: &str) -> Option<Vec<Policy>> {
    let name = file_name(path);
    let of_header = |(at, policy): (usize, String)| Policy {
        line: line(text, at),
        text: policy,
        place: Some("the header"),
        certain: false,
    };
    if path.ends_with(".html") {
        let policies = in_page(text).into_iter().map(|(at, policy)| Policy {
            line: line(text, at),
            text: policy,
            place: None,
            certain: true,
        });
        return Some(policies.collect());
    }
    if is_tauri(name) {
        return in_tauri(path, text);
    }
    if !SERVER_FILES.contains(&name) {
        return Some(Vec::new());
    }
    if name.ends_with(".json") {
        let mut found = Vec::new();
        in_json(&value(path, text)?, &mut found);
        let at = |policy: String| {
            let written = Value::String(policy.clone()).to_string();
            (text.find(&written).unwrap_or(0), policy)
        };
        return Some(found.into_iter().map(at).map(of_header).collect());
    }
    Some(in_text(text).into_iter().map(of_header).collect())
}

/// The policies in `<meta http-equiv="Content-Security-Policy" content="…">`.
fn in_page(text: &str) -> Vec<(usize, String)> {
    let text = without_page_comments(text);
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
    found.truncate(MAX_PLACES);
    found
}

/// `{ "Content-Security-Policy": "…" }`, or `{ "key": "Content-Security-Policy", "value": "…" }`.
fn in_json(value: &Value, found: &mut Vec<String>) {
    if found.len() == MAX_PLACES {
        return;
    }
    match value {
        Value::Array(values) => values.iter().for_each(|value| in_json(value, found)),
        Value::Object(members) => {
            let is_header = |name: &str| name.eq_ignore_ascii_case(HEADER);
            if members.get("key").and_then(Value::as_str).is_some_and(is_header) {
                found.extend(members.get("value").and_then(Value::as_str).map(str::to_owned));
            }
            for (name, value) in members {
                match value {
                    Value::String(policy) if is_header(name) => found.push(policy.clone()),
                    value => in_json(value, found),
                }
            }
        }
        _ => {}
    }
}

/// A text, or an object with a text or a list for each directive.
fn in_tauri(path: &str, text: &str) -> Option<Vec<Policy>> {
    let config = value(path, text)?;
    let policies = IN_TAURI.iter().filter_map(|(pointer, written)| {
        let policy = match config.pointer(pointer)? {
            Value::String(policy) => policy.clone(),
            Value::Object(directives) => {
                let of = |(name, sources): (&String, &Value)| match sources {
                    Value::Array(sources) => {
                        let sources: Vec<&str> = sources.iter().filter_map(Value::as_str).collect();
                        format!("{name} {}", sources.join(" "))
                    }
                    sources => format!("{name} {}", sources.as_str().unwrap_or_default()),
                };
                directives.iter().map(of).collect::<Vec<_>>().join("; ")
            }
            _ => return None,
        };
        let name = pointer.rsplit('/').next().unwrap_or_default();
        let line = line(text, place(text, name));
        Some(Policy { line, text: policy, place: Some(written), certain: true })
    });
    Some(policies.collect())
}

/// The policies that servers are told in other forms: behind the header's name, to the end of the
/// quotes or of the line.
fn in_text(text: &str) -> Vec<(usize, String)> {
    let lower = text.to_ascii_lowercase();
    let mut found = Vec::new();
    for (at, _) in lower.match_indices(HEADER).take(MAX_PLACES) {
        let line_start = text[..at].rfind('\n').map_or(0, |end| end + 1);
        let is_comment = text[line_start..at].trim_start().starts_with('#');
        let rest = &text[at + HEADER.len()..];
        if is_comment || lower[at + HEADER.len()..].starts_with("-report-only") {
            continue;
        }
        let rest = &rest[..rest.floor_char_boundary(MAX_LEN)];
        let value = rest.trim_start_matches(['"', '\'']).trim_start_matches([' ', '\t', ':', '=']);
        let quote = ["\"\"\"", "'''", "\"", "'"].iter().find(|quote| value.starts_with(**quote));
        let quoted = quote.and_then(|quote| {
            let inside = &value[quote.len()..];
            inside.find(quote).map(|end| &inside[..end])
        });
        let policy = quoted.unwrap_or_else(|| value.lines().next().unwrap_or_default());
        if policy.contains("-src") {
            found.push((at, policy.to_owned()));
        }
    }
    found
}
