//! The rows as one table for people, or as JSON.

use std::fmt::Write;
use std::time::Duration;

use serde_json::{Value, json};

use crate::race::Ratio;
use crate::row::{Against, Aim, FLOOR, Row, SECRET_SERVICE, STRONGHOLD, WAL};

const HEAD: [&str; 9] = [
    "task",
    "entries",
    "Keyward",
    "÷ floor",
    "÷ Stronghold",
    "÷ SQLCipher",
    "÷ Secret Service",
    "aim",
    "met",
];

/// A Markdown table, with what needs saying below it.
pub fn text(rows: &[Row], notes: &[String]) -> String {
    let mut lines = vec![HEAD.map(str::to_owned)];
    lines.extend(rows.iter().map(cells));
    let widths: [usize; 9] = std::array::from_fn(|column| {
        lines
            .iter()
            .map(|cells| cells[column].chars().count())
            .max()
            .unwrap_or(0)
    });
    let mut text = String::new();
    for (number, cells) in lines.iter().enumerate() {
        for (cell, width) in cells.iter().zip(widths) {
            let _ = write!(text, "| {cell:<width$} ");
        }
        text.push_str("|\n");
        if number == 0 {
            widths.iter().for_each(|width| {
                let _ = write!(text, "|{:-<1$}", "", width + 2);
            });
            text.push_str("|\n");
        }
    }
    text.push('\n');
    notes.iter().for_each(|note| {
        let _ = writeln!(text, "- {note}");
    });
    text
}

fn cells(row: &Row) -> [String; 9] {
    let ratio = |name: &str| {
        row.against(name)
            .map_or("–".to_owned(), |other| shown(&other.ratio))
    };
    let sqlcipher = row.against_sqlcipher().map_or("–".to_owned(), |other| {
        let mode = if other.name == WAL { "W" } else { "D" };
        format!("{} {mode}", shown(&other.ratio))
    });
    let all = row.aims.iter().all(|(_, met)| *met);
    let aims: Vec<String> = row.aims.iter().map(|(aim, _)| aim_text(*aim)).collect();
    let missed: Vec<String> = row
        .aims
        .iter()
        .filter(|(_, met)| !met)
        .map(|(aim, _)| aim_text(*aim))
        .collect();
    [
        row.task.to_owned(),
        row.entries.to_string(),
        row.keyward.map_or("–".to_owned(), time),
        ratio(FLOOR),
        ratio(STRONGHOLD),
        sqlcipher,
        ratio(SECRET_SERVICE),
        aims.join(", "),
        if all {
            "yes".to_owned()
        } else {
            format!("no: {}", missed.join(", "))
        },
    ]
}

fn aim_text(aim: Aim) -> String {
    match aim {
        Aim::Within(bound) => format!("≤ {}", time(bound)),
        Aim::AtMost(bound, name) => format!("≤ {bound} {name}"),
        Aim::NotSlowerThan(name) => format!("≤ 1 {name}"),
    }
}

/// The median and its quartiles, three significant digits.
fn shown(ratio: &Ratio) -> String {
    format!(
        "{} ({}–{})",
        digits(ratio.median),
        digits(ratio.low),
        digits(ratio.high)
    )
}

fn digits(number: f64) -> String {
    match number {
        100.0.. => format!("{number:.0}"),
        10.0.. => format!("{number:.1}"),
        0.1.. => format!("{number:.2}"),
        0.01.. => format!("{number:.3}"),
        _ => format!("{number:.4}"),
    }
}

pub fn time(time: Duration) -> String {
    let seconds = time.as_secs_f64();
    let (number, unit) = match seconds {
        1.0.. => (seconds, "s"),
        1e-3.. => (seconds * 1e3, "ms"),
        1e-6.. => (seconds * 1e6, "µs"),
        _ => (seconds * 1e9, "ns"),
    };
    let number = format!(
        "{}",
        format!("{number:.3}").parse::<f64>().unwrap_or(number)
    );
    let short: String = number.chars().take(4).collect();
    format!("{} {unit}", short.trim_end_matches('.'))
}

pub fn json(rows: &[Row], notes: &[String]) -> Value {
    let rows: Vec<Value> = rows.iter().map(row_json).collect();
    json!({ "rows": rows, "notes": notes })
}

fn row_json(row: &Row) -> Value {
    let against = |other: &Against| {
        let Ratio {
            median,
            low,
            high,
            rounds,
        } = other.ratio;
        json!({
            "name": other.name,
            "seconds": other.time.as_secs_f64(),
            "ratio": { "median": median, "lowerQuartile": low, "upperQuartile": high },
            "rounds": rounds,
        })
    };
    let aims: Vec<Value> = row
        .aims
        .iter()
        .map(|(aim, met)| json!({ "aim": aim_text(*aim), "met": met }))
        .collect();
    let absent: Vec<Value> = row
        .absent
        .iter()
        .map(|(name, reason)| json!({ "name": name, "reason": reason }))
        .collect();
    json!({
        "task": row.task,
        "entries": row.entries,
        "seconds": row.keyward.map(|time| time.as_secs_f64()),
        "against": row.against.iter().map(against).collect::<Vec<_>>(),
        "aims": aims,
        "absent": absent,
    })
}

/// Who was not measured, once for each reason, with the sizes.
pub fn absences(rows: &[Row]) -> Vec<String> {
    let mut reasons: Vec<(&str, &str, Vec<String>)> = Vec::new();
    for row in rows {
        for (name, reason) in &row.absent {
            let place = format!("{} at {}", row.task, row.entries);
            match reasons
                .iter_mut()
                .find(|(n, r, _)| n == name && r == reason)
            {
                Some((_, _, places)) => places.push(place),
                None => reasons.push((name, reason, vec![place])),
            }
        }
    }
    reasons
        .into_iter()
        .map(|(name, reason, places)| format!("No {name} ({reason}): {}.", places.join(", ")))
        .collect()
}
