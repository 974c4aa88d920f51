//! Where the browser comes back to: a port of loopback that takes one answer, and is closed then
//! (RFC 8252, sections 7.3 and 8.3).

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::future::{Either, select};
use futures_util::stream::FuturesUnordered;
use openidconnect::url::Url;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::problem::{Problem, Untrusted};

const PATH: &str = "/callback";
/// The longest head of a request, in bytes. Codes have some hundred.
const MAX_HEAD_LEN: usize = 16 << 10;
/// How long a connection may take to say what it wants.
const TIME_TO_SPEAK: Duration = Duration::from_secs(10);
/// How many connections may be waiting to say it. Browsers open two or three.
const MAX_CONNECTIONS: usize = 16;

/// The port, until it is dropped.
pub(super) struct Listener {
    listener: TcpListener,
    address: SocketAddr,
}

/// What the browser has to bring.
pub(super) struct Expected {
    pub(super) state: String,
    pub(super) issuer: String,
    /// The provider has said that it names itself (RFC 9207), so that an answer without it is
    /// somebody else's.
    pub(super) names_issuer: bool,
}

impl Listener {
    /// A port of 127.0.0.1, or of `::1` where there is no IPv4; 0 takes any that is free.
    pub(super) async fn bind(port: u16) -> Result<Self, Problem> {
        let addresses = [
            SocketAddr::from((Ipv4Addr::LOCALHOST, port)),
            SocketAddr::from((Ipv6Addr::LOCALHOST, port)),
        ];
        let listener = TcpListener::bind(&addresses[..]).await.map_err(Problem::NoPort)?;
        let address = listener.local_addr().map_err(Problem::NoPort)?;
        Ok(Self { listener, address })
    }

    pub(super) fn redirect_uri(&self) -> String {
        format!("http://{}{PATH}", self.address)
    }

    /// Waits for the browser, and answers the code that it brings. The first request for the right
    /// path decides, whatever it brings; others, such as one for an icon, are told that there is
    /// nothing. When this is done the port is closed.
    pub(super) async fn wait(self, expected: &Expected) -> Result<String, Problem> {
        let (stream, target) = self.first().await?;
        // Nobody else is heard from here on.
        drop(self);
        let result = read(&target, expected);
        farewell(stream, result.is_ok()).await;
        result
    }

    /// The first request for the right path, and who waits for its answer.
    async fn first(&self) -> Result<(TcpStream, String), Problem> {
        let mut speaking = FuturesUnordered::new();
        loop {
            let coming = Box::pin(self.listener.accept());
            let spoken = async {
                // Without any, the stream is at its end, and there is nothing to wait for.
                match speaking.is_empty() {
                    true => std::future::pending().await,
                    false => speaking.next().await,
                }
            };
            let next = match select(coming, Box::pin(spoken)).await {
                Either::Left((accepted, _)) => Either::Left(accepted.map_err(Problem::NoPort)?.0),
                Either::Right((heard, _)) => Either::Right(heard),
            };
            match next {
                Either::Left(stream) if speaking.len() < MAX_CONNECTIONS => {
                    speaking.push(tokio::time::timeout(TIME_TO_SPEAK, hear(stream)));
                }
                Either::Left(_) => {}
                Either::Right(Some(Ok(Some(asked)))) => return Ok(asked),
                Either::Right(_) => {}
            }
        }
    }
}

/// The target of a request for the right path; what else comes is told off.
async fn hear(mut stream: TcpStream) -> Option<(TcpStream, String)> {
    let mut head = Vec::with_capacity(1024);
    while !head.windows(4).any(|window| window == b"\r\n\r\n") {
        if head.len() > MAX_HEAD_LEN || stream.read_buf(&mut head).await.ok()? == 0 {
            return None;
        }
    }
    let line = head.split(|byte| *byte == b'\r').next()?;
    let line = std::str::from_utf8(line).ok()?;
    let mut words = line.split(' ');
    let (method, target) = (words.next()?, words.next()?);
    let path = target.split('?').next()?;
    if method == "GET" && path == PATH {
        return Some((stream, target.to_owned()));
    }
    send(&mut stream, "404 Not Found", "There is nothing here.").await;
    None
}

/// The code in the address that the browser was sent to, if everything about it is right.
fn read(target: &str, expected: &Expected) -> Result<String, Problem> {
    let url = Url::parse("http://127.0.0.1").and_then(|base| base.join(target));
    let url = url.map_err(|_| Problem::BadAnswer)?;
    let values = |name: &str| {
        let pairs = url.query_pairs().filter(|(key, _)| key == name);
        pairs.map(|(_, value)| value.into_owned()).collect::<Vec<_>>()
    };
    // RFC 6749, section 3.1: none may be there twice.
    let once = |name: &str| match &values(name)[..] {
        [] => Ok(None),
        [value] => Ok(Some(value.clone())),
        _ => Err(Problem::BadAnswer),
    };
    if once("state")?.as_deref() != Some(&expected.state) {
        return Err(Problem::NotTrusted(Untrusted::State));
    }
    match once("iss")? {
        Some(issuer) if issuer != expected.issuer => {
            return Err(Problem::NotTrusted(Untrusted::Issuer));
        }
        None if expected.names_issuer => return Err(Problem::NotTrusted(Untrusted::Issuer)),
        _ => {}
    }
    if let Some(error) = once("error")? {
        return Err(Problem::refused(&error));
    }
    once("code")?.filter(|code| !code.is_empty()).ok_or(Problem::BadAnswer)
}

async fn farewell(mut stream: TcpStream, well: bool) {
    let text = match well {
        true => "You can close this page, and go back to the terminal.",
        false => "That did not work; the terminal says why. You can close this page.",
    };
    send(&mut stream, "200 OK", text).await;
}

/// A plain page. The address that it is shown under holds the code, which it must pass on to nobody.
async fn send(stream: &mut TcpStream, status: &str, text: &str) {
    let page = format!(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<title>Keyward</title>\n\
         <p style=\"font: 1.25rem/1.5 system-ui, sans-serif; margin: 3rem\">{text}</p>\n</html>\n"
    );
    let answer = format!(
        "HTTP/1.1 {status}\r\ncontent-type: text/html; charset=utf-8\r\ncontent-length: {}\r\n\
         cache-control: no-store\r\nreferrer-policy: no-referrer\r\n\
         content-security-policy: default-src 'none'; style-src 'unsafe-inline'\r\n\
         connection: close\r\n\r\n{page}",
        page.len()
    );
    // Whether the browser shows it changes nothing.
    let sending = async {
        stream.write_all(answer.as_bytes()).await?;
        stream.shutdown().await
    };
    let _ = tokio::time::timeout(Duration::from_secs(2), sending).await;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expected(names_issuer: bool) -> Expected {
        Expected { state: "s t".to_owned(), issuer: "https://id.example".to_owned(), names_issuer }
    }

    #[test]
    fn a_code_comes_with_the_right_state_and_issuer_alone() {
        let code = |query: &str| read(&format!("/callback?{query}"), &expected(false));
        assert_eq!(code("code=a%2Bb&state=s%20t").ok().as_deref(), Some("a+b"));
        assert_eq!(code("state=s+t&iss=https://id.example&code=a").ok().as_deref(), Some("a"));
        let untrusted = |query: &str| match code(query) {
            Err(Problem::NotTrusted(why)) => Some(why),
            _ => None,
        };
        for query in ["code=a", "code=a&state=", "code=a&state=st", "error=access_denied"] {
            assert_eq!(untrusted(query), Some(Untrusted::State), "{query}");
        }
        let query = "code=a&state=s+t&iss=https://evil.example";
        assert_eq!(untrusted(query), Some(Untrusted::Issuer));
        let nameless = read("/callback?code=a&state=s+t", &expected(true));
        assert!(matches!(nameless, Err(Problem::NotTrusted(Untrusted::Issuer))));
        for query in ["state=s+t", "state=s+t&code=", "state=s+t&code=a&code=b"] {
            assert!(matches!(code(query), Err(Problem::BadAnswer)), "{query}");
        }
        assert!(matches!(code("state=s+t&error=access_denied"), Err(Problem::Denied)));
    }
}
