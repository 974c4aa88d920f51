//! The longest files that are read, made to be deep or slow, and names that are not ASCII.
#![allow(missing_docs)]

use keyward_doctor::{MAX_FILE_LEN, Project, Repair, examine};

const PATHS: &[&str] = &[
    "android/app/src/main/AndroidManifest.xml",
    "capacitor.config.ts",
    "index.html",
    "ios/App/App/Info.plist",
    "package.json",
    "public/.htaccess",
    "public/_headers",
    "public/vercel.json",
    "angular.json",
    "src-tauri/Tauri.toml",
    "src-tauri/tauri.conf.json",
    "src-tauri/tauri.conf.json5",
    "src/main.ts",
    "vite.config.ts",
];

#[test]
fn the_longest_files_come_to_an_end() {
    let pieces = [
        "<a>",
        "<application>",
        "<meta ",
        "<meta content-security-policy content=",
        "csp-src\n",
        "content-security-policy -src\n",
        "(",
        ".initialize(",
        "new Vault({key:'a'",
        "`",
        "'",
        "\\",
        "[",
        "{\"a\":",
        "content-security-policy=\"a",
        "content-security-policy: script-src a\\\n",
        "<!--",
        "/*",
        "url: ",
        "key\n",
    ];
    for piece in pieces {
        let text = format!("'keyward'{}", piece.repeat(MAX_FILE_LEN / piece.len() - 9));
        let mut project = Project::default();
        PATHS.iter().for_each(|path| project.add(*path, text.clone()));
        // Without the word before it, what is to be XML or JSON gets further.
        let begins_with_piece = &text["'keyward'".len()..];
        project.add("android/app/src/main/AndroidManifest.xml", begins_with_piece);
        project.add("ios/App/App/Info.plist", begins_with_piece);
        let scripts = "\"a\": \"vite --host\", ".repeat(MAX_FILE_LEN / 30);
        let scripts = format!("{{\"scripts\": {{{scripts}\"b\": {piece:?}}}}}");
        project.add("package.json", scripts);
        project.add("public/vercel.json", begins_with_piece);
        for tauri in ["Tauri.toml", "tauri.conf.json5"] {
            project.add(format!("src-tauri/{tauri}"), begins_with_piece);
        }
        let report = examine(&project);
        assert!(report.findings.len() < 1_000, "{piece}: {}", report.findings.len());
    }
}

#[test]
fn deep_files_are_not_too_deep() {
    let depth = MAX_FILE_LEN / 8;
    for (open, close) in [("<a>", "</a>"), ("<dict>", "</dict>")] {
        let text = open.repeat(depth) + &close.repeat(depth);
        let mut project = Project::default();
        project.add("android/app/src/main/AndroidManifest.xml", text.as_str());
        project.add("ios/App/App/Info.plist", text.as_str());
        let _ = examine(&project);
    }
}

const OTHER_PREFIX: &str = "<manifest xmlns:a=\"http://schemas.android.com/apk/res/android\">\n\
    <application a:allowBackup=\"true\" />\n</manifest>\n";
const OTHER_NAME: &str = "<manifest xmlns:éééééé=\"x\" \
    xmlns:android=\"http://schemas.android.com/apk/res/android\"><éééééé:application/></manifest>";

#[test]
fn a_manifest_that_names_things_in_another_way_is_left_to_its_owner() {
    for text in [OTHER_PREFIX, OTHER_NAME] {
        let mut project = Project::default();
        project.add("android/app/src/main/AndroidManifest.xml", text);
        let report = examine(&project);
        assert_eq!(report.findings.len(), 2, "{report:?}");
        assert!(report.repairs().is_empty(), "{report:?}");
    }
}

const WINDOWS: &str = "<plist>\r\n  <dict>\r\n    <key>UILaunchStoryboardName</key>\r\n    \
    <string>L</string>\r\n  </dict>\r\n</plist>\r\n";

#[test]
fn lines_that_are_added_end_as_those_of_the_file_do() {
    let mut project = Project::default();
    project.add("ios/App/App/Info.plist", WINDOWS);
    let repairs = examine(&project).repairs();
    let [Repair::Write { content, .. }] = repairs.as_slice() else { panic!("{repairs:?}") };
    assert_eq!(content.matches('\n').count(), content.matches("\r\n").count());
    assert!(content.ends_with("</string>\r\n  </dict>\r\n</plist>\r\n"), "{content}");
    let added = content.lines().filter(|line| !WINDOWS.lines().any(|old| old == *line)).count();
    assert_eq!(added, 2, "{content}");
}
