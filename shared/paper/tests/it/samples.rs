//! Papers of invented people in an invented province.

use chrono::{DateTime, Utc};
use paper::{
    AppointmentSlip, Block, Check, Fee, Field, Letterhead, Notice, PaperKind, Person, Receipt,
    ReceiptLine, RegisterEntry, ResultPaper, Signer, SubmittedPaper,
};

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn head(number: Option<&str>) -> Letterhead {
    Letterhead {
        parent: Some("Ủy ban nhân dân xã Bản Mây".into()),
        agency: "Trung tâm Phục vụ hành chính công".into(),
        number: number.map(Into::into),
        place: "Bản Mây".into(),
        issued_at: at("2026-02-05T01:35:20Z"),
    }
}

fn person() -> Person {
    Person {
        name: "Lò Thị Ánh Nguyệt".into(),
        identity: Some("001099000001".into()),
        address: Some("Bản Nậm Mẫu, xã Bản Mây, tỉnh Sông Mây".into()),
        phone: Some("0900 000 001".into()),
        email: Some("anh.nguyet@hopthu.example".into()),
    }
}

pub fn slip() -> AppointmentSlip {
    let paper = |name: &str, kind, quantity| SubmittedPaper {
        name: name.into(),
        kind,
        quantity,
    };
    AppointmentSlip {
        head: head(Some("0007/TNHS")),
        dossier_code: "H99.01.02-260205-0007".into(),
        tracking_url: "https://motcua.example/tra-cuu/H99.01.02-260205-0007".into(),
        desk: "Quầy số 3, Trung tâm Phục vụ hành chính công xã Bản Mây".into(),
        applicant: person(),
        procedure: "Đăng ký khai sinh quá hạn".into(),
        papers: vec![
            paper("Tờ khai đăng ký khai sinh", PaperKind::Electronic, 1),
            paper("Giấy chứng sinh", PaperKind::Original, 1),
            paper(
                "Giấy ủy quyền được chứng thực theo quy định của pháp luật trong trường hợp ủy quyền đăng ký khai sinh",
                PaperKind::CertifiedCopy,
                1,
            ),
            paper(
                "Giấy chứng nhận kết hôn của cha mẹ",
                PaperKind::Photocopy,
                2,
            ),
        ],
        sets: 1,
        time_limit: "05 ngày làm việc".into(),
        received_at: at("2026-02-05T01:35:00Z"),
        due_at: at("2026-02-12T01:35:00Z"),
        delivery: "Kho quản lý dữ liệu điện tử của cá nhân và bản giấy tại Quầy số 3".into(),
        fees: vec![
            Fee {
                name: "Lệ phí đăng ký khai sinh quá hạn".into(),
                amount: 8_000,
                paid: true,
            },
            Fee {
                name: "Phí cấp bản sao trích lục (02 bản)".into(),
                amount: 16_000,
                paid: false,
            },
        ],
        register: Some(RegisterEntry {
            book: "01/2026".into(),
            number: "7".into(),
        }),
        submitter: "Lò Thị Ánh Nguyệt".into(),
        receiver: "Vừ A Sính".into(),
        hotline: Some("1900 0000".into()),
    }
}

pub fn receipt() -> Receipt {
    Receipt {
        head: head(Some("0000123")),
        title: "Biên lai thu phí, lệ phí".into(),
        series: Some("MC-26T".into()),
        dossier_code: "H99.01.02-260205-0007".into(),
        payer: person(),
        purpose: "Đăng ký khai sinh quá hạn".into(),
        lines: vec![
            ReceiptLine {
                name: "Lệ phí đăng ký khai sinh quá hạn".into(),
                quantity: 1,
                unit_price: 8_000,
                reduction: None,
            },
            ReceiptLine {
                name: "Phí cấp bản sao trích lục hộ tịch".into(),
                quantity: 2,
                unit_price: 8_000,
                reduction: None,
            },
        ],
        method: "Tiền mặt tại quầy".into(),
        transaction: Some("MC26020500000123".into()),
        paid_at: at("2026-02-05T01:40:00Z"),
        cashier: Some("Giàng Thị Mỷ".into()),
        replaces: Some("0000007 (BL-26E-H15.50.05.13)".into()),
        cancelled: None,
        check: Some(check()),
    }
}

fn check() -> Check {
    Check {
        url: "https://motcua.example/kiem-tra/7Q2M-KX4D-9TPA".into(),
        code: "7Q2M-KX4D-9TPA".into(),
        proof: None,
    }
}

fn field(label: &str, value: &str) -> Field {
    Field {
        label: label.into(),
        value: value.into(),
    }
}

fn line<const N: usize>(fields: [(&str, &str); N]) -> Block {
    Block::Fields {
        fields: fields.map(|(label, value)| field(label, value)).into(),
    }
}

pub fn result() -> ResultPaper {
    ResultPaper {
        head: Letterhead {
            parent: Some("Tỉnh Sông Mây".into()),
            agency: "Ủy ban nhân dân xã Bản Mây".into(),
            number: Some("12/2026/TLKS-BS".into()),
            place: "Bản Mây".into(),
            issued_at: at("2026-02-05T09:00:00Z"),
        },
        title: "Trích lục khai sinh".into(),
        subtitle: Some("(Bản sao)".into()),
        dossier_code: "H99.01.02-260205-0007".into(),
        body: vec![
            line([("Họ, chữ đệm, tên", "LÒ VĂN BÌNH MINH")]),
            line([("Ngày, tháng, năm sinh", "01/12/2025"), ("Ghi bằng chữ", "Ngày mồng một tháng mười hai năm hai nghìn không trăm hai mươi lăm")]),
            line([("Giới tính", "Nam"), ("Dân tộc", "Thái"), ("Quốc tịch", "Việt Nam")]),
            line([("Nơi sinh", "Trạm y tế xã Bản Mây, tỉnh Sông Mây")]),
            line([("Quê quán", "Bản Nậm Mẫu, xã Bản Mây, tỉnh Sông Mây")]),
            line([("Số định danh cá nhân", "001225000001")]),
            line([("Họ, chữ đệm, tên người mẹ", "LÒ THỊ ÁNH NGUYỆT")]),
            line([("Năm sinh", "1999"), ("Dân tộc", "Thái"), ("Quốc tịch", "Việt Nam")]),
            line([("Họ, chữ đệm, tên người cha", "")]),
            line([("Đăng ký khai sinh tại", "Ủy ban nhân dân xã Bản Mây"), ("Số", "12, ngày 05/02/2026")]),
            Block::Paragraph {
                text: "Trích lục này được cấp từ Sổ đăng ký khai sinh và có giá trị sử dụng thay cho bản chính trong các giao dịch, trừ trường hợp pháp luật có quy định khác.".into(),
            },
        ],
        recipients: vec!["Như trên".into(), "Lưu: HT".into()],
        signer: Signer {
            on_behalf: Some("KT. Chủ tịch".into()),
            title: "Phó Chủ tịch".into(),
            name: "Hoàng Đình Khuê".into(),
        },
        check: check(),
        layout: None,
    }
}

pub fn notice() -> Notice {
    Notice {
        head: head(Some("04/HDHS")),
        title: "Phiếu yêu cầu bổ sung, hoàn thiện hồ sơ".into(),
        dossier_code: Some("H99.01.02-260205-0007".into()),
        addressee: person(),
        body: vec![
            line([("Nội dung yêu cầu giải quyết", "Đăng ký khai sinh quá hạn")]),
            Block::Paragraph {
                text: "Hồ sơ còn thiếu các thành phần dưới đây. Đề nghị bổ sung một lần, đầy đủ:"
                    .into(),
            },
            Block::Table {
                columns: vec![
                    "TT".into(),
                    "Thành phần".into(),
                    "Số lượng".into(),
                    "Hình thức".into(),
                ],
                rows: vec![
                    vec![
                        "1".into(),
                        "Giấy chứng sinh".into(),
                        "1".into(),
                        "Bản chính".into(),
                    ],
                    vec!["2".into(), "Văn bản ủy quyền".into(), "1".into()],
                ],
            },
            line([(
                "Lý do",
                "Ảnh chụp giấy chứng sinh bị mờ ở phần họ tên người mẹ",
            )]),
        ],
        counter_signer: None,
        signer: Signer {
            on_behalf: None,
            title: "Người hướng dẫn".into(),
            name: "Vừ A Sính".into(),
        },
        tracking_url: Some("https://motcua.example/tra-cuu/H99.01.02-260205-0007".into()),
        check: None,
    }
}
