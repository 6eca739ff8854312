//! Lends the benchmark, which names no service, the service at which people sign in.

use std::sync::Arc;

use bench::{
    ipn::Doing,
    sign_ins::{Check, Credentials, Gate},
};
use chassis::{App, Failure, StartError};
use contracts::AccountId;
use identity::{config::Config, domain::Account, passwords::Passwords, store};

/// The gate.
pub const GATE: Gate = Gate {
    service: identity::service,
    people,
    check,
};

const PASSWORD: &str = "con trâu đi trước, cái cày theo sau";

fn failed(failure: &Failure) -> StartError {
    StartError::because("bench sign-ins: its people", failure)
}

/// Everybody has the same password, hashed once: what is measured is checking it.
fn people(app: App, count: usize) -> Doing<Vec<Credentials>> {
    Box::pin(async move {
        let passwords = app.part::<Passwords>();
        let hash = passwords
            .hash(PASSWORD)
            .await
            .map_err(|error| failed(&error))?;
        let mut people = Vec::with_capacity(count);
        for number in 0..count {
            let login = format!("09{number:08}");
            let unfit = |_| StartError::new("bench sign-ins: a person of no number or name");
            let account = Account {
                id: AccountId(app.clock().new_id()),
                name: "Nguyễn Thị Ví Dụ".parse().map_err(unfit)?,
                roles: [chassis::auth::Role::Citizen].into(),
                assurance: 1,
                citizen_id: None,
                phone: Some(login.parse().map_err(unfit)?),
                email: None,
                login: None,
                title: None,
            };
            let opened =
                app.transact(async |tx| Ok(store::open(tx.db(), &account, &hash, tx.now()).await?));
            opened.await.map_err(|error| failed(&error))?;
            people.push((login, PASSWORD.to_owned()));
        }
        Ok(people)
    })
}

fn check(app: App) -> Doing<Check> {
    Box::pin(async move {
        let passwords = Passwords::new(&app.config::<Config>().argon2)?;
        Ok(Arc::new(move || passwords.check_here()) as Check)
    })
}
