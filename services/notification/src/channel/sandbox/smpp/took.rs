//! What the message centre reads in a packet.

use rusmpp::{
    pdus::SubmitSm,
    tlvs::TlvValue,
    values::{DataCoding, GsmFeatures, MCDeliveryReceipt},
};

use crate::channel::sms::text::from_gsm;

/// One packet that it took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Took {
    /// To whom.
    pub to: String,
    /// From whom.
    pub from: String,
    /// What it says, without the header.
    pub text: String,
    /// The header of a part: its message's number, how many there are, which it is.
    pub part: Option<(u8, u8, u8)>,
    /// Whether it is in UCS-2.
    pub unicode: bool,
    /// Whether a receipt is wanted.
    pub wants_receipt: bool,
    /// Its priority.
    pub priority: u8,
    /// What the centre calls it.
    pub reference: String,
}

impl Took {
    pub(super) fn read(submit: &SubmitSm, reference: &str) -> Self {
        let payload = submit.tlvs().iter().find_map(|tlv| match tlv.value() {
            Some(TlvValue::MessagePayload(payload)) => Some(payload.value.as_ref()),
            _ => None,
        });
        let mut bytes: &[u8] = payload.unwrap_or(submit.short_message().as_ref());
        let mut part = None;
        if submit.esm_class.gsm_features == GsmFeatures::UdhiIndicator
            && let [5, 0, 3, number, count, at, rest @ ..] = bytes
        {
            (part, bytes) = (Some((*number, *count, *at)), rest);
        }
        let unicode = submit.data_coding == DataCoding::Ucs2;
        let text = if unicode {
            let pairs = bytes.chunks_exact(2);
            let units: Vec<u16> = pairs
                .map(|pair| u16::from_be_bytes([pair[0], pair[1]]))
                .collect();
            String::from_utf16_lossy(&units)
        } else {
            from_gsm(bytes)
        };
        let receipt = submit.registered_delivery.mc_delivery_receipt();
        Self {
            to: submit.destination_addr.as_str().to_owned(),
            from: submit.source_addr.as_str().to_owned(),
            text,
            part,
            unicode,
            wants_receipt: receipt != MCDeliveryReceipt::NoMcDeliveryReceiptRequested,
            priority: submit.priority_flag.value,
            reference: reference.to_owned(),
        }
    }
}
