//! Who lives where: the letter that the police give, and the paper of a household with its table.

use super::{MOTTO, gap, paragraph, stamp, title, written};
use crate::corpus::{
    chance::Chance,
    people::{Address, Day, Person, capitalised},
    sheet::{Block, Look, Sheet, bold, cell, line, plain},
};

/// Giấy xác nhận thông tin về cư trú: what a police office gives, with hardly a dot and a stamp.
pub fn letter(chance: &mut Chance, look: Look) -> Sheet {
    let who = Person::adult(chance);
    let other = Address::invent(chance);
    let head = Person::adult(chance);
    let signer = Person::adult(chance);
    let number = format!("{}/XN-CAX", chance.whole(101, 2999));
    let since = Day::within(chance, 2008, 2024);
    let day = Day::within(chance, 2026, 2026);
    let commune = who.address.commune.to_uppercase();
    let turn = stamp(chance).or(Some(8.0));
    Sheet::new(
        look,
        vec![
            Block::Head {
                left: vec![
                    plain(&format!("CÔNG AN {}", who.address.province.to_uppercase())),
                    bold(&format!("CÔNG AN {commune}")),
                    plain(&format!("Số: {number}")),
                ],
                right: vec![
                    bold(MOTTO[0]),
                    bold(MOTTO[1]),
                    plain(&format!("{}, {}", who.address.commune_name(), day.spoken())),
                ],
            },
            gap(10.0),
            title(&["GIẤY XÁC NHẬN THÔNG TIN VỀ CƯ TRÚ"]),
            gap(6.0),
            paragraph(format!(
                "I. Theo đề nghị của Ông/Bà {}, Công an {} xác nhận thông tin về cư trú của người có tên dưới đây \
                 đã được cập nhật trong Cơ sở dữ liệu về cư trú:",
                who.name, who.address.commune
            )),
            line("1. Họ, chữ đệm và tên:", who.capitals()),
            Block::Fields {
                cells: vec![
                    cell("2. Ngày, tháng, năm sinh:", who.born.slashed(), 3),
                    cell("3. Giới tính:", who.sex(), 2),
                ],
            },
            line("4. Số định danh cá nhân/CMND:", who.number.clone()),
            Block::Fields {
                cells: vec![
                    cell("5. Dân tộc:", chance.pick(&["Kinh", "Tày", "Thái", "Chăm"]), 2),
                    cell("6. Tôn giáo:", chance.pick(&["Không", "Phật giáo", "Công giáo"]), 2),
                    cell("7. Quốc tịch:", "Việt Nam", 3),
                ],
            },
            line("8. Quê quán:", format!("{}, {}", other.commune_name(), other.province)),
            line("9. Nơi thường trú:", who.address.whole()),
            line("10. Nơi tạm trú:", ""),
            line("11. Nơi ở hiện tại:", who.address.whole()),
            line("12. Họ và tên chủ hộ:", head.capitals()),
            Block::Fields {
                cells: vec![
                    cell("13. Quan hệ với chủ hộ:", chance.pick(&["Con", "Vợ", "Chồng", "Cháu ruột"]), 1),
                    cell("14. Đăng ký từ:", since.slashed(), 1),
                ],
            },
            line("15. Số định danh cá nhân của chủ hộ:", head.number.clone()),
            paragraph(
                "II. Giấy xác nhận này có giá trị trong 01 năm kể từ ngày ký. Trường hợp thông tin về cư trú của công dân \
                 có sự thay đổi, điều chỉnh và được cập nhật trong Cơ sở dữ liệu về cư trú thì Giấy xác nhận hết giá trị \
                 kể từ thời điểm thay đổi.",
            ),
            Block::Signatures {
                left: vec![bold("Nơi nhận:"), plain("- Như đề nghị;"), plain("- Lưu: HS.")],
                right: vec![
                    bold("TRƯỞNG CÔNG AN"),
                    plain("(Ký tên, đóng dấu)"),
                    bold(&signer.name),
                ],
                stamp: turn,
            },
        ],
    )
    .of_person(&who, who.capitals())
    .field("noi_cu_tru", who.address.whole())
    .field("ho_ten_chu_ho", head.capitals())
}

const HAMLET_HEADS: [&str; 4] = [
    "thôn Phú Thịnh",
    "buôn Ea Sút",
    "tổ dân phố 12",
    "ấp Mỹ Thuận",
];

/// Phiếu khai báo thành viên hộ gia đình: a table.
pub fn household(chance: &mut Chance, look: Look) -> Sheet {
    let head = Person::adult(chance);
    let place = written(chance, &head.address);
    let mut rows = vec![
        [
            "TT",
            "Họ và tên",
            "Ngày sinh",
            "Giới tính",
            "Số định danh",
            "Quan hệ",
        ]
        .map(str::to_owned)
        .to_vec(),
    ];
    let mut second = None;
    for at in 1..=chance.whole(4, 7) {
        let born = Day::within(chance, 1950, 2023);
        let male = chance.coin();
        let person = Person::of_family(chance, head.family(), male, born);
        let kin = chance.pick(&["Con đẻ", "Bố đẻ", "Mẹ đẻ", "Cháu", "Em ruột", "Con dâu"]);
        rows.push(vec![
            at.to_string(),
            person.name.clone(),
            person.born.slashed(),
            person.sex().to_owned(),
            person.number.clone(),
            kin.to_owned(),
        ]);
        if at == 2 {
            second = Some(person);
        }
    }
    let mut sheet = Sheet::new(
        look,
        vec![
            Block::Head {
                left: vec![
                    bold(&format!("UBND {}", head.address.commune.to_uppercase())),
                    plain(&capitalised(chance.pick(&HAMLET_HEADS))),
                ],
                right: vec![bold(MOTTO[0]), bold(MOTTO[1])],
            },
            gap(8.0),
            title(&["PHIẾU KHAI BÁO THÀNH VIÊN HỘ GIA ĐÌNH"]),
            gap(6.0),
            line("1. Họ và tên chủ hộ:", head.capitals()),
            Block::Fields {
                cells: vec![
                    cell("2. Ngày sinh:", head.born.slashed(), 1),
                    cell("3. Giới tính:", head.sex(), 1),
                ],
            },
            line("4. Số định danh cá nhân:", head.number.clone()),
            line("5. Nơi thường trú:", head.address.whole()),
            Block::Fields {
                cells: vec![
                    cell("6. Điện thoại:", head.phone.clone(), 1),
                    cell("7. Nghề nghiệp:", chance.pick(&["Làm ruộng", "Giáo viên", "Thợ may", "Buôn bán nhỏ"]), 1),
                ],
            },
            line("8. Thu nhập bình quân một người trong tháng:", format!("{}.{}00.000 đồng", chance.whole(1, 9), chance.whole(1, 9))),
            paragraph("9. Các thành viên khác trong hộ:"),
            Block::Table {
                widths: vec![5, 24, 14, 9, 18, 13],
                rows,
            },
            gap(4.0),
            line("10. Đề nghị của hộ:", "Xét công nhận hộ cận nghèo, hưởng bảo hiểm y tế."),
            Block::Dots,
            Block::Dots,
            paragraph("Gia đình xin cam đoan những điều khai trên là đúng, nếu sai xin chịu hoàn toàn trách nhiệm."),
            Block::Signatures {
                left: vec![bold("TRƯỞNG THÔN XÁC NHẬN"), plain("(Ký, ghi rõ họ tên)"), plain(&Person::adult(chance).name)],
                right: vec![plain(&place), bold("CHỦ HỘ"), plain(&head.name)],
                stamp: stamp(chance),
            },
        ],
    )
    .of_person(&head, head.capitals())
    .field("noi_cu_tru", head.address.whole())
    .field("so_dien_thoai", head.phone.clone());
    if let Some(second) = second {
        sheet = sheet.field("so_dinh_danh_thanh_vien_2", second.number);
    }
    sheet
}
