//! The rules of sending: what a mail server's answer means, and how much of an address is shown. Pure.

use strum::{EnumString, IntoStaticStr, VariantArray};

/// What a mail server's answer means for one mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// The server took it: it is under way.
    Sent,
    /// The server will never take it for this recipient.
    Refused,
    /// Not now: a full box, greylisting.
    Later,
    /// The server, or what we are configured to say to it, is at fault: every mail would fare the same.
    Down,
}

/// The mailbox name is not allowed (RFC 5321): also our own answer to an address that is none.
pub const NO_SUCH_ADDRESS: u16 = 553;
/// The server took the mail.
pub const TAKEN: u16 = 250;

impl Fate {
    /// Reads a reply code of RFC 5321 or RFC 4954.
    pub const fn of(code: u16) -> Self {
        match code {
            200..=299 => Self::Sent,
            550..=599 => Self::Refused,
            // All else is about the server: 421, it closes; 454 and 530 to 538, it wants another sign-in; 500 to 504, it does
            // not understand us; 521, it takes no mail; or no answer that the protocol knows.
            _ if code < 400 || code > 454 || code == 421 || code == 454 => Self::Down,
            _ => Self::Later,
        }
    }

    /// Whether there is nothing left to try.
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Sent | Self::Refused)
    }
}

/// Where an outgoing mail stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumString, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum State {
    /// It is to be sent.
    Waiting,
    /// The server took it.
    Sent,
    /// The server refused it for good.
    Failed,
}

impl State {
    /// The name it is stored and shown by.
    pub const fn name(self) -> &'static str {
        self.into_str()
    }

    /// The legal transitions, all of them; `None` for any other. What is concluded stays so.
    pub const fn after(self, fate: Fate) -> Option<Self> {
        match (self, fate) {
            (Self::Waiting, Fate::Sent) => Some(Self::Sent),
            (Self::Waiting, Fate::Refused) => Some(Self::Failed),
            _ => None,
        }
    }
}

/// As much of an e-mail address as an officer needs to see which one it is: `v•••@example.vn`.
pub fn masked(address: &str) -> String {
    match address.rsplit_once('@') {
        Some((name, domain)) => {
            let first: String = name.chars().take(1).collect();
            format!("{first}•••@{domain}")
        }
        None => "•••".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_mail_is_sent_or_failed_once_and_stays_so() {
        let fates = [Fate::Sent, Fate::Refused, Fate::Later, Fate::Down];
        let table = [
            (
                State::Waiting,
                [Some(State::Sent), Some(State::Failed), None, None],
            ),
            (State::Sent, [None; 4]),
            (State::Failed, [None; 4]),
        ];
        assert_eq!(table.map(|(state, _)| state), State::VARIANTS);
        for (state, outcomes) in table {
            assert_eq!(fates.map(|fate| state.after(fate)), outcomes, "{state:?}");
        }
    }

    #[test]
    fn a_recipient_that_does_not_exist_is_not_tried_again() {
        for code in [550, 551, 552, 553, 554, 556] {
            assert_eq!(Fate::of(code), Fate::Refused, "{code}");
        }
    }

    #[test]
    fn a_wrong_password_is_nobodys_address() {
        for code in [421, 454, 500, 502, 503, 530, 534, 535, 538, 0, 354] {
            assert_eq!(Fate::of(code), Fate::Down, "{code}");
        }
        assert_eq!(Fate::of(450), Fate::Later);
        assert_eq!(Fate::of(TAKEN), Fate::Sent);
        assert_eq!(Fate::of(NO_SUCH_ADDRESS), Fate::Refused);
    }

    #[test]
    fn an_address_is_shown_by_its_first_letter_and_domain() {
        assert_eq!(masked("vi.du@example.vn"), "v•••@example.vn");
        assert_eq!(masked("nonsense"), "•••");
    }

    proptest! {
        #[test]
        fn only_an_answer_concludes(code: u16) {
            let fate = Fate::of(code);
            prop_assert_eq!(fate.is_final(), State::Waiting.after(fate).is_some());
        }
    }
}
