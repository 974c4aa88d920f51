//! Small projects, and what is found in them.
#![allow(clippy::unwrap_used)]

use keyward_doctor::{Page, Project, Repair, Report, Severity, examine, examine_page};
use proptest::prelude::*;

fn project(files: &[(&str, &str)]) -> Project {
    let mut project = Project::default();
    files.iter().for_each(|(path, text)| project.add(*path, *text));
    project
}

/// The checks that found something, with file and line.
fn found(report: &Report) -> Vec<String> {
    let place = |it: &keyward_doctor::Finding| match (&it.file, it.line) {
        (Some(file), Some(line)) => format!("{} {file}:{line}", it.check),
        _ => it.check.to_owned(),
    };
    report.findings.iter().map(place).collect()
}

/// Does the repairs until there are none.
fn mended(mut project: Project) -> Project {
    for _ in 0..8 {
        for repair in examine(&project).repairs() {
            let Repair::Write { path, content } = repair else { panic!("no device was looked at") };
            project.add(path, content);
        }
    }
    project
}

const MANIFEST: &str = "<?xml version=\"1.0\" encoding=\"utf-8\"?>
<manifest xmlns:android=\"http://schemas.android.com/apk/res/android\">
    <application
        android:allowBackup=\"true\">
    </application>
</manifest>
";
const ANDROID: &str = "android/app/src/main/AndroidManifest.xml";

#[test]
fn android_backups_carry_no_vault_after_the_repairs() {
    let before = project(&[(ANDROID, MANIFEST)]);
    assert_eq!(found(&examine(&before)), vec![format!("android-backup {ANDROID}:3"); 2]);
    assert_eq!(found(&examine(&mended(before))), [] as [&str; 0]);
}

#[test]
fn rules_that_leave_a_vault_in_are_found_line_by_line() {
    let rules = "<data-extraction-rules><cloud-backup><exclude domain='root' path='app_webview'/>\
        </cloud-backup><device-transfer><include domain='sharedpref' path='.'/></device-transfer>\
        </data-extraction-rules>";
    let manifest = MANIFEST.replace(
        "android:allowBackup=\"true\"",
        "android:allowBackup=\"false\" android:dataExtractionRules=\"@xml/mine\"",
    );
    let file = "android/app/src/main/res/xml/mine.xml";
    let report = examine(&project(&[(ANDROID, &manifest), (file, rules)]));
    assert_eq!(found(&report), [format!("android-backup {file}:1")]);
    let add = report.findings[0].add.as_deref().unwrap();
    assert_eq!(add, "in <cloud-backup>:\n    <exclude domain=\"file\" path=\"keyward\" />\n");
    let report = examine(&project(&[(ANDROID, &manifest)]));
    assert!(report.findings[0].what.contains("which is not there"));
}

const LIST: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>
<!DOCTYPE plist PUBLIC \"-//Apple//DTD PLIST 1.0//EN\" \"http://www.apple.com/DTDs/PropertyList-1.0.dtd\">
<plist version=\"1.0\">
<dict>
\t<key>UIMainStoryboardFile</key>
\t<string>Main</string>
</dict>
</plist>
";

#[test]
fn face_id_gets_its_text_and_nothing_else_changes() {
    let file = "ios/App/App/Info.plist";
    let before = project(&[(file, LIST)]);
    let report = examine(&before);
    assert_eq!(found(&report), [format!("face-id {file}:4")]);
    let [Repair::Write { content, .. }] = &report.repairs()[..] else { panic!("one repair") };
    let lines = report.findings[0].add.as_deref().unwrap();
    assert_eq!(content.replace(lines, ""), LIST);
    assert_eq!(found(&examine(&mended(before))), [] as [&str; 0]);
    let empty =
        LIST.replace("</dict>", "<key>NSFaceIDUsageDescription</key><string> </string></dict>");
    let report = examine(&project(&[(file, &empty)]));
    assert_eq!((report.findings.len(), report.repairs().len()), (1, 0));
}

#[test]
fn insecure_origins_are_found_in_code_and_not_in_comments() {
    let config = "export default {\n  server: {\n    // androidScheme: 'http',\n    androidScheme: 'http',\n    url: 'http://192.168.1.4:5173',\n  },\n}";
    let report = examine(&project(&[("capacitor.config.ts", config)]));
    let expected =
        ["insecure-scheme capacitor.config.ts:4", "insecure-server capacitor.config.ts:5"];
    assert_eq!(found(&report), expected);
    let config =
        "{ \"server\": { \"androidScheme\": \"https\", \"url\": \"http://localhost:1\" } }";
    assert!(examine(&project(&[("capacitor.config.json", config)])).findings.is_empty());
    let vite = "export default { server: { host: true } }";
    assert_eq!(found(&examine(&project(&[("vite.config.ts", vite)]))).len(), 1);
}

#[test]
fn policies_are_read_in_pages_and_in_headers() {
    let page = |policy: &str| {
        format!("<head>\n<meta http-equiv='Content-Security-Policy'\n content=\"{policy}\"></head>")
    };
    let of = |file: &str, text: &str| found(&examine(&project(&[(file, text)])));
    assert_eq!(
        of("index.html", &page("default-src 'self'")),
        ["csp-wasm index.html:2", "csp-worker index.html:2"]
    );
    let good = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; worker-src blob:";
    assert!(of("index.html", &page(good)).is_empty());
    assert!(of("index.html", &page("img-src 'self'")).is_empty());
    let line = "/*\n  Content-Security-Policy: script-src 'self'; worker-src blob:";
    assert_eq!(of("_headers", line), ["csp-wasm _headers:2"]);
    let json = "{\"key\": \"Content-Security-Policy\", \"value\": \"script-src 'self' 'wasm-unsafe-eval'; worker-src blob:\"}";
    assert!(of("vercel.json", json).is_empty());
}

#[test]
fn both_packages_and_a_stale_installation_are_told_apart() {
    let old = "@ionic-enterprise/identity-vault";
    let both = format!("{{\"dependencies\": {{\"keyward\": \"1\", \"{old}\": \"6\"}}}}");
    assert_eq!(
        found(&examine(&project(&[("package.json", &both)]))),
        ["both-packages package.json:1"]
    );
    let alias = format!("{{\"dependencies\": {{\"{old}\": \"npm:keyward@1\"}}}}");
    assert!(examine(&project(&[("package.json", &alias)])).findings.is_empty());
    let installed = "node_modules/@ionic-enterprise/identity-vault/package.json";
    let name = |name: &str| format!("{{\"name\": \"{name}\"}}");
    let with =
        |name: String| found(&examine(&project(&[("package.json", &alias), (installed, &name)])));
    assert_eq!(with(name(old)), ["old-package-installed package.json:1"]);
    assert!(with(name("keyward")).is_empty());
}

#[test]
fn one_key_for_two_vaults_is_found() {
    let script = |key: &str| {
        format!(
            "import {{ Vault }} from 'keyward';\nconst vault = new Vault();\nawait vault.initialize({{ key: '{key}' }});"
        )
    };
    let two = |one: &str, other: &str| {
        found(&examine(&project(&[("src/a.ts", &script(one)), ("src/b.ts", &script(other))])))
    };
    assert_eq!(two("a", "a"), ["one-key src/a.ts:3"]);
    assert!(two("a", "b").is_empty());
}

#[test]
fn an_initialisation_that_nobody_waits_for_is_a_hint() {
    let main = "import { vault } from './vault';\ncreateApp(App).mount('#app');\nvault.initialize({ key: 'a' });";
    assert_eq!(found(&examine(&project(&[("src/main.ts", main)]))), ["before-mount src/main.ts:2"]);
    let lost = "import { Vault } from 'keyward';\nexport function start() {\n  vault.initialize({ key: 'a' });\n}";
    let report = examine(&project(&[("src/vault.ts", lost)]));
    assert_eq!(found(&report), ["before-mount src/vault.ts:3"]);
    assert!(report.is_clean(), "a hint is nothing to mend");
    let waits = lost.replace("vault.init", "return vault.init");
    assert!(examine(&project(&[("src/vault.ts", &waits)])).findings.is_empty());
}

#[test]
fn a_page_is_told_what_it_lacks() {
    let good = Page {
        secure_context: true,
        wasm: true,
        worker: true,
        indexed_db: true,
        persisted: Some(true),
        prf: Some(true),
        verifies_person: true,
    };
    assert!(examine_page(&good).findings.is_empty());
    let report = examine_page(&Page { secure_context: false, prf: Some(false), ..good.clone() });
    assert_eq!(found(&report), ["insecure-page"]);
    let report = examine_page(&Page { persisted: Some(false), worker: false, ..good });
    assert_eq!(found(&report), ["not-persisted", "csp-worker"]);
}

#[test]
fn the_worst_comes_first_and_names_of_files_rule_no_terminal() {
    let report = examine(&project(&[
        ("capacitor.config.ts", "androidScheme: 'http\u{1b}[2J'"),
        (
            "index.html",
            "<meta http-equiv=Content-Security-Policy content=\"script-src 'wasm-unsafe-eval'\">",
        ),
    ]));
    assert_eq!(report.findings[0].severity, Severity::Error);
    assert!(!report.text(false).contains('\u{1b}'), "{}", report.text(false));
    assert!(
        report.text(true).contains("\u{1b}[1m\u{1b}[31merror")
            || report.text(true).contains("\u{1b}[")
    );
    assert!(report.text(false).ends_with("1 error, 1 hint.\n"));
    assert_eq!(Report::default().text(false), "Nothing to mend.\n");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Every file is untrusted: anything in it gives an answer, and repairs come to an end.
    #[test]
    fn any_text_gives_an_answer(
        text in "(?s)([<>\"'`/*:={}()a-z\\n é]|androidScheme|<application|<dict>|</dict>|key|http-equiv|content-security-policy|content=|script-src|\\.initialize\\(|<meta|new Vault\\(|keyward){0,60}",
        name in prop::sample::select(vec![
            ANDROID, "ios/App/App/Info.plist", "capacitor.config.ts", "index.html", "_headers",
            "package.json", "src/a.ts", "vite.config.ts", "src/A.vue",
        ]),
    ) {
        let project = mended(project(&[(name, &text)]));
        let report = examine(&project);
        let _ = (report.text(true), report.json());
        prop_assert!(report.repairs().is_empty());
    }
}
