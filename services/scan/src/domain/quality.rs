//! What can be wrong with the picture of a page, and what its sender is told to do about it.

use std::fmt;

use contracts::Refused;
use serde::{Deserialize, Serialize};

/// A place on a page: fractions of its width and height.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Place {
    /// From the left edge.
    pub left: f32,
    /// From the upper edge.
    pub top: f32,
    /// How wide.
    pub width: f32,
    /// How high.
    pub height: f32,
}

impl Place {
    /// The whole page.
    pub const WHOLE: Self = Self {
        left: 0.0,
        top: 0.0,
        width: 1.0,
        height: 1.0,
    };

    /// A place, what reaches beyond the page cut off.
    pub fn clamped(left: f32, top: f32, width: f32, height: f32) -> Self {
        let within = |from: f32, length: f32| {
            let start = if from.is_finite() {
                from.clamp(0.0, 1.0)
            } else {
                0.0
            };
            let length = if length.is_finite() {
                length.clamp(0.0, 1.0 - start)
            } else {
                0.0
            };
            (start, length)
        };
        let ((left, width), (top, height)) = (within(left, width), within(top, height));
        Self {
            left,
            top,
            width,
            height,
        }
    }

    /// Whether it lies on the page.
    pub fn is_within(&self) -> bool {
        let side = |from: f32, length: f32| from >= 0.0 && length >= 0.0 && from + length <= 1.001;
        side(self.left, self.width) && side(self.top, self.height)
    }

    /// The place around two.
    #[must_use]
    pub fn around(self, other: Self) -> Self {
        let (left, top) = (self.left.min(other.left), self.top.min(other.top));
        let right = (self.left + self.width).max(other.left + other.width);
        let bottom = (self.top + self.height).max(other.top + other.height);
        Self::clamped(left, top, right - left, bottom - top)
    }

    /// The same place on the page turned upside down.
    #[must_use]
    pub fn turned(self) -> Self {
        Self::clamped(
            1.0 - self.left - self.width,
            1.0 - self.top - self.height,
            self.width,
            self.height,
        )
    }
}

/// What is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FlawKind {
    /// Out of focus, or moved.
    Blur,
    /// Too little light.
    Dark,
    /// Light that wipes the print out.
    Glare,
    /// Too few pixels for the print.
    Coarse,
    /// Print goes on beyond the picture's edge.
    Cut,
    /// Nothing on it.
    Blank,
    /// It lay on its head or side. It was turned.
    Turned,
    /// Its head says that it is another kind of paper than it was sent as.
    OtherPaper,
}

impl FlawKind {
    /// Every kind there is.
    pub const ALL: [Self; 8] = [
        Self::Blur,
        Self::Dark,
        Self::Glare,
        Self::Coarse,
        Self::Cut,
        Self::Blank,
        Self::Turned,
        Self::OtherPaper,
    ];

    /// The word it is stored and answered by.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Blur => "blur",
            Self::Dark => "dark",
            Self::Glare => "glare",
            Self::Coarse => "coarse",
            Self::Cut => "cut",
            Self::Blank => "blank",
            Self::Turned => "turned",
            Self::OtherPaper => "other-paper",
        }
    }

    /// The kind of that word.
    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }

    /// What its sender is told, and what to do.
    pub const fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Blur => (
                "Chụp lại, giữ máy thật chắc và chạm vào trang giấy để lấy nét: chữ bị nhòe",
                "Take it again, hold still and tap the page to focus: the print is blurred",
            ),
            Self::Dark => (
                "Chụp lại ở nơi sáng hơn, không để bóng che trang giấy: ảnh quá tối",
                "Take it again in more light and keep your shadow off the page: the picture is too dark",
            ),
            Self::Glare => (
                "Chụp lại, tắt đèn chớp hoặc xoay trang giấy tránh ánh đèn: chỗ lóa sáng che mất chữ",
                "Take it again without flash or away from the lamp: glare wipes out the print",
            ),
            Self::Coarse => (
                "Chụp lại gần hơn cho trang giấy đầy khung hình, hoặc quét ở 300 dpi: ảnh quá ít điểm ảnh",
                "Take it again closer so that the page fills the picture, or scan it at 300 dpi: it has too few pixels",
            ),
            Self::Cut => (
                "Chụp lại cho thấy đủ bốn mép giấy: chữ ở mép trang bị cắt mất",
                "Take it again with all four edges in view: print at the edge is cut off",
            ),
            Self::Blank => (
                "Trang này trắng; nếu chụp nhầm mặt giấy, hãy chụp lại mặt có chữ",
                "This page is blank; if it is the wrong side of the sheet, take the printed side",
            ),
            Self::Turned => (
                "Trang bị xoay ngược hoặc nằm ngang; đã được xoay lại, không cần chụp lại",
                "The page lay on its head or side; it was turned, nothing needs to be done",
            ),
            Self::OtherPaper => (
                "Xem lại có chọn nhầm tệp không: đầu trang ghi tên một loại giấy tờ khác với loại cần nộp",
                "See whether this is the right file: the head of the page names another kind of paper than is asked for",
            ),
        }
    }
}

/// How much it matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Weight {
    /// Said, and nothing needs to be done.
    Note,
    /// Another picture would be better; this one may pass.
    Advice,
    /// Nobody can work with it.
    Unusable,
}

impl Weight {
    /// Every weight there is.
    pub const ALL: [Self; 3] = [Self::Note, Self::Advice, Self::Unusable];

    /// The word it is stored and answered by.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Advice => "advice",
            Self::Unusable => "unusable",
        }
    }

    /// The weight of that word.
    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|weight| weight.as_str() == word)
    }
}

/// Something wrong with a page's picture.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Flaw {
    /// What.
    pub kind: FlawKind,
    /// How much it matters.
    pub weight: Weight,
    /// Where on the straightened page.
    pub place: Place,
}

impl Flaw {
    /// Why a document with this flaw on page `page` is not taken as it is.
    pub fn reason(&self, page: usize) -> Refused {
        let (vi, en) = self.kind.words();
        Refused::because(format!("Trang {page}: {vi}"), format!("Page {page}: {en}"))
    }
}

/// A JPEG of a page in small. What it shows is nobody's business who reads a log.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Preview(pub Vec<u8>);

impl fmt::Debug for Preview {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Preview({} bytes)", self.0.len())
    }
}

/// How a page lay in its picture.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Lie {
    /// Its corners as fractions of the picture's width and height, clockwise from the straight page's upper left one.
    pub corners: [(f32, f32); 4],
    /// Quarters it was turned to the right.
    pub quarters: u8,
    /// Degrees it was straightened by.
    pub lean: f32,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_kind_and_weight_is_found_by_its_word() {
        for kind in FlawKind::ALL {
            assert_eq!(FlawKind::named(kind.as_str()), Some(kind));
        }
        for weight in Weight::ALL {
            assert_eq!(Weight::named(weight.as_str()), Some(weight));
        }
        assert_eq!(FlawKind::named("ugly"), None);
    }

    #[test]
    fn words_say_what_to_do() {
        let retakes = FlawKind::ALL
            .into_iter()
            .filter(|kind| kind.words().0.starts_with("Chụp lại"));
        assert_eq!(retakes.count(), 5);
    }

    proptest! {
        #[test]
        fn a_place_is_on_the_page_even_when_turned(sides in any::<[f32; 4]>()) {
            let [left, top, width, height] = sides;
            let place = Place::clamped(left, top, width, height);
            prop_assert!(place.is_within(), "{place:?}");
            prop_assert!(place.turned().is_within(), "{place:?}");
        }
    }
}
