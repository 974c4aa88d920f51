//! After a sign-out, the process's own memory and the vault are searched for what must not be there
//! any more, and the provider is asked.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom};

use futures_executor::block_on;
use keyward_session::Revocation;

use crate::peer::Provider;
use crate::program::Program;

/// Bytes that are only ever in memory with every bit turned over, so that the search does not find
/// what it searches with.
pub struct Wanted(Vec<u8>);

impl Wanted {
    pub fn new(text: &str) -> Self {
        Self(text.bytes().map(|byte| !byte).collect())
    }

    /// How often the bytes stand in this process's writable memory.
    pub fn count(&self) -> usize {
        let mut memory = File::open("/proc/self/mem").unwrap();
        let maps = BufReader::new(File::open("/proc/self/maps").unwrap());
        let mut chunk = vec![0_u8; 1 << 20];
        let mut found = 0;
        for line in maps.lines() {
            let line = line.unwrap();
            let (range, rest) = line.split_once(' ').unwrap();
            if !rest.starts_with("rw") || rest.contains("[vvar") {
                continue;
            }
            let (start, end) = range.split_once('-').unwrap();
            let address = |text| u64::from_str_radix(text, 16).unwrap();
            let (mut at, end) = (address(start), address(end));
            let own = chunk.as_ptr() as u64..chunk.as_ptr() as u64 + chunk.len() as u64;
            while at < end {
                let len = (end - at).min(chunk.len() as u64) as usize;
                memory.seek(SeekFrom::Start(at)).unwrap();
                if memory.read_exact(&mut chunk[..len]).is_ok() {
                    let firsts = memchr::memchr_iter(!self.0[0], &chunk[..len]);
                    found += firsts
                        .filter(|offset| {
                            let window = chunk[..len].get(*offset..offset + self.0.len());
                            !own.contains(&(at + *offset as u64))
                                && window
                                    .is_some_and(|it| it.iter().zip(&self.0).all(|(a, b)| *a == !b))
                        })
                        .count();
                }
                chunk.fill(0);
                let overlap = if at + (len as u64) < end { self.0.len() as u64 - 1 } else { 0 };
                at += len as u64 - overlap;
            }
        }
        found
    }

    fn shown(&self) -> zeroize::Zeroizing<String> {
        let bytes = self.0.iter().map(|byte| !byte).collect();
        zeroize::Zeroizing::new(String::from_utf8(bytes).unwrap())
    }
}

#[test]
fn after_a_sign_out_no_token_is_left_anywhere() {
    crate::logs::take_down();
    let (provider, folder) = (Provider::start(60), tempfile::tempdir().unwrap());
    let program = Program::start(folder.path(), &provider.url(""));
    block_on(program.session.begin(provider.sign_in())).unwrap();
    // By a refresh, so that the tokens have gone through every part.
    let bearer = block_on(program.session.bearer()).unwrap();
    let bearer = { block_on(program.session.another(&bearer)).unwrap() };
    let access = Wanted::new(bearer.expose());
    let refresh = {
        let entry = block_on(program.vault.value("tokens")).unwrap().unwrap();
        let json =
            keyward::secret::Json::read(std::str::from_utf8(entry.expose()).unwrap()).unwrap();
        let members = json.object().unwrap();
        let (_, tokens) = members.iter().find(|(name, _)| name.text() == "\"tokens\"").unwrap();
        let members = tokens.object().unwrap();
        let (_, refresh) = members.iter().find(|(name, _)| name.text() == "\"refresh\"").unwrap();
        Wanted::new(refresh.plain_string().unwrap())
    };
    assert!(access.count() > 0, "the search finds what is there");
    drop(bearer);

    let out = block_on(program.session.logout()).unwrap();
    assert_eq!(out.revocation, Revocation::Done);
    assert_eq!(access.count(), 0, "the access token is still in memory");
    assert_eq!(refresh.count(), 0, "the refresh token is still in memory");
    assert!(block_on(program.vault.is_empty()).unwrap());
    program.end();
    // What was logged was in memory, too, but it is looked at by itself.
    let logged = crate::logs::written();
    assert!(logged.contains("127.0.0.1") || logged.contains("localhost"), "something was logged");
    for token in [&access, &refresh] {
        assert!(!logged.contains(token.shown().as_str()), "a token was logged");
    }
    assert_eq!(provider.api(&access.shown()), 401);
    assert_ne!(provider.spend(&refresh.shown()), 200);
}
