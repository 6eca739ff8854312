//! Why a file is no statement, in both languages; each reason says where to look.

use super::{LARGEST, MOST_LINES};

/// What is wrong with one line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Wrong {
    /// The bank's reference.
    #[error("the bank's reference is missing or longer than 70 characters")]
    Reference,
    /// The booking day.
    #[error("the booking day is missing or no date such as 08/10/2026 or 2026-10-08")]
    Day,
    /// An amount.
    #[error("an amount is no whole number of đồng")]
    Amount,
    /// No amount.
    #[error("it moves no money, or says both that money came and that it went")]
    Nothing,
    /// Neither in nor out.
    #[error("it does not say whether money came or went")]
    Direction,
    /// Another currency.
    #[error("it is not in đồng")]
    Currency,
    /// A number of cells that is not the header's.
    #[error("it has more or fewer cells than the header")]
    Cells,
    /// A batch.
    #[error("its parts do not add up to its amount")]
    Batch,
}

impl Wrong {
    /// The same in Vietnamese.
    pub const fn vietnamese(self) -> &'static str {
        match self {
            Self::Reference => "thiếu số tham chiếu của ngân hàng hoặc số này dài hơn 70 ký tự",
            Self::Day => "thiếu ngày hạch toán hoặc ngày không viết như 08/10/2026 hay 2026-10-08",
            Self::Amount => "số tiền không phải số đồng nguyên",
            Self::Nothing => "không có tiền vào hay ra, hoặc ghi cả hai",
            Self::Direction => "không cho biết tiền vào hay tiền ra",
            Self::Currency => "không tính bằng đồng Việt Nam",
            Self::Cells => "số ô không bằng số cột của dòng tiêu đề",
            Self::Batch => "các phần không cộng lại thành số tiền của bút toán",
        }
    }
}

/// Why nothing of a file is taken in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// Too large.
    #[error("the file is larger than {} MiB", LARGEST >> 20)]
    TooLarge,
    /// No UTF-8.
    #[error("the file is not UTF-8: please save it as “CSV UTF-8”, or ask the bank for UTF-8")]
    Encoding,
    /// Nothing booked.
    #[error("the file has no booked line")]
    Empty,
    /// Too many lines.
    #[error("the file has more than {MOST_LINES} lines: please import it in parts")]
    TooManyLines,
    /// One reference for two lines.
    #[error("the bank's reference {0} stands on two lines")]
    Repeated(String),
    /// No header that has these columns.
    #[error("no line of the file names the columns {0}")]
    Header(String),
    /// Quotes that do not close.
    #[error("the file is no table")]
    Table,
    /// What is wrong with one line of a table, or one entry of an XML file.
    #[error("line or entry {0}: {1}")]
    Line(usize, Wrong),
    /// Not XML, or more than a statement needs.
    #[error("the file is no well-formed XML, or nested deeper than any statement")]
    Xml,
    /// A document type or an entity: no bank needs one, and they can be abused.
    #[error("the file defines types or entities, which no statement needs")]
    Entities,
    /// Another message.
    #[error("the file is no bank statement (camt.053)")]
    Message,
    /// No balance before, or none after.
    #[error(
        "the statement lacks its opening balance (OPBD) or its closing balance (CLBD): nobody can tell whether it is whole"
    )]
    NoBalances,
    /// The lines do not lead from one balance to the other.
    #[error(
        "the opening balance and the lines do not add up to the closing balance: {missing} đồng are missing"
    )]
    Balances {
        /// Closing balance less what the lines lead to, in đồng.
        missing: i64,
    },
}

impl Unreadable {
    /// The same in Vietnamese.
    pub fn vietnamese(&self) -> String {
        match self {
            Self::TooLarge => format!("Tệp lớn hơn {} MiB", LARGEST >> 20),
            Self::Encoding => "Tệp không phải UTF-8: xin lưu dưới dạng “CSV UTF-8”, hoặc xin ngân hàng gửi tệp UTF-8".into(),
            Self::Empty => "Tệp không có giao dịch nào đã hạch toán".into(),
            Self::TooManyLines => format!("Tệp có hơn {MOST_LINES} dòng: xin nhập từng phần"),
            Self::Repeated(reference) => {
                format!("Số tham chiếu {reference} của ngân hàng có ở hai dòng")
            }
            Self::Header(missing) => format!("Không có dòng tiêu đề nào có các cột {missing}"),
            Self::Table => "Tệp không phải bảng CSV".into(),
            Self::Line(at, wrong) => format!("Dòng hoặc bút toán {at}: {}", wrong.vietnamese()),
            Self::Xml => "Tệp không phải XML đúng quy cách, hoặc lồng sâu hơn mọi sao kê".into(),
            Self::Entities => "Tệp tự định nghĩa kiểu hoặc thực thể, là điều không sao kê nào cần".into(),
            Self::Message => "Tệp không phải sao kê ngân hàng (camt.053)".into(),
            Self::NoBalances => "Sao kê thiếu số dư đầu kỳ (OPBD) hoặc cuối kỳ (CLBD), không biết được có đủ hay không".into(),
            Self::Balances { missing } => format!(
                "Số dư đầu kỳ và các giao dịch không cộng thành số dư cuối kỳ: lệch {missing} đồng"
            ),
        }
    }
}
