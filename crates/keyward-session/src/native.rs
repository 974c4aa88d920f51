//! The front door for programs on a desktop or in a shell: a session on a vault of this machine.

mod file_late_answers;
mod file_sign_outs;
mod file_turns;
mod https;

use std::io;
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::{Arc, mpsc};
use std::thread::{Builder, JoinHandle};

use keyward::{Cause, Vault};
use keyward_platform::SystemClock;

use crate::config::Config;
use crate::context::Doors;
use crate::error::Error;
use crate::session::Session;

pub use file_late_answers::FileLateAnswers;
pub use file_sign_outs::FileSignOuts;
pub use file_turns::FileTurns;
pub use https::Https;

/// A session in `vault`, whose driver runs on a thread of its own until the last handle is gone and
/// what has been begun is done. Processes take turns, remember sign-outs that the vault could not be
/// opened for, and keep answers that came while it was locked, by files in the folder `turns`; all that
/// share the vault must name the same one, such as the vault's own.
///
/// # Errors
/// [`Error::Invalid`] when the configuration makes no sense; [`Error::Keep`] when the system starts
/// no further thread.
pub fn start(
    vault: Vault,
    turns: impl Into<PathBuf>,
    config: Config,
) -> Result<(Session, JoinHandle<()>), Error> {
    let turns = turns.into();
    let (sender, receiver) = mpsc::sync_channel(1);
    let thread = Builder::new().name("keyward-session".to_owned()).spawn(move || {
        let (runtime, driver) = match begin(vault, turns, config) {
            Ok((session, runtime, driver)) => {
                let _ = sender.send(Ok(session));
                (runtime, driver)
            }
            Err(error) => return drop(sender.send(Err(error))),
        };
        runtime.block_on(driver.run());
    });
    let thread = thread.map_err(failed)?;
    match receiver.recv() {
        Ok(session) => session.map(|session| (session, thread)),
        Err(_) => Err(Error::Stopped),
    }
}

fn begin(
    vault: Vault,
    turns: PathBuf,
    config: Config,
) -> Result<(Session, tokio::runtime::Runtime, crate::Driver), Error> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(failed)?;
    let doors = Doors {
        http: Rc::new(Https::new()?),
        keep: Rc::new(vault.clone()),
        turns: Rc::new(FileTurns::new(&turns, vault.clone())),
        sign_outs: Rc::new(FileSignOuts::new(&turns, vault.clone())),
        late_answers: Rc::new(FileLateAnswers::new(turns, vault)),
        clock: Arc::new(SystemClock),
    };
    let (session, driver) = Session::new(doors, config)?;
    Ok((session, runtime, driver))
}

fn failed(error: io::Error) -> Error {
    Error::Keep(Cause::new(error))
}
