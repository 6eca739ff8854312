//! What bank transfers bring: payment codes.

use payment::vietqr::{Purpose, Transfer};

use super::text;

/// The payload of a payment code. What is read is read the same when it is written down, and no purpose is longer than banks
/// carry over.
pub fn vietqr(bytes: &[u8]) {
    let Some(text) = text(bytes) else { return };
    if let Ok(transfer) = Transfer::read(text) {
        assert!(transfer.amount.is_none_or(|amount| !amount.is_zero()));
        let written = transfer.payload();
        assert_eq!(Transfer::read(&written), Ok(transfer), "{written}");
    }
    if let Ok(purpose) = Purpose::plain(text) {
        assert!(purpose.as_str().len() <= 25);
        assert_eq!(Purpose::plain(purpose.as_str()), Ok(purpose));
    }
}
