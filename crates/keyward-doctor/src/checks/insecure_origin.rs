//! A page without a secure context has no WebCrypto and no passkeys: Capacitor's scheme, and
//! servers that are reached by http.

use serde_json::Value;

use super::unread::unreadable;
use crate::configuration::value;
use crate::finding::{Finding, Severity};
use crate::project::{INSTALLED, Project, file_name};
use crate::source::{line, literal_of, without_comments};

const WHY: &str = "Without a secure context (https, or localhost) a page has neither WebCrypto nor passkeys: its vaults hold nothing but memory.";

pub(super) fn check(project: &Project, findings: &mut Vec<Finding>) {
    for (path, text) in project.files() {
        let name = file_name(path);
        if name.starts_with("capacitor.config.") {
            capacitor(path, text, findings);
        } else if name.starts_with("vite.config.") {
            vite(path, text, findings);
        } else if name == "angular.json" {
            angular(path, text, findings);
        } else if name == "package.json" && path != INSTALLED {
            scripts(project, path, text, findings);
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
            open_server("The development server answers other devices by http.".to_owned())
                .at(path, line(text, at)),
        );
    }
}

/// The options of each project's development server, and of each of its configurations.
fn angular(path: &str, text: &str, findings: &mut Vec<Finding>) {
    let Some(workspace) = value(path, text) else {
        findings.push(unreadable(path, "This file does not read as JSON."));
        return;
    };
    let members = |value: Option<&Value>| {
        let members = value.and_then(Value::as_object).into_iter().flatten();
        members
            .take(MAX_SCRIPTS)
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect::<Vec<_>>()
    };
    for (name, project) in members(workspace.get("projects")) {
        let targets = project.get("architect").or_else(|| project.get("targets"));
        let servers = members(targets).into_iter().map(|(_, target)| target).filter(|target| {
            let builder = target.get("builder").and_then(Value::as_str);
            builder.is_some_and(|builder| builder.ends_with(":dev-server"))
        });
        let open = servers.into_iter().find_map(|server| {
            let options = server.get("options").cloned().unwrap_or_default();
            let mut all = members(server.get("configurations"));
            all.insert(0, (String::new(), options.clone()));
            // What a configuration does not say stands in the options.
            all.into_iter().find_map(|(_, chosen)| {
                let of = |name: &str| chosen.get(name).or_else(|| options.get(name)).cloned();
                let secure = of("ssl").is_some_and(|ssl| ssl == Value::Bool(true));
                let host = of("host")?.as_str()?.to_owned();
                (!secure && !is_this_machine(&host)).then_some(host)
            })
        });
        if let Some(host) = open {
            let what = format!(
                "The development server of the project \"{name}\" answers other devices by http."
            );
            let written = format!("\"{host}\"");
            findings.push(open_server(what).at(path, line(text, text.find(&written).unwrap_or(0))));
        }
    }
}

fn open_server(what: String) -> Finding {
    Finding::new("insecure-server", Severity::Hint, what, WHY)
        .likely()
        .adding("https for the development server, or localhost on the device itself")
}

/// Programs that serve pages, as scripts call them.
const SERVERS: &[&str] = &[
    "npm",
    "pnpm",
    "yarn",
    "vite",
    "ng",
    "ionic",
    "cap",
    "webpack",
    "webpack-dev-server",
    "vue-cli-service",
    "astro",
    "nuxt",
    "nuxi",
    "quasar",
    "stencil",
    "parcel",
];

/// More scripts than this in one file are not looked at.
const MAX_SCRIPTS: usize = 100;

/// What their options for https, and plug-ins that bring it, have in their names.
const SECURE: &[&str] = &["https", "ssl", "mkcert"];

fn scripts(project: &Project, path: &str, text: &str, findings: &mut Vec<Finding>) {
    let manifest = serde_json::from_str::<Value>(text.trim_start_matches('\u{feff}'));
    let manifest = manifest.unwrap_or_default();
    let is_secure = |text: &str| SECURE.iter().any(|it| text.contains(it));
    let packages = ["dependencies", "devDependencies"].iter().filter_map(|it| manifest.get(it));
    let mut packages = packages.filter_map(Value::as_object).flat_map(|it| it.keys());
    let folder = path.strip_suffix("package.json").unwrap_or_default();
    let mut configs = project.files().filter_map(|(path, text)| {
        let name = path.strip_prefix(folder)?;
        (name.starts_with("vite.config.") || name == "angular.json").then_some((name, text))
    });
    let is_set = |(name, text): (&str, &str)| match name {
        "angular.json" => text.split_whitespace().collect::<String>().contains("\"ssl\":true"),
        _ => is_secure(&without_comments(text, false)),
    };
    if packages.any(|name| name.contains("vite") && is_secure(name)) || configs.any(is_set) {
        return;
    }
    let scripts = manifest.get("scripts").and_then(Value::as_object);
    let begin = text.find("\"scripts\"").unwrap_or(0);
    for (name, script) in scripts.into_iter().flatten().take(MAX_SCRIPTS) {
        let script = script.as_str().unwrap_or_default();
        let mut commands = script.split(['&', '|', ';']);
        if commands.any(|command| !is_secure(command) && answers_others(command)) {
            let found = text[begin..].find(&format!("\"{name}\""));
            let at = found.map_or(begin, |at| begin + at);
            let what = format!("The script \"{name}\" serves other devices by http.");
            findings.push(open_server(what).at(path, line(text, at)));
        }
    }
}

/// Whether a command serves pages for more than this machine: `vite --host`, `ng serve --host
/// 0.0.0.0`, `ionic serve --external`.
fn answers_others(command: &str) -> bool {
    let mut words = command.split_whitespace().peekable();
    if !words.by_ref().any(|word| SERVERS.contains(&word)) {
        return false;
    }
    while let Some(word) = words.next() {
        let (option, value) =
            word.split_once('=').map_or((word, None), |(it, value)| (it, Some(value)));
        match option {
            "--external" => return value != Some("false"),
            "--host" => {
                let next = words.next_if(|next| value.is_none() && !next.starts_with('-'));
                let host = value.or(next).unwrap_or("0.0.0.0");
                let host = host.trim_matches(['"', '\'']);
                return !is_this_machine(host);
            }
            _ => {}
        }
    }
    false
}

/// Whether a server at `host` is reached from nowhere else.
fn is_this_machine(host: &str) -> bool {
    host == "::1" || is_local(&format!("http://{host}"))
}

fn is_local(url: &str) -> bool {
    let host = url.trim_start_matches("http://");
    let host = host.split(['/', ':', '?', '#']).next().unwrap_or_default();
    // Between brackets there are colons too.
    host == "localhost"
        || host.ends_with(".localhost")
        || host.starts_with("127.")
        || url.starts_with("http://[::1]")
}
