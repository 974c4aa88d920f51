//! `keyward exit-codes`

use serde_json::{Value, json};

use crate::exit_code::{TABLE, table};
use crate::failure::Outcome;
use crate::output::Output;

/// Print the exit codes and what they mean
///
/// The codes and the names never change. With --json, an error's name is its `code`.
#[derive(Debug, clap::Args)]
#[command(after_help = after_help())]
pub(crate) struct Args {}

fn after_help() -> String {
    format!(
        "{}\nExamples:
  keyward exit-codes | grep keyring
  keyward exit-codes --json | jq '.[] | select(.exit == 41)'",
        table()
    )
}

pub(crate) fn run(output: Output) -> Outcome {
    if output.json {
        let rows: Vec<Value> = TABLE
            .iter()
            .map(|row| json!({ "exit": row.exit, "code": row.name, "meaning": row.meaning }))
            .collect();
        return output.json(&rows);
    }
    output.line(table().trim_end_matches('\n'))
}
