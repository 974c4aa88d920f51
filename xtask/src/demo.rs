//! `cargo xtask demo`: the getting-started app, from nothing to a page in the browser.
//! `cargo xtask demo terminal`: a session in this terminal.

use std::env;
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use crate::node::Companion;
use crate::steps::{Failed, cargo, step};
use crate::{getting_started, node, packages, provider, root, wasm, web};

/// What the app is served on where nothing else is. Passkeys need the name "localhost".
const PORT: u16 = 4780;

pub(crate) fn in_browser() -> Result<(), Failed> {
    println!("Building the app and all below it; the first time takes some minutes.");
    step("packages", || {
        packages::require(packages::BUILD)?;
        node::require()
    })?;
    step("the engine for the web", wasm::build)?;
    step("the npm package", web::build)?;
    step("the app", getting_started::build)?;
    step("the provider to sign in at", provider::build)?;
    serve()
}

pub(crate) fn in_terminal() -> Result<(), Failed> {
    packages::require(packages::BUILD)?;
    eprintln!("Building the demo; the first time takes a minute or two.");
    cargo(&["build", "--quiet", "--package", "keyward-platform", "--example", "session"])?;
    cargo(&["run", "--quiet", "--package", "keyward-platform", "--example", "session"])
}

/// Serves the built app, and the provider beside it, until it is interrupted; both end with it.
fn serve() -> Result<(), Failed> {
    let port = free_port()?;
    let mut provider = provider::start(&format!("http://localhost:{port}"))?;
    let served = serve_app(port, &provider.ready);
    provider.end();
    served
}

/// `provider`: what it says of itself. The server tells the page, and lets it call the provider.
fn serve_app(port: u16, provider: &str) -> Result<(), Failed> {
    let folder = root().join(getting_started::FOLDER);
    let mut server = Companion::start(|node| {
        node.arg(folder.join("node_modules/vite/bin/vite.js"));
        node.args(["preview", "--logLevel", "warn", "--host", "localhost", "--strictPort"]);
        node.args(["--port", &port.to_string()]).env("KEYWARD_PROVIDER", provider);
        node.current_dir(&folder);
    })?;

    wait_for(&mut server.process, port)?;
    let url = format!("http://localhost:{port}/");
    println!("\nKeyward is at {url}\nCtrl-C ends it.");
    open(&url);

    let status = server.wait()?;
    Err(Failed(format!("the server ended with {status}")))
}

fn free_port() -> Result<u16, Failed> {
    let listener = TcpListener::bind(("localhost", PORT))
        .or_else(|_| TcpListener::bind(("localhost", 0)))
        .and_then(|listener| listener.local_addr());
    listener.map(|address| address.port()).map_err(|error| Failed(format!("no port: {error}")))
}

fn wait_for(server: &mut Child, port: u16) -> Result<(), Failed> {
    while TcpStream::connect(("localhost", port)).is_err() {
        if let Ok(Some(status)) = server.try_wait() {
            return Err(Failed(format!("the server ended with {status}")));
        }
        thread::sleep(Duration::from_millis(50));
    }
    Ok(())
}

/// Opens the page where there is a display. Where that fails, the address has been printed.
fn open(url: &str) {
    let mut opener = if cfg!(target_os = "macos") {
        Command::new("open")
    } else if cfg!(windows) {
        let mut start = Command::new("cmd");
        start.args(["/C", "start", ""]);
        start
    } else if ["DISPLAY", "WAYLAND_DISPLAY"].into_iter().any(|name| env::var_os(name).is_some()) {
        Command::new("xdg-open")
    } else {
        return;
    };
    opener.arg(url).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    // Waiting would wait for the browser.
    let _ = opener.spawn();
}
