//! Android: a backup carries sealed bytes to a device whose key store has no key for them, and, of
//! a vault in the web view, the browser's key along with them.

use roxmltree::{Document, Node};

use super::unread::unreadable;
use crate::finding::{Finding, Severity};
use crate::project::Project;
use crate::repair::Repair;
use crate::source::{line, line_end};

const ANDROID: &str = "http://schemas.android.com/apk/res/android";

const MANIFEST: &str = "android/app/src/main/AndroidManifest.xml";

/// What a vault keeps on Android: where the web view stores, and the app's own files of vaults.
const EXCLUDED: [(&str, &str); 2] = [("root", "app_webview"), ("file", "keyward")];

/// For Android 12 and later: cloud and cable are told apart.
const EXTRACTION: Rules = Rules {
    attribute: "dataExtractionRules",
    name: "keyward_data_extraction_rules",
    sections: &["cloud-backup", "device-transfer"],
    content: "<?xml version=\"1.0\" encoding=\"utf-8\"?>
<data-extraction-rules>
    <cloud-backup>
        <exclude domain=\"root\" path=\"app_webview\" />
        <exclude domain=\"file\" path=\"keyward\" />
    </cloud-backup>
    <device-transfer>
        <exclude domain=\"root\" path=\"app_webview\" />
        <exclude domain=\"file\" path=\"keyward\" />
    </device-transfer>
</data-extraction-rules>
",
};
/// For Android 11 and before.
const FULL_BACKUP: Rules = Rules {
    attribute: "fullBackupContent",
    name: "keyward_backup_rules",
    sections: &["full-backup-content"],
    content: "<?xml version=\"1.0\" encoding=\"utf-8\"?>
<full-backup-content>
    <exclude domain=\"root\" path=\"app_webview\" />
    <exclude domain=\"file\" path=\"keyward\" />
</full-backup-content>
",
};

struct Rules {
    attribute: &'static str,
    name: &'static str,
    sections: &'static [&'static str],
    content: &'static str,
}

pub(super) fn check(project: &Project, findings: &mut Vec<Finding>) {
    // The manifests of libraries and of build variants only add to this one.
    let manifests = project.files().filter(|(path, _)| *path == MANIFEST);
    for (path, text) in manifests {
        let Ok(document) = Document::parse(text) else {
            findings.push(unreadable(path, "This manifest does not read as XML."));
            continue;
        };
        let application = document.descendants().find(|it| it.has_tag_name("application"));
        let Some(application) = application else { continue };
        if application.attribute((ANDROID, "allowBackup")) == Some("false") {
            // Transfers by cable ignore it from Android 12 on.
            of_rules(project, path, text, application, &EXTRACTION, Severity::Warning, findings);
            continue;
        }
        for rules in [&EXTRACTION, &FULL_BACKUP] {
            of_rules(project, path, text, application, rules, Severity::Error, findings);
        }
    }
}

fn of_rules(
    project: &Project,
    manifest: &str,
    text: &str,
    application: Node<'_, '_>,
    rules: &Rules,
    severity: Severity,
    findings: &mut Vec<Finding>,
) {
    let folder = manifest.strip_suffix("AndroidManifest.xml").unwrap_or(manifest);
    let file = |name: &str| format!("{folder}res/xml/{name}.xml");
    let why = "A backup is restored onto a device whose key store has no key for the vault; what lies in the web view comes with its key.";
    let attribute = application.attribute((ANDROID, rules.attribute));
    let Some(name) = attribute.and_then(|it| it.strip_prefix("@xml/")) else {
        if attribute == Some("false") {
            return;
        }
        let at = application.range().start;
        let path = file(rules.name);
        let line_to_add = format!("android:{}=\"@xml/{}\"", rules.attribute, rules.name);
        let finding = Finding::new(
            "android-backup",
            severity,
            format!("The application has no {}.", rules.attribute),
            why,
        )
        .at(manifest, line(text, at))
        .adding(format!("{line_to_add}\n\nand in {path}:\n\n{}", rules.content));
        // First the file that is named, so that the project builds at every moment.
        let repair = match (
            with_attribute(manifest, text, application, &line_to_add),
            project.text(&path),
        ) {
            (Some(repair), Some(_)) => Some(repair),
            // What is in it is not known.
            (Some(_), None) if project.may_be_there(&path) => None,
            (Some(_), None) => Some(Repair::Create { path, content: rules.content.to_owned() }),
            (None, _) => None,
        };
        findings.push(match repair {
            Some(repair) => finding.repaired_by(repair),
            None => finding,
        });
        return;
    };
    let path = file(name);
    let Some(content) = project.text(&path) else {
        if project.may_be_there(&path) {
            return; // That it was not read is told already.
        }
        let what = format!("{} names {path}, which was not found.", rules.attribute);
        findings.push(
            Finding::new("android-backup", severity, what, why)
                .at(manifest, line(text, application.range().start))
                .adding(format!("{path}:\n\n{}", rules.content)),
        );
        return;
    };
    if let Some(missing) = missing(content, rules) {
        let what = format!("{} does not exclude what a vault keeps.", rules.attribute);
        findings
            .push(Finding::new("android-backup", severity, what, why).at(&path, 1).adding(missing));
    }
}

/// The manifest with an attribute more in its `<application`; none where that, or Android's own
/// names, have another prefix than usual.
fn with_attribute(
    manifest: &str,
    text: &str,
    application: Node<'_, '_>,
    attribute: &str,
) -> Option<Repair> {
    const TAG: &str = "<application";
    let at = application.range().start;
    let behind = text.get(at..)?.strip_prefix(TAG)?;
    let plain = behind.starts_with(['>', '/']) || behind.starts_with(char::is_whitespace);
    if !plain || application.lookup_namespace_uri(Some("android")) != Some(ANDROID) {
        return None;
    }
    let ahead = text.get(..at + TAG.len())?;
    let end = line_end(text);
    let content = format!("{ahead}{end}        {attribute}{behind}");
    Some(Repair::Write { path: manifest.to_owned(), before: text.to_owned(), content })
}

/// The lines that a file of rules lacks.
fn missing(content: &str, rules: &Rules) -> Option<String> {
    let Ok(document) = Document::parse(content) else {
        return Some(rules.content.to_owned());
    };
    let mut lines = String::new();
    for section in rules.sections {
        let nodes = || document.descendants().filter(|it| it.has_tag_name(*section));
        let rules_of = |tag: &'static str| {
            nodes().flat_map(|it| it.children()).filter(move |it| it.has_tag_name(tag))
        };
        let lacking: String = EXCLUDED
            .iter()
            .map(|pair| (pair, place(pair.0, pair.1).unwrap_or_default()))
            .filter(|(_, kept)| {
                let excludes = |it: &[&str]| {
                    rules_of("exclude").filter_map(place_of).any(|out| it.starts_with(&out))
                };
                if excludes(kept) {
                    return false;
                }
                // With an `include`, only what is included is in a backup: a folder around what a
                // vault keeps, or a part of it.
                let mut included = rules_of("include").filter_map(place_of).peekable();
                included.peek().is_none()
                    || included
                        .any(|it| (it.starts_with(kept) || kept.starts_with(&it)) && !excludes(&it))
            })
            .map(|((domain, path), _)| {
                format!("    <exclude domain=\"{domain}\" path=\"{path}\" />\n")
            })
            .collect();
        if !lacking.is_empty() {
            lines += &format!("in <{section}>:\n{lacking}");
        }
    }
    (!lines.is_empty()).then_some(lines)
}

/// Where a rule points.
fn place_of<'a>(rule: Node<'a, '_>) -> Option<Vec<&'a str>> {
    place(rule.attribute("domain")?, rule.attribute("path").unwrap_or_default())
}

/// A domain and the folders in it; none for a path that Android does not take.
fn place<'a>(domain: &'a str, path: &'a str) -> Option<Vec<&'a str>> {
    if path.contains("..") || path.contains("//") {
        return None;
    }
    let mut folders = path.split('/').filter(|it| !it.is_empty() && *it != ".").peekable();
    // The app's own files are a folder in its root as well.
    let domain = match domain {
        "root" if folders.next_if_eq(&"files").is_some() => "file",
        domain => domain,
    };
    Some([domain].into_iter().chain(folders).collect())
}
