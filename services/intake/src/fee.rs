//! What a dossier costs, as its citizen is told before filing and as it is kept when it is filed.

use chassis::{App, http::Problem};
use chrono::{DateTime, NaiveDate, Utc};
use contracts::{Channel, OrganisationCode, Vnd};
use procedure::{
    Description, Filing, Form, Quote,
    description::{FeeRule, Tariff, Unpriced},
};

use crate::{domain::Life, store::Dossier};

/// What a dossier filed online at a moment costs.
pub fn quote(
    office: &OrganisationCode,
    description: &Description,
    form: &Form,
    filed_at: DateTime<Utc>,
) -> Result<Quote, Problem> {
    let filing = Filing {
        channel: Channel::Online,
        on: calendar::date(filed_at),
        office: Some(office),
    };
    let quote = description.fee(form, filing);
    quote.map_err(|error| match error {
        Unpriced::NoTariff { on, .. } => no_tariff(on),
        Unpriced::Amount(reason) => Problem::field("form", reason),
        Unpriced::Quantity(_) => {
            tracing::error!(%error, "a complete form has no price");
            Problem::internal()
        }
    })
}

/// What a supplemented dossier costs by the day of its filing; `None` once the fee is fixed. What has no price is the desk's to see:
/// nobody is kept from adding what they were asked for.
pub fn supplemented(
    office: &OrganisationCode,
    description: &Description,
    form: &Form,
    life: &Life,
) -> Option<Quote> {
    let filed_at = life.submitted_at()?;
    match life.fee_fixed_at() {
        None => quote(office, description, form, filed_at).ok(),
        Some(_) => None,
    }
}

/// What an unfiled dossier costs if it is filed today, and a filed one by the day of its filing. `None` while its form has no
/// price, and once the fee is fixed.
pub fn expected(
    app: &App,
    dossier: &Dossier,
    description: &Description,
    life: &Life,
) -> Option<Quote> {
    if life.fee_fixed_at().is_some() {
        return None;
    }
    let filed_at = life.submitted_at().unwrap_or_else(|| app.clock().now());
    let form = description.validate_form(&dossier.draft.form).ok()?;
    quote(&app.settings().organisation, description, &form, filed_at).ok()
}

fn no_tariff(on: NaiveDate) -> Problem {
    let day = web::date(on);
    Problem::conflict(
        "Chưa có mức thu phí, lệ phí cho thủ tục này, xin liên hệ quầy một cửa",
        "There is no tariff for this procedure yet, please ask the one-stop desk",
    )
    .detail(
        &format!("Không có biểu mức thu nào áp dụng vào ngày {day}"),
        &format!("No tariff is in force on {day}"),
    )
}

/// The fee is not what the citizen saw.
pub fn changed(seen: Vnd, now: Vnd) -> Problem {
    Problem::conflict(
        "Phí, lệ phí đã thay đổi, xin xem lại rồi nộp",
        "The fee has changed, please look again and file",
    )
    .detail(
        &format!("Mức bạn đã xem: {seen}; mức hiện nay: {now}"),
        &format!("What you saw: {seen}; what it is now: {now}"),
    )
}

/// A procedure's tariffs as its page shows them.
pub struct Prices<'a> {
    /// The one in force today.
    pub now: Option<Shown<'a>>,
    /// The one that comes next.
    pub next: Option<Shown<'a>>,
}

/// A tariff with its lines by channel.
pub struct Shown<'a> {
    pub tariff: &'a Tariff,
    /// By which channels, and what they have in common.
    pub by: Vec<(String, Vec<&'a FeeRule>)>,
    /// Who pays less, in the tariff's order: the paper that proves it.
    pub proofs: Vec<&'a str>,
}

/// The channels as pages name them.
pub const CHANNELS: [(Channel, &str); 3] = [
    (Channel::Online, "Trực tuyến"),
    (Channel::Counter, "Tại quầy"),
    (Channel::Post, "Qua bưu điện"),
];

impl<'a> Prices<'a> {
    /// What is charged at this office on `today`, and what will be.
    pub fn of(office: &OrganisationCode, description: &'a Description, today: NaiveDate) -> Self {
        let (table, office) = (&description.fee, Some(office));
        let shown = |tariff| Shown::of(tariff, description);
        Self {
            now: table.tariff(office, today).map(shown),
            next: table.next(office, today).map(shown),
        }
    }
}

impl<'a> Shown<'a> {
    fn of(tariff: &'a Tariff, description: &'a Description) -> Self {
        let mut by: Vec<(String, Vec<&FeeRule>)> = Vec::new();
        for (channel, name) in CHANNELS {
            if !description.channels.contains(&channel) {
                continue;
            }
            let lines: Vec<&FeeRule> = tariff.lines_by(channel).collect();
            match by.iter_mut().find(|(_, same)| *same == lines) {
                Some((names, _)) => {
                    names.push_str(", ");
                    names.push_str(&name.to_lowercase());
                }
                None => by.push((name.to_owned(), lines)),
            }
        }
        let proof = |id| {
            let paper = description.component(id);
            paper.map_or(id, |paper| paper.name.vi.as_str())
        };
        let exemptions = tariff.exemptions.iter();
        Self {
            tariff,
            by,
            proofs: exemptions
                .map(|exemption| proof(exemption.proof.as_str()))
                .collect(),
        }
    }
}
