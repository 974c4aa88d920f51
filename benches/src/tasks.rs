//! What is measured: each task at each size is one race, and one row of the table.

use std::path::Path;
use std::time::{Duration, Instant};

use keyward::VaultType;

use crate::entries::{Entries, Random};
use crate::floor::{self, Map, WholeFile};
use crate::ours::{self, Keyward};
use crate::peers::secret_service::SecretService;
use crate::peers::sqlcipher::{self, Journal, SqlCipher};
use crate::peers::stronghold::{self, Stronghold};
use crate::race::{Contestant, Length, race};
use crate::row::{Aim, DELETE, FLOOR, KEYWARD, Row, SECRET_SERVICE, STRONGHOLD, WAL};
use crate::store::{Outcome, Store};

/// How many entries the commit of several entries has.
const SEVERAL: usize = 100;
/// Up to here the Secret Service takes part: it has one file for all items, one call and one
/// commit for each.
const MOST_ITEMS: usize = 100;

const READ: Length = Length {
    least_rounds: 20,
    most_rounds: 60,
    time: Duration::from_secs(4),
    rest: Duration::ZERO,
};
const WRITE: Length = Length {
    least_rounds: 15,
    most_rounds: 200,
    time: Duration::from_secs(12),
    rest: Duration::from_millis(3),
};
const OPEN: Length = Length {
    least_rounds: 15,
    most_rounds: 60,
    time: Duration::from_secs(20),
    rest: Duration::from_millis(3),
};

/// What a hash takes varies from one to the next by more than what is to be shown, and a round takes
/// two seconds. Keyward wipes the memory of its hash after the vault is open: the next turn begins when
/// that is done.
const OPEN_WITH_PASSCODE: Length = Length {
    least_rounds: 40,
    most_rounds: 60,
    time: Duration::from_secs(20),
    rest: Duration::from_millis(100),
};

/// A peer's name and its open store, or why it does not take part.
type Peer = (&'static str, Result<Box<dyn Store>, String>);

/// Everyone's open store with the same entries.
pub struct Field {
    entries: Entries,
    keyward: Keyward,
    map: Map,
    file: WholeFile,
    peers: Vec<Peer>,
}

impl Field {
    /// `service` says why the Secret Service cannot take part.
    pub fn fill(folder: &Path, size: usize, service: Result<(), String>) -> Outcome<Self> {
        let entries = Entries::generate(size, &mut Random(size as u64));
        let keyward = Keyward::filled(&folder.join("keyward"), &entries)?;
        let file = WholeFile::like(
            &ours::sealed_file(&folder.join("keyward")),
            &folder.join("floor"),
        )?;
        let sqlcipher = |name: &str, journal| {
            let key = sqlcipher::Key::Raw;
            boxed(SqlCipher::filled(
                &folder.join(name),
                journal,
                key,
                &entries,
            ))
        };
        let stronghold = folder.join("stronghold");
        let stronghold = Stronghold::filled(&stronghold, stronghold::Key::Raw, &entries);
        let service = match service {
            Ok(()) if size <= MOST_ITEMS => boxed(SecretService::filled(&entries)),
            Ok(()) => Err(format!(
                "not sensible beyond {MOST_ITEMS} entries: a commit for each"
            )),
            Err(reason) => Err(reason),
        };
        Ok(Self {
            map: Map::new(&entries),
            peers: vec![
                (STRONGHOLD, boxed(stronghold)),
                (WAL, sqlcipher("wal", Journal::Wal)),
                (DELETE, sqlcipher("delete", Journal::Delete)),
                (SECRET_SERVICE, service),
            ],
            entries,
            keyward,
            file,
        })
    }

    pub fn size(&self) -> usize {
        self.entries.names.len()
    }

    /// One value from an open store, as bytes.
    pub fn read(&mut self) -> Row {
        let size = self.size();
        let Self {
            entries,
            keyward,
            map,
            peers,
            ..
        } = self;
        let mut contestants = vec![
            Contestant::repeated(KEYWARD, in_any_order(entries, |name| keyward.read(name))),
            Contestant::repeated(FLOOR, in_any_order(entries, |name| map.read(name))),
        ];
        let absent = join(&mut contestants, peers, |name, store| {
            Contestant::repeated(name, in_any_order(entries, |name| store.read(name)))
        });
        let aims = vec![
            Aim::Within(Duration::from_micros(2)),
            Aim::NotSlowerThan(STRONGHOLD),
        ];
        Row::new(
            "read one (bytes)",
            size,
            race(contestants, READ),
            absent,
            aims,
        )
    }

    /// One value from an open store, parsed from JSON; only the floor does not parse.
    pub fn read_json(&mut self) -> Row {
        let size = self.size();
        let Self {
            entries,
            keyward,
            map,
            ..
        } = self;
        let contestants = vec![
            Contestant::repeated(
                KEYWARD,
                in_any_order(entries, |name| keyward.read_json(name)),
            ),
            Contestant::repeated(FLOOR, in_any_order(entries, |name| map.read(name))),
        ];
        let aims = vec![Aim::Within(Duration::from_micros(2))];
        Row::new(
            "read one (JSON)",
            size,
            race(contestants, READ),
            Vec::new(),
            aims,
        )
    }

    /// One new value, durable.
    pub fn write(&mut self) -> Row {
        let mut aims = vec![Aim::NotSlowerThan(STRONGHOLD)];
        if self.size() <= 100 {
            aims.push(Aim::AtMost(1.3, FLOOR));
        }
        let mut random = Random(2);
        let names = self.entries.names.clone();
        self.change("write one", aims, move |store| {
            let name = &names[random.below(names.len())];
            let value = random.value();
            timed(|| store.write(name, &value))
        })
    }

    /// [`SEVERAL`] new values in one commit.
    pub fn write_several(&mut self) -> Row {
        let mut random = Random(3);
        let mut some = self.entries.first(SEVERAL.min(self.size()));
        self.change(
            "write 100 at once",
            vec![Aim::NotSlowerThan(STRONGHOLD)],
            move |store| {
                some.values.fill_with(|| random.value());
                timed(|| store.write_many(&some))
            },
        )
    }

    /// All entries replaced, in one commit.
    pub fn import(&mut self) -> Row {
        let entries = self.entries.clone();
        self.change(
            "import all",
            vec![Aim::NotSlowerThan(STRONGHOLD)],
            move |store| timed(|| store.replace_all(&entries)),
        )
    }

    /// A change of the stored entries; the floor replaces a file of as many bytes.
    fn change(
        &mut self,
        task: &'static str,
        aims: Vec<Aim>,
        change: impl FnMut(&mut dyn Store) -> Outcome<Duration> + Clone,
    ) -> Row {
        let size = self.size();
        let Self {
            keyward,
            file,
            peers,
            ..
        } = self;
        let mut ours = change.clone();
        let mut contestants = vec![
            Contestant::new(KEYWARD, move || ours(keyward)),
            Contestant::new(FLOOR, || timed(|| file.write())),
        ];
        let absent = join(&mut contestants, peers, |name, store| {
            let mut change = change.clone();
            Contestant::new(name, move || change(&mut **store))
        });
        Row::new(task, size, race(contestants, WRITE), absent, aims)
    }
}

/// From a fresh handle to the first value, with the key at hand; the floor reads a file of as many
/// bytes. `folder` is one that a [`Field`] has filled.
pub fn open(folder: &Path, size: usize) -> Outcome<Row> {
    let name = Entries::generate(1, &mut Random(0)).names.remove(0);
    let ours = folder.join("keyward");
    let file = WholeFile::like(&ours::sealed_file(&ours), &folder.join("floor"))?;
    file.write()?;
    let contestants = vec![
        Contestant::new(KEYWARD, || {
            ours::open_and_read(&ours, VaultType::SecureStorage, &name)
        }),
        Contestant::new(FLOOR, || timed(|| file.read())),
        Contestant::new(STRONGHOLD, || {
            stronghold::open_and_read(&folder.join("stronghold"), stronghold::Key::Raw, &name)
        }),
        Contestant::new(WAL, || {
            sqlcipher::open_and_read(&folder.join("wal"), sqlcipher::Key::Raw, &name)
        }),
        Contestant::new(DELETE, || {
            sqlcipher::open_and_read(&folder.join("delete"), sqlcipher::Key::Raw, &name)
        }),
    ];
    let absent = vec![(
        SECRET_SERVICE,
        "its keyring is open for the whole session".to_owned(),
    )];
    let aims = vec![Aim::NotSlowerThan(STRONGHOLD)];
    Ok(Row::new(
        "open with key file",
        size,
        race(contestants, OPEN),
        absent,
        aims,
    ))
}

/// From a fresh handle to the first value, with a passcode; the floor is Argon2id alone. Everyone
/// uses its own default derivation.
pub fn open_with_passcode(folder: &Path, size: usize) -> Outcome<Row> {
    let entries = Entries::generate(size, &mut Random(size as u64));
    let name = &entries.names[0];
    let [ours, stronghold, wal] =
        ["keyward", "stronghold", "wal"].map(|name| folder.join(format!("{name}-passcode")));
    ours::make_passcode_vault(&ours, &entries)?;
    Stronghold::filled(&stronghold, stronghold::Key::Password, &entries)?;
    SqlCipher::filled(&wal, Journal::Wal, sqlcipher::Key::Passcode, &entries)?;
    let contestants = vec![
        Contestant::new(KEYWARD, || {
            ours::open_and_read(&ours, VaultType::CustomPasscode, name)
        }),
        Contestant::new(FLOOR, || timed(|| floor::argon2id(ours::PASSCODE))),
        Contestant::new(STRONGHOLD, || {
            stronghold::open_and_read(&stronghold, stronghold::Key::Password, name)
        }),
        Contestant::new(WAL, || {
            sqlcipher::open_and_read(&wal, sqlcipher::Key::Passcode, name)
        }),
    ];
    let absent = vec![(
        SECRET_SERVICE,
        "its keyring is open for the whole session".to_owned(),
    )];
    let aims = vec![Aim::AtMost(1.05, FLOOR), Aim::NotSlowerThan(STRONGHOLD)];
    Ok(Row::new(
        "open with passcode",
        size,
        race(contestants, OPEN_WITH_PASSCODE),
        absent,
        aims,
    ))
}

fn boxed<S: Store + 'static>(store: Outcome<S>) -> Result<Box<dyn Store>, String> {
    match store {
        Ok(store) => Ok(Box::new(store)),
        Err(error) => Err(error.to_string()),
    }
}

/// Adds the peers that take part to the contestants, and returns why others do not.
fn join<'a>(
    contestants: &mut Vec<Contestant<'a>>,
    peers: &'a mut [Peer],
    contestant: impl Fn(&'static str, &'a mut Box<dyn Store>) -> Contestant<'a>,
) -> Vec<(&'static str, String)> {
    let mut absent = Vec::new();
    for (name, peer) in peers {
        match peer {
            Ok(store) => contestants.push(contestant(name, store)),
            Err(reason) => absent.push((*name, reason.clone())),
        }
    }
    absent
}

/// Calls `work` for names picked at random, so that no two reads in a row find a warm cache line.
fn in_any_order<'a>(
    entries: &'a Entries,
    mut work: impl FnMut(&str) -> Outcome<()> + 'a,
) -> impl FnMut() -> Outcome<()> + 'a {
    let mut random = Random(1);
    move || work(&entries.names[random.below(entries.names.len())])
}

fn timed(work: impl FnOnce() -> Outcome<()>) -> Outcome<Duration> {
    let start = Instant::now();
    work()?;
    Ok(start.elapsed())
}
