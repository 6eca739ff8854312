//! Argon2id: hashes passwords and checks them, away from the threads that serve, as many at once as there are cores.

mod hashers;

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use chassis::{Failure, StartError, random};

use self::hashers::Hashers;
use crate::{config, domain::Password};

/// What a check found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// Another password, or none at all.
    Wrong,
    /// The password.
    Right {
        /// Its hash was made at another cost than is asked today: it is to be made again.
        stale: bool,
    },
}

/// Hashes and checks. Cheap to clone.
#[derive(Clone)]
pub struct Passwords {
    argon2: Argon2<'static>,
    /// Checked in place of a hash for a login that nobody has, so that the answer takes as long.
    decoy: Arc<str>,
    /// A storm of sign-ins waits here, in order, and takes no more than a core's worth of memory each.
    hashers: Hashers,
    /// How many are in that line or at its end.
    line: Arc<AtomicUsize>,
}

/// How many a core may have in line: some five seconds at the cost that is usual.
const LINE: usize = 128;

/// A place in the line, given up when it is dropped.
struct Place(Arc<AtomicUsize>);

impl Place {
    fn take(line: &Arc<AtomicUsize>) -> Self {
        line.fetch_add(1, Ordering::Relaxed);
        Self(line.clone())
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Passwords {
    /// Hashes at this cost.
    pub fn new(cost: &config::Argon2) -> Result<Self, StartError> {
        let params = Params::new(cost.memory_kib, cost.iterations, cost.parallelism, None)
            .map_err(|error| StartError::because("identity: IDENTITY__ARGON2__…", &error))?;
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let decoy = hash(&argon2, &hex::encode(random::<16>()))
            .map_err(|error| StartError::because("identity: IDENTITY__ARGON2__…", &error))?;
        let hashers = Hashers::start(cores())
            .map_err(|error| StartError::because("identity: the threads that hash", &error))?;
        Ok(Self {
            argon2,
            decoy: decoy.into(),
            hashers,
            line: Arc::default(),
        })
    }

    /// Whether so many are in line that whoever comes now is better asked to come again.
    pub fn is_crowded(&self) -> bool {
        self.line.load(Ordering::Relaxed) >= cores() * LINE
    }

    /// A check for nobody, on this thread: what one costs.
    pub fn check_here(&self) {
        let _ = check(&self.argon2, "", &self.decoy);
    }

    /// The hash of a password, as a PHC string with its own salt.
    pub async fn hash(&self, password: &str) -> Result<String, Failure> {
        let password = Password::normalised(password);
        self.apart(move |argon2| hash(argon2, &password))
            .await?
            .map_err(Failure::retry)
    }

    /// Whether `password` is what was hashed. Without a hash the answer is `Wrong`, and takes as long.
    pub async fn check(&self, password: &str, hash: Option<&str>) -> Result<Found, Failure> {
        let password = Password::normalised(password);
        let known = hash.is_some();
        let hash = hash.unwrap_or(&self.decoy).to_owned();
        let found = self
            .apart(move |argon2| check(argon2, &password, &hash))
            .await?
            .map_err(Failure::retry)?;
        Ok(if known { found } else { Found::Wrong })
    }

    async fn apart<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Argon2<'_>) -> T + Send + 'static,
    ) -> Result<T, Failure> {
        let _place = Place::take(&self.line);
        let argon2 = self.argon2.clone();
        self.hashers.run(move || work(&argon2)).await
    }
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

fn hash(argon2: &Argon2<'_>, password: &str) -> Result<String, argon2::password_hash::Error> {
    let hash: PasswordHash =
        argon2.hash_password_with_salt(password.as_bytes(), &random::<16>())?;
    Ok(hash.to_string())
}

fn check(
    argon2: &Argon2<'_>,
    password: &str,
    hash: &str,
) -> Result<Found, argon2::password_hash::Error> {
    let hash = PasswordHash::new(hash)?;
    match argon2.verify_password(password.as_bytes(), &hash) {
        Ok(()) => Ok(Found::Right {
            stale: is_stale(argon2.params(), &hash),
        }),
        Err(argon2::password_hash::Error::PasswordInvalid) => Ok(Found::Wrong),
        Err(error) => Err(error),
    }
}

fn is_stale(today: &Params, hash: &PasswordHash) -> bool {
    let cost = |params: &Params| (params.m_cost(), params.t_cost(), params.p_cost());
    let same = Params::try_from(hash).is_ok_and(|then| cost(&then) == cost(today));
    !same
        || hash.algorithm != Algorithm::Argon2id.ident()
        || hash.version != Some(Version::V0x13.into())
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use super::*;

    fn passwords(memory_kib: u32) -> Passwords {
        Passwords::new(&config::Argon2 {
            memory_kib,
            iterations: 2,
            parallelism: 1,
        })
        .unwrap()
    }

    #[tokio::test]
    async fn only_the_password_that_was_hashed_is_right() {
        let passwords = passwords(64);
        let hash = passwords.hash("con trâu đi trước").await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=64,t=2,p=1$"), "{hash}");
        let check = async |password| passwords.check(password, Some(&hash)).await.unwrap();
        assert_eq!(
            check("con trâu đi trước").await,
            Found::Right { stale: false }
        );
        assert_eq!(
            check("con tra\u{302}u đi trước").await,
            Found::Right { stale: false }
        );
        assert_eq!(check("con trâu đi sau").await, Found::Wrong);
        assert_eq!(check("").await, Found::Wrong);
    }

    #[tokio::test]
    async fn the_same_password_is_hashed_differently_each_time() {
        let passwords = passwords(64);
        assert_ne!(
            passwords.hash("con trâu").await.unwrap(),
            passwords.hash("con trâu").await.unwrap()
        );
    }

    #[tokio::test]
    async fn a_hash_of_another_cost_is_still_right_but_stale() {
        let hash = passwords(64).hash("con trâu đi trước").await.unwrap();
        assert_eq!(
            passwords(128)
                .check("con trâu đi trước", Some(&hash))
                .await
                .unwrap(),
            Found::Right { stale: true }
        );
    }

    #[tokio::test]
    async fn nothing_is_right_where_nobody_is() {
        assert_eq!(
            passwords(64)
                .check("con trâu đi trước", None)
                .await
                .unwrap(),
            Found::Wrong
        );
    }

    #[tokio::test]
    async fn whoever_gives_up_leaves_the_line() {
        let passwords = passwords(64);
        // All who hash are kept busy until the gates go.
        let (gates, closed): (Vec<_>, Vec<_>) = (0..cores()).map(|_| channel::<()>()).unzip();
        let mut busy: Vec<_> = closed
            .into_iter()
            .map(|gate| Box::pin(passwords.hashers.run(move || gate.recv())))
            .collect();
        for one in &mut busy {
            assert!(futures::poll!(one.as_mut()).is_pending());
        }
        {
            let mut waiting: Vec<_> = (0..cores() * LINE)
                .map(|_| Box::pin(passwords.check("x", None)))
                .collect();
            for one in &mut waiting {
                assert!(futures::poll!(one.as_mut()).is_pending());
            }
            assert!(passwords.is_crowded());
        }
        assert!(!passwords.is_crowded());
        drop(gates);
        assert_eq!(passwords.check("x", None).await.unwrap(), Found::Wrong);
    }

    #[test]
    fn a_cost_that_is_none_is_refused_by_name() {
        let refused = Passwords::new(&config::Argon2 {
            memory_kib: 1,
            iterations: 0,
            parallelism: 1,
        });
        assert!(refused.is_err_and(|error| error.to_string().contains("IDENTITY__ARGON2")));
    }
}
