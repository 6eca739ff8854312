//! How much one person may keep here, so that nobody fills the store for all.

use contracts::Refused;

use super::{Fault, Refusal};

/// How much one person may keep here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota {
    /// Bytes of documents, and of uploads on their way.
    pub bytes: u64,
    /// Uploads on their way at once.
    pub uploads: u64,
}

impl Quota {
    /// Whether somebody who holds `bytes` and has `uploads` on their way may begin one of `length` bytes.
    pub fn admit(&self, bytes: u64, uploads: u64, length: u64) -> Result<(), Refusal> {
        if uploads >= self.uploads {
            return Err(Refusal::new(
                Fault::TooMany,
                Refused::because(
                    format!(
                        "Bạn đang tải dở {uploads} tệp; hãy tải xong hoặc hủy bớt trước khi tải tệp mới"
                    ),
                    format!(
                        "You have {uploads} uploads under way; finish or cancel some before a new one"
                    ),
                ),
            ));
        }
        if bytes.saturating_add(length) > self.bytes {
            let most = self.bytes / (1024 * 1024);
            return Err(Refusal::new(
                Fault::TooLarge,
                Refused::because(
                    format!("Giấy tờ của bạn ở đây sẽ vượt quá {most} MB"),
                    format!("What you keep here would exceed {most} MB"),
                ),
            ));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUOTA: Quota = Quota {
        bytes: 1000,
        uploads: 2,
    };

    #[test]
    fn what_fits_is_taken_and_what_does_not_is_refused_by_what_is_in_its_way() {
        let fault = |bytes, uploads, length| {
            let admitted = QUOTA.admit(bytes, uploads, length);
            admitted.map_err(|refusal| refusal.fault)
        };
        assert_eq!(fault(0, 0, 1000), Ok(()));
        assert_eq!(fault(999, 1, 1), Ok(()));
        assert_eq!(fault(999, 1, 2), Err(Fault::TooLarge));
        assert_eq!(fault(1, 0, u64::MAX), Err(Fault::TooLarge));
        assert_eq!(fault(0, 2, 1), Err(Fault::TooMany));
    }
}
