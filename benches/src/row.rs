//! One row of the table: a task at a size, Keyward's time, and what it is compared with.

use std::time::Duration;

use crate::race::{Ratio, Result};

pub const KEYWARD: &str = "Keyward";
pub const FLOOR: &str = "floor";
pub const STRONGHOLD: &str = "Stronghold";
pub const WAL: &str = "SQLCipher (WAL)";
pub const DELETE: &str = "SQLCipher (DELETE)";
pub const SECRET_SERVICE: &str = "Secret Service";

/// What a row is to show.
#[derive(Clone, Copy)]
pub enum Aim {
    Within(Duration),
    AtMost(f64, &'static str),
    NotSlowerThan(&'static str),
}

pub struct Row {
    pub task: &'static str,
    pub entries: usize,
    pub keyward: Option<Duration>,
    pub against: Vec<Against>,
    pub aims: Vec<(Aim, bool)>,
    /// Who does not take part, and why.
    pub absent: Vec<(&'static str, String)>,
}

pub struct Against {
    pub name: &'static str,
    pub time: Duration,
    /// Keyward's time divided by theirs.
    pub ratio: Ratio,
}

impl Row {
    /// The first of `results` is Keyward's.
    pub fn new(
        task: &'static str,
        entries: usize,
        results: Vec<Result>,
        mut absent: Vec<(&'static str, String)>,
        aims: Vec<Aim>,
    ) -> Self {
        for result in &results {
            if let Err(reason) = &result.times {
                absent.push((result.name, reason.clone()));
            }
        }
        let (keyward, others) = results
            .split_first()
            .expect("Keyward takes part in every race");
        let against = others
            .iter()
            .filter_map(|other| {
                let (name, ratio) = (other.name, keyward.ratio(other)?);
                Some(Against {
                    name,
                    time: other.median()?,
                    ratio,
                })
            })
            .collect();
        let mut row = Self {
            task,
            entries,
            keyward: keyward.median(),
            against,
            aims: Vec::new(),
            absent,
        };
        row.aims = aims.into_iter().map(|aim| (aim, row.meets(aim))).collect();
        row
    }

    pub fn against(&self, name: &str) -> Option<&Against> {
        self.against.iter().find(|against| against.name == name)
    }

    /// SQLCipher in the mode that is better for it here.
    pub fn against_sqlcipher(&self) -> Option<&Against> {
        [WAL, DELETE]
            .iter()
            .filter_map(|mode| self.against(mode))
            .min_by_key(|mode| mode.time)
    }

    fn meets(&self, aim: Aim) -> bool {
        let at_most = |bound: f64, name: &str| {
            self.against(name)
                .is_some_and(|against| against.ratio.median <= bound)
        };
        match aim {
            Aim::Within(bound) => self.keyward.is_some_and(|time| time <= bound),
            Aim::AtMost(bound, name) => at_most(bound, name),
            Aim::NotSlowerThan(name) => at_most(1.0, name),
        }
    }
}
