//! What a provider says of a person, and what follows from it for their account here.

use contracts::{CitizenId, PersonName, PhoneNumber};

use super::{Account, Assurance, Email};

/// Whom an account at a provider belongs to (LoaiTaiKhoan).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A person.
    Person,
    /// An organisation, for which a person acts.
    Organisation,
}

impl Kind {
    /// As it is stored.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Organisation => "organisation",
        }
    }
}

/// What a provider says of whoever signed in there. What it says in no form that we know is left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// What names them there for good.
    pub subject: String,
    /// Whom the account belongs to.
    pub kind: Kind,
    /// The name: an organisation's own.
    pub name: Option<PersonName>,
    /// A person's identification number. Never an organisation's representative's.
    pub citizen_id: Option<CitizenId>,
    /// Mobile number.
    pub phone: Option<PhoneNumber>,
    /// E-mail address.
    pub email: Option<Email>,
    /// An organisation's tax code.
    pub tax_code: Option<String>,
    /// How surely they were known at this very sign-in.
    pub assurance: Assurance,
}

/// What a provider says and what an account says are not of one person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AnotherNumber;

impl Told {
    /// The number that is proven to be this person's.
    pub fn proven(&self) -> Option<&CitizenId> {
        let number = self.citizen_id.as_ref();
        number.filter(|_| self.assurance.proves_number())
    }

    /// How surely the owner of `account` is known by this sign-in. The token carries the account's number: a level above a proven
    /// contact would vouch for that too, and so needs the same number from the provider.
    pub fn of(&self, account: &Account) -> Result<Assurance, AnotherNumber> {
        match (&self.citizen_id, &account.citizen_id) {
            (Some(told), Some(kept)) if told != kept => Err(AnotherNumber),
            (Some(_), Some(_)) => Ok(self.assurance),
            _ => Ok(self.assurance.min(Assurance::ContactProven)),
        }
    }
}

/// How surely the owner of `account` will be known by signing in at a provider that knows it at `level`. An electronic identity proves
/// the number, and gives it to an account that has none; below it an app's code is asked for as well, and then that alone counts. A
/// provider makes who works here no surer than a password does.
pub fn yields(level: Assurance, account: &Account, has_app: bool) -> Assurance {
    if account.is_staff() || (has_app && !level.proves_number()) {
        return Assurance::SelfAsserted;
    }
    if level.proves_number() || account.citizen_id.is_some() {
        return level;
    }
    level.min(Assurance::ContactProven)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use chassis::auth::Role;
    use contracts::AccountId;
    use uuid::Uuid;

    use super::*;

    fn told(citizen_id: Option<&str>, assurance: Assurance) -> Told {
        Told {
            subject: "1".to_owned(),
            kind: Kind::Person,
            name: "Nguyễn Thị Ví Dụ".parse().ok(),
            citizen_id: citizen_id.map(|id| id.parse().unwrap()),
            phone: None,
            email: None,
            tax_code: None,
            assurance,
        }
    }

    fn account(citizen_id: Option<&str>) -> Account {
        Account {
            id: AccountId(Uuid::nil()),
            name: "Nguyễn Thị Ví Dụ".parse().unwrap(),
            roles: BTreeSet::from([Role::Citizen]),
            assurance: 1,
            citizen_id: citizen_id.map(|id| id.parse().unwrap()),
            phone: None,
            email: None,
            login: None,
            title: None,
        }
    }

    #[test]
    fn a_number_is_proven_by_an_electronic_identity_alone() {
        let number = Some("066190001234");
        assert!(told(number, Assurance::EidOne).proven().is_some());
        assert!(told(number, Assurance::DocumentChecked).proven().is_none());
        assert!(told(None, Assurance::EidTwo).proven().is_none());
    }

    #[test]
    fn a_level_vouches_for_the_accounts_number_only_when_it_came_with_it() {
        let (one, other) = (Some("066190001234"), Some("066190001235"));
        let two = Assurance::EidTwo;
        assert_eq!(told(one, two).of(&account(one)), Ok(two));
        assert_eq!(told(other, two).of(&account(one)), Err(AnotherNumber));
        let contact = Ok(Assurance::ContactProven);
        assert_eq!(told(None, two).of(&account(one)), contact);
        assert_eq!(told(one, two).of(&account(None)), contact);
        let least = Assurance::SelfAsserted;
        assert_eq!(told(None, least).of(&account(one)), Ok(least));
    }

    #[test]
    fn a_provider_leads_as_far_as_its_word_counts_for_this_account() {
        let mut citizen = account(Some("066190001234"));
        assert_eq!(yields(Assurance::EidTwo, &citizen, true), Assurance::EidTwo);
        let checked = Assurance::DocumentChecked;
        assert_eq!(yields(checked, &citizen, false), checked);
        assert_eq!(yields(checked, &citizen, true), Assurance::SelfAsserted);
        citizen.citizen_id = None;
        assert_eq!(yields(checked, &citizen, false), Assurance::ContactProven);
        assert_eq!(
            yields(Assurance::EidOne, &citizen, false),
            Assurance::EidOne
        );
        citizen.roles = BTreeSet::from([Role::Officer]);
        assert_eq!(
            yields(Assurance::EidTwo, &citizen, false),
            Assurance::SelfAsserted
        );
    }
}
