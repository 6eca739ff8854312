//! The post office as a port: orders are placed and taken back there, and it is asked what became of them. Off without an
//! address; then officers go to the post themselves and type what it gave them.

pub mod pretend;
pub mod wire;

use std::collections::BTreeMap;

use chassis::{Clock, Setup, StartError, config::Secret};
use procedure::Organisation;
use reqwest::{Method, StatusCode, Url};
use serde::Deserialize;
use tokio::sync::Mutex;

use self::wire::{Cancellation, Order, Page, Said, Token};
use crate::{
    config::Config,
    domain::parcel::News,
    outside::{self, Answer, Away},
    store::parcels::Receiver,
};

/// The most pages that are read at once; the rest has time until the next round.
const PAGES: usize = 50;

/// How the post office is reached, and what it means.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contract {
    /// Whether a pretend post office takes its place where it has no address.
    pub pretend: bool,
    /// The address that the paths below begin at; empty for none.
    pub url: String,
    /// Where a token is got.
    pub token_path: String,
    /// Where orders are placed.
    pub order_path: String,
    /// Where orders are taken back.
    pub cancel_path: String,
    /// Where statuses are read.
    pub tracking_path: String,
    /// Who we are when a token is got.
    pub client_id: String,
    /// What proves it.
    pub client_secret: Secret,
    /// Our number as a customer.
    pub customer_code: String,
    /// The longest that it may take to answer, in seconds.
    pub timeout_seconds: u64,
    /// How often statuses are read, in minutes.
    pub track_minutes: u32,
    /// How many statuses are read at once.
    pub page_size: u32,
    /// How many statuses before the last one known are read again, for those that came late.
    pub overlap: u32,
    /// After how many days without news an officer is told.
    pub silent_days: u32,
    /// Its codes of provinces, by their names at the end of an address.
    pub provinces: BTreeMap<String, String>,
    /// What its codes mean.
    pub codes: Codes,
}

/// What the codes of the post office mean; one that stands nowhere means that the parcel goes on.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Codes {
    /// It is with the citizen.
    pub delivered: Vec<String>,
    /// It came back.
    pub returned: Vec<String>,
    /// It is not found.
    pub lost: Vec<String>,
    /// It will not be carried.
    pub cancelled: Vec<String>,
    /// To an order: it has that one already.
    pub duplicate: Vec<String>,
    /// To a cancellation: it has no such order.
    pub unknown: Vec<String>,
}

impl Codes {
    /// What a status means.
    pub fn meaning(&self, code: &str) -> News {
        let is_in = |codes: &[String]| codes.iter().any(|known| known == code);
        if is_in(&self.delivered) {
            News::Delivered
        } else if is_in(&self.returned) {
            News::Returned
        } else if is_in(&self.lost) {
            News::Lost
        } else if is_in(&self.cancelled) {
            News::Cancelled
        } else {
            News::OnTheWay
        }
    }
}

/// What became of an order or of a cancellation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Taken {
    /// It is done, now or before; with what the post office calls the parcel, if it says so.
    Done(Option<String>),
    /// It will not be done, and why.
    Refused(String),
}

/// The line to the post office.
pub struct Post {
    contract: Contract,
    http: reqwest::Client,
    url: Option<Url>,
    token: Mutex<Option<String>>,
    /// Lives as long as this does.
    _pretend: Option<pretend::Office>,
}

impl Post {
    /// Made when the service starts.
    pub async fn open(setup: Setup) -> Result<Self, StartError> {
        let mut contract = setup.config::<Config>().post.clone();
        let mut office = None;
        if contract.pretend && contract.url.trim().is_empty() {
            let first = Clock::system().now().timestamp_micros();
            let opened = pretend::Office::open(first).await;
            let opened = opened.map_err(|error| {
                StartError::because("delivery: its pretend post office", &error)
            })?;
            opened.walks();
            opened.settle(&mut contract);
            office = Some(opened);
        }
        Self::with(contract, office)
    }

    fn with(contract: Contract, pretend: Option<pretend::Office>) -> Result<Self, StartError> {
        let url = match contract.url.trim().trim_end_matches('/') {
            "" => None,
            url => Some(Url::parse(&format!("{url}/")).map_err(|error| {
                StartError::because("delivery: DELIVERY__POST__URL is no address", &error)
            })?),
        };
        let wanted = [
            ("CLIENT_ID", contract.client_id.trim().is_empty()),
            ("CLIENT_SECRET", contract.client_secret.is_empty()),
            ("CUSTOMER_CODE", contract.customer_code.trim().is_empty()),
        ];
        if url.is_some()
            && let Some((key, _)) = wanted.iter().find(|(_, is_missing)| *is_missing)
        {
            return Err(StartError::new(format!(
                "delivery: with DELIVERY__POST__URL, DELIVERY__POST__{key} must be set"
            )));
        }
        if contract.track_minutes == 0 || contract.page_size == 0 || contract.timeout_seconds == 0 {
            return Err(StartError::new(
                "delivery: DELIVERY__POST__TRACK_MINUTES, PAGE_SIZE and TIMEOUT_SECONDS are at least 1",
            ));
        }
        Ok(Self {
            http: outside::client(contract.timeout_seconds)?,
            contract,
            url,
            token: Mutex::default(),
            _pretend: pretend,
        })
    }

    /// Whether orders can be placed.
    pub const fn is_there(&self) -> bool {
        self.url.is_some()
    }

    /// What was agreed.
    pub const fn contract(&self) -> &Contract {
        &self.contract
    }

    /// Places an order. Placed twice under one number, it is one parcel.
    pub async fn order(
        &self,
        number: &str,
        dossier: &str,
        desk: &Organisation,
        to: &Receiver,
    ) -> Result<Taken, Away> {
        let order = Order {
            customer_code: &self.contract.customer_code,
            order_number: number,
            cod_amount: 0,
            sender_province: self.province(&desk.address),
            sender_district: "",
            sender_address: &desk.address,
            sender_name: &desk.name.vi,
            sender_email: desk.email.as_deref().unwrap_or_default(),
            sender_tel: &desk.phone,
            sender_desc: &desk.name.vi,
            description: format!("Hồ sơ {dossier}"),
            receiver_name: &to.name,
            receiver_address: &to.address,
            receiver_tel: to.phone.replace("+84", "0"),
            receiver_province: self.province(&to.address),
            receiver_district: "",
            receiver_email: "",
        };
        let path = &self.contract.order_path;
        let make = |request: reqwest::RequestBuilder| request.json(&order);
        let answer = self.ask(Method::POST, path, make).await?;
        if answer.status == StatusCode::CONFLICT {
            return Ok(Taken::Done(None));
        }
        taken(&answer, &self.contract.codes.duplicate)
    }

    /// Takes an order back. One that the post office never had is as good as taken back.
    pub async fn cancel(&self, number: &str) -> Result<Taken, Away> {
        let cancellation = Cancellation {
            customer_code: &self.contract.customer_code,
            order_number: number,
        };
        let path = &self.contract.cancel_path;
        let make = |request: reqwest::RequestBuilder| request.json(&cancellation);
        let answer = self.ask(Method::POST, path, make).await?;
        taken(&answer, &self.contract.codes.unknown)
    }

    /// Reads every status behind the last one known, and some before it.
    pub async fn track(&self, known: i64) -> Result<Vec<wire::Status>, Away> {
        let size = self.contract.page_size;
        let full = usize::try_from(size).unwrap_or(usize::MAX);
        let mut after = known.saturating_sub(self.contract.overlap.into()).max(0);
        let mut all = Vec::new();
        for _ in 0..PAGES {
            let query = [
                ("customerCode", self.contract.customer_code.clone()),
                ("lastId", after.to_string()),
                ("pageSize", size.to_string()),
            ];
            let make = |request: reqwest::RequestBuilder| request.query(&query);
            let path = &self.contract.tracking_path;
            let answer = self.ask(Method::GET, path, make).await?;
            if !answer.status.is_success() {
                return Err(Away::Busy(answer.status));
            }
            let page: Page = answer.json()?;
            let (read, statuses) = page.read();
            let last = statuses.iter().map(|status| status.id).max();
            all.extend(statuses);
            // A page that leads nowhere new is the last one, whatever its length.
            match last {
                Some(last) if last > after && read >= full => after = last,
                _ => break,
            }
        }
        Ok(all)
    }

    /// The post office's name of the province that an address ends in; the address's own where it has none.
    fn province<'a>(&'a self, address: &'a str) -> &'a str {
        let name = address.rsplit(',').next().unwrap_or(address).trim();
        let known = &self.contract.provinces;
        let code = known
            .iter()
            .find(|(known, _)| known.to_lowercase() == name.to_lowercase());
        code.map_or(name, |(_, code)| code)
    }

    /// Asks with a token; with a new one where the old one is not believed any more.
    async fn ask(
        &self,
        method: Method,
        path: &str,
        make: impl Fn(reqwest::RequestBuilder) -> reqwest::RequestBuilder,
    ) -> Result<Answer, Away> {
        let url = self.address(path)?;
        let mut worn = None;
        loop {
            let token = self.token(worn.as_deref()).await?;
            let request = self.http.request(method.clone(), url.clone());
            let answer = outside::ask(make(request).bearer_auth(&token)).await?;
            if answer.status == StatusCode::UNAUTHORIZED && worn.is_none() {
                worn = Some(token);
                continue;
            }
            return if answer.is_for_later() {
                Err(Away::Busy(answer.status))
            } else {
                Ok(answer)
            };
        }
    }

    fn address(&self, path: &str) -> Result<Url, Away> {
        let url = self.url.as_ref().ok_or(Away::Unreachable)?;
        url.join(path.trim_start_matches('/'))
            .map_err(|_| Away::Unreachable)
    }

    /// A token; another one than `worn`. One at a time gets it, and the others have the same.
    async fn token(&self, worn: Option<&str>) -> Result<String, Away> {
        let mut kept = self.token.lock().await;
        if let Some(token) = kept.as_deref().filter(|token| Some(*token) != worn) {
            return Ok(token.to_owned());
        }
        let request = self
            .http
            .post(self.address(&self.contract.token_path)?)
            .basic_auth(
                &self.contract.client_id,
                Some(self.contract.client_secret.expose()),
            )
            .form(&[("grant_type", "client_credentials")]);
        let answer = outside::ask(request).await?;
        if !answer.status.is_success() {
            return Err(Away::Busy(answer.status));
        }
        let token: Token = answer.json()?;
        *kept = Some(token.access_token.clone());
        Ok(token.access_token)
    }
}

/// What an answer means: done, done before (one of those codes), or refused with a reason.
fn taken(answer: &Answer, done_before: &[String]) -> Result<Taken, Away> {
    let said: Said = answer.json()?;
    let code = said.code();
    let is_done = answer.status.is_success() && said.status;
    if is_done || done_before.iter().any(|known| *known == code) {
        return Ok(Taken::Done(said.item_code()));
    }
    Ok(Taken::Refused(said.reason()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: StatusCode, body: &str) -> Answer {
        Answer {
            status,
            body: body.as_bytes().to_vec(),
        }
    }

    #[test]
    fn an_order_that_the_post_has_already_counts_as_taken() {
        let known = ["DUPLICATE".to_owned()];
        let said = answer(StatusCode::OK, r#"{"status": false, "code": "DUPLICATE"}"#);
        assert_eq!(taken(&said, &known).unwrap(), Taken::Done(None));
    }

    #[test]
    fn a_refusal_says_why_and_nonsense_is_no_refusal() {
        let body = r#"{"status": false, "code": 7, "message": "Địa chỉ không phát được"}"#;
        for status in [StatusCode::OK, StatusCode::BAD_REQUEST] {
            let said = taken(&answer(status, body), &[]).unwrap();
            assert_eq!(said, Taken::Refused("Địa chỉ không phát được".into()));
        }
        for body in ["", "<html>", "[]", r#"{"message": "?"}"#] {
            let said = taken(&answer(StatusCode::OK, body), &[]);
            assert!(matches!(said, Err(Away::Nonsense)), "{body}");
        }
    }
}
