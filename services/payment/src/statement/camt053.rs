//! ISO 20022's bank-to-customer statement (camt.053.001.02 to the newest): its booked entries, batches taken apart, and its
//! balances, which the entries must lead from and to.

use std::collections::HashSet;

use contracts::Vnd;

use super::{
    Direction, Draft, Line, MOST_LINES, Statement, Unreadable, Wrong, figures,
    xml::{self, Element},
};

const NAMESPACE: &str = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.";

/// Reads every statement of a file.
pub fn read(text: &str) -> Result<Vec<Statement>, Unreadable> {
    let root = xml::read(text)?;
    let version = root.namespace().strip_prefix(NAMESPACE);
    let version = version.filter(|version| version.len() == 2);
    let known = version.and_then(|version| version.parse::<u8>().ok());
    if root.name() != "Document" || known.is_none_or(|version| version < 2) {
        return Err(Unreadable::Message);
    }
    let message = root.at("BkToCstmrStmt").ok_or(Unreadable::Message)?;
    message.all("Stmt").map(statement).collect()
}

fn statement(of: &Element) -> Result<Statement, Unreadable> {
    if !matches!(of.first(&["Acct/Ccy"]), "" | "VND") {
        return Err(Unreadable::Line(0, Wrong::Currency));
    }
    let account = of.first(&["Acct/Id/IBAN", "Acct/Id/Othr/Id"]);
    let (mut lines, mut moved) = (Vec::new(), 0_i64);
    for (at, entry) in of.all("Ntry").enumerate() {
        // In later versions the status is a code within the element.
        if entry.first(&["Sts", "Sts/Cd"]) != "BOOK" {
            continue;
        }
        let (booked, sum) = booked(entry).map_err(|wrong| Unreadable::Line(at + 1, wrong))?;
        lines.extend(booked);
        moved = moved.saturating_add(sum);
        if lines.len() > MOST_LINES {
            return Err(Unreadable::TooManyLines);
        }
    }
    let opening = balance(of, &["OPBD", "PRCD"])?;
    let closing = balance(of, &["CLBD"])?;
    let missing = closing.saturating_sub(opening.saturating_add(moved));
    if missing != 0 {
        return Err(Unreadable::Balances { missing });
    }
    Ok(Statement {
        account: (!account.is_empty()).then(|| account.to_owned()),
        lines,
    })
}

/// The first balance of one of the kinds, in đồng; what is overdrawn is negative.
fn balance(of: &Element, kinds: &[&str]) -> Result<i64, Unreadable> {
    let of_kind = |kind: &&str| {
        of.all("Bal")
            .find(|balance| balance.first(&["Tp/CdOrPrtry/Cd"]) == *kind)
    };
    let found = kinds
        .iter()
        .find_map(of_kind)
        .ok_or(Unreadable::NoBalances)?;
    amount(found, "Amt")
        .and_then(|amount| Ok(signed(amount, direction(found)?)))
        .map_err(|wrong| Unreadable::Line(0, wrong))
}

const fn signed(amount: Vnd, direction: Direction) -> i64 {
    match direction {
        Direction::Credit => amount.dong(),
        Direction::Debit => -amount.dong(),
    }
}

fn amount(of: &Element, path: &str) -> Result<Vnd, Wrong> {
    let found = of.at(path).ok_or(Wrong::Amount)?;
    if found.currency() != "VND" {
        return Err(Wrong::Currency);
    }
    // The standard writes a point before a fraction and nothing between thousands.
    let (whole, fraction) = found.text().split_once('.').unwrap_or((found.text(), ""));
    let plain =
        !whole.contains(',') && fraction.len() <= 5 && fraction.bytes().all(|byte| byte == b'0');
    let dong = figures::dong(whole)
        .filter(|_| plain)
        .ok_or(Wrong::Amount)?;
    Vnd::new(dong).map_err(|_| Wrong::Amount)
}

fn direction(of: &Element) -> Result<Direction, Wrong> {
    match of.first(&["CdtDbtInd"]) {
        "CRDT" => Ok(Direction::Credit),
        "DBIT" => Ok(Direction::Debit),
        _ => Err(Wrong::Direction),
    }
}

/// An entry's lines, one for each transaction of a batch, and what they move in all.
fn booked(entry: &Element) -> Result<(Vec<Line>, i64), Wrong> {
    let (total, towards) = (amount(entry, "Amt")?, direction(entry)?);
    let of_batches = entry.all("NtryDtls").flat_map(|batch| batch.all("TxDtls"));
    let parts: Vec<&Element> = of_batches.collect();
    let lines = match parts[..] {
        [] => vec![line(entry, None, reference(entry, None), total, towards)?],
        [part] => vec![line(
            entry,
            Some(part),
            reference(entry, Some(part)),
            total,
            towards,
        )?],
        _ => batch(entry, &parts, towards)?,
    };
    let sum = lines
        .iter()
        .map(|line| signed(line.amount, line.direction))
        .sum();
    if sum == signed(total, towards) {
        Ok((lines, sum))
    } else {
        Err(Wrong::Batch)
    }
}

fn batch(entry: &Element, parts: &[&Element], towards: Direction) -> Result<Vec<Line>, Wrong> {
    if parts.len() > MOST_LINES {
        return Err(Wrong::Batch);
    }
    let own: Vec<&str> = parts
        .iter()
        .map(|part| part.first(&["Refs/AcctSvcrRef"]))
        .collect();
    let distinct = own.iter().collect::<HashSet<_>>().len() == own.len() && !own.contains(&"");
    let whole = reference(entry, None);
    let parts = parts.iter().enumerate().map(|(at, part)| {
        // Without references of their own, a batch's parts go by their place in it.
        let numbered = if whole.is_empty() {
            String::new()
        } else {
            format!("{whole}/{}", at + 1)
        };
        let reference = if distinct { own[at] } else { &numbered };
        let paths = ["Amt", "AmtDtls/TxAmt/Amt"];
        let path = paths
            .into_iter()
            .find(|path| part.at(path).is_some())
            .unwrap_or("Amt");
        let towards = if part.at("CdtDbtInd").is_some() {
            direction(part)?
        } else {
            towards
        };
        line(entry, Some(part), reference, amount(part, path)?, towards)
    });
    parts.collect()
}

/// What the bank calls an entry, or the only transaction in it.
fn reference<'a>(entry: &'a Element, part: Option<&'a Element>) -> &'a str {
    let own = part.map_or("", |part| part.first(&["Refs/AcctSvcrRef"]));
    if own.is_empty() {
        entry.first(&["AcctSvcrRef", "NtryRef"])
    } else {
        own
    }
}

fn line(
    entry: &Element,
    part: Option<&Element>,
    reference: &str,
    amount: Vnd,
    direction: Direction,
) -> Result<Line, Wrong> {
    let days = ["BookgDt/Dt", "BookgDt/DtTm", "ValDt/Dt", "ValDt/DtTm"];
    let other = match direction {
        Direction::Credit => ["RltdPties/Dbtr/Nm", "RltdPties/Dbtr/Pty/Nm"],
        Direction::Debit => ["RltdPties/Cdtr/Nm", "RltdPties/Cdtr/Pty/Nm"],
    };
    let said = |paths: &[&str]| part.map_or("", |part| part.first(paths));
    let reversal = entry.first(&["RvslInd"]);
    Line::new(&Draft {
        reference,
        booked_on: figures::day(entry.first(&days)).ok_or(Wrong::Day)?,
        direction,
        amount,
        remitter: said(&other),
        purpose: &purpose(entry, part),
        // What the standard has payers' banks write where they have nothing to say.
        end_to_end: Some(said(&["Refs/EndToEndId"]))
            .filter(|id| *id != "NOTPROVIDED")
            .unwrap_or_default(),
        reversal: matches!(reversal, "true" | "1")
            || part.is_some_and(|part| part.at("RtrInf").is_some()),
    })
}

/// All that says what a transfer is for: the payer's lines, a structured reference, the bank's own words.
fn purpose(entry: &Element, part: Option<&Element>) -> String {
    let mut words: Vec<&str> = Vec::new();
    if let Some(part) = part {
        let payers = part.all("RmtInf").flat_map(|info| info.all("Ustrd"));
        words.extend(payers.map(Element::text));
        words.push(part.first(&["RmtInf/Strd/CdtrRefInf/Ref"]));
        words.push(part.first(&["AddtlTxInf"]));
    }
    words.push(entry.first(&["AddtlNtryInf"]));
    let mut said = HashSet::new();
    words.retain(|words| !words.is_empty() && said.insert(*words));
    words.join(" ")
}
