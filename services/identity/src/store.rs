//! Accounts and their passwords' hashes, as rows; sessions, second factors, passkeys, who people are elsewhere, wrong tries and signing
//! keys in files of their own.

pub mod assistances;
pub mod codes;
pub mod contacts;
pub mod document_checks;
pub mod external;
pub mod factors;
pub mod keys;
pub mod mandates;
pub mod passkeys;
pub mod posts;
pub mod provider_sessions;
pub mod recoveries;
pub mod sessions;
pub mod tries;

use std::collections::BTreeSet;

use chassis::auth::Role;
use chrono::{DateTime, Utc};
use contracts::AccountId;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, QueryFilter,
    QuerySelect, TryInsertResult, sea_query::OnConflict,
};

use crate::domain::{Account, Email, Login};

mod accounts {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "accounts")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub name: String,
        pub roles: String,
        pub assurance: i16,
        pub citizen_id: Option<String>,
        pub phone: Option<String>,
        pub email: Option<String>,
        pub login: Option<String>,
        pub title: Option<String>,
        pub created_at: DateTimeUtc,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

mod credentials {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "credentials")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub account_id: Uuid,
        pub password: String,
        pub changed_at: DateTimeUtc,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

fn nonsense(what: &str) -> DbErr {
    DbErr::Custom(format!("a row holds no {what}"))
}

fn written(roles: &BTreeSet<Role>) -> Result<String, DbErr> {
    serde_json::to_string(roles).map_err(|_| nonsense("roles"))
}

/// A text that was a value when it was written.
fn read<T: std::str::FromStr>(text: Option<String>, what: &str) -> Result<Option<T>, DbErr> {
    text.map(|text| text.parse())
        .transpose()
        .map_err(|_| nonsense(what))
}

impl TryFrom<accounts::Model> for Account {
    type Error = DbErr;
    fn try_from(row: accounts::Model) -> Result<Self, DbErr> {
        Ok(Self {
            id: AccountId(row.id),
            name: row.name.parse().map_err(|_| nonsense("name"))?,
            roles: serde_json::from_str(&row.roles).map_err(|_| nonsense("roles"))?,
            assurance: u8::try_from(row.assurance).map_err(|_| nonsense("assurance"))?,
            citizen_id: read(row.citizen_id, "citizen id")?,
            phone: read(row.phone, "phone number")?,
            email: read(row.email, "e-mail address")?,
            login: read(row.login, "login")?,
            title: read(row.title, "title")?,
        })
    }
}

/// Does nothing whichever unique index objects, not the primary key's alone.
fn any() -> OnConflict {
    OnConflict::new().do_nothing().to_owned()
}

/// Whoever works at a desk or signs.
pub async fn officers(db: &impl ConnectionTrait) -> Result<Vec<Account>, DbErr> {
    let rows = accounts::Entity::find()
        .filter(accounts::Column::Login.is_not_null())
        .all(db)
        .await?;
    let accounts: Vec<Account> = rows
        .into_iter()
        .map(Account::try_from)
        .collect::<Result<_, _>>()?;
    let at_a_post = |account: &Account| account.roles.iter().any(|role| role.is_of_a_post());
    Ok(accounts.into_iter().filter(at_a_post).collect())
}

/// Keeps a new account with its password's hash; `false` when one of its logins belongs to another.
pub async fn open(
    db: &impl ConnectionTrait,
    account: &Account,
    hash: &str,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    if !appear(db, account, now).await? {
        return Ok(false);
    }
    let credential = credentials::ActiveModel {
        account_id: Set(account.id.0),
        password: Set(hash.to_owned()),
        changed_at: Set(now),
    };
    credentials::Entity::insert(credential)
        .exec_without_returning(db)
        .await
        .map(|_| true)
}

/// Keeps a new account that has no password; `false` when one of its logins belongs to another.
pub async fn appear(
    db: &impl ConnectionTrait,
    account: &Account,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let row = accounts::ActiveModel {
        id: Set(account.id.0),
        name: Set(account.name.to_string()),
        roles: Set(written(&account.roles)?),
        assurance: Set(i16::from(account.assurance)),
        citizen_id: Set(account.citizen_id.as_ref().map(ToString::to_string)),
        phone: Set(account.phone.as_ref().map(ToString::to_string)),
        email: Set(account
            .email
            .as_ref()
            .map(|email| email.as_str().to_owned())),
        login: Set(account
            .login
            .as_ref()
            .map(|login| login.as_str().to_owned())),
        title: Set(account.title.as_ref().map(ToString::to_string)),
        created_at: Set(now),
    };
    // Whatever the index that objects: which of its logins is taken is nobody's business.
    let inserted = accounts::Entity::insert(row)
        .on_conflict(any())
        .try_insert()
        .exec_without_returning(db)
        .await?;
    Ok(matches!(inserted, TryInsertResult::Inserted(rows) if rows > 0))
}

/// The account that signs in with `login`, and its password's hash. Nothing when it has no password.
pub async fn find(
    db: &impl ConnectionTrait,
    login: &Login,
) -> Result<Option<(Account, String)>, DbErr> {
    let Some(account) = whose(db, login).await? else {
        return Ok(None);
    };
    let credential = credentials::Entity::find_by_id(account.id.0)
        .one(db)
        .await?;
    Ok(credential.map(|credential| (account, credential.password)))
}

/// The account that has this login, whether or not it has a password.
pub async fn whose(db: &impl ConnectionTrait, login: &Login) -> Result<Option<Account>, DbErr> {
    use accounts::Column;
    let is_theirs = match login {
        Login::Email(email) => return by_email(db, email).await,
        Login::CitizenId(id) => Column::CitizenId.eq(id.as_str()),
        Login::Phone(phone) => Column::Phone.eq(phone.as_str()),
        Login::Officer(login) => Column::Login.eq(login.as_str()),
    };
    let row = accounts::Entity::find().filter(is_theirs).one(db).await?;
    if let (None, Login::Officer(login)) = (&row, login)
        && let Ok(email) = login.as_str().parse()
    {
        return by_email(db, &email).await;
    }
    row.map(Account::try_from).transpose()
}

/// The account that has proven this e-mail address: one that is only said is nobody's login.
async fn by_email(db: &impl ConnectionTrait, email: &Email) -> Result<Option<Account>, DbErr> {
    match contacts::by_email(db, email).await? {
        Some(owner) => account(db, owner).await,
        None => Ok(None),
    }
}

/// An account, whether or not it has a password.
pub async fn account(
    db: &impl ConnectionTrait,
    account: AccountId,
) -> Result<Option<Account>, DbErr> {
    let row = accounts::Entity::find_by_id(account.0).one(db).await?;
    row.map(Account::try_from).transpose()
}

/// An account, kept from being changed by others until the transaction ends.
pub async fn hold(db: &impl ConnectionTrait, account: AccountId) -> Result<Option<Account>, DbErr> {
    let row = accounts::Entity::find_by_id(account.0)
        .lock_exclusive()
        .one(db)
        .await?;
    row.map(Account::try_from).transpose()
}

/// Writes what is known of somebody's person: name, number, contacts and how surely. Roles and an officer's login stay; a contact that it names
/// no more is proven no more.
pub async fn know(db: &impl ConnectionTrait, account: &Account) -> Result<(), DbErr> {
    let email = account.email.as_ref();
    let change = accounts::ActiveModel {
        name: Set(account.name.to_string()),
        assurance: Set(i16::from(account.assurance)),
        citizen_id: Set(account.citizen_id.as_ref().map(ToString::to_string)),
        phone: Set(account.phone.as_ref().map(ToString::to_string)),
        email: Set(email.map(|email| email.as_str().to_owned())),
        ..Default::default()
    };
    accounts::Entity::update_many()
        .set(change)
        .filter(accounts::Column::Id.eq(account.id.0))
        .exec(db)
        .await?;
    contacts::agree(db, account).await
}

/// Writes the hash of a new password, whether or not there was one.
pub async fn set_password(
    db: &impl ConnectionTrait,
    account: AccountId,
    hash: &str,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    use credentials::Column;
    let credential = credentials::ActiveModel {
        account_id: Set(account.0),
        password: Set(hash.to_owned()),
        changed_at: Set(now),
    };
    let newer = OnConflict::column(Column::AccountId)
        .update_columns([Column::Password, Column::ChangedAt])
        .to_owned();
    credentials::Entity::insert(credential)
        .on_conflict(newer)
        .exec_without_returning(db)
        .await
        .map(drop)
}

/// Takes a password away; `false` when there was none.
pub async fn withdraw_password(
    db: &impl ConnectionTrait,
    account: AccountId,
) -> Result<bool, DbErr> {
    let gone = credentials::Entity::delete_by_id(account.0)
        .exec(db)
        .await?;
    Ok(gone.rows_affected > 0)
}

/// Whether an account has a password.
pub async fn has_password(db: &impl ConnectionTrait, account: AccountId) -> Result<bool, DbErr> {
    let found = credentials::Entity::find_by_id(account.0).one(db).await?;
    Ok(found.is_some())
}

/// An account and its password's hash.
pub async fn with_hash(
    db: &impl ConnectionTrait,
    account: AccountId,
) -> Result<Option<(Account, String)>, DbErr> {
    let found = accounts::Entity::find_by_id(account.0).one(db).await?;
    let credential = credentials::Entity::find_by_id(account.0).one(db).await?;
    let both = found.zip(credential);
    both.map(|(row, credential)| Ok((row.try_into()?, credential.password)))
        .transpose()
}

/// Whether anybody may run the system. Only people with an officer's login are looked at.
pub async fn has_operator(db: &impl ConnectionTrait) -> Result<bool, DbErr> {
    let role = serde_json::to_string(&Role::Operator).map_err(|_| nonsense("role"))?;
    let operators = accounts::Entity::find().filter(accounts::Column::Login.is_not_null());
    operators
        .filter(accounts::Column::Roles.contains(role))
        .one(db)
        .await
        .map(|found| found.is_some())
}

/// Writes a hash in place of the one that was just found right; does nothing when that one has changed since.
pub async fn rehash(
    db: &impl ConnectionTrait,
    account: AccountId,
    from: &str,
    to: &str,
) -> Result<(), DbErr> {
    let change = credentials::ActiveModel {
        password: Set(to.to_owned()),
        ..Default::default()
    };
    replace(db, account, from, change).await.map(drop)
}

/// Writes the hash of a new password in place of the old one's; `false` when that one has changed since.
pub async fn change_password(
    db: &impl ConnectionTrait,
    account: AccountId,
    from: &str,
    to: &str,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let change = credentials::ActiveModel {
        password: Set(to.to_owned()),
        changed_at: Set(now),
        ..Default::default()
    };
    replace(db, account, from, change).await
}

async fn replace(
    db: &impl ConnectionTrait,
    account: AccountId,
    from: &str,
    change: credentials::ActiveModel,
) -> Result<bool, DbErr> {
    let theirs = Condition::all()
        .add(credentials::Column::AccountId.eq(account.0))
        .add(credentials::Column::Password.eq(from));
    let changed = credentials::Entity::update_many()
        .set(change)
        .filter(theirs)
        .exec(db)
        .await?;
    Ok(changed.rows_affected > 0)
}

/// Drops what no rule looks at any more: tries of more than a day ago, sign-ins that nobody finished, and sessions that ran out a month ago.
pub async fn tidy(db: &impl ConnectionTrait, now: DateTime<Utc>) -> Result<(), DbErr> {
    tries::drop_old(db, now).await?;
    factors::drop_old(db, now).await?;
    external::drop_old(db, now).await?;
    assistances::drop_old(db, now).await?;
    codes::drop_old(db, now).await?;
    recoveries::drop_old(db, now).await?;
    sessions::drop_old(db, now).await
}
