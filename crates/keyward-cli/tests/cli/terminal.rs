//! The command on a real pseudo-terminal.

use rexpect::reader::Options;
use rexpect::session::{PtySession, spawn_with_options};

use crate::peers::gnome_keyring::GnomeKeyring;
use crate::peers::{Bus, Peer};
use crate::sandbox::Sandbox;

/// A terminal with a shell in it that runs one script.
struct Terminal {
    session: PtySession,
    /// Everything that the terminal has shown.
    screen: String,
}

impl Terminal {
    fn run(sandbox: &Sandbox, script: &str) -> Self {
        let mut bash = sandbox.command("bash");
        // The terminal comes without echo, which would make the test of hiding it worthless.
        bash.args(["-c", &format!("stty echo; {script}\necho \"[exit code $?]\"; stty -a")]);
        let options = Options::new()
            // Only ends a test that hangs.
            .timeout_ms(Some(60_000));
        let session = spawn_with_options(bash, options).expect("bash runs on a terminal");
        Self { session, screen: String::new() }
    }

    fn expect(&mut self, text: &str) -> &mut Self {
        match self.session.exp_string(text) {
            Ok(before) => self.screen += &(before + text),
            Err(error) => panic!("waited in vain for {text:?} after {:?}: {error}", self.screen),
        }
        self
    }

    fn press(&mut self, keys: &str) -> &mut Self {
        self.session.send(keys).expect("the terminal takes keys");
        self.session.flush().expect("the terminal takes keys");
        self
    }

    /// Waits until the script has ended, and gives what the terminal showed before that.
    fn end(mut self, exit_code: u8) -> String {
        self.expect(&format!("[exit code {exit_code}]"));
        let modes = self.session.exp_eof().expect("the shell ends");
        let mut modes = modes.split([' ', ';', '\r', '\n']);
        assert!(modes.any(|mode| mode == "echo"), "the terminal shows again what is typed");
        self.screen
    }
}

/// A user with a vault that a passcode opens.
fn with_passcode_vault() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("passcode", "correct horse\n");
    sandbox.ok(&["init", "--type", "custom-passcode", "--passcode-file", "passcode"]);
    sandbox.ok(&["set", "token", "abc", "--passcode-file", "passcode"]);
    sandbox
}

/// A user with a vault that a key file opens.
fn with_key_file_vault() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.ok(&["--key-file", "key", "init"]);
    sandbox.ok(&["--key-file", "key", "set", "token", "abc"]);
    sandbox
}

#[test]
fn a_new_passcode_is_asked_for_twice_and_never_shown() {
    let sandbox = Sandbox::new();
    let mut terminal = Terminal::run(&sandbox, "keyward init --type custom-passcode");
    terminal.expect("New passcode for the vault \"default\": ").press("correct horse\r");
    terminal.expect("The same passcode again: ").press("correct hose\r");
    terminal.expect("The two were not the same. New passcode: ").press("correct horse\r");
    terminal.expect("The same passcode again: ").press("correct horse\r");
    let screen = terminal.end(0);
    assert!(screen.contains("Created the vault"), "{screen}");
    assert!(!screen.contains("horse") && !screen.contains("hose"), "{screen}");

    let mut terminal = Terminal::run(&sandbox, "keyward set token abc && keyward get token");
    terminal.expect("Passcode for the vault \"default\": ").press("correct horse\r");
    terminal.expect("Passcode for the vault \"default\": ").press("correct x\x7fhorse\r");
    let screen = terminal.end(0);
    assert!(screen.contains("abc\r\n"), "{screen}");
    assert!(!screen.contains("horse"), "{screen}");
}

#[test]
fn a_passcode_that_is_never_repeated_creates_nothing() {
    let sandbox = Sandbox::new();
    let mut terminal = Terminal::run(&sandbox, "keyward init --type custom-passcode");
    for _ in 0..3 {
        terminal.expect("passcode").expect(": ").press("one\r");
        terminal.expect("The same passcode again: ").press("two\r");
    }
    let screen = terminal.end(14);
    assert!(screen.contains("Nothing was changed"), "{screen}");
    assert!(!sandbox.vaults().exists());
}

#[test]
fn a_wrong_passcode_is_told_in_colour() {
    let sandbox = with_passcode_vault();
    let mut terminal = Terminal::run(&sandbox, "keyward get token");
    terminal.expect("Passcode for the vault \"default\": ").press("guess\r");
    let screen = terminal.end(10);
    assert!(screen.contains("\u{1b}[1m\u{1b}[31merror:\u{1b}[0m Wrong passcode."), "{screen:?}");
    let mut terminal = Terminal::run(&sandbox, "NO_COLOR=1 keyward get token");
    terminal.expect("Passcode for the vault \"default\": ").press("guess\r");
    let screen = terminal.end(10);
    assert!(screen.contains("error: Wrong passcode."), "{screen:?}");
}

#[test]
fn leaving_a_question_changes_nothing_and_restores_the_terminal() {
    let sandbox = with_passcode_vault();
    for key in ["\u{3}", "\u{4}", "half\u{3}"] {
        let mut terminal = Terminal::run(&sandbox, "keyward get token");
        terminal.expect("Passcode for the vault \"default\": ").press(key);
        let screen = terminal.end(14);
        assert!(screen.contains("No passcode was given. Nothing was changed."), "{screen}");
    }
    // None of those was an attempt.
    sandbox.write("guess", "guess\n");
    let output = sandbox.keyward(&["get", "token", "--json", "--passcode-file", "guess"]);
    assert!(String::from_utf8_lossy(&output.stderr).contains("\"attemptsLeft\":4"));
}

#[test]
fn a_signal_that_ends_a_question_restores_the_terminal() {
    let sandbox = with_passcode_vault();
    for (signal, number) in [("TERM", 15), ("HUP", 1), ("INT", 2)] {
        let script = "sh -c 'echo $$ > pid; exec keyward get token' & wait $!";
        let mut terminal = Terminal::run(&sandbox, script);
        terminal.expect("Passcode for the vault \"default\": ");
        let pid = std::fs::read_to_string(sandbox.home().join("pid")).expect("written before");
        let kill = sandbox.command("kill").args(["-s", signal, pid.trim()]).status();
        assert!(kill.expect("kill runs").success());
        terminal.end(128 + number);
    }
}

#[test]
fn a_passcode_is_changed_by_giving_the_old_and_twice_the_new() {
    let sandbox = with_passcode_vault();
    let mut terminal = Terminal::run(&sandbox, "keyward passcode && keyward get token");
    terminal.expect("Passcode for the vault \"default\": ").press("correct horse\r");
    terminal.expect("New passcode for the vault \"default\": ").press("battery staple\r");
    terminal.expect("The same passcode again: ").press("battery staple\r");
    terminal.expect("has been changed").expect("Passcode for the vault").press("battery staple\r");
    assert!(terminal.end(0).contains("abc\r\n"));
}

#[test]
fn the_question_goes_to_the_terminal_wherever_the_output_goes() {
    let sandbox = with_passcode_vault();
    let mut terminal = Terminal::run(&sandbox, "keyward get token < /dev/null | tr a-z A-Z");
    terminal.expect("Passcode for the vault \"default\": ").press("correct horse\r");
    assert!(terminal.end(0).ends_with("ABC[exit code 0]"));
    let mut terminal =
        Terminal::run(&sandbox, "printf 'from a pipe' | keyward set piped - 2> errors");
    terminal.expect("[exit code 13]");
}

#[test]
fn a_value_is_asked_for_and_not_shown() {
    let sandbox = with_key_file_vault();
    // Longer than a terminal takes in one line by itself.
    let long = "0123456789".repeat(1_000);
    let script = "keyward --key-file key set token && keyward --key-file key get token | wc -c";
    let mut terminal = Terminal::run(&sandbox, script);
    terminal.expect("Value for \"token\" (not shown): ");
    for part in long.as_bytes().chunks(500) {
        terminal.press(std::str::from_utf8(part).expect("digits"));
    }
    terminal.press("\r");
    let screen = terminal.end(0);
    assert!(screen.contains("\r\n10000\r\n"), "{screen}");
    assert!(!screen.contains("0123456789"), "{screen}");
    let mut terminal = Terminal::run(&sandbox, "keyward --key-file key set token");
    terminal.expect("Value for \"token\" (not shown): ").press("\u{3}");
    assert!(terminal.end(14).contains("No value was given. Nothing was changed."));
    // A slip of a key takes no entry's place.
    let script = "keyward --key-file key set token; keyward --key-file key get token | wc -c";
    let mut terminal = Terminal::run(&sandbox, script);
    terminal.expect("Value for \"token\" (not shown): ").press("\r");
    let screen = terminal.end(0);
    assert!(screen.contains("No value was typed. Nothing was changed."), "{screen}");
    assert!(screen.contains("\r\n10000\r\n"), "{screen}");
}

#[test]
fn clearing_and_importing_ask_first() {
    let sandbox = with_key_file_vault();
    sandbox.write("empty.json", "{\"keyward\":1,\"entries\":{}}");
    for (answer, exit_code) in [("\r", 6), ("n\r", 6), ("yes please\r", 6)] {
        for command in ["clear", "import empty.json"] {
            let mut terminal =
                Terminal::run(&sandbox, &format!("keyward --key-file key {command}"));
            terminal.expect("Go on? [y/N] ").press(answer);
            assert!(terminal.end(exit_code).contains("Nothing was changed."));
        }
    }
    assert_eq!(sandbox.ok(&["--key-file", "key", "get", "token"]), "abc");
    let mut terminal = Terminal::run(&sandbox, "keyward --key-file key import empty.json");
    terminal.expect("replaces all entries").expect("Go on? [y/N] ").press("y\r");
    assert!(terminal.end(0).contains("Imported 0 entries."));
    let mut terminal = Terminal::run(&sandbox, "keyward clear");
    terminal.expect("This removes the vault").expect("Go on? [y/N] ").press("YES\r");
    assert!(terminal.end(0).contains("Removed the vault"));
}

#[test]
fn what_a_terminal_might_obey_is_escaped_or_refused() {
    let sandbox = with_key_file_vault();
    sandbox.ok(&["--key-file", "key", "set", "red \u{1b}[31m", "x"]);
    sandbox.write("raw", "\u{1b}[31m");
    sandbox.ok(&["--key-file", "key", "set", "raw", "--file", "raw", "--bytes"]);
    let screen = Terminal::run(&sandbox, "keyward --key-file key list").end(0);
    assert!(screen.contains("red \\u{1b}[31m"), "{screen:?}");
    let screen = Terminal::run(&sandbox, "keyward --key-file key get raw").end(6);
    assert!(screen.contains("--force") && !screen.contains("\u{1b}[31m\r"), "{screen:?}");
    let screen = Terminal::run(&sandbox, "keyward --key-file key get raw --force").end(0);
    assert!(screen.contains("\u{1b}[31m\r\n"), "{screen:?}");
    let screen = Terminal::run(&sandbox, "keyward --key-file key export").end(6);
    assert!(screen.contains("every secret") && !screen.contains("abc"), "{screen:?}");
    let screen = Terminal::run(&sandbox, "keyward --key-file key export --sealed").end(6);
    assert!(screen.contains("bytes") && !screen.contains("every secret"), "{screen:?}");
    let screen = Terminal::run(&sandbox, "keyward --key-file key export --force").end(0);
    assert!(screen.contains("{\"json\":\"abc\"}"), "{screen:?}");
}

#[test]
fn there_are_colours_on_a_terminal_unless_they_are_unwanted() {
    let sandbox = with_key_file_vault();
    let coloured = |script: &str| Terminal::run(&sandbox, script).end(0).contains('\u{1b}');
    assert!(coloured("keyward --key-file key status"));
    assert!(coloured("keyward --help"));
    assert!(!coloured("NO_COLOR=1 keyward --key-file key status"));
    assert!(!coloured("TERM=dumb keyward --key-file key status"));
    assert!(!coloured("keyward --color never --key-file key status"));
    assert!(!coloured("keyward --color=never --help"));
    assert!(!coloured("keyward --key-file key status --json"));
}

#[test]
fn a_note_stands_on_the_terminal_while_the_keyring_takes_long() {
    let bus = Bus::start();
    let mut keyring = GnomeKeyring::start(&bus);
    let sandbox = Sandbox::on_bus(bus.address());
    sandbox.ok(&["init"]);
    sandbox.ok(&["set", "token", "abc"]);
    keyring.freeze(true);
    let mut terminal = Terminal::run(&sandbox, "keyward get token");
    terminal.expect("Waiting for the key store or the disk");
    keyring.freeze(false);
    let screen = terminal.end(0);
    assert!(screen.contains("\r\u{1b}[2Kabc\r\n"), "{screen:?}");
}

#[test]
fn a_recovery_code_is_typed_without_being_shown_and_a_typo_is_told() {
    let sandbox = with_passcode_vault();
    let code = sandbox.ok(&["recovery", "enroll", "--passcode-file", "passcode"]);
    let code = code.trim().to_lowercase().replace('-', " ");
    // Another character in the first place.
    let typo = format!("{}{}", if code.starts_with('7') { '8' } else { '7' }, &code[1..]);
    let mut terminal = Terminal::run(&sandbox, "keyward recover");
    terminal.expect("Recovery code for the vault \"default\": ").press(&format!("{typo}\r"));
    terminal.expect("there is a typo in it. Recovery code: ").press(&format!("{code}\r"));
    terminal.expect("New passcode for the vault \"default\": ").press("another horse\r");
    terminal.expect("The same passcode again: ").press("another horse\r");
    terminal.expect("Recovered the vault");
    let screen = terminal.end(0);
    assert!(!screen.contains(&code) && !screen.contains(&typo) && !screen.contains("another"));
    sandbox.write("passcode", "another horse\n");
    assert_eq!(sandbox.ok(&["get", "token", "--passcode-file", "passcode"]), "abc");
}
