//! How long calls took.

use std::fmt;
use std::time::{Duration, Instant};

/// The durations of many calls.
#[derive(Debug, Clone, Default)]
pub struct Latency(Vec<Duration>);

impl Latency {
    /// Does something and notes how long it took.
    pub fn of<T>(&mut self, run: impl FnOnce() -> T) -> T {
        let began = Instant::now();
        let result = run();
        self.0.push(began.elapsed());
        result
    }

    /// How many calls there were.
    #[must_use]
    pub fn calls(&self) -> usize {
        self.0.len()
    }

    /// So many of a hundred calls took no longer than this.
    #[must_use]
    pub fn percentile(&self, percent: usize) -> Duration {
        let mut sorted = self.0.clone();
        sorted.sort_unstable();
        let rank = (sorted.len() * percent).div_ceil(100);
        sorted[rank.saturating_sub(1)]
    }
}

impl fmt::Display for Latency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [middle, p99, slowest] = [50, 99, 100].map(|percent| self.percentile(percent));
        write!(f, "{} calls: median {middle:.2?}, p99 {p99:.2?}, slowest {slowest:.2?}", self.calls())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_calls_that_were_made() {
        let latency = Latency((1..=200).rev().map(Duration::from_millis).collect());
        for (percent, ms) in [(0, 1), (50, 100), (99, 198), (100, 200)] {
            assert_eq!(latency.percentile(percent), Duration::from_millis(ms));
        }
        let one = Latency(vec![Duration::from_millis(7)]);
        assert_eq!(one.percentile(99), Duration::from_millis(7));
    }
}
