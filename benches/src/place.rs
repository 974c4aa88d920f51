//! The machine that is measured on.

use std::fs;
use std::path::Path;

use crate::store::Outcome;

/// The name of the file system that `folder` is on.
///
/// # Errors
/// For one in memory, where nothing is durable and syncing costs nothing.
pub fn file_system(folder: &Path) -> Outcome<String> {
    // Magic numbers from statfs(2).
    let name = match rustix::fs::statfs(folder)?.f_type {
        0x0102_1994 | 0x8584_58f6 => {
            return Err(format!(
                "{} is in memory; name a folder on a disk with --in",
                folder.display()
            )
            .into());
        }
        0xef53 => "ext4",
        0x5846_5342 => "XFS",
        0x9123_683e => "Btrfs",
        0x794c_7630 => "overlayfs",
        0x2fc1_2fc1 => "ZFS",
        0xf2f5_2010 => "F2FS",
        other => return Ok(format!("file system {other:#x}")),
    };
    Ok(name.to_owned())
}

/// The processor's name and how many of it there are.
pub fn processor() -> String {
    let text = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let name = text
        .lines()
        .find_map(|line| line.strip_prefix("model name"));
    let name = name.map_or("unknown processor", |name| {
        name.trim_start_matches([':', ' ', '\t'])
    });
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    format!("{cores} × {name}")
}

/// The load average of the last minute.
pub fn load() -> String {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').next().unwrap_or("unknown").to_owned()
}
