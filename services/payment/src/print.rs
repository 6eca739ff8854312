//! Receipts as papers.

use ::paper::{Letterhead, LineReduction, Person, ReceiptLine};
use contracts::payment::{FeeLine, Method};
use procedure::Catalogue;

use crate::{
    config::Config,
    store::{Order, receipts::Receipt},
};

/// The receipt as it is printed. The office that gave the dossier its code heads it; one that has left the catalogue is named
/// by its code.
pub fn receipt(
    receipt: &Receipt,
    order: &Order,
    catalogue: &Catalogue,
    config: &Config,
) -> ::paper::Receipt {
    let office = order.code.agency().parse().ok();
    let office = office.and_then(|office| catalogue.organisation(&office));
    let parent = office.and_then(|office| catalogue.organisation(office.parent.as_ref()?));
    let line = |line: &FeeLine| ReceiptLine {
        name: line.label.clone(),
        quantity: line.quantity,
        unit_price: line.unit.dong(),
        reduction: line.reduction.as_ref().map(|reduction| LineReduction {
            by: reduction.by.dong(),
            reason: reduction.reason.clone(),
        }),
    };
    ::paper::Receipt {
        head: Letterhead {
            parent: parent.map(|parent| parent.name.vi.clone()),
            agency: office.map_or_else(
                || order.code.agency().to_owned(),
                |office| office.name.vi.clone(),
            ),
            number: Some(format!("{:07}", receipt.number.number)),
            place: office
                .map(|office| office.place.clone())
                .unwrap_or_default(),
            issued_at: receipt.issued_at,
        },
        title: config.receipt_title.clone(),
        series: Some(receipt.number.series.clone()),
        dossier_code: order.code.to_string(),
        payer: Person {
            name: receipt.payer_name.clone(),
            ..Person::default()
        },
        purpose: config.receipt_purpose.clone(),
        lines: order.lines.iter().map(line).collect(),
        method: method(order.method).to_owned(),
        transaction: None,
        paid_at: order.paid_at.unwrap_or(receipt.issued_at),
        cashier: (!order.officer_name.is_empty()).then(|| order.officer_name.clone()),
        replaces: receipt.replaces.as_ref().map(ToString::to_string),
        cancelled: receipt.cancelled.as_ref().map(|(_, reason)| reason.clone()),
        check: None,
    }
}

const fn method(method: Option<Method>) -> &'static str {
    match method {
        Some(Method::Vnpay) => "Trực tuyến, qua VNPAY",
        Some(Method::Transfer) => "Chuyển khoản ngân hàng",
        Some(Method::Platform) => "Trực tuyến, qua Nền tảng thanh toán quốc gia",
        Some(Method::Cash) => "Tiền mặt",
        Some(Method::Card) => "Thẻ, tại quầy",
        None => "",
    }
}
