//! The papers: step two. A file goes straight to scan, which leads the browser back here with the document's id.

use std::{collections::BTreeMap, sync::Arc};

use askama::Template;
use axum::{extract::State, response::Response};
use chassis::{
    App, Tx,
    auth::OwnLink,
    http::{Act, Answer, Form, Path, Problem, Query},
};
use chrono::NaiveDate;
use contracts::{AccountId, DocumentId, DossierId, PersonName, scan::PageFlaw};
use procedure::{Catalogue, Description, description::Component, paper::Limits};
use serde::{Deserialize, Serialize};

use super::Open;
use crate::{
    acts,
    assurance::Enclosing,
    domain::{
        draft::Checked,
        kept::{Kept, offered},
    },
    store,
};

#[derive(Template)]
#[template(path = "papers.html")]
struct PapersPage<'a> {
    id: DossierId,
    acted_for: Option<&'a PersonName>,
    procedure: &'a Description,
    asked: &'a [String],
    papers: Vec<Paper<'a>>,
    checking: bool,
    /// Whether there is nothing to do here but to wait: then the page comes again by itself. Never while a file may be being chosen,
    /// which that would lose.
    waits: bool,
    key: String,
}

/// A paper and what is enclosed for it.
struct Paper<'a> {
    component: &'a Component,
    /// What one may be at most, as far as its kind says.
    limits: Limits,
    /// `missing`, `checking`, `accepted` or `rejected`.
    state: &'static str,
    reason: Option<&'a str>,
    /// What is wrong with the pictures of its pages, each with its page's number.
    flawed: Vec<FlawedPage<'a>>,
    document: Option<DocumentId>,
    /// Whether it is kept for later dossiers; nothing where papers of its kind cannot be.
    kept: Option<bool>,
    /// What the citizen keeps of this kind.
    offers: Vec<Offer<'a>>,
}

/// A paper of one's own that could be used here.
struct Offer<'a> {
    kept: &'a Kept,
    /// What the procedure is called that it was used for first.
    first: Option<String>,
}

/// What scan was told to do just now, before it has said so to everybody.
#[derive(Deserialize)]
pub struct Told {
    kept: Option<DocumentId>,
}

/// A page whose picture shall be seen, and what is wrong with it.
struct FlawedPage<'a> {
    number: u32,
    advice: Vec<&'a str>,
}

impl<'a> FlawedPage<'a> {
    fn all(flaws: &'a [PageFlaw]) -> Vec<Self> {
        let same_page = |one: &PageFlaw, other: &PageFlaw| one.page == other.page;
        let page = |flaws: &'a [PageFlaw]| Self {
            number: flaws[0].page,
            advice: flaws.iter().map(|flaw| flaw.advice_vi.as_str()).collect(),
        };
        flaws.chunk_by(same_page).map(page).collect()
    }
}

/// The papers that this form asks for, and how each stands.
pub async fn show(
    Enclosing(claims): Enclosing,
    State(app): State<App>,
    Path(id): Path<DossierId>,
    Query(told): Query<Told>,
) -> Result<Response, Problem> {
    let open = Open::load(&app, &claims, id).await?;
    let store = match &open.hand.by {
        None => Store::load(&app, claims.sub).await?,
        Some(_) => Store::closed(&app),
    };
    let draft = &open.dossier.draft;
    let papers = draft.papers(&open.description).into_iter();
    let papers = papers.map(|component| {
        let document = draft.documents.get(&component.id).copied();
        let known = document.and_then(|document| open.checked.get(&document));
        let expired = open.expired_for(&component.id);
        let rejected = known.and_then(|known| known.rejected.as_ref()).or(expired);
        let is_kept = document.is_some_and(|document| {
            told.kept == Some(document) || store.kept.iter().any(|kept| kept.document == document)
        });
        let state = match (document, known, rejected) {
            (None, ..) => "missing",
            (_, None, _) => "checking",
            (_, _, None) => "accepted",
            _ => "rejected",
        };
        Paper {
            component,
            limits: store.limits(component),
            state,
            kept: (open.hand.by.is_none() && store.is_reusable(component)).then_some(is_kept),
            offers: match state {
                "missing" | "rejected" => store.offers(component),
                _ => Vec::new(),
            },
            reason: rejected.map(|reason| &*reason.vi),
            flawed: known.map_or_else(Vec::new, |known| FlawedPage::all(&known.flaws)),
            document,
        }
    });
    let papers: Vec<Paper<'_>> = papers.collect();
    let any = |state| papers.iter().any(|paper| paper.state == state);
    let page = PapersPage {
        id,
        acted_for: open.acted_for.as_ref(),
        procedure: &open.description,
        asked: open.asked(),
        checking: any("checking"),
        waits: any("checking") && !any("missing") && !any("rejected"),
        papers,
        key: app.clock().new_id().to_string(),
    };
    web::page(&claims, &page)
}

/// What a citizen keeps for later dossiers, with what the page says of it.
struct Store {
    kept: Vec<Kept>,
    checked: Checked,
    /// What the procedures of their first dossiers are called.
    firsts: BTreeMap<DossierId, String>,
    catalogue: Arc<Catalogue>,
    today: NaiveDate,
}

impl Store {
    async fn load(app: &App, owner: AccountId) -> Result<Self, Problem> {
        let (reads, catalogue) = (app.db().reads(), app.part::<Catalogue>());
        let kept = store::kept::of_owner(reads, owner).await?;
        let checked = kept.iter().map(|kept| kept.document);
        let checked = store::documents::checked(reads, checked).await?;
        let firsts = kept.iter().filter_map(|kept| kept.first_dossier);
        let firsts = store::versions_of(reads, owner, firsts).await?;
        let name = |(dossier, (code, version))| {
            let description = catalogue.version(&code, version)?;
            Some((dossier, description.name.vi.clone()))
        };
        Ok(Self {
            kept,
            checked,
            firsts: firsts.into_iter().filter_map(name).collect(),
            today: calendar::date(app.clock().now()),
            catalogue,
        })
    }

    /// Nothing of what its owner keeps, for whoever acts for them.
    fn closed(app: &App) -> Self {
        Self {
            kept: Vec::new(),
            checked: Checked::new(),
            firsts: BTreeMap::new(),
            catalogue: app.part::<Catalogue>(),
            today: calendar::date(app.clock().now()),
        }
    }

    /// The kind of paper that a component is, where procedures share it.
    fn kind(&self, component: &Component) -> Option<&procedure::Paper> {
        let kind = component.paper.as_deref();
        kind.and_then(|kind| self.catalogue.paper(kind))
    }

    /// Whether papers for a component can be kept.
    fn is_reusable(&self, component: &Component) -> bool {
        self.kind(component).is_some_and(|kind| kind.reusable)
    }

    /// What a paper for a component may be at most.
    fn limits(&self, component: &Component) -> Limits {
        let kind = self.kind(component);
        kind.map_or_else(Limits::default, |kind| kind.limits.clone())
    }

    fn offers(&self, component: &Component) -> Vec<Offer<'_>> {
        let first = |kept: &Kept| self.firsts.get(&kept.first_dossier?).cloned();
        offered(&self.kept, component, &self.checked, self.today)
            .into_iter()
            .map(|kept| Offer {
                first: first(kept),
                kept,
            })
            .collect()
    }
}

/// What scan sends the browser back with.
#[derive(Serialize, Deserialize)]
pub struct Uploaded {
    pub component: String,
    pub document: DocumentId,
}

/// Encloses a document that was just uploaded. Followed once or twice, it does the same.
///
/// It changes something although it is a GET, because a redirect leads here: so it listens to our own pages only.
pub async fn attach(
    _: OwnLink,
    Enclosing(claims): Enclosing,
    Path(id): Path<DossierId>,
    act: Act,
    Query(uploaded): Query<Uploaded>,
) -> Result<Response, Problem> {
    let Uploaded {
        component,
        document,
    } = uploaded;
    put(act, &claims, id, &component, Some(document)).await
}

/// A paper of one's own to use.
#[derive(Serialize, Deserialize)]
pub struct Reuse {
    pub component: String,
    pub document: DocumentId,
    pub key: String,
}

/// Encloses a paper that the citizen keeps.
pub async fn reuse(
    Enclosing(claims): Enclosing,
    Path(id): Path<DossierId>,
    act: Act,
    Form(asked): Form<Reuse>,
) -> Result<Response, Problem> {
    let act = act.by(claims.sub).keyed(&asked.key)?.about(&asked);
    let work = async |tx: Tx| {
        acts::reuse(&tx, &claims, id, &asked.component, asked.document).await?;
        let place = format!("#documents.{}", asked.component);
        Ok(Answer::see_other(format!(
            "/intake/dossiers/{id}/papers{place}"
        )))
    };
    act.transact(work).await
}

/// A paper to take out.
#[derive(Deserialize)]
pub struct Removal {
    pub component: String,
    pub key: String,
}

/// Takes a paper out again.
pub async fn remove(
    Enclosing(claims): Enclosing,
    Path(id): Path<DossierId>,
    act: Act,
    Form(Removal { component, key }): Form<Removal>,
) -> Result<Response, Problem> {
    let act = act.keyed(&key)?.about(&component);
    put(act, &claims, id, &component, None).await
}

async fn put(
    act: Act,
    claims: &chassis::auth::Claims,
    id: DossierId,
    component: &str,
    document: Option<DocumentId>,
) -> Result<Response, Problem> {
    let work = async |tx: Tx| {
        acts::enclose(&tx, claims, id, component, document).await?;
        Ok(Answer::see_other(format!("/intake/dossiers/{id}/papers")))
    };
    act.by(claims.sub).transact(work).await
}
