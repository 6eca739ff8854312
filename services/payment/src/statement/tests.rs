use proptest::prelude::*;

use super::*;

fn columns() -> Columns {
    let names = |names: &str| names.to_owned().into();
    Columns {
        reference: names("Số tham chiếu|Reference"),
        booked: names("Ngày giao dịch|Date"),
        credit: names("Ghi có|Credit"),
        debit: names("Ghi nợ|Debit"),
        amount: names("Số tiền|Amount"),
        remitter: names("Người chuyển"),
        purpose: names("Nội dung|Description"),
        end_to_end: names("EndToEndId"),
    }
}

fn refusal(file: &[u8]) -> Unreadable {
    read(file, &columns()).unwrap_err()
}

/// A file's lines in short, one statement after the other.
fn shown(file: &[u8]) -> Vec<String> {
    let (_, statements) = read(file, &columns()).unwrap();
    let lines = statements.into_iter().flat_map(|statement| statement.lines);
    let shown = lines.map(|line| {
        let sign = if line.direction == Direction::Credit {
            '+'
        } else {
            '-'
        };
        let back = if line.reversal { " back" } else { "" };
        let (booked, amount) = (line.booked_on, line.amount.dong());
        format!(
            "{} {booked} {sign}{amount}{back} <{}> {} [{}]",
            line.reference, line.remitter, line.purpose, line.end_to_end
        )
    });
    shown.collect()
}

const TABLE: &str = "\
NGÂN HÀNG VÍ DỤ;;;;;
Sao kê tài khoản 0011001234567;;;;;
;;;;;
Ngày giao dịch;SỐ THAM  CHIẾU;Ghi nợ;Ghi có;Nội dung;Người chuyển
08/10/2026 09:15:00;FT001;;1.234.567;\"MC1 LE PHI; \"\"x\"\"\";NGUYEN THI VI DU
09/10/2026;FT002;8.000;0;Phí quản lý;
;;;;;
";

#[test]
fn a_table_is_read_below_what_the_bank_puts_above_it() {
    let lines = [
        "FT001 2026-10-08 +1234567 <NGUYEN THI VI DU> MC1 LE PHI; \"x\" []",
        "FT002 2026-10-09 -8000 <> Phí quản lý []",
    ];
    assert_eq!(shown(TABLE.as_bytes()), lines);
    assert_eq!(shown(format!("\u{feff}{TABLE}").as_bytes()), lines);
    assert_eq!(shown(TABLE.replace('\n', "\r\n").as_bytes()), lines);
}

#[test]
fn one_column_with_signs_does_as_well() {
    let table = "Date,Reference,Amount,Description,EndToEndId\n2026-10-08,A1,\"8,000.00\",MC1,E1\n2026-10-08,A2,-5000,,\n";
    assert_eq!(
        shown(table.as_bytes()),
        [
            "A1 2026-10-08 +8000 <> MC1 [E1]",
            "A2 2026-10-08 -5000 <>  []"
        ]
    );
}

#[test]
fn a_table_is_refused_with_the_line_that_is_wrong() {
    let row =
        |row: &str| refusal(format!("Date,Reference,Credit,Debit,Description\n{row}\n").as_bytes());
    assert_eq!(row("x,A1,1,,"), Unreadable::Line(2, Wrong::Day));
    assert_eq!(
        row("2026-10-08,,1,,"),
        Unreadable::Line(2, Wrong::Reference)
    );
    assert_eq!(
        row(&format!("2026-10-08,{},1,,", "x".repeat(71))),
        Unreadable::Line(2, Wrong::Reference)
    );
    assert_eq!(
        row("2026-10-08,A1,1.5,,"),
        Unreadable::Line(2, Wrong::Amount)
    );
    assert_eq!(
        row("2026-10-08,A1,9000000000001,,"),
        Unreadable::Line(2, Wrong::Amount)
    );
    assert_eq!(row("2026-10-08,A1,,,"), Unreadable::Line(2, Wrong::Nothing));
    assert_eq!(
        row("2026-10-08,A1,1,1,"),
        Unreadable::Line(2, Wrong::Nothing)
    );
    assert_eq!(row("2026-10-08,A1,1"), Unreadable::Line(2, Wrong::Cells));
    let twice = "2026-10-08,A1,1,,\n2026-10-08,A1,2,,";
    assert_eq!(row(twice), Unreadable::Repeated("A1".into()));
    assert_eq!(row(""), Unreadable::Empty);
    assert_eq!(
        row(&"2026-10-08,A1,1,,\n".repeat(MOST_LINES + 1)),
        Unreadable::TooManyLines
    );
    let header = refusal(b"Date,Reference,Description\n2026-10-08,A1,\n");
    assert!(
        header
            .to_string()
            .contains("“số tham chiếu”, “ngày giao dịch”, “ghi có”, “nội dung”"),
        "{header}"
    );
    assert!(refused(&header).vi.starts_with("Không có dòng tiêu đề nào"));
}

#[test]
fn a_file_in_another_encoding_is_refused_with_what_to_do() {
    let utf16: Vec<u8> = "Date,Reference"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    let marked = [&[0xFF, 0xFE], &utf16[..]].concat();
    // "Nội dung" in Windows-1258.
    for file in [utf16.as_slice(), &marked, b"N\xF4\xF2i dung,x"] {
        assert_eq!(refusal(file), Unreadable::Encoding);
    }
    assert!(refused(&Unreadable::Encoding).vi.contains("CSV UTF-8"));
    assert_eq!(refusal(&vec![b' '; LARGEST + 1]), Unreadable::TooLarge);
    let declared = "<?xml version=\"1.0\" encoding=\"UTF-16\"?><Document/>";
    assert_eq!(refusal(declared.as_bytes()), Unreadable::Encoding);
}

/// A statement in version `version` with these entries, from one balance to the other.
fn camt(version: &str, opening: i64, closing: i64, entries: &str) -> String {
    let balance = |code: &str, dong: i64| {
        let towards = if dong < 0 { "DBIT" } else { "CRDT" };
        format!(
            "<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy=\"VND\">{}.00</Amt><CdtDbtInd>{towards}</CdtDbtInd></Bal>",
            dong.abs()
        )
    };
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:camt.053.001.{version}\"><BkToCstmrStmt>\
         <GrpHdr><MsgId>1</MsgId></GrpHdr><Stmt><Id>1</Id><Acct><Id><Othr><Id>0011001234567</Id></Othr></Id><Ccy>VND</Ccy></Acct>{}{}\
         {entries}</Stmt></BkToCstmrStmt></Document>",
        balance("OPBD", opening),
        balance("CLBD", closing),
    )
}

fn entry(amount: &str, towards: &str, more: &str) -> String {
    format!(
        "<Ntry><Amt Ccy=\"VND\">{amount}</Amt><CdtDbtInd>{towards}</CdtDbtInd><Sts>BOOK</Sts>\
         <BookgDt><Dt>2026-10-08</Dt></BookgDt>{more}</Ntry>"
    )
}

fn one(amount: &str, towards: &str) -> String {
    entry(amount, towards, "<AcctSvcrRef>S1</AcctSvcrRef>")
}

#[test]
fn entries_are_read_in_the_old_shape_and_in_the_new() {
    let old = entry(
        "8000",
        "CRDT",
        "<AcctSvcrRef>S1</AcctSvcrRef><NtryDtls><TxDtls><Refs><EndToEndId>E1</EndToEndId></Refs><RltdPties><Dbtr><Nm>NGUYEN &amp; CO</Nm></Dbtr></RltdPties>\
         <RmtInf><Ustrd>MC1 LE</Ustrd><Ustrd>PHI</Ustrd></RmtInf></TxDtls></NtryDtls><AddtlNtryInf><![CDATA[<GD> IBFT]]></AddtlNtryInf>",
    );
    let new = entry(
        "8000.0",
        "CRDT",
        "<NtryDtls><TxDtls><Refs><AcctSvcrRef>S1</AcctSvcrRef><EndToEndId>E1</EndToEndId></Refs><RltdPties><Dbtr><Pty><Nm>NGUYEN &#38; CO</Nm></Pty></Dbtr></RltdPties>\
         <RmtInf><Ustrd>MC1 LE PHI</Ustrd></RmtInf><AddtlTxInf>&lt;GD&gt; IBFT</AddtlTxInf></TxDtls></NtryDtls>",
    )
    .replace("<Sts>BOOK</Sts>", "<Sts><Cd>BOOK</Cd></Sts>")
    .replace("<Dt>2026-10-08</Dt>", "<DtTm>2026-10-08T09:15:00+07:00</DtTm>");
    for (version, entry) in [("02", &old), ("08", &new), ("13", &new)] {
        let file = camt(version, 1_000, 9_000, entry);
        assert_eq!(
            shown(file.as_bytes()),
            ["S1 2026-10-08 +8000 <NGUYEN & CO> MC1 LE PHI <GD> IBFT [E1]"]
        );
        let (kind, statements) = read(file.as_bytes(), &columns()).unwrap();
        assert_eq!(
            (kind, statements[0].account.as_deref()),
            (Kind::Camt053, Some("0011001234567"))
        );
    }
    let prefixed = camt("08", 1_000, 9_000, &new)
        .replace('<', "<b:")
        .replace("<b:/", "</b:")
        .replace("<b:?", "<?")
        .replace("xmlns=", "xmlns:b=");
    assert_eq!(shown(prefixed.as_bytes()).len(), 1);
}

#[test]
fn a_batch_is_taken_apart_and_must_add_up() {
    let part = |more: &str, amount: &str| {
        format!(
            "<TxDtls>{more}<AmtDtls><TxAmt><Amt Ccy=\"VND\">{amount}</Amt></TxAmt></AmtDtls></TxDtls>"
        )
    };
    let batch = |parts: &str| {
        entry(
            "3000",
            "CRDT",
            &format!("<NtryRef>B7</NtryRef><NtryDtls>{parts}</NtryDtls>"),
        )
    };
    let refs = |reference: &str| {
        format!(
            "<Refs><AcctSvcrRef>{reference}</AcctSvcrRef><EndToEndId>NOTPROVIDED</EndToEndId></Refs>"
        )
    };
    let numbered = batch(&(part("", "1000") + &part("", "2000")));
    assert_eq!(
        shown(camt("02", 0, 3_000, &numbered).as_bytes()),
        [
            "B7/1 2026-10-08 +1000 <>  []",
            "B7/2 2026-10-08 +2000 <>  []"
        ]
    );
    let named = batch(&(part(&refs("X"), "1000") + &part(&refs("Y"), "2000")));
    assert_eq!(
        shown(camt("02", 0, 3_000, &named).as_bytes()),
        ["X 2026-10-08 +1000 <>  []", "Y 2026-10-08 +2000 <>  []"]
    );
    let same = batch(&(part(&refs("X"), "1000") + &part(&refs("X"), "2000")));
    assert_eq!(
        shown(camt("02", 0, 3_000, &same).as_bytes())[1],
        "B7/2 2026-10-08 +2000 <>  []"
    );
    let short = batch(&(part("", "1000") + &part("", "1000")));
    assert_eq!(
        refusal(camt("02", 0, 3_000, &short).as_bytes()),
        Unreadable::Line(1, Wrong::Batch)
    );
}

#[test]
fn reversals_are_marked_and_what_is_not_booked_is_left_out() {
    let back = entry(
        "8000",
        "DBIT",
        "<RvslInd>true</RvslInd><AcctSvcrRef>S2</AcctSvcrRef>",
    );
    let pending = one("1", "CRDT").replace("BOOK", "PDNG").replace("S1", "S3");
    let file = camt("02", 0, 0, &(one("8000", "CRDT") + &back + &pending));
    assert_eq!(
        shown(file.as_bytes()),
        [
            "S1 2026-10-08 +8000 <>  []",
            "S2 2026-10-08 -8000 back <>  []"
        ]
    );
}

#[test]
fn a_statement_whose_balances_do_not_add_up_is_refused() {
    let file = |opening, closing| camt("02", opening, closing, &one("8000", "CRDT"));
    assert_eq!(shown(file(-3_000, 5_000).as_bytes()).len(), 1);
    assert_eq!(
        refusal(file(0, 9_000).as_bytes()),
        Unreadable::Balances { missing: 1_000 }
    );
    assert_eq!(
        refusal(file(0, 8_000).replace("OPBD", "ITBD").as_bytes()),
        Unreadable::NoBalances
    );
    assert_eq!(
        refusal(file(0, 8_000).replace("CLBD", "CLAV").as_bytes()),
        Unreadable::NoBalances
    );
    assert_eq!(
        shown(file(0, 8_000).replace("OPBD", "PRCD").as_bytes()).len(),
        1
    );
}

#[test]
fn each_refusal_of_an_xml_file_says_what_is_wrong() {
    let changed = |from: &str, to: &str| {
        let file = camt("02", 0, 8_000, &one("8000", "CRDT"));
        assert!(file.contains(from), "{from}");
        refusal(file.replace(from, to).as_bytes())
    };
    assert_eq!(
        changed("camt.053.001.02", "camt.054.001.02"),
        Unreadable::Message
    );
    assert_eq!(
        changed("camt.053.001.02", "camt.053.001.01"),
        Unreadable::Message
    );
    assert_eq!(
        changed("BkToCstmrStmt", "BkToCstmrAcctRpt"),
        Unreadable::Message
    );
    assert_eq!(
        changed("<Ccy>VND", "<Ccy>USD"),
        Unreadable::Line(0, Wrong::Currency)
    );
    assert_eq!(
        changed("<Ntry><Amt Ccy=\"VND\">", "<Ntry><Amt Ccy=\"USD\">"),
        Unreadable::Line(1, Wrong::Currency)
    );
    assert_eq!(
        changed(">8000<", ">80.5<"),
        Unreadable::Line(1, Wrong::Amount)
    );
    assert_eq!(
        changed(">8000<", ">8,000<"),
        Unreadable::Line(1, Wrong::Amount)
    );
    assert_eq!(changed(">8000<", "><"), Unreadable::Line(1, Wrong::Amount));
    assert_eq!(
        changed("CRDT</CdtDbtInd><Sts>", "X</CdtDbtInd><Sts>"),
        Unreadable::Line(1, Wrong::Direction)
    );
    assert_eq!(
        changed("<Dt>2026-10-08</Dt>", ""),
        Unreadable::Line(1, Wrong::Day)
    );
    assert_eq!(
        changed("<AcctSvcrRef>S1</AcctSvcrRef>", ""),
        Unreadable::Line(1, Wrong::Reference)
    );
    assert_eq!(
        changed("BOOK", "PDNG"),
        Unreadable::Balances { missing: 8_000 }
    );
    assert_eq!(changed("</Stmt>", ""), Unreadable::Xml);
    assert_eq!(changed("</Document>", "</Document><x/>"), Unreadable::Xml);
    assert_eq!(
        changed(
            "<Id>1</Id>",
            &format!("{}{}", "<x>".repeat(40), "</x>".repeat(40))
        ),
        Unreadable::Xml
    );
}

#[test]
fn nothing_is_defined_expanded_or_fetched() {
    let bomb = "<!DOCTYPE x [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;\">]><Document>&b;</Document>";
    let outside = "<!DOCTYPE x SYSTEM \"file:///etc/passwd\"><Document/>";
    let entity = camt("02", 0, 8_000, &one("8000", "CRDT")).replace("S1", "&who;");
    for file in [bomb, outside, &entity] {
        assert_eq!(refusal(file.as_bytes()), Unreadable::Entities);
    }
}

#[test]
fn a_lines_texts_can_be_shown_and_kept() {
    let draft = Draft {
        reference: " FT\u{7}001\n",
        booked_on: NaiveDate::from_ymd_opt(2026, 10, 8).unwrap(),
        direction: Direction::Credit,
        amount: Vnd::new(1).unwrap(),
        remitter: "hoa\u{300}",
        purpose: &"x".repeat(501),
        end_to_end: "",
        reversal: false,
    };
    let line = Line::new(&draft).unwrap();
    assert_eq!(
        (
            line.reference.as_str(),
            line.remitter.as_str(),
            line.purpose.len()
        ),
        ("FT 001", "hoà", 500)
    );
    assert_eq!(
        Line::new(&Draft {
            amount: Vnd::ZERO,
            ..draft
        }),
        Err(Wrong::Nothing)
    );
}

proptest! {
    #[test]
    fn whatever_comes_is_read_or_refused(bytes: Vec<u8>, cells in "[-0-9,;\"\n /A-Za-z]{0,120}", xml in "[<>/&;!\\[\\]a-zA-Z =\"]{0,120}") {
        let _ = read(&bytes, &columns());
        let _ = read(format!("Date,Reference,Credit,Debit,Description\n{cells}").as_bytes(), &columns());
        let _ = read(format!("<{xml}").as_bytes(), &columns());
        let _ = read(camt("02", 0, 0, &xml).as_bytes(), &columns());
    }

    #[test]
    fn a_statement_is_whole_or_refused(amounts in prop::collection::vec((1..=1_000_000_i64, any::<bool>()), 1..8), opening in -1_000_000..=1_000_000_i64, lost: prop::sample::Index) {
        let entries: Vec<String> = amounts.iter().enumerate().map(|(at, (dong, came))| {
            entry(&dong.to_string(), if *came { "CRDT" } else { "DBIT" }, &format!("<NtryRef>R{at}</NtryRef>"))
        }).collect();
        let sum: i64 = amounts.iter().map(|(dong, came)| if *came { *dong } else { -dong }).sum();
        let whole = camt("08", opening, opening + sum, &entries.concat());
        prop_assert_eq!(shown(whole.as_bytes()).len(), amounts.len());
        let lost = whole.replacen(&entries[lost.index(entries.len())], "", 1);
        let refused = matches!(refusal(lost.as_bytes()), Unreadable::Balances { .. });
        prop_assert!(refused);
    }
}
