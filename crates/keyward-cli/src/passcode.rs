//! Where passcodes come from: the terminal, a file or a descriptor. Never the command line or the
//! environment, which other processes can read.

use std::fs::File;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use keyward::{Passcode, PasscodePurpose, PasscodeRequest};
use zeroize::Zeroizing;

use crate::descriptor::Descriptors;
use crate::exit_code::Code;
use crate::failure::{Failure, Outcome};
use crate::input;
use crate::output::escaped;
use crate::progress::{Doing, Progress};
use crate::terminal::{Answer, Hidden, Terminal};

/// How often somebody may mistype a new passcode's repetition.
const TRIES: usize = 3;

/// Where a passcode comes from.
#[derive(Debug)]
pub(crate) enum Source {
    /// The terminal; the options that name another source, for when there is none.
    Terminal(&'static str),
    File(PathBuf),
    /// A descriptor is read once; a passcode that is needed again is remembered by the engine.
    Descriptor(i32, Mutex<Option<Arc<File>>>),
}

impl Source {
    /// What the options say; `options` names them. Must be called before the program opens anything.
    pub(crate) fn from_options(
        taken: &mut Descriptors,
        file: Option<PathBuf>,
        descriptor: Option<i32>,
        options: &'static str,
    ) -> Outcome<Self> {
        match (file, descriptor) {
            (_, Some(0)) => Ok(Self::Descriptor(0, Mutex::new(None))),
            (_, Some(number)) => match taken.take(number) {
                Ok(file) => Ok(Self::Descriptor(number, Mutex::new(Some(file)))),
                Err(error) => Err(Failure::usage(format!(
                    "The descriptor {number} cannot give a passcode: {error}."
                ))),
            },
            (Some(path), None) => Ok(Self::File(path)),
            (None, None) => Ok(Self::Terminal(options)),
        }
    }

    /// Whether reading it takes standard input away from everything else.
    pub(crate) fn is_stdin(&self) -> bool {
        matches!(self, Self::Descriptor(0, _))
    }

    /// The first line, as text; `what` says what it should be.
    pub(crate) fn read_text(&self, what: &str) -> Outcome<Zeroizing<String>> {
        let fail = |why: &str| {
            let source = self.describe(what);
            let message = format!("Reading {source} failed: {why}. Nothing was changed.");
            Failure::new(Code::Failed, message)
        };
        let mut line = self.read_line().map_err(|error| match error.kind() {
            io::ErrorKind::FileTooLarge => too_long(what),
            _ => fail(&error.to_string()),
        })?;
        match String::from_utf8(std::mem::take(&mut *line)) {
            Ok(text) => Ok(Zeroizing::new(text)),
            Err(error) => {
                drop(Zeroizing::new(error.into_bytes()));
                Err(fail("its first line is not UTF-8"))
            }
        }
    }

    fn read_line(&self) -> io::Result<Zeroizing<Vec<u8>>> {
        match self {
            Self::File(path) => input::read_line(File::open(path)?, Passcode::MAX_LEN),
            Self::Descriptor(0, _) => input::read_line(io::stdin().lock(), Passcode::MAX_LEN),
            Self::Descriptor(_, file) => {
                let file = file.lock().unwrap_or_else(PoisonError::into_inner).take();
                let file = file.ok_or_else(|| io::Error::other("it has been read already"))?;
                input::read_line(&*file, Passcode::MAX_LEN)
            }
            Self::Terminal(_) => Err(io::ErrorKind::Unsupported.into()),
        }
    }

    fn describe(&self, what: &str) -> String {
        match self {
            Self::Terminal(_) => "the terminal".to_owned(),
            Self::File(path) => format!("the {what} file {}", path.display()),
            Self::Descriptor(number, _) => format!("the descriptor {number}"),
        }
    }
}

/// Answers the engine's questions for passcodes.
pub(crate) struct Passcodes {
    vault: String,
    present: Source,
    /// For a new passcode; `None`: the same as the present one's.
    new: Option<Source>,
    progress: Progress,
    /// Why the last question was not answered.
    trouble: Mutex<Option<Failure>>,
}

impl Passcodes {
    pub(crate) fn new(
        vault: &str,
        present: Source,
        new: Option<Source>,
        progress: Progress,
    ) -> Self {
        Self { vault: escaped(vault), present, new, progress, trouble: Mutex::new(None) }
    }

    /// Whether passcodes come from standard input.
    pub(crate) fn use_stdin(&self) -> bool {
        self.present.is_stdin() || self.new.as_ref().is_some_and(Source::is_stdin)
    }

    /// Answers on a thread of its own, because a person takes their time.
    pub(crate) fn answer(self: &Arc<Self>, request: PasscodeRequest) {
        let this = Arc::clone(self);
        thread::spawn(move || match this.obtain(request.purpose()) {
            Ok(passcode) => request.answer(passcode),
            Err(failure) => {
                *this.trouble.lock().unwrap_or_else(PoisonError::into_inner) = Some(failure);
                request.dismiss();
            }
        });
    }

    /// Why a question was dismissed, when it was dismissed here.
    pub(crate) fn take_trouble(&self) -> Option<Failure> {
        self.trouble.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// The present passcode, or a new one.
    pub(crate) fn obtain(&self, purpose: PasscodePurpose) -> Outcome<Passcode> {
        let source = match purpose {
            PasscodePurpose::Unlock => &self.present,
            PasscodePurpose::Set => self.new.as_ref().unwrap_or(&self.present),
        };
        self.progress.now(Doing::Asking);
        let passcode = match source {
            Source::Terminal(options) => self.ask(purpose, options),
            source => source.read_text("passcode").and_then(valid),
        };
        self.progress.now(Doing::Deriving);
        passcode
    }

    fn ask(&self, purpose: PasscodePurpose, options: &str) -> Outcome<Passcode> {
        let vault = &self.vault;
        let terminal = Terminal::open().ok_or_else(|| {
            let needs = match purpose {
                PasscodePurpose::Unlock => "opens with a passcode",
                PasscodePurpose::Set => "needs a new passcode",
            };
            Failure::new(
                Code::PasscodeRequired,
                format!(
                    "The vault \"{vault}\" {needs}, and there is no terminal to ask for it on. \
                     Nothing was changed. Give it with {options}."
                ),
            )
        })?;
        let mut hidden = terminal.hide().map_err(|error| asking_failed(&error))?;
        match purpose {
            PasscodePurpose::Unlock => {
                let question = format!("Passcode for the vault \"{vault}\": ");
                valid(ask(&mut hidden, &question, "passcode")?)
            }
            PasscodePurpose::Set => choose(&mut hidden, vault),
        }
    }
}

/// Asks for a new passcode, twice.
fn choose(hidden: &mut Hidden<'_>, vault: &str) -> Outcome<Passcode> {
    let mut question = format!("New passcode for the vault \"{vault}\": ");
    for _ in 0..TRIES {
        let passcode = valid(ask(hidden, &question, "passcode")?)?;
        let again = ask(hidden, "The same passcode again: ", "passcode")?;
        if passcode.expose() == again.as_bytes() {
            return Ok(passcode);
        }
        question = "The two were not the same. New passcode: ".to_owned();
    }
    Err(Failure::new(
        Code::Dismissed,
        "The two passcodes were never the same. Nothing was changed; try again.",
    ))
}

pub(crate) fn ask(
    hidden: &mut Hidden<'_>,
    question: &str,
    what: &str,
) -> Outcome<Zeroizing<String>> {
    // One more than is valid, so that a passcode that is too long is told apart.
    match hidden.ask(question, Passcode::MAX_LEN + 1) {
        Ok(Answer::Given(text)) => Ok(text),
        Ok(Answer::Dismissed) => {
            let message = format!("No {what} was given. Nothing was changed.");
            Err(Failure::new(Code::Dismissed, message))
        }
        Err(error) => Err(asking_failed(&error)),
    }
}

pub(crate) fn asking_failed(error: &io::Error) -> Failure {
    Failure::new(
        Code::Failed,
        format!("Asking on the terminal failed: {error}. Nothing was changed."),
    )
}

fn valid(mut text: Zeroizing<String>) -> Outcome<Passcode> {
    if text.is_empty() {
        return Err(Failure::invalid("The passcode is empty. Nothing was changed."));
    }
    Passcode::new(std::mem::take(&mut *text)).map_err(|_| too_long("passcode"))
}

fn too_long(what: &str) -> Failure {
    Failure::invalid(format!(
        "The {what} is longer than {} bytes. Nothing was changed.",
        Passcode::MAX_LEN
    ))
}
