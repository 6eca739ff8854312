//! What bank transfers bring: payment codes, and the statements of the account that they reach.

use payment::{
    statement::{self, Columns, LARGEST, Line, MOST_LINES, Unreadable},
    vietqr::{Purpose, Transfer},
};

use super::{storable, text};

/// The payload of a payment code. What is read is read the same when it is written down, and no purpose is longer than banks
/// carry over.
pub fn vietqr(bytes: &[u8]) {
    let Some(text) = text(bytes) else { return };
    if let Ok(transfer) = Transfer::read(text) {
        assert!(transfer.amount.is_none_or(|amount| !amount.is_zero()));
        let written = transfer.payload();
        assert_eq!(Transfer::read(&written), Ok(transfer), "{written}");
    }
    if let Ok(purpose) = Purpose::plain(text) {
        assert!(purpose.as_str().len() <= 25);
        assert_eq!(Purpose::plain(purpose.as_str()), Ok(purpose));
    }
}

/// The rows of a statement that is a table, below a header; or, with a header of their own, a whole file.
pub fn statement_table(bytes: &[u8]) {
    let header = "Ngày;Số;Nợ;Có;Nội dung;Người;Mã\n".as_bytes();
    taken(&[header, bytes].concat());
    taken(bytes);
}

/// The entries of a camt.053, between balances of nothing; or a whole file.
pub fn statement_xml(bytes: &[u8]) {
    const HEAD: &[u8] =
        b"<Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:camt.053.001.08\"><BkToCstmrStmt><Stmt>";
    const FOOT: &[u8] = b"</Stmt></BkToCstmrStmt></Document>";
    let balance = |code: &str, dong: i64| {
        let towards = if dong < 0 { "DBIT" } else { "CRDT" };
        format!(
            "<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy=\"VND\">{}</Amt><CdtDbtInd>{towards}</CdtDbtInd></Bal>",
            dong.abs()
        )
    };
    let file = |closing| {
        let balances = balance("OPBD", 0) + &balance("CLBD", closing);
        [HEAD, balances.as_bytes(), bytes, FOOT].concat()
    };
    let alone = text(bytes).is_some_and(|text| !text.contains("Stmt"));
    // What is missing from the closing balance is what the entries move.
    if let (true, Some(Unreadable::Balances { missing })) = (alone, taken(&file(0))) {
        let again = taken(&file(missing.saturating_neg()));
        assert!(
            !matches!(again, Some(Unreadable::Balances { .. })),
            "{again:?}"
        );
    }
    taken(bytes);
}

fn columns() -> Columns {
    let names = |names: &str| names.to_owned().into();
    Columns {
        reference: names("Số"),
        booked: names("Ngày"),
        credit: names("Có"),
        debit: names("Nợ"),
        amount: names("Số tiền"),
        remitter: names("Người"),
        purpose: names("Nội dung"),
        end_to_end: names("Mã"),
    }
}

/// What is taken is whole: no line without an amount, none twice, nothing that cannot be kept. A refusal says why, in both
/// languages and at no length.
fn taken(file: &[u8]) -> Option<Unreadable> {
    let statements = match statement::read(file, &columns()) {
        Ok((_, statements)) => statements,
        Err(unreadable) => {
            let refused = statement::refused(&unreadable);
            assert!(!refused.vi.is_empty() && !refused.en.is_empty());
            assert!(refused.vi.len() + refused.en.len() <= 1_000, "{refused:?}");
            return Some(unreadable);
        }
    };
    assert!(file.len() <= LARGEST);
    let mut lines: Vec<Line> = statements
        .into_iter()
        .flat_map(|statement| statement.lines)
        .collect();
    assert!((1..=MOST_LINES).contains(&lines.len()));
    for line in &lines {
        assert!(!line.amount.is_zero() && !line.reference.is_empty());
        for text in [
            &line.reference,
            &line.remitter,
            &line.purpose,
            &line.end_to_end,
        ] {
            assert!(storable(text) && text.chars().count() <= 500, "{text}");
        }
    }
    let many = lines.len();
    lines.sort_by(|one, other| one.reference.cmp(&other.reference));
    lines.dedup_by(|one, other| one.reference == other.reference);
    assert_eq!(lines.len(), many, "a reference stands twice");
    None
}
