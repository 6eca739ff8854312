//! The made-up people who have a pretend electronic identity, and the days on which something goes wrong there.

use serde_json::{Value, json};

/// Somebody with an electronic identity.
#[derive(Debug, PartialEq, Eq)]
pub struct Person {
    /// What names them for good (`TechID`).
    pub id: &'static str,
    /// The full name.
    pub name: &'static str,
    /// The personal identification number.
    pub citizen_id: &'static str,
    /// Mobile number.
    pub phone: &'static str,
    /// The context that they can be known in at most.
    pub level: u8,
    /// The organisation that the account is of: its name and tax code.
    pub organisation: Option<(&'static str, &'static str)>,
}

/// All of them.
pub const PEOPLE: [Person; 4] = [
    Person {
        id: "0198-gia-lap-1",
        name: "Trần Văn Thử",
        citizen_id: "066090001234",
        phone: "0912345671",
        level: 2,
        organisation: None,
    },
    Person {
        id: "0198-gia-lap-2",
        name: "Lê Thị Bích Ngọc",
        citizen_id: "001304005678",
        phone: "0912345672",
        level: 2,
        organisation: None,
    },
    Person {
        id: "0198-gia-lap-3",
        name: "Phạm Văn Mới",
        citizen_id: "066205009999",
        phone: "0912345673",
        level: 1,
        organisation: None,
    },
    Person {
        id: "0198-gia-lap-4",
        name: "Trần Văn Thử",
        citizen_id: "066090001234",
        phone: "02000000099",
        level: 2,
        organisation: Some(("Công ty Ví Dụ", "0100000001")),
    },
];

impl Person {
    /// The one of this id.
    pub fn of(id: &str) -> Option<&'static Self> {
        PEOPLE.iter().find(|person| person.id == id)
    }

    /// In which context they come in when `wanted` (`acr_values`) is asked for: the surest of those that they have.
    pub fn context(&self, wanted: &str) -> &'static str {
        let wants_two = wanted.split_whitespace().any(|acr| acr == "LoA2");
        if wants_two && self.level >= 2 {
            "LoA2"
        } else {
            "LoA1"
        }
    }

    /// What is said of them at the userinfo endpoint.
    pub fn claims(&self) -> Value {
        let mut claims = json!({
            "sub": self.id, "TechID": self.id, "LoaiTaiKhoan": "1", "HoVaTen": self.name, "SoDinhDanh": self.citizen_id,
            "SoDienThoai": self.phone, "ThuDienTu": "",
        });
        if let Some((name, tax_code)) = self.organisation {
            claims["LoaiTaiKhoan"] = "2".into();
            claims["TenDoanhNghiep"] = name.into();
            claims["MaSoThue"] = tax_code.into();
        }
        claims
    }
}

/// What goes wrong.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Default,
    strum::EnumString,
    strum::VariantArray,
    strum::IntoStaticStr,
)]
#[strum(serialize_all = "snake_case")]
pub enum Day {
    /// Nothing.
    #[default]
    Fine,
    /// The person says no.
    Denied,
    /// It says that it is not available.
    Unavailable,
    /// It does not answer when the code is redeemed, for longer than anybody waits.
    Silent,
    /// It breaks when the code is redeemed.
    Broken,
    /// It answers something else.
    Garbage,
    /// The ID token is signed by another key.
    Forged,
    /// The ID token answers another question.
    OtherNonce,
    /// The ID token has run out.
    Expired,
    /// The userinfo endpoint speaks of somebody else.
    SomebodyElse,
}

impl Day {
    /// As forms say it.
    pub fn key(self) -> &'static str {
        self.into()
    }

    /// What the button says.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Fine => "Mọi việc suôn sẻ",
            Self::Denied => "Người dùng từ chối",
            Self::Unavailable => "Cổng báo đang bảo trì",
            Self::Silent => "Cổng im lặng khi đổi mã",
            Self::Broken => "Cổng báo lỗi 500 khi đổi mã",
            Self::Garbage => "Cổng trả lời điều vô nghĩa",
            Self::Forged => "Chữ ký của thẻ không đúng khóa",
            Self::OtherNonce => "Thẻ của một lần đăng nhập khác",
            Self::Expired => "Thẻ đã hết hạn",
            Self::SomebodyElse => "Thông tin của người khác",
        }
    }
}
