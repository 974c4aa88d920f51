//! A session on a throw-away vault, played in the terminal: `cargo xtask demo terminal`.
//!
//! Everything is real: the files, the seal, the key derivation, the clock, and, where one runs, the
//! keyring of the desktop. What you type is what is stored.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "talking to a person is its job")]

use std::error::Error;
use std::io::{self, BufRead, IsTerminal, Write};
use std::path::Path;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use async_io::{Timer, block_on};
use futures_util::StreamExt;
use keyward::{
    Config, Event, Passcode, PasscodePurpose, PasscodeRequest, Vault, VaultType, inspect,
};
use keyward_platform::Native;

type Outcome<T> = Result<T, Box<dyn Error>>;

const LOCK_AFTER: Duration = Duration::from_secs(2);

fn main() -> Outcome<()> {
    let place = tempfile::Builder::new().prefix("keyward-demo-").tempdir()?;
    let folder = place.path().join("vaults");
    let key_file = place.path().join("device.key");
    let stage = Stage::new();

    stage.title("Keyward, on a throw-away vault");
    stage.says(&format!(
        "Everything happens in {}, and is gone at the end.",
        place.path().display()
    ));

    let native = choose_device_store(&stage, &folder, &key_file);
    let vault = native.clone().open()?;
    stage.follow(&vault);
    block_on(vault.initialize(Config::new("demo", VaultType::SecureStorage)))?;

    let secret = store(&stage, &vault, &folder)?;
    let vault = restart(&stage, vault, native)?;
    change_type(&stage, &vault)?;
    lock_and_unlock(&stage, &vault)?;
    go_away(&stage, &vault)?;
    look_at_the_file(&stage, &folder, &secret)?;
    clear(&stage, &vault, &folder)
}

/// The desktop's keyring where it is ready; otherwise a key file, which has to be asked for.
fn choose_device_store(stage: &Stage, folder: &Path, key_file: &Path) -> Native {
    let native = Native::new(folder).with_state_folder(folder.join("state"));
    #[cfg(target_os = "linux")]
    {
        use keyward_platform::{SecretService, State};
        if block_on(SecretService::new().state()) == State::Ready {
            stage.says("The keyring of this desktop keeps the device's secret.");
            return native;
        }
    }
    stage.says(
        "No unlocked keyring here: a key file stands in, which a thief of the disk would have too.",
    );
    native.with_key_file(key_file)
}

fn store(stage: &Stage, vault: &Vault, folder: &Path) -> Outcome<String> {
    stage.title("1. Store a secret");
    let secret = stage.ask("Type something secret", "my-refresh-token-8xLOxBtZp8")?;
    block_on(vault.set("refresh-token", &secret))?;
    stage.did("vault.set(\"refresh-token\", …)");
    let bytes = std::fs::read(folder.join("demo.keyward"))?;
    stage.says(&format!("It is durable now: one sealed file of {} bytes.", bytes.len()));
    let visible =
        !secret.is_empty() && bytes.windows(secret.len()).any(|part| part == secret.as_bytes());
    stage.says(if visible {
        "The secret IS in the file."
    } else {
        "Neither its name nor its value can be found in the file."
    });
    Ok(secret)
}

fn restart(stage: &Stage, vault: Vault, native: Native) -> Outcome<Vault> {
    stage.title("2. Restart, and read it again");
    drop(vault);
    let start = Instant::now();
    let vault = native.open()?;
    stage.follow(&vault);
    block_on(vault.initialize(Config::new("demo", VaultType::SecureStorage)))?;
    let token: Option<String> = block_on(vault.get("refresh-token"))?;
    stage.did(&format!(
        "vault.get(\"refresh-token\") = {token:?}, {:.1?} after the start",
        start.elapsed()
    ));
    let start = Instant::now();
    for _ in 0..1000 {
        block_on(vault.get::<String>("refresh-token"))?;
    }
    stage.says(&format!("From the open vault a read takes {:.1?}.", start.elapsed() / 1000));
    Ok(vault)
}

fn change_type(stage: &Stage, vault: &Vault) -> Outcome<()> {
    stage.title("3. Protect it with a passcode");
    let asking = stage.clone();
    vault.on_passcode_requested(move |request| asking.answer(request));
    let mut config = vault.config().ok_or("initialised")?;
    config.vault_type = VaultType::CustomPasscode;
    config.lock_after_backgrounded = Some(LOCK_AFTER);
    block_on(vault.update_config(config))?;
    stage.did("vault.update_config(CustomPasscode, locking after 2 s away)");
    stage.says("One atomic swap: a crash leaves the old protection or the new one, and the data.");
    Ok(())
}

fn lock_and_unlock(stage: &Stage, vault: &Vault) -> Outcome<()> {
    stage.title("4. Lock, and guess wrong");
    block_on(vault.lock())?;
    stage.did("vault.lock()");
    block_on(vault.set_passcode(Passcode::new("not the passcode")?))?;
    match block_on(vault.get::<String>("refresh-token")) {
        Ok(_) => stage.says("You chose that very passcode!"),
        Err(error) => stage.says(&format!("A guess: {error}.")),
    }

    stage.title("5. Unlock: fifty readers, one question");
    loop {
        let readers: Vec<_> = (0..50).map(|_| vault.get::<String>("refresh-token")).collect();
        let outcomes: Vec<_> = readers.into_iter().map(block_on).collect();
        match outcomes.into_iter().collect::<Result<Vec<_>, _>>() {
            Ok(tokens) => {
                stage.did(&format!(
                    "{} × vault.get(\"refresh-token\") = {:?}",
                    tokens.len(),
                    tokens[0]
                ));
                return Ok(());
            }
            Err(error @ keyward::Error::WrongPasscode { attempts_left: 1.. }) => {
                stage.says(&format!("{error}. Try again."));
            }
            Err(error) => return Err(error.into()),
        }
    }
}

fn go_away(stage: &Stage, vault: &Vault) -> Outcome<()> {
    stage.title("6. Go away for longer than two seconds");
    vault.background();
    stage.did("vault.background()");
    block_on(Timer::after(LOCK_AFTER + Duration::from_millis(300)));
    vault.resume();
    stage.did("vault.resume()");
    let locked = block_on(vault.is_locked())?;
    stage.says(if locked { "It is locked, and no key is in memory." } else { "It is still open." });
    Ok(())
}

fn look_at_the_file(stage: &Stage, folder: &Path, secret: &str) -> Outcome<()> {
    stage.title("7. What a thief of the file sees");
    let bytes = std::fs::read(folder.join("demo.keyward"))?;
    let seen = inspect(&bytes)?;
    stage.says(&format!("format {}, epoch {}, vault {}", seen.version, seen.epoch, seen.vault));
    for slot in &seen.slots {
        let provider = slot.provider.as_deref().unwrap_or("nothing on the device");
        let costs = slot.costs.map_or(String::new(), |costs| {
            format!(", {} MiB and {} passes a guess", costs.memory_kib / 1024, costs.passes)
        });
        stage.says(&format!("slot: {} bound to {provider}{costs}", slot.kind));
    }
    stage.says(&format!(
        "{} bytes, of which {} are sealed content (your secret has {})",
        seen.sealed_len,
        seen.content_len,
        secret.len()
    ));
    Ok(())
}

fn clear(stage: &Stage, vault: &Vault, folder: &Path) -> Outcome<()> {
    stage.title("8. Log out");
    block_on(vault.clear())?;
    stage.did("vault.clear()");
    let left = folder.join("demo.keyward").exists();
    let exists = block_on(vault.exists())?;
    stage.says(if left || exists {
        "Something is left."
    } else {
        "No file, no key, no entry is left."
    });
    Ok(())
}

/// Where the play is seen: plain lines, in colour on a terminal.
#[derive(Clone)]
struct Stage {
    lines: mpsc::Sender<Line>,
    colour: bool,
}

enum Line {
    Text(String),
    Done(mpsc::Sender<()>),
}

impl Stage {
    /// Lines come from several threads; one writes them.
    fn new() -> Self {
        let (lines, written) = mpsc::channel();
        std::thread::spawn(move || {
            for line in written {
                match line {
                    Line::Text(text) => {
                        print!("{text}");
                        let _ = io::stdout().flush();
                    }
                    Line::Done(told) => drop(told.send(())),
                }
            }
        });
        let colour = io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
        Self { lines, colour }
    }

    /// Writes a line and waits until it stands there.
    fn line(&self, style: &str, text: &str) {
        self.write(style, text, "\n");
    }

    fn write(&self, style: &str, text: &str, end: &str) {
        let text = match self.colour {
            true => format!("\x1b[{style}m{text}\x1b[0m{end}"),
            false => format!("{text}{end}"),
        };
        let (told, hears) = mpsc::channel();
        let _ = self.lines.send(Line::Text(text));
        let _ = self.lines.send(Line::Done(told));
        let _ = hears.recv();
    }

    fn title(&self, text: &str) {
        // Lets the events of the part before come first, and a person read.
        block_on(Timer::after(Duration::from_millis(if self.colour { 900 } else { 100 })));
        self.line("1", &format!("\n{text}"));
    }

    fn did(&self, text: &str) {
        self.line("36", &format!("  > {text}"));
    }

    fn says(&self, text: &str) {
        self.line("0", &format!("    {text}"));
    }

    /// Shows the vault's events as they happen.
    fn follow(&self, vault: &Vault) {
        let (stage, mut events) = (self.clone(), vault.events());
        std::thread::spawn(move || {
            block_on(async {
                let mut last = String::new();
                while let Some(event) = events.next().await {
                    let words = in_words(&event);
                    // Fifty readers hear of one refusal; the person need not fifty times.
                    if words != last {
                        stage.line("33", &format!("      * event: {words}"));
                    }
                    last = words;
                }
            });
        });
    }

    fn answer(&self, request: PasscodeRequest) {
        let question = match request.purpose() {
            PasscodePurpose::Set => "Choose a passcode",
            PasscodePurpose::Unlock => "Enter the passcode",
        };
        // The handler must return soon, and people do not.
        let stage = self.clone();
        std::thread::spawn(move || {
            // The event that tells of this comes first.
            std::thread::sleep(Duration::from_millis(50));
            match stage.ask(question, "2580").map(Passcode::new) {
                Ok(Ok(passcode)) => request.answer(passcode),
                _ => request.dismiss(),
            }
        });
    }

    /// A line of the person's, or `default` for an empty one or when nobody is there.
    fn ask(&self, question: &str, default: &str) -> io::Result<String> {
        let end = if io::stdin().is_terminal() { " " } else { "\n" };
        self.write("32", &format!("  ? {question} [{default}]:"), end);
        let mut answer = String::new();
        io::stdin().lock().read_line(&mut answer)?;
        let answer = answer.trim();
        Ok(if answer.is_empty() { default.to_owned() } else { answer.to_owned() })
    }
}

fn in_words(event: &Event) -> String {
    match event {
        Event::Locked(cause) => format!("locked ({cause:?})"),
        Event::Unlocked => "unlocked".to_owned(),
        Event::ConfigChanged(config) => format!("configuration changed to {:?}", config.vault_type),
        Event::Failed(error) => format!("failed: {error}"),
        Event::PasscodeRequested(purpose) => format!("passcode requested ({purpose:?})"),
        other => format!("{other:?}"),
    }
}
