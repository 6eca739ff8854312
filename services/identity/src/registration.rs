//! What people fill in to get an account, as JSON or as a form: read once, every wrong field named with its reason.

use std::{collections::BTreeSet, marker::PhantomData, str::FromStr};

use chassis::{auth::Role, http::FieldError};
use contracts::{AccountId, CitizenId, PersonName, PhoneNumber, Refused, Text};
use serde::{Deserialize, Deserializer};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{KnownFormat, ObjectBuilder, RefOr, Schema, SchemaFormat, schema::Type},
};

use crate::domain::{Account, Email, OfficerLogin, Password};

/// A field as it was filled in. It is read as a `T` when all fields are, so that all that is wrong is said at once.
#[derive(Clone)]
pub struct Field<T> {
    /// What was filled in.
    pub text: String,
    kind: PhantomData<fn() -> T>,
}

impl<T> Default for Field<T> {
    fn default() -> Self {
        Self {
            text: String::new(),
            kind: PhantomData,
        }
    }
}

impl<T> From<&str> for Field<T> {
    fn from(text: &str) -> Self {
        Self {
            text: text.to_owned(),
            kind: PhantomData,
        }
    }
}

impl<'de, T> Deserialize<'de> for Field<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self {
            text: String::deserialize(deserializer)?,
            kind: PhantomData,
        })
    }
}

/// Shows how a value of our own looks in the API's description.
macro_rules! described {
    ($($kind:ident: $build:expr;)+) => {$(
        impl PartialSchema for $kind {
            fn schema() -> RefOr<Schema> {
                let build: fn(ObjectBuilder) -> ObjectBuilder = $build;
                build(ObjectBuilder::new().schema_type(Type::String)).build().into()
            }
        }
        impl ToSchema for $kind {}
    )+};
}

described! {
    Email: |object| object.format(Some(SchemaFormat::KnownFormat(KnownFormat::Email))).max_length(Some(254));
    OfficerLogin: |object| object.pattern(Some("^[a-z][a-z0-9._@-]{2,63}$")).examples(["nguyen.vi.du"]);
    Password: |object| {
        object.format(Some(SchemaFormat::KnownFormat(KnownFormat::Password))).min_length(Some(8)).max_length(Some(128))
    };
}

/// Reads fields and collects what is wrong with them.
#[derive(Default)]
struct Reader(Vec<FieldError>);

impl Reader {
    fn refuse(&mut self, name: &str, reason: &Refused) {
        self.0.push(FieldError::new(name, reason));
    }

    fn read<T: FromStr<Err = Refused>>(&mut self, name: &str, field: &Field<T>) -> Option<T> {
        field
            .text
            .parse()
            .map_err(|reason| self.refuse(name, &reason))
            .ok()
    }

    /// The same for a field that may stay empty.
    fn may_read<T: FromStr<Err = Refused>>(
        &mut self,
        name: &str,
        field: Option<&Field<T>>,
    ) -> Option<T> {
        field
            .filter(|field| !field.text.trim().is_empty())
            .and_then(|field| self.read(name, field))
    }

    /// The account, if nothing is wrong with it or with its password.
    fn finish(
        mut self,
        account: Option<Account>,
        password: Option<Password>,
    ) -> Result<(Account, Password), Vec<FieldError>> {
        let found = account.zip(password);
        if let Some((account, password)) = &found
            && let Err(reason) = password.not_a_login(&account.logins())
        {
            self.refuse("password", &reason);
        }
        found.filter(|_| self.0.is_empty()).ok_or(self.0)
    }
}

/// A citizen who wants an account.
#[derive(Clone, Default, Deserialize, ToSchema)]
pub struct NewCitizen {
    /// The full name (họ và tên).
    #[serde(default)]
    #[schema(value_type = PersonName, required)]
    pub name: Field<PersonName>,
    /// The personal identification number (số định danh cá nhân).
    #[serde(default)]
    #[schema(value_type = CitizenId, required)]
    pub citizen_id: Field<CitizenId>,
    /// A mobile number; it may be left out where there is an e-mail address.
    #[serde(default)]
    #[schema(value_type = PhoneNumber)]
    pub phone: Field<PhoneNumber>,
    /// E-mail address; it may be left out where there is a mobile number.
    #[schema(value_type = Option<Email>)]
    pub email: Option<Field<Email>>,
    /// A password of 8 to 128 characters.
    #[serde(default)]
    #[schema(value_type = Password, required)]
    pub password: Field<Password>,
}

impl NewCitizen {
    /// The account that `id` would be, self-declared, with its password.
    pub fn read(&self, id: AccountId) -> Result<(Account, Password), Vec<FieldError>> {
        let mut reader = Reader::default();
        let name = reader.read("name", &self.name);
        let citizen_id = reader.read("citizen_id", &self.citizen_id);
        let email = self.email.as_ref();
        let phone = if email.is_some_and(|email| !email.text.trim().is_empty()) {
            reader.may_read("phone", Some(&self.phone))
        } else {
            reader.read("phone", &self.phone)
        };
        let email = reader.may_read("email", email);
        let password = reader.read("password", &self.password);
        let account = name.map(|name| Account {
            id,
            name,
            roles: BTreeSet::from([Role::Citizen]),
            assurance: 1,
            citizen_id,
            phone,
            email,
            login: None,
            title: None,
        });
        reader.finish(account, password)
    }
}

/// An officer whom an operator gives an account.
#[derive(Clone, Deserialize, ToSchema)]
pub struct NewOfficer {
    /// The full name (họ và tên).
    #[serde(default)]
    #[schema(value_type = PersonName, required)]
    pub name: Field<PersonName>,
    /// What they sign in with.
    #[serde(default)]
    #[schema(value_type = OfficerLogin, required)]
    pub login: Field<OfficerLogin>,
    /// A password of 8 to 128 characters.
    #[serde(default)]
    #[schema(value_type = Password, required)]
    pub password: Field<Password>,
    /// The title as it stands under a signature (chức danh).
    #[schema(value_type = Option<Text>)]
    pub title: Option<Field<Text>>,
    /// What they may do: `officer`, `signer`, `operator`.
    #[serde(default)]
    pub roles: BTreeSet<Role>,
}

impl NewOfficer {
    /// The account that `id` would be, with its password. An operator answers for who this is: assurance 2.
    pub fn read(&self, id: AccountId) -> Result<(Account, Password), Vec<FieldError>> {
        let mut reader = Reader::default();
        let name = reader.read("name", &self.name);
        let login = reader.read("login", &self.login);
        let password = reader.read("password", &self.password);
        let title = reader.may_read("title", self.title.as_ref());
        if self.roles.is_empty() || self.roles.contains(&Role::Citizen) {
            let reason = Refused::new(
                "Chọn ít nhất một vai trò trong officer, signer, operator",
                "Choose at least one role of officer, signer, operator",
            );
            reader.refuse("roles", &reason);
        }
        let account = name.map(|name| Account {
            id,
            name,
            roles: self.roles.clone(),
            assurance: 2,
            citizen_id: None,
            phone: None,
            email: None,
            login,
            title,
        });
        reader.finish(account, password)
    }
}

/// The first operator, who is called what they do until somebody has a name.
pub fn first_operator(
    id: AccountId,
    password: &str,
) -> Result<(Account, Password), Vec<FieldError>> {
    let first = NewOfficer {
        name: Field::from("Người vận hành"),
        login: Field::from("operator"),
        password: Field::from(password),
        title: None,
        roles: BTreeSet::from([Role::Operator]),
    };
    first.read(id)
}
