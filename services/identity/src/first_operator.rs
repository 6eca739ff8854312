//! The first operator: somebody must be able to sign in to a new system. Their password is given, or made and kept in a file.

use std::{fs, io, path::PathBuf};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use chassis::{App, Failure, StartError, audit::Deed, config::keep, http::FieldError, random};

use crate::{config::Config, passwords::Passwords, registration, store};

/// Where the first operator's password comes from.
enum Source {
    Given,
    Found(PathBuf),
    Made(PathBuf),
}

/// Gives the system its first operator, unless it has one.
pub async fn appear(app: App) -> Result<(), StartError> {
    let away =
        |failure: Failure| StartError::because("identity: its first operator", &failure).passing();
    let known = store::has_operator(app.db().reads())
        .await
        .map_err(|error| away(error.into()))?;
    if known {
        return Ok(());
    }
    let (source, password) = choose(&app)?;
    let id = app.clock().new_id().into();
    let (account, password) =
        registration::first_operator(id, &password).map_err(|errors| unfit(&source, &errors))?;
    let hash = app
        .part::<Passwords>()
        .hash(password.secret())
        .await
        .map_err(away)?;
    let open = async |tx: chassis::Tx| {
        // Replicas that start together wait for one another here: one opens the account and, only then, keeps the password.
        let opened = store::open(tx.db(), &account, &hash, tx.now()).await?;
        if opened {
            let deed = Deed::of("identity".into(), "identity.account-opened");
            tx.record(deed.to(account.id.0));
        }
        if let (true, Source::Made(file)) = (opened, &source) {
            keep(file, password.secret()).map_err(Failure::retry)?;
        }
        Ok(opened)
    };
    let opened = app
        .transact(open)
        .await
        .map_err(|failure| unkept(&source, &failure))?;
    if let (true, Source::Made(file)) = (opened, &source) {
        tracing::info!(file = %file.display(), "the first operator signs in as `operator` with the password in this file");
    }
    Ok(())
}

fn choose(app: &App) -> Result<(Source, String), StartError> {
    let config = app.config::<Config>();
    if !config.operator_password.is_empty() {
        return Ok((Source::Given, config.operator_password.clone()));
    }
    let file = config.operator_password_file(app.settings());
    match fs::read_to_string(&file) {
        Ok(password) => Ok((
            Source::Found(file),
            password.trim_end_matches(['\r', '\n']).to_owned(),
        )),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            Ok((Source::Made(file), BASE64.encode(random::<18>())))
        }
        Err(error) => Err(StartError::because(
            &format!(
                "identity: IDENTITY__OPERATOR_PASSWORD_FILE ({})",
                file.display()
            ),
            &error,
        )),
    }
}

fn unfit(source: &Source, errors: &[FieldError]) -> StartError {
    let place = match source {
        Source::Given => "IDENTITY__OPERATOR_PASSWORD".to_owned(),
        Source::Found(file) | Source::Made(file) => format!("the password in {}", file.display()),
    };
    let reasons: Vec<&str> = errors.iter().map(|error| error.en.as_str()).collect();
    StartError::new(format!(
        "identity: {place} cannot be used: {}",
        reasons.join("; ")
    ))
}

/// A file that cannot be written will not be writable later: only a database that is away is waited for.
fn unkept(source: &Source, failure: &Failure) -> StartError {
    let Source::Made(file) = source else {
        return StartError::because("identity: the first operator", failure).passing();
    };
    let file = file.display();
    let what = format!(
        "identity: the first operator's password cannot be kept in {file} (IDENTITY__OPERATOR_PASSWORD_FILE; \
         or set IDENTITY__OPERATOR_PASSWORD)"
    );
    StartError::because(&what, failure)
}
