//! What becomes of programs that misbehave: each its own end, and nobody else's.

use super::*;
use crate::{
    domain::{Finding, MediaType},
    reading::Reading,
};
use std::time::Instant;

const SHELL: Program = Program {
    name: "sh",
    package: "dash",
};
const ALLOWANCE: Allowance = Allowance {
    time: Duration::from_secs(10),
    output: 1000,
};

async fn shell(script: &str, input: &'static [u8], allowance: Allowance) -> Result<Answer, Error> {
    let folder = tempfile::tempdir().unwrap();
    let surroundings = Surroundings::default();
    surroundings
        .run(
            SHELL,
            ["-c", script],
            folder.path(),
            Bytes::from_static(input),
            allowance,
        )
        .await
}

#[tokio::test]
async fn a_program_answers_in_a_clean_environment() {
    let answer = shell(
        "cat; pwd >&2; env | grep -c SHLVL_OF_PARENT; exit 3",
        b"in",
        ALLOWANCE,
    )
    .await
    .unwrap();
    assert_eq!(answer.output, b"in0\n");
    assert_eq!(answer.status.code(), Some(3));
    assert!(answer.complaint.contains("tmp"));
}

#[tokio::test]
async fn a_program_that_hangs_is_ended() {
    let short = Allowance {
        time: Duration::from_millis(200),
        ..ALLOWANCE
    };
    let begun = Instant::now();
    assert!(matches!(
        shell("exec sleep 60", b"", short).await,
        Err(Error::TimedOut("sh"))
    ));
    assert!(begun.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn a_program_that_never_stops_talking_is_not_believed() {
    let answer = shell("head -c 100000 /dev/zero", b"", ALLOWANCE).await;
    assert!(matches!(answer, Err(Error::TooMuch("sh"))));
}

#[tokio::test]
async fn a_program_that_does_not_listen_is_no_error() {
    static LONG: [u8; 1_000_000] = [0; 1_000_000];
    assert!(
        shell("exit 0", &LONG, ALLOWANCE)
            .await
            .unwrap()
            .status
            .success()
    );
}

#[tokio::test]
async fn a_missing_program_names_its_package() {
    let nowhere = Surroundings {
        path: "/nonexistent".into(),
        ..Surroundings::default()
    };
    let folder = tempfile::tempdir().unwrap();
    let tesseract = Program {
        name: "tesseract",
        package: "tesseract-ocr",
    };
    let error = nowhere
        .run(tesseract, ["-v"], folder.path(), Bytes::new(), ALLOWANCE)
        .await
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "The program `tesseract` is missing: install it with `apt-get install tesseract-ocr`"
    );
}

/// Bash, because it opens sockets by itself.
const BASH: Program = Program {
    name: "bash",
    package: "bash",
};

async fn bash(script: &str) -> Result<Answer, Error> {
    let folder = tempfile::tempdir().unwrap();
    let surroundings = Surroundings::default();
    surroundings
        .run(BASH, ["-c", script], folder.path(), Bytes::new(), ALLOWANCE)
        .await
}

/// What holds here: a kernel without Landlock or seccomp would let some of it pass, and says so.
async fn enforced() -> crate::fence::Enforced {
    Surroundings::default().report().await.unwrap()
}

#[tokio::test]
async fn a_program_reaches_no_network() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let script = format!("exec 3<>/dev/tcp/127.0.0.1/{port} && echo connected");
    let answer = bash(&script).await.unwrap();
    let fenced = enforced().await;
    let is_fenced = fenced.calls || fenced.files == crate::fence::Strength::All;
    assert_eq!(answer.output.is_empty(), is_fenced, "{}", answer.complaint);
    assert_eq!(answer.status.success(), !is_fenced);
}

#[tokio::test]
async fn a_program_writes_to_its_own_folder_and_reads_nobody_elses() {
    let other = tempfile::tempdir().unwrap();
    let (secret, target) = (other.path().join("secret"), other.path().join("target"));
    std::fs::write(&secret, "secret").unwrap();
    let script = format!(
        "echo mine >own && cat own; cat {}; echo x >{}; cp /bin/true here && chmod +x here && ./here && echo ran",
        secret.display(),
        target.display()
    );
    let answer = bash(&script).await.unwrap();
    let said = String::from_utf8_lossy(&answer.output);
    if enforced().await.files == crate::fence::Strength::None {
        assert!(said.starts_with("mine"));
    } else {
        assert_eq!(said, "mine\n", "{}", answer.complaint);
        assert!(!target.exists());
    }
}

#[tokio::test]
async fn a_program_that_wants_four_gigabytes_does_not_get_them() {
    let answer = bash("head -c 4294967296 /dev/zero | tail -n 1 | wc -c").await;
    let answer = answer.unwrap();
    let said = String::from_utf8_lossy(&answer.output);
    assert_ne!(said.trim(), "4294967296", "{}", answer.complaint);
}

#[tokio::test]
async fn a_program_that_spins_is_ended_with_all_it_has_started() {
    let folder = tempfile::tempdir().unwrap();
    let short = Allowance {
        time: Duration::from_secs(1),
        ..ALLOWANCE
    };
    let script = "(while :; do :; done) & echo $! >own; while :; do :; done";
    let surroundings = Surroundings::default();
    let ended = surroundings
        .run(BASH, ["-c", script], folder.path(), Bytes::new(), short)
        .await;
    assert!(matches!(ended, Err(Error::TimedOut("bash"))), "{ended:?}");
    let started = std::fs::read_to_string(folder.path().join("own")).unwrap();
    assert!(is_gone(started.trim()).await);
}

/// A process that was killed takes a moment to be gone.
async fn is_gone(process: &str) -> bool {
    let place = Path::new("/proc").join(process).join("stat");
    for _ in 0..100_000 {
        // One that is dead and not yet collected is a zombie.
        match std::fs::read_to_string(&place) {
            Err(_) => return true,
            Ok(stat) if stat.contains(") Z ") => return true,
            Ok(_) => tokio::task::yield_now().await,
        }
    }
    false
}

#[tokio::test]
async fn a_program_that_aborts_is_only_its_own_end() {
    let answer = bash("kill -ABRT $$").await.unwrap();
    assert_eq!(answer.status.code(), None);
    assert_eq!(bash("echo well").await.unwrap().output, b"well\n");
}

#[tokio::test]
async fn a_worker_killed_in_the_midst_of_a_page_is_a_verdict_on_that_page() {
    let folder = tempfile::tempdir().unwrap();
    let own = folder.path().join("own");
    let surroundings = Surroundings::default();
    let runs = surroundings.run(
        BASH,
        ["-c", "echo $$ >own.part; mv own.part own; exec sleep 60"],
        folder.path(),
        Bytes::new(),
        ALLOWANCE,
    );
    let kills = async {
        while !own.exists() {
            tokio::task::yield_now().await;
        }
        let id = std::fs::read_to_string(&own).unwrap();
        let id = Pid::from_raw(id.trim().parse().unwrap()).unwrap();
        rustix::process::kill_process(id, Signal::KILL).unwrap();
    };
    let (answer, ()) = tokio::join!(runs, kills);
    assert_eq!(answer.unwrap().status.code(), None);
}

/// A worker that is a script of ours instead.
fn worker_that(folder: &Path, script: &str) -> Surroundings {
    let path = folder.join("worker");
    std::fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
    std::fs::set_permissions(&path, PermissionsExt::from_mode(0o755)).unwrap();
    Surroundings {
        worker: Some(path),
        ..Surroundings::default()
    }
}

#[tokio::test]
async fn however_a_worker_ends_it_is_a_verdict_on_its_file() {
    let folder = tempfile::tempdir().unwrap();
    let short = Allowance {
        time: Duration::from_secs(2),
        output: 100,
    };
    for (script, why) in [
        ("kill -ABRT $$", "damaged"),
        ("kill -KILL $$", "damaged"),
        ("exit 101", "damaged"),
        ("echo nonsense", "damaged"),
        ("head -c 1000 /dev/zero", "damaged"),
        ("exec sleep 60", "too long"),
    ] {
        let surroundings = worker_that(folder.path(), script);
        let input = Bytes::from_static(b"file");
        let done = surroundings.work(Task::Report, input, short).await;
        let reason = done.unwrap().unwrap_err();
        assert!(reason.en.contains(why), "{script}: {reason}");
    }
    let unfenced = worker_that(folder.path(), "echo 'scan-worker: no' >&2; exit 125");
    let done = unfenced.work(Task::Report, Bytes::new(), short).await;
    assert!(matches!(done, Err(Error::Unfenced(_))));
}

#[tokio::test]
async fn without_a_worker_nothing_is_opened() {
    let folder = tempfile::tempdir().unwrap();
    let nobody = Surroundings {
        worker: None,
        ..Surroundings::default()
    };
    let done = nobody.work(Task::Report, Bytes::new(), ALLOWANCE).await;
    assert!(matches!(done, Err(Error::Unfenced(_))));
    let ran = nobody
        .run(BASH, ["-c", "true"], folder.path(), Bytes::new(), ALLOWANCE)
        .await;
    assert!(matches!(ran, Err(Error::Unfenced(_))));
}

#[tokio::test]
async fn a_decoder_in_a_strangers_hands_is_no_trouble_for_its_neighbour() {
    let form = include_bytes!("../../../../examples/to-khai-trich-luc.pdf");
    let good = crate::config::tests::reader();
    for hostile in [
        "exec 3<>/dev/tcp/127.0.0.1/9",
        "echo x >/etc/owned && exit 0; exit 99",
        "head -c 4294967296 /dev/zero | tail -n 1 >/dev/null; exit 99",
        "while :; do :; done",
        "kill -ABRT $$",
    ] {
        let folder = tempfile::tempdir().unwrap();
        for (name, script) in [("pdftotext", "exit 1"), ("pdftoppm", hostile)] {
            let path = folder.path().join(name);
            std::fs::write(&path, format!("#!/bin/bash\n{script}\n")).unwrap();
            std::fs::set_permissions(&path, PermissionsExt::from_mode(0o755)).unwrap();
        }
        let paths = std::iter::once(folder.path().to_owned())
            .chain(std::env::split_paths(&good.surroundings.path));
        let mut bad = good.clone();
        bad.surroundings.path = std::env::join_paths(paths).unwrap();
        bad.page_time = Duration::from_secs(3);
        let document = Bytes::from_static(form);
        let [one, another] = [1, 2].map(|who| Reading::of(uuid::Uuid::from_u128(who).into()));
        let (bad, good) = tokio::join!(
            bad.check(&one, MediaType::Pdf, document.clone()),
            good.check(&another, MediaType::Pdf, document)
        );
        let Finding::Unreadable(reason) = bad.unwrap().finding else {
            panic!("{hostile}")
        };
        assert!(reason.en.contains("cannot be drawn"), "{hostile}: {reason}");
        assert_eq!(good.unwrap().finding.pages().len(), 2);
    }
}
