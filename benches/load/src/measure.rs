//! Processor time and its spread.

use std::fmt;
use std::fs;
use std::time::{Duration, Instant};

use crate::Outcome;
use crate::sign::Key;

/// Verifications of one measurement.
const VERIFICATIONS: u32 = 2000;

/// The processor time that a process has used, over all of its threads.
pub fn cpu_of(process: u32) -> Outcome<Duration> {
    let mut sum = 0;
    for task in fs::read_dir(format!("/proc/{process}/task"))? {
        let file = fs::read_to_string(task?.path().join("schedstat"))?;
        let spent = file.split_whitespace().next().ok_or("an empty schedstat")?;
        sum += spent.parse::<u64>()?;
    }
    Ok(Duration::from_nanos(sum))
}

/// The memory that a process holds, in bytes.
pub fn rss_of(process: u32) -> Outcome<f64> {
    let status = fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).ok_or("no VmRSS")?;
    let kib = line.split_whitespace().next().ok_or("an empty VmRSS")?;
    Ok(kib.parse::<f64>()? * 1024.0)
}

/// Microseconds of one ES256 verification in this process, with the library that the lab uses.
pub fn verification(key: &Key) -> Outcome<f64> {
    let message = [b'm'; 300];
    let signature = key.sign(&message)?;
    let process = std::process::id();
    let (before, began) = (cpu_of(process)?, Instant::now());
    for _ in 0..VERIFICATIONS {
        key.verify(&message, &signature)?;
    }
    // A thread's account may be updated late; never more than the wall says.
    let used = (cpu_of(process)? - before).min(began.elapsed());
    Ok(used.as_secs_f64() * 1e6 / f64::from(VERIFICATIONS))
}

/// What one path cost in each round.
pub struct Series {
    name: &'static str,
    cpu_us: Vec<f64>,
    rates: Vec<f64>,
}

impl Series {
    pub const fn new(name: &'static str) -> Self {
        Self { name, cpu_us: Vec::new(), rates: Vec::new() }
    }

    pub fn add(&mut self, cpu_us: f64, rate: Option<f64>) {
        self.cpu_us.push(cpu_us);
        self.rates.extend(rate);
    }

    pub fn median(&self) -> f64 {
        middle(&self.cpu_us)
    }

    pub fn least(&self) -> f64 {
        self.cpu_us.iter().copied().fold(f64::INFINITY, f64::min)
    }

    pub fn most(&self) -> f64 {
        self.cpu_us.iter().copied().fold(0.0, f64::max)
    }

    /// Requests a second, the median.
    pub fn rate(&self) -> f64 {
        middle(&self.rates)
    }
}

impl fmt::Display for Series {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (low, median, high) = (self.least(), self.median(), self.most());
        write!(f, "{:27} {median:7.1} µs of processor ({low:.1} to {high:.1})", self.name)?;
        if !self.rates.is_empty() {
            write!(f, "  {:6.0}/s", self.rate())?;
        }
        Ok(())
    }
}

/// The median.
pub fn middle(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or(f64::NAN)
}
