//! A page without a secure context has no WebCrypto and no passkeys: Capacitor's scheme, and
//! servers that are reached by http.

use crate::finding::{Finding, Severity};
use crate::project::{Project, file_name};
use crate::source::{line, literal_of, without_comments};

const WHY: &str = "Without a secure context (https, or localhost) a page has neither WebCrypto nor passkeys: its vaults hold nothing but memory.";

pub(super) fn check(project: &Project, findings: &mut Vec<Finding>) {
    for (path, text) in project.files() {
        let name = file_name(path);
        if name.starts_with("capacitor.config.") {
            capacitor(path, text, findings);
        } else if name.starts_with("vite.config.") {
            vite(path, text, findings);
        }
    }
}

fn capacitor(path: &str, text: &str, findings: &mut Vec<Finding>) {
    let code = without_comments(text, false);
    if let Some((at, scheme)) = literal_of(&code, "androidScheme").filter(|(_, it)| *it != "https")
    {
        findings.push(
            Finding::new(
                "insecure-scheme",
                Severity::Error,
                format!("On Android the app's pages are served as {scheme}://."),
                WHY,
            )
            .at(path, line(text, at))
            .adding(
                "androidScheme: 'https'\n(what the app's pages have stored under the other scheme stays behind: move it first)",
            ),
        );
    }
    let url = literal_of(&code, "url").filter(|(_, it)| it.starts_with("http://") && !is_local(it));
    if let Some((at, url)) = url {
        findings.push(
            Finding::new(
                "insecure-server",
                Severity::Warning,
                format!("The app's pages are loaded from {url}."),
                WHY,
            )
            .at(path, line(text, at))
            .adding("a server with https, or localhost through `adb reverse`"),
        );
    }
}

fn vite(path: &str, text: &str, findings: &mut Vec<Finding>) {
    let code = without_comments(text, false);
    let open = ["host: true", "host: '0.0.0.0'", "host: \"0.0.0.0\""];
    let found = open.iter().find_map(|it| code.find(it));
    // A plug-in may bring https as well as the option of that name.
    if let Some(at) = found.filter(|_| !code.contains("https") && !code.contains("basic-ssl")) {
        findings.push(
            Finding::new(
                "insecure-server",
                Severity::Hint,
                "The development server answers other devices by http.",
                WHY,
            )
            .at(path, line(text, at))
            .likely()
            .adding("https for the development server, or localhost on the device itself"),
        );
    }
}

fn is_local(url: &str) -> bool {
    let host = url.trim_start_matches("http://");
    let host = host.split(['/', ':', '?', '#']).next().unwrap_or_default();
    host == "localhost"
        || host.ends_with(".localhost")
        || host.starts_with("127.")
        || host == "[::1]"
}
