//! Whose page is read next: as many at once as there are cores, and by turns among the owners of those that wait, so that
//! nobody's hundred pages stand before another's one.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
};

use contracts::AccountId;
use tokio::sync::oneshot::{self, Sender};

use crate::cores;

/// The gate that every page of this process goes through. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Gate {
    most: usize,
    queue: Arc<Mutex<Queue>>,
}

#[derive(Debug)]
struct Queue {
    free: usize,
    /// Owners in the order of their turns, each with those of its pages that wait.
    owners: VecDeque<(AccountId, VecDeque<Sender<Pass>>)>,
}

/// Leave to read one page; dropped, it goes to the next in turn.
#[derive(Debug)]
pub struct Pass(Gate);

impl Gate {
    /// Lets through as many pages at once as that; 0 is one a core.
    pub fn of(most: usize) -> Self {
        let most = if most == 0 { cores() } else { most };
        let queue = Queue {
            free: most,
            owners: VecDeque::new(),
        };
        Self {
            most,
            queue: Arc::new(Mutex::new(queue)),
        }
    }

    /// How many pages go through at once.
    pub fn most(&self) -> usize {
        self.most
    }

    /// Waits for this owner's turn.
    pub async fn pass(&self, owner: AccountId) -> Pass {
        loop {
            let Some(coming) = self.stand(owner) else {
                return Pass(self.clone());
            };
            // Whoever hands passes on is never gone before those who wait.
            if let Ok(pass) = coming.await {
                return pass;
            }
        }
    }

    /// A place in the queue; none where nobody need wait.
    fn stand(&self, owner: AccountId) -> Option<oneshot::Receiver<Pass>> {
        let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        if queue.free > 0 {
            queue.free -= 1;
            return None;
        }
        let (sender, coming) = oneshot::channel();
        match queue.owners.iter_mut().find(|(other, _)| *other == owner) {
            Some((_, waiting)) => waiting.push_back(sender),
            None => queue.owners.push_back((owner, VecDeque::from([sender]))),
        }
        Some(coming)
    }

    /// The next in turn; with nobody there, the pass is free.
    fn next(&self) -> Option<Sender<Pass>> {
        let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        let Some((owner, mut waiting)) = queue.owners.pop_front() else {
            queue.free += 1;
            return None;
        };
        let next = waiting.pop_front();
        if !waiting.is_empty() {
            queue.owners.push_back((owner, waiting));
        }
        next
    }
}

impl Drop for Pass {
    fn drop(&mut self) {
        if let Some(next) = self.0.next() {
            // To somebody who has gone away it comes back, is dropped, and so goes on to the one after.
            drop(next.send(Pass(self.0.clone())));
        }
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;
    use uuid::Uuid;

    use super::*;

    fn owner(number: u128) -> AccountId {
        Uuid::from_u128(number).into()
    }

    #[tokio::test]
    async fn one_page_of_another_waits_for_one_page_and_not_for_all_that_came_before() {
        let gate = Gate::of(1);
        let mut held = gate.pass(owner(1)).await;
        let mut many: Vec<_> = (0..200).map(|_| Box::pin(gate.pass(owner(1)))).collect();
        for waiting in &mut many {
            assert!(waiting.now_or_never().is_none());
        }
        let mut one = Box::pin(gate.pass(owner(2)));
        assert!((&mut one).now_or_never().is_none());
        let mut before = 0;
        for waiting in &mut many {
            drop(held);
            if (&mut one).now_or_never().is_some() {
                break;
            }
            held = waiting.now_or_never().unwrap();
            before += 1;
        }
        assert_eq!(before, 1);
    }

    #[tokio::test]
    async fn who_goes_away_while_waiting_costs_nobody_a_pass() {
        let gate = Gate::of(1);
        let held = gate.pass(owner(1)).await;
        let gone: Vec<_> = (0..5).map(|_| Box::pin(gate.pass(owner(2)))).collect();
        let mut stays = Box::pin(gate.pass(owner(3)));
        let mut handed = Box::pin(gate.pass(owner(4)));
        for mut waiting in gone {
            assert!((&mut waiting).now_or_never().is_none());
        }
        assert!((&mut stays).now_or_never().is_none());
        assert!((&mut handed).now_or_never().is_none());
        drop(held);
        // This one has been handed the pass and goes away with it.
        drop(stays);
        assert!(handed.now_or_never().is_some());
        assert!(
            gate.pass(owner(1)).now_or_never().is_some(),
            "it is free again"
        );
    }

    #[tokio::test]
    async fn as_many_as_are_let_through_read_at_once() {
        let gate = Gate::of(2);
        let (_one, two) = (gate.pass(owner(1)).await, gate.pass(owner(1)).await);
        let mut three = Box::pin(gate.pass(owner(1)));
        assert!((&mut three).now_or_never().is_none());
        drop(two);
        assert!(three.now_or_never().is_some());
    }
}
