//! What the libraries below a session write into logs, at the most talkative level.

use std::fmt::{Debug, Write};
use std::sync::{Mutex, Once, PoisonError};

use tracing::field::{Field, Visit};
use tracing::span;

static WRITTEN: Mutex<String> = Mutex::new(String::new());

/// Takes down everything that is logged from now on, in all tests of this program.
pub fn take_down() {
    static START: Once = Once::new();
    START.call_once(|| {
        log::set_logger(&Logs).expect("nobody else takes it down");
        log::set_max_level(log::LevelFilter::Trace);
        tracing::subscriber::set_global_default(Logs).expect("nobody else takes it down");
    });
}

/// Everything that has been logged. Taken away, so that it is no copy that somebody finds.
pub fn written() -> String {
    std::mem::take(&mut WRITTEN.lock().unwrap_or_else(PoisonError::into_inner))
}

fn write(text: &str) {
    let mut written = WRITTEN.lock().unwrap_or_else(PoisonError::into_inner);
    written.push_str(text);
    written.push('\n');
}

struct Logs;

impl log::Log for Logs {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        write(&format!("{}: {}", record.target(), record.args()));
    }

    fn flush(&self) {}
}

/// The fields of an event or a span as text.
struct Text(String);

impl Visit for Text {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let _ = write!(self.0, " {}={value:?}", field.name());
    }
}

impl tracing::Subscriber for Logs {
    fn enabled(&self, _: &tracing::Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, span: &span::Attributes<'_>) -> span::Id {
        let mut text = Text(span.metadata().name().to_owned());
        span.record(&mut text);
        write(&text.0);
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, values: &span::Record<'_>) {
        let mut text = Text(String::new());
        values.record(&mut text);
        write(&text.0);
    }

    fn event(&self, event: &tracing::Event<'_>) {
        let mut text = Text(event.metadata().target().to_owned());
        event.record(&mut text);
        write(&text.0);
    }

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}
    fn enter(&self, _: &span::Id) {}
    fn exit(&self, _: &span::Id) {}
}
