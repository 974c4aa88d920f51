//! iOS: an app that asks for a face has to say why.

use roxmltree::{Document, Node, ParsingOptions};

use super::unread::unreadable;
use crate::finding::{Finding, Severity};
use crate::project::Project;
use crate::repair::Repair;
use crate::source::{line, line_end};

const KEY: &str = "NSFaceIDUsageDescription";
const LINES: &str = "\t<key>NSFaceIDUsageDescription</key>\n\t<string>Your face unlocks what this app keeps for you.</string>\n";

/// What the list of an app has one of, whichever template it came from.
const APP_KEYS: &[&str] = &[
    "LSRequiresIPhoneOS",
    "UIApplicationSceneManifest",
    "UILaunchScreen",
    "UILaunchStoryboardName",
    "UIMainStoryboardFile",
];

pub(super) fn check(project: &Project, findings: &mut Vec<Finding>) {
    let lists = project.named("Info.plist").filter(|(path, _)| path.starts_with("ios/"));
    for (path, text) in lists {
        let options =
            ParsingOptions { allow_dtd: true, nodes_limit: 100_000, ..Default::default() };
        let Ok(document) = Document::parse_with_options(text, options) else {
            findings.push(unreadable(path, "This property list does not read as XML."));
            continue;
        };
        let Some(top) = document.root_element().children().find(|it| it.has_tag_name("dict"))
        else {
            continue;
        };
        let mut elements = top.children().filter(roxmltree::Node::is_element);
        let described = elements.any(|it| it.text() == Some(KEY))
            && elements.next().and_then(|it| it.text()).is_some_and(|it| !it.trim().is_empty());
        if described || !is_of_app(&top) {
            continue;
        }
        let mut finding = Finding::new(
            "face-id",
            Severity::Error,
            "Info.plist has no text for NSFaceIDUsageDescription.",
            "iOS ends the app when a vault asks for the face the first time.",
        )
        .at(path, line(text, top.range().start))
        .adding(LINES);
        let present = top.children().any(|it| it.text() == Some(KEY));
        if let Some(end) = text[top.range()].rfind("</dict>").filter(|_| !present) {
            let at = top.range().start + end;
            // In front of the whole line, if nothing else is on it.
            let begin = text[..at].trim_end_matches([' ', '\t']).len();
            let at = if text[..begin].ends_with('\n') { begin } else { at };
            let lines = LINES.replace('\n', line_end(text));
            let content = format!("{}{lines}{}", &text[..at], &text[at..]);
            finding = finding.repaired_by(Repair::Write {
                path: path.to_owned(),
                before: text.to_owned(),
                content,
            });
        }
        findings.push(finding);
    }
}

/// Other lists of the project (of extensions, of tests) have nothing to launch, or say what they are.
fn is_of_app(list: &Node<'_, '_>) -> bool {
    let has =
        |key: &&str| list.children().any(|it| it.has_tag_name("key") && it.text() == Some(key));
    APP_KEYS.iter().any(has) && !has(&"NSExtension")
}
