//! Measuring side by side: everyone takes one turn in each round, so that whatever slows the
//! machine down for a while slows everyone down.

use std::time::{Duration, Instant};

use crate::store::Outcome;

/// Whose first turn takes longer than this takes no further part.
const PATIENCE: Duration = Duration::from_secs(60);

/// Someone who takes part in a race.
pub struct Contestant<'a> {
    pub name: &'static str,
    turn: Box<dyn FnMut() -> Outcome<Duration> + 'a>,
}

impl<'a> Contestant<'a> {
    /// `turn` does the work once and says how long it took.
    pub fn new(name: &'static str, turn: impl FnMut() -> Outcome<Duration> + 'a) -> Self {
        Self {
            name,
            turn: Box::new(turn),
        }
    }

    /// `work` is short: a turn does it many times.
    pub fn repeated(name: &'static str, mut work: impl FnMut() -> Outcome<()> + 'a) -> Self {
        let mut times = None;
        Self::new(name, move || {
            let times = match times {
                Some(times) => times,
                None => *times.insert(times_in(Duration::from_millis(4), &mut work)?),
            };
            let start = Instant::now();
            for _ in 0..times {
                work()?;
            }
            Ok(start.elapsed() / times)
        })
    }
}

fn times_in(span: Duration, work: &mut impl FnMut() -> Outcome<()>) -> Outcome<u32> {
    let (start, mut times) = (Instant::now(), 0);
    while start.elapsed() < span {
        work()?;
        times += 1;
    }
    Ok(times)
}

/// How long a race goes on.
#[derive(Clone, Copy)]
pub struct Length {
    pub least_rounds: usize,
    pub most_rounds: usize,
    pub time: Duration,
    /// A rest before every turn, so that what one leaves for later is not done in the next one's
    /// turn.
    pub rest: Duration,
}

/// One contestant's times, one for each round; or why there are none.
pub struct Result {
    pub name: &'static str,
    pub times: std::result::Result<Vec<Duration>, String>,
}

impl Result {
    pub fn median(&self) -> Option<Duration> {
        let times = self.times.as_ref().ok()?;
        Some(Duration::from_secs_f64(quantile(seconds(times), 0.5)))
    }

    /// The ratios of these times to those of `other` in the same rounds.
    pub fn ratio(&self, other: &Self) -> Option<Ratio> {
        let (ours, others) = (self.times.as_ref().ok()?, other.times.as_ref().ok()?);
        let ratios: Vec<f64> = seconds(ours)
            .zip(seconds(others))
            .map(|(ours, others)| ours / others)
            .collect();
        let at = |q| quantile(ratios.iter().copied(), q);
        Some(Ratio {
            median: at(0.5),
            low: at(0.25),
            high: at(0.75),
            rounds: ratios.len(),
        })
    }
}

/// The median of the rounds' ratios, and the quartiles on both sides of it.
#[derive(Clone, Copy)]
pub struct Ratio {
    pub median: f64,
    pub low: f64,
    pub high: f64,
    pub rounds: usize,
}

fn seconds(times: &[Duration]) -> impl Iterator<Item = f64> {
    times.iter().map(Duration::as_secs_f64)
}

fn quantile(values: impl Iterator<Item = f64>, q: f64) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    let at = q * (values.len() - 1) as f64;
    let (low, high) = (values[at.floor() as usize], values[at.ceil() as usize]);
    low + (high - low) * at.fract()
}

/// Lets everyone take turns. The first round warms up and does not count; who comes first, and who
/// comes after whom, changes from round to round.
pub fn race(mut contestants: Vec<Contestant<'_>>, length: Length) -> Vec<Result> {
    let mut results: Vec<Result> = contestants
        .iter_mut()
        .map(|contestant| Result {
            name: contestant.name,
            times: warm_up(contestant),
        })
        .collect();
    let start = Instant::now();
    for round in 0..length.most_rounds {
        if round >= length.least_rounds && start.elapsed() > length.time {
            break;
        }
        for place in 0..contestants.len() {
            let place = if round % 2 == 0 {
                place
            } else {
                contestants.len() - 1 - place
            };
            let number = (place + round / 2) % contestants.len();
            std::thread::sleep(length.rest);
            let result = &mut results[number];
            if let Ok(times) = &mut result.times {
                match (contestants[number].turn)() {
                    Ok(time) => times.push(time),
                    Err(error) => result.times = Err(error.to_string()),
                }
            }
        }
    }
    results
}

fn warm_up(contestant: &mut Contestant<'_>) -> std::result::Result<Vec<Duration>, String> {
    let start = Instant::now();
    (contestant.turn)().map_err(|error| error.to_string())?;
    let took = start.elapsed();
    if took > PATIENCE {
        return Err(format!("too slow: one turn took {} s", took.as_secs()));
    }
    Ok(Vec::new())
}
