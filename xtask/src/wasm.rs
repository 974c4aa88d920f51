//! The engine must build for the web: with rustup's target where it is installed, else with
//! Debian's compiler for the web.

use std::path::Path;
use std::process::Command;

use crate::packages;
use crate::steps::{Failed, run};

const TARGET: &str = "wasm32-unknown-unknown";

/// Debian's own compiler and the source of its standard library, which is built along.
const DEBIAN: &[&str] = &["rust-web-src", "rustc-web"];

pub(crate) fn check_engine() -> Result<(), Failed> {
    let mut check = Command::new(env!("CARGO"));
    check.args(["check", "--package", "keyward", "--locked", "--target", TARGET]);
    if has_rustup_target() {
        return run(&mut check);
    }
    if !Path::new("/usr/bin/dpkg-query").exists() {
        run(Command::new("rustup").args(["target", "add", TARGET]))?;
        return run(&mut check);
    }
    packages::require(DEBIAN)?;
    check.args(["-Zbuild-std=std,panic_abort", "--target-dir", "target/web"]);
    run(check.env("RUSTC", "/usr/bin/rustc").env("RUSTC_BOOTSTRAP", "1"))
}

fn has_rustup_target() -> bool {
    let sysroot = Command::new("rustc").args(["--print", "sysroot"]).output();
    sysroot.is_ok_and(|output| {
        let sysroot = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        Path::new(&sysroot).join("lib/rustlib").join(TARGET).join("lib").exists()
    })
}
