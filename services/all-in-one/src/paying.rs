//! Lends the benchmark, which names no service, the payment service that it measures.

use bench::ipn::{Doing, Merchant};
use chassis::{App, Failure, StartError, Tx};
use contracts::{
    AccountId, DossierId, OrderId, Vnd,
    payment::{FeeLine, RequestFee},
};
use payment::{config::Config, domain, handlers, port::Through, store, vnpay};

/// The merchant's service, its orders and its books.
pub const MERCHANT: Merchant = Merchant {
    service: payment::service,
    orders,
    balanced,
};

/// Orders opened in one transaction.
const CHUNK: usize = 200;

fn failed(error: &dyn std::error::Error) -> StartError {
    StartError::because("bench ipn: the orders", error)
}

fn orders(app: App, count: usize) -> Doing<Vec<String>> {
    Box::pin(async move {
        let mut queries = Vec::with_capacity(count);
        while queries.len() < count {
            let more = CHUNK.min(count - queries.len());
            let opened = app.transact(async |tx| open(&tx, more).await);
            queries.extend(opened.await.map_err(|failure| failed(&failure))?);
        }
        Ok(queries)
    })
}

/// Opens orders as desk asks for them, and begins to pay each.
async fn open(tx: &Tx, count: usize) -> Result<Vec<String>, Failure> {
    let config = tx.config::<Config>();
    let mut queries = Vec::with_capacity(count);
    for _ in 0..count {
        let request = request(tx)?;
        let order = domain::Order {
            id: request.order,
            total: request.total,
            state: domain::State::Open,
        };
        handlers::request_fee(request, tx.clone()).await?;
        let attempt = domain::attempt(
            &order,
            &[],
            Through::Vnpay,
            tx.now(),
            config.attempt_minutes,
        )
        .map_err(Failure::retry)?;
        store::try_pay(tx.db(), order.id, &attempt, "127.0.0.1", tx.now()).await?;
        queries.push(notification(&config, &attempt, tx));
    }
    Ok(queries)
}

fn request(tx: &Tx) -> Result<RequestFee, Failure> {
    let vnd = |dong| Vnd::new(dong).map_err(|_| Failure::park("an amount"));
    let word = || Failure::park("a word of the example");
    Ok(RequestFee {
        order: OrderId(tx.new_id()),
        dossier: DossierId(tx.new_id()),
        code: "H15.50.05.13-261008-0975".parse().map_err(|_| word())?,
        payer: AccountId(tx.new_id()),
        payer_name: "Nguyễn Thị Ví Dụ".parse().map_err(|_| word())?,
        lines: vec![FeeLine {
            label: "Bản sao trích lục hộ tịch".into(),
            quantity: 2,
            unit: vnd(8_000)?,
            amount: vnd(16_000)?,
            reduction: None,
        }],
        total: vnd(16_000)?,
        procedure: None,
        procedure_version: None,
    })
}

/// What the bank says when it has taken the money.
fn notification(config: &Config, attempt: &domain::Attempt, tx: &Tx) -> String {
    let fields = vnpay::Fields::default()
        .with("vnp_TmnCode", &config.vnpay.tmn_code)
        .with("vnp_Amount", vnpay::amount(attempt.amount))
        .with("vnp_BankCode", "NCB")
        .with("vnp_BankTranNo", "VNP14123456")
        .with("vnp_CardType", "ATM")
        .with("vnp_PayDate", vnpay::date(tx.now()))
        .with(
            "vnp_OrderInfo",
            "Nop phi le phi ho so H15.50.05.13-261008-0975",
        )
        .with("vnp_TransactionNo", "14123456")
        .with("vnp_ResponseCode", "00")
        .with("vnp_TransactionStatus", "00")
        .with("vnp_TxnRef", &attempt.txn_ref);
    fields.signed_query(&config.vnpay.hash_secret.secret)
}

fn balanced(app: App) -> Doing<bool> {
    Box::pin(async move {
        let db = app.db().reads();
        let sum = store::ledger::balance_of_all(db).await;
        let stands = store::ledger::balances(db).await;
        let because = |error| failed(&error);
        let (sum, stands) = (sum.map_err(because)?, stands.map_err(because)?);
        Ok(sum == 0
            && stands
                .iter()
                .all(|account| account.books == account.records))
    })
}
