//! The gateway as this service reaches it: the address of the pay page, what is believed, and asking what became of money.

use std::{collections::BTreeMap, time::Duration};

use chrono::{DateTime, Utc};
use contracts::Vnd;
use serde_json::Value;
use uuid::Uuid;

use super::{
    Fields, Forged, Payment, QUERY, QUERY_ANSWER, REFUND, REFUND_ANSWER, Secret, VERSION, amount,
    date,
};
use crate::port::{Notice, Returned, Told, Unanswered};

/// One merchant's line to VNPAY.
#[derive(Debug)]
pub struct Gateway {
    http: reqwest::Client,
    secret: Secret,
    terminal: String,
    pay: String,
    api: String,
    back: String,
}

/// One visit to the gateway, as its address is made from it. The same visit always has the same address.
#[derive(Debug, Clone)]
pub struct Visit<'a> {
    /// What the attempt is called.
    pub txn_ref: &'a str,
    /// How much.
    pub amount: Vnd,
    /// The dossier's code, for the bank statement.
    pub code: &'a str,
    /// The payer's address.
    pub ip: &'a str,
    /// When it began.
    pub created: DateTime<Utc>,
    /// When it ends.
    pub expires: DateTime<Utc>,
}

/// Money that the gateway shall give back.
#[derive(Debug, Clone)]
pub struct GiveBack<'a> {
    /// The same for every try, so that the gateway does it once.
    pub request: Uuid,
    /// The attempt that took it.
    pub txn_ref: &'a str,
    /// The gateway's number for that attempt.
    pub transaction_no: &'a str,
    /// When that attempt was made.
    pub created: DateTime<Utc>,
    /// How much.
    pub amount: Vnd,
    /// Whether that is all that was taken.
    pub whole: bool,
    /// The dossier's code.
    pub code: &'a str,
}

impl Gateway {
    /// A line to the gateway, which may take as long as `patience` to answer.
    pub fn new(
        secret: Secret,
        terminal: String,
        pay: String,
        api: String,
        back: String,
        patience: Duration,
    ) -> reqwest::Result<Self> {
        let http = reqwest::Client::builder().timeout(patience).build()?;
        Ok(Self {
            http,
            secret,
            terminal,
            pay,
            api,
            back,
        })
    }

    /// The merchant's terminal.
    pub fn terminal(&self) -> &str {
        &self.terminal
    }

    /// The gateway's page, without what is signed.
    pub fn page(&self) -> &str {
        &self.pay
    }

    /// Where the payer is sent.
    pub fn pay_url(&self, visit: &Visit) -> String {
        let payment = Payment {
            tmn_code: &self.terminal,
            txn_ref: visit.txn_ref,
            amount: visit.amount,
            info: &format!("Nop phi le phi ho so {}", visit.code),
            return_url: &self.back,
            ip: visit.ip,
            bank: "",
            created: visit.created,
            expires: Some(visit.expires),
        };
        format!(
            "{}?{}",
            self.pay,
            payment.fields().signed_query(&self.secret)
        )
    }

    /// What a notification or a return says, if the bank signed it.
    pub fn believe(
        &self,
        pairs: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Notice, Forged> {
        Fields::from_query(pairs, &self.secret).map(|fields| Notice::from(&fields))
    }

    /// Asks the bank what became of an attempt (querydr). `request` is unique for each asking.
    pub async fn ask(
        &self,
        request: Uuid,
        txn_ref: &str,
        created: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<Told, Unanswered> {
        let question = Fields::default()
            .with("vnp_RequestId", request.simple().to_string())
            .with("vnp_Version", VERSION)
            .with("vnp_Command", "querydr")
            .with("vnp_TmnCode", &self.terminal)
            .with("vnp_TxnRef", txn_ref)
            .with("vnp_TransactionDate", date(created))
            .with("vnp_CreateDate", date(now))
            .with("vnp_IpAddr", "127.0.0.1")
            .with("vnp_OrderInfo", format!("Truy van giao dich {txn_ref}"))
            .sealed(&QUERY, &self.secret);
        let body = self.call(&question).await?;
        read(body, &self.secret, &self.terminal, txn_ref)
    }

    /// Asks the gateway to give money back. A request that it has heard before is under way.
    pub async fn give_back(
        &self,
        refund: &GiveBack<'_>,
        now: DateTime<Utc>,
    ) -> Result<Returned, Unanswered> {
        let question = Fields::default()
            .with("vnp_RequestId", refund.request.simple().to_string())
            .with("vnp_Version", VERSION)
            .with("vnp_Command", "refund")
            .with("vnp_TmnCode", &self.terminal)
            .with(
                "vnp_TransactionType",
                if refund.whole { "02" } else { "03" },
            )
            .with("vnp_TxnRef", refund.txn_ref)
            .with("vnp_Amount", amount(refund.amount))
            .with("vnp_TransactionNo", refund.transaction_no)
            .with("vnp_TransactionDate", date(refund.created))
            .with("vnp_CreateBy", "motcua")
            .with("vnp_CreateDate", date(now))
            .with("vnp_IpAddr", "127.0.0.1")
            .with("vnp_OrderInfo", format!("Hoan tien ho so {}", refund.code))
            .sealed(&REFUND, &self.secret);
        let body = self.call(&question).await?;
        read_refund(body, &self.secret, &self.terminal, refund.txn_ref)
    }

    async fn call(&self, question: &Fields) -> Result<BTreeMap<String, Value>, Unanswered> {
        let answered = self
            .http
            .post(&self.api)
            .json(question.as_map())
            .send()
            .await
            .map_err(Unanswered::Silent)?;
        answered.json().await.map_err(Unanswered::Silent)
    }
}

/// Reads the bank's answer about an attempt, if the bank signed it and it is about what was asked.
pub fn read(
    body: BTreeMap<String, Value>,
    secret: &Secret,
    terminal: &str,
    txn_ref: &str,
) -> Result<Told, Unanswered> {
    let fields = believed(body, &QUERY_ANSWER, secret, terminal, txn_ref)?;
    match fields.get("vnp_ResponseCode") {
        "00" => Ok(Told::Known(Notice::from(&fields))),
        "91" => Ok(Told::NotFound),
        code => Err(Unanswered::Refused(code.to_owned())),
    }
}

/// Reads the gateway's answer about money that it shall give back, if it signed it and it is about what was asked.
pub fn read_refund(
    body: BTreeMap<String, Value>,
    secret: &Secret,
    terminal: &str,
    txn_ref: &str,
) -> Result<Returned, Unanswered> {
    let told = believed(body, &REFUND_ANSWER, secret, terminal, txn_ref)?;
    match told.get("vnp_ResponseCode") {
        "00" => Ok(Notice::from(&told).returned.unwrap_or(Returned::UnderWay)),
        "94" => Ok(Returned::UnderWay),
        // It says no for good: there is no such payment, it took no money, or the request can never be right.
        "02" | "03" | "91" | "95" => Ok(Returned::Refused),
        code => Err(Unanswered::Refused(code.to_owned())),
    }
}

/// The fields of an answer, if the bank signed it and it is about what was asked.
fn believed(
    body: BTreeMap<String, Value>,
    order: &[&str],
    secret: &Secret,
    terminal: &str,
    txn_ref: &str,
) -> Result<Fields, Unanswered> {
    let text = |value| match value {
        Value::String(text) => text,
        Value::Null => String::new(),
        other => other.to_string(),
    };
    let body = body.into_iter().map(|(name, value)| (name, text(value)));
    let fields = Fields::unsealed(body, order, secret).map_err(|_| Unanswered::Unbelievable)?;
    if fields.get("vnp_TmnCode") == terminal && fields.get("vnp_TxnRef") == txn_ref {
        Ok(fields)
    } else {
        Err(Unanswered::Unbelievable)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret() -> Secret {
        Secret::try_from("MOTCUA0TEST0SECRET0NOT0REAL00001".to_owned()).unwrap()
    }

    fn asked(body: BTreeMap<String, Value>) -> Result<Told, Unanswered> {
        read(body, &secret(), "MOTCUA01", "A1")
    }

    fn answer(code: &str, txn_ref: &str, tmn_code: &str) -> BTreeMap<String, Value> {
        let fields = Fields::default()
            .with("vnp_ResponseId", "resp01")
            .with("vnp_Command", "querydr")
            .with("vnp_ResponseCode", code)
            .with("vnp_TmnCode", tmn_code)
            .with("vnp_TxnRef", txn_ref)
            .with("vnp_Amount", "800000")
            .with("vnp_TransactionStatus", "00")
            .sealed(&QUERY_ANSWER, &secret());
        fields
            .as_map()
            .iter()
            .map(|(name, value)| (name.clone(), Value::from(value.as_str())))
            .collect()
    }

    #[test]
    fn an_answer_is_believed_when_signed_and_about_what_was_asked() {
        assert!(
            matches!(asked(answer("00", "A1", "MOTCUA01")), Ok(Told::Known(notice)) if notice.code == "00")
        );
        assert!(matches!(
            asked(answer("91", "A1", "MOTCUA01")),
            Ok(Told::NotFound)
        ));
        assert!(
            matches!(asked(answer("94", "A1", "MOTCUA01")), Err(Unanswered::Refused(code)) if code == "94")
        );
        assert!(matches!(
            asked(answer("00", "A2", "MOTCUA01")),
            Err(Unanswered::Unbelievable)
        ));
        assert!(matches!(
            asked(answer("00", "A1", "OTHER")),
            Err(Unanswered::Unbelievable)
        ));
        let mut forged = answer("00", "A1", "MOTCUA01");
        forged.insert("vnp_Amount".into(), 900_000.into());
        assert!(matches!(asked(forged), Err(Unanswered::Unbelievable)));
    }

    #[test]
    fn an_amount_may_come_as_a_number() {
        let mut body = answer("00", "A1", "MOTCUA01");
        body.insert("vnp_Amount".into(), 800_000.into());
        body.insert("vnp_PromotionCode".into(), Value::Null);
        assert!(
            matches!(asked(body), Ok(Told::Known(notice)) if notice.amount == Vnd::new(8_000).ok())
        );
    }
}
