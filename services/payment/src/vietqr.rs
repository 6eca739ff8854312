//! VietQR: a bank transfer as an EMVCo payload, written and strictly read. Pure.

pub mod purpose;
mod tlv;

use contracts::{Refused, Vnd};
use crc::{CRC_16_IBM_3740, Crc};

pub use purpose::Purpose;
use tlv::{Fields, write};

/// CRC-16/CCITT-FALSE under its present name: what EMVCo closes a payload with.
const CRC: Crc<u16> = Crc::<u16>::new(&CRC_16_IBM_3740);
/// The scheme that VietQR codes belong to.
const NAPAS: &str = "A000000727";
/// The currency đồng, in ISO 4217's numbers.
const DONG: &str = "704";
/// The id and length of the checksum, which the checksum covers.
const CRC_HEAD: &str = "6304";
/// The longest payload that a code for payments may hold.
const LONGEST: usize = 512;

/// Why a text is no VietQR payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// Longer than any payload, or with characters that no payload has.
    #[error("no payment code: too long, or with characters that no such code has")]
    Text,
    /// The checksum is missing.
    #[error("the code has no checksum at its end")]
    NoChecksum,
    /// The checksum is another's.
    #[error("the checksum is wrong: the code was changed or not read whole")]
    Checksum,
    /// The parts do not fit into one another.
    #[error("the code's parts do not fit: a length is wrong, or a part is there twice")]
    Parts,
    /// Another version of the standard.
    #[error("the code does not begin as a payment code does")]
    Format,
    /// No code of Napas.
    #[error("the code is for another scheme than VietQR")]
    Scheme,
    /// Neither to an account nor to a card.
    #[error("the code is for a service other than transfers to accounts and cards")]
    Service,
    /// The bank, the account or the card number.
    #[error("the bank's number, or the account's, is none")]
    Beneficiary,
    /// Another currency.
    #[error("the code is not in đồng")]
    Currency,
    /// Another country.
    #[error("the code is not for Vietnam")]
    Country,
    /// The amount.
    #[error("the amount is no whole number of đồng")]
    Amount,
    /// The purpose.
    #[error("the purpose is empty or longer than 25 characters")]
    Purpose,
}

impl From<Unreadable> for Refused {
    fn from(unreadable: Unreadable) -> Self {
        let vi = match unreadable {
            Unreadable::Text => {
                "Không phải mã thanh toán: quá dài hoặc có ký tự mà mã thanh toán không có"
            }
            Unreadable::NoChecksum => "Mã không có tổng kiểm tra ở cuối",
            Unreadable::Checksum => "Tổng kiểm tra sai: mã đã bị sửa hoặc chưa đọc được hết",
            Unreadable::Parts => "Các phần của mã không khớp nhau: sai độ dài hoặc có phần lặp lại",
            Unreadable::Format => "Mã không bắt đầu như một mã thanh toán",
            Unreadable::Scheme => "Mã này không phải VietQR",
            Unreadable::Service => "Mã không dành cho chuyển khoản đến tài khoản hoặc thẻ",
            Unreadable::Beneficiary => "Số hiệu ngân hàng hoặc số tài khoản không đúng",
            Unreadable::Currency => "Mã không tính bằng đồng Việt Nam",
            Unreadable::Country => "Mã không dành cho Việt Nam",
            Unreadable::Amount => "Số tiền không phải số đồng nguyên",
            Unreadable::Purpose => "Nội dung chuyển khoản trống hoặc dài hơn 25 ký tự",
        };
        Self::because(vi, unreadable.to_string())
    }
}

/// What the number belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Service {
    /// An account.
    Account,
    /// A card.
    Card,
}

impl Service {
    const fn code(self) -> &'static str {
        match self {
            Self::Account => "QRIBFTTA",
            Self::Card => "QRIBFTTC",
        }
    }

    fn of(code: &str) -> Option<Self> {
        [Self::Account, Self::Card]
            .into_iter()
            .find(|service| service.code() == code)
    }
}

/// Who gets the money: an account or a card at a bank.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Beneficiary {
    bank: String,
    number: String,
    service: Service,
}

impl Beneficiary {
    /// `bank` is the six digits that Napas knows a bank by; an account has at most 19 letters and digits, a card 16 to 19
    /// digits.
    pub fn new(bank: &str, number: &str, service: Service) -> Result<Self, Unreadable> {
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        let known = bank.len() == 6 && digits(bank);
        let fits = match service {
            Service::Account => {
                (1..=19).contains(&number.len())
                    && number.bytes().all(|byte| byte.is_ascii_alphanumeric())
            }
            Service::Card => (16..=19).contains(&number.len()) && digits(number),
        };
        if known && fits {
            Ok(Self {
                bank: bank.to_owned(),
                number: number.to_owned(),
                service,
            })
        } else {
            Err(Unreadable::Beneficiary)
        }
    }

    /// The bank's six digits.
    pub fn bank(&self) -> &str {
        &self.bank
    }

    /// The account's or the card's number.
    pub fn number(&self) -> &str {
        &self.number
    }

    /// What the number belongs to.
    pub const fn service(&self) -> Service {
        self.service
    }
}

/// A transfer that a payer's bank only has to carry out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transfer {
    /// Who gets it.
    pub to: Beneficiary,
    /// How much; the payer says it where the code does not.
    pub amount: Option<Vnd>,
    /// What for.
    pub purpose: Option<Purpose>,
    /// Whom the code calls the receiver; banks show the account holder's name whatever it says.
    pub name: Option<String>,
}

impl Transfer {
    /// The payload, to be drawn.
    pub fn payload(&self) -> String {
        let bank = write("00", &self.to.bank) + &write("01", &self.to.number);
        let account =
            write("00", NAPAS) + &write("01", &bank) + &write("02", self.to.service.code());
        let amount = self.amount.map(|amount| amount.dong().to_string());
        let purpose = self
            .purpose
            .as_ref()
            .map(|purpose| write("08", purpose.as_str()));
        let parts = [
            ("00", Some("01".to_owned())),
            // A code for one payment (12) names its amount; one for many (11) leaves it to the payer.
            (
                "01",
                Some(if amount.is_some() { "12" } else { "11" }.into()),
            ),
            ("38", Some(account)),
            ("53", Some(DONG.to_owned())),
            ("54", amount),
            ("58", Some("VN".to_owned())),
            ("59", self.name.clone()),
            ("62", purpose),
        ];
        let mut payload: String = parts
            .into_iter()
            .filter_map(|(id, value)| Some(write(id, &value?)))
            .collect();
        payload.push_str(CRC_HEAD);
        let checksum = CRC.checksum(payload.as_bytes());
        payload + &format!("{checksum:04X}")
    }

    /// Reads a payload, refusing what is not whole, not VietQR or not in đồng. Fields that say nothing about the transfer
    /// (shop, city, tip) are left out.
    pub fn read(payload: &str) -> Result<Self, Unreadable> {
        let printable = payload.bytes().all(|byte| matches!(byte, b' '..=b'~'));
        if payload.len() > LONGEST || !printable {
            return Err(Unreadable::Text);
        }
        let fields = Fields::read(unsealed(payload)?)?;
        if fields.first() != Some(("00", "01")) || !matches!(fields.get("01"), Some("11" | "12")) {
            return Err(Unreadable::Format);
        }
        let account = Fields::read(fields.get("38").ok_or(Unreadable::Scheme)?)?;
        if account.get("00") != Some(NAPAS) {
            return Err(Unreadable::Scheme);
        }
        let service = account.get("02").and_then(Service::of);
        let to = Fields::read(account.get("01").ok_or(Unreadable::Beneficiary)?)?;
        let part = |id| to.get(id).ok_or(Unreadable::Beneficiary);
        let to = Beneficiary::new(
            part("00")?,
            part("01")?,
            service.ok_or(Unreadable::Service)?,
        )?;
        if fields.get("53") != Some(DONG) {
            return Err(Unreadable::Currency);
        }
        if fields.get("58") != Some("VN") {
            return Err(Unreadable::Country);
        }
        let more = fields.get("62").map(Fields::read).transpose()?;
        let purpose = more.as_ref().and_then(|more| more.get("08"));
        Ok(Self {
            to,
            amount: fields.get("54").map(amount).transpose()?,
            purpose: purpose.map(Purpose::read).transpose()?,
            name: fields.get("59").map(str::to_owned),
        })
    }
}

/// The payload without its checksum, which closes it and is right.
fn unsealed(payload: &str) -> Result<&str, Unreadable> {
    let at = payload.len().checked_sub(8).ok_or(Unreadable::NoChecksum)?;
    let (body, end) = payload.split_at(at);
    let checksum = end
        .strip_prefix(CRC_HEAD)
        .filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
        .ok_or(Unreadable::NoChecksum)?;
    let made = CRC.checksum(format!("{body}{CRC_HEAD}").as_bytes());
    if u16::from_str_radix(checksum, 16) == Ok(made) {
        Ok(body)
    } else {
        Err(Unreadable::Checksum)
    }
}

/// Plain digits, no nought in front, at least one đồng.
fn amount(digits: &str) -> Result<Vnd, Unreadable> {
    let plain = digits.len() <= 13
        && digits.bytes().all(|byte| byte.is_ascii_digit())
        && !digits.starts_with('0');
    plain
        .then(|| digits.parse().ok())
        .flatten()
        .and_then(|dong: i64| Vnd::new(dong).ok())
        .ok_or(Unreadable::Amount)
}

#[cfg(test)]
mod tests;
