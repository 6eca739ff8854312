//! The request to register a household business.

use super::{gap, motto, paragraph, title, written};
use crate::corpus::{
    chance::Chance,
    people::{Address, Person},
    sheet::{Block, Look, Sheet, bold, cell, line, plain},
};

/// Giấy đề nghị đăng ký hộ kinh doanh.
pub fn household_business(chance: &mut Chance, look: Look) -> Sheet {
    let owner = Person::adult(chance);
    let seat = Address::invent(chance);
    let place = written(chance, &seat);
    let trade = chance.pick(&[
        "Bán lẻ lương thực, thực phẩm (4721)",
        "Sửa chữa xe máy và phụ tùng (4542)",
        "Dịch vụ ăn uống, giải khát (5610)",
        "May đo quần áo theo yêu cầu (1410)",
    ]);
    let shop = format!(
        "HỘ KINH DOANH {}",
        chance
            .pick(&[
                "Quán Ngọc Bích",
                "Tạp hóa Thuận Phát",
                "Xưởng mộc Đức Thịnh",
                "Tiệm may Phượng Hồng"
            ])
            .to_uppercase()
    );
    let capital = chance.whole(30, 900);
    let tax = format!("8{}", chance.digits(9));
    let workers = chance.whole(1, 9);
    Sheet::new(
        look,
        vec![
            motto(),
            gap(2.0),
            Block::Signatures {
                left: vec![],
                right: vec![plain(&place)],
                stamp: None,
            },
            title(&["GIẤY ĐỀ NGHỊ ĐĂNG KÝ HỘ KINH DOANH"]),
            gap(2.0),
            Block::Title {
                lines: vec![plain(&format!("Kính gửi: Ủy ban nhân dân {}", seat.commune))],
            },
            gap(4.0),
            line("Tôi là (ghi họ tên bằng chữ in hoa):", owner.capitals()),
            Block::Fields {
                cells: vec![
                    cell("Ngày sinh:", owner.born.slashed(), 1),
                    cell("Giới tính:", owner.sex(), 1),
                ],
            },
            line("Số định danh cá nhân:", owner.number.clone()),
            line("Mã số thuế cá nhân:", tax.clone()),
            line("Địa chỉ thường trú:", owner.address.whole()),
            Block::Fields {
                cells: vec![
                    cell("Điện thoại:", owner.phone.clone(), 2),
                    cell("Email:", format!("hkd{}@vidu.example", chance.digits(3)), 3),
                ],
            },
            title(&["Đăng ký hộ kinh doanh do tôi làm chủ hộ với các nội dung sau:"]),
            line("1. Tên hộ kinh doanh (ghi bằng chữ in hoa):", shop.clone()),
            line("2. Địa chỉ trụ sở:", seat.whole()),
            line("3. Ngành, nghề kinh doanh:", trade),
            line("4. Vốn kinh doanh:", format!("{capital}.000.000 đồng")),
            Block::Fields {
                cells: vec![
                    cell("5. Số lượng lao động (dự kiến):", format!("{workers:02}"), 1),
                    cell("6. Số nhà xưởng:", "", 1),
                ],
            },
            Block::Choice {
                label: "7. Chủ thể thành lập hộ kinh doanh:".into(),
                options: vec![("Cá nhân".into(), true), ("Các thành viên hộ gia đình".into(), false)],
            },
            paragraph(
                "Tôi xin cam kết: bản thân không thuộc diện pháp luật cấm kinh doanh; không đồng thời là chủ hộ kinh doanh \
                 khác, chủ doanh nghiệp tư nhân; trụ sở hộ kinh doanh thuộc quyền sử dụng hợp pháp của tôi và được sử dụng \
                 đúng mục đích theo quy định của pháp luật.",
            ),
            Block::Signatures {
                left: vec![],
                right: vec![bold("CHỦ HỘ KINH DOANH"), plain("(Ký và ghi họ tên)"), plain(&owner.name)],
                stamp: None,
            },
        ],
    )
    .of_person(&owner, owner.capitals())
    .field("ma_so_thue", tax)
    .field("so_dien_thoai", owner.phone.clone())
    .field("ten_ho_kinh_doanh", shop)
}
