//! What the command says when it could not do what it was asked: what happened, that nothing was
//! lost, and what to do. No secret ever stands in it.

use std::io;
use std::path::Path;

use serde_json::{Map, Value};

use crate::exit_code::Code;

pub(crate) type Outcome<T = ()> = Result<T, Failure>;

/// A failed command.
#[derive(Debug, Clone)]
pub(crate) struct Failure {
    pub(crate) code: Code,
    pub(crate) message: String,
    /// Further members of the error's JSON form.
    pub(crate) details: Map<String, Value>,
}

impl Failure {
    pub(crate) fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), details: Map::new() }
    }

    /// A failure about which there is nothing to say, or nothing more.
    pub(crate) fn said(code: Code) -> Self {
        Self::new(code, "")
    }

    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new(Code::Usage, message)
    }

    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::new(Code::Invalid, message)
    }

    #[must_use]
    pub(crate) fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.details.insert(name.to_owned(), value.into());
        self
    }

    /// Standard output could not be written.
    pub(crate) fn output(error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::said(Code::OutputClosed),
            _ => Self::new(Code::Failed, format!("Writing the output failed: {error}.")),
        }
    }

    /// A file that the user named could not be used.
    pub(crate) fn file(doing: &str, path: &Path, error: &io::Error) -> Self {
        let code = match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Code::DiskFull,
            _ => Code::Failed,
        };
        Self::new(code, format!("{doing} {} failed: {error}. Nothing was changed.", path.display()))
    }
}
