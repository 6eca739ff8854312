//! Whatever happens to orders, in whatever order, with a service that dies in between: no money is lost, none is taken twice.
//!
//! A seed makes a town of forty orders. Their payers, the gateway, the bank, the officers and time do what the seed says, in
//! an order of its own for each order of money; now and then a request or the work behind it is cut off where it stands, the
//! service is killed and opened again on the same rows. In the end everything that the banks know is told, time passes, and
//! what must be true is looked at.
//!
//! `MOTCUA_PAYMENT_SEED=17` plays one seed again; `MOTCUA_PAYMENT_ORDERS=10000` plays as many seeds as that many orders need.
//! Where exactly work is cut off depends on the machine: a seed that failed fails again mostly, not always.

pub mod chance;
mod deeds;
mod gateway;
mod life;
mod promises;

use std::time::Instant;

use life::Town;

/// Orders of one seed.
const ORDERS: u64 = 40;
/// Rounds in which two things happen to each of them.
const ROUNDS: usize = 6;
/// Orders that a run of the whole suite plays.
const USUALLY: u64 = 600;

#[expect(
    clippy::disallowed_methods,
    reason = "it chooses what is tested, not how a service is configured"
)]
pub fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok()?.parse().ok()
}

async fn play(seed: u64) {
    let mut town = Town::open(seed).await;
    for _ in 0..ROUNDS {
        town.round().await;
    }
    town.ends().await;
    promises::kept(&mut town).await;
}

#[tokio::test]
async fn whatever_happens_no_money_is_lost_and_none_is_taken_twice() {
    if let Some(seed) = number("MOTCUA_PAYMENT_SEED") {
        return play(seed).await;
    }
    let seeds = number("MOTCUA_PAYMENT_ORDERS")
        .unwrap_or(USUALLY)
        .div_ceil(ORDERS);
    let begun = Instant::now();
    for seed in 1..=seeds {
        play(seed).await;
    }
    let took = begun.elapsed().as_secs_f64();
    println!("{} orders in {took:.1} s", seeds * ORDERS);
}
