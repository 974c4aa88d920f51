//! The doctor in JavaScript's hands. A module of its own, so that whoever imports a vault downloads
//! nothing of it. What goes in and out is JSON.

use std::collections::BTreeMap;

use keyward_doctor::{Page, Project, Repair, Report};
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

/// Looks at files, given as a JSON object of their texts by their paths. The result is JSON: `clean`,
/// `json`, `text` (with colours if `colour` says so), and `writes`, the files that `--fix` writes.
///
/// # Errors
/// When `files` is no such object.
#[wasm_bindgen]
pub fn examine(files: &str, colour: bool) -> Result<String, JsError> {
    let mut project = Project::default();
    for (path, text) in serde_json::from_str::<BTreeMap<String, String>>(files)? {
        project.add(path, text);
    }
    Ok(answer(&keyward_doctor::examine(&project), colour))
}

/// Looks at a page, given as the JSON of a [`Page`]. The result is as that of [`examine`].
///
/// # Errors
/// When `page` is none.
#[wasm_bindgen(js_name = examinePage)]
pub fn examine_page(page: &str) -> Result<String, JsError> {
    let page: Page = serde_json::from_str(page)?;
    Ok(answer(&keyward_doctor::examine_page(&page), false))
}

fn answer(report: &Report, colour: bool) -> String {
    let writes: Vec<Value> = report
        .repairs()
        .into_iter()
        .filter_map(|repair| match repair {
            Repair::Write { path, content } => Some(json!({ "path": path, "content": content })),
            // Nobody who runs this module hands over a device.
            Repair::Restrict { .. } => None,
        })
        .collect();
    json!({
        "clean": report.is_clean(),
        "json": report.json(),
        "text": report.text(colour),
        "writes": writes,
    })
    .to_string()
}
