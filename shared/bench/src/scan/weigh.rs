//! What one run of a program costs, with everything it starts.

use std::{
    ffi::OsStr,
    io,
    path::Path,
    process::Stdio,
    time::{Duration, Instant},
};

use chassis::StartError;
use nix::sys::resource::{Usage, UsageWho, getrusage};
use nix::sys::time::TimeValLike;
use serde::{Deserialize, Serialize};
use tokio::process::Command;

/// What it cost.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
pub struct Cost {
    /// By the clock on the wall, seconds.
    pub wall: f64,
    /// Processor time of the program and all it started, seconds.
    pub cpu: f64,
    /// Resident memory of the largest of these processes at its largest, MiB.
    pub peak: f64,
}

/// What came of it.
#[derive(Debug)]
pub struct Run {
    /// What it cost.
    pub cost: Cost,
    /// Its standard output.
    pub output: Vec<u8>,
    /// Its exit code; none if it crashed or was ended because its time was up.
    pub code: Option<i32>,
}

/// What the scale writes on its last line of standard error.
#[derive(Serialize, Deserialize)]
struct Weight {
    cost: Cost,
    code: Option<i32>,
}

/// Runs a program on a scale: this very program as a process of its own, whose only child it is. So its processor time
/// and memory are told apart from everything that was measured before.
pub async fn run(
    program: &OsStr,
    arguments: &[&OsStr],
    folder: &Path,
    limit: Duration,
) -> Result<Run, StartError> {
    let because = |error: io::Error| StartError::because("starting the scale", &error);
    let (this, prefix) = crate::this_program()?;
    let child = Command::new(this)
        .args(prefix)
        .args(["weigh", "--seconds", &limit.as_secs().to_string(), "--"])
        .arg(program)
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .map_err(because)?;
    let answer = child.wait_with_output().await.map_err(because)?;
    let complaint = String::from_utf8_lossy(&answer.stderr);
    let last = complaint.lines().next_back().unwrap_or_default();
    let weight: Weight = serde_json::from_str(last).map_err(|_| {
        StartError::new(format!(
            "{} did not run: {}",
            program.display(),
            complaint.trim()
        ))
    })?;
    Ok(Run {
        cost: weight.cost,
        output: answer.stdout,
        code: weight.code,
    })
}

/// The scale: runs a program and tells its cost.
pub async fn weigh(command: &[String], limit: Duration) -> Result<(), StartError> {
    let [program, arguments @ ..] = command else {
        return Err(StartError::new("weigh: which program?"));
    };
    let begun = Instant::now();
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| StartError::because(program, &error))?;
    let because = |error: io::Error| StartError::because(program, &error);
    let code = if let Ok(ended) = tokio::time::timeout(limit, child.wait()).await {
        ended.map_err(because)?.code()
    } else {
        child.kill().await.map_err(because)?;
        None
    };
    let used = getrusage(UsageWho::RUSAGE_CHILDREN)
        .map_err(|error| StartError::because("getrusage", &error))?;
    let cost = Cost {
        wall: begun.elapsed().as_secs_f64(),
        cpu: cpu(&used),
        peak: peak(&used),
    };
    let line = serde_json::to_string(&Weight { cost, code })
        .map_err(|error| StartError::because("weigh", &error))?;
    eprintln!("\n{line}");
    Ok(())
}

#[expect(clippy::cast_precision_loss, reason = "microseconds of an hour")]
fn cpu(used: &Usage) -> f64 {
    (used.user_time().num_microseconds() + used.system_time().num_microseconds()) as f64 / 1e6
}

/// Linux counts it in KiB.
#[expect(clippy::cast_precision_loss, reason = "KiB of some GiB")]
fn peak(used: &Usage) -> f64 {
    used.max_rss() as f64 / 1024.0
}
