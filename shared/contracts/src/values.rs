//! Values that cannot hold nonsense: parsed once at the edge, trusted everywhere after.

mod assurance;
mod codes;
mod cover_sheet;
mod money;
mod people;
mod refused;
mod text;
mod ways;

pub use assurance::Assurance;
pub use codes::{DossierCode, OrganisationCode, ProcedureCode};
pub use cover_sheet::CoverSheet;
pub use money::Vnd;
pub use people::{CitizenId, PersonName, PhoneNumber};
pub use refused::Refused;
pub use text::Text;
pub use ways::{Channel, Delivery};

use text::text_value;

fn digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

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
