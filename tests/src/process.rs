//! What the kernel says of a running process.

use std::fs;
use std::time::Duration;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// A process, looked at from outside through `/proc`.
#[derive(Debug, Clone, Copy)]
pub struct Process(u32);

impl Process {
    /// The one with this id.
    #[must_use]
    pub fn new(pid: u32) -> Self {
        Self(pid)
    }

    /// This one.
    #[must_use]
    pub fn own() -> Self {
        Self(std::process::id())
    }

    /// Memory it has in use, in KiB.
    #[must_use]
    pub fn rss_kib(self) -> u64 {
        self.kib("VmRSS")
    }

    /// A figure of `/proc/PID/status` that is in KiB.
    #[must_use]
    pub fn kib(self, field: &str) -> u64 {
        let text = self.field("status", &format!("{field}:"));
        let (figure, unit) = text.split_once(' ').unwrap();
        assert_eq!(unit, "kB", "{field}");
        figure.parse().unwrap()
    }

    /// What follows these words in a line of a file of `/proc/PID`.
    #[must_use]
    pub fn field(self, file: &str, name: &str) -> String {
        let text = self.read(file);
        let rest = text.lines().find_map(|line| line.strip_prefix(name));
        rest.unwrap_or_else(|| panic!("/proc/{}/{file} has no {name}", self.0)).trim().to_owned()
    }

    /// Descriptors it has open.
    #[must_use]
    pub fn descriptors(self) -> usize {
        fs::read_dir(format!("/proc/{}/fd", self.0)).unwrap().count()
    }

    /// Time its threads have spent on a processor, since it began.
    #[must_use]
    pub fn cpu(self) -> Duration {
        let stat = self.read("stat");
        // The program's name, in brackets, may hold anything.
        let (_, fields) = stat.rsplit_once(')').unwrap();
        let fields: Vec<_> = fields.split_whitespace().collect();
        let ticks: u64 = USER_AND_SYSTEM.iter().map(|at| fields[*at].parse::<u64>().unwrap()).sum();
        Duration::from_millis(ticks * TICK_MS)
    }

    fn read(self, file: &str) -> String {
        fs::read_to_string(format!("/proc/{}/{file}", self.0)).unwrap()
    }
}

/// Lets this process open as many descriptors as it is allowed to; says how many.
pub fn raise_descriptors() -> u64 {
    let now = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: now.maximum, maximum: now.maximum }).unwrap();
    now.maximum.unwrap_or(u64::MAX)
}

/// `utime` and `stime`, counted from the field after the name.
const USER_AND_SYSTEM: [usize; 2] = [11, 12];
/// What Linux counts these two in is a hundredth of a second on every machine we build for.
const TICK_MS: u64 = 10;

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::time::Instant;

    use super::*;

    #[test]
    fn sees_memory_descriptors_and_work() {
        let own = Process::own();
        assert!(own.rss_kib() > 1_000 && own.kib("VmSize") >= own.rss_kib());
        assert_eq!(own.field("status", "Pid:"), std::process::id().to_string());
        let before = own.descriptors();
        let held: Vec<_> = (0..50).map(|_| File::open("/dev/null").unwrap()).collect();
        assert!(own.descriptors() >= before + 40, "other tests open and close, too, but not so many");
        drop(held);
        let (cpu, began) = (own.cpu(), Instant::now());
        while own.cpu() < cpu + Duration::from_millis(50) {
            assert!(began.elapsed() < Duration::from_secs(60), "work does not show");
        }
    }
}
