//! What the tabs of one origin tell each other.

use std::cell::RefCell;
use std::rc::Rc;

use futures_channel::mpsc;
use futures_core::stream::LocalBoxStream;
use futures_util::StreamExt;
use js_sys::Function;
use wasm_bindgen::prelude::*;
use web_sys::{BroadcastChannel, MessageEvent};

use crate::js;

const CHANNEL: &str = "keyward";

/// What is said, followed by the name of what it is said of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Topic {
    /// A cell has another content.
    Changed,
    /// A vault was locked by hand.
    Locked,
}

impl Topic {
    const ALL: [Self; 2] = [Self::Changed, Self::Locked];

    fn prefix(self) -> &'static str {
        match self {
            Self::Changed => "changed:",
            Self::Locked => "locked:",
        }
    }
}

/// The way to the other tabs, and to whoever else in this page has one of its own.
#[derive(Clone)]
pub(crate) struct Tabs(Rc<Inner>);

struct Inner {
    /// None where the browser has none: then nobody is told, and stores still lose no update.
    channel: Option<BroadcastChannel>,
    listeners: Rc<RefCell<Vec<Listener>>>,
    _hear: Closure<dyn FnMut(MessageEvent)>,
}

struct Listener {
    topic: Topic,
    /// None: of everything.
    name: Option<String>,
    sender: mpsc::UnboundedSender<String>,
}

impl Tabs {
    pub(crate) fn new() -> Self {
        let listeners = Rc::new(RefCell::new(Vec::new()));
        let hear = Closure::<dyn FnMut(MessageEvent)>::new({
            let listeners = Rc::clone(&listeners);
            move |event: MessageEvent| {
                if let Some(message) = event.data().as_string() {
                    hear(&mut listeners.borrow_mut(), &message);
                }
            }
        });
        let channel = BroadcastChannel::new(CHANNEL).ok();
        if let Some(channel) = &channel {
            channel.set_onmessage(Some(hear.as_ref().unchecked_ref()));
            // In Node.js an open channel would keep the process from ending.
            if let Ok(unref) = js::get(channel, "unref").dyn_into::<Function>() {
                let _ = unref.call0(channel);
            }
        }
        Self(Rc::new(Inner { channel, listeners, _hear: hear }))
    }

    /// Tells the others.
    pub(crate) fn tell(&self, topic: Topic, name: &str) {
        if let Some(channel) = &self.0.channel {
            let _ = channel.post_message(&[topic.prefix(), name].concat().into());
        }
    }

    /// What others say on `topic`: of `name`, or of anything.
    pub(crate) fn hear(&self, topic: Topic, name: Option<&str>) -> LocalBoxStream<'static, String> {
        let (sender, receiver) = mpsc::unbounded();
        let listener = Listener { topic, name: name.map(str::to_owned), sender };
        self.0.listeners.borrow_mut().push(listener);
        receiver.boxed_local()
    }

    /// This page may have been deaf for a while: everything may have changed.
    pub(crate) fn was_deaf(&self) {
        self.0.listeners.borrow_mut().retain(|listener| {
            listener.topic != Topic::Changed
                || listener.sender.unbounded_send(String::new()).is_ok()
        });
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        if let Some(channel) = &self.channel {
            channel.set_onmessage(None);
            channel.close();
        }
    }
}

fn hear(listeners: &mut Vec<Listener>, message: &str) {
    for topic in Topic::ALL {
        if let Some(name) = message.strip_prefix(topic.prefix()) {
            listeners.retain(|listener| {
                let meant = listener.topic == topic
                    && listener.name.as_ref().is_none_or(|listened| listened == name);
                !meant || listener.sender.unbounded_send(name.to_owned()).is_ok()
            });
        }
    }
}
