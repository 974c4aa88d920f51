//! Requests through the layers, against real HTTP servers.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use keyward_session::middleware::WithBearer;
use keyward_session::{Bearer, NotReplayed, Origins, Placement, Session};
use reqwest::redirect::Policy;
use reqwest_middleware::{ClientBuilder, ClientWithMiddleware};

use crate::peer::Provider;
use crate::program::Program;

/// A server on a port of its own that answers every request with the next of `answers` and keeps what
/// it was sent.
struct Listener {
    origin: String,
    seen: Arc<Mutex<Vec<String>>>,
}

fn serve(answers: Vec<String>) -> Listener {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    let seen = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&seen);
    std::thread::spawn(move || {
        for answer in answers {
            let (mut stream, _) = listener.accept().unwrap();
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            let (mut head, mut len) = (String::new(), 0);
            loop {
                let mut line = String::new();
                reader.read_line(&mut line).unwrap();
                let lower = line.to_ascii_lowercase();
                if let Some(value) = lower.strip_prefix("content-length:") {
                    len = value.trim().parse().unwrap();
                }
                if line.trim().is_empty() {
                    break;
                }
                head.push_str(&lower);
            }
            let mut body = vec![0; len];
            reader.read_exact(&mut body).unwrap();
            log.lock().unwrap().push(head + &String::from_utf8_lossy(&body));
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    Listener { origin, seen }
}

fn answer(status: &str, headers: &str) -> String {
    format!("HTTP/1.1 {status}\r\n{headers}content-length: 0\r\nconnection: close\r\n\r\n")
}

impl Listener {
    /// The values of a header in the requests that came, in their order.
    fn header(&self, name: &str) -> Vec<Option<String>> {
        let seen = self.seen.lock().unwrap();
        let find = |request: &String| {
            let mut lines = request.lines();
            lines.find_map(|line| line.strip_prefix(&format!("{name}: ")).map(str::to_owned))
        };
        seen.iter().map(find).collect()
    }
}

fn client(session: &Session, origins: &[&str]) -> ClientWithMiddleware {
    let origins = Origins::new(origins).unwrap();
    // What the app's client follows otherwise is not asked.
    let builder = reqwest::Client::builder().no_proxy().redirect(Policy::limited(10));
    WithBearer::client(session.clone(), origins, builder).unwrap().build()
}

struct Stage {
    provider: Provider,
    program: Program,
    _folder: tempfile::TempDir,
}

async fn stage() -> Stage {
    let start = || {
        let (provider, folder) = (Provider::start(60), tempfile::tempdir().unwrap());
        let program = Program::start(folder.path(), &provider.url(""));
        let tokens = provider.sign_in();
        (Stage { provider, program, _folder: folder }, tokens)
    };
    let (stage, tokens) = tokio::task::spawn_blocking(start).await.unwrap();
    stage.program.session.begin(tokens).await.unwrap();
    stage
}

fn header(bearer: &Bearer) -> Option<String> {
    Some(bearer.header_value().to_ascii_lowercase())
}

#[tokio::test]
async fn a_token_goes_to_its_origins_alone_redirects_included() {
    let stage = stage().await;
    redirects_end_at_the_border(&stage.program.session).await;

    // A refusal from an origin that may have the token is none of it, because `reqwest` does not take
    // it there.
    let other = serve(vec![answer("401 Unauthorized", "")]);
    let redirect = format!("location: {}/next\r\n", other.origin);
    let api = serve(vec![answer("302 Found", &redirect)]);
    let both = client(&stage.program.session, &[&api.origin, &other.origin]);
    let bearer = stage.program.session.bearer().await.unwrap();
    assert_eq!(both.get(&api.origin).send().await.unwrap().status(), 401);
    assert_eq!(other.header("authorization"), [None]);
    assert_eq!(stage.program.session.bearer().await.unwrap().expose(), bearer.expose());

    let elsewhere = serve(vec![answer("200 OK", "")]);
    both.get(format!("{}/three", elsewhere.origin)).send().await.unwrap();
    assert_eq!(elsewhere.header("authorization"), [None]);
}

#[tokio::test]
async fn so_does_a_key_in_another_header() {
    let folder = tempfile::tempdir().unwrap();
    let (session, _program) = with_key(folder.path()).await;
    redirects_end_at_the_border(&session).await;
}

/// A session with an API key in a header of its own.
async fn with_key(folder: &std::path::Path) -> (Session, Program) {
    let path = folder.to_owned();
    let (session, program) = tokio::task::spawn_blocking(move || {
        let program = Program::start(&path, "http://127.0.0.1:1");
        let mut config = keyward_session::Config::new("key", keyward_session::Server::Key);
        config.placement = Placement { header: "x-api-key".to_owned(), scheme: None };
        let (session, _) =
            keyward_session::native::start(program.vault.clone(), &path, config).unwrap();
        (session, program)
    })
    .await
    .unwrap();
    session.begin(keyward_session::Tokens::new("key-1")).await.unwrap();
    (session, program)
}

/// Another origin gets no request at all, however the API leads there. It has a redirect of its own,
/// at which `reqwest` would put back what it has taken off.
async fn redirects_end_at_the_border(session: &Session) {
    let elsewhere = serve(vec![answer("302 Found", "location: /two\r\n"), answer("200 OK", "")]);
    let away = format!("location: {}/one\r\n", elsewhere.origin);
    let api = serve(vec![
        answer("302 Found", &away),
        answer("302 Found", "location: /again\r\n"),
        answer("307 Temporary Redirect", &away),
        answer("302 Found", &away),
    ]);
    let client = client(session, &[&api.origin]);
    assert_eq!(client.get(&api.origin).send().await.unwrap().status(), 302);
    // Within its origin it goes along.
    assert_eq!(client.post(&api.origin).body("b").send().await.unwrap().status(), 307);
    let none = reqwest::Client::builder().no_proxy().redirect(Policy::none()).build().unwrap();
    let origins = Origins::new([&api.origin]).unwrap();
    let layer = WithBearer::trusting_the_client(session.clone(), origins);
    let client = ClientBuilder::new(none).with(layer).build();
    assert_eq!(client.get(&api.origin).send().await.unwrap().status(), 302);
    let bearer = session.bearer().await.unwrap();
    assert_eq!(api.header(session.header_name()), vec![header(&bearer); 4]);
    assert!(elsewhere.seen.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_refused_token_is_replaced_once_and_the_request_sent_again() {
    let stage = stage().await;
    let first = stage.program.session.bearer().await.unwrap();
    let refuse = || answer("401 Unauthorized", "");
    let api = serve(vec![refuse(), answer("200 OK", ""), refuse(), refuse()]);
    let client = client(&stage.program.session, &[&api.origin]);
    let response = client.post(&api.origin).body("the body").send().await.unwrap();
    assert_eq!(response.status(), 200);
    let second = stage.program.session.bearer().await.unwrap();
    assert_eq!(api.header("authorization"), [header(&first), header(&second)]);
    assert!(api.seen.lock().unwrap().iter().all(|request| request.ends_with("the body")));
    // The next refusal comes too soon after it: no loop, and no second refresh.
    let response = client.get(&api.origin).send().await.unwrap();
    assert_eq!(response.status(), 401);
    assert_eq!(api.seen.lock().unwrap().len(), 3);
    let log = tokio::task::spawn_blocking(move || stage.provider.log()).await.unwrap();
    assert_eq!(log["refreshes"], 1);
}

#[tokio::test]
async fn a_request_keeps_its_own_header() {
    let stage = stage().await;
    let api = serve(vec![answer("401 Unauthorized", "")]);
    let client = client(&stage.program.session, &[&api.origin]);
    let request = client.get(&api.origin).header("authorization", "Basic own");
    assert_eq!(request.send().await.unwrap().status(), 401);
    assert_eq!(api.header("authorization"), [Some("basic own".to_owned())]);
}

#[tokio::test]
async fn a_request_with_its_own_header_needs_no_session() {
    use keyward_session::layer::BearerLayer;
    use tower_layer::Layer;
    use tower_service::Service;

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_owned();
    // Nobody has signed in.
    let start = move || Program::start(&path, "http://127.0.0.1:1");
    let program = tokio::task::spawn_blocking(start).await.unwrap();
    let api = serve(vec![answer("200 OK", ""), answer("200 OK", "")]);
    let client = client(&program.session, &[&api.origin]);
    let own = client.get(&api.origin).header("authorization", "Basic own").send();
    assert_eq!(own.await.unwrap().status(), 200);
    assert!(client.get(&api.origin).send().await.is_err(), "and others need one");

    let plain = Plain(reqwest::Client::builder().no_proxy().build().unwrap());
    let origins = Origins::new([&api.origin]).unwrap();
    let mut service = BearerLayer::new(program.session.clone(), origins).layer(plain);
    let request = || http::Request::get(format!("{}/x", api.origin));
    let own = request().header("authorization", "Basic own").body(String::new()).unwrap();
    assert_eq!(service.call(own).await.unwrap().status(), 200);
    assert!(service.call(request().body(String::new()).unwrap()).await.is_err());
    assert_eq!(api.header("authorization"), vec![Some("basic own".to_owned()); 2]);
    tokio::task::spawn_blocking(move || drop(program)).await.unwrap();
}

/// A body that can be read once, as a stream is.
struct Once(Option<bytes::Bytes>);

impl http_body::Body for Once {
    type Data = bytes::Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<http_body::Frame<bytes::Bytes>, Self::Error>>> {
        std::task::Poll::Ready(self.0.take().map(|bytes| Ok(http_body::Frame::data(bytes))))
    }

    fn size_hint(&self) -> http_body::SizeHint {
        http_body::SizeHint::with_exact(self.0.as_ref().map_or(0, |bytes| bytes.len() as u64))
    }
}

#[tokio::test]
async fn a_stream_is_not_sent_again_and_its_sender_is_told() {
    let stage = stage().await;
    let first = stage.program.session.bearer().await.unwrap();
    let api = serve(vec![answer("401 Unauthorized", ""), answer("200 OK", "")]);
    let client = client(&stage.program.session, &[&api.origin]);
    let stream = reqwest::Body::wrap(Once(Some("a stream".into())));
    let response = client.post(&api.origin).body(stream).send().await.unwrap();
    assert_eq!(response.status(), 401);
    assert!(response.extensions().get::<NotReplayed>().is_some());
    assert_eq!(api.seen.lock().unwrap().len(), 1, "it was sent once");
    // Whoever sends it anew has another token.
    let stream = reqwest::Body::wrap(Once(Some("a stream".into())));
    let response = client.post(&api.origin).body(stream).send().await.unwrap();
    assert_eq!(response.status(), 200);
    assert!(response.extensions().get::<NotReplayed>().is_none());
    let second = stage.program.session.bearer().await.unwrap();
    assert_eq!(api.header("authorization"), [header(&first), header(&second)]);
    assert_ne!(first.expose(), second.expose());
    assert!(api.seen.lock().unwrap().iter().all(|request| request.ends_with("a stream")));
}

/// A service that follows no redirect, over `reqwest` without anything of a session.
#[derive(Clone)]
struct Plain(reqwest::Client);

impl tower_service::Service<http::Request<String>> for Plain {
    type Response = http::Response<()>;
    type Error = std::io::Error;
    type Future =
        std::pin::Pin<Box<dyn Future<Output = Result<http::Response<()>, std::io::Error>> + Send>>;

    fn poll_ready(
        &mut self,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Result<(), Self::Error>> {
        std::task::Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<String>) -> Self::Future {
        let client = self.0.clone();
        Box::pin(async move {
            let (parts, body) = request.into_parts();
            let sent = client
                .request(parts.method, parts.uri.to_string())
                .headers(parts.headers)
                .body(body)
                .send()
                .await
                .map_err(std::io::Error::other)?;
            let mut response = http::Response::builder().status(sent.status());
            for (name, value) in sent.headers() {
                response = response.header(name, value);
            }
            Ok(response.body(()).unwrap())
        })
    }
}

#[tokio::test]
async fn whoever_follows_redirects_around_the_tower_layer_takes_no_token_along() {
    use keyward_session::layer::BearerLayer;
    use tower_http::follow_redirect::FollowRedirectLayer;
    use tower_layer::Layer;
    use tower_service::Service;

    let stage = stage().await;
    let folder = tempfile::tempdir().unwrap();
    let (key, _program) = with_key(folder.path()).await;
    let plain = reqwest::Client::builder().no_proxy().redirect(Policy::none()).build().unwrap();
    for session in [&stage.program.session, &key] {
        let elsewhere =
            serve(vec![answer("302 Found", "location: /two\r\n"), answer("200 OK", "")]);
        let away = format!("location: {}/next\r\n", elsewhere.origin);
        let api = serve(vec![
            answer("302 Found", "location: /again\r\n"),
            answer("307 Temporary Redirect", &away),
        ]);
        let origins = Origins::new([&api.origin]).unwrap();
        let layer = BearerLayer::new(session.clone(), origins).layer(Plain(plain.clone()));
        let request =
            http::Request::get(format!("{}/one", api.origin)).body(String::new()).unwrap();
        let response = FollowRedirectLayer::new().layer(layer).call(request).await.unwrap();
        assert_eq!(response.status(), 200);
        let bearer = session.bearer().await.unwrap();
        let name = session.header_name();
        assert_eq!(api.header(name), [header(&bearer), header(&bearer)]);
        assert_eq!(elsewhere.header(name), [None, None]);
    }
}

type Body = http::Request<Option<&'static str>>;

/// A tower service over a connection of its own for each request.
async fn over_tcp(request: Body) -> Result<http::Response<()>, std::io::Error> {
    tokio::task::spawn_blocking(move || {
        let bearer = request
            .headers()
            .get("authorization")
            .map(|value| value.to_str().unwrap().strip_prefix("Bearer ").unwrap().to_owned());
        let uri = request.uri().to_string();
        let body = request.body().map(|body| ("text/plain", body));
        let (status, _) = crate::peer::request("POST", &uri, body, bearer.as_deref());
        Ok(http::Response::builder().status(status).body(()).unwrap())
    })
    .await
    .unwrap()
}

#[tokio::test]
async fn the_tower_layer_does_the_same_and_says_what_it_could_not_replay() {
    use keyward_session::layer::BearerLayer;
    use tower_layer::Layer;
    use tower_service::Service;

    #[derive(Clone)]
    struct OverTcp;
    impl Service<Body> for OverTcp {
        type Response = http::Response<()>;
        type Error = std::io::Error;
        type Future =
            std::pin::Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;
        fn poll_ready(
            &mut self,
            _: &mut std::task::Context<'_>,
        ) -> std::task::Poll<Result<(), Self::Error>> {
            std::task::Poll::Ready(Ok(()))
        }
        fn call(&mut self, request: Body) -> Self::Future {
            Box::pin(over_tcp(request))
        }
    }

    let stage = stage().await;
    let refuse = || answer("401 Unauthorized", "");
    let api = serve(vec![refuse(), answer("200 OK", ""), refuse()]);
    let elsewhere = serve(vec![answer("200 OK", "")]);
    let origins = Origins::new([&api.origin]).unwrap();
    let layer = BearerLayer::new(stage.program.session.clone(), origins);
    let mut service = layer.replaying(|body: &Option<&'static str>| body.map(Some)).layer(OverTcp);
    let request =
        |origin: &str, body| http::Request::post(format!("{origin}/x")).body(body).unwrap();
    let response = service.call(request(&api.origin, Some("again"))).await.unwrap();
    assert_eq!(response.status(), 200);
    let response = service.call(request(&api.origin, None)).await.unwrap();
    assert_eq!(response.status(), 401);
    assert!(response.extensions().get::<NotReplayed>().is_some());
    service.call(request(&elsewhere.origin, Some("b"))).await.unwrap();
    assert_eq!(elsewhere.header("authorization"), [None]);
    let sent = api.header("authorization");
    assert!(sent[0].is_some() && sent[1].is_some() && sent[0] != sent[1]);
}

#[tokio::test]
async fn a_request_that_is_dropped_is_given_up_and_the_refresh_is_not() {
    let stage = stage().await;
    let first = stage.program.session.bearer().await.unwrap();
    // A server that never answers.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let origin = format!("http://{}", silent.local_addr().unwrap());
    let client = client(&stage.program.session, &[&origin]);
    let request = client.get(&origin).send();
    assert!(tokio::time::timeout(Duration::from_millis(200), request).await.is_err());
    let sent = tokio::task::spawn_blocking(move || {
        let (mut stream, _) = silent.accept().unwrap();
        let mut sent = String::new();
        stream.read_to_string(&mut sent).expect("the connection is closed");
        sent
    });
    let sent = sent.await.unwrap().to_ascii_lowercase();
    assert!(sent.contains("bearer"));

    drop(stage.program.session.another(&first));
    let mut events = stage.program.session.events();
    let second = stage.program.session.another(&first).await.unwrap();
    assert_ne!(first.expose(), second.expose());
    while events.next_now().is_some() {}
    let log = tokio::task::spawn_blocking(move || stage.provider.log()).await.unwrap();
    assert_eq!(log["refreshes"], 1);
}

/// Vaults side by side, with sessions of one name, and that of the longest.
#[test]
fn sessions_of_two_vaults_in_a_folder_do_not_wait_for_each_other() {
    use futures_executor::block_on;
    use keyward_session::{Config, OAuth, Server, Tokens, native};

    let folder = tempfile::tempdir().unwrap();
    let start = |key: &str, origin: &str| {
        let device = keyward_platform::Native::new(folder.path());
        let vault = device.with_key_file(folder.path().join("device.key")).open().unwrap();
        let config = keyward::Config::new(key, keyward::VaultType::SecureStorage);
        block_on(vault.initialize(config)).unwrap();
        let server = Server::OAuth(OAuth::new(format!("{origin}/token"), "app"));
        let mut config = Config::new("n".repeat(1019), server);
        // Who has to wait, gives up before the one that is waited for does.
        config.patience = Duration::from_secs(1);
        let (session, _) = native::start(vault, folder.path(), config).unwrap();
        block_on(session.begin(Tokens::new("access-0").with_refresh("refresh-0"))).unwrap();
        session
    };
    // A server that never answers.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let slow = start("slow", &format!("http://{}", silent.local_addr().unwrap()));
    let bearer = block_on(slow.bearer()).unwrap();
    let waiting = slow.another(&bearer);
    let (_stream, _) = silent.accept().unwrap();

    let body = r#"{"access_token":"access-1"}"#;
    let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close", body.len());
    let server = serve(vec![format!("{head}\r\n\r\n{body}")]);
    let quick = start("quick", &server.origin);
    let bearer = block_on(quick.bearer()).unwrap();
    let mut events = quick.events();
    assert_eq!(block_on(quick.another(&bearer)).unwrap().expose(), "access-1");
    let seen: Vec<_> = std::iter::from_fn(|| events.next_now()).collect();
    assert_eq!(seen, [keyward_session::Event::Refreshing, keyward_session::Event::Refreshed]);
    drop(waiting);
}
