//! Packages of the operating system, by Debian's names.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::steps::{Failed, run};

/// To build anything: a C compiler for the dependencies' build scripts.
pub(crate) const BUILD: &[&str] = &["gcc", "libc6-dev"];

/// To test: the real peers, the independent reader's libraries, a C++ compiler for the fuzzer.
pub(crate) const TEST: &[&str] = &[
    "curl",
    "dbus",
    "g++",
    "gcc",
    "gnome-keyring",
    "jq",
    "keepassxc",
    "libc6-dev",
    "libsecret-tools",
    "openssl",
    "python3-argon2",
    "python3-cryptography",
    "strace",
    "xvfb",
];

/// To test in browsers. `xvfb-run` takes `xauth`, and only recommends it.
pub(crate) const BROWSERS: &[&str] =
    &["chromium", "firefox-esr", "webkit2gtk-driver", "xauth", "xvfb"];

/// To measure: the peers' build needs and the keyring that is one of them.
pub(crate) const BENCH: &[&str] = &[
    "dbus",
    "g++",
    "gcc",
    "gnome-keyring",
    "libc6-dev",
    "libssl-dev",
    "make",
    "perl",
    "pkg-config",
];

/// Whether [`require`] can see to it that these are there, because they are, or because this is Debian
/// itself and we are root.
pub(crate) fn can_have(packages: &[&str]) -> bool {
    let release = std::fs::read_to_string("/etc/os-release").unwrap_or_default();
    let debian = release.lines().any(|line| line == "ID=debian");
    (debian && is_root()) || packages.iter().all(|package| installed(package))
}

/// Makes sure that `packages` are there: installs them on Debian when root, and otherwise names
/// those that are missing.
pub(crate) fn require(packages: &[&'static str]) -> Result<(), Failed> {
    if !Path::new("/usr/bin/dpkg-query").exists() {
        println!(
            "Not a Debian system: please see to it that these are installed: {}",
            packages.join(" ")
        );
        return Ok(());
    }
    let missing: Vec<&str> =
        packages.iter().copied().filter(|package| !installed(package)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    if !is_root() {
        let missing = missing.join(" ");
        return Err(Failed(format!("packages are missing. As root: apt-get install {missing}")));
    }
    println!("Installing {}", missing.join(" "));
    run(apt().arg("update"))?;
    run(apt().args(["install", "--yes", "--no-install-recommends"]).args(&missing))
}

fn apt() -> Command {
    let mut apt = Command::new("apt-get");
    apt.arg("--quiet=2").env("DEBIAN_FRONTEND", "noninteractive").stdin(Stdio::null());
    apt
}

fn installed(package: &str) -> bool {
    let query = Command::new("dpkg-query")
        .args(["--show", "--showformat=${db:Status-Status}", package])
        .stderr(Stdio::null())
        .output();
    query.is_ok_and(|output| output.status.success() && output.stdout == b"installed")
}

fn is_root() -> bool {
    let id = Command::new("id").arg("--user").output();
    id.is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}
