//! What has to be done before a signal ends the process: a refresh whose answer holds the next token is
//! waited for, and a terminal that a hidden question has silenced shows again what is typed.

use std::pin::Pin;
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};

use futures_util::future::{Either, select};
use futures_util::stream::select_all;
use futures_util::{Stream, StreamExt};
use keyward_session::{Event, Events};
use tokio::signal::unix::{SignalKind, signal};

use crate::terminal::exit;

/// Whether [`wait_for_refreshes`] says when a signal ends the process.
static REFRESHES_COUNT: AtomicBool = AtomicBool::new(false);

/// Has whoever interrupts this process, or ends it, wait for the refresh that is under way. The second
/// time counts at once, and so does the first when there is none.
///
/// If that cannot be had, an interruption ends the process as it always does.
pub(crate) fn wait_for_refreshes(events: Events) {
    listen(|signals| async move {
        REFRESHES_COUNT.store(true, Ordering::SeqCst);
        watch(events, signals).await;
    });
}

/// Has a signal that ends the process show what is typed again before it does. For good, because a
/// signal that was listened to once does nothing by itself any more.
///
/// If that cannot be had, a terminal stays as a question has left it.
pub(crate) fn show_the_terminal_again() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        listen(|mut signals| async move {
            while let Some(code) = signals.next().await {
                if !REFRESHES_COUNT.load(Ordering::SeqCst) {
                    exit(code);
                }
            }
        });
    });
}

/// Hands the signals that end the process to `hear`, on a thread of its own. They are heard when this
/// returns.
fn listen<F, H>(hear: H)
where
    F: Future<Output = ()>,
    H: FnOnce(Pin<Box<dyn Stream<Item = i32>>>) -> F + Send + 'static,
{
    let (ready, started) = std::sync::mpsc::sync_channel(1);
    let thread = std::thread::Builder::new().name("keyward-interrupt".to_owned());
    let spawned = thread.spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let Ok(runtime) = runtime else { return };
        runtime.block_on(async {
            let signals = signals();
            let _ = ready.send(());
            if let Some(signals) = signals {
                hear(Box::pin(signals)).await;
            }
        });
    });
    if spawned.is_ok() {
        // From here on it is heard.
        let _ = started.recv();
    }
}

/// The exit codes that shells know for the signals that come.
fn signals() -> Option<impl Stream<Item = i32> + Unpin> {
    let kinds = [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()];
    let streams: Option<Vec<_>> = kinds
        .into_iter()
        .map(|kind| {
            let signal = signal(kind).ok()?;
            let code = 128 + kind.as_raw_value();
            let stream = futures_util::stream::unfold(signal, move |mut signal| async move {
                signal.recv().await.map(|()| (code, signal))
            });
            Some(stream.boxed())
        })
        .collect();
    streams.map(select_all)
}

async fn watch(mut events: Events, mut signals: impl Stream<Item = i32> + Unpin) {
    let (mut refreshing, mut interrupted, mut more) = (false, None, true);
    loop {
        let event = async {
            match more {
                true => events.next().await,
                false => std::future::pending().await,
            }
        };
        match select(Box::pin(event), signals.next()).await {
            Either::Left((Some(event), _)) => refreshing = event == Event::Refreshing,
            Either::Left((None, _)) => (refreshing, more) = (false, false),
            Either::Right((Some(code), _)) if interrupted.is_some() => exit(code),
            Either::Right((Some(code), _)) => interrupted = Some(code),
            Either::Right((None, _)) => return,
        }
        // What has been told before the signal came.
        while let Some(event) = events.next_now() {
            refreshing = event == Event::Refreshing;
        }
        if let Some(code) = interrupted
            && !refreshing
        {
            exit(code);
        }
    }
}
