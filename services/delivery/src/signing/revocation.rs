//! What issuers say of the certificates that a result's signatures are checked by, fetched to be kept in the file (B-LT).

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Mutex, PoisonError},
};

use chassis::{Failure, StartError};
use chrono::{DateTime, TimeDelta, Utc};
use pades::{Certificate, OcspRequest, OcspStanding, Revocation, RevocationList};
use reqwest::header;

use super::outside::{self, Rest};
use crate::config::Config;

/// Bytes of one list.
const LONGEST: usize = 8 << 20;
/// Lists that are remembered.
const LISTS: usize = 32;
/// Bytes that are remembered.
const KEPT: usize = 32 << 20;
/// Bytes of a responder's answer.
const LONGEST_ANSWER: usize = 64 << 10;
/// How long a list is remembered that does not say when the next one comes.
const UNTOLD: TimeDelta = TimeDelta::minutes(10);
/// What is told to be down.
const NAME: &str = "the word of an issuer on its certificates";

/// What an issuer says.
enum Word {
    /// Its list of revoked certificates, on which the one in question does not stand.
    List(Vec<u8>),
    /// Its responder's answer that the certificate holds.
    Answer(Vec<u8>),
}

fn revoked(subject: &str) -> Failure {
    Failure::park(format!("the certificate of {subject} was revoked"))
}

/// Fetches lists, each once until the next one is due.
#[derive(Debug)]
pub struct Lists {
    http: reqwest::Client,
    hosts: BTreeSet<String>,
    remembered: Mutex<BTreeMap<String, (RevocationList, DateTime<Utc>)>>,
    rest: Rest,
}

impl Lists {
    /// `None` where nothing is to be fetched. Called are only hosts that the certificates of our own keys name, the timestamp
    /// authority's, and those that are configured.
    pub fn open<'a>(
        config: &Config,
        http: reqwest::Client,
        own: impl Iterator<Item = &'a Certificate>,
    ) -> Result<Option<Self>, StartError> {
        if !config.revocation.fetch {
            return Ok(None);
        }
        let Some(clock) = outside::address(&config.timestamp.url) else {
            return Err(StartError::new(
                "delivery: DELIVERY__REVOCATION__FETCH needs DELIVERY__TIMESTAMP__URL: what issuers say is worth something \
                 for a time that is confirmed",
            ));
        };
        let named = own.flat_map(|certificate| {
            let urls = certificate.urls();
            urls.crl.into_iter().chain(urls.ocsp)
        });
        let named = named.filter_map(|text| host(&outside::address(&text)?));
        let configured = config.revocation.hosts.iter().cloned();
        let hosts = named.chain(host(&clock)).chain(configured).collect();
        Ok(Some(Self {
            http,
            hosts,
            remembered: Mutex::default(),
            rest: Rest::new(NAME),
        }))
    }

    /// For each certificate that is no root, what its issuer says; and all of them, to believe it by. A certificate that was
    /// revoked signs nothing here.
    pub async fn gather(
        &self,
        certificates: Vec<Certificate>,
        anchors: &[Certificate],
        now: DateTime<Utc>,
    ) -> Result<Revocation, Failure> {
        let mut kept = Revocation::default();
        for certificate in certificates {
            if !kept.certificates.contains(&certificate) {
                kept.certificates.push(certificate);
            }
        }
        for certificate in kept.certificates.clone() {
            if certificate.is_root() {
                continue;
            }
            let mut known = kept.certificates.iter().chain(anchors);
            let issuer = known.find(|other| other.issued(&certificate)).cloned();
            match self.said(&certificate, issuer.as_ref(), now).await? {
                Word::List(list) if !kept.crls.contains(&list) => kept.crls.push(list),
                Word::List(_) => {}
                Word::Answer(answer) => kept.ocsp.push(answer),
            }
        }
        Ok(kept)
    }

    /// What a certificate's issuer says of it: by its list, or else by its responder.
    async fn said(
        &self,
        certificate: &Certificate,
        issuer: Option<&Certificate>,
        now: DateTime<Utc>,
    ) -> Result<Word, Failure> {
        let subject = certificate.subject();
        let issuer = issuer.ok_or_else(|| {
            Failure::park(format!(
                "the issuer's certificate of {subject} is neither with its key nor in DELIVERY__ANCHORS"
            ))
        })?;
        let urls = certificate.urls();
        let mut others = Vec::new();
        let (lists, responders) = (
            self.allowed(&urls.crl, &mut others),
            self.allowed(&urls.ocsp, &mut others),
        );
        if lists.is_empty() && responders.is_empty() {
            let hosts = others.join(", ");
            return Err(Failure::park(if hosts.is_empty() {
                format!("the certificate of {subject} names nobody who says whether it was revoked")
            } else {
                format!(
                    "what is said of {subject} lies at {hosts}, which DELIVERY__REVOCATION__HOSTS does not name"
                )
            }));
        }
        let found = if let Some(known) = self.remembered_list(&lists, issuer, now) {
            Ok(known)
        } else {
            self.rest.is_over(now)?;
            self.fetch_first(&lists, issuer, now).await
        };
        let mut why = match found {
            Ok(list) if list.revoked(certificate).is_some() => return Err(revoked(&subject)),
            Ok(list) => return Ok(Word::List(list.as_der().to_vec())),
            Err(why) => why,
        };
        for url in &responders {
            match self.ask(url, certificate, issuer, now).await {
                Ok((OcspStanding::Good(_), answer)) => return Ok(Word::Answer(answer)),
                Ok((OcspStanding::Revoked, _)) => return Err(revoked(&subject)),
                Ok((OcspStanding::Unknown, _)) => {
                    "its responder does not know it".clone_into(&mut why);
                }
                Err(fault) => why = fault,
            }
        }
        Err(self.rest.begin(&format!("for {subject}: {why}"), now))
    }

    /// The addresses that may be called; the hosts of the others are told.
    fn allowed(&self, urls: &[String], others: &mut Vec<String>) -> Vec<reqwest::Url> {
        let mut allowed = Vec::new();
        for url in urls.iter().filter_map(|text| outside::address(text)) {
            match host(&url) {
                Some(host) if self.hosts.contains(&host) => allowed.push(url),
                Some(host) if !others.contains(&host) => others.push(host),
                _ => {}
            }
        }
        allowed
    }

    fn remembered_list(
        &self,
        urls: &[reqwest::Url],
        issuer: &Certificate,
        now: DateTime<Utc>,
    ) -> Option<RevocationList> {
        let mut known = urls
            .iter()
            .filter_map(|url| self.remembered(url.as_str(), now));
        known.find(|list| list.is_by(issuer))
    }

    async fn fetch_first(
        &self,
        urls: &[reqwest::Url],
        issuer: &Certificate,
        now: DateTime<Utc>,
    ) -> Result<RevocationList, String> {
        let mut why = String::new();
        for url in urls {
            match self.fetch(url, issuer, now).await {
                Ok(list) => return Ok(list),
                Err(fault) => why = fault,
            }
        }
        Err(why)
    }

    async fn ask(
        &self,
        url: &reqwest::Url,
        certificate: &Certificate,
        issuer: &Certificate,
        now: DateTime<Utc>,
    ) -> Result<(OcspStanding, Vec<u8>), String> {
        let question = OcspRequest::new(certificate, issuer).map_err(|error| error.to_string())?;
        let request = self
            .http
            .post(url.clone())
            .header(header::CONTENT_TYPE, "application/ocsp-request")
            .header(header::ACCEPT, "application/ocsp-response")
            .body(question.as_der().to_vec());
        let answer = outside::answer(request, LONGEST_ANSWER).await?;
        let standing = question.check(&answer, now);
        Ok((standing.map_err(|error| error.to_string())?, answer))
    }

    async fn fetch(
        &self,
        url: &reqwest::Url,
        issuer: &Certificate,
        now: DateTime<Utc>,
    ) -> Result<RevocationList, String> {
        let bytes = outside::answer(self.http.get(url.clone()), LONGEST).await?;
        let list = RevocationList::from_der(&bytes).map_err(|error| error.to_string())?;
        if !list.is_by(issuer) {
            return Err("it is not by the certificate's issuer".to_owned());
        }
        let until = list.next_update().unwrap_or(now + UNTOLD);
        if until <= now {
            return Err("it is out of date".to_owned());
        }
        self.remember(url.as_str(), &list, until, now);
        Ok(list)
    }

    fn remembered(&self, url: &str, now: DateTime<Utc>) -> Option<RevocationList> {
        let remembered = self.remembered.lock();
        let remembered = remembered.unwrap_or_else(PoisonError::into_inner);
        let (list, until) = remembered.get(url)?;
        (*until > now).then(|| list.clone())
    }

    fn remember(&self, url: &str, list: &RevocationList, until: DateTime<Utc>, now: DateTime<Utc>) {
        let remembered = self.remembered.lock();
        let mut remembered = remembered.unwrap_or_else(PoisonError::into_inner);
        remembered.retain(|_, (_, until)| *until > now);
        let size = list.as_der().len();
        let total: usize = remembered
            .values()
            .map(|(list, _)| list.as_der().len())
            .sum();
        // What does not fit is fetched each time.
        if remembered.len() < LISTS && total + size <= KEPT {
            remembered.insert(url.to_owned(), (list.clone(), until));
        }
    }
}

fn host(url: &reqwest::Url) -> Option<String> {
    url.host_str().map(str::to_lowercase)
}
