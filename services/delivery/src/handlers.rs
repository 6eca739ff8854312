//! What delivery hears: a decision becomes a numbered result, and a numbered result becomes a file.

pub mod codes;
pub mod deposits;
pub mod parcels;
pub mod reminders;
pub mod replace;

use ::paper::Layouts;
use chassis::{Failure, Tx, Work, random};
use contracts::{
    Delivery, ResultId,
    delivery::{RenderResult, ResultHandedOver, ResultIssued},
    desk::DossierDecided,
};
use files::{Files, Kept};
use procedure::Catalogue;

use crate::{
    config::Config,
    domain::{
        self, State, Step,
        attestation::{Attestation, Signature},
        code::CheckCode,
        paper::{self, Kind, Marks},
        proof::{self, Statement},
    },
    proofs::Prover,
    signing::{Made, Signing},
    store::{
        self, Book, Entry, Minted, Receipt, attestations,
        recipients::{self, Recipient},
    },
};

/// The public address of the page that checks papers.
pub struct CheckPage(pub String);

/// Gives a decided dossier its result: a number, a check code, and every word that will be printed. A dossier decided
/// twice has been decided once.
pub async fn decided(decided: DossierDecided, tx: Tx) -> Result<(), Failure> {
    if store::of_dossier(tx.db(), decided.dossier).await?.is_some() {
        return Ok(());
    }
    let minted = mint(&decided, &tx).await?;
    if !store::mint(tx.db(), &minted).await? {
        return Err(Failure::too_early(
            "the same dossier is being given its result at this moment",
        ));
    }
    recipients::keep(tx.db(), Recipient::from(&decided)).await?;
    tx.say(&RenderResult {
        result: minted.entry.id,
        dossier: decided.dossier,
    });
    Ok(())
}

async fn mint(decided: &DossierDecided, tx: &Tx) -> Result<Minted, Failure> {
    let (catalogue, config) = (tx.part::<Catalogue>(), tx.config::<Config>());
    let (description, body) = paper::grounds(decided, &catalogue).map_err(Failure::park)?;
    let kind = Kind::of(&decided.outcome, description, &config);
    let book = Book {
        organisation: body.of.code.to_string(),
        symbol: kind.symbol.clone(),
        year: domain::book_year(decided.decided_at),
    };
    let sequence = store::next_number(tx.db(), &book).await?;
    let number = domain::number(sequence, &kind.symbol);
    let marks = marks(tx, number.clone());
    let check_code = marks.check.code.clone();
    let mut entry = Entry {
        id: ResultId(tx.new_id()),
        dossier: decided.dossier,
        code: decided.code.to_string(),
        owner: decided.applicant.account,
        initials: domain::initials(&decided.applicant.name),
        procedure: decided.procedure.to_string(),
        procedure_version: Some(decided.procedure_version),
        holder: Some(decided.applicant.name.to_string()),
        paper: paper::write(decided, body, description, &kind, marks, &config),
        title: kind.title,
        title_en: kind.title_en,
        organisation_name: body.of.name.vi.clone(),
        number,
        check_code,
        book,
        sequence,
        copies: decided.copies,
        delivery: decided.delivery,
        state: State::Numbered,
        numbered_at: tx.now(),
        issued: None,
        opened_at: None,
        handed_over: None,
        revoked_at: None,
        revoked_reason: None,
        edition: 1,
        replaces: None,
        replaced_by: None,
    };
    prove(tx, &mut entry)?;
    Ok(Minted {
        entry,
        signer: decided.signer,
    })
}

/// A number, and a code that nobody had.
fn marks(tx: &Tx, number: String) -> Marks {
    let code = CheckCode::of(random());
    Marks {
        number,
        check: ::paper::Check {
            url: format!("{}/{code}", tx.part::<CheckPage>().0),
            code: code.to_string(),
            proof: None,
        },
    }
}

/// Has a new result say of itself, signed, what it is.
fn prove(tx: &Tx, entry: &mut Entry) -> Result<(), Failure> {
    let holder = entry.holder.as_ref().unwrap_or(&entry.initials);
    let statement = Statement {
        issuer: entry.book.organisation.clone(),
        number: entry.number.clone(),
        title: entry.title.clone(),
        holder: holder.clone(),
        issued_on: calendar::date(entry.paper.head().issued_at),
        words: proof::words(&entry.paper),
    };
    entry.paper.bear(tx.part::<Prover>().prove(&statement)?);
    Ok(())
}

/// A result's file that is kept, and what was put into it.
#[derive(Debug)]
pub struct Rendered {
    kept: Kept,
    signed: Option<Signature>,
    sealed: Option<Attestation>,
}

/// Typesets a result, has it signed and sealed, and keeps its file. Done twice, what is kept last counts.
pub async fn render(asked: RenderResult, work: Work) -> Result<Option<Rendered>, Failure> {
    let entry = store::entry(work.reads(), asked.result)
        .await?
        .ok_or_else(unknown)?;
    if entry.state != State::Numbered {
        return Ok(None);
    }
    let proofs = attestations::of(work.reads(), entry.id).await?;
    let (layouts, paper) = (work.part::<Layouts>(), entry.paper.clone());
    let typeset = tokio::task::spawn_blocking(move || paper.typeset(&layouts))
        .await
        .map_err(Failure::retry)?
        .map_err(|error| Failure::park(format!("it cannot be typeset: {error}")))?;
    let now = work.app().clock().now();
    let Made {
        pdf,
        signed,
        sealed,
    } = work
        .part::<Signing>()
        .apply(typeset, &entry, &proofs, now)
        .await?;
    let kept = work.part::<Files>().keep(pdf.into()).await?;
    Ok(Some(Rendered {
        kept,
        signed,
        sealed,
    }))
}

/// Writes down what was put into a result's file. What was numbered by an earlier version of this service has its first proofs
/// only now.
async fn attest(tx: &Tx, entry: &Entry, rendered: &Rendered) -> Result<(), Failure> {
    attestations::put(tx.db(), entry.id, &store::begun(entry, None)).await?;
    if let Some(signature) = &rendered.signed {
        attestations::sign(tx.db(), entry.id, signature).await?;
    }
    let sealed = rendered.sealed.as_slice();
    Ok(attestations::put(tx.db(), entry.id, sealed).await?)
}

/// Issues a result whose file is kept. In the portal it is in its owner's hands at that moment.
pub async fn rendered(
    asked: RenderResult,
    rendered: Option<Rendered>,
    tx: Tx,
) -> Result<(), Failure> {
    let entry = store::hold(tx.db(), asked.result)
        .await?
        .ok_or_else(unknown)?;
    let (Some(rendered), Ok(issued)) = (rendered, entry.state.after(Step::Issue)) else {
        return Ok(());
    };
    let kept = &rendered.kept;
    if !store::issue(tx.db(), &entry, issued, kept, tx.now()).await? {
        return Err(raced());
    }
    attest(&tx, &entry, &rendered).await?;
    tx.say(&ResultIssued {
        result: entry.id,
        dossier: entry.dossier,
        number: entry.number.clone(),
        sha256: kept.hash.to_string(),
        check_code: entry.check_code.clone(),
        delivery: entry.delivery,
        issued_at: tx.now(),
    });
    deposits::deposit(&tx, &entry);
    replace::conclude(&tx, &entry).await?;
    if entry.delivery == Delivery::Portal
        && let Ok(handed_over) = issued.after(Step::HandOver)
    {
        let entry = Entry {
            state: issued,
            ..entry
        };
        hand_over(
            &tx,
            &entry,
            handed_over,
            Delivery::Portal,
            Receipt::default(),
        )
        .await?;
    }
    Ok(())
}

/// Writes down a hand-over that the rules allow, and says so.
pub async fn hand_over(
    tx: &Tx,
    entry: &Entry,
    to: State,
    by: Delivery,
    receipt: Receipt,
) -> Result<(), Failure> {
    if !store::hand_over(tx.db(), entry, to, by, receipt, tx.now()).await? {
        return Err(raced());
    }
    tx.say(&ResultHandedOver {
        result: entry.id,
        dossier: entry.dossier,
        delivery: by,
        handed_over_at: tx.now(),
    });
    Ok(())
}

/// Another transaction changed the result first.
pub fn raced() -> Failure {
    Failure::too_early("the result changed at the same time")
}

fn unknown() -> Failure {
    Failure::park("there is no such result")
}
