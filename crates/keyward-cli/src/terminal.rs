//! Asking a person on the terminal, whatever standard input and output are connected to.

use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, IsTerminal, Read, Write};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use zeroize::{Zeroize, Zeroizing};

/// The terminal that the command was started from.
pub(crate) struct Terminal(File);

/// What came of a question.
#[derive(Debug)]
pub(crate) enum Answer<T> {
    Given(T),
    /// The person pressed Ctrl-C or Ctrl-D, or the terminal went away.
    Dismissed,
}

impl Terminal {
    /// `None` when nobody is there: neither standard input nor standard error is a terminal, or
    /// there is none to open.
    pub(crate) fn open() -> Option<Self> {
        if !io::stdin().is_terminal() && !io::stderr().is_terminal() {
            return None;
        }
        OpenOptions::new().read(true).write(true).open("/dev/tty").ok().map(Self)
    }

    /// Asks a question that takes one visible line as its answer.
    pub(crate) fn ask(&mut self, question: &str) -> io::Result<Answer<String>> {
        write!(self.0, "{question}")?;
        let mut line = String::new();
        if BufReader::new(&self.0).read_line(&mut line)? == 0 {
            return Ok(Answer::Dismissed);
        }
        Ok(Answer::Given(line.trim().to_owned()))
    }

    /// Stops showing what is typed, until the result is dropped.
    pub(crate) fn hide(&self) -> io::Result<Hidden<'_>> {
        let before = tcgetattr(&self.0)?;
        let mut hidden = before.clone();
        // Keys arrive one by one, Ctrl-C among them, so that the terminal is put back as it was
        // before the command ends; and a line may be longer than the terminal's own limit.
        hidden.local_modes.remove(LocalModes::ICANON | LocalModes::ECHO | LocalModes::ISIG);
        #[cfg(unix)]
        crate::interrupt::show_the_terminal_again();
        *lock() = Some((self.0.try_clone()?, before));
        let hiding = Hidden { tty: &self.0 };
        // What was typed before the question is no answer to it.
        tcsetattr(&self.0, OptionalActions::Flush, &hidden)?;
        Ok(hiding)
    }
}

/// The terminal that does not show what is typed, and its modes before that.
static HIDDEN: Mutex<Option<(File, Termios)>> = Mutex::new(None);

fn lock() -> MutexGuard<'static, Option<(File, Termios)>> {
    HIDDEN.lock().unwrap_or_else(PoisonError::into_inner)
}

fn show_again(hidden: &mut Option<(File, Termios)>) {
    if let Some((tty, before)) = hidden.take() {
        // The terminal has gone, or has its modes back.
        let _ = tcsetattr(tty, OptionalActions::Now, &before);
    }
}

/// Ends the process, in the middle of a question if there is one.
pub(crate) fn exit(code: i32) -> ! {
    // Held until the end, so that nobody hides the terminal again.
    let mut hidden = lock();
    show_again(&mut hidden);
    std::process::exit(code)
}

/// A terminal that does not show what is typed.
pub(crate) struct Hidden<'a> {
    tty: &'a File,
}

impl Hidden<'_> {
    /// Asks for a line of at most `limit` bytes.
    pub(crate) fn ask(
        &mut self,
        question: &str,
        limit: usize,
    ) -> io::Result<Answer<Zeroizing<String>>> {
        write!(self.tty, "{question}")?;
        let mut line = Line::new(limit);
        let mut byte = Zeroizing::new([0]);
        let end = loop {
            if self.tty.read(&mut *byte)? == 0 {
                break End::Dismissed;
            }
            if let Some(end) = line.press(byte[0]) {
                break end;
            }
        };
        writeln!(self.tty)?;
        match end {
            End::Dismissed => Ok(Answer::Dismissed),
            End::TooLong => {
                Err(io::Error::new(io::ErrorKind::InvalidInput, "what was typed is too long"))
            }
            End::Entered => line.into_text().map(Answer::Given).ok_or_else(|| {
                io::Error::new(io::ErrorKind::InvalidData, "what was typed is not UTF-8")
            }),
        }
    }
}

impl Drop for Hidden<'_> {
    fn drop(&mut self) {
        show_again(&mut lock());
    }
}

/// A line as it is typed. Its buffer never grows, because growing would leave a copy behind.
struct Line {
    bytes: Zeroizing<Vec<u8>>,
    limit: usize,
    too_long: bool,
}

#[derive(Debug, PartialEq, Eq)]
enum End {
    Entered,
    TooLong,
    Dismissed,
}

impl Line {
    fn new(limit: usize) -> Self {
        Self { bytes: Zeroizing::new(Vec::with_capacity(limit)), limit, too_long: false }
    }

    fn press(&mut self, byte: u8) -> Option<End> {
        const CTRL_C: u8 = 0x03;
        const CTRL_D: u8 = 0x04;
        const BACKSPACE: u8 = 0x08;
        const CTRL_U: u8 = 0x15;
        const DELETE: u8 = 0x7f;
        match byte {
            b'\r' | b'\n' if self.too_long => return Some(End::TooLong),
            b'\r' | b'\n' => return Some(End::Entered),
            CTRL_C => return Some(End::Dismissed),
            CTRL_D if self.bytes.is_empty() => return Some(End::Dismissed),
            BACKSPACE | DELETE => self.erase(),
            CTRL_U => {
                self.bytes.zeroize();
                self.too_long = false;
            }
            // Keys that stand for no character.
            byte if byte < b' ' && byte != b'\t' => {}
            _ if self.bytes.len() == self.limit => self.too_long = true,
            byte => self.bytes.push(byte),
        }
        None
    }

    /// Takes the last character back, however many bytes it has.
    fn erase(&mut self) {
        while let Some(byte) = self.bytes.pop() {
            let continues = byte & 0xc0 == 0x80;
            if !continues {
                break;
            }
        }
    }

    fn into_text(mut self) -> Option<Zeroizing<String>> {
        match String::from_utf8(std::mem::take(&mut *self.bytes)) {
            Ok(text) => Some(Zeroizing::new(text)),
            Err(error) => {
                error.into_bytes().zeroize();
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn type_in(keys: &[u8], limit: usize) -> (Option<End>, Option<String>) {
        let mut line = Line::new(limit);
        let end = keys.iter().find_map(|key| line.press(*key));
        (end, line.into_text().map(|text| text.to_string()))
    }

    #[test]
    fn a_line_is_edited_as_people_expect() {
        let typed = |keys: &[u8]| type_in(keys, 100).1.expect("UTF-8");
        assert_eq!(typed(b"1234\r"), "1234");
        assert_eq!(typed("pä\u{7f}\u{7f}ort\n".as_bytes()), "ort");
        assert_eq!(typed(b"wrong\x15right\r"), "right");
        assert_eq!(typed(b"\x7fa\x1a\tb\r"), "a\tb");
    }

    #[test]
    fn a_line_ends_in_one_of_three_ways() {
        assert_eq!(type_in(b"12\x03", 100).0, Some(End::Dismissed));
        assert_eq!(type_in(b"\x04", 100).0, Some(End::Dismissed));
        assert_eq!(type_in(b"12\x04", 100).0, None);
        assert_eq!(type_in(b"12345\r", 4).0, Some(End::TooLong));
        assert_eq!(type_in(b"12345\x151234\r", 4), (Some(End::Entered), Some("1234".to_owned())));
        assert_eq!(type_in(b"\xff\r", 4), (Some(End::Entered), None));
    }
}
