//! Asking for leave before something is done that cannot be undone.

use crate::exit_code::Code;
use crate::failure::{Failure, Outcome};
use crate::progress::{Doing, Progress};
use crate::terminal::{Answer, Terminal};

/// Asks on the terminal whether to go on; anything but yes ends the command. Without a terminal,
/// `--yes` is needed.
pub(crate) fn confirm(progress: &Progress, yes: bool, warning: &str) -> Outcome {
    if yes {
        return Ok(());
    }
    let needed = |message: String| Failure::new(Code::ConfirmationNeeded, message);
    let Some(mut terminal) = Terminal::open() else {
        return Err(needed(format!("{warning} Nothing was changed. Say --yes to do it.")));
    };
    progress.now(Doing::Asking);
    let answer = terminal.ask(&format!("{warning} Go on? [y/N] "));
    progress.now(Doing::Working);
    match answer {
        Ok(Answer::Given(text)) if matches!(text.to_lowercase().as_str(), "y" | "yes") => Ok(()),
        _ => Err(needed("Nothing was changed.".to_owned())),
    }
}
