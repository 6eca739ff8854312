//! Rules about accounts, without input or output: what a login is, what a password may be, how long a guesser waits.

mod assurance;
mod contact;
mod external;
pub mod mandate;
mod one_time_code;
mod passkey;
mod place;
mod post;
mod recovery;
mod totp;

use std::{collections::BTreeSet, fmt, str::FromStr};

use chassis::auth::Role;
use chrono::{DateTime, TimeDelta, Utc};
use contracts::{AccountId, CitizenId, PersonName, PhoneNumber, Refused, Text};
use unicode_normalization::UnicodeNormalization;

pub use assurance::kept;
pub use contact::{Contact, ContactKind};
pub use contracts::Assurance;
pub use external::{AnotherNumber, Kind, Told, yields};
pub use one_time_code::{Asks, Limits, OneTimeCode};
pub use passkey::{PASSKEYS, PasskeyName, may_go};
pub use place::Place;
pub use post::{Post, held};
pub use recovery::{RECOVERY_CODES, RecoveryCode};
pub use totp::{Code, Seed};

/// A person known to the system.
#[derive(Clone)]
pub struct Account {
    /// Its id.
    pub id: AccountId,
    /// The person's name.
    pub name: PersonName,
    /// What they may do.
    pub roles: BTreeSet<Role>,
    /// How surely the person is known, from 1 (self-declared).
    pub assurance: u8,
    /// A citizen's identification number.
    pub citizen_id: Option<CitizenId>,
    /// A citizen's mobile number.
    pub phone: Option<PhoneNumber>,
    /// E-mail address.
    pub email: Option<Email>,
    /// What an officer signs in with.
    pub login: Option<OfficerLogin>,
    /// An officer's title as it stands under a signature.
    pub title: Option<Text>,
}

impl Account {
    /// Everything that this person can sign in with.
    pub fn logins(&self) -> Vec<Login> {
        let citizen_id = self.citizen_id.clone().map(Login::CitizenId);
        let phone = self.phone.clone().map(Login::Phone);
        let login = self.login.clone().map(Login::Officer);
        // Read as it would be typed: it may look like an officer's login.
        let email = self
            .email
            .as_ref()
            .and_then(|email| Login::read(email.as_str()));
        [citizen_id, phone, login, email]
            .into_iter()
            .flatten()
            .collect()
    }

    /// What an app or a device calls the account by: the login of whoever works here, a citizen's number.
    pub fn label(&self) -> Option<String> {
        let login = self.login.as_ref().map(|login| login.as_str().to_owned());
        login.or_else(|| self.phone.as_ref().map(ToString::to_string))
    }

    /// Whether this is somebody who works here.
    pub fn is_staff(&self) -> bool {
        self.roles.iter().any(|role| *role != Role::Citizen)
    }
}

/// What somebody signs in with. Numbers look like nothing else; an officer's login begins with a letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Login {
    /// A citizen's identification number.
    CitizenId(CitizenId),
    /// A citizen's mobile number.
    Phone(PhoneNumber),
    /// An officer's login. One that looks like an e-mail address and that no officer has is a citizen's e-mail address.
    Officer(OfficerLogin),
    /// A citizen's e-mail address.
    Email(Email),
}

impl Login {
    /// Reads what somebody typed, however they space and capitalise it. `None`: nobody can have such a login.
    pub fn read(text: &str) -> Option<Self> {
        let text: String = text.nfkc().collect();
        let citizen_id = text.parse().ok().map(Self::CitizenId);
        let citizen_id = citizen_id.or_else(|| text.parse().ok().map(Self::Phone));
        let citizen_id = citizen_id.or_else(|| text.parse().ok().map(Self::Officer));
        citizen_id.or_else(|| text.parse().ok().map(Self::Email))
    }
}

/// An officer's login: 3 to 64 of `a-z 0-9 . _ - @`, beginning with a letter; capitals are made small.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfficerLogin(String);

impl OfficerLogin {
    /// As it is stored and shown.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for OfficerLogin {
    type Err = Refused;
    fn from_str(text: &str) -> Result<Self, Refused> {
        let login = text.trim().to_ascii_lowercase();
        let allowed = |byte: u8| {
            byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"._-@".contains(&byte)
        };
        let starts_well = login
            .bytes()
            .next()
            .is_some_and(|byte| byte.is_ascii_lowercase());
        if starts_well && (3..=64).contains(&login.len()) && login.bytes().all(allowed) {
            Ok(Self(login))
        } else {
            Err(Refused::new(
                "Tên đăng nhập gồm 3 đến 64 chữ cái không dấu, chữ số hoặc . _ - @, bắt đầu bằng chữ cái",
                "A login has 3 to 64 letters without accents, digits or . _ - @, and begins with a letter",
            ))
        }
    }
}

/// An e-mail address. Only its shape is checked: whether it reaches anybody, only a message can tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Email(String);

impl Email {
    /// As it is stored and shown.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Email {
    type Err = Refused;
    fn from_str(text: &str) -> Result<Self, Refused> {
        let email: String = text.trim().nfc().collect();
        let well_formed = email.split_once('@').is_some_and(|(local, domain)| {
            !local.is_empty()
                && domain.contains('.')
                && !domain.contains('@')
                && domain.split('.').all(|part| !part.is_empty())
        });
        let odd = |c: char| c.is_whitespace() || c.is_control() || "<>()[]\\,;:\"".contains(c);
        if well_formed && email.len() <= 254 && !email.contains(odd) {
            Ok(Self(email))
        } else {
            Err(Refused::new(
                "Địa chỉ thư điện tử có dạng ten@example.vn",
                "An e-mail address looks like name@example.vn",
            ))
        }
    }
}

/// A password that may be chosen. Never shown and never written: it has neither `Display` nor `Serialize`.
///
/// The rules are those of NIST SP 800-63B section 5.1.1.2: length, and not what everybody chooses; no rules of composition.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(String);

impl Password {
    /// What is hashed: one form for the many ways in which keyboards write the same accented letter.
    pub fn normalised(text: &str) -> String {
        text.nfkc().collect()
    }

    /// For hashing only.
    pub fn secret(&self) -> &str {
        &self.0
    }

    /// A password that is one of the person's own logins is the first that anybody tries.
    pub fn not_a_login(&self, logins: &[Login]) -> Result<(), Refused> {
        match Login::read(&self.0) {
            Some(login) if logins.contains(&login) => Err(Refused::new(
                "Mật khẩu không được trùng với tên đăng nhập",
                "The password must not be the login",
            )),
            _ => Ok(()),
        }
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password")
    }
}

impl FromStr for Password {
    type Err = Refused;
    fn from_str(text: &str) -> Result<Self, Refused> {
        let password = Self::normalised(text);
        if !(8..=128).contains(&password.chars().count()) {
            return Err(Refused::new(
                "Mật khẩu gồm 8 đến 128 ký tự",
                "A password has 8 to 128 characters",
            ));
        }
        let small = password.to_lowercase();
        let mut letters = small.chars();
        let first = letters.next();
        if letters.all(|letter| Some(letter) == first)
            || include_str!("common_passwords.txt")
                .lines()
                .any(|line| line == small)
        {
            return Err(Refused::new(
                "Mật khẩu này quá phổ biến, xin chọn mật khẩu khác",
                "This password is too common, please choose another",
            ));
        }
        Ok(Self(password))
    }
}

/// Wrong passwords in a row on one account, or on a login that nobody has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tries {
    /// How many.
    pub wrong: u32,
    /// The last one.
    pub last: DateTime<Utc>,
}

impl Tries {
    /// As many may be wrong before anybody waits.
    pub const FREE: u32 = 5;
    /// The longest wait. Nobody is locked out for good: that would be a way to keep somebody else from their account.
    pub const LONGEST: TimeDelta = TimeDelta::hours(1);
    /// Wrong passwords are forgotten when none has come for so long.
    pub const FORGOTTEN: TimeDelta = TimeDelta::days(1);

    /// The count after one more wrong password.
    pub fn one_more(before: Option<Self>, now: DateTime<Utc>) -> Self {
        let before = before
            .filter(|tries| now - tries.last < Self::FORGOTTEN)
            .map_or(0, |tries| tries.wrong);
        Self {
            wrong: before.saturating_add(1),
            last: now,
        }
    }

    /// How long nothing is tried: a minute after the fifth wrong password, then twice as long each time.
    pub fn wait(&self, now: DateTime<Utc>) -> Option<TimeDelta> {
        let beyond = self.wrong.checked_sub(Self::FREE)?;
        let wait = TimeDelta::minutes(1 << beyond.min(6)).min(Self::LONGEST);
        let left = self.last + wait - now;
        (left > TimeDelta::zero()).then_some(left)
    }
}

/// Where to go after signing in: `back` if it is a path on this site, else the citizens' front page.
pub fn own_path(back: &str) -> &str {
    chassis::http::own_path(back).unwrap_or("/intake/")
}

#[cfg(test)]
mod tests;
