//! How much may be kept here for one person, and for one of their dossiers, so that nobody fills the store for all.

use contracts::{DossierId, Refused};

use super::{Fault, PaperKind, Refusal};

/// How much may be kept here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota {
    /// Bytes of one person's documents, and of their uploads on their way.
    pub bytes: u64,
    /// One person's uploads on their way at once.
    pub uploads: u64,
    /// Bytes of one dossier's papers, uploads for it on their way included.
    pub dossier_bytes: u64,
    /// Papers of one dossier, counted alike.
    pub dossier_papers: u64,
}

/// For which dossier a paper is sent, and as what.
///
/// It is a claim by its sender: it counts among that person's own claims alone, so nobody fills another's dossier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// The dossier.
    pub dossier: DossierId,
    /// The kind of paper. One sent again as the same kind takes the place of the earlier one.
    pub kind: Option<PaperKind>,
}

/// What is held already.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Held {
    /// Bytes of the person's documents, and of their uploads on their way.
    pub bytes: u64,
    /// The person's uploads on their way.
    pub uploads: u64,
    /// For the dossier that a paper is sent for, if it is sent for one; but for what this paper takes the place of.
    pub dossier: Option<Bundle>,
}

/// Papers together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Bundle {
    /// Their bytes.
    pub bytes: u64,
    /// Their number.
    pub papers: u64,
}

impl Quota {
    /// Whether a file of `length` bytes may come to what is held.
    pub fn admit(&self, held: &Held, length: u64) -> Result<(), Refusal> {
        if held.uploads >= self.uploads {
            return Err(too_many_uploads(held.uploads));
        }
        if let Some(dossier) = &held.dossier {
            if dossier.papers >= self.dossier_papers {
                return Err(too_many_papers(dossier.papers));
            }
            if dossier.bytes.saturating_add(length) > self.dossier_bytes {
                let room = Room::of(dossier.bytes, self.dossier_bytes);
                return Err(room.exceeded("Giấy tờ của hồ sơ này", "The papers of this dossier"));
            }
        }
        if held.bytes.saturating_add(length) > self.bytes {
            let room = Room::of(held.bytes, self.bytes);
            return Err(room.exceeded("Giấy tờ của bạn ở đây", "What you keep here"));
        }
        Ok(())
    }
}

fn too_many_uploads(uploads: u64) -> Refusal {
    Refusal::new(
        Fault::TooMany,
        Refused::because(
            format!(
                "Bạn đang tải dở {uploads} tệp; hãy tải xong hoặc hủy bớt trước khi tải tệp mới"
            ),
            format!("You have {uploads} uploads under way; finish or cancel some before a new one"),
        ),
    )
}

fn too_many_papers(papers: u64) -> Refusal {
    Refusal::new(
        Fault::TooManyPapers,
        Refused::because(
            format!(
                "Hồ sơ này đã có {papers} giấy tờ, không thêm được nữa; hãy gộp các trang của một giấy tờ vào một tệp PDF"
            ),
            format!(
                "This dossier has {papers} papers and takes no more; put the pages of one paper into one PDF file"
            ),
        ),
    )
}

/// What is used of what there may be.
struct Room {
    used: u64,
    most: u64,
}

impl Room {
    fn of(used: u64, most: u64) -> Self {
        Self { used, most }
    }

    fn exceeded(&self, vi: &str, en: &str) -> Refusal {
        let left = self.most.saturating_sub(self.used);
        let [used, most, left] = [self.used, self.most, left].map(megabytes);
        let vietnamese = |number: &str| number.replace('.', ",");
        Refusal::new(
            Fault::TooLarge,
            Refused::because(
                format!(
                    "{vi} được nhiều nhất {} MB: đã dùng {} MB, còn {} MB; hãy gửi tệp nhỏ hơn",
                    vietnamese(&most),
                    vietnamese(&used),
                    vietnamese(&left)
                ),
                format!(
                    "{en} may have {most} MB at most: {used} MB are used, {left} MB are left; send a smaller file"
                ),
            ),
        )
    }
}

/// Whole megabytes, or one decimal of them, rounded down.
fn megabytes(bytes: u64) -> String {
    let tenths = bytes.saturating_mul(10) / (1024 * 1024);
    match tenths % 10 {
        0 => (tenths / 10).to_string(),
        rest => format!("{}.{rest}", tenths / 10),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MEGABYTE: u64 = 1024 * 1024;
    const QUOTA: Quota = Quota {
        bytes: 1000 * MEGABYTE,
        uploads: 2,
        dossier_bytes: 300 * MEGABYTE,
        dossier_papers: 3,
    };

    fn fault(held: Held, length: u64) -> Option<Fault> {
        let admitted = QUOTA.admit(&held, length);
        admitted.err().map(|refusal| refusal.fault)
    }

    #[test]
    fn what_fits_is_taken_and_what_does_not_is_refused_by_what_is_in_its_way() {
        let held = |bytes, uploads| Held {
            bytes,
            uploads,
            dossier: None,
        };
        let full = QUOTA.bytes;
        assert_eq!(fault(held(0, 0), full), None);
        assert_eq!(fault(held(full - 1, 1), 1), None);
        assert_eq!(fault(held(full - 1, 1), 2), Some(Fault::TooLarge));
        assert_eq!(fault(held(1, 0), u64::MAX), Some(Fault::TooLarge));
        assert_eq!(fault(held(0, 2), 1), Some(Fault::TooMany));
    }

    #[test]
    fn a_dossier_has_a_share_of_its_own() {
        let held = |bytes, papers| Held {
            dossier: Some(Bundle { bytes, papers }),
            ..Held::default()
        };
        let full = QUOTA.dossier_bytes;
        assert_eq!(fault(held(full - 1, 2), 1), None);
        assert_eq!(fault(held(full - 1, 2), 2), Some(Fault::TooLarge));
        assert_eq!(fault(held(0, 3), 1), Some(Fault::TooManyPapers));
    }

    #[test]
    fn a_refusal_says_what_is_used_and_what_is_left() {
        let held = Held {
            dossier: Some(Bundle {
                bytes: 290 * MEGABYTE + MEGABYTE / 2,
                papers: 1,
            }),
            ..Held::default()
        };
        let refusal = QUOTA.admit(&held, 12 * MEGABYTE).unwrap_err();
        assert_eq!(
            refusal.reason.vi,
            "Giấy tờ của hồ sơ này được nhiều nhất 300 MB: đã dùng 290,5 MB, còn 9,5 MB; hãy gửi tệp nhỏ hơn"
        );
        assert_eq!(
            refusal.reason.en,
            "The papers of this dossier may have 300 MB at most: 290.5 MB are used, 9.5 MB are left; send a smaller file"
        );
    }
}
