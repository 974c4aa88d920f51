//! Small projects, and what is found in them.
#![allow(clippy::unwrap_used)]

use keyward_doctor::{Page, Project, Repair, Report, Severity, Unread, examine, examine_page};
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
            match repair {
                Repair::Create { path, content } | Repair::Write { path, content, .. } => {
                    project.add(path, content);
                }
                Repair::Restrict { .. } => panic!("no device was looked at"),
            }
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
    assert!(report.findings[0].what.contains("which was not found"));
}

/// What is found for a manifest that names these rules, for Android 12 and later.
fn with_rules(cloud_backup: &str) -> Report {
    let manifest = MANIFEST.replace(
        "android:allowBackup=\"true\"",
        "android:allowBackup=\"false\" android:dataExtractionRules=\"@xml/mine\"",
    );
    let rules = format!(
        "<data-extraction-rules><cloud-backup>{cloud_backup}</cloud-backup><device-transfer>\
         <include domain='sharedpref'/></device-transfer></data-extraction-rules>"
    );
    examine(&project(&[(ANDROID, &manifest), ("android/app/src/main/res/xml/mine.xml", &rules)]))
}

#[test]
fn what_rules_include_brings_a_vault_along_in_part_or_as_a_whole() {
    let include = |domain: &str, path: &str| format!("<include domain='{domain}' path='{path}'/>");
    let exclude = |domain: &str, path: &str| format!("<exclude domain='{domain}' path='{path}'/>");
    for bring in [
        include("root", "."),
        include("root", "app_webview"),
        include("root", "./app_webview/Default/"),
        include("root", "app_webview/Default/IndexedDB"),
        include("file", "keyward/default.keyward"),
        include("root", "files/keyward"),
        include("file", ".") + &exclude("file", "keyward/default.keyward"),
        include("root", "app_webview") + &exclude("root", "app_webview//Default"),
    ] {
        assert_eq!(with_rules(&bring).findings.len(), 1, "{bring}");
    }
    for fine in [
        include("sharedpref", "."),
        include("file", "keyward-notes"),
        include("file", ".keyward"),
        include("root", "app_webview/Default") + &exclude("root", "app_webview/Default"),
        include("root", ".") + &exclude("root", "app_webview/"),
        exclude("root", "app_webview") + &exclude("root", "files/keyward"),
    ] {
        assert_eq!(with_rules(&fine).findings, [], "{fine}");
    }
}

#[test]
fn a_file_that_was_not_read_is_named_and_never_written() {
    let name = "android/app/src/main/res/xml/keyward_data_extraction_rules.xml";
    let mut unread = project(&[(ANDROID, MANIFEST)]);
    unread.leave(name, Unread::NotText);
    unread.leave("src/logo.ts", Unread::TooLong);
    unread.leave("src/linked.ts", Unread::Link);
    unread.leave_rest("src/z.ts");
    let report = examine(&unread);
    let named: Vec<_> = report
        .findings
        .iter()
        .filter(|it| it.file.as_deref() != Some(ANDROID))
        .map(|it| (it.check, it.file.as_deref().unwrap(), it.severity))
        .collect();
    assert_eq!(
        named,
        [
            ("unreadable-file", name, Severity::Warning),
            ("too-many-files", "src/z.ts", Severity::Warning),
            ("unreadable-file", "src/logo.ts", Severity::Hint),
        ]
    );
    let written = mended(unread);
    assert!(examine(&written).findings.iter().any(|it| it.file.as_deref() == Some(ANDROID)));
    let repaired: Vec<_> =
        report.repairs().into_iter().map(|it| matches!(it, Repair::Create { .. })).collect();
    assert_eq!(repaired, [true], "the rules for older Androids alone");
}

#[test]
fn a_folder_that_may_not_be_looked_into_is_told_and_nothing_is_claimed_of_it() {
    let mut unseen = project(&[(ANDROID, MANIFEST)]);
    unseen.leave("android/app/src/main/res", Unread::RefusedFolder);
    // Whatever it is called, an app may be in it.
    unseen.leave("widgets.ts", Unread::RefusedFolder);
    let report = examine(&unseen);
    let told: Vec<_> = report
        .findings
        .iter()
        .filter(|it| it.check == "unreadable-folder")
        .map(|it| (it.file.as_deref().unwrap(), it.severity))
        .collect();
    let warnings =
        ["android/app/src/main/res", "widgets.ts"].map(|folder| (folder, Severity::Warning));
    assert_eq!(told, warnings);
    assert!(!report.is_clean());
    assert_eq!(report.repairs(), [], "rules may lie in there already");
    // Nor is it said that what the manifest names was not found.
    let named = MANIFEST.replace(
        "android:allowBackup=\"true\"",
        "android:allowBackup=\"true\" android:dataExtractionRules=\"@xml/mine\" \
         android:fullBackupContent=\"@xml/ours\"",
    );
    let mut unseen = project(&[(ANDROID, &named)]);
    unseen.leave("android/app/src/main/res/xml", Unread::RefusedFolder);
    assert_eq!(found(&examine(&unseen)), ["unreadable-folder"]);
}

#[test]
fn what_does_not_read_as_what_it_is_to_be_is_told() {
    for (file, form) in [
        ("package.json", "JSON"),
        ("angular.json", "JSON"),
        ("vercel.json", "JSON"),
        ("src-tauri/tauri.conf.json", "JSON"),
        ("src-tauri/tauri.conf.json5", "JSON5"),
        ("src-tauri/Tauri.toml", "TOML"),
        (ANDROID, "XML"),
    ] {
        let report = examine(&project(&[(file, "<no")]));
        assert_eq!(report.findings.len(), 1, "{file}");
        assert_eq!(report.findings[0].check, "unreadable-file");
        assert!(report.findings[0].what.contains(&format!(" {form}")), "{report:?}");
    }
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
    let [Repair::Write { before: read, content, .. }] = &report.repairs()[..] else {
        panic!("one repair")
    };
    assert_eq!(read, LIST, "all of it, for a shell to compare");
    let lines = report.findings[0].add.as_deref().unwrap();
    assert_eq!(content.replace(lines, ""), LIST);
    assert_eq!(found(&examine(&mended(before))), [] as [&str; 0]);
    let empty =
        LIST.replace("</dict>", "<key>NSFaceIDUsageDescription</key><string> </string></dict>");
    let report = examine(&project(&[(file, &empty)]));
    assert_eq!((report.findings.len(), report.repairs().len()), (1, 0));
}

#[test]
fn every_apps_list_is_looked_at_and_no_extensions() {
    let of = |key: &str| {
        let list = LIST.replace("UIMainStoryboardFile", key);
        found(&examine(&project(&[("ios/App/App/Info.plist", &list)]))).len()
    };
    for key in ["LSRequiresIPhoneOS", "UIApplicationSceneManifest", "UILaunchScreen"] {
        assert_eq!(of(key), 1, "{key}");
    }
    assert_eq!(of("CFBundleName"), 0, "a bundle of tests");
    assert_eq!(of("UILaunchScreen</key><string/><key>NSExtension"), 0, "an extension");
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
fn an_angular_development_server_that_answers_others_by_http_is_a_hint() {
    let of = |options: &str, configurations: &str| {
        let text = format!(
            "{{ // a workspace\n\"projects\": {{\"app\": {{\"architect\": {{\"serve\": {{\n\
             \"builder\": \"@angular/build:dev-server\",\n\"options\": {{{options}}},\n\
             \"configurations\": {{{configurations}}} }} }} }} }} }}"
        );
        let report = examine(&project(&[("angular.json", &text)]));
        assert!(report.findings.iter().all(|it| it.what.contains("\"app\"")), "{report:?}");
        found(&report)
    };
    for (options, configurations, line) in [
        ("\"host\": \"0.0.0.0\"", "", 4),
        ("\"host\": \"192.168.1.4\", \"ssl\": false", "", 4),
        ("\"port\": 1", "\"phone\": {\"host\": \"::\"}", 5),
        ("\"ssl\": true", "\"phone\": {\"host\": \"::\", \"ssl\": false}", 5),
    ] {
        let expected = [format!("insecure-server angular.json:{line}")];
        assert_eq!(of(options, configurations), expected, "{options} {configurations}");
    }
    for (options, configurations) in [
        ("", ""),
        ("\"host\": \"localhost\"", ""),
        ("\"host\": \"127.0.0.1\"", "\"phone\": {\"host\": \"::1\"}"),
        ("\"host\": \"0.0.0.0\", \"ssl\": true", "\"phone\": {\"port\": 2}"),
    ] {
        assert_eq!(of(options, configurations), [] as [&str; 0], "{options} {configurations}");
    }
    let secure =
        "{\"projects\": {\"app\": {\"architect\": {\"serve\": {\"options\": {\"ssl\" : true}}}}}}";
    let script = "{\"scripts\": {\"dev\": \"ng serve --host 0.0.0.0\"}}";
    let both = project(&[("package.json", script), ("angular.json", secure)]);
    assert_eq!(found(&examine(&both)), [] as [&str; 0]);
}

#[test]
fn scripts_that_serve_other_devices_by_http_are_a_hint() {
    let of = |script: &str, packages: &str| {
        let text = format!(
            "{{\n\"scripts\": {{\n\"dev\": \"{script}\" }}, \"devDependencies\": {{{packages}}} }}"
        );
        found(&examine(&project(&[("package.json", &text)])))
    };
    for open in [
        "vite --host",
        "NODE_ENV=x vite --host --port 1",
        "ng serve --host=0.0.0.0",
        "ng build && ng serve --host 192.168.1.4",
        "ionic serve --external",
        "npm run other -- --host",
    ] {
        assert_eq!(of(open, ""), ["insecure-server package.json:3"], "{open}");
    }
    for fine in [
        "vite",
        "vite --host localhost",
        "vite --host 127.0.0.1",
        "vite --host ::1",
        "ng serve --host 0.0.0.0 --ssl",
        "vite build && psql --host db",
    ] {
        assert_eq!(of(fine, ""), [] as [&str; 0], "{fine}");
    }
    assert!(of("vite --host", "\"@vitejs/plugin-basic-ssl\": \"1\"").is_empty());
    let text = "{\"scripts\": {\"dev\": \"vite --host\"}}";
    let secure = project(&[
        ("package.json", text),
        ("vite.config.ts", "export default { server: { https: pair } }"),
    ]);
    assert!(examine(&secure).findings.is_empty());
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
fn policies_are_read_wherever_servers_are_told_them() {
    let of = |file: &str, text: &str| found(&examine(&project(&[(file, text)])));
    let bad = "default-src 'self'; worker-src blob:";
    let good = "script-src 'self' 'wasm-unsafe-eval'; worker-src blob:";
    let forms: [(&str, &str); 7] = [
        (
            ".htaccess",
            "<IfModule mod_headers.c>\nHeader always set Content-Security-Policy \"POLICY\"\n",
        ),
        (".htaccess", "\nHeader set Content-Security-Policy \"img-src 'self'; \\\n POLICY\"\n"),
        ("_headers", "/*\n  content-security-policy: POLICY\n"),
        (
            "nginx.conf",
            "\nadd_header Content-Security-Policy \"img-src 'self';\n  POLICY\" always;",
        ),
        ("netlify.toml", "[headers.values]\nContent-Security-Policy = \'\'\'\nPOLICY\'\'\'\n"),
        (
            "vercel.json",
            "{\"headers\": [\n{\"headers\": [{\"key\": \"Content-Security-Policy\",\n \"value\": \"POLICY\"}]}]}",
        ),
        (
            "staticwebapp.config.json",
            "{\"globalHeaders\":\n{\"content-security-policy\": \"POLICY\"}}",
        ),
    ];
    for (file, form) in forms {
        let line = if form.starts_with("{\"headers") { 3 } else { 2 };
        let report = of(file, &form.replace("POLICY", bad));
        assert_eq!(report, [format!("csp-wasm {file}:{line}")], "{form}");
        assert_eq!(of(file, &form.replace("POLICY", good)), [] as [&str; 0], "{form}");
    }
    assert!(
        of(".htaccess", "# Header set Content-Security-Policy \"script-src 'self'\"").is_empty()
    );
    let reports = "add_header Content-Security-Policy-Report-Only \"script-src 'self'\";";
    assert!(of("nginx.conf", reports).is_empty());
    let page = "<!-- <meta http-equiv='Content-Security-Policy' content=\"script-src 'self'\"> -->";
    assert!(of("index.html", page).is_empty());
    assert_eq!(
        of(
            ".htaccess",
            "Header set Content-Security-Policy \"script-src 'wasm-unsafe-eval'; worker-src *\""
        ),
        ["csp-worker .htaccess:1"]
    );
}

#[test]
fn comments_in_json_are_passed_over() {
    let text =
        "{ // it's so\n\"Content-Security-Policy\": \"script-src 'self'; worker-src blob:\" }";
    let report = examine(&project(&[("firebase.json", text)]));
    assert_eq!(found(&report), ["csp-wasm firebase.json:2"]);
}

#[test]
fn policies_of_tauri_are_texts_or_objects() {
    let of = |file: &str, text: &str| found(&examine(&project(&[(file, text)])));
    let file = "src-tauri/tauri.conf.json";
    let with = |csp: &str| format!("{{\"app\": {{\"security\":\n{{\"csp\": {csp}}}}}}}");
    assert_eq!(
        of(file, &with("\"default-src 'self'; worker-src blob:\"")),
        [format!("csp-wasm {file}:2")]
    );
    let object = "{\"default-src\": \"'self'\", \"worker-src\": \"blob:\", \"script-src\": [\"'self'\"MORE]}";
    assert_eq!(of(file, &with(&object.replace("MORE", ""))), [format!("csp-wasm {file}:2")]);
    assert!(of(file, &with(&object.replace("MORE", ", \"'wasm-unsafe-eval'\""))).is_empty());
    assert!(of(file, &with("null")).is_empty());
    let one = "{\"tauri\": {\"security\": {\"csp\": \"script-src 'self'; worker-src blob:\"}}}";
    let linux = "src-tauri/tauri.linux.conf.json";
    let report = examine(&project(&[(linux, one)]));
    assert_eq!(found(&report), [format!("csp-wasm {linux}:1")]);
    assert!(report.findings[0].add.as_deref().unwrap().contains("(in tauri.security.csp)"));
}

#[test]
fn tauri_is_told_its_policies_in_three_formats() {
    let of = |file: &str, text: &str| {
        let report = examine(&project(&[(file, text)]));
        let place = report.findings.first().and_then(|it| it.add.clone());
        (found(&report), place.and_then(|it| it.lines().last().map(str::to_owned)))
    };
    let bad = "default-src 'self'; worker-src blob:";
    for (file, text, line, place) in [
        (
            "src-tauri/tauri.conf.json5",
            "// csp: none\n{ app: {\n security: { csp: \"POLICY\", }, }, }",
            3,
            "(in app.security.csp)",
        ),
        (
            "src-tauri/tauri.macos.conf.json5",
            "{ app: { security: {\n 'dev-csp': \"default-src 'self'; \\\n worker-src blob:\" } } }",
            2,
            "(in app.security.dev-csp)",
        ),
        (
            "src-tauri/Tauri.toml",
            "# csp\n[app.security]\ncsp = \"POLICY\"\n",
            3,
            "(in app.security.csp)",
        ),
        (
            "src-tauri/Tauri.linux.toml",
            "[app.security.dev-csp]\ndefault-src = [\"'self'\"]\nworker-src = 'blob:'\n",
            1,
            "(in app.security.dev-csp)",
        ),
    ] {
        let report = of(file, &text.replace("POLICY", bad));
        assert_eq!(report, (vec![format!("csp-wasm {file}:{line}")], Some(place.to_owned())));
        let good = text.replace("POLICY", bad).replace("'self'", "'self' 'wasm-unsafe-eval'");
        assert_eq!(of(file, &good), (vec![], None), "{good}");
    }
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
            "package.json", "src/a.ts", "vite.config.ts", "src/A.vue", ".htaccess",
            "src-tauri/tauri.conf.json", "src-tauri/Tauri.toml", "vercel.json", "angular.json",
        ]),
    ) {
        let project = mended(project(&[(name, &text)]));
        let report = examine(&project);
        let _ = (report.text(true), report.json());
        prop_assert!(report.repairs().is_empty());
    }
}
