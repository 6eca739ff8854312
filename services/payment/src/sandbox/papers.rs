//! The pretend bank's statements of one day: a table and a camt.053, as a real bank gives them out. Pure.

use ::csv::{Terminator, WriterBuilder};
use chrono::NaiveDate;
use quick_xml::escape::escape;

use crate::statement::{Direction, Line};

/// The columns of the table, by names that Vietnamese banks use.
const COLUMNS: [&str; 7] = [
    "Ngày giao dịch",
    "Số tham chiếu",
    "Ghi nợ",
    "Ghi có",
    "Nội dung",
    "Người chuyển",
    "EndToEndId",
];

/// One day of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Day {
    /// The account.
    pub account: String,
    /// The day.
    pub date: NaiveDate,
    /// What stood in it the evening before, in đồng.
    pub opening: i64,
    /// What was booked.
    pub lines: Vec<Line>,
}

impl Day {
    /// What stands in it in the evening.
    pub fn closing(&self) -> i64 {
        let moved = self.lines.iter().map(|line| match line.direction {
            Direction::Credit => line.amount.dong(),
            Direction::Debit => -line.amount.dong(),
        });
        self.opening + moved.sum::<i64>()
    }

    /// The day as a table, with the mark that spreadsheets know UTF-8 by.
    pub fn table(&self) -> Result<Vec<u8>, csv::Error> {
        let mut writer = WriterBuilder::new()
            .terminator(Terminator::CRLF)
            .from_writer("\u{feff}".as_bytes().to_vec());
        writer.write_record(COLUMNS)?;
        for line in &self.lines {
            let amount = line.amount.to_string();
            let amount = amount.trim_end_matches(" đồng");
            let (debit, credit) = match line.direction {
                Direction::Credit => ("", amount),
                Direction::Debit => (amount, ""),
            };
            writer.write_record([
                &line.booked_on.format("%d/%m/%Y").to_string(),
                &line.reference,
                debit,
                credit,
                &line.purpose,
                &line.remitter,
                &line.end_to_end,
            ])?;
        }
        writer
            .into_inner()
            .map_err(|error| error.into_error().into())
    }

    /// The day as a camt.053.001.08.
    pub fn camt053(&self) -> String {
        let entries: String = self.lines.iter().map(entry).collect();
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
             <Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:camt.053.001.08\"><BkToCstmrStmt>\
             <GrpHdr><MsgId>SB-{date}</MsgId><CreDtTm>{date}T23:59:59+07:00</CreDtTm></GrpHdr>\
             <Stmt><Id>SB-{date}</Id><CreDtTm>{date}T23:59:59+07:00</CreDtTm>\
             <Acct><Id><Othr><Id>{account}</Id></Othr></Id><Ccy>VND</Ccy></Acct>{opening}{closing}{entries}\
             </Stmt></BkToCstmrStmt></Document>\n",
            date = self.date,
            account = escape(&self.account),
            opening = self.balance("OPBD", self.opening),
            closing = self.balance("CLBD", self.closing()),
        )
    }

    fn balance(&self, code: &str, dong: i64) -> String {
        let towards = if dong < 0 { "DBIT" } else { "CRDT" };
        format!(
            "<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy=\"VND\">{}</Amt>\
             <CdtDbtInd>{towards}</CdtDbtInd><Dt><Dt>{}</Dt></Dt></Bal>",
            dong.abs(),
            self.date
        )
    }
}

fn entry(line: &Line) -> String {
    let (towards, party) = match line.direction {
        Direction::Credit => ("CRDT", "Dbtr"),
        Direction::Debit => ("DBIT", "Cdtr"),
    };
    let end_to_end = match line.end_to_end.as_str() {
        "" => "NOTPROVIDED",
        known => known,
    };
    format!(
        "<Ntry><Amt Ccy=\"VND\">{amount}</Amt><CdtDbtInd>{towards}</CdtDbtInd><RvslInd>{reversal}</RvslInd>\
         <Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>{booked_on}</Dt></BookgDt><AcctSvcrRef>{reference}</AcctSvcrRef>\
         <NtryDtls><TxDtls><Refs><EndToEndId>{end_to_end}</EndToEndId></Refs><RltdPties><{party}><Pty><Nm>{remitter}</Nm></Pty></{party}></RltdPties>\
         <RmtInf><Ustrd>{purpose}</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>",
        amount = line.amount.dong(),
        reversal = line.reversal,
        booked_on = line.booked_on,
        reference = escape(&line.reference),
        end_to_end = escape(end_to_end),
        remitter = escape(&line.remitter),
        purpose = escape(&line.purpose),
    )
}

#[cfg(test)]
mod tests {
    use contracts::Vnd;
    use proptest::prelude::*;

    use super::*;
    use crate::statement::{self, Columns, Draft, Kind};

    fn columns() -> Columns {
        let [
            booked,
            reference,
            debit,
            credit,
            purpose,
            remitter,
            end_to_end,
        ] = COLUMNS.map(|name| name.to_owned().into());
        Columns {
            reference,
            booked,
            credit,
            debit,
            remitter,
            purpose,
            end_to_end,
            ..Columns::default()
        }
    }

    fn any_line(number: usize) -> impl Strategy<Value = Line> {
        let texts = ("[ -~]{0,40}", "\\PC{0,40}", "[A-Z0-9]{0,20}");
        let money = (any::<bool>(), any::<bool>(), 1..=Vnd::MAX.dong() / 100);
        (texts, money).prop_map(
            move |((remitter, purpose, end_to_end), (came, reversal, dong))| {
                Line::new(&Draft {
                    reference: &format!("SB{number}"),
                    booked_on: NaiveDate::from_ymd_opt(2026, 10, 8).unwrap(),
                    direction: if came {
                        Direction::Credit
                    } else {
                        Direction::Debit
                    },
                    amount: Vnd::new(dong).unwrap(),
                    remitter: &remitter,
                    purpose: &purpose,
                    end_to_end: &end_to_end,
                    reversal,
                })
                .unwrap()
            },
        )
    }

    fn any_day() -> impl Strategy<Value = Day> {
        let lines = (1..6_usize).prop_flat_map(|many| (0..many).map(any_line).collect::<Vec<_>>());
        (lines, -1_000_000..1_000_000_i64).prop_map(|(lines, opening)| Day {
            account: "0011001234567".into(),
            date: NaiveDate::from_ymd_opt(2026, 10, 8).unwrap(),
            opening,
            lines,
        })
    }

    proptest! {
        #[test]
        fn what_the_pretend_bank_gives_out_is_read_line_by_line(day in any_day()) {
            let columns = &columns();
            let (kind, statements) = statement::read(day.camt053().as_bytes(), columns).unwrap();
            prop_assert_eq!(kind, Kind::Camt053);
            prop_assert_eq!(&statements[0].lines, &day.lines);
            let (kind, statements) = statement::read(&day.table().unwrap(), columns).unwrap();
            prop_assert_eq!(kind, Kind::Csv);
            // A table has no column that says what takes another line back.
            let plain: Vec<Line> = day.lines.iter().map(|line| Line { reversal: false, ..line.clone() }).collect();
            prop_assert_eq!(&statements[0].lines, &plain);
        }
    }
}
