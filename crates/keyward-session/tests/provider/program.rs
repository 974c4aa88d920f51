//! A program with a session, as one of several processes.

use std::path::Path;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use keyward::{Config as VaultConfig, Vault, VaultType};
use keyward_platform::Native;
use keyward_session::middleware::WithBearer;
use keyward_session::{Config, Error, Origins, Session, native};

/// A vault and a session in `folder`.
pub struct Program {
    pub vault: Vault,
    pub session: Session,
    _threads: [JoinHandle<()>; 2],
}

impl Program {
    pub fn start(folder: &Path, issuer: &str) -> Self {
        let native = Native::new(folder).with_key_file(folder.join("device.key"));
        let (vault, driver) = native.start().expect("a thread");
        let config = VaultConfig::new("session", VaultType::SecureStorage);
        futures_executor::block_on(vault.initialize(config)).expect("a vault");
        let config = Config::new("tokens", crate::peer::server(issuer));
        let (session, thread) = native::start(vault.clone(), folder, config).expect("a session");
        Self { vault, session, _threads: [driver, thread] }
    }

    /// Everything that has been begun is done, and every key wiped.
    pub fn end(self) {
        let Self { vault, session, _threads } = self;
        drop((vault, session));
        for thread in _threads {
            thread.join().expect("no panic");
        }
    }
}

/// Fifty callers that ask for tokens until the time is up. One of them uses every twentieth at the
/// API, through the layer. Answers how many tokens were handed out.
pub fn fifty_callers(session: &Session, issuer: &str, time: Duration) -> Result<u64, String> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime");
    let origins = Origins::new([issuer]).expect("an origin");
    let builder = reqwest::Client::builder().no_proxy();
    let client = WithBearer::client(session.clone(), origins, builder).expect("a client").build();
    let until = Instant::now() + time;
    let callers: Vec<_> = (0..50)
        .map(|n| {
            let (session, issuer) = (session.clone(), issuer.to_owned());
            let client = client.clone();
            runtime.spawn(async move {
                let mut count = 0_u64;
                while Instant::now() < until {
                    let bearer =
                        session.bearer().await.map_err(|error: Error| error.to_string())?;
                    count += 1;
                    // The provider counts in whole seconds, so that a token may die on its way.
                    if n == 0 && count.is_multiple_of(20) {
                        let response = client.get(format!("{issuer}/api/x")).send().await;
                        match response.map_err(|error| error.to_string())?.status().as_u16() {
                            200 => {}
                            status => return Err(format!("the API answers {status}")),
                        }
                    }
                    drop(bearer);
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
                Ok(count)
            })
        })
        .collect();
    runtime.block_on(async {
        let mut sum = 0;
        for caller in callers {
            sum += caller.await.map_err(|error| error.to_string())??;
        }
        Ok(sum)
    })
}
