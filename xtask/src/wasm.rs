//! The engine for the web: WebAssembly and its glue, as the npm package takes them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use wasm_bindgen_cli_support::Bindgen;

use crate::packages;
use crate::root;
use crate::steps::{Failed, run};

const TARGET: &str = "wasm32-unknown-unknown";

/// Debian's own compiler, the source of its standard library, which is built along, and its linker.
const DEBIAN: &[&str] = &["lld-22", "rust-web-src", "rustc-web"];

/// What browsers of the last years have, and LLVM takes for granted; never `--all-features`, whose
/// output they refuse.
const FEATURES: &[&str] = &[
    "--enable-bulk-memory",
    "--enable-bulk-memory-opt",
    "--enable-call-indirect-overlong",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
];

/// Builds what the npm package ships, and says how large it is.
pub(crate) fn build() -> Result<(), Failed> {
    let module = compile(&["--package", "keyward-wasm", "--lib"])?.join("keyward_wasm.wasm");
    let out = root().join("packages/keyward/src/engine");
    let bound = root().join("target/web/bound");
    bind(&module, &bound, "engine")?;
    fs::create_dir_all(&out).map_err(failed)?;
    for file in ["engine.js", "engine.d.ts"] {
        fs::copy(bound.join(file), out.join(file)).map_err(failed)?;
    }
    let wasm = out.join("engine.wasm");
    optimize(&bound.join("engine_bg.wasm"), &wasm)?;
    Ok(())
}

/// Compiles for the web, and answers the folder where the modules are.
fn compile(what: &[&str]) -> Result<PathBuf, Failed> {
    let target_dir = root().join("target/web");
    let mut build = Command::new(env!("CARGO"));
    build.args(["build", "--profile", "web", "--locked", "--target", TARGET, "--target-dir"]);
    build.arg(&target_dir).args(what);
    let mut flags = vec![
        format!("--remap-path-prefix={}=.", root().display()),
        format!("--remap-path-prefix={}=cargo", cargo_home()?.display()),
    ];
    if !has_rustup_target() {
        if Path::new("/usr/bin/dpkg-query").exists() {
            packages::require(DEBIAN)?;
            build.arg("-Zbuild-std=std,panic_abort");
            build.env("RUSTC", "/usr/bin/rustc").env("RUSTC_BOOTSTRAP", "1");
            flags.push("-Clinker=lld-22".to_owned());
            flags.push("-Clinker-flavor=wasm-ld".to_owned());
        } else {
            run(Command::new("rustup").args(["target", "add", TARGET]))?;
        }
    }
    run(build.env("CARGO_ENCODED_RUSTFLAGS", flags.join("\x1f")))?;
    Ok(target_dir.join(TARGET).join("web"))
}

/// Makes the glue between the module and JavaScript.
fn bind(module: &Path, out: &Path, name: &str) -> Result<(), Failed> {
    let bound = (|| {
        Bindgen::new()
            .input_path(module)
            .out_name(name)
            .web(true)?
            .typescript(true)
            .omit_default_module_path(true)
            .remove_name_section(true)
            .remove_producers_section(true)
            .generate(out)
    })();
    bound.map_err(|error| Failed(format!("{}: {error:#}", module.display())))
}

fn optimize(module: &Path, out: &Path) -> Result<(), Failed> {
    let tools = root().join("crates/keyward-wasm");
    if !tools.join("node_modules/binaryen").exists() {
        run(Command::new("npm").args(["ci", "--silent"]).current_dir(&tools))?;
    }
    let mut wasm_opt = Command::new(tools.join("node_modules/.bin/wasm-opt"));
    wasm_opt.args(FEATURES).args([
        "-O4",
        "--strip-debug",
        "--strip-producers",
        "--strip-target-features",
        "--output",
    ]);
    run(wasm_opt.arg(out).arg(module))
}

fn cargo_home() -> Result<PathBuf, Failed> {
    if let Some(home) = std::env::var_os("CARGO_HOME") {
        return Ok(home.into());
    }
    let home = std::env::var_os("HOME").ok_or_else(|| Failed("HOME is not set".to_owned()))?;
    Ok(Path::new(&home).join(".cargo"))
}

fn has_rustup_target() -> bool {
    let sysroot = Command::new("rustc").args(["--print", "sysroot"]).output();
    sysroot.is_ok_and(|output| {
        let sysroot = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        Path::new(&sysroot).join("lib/rustlib").join(TARGET).join("lib").exists()
    })
}

fn failed(error: std::io::Error) -> Failed {
    Failed(error.to_string())
}
