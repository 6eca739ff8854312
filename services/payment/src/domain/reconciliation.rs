//! What may not agree between orders, gateways, the bank, the tills and the books, and what is to be done about it. Pure.

use contracts::OrderId;
use strum::{EnumString, IntoStaticStr, VariantArray};

/// What does not agree.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    EnumString,
    IntoStaticStr,
    VariantArray,
)]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum Kind {
    /// An account of the books is not what orders, tills and lines say.
    BooksDiffer,
    /// The gateway never said what became of an attempt.
    StuckAttempt,
    /// The gateway's file has money for a reference that is nobody's here.
    UnknownAtGateway,
    /// The gateway's file has money that is not taken here.
    NotTakenHere,
    /// Money is taken here that the gateway's file of those days does not have.
    MissingAtGateway,
    /// The gateway's file has another amount.
    OtherAmount,
    /// The gateway's file gave back more than was asked here.
    UnaskedRefund,
    /// What a gateway or the card terminal took has not come to the bank.
    LatePayout,
    /// A bank's line waits for an officer's word.
    WaitingLine,
    /// Money that shall go back has not gone.
    LateRefund,
    /// A till was not counted at the day's end.
    TillLeftOpen,
    /// A counted till waits for the treasurer.
    TillNotReceived,
    /// A till's count was not what the books expected.
    TillDiffered,
}

impl Kind {
    /// The name it is stored by.
    pub const fn name(self) -> &'static str {
        self.into_str()
    }

    /// What it is, and what to do, in Vietnamese.
    pub const fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::BooksDiffer => (
                "Sổ cái lệch với chứng từ",
                "Báo ngay người vận hành: một trong hai bên đã mất dữ liệu. Không sửa tay.",
            ),
            Self::StuckAttempt => (
                "Cổng thanh toán không báo kết quả lần nộp",
                "Hỏi lại cổng ở trang khoản phí; nếu vẫn không rõ, gọi cổng kèm mã giao dịch.",
            ),
            Self::UnknownAtGateway => (
                "Tệp của cổng có khoản không thuộc hồ sơ nào",
                "Gọi cổng hỏi người nộp và mục đích; tiền của người khác phải được trả lại.",
            ),
            Self::NotTakenHere => (
                "Cổng đã thu nhưng ở đây chưa ghi nhận",
                "Hệ thống đang hỏi lại cổng và tự ghi nhận; nếu sau một ngày vẫn còn, gọi cổng kèm mã giao dịch.",
            ),
            Self::MissingAtGateway => (
                "Đã ghi nhận thu nhưng tệp của cổng không có",
                "Kiểm tra đã nhập đủ tệp của những ngày đó chưa; nếu đủ, đề nghị cổng giải trình trước khi trả kết quả.",
            ),
            Self::OtherAmount => (
                "Số tiền trong tệp của cổng khác với ở đây",
                "Gọi cổng kèm mã giao dịch; giữ nguyên sổ cho đến khi cổng trả lời.",
            ),
            Self::UnaskedRefund => (
                "Cổng đã hoàn nhiều hơn số được yêu cầu ở đây",
                "Gọi cổng hỏi ai yêu cầu; nếu đúng, lập khoản hoàn tương ứng ở trang khoản phí.",
            ),
            Self::LatePayout => (
                "Tiền cổng hoặc máy thẻ đã thu chưa về tài khoản",
                "Tìm giao dịch ở trang sao kê và ghi là tiền cổng chuyển về; nếu chưa về, đòi cổng.",
            ),
            Self::WaitingLine => (
                "Giao dịch ngân hàng chờ đối chiếu",
                "Mở trang sao kê, chọn khoản phí hoặc loại của giao dịch.",
            ),
            Self::LateRefund => (
                "Khoản hoàn tiền chậm",
                "Mở trang hoàn tiền: duyệt, chi, hoặc hỏi lại cổng.",
            ),
            Self::TillLeftOpen => (
                "Quỹ tại quầy chưa kiểm cuối ngày",
                "Nhắc cán bộ kiểm và đóng quỹ.",
            ),
            Self::TillNotReceived => (
                "Quỹ đã kiểm chưa được nhận",
                "Thủ quỹ đếm lại và bấm đã nhận ở trang quỹ.",
            ),
            Self::TillDiffered => (
                "Quỹ thừa hoặc thiếu khi kiểm",
                "Xác minh lý do cán bộ đã ghi, rồi kết luận ở đây.",
            ),
        }
    }
}

/// One thing that does not agree, as a comparison finds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// What it is.
    pub kind: Kind,
    /// What it is about: an attempt's reference, a line, a till, an account.
    pub subject: String,
    /// The order, where one is known.
    pub order: Option<OrderId>,
    /// How much is at stake, in đồng; its sign says which way.
    pub amount: i64,
}

/// A work item that stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// What it is.
    pub kind: Kind,
    /// What it is about.
    pub subject: String,
    /// How much was at stake when it was last seen, or when an officer explained it.
    pub amount: i64,
    /// Whether an officer has explained it.
    pub is_explained: bool,
}

/// What a comparison changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// It is new.
    Open(Found),
    /// It is there still, perhaps with another amount.
    Seen(Found),
    /// It is gone by itself.
    Gone {
        /// What it was.
        kind: Kind,
        /// What it was about.
        subject: String,
    },
}

/// What becomes of the work items: what is found is opened unless an officer explained just that; what is not found any more
/// is gone. Of a kind whose finding was cut short (`cut`), nothing is gone.
pub fn changes(found: Vec<Found>, standing: &[Standing], cut: &[Kind]) -> Vec<Change> {
    let about =
        |found: &Found, item: &Standing| (item.kind, &item.subject) == (found.kind, &found.subject);
    let gone = standing
        .iter()
        .filter(|item| !item.is_explained && !cut.contains(&item.kind))
        .filter(|item| !found.iter().any(|found| about(found, item)))
        .map(|item| Change::Gone {
            kind: item.kind,
            subject: item.subject.clone(),
        });
    let gone: Vec<_> = gone.collect();
    let kept = found.into_iter().filter_map(|found| {
        let mut same = standing.iter().filter(|item| about(&found, item));
        if same.clone().any(|item| !item.is_explained) {
            Some(Change::Seen(found))
        } else if same.any(|item| item.amount == found.amount) {
            None
        } else {
            Some(Change::Open(found))
        }
    });
    kept.chain(gone).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(subject: &str, amount: i64) -> Found {
        Found {
            kind: Kind::WaitingLine,
            subject: subject.into(),
            order: None,
            amount,
        }
    }

    fn standing(subject: &str, amount: i64, is_explained: bool) -> Standing {
        Standing {
            kind: Kind::WaitingLine,
            subject: subject.into(),
            amount,
            is_explained,
        }
    }

    #[test]
    fn what_is_new_opens_what_is_there_stays_and_what_went_is_gone() {
        let before = [standing("stays", 1, false), standing("went", 2, false)];
        let now = vec![found("stays", 5), found("new", 3)];
        assert_eq!(
            changes(now, &before, &[]),
            [
                Change::Seen(found("stays", 5)),
                Change::Open(found("new", 3)),
                Change::Gone {
                    kind: Kind::WaitingLine,
                    subject: "went".into()
                },
            ]
        );
    }

    #[test]
    fn what_an_officer_explained_does_not_come_again_unless_the_amount_changed() {
        let before = [standing("explained", 1, true)];
        assert!(changes(vec![found("explained", 1)], &before, &[]).is_empty());
        assert_eq!(
            changes(vec![found("explained", 2)], &before, &[]),
            [Change::Open(found("explained", 2))]
        );
        assert!(changes(Vec::new(), &before, &[]).is_empty());
    }

    #[test]
    fn a_finding_that_was_cut_short_closes_nothing_of_its_kind() {
        let before = [standing("beyond", 1, false)];
        assert!(changes(Vec::new(), &before, &[Kind::WaitingLine]).is_empty());
    }

    #[test]
    fn every_kind_says_what_it_is_and_what_to_do() {
        for kind in Kind::VARIANTS {
            let (what, todo) = kind.words();
            assert!(!what.is_empty() && todo.ends_with('.'), "{kind:?}");
            assert_eq!(kind.name().parse(), Ok(*kind));
        }
    }
}
