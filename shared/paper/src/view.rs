//! How what a paper says becomes template data.

use chrono::NaiveDateTime;
use serde_json::{Value, json};

use crate::papers::{
    AppointmentSlip, Block, Check, CoverSheets, Letterhead, Notice, Receipt, ResultPaper,
};
use qr::Picture;

use crate::{Error, dates, money, text};

/// Cover sheets that are printed at once.
const MOST_SHEETS: usize = 60;

/// Template data that has passed the gate.
pub struct View {
    pub data: Value,
    pub issued: NaiveDateTime,
    /// Names this paper among all papers: the PDF's lasting identifier.
    pub ident: String,
    pub qr: Option<String>,
}

impl View {
    /// The same as a preview, which nobody can check.
    pub fn previewed(mut self) -> Self {
        self.data["preview"] = true.into();
        self.qr = None;
        self
    }
}

impl AppointmentSlip {
    pub(crate) fn view(&self) -> Result<View, Error> {
        let mut data = serde_json::to_value(self)?;
        for (field, at) in [("received_at", self.received_at), ("due_at", self.due_at)] {
            data[field] = dates::moment(dates::local(field, at)?).into();
        }
        let mut total = 0_i64;
        for (place, fee) in self.fees.iter().enumerate() {
            total = add(total, fee.amount, || format!("fees[{place}].amount"))?;
            data["fees"][place]["amount"] = money::with_dots(fee.amount).into();
        }
        data["total"] = money::with_dots(total).into();
        let link = Some(tracking(&self.tracking_url)?);
        view(data, &self.head, &self.dossier_code, link)
    }
}

impl Receipt {
    pub(crate) fn view(&self) -> Result<View, Error> {
        let mut data = serde_json::to_value(self)?;
        data["paid_at"] = dates::moment(dates::local("paid_at", self.paid_at)?).into();
        let mut total = 0_i64;
        for (place, line) in self.lines.iter().enumerate() {
            let field = || format!("lines[{place}].unit_price");
            let amount = line
                .unit_price
                .checked_mul(i64::from(line.quantity))
                .ok_or_else(|| Error::Amount(field()))?;
            let by = line.reduction.as_ref().map_or(0, |reduction| reduction.by);
            if !(0..=amount.max(0)).contains(&by) {
                return Err(Error::Amount(format!("lines[{place}].reduction.by")));
            }
            total = add(total, amount - by, field)?;
            let shown = &mut data["lines"][place];
            if line.reduction.is_some() {
                shown["reduction"]["by"] = money::with_dots(by).into();
            }
            shown["unit_price"] = money::with_dots(line.unit_price).into();
            shown["amount"] = money::with_dots(amount).into();
        }
        data["total"] =
            json!({"figures": money::with_dots(total), "words": money::in_words(total)});
        let link = self.check.as_ref().map(Check::link).transpose()?;
        view(data, &self.head, &self.dossier_code, link)
    }
}

impl ResultPaper {
    pub(crate) fn view(&self) -> Result<View, Error> {
        shape(&self.body)?;
        view(
            serde_json::to_value(self)?,
            &self.head,
            &self.dossier_code,
            Some(self.check.link()?),
        )
    }
}

impl Notice {
    pub(crate) fn view(&self) -> Result<View, Error> {
        shape(&self.body)?;
        let link = match (&self.check, self.tracking_url.as_deref()) {
            (Some(check), _) => Some(check.link()?),
            (None, Some(url)) => Some(tracking(url)?),
            (None, None) => None,
        };
        let code = self.dossier_code.as_deref().unwrap_or_default();
        view(serde_json::to_value(self)?, &self.head, code, link)
    }
}

impl CoverSheets {
    pub(crate) fn view(&self) -> Result<View, Error> {
        within("sheets".to_owned(), self.sheets.len(), MOST_SHEETS)?;
        let issued = dates::local("made_at", self.made_at)?;
        let mut data = serde_json::to_value(self)?;
        text::admit(&mut data)?;
        for (place, sheet) in self.sheets.iter().enumerate() {
            text::admit_link(&format!("sheets[{place}].link"), &sheet.link)?;
            data["sheets"][place]["qr"] = Picture::of(&sheet.link)?.svg().into();
        }
        let links: Vec<&str> = self.sheets.iter().map(|sheet| &*sheet.link).collect();
        Ok(View {
            data,
            issued,
            ident: links.join("\n"),
            qr: None,
        })
    }
}

/// Where a dossier is followed, as its QR code holds it.
fn tracking(url: &str) -> Result<String, Error> {
    text::admit_link("tracking_url", url)?;
    Ok(url.to_owned())
}

/// What all papers share: the head's date, the gate, the QR code.
fn view(
    mut data: Value,
    head: &Letterhead,
    dossier_code: &str,
    link: Option<String>,
) -> Result<View, Error> {
    let issued = dates::local("head.issued_at", head.issued_at)?;
    data["head"]["issued_at"] = dates::day(issued).into();
    text::admit(&mut data)?;
    let qr = link
        .as_deref()
        .map(Picture::of)
        .transpose()?
        .map(|picture| picture.svg());
    let number = head.number.as_deref().unwrap_or_default();
    let ident = format!("{dossier_code}\n{number}\n{}", head.issued_at.to_rfc3339());
    Ok(View {
        data,
        issued,
        ident,
        qr,
    })
}

fn add(total: i64, amount: i64, field: impl Fn() -> String) -> Result<i64, Error> {
    if amount < 0 {
        return Err(Error::Amount(field()));
    }
    total
        .checked_add(amount)
        .ok_or_else(|| Error::Amount(field()))
}

/// Lines and tables must fit the page before their words are looked at.
fn shape(body: &[Block]) -> Result<(), Error> {
    for (place, block) in body.iter().enumerate() {
        match block {
            Block::Heading { .. } | Block::Paragraph { .. } => {}
            Block::Fields { fields } => within(format!("body[{place}].fields"), fields.len(), 3)?,
            Block::Table { columns, rows } => {
                within(format!("body[{place}].columns"), columns.len(), 8)?;
                for (row, cells) in rows.iter().enumerate() {
                    let field = format!("body[{place}].rows[{row}]");
                    if cells.len() > columns.len() {
                        within(field, cells.len(), columns.len())?;
                    }
                }
            }
        }
    }
    Ok(())
}

fn within(field: String, count: usize, limit: usize) -> Result<(), Error> {
    match count {
        0 => Err(Error::Blank(field)),
        count if count > limit => Err(Error::TooMany {
            field,
            count,
            limit,
        }),
        _ => Ok(()),
    }
}
