//! Runs the sessions in `tests/transcripts` and in `docs/command-line.md`, and compares what they
//! print with what stands there.
//!
//! Each file is one user's home. In it, every block that is marked as `console` is run, line by
//! line: `$ ` begins a command for bash, `> ` continues it, and what the command prints to standard
//! output and standard error follows, with `[exit code N]` at the end when that is not 0. Comments
//! change the world between blocks: see [`World::obey`]. What differs from run to run is replaced
//! (see [`redact`]).
//!
//! `UPDATE_TRANSCRIPTS=1 cargo test -p keyward-cli transcripts` writes what is printed now into the
//! files, to be read before it is committed.

use std::env;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use regex::Regex;

use crate::peers::gnome_keyring::GnomeKeyring;
use crate::peers::{Bus, Peer};
use crate::provider::Provider;
use crate::sandbox::Sandbox;
use crate::signing_in::person;

#[test]
fn transcripts() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files: Vec<PathBuf> = fs::read_dir(folder.join("tests/transcripts"))
        .expect("the transcripts are there")
        .map(|entry| entry.expect("reads").path())
        .collect();
    files.sort();
    files.push(folder.join("../../docs/command-line.md"));
    let mut wrong = Vec::new();
    for file in files {
        assert_eq!(file.extension(), Some("md".as_ref()), "{} is no transcript", file.display());
        let expected = fs::read_to_string(&file).expect("reads");
        let actual = run(&expected);
        if actual != expected {
            if env::var_os("UPDATE_TRANSCRIPTS").is_some() {
                fs::write(&file, &actual).expect("writes");
            } else {
                wrong.push(format!("{}:\n{}", file.display(), difference(&expected, &actual)));
            }
        }
    }
    assert!(wrong.is_empty(), "the command prints something else now:\n{}", wrong.join("\n"));
}

/// The text with what its commands print now.
fn run(text: &str) -> String {
    let bus = text.contains("<!-- keyring -->").then(Bus::start);
    let sandbox = match &bus {
        Some(bus) => Sandbox::on_bus(bus.address()),
        None => Sandbox::new(),
    };
    samples(&sandbox);
    let keyring = bus.as_ref().map(GnomeKeyring::start);
    let mut world = World { keyring, provider: None, sandbox };
    let mut result = String::new();
    let mut lines = text.lines().peekable();
    let mut in_block = false;
    while let Some(line) = lines.next() {
        match line {
            "```console" => in_block = true,
            "```" => in_block = false,
            _ if !in_block => world.obey(line),
            _ => {}
        }
        let command = line.strip_prefix("$ ").filter(|_| in_block);
        let Some(command) = command else {
            // What stands in a block without a command is what the command before printed once.
            if !in_block || line.starts_with("```") {
                result.push_str(line);
                result.push('\n');
            }
            continue;
        };
        let mut command = command.to_owned();
        result.push_str(line);
        result.push('\n');
        while let Some(more) = lines.peek().and_then(|line| line.strip_prefix("> ")) {
            command.push('\n');
            command.push_str(more);
            result.push_str("> ");
            result.push_str(more);
            result.push('\n');
            lines.next();
        }
        result.push_str(&world.run(&command));
    }
    result
}

struct World<'a> {
    sandbox: Sandbox,
    keyring: Option<GnomeKeyring<'a>>,
    provider: Option<Provider>,
}

impl World<'_> {
    /// Does what a comment between blocks says.
    fn obey(&mut self, line: &str) {
        let Some(order) = line.strip_prefix("<!-- ").and_then(|line| line.strip_suffix(" -->"))
        else {
            return;
        };
        let keyring = self.keyring.as_mut();
        match order {
            "keyring" => {}
            // Its address is in ISSUER, and a scripted person is the browser.
            "provider" => self.provider = Some(Provider::start(300)),
            "lock the keyring" => keyring.expect("there is a keyring").lock(),
            "unlock the keyring" => keyring.expect("there is a keyring").unlock(),
            "kill the keyring" => keyring.expect("there is a keyring").kill(),
            "restart the keyring" => keyring.expect("there is a keyring").restart(),
            order => panic!("nobody knows how to {order}"),
        }
    }

    /// What a command prints, and its exit code.
    fn run(&self, command: &str) -> String {
        let (mut reader, writer) = std::io::pipe().expect("a pipe");
        let mut bash = self.sandbox.command("bash");
        bash.args(["-c", command]);
        if let Some(provider) = &self.provider {
            bash.env("ISSUER", provider.url("")).env("BROWSER", format!("node {}", person()));
        }
        bash.stdin(Stdio::null());
        bash.stdout(writer.try_clone().expect("a second end")).stderr(writer);
        let mut child = bash.spawn().expect("bash runs");
        // The ends of the pipe that are still open here.
        drop(bash);
        let mut bytes = Vec::new();
        reader.read_to_end(&mut bytes).expect("reads");
        let status = child.wait().expect("bash ends");
        let mut text = redact(&String::from_utf8_lossy(&bytes), &self.sandbox);
        if !text.is_empty() && !text.ends_with('\n') {
            text.push_str("[no line break]\n");
        }
        match status.code() {
            Some(0) => {}
            Some(code) => text += &format!("[exit code {code}]\n"),
            None => text += &format!("[{status}]\n"),
        }
        text
    }
}

/// Files that a transcript cannot make by itself.
fn samples(sandbox: &Sandbox) {
    let vectors = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/vectors");
    let vector =
        fs::read_to_string(vectors.join("version-3.json")).expect("the test vectors are there");
    let vector: serde_json::Value = serde_json::from_str(&vector).expect("JSON");
    let digits = vector["sealed"].as_str().expect("the vector has a file").as_bytes();
    let byte =
        |pair: &[u8]| u8::from_str_radix(&String::from_utf8_lossy(pair), 16).expect("digits");
    let bytes: Vec<u8> = digits.chunks(2).map(byte).collect();
    fs::write(sandbox.home().join("newer.keyward"), bytes).expect("writes");
}

/// Replaces what differs from run to run: the sandbox's place, identities, processes and seconds.
fn redact(text: &str, sandbox: &Sandbox) -> String {
    let text = text.replace(&sandbox.root().join("home").display().to_string(), "/home/alice");
    let replace = |text: String, pattern: &str, by: &str| {
        Regex::new(pattern).expect("a pattern").replace_all(&text, by).into_owned()
    };
    // Colours and other control sequences, so that they can be seen.
    let text = text.replace('\u{1b}', "\\e");
    let text = replace(text, r"\b[0-9a-f]{32}\b", "[IDENTITY]");
    let text = replace(text, r"\b20\d\d-\d\d-\d\dT[0-9:]{8}Z", "[TIME]");
    let text = replace(text, r#""at":\d+"#, r#""at":[TIME]"#);
    let text = replace(text, r"http://localhost:\d+", "http://localhost:[PORT]");
    let text = replace(text, r"lives for another \w+", "lives for another [TIME]");
    let text = replace(text, r#""expiresInSeconds":\d+"#, r#""expiresInSeconds":[N]"#);
    let text = replace(text, r"for another \d+ s", "for another [N] s");
    let text = replace(text, r#""retryAfterSeconds":\d+"#, r#""retryAfterSeconds":[N]"#);
    replace(text, r"bash: line \d+: ", "bash: ")
}

/// The lines around the first that differ.
fn difference(expected: &str, actual: &str) -> String {
    let (expected, actual): (Vec<_>, Vec<_>) =
        (expected.lines().collect(), actual.lines().collect());
    let first = expected.iter().zip(&actual).take_while(|(one, other)| one == other).count();
    let around = |lines: &[&str], sign: &str| {
        let from = first.saturating_sub(2);
        let lines = lines.iter().skip(from).take(12);
        lines.map(|line| format!("{sign} {line}\n")).collect::<String>()
    };
    format!("from line {}:\n{}{}", first + 1, around(&expected, "-"), around(&actual, "+"))
}
