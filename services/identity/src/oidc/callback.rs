//! The way back from a provider: what was begun is taken once, the code is redeemed, and whoever is meant comes in.

use chassis::{App, Failure, Tx, auth::Claims as Here};

use super::{
    Provider, Trouble,
    begin::{Browser, Purpose, digest},
    config::ClaimsFrom,
    jws::Sealed,
    linking::{self, Found, Notice, Refusal},
    rules::{self, Asked, Claims},
    talk,
};
use crate::{
    config::Config,
    domain::{Account, Assurance, Place, Told},
    second_factor, second_step,
    secrets::Secrets,
    sessions::{self, Session},
    store::{
        external::{self, Request},
        provider_sessions::{self, Brought, Until},
    },
    tokens::Proof,
};

/// What a provider sent the browser back with.
#[derive(Debug, Default, serde::Deserialize)]
pub struct Returned {
    /// Names what was begun.
    #[serde(default)]
    pub state: String,
    /// To be redeemed.
    pub code: Option<String>,
    /// Why there is no code.
    pub error: Option<String>,
    /// Who sends it (RFC 9207).
    pub iss: Option<String>,
}

/// How it ended well.
pub enum End {
    /// Signed in.
    In {
        /// The session.
        session: Box<Session>,
        /// What its owner is to be told.
        notice: Option<Notice>,
    },
    /// A second step is asked for.
    Second {
        /// Names this sign-in.
        ticket: String,
    },
    /// Linked.
    Linked,
}

/// How it ended otherwise.
#[derive(Debug)]
pub enum Failed {
    /// Nothing such was begun in this browser, or it is over, or was taken before.
    Over,
    /// The person said no.
    Declined,
    /// The provider would have had to ask, and was not to.
    NotSignedIn,
    /// They are not known as surely as was asked for.
    Weak,
    /// The provider's doing.
    Trouble(Trouble),
    /// The provider is believed, and yet.
    Refused(Refusal),
}

impl From<Trouble> for Failed {
    fn from(trouble: Trouble) -> Self {
        Self::Trouble(trouble)
    }
}

impl From<rules::Broken> for Failed {
    fn from(broken: rules::Broken) -> Self {
        Self::Trouble(broken.into())
    }
}

/// What became of it, and where its owner was going, where that is known.
pub struct Outcome {
    /// Where to go.
    pub back: Option<String>,
    /// What became of it.
    pub end: Result<End, Failed>,
}

/// What a provider answered, believed.
struct Answered {
    told: Told,
    /// What it calls them, by whatever we know them.
    sub: String,
    id_token: String,
    sid: Option<String>,
}

/// Ends what was begun: `brought` is the browser's secret, `here` who is signed in in it.
pub async fn finish(
    app: &App,
    provider: &Provider,
    returned: &Returned,
    brought: Option<&str>,
    here: Option<&Here>,
    place: &Place,
) -> Result<Outcome, Failure> {
    let over = Outcome {
        back: None,
        end: Err(Failed::Over),
    };
    let Some(browser) = brought.and_then(Browser::read) else {
        return Ok(over);
    };
    let (state, secret) = (digest(&returned.state), browser.digest());
    let taken = app
        .transact(async |tx| {
            let id = &provider.id;
            Ok(external::take_request(tx.db(), &state, &secret, id, tx.now()).await?)
        })
        .await?;
    let Some(request) = taken else {
        return Ok(over);
    };
    let verifier = browser.verifier(&returned.state)?;
    let nonce = browser.nonce(&returned.state)?;
    let end = match redeem(app, provider, returned, &request, &verifier, &nonce).await {
        Ok(answered) => {
            app.transact(async |tx| settle(&tx, provider, &request, &answered, here, place).await)
                .await?
        }
        Err(failed) => Err(failed),
    };
    if let Err(Failed::Trouble(trouble)) = &end {
        tracing::warn!(provider = provider.id, error = %trouble, "a sign-in at a provider came to nothing");
    }
    Ok(Outcome {
        back: Some(request.back),
        end,
    })
}

/// What a provider's own word says of why there is no code (RFC 6749, section 4.1.2.1; OpenID Connect Core, section 3.1.2.6).
fn refused(error: &str) -> Failed {
    match error {
        "access_denied" => Failed::Declined,
        "login_required"
        | "interaction_required"
        | "consent_required"
        | "account_selection_required" => Failed::NotSignedIn,
        "unmet_authentication_requirements" => Failed::Weak,
        "server_error" | "temporarily_unavailable" => {
            Failed::Trouble(Trouble::Away(format!("it says {error}")))
        }
        other => {
            let other: String = other
                .chars()
                .filter(char::is_ascii_graphic)
                .take(60)
                .collect();
            Failed::Trouble(Trouble::Garbage(format!("it refuses to be asked: {other}")))
        }
    }
}

/// Redeems the code and believes what comes of it.
async fn redeem(
    app: &App,
    provider: &Provider,
    returned: &Returned,
    request: &Request,
    verifier: &str,
    nonce: &str,
) -> Result<Answered, Failed> {
    let now = app.clock().now();
    let metadata = provider.metadata(now).await?;
    let issuer = &provider.config.issuer;
    let named = returned.iss.as_ref();
    let silent = named.is_none() && metadata.authorization_response_iss_parameter_supported;
    if silent || named.is_some_and(|named| named != issuer) {
        let reason = "another issuer sent the browser back".to_owned();
        return Err(Trouble::Disbelieved(reason).into());
    }
    if let Some(error) = &returned.error {
        return Err(refused(error));
    }
    let Some(code) = &returned.code else {
        let reason = "it sent the browser back with nothing".to_owned();
        return Err(Trouble::Garbage(reason).into());
    };
    let tokens = talk::redeem(provider, &metadata, code, verifier).await?;
    let sealed = Sealed::read(&tokens.id_token).map_err(Trouble::from)?;
    let claims = provider.open(&sealed, now).await?;
    let asked = Asked {
        issuer,
        client: &provider.config.client_id,
        nonce,
        max_age: request.max_age,
    };
    rules::id_token(claims, &asked, sealed.algorithm, &tokens.access_token, now)?;
    let text = |name: &str| claims.get(name).and_then(|claim| claim.as_str());
    let assurance = provider.level(text("acr"));
    let said = match provider.config.claims_from {
        ClaimsFrom::IdToken => claims.clone(),
        ClaimsFrom::Userinfo => {
            let said = talk::userinfo(provider, &metadata, &tokens.access_token).await?;
            one_person(claims, said, &provider.config.claims.subject)?
        }
    };
    let told = rules::told(&said, &provider.config.claims, assurance);
    let told = told.ok_or_else(|| Trouble::Garbage("it names nobody".to_owned()))?;
    Ok(Answered {
        sub: text("sub").unwrap_or_default().to_owned(),
        sid: text("sid").map(str::to_owned),
        told,
        id_token: tokens.id_token.clone(),
    })
}

/// What the ID token and the userinfo endpoint say together, if both are of one person (OpenID Connect Core, section 5.3.2). Where
/// something else than `sub` names people, a provider may leave it out at the endpoint.
fn one_person(claims: &Claims, said: Claims, subject: &str) -> Result<Claims, Trouble> {
    let named = said.get("sub");
    let left_out = named.is_none() && subject != "sub";
    if !left_out && named != claims.get("sub") {
        let reason = "its userinfo endpoint speaks of somebody else".to_owned();
        return Err(Trouble::Disbelieved(reason));
    }
    let mut both = said;
    if let Some(sub) = claims.get("sub") {
        both.insert("sub".to_owned(), sub.clone());
    }
    Ok(both)
}

async fn settle(
    tx: &Tx,
    provider: &Provider,
    request: &Request,
    answered: &Answered,
    here: Option<&Here>,
    place: &Place,
) -> Result<Result<End, Failed>, Failure> {
    let told = &answered.told;
    let wanted = request.acr.as_deref().map(|acr| provider.level(Some(acr)));
    if wanted.is_some_and(|wanted| told.assurance < wanted) {
        return Ok(Err(Failed::Weak));
    }
    let issuer = &provider.config.issuer;
    match request.purpose {
        Purpose::Link { account, session } => {
            // Another may have come to this browser meanwhile, or the session may have been ended.
            if here.is_none_or(|here| here.sub != account || here.sid != session) {
                return Ok(Err(Failed::Refused(Refusal::AnotherPerson)));
            }
            let linked = linking::link(tx, issuer, told, account).await?;
            Ok(linked.map(|()| End::Linked).map_err(Failed::Refused))
        }
        Purpose::StepUp { account } => {
            let identity = external::find(tx.db(), issuer, &told.subject).await?;
            if identity.is_none_or(|identity| identity.account != account) {
                return Ok(Err(Failed::Refused(Refusal::AnotherPerson)));
            }
            enter(tx, issuer, answered, here, place).await
        }
        Purpose::SignIn => enter(tx, issuer, answered, here, place).await,
    }
}

/// Signs in whoever is meant. The session that the browser had ends: another begins.
async fn enter(
    tx: &Tx,
    issuer: &str,
    answered: &Answered,
    here: Option<&Here>,
    place: &Place,
) -> Result<Result<End, Failed>, Failure> {
    let found = match linking::find(tx, issuer, &answered.told, here).await? {
        Ok(found) => found,
        Err(refusal) => return Ok(Err(Failed::Refused(refusal))),
    };
    let Found {
        account,
        assurance,
        notice,
    } = found;
    let id = tx.new_id();
    let brought = Brought {
        id,
        account: account.id,
        issuer: issuer.to_owned(),
        subject: answered.sub.clone(),
        sid: answered.sid.clone(),
        id_token: tx.part::<Secrets>().seal_token(id, &answered.id_token)?,
    };
    if asks_more(tx, &account, assurance).await? {
        let ticket = second_step::begin(tx, &account).await?;
        let end = tx.now() + second_step::LIFE;
        let until = digest(&ticket);
        provider_sessions::keep(tx.db(), brought, Until::Ticket(&until), end).await?;
        return Ok(Ok(End::Second { ticket }));
    }
    // A provider alone says no more of who works here than a password does.
    let assurance = if account.is_staff() {
        Assurance::SelfAsserted
    } else {
        assurance
    };
    if let Some(here) = here {
        sessions::end(tx, here.sub, here.sid).await?;
    }
    let session = sessions::begin(tx, &account, Proof::Provider(assurance), place).await?;
    let until = Until::Session(session.claims.sid);
    provider_sessions::keep(tx.db(), brought, until, session.ends()).await?;
    Ok(Ok(End::In { session, notice }))
}

/// Whether a second step is asked for, as after a password: of who works here always where there is a second factor or must be one,
/// of others unless an electronic identity was shown.
async fn asks_more(tx: &Tx, account: &Account, assurance: Assurance) -> Result<bool, Failure> {
    if second_factor::is_asked(tx.db(), account).await? {
        return Ok(account.is_staff() || !assurance.proves_number());
    }
    let required = second_factor::is_required(&tx.config::<Config>(), account);
    if required {
        second_factor::begin(tx, account).await?;
    }
    Ok(required)
}
