//! What the machine spent: CPU time and memory of processes, commits of the database, the load beside us.

use std::{fs, time::Duration};

/// Clock ticks a second in `/proc`: 100 on every Linux that Rust's std supports.
const TICKS: f64 = 100.0;

/// The CPU time of a process so far.
pub fn cpu(pid: u32) -> Duration {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    // The name in brackets may hold spaces: count from the last bracket.
    let fields: Vec<&str> = stat
        .rsplit(')')
        .next()
        .unwrap_or_default()
        .split_whitespace()
        .collect();
    let ticks = |index: usize| {
        fields
            .get(index)
            .and_then(|text| text.parse::<f64>().ok())
            .unwrap_or_default()
    };
    Duration::from_secs_f64((ticks(11) + ticks(12)) / TICKS)
}

/// Resident memory of a process, in MiB. Pages that several processes share count in each.
pub fn resident(pid: u32) -> f64 {
    mebibytes(&format!("/proc/{pid}/status"), "VmRSS:")
}

/// Its proportional share, in MiB: a page that `n` processes share counts for an `n`-th. Summed up, each counts once.
pub fn proportional(pid: u32) -> f64 {
    mebibytes(&format!("/proc/{pid}/smaps_rollup"), "Pss:")
}

/// The number of kB behind `name` in a file of `/proc`.
fn mebibytes(path: &str, name: &str) -> f64 {
    let text = fs::read_to_string(path).unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    line.and_then(|rest| rest.split_whitespace().next()?.parse::<f64>().ok())
        .unwrap_or_default()
        / 1024.0
}

/// The CPU time of every process on this machine whose name is `name`, with what their ended children took.
pub fn cpu_by_name(name: &str) -> Duration {
    let Ok(processes) = fs::read_dir("/proc") else {
        return Duration::ZERO;
    };
    let pids = processes
        .flatten()
        .filter_map(|entry| entry.file_name().to_string_lossy().parse::<u32>().ok());
    pids.filter(|pid| {
        fs::read_to_string(format!("/proc/{pid}/comm")).is_ok_and(|comm| comm.trim() == name)
    })
    .map(cpu)
    .sum()
}

/// The load average of the last minute.
pub fn load() -> String {
    fs::read_to_string("/proc/loadavg")
        .unwrap_or_default()
        .split_whitespace()
        .next()
        .unwrap_or("?")
        .to_owned()
}

/// The `p`-th percentile (0 to 1) of sorted microseconds, in milliseconds.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a rank among some ten thousand samples"
)]
pub fn percentile(sorted: &[i64], p: f64) -> f64 {
    let rank = ((sorted.len() as f64 * p).ceil() as usize).clamp(1, sorted.len().max(1)) - 1;
    sorted
        .get(rank)
        .map_or(0.0, |micros| *micros as f64 / 1000.0)
}
