//! Android: a backup carries sealed bytes to a device whose key store has no key for them, and, of
//! a vault in the web view, the browser's key along with them.

use roxmltree::{Document, Node};

use crate::finding::{Finding, Severity};
use crate::project::Project;
use crate::repair::Repair;
use crate::source::line;

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
        let Ok(document) = Document::parse(text) else { continue };
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
        let repair = match project.text(&path) {
            Some(_) => with_attribute(manifest, text, at, &line_to_add),
            None => Repair::Write { path, content: rules.content.to_owned() },
        };
        findings.push(finding.repaired_by(repair));
        return;
    };
    let path = file(name);
    let Some(content) = project.text(&path) else {
        let what = format!("{} names {path}, which is not there.", rules.attribute);
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

/// The manifest with an attribute more in its `<application`, which begins at `at`.
fn with_attribute(manifest: &str, text: &str, at: usize, attribute: &str) -> Repair {
    let behind = at + "<application".len();
    let content = format!("{}\n        {attribute}{}", &text[..behind], &text[behind..]);
    Repair::Write { path: manifest.to_owned(), content }
}

/// The lines that a file of rules lacks.
fn missing(content: &str, rules: &Rules) -> Option<String> {
    let Ok(document) = Document::parse(content) else {
        return Some(rules.content.to_owned());
    };
    let mut lines = String::new();
    for section in rules.sections {
        let node = document.descendants().find(|it| it.has_tag_name(*section));
        let excluded = |(domain, path): &(&str, &str)| {
            node.is_some_and(|node| {
                let of = |tag: &'static str| {
                    node.children()
                        .filter(move |it| it.has_tag_name(tag))
                        .filter(move |it| it.attribute("domain") == Some(domain))
                };
                let covers = |it: Node<'_, '_>| {
                    let given = it.attribute("path").unwrap_or(".").trim_matches(['/', '.']);
                    given.is_empty() || given == *path
                };
                // With an `include`, only what is included is in a backup.
                let chosen = node.children().any(|it| it.has_tag_name("include"));
                of("exclude").any(covers) || (chosen && !of("include").any(covers))
            })
        };
        let lacking: Vec<String> = EXCLUDED
            .iter()
            .filter(|pair| !excluded(pair))
            .map(|(domain, path)| format!("    <exclude domain=\"{domain}\" path=\"{path}\" />\n"))
            .collect();
        if !lacking.is_empty() {
            lines += &format!("in <{section}>:\n{}", lacking.concat());
        }
    }
    (!lines.is_empty()).then_some(lines)
}
