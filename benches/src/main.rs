//! Measures Keyward against its peers and against the least that anyone could do, and prints one
//! table. README.md says what is compared with what.

#![forbid(unsafe_code)]

mod crossover;
mod entries;
mod floor;
mod ours;
mod peers;
mod place;
mod race;
mod row;
mod store;
mod table;
mod tasks;

use std::env;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use peers::secret_service::{self, Daemon};
use row::{DELETE, Row, WAL};
use store::Outcome;
use tasks::Field;

const USAGE: &str = "keyward-bench [--json] [--sizes 5,100,1000,10000] [--only TASK] [--in FOLDER]

  --json     the table as JSON
  --sizes    how many entries of 1 KiB (by default 5, 100, 1,000 and 10,000)
  --only     tasks whose name contains this: read, write one, write 100, import, open
  --in       where the files are written, on a real disk (by default beside this program)";

const LEGEND: [&str; 4] = [
    "Ratios are Keyward's time divided by the other's in the same round: the median and, in \
     brackets, the quartiles. Below 1, Keyward is faster.",
    "SQLCipher in the mode that is better for it: W is a write-ahead log (synchronous=FULL), D a \
     rollback journal (synchronous=EXTRA).",
    "Stronghold syncs its file but not the folder; the folder is synced for it after each commit. \
     Its key needs no derivation (work factor 0), except for opening with a passcode.",
    "The Secret Service (gnome-keyring) syncs its file but not the folder, so that a power cut may \
     undo a write. Several entries are several commits.",
];

struct Options {
    json: bool,
    sizes: Vec<usize>,
    only: String,
    folder: PathBuf,
}

fn main() -> ExitCode {
    match run() {
        Ok(code) => code,
        Err(error) => {
            eprintln!("keyward-bench: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Outcome<ExitCode> {
    let Some(options) = options()? else {
        println!("{USAGE}");
        return Ok(ExitCode::SUCCESS);
    };
    let folder = tempfile::Builder::new()
        .prefix("keyward-bench-")
        .tempdir_in(&options.folder)?;
    let file_system = place::file_system(folder.path())?;
    let home = folder.path().join("keyring");
    std::fs::create_dir(&home)?;
    if let Some(status) = secret_service::in_private_session(&home) {
        return Ok(if status.success() {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        });
    }
    let load = place::load();
    let rows = rows(&options, folder.path())?;
    let mut notes = LEGEND.map(str::to_owned).to_vec();
    notes.push(format!(
        "Times are medians on this machine: {}, {file_system}, load before {load} and after {}.",
        place::processor(),
        place::load(),
    ));
    notes.extend(crossovers(&rows, folder.path())?);
    notes.extend(table::absences(&rows));
    if options.json {
        println!("{:#}", table::json(&rows, &notes));
    } else {
        println!("{}", table::text(&rows, &notes));
    }
    Ok(ExitCode::SUCCESS)
}

fn rows(options: &Options, folder: &Path) -> Outcome<Vec<Row>> {
    let daemon = Daemon::start().map_err(|error| error.to_string());
    let mut rows = Vec::new();
    for &size in &options.sizes {
        let place = folder.join(size.to_string());
        let service = daemon.as_ref().map(|_| ()).map_err(String::clone);
        let mut field = Field::fill(&place, size, service)?;
        let mut run = |task: &str, row: &mut dyn FnMut() -> Outcome<Row>| -> Outcome<()> {
            if task.contains(&options.only) {
                eprintln!("{task}, {size} entries");
                rows.push(row()?);
            }
            Ok(())
        };
        run("read one (bytes)", &mut || Ok(field.read()))?;
        run("read one (JSON)", &mut || Ok(field.read_json()))?;
        run("write one", &mut || Ok(field.write()))?;
        if size >= 100 {
            run("write 100 at once", &mut || Ok(field.write_several()))?;
        }
        run("import all", &mut || Ok(field.import()))?;
        drop(field);
        run("open with key file", &mut || tasks::open(&place, size))?;
        run("open with passcode", &mut || {
            tasks::open_with_passcode(&place, size)
        })?;
        std::fs::remove_dir_all(place)?;
    }
    rows.sort_by_key(|row| order(row.task));
    Ok(rows)
}

/// Rows of one task stand together.
fn order(task: &str) -> usize {
    [
        "read",
        "write one",
        "write 100",
        "import",
        "open with passcode",
        "open with key file",
    ]
    .iter()
    .position(|start| task.starts_with(start))
    .unwrap_or(usize::MAX)
}

fn crossovers(rows: &[Row], folder: &Path) -> Outcome<Vec<String>> {
    let writes: Vec<&Row> = rows.iter().filter(|row| row.task == "write one").collect();
    if writes.len() < 2 {
        return Ok(Vec::new());
    }
    [WAL, DELETE]
        .iter()
        .map(|mode| crossover::sentence(&writes, mode, folder))
        .collect()
}

fn options() -> Outcome<Option<Options>> {
    let beside = env::current_exe()?
        .parent()
        .map(Path::to_owned)
        .unwrap_or_default();
    let mut options = Options {
        json: false,
        sizes: vec![5, 100, 1_000, 10_000],
        only: String::new(),
        folder: beside,
    };
    let mut arguments = env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().ok_or(format!("{argument} needs a value"));
        match argument.as_str() {
            "--json" => options.json = true,
            "--sizes" => {
                options.sizes = value()?
                    .split(',')
                    .map(str::parse)
                    .collect::<Result<_, _>>()?;
            }
            "--only" => options.only = value()?,
            "--in" => options.folder = value()?.into(),
            secret_service::INSIDE => {}
            "--help" | "-h" => return Ok(None),
            _ => return Err(format!("unknown argument {argument}\n\n{USAGE}").into()),
        }
    }
    options.sizes.sort_unstable();
    options.sizes.dedup();
    Ok(Some(options))
}
