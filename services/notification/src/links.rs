//! Links that work without signing in: whoever has the mail may end the mails. Signed, so that nobody can make one up.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chassis::{App, Failure};
use contracts::AccountId;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use strum::VariantArray;
use uuid::Uuid;

use crate::{channel::Channel, store::receipts};

/// The name by which the key is kept.
const NAME: &str = "unsubscribe";
/// How much of the signature is in a link, in bytes.
const SIGNATURE: usize = 16;

/// What links are signed with. It cannot be printed.
#[derive(Clone)]
pub struct Key(Hmac<Sha256>);

/// The key of this installation, made at its first use.
pub async fn key(app: &App) -> Result<Key, Failure> {
    let new = hex::encode(chassis::random::<32>());
    let keep = async |tx: chassis::Tx| Ok(receipts::signing_key(tx.db(), NAME, &new).await?);
    Key::new(app.transact(keep).await?.as_bytes())
        .ok_or_else(|| Failure::park("the key that links are signed with is none"))
}

impl Key {
    fn new(secret: &[u8]) -> Option<Self> {
        Hmac::new_from_slice(secret).ok().map(Self)
    }

    fn signature(&self, about: &[u8]) -> [u8; SIGNATURE] {
        let mut mac = self.0.clone();
        mac.update(about);
        let whole = mac.finalize().into_bytes();
        std::array::from_fn(|place| whole[place])
    }

    /// The path that turns a channel off for somebody.
    pub fn unsubscribe(&self, account: AccountId, channel: Channel) -> String {
        let place = Channel::VARIANTS.iter().position(|one| *one == channel);
        let mut bytes = account.0.as_bytes().to_vec();
        bytes.push(u8::try_from(place.unwrap_or_default()).unwrap_or_default());
        let signature = self.signature(&bytes);
        bytes.extend(signature);
        format!(
            "/notification/unsubscribe/{}",
            URL_SAFE_NO_PAD.encode(bytes)
        )
    }

    /// Whom and which channel a link's last part is about; nothing when it was not made here.
    pub fn read(&self, token: &str) -> Option<(AccountId, Channel)> {
        let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
        let (about, claimed) = bytes.split_at_checked(17)?;
        let mut mac = self.0.clone();
        mac.update(about);
        // A shorter one would be easier to guess.
        if claimed.len() != SIGNATURE || mac.verify_truncated_left(claimed).is_err() {
            return None;
        }
        let (account, place) = about.split_at(16);
        let channel = Channel::VARIANTS.get(usize::from(*place.first()?))?;
        Some((AccountId(Uuid::from_slice(account).ok()?), *channel))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn key() -> Key {
        Key::new(b"not a secret").unwrap()
    }

    fn token(account: u128, channel: Channel) -> String {
        let path = key().unsubscribe(AccountId(Uuid::from_u128(account)), channel);
        path.rsplit('/').next().unwrap().to_owned()
    }

    #[test]
    fn a_link_says_whom_and_what_it_is_about() {
        for channel in Channel::VARIANTS {
            let read = key().read(&token(7, *channel));
            assert_eq!(read, Some((AccountId(Uuid::from_u128(7)), *channel)));
        }
        let other = Key::new(b"another").unwrap();
        assert_eq!(other.read(&token(7, Channel::Mail)), None);
    }

    proptest! {
        #[test]
        fn what_was_changed_or_made_up_is_not_believed(
            place in 0_usize..44, letter in "[A-Za-z0-9_-]", text in ".*", cut in 0_usize..44,
        ) {
            let good = token(7, Channel::Mail);
            let mut other = good.clone();
            other.replace_range(place..=place, &letter);
            if other != good {
                prop_assert_eq!(key().read(&other), None);
            }
            prop_assert_eq!(key().read(&good[..cut]), None);
            prop_assert_eq!(key().read(&text), None);
        }
    }
}
