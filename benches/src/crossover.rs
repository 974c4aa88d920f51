//! The size from which SQLCipher writes one entry faster than Keyward.

use std::path::Path;

use crate::row::Row;
use crate::store::Outcome;
use crate::tasks::Field;

/// Sizes closer to each other than this are the same, for what a ratio can tell.
const CLOSE: f64 = 1.2;

/// A sentence about the size where `mode` becomes faster, which lies between those of the `rows` of
/// writing one entry; looked for by halving.
pub fn sentence(rows: &[&Row], mode: &'static str, folder: &Path) -> Outcome<String> {
    let slower = |row: &Row| {
        row.against(mode)
            .is_some_and(|other| other.ratio.median > 1.0)
    };
    let Some(first) = rows.iter().position(|row| slower(row)) else {
        let last = rows.last().map_or(0, |row| row.entries);
        return Ok(format!(
            "{mode} is not faster at writing one entry up to {last} entries."
        ));
    };
    if first == 0 {
        let size = rows[0].entries;
        return Ok(format!(
            "{mode} is faster at writing one entry from {size} entries (or fewer)."
        ));
    }
    let (mut below, mut above) = (rows[first - 1].entries, rows[first].entries);
    while above as f64 / below as f64 > CLOSE {
        let between = ((below * above) as f64).sqrt().round() as usize;
        let place = folder.join(between.to_string());
        let mut field = Field::fill(&place, between, Err("not asked".to_owned()))?;
        if slower(&field.write()) {
            above = between;
        } else {
            below = between;
        }
        drop(field);
        std::fs::remove_dir_all(place)?;
    }
    Ok(format!(
        "{mode} becomes faster at writing one entry between {below} and {above} entries."
    ))
}
