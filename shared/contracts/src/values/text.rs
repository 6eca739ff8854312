//! What a person wrote, and how every checked text is declared.

use unicode_normalization::UnicodeNormalization;

use super::Refused;

/// Declares a checked text value: serialised as a string, parsed through its rule.
macro_rules! text_value {
    ($(#[$doc:meta])* $name:ident, $rule:path, $pattern:expr, $example:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
        #[serde(into = "String")]
        pub struct $name(String);

        impl $name {
            /// The text as it is stored and shown.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::str::FromStr for $name {
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

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
                String::deserialize(reader)?.parse().map_err(Refused::into_serde)
            }
        }

        impl From<$name> for String {
            fn from(value: $name) -> String {
                value.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
                utoipa::openapi::ObjectBuilder::new()
                    .schema_type(utoipa::openapi::schema::Type::String)
                    .pattern(Some($pattern))
                    .examples([$example])
                    .build()
                    .into()
            }
        }

        impl utoipa::ToSchema for $name {}

        impl schemars::JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }
            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({ "type": "string", "pattern": $pattern, "examples": [$example] })
            }
        }
    };
}

pub(super) use text_value;

text_value! {
    /// A sentence or a paragraph that a person wrote: NFC, trimmed, 1 to 4,000 characters, no control characters.
    Text, text, "^[\\s\\S]{1,4000}$", "Đề nghị cấp 02 bản sao"
}

fn text(text: &str) -> Result<String, Refused> {
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
