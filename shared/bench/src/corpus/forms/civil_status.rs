//! What a registrar is asked for: a copy of an extract, and the registration of a birth.

use super::{gap, issued, motto, paragraph, title, written};
use crate::corpus::{
    chance::Chance,
    people::{Address, Day, Person},
    sheet::{Block, Look, Sheet, bold, cell, line, plain},
};

/// Tờ khai cấp bản sao trích lục hộ tịch.
pub fn extract(chance: &mut Chance, look: Look) -> Sheet {
    let asking = Person::adult(chance);
    let born = Day::within(chance, 1960, 2024);
    let subject = Person::born(chance, born);
    let kin = chance.pick(&["Con đẻ", "Bản thân", "Mẹ đẻ", "Cháu nội", "Vợ"]);
    let copies = chance.whole(1, 9);
    let register = Day::within(chance, 2019, 2025);
    let number = chance.whole(11, 480);
    let office = format!(
        "UBND {}, {}",
        subject.address.commune, subject.address.province
    );
    let place = written(chance, &asking.address);
    Sheet::new(
        look,
        vec![
            motto(),
            gap(8.0),
            title(&["TỜ KHAI CẤP BẢN SAO TRÍCH LỤC HỘ TỊCH"]),
            gap(4.0),
            line("Kính gửi: (1)", format!("UBND {}", asking.address.commune)),
            line("Họ, chữ đệm, tên người yêu cầu:", asking.capitals()),
            line("Nơi cư trú: (2)", asking.address.whole()),
            line("Giấy tờ tùy thân: (3) Căn cước công dân số", asking.number.clone()),
            line("Cấp bởi, ngày cấp:", issued(chance)),
            line("Số điện thoại:", asking.phone.clone()),
            line("Quan hệ với người được cấp bản sao Trích lục hộ tịch:", kin),
            paragraph(
                "Đề nghị cơ quan cấp bản sao trích lục khai sinh (4) cho người có tên dưới đây:",
            ),
            line("Họ, chữ đệm, tên:", subject.capitals()),
            Block::Fields {
                cells: vec![
                    cell("Ngày, tháng, năm sinh:", subject.born.slashed(), 3),
                    cell("Giới tính:", subject.sex(), 2),
                ],
            },
            Block::Fields {
                cells: vec![
                    cell("Dân tộc:", chance.pick(&["Kinh", "Tày", "Ê Đê", "Mường", "Khmer"]), 1),
                    cell("Quốc tịch:", "Việt Nam", 1),
                ],
            },
            line("Nơi cư trú: (2)", subject.address.whole()),
            line("Giấy tờ tùy thân: (3)", ""),
            Block::Dots,
            line("Đã đăng ký tại: (5)", office),
            line(
                "theo (6) Giấy khai sinh số:",
                format!("{number}/{}, quyển số 0{}/{}", register.year, chance.whole(1, 9), register.year),
            ),
            line("Số lượng bản sao đề nghị cấp:", format!("{copies} bản")),
            paragraph(
                "Tôi cam đoan những nội dung khai trên đây là đúng sự thật và chịu trách nhiệm trước pháp luật về \
                 cam đoan của mình.",
            ),
            Block::Signatures {
                left: vec![],
                right: vec![
                    plain(&format!("Làm tại: {place}")),
                    bold("Người yêu cầu"),
                    plain("(Ký, ghi rõ họ, chữ đệm, tên)"),
                    plain(&asking.name),
                ],
                stamp: None,
            },
        ],
    )
    .field("ho_ten", asking.capitals())
    .field("so_dinh_danh", asking.number.clone())
    .field("noi_cu_tru", asking.address.whole())
    .field("so_dien_thoai", asking.phone.clone())
    .field("ho_ten_nguoi_duoc_cap", subject.capitals())
    .field("ngay_sinh", subject.born.slashed())
}

/// Tờ khai đăng ký khai sinh.
pub fn birth(chance: &mut Chance, look: Look) -> Sheet {
    let years = [
        Day::within(chance, 1985, 1999),
        Day::within(chance, 1985, 1999),
    ];
    let father = Person::born(chance, years[0]);
    let father = Person::of_family(chance, father.family(), true, years[0]);
    let mother = Person::born(chance, years[1]);
    let mother = Person::of_family(chance, mother.family(), false, years[1]);
    let born = Day::within(chance, 2026, 2026);
    let male = chance.coin();
    let child = Person::of_family(chance, father.family(), male, born);
    let place = written(chance, &father.address);
    let hospital = format!(
        "Bệnh viện Đa khoa {}, {}",
        chance.pick(&[
            "Thiện Tâm",
            "Phúc Hưng",
            "Vùng Tây Nguyên",
            "khu vực Ngã Bảy"
        ]),
        father.address.province
    );
    let mut blocks = vec![
        motto(),
        gap(6.0),
        title(&["TỜ KHAI ĐĂNG KÝ KHAI SINH"]),
        gap(4.0),
        line(
            "Kính gửi: (1)",
            format!("Ủy ban nhân dân {}", father.address.commune),
        ),
        line("Họ, chữ đệm, tên người yêu cầu:", father.capitals()),
        line("Nơi cư trú: (2)", father.address.whole()),
        line("Số điện thoại liên hệ:", father.phone.clone()),
        line("Quan hệ với người được khai sinh:", "Cha đẻ"),
        paragraph("Đề nghị cơ quan đăng ký khai sinh cho người dưới đây:"),
        line("Họ, chữ đệm, tên:", child.capitals()),
        Block::Fields {
            cells: vec![
                cell("Ngày, tháng, năm sinh:", child.born.slashed(), 5),
                cell("Giới tính:", child.sex(), 3),
            ],
        },
        line(
            "Ghi bằng chữ:",
            format!(
                "Ngày {} tháng {} năm hai nghìn không trăm hai mươi sáu",
                child.born.day, child.born.month
            ),
        ),
        line("Nơi sinh: (4)", hospital.clone()),
        line(
            "Quê quán:",
            format!(
                "{}, {}",
                father.address.commune_name(),
                father.address.province
            ),
        ),
    ];
    blocks.extend(parent("người cha", &father, &father.address));
    blocks.extend(parent("người mẹ", &mother, &father.address));
    blocks.extend([
        Block::Choice {
            label: "Đề nghị cấp bản sao:".into(),
            options: vec![("Có".into(), true), ("Không".into(), false)],
        },
        paragraph(
            "Tôi cam đoan nội dung đề nghị đăng ký khai sinh trên đây là đúng sự thật, được sự thỏa thuận nhất trí của \
             các bên liên quan theo quy định pháp luật.",
        ),
        Block::Signatures {
            left: vec![],
            right: vec![
                plain(&place),
                bold("Người yêu cầu"),
                plain("(Ký, ghi rõ họ, chữ đệm, tên)"),
                plain(&father.name),
            ],
            stamp: None,
        },
    ]);
    Sheet::new(look, blocks)
        .field("ho_ten", child.capitals())
        .field("ngay_sinh", child.born.slashed())
        .field("noi_sinh", hospital)
        .field("ho_ten_cha", father.capitals())
        .field("so_dinh_danh", father.number.clone())
        .field("so_dinh_danh_me", mother.number.clone())
        .field("so_dien_thoai", father.phone.clone())
}

/// What is asked about a father or a mother, who live together.
fn parent(who: &str, person: &Person, home: &Address) -> Vec<Block> {
    vec![
        line(&format!("Họ, chữ đệm, tên {who}:"), person.capitals()),
        Block::Fields {
            cells: vec![
                cell("Năm sinh: (6)", person.born.slashed(), 3),
                cell("Dân tộc:", "Kinh", 2),
                cell("Quốc tịch:", "Việt Nam", 3),
            ],
        },
        line("Số định danh cá nhân:", person.number.clone()),
        line("Nơi cư trú: (2)", home.whole()),
    ]
}
