//! Filing step by step: the form, the papers, a last look.

pub mod covers;
pub mod papers;
pub mod review;

use std::{collections::BTreeMap, sync::Arc};

use askama::Template;
use axum::{extract::State, response::Response};
use chassis::{
    App, Tx,
    auth::{Claims, Filer},
    http::{Act, Answer, Form, Path, Problem, Query},
};
use contracts::{
    AccountId, Delivery, DocumentId, DossierId, PersonName, Refused, identity::MandateAct,
};
use procedure::{Catalogue, Description, FieldError, paper::Limits, reading::Readings};
use serde::Deserialize;

use super::fields;
use crate::{
    acts::{self, description_of},
    agents,
    assurance::{self, Filling},
    config::Config,
    domain::{
        Life, State as Standing,
        draft::{Changes, Checked, Draft, Unready},
        hand::{Hand, Owners},
        kept,
        share::Share,
    },
    http::catalogue::InForce,
    store::{self, Dossier},
};

/// A button's form: the key under which it is done once.
#[derive(Deserialize)]
pub struct Button {
    pub key: String,
}

/// The form that opens a draft.
#[derive(Deserialize)]
pub struct Beginning {
    key: String,
    /// For whom: under which mandate, or for oneself.
    #[serde(default)]
    mandate: String,
}

/// Opens a draft and leads to its form.
pub async fn begin(
    Filer(claims): Filer,
    InForce(description): InForce,
    act: Act,
    Form(begun): Form<Beginning>,
) -> Result<Response, Problem> {
    let mandate = match begun.mandate.as_str() {
        "" => None,
        named => Some(named.parse().map_err(|_| Problem::not_found())?),
    };
    assurance::to_open(&claims, &description)?;
    let work = async |tx: Tx| {
        let id = acts::open(&tx, &claims, &description.code, mandate).await?;
        Ok(Answer::see_other(format!("/intake/dossiers/{id}/form")))
    };
    let act = act.by(claims.sub).keyed(&begun.key)?.about(&begun.mandate);
    act.transact(work).await
}

/// A dossier, open to change, with what its pages need.
pub struct Open {
    pub dossier: Dossier,
    /// Who has it in hand.
    pub hand: Hand,
    /// Whose it is, where that is somebody else.
    pub acted_for: Option<PersonName>,
    pub description: Arc<Description>,
    pub life: Life,
    pub checked: Checked,
    /// Papers of a draft that have expired since they were enclosed. What is filed is judged by the day of its filing.
    pub expired: Vec<FieldError>,
    share: Share,
}

impl Open {
    /// To anybody but its owner, and whoever may fill it in for them, there is no such dossier.
    pub async fn load(app: &App, claims: &Claims, id: DossierId) -> Result<Self, Problem> {
        let found = store::dossier(app.db().reads(), id).await?;
        let dossier = found.ok_or_else(Problem::not_found)?;
        let (reads, now) = (app.db().reads(), app.clock().now());
        let hand = agents::acting(reads, claims, &dossier, MandateAct::Fill, now).await?;
        let acted_for = agents::acted_for(reads, &hand, dossier.account).await?;
        if !dossier.state.is_open_to_change() {
            return Err(Problem::conflict(
                "Hồ sơ này không còn sửa được",
                "This dossier cannot be changed any more",
            ));
        }
        let named = dossier.draft.document_ids();
        let kept = store::kept::among(app.db().reads(), named.clone()).await?;
        let today = calendar::date(app.clock().now());
        let expired = match dossier.state {
            Standing::Draft => kept::expired(&dossier.draft, &kept, today),
            _ => Vec::new(),
        };
        Ok(Self {
            description: description_of(&app.part::<Catalogue>(), &dossier)?,
            life: store::life(app.db().reads(), id).await?,
            checked: store::documents::checked(app.db().reads(), named).await?,
            expired,
            share: app.config::<Config>().share(),
            dossier,
            hand,
            acted_for,
        })
    }

    /// What was read on the papers that the form names: on those enclosed, else on the owner's latest of each kind. Whoever acts for
    /// the owner is offered what was read on the paper that they have just sent, and nothing of what the owner has otherwise.
    async fn readings(&self, app: &App, sent: Option<DocumentId>) -> Result<Readings, Problem> {
        let (reads, owner) = (app.db().reads(), self.dossier.account);
        let mut readings = if self.hand.by.is_none() {
            let kinds = self.description.papers_read();
            store::documents::readings(reads, owner, kinds).await?
        } else {
            let sent = store::documents::checked(reads, sent).await?;
            let own = sent
                .into_values()
                .filter(|known| known.owner == self.hand.account && known.rejected.is_none());
            own.filter_map(|known| Some((known.kind?, known.fields)))
                .collect()
        };
        readings.extend(self.dossier.draft.readings(&self.checked));
        Ok(readings)
    }

    /// Whose documents may lie in it.
    fn owners(&self) -> Owners {
        Owners::of(self.dossier.account, self.life.agents())
    }

    /// What is asked to be added; nothing in a draft.
    pub fn asked(&self) -> &[String] {
        self.life.asked().map_or(&[], |(_, items)| items)
    }

    /// Why the paper enclosed for a component is good no more.
    pub fn expired_for(&self, component: &str) -> Option<&Refused> {
        let field = format!("documents.{component}");
        let error = self.expired.iter().find(|error| error.field == field);
        error.map(|error| &error.reason)
    }

    /// What keeps it from being filed.
    pub fn unready(&self) -> Option<Unready> {
        let draft = &self.dossier.draft;
        let mut unready = match draft.seal(&self.description, self.owners(), &self.checked) {
            Ok(sealed) => {
                let documents = sealed.documents.iter().map(|paper| paper.document);
                let exceeded = self.share.exceeded(documents, &self.checked);
                exceeded.map(|error| Unready::Wrong(vec![error]))
            }
            Err(unready) => Some(unready),
        };
        if !self.expired.is_empty() {
            let mut wrong = self.expired.clone();
            if let Some(Unready::Wrong(errors)) = unready {
                wrong.extend(errors);
            }
            unready = Some(Unready::Wrong(wrong));
        }
        unready
    }

    /// Whether it is a supplement rather than a draft.
    pub fn is_supplement(&self) -> bool {
        self.dossier.state == Standing::SupplementRequested
    }
}

/// What is wrong with the form's own page: not the papers, which come next.
fn form_errors(description: &Description, draft: &Draft, owner: AccountId) -> Vec<FieldError> {
    match draft.seal(description, owner, &Checked::new()) {
        Err(Unready::Wrong(mut errors)) => {
            errors.retain(|error| !error.field.starts_with("documents."));
            errors
        }
        _ => Vec::new(),
    }
}

#[derive(Template)]
#[template(path = "form.html")]
struct FormPage<'a> {
    id: DossierId,
    acted_for: Option<&'a PersonName>,
    procedure: &'a Description,
    asked: &'a [String],
    fields: Vec<fields::Field>,
    mistakes: Vec<fields::Mistake>,
    ways: Vec<Way>,
    way_error: Option<&'a Refused>,
    address: String,
    address_error: Option<&'a Refused>,
    supplement: bool,
    key: String,
    quick: Vec<QuickPaper>,
    reading: Quick,
}

/// One way to get the result.
struct Way {
    value: &'static str,
    delivery: Delivery,
    chosen: bool,
}

/// Whether the page shall say what is wrong, and which paper was just sent to be read into it.
#[derive(Deserialize)]
pub struct Checking {
    #[serde(default)]
    pub check: bool,
    pub document: Option<DocumentId>,
}

/// A paper from which the form can be filled in.
struct QuickPaper {
    id: String,
    name: String,
    /// What one may be at most.
    limits: Limits,
}

fn quick_papers(description: &Description, catalogue: &Catalogue) -> Vec<QuickPaper> {
    let known = description
        .papers_read()
        .into_iter()
        .filter_map(|id| catalogue.paper(id));
    known
        .map(|paper| QuickPaper {
            id: paper.id.clone(),
            name: paper.name.vi.clone(),
            limits: paper.limits.clone(),
        })
        .collect()
}

/// How far the paper is that was just sent to be read into the form.
enum Quick {
    /// None was sent, or it was read.
    Done,
    /// It is being read.
    Waits,
    /// It cannot be used.
    Rejected(Refused),
    /// Nothing on it could be made out.
    Nothing,
}

impl Quick {
    async fn of(
        app: &App,
        owner: AccountId,
        document: Option<DocumentId>,
    ) -> Result<Self, Problem> {
        let Some(document) = document else {
            return Ok(Self::Done);
        };
        let known = store::documents::checked(app.db().reads(), [document]).await?;
        Ok(match known.into_values().next() {
            None => Self::Waits,
            // What is somebody else's is none of this page's business.
            Some(known) if known.owner != owner => Self::Done,
            Some(known) => match known.rejected {
                Some(reason) => Self::Rejected(reason),
                None if known.fields.is_empty() => Self::Nothing,
                None => Self::Done,
            },
        })
    }

    const fn waits(&self) -> bool {
        matches!(self, Self::Waits)
    }
}

/// The form: step one.
pub async fn form(
    Filling(claims): Filling,
    State(app): State<App>,
    Path(id): Path<DossierId>,
    Query(Checking { check, document }): Query<Checking>,
) -> Result<Response, Problem> {
    let open = Open::load(&app, &claims, id).await?;
    let (draft, description) = (&open.dossier.draft, &open.description);
    let errors = if check {
        form_errors(description, draft, claims.sub)
    } else {
        Vec::new()
    };
    let wrong = |field: &str| {
        let error = errors.iter().find(|error| error.field == field);
        error.map(|error| &error.reason)
    };
    let way = |(value, delivery)| Way {
        value,
        delivery,
        chosen: draft.delivery == Some(delivery),
    };
    let ways = WAYS
        .into_iter()
        .filter(|(_, way)| description.delivery.contains(way));
    let catalogue = app.part::<Catalogue>();
    let papers = fields::Papers {
        catalogue: &catalogue,
        readings: open.readings(&app, document).await?,
    };
    let page = FormPage {
        id,
        acted_for: open.acted_for.as_ref(),
        procedure: description,
        asked: open.asked(),
        fields: fields::to_fill_in(description, &draft.form, &errors, Some(&papers)),
        mistakes: fields::mistakes(description, &errors),
        ways: ways.map(way).collect(),
        way_error: wrong("delivery"),
        address: draft
            .address
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default(),
        address_error: wrong("address"),
        supplement: open.is_supplement(),
        key: app.clock().new_id().to_string(),
        quick: quick_papers(description, &catalogue),
        reading: Quick::of(&app, claims.sub, document).await?,
    };
    web::page(&claims, &page)
}

const WAYS: [(&str, Delivery); 3] = [
    ("portal", Delivery::Portal),
    ("counter", Delivery::Counter),
    ("post", Delivery::Post),
];

/// What a posted form changes. An empty address is none given.
pub fn changes(posted: &BTreeMap<String, String>) -> Result<Changes, Problem> {
    let text = |name: &str| {
        posted
            .get(name)
            .map(|text| text.trim())
            .filter(|text| !text.is_empty())
    };
    let way = |value: &str| WAYS.into_iter().find(|(name, _)| *name == value);
    let address = text("address").map(str::parse).transpose();
    Ok(Changes {
        form: Some(fields::posted(posted)),
        documents: None,
        delivery: text("delivery").and_then(way).map(|(_, way)| way),
        address: address.map_err(|reason| Problem::field("address", reason))?,
    })
}

/// Saves the form; goes on to the papers when asked to and nothing is wrong.
pub async fn save(
    Filling(claims): Filling,
    Path(id): Path<DossierId>,
    act: Act,
    Form(posted): Form<BTreeMap<String, String>>,
) -> Result<Response, Problem> {
    let changes = changes(&posted)?;
    let goes_on = posted.get("then").is_some_and(|then| then == "next");
    let key = posted.get("key").map_or("", String::as_str);
    let act = act.by(claims.sub).keyed(key)?.about(&posted);
    let work = async |tx: Tx| {
        let dossier = acts::save(&tx, &claims, id, changes).await?;
        let description = description_of(&tx.part::<Catalogue>(), &dossier)?;
        let next = match form_errors(&description, &dossier.draft, claims.sub).is_empty() {
            _ if !goes_on => format!("/intake/dossiers/{id}"),
            true => format!("/intake/dossiers/{id}/papers"),
            false => format!("/intake/dossiers/{id}/form?check=true"),
        };
        Ok(Answer::see_other(next))
    };
    act.transact(work).await
}

/// Gives a draft up.
pub async fn discard(
    Filling(claims): Filling,
    Path(id): Path<DossierId>,
    act: Act,
    Form(button): Form<Button>,
) -> Result<Response, Problem> {
    let work = async |tx: Tx| {
        acts::withdraw(&tx, &claims, id).await?;
        Ok(Answer::see_other("/intake/dossiers"))
    };
    act.by(claims.sub).keyed(&button.key)?.transact(work).await
}
