//! What issuers say of the certificates that a result's signatures are checked by, fetched to be kept in the file (B-LT).

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Mutex, PoisonError},
};

use chassis::{Failure, StartError};
use chrono::{DateTime, TimeDelta, Utc};
use pades::{Certificate, Revocation, RevocationList};

use super::outside::{self, Outside, Rest};
use crate::config::Config;

/// Bytes of one list.
const LONGEST: usize = 8 << 20;
/// Lists that are remembered.
const LISTS: usize = 32;
/// Bytes that are remembered.
const KEPT: usize = 32 << 20;
/// How long a list is remembered that does not say when the next one comes.
const UNTOLD: TimeDelta = TimeDelta::minutes(10);
/// What is told to be down.
const NAME: &str = "an issuer's list of revoked certificates";

/// Fetches lists, each once until the next one is due.
#[derive(Debug)]
pub struct Lists {
    outside: Outside,
    hosts: BTreeSet<String>,
    remembered: Mutex<BTreeMap<String, (RevocationList, DateTime<Utc>)>>,
    rest: Rest,
}

impl Lists {
    /// `None` where nothing is to be fetched. Called are only hosts that the certificates of our own keys name, the timestamp
    /// authority's, and those that are configured.
    pub fn open<'a>(
        config: &Config,
        outside: Outside,
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
        let named = own.flat_map(|certificate| certificate.urls().crl);
        let named = named.filter_map(|text| host(&outside::address(&text)?));
        let configured = config.revocation.hosts.iter().cloned();
        let hosts = named.chain(host(&clock)).chain(configured).collect();
        Ok(Some(Self {
            outside,
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
            let list = self.list_of(&certificate, issuer.as_ref(), now).await?;
            if let Some(at) = list.revoked(&certificate) {
                let subject = certificate.subject();
                return Err(Failure::park(format!(
                    "the certificate of {subject} was revoked at {at}"
                )));
            }
            let der = list.as_der();
            if !kept.crls.iter().any(|other| other == der) {
                kept.crls.push(der.to_vec());
            }
        }
        Ok(kept)
    }

    /// The list in force that a certificate's issuer made.
    async fn list_of(
        &self,
        certificate: &Certificate,
        issuer: Option<&Certificate>,
        now: DateTime<Utc>,
    ) -> Result<RevocationList, Failure> {
        let subject = certificate.subject();
        let issuer = issuer.ok_or_else(|| {
            Failure::park(format!(
                "the issuer's certificate of {subject} is neither with its key nor in DELIVERY__ANCHORS"
            ))
        })?;
        let urls = certificate.urls().crl;
        let urls = urls.iter().filter_map(|text| outside::address(text));
        let (allowed, others): (Vec<_>, Vec<_>) =
            urls.partition(|url| host(url).is_some_and(|host| self.hosts.contains(&host)));
        if allowed.is_empty() {
            let hosts: Vec<_> = others.iter().filter_map(host).collect();
            return Err(Failure::park(if hosts.is_empty() {
                format!("the certificate of {subject} names no list of revoked ones")
            } else {
                let hosts = hosts.join(", ");
                format!(
                    "the list for {subject} lies at {hosts}, which DELIVERY__REVOCATION__HOSTS does not name"
                )
            }));
        }
        for url in &allowed {
            let known = self.remembered(url.as_str(), now);
            if let Some(known) = known.filter(|list| list.is_by(issuer)) {
                return Ok(known);
            }
        }
        self.rest.is_over(now)?;
        let mut why = String::new();
        for url in &allowed {
            match self.fetch(url, issuer, now).await {
                Ok(list) => return Ok(list),
                Err(fault) => why = fault,
            }
        }
        Err(self.rest.begin(&format!("for {subject}: {why}"), now))
    }

    async fn fetch(
        &self,
        url: &reqwest::Url,
        issuer: &Certificate,
        now: DateTime<Utc>,
    ) -> Result<RevocationList, String> {
        let bytes = outside::answer(self.outside.get(url), LONGEST).await?;
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
