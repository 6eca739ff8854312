//! People who do not exist: common names put together by chance, numbers of the right shape, addresses of real communes'
//! kind.

use super::chance::Chance;

const FAMILY: [&str; 20] = [
    "Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Huỳnh", "Phan", "Vũ", "Võ", "Đặng", "Bùi", "Đỗ",
    "Hồ", "Ngô", "Dương", "Lý", "Đinh", "Mai", "Trịnh", "Quách",
];
const MIDDLE_M: [&str; 12] = [
    "Văn", "Hữu", "Đức", "Công", "Quang", "Minh", "Xuân", "Ngọc", "Thành", "Quốc", "Đình", "Trọng",
];
const MIDDLE_F: [&str; 10] = [
    "Thị",
    "Ngọc",
    "Thu",
    "Mỹ",
    "Thị Kim",
    "Thị Bích",
    "Thị Thanh",
    "Diệu",
    "Phương",
    "Hồng",
];
const GIVEN_M: [&str; 20] = [
    "Hùng",
    "Dũng",
    "Thắng",
    "Tuấn",
    "Cường",
    "Phước",
    "Nghĩa",
    "Đạt",
    "Khởi",
    "Toàn",
    "Vượng",
    "Sỹ",
    "Hậu",
    "Lượng",
    "Bằng",
    "Tưởng",
    "Quyết",
    "Hiếu",
    "Thuận",
    "Trưởng",
];
const GIVEN_F: [&str; 20] = [
    "Hạnh", "Nguyệt", "Thủy", "Hằng", "Yến", "Tuyết", "Quỳnh", "Nhung", "Vượng", "Oanh", "Đào",
    "Hường", "Thảo", "Ngân", "Duyên", "Khuê", "Trúc", "Mận", "Lụa", "Nhẫn",
];
const STREETS: [&str; 14] = [
    "đường Trần Hưng Đạo",
    "đường Nguyễn Huệ",
    "phố Hàng Bột",
    "đường Lê Lợi",
    "đường 30 tháng 4",
    "ngõ 45 phố Vọng",
    "đường Phạm Ngũ Lão",
    "đường Điện Biên Phủ",
    "đường Bùi Thị Xuân",
    "đường Hùng Vương",
    "đường Y Jút",
    "đường Đồng Khởi",
    "đường Quang Trung",
    "đường Ngô Quyền",
];
const HAMLETS: [&str; 12] = [
    "thôn Đồng Mới",
    "thôn Phú Thịnh",
    "ấp Bình Hòa",
    "ấp Mỹ Thuận",
    "buôn Ea Sút",
    "tổ dân phố 7",
    "tổ dân phố 12",
    "bản Nà Lướt",
    "xóm Đình",
    "khu phố Tân Tiến",
    "thôn Hạ Khê",
    "khối Quyết Thắng",
];
const COMMUNES: [&str; 18] = [
    "xã Tân Lập",
    "xã Đồng Tiến",
    "phường Hòa Bình",
    "xã Quảng Phú",
    "phường Tân An",
    "xã Ea Kly",
    "xã Mường Khương",
    "phường Thủy Xuân",
    "xã Long Hưng",
    "phường Vĩnh Tuy",
    "xã Cẩm Xuyên",
    "phường Nghĩa Lộ",
    "xã Thạnh Mỹ",
    "xã Xuân Trường",
    "phường Buôn Hồ",
    "xã Krông Búk",
    "phường Đông Hải",
    "xã Yên Thế",
];
const PROVINCES: [&str; 16] = [
    "tỉnh Đắk Lắk",
    "thành phố Hà Nội",
    "tỉnh Nghệ An",
    "tỉnh Thanh Hóa",
    "thành phố Huế",
    "tỉnh Lào Cai",
    "tỉnh Quảng Ngãi",
    "tỉnh Vĩnh Long",
    "tỉnh Đồng Tháp",
    "thành phố Cần Thơ",
    "tỉnh Ninh Bình",
    "tỉnh Phú Thọ",
    "tỉnh Lâm Đồng",
    "tỉnh Gia Lai",
    "thành phố Hải Phòng",
    "tỉnh Sơn La",
];
/// Where births are registered, as an identification number tells it.
const PLACES: [&str; 16] = [
    "001", "066", "040", "038", "046", "010", "051", "086", "087", "092", "037", "025", "068",
    "064", "031", "014",
];

/// A day, without a calendar's help: never after the 28th.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::struct_field_names, reason = "a date has a day")]
pub struct Day {
    pub day: u32,
    pub month: u32,
    pub year: u32,
}

impl Day {
    /// A day of those years.
    pub fn within(chance: &mut Chance, first: u32, last: u32) -> Self {
        Self {
            day: chance.whole(1, 28),
            month: chance.whole(1, 12),
            year: chance.whole(first, last),
        }
    }

    /// `15/01/1990`.
    pub fn slashed(self) -> String {
        format!("{:02}/{:02}/{}", self.day, self.month, self.year)
    }

    /// `15011990`, as in the QR code of a card.
    pub fn packed(self) -> String {
        format!("{:02}{:02}{}", self.day, self.month, self.year)
    }

    /// `900115`, as in a machine-readable zone.
    pub fn short(self) -> String {
        format!("{:02}{:02}{:02}", self.year % 100, self.month, self.day)
    }

    /// `ngày 15 tháng 01 năm 1990`.
    pub fn spoken(self) -> String {
        format!(
            "ngày {:02} tháng {:02} năm {}",
            self.day, self.month, self.year
        )
    }
}

/// Somebody.
#[derive(Debug, Clone)]
pub struct Person {
    pub name: String,
    pub male: bool,
    pub born: Day,
    /// The twelve digits.
    pub number: String,
    pub phone: String,
    pub address: Address,
}

/// Where somebody lives.
#[derive(Debug, Clone)]
pub struct Address {
    pub detail: String,
    pub commune: String,
    pub province: String,
}

impl Address {
    pub fn invent(chance: &mut Chance) -> Self {
        let detail = if chance.coin() {
            let number = chance.whole(2, 480);
            let slash = if chance.whole(0, 3) == 0 {
                format!("/{}", chance.whole(1, 40))
            } else {
                String::new()
            };
            format!("Số {number}{slash} {}", chance.pick(&STREETS))
        } else {
            let hamlet = chance.pick(&HAMLETS);
            capitalised(hamlet)
        };
        Self {
            detail,
            commune: chance.pick(&COMMUNES).to_owned(),
            province: chance.pick(&PROVINCES).to_owned(),
        }
    }

    pub fn whole(&self) -> String {
        format!("{}, {}, {}", self.detail, self.commune, self.province)
    }

    /// The commune's and province's names as a letterhead has them.
    pub fn commune_name(&self) -> String {
        capitalised(&self.commune)
    }
}

/// With its first letter large.
pub fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}

impl Person {
    /// A grown-up.
    pub fn adult(chance: &mut Chance) -> Self {
        let born = Day::within(chance, 1955, 2004);
        Self::born(chance, born)
    }

    /// Somebody born that day.
    pub fn born(chance: &mut Chance, born: Day) -> Self {
        let male = chance.coin();
        let family = chance.pick(&FAMILY);
        Self::of_family(chance, family, male, born)
    }

    /// A member of that family.
    pub fn of_family(chance: &mut Chance, family: &str, male: bool, born: Day) -> Self {
        let (middle, given) = if male {
            (chance.pick(&MIDDLE_M), chance.pick(&GIVEN_M))
        } else {
            (chance.pick(&MIDDLE_F), chance.pick(&GIVEN_F))
        };
        let century = if born.year < 2000 { 0 } else { 2 } + u32::from(!male);
        let number = format!(
            "{}{century}{:02}{}",
            chance.pick(&PLACES),
            born.year % 100,
            chance.digits(6)
        );
        let phone = format!(
            "0{}{}",
            chance.pick(&["3", "5", "7", "8", "9"]),
            chance.digits(8)
        );
        Self {
            name: format!("{family} {middle} {given}"),
            male,
            born,
            number,
            phone,
            address: Address::invent(chance),
        }
    }

    /// `Nam` or `Nữ`.
    pub fn sex(&self) -> &'static str {
        if self.male { "Nam" } else { "Nữ" }
    }

    /// The family name.
    pub fn family(&self) -> &str {
        self.name.split(' ').next().unwrap_or_default()
    }

    /// In capitals, as forms ask for it.
    pub fn capitals(&self) -> String {
        self.name.to_uppercase()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_the_shape_that_the_law_gives_them() {
        let mut chance = Chance::new(5, "people");
        for _ in 0..200 {
            let person = Person::adult(&mut chance);
            assert_eq!(person.number.len(), 12);
            assert_eq!(person.phone.len(), 10);
            let century = person.number.as_bytes()[3] - b'0';
            assert_eq!(century.is_multiple_of(2), person.male);
            assert_eq!(century >= 2, person.born.year >= 2000);
            assert_eq!(
                person.number[4..6],
                format!("{:02}", person.born.year % 100)
            );
        }
    }
}
