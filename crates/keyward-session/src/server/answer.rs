//! What servers of both kinds answer alike: that they cannot now, and when to ask again.

use std::time::{Duration, UNIX_EPOCH};

use crate::error::Trouble;
use crate::http::Response;

/// What a status code says by itself, whatever the body.
pub(super) fn trouble(response: &Response, wall: u64) -> Option<(Trouble, Option<Duration>)> {
    let asked = retry_after(response, wall);
    match response.status {
        429 => Some((Trouble::TooManyRequests, asked)),
        408 | 500.. => Some((Trouble::Server, asked)),
        // A redirect is not followed: it could lead a refresh token anywhere.
        ..200 | 300..400 => Some((Trouble::BadAnswer, None)),
        _ => None,
    }
}

/// `retry-after` in either of its forms (RFC 9110, section 10.2.3). A date counts from the server's
/// own `date`, so that a clock that is wrong on either side does not matter.
fn retry_after(response: &Response, wall: u64) -> Option<Duration> {
    let text = response.retry_after.as_deref()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let at = httpdate::parse_http_date(text).ok()?;
    let now = response.date.as_deref().and_then(|date| httpdate::parse_http_date(date).ok());
    let now = now.unwrap_or(UNIX_EPOCH + Duration::from_millis(wall));
    Some(at.duration_since(now).unwrap_or_default())
}

/// A lifetime in seconds, as servers give it: a number, or a text with one. Some give fractions.
pub(super) fn seconds(text: &str) -> Option<Duration> {
    let seconds: f64 = text.trim().trim_matches('"').parse().ok()?;
    // A century is as good as more, and within every clock's range.
    (seconds >= 0.0).then(|| Duration::from_secs_f64(seconds.min(3.2e9)))
}
