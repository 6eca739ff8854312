//! Values that cannot hold nonsense: parsed once at the edge, trusted everywhere after.

use std::{borrow::Cow, fmt, str::FromStr};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;
use utoipa::openapi::{ObjectBuilder, RefOr, schema::Type};

/// Why a text is not the value it claims to be, in the two languages a citizen is answered in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[error("{en}")]
pub struct Refused {
    /// The reason in Vietnamese.
    pub vi: Cow<'static, str>,
    /// The reason in English.
    pub en: Cow<'static, str>,
}

impl Refused {
    /// A reason known when compiling.
    pub const fn new(vi: &'static str, en: &'static str) -> Self {
        Self {
            vi: Cow::Borrowed(vi),
            en: Cow::Borrowed(en),
        }
    }

    /// A reason with something of the input in it.
    pub fn because(vi: impl Into<String>, en: impl Into<String>) -> Self {
        Self {
            vi: Cow::Owned(vi.into()),
            en: Cow::Owned(en.into()),
        }
    }
}

/// An amount in Vietnamese đồng, from 0 to 9 trillion. Sums are checked; there are no fractions.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(try_from = "i64", into = "i64")]
pub struct Vnd(i64);

impl utoipa::PartialSchema for Vnd {
    fn schema() -> RefOr<utoipa::openapi::Schema> {
        ObjectBuilder::new()
            .schema_type(Type::Integer)
            .minimum(Some(0))
            .maximum(Some(Self::MAX.0))
            .build()
            .into()
    }
}

impl utoipa::ToSchema for Vnd {}

impl JsonSchema for Vnd {
    fn schema_name() -> Cow<'static, str> {
        "Vnd".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "integer", "minimum": 0, "maximum": Self::MAX.0 })
    }
}

impl Vnd {
    /// No money at all, a first-class amount.
    pub const ZERO: Self = Self(0);
    /// The largest amount accepted, far above any fee and far below overflow.
    pub const MAX: Self = Self(9_000_000_000_000);

    /// Takes `amount` đồng.
    pub fn new(amount: i64) -> Result<Self, Refused> {
        if (0..=Self::MAX.0).contains(&amount) {
            Ok(Self(amount))
        } else {
            Err(Refused::new(
                "Số tiền phải từ 0 đến 9.000.000.000.000 đồng",
                "The amount must be from 0 to 9,000,000,000,000 đồng",
            ))
        }
    }

    /// The amount in đồng.
    pub const fn dong(self) -> i64 {
        self.0
    }

    /// Whether nothing is owed.
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// The sum, refused when it leaves the range.
    pub fn plus(self, other: Self) -> Result<Self, Refused> {
        Self::new(self.0.saturating_add(other.0))
    }

    /// `count` times the amount, refused when it leaves the range.
    pub fn times(self, count: u32) -> Result<Self, Refused> {
        Self::new(self.0.saturating_mul(i64::from(count)))
    }
}

impl TryFrom<i64> for Vnd {
    type Error = Refused;
    fn try_from(amount: i64) -> Result<Self, Refused> {
        Self::new(amount)
    }
}

impl From<Vnd> for i64 {
    fn from(amount: Vnd) -> Self {
        amount.0
    }
}

impl fmt::Display for Vnd {
    /// Dots between thousands and the word đồng: `8.000 đồng`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.0.to_string();
        for (place, digit) in digits.chars().enumerate() {
            if place > 0 && (digits.len() - place).is_multiple_of(3) {
                f.write_str(".")?;
            }
            write!(f, "{digit}")?;
        }
        f.write_str(" đồng")
    }
}

/// Declares a checked text value: serialised as a string, parsed through its rule.
macro_rules! text_value {
    ($(#[$doc:meta])* $name:ident, $rule:path, $pattern:expr, $example:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The text as it is stored and shown.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = Refused;
            fn from_str(text: &str) -> Result<Self, Refused> {
                $rule(text).map(Self)
            }
        }

        impl TryFrom<String> for $name {
            type Error = Refused;
            fn try_from(text: String) -> Result<Self, Refused> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(value: $name) -> String {
                value.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl utoipa::PartialSchema for $name {
            fn schema() -> RefOr<utoipa::openapi::Schema> {
                ObjectBuilder::new().schema_type(Type::String).pattern(Some($pattern)).examples([$example]).build().into()
            }
        }

        impl utoipa::ToSchema for $name {}

        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }
            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({ "type": "string", "pattern": $pattern, "examples": [$example] })
            }
        }
    };
}

text_value! {
    /// The code a citizen knows a dossier by: `{agency}-{yymmdd}-{sequence}`, e.g. `H15.50.05.13-261008-0975`.
    ///
    /// Codes of other systems (eight-digit dates, six-digit sequences) are taken as they are; ours have four digits.
    DossierCode, rules::dossier_code, "^[A-Z0-9.]{3,30}-[0-9]{6,8}-[0-9]{4,8}$", "H15.50.05.13-261008-0975"
}
text_value! {
    /// A personal identification number (số định danh cá nhân): twelve digits.
    CitizenId, rules::citizen_id, "^[0-9]{12}$", "066090001234"
}
text_value! {
    /// A procedure's national code, e.g. `2.000635`.
    ProcedureCode, rules::procedure_code, "^[0-9]\\.[0-9]{6}$", "2.000635"
}
text_value! {
    /// An agency's identifier under Decision 20/2020/QĐ-TTg, root first, e.g. `H15.50.05.13`.
    OrganisationCode, rules::organisation_code, "^[A-Z0-9]+(\\.[A-Z0-9]+)*$", "H15.50.05.13"
}
text_value! {
    /// A Vietnamese mobile number in E.164 form, e.g. `+84912345678`; `0912 345 678` is read as the same.
    PhoneNumber, rules::phone_number, "^\\+84[35789][0-9]{8}$", "+84912345678"
}
text_value! {
    /// A person's full name as one NFC string, 1 to 100 letters.
    PersonName, rules::person_name, "^.{1,100}$", "Nguyễn Thị Ví Dụ"
}
text_value! {
    /// A sentence or a paragraph that a person wrote: NFC, trimmed, 1 to 4,000 characters, no control characters.
    Text, rules::text, "^[\\s\\S]{1,4000}$", "Đề nghị cấp 02 bản sao"
}

/// How a dossier came in (KenhThucHien of the national dossier list).
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// Over the web.
    Online,
    /// At the one-stop desk.
    Counter,
    /// By public post.
    Post,
}

/// How the citizen wants the result.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Delivery {
    /// As a file in the portal.
    Portal,
    /// On paper, at the one-stop desk.
    Counter,
    /// On paper, by public post.
    Post,
}

mod rules {
    use super::{Refused, UnicodeNormalization};

    fn digits(text: &str) -> bool {
        !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
    }

    pub fn dossier_code(text: &str) -> Result<String, Refused> {
        let code = text.trim().to_ascii_uppercase();
        let mut parts = code.rsplitn(3, '-');
        let well_formed = match (parts.next(), parts.next(), parts.next()) {
            (Some(sequence), Some(date), Some(agency)) => {
                digits(sequence)
                    && (4..=8).contains(&sequence.len())
                    && digits(date)
                    && (date.len() == 6 || date.len() == 8)
                    && (3..=30).contains(&agency.len())
                    && agency.bytes().all(|byte| {
                        byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'.'
                    })
            }
            _ => false,
        };
        if well_formed {
            Ok(code)
        } else {
            Err(Refused::new(
                "Mã hồ sơ có dạng H15.50.05.13-261008-0975",
                "A dossier code looks like H15.50.05.13-261008-0975",
            ))
        }
    }

    pub fn citizen_id(text: &str) -> Result<String, Refused> {
        let id: String = text.chars().filter(|c| !c.is_whitespace()).collect();
        if id.len() != 12 || !digits(&id) {
            return Err(Refused::new(
                "Số định danh cá nhân gồm đúng 12 chữ số",
                "A personal identification number has exactly 12 digits",
            ));
        }
        Ok(id)
    }

    pub fn procedure_code(text: &str) -> Result<String, Refused> {
        let code = text.trim();
        match code.split_once('.') {
            Some((group, number))
                if group.len() == 1 && number.len() == 6 && digits(group) && digits(number) =>
            {
                Ok(code.to_owned())
            }
            _ => Err(Refused::new(
                "Mã thủ tục có dạng 2.000635",
                "A procedure code looks like 2.000635",
            )),
        }
    }

    pub fn organisation_code(text: &str) -> Result<String, Refused> {
        let code = text.trim();
        let part = |part: &str| {
            (1..=4).contains(&part.len())
                && part
                    .bytes()
                    .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
        };
        if code.split('.').all(part) {
            Ok(code.to_owned())
        } else {
            Err(Refused::new(
                "Mã cơ quan có dạng H15.50.05.13",
                "An organisation code looks like H15.50.05.13",
            ))
        }
    }

    pub fn phone_number(text: &str) -> Result<String, Refused> {
        let compact: String = text
            .chars()
            .filter(|c| !matches!(c, ' ' | '.' | '-' | '(' | ')'))
            .collect();
        let national = compact
            .strip_prefix("+84")
            .or_else(|| compact.strip_prefix('0'))
            .or_else(|| compact.strip_prefix("84").filter(|rest| rest.len() == 9));
        match national {
            Some(number)
                if number.len() == 9
                    && digits(number)
                    && matches!(number.as_bytes()[0], b'3' | b'5' | b'7' | b'8' | b'9') =>
            {
                Ok(format!("+84{number}"))
            }
            _ => Err(Refused::new(
                "Số điện thoại di động gồm 10 chữ số, bắt đầu bằng 03, 05, 07, 08 hoặc 09",
                "A mobile number has 10 digits and begins with 03, 05, 07, 08 or 09",
            )),
        }
    }

    pub fn person_name(text: &str) -> Result<String, Refused> {
        let name: String = text
            .nfc()
            .collect::<String>()
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ");
        let allowed =
            |c: char| c.is_alphabetic() || matches!(c, ' ' | '\'' | '’' | '-' | '.' | ',');
        if name.is_empty() || name.chars().count() > 100 || !name.chars().all(allowed) {
            return Err(Refused::new(
                "Họ tên gồm 1 đến 100 chữ cái, không có chữ số hay ký hiệu",
                "A name has 1 to 100 letters, without digits or symbols",
            ));
        }
        Ok(name)
    }

    pub fn text(text: &str) -> Result<String, Refused> {
        let clean: String = text.trim().nfc().collect();
        let control = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t');
        if clean.is_empty() || clean.chars().count() > 4000 || clean.chars().any(control) {
            return Err(Refused::new(
                "Nội dung gồm 1 đến 4.000 ký tự, không có ký tự điều khiển",
                "The text has 1 to 4,000 characters and no control characters",
            ));
        }
        Ok(clean)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_amount_is_shown_with_dots() {
        let shown = |dong| Vnd::new(dong).map(|amount| amount.to_string());
        assert_eq!(shown(0).as_deref(), Ok("0 đồng"));
        assert_eq!(shown(8_000).as_deref(), Ok("8.000 đồng"));
        assert_eq!(shown(1_234_567).as_deref(), Ok("1.234.567 đồng"));
        assert!(shown(-1).is_err());
    }

    #[test]
    fn money_never_overflows() {
        assert!(Vnd::MAX.plus(Vnd::MAX).is_err());
        assert!(Vnd::MAX.times(u32::MAX).is_err());
    }

    #[test]
    fn both_shapes_of_dossier_code_are_read() {
        for code in [
            "H15.50.05.13-261008-0975",
            "000.A0.01.H26-210212-9090",
            "G09.20-20260609-0092637",
        ] {
            assert_eq!(
                code.parse::<DossierCode>().map(String::from).as_deref(),
                Ok(code)
            );
        }
        for code in [
            "",
            "H15",
            "H15-2610-0001",
            "h15.50-26100a-0001",
            "H15.50-261008-1",
        ] {
            assert!(code.parse::<DossierCode>().is_err(), "{code}");
        }
    }

    #[test]
    fn a_phone_number_has_one_form() {
        for text in [
            "0912345678",
            "0912 345 678",
            "+84912345678",
            "84912345678",
            "0912.345.678",
        ] {
            assert_eq!(
                text.parse::<PhoneNumber>().map(String::from).as_deref(),
                Ok("+84912345678"),
                "{text}"
            );
        }
        for text in [
            "",
            "0212345678",
            "091234567",
            "09123456789",
            "abc",
            "+85912345678",
        ] {
            assert!(text.parse::<PhoneNumber>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_name_is_normalised_and_has_no_digits() {
        assert_eq!(
            "  Nguyê\u{303}n   Thị Ví Dụ "
                .parse::<PersonName>()
                .map(String::from)
                .as_deref(),
            Ok("Nguyễn Thị Ví Dụ")
        );
        for text in ["", "   ", "A1", "<script>"] {
            assert!(text.parse::<PersonName>().is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn parsing_any_text_never_panics_and_is_stable(text in ".*") {
            macro_rules! stable {
                ($($kind:ty),+) => {$(
                    if let Ok(value) = text.parse::<$kind>() {
                        prop_assert_eq!(value.as_str().parse::<$kind>(), Ok(value.clone()));
                    }
                )+};
            }
            stable!(DossierCode, CitizenId, ProcedureCode, OrganisationCode, PhoneNumber, PersonName, Text);
        }
    }
}
