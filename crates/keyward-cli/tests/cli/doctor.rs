//! `keyward doctor` in a project of which it may not see all.

use serde_json::{Value, json};

use crate::sandbox::Sandbox;

/// A project that lacks something is not passed because its folder could not be seen.
#[test]
fn a_folder_that_may_not_be_read_is_told() {
    let sandbox = Sandbox::new();
    let script = "set -e
        mkdir -p app/ios/App app/src
        echo 'export {}' > app/src/main.ts
        keyward doctor app --project-only --json
        chmod 000 app/ios
        keyward doctor app --project-only --json || echo \"[exit code $?]\"
        chmod 755 app/ios";
    let (shown, told) = sandbox.as_owner(script);
    let [seen, unseen, "[exit code 60]"] = shown.lines().collect::<Vec<_>>()[..] else {
        panic!("{shown}{told}")
    };
    let findings = |document: &str| {
        let mut document: Value = serde_json::from_str(document).expect("JSON");
        document["project"]["findings"].take()
    };
    assert_eq!(findings(seen), json!([]));
    let findings = findings(unseen);
    assert_eq!(findings.as_array().map(Vec::len), Some(1), "{findings}");
    let told = ["check", "severity", "file"].map(|part| &findings[0][part]);
    assert_eq!(told, ["unreadable-folder", "warning", "ios"]);
}
