//! The key that signs what papers say of themselves, and the list of all that ever did.

use std::sync::OnceLock;

use chassis::{
    App, Failure, StartError,
    auth::{Jwks, Signer},
    random,
};

use crate::{
    config::Config,
    domain::proof::{Statement, TYPE},
    store::keys,
};

/// Signs statements.
pub struct Prover {
    given: Option<[u8; 32]>,
    signer: OnceLock<Signer>,
}

impl Prover {
    /// Signs with the seed that was given, or else with the one in the database, once it is loaded.
    pub fn new(config: &Config) -> Result<Self, StartError> {
        Ok(Self {
            given: seed(&config.proof_key)?,
            signer: OnceLock::new(),
        })
    }

    /// The statement as a compact JWS.
    pub fn prove(&self, statement: &Statement) -> Result<String, Failure> {
        let signer = self.signer.get();
        let signer = signer.ok_or_else(|| Failure::too_early("the proof key is not loaded yet"))?;
        Ok(signer.seal(TYPE, statement))
    }
}

/// The seed that a setting gives, if it gives one.
fn seed(text: &str) -> Result<Option<[u8; 32]>, StartError> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let mut seed = [0; 32];
    // What is wrong with it is not repeated.
    hex::decode_to_slice(text, &mut seed).map_err(|_| {
        StartError::new("delivery: DELIVERY__PROOF_KEY must be 64 hexadecimal digits")
    })?;
    Ok(Some(seed))
}

/// Finds the key to sign with, making one at the very first start, and lists it for everybody.
pub async fn load(app: App) -> Result<(), StartError> {
    let prover = app.part::<Prover>();
    let away =
        |failure: Failure| StartError::because("delivery: its proof key", &failure).passing();
    let seed = match prover.given {
        Some(seed) => {
            let jwk = Signer::new(&seed).jwk();
            let listing = app.transact(async |tx| Ok(keys::list(tx.db(), &jwk, tx.now()).await?));
            listing.await.map_err(away)?;
            seed
        }
        None => own_seed(&app).await.map_err(away)?,
    };
    // A start that is tried again finds the same key.
    let _ = prover.signer.set(Signer::new(&seed));
    Ok(())
}

async fn own_seed(app: &App) -> Result<[u8; 32], Failure> {
    if let Some(seed) = keys::own_seed(app.db().reads()).await? {
        return Ok(seed);
    }
    let made = random::<32>();
    let jwk = Signer::new(&made).jwk();
    app.transact(async |tx| Ok(keys::keep_own(tx.db(), &jwk, made, tx.now()).await?))
        .await?;
    // Not always the one just made: another replica may have been quicker.
    let kept = keys::own_seed(app.db().reads()).await?;
    kept.ok_or_else(|| Failure::too_early("the proof key that was just kept is not there"))
}

/// The keys to believe statements by.
pub async fn listed(app: &App) -> Result<Jwks, Failure> {
    Ok(keys::listed(app.db().reads()).await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_is_64_hexadecimal_digits_or_nothing() {
        assert!(matches!(seed(" "), Ok(None)));
        assert!(matches!(seed(&"2a".repeat(32)), Ok(Some(seed)) if seed == [42; 32]));
        for wrong in ["2a", "secret-secret", &"2a".repeat(33)] {
            let said = seed(wrong).unwrap_err().to_string();
            assert!(!said.contains(wrong), "{said}");
        }
    }
}
