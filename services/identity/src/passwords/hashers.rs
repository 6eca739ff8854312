//! The threads that hash. They step back whenever a thread that serves has something to do: a storm of sign-ins fills the cores, and
//! whoever only reads a page does not wait for it.

use std::{
    io,
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{Receiver, Sender, channel},
    },
    thread,
};

use chassis::Failure;
use rustix::process::setpriority_process;
use tokio::sync::oneshot;

/// How far they step back (nice, 0 to 19).
const NICE: i32 = 19;

type Job = Box<dyn FnOnce() + Send>;

/// A line of hashes to make, and those who make them. The threads end with the last clone of it.
#[derive(Clone)]
pub struct Hashers(Sender<Job>);

impl Hashers {
    /// Starts so many threads.
    pub fn start(threads: usize) -> io::Result<Self> {
        let (jobs, line) = channel();
        let line = Arc::new(Mutex::new(line));
        for _ in 0..threads {
            let line = line.clone();
            thread::Builder::new()
                .name("hasher".to_owned())
                .spawn(move || work_off(&line))?;
        }
        Ok(Self(jobs))
    }

    /// Has something done when it is its turn; not at all when nobody waits for it any more by then.
    pub async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Failure> {
        let (done, waiting) = oneshot::channel();
        let job = move || {
            if !done.is_closed() {
                // Whoever waited may have gone while it was done.
                let _ = done.send(work());
            }
        };
        // Where nobody is left to do it, it is dropped, and then there is nothing to wait for.
        let _ = self.0.send(Box::new(job));
        waiting.await.map_err(Failure::retry)
    }
}

fn work_off(line: &Mutex<Receiver<Job>>) {
    // On Linux it is this thread that is meant. Where it is not allowed, they step back less, and that is all.
    let _ = setpriority_process(None, NICE);
    loop {
        let next = line.lock().unwrap_or_else(PoisonError::into_inner).recv();
        match next {
            Ok(job) => job(),
            Err(_) => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use rustix::process::getpriority_process;

    use super::*;

    #[tokio::test]
    async fn what_is_asked_for_is_done_by_threads_that_step_back() {
        let hashers = Hashers::start(2).unwrap();
        let niceness = || getpriority_process(None).unwrap();
        assert_eq!(hashers.run(niceness).await.unwrap(), NICE);
        assert!(niceness() < NICE, "whoever asks stays where they were");
    }

    #[tokio::test]
    async fn what_nobody_waits_for_any_more_is_not_done() {
        let hashers = Hashers::start(1).unwrap();
        let (gate, closed) = channel::<()>();
        let mut first = Box::pin(hashers.run(move || closed.recv()));
        assert!(futures::poll!(first.as_mut()).is_pending());
        let done = Arc::new(AtomicUsize::new(0));
        let count = || {
            let done = done.clone();
            move || done.fetch_add(1, Ordering::Relaxed)
        };
        // It stands in line, and then whoever waited for it goes.
        let mut gone = Box::pin(hashers.run(count()));
        assert!(futures::poll!(gone.as_mut()).is_pending());
        drop(gone);
        gate.send(()).unwrap();
        first.await.unwrap().unwrap();
        assert_eq!(hashers.run(count()).await.unwrap(), 0);
    }
}
