//! What a worker process does to itself before it touches a stranger's bytes: it gives up memory, time, the network, every
//! file but its own folder's, and whatever else decoding needs none of. None of it can be taken back.
//!
//! Limits are always set. Where the kernel has no Landlock or no seccomp, the rest holds and [`Enforced`] says what is lacking.

use std::{collections::BTreeMap, path::PathBuf};

use landlock::{
    ABI, Access, AccessFs, AccessNet, CompatLevel, Compatible, Ruleset, RulesetAttr,
    RulesetCreatedAttr, RulesetError, RulesetStatus, Scope, path_beneath_rules,
};
use rustix::process::{Resource, Rlimit, setrlimit};
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter,
    SeccompRule,
};
use serde::{Deserialize, Serialize};

/// Bytes of addresses a program may use: the largest picture taken needs about a third of it.
pub const MEMORY: u64 = 1536 * 1024 * 1024;
/// The largest file it may write into its folder.
const FILE: u64 = 512 * 1024 * 1024;
/// Files it may have open at once.
const OPEN_FILES: u64 = 128;
/// The newest rules known to this program; an older kernel enforces those it knows.
const RULES: ABI = ABI::V6;
/// What programs, their libraries, fonts and models are read from.
const READABLE: [&str; 17] = [
    "/usr",
    "/lib",
    "/lib64",
    "/bin",
    "/etc/alternatives",
    "/etc/fonts",
    "/etc/ld.so.cache",
    "/etc/localtime",
    "/etc/xpdf",
    "/nix/store",
    "/proc/cpuinfo",
    "/proc/meminfo",
    "/sys/devices/system/cpu",
    "/var/cache/fontconfig",
    "/dev/urandom",
    "/dev/zero",
    "/dev/null",
];

/// How narrow the fence is.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Fence {
    /// The one folder it may write to.
    pub folder: PathBuf,
    /// What it may read beside what every program does.
    pub readable: Vec<PathBuf>,
    /// Seconds of computing.
    pub seconds: u64,
    /// Bytes of addresses; what the program itself takes counts.
    pub memory: u64,
}

/// What of the fence this kernel enforces beside the limits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Enforced {
    /// No other files, no network (Landlock): wholly, or as far as an older kernel knows.
    pub files: Strength,
    /// No sockets, no other kernel services that decoding needs none of (seccomp).
    pub calls: bool,
}

/// How much of a rule holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Strength {
    /// Nothing of it.
    #[default]
    None,
    /// What an older kernel knows of it.
    Some,
    /// All of it.
    All,
}

impl Enforced {
    /// Whether nothing is lacking.
    pub fn is_whole(self) -> bool {
        self.files == Strength::All && self.calls
    }
}

impl Fence {
    /// Fences this process in, and what it may become.
    pub fn enter(&self) -> std::io::Result<Enforced> {
        for (resource, most) in [
            (Resource::As, self.memory),
            (Resource::Cpu, self.seconds),
            (Resource::Fsize, FILE),
            (Resource::Nofile, OPEN_FILES),
            (Resource::Core, 0),
        ] {
            let limit = Rlimit {
                current: Some(most),
                maximum: Some(most),
            };
            setrlimit(resource, limit)?;
        }
        Ok(Enforced {
            files: self.files().unwrap_or_default(),
            calls: calls().is_ok(),
        })
    }

    fn files(&self) -> Result<Strength, RulesetError> {
        let own = AccessFs::from_all(RULES) & !AccessFs::Execute;
        let readable = READABLE.iter().map(PathBuf::from);
        let readable = readable.chain(self.readable.iter().cloned());
        let status = Ruleset::default()
            .set_compatibility(CompatLevel::BestEffort)
            .handle_access(AccessFs::from_all(RULES))?
            .handle_access(AccessNet::from_all(RULES))?
            .scope(Scope::from_all(RULES))?
            .create()?
            .add_rules(path_beneath_rules(readable, AccessFs::from_read(RULES)))?
            .add_rules(path_beneath_rules([&self.folder], own))?
            .add_rules(path_beneath_rules(["/dev/null"], AccessFs::WriteFile))?
            .restrict_self()?;
        Ok(match status.ruleset {
            RulesetStatus::FullyEnforced => Strength::All,
            RulesetStatus::PartiallyEnforced => Strength::Some,
            RulesetStatus::NotEnforced => Strength::None,
        })
    }
}

/// Calls that no decoder makes and that lead out of the fence, or into a kernel's less trodden parts.
const CALLS: [i64; 33] = [
    libc::SYS_socket,
    libc::SYS_socketpair,
    libc::SYS_io_uring_setup,
    libc::SYS_io_uring_enter,
    libc::SYS_io_uring_register,
    libc::SYS_ptrace,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_pidfd_getfd,
    libc::SYS_bpf,
    libc::SYS_perf_event_open,
    libc::SYS_userfaultfd,
    libc::SYS_add_key,
    libc::SYS_request_key,
    libc::SYS_keyctl,
    libc::SYS_mount,
    libc::SYS_umount2,
    libc::SYS_pivot_root,
    libc::SYS_chroot,
    libc::SYS_fsopen,
    libc::SYS_open_tree,
    libc::SYS_move_mount,
    libc::SYS_unshare,
    libc::SYS_setns,
    libc::SYS_kexec_load,
    libc::SYS_init_module,
    libc::SYS_finit_module,
    libc::SYS_delete_module,
    libc::SYS_personality,
    // Who leaves its group is not ended with it.
    libc::SYS_setsid,
    libc::SYS_setpgid,
    libc::SYS_setrlimit,
    libc::SYS_setuid,
];

fn calls() -> Result<(), Box<dyn std::error::Error>> {
    let mut rules: BTreeMap<i64, Vec<SeccompRule>> =
        CALLS.into_iter().map(|call| (call, Vec::new())).collect();
    // Limits may be asked for, which libraries do, and not be set.
    let sets = SeccompCondition::new(2, SeccompCmpArgLen::Qword, SeccompCmpOp::Ne, 0)?;
    rules.insert(libc::SYS_prlimit64, vec![SeccompRule::new(vec![sets])?]);
    let refused = SeccompAction::Errno(u32::try_from(libc::EPERM)?);
    let here = std::env::consts::ARCH.try_into()?;
    let filter: BpfProgram =
        SeccompFilter::new(rules, SeccompAction::Allow, refused, here)?.try_into()?;
    Ok(seccompiler::apply_filter(&filter)?)
}
