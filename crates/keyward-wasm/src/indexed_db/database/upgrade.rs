//! How a database gets today's layout: an empty one, or one of layout 1, where a cell's content was
//! the bare bytes, and its revision the last part of its key: `[name, kind, revision]`.

use wasm_bindgen::prelude::*;

use super::{CELLS, KEYS, REVISION};
use crate::indexed_db::BYTES;
use crate::js;

/// Changes what the `request` to open a database has found, in the transaction in which a browser
/// lets it: whatever fails undoes all of it, and fails the request.
pub(super) fn lay_out(request: &JsValue, change: &JsValue) {
    if try_to(request, change).is_err() {
        give_up(request);
    }
}

fn try_to(request: &JsValue, change: &JsValue) -> Result<(), JsValue> {
    let cells = if js::get(change, "oldVersion") == 1 {
        let transaction = js::get(request, "transaction");
        let cells = js::call(&transaction, "objectStore", &[&CELLS.into()])?;
        bring_over(request, &cells)?;
        cells
    } else {
        let database = js::get(request, "result");
        js::call(&database, "createObjectStore", &[&KEYS.into()])?;
        js::call(&database, "createObjectStore", &[&CELLS.into()])?
    };
    js::call(&cells, "createIndex", &[&REVISION.into(), &REVISION.into()])?;
    Ok(())
}

/// Each content to its new place, which is before its old one, so that a walk over all does not meet
/// it again.
fn bring_over(request: &JsValue, cells: &JsValue) -> Result<(), JsValue> {
    let walk = js::call(cells, "openCursor", &[])?;
    let (request, cells, found) = (request.clone(), cells.clone(), walk.clone());
    let next = Closure::<dyn FnMut()>::new(move || {
        let cursor = js::get(&found, "result");
        if js::is_some(&cursor) && bring(&cells, &cursor).is_err() {
            give_up(&request);
        }
    });
    js::set(&walk, "onsuccess", &next.into_js_value());
    Ok(())
}

fn bring(cells: &JsValue, cursor: &JsValue) -> Result<(), JsValue> {
    let part = |number| js::get(&js::get(cursor, "key"), number);
    let content = [(REVISION, &part("2")), (BYTES, &js::get(cursor, "value"))];
    let key = js::list(&[&part("0"), &part("1")]);
    js::call(cells, "put", &[&js::object(&content), &key])?;
    js::call(cursor, "delete", &[])?;
    js::call(cursor, "continue", &[])?;
    Ok(())
}

fn give_up(request: &JsValue) {
    let _ = js::call(&js::get(request, "transaction"), "abort", &[]);
}
