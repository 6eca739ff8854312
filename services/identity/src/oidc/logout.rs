//! Signing out there too: the way to the provider's own page, and what a provider says by itself of sessions that ended there.

use chassis::{App, Failure};

use super::{Provider, Providers, Trouble, jws::Sealed, rules, talk};
use crate::{
    secrets::Secrets,
    sessions,
    store::provider_sessions::{self, Brought},
};

/// Where somebody whose session a provider brought may sign out there as well.
pub struct Elsewhere {
    /// What the provider is called.
    pub name: String,
    /// Its page.
    pub url: String,
}

/// Where to sign out elsewhere, if anywhere. A provider that is away is not waited for twice: its own session then stays.
pub async fn elsewhere(app: &App, brought: &Brought) -> Option<Elsewhere> {
    let providers = app.part::<Providers>();
    let provider = providers.of_issuer(&brought.issuer)?;
    let metadata = provider.metadata(app.clock().now()).await;
    let metadata = metadata
        .inspect_err(|trouble| {
            tracing::warn!(provider = provider.id, error = %trouble, "nobody is led to sign out at a provider");
        })
        .ok()?;
    let hint = app
        .part::<Secrets>()
        .open_token(brought.id, &brought.id_token);
    let back = app.settings().public("/intake/");
    let url = talk::end_session(provider, &metadata, hint.as_deref(), &back)?;
    Some(Elsewhere {
        name: provider.config.name.clone(),
        url,
    })
}

/// Ends the sessions that a logout token names. Says how many went on. One that was taken before ends nothing again.
pub async fn by_token(
    app: &App,
    provider: &Provider,
    token: &str,
) -> Result<Result<u64, Trouble>, Failure> {
    let now = app.clock().now();
    let sealed = match Sealed::read(token) {
        Ok(sealed) => sealed,
        Err(unbelieved) => return Ok(Err(unbelieved.into())),
    };
    let claims = match provider.open(&sealed, now).await {
        Ok(claims) => claims,
        Err(trouble) => return Ok(Err(trouble)),
    };
    let (issuer, client) = (&provider.config.issuer, &provider.config.client_id);
    let kind = sealed.kind();
    let ended = match rules::logout_token(claims, kind.as_deref(), issuer, client, now) {
        Ok(ended) => ended,
        Err(broken) => return Ok(Err(broken.into())),
    };
    app.transact(async |tx| {
        let first = provider_sessions::take_logout(tx.db(), issuer, ended.jti, ended.until);
        if !first.await? {
            return Ok(Err(Trouble::Disbelieved("it was taken before".to_owned())));
        }
        let named = provider_sessions::named(issuer, ended.subject, ended.session);
        let mut ended = 0;
        for (account, session) in provider_sessions::forget(tx.db(), named, None).await? {
            ended += u64::from(sessions::end(&tx, account, session).await?);
        }
        Ok(Ok(ended))
    })
    .await
}
