//! What happens to a vault, told to the app in the order in which it happens.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::pin::Pin;

use futures_core::Stream;
use keyward::{Event, Events, PasscodePurpose};

use crate::messages::{ErrorMessage, Notice};
use crate::{answer, code, config, convert, health};

pub(crate) struct Notices {
    /// Never borrowed while the app is being told, because it may call the vault then.
    events: RefCell<Events>,
    /// How many passcode requests have been told; the engine counts them in the same way.
    requests: Cell<u32>,
    told: Box<dyn Fn(&str)>,
}

impl Notices {
    pub(crate) fn new(events: Events, told: Box<dyn Fn(&str)>) -> Self {
        Self { events: RefCell::new(events), requests: Cell::new(0), told }
    }

    /// Tells what has happened by now.
    pub(crate) fn tell(&self) {
        loop {
            let event = self.events.borrow_mut().next_now();
            let Some(event) = event else { return };
            self.tell_event(&event);
        }
    }

    /// Tells of a failure that the engine has not heard of.
    pub(crate) fn tell_failure(&self, error: ErrorMessage) {
        self.tell();
        self.tell_notice(&Notice::Failed { error });
    }

    /// Tells what happens, until the vault's driver has ended.
    pub(crate) async fn tell_all(&self) {
        loop {
            let next =
                poll_fn(|context| Pin::new(&mut *self.events.borrow_mut()).poll_next(context));
            let Some(event) = next.await else { return };
            self.tell_event(&event);
        }
    }

    fn tell_event(&self, event: &Event) {
        if let Some(notice) = self.notice(event) {
            self.tell_notice(&notice);
        }
    }

    fn tell_notice(&self, notice: &Notice) {
        (self.told)(&answer::json(notice));
    }

    fn notice(&self, event: &Event) -> Option<Notice> {
        Some(match event {
            Event::Locked(cause) => Notice::Locked { cause: convert::lock_cause(*cause) },
            Event::Unlocked => Notice::Unlocked,
            Event::ConfigChanged(config) => {
                Notice::ConfigChanged { config: Box::new(config::to_message(config)) }
            }
            Event::Failed(error) => Notice::Failed { error: code::error(error) },
            Event::PasscodeRequested(purpose) => {
                self.requests.set(self.requests.get().wrapping_add(1));
                Notice::PasscodeRequested {
                    request: self.requests.get(),
                    is_passcode_set_request: *purpose == PasscodePurpose::Set,
                }
            }
            Event::Changed => Notice::Changed,
            Event::Older(older) => Notice::Older { older: health::older(older) },
            Event::ProtectionWeakened { wanted, present } => {
                Notice::ProtectionWeakened { wanted: *wanted, present: *present }
            }
            Event::ProtectionRaised { from, to } => {
                Notice::ProtectionRaised { from: *from, to: *to }
            }
            Event::ProtectionCanBeRaised { present, to } => {
                Notice::ProtectionCanBeRaised { present: *present, to: *to }
            }
            // One that this version does not know.
            _ => return None,
        })
    }
}
