//! The bank's statements: imported by an accountant, as a file and on the page.

use chassis::auth::Role;
use contracts::payment::FeePaid;
use serde_json::json;

use crate::{
    town::{
        Town,
        bank::{ACCOUNT, came},
        order,
    },
    transfers::{CODE, tally},
};

pub fn table(purpose: &str) -> String {
    format!(
        "Sao kê;;;;\nNgày giao dịch;Số tham chiếu;Ghi nợ;Ghi có;Nội dung\n08/10/2026;A;;16.000;{purpose}\n08/10/2026;B;;5.000;x\n08/10/2026;C;1.100;;Phí\n"
    )
}

#[tokio::test]
async fn a_statement_is_imported_and_again_changes_nothing() {
    let mut town = Town::with_order().await;
    let file = table(&town.purpose().await);
    assert_eq!(town.imports(Role::Citizen, &file).await.0, 403);
    assert_eq!(
        town.imports(Role::Officer, &file).await,
        (200, tally(3, 0, 1, 0, 2))
    );
    assert_eq!(
        town.imports(Role::Officer, &file).await,
        (200, tally(0, 3, 0, 0, 0))
    );
    assert_eq!(
        town.bank_says(&[came("B", 5_000, "x in the bank's other words")])
            .await,
        (200, tally(0, 1, 0, 0, 0))
    );
    town.settle().await;
    assert_eq!(town.said::<FeePaid>().await.len(), 1);
    assert_eq!(town.waits().await, ["B no_reference", "C outgoing"]);
    assert_eq!(
        town.books().await,
        "bank 19900, revenue -16000, unallocated -3900"
    );
    let (_, contradicts) = town
        .imports(Role::Officer, &file.replace("5.000", "6.000"))
        .await;
    assert_eq!(contradicts["contradicting"], json!(["B"]));
    assert_eq!(
        town.books().await,
        "bank 19900, revenue -16000, unallocated -3900"
    );
    let (status, problem) = town.imports(Role::Officer, "Ngày;Số\n").await;
    assert_eq!(
        (status, &problem["errors"][0]["field"]),
        (422, &json!("file"))
    );
}

#[tokio::test]
async fn the_officers_page_needs_no_script() {
    let mut town = Town::with_order().await;
    let file = table("quen ghi noi dung");
    let page = town.import_page(&file).await;
    for words in [
        "Đã nhập sao kê",
        "Giao dịch mới</dt><dd>3",
        "quen ghi noi dung",
        "Tiền đi khỏi tài khoản",
        "enctype=\"multipart/form-data\"",
    ] {
        assert!(page.contains(words), "{words}");
    }
    assert!(!page.contains("<script"));
    let own = format!("/payment/orders/{}/page", order());
    let link = "href=\"/payment/\"";
    assert!(town.officers_page(&own).await.contains(link));
    assert!(!town.page(&own).await.contains(link));
    let ids = town.waiting_ids().await;
    let tick = format!("line-{}", ids[0]);
    let form = |key| {
        [
            ("key", key),
            (tick.as_str(), "on"),
            ("order", CODE),
            ("reason", "Đã gọi điện xác nhận"),
        ]
    };
    let empty = [
        ("key", "1"),
        (tick.as_str(), "on"),
        ("order", CODE),
        ("reason", " "),
    ];
    let path = "/payment/bank/page/allocate";
    assert_eq!(town.officer_submits(path, &empty).await, 422);
    assert_eq!(town.officer_submits(path, &form("2")).await, 303);
    assert_eq!(town.officer_submits(path, &form("2")).await, 303);
    assert_eq!(town.officer_submits(path, &form("3")).await, 409);
    town.settle().await;
    assert_eq!(town.said::<FeePaid>().await.len(), 1);
    let page = town.officers_page("/payment/bank/page").await;
    assert!(!page.contains("quen ghi noi dung") && page.contains("Phí"));
}

#[tokio::test]
async fn a_statement_of_another_account_is_refused() {
    let town = Town::with_order().await;
    let balance = |code: &str, amount: &str| {
        format!(
            "<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy=\"VND\">{amount}</Amt><CdtDbtInd>CRDT</CdtDbtInd></Bal>"
        )
    };
    let file = |account: &str| {
        let balances = balance("OPBD", "0") + &balance("CLBD", "5000");
        format!(
            "<Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:camt.053.001.08\"><BkToCstmrStmt><Stmt><Acct><Id><Othr><Id>{account}</Id></Othr></Id></Acct>{balances}\
             <Ntry><Amt Ccy=\"VND\">5000</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>2026-10-08</Dt></BookgDt>\
             <AcctSvcrRef>S1</AcctSvcrRef></Ntry></Stmt></BkToCstmrStmt></Document>"
        )
    };
    let (status, problem) = town.imports(Role::Officer, &file("999")).await;
    assert_eq!(
        (status, &problem["errors"][0]["field"]),
        (422, &json!("account"))
    );
    assert_eq!(
        town.imports(Role::Officer, &file(ACCOUNT)).await,
        (200, tally(1, 0, 0, 0, 1))
    );
}
