//! What officers are told of a signal: what was compared, without anything of the people it was compared with, and what to do.

use contracts::{DossierId, intake::Signal};

use super::{Code, File, Others, Pace, Source, card::Remark};

/// A signal whose code and weight come later.
fn told(why: [String; 2], advice: [&str; 2], dossiers: &[DossierId]) -> Signal {
    let [why_vi, why_en] = why;
    let [advice_vi, advice_en] = advice.map(str::to_owned);
    Signal {
        code: String::new(),
        weight: 0,
        why_vi,
        why_en,
        advice_vi,
        advice_en,
        dossiers: dossiers.to_vec(),
    }
}

fn people(count: usize) -> String {
    if count == 1 {
        "1 other person".to_owned()
    } else {
        format!("{count} other people")
    }
}

pub fn file(file: &File, code: Code) -> Signal {
    let File { paper, others } = file;
    let count = others.people;
    let why = [
        format!(
            "Tệp «{}» giống hệt tệp trong hồ sơ của {count} người khác.",
            paper.vi
        ),
        format!(
            "The file «{}» is the very file in dossiers of {}.",
            paper.en,
            people(count)
        ),
    ];
    let advice = match code {
        Code::SameFile => [
            "Đối chiếu bản chính. Người trong một nhà nộp chung một bản chụp là chuyện thường.",
            "Compare with the original. People of one household often file one picture together.",
        ],
        _ => [
            "Yêu cầu bản chính và xem các hồ sơ kia: một giấy tờ được dùng cho nhiều người hơn một gia đình.",
            "Ask for the original and look at the other dossiers: one paper serves more people than a family.",
        ],
    };
    told(why, advice, &others.dossiers)
}

pub fn elsewhere(dossiers: &[DossierId]) -> Signal {
    let why = [
        "Một tài khoản khác cũng nộp hồ sơ với cùng số định danh này.".to_owned(),
        "Another account files dossiers under the same identification number.".to_owned(),
    ];
    let advice = [
        "Xác minh người nộp là ai: gọi theo thông tin trong cả hai hồ sơ, hoặc mời đến quầy mang theo thẻ căn cước.",
        "Verify who files: call by what both dossiers say, or ask them to come with their identity card.",
    ];
    told(why, advice, dossiers)
}

const CONTACT: [&str; 2] = [
    "Hỏi quan hệ giữa người nộp và chủ số điện thoại, thư điện tử. Nộp hộ nhiều người thì cần văn bản ủy quyền.",
    "Ask how the applicant is related to whose telephone or e-mail it is. Who files for many needs their authorisation.",
];

pub fn phone(others: &Others) -> Signal {
    let count = others.people;
    let why = [
        format!("Số điện thoại của người nộp cũng có trong hồ sơ của {count} người khác."),
        format!(
            "The applicant's telephone number is also given in dossiers of {}.",
            people(count)
        ),
    ];
    told(why, CONTACT, &others.dossiers)
}

pub fn email(others: &Others) -> Signal {
    let count = others.people;
    let why = [
        format!("Thư điện tử của người nộp cũng có trong hồ sơ của {count} người khác."),
        format!(
            "The applicant's e-mail address is also given in dossiers of {}.",
            people(count)
        ),
    ];
    told(why, CONTACT, &others.dossiers)
}

pub fn pace(pace: &Pace) -> Signal {
    let (vi, en) = match pace.source {
        Source::Account => ("từ cùng một tài khoản", "from one account"),
        Source::Phone => ("từ cùng một số điện thoại", "from one telephone number"),
        Source::Person => ("cho cùng một người", "for one person"),
    };
    let Pace { hour, day, .. } = pace;
    let why = [
        format!("{hour} hồ sơ trong một giờ, {day} hồ sơ trong một ngày {vi}."),
        format!("{hour} dossiers in an hour and {day} in a day {en}."),
    ];
    let advice = [
        "Xem các hồ sơ đó có phải do một người làm hàng loạt không; nộp hộ thì cần văn bản ủy quyền.",
        "See whether one person makes them by the dozen; who files for others needs their authorisation.",
    ];
    told(why, advice, &[])
}

pub fn assurance(assurance: u8) -> Signal {
    let why = [
        format!(
            "Thủ tục có hệ quả lớn, mà người nộp mới được xác thực ở mức {assurance} (1 là tự khai)."
        ),
        format!(
            "Much depends on this procedure, and who files is known by level {assurance} only (1 is self-declared)."
        ),
    ];
    let advice = [
        "Xác minh danh tính trước khi giải quyết: đối chiếu thẻ căn cước tại quầy hoặc gọi lại.",
        "Verify who they are before it is granted: see the identity card at the desk, or call back.",
    ];
    told(why, advice, &[])
}

const ORIGINAL: [&str; 2] = [
    "Đối chiếu bản chính thẻ căn cước.",
    "Compare with the original identity card.",
];

pub fn card(remark: &Remark) -> Signal {
    let (vi, en) = match remark {
        Remark::OfAnother => (
            "Số trên thẻ căn cước không phải của người nộp, cũng không phải của người mà tờ khai nêu.",
            "The number on the identity card is neither the applicant's nor of whom the form names.",
        ),
        Remark::Name => (
            "Thẻ căn cước có số của người nộp nhưng họ tên (đọc từ mã QR) khác họ tên của tài khoản.",
            "The identity card has the applicant's number, and its name (read from its QR code) is not the account's.",
        ),
        Remark::AtOdds => (
            "Thẻ căn cước tự mâu thuẫn: số định danh, ngày sinh, giới tính hoặc mã trên thẻ không khớp nhau.",
            "The identity card contradicts itself: its number, date of birth, sex or codes do not agree.",
        ),
        Remark::Expired => (
            "Thẻ căn cước đã hết hạn khi nộp hồ sơ.",
            "The identity card had expired when the dossier was filed.",
        ),
        Remark::FormDiffers(labels) => {
            let (vi, en) = (
                format!(
                    "Tờ khai ghi khác thẻ căn cước (đọc từ mã trên thẻ) ở mục: {}.",
                    labels.vi
                ),
                format!(
                    "The form says otherwise than the identity card's code at: {}.",
                    labels.en
                ),
            );
            return told([vi, en], ORIGINAL, &[]);
        }
    };
    told([vi.to_owned(), en.to_owned()], ORIGINAL, &[])
}
