//! Where a bearer token lives: sealed in a vault, served from memory, refreshed once for however
//! many callers, tabs and processes, and gone after a sign-out.
//!
//! This crate is the logic, without I/O and without a runtime: [`Doors`] bring HTTP, a vault, a lock
//! and a clock. With its features it has doors for programs on a desktop:
//!
//! - `native`: a client for HTTPS, a lock between processes, and a thread for the driver.
//! - `reqwest-middleware`: a layer that puts the token on requests.
//! - `tower`: the same for `tower` services.
//!
//! The repository's `docs/sessions.md` shows it at work.

mod backoff;
mod config;
mod context;
mod document;
mod driver;
mod error;
mod event;
mod http;
mod keep;
mod late;
mod late_answers;
#[cfg(feature = "tower")]
pub mod layer;
mod leaving;
mod life;
#[cfg(feature = "reqwest-middleware")]
pub mod middleware;
#[cfg(feature = "native")]
pub mod native;
#[cfg(any(feature = "reqwest-middleware", feature = "tower"))]
mod origins;
mod refresh;
mod secret;
mod server;
mod session;
mod shared;
mod sign_outs;
mod state;
mod tokens;
mod turn;

pub use config::Config;
pub use context::Doors;
pub use driver::Driver;
pub use error::{Error, SignedOutCause, Trouble};
pub use event::Event;
pub use http::{Http, HttpError, MAX_BODY_LEN, Request, Response};
pub use keep::{Keep, Signal, Signals, keep_error};
pub use late_answers::{LateAnswers, MAX_LATE_ANSWER_LEN};
pub use leaving::{LoggedOut, Revocation};
#[cfg(any(feature = "reqwest-middleware", feature = "tower"))]
pub use origins::{NotReplayed, Origins};
pub use secret::Secret;
pub use server::{Backend, ClientSecret, Mapping, OAuth, Server};
pub use session::{Events, MAX_TOKEN_LEN, Pending, Session, View};
pub use sign_outs::{InThisProcess, SignOuts};
pub use tokens::{Bearer, Placement, Tokens};
pub use turn::{OneProcess, Turn, Turns};

/// The examples of the page compile.
#[cfg(all(doctest, feature = "native", feature = "reqwest-middleware"))]
#[doc = include_str!("../../../docs/sessions.md")]
struct Page;
