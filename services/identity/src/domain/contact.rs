//! Where somebody can be reached: one telephone or one e-mail address, in one form.

use contracts::{PhoneNumber, notification::Address};

use super::{Account, Email};

/// The kinds of contacts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ContactKind {
    /// A mobile telephone.
    Phone,
    /// An e-mail address.
    Email,
}

impl ContactKind {
    /// As it is stored.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Phone => "phone",
            Self::Email => "email",
        }
    }
}

/// A telephone or an e-mail address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Contact {
    /// A mobile telephone.
    Phone(PhoneNumber),
    /// An e-mail address.
    Email(Email),
}

impl Contact {
    /// Reads what somebody typed. `None`: it is neither.
    pub fn read(text: &str) -> Option<Self> {
        if text.contains('@') {
            text.parse().ok().map(Self::Email)
        } else {
            text.parse().ok().map(Self::Phone)
        }
    }

    /// A contact as it is stored.
    pub fn stored(kind: &str, text: &str) -> Option<Self> {
        let contact = Self::read(text)?;
        (contact.kind().name() == kind).then_some(contact)
    }

    /// Its kind.
    pub const fn kind(&self) -> ContactKind {
        match self {
            Self::Phone(_) => ContactKind::Phone,
            Self::Email(_) => ContactKind::Email,
        }
    }

    /// What two spellings of one contact have in common. The small and the capital letters of an e-mail address are taken for
    /// the same: two people whose addresses differ by them alone there are not.
    pub fn key(&self) -> String {
        match self {
            Self::Phone(phone) => phone.as_str().to_owned(),
            Self::Email(email) => email.as_str().to_lowercase(),
        }
    }

    /// As it was written.
    pub fn text(&self) -> &str {
        match self {
            Self::Phone(phone) => phone.as_str(),
            Self::Email(email) => email.as_str(),
        }
    }

    /// As people write it: `0912 345 678`.
    pub fn readable(&self) -> String {
        match self {
            Self::Phone(phone) => {
                let dialled = phone.as_str().replacen("+84", "0", 1);
                let (first, rest) = dialled.split_at(4);
                let (middle, last) = rest.split_at(3);
                format!("{first} {middle} {last}")
            }
            Self::Email(email) => email.as_str().to_owned(),
        }
    }

    /// As much of it as its owner needs to know it again: `091••••678`, `v•••@example.vn`.
    pub fn masked(&self) -> String {
        match self {
            Self::Phone(phone) => {
                let dialled = phone.as_str().replacen("+84", "0", 1);
                let (first, last) = (&dialled[..3], &dialled[dialled.len() - 3..]);
                format!("{first}••••{last}")
            }
            Self::Email(email) => {
                let (name, domain) = email.as_str().rsplit_once('@').unwrap_or_default();
                let first: String = name.chars().take(1).collect();
                format!("{first}•••@{domain}")
            }
        }
    }

    /// Where a message to it goes.
    pub fn address(&self) -> Address {
        match self {
            Self::Phone(phone) => Address::Phone(phone.clone()),
            Self::Email(email) => Address::Email(email.as_str().to_owned()),
        }
    }
}

impl Account {
    /// The contact of a kind that the account names, proven or not.
    pub fn contact(&self, kind: ContactKind) -> Option<Contact> {
        match kind {
            ContactKind::Phone => self.phone.clone().map(Contact::Phone),
            ContactKind::Email => self.email.clone().map(Contact::Email),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_contact_is_one_however_it_is_written() {
        let phone = Contact::read("0912 345 678").unwrap();
        assert_eq!(phone.key(), "+84912345678");
        assert_eq!(phone.masked(), "091••••678");
        assert_eq!(phone.readable(), "0912 345 678");
        assert_eq!(Contact::read("+84912345678").unwrap(), phone);
        let email = Contact::read(" Vi.Du@Example.vn ").unwrap();
        assert_eq!(email.text(), "Vi.Du@Example.vn");
        assert_eq!(email.key(), "vi.du@example.vn");
        assert_eq!(email.masked(), "V•••@Example.vn");
        for neither in ["", "113", "vi.du@", "@", "Nguyễn"] {
            assert_eq!(Contact::read(neither), None, "{neither}");
        }
    }

    #[test]
    fn what_is_stored_is_of_its_kind() {
        assert!(Contact::stored("phone", "+84912345678").is_some());
        assert!(Contact::stored("email", "+84912345678").is_none());
        assert!(Contact::stored("email", "vi.du@example.vn").is_some());
    }
}
