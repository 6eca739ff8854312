//! What the register holds: births, marriages and deaths as they were registered.

use chrono::NaiveDate;
use contracts::{CitizenId, PersonName, Refused, desk::Field};
use procedure::{fold, spelling};
use serde::{Deserialize, Serialize};

/// A registered event (việc hộ tịch).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// What was registered.
    pub kind: Kind,
    /// The number in the register, e.g. `12/2015`.
    #[schema(example = "12/2015")]
    pub number: String,
    /// When it was registered.
    pub registered_on: NaiveDate,
    /// Where it was registered, as printed.
    pub office: String,
    /// Whom it is about: one person, or husband and wife.
    pub people: Vec<Person>,
    /// What else stands in it, in order of printing.
    #[serde(default)]
    #[schema(value_type = Vec<std::collections::BTreeMap<String, String>>)]
    pub particulars: Vec<Field>,
}

/// What can be registered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A birth (khai sinh).
    Birth,
    /// A marriage (kết hôn).
    Marriage,
    /// A death (khai tử).
    Death,
}

/// Whom a record is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Person {
    /// Full name.
    #[schema(value_type = String)]
    pub name: PersonName,
    /// Date of birth.
    pub born_on: NaiveDate,
    /// Personal identification number; older records have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub citizen_id: Option<CitizenId>,
}

impl Kind {
    /// As rows keep it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Birth => "birth",
            Self::Marriage => "marriage",
            Self::Death => "death",
        }
    }

    /// The title of its extract.
    const fn title(self) -> &'static str {
        match self {
            Self::Birth => "Giấy khai sinh (bản sao)",
            Self::Marriage => "Trích lục kết hôn (bản sao)",
            Self::Death => "Trích lục khai tử (bản sao)",
        }
    }

    /// How its people are called when printed, in order.
    const fn people(self) -> &'static [&'static str] {
        match self {
            Self::Birth | Self::Death => &["Họ, chữ đệm, tên"],
            Self::Marriage => &["Họ, chữ đệm, tên chồng", "Họ, chữ đệm, tên vợ"],
        }
    }
}

impl Person {
    /// Whether this is the person of that name, however its tones are placed, born on that day.
    pub fn is(&self, name: &str, born_on: Option<NaiveDate>) -> bool {
        spelling(self.name.as_str()) == spelling(name) && Some(self.born_on) == born_on
    }
}

/// The form in which register numbers are compared: `012 / 2015` is `12/2015`.
pub fn number_key(number: &str) -> String {
    let parts = number
        .split(['/', '-'])
        .map(|part| fold(part).replace(' ', ""));
    parts
        .map(|part| part.trim_start_matches('0').to_owned())
        .collect::<Vec<_>>()
        .join("/")
}

impl Record {
    /// Checks what an officer typed; the field at fault and why.
    pub fn check(&self) -> Result<(), (&'static str, Refused)> {
        let control = |c: char| c.is_control() && c != '\n';
        let printable = |text: &str, most: usize| {
            (1..=most).contains(&text.trim().chars().count()) && !text.contains(control)
        };
        if self.people.len() != self.kind.people().len() {
            let refused = Refused::new(
                "Kết hôn có hai người; khai sinh, khai tử có một người",
                "A marriage has two people, a birth or a death has one",
            );
            return Err(("people", refused));
        }
        if !printable(&self.number, 30) || number_key(&self.number).trim_matches('/').is_empty() {
            return Err((
                "number",
                Refused::new(
                    "Số đăng ký gồm 1 đến 30 ký tự, không có ký tự điều khiển",
                    "A number has 1 to 30 characters and no control characters",
                ),
            ));
        }
        if !printable(&self.office, 200) {
            return Err((
                "office",
                Refused::new(
                    "Nơi đăng ký gồm 1 đến 200 ký tự, không có ký tự điều khiển",
                    "An office has 1 to 200 characters and no control characters",
                ),
            ));
        }
        let item = |field: &Field| printable(&field.label, 100) && printable(&field.value, 500);
        if self.particulars.len() > 40 || !self.particulars.iter().all(item) {
            return Err((
                "particulars",
                Refused::new(
                    "Có mục trống, quá dài hoặc có ký tự điều khiển",
                    "An item is empty, too long or has control characters",
                ),
            ));
        }
        Ok(())
    }

    /// What stands on its extract.
    pub fn printed(&self) -> Vec<Field> {
        let field = |label: &str, value: String| Field {
            label: label.to_owned(),
            value,
        };
        let day = |day: NaiveDate| day.format("%d/%m/%Y").to_string();
        let mut fields = vec![
            field("Loại giấy tờ", self.kind.title().to_owned()),
            field("Số", self.number.clone()),
            field("Ngày đăng ký", day(self.registered_on)),
            field("Nơi đăng ký", self.office.clone()),
        ];
        for (label, person) in self.kind.people().iter().zip(&self.people) {
            fields.push(field(label, person.name.to_string()));
            fields.push(field("Ngày, tháng, năm sinh", day(person.born_on)));
            fields.extend(
                person
                    .citizen_id
                    .as_ref()
                    .map(|id| field("Số định danh cá nhân", id.to_string())),
            );
        }
        fields.extend(self.particulars.iter().cloned());
        fields
    }
}
