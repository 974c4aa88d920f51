//! Who walks: ordinary days, programs that are killed, losses, and ways back.

use std::collections::BTreeMap;

use keyward::{Error, NextStep, Recovery, VaultType, inspect};
use keyward_conformance::faulty_store::Fault;
use keyward_conformance::simulated_device::Answer;

use crate::support::{config, name, vector};
use crate::world::{Backup, TYPES, World, expected};

pub(crate) struct Walker {
    random: Random,
    world: World,
    /// An older copy of the same vault, which its keys still open.
    older: Option<Backup>,
    pub(crate) steps: u64,
    /// How often it came where.
    pub(crate) seen: BTreeMap<&'static str, u64>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Loss {
    KeyDeleted,
    Refused(Answer),
    Truncated,
    Flipped,
    Deleted,
    OlderCopy,
    NewerVersion,
    RegistryGone,
    RegistryDamaged,
    ClockBack,
}

const LOSSES: [Loss; 12] = [
    Loss::KeyDeleted,
    Loss::Refused(Answer::Unavailable),
    Loss::Refused(Answer::LockedOut),
    Loss::Refused(Answer::Unsupported),
    Loss::Truncated,
    Loss::Flipped,
    Loss::Deleted,
    Loss::OlderCopy,
    Loss::NewerVersion,
    Loss::RegistryGone,
    Loss::RegistryDamaged,
    Loss::ClockBack,
];

/// One or two losses, and what they leave.
struct Losses {
    all: Vec<Loss>,
    before: Backup,
    /// The type whose protector has lost its keys.
    keys_lost: Option<VaultType>,
    /// The seal of the stored bytes does not verify, though everything else of them reads.
    broken_seal: bool,
}

impl Losses {
    fn has(&self, loss: Loss) -> bool {
        self.all.contains(&loss)
    }

    fn remembered(&self) -> bool {
        !self.has(Loss::RegistryGone) && !self.has(Loss::RegistryDamaged)
    }
}

impl Walker {
    pub(crate) fn new(seed: u64) -> Self {
        let (steps, seen) = (0, BTreeMap::new());
        Self { random: Random(seed), world: World::new(), older: None, steps, seen }
    }

    pub(crate) fn step(&mut self) {
        match self.random.below(10) {
            0..4 => self.ordinary(),
            4 => self.fault(),
            _ => self.lose(),
        }
    }

    fn came_to(&mut self, place: &'static str) {
        self.steps += 1;
        *self.seen.entry(place).or_default() += 1;
    }

    /// What happens every day, and is all there afterwards.
    fn ordinary(&mut self) {
        let world = &mut self.world;
        let (desk, vault) = (&world.desk, world.program.vault.clone());
        let entry = self.random.entry();
        match self.random.below(12) {
            0..3 => {
                let value = self.random.next();
                desk.run(vault.set(&entry, &value)).unwrap();
                world.model.entries.insert(entry, value);
            }
            3 => {
                desk.run(vault.remove(&entry)).unwrap();
                world.model.entries.remove(&entry);
            }
            4 => desk.run(vault.lock()).unwrap(),
            5 => world.restart().unwrap(),
            6 => {
                let vault_type = TYPES[self.random.below(3)];
                desk.run(vault.update_config(config(vault_type))).unwrap();
                world.model.vault_type = vault_type;
            }
            7 | 8 => world.model.code = Some(desk.run(vault.enroll_recovery()).unwrap()),
            9 if self.random.below(4) == 0 => {
                desk.run(vault.revoke_recovery()).unwrap();
                world.model.code = None;
            }
            10 if self.random.below(4) == 0 => self.begin_anew(),
            _ => self.older = Some(world.backup()),
        }
        self.all_is_well();
    }

    /// Clears the vault and fills it again.
    fn begin_anew(&mut self) {
        let (desk, vault) = (&self.world.desk, &self.world.program.vault);
        desk.run(vault.clear()).unwrap();
        assert_eq!(self.world.read(), Ok(BTreeMap::new()));
        assert_eq!(self.world.health().condition.name(), "empty");
        let value = self.random.next();
        desk.run(vault.set("anchor", &value)).unwrap();
        let vault_type = vault.config().unwrap().vault_type;
        let model = &mut self.world.model;
        model.entries = BTreeMap::from([("anchor".to_owned(), value)]);
        (model.vault_type, model.code) = (vault_type, None);
        // Its keys are forgotten.
        self.older = None;
        self.came_to("empty");
    }

    /// The data are there, and nothing is said to be wrong.
    fn all_is_well(&mut self) {
        let health = self.world.health();
        assert!(health.older.is_none(), "{health:?}");
        assert!(self.world.model.code.is_none() || health.recoverable, "{health:?}");
        let condition = health.condition.name();
        assert!(["intact", "locked"].contains(&condition), "{health:?}");
        assert_eq!(self.world.read().as_ref(), Ok(&self.world.model.entries));
        assert_eq!(self.world.health().condition.name(), "intact");
        self.came_to(condition);
    }

    /// Something fails, or the power goes, in the middle of an operation.
    fn fault(&mut self) {
        let before = self.world.model.clone();
        let mut after = before.clone();
        let fault = Fault::ALL[self.random.below(4)];
        let entry = self.random.entry();
        let what = self.random.below(5);
        self.world.script.fail_at(1 + self.random.below(9) as u64, fault);
        let (desk, vault) = (&self.world.desk, &self.world.program.vault);
        let acknowledged = match what {
            0 => {
                let value = self.random.next();
                after.entries.insert(entry.clone(), value);
                desk.run(vault.set(&entry, &value)).is_ok()
            }
            1 => {
                after.entries.remove(&entry);
                desk.run(vault.remove(&entry)).is_ok()
            }
            2 => {
                after.vault_type = TYPES[self.random.below(3)];
                desk.run(vault.update_config(config(after.vault_type))).is_ok()
            }
            3 => {
                // One that was not acknowledged may have taken the place of the one before.
                let code = desk.run(vault.enroll_recovery());
                after.code = code.as_ref().ok().cloned();
                self.world.model.code = None;
                code.is_ok()
            }
            _ => {
                after.entries.clear();
                after.code = None;
                self.world.model.code = None;
                // Its keys may be forgotten.
                self.older = None;
                desk.run(vault.clear()).is_ok()
            }
        };
        self.world.script.revive();
        self.world.restart().unwrap();
        let told = self.world.program.take_events();
        assert!(!told.contains(&"Older".to_owned()), "{told:?}");
        let found = self.world.read().unwrap();
        let vault_type = self.world.program.vault.config().unwrap().vault_type;
        let is = |model: &crate::world::Model| {
            (&model.entries, model.vault_type) == (&found, vault_type)
        };
        // What an emptied vault was to be is the next program's to say.
        let emptied = what == 4 && found.is_empty();
        assert!(is(&after) || emptied || (!acknowledged && is(&before)), "{what} {fault:?}");
        self.world.model.entries.clone_from(&found);
        self.world.model.vault_type = vault_type;
        if acknowledged {
            self.world.model.code = after.code;
        }
        if emptied {
            self.begin_anew();
        }
        self.came_to("fault");
        self.all_is_well();
    }

    /// One or two losses at once; what is told of them; and a way back.
    fn lose(&mut self) {
        let open = self.world.read().is_ok() && self.random.below(3) == 0;
        let losses = self.inflict();
        if open {
            self.still_in_memory(&losses);
        }
        let bytes = self.world.desk.stored();
        let initialized = self.world.restart();
        let forgotten = bytes.is_none() && !losses.remembered();
        if forgotten {
            // What nobody remembers cannot be missed: it looks like a first run, but for the event.
            initialized.unwrap();
            assert_eq!(self.world.read(), Ok(BTreeMap::new()));
            self.came_to("empty");
        } else {
            self.is_told(&losses, &initialized);
            assert_eq!(
                self.world.desk.stored(),
                bytes,
                "{:?}: the bytes are untouched",
                losses.all
            );
        }
        self.way_back(&losses);
        self.all_is_well();
    }

    fn inflict(&mut self) -> Losses {
        let all = match self.random.below(4) {
            0 => vec![self.random.loss(), self.random.loss()],
            _ => vec![self.random.loss()],
        };
        let before = self.world.backup();
        let mut losses = Losses { all, before, keys_lost: None, broken_seal: false };
        for loss in losses.all.clone() {
            self.inflict_one(loss, &mut losses);
        }
        let stored = self.world.desk.stored();
        losses.broken_seal = stored.is_some_and(|bytes| {
            let is_copy = self.older.as_ref().is_some_and(|older| older.sealed == bytes);
            inspect(&bytes).is_ok() && !is_copy && bytes != losses.before.sealed
        });
        losses
    }

    fn inflict_one(&mut self, loss: Loss, losses: &mut Losses) {
        let vault_type = self.world.model.vault_type;
        let world = &mut self.world;
        match loss {
            Loss::KeyDeleted => {
                world.protector(vault_type).lose_keys();
                losses.keys_lost = Some(vault_type);
            }
            Loss::Refused(answer) => world.protector(vault_type).answer_with(answer),
            Loss::Deleted => world.desk.put(None),
            Loss::NewerVersion => world.desk.put(Some(&vector("version-3"))),
            Loss::OlderCopy => match &self.older {
                Some(older) => world.desk.put(Some(&older.sealed)),
                // There is none yet: this one is, from now on.
                None => self.older = Some(losses.before.clone()),
            },
            Loss::Truncated | Loss::Flipped => {
                let Some(mut bytes) = world.desk.stored().filter(|bytes| !bytes.is_empty()) else {
                    return;
                };
                let place = self.random.below(bytes.len());
                if loss == Loss::Truncated {
                    bytes.truncate(place);
                } else {
                    bytes[place] ^= 1 << self.random.below(8);
                }
                world.desk.put(Some(&bytes));
            }
            Loss::RegistryGone => world.desk.put_record(None),
            Loss::RegistryDamaged => {
                let mut record = world.desk.record().unwrap_or_default();
                record.push(0);
                world.desk.put_record(Some(&record));
            }
            Loss::ClockBack => {
                let millis = self.random.next() % 1_700_000_000_000;
                world.desk.clock.set_wall(millis);
            }
        }
    }

    /// A program that was open keeps its entries, whatever happens outside of it, unless it follows
    /// bytes that somebody else has stored.
    fn still_in_memory(&mut self, losses: &Losses) {
        let keeps =
            |loss: &Loss| matches!(loss, Loss::KeyDeleted | Loss::Refused(_) | Loss::Deleted);
        if !losses.all.iter().all(keeps) {
            return;
        }
        self.world.desk.settle();
        assert_eq!(
            self.world.read().as_ref(),
            Ok(&losses.before.model.entries),
            "{:?}",
            losses.all
        );
        let condition = self.world.health().condition.name();
        if losses.has(Loss::Deleted) {
            assert_eq!(condition, "vanished");
            let written = self.world.desk.run(self.world.program.vault.set("anchor", &0));
            assert!(matches!(written, Err(Error::Vanished)), "{written:?}");
            assert_eq!(self.world.desk.stored(), None);
        } else {
            assert_eq!(condition, "intact");
        }
        self.came_to("read from memory");
    }

    /// What a program that has just been started reports.
    fn is_told(&mut self, losses: &Losses, initialized: &Result<(), Error>) {
        let world = &self.world;
        let (mut condition, mut error) = expected(world, losses.remembered(), losses.keys_lost);
        if losses.broken_seal && error.is_none() {
            error = Some("Damaged");
            if condition == "intact" {
                condition = "damaged";
            }
        }
        let context = format!("{:?}", losses.all);
        let unreadable = ["vanished", "damaged", "too-new"].contains(&condition);
        match initialized {
            Ok(()) => assert!(!unreadable || losses.broken_seal, "{context}: {condition}"),
            Err(failed) => {
                assert!(unreadable, "{context}: {failed:?}");
                assert_eq!(Some(name(failed).as_str()), error, "{context}");
            }
        }

        let health = world.health();
        assert_eq!(health.condition.name(), condition, "{context}: {health:?}");
        let is_older = self.is_older(losses);
        assert_eq!(health.older.is_some(), is_older, "{context}: {health:?}");
        let told = world.program.take_events();
        assert_eq!(told.contains(&"Older".to_owned()), is_older, "{context}: {told:?}");

        match (world.read(), error) {
            (Err(found), Some(expected)) => assert_eq!(found, expected, "{context}"),
            (Ok(found), None) => assert_eq!(found, self.readable(losses), "{context}"),
            (read, expected) => panic!("{context}: {read:?}, not {expected:?}"),
        }
        if let Some(expected) = error {
            let bytes = world.desk.stored();
            for write in [world.program.vault.set("anchor", &0), world.program.vault.remove("a")] {
                let written = world.desk.run(write);
                assert_eq!(written.map_err(|error| name(&error)), Err(expected.to_owned()));
            }
            assert_eq!(world.desk.stored(), bytes, "{context}: nothing is written");
        } else {
            assert_ne!(health.next_step(), NextStep::BringBackKey);
        }
        if is_older {
            self.came_to("older");
        }
        self.came_to(condition);
    }

    /// Whether what is stored is older than what the device has seen.
    fn is_older(&self, losses: &Losses) -> bool {
        let stored = self.world.desk.stored();
        let stored = stored.and_then(|bytes| inspect(&bytes).ok());
        let newest = inspect(&losses.before.sealed).unwrap();
        losses.remembered()
            && stored.is_some_and(|it| it.vault == newest.vault && it.epoch < newest.epoch)
    }

    /// The entries that are in the stored bytes.
    fn readable(&self, losses: &Losses) -> BTreeMap<String, u64> {
        let stored = self.world.desk.stored().unwrap();
        match &self.older {
            Some(older) if older.sealed == stored => older.model.entries.clone(),
            _ => losses.before.model.entries.clone(),
        }
    }

    fn way_back(&mut self, losses: &Losses) {
        let stored = self.world.desk.stored();
        let is_copy =
            |bytes: &Vec<u8>| self.older.as_ref().is_some_and(|older| older.sealed == *bytes);
        let is_older_copy = stored.as_ref().is_some_and(is_copy);
        let is_newest = stored.as_ref() == Some(&losses.before.sealed);
        let is_older = is_older_copy && !is_newest;
        let refused = losses.all.iter().any(|loss| matches!(loss, Loss::Refused(_)));
        match self.random.below(4) {
            0 | 1 if losses.keys_lost.is_some() && !refused => self.recover(losses, is_older),
            0 | 1 if is_older && !refused => self.go_on_with_the_older(),
            2 if self.random.below(3) == 0 => self.give_up(),
            _ => {
                self.world.restore(&losses.before);
                self.world.restart().unwrap();
                self.came_to("brought back");
            }
        }
    }

    /// With a code, if there is one for these bytes; otherwise by bringing everything back. The bytes
    /// themselves have to be there.
    fn recover(&mut self, losses: &Losses, older: bool) {
        let model = match &self.older {
            Some(copy) if older => copy.model.clone(),
            _ => losses.before.model.clone(),
        };
        let Some(code) = model.code.clone() else {
            self.world.restore(&losses.before);
            self.world.restart().unwrap();
            self.came_to("brought back");
            return;
        };
        if !older {
            self.world.desk.put(Some(&losses.before.sealed));
            self.world.restart().unwrap();
        }
        let (desk, vault) = (&self.world.desk, &self.world.program.vault);
        assert!(self.world.health().recoverable);
        desk.run(vault.recover(Recovery::Code(code))).unwrap();
        assert_eq!(self.world.read().as_ref(), Ok(&model.entries));
        self.world.model = model;
        // Its protector has another key now.
        self.older = None;
        self.world.restart().unwrap();
        self.came_to("recovered");
    }

    /// Operations go on, and a change of the protection decides for this copy.
    fn go_on_with_the_older(&mut self) {
        self.world.model = self.older.take().unwrap().model;
        let (desk, vault) = (&self.world.desk, self.world.program.vault.clone());
        let value = self.random.next();
        desk.run(vault.set("anchor", &value)).unwrap();
        self.world.model.entries.insert("anchor".to_owned(), value);
        self.world.model.code = Some(desk.run(vault.enroll_recovery()).unwrap());
        self.came_to("went on with the older");
    }

    /// As apps do: neither of the two asks or fails, whatever was lost.
    fn give_up(&mut self) {
        let condition = self.world.health().condition.name();
        let vault = self.world.program.vault.clone();
        let prompts = self.world.desk.person.prompts_shown();
        if ["key-lost", "vanished"].contains(&condition) {
            let to = config(VaultType::SecureStorage);
            self.world.desk.run(vault.update_config(to)).unwrap();
        }
        self.world.desk.run(vault.clear()).unwrap();
        assert_eq!(self.world.desk.person.prompts_shown(), prompts, "nobody is asked");
        assert_eq!(self.world.desk.record(), None, "nothing is missed any more");
        self.world.desk.device.answer_with(Answer::Truthfully);
        self.world.desk.person.answer_with(Answer::Truthfully);
        self.begin_anew();
        self.came_to("cleared");
    }
}

/// SplitMix64 (Steele, Lea, Flood: "Fast Splittable Pseudorandom Number Generators", 2014).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }

    fn entry(&mut self) -> String {
        ["a", "b", "c", "token"][self.below(4)].to_owned()
    }

    fn loss(&mut self) -> Loss {
        LOSSES[self.below(LOSSES.len())]
    }
}
