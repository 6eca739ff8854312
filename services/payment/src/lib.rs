#![doc = include_str!("../README.md")]

pub mod assurance;
pub mod config;
pub mod deeds;
pub mod domain;
pub mod handlers;
pub mod http;
pub mod invoices;
pub mod migrations;
pub mod own;
pub mod pages;
pub mod platform;
pub mod port;
pub mod print;
pub mod sandbox;
pub mod secret;
pub mod statement;
pub mod store;
pub mod transfer;
pub mod vietqr;
pub mod vnpay;

use chassis::{Service, Setup, StartError};
use contracts::payment::{
    FeeCancelled, FeeExpired, FeeOrdered, FeePaid, FeeRefunded, ReceiptCancelled, ReceiptIssued,
};

use crate::{
    config::Config,
    own::{
        CheckAttempt, CheckBooks, ExpireOrder, ExportReceipt, FollowRefund, IssueReceipt,
        NotifyMerchant, Reconcile, TellLines, TellPartner,
    },
    platform::Platform,
    transfer::Receiver,
    vnpay::Gateway,
};

/// The table of contents.
pub fn service() -> Service {
    Service::new("payment")
        .config::<Config>(include_str!("../config.toml"))
        .migrations(migrations::all)
        .provides(procedure::catalogue)
        .provides(gateway)
        .provides(receiver)
        .provides(platform)
        .provides(sandbox::bank)
        .provides(sandbox::platform::pretend)
        .provides(invoices::exporter)
        .starts(handlers::reconciliation::begin)
        .hears(handlers::request_fee)
        .hears(mandates::given)
        .hears(mandates::ended)
        .hears(handlers::return_fee)
        .hears(handlers::expire_order)
        .hears(handlers::receipts::issue)
        .hears(handlers::reconciliation::check_books)
        .hears(handlers::reconciliation::reconcile)
        .hears_slow::<CheckAttempt, _, _, _, _, _>(handlers::ask_bank, handlers::bank_answered)
        .hears_slow::<FollowRefund, _, _, _, _, _>(
            handlers::refunds::call,
            handlers::refunds::called,
        )
        .hears_slow::<ExportReceipt, _, _, _, _, _>(
            handlers::invoices::tell,
            handlers::invoices::told,
        )
        .hears_slow::<NotifyMerchant, _, _, _, _, _>(sandbox::notify, sandbox::notified)
        .hears_slow::<TellPartner, _, _, _, _, _>(
            sandbox::platform::confirm,
            sandbox::platform::confirmed,
        )
        .hears_slow::<TellLines, _, _, _, _, _>(sandbox::transfers::tell, sandbox::transfers::told)
        .says::<FeeOrdered>()
        .says::<FeePaid>()
        .says::<FeeExpired>()
        .says::<FeeCancelled>()
        .says::<FeeRefunded>()
        .says::<ReceiptIssued>()
        .says::<ReceiptCancelled>()
        .says::<IssueReceipt>()
        .says::<FollowRefund>()
        .says::<ExpireOrder>()
        .says::<ExportReceipt>()
        .says::<CheckBooks>()
        .says::<Reconcile>()
        .says::<CheckAttempt>()
        .says::<NotifyMerchant>()
        .says::<TellPartner>()
        .says::<TellLines>()
        .audits()
        // A bank that answers slowly holds up its own worker only.
        .consumes(32, 4)
        .serves(http::routes)
}

async fn gateway(setup: Setup) -> Result<Gateway, StartError> {
    let config = setup.config::<Config>();
    let addresses = config.addresses(setup.settings())?;
    let (secret, terminal) = (
        config.vnpay.hash_secret.secret.clone(),
        config.vnpay.tmn_code.clone(),
    );
    Gateway::new(
        secret,
        terminal,
        addresses.pay,
        addresses.api,
        addresses.back,
        config.vnpay.timeout_seconds,
    )
    .map_err(|error| StartError::because("payment: its HTTP client", &error))
}

async fn platform(setup: Setup) -> Result<Platform, StartError> {
    let config = setup.config::<Config>();
    let addresses = config.platform_addresses(setup.settings())?;
    let own = &config.platform;
    let (secret, partner) = (own.secret.clone(), own.partner.clone());
    Platform::new(secret, partner, own.beneficiary(), addresses)
        .map_err(|error| StartError::because("payment: its HTTP client", &error))
}

async fn receiver(setup: Setup) -> Result<Receiver, StartError> {
    Receiver::new(&setup.config::<Config>())
}

/// Decoders of untrusted bytes that are nobody else's business: for the fuzz targets in `tests/`.
#[doc(hidden)]
pub mod decoders {
    pub use crate::{
        platform::gateway::read as word,
        vnpay::gateway::{read as answer, read_refund as refund_answer},
    };
}
