//! The tables of `docs/losses.md`.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

/// One table of the page, as the test fills it.
pub(crate) struct Table {
    name: &'static str,
    rows: Vec<String>,
}

/// The tests of this program run at once, and may all write the page.
static PAGE: Mutex<()> = Mutex::new(());

impl Table {
    /// The table behind the page's comment `<!-- losses: NAME -->`.
    pub(crate) fn new(name: &'static str) -> Self {
        Self { name, rows: Vec::new() }
    }

    pub(crate) fn row(&mut self, cells: &[&str]) {
        self.rows.push(format!("| {} |", cells.join(" | ")));
    }

    /// Compares the table with the page, or writes it there.
    pub(crate) fn check(self) {
        let _turn = PAGE.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let page = page();
        let text = fs::read_to_string(&page).unwrap();
        let mark = format!("<!-- losses: {} -->\n", self.name);
        let (before, behind) = text.split_once(&mark).expect("the page has the mark");
        let old = behind.split_inclusive('\n').take_while(|line| line.starts_with('|'));
        let rest = &behind[old.map(str::len).sum()..];
        let head = "| loss | state | a read answers | what brings the data back |";
        let rule = "| --- | --- | --- | --- |";
        let table = [&[head.to_owned(), rule.to_owned()][..], &self.rows].concat().join("\n");
        let now = format!("{before}{mark}{table}\n{rest}");
        if now != text {
            assert!(
                env::var_os("UPDATE_LOSSES").is_some(),
                "docs/losses.md says something else of {}:\n{table}",
                self.name
            );
            fs::write(page, now).unwrap();
        }
    }
}

fn page() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/losses.md")
}
