//! A thread of its own for a future that cannot move between threads.

use std::future::Future;
use std::io;
use std::thread::{Builder, JoinHandle};

/// Runs a future to its end on a new thread called `name`, and hands its output to whoever joins.
///
/// `build` runs on the new thread, so the future may hold what is not `Send`, as a vault's driver
/// does. Timers and readiness of files are served on the same thread while the future waits.
///
/// # Errors
/// When the system can start no further thread. `build` is then dropped without having run.
///
/// # Panics
/// When `name` contains a zero byte.
pub fn spawn<B, F>(name: &str, build: B) -> io::Result<JoinHandle<F::Output>>
where
    B: FnOnce() -> F + Send + 'static,
    F: Future + 'static,
    F::Output: Send + 'static,
{
    Builder::new().name(name.to_owned()).spawn(move || async_io::block_on(build()))
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use super::*;

    #[test]
    fn runs_what_cannot_move_between_threads() {
        let thread = spawn("keyward-driver", || {
            let only_here = Rc::new(41);
            async move {
                async_io::Timer::after(std::time::Duration::from_millis(1)).await;
                let name = std::thread::current().name().map(str::to_owned);
                (*only_here + 1, name)
            }
        })
        .expect("a thread");
        let (answer, name) = thread.join().expect("no panic");
        assert_eq!(answer, 42);
        assert_eq!(name.as_deref(), Some("keyward-driver"));
    }
}
