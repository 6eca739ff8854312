//! The packets that we send, and what a status means. Pure.

use rusmpp::{
    CommandStatus,
    pdus::{BindTransceiver, SubmitSm},
    tlvs::MessageSubmissionRequestTlvValue,
    types::{AnyOctetString, COctetString, OctetString},
    values::{
        DataCoding, EsmClass, InterfaceVersion, IntermediateNotification, MCDeliveryReceipt,
        MessagePayload, Npi, PriorityFlag, RegisteredDelivery, SmeOriginatedAcknowledgement, Ton,
    },
};

pub use crate::channel::sms::shape::Meaning as Meant;
use crate::channel::{
    config::{Long, Smpp},
    sms::{
        shape::Codes,
        text::{Alphabet, Parts, split},
    },
};

/// More parts than any telephone puts together, and than anybody pays for.
const MOST_PARTS: usize = 20;
/// The length of the header that says which part it is.
const HEADER: u8 = 5;
/// Information element 0: a part of a longer message, with a number of one byte (3GPP TS 23.040 §9.2.3.24.1).
const IN_PARTS: [u8; 2] = [0, 3];

fn c_string<const MAX: usize>(text: &str) -> Option<COctetString<1, MAX>> {
    let mut bytes = text.as_bytes().to_vec();
    bytes.push(0);
    COctetString::from_vec(bytes).ok()
}

/// How we sign in; the error names the key that does not fit.
pub fn bind(config: &Smpp) -> Result<BindTransceiver, &'static str> {
    Ok(BindTransceiver::builder()
        .system_id(c_string(&config.system_id).ok_or("system_id")?)
        .password(c_string(config.password.expose()).ok_or("password")?)
        .system_type(c_string(&config.system_type).ok_or("system_type")?)
        .interface_version(InterfaceVersion::Smpp3_4)
        .build())
}

/// What messages come from: a brand name, or a short number.
pub fn source(config: &Smpp) -> Result<(Ton, COctetString<1, 21>), &'static str> {
    let digits = !config.brand.is_empty() && config.brand.bytes().all(|byte| byte.is_ascii_digit());
    let kind = if digits {
        Ton::NetworkSpecific
    } else {
        Ton::Alphanumeric
    };
    Ok((kind, c_string(&config.brand).ok_or("brand")?))
}

/// The packets of one text, in order. A receipt is wanted for the last only: when that is there, all are.
pub fn submits(
    config: &Smpp,
    number: &str,
    text: &str,
    reference: u8,
    urgent: bool,
) -> Result<Vec<SubmitSm>, &'static str> {
    let Parts { alphabet, parts } = split(text);
    let count = u8::try_from(parts.len())
        .ok()
        .filter(|count| usize::from(*count) <= MOST_PARTS);
    let count = count.ok_or("the text is too long")?;
    let (source_ton, source) = source(config).map_err(|_| "the brand name does not fit")?;
    let plain = SubmitSm::builder()
        .source_addr_ton(source_ton)
        .source_addr(source)
        .dest_addr_ton(Ton::International)
        .dest_addr_npi(Npi::Isdn)
        .destination_addr(c_string(number).ok_or("the number does not fit")?)
        // The builder's other values say "acknowledged by the person": ours is an ordinary message.
        .esm_class(EsmClass::from(0))
        .priority_flag(PriorityFlag::new(u8::from(urgent)))
        .data_coding(match alphabet {
            Alphabet::Gsm => DataCoding::McSpecific,
            Alphabet::Ucs2 => DataCoding::Ucs2,
        })
        .build();
    let receipt = RegisteredDelivery::new(
        MCDeliveryReceipt::McDeliveryReceiptRequestedWhereFinalDeliveryOutcomeIsSuccessOrFailure,
        SmeOriginatedAcknowledgement::NoReceiptSmeAcknowledgementRequested,
        IntermediateNotification::NoIntermediaryNotificationRequested,
        0,
    );
    if count > 1 && config.long == Long::Payload {
        let payload = MessagePayload::new(AnyOctetString::from_vec(parts.concat()));
        let mut whole = plain;
        whole.registered_delivery = receipt;
        whole.push_tlv(MessageSubmissionRequestTlvValue::MessagePayload(payload));
        return Ok(vec![whole]);
    }
    let mut submits = Vec::new();
    for (part, at) in parts.into_iter().zip(1..) {
        let mut submit = plain.clone();
        let mut bytes = Vec::new();
        if count > 1 {
            submit = submit.with_udhi_indicator();
            bytes.push(HEADER);
            bytes.extend(IN_PARTS);
            bytes.extend([reference, count, at]);
        }
        bytes.extend(part);
        submit.set_short_message(OctetString::from_vec(bytes).map_err(|_| "a part is too long")?);
        if at == count {
            submit.registered_delivery = receipt;
        }
        submits.push(submit);
    }
    Ok(submits)
}

/// A status by its number, as providers write it.
pub fn code(status: CommandStatus) -> String {
    format!("0x{:08X}", u32::from(status))
}

/// What the status of an answer to a message means (SMPP 3.4 §5.1.3). What a provider adds of its own is configured.
pub fn meaning(status: CommandStatus, own: &Codes) -> Meant {
    use CommandStatus as S;
    if let Some(meant) = own.meaning(&code(status)) {
        return meant;
    }
    match status {
        S::EsmeRok => Meant::Taken,
        S::EsmeRthrottled | S::EsmeRmsgqful => Meant::Limited,
        S::EsmeRinvdstadr => Meant::Refused,
        // The line, the account or the brand name: so it is for every message.
        S::EsmeRinvbndsts
        | S::EsmeRalybnd
        | S::EsmeRbindfail
        | S::EsmeRinvpaswd
        | S::EsmeRinvsysid
        | S::EsmeRinvsystyp
        | S::EsmeRinvsrcadr
        | S::EsmeRinvsrcton
        | S::EsmeRinvsrcnpi => Meant::Down,
        S::EsmeRinvmsglen
        | S::EsmeRinvcmdlen
        | S::EsmeRinvcmdid
        | S::EsmeRinvprtflg
        | S::EsmeRinvregdlvflg
        | S::EsmeRinvesmclass
        | S::EsmeRinvdstton
        | S::EsmeRinvdstnpi
        | S::EsmeRinvsertyp => Meant::Malformed,
        _ => Meant::Later,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::channel::sms::text::from_gsm;

    fn config(long: Long) -> Smpp {
        Smpp {
            brand: "MOTCUA".into(),
            long,
            ..Smpp::default()
        }
    }

    #[test]
    fn a_short_text_is_one_packet_without_a_header() {
        let submits = submits(
            &config(Long::Header),
            "84912345678",
            "Da co ket qua",
            7,
            false,
        )
        .unwrap();
        let [only] = submits.as_slice() else {
            panic!("{submits:?}")
        };
        assert_eq!(from_gsm(only.short_message().as_ref()), "Da co ket qua");
        assert_eq!(
            (only.data_coding, u8::from(only.esm_class)),
            (DataCoding::McSpecific, 0)
        );
        assert_eq!(
            (only.source_addr_ton, only.source_addr.as_str()),
            (Ton::Alphanumeric, "MOTCUA")
        );
        assert_eq!(
            (only.dest_addr_ton, only.destination_addr.as_str()),
            (Ton::International, "84912345678")
        );
        assert_eq!(u8::from(only.registered_delivery), 1);
    }

    #[test]
    fn a_long_text_is_numbered_and_its_last_part_wants_the_receipt() {
        let text = "ạ".repeat(150);
        let submits = submits(&config(Long::Header), "84912345678", &text, 7, true).unwrap();
        let mut whole = Vec::new();
        for (submit, at) in submits.iter().zip(1..) {
            let bytes: &[u8] = submit.short_message().as_ref();
            assert_eq!(bytes[..6], [5, 0, 3, 7, 3, at]);
            assert!(bytes.len() <= 140);
            assert_eq!(
                (submit.data_coding, u8::from(submit.esm_class)),
                (DataCoding::Ucs2, 0x40)
            );
            assert_eq!(u8::from(submit.registered_delivery), u8::from(at == 3));
            assert_eq!(submit.priority_flag.value, 1);
            whole.extend_from_slice(&bytes[6..]);
        }
        assert_eq!(submits.len(), 3);
        assert_eq!(whole.len(), 300);
    }

    #[test]
    fn a_long_text_may_go_as_one_payload() {
        let submits = submits(
            &config(Long::Payload),
            "84912345678",
            &"a".repeat(400),
            7,
            false,
        )
        .unwrap();
        let [only] = submits.as_slice() else {
            panic!("{submits:?}")
        };
        assert_eq!(only.sm_length(), 0);
        assert_eq!(only.tlvs()[0].value_length(), 400);
    }

    #[test]
    fn what_does_not_fit_is_refused_and_not_cut() {
        assert!(
            submits(
                &config(Long::Header),
                "84912345678",
                &"ạ".repeat(67 * 20 + 1),
                0,
                false
            )
            .is_err()
        );
        let long = Smpp {
            password: "123456789".into(),
            ..Smpp::default()
        };
        assert_eq!(bind(&long).unwrap_err(), "password");
        let brand = Smpp {
            brand: "Một Cửa".into(),
            ..Smpp::default()
        };
        assert_eq!(source(&brand).unwrap_err(), "brand");
    }

    #[test]
    fn a_status_is_read_and_a_providers_own_as_configured() {
        let own = Codes {
            refused: vec!["0x00000401".into()],
            ..Codes::default()
        };
        for (status, meant) in [
            (0x0, Meant::Taken),
            (0x58, Meant::Limited),
            (0x14, Meant::Limited),
            (0x0B, Meant::Refused),
            (0x0A, Meant::Down),
            (0x01, Meant::Malformed),
            (0x45, Meant::Later),
            (0x401, Meant::Refused),
            (0x402, Meant::Later),
        ] {
            assert_eq!(
                meaning(CommandStatus::from(status), &own),
                meant,
                "{status:x}"
            );
        }
    }
}
