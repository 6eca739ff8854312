//! An act: something a request changes, in one transaction, once for an `Idempotency-Key`.

use axum::{
    extract::FromRequestParts,
    http::{HeaderName, HeaderValue, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use sea_orm::ConnectionTrait;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::Problem;
use crate::{App, Failure, Tx, database::statement};

/// What is answered to an act; kept with its effect when the request carried an `Idempotency-Key`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Answer {
    status: u16,
    headers: Vec<(String, String)>,
    body: String,
}

impl Answer {
    /// A JSON answer.
    pub fn json(status: StatusCode, body: &impl Serialize) -> Self {
        Self {
            status: status.as_u16(),
            headers: vec![(
                header::CONTENT_TYPE.to_string(),
                "application/json".to_owned(),
            )],
            body: serde_json::to_string(body).unwrap_or_default(),
        }
    }

    /// Sends a browser on to `location` after a posted form (303).
    pub fn see_other(location: impl Into<String>) -> Self {
        Self {
            status: StatusCode::SEE_OTHER.as_u16(),
            headers: vec![(header::LOCATION.to_string(), location.into())],
            body: String::new(),
        }
    }

    /// Nothing to say (204).
    pub fn nothing() -> Self {
        Self {
            status: StatusCode::NO_CONTENT.as_u16(),
            headers: Vec::new(),
            body: String::new(),
        }
    }

    /// Adds a header. Never one that carries a secret: it is kept.
    #[must_use]
    pub fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::OK);
        let mut response = (status, self.body).into_response();
        response.headers_mut().remove(header::CONTENT_TYPE);
        for (name, value) in self.headers {
            if let (Ok(name), Ok(value)) =
                (name.parse::<HeaderName>(), value.parse::<HeaderValue>())
            {
                response.headers_mut().insert(name, value);
            }
        }
        response
    }
}

/// The extractor of an endpoint that changes something: `act.transact(…)`.
pub struct Act {
    app: App,
    key: Option<String>,
    path: String,
    scope: String,
    person: Option<contracts::AccountId>,
    request: Sha256,
}

impl FromRequestParts<App> for Act {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let key = match parts.headers.get("idempotency-key") {
            None => None,
            Some(value) => Some(read_key(value.to_str().unwrap_or_default())?),
        };
        let target = parts
            .uri
            .path_and_query()
            .map(ToString::to_string)
            .unwrap_or_default();
        let mut request = Sha256::new();
        request.update(parts.method.as_str());
        request.update(&target);
        // Who asks is part of the scope: nobody meets another's key.
        let mut scope = Sha256::new();
        for name in [header::AUTHORIZATION, header::COOKIE] {
            if let Some(value) = parts.headers.get(name) {
                scope.update(value.as_bytes());
            }
        }
        Ok(Self {
            app: app.clone(),
            key,
            path: parts.uri.path().to_owned(),
            scope: hex::encode(scope.finalize()),
            person: None,
            request,
        })
    }
}

fn read_key(text: &str) -> Result<String, Problem> {
    let text = text.trim().trim_matches('"');
    if (1..=200).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic()) {
        Ok(text.to_owned())
    } else {
        let refused = contracts::Refused::new(
            "Idempotency-Key gồm 1 đến 200 ký tự ASCII",
            "An Idempotency-Key has 1 to 200 ASCII characters",
        );
        Err(Problem::field("Idempotency-Key", refused))
    }
}

impl Act {
    /// The service.
    pub fn app(&self) -> &App {
        &self.app
    }

    /// Names who acts, in place of their token: a key then outlives a new sign-in.
    #[must_use]
    pub fn by(mut self, account: contracts::AccountId) -> Self {
        self.scope = account.to_string();
        self.person = Some(account);
        self
    }

    /// Who acts, once named.
    pub fn person(&self) -> Option<contracts::AccountId> {
        self.person
    }

    /// Names the key itself, where a page carries it in a hidden field: all forms of one page may carry the same.
    pub fn keyed(mut self, key: &str) -> Result<Self, Problem> {
        self.key = Some(format!("{} {}", self.path, read_key(key)?));
        Ok(self)
    }

    /// Makes the request's content part of what a key stands for: the same key with another content is refused (422).
    #[must_use]
    pub fn about(mut self, content: &impl Serialize) -> Self {
        self.request
            .update(serde_json::to_vec(content).unwrap_or_default());
        self
    }

    /// Runs `work` in one transaction and commits what it changed and said.
    ///
    /// With an `Idempotency-Key` the answer is kept in the same transaction: the same request again gets the same
    /// answer and changes nothing; while the first is in progress the second gets 409; another content gets 422.
    pub async fn transact<F, Fut>(self, work: F) -> Result<Response, Problem>
    where
        F: FnOnce(Tx) -> Fut,
        Fut: Future<Output = Result<Answer, Problem>>,
    {
        let Some(key) = &self.key else {
            let tx = Tx::begin(&self.app).await?;
            let answer = work(tx.clone()).await?;
            tx.commit().await?;
            return Ok(answer.into_response());
        };
        let request = hex::encode(self.request.clone().finalize());
        let _mine = Answering::begin(&self.app, format!("{}/{key}", self.scope))?;
        let tx = Tx::begin(&self.app).await?;
        let answer = match self.earlier(&tx, key, &request).await {
            Ok(None) => work(tx.clone()).await,
            Ok(Some(earlier)) => {
                tx.roll_back().await;
                return Ok(earlier
                    .header("idempotency-replayed", "true")
                    .into_response());
            }
            Err(problem) => Err(problem),
        };
        let answer = match answer {
            Ok(answer) => answer,
            Err(problem) => {
                tx.roll_back().await;
                return Err(problem);
            }
        };
        let sql = "INSERT INTO idempotency (scope, key, request_sha256, answer, answered_at) VALUES (?, ?, ?, ?, ?)";
        let text =
            serde_json::to_string(&answer).map_err(|error| Failure::park(error.to_string()))?;
        let values = [
            self.scope.clone().into(),
            key.clone().into(),
            request.into(),
            text.into(),
            tx.now().timestamp_micros().into(),
        ];
        tx.db().execute_raw(statement(tx.db(), sql, values)).await?;
        tx.commit().await?;
        Ok(answer.into_response())
    }

    /// The answer given before, if any. On PostgreSQL a replica that is answering the same key right now shows as a lock.
    async fn earlier(&self, tx: &Tx, key: &str, request: &str) -> Result<Option<Answer>, Problem> {
        if self.app.db().is_postgres() {
            let sql = "SELECT pg_try_advisory_xact_lock(7404, hashtext(?))";
            let name = format!("{}/{}/{key}", self.app.name(), self.scope);
            let row = tx
                .db()
                .query_one_raw(statement(tx.db(), sql, [name.into()]))
                .await?;
            if !row.is_some_and(|row| row.try_get_by_index::<bool>(0).unwrap_or(false)) {
                return Err(in_progress());
            }
        }
        let sql = "SELECT request_sha256, answer FROM idempotency WHERE scope = ? AND key = ?";
        let values = [self.scope.clone().into(), key.to_owned().into()];
        let Some(row) = tx
            .db()
            .query_one_raw(statement(tx.db(), sql, values))
            .await?
        else {
            return Ok(None);
        };
        let (before, answer): (String, String) =
            (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
        if before != request {
            let refused = contracts::Refused::new(
                "Mã này đã dùng cho một yêu cầu khác",
                "This key was used for another request",
            );
            return Err(Problem::field("Idempotency-Key", refused));
        }
        Ok(Some(
            serde_json::from_str(&answer).map_err(|error| Failure::park(error.to_string()))?,
        ))
    }
}

fn in_progress() -> Problem {
    Problem::in_progress(
        "Yêu cầu này đang được xử lý",
        "This request is being answered already",
    )
}

/// A key that this process is answering; given back when dropped.
struct Answering {
    app: App,
    name: String,
}

impl Answering {
    fn begin(app: &App, name: String) -> Result<Self, Problem> {
        let mut answering = app
            .answering()
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        if !answering.insert(name.clone()) {
            return Err(in_progress());
        }
        Ok(Self {
            app: app.clone(),
            name,
        })
    }
}

impl Drop for Answering {
    fn drop(&mut self) {
        self.app
            .answering()
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .remove(&self.name);
    }
}
