//! Measures what a bearer token costs: handed out from memory, and on a request through the layer for
//! `reqwest-middleware`. docs/benchmarks.md says what is compared with what.

#![forbid(unsafe_code)]

mod processor;
#[path = "../../src/race.rs"]
#[allow(dead_code, reason = "the other program uses more of it")]
mod race;
mod server;
/// What the shared files expect here.
mod store {
    pub type Outcome<T> = Result<T, Box<dyn std::error::Error>>;
}

use std::fs;
use std::hint::black_box;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use futures_executor::block_on;
use keyward::{Config as VaultConfig, VaultType};
use keyward_platform::Native;
use keyward_session::middleware::WithBearer;
use keyward_session::{Config, OAuth, Origins, Server, Session, Tokens, native};
use reqwest::header::AUTHORIZATION;
use reqwest_middleware::ClientBuilder;

use race::{Contestant, Length, race};
use store::Outcome;

/// As long as a usual signed token.
const TOKEN_LEN: usize = 800;

/// How often each of the requests is sent in a round, and how many rounds there are.
const REQUESTS: usize = 300;
const ROUNDS: usize = 300;

const LENGTH: Length = Length {
    least_rounds: 100,
    most_rounds: 2000,
    time: Duration::from_secs(5),
    rest: Duration::ZERO,
};

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("keyward-session-bench: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Outcome<()> {
    let folder = tempfile::tempdir()?;
    let vault = Native::new(folder.path()).with_key_file(folder.path().join("key")).open()?;
    block_on(vault.initialize(VaultConfig::new("session", VaultType::SecureStorage)))?;
    let oauth = OAuth::new("http://127.0.0.1:1/token", "bench");
    let config = Config::new("tokens", Server::OAuth(oauth));
    let (session, _thread) = native::start(vault, folder.path(), config)?;
    let token = "x".repeat(TOKEN_LEN);
    let tokens = Tokens::new(token.clone()).with_lifetime(Duration::from_secs(24 * 3600));
    block_on(session.begin(tokens))?;
    let (processors, before) = (processor::name(), load());
    println!("| task | Keyward | compared with | ÷ it | aim | met |");
    println!("|---|---|---|---|---|---|");
    from_memory(&session, &token)?;
    requests(&session, &token)?;
    println!("\n{processors}, load before {before} and after {}.", load());
    Ok(())
}

/// `bearer()`, beside the least that anyone could do: a lock and a look at a shared text.
fn from_memory(session: &Session, token: &str) -> Outcome<()> {
    let cell = Mutex::new(Some(Arc::<str>::from(token)));
    let results = race(
        vec![
            Contestant::repeated("bearer()", || {
                black_box(block_on(session.bearer())?);
                Ok(())
            }),
            Contestant::repeated("a lock and a clone", || {
                let token = cell.lock().unwrap_or_else(PoisonError::into_inner).clone();
                black_box(block_on(std::future::ready(token)));
                Ok(())
            }),
        ],
        LENGTH,
    );
    let met = |time: Duration, _: f64| time <= Duration::from_micros(1);
    row("`bearer()` from memory", &results, 1, "≤ 1 µs", met)
}

/// The same request to the same server on loopback: through the layer, and with the header written
/// out.
fn requests(session: &Session, token: &str) -> Outcome<()> {
    let origin = server::start()?;
    processor::stay_on(0);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let client = || reqwest::Client::builder().no_proxy().build();
    let (literal, bare) = (client()?, ClientBuilder::new(client()?).build());
    let builder = reqwest::Client::builder().no_proxy();
    let layered = WithBearer::client(session.clone(), Origins::new([&origin])?, builder)?.build();
    let url = format!("{origin}/orders");
    let header = format!("Bearer {token}");
    // One request each in turn, and of each the median of a round: other work on the machine, which
    // comes in pieces longer than a request, then falls on all alike.
    let names = [
        "the layer",
        "`reqwest` with a literal header",
        "`reqwest-middleware` without layers, with a literal header",
    ];
    let send = |number: usize| {
        runtime.block_on(async {
            let start = Instant::now();
            let response = match number {
                0 => layered.get(&url).send().await?,
                1 => literal.get(&url).header(AUTHORIZATION, &header).send().await?,
                _ => bare.get(&url).header(AUTHORIZATION, &header).send().await?,
            };
            response.error_for_status()?.bytes().await?;
            Outcome::Ok(start.elapsed())
        })
    };
    let mut rounds: [Vec<Duration>; 3] = Default::default();
    for _ in 0..ROUNDS {
        let mut times: [Vec<Duration>; 3] = Default::default();
        for turn in 0..REQUESTS {
            for place in 0..names.len() {
                // Who comes first, and who after whom, changes from turn to turn.
                let place = if turn % 2 == 0 { place } else { names.len() - 1 - place };
                let number = (place + turn / 2) % names.len();
                times[number].push(send(number)?);
            }
        }
        for (number, mut times) in times.into_iter().enumerate() {
            times.sort_unstable();
            rounds[number].push(times[times.len() / 2]);
        }
    }
    let results: Vec<_> = names
        .into_iter()
        .zip(rounds)
        .map(|(name, times)| race::Result { name, times: Ok(times) })
        .collect();
    let met = |_: Duration, ratio: f64| ratio <= 1.03;
    row("a request through the layer", &results, 1, "≤ 1.03", met)?;
    row("the same", &results, 2, "–", |_, _| true)
}

fn row(
    task: &str,
    results: &[race::Result],
    other: usize,
    aim: &str,
    met: impl Fn(Duration, f64) -> bool,
) -> Outcome<()> {
    for result in results {
        if let Err(error) = &result.times {
            return Err(format!("{}: {error}", result.name).into());
        }
    }
    let (time, ratio) =
        results[0].median().zip(results[0].ratio(&results[other])).ok_or("nothing was measured")?;
    let met = match met(time, ratio.median) {
        _ if aim == "–" => "–",
        true => "yes",
        false => "no",
    };
    println!(
        "| {task} | {:.3} µs | {} | {:.3} ({:.3}–{:.3}), {} rounds | {aim} | {met} |",
        time.as_secs_f64() * 1e6,
        results[other].name,
        ratio.median,
        ratio.low,
        ratio.high,
        ratio.rounds,
    );
    Ok(())
}

fn load() -> String {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').next().unwrap_or("unknown").to_owned()
}
