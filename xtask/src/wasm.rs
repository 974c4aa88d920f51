//! The engine for the web: a WebAssembly module and its glue, as the npm package takes them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use wasm_bindgen_cli_support::Bindgen;

use crate::packages;
use crate::root;
use crate::steps::{Failed, run};

/// The profiles: what browsers download, and what runs in them in tests.
const SHIPPED: &str = "web";
const TESTS: &str = "web-tests";

const TARGET: &str = "wasm32-unknown-unknown";

/// Debian's own compiler, the source of its standard library, which is built along, and its linker.
const DEBIAN: &[&str] = &["lld-22", "rust-web-src", "rustc-web"];

/// What every browser of today has and LLVM takes for granted. Not `--all-features`: browsers refuse
/// what that brings.
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

/// The smaller of two implementations, where a crate has two. None of these is Argon2's inner loop
/// or the cipher of the content.
const COMPACT: &[&str] =
    &["--cfg=aes_backend_soft=\"compact\"", "--cfg=sha2_backend_soft=\"compact\""];

/// What makes the module smaller for those who download it, which is after compression. Functions
/// that are put into others repeat nothing that a compressor knows, and similar ones are best beside
/// each other. No address is below 1,024: the stack ends there.
const OPTIMIZE: &[&str] = &[
    "-Oz",
    "--converge",
    "--always-inline-max-function-size=4",
    "--one-caller-inline-max-function-size=40",
    "--low-memory-unused",
    "--reorder-functions-by-name",
    "--strip-debug",
    "--strip-producers",
    "--strip-target-features",
];

/// The modules that the npm package ships, and the folders from which it takes them. Each is a module
/// of its own, so that nobody downloads what they do not import.
const MODULES: &[(&str, &str)] = &[
    ("keyward-wasm", "packages/keyward/src/engine"),
    ("keyward-doctor-wasm", "packages/keyward/src/doctor/engine"),
    ("keyward-session-wasm", "packages/keyward/src/session/engine"),
];

/// Builds the modules and their glue into the npm package, and says how large they are.
pub(crate) fn build() -> Result<(), Failed> {
    MODULES.iter().try_for_each(|(package, out)| {
        let modules = compile(package, SHIPPED)?;
        let bound = root().join("target/web/bound").join(package);
        bind(&modules.join(format!("{}.wasm", package.replace('-', "_"))), &bound, "engine")?;

        let out = root().join(out);
        fs::create_dir_all(&out).map_err(failed)?;
        for file in ["engine.js", "engine.d.ts"] {
            fs::copy(bound.join(file), out.join(file)).map_err(failed)?;
        }
        optimize(&bound.join("engine_bg.wasm"), &out.join("engine.wasm"))?;
        println!("{package}");
        report(&out, &["engine.js", "engine.wasm"])
    })
}

/// Builds what the tests in browsers call into `target/web/tests`, from where they take it.
pub(crate) fn build_tests() -> Result<(), Failed> {
    let modules = compile("keyward-wasm-tests", TESTS)?;
    bind(&modules.join("keyward_wasm_tests.wasm"), &root().join("target/web/tests"), "tests")
}

/// Compiles a library for the web, and answers the folder where its module is.
fn compile(package: &str, profile: &str) -> Result<PathBuf, Failed> {
    let target_dir = root().join("target/web");
    let mut build = Command::new(env!("CARGO"));
    build.args(["build", "--lib", "--locked", "--package", package, "--profile", profile]);
    build.args(["--target", TARGET, "--target-dir"]).arg(&target_dir);
    // The same bytes from every folder.
    let mut flags = vec![
        format!("--remap-path-prefix={}=.", root().display()),
        format!("--remap-path-prefix={}=cargo", cargo_home()?.display()),
    ];
    flags.extend(COMPACT.iter().map(|&flag| flag.to_owned()));
    if !has_rustup_target() {
        if packages::can_have(DEBIAN) || !has_rustup() {
            packages::require(DEBIAN)?;
            build.args(["-Zbuild-std=std,panic_abort", "-Zbuild-std-features=optimize_for_size"]);
            build.env("RUSTC", "/usr/bin/rustc").env("RUSTC_BOOTSTRAP", "1");
            flags.extend(["-Clinker=lld-22", "-Clinker-flavor=wasm-ld"].map(str::to_owned));
            if profile == SHIPPED {
                // Nobody would see a panic's message, or what `Debug` writes; without the first the
                // module is a tenth smaller, without the second a fortieth.
                let unseen = ["-Zunstable-options", "-Cpanic=immediate-abort", "-Zfmt-debug=none"];
                flags.extend(unseen.map(str::to_owned));
            }
        } else {
            run(Command::new("rustup").args(["target", "add", TARGET]))?;
        }
    }
    run(build.env("CARGO_ENCODED_RUSTFLAGS", flags.join("\x1f")))?;
    Ok(target_dir.join(TARGET).join(profile))
}

/// Makes the glue between the module and JavaScript: an ES module that loads nothing by itself.
fn bind(module: &Path, out: &Path, name: &str) -> Result<(), Failed> {
    let mut bindgen = Bindgen::new();
    bindgen.input_path(module).out_name(name).typescript(true);
    bindgen.omit_default_module_path(true).remove_producers_section(true);
    let bound = bindgen.web(true).and_then(|bindgen| bindgen.generate(out));
    bound.map_err(|error| Failed(format!("{}: {error:#}", module.display())))
}

fn optimize(module: &Path, out: &Path) -> Result<(), Failed> {
    let tools = root().join("crates/keyward-wasm");
    if !tools.join("node_modules/binaryen").exists() {
        run(Command::new("npm").args(["ci", "--silent"]).current_dir(&tools))?;
    }
    let mut wasm_opt = Command::new(tools.join("node_modules/.bin/wasm-opt"));
    run(wasm_opt.args(FEATURES).args(OPTIMIZE).arg("--output").arg(out).arg(module))
}

/// Says how large the files are, and how large together for those who download them.
fn report(folder: &Path, files: &[&str]) -> Result<(), Failed> {
    const SCRIPT: &str = "
        const { readFileSync } = require('node:fs'), { brotliCompressSync } = require('node:zlib')
        let together = 0
        for (const file of process.argv.slice(1)) {
            const bytes = readFileSync(file), small = brotliCompressSync(bytes).length
            together += small
            console.log(`${file}: ${bytes.length} bytes, ${small} with brotli`)
        }
        console.log(`together: ${(together / 1024).toFixed(1)} KiB with brotli, before minification`)";
    run(Command::new("node").args(["--eval", SCRIPT]).args(files).current_dir(folder))
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

fn has_rustup() -> bool {
    let version = Command::new("rustup").arg("--version").output();
    version.is_ok_and(|output| output.status.success())
}

fn failed(error: std::io::Error) -> Failed {
    Failed(error.to_string())
}
