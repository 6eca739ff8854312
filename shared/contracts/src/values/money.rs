//! Money: whole đồng in a checked range.

use std::{borrow::Cow, fmt};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::openapi::{ObjectBuilder, RefOr, schema::Type};

use super::Refused;

/// An amount in Vietnamese đồng, from 0 to 9 trillion. Sums are checked; there are no fractions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize)]
#[serde(into = "i64")]
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

    /// What is left, refused when it would be less than nothing.
    pub fn minus(self, other: Self) -> Result<Self, Refused> {
        Self::new(self.0.saturating_sub(other.0))
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

impl<'de> Deserialize<'de> for Vnd {
    fn deserialize<D: Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
        Self::new(i64::deserialize(reader)?).map_err(Refused::into_serde)
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

#[cfg(test)]
mod tests {
    use super::*;

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
}
