//! Asking the browser not to evict the database when space is short.

use js_sys::futures::spawn_local;
use wasm_bindgen::JsValue;

use crate::database::{Database, NOTES};
use crate::js;
use crate::trouble::Trouble;

/// The note that it has been asked.
const ASKED: &str = "persistence";

/// Asks once in the database's life, because some browsers ask the person in turn. Nobody waits for
/// the answer, and nothing depends on it.
pub(crate) fn ask_once(database: &Database) {
    let database = database.clone();
    spawn_local(async move {
        // What cannot be asked is not asked.
        let _ = ask(&database).await;
    });
}

async fn ask(database: &Database) -> Result<(), Trouble> {
    let noted = database.write(&[NOTES], async |transaction| {
        let asked = transaction.get(NOTES, ASKED).await?;
        transaction.put(NOTES, ASKED, &JsValue::TRUE)?;
        Ok(asked)
    });
    if noted.await?.is_undefined() {
        let storage = js::get(&js::global("navigator"), "storage");
        js::call(&storage, "persist", &[]).await?;
    }
    Ok(())
}
