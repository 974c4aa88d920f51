//! The doctor in JavaScript's hands. A module of its own, so that whoever imports a vault downloads
//! nothing of it. What goes in and out is JSON.

use std::collections::BTreeMap;

use keyward_doctor::{Device, Page, Project, Repair, Report, Unread};
use serde::Deserialize;
use serde_json::{Value, json};
use wasm_bindgen::prelude::*;

/// The longest file that is looked at, in bytes.
#[wasm_bindgen(js_name = maxFileLength)]
#[must_use]
pub fn max_file_length() -> usize {
    keyward_doctor::MAX_FILE_LEN
}

/// How many files are looked at.
#[wasm_bindgen(js_name = maxFiles)]
#[must_use]
pub fn max_files() -> usize {
    keyward_doctor::MAX_FILES
}

/// Whether the folder at `path` is to be looked into.
#[wasm_bindgen]
#[must_use]
pub fn enters(path: &str) -> bool {
    keyward_doctor::enters(path)
}

/// Whether the file at `path` is to be read.
#[wasm_bindgen]
#[must_use]
pub fn wanted(path: &str) -> bool {
    keyward_doctor::wanted(path)
}

/// What a shell has found: members of a [`Project`], and a [`Device`].
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Found {
    files: BTreeMap<String, String>,
    unread: BTreeMap<String, Unread>,
    first_left_out: Option<String>,
    device: Option<Device>,
}

/// Looks at a project and, if there is one in it, at a device. `found` is JSON: the texts of `files`
/// by their paths, the reasons of those that are `unread`, `firstLeftOut`, and a `device`. The result
/// is JSON: `clean`, `project` and `device` (as JSON in a text; none without a device), `text` (with
/// colours if `colour` says so), and `repairs`, what `--fix` does.
///
/// # Errors
/// When `found` is no such object.
#[wasm_bindgen]
pub fn examine(found: &str, colour: bool) -> Result<String, JsError> {
    let Found { files, unread, first_left_out, device } = serde_json::from_str(found)?;
    let mut project = Project::default();
    files.into_iter().for_each(|(path, text)| project.add(path, text));
    unread.into_iter().for_each(|(path, unread)| project.leave(path, unread));
    if let Some(path) = first_left_out {
        project.leave_rest(path);
    }
    let project = keyward_doctor::examine(&project);
    let device = device.map(|device| keyward_doctor::examine_device(&device));
    let all = project.and(&device.clone().unwrap_or_default());
    Ok(json!({
        "clean": all.is_clean(),
        "project": project.json(),
        "device": device.as_ref().map(Report::json),
        "text": all.text(colour),
        "repairs": all.repairs().into_iter().map(repair).collect::<Vec<Value>>(),
    })
    .to_string())
}

/// Looks at a page, given as the JSON of a [`Page`]. The result is the JSON of a report.
///
/// # Errors
/// When `page` is none.
#[wasm_bindgen(js_name = examinePage)]
pub fn examine_page(page: &str) -> Result<String, JsError> {
    let page: Page = serde_json::from_str(page)?;
    Ok(keyward_doctor::examine_page(&page).json())
}

fn repair(repair: Repair) -> Value {
    match repair {
        Repair::Create { path, content } => {
            json!({ "does": "create", "path": path, "content": content })
        }
        Repair::Write { path, before, content } => {
            json!({ "does": "write", "path": path, "before": before, "content": content })
        }
        Repair::Restrict { path, mode } => {
            json!({ "does": "restrict", "path": path, "mode": mode })
        }
    }
}
