//! Signed tokens (EdDSA): the key that identity signs with, and the keys by which every service believes them (JWKS).

use std::sync::OnceLock;

use chassis::{
    App, Failure, StartError,
    auth::{Claims, Jwks, Post, Signer},
    random,
};
use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use crate::{
    domain::{Account, Assurance},
    store,
};

/// How long tokens are believed.
#[derive(Debug, Clone, Copy)]
pub struct Lives {
    /// A citizen's.
    pub citizen: TimeDelta,
    /// An officer's.
    pub officer: TimeDelta,
}

/// How somebody has shown who they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    /// By their password alone, which others may know: they are no more than who they say (assurance 1).
    Password,
    /// By their password and a second factor: as surely as the account is known.
    SecondFactor,
    /// By their password and a code to a contact that counts as theirs: as surely as the account is known.
    ContactCode,
    /// By a code to a contact on top of whatever they showed before: a contact was proven, and nothing beyond it.
    ReachedContact,
    /// By a provider, as surely as it knew them at this very sign-in.
    Provider(Assurance),
    /// By a passkey: the device they hold has made sure of them by what they know or are, which is two factors in one.
    Passkey,
}

impl Proof {
    fn assurance(self, account: &Account) -> u8 {
        match self {
            Self::Password => 1,
            Self::SecondFactor | Self::ContactCode | Self::Passkey => account.assurance,
            Self::ReachedContact => account.assurance.min(Assurance::ContactProven.level()),
            Self::Provider(assurance) => assurance.level(),
        }
    }
}

/// Signs tokens.
pub struct Tokens {
    given: Option<[u8; 32]>,
    lives: Lives,
    signer: OnceLock<Signer>,
}

impl Tokens {
    /// Signs with the seed that was given, or else with the one in the database, once it is loaded.
    pub fn new(given: Option<[u8; 32]>, lives: Lives) -> Self {
        Self {
            given,
            lives,
            signer: OnceLock::new(),
        }
    }

    /// What a token for this person says.
    pub fn claims(
        &self,
        account: &Account,
        posts: Option<Vec<Post>>,
        proof: Proof,
        (session, now): (Uuid, DateTime<Utc>),
    ) -> Claims {
        // What is bound to a place, the posts give, and they alone.
        let (given, held) = (posts.iter().flatten(), account.roles.iter().copied());
        let given = given.flat_map(|post| post.roles.iter().copied());
        let roles = held.filter(|role| !role.is_of_a_post()).chain(given);
        let life = if account.is_staff() {
            self.lives.officer
        } else {
            self.lives.citizen
        };
        Claims {
            sub: account.id,
            name: account.name.clone(),
            roles: roles.collect(),
            assurance: proof.assurance(account),
            citizen_id: account.citizen_id.clone(),
            phone: account.phone.clone(),
            email: account
                .email
                .as_ref()
                .map(|email| email.as_str().to_owned()),
            title: account.title.as_ref().map(ToString::to_string),
            posts,
            sid: session,
            iat: now.timestamp(),
            exp: (now + life).timestamp(),
        }
    }

    /// Signs.
    pub fn sign(&self, claims: &Claims) -> Result<String, Failure> {
        let signer = self
            .signer
            .get()
            .ok_or_else(|| Failure::too_early("the signing key is not loaded yet"))?;
        Ok(signer.sign(claims))
    }
}

/// Finds the key to sign with, making one at the very first start, and lists it for everybody.
pub async fn load(app: App) -> Result<(), StartError> {
    let tokens = app.part::<Tokens>();
    let away =
        |failure: Failure| StartError::because("identity: its signing key", &failure).passing();
    let seed = match tokens.given {
        Some(seed) => list(&app, seed).await.map_err(away)?,
        None => own_seed(&app).await.map_err(away)?,
    };
    let signer = Signer::new(&seed);
    let kid = signer.jwk().kid;
    if !jwks(&app)
        .await
        .map_err(away)?
        .keys
        .iter()
        .any(|jwk| jwk.kid == kid)
    {
        return Err(StartError::new(
            "identity: the key that IDENTITY__SIGNING_KEY gives is retired; give another",
        ));
    }
    // A start that is tried again finds the same key.
    let _ = tokens.signer.set(signer);
    Ok(())
}

async fn list(app: &App, seed: [u8; 32]) -> Result<[u8; 32], Failure> {
    let jwk = Signer::new(&seed).jwk();
    app.transact(async |tx| Ok(store::keys::list(tx.db(), &jwk, tx.now()).await?))
        .await?;
    Ok(seed)
}

async fn own_seed(app: &App) -> Result<[u8; 32], Failure> {
    if let Some(seed) = store::keys::own_seed(app.db().reads()).await? {
        return Ok(seed);
    }
    let made = random::<32>();
    let jwk = Signer::new(&made).jwk();
    app.transact(async |tx| Ok(store::keys::keep_own(tx.db(), &jwk, made, tx.now()).await?))
        .await?;
    // Not always the one just made: another replica may have been quicker.
    let kept = store::keys::own_seed(app.db().reads()).await?;
    kept.ok_or_else(|| Failure::too_early("the signing key that was just kept is not there"))
}

/// The keys to believe tokens by.
pub async fn jwks(app: &App) -> Result<Jwks, Failure> {
    Ok(Jwks {
        keys: store::keys::listed(app.db().reads()).await?,
    })
}
