//! Why nobody was signed in, told apart by what can be done about it. Of what a provider wrote, only
//! the standard's own words for errors are passed on; a code, a token or a claim never is.

use std::io;

use openidconnect::core::CoreErrorResponseType;
use openidconnect::{
    DeviceCodeErrorResponse, DeviceCodeErrorResponseType, DiscoveryError, RequestTokenError,
    StandardErrorResponse,
};

use super::http::{Unanswered, is_passing};
use crate::exit_code::Code;
use crate::failure::Failure;

#[derive(Debug)]
pub(crate) enum Problem {
    /// What was typed is no address of a provider.
    NoIssuer,
    /// An address would have secrets go in the clear.
    NotSafe,
    Unreachable,
    NoAnswer,
    /// The provider says that it cannot now.
    Unwell,
    /// There is no provider at the address, or none that speaks OpenID Connect.
    NotAProvider,
    /// The provider calls itself something else.
    OtherIssuer,
    NoDeviceFlow,
    /// The person, or the provider, said no.
    Denied,
    /// The provider does not accept the request, in the standard's word for it.
    NotAccepted(Option<String>),
    /// Nobody came back in time.
    NobodyCame,
    NoIdToken,
    NotTrusted(Untrusted),
    BadAnswer,
    NoPort(io::Error),
    NoCertificates,
    System(io::Error),
}

/// Which check failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Untrusted {
    State,
    Issuer,
    Audience,
    Nonce,
    Signature,
    Expired,
    /// The id token is about another access token.
    OtherToken,
    IdToken,
}

impl Untrusted {
    fn words(self) -> &'static str {
        match self {
            Self::State => "the browser did not bring back what it was sent away with",
            Self::Issuer => "the answer is another provider's",
            Self::Audience => "the id token is for another program",
            Self::Nonce => "the id token is for another sign-in",
            Self::Signature => "the id token's signature is not the provider's",
            Self::Expired => "the id token has expired; see whether this device's clock is right",
            Self::OtherToken => "the id token belongs to another access token",
            Self::IdToken => "the id token is not valid",
        }
    }
}

impl Problem {
    /// An error of the authorization endpoint (RFC 6749, section 4.1.2.1).
    pub(super) fn refused(error: &str) -> Self {
        match error {
            "access_denied" => Self::Denied,
            "server_error" | "temporarily_unavailable" => Self::Unwell,
            error => Self::NotAccepted(word(error)),
        }
    }

    /// What to tell whoever wanted to sign in. Whatever it was, nothing was changed.
    pub(crate) fn explain(&self, issuer: &str) -> Failure {
        let (code, what) = match self {
            Self::NoIssuer => (Code::Usage, format!("{issuer} is no address of a provider.")),
            Self::NotSafe => (
                Code::NotTrusted,
                format!(
                    "{issuer} would have secrets go over the network in the clear: an address is \
                     not https. (http is for this machine alone.)"
                ),
            ),
            Self::Unreachable => (
                Code::ProviderUnavailable,
                format!(
                    "{issuer} cannot be reached. See whether the network is there, and try again."
                ),
            ),
            Self::NoAnswer | Self::Unwell => (
                Code::ProviderUnavailable,
                format!("{issuer} does not answer as it should now. Try again later."),
            ),
            Self::NotAProvider => (
                Code::ProviderRefuses,
                format!(
                    "{issuer} does not describe itself as an OpenID provider \
                     (.well-known/openid-configuration). See whether the address is the issuer's."
                ),
            ),
            Self::OtherIssuer => (
                Code::NotTrusted,
                format!(
                    "What answers at {issuer} calls itself something else. Use the issuer's own \
                     address, to the letter."
                ),
            ),
            Self::NoDeviceFlow => (
                Code::ProviderRefuses,
                format!("{issuer} has no sign-in by a code. Sign in without --device."),
            ),
            Self::Denied => {
                (Code::AccessDenied, "The sign-in was refused, or given up.".to_owned())
            }
            Self::NotAccepted(word) => (
                Code::ProviderRefuses,
                format!(
                    "{issuer} does not accept the sign-in{}. See whether the client id, the scopes \
                     and the redirect to loopback are registered there.",
                    word.as_ref().map(|word| format!(" ({word})")).unwrap_or_default()
                ),
            ),
            Self::NobodyCame => (
                Code::TimedOut,
                format!(
                    "Nobody came back from {issuer} within the time. If the browser shows an error \
                     there, the client id or the redirect to loopback is not registered; otherwise \
                     try again, with more time by --timeout."
                ),
            ),
            Self::NoIdToken => (
                Code::ProviderRefuses,
                format!("{issuer} does not say who has signed in: its answer has no id token."),
            ),
            Self::NotTrusted(why) => (
                Code::NotTrusted,
                format!("The answer of {issuer} cannot be trusted: {}.", why.words()),
            ),
            Self::BadAnswer => (
                Code::ProviderUnavailable,
                format!("{issuer} gave an answer that does not read. Try again later."),
            ),
            Self::NoPort(error) => (
                Code::Failed,
                format!("No port of this machine could be opened for the browser: {error}."),
            ),
            Self::NoCertificates => (
                Code::Failed,
                "The certificates that this system trusts could not be read.".to_owned(),
            ),
            Self::System(error) => (Code::Failed, format!("The system refuses to work: {error}.")),
        };
        Failure::new(code, format!("{what} Nothing was changed."))
    }
}

/// A standard's word for an error, if it is one.
fn word(text: &str) -> Option<String> {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte == b'_';
    (text.len() <= 40 && text.bytes().all(plain)).then(|| text.to_owned())
}

impl From<Unanswered> for Problem {
    fn from(error: Unanswered) -> Self {
        match error {
            Unanswered::NotSafe => Self::NotSafe,
            Unanswered::Unreachable => Self::Unreachable,
            Unanswered::NoAnswer => Self::NoAnswer,
            Unanswered::Unwell => Self::Unwell,
            Unanswered::TooLong => Self::BadAnswer,
        }
    }
}

impl From<DiscoveryError<Unanswered>> for Problem {
    fn from(error: DiscoveryError<Unanswered>) -> Self {
        match error {
            DiscoveryError::Request(error) => error.into(),
            DiscoveryError::Response(status, ..) if is_passing(status.as_u16()) => Self::Unwell,
            DiscoveryError::Validation(_) => Self::OtherIssuer,
            _ => Self::NotAProvider,
        }
    }
}

impl From<RequestTokenError<Unanswered, StandardErrorResponse<CoreErrorResponseType>>> for Problem {
    fn from(
        error: RequestTokenError<Unanswered, StandardErrorResponse<CoreErrorResponseType>>,
    ) -> Self {
        match error {
            RequestTokenError::Request(error) => error.into(),
            RequestTokenError::ServerResponse(response) => basic(response.error()),
            _ => Self::BadAnswer,
        }
    }
}

impl From<RequestTokenError<Unanswered, DeviceCodeErrorResponse>> for Problem {
    fn from(error: RequestTokenError<Unanswered, DeviceCodeErrorResponse>) -> Self {
        match error {
            RequestTokenError::Request(error) => error.into(),
            RequestTokenError::ServerResponse(response) => match response.error() {
                DeviceCodeErrorResponseType::AccessDenied => Self::Denied,
                DeviceCodeErrorResponseType::ExpiredToken => Self::NobodyCame,
                DeviceCodeErrorResponseType::Basic(error) => basic(error),
                _ => Self::BadAnswer,
            },
            _ => Self::BadAnswer,
        }
    }
}

fn basic(error: &CoreErrorResponseType) -> Problem {
    Problem::refused(error.as_ref())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_but_the_standards_words_is_passed_on() {
        assert_eq!(word("invalid_client").as_deref(), Some("invalid_client"));
        for text in ["eyJhbGciOi", "a b", "\u{1b}[2J", &"a".repeat(41)] {
            assert_eq!(word(text), None, "{text}");
        }
        let shown = Problem::refused("Secret-4711").explain("https://id.example").message;
        assert!(!shown.contains("4711"), "{shown}");
    }
}
