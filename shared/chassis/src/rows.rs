//! What the services' stores share: putting a row in once, and columns that hold a value as text.

use sea_orm::{ActiveModelTrait, ConnectionTrait, DbErr, EntityTrait, Insert, TryInsertResult};
use serde::{Serialize, de::DeserializeOwned};

/// Puts a row in unless one with the same `key` is there; whether it was new.
pub async fn put_once<A: ActiveModelTrait>(
    db: &impl ConnectionTrait,
    row: A,
    key: impl IntoIterator<Item = <A::Entity as EntityTrait>::Column>,
) -> Result<bool, DbErr> {
    let inserted = Insert::one(row)
        .on_conflict_do_nothing_on(key)
        .exec_without_returning(db)
        .await?;
    Ok(matches!(inserted, TryInsertResult::Inserted(rows) if rows > 0))
}

/// What a row holds that no service of ours wrote: `what` says what is missing.
pub fn nonsense(what: &str) -> DbErr {
    DbErr::Custom(format!("a row holds no {what}"))
}

/// A value as JSON.
pub fn json(value: &impl Serialize) -> Result<String, DbErr> {
    serde_json::to_string(value).map_err(|error| DbErr::Custom(error.to_string()))
}

/// The value that [`json`] wrote.
pub fn read<T: DeserializeOwned>(what: &str, text: &str) -> Result<T, DbErr> {
    serde_json::from_str(text).map_err(|_| nonsense(what))
}

/// A plain enum's value as the one word that it goes by in JSON, without the quotes.
pub fn word(value: &impl Serialize) -> Result<String, DbErr> {
    Ok(json(value)?.trim_matches('"').to_owned())
}

/// The value that [`word`] wrote.
pub fn read_word<T: DeserializeOwned>(what: &str, word: &str) -> Result<T, DbErr> {
    serde_json::from_value(word.into()).map_err(|_| nonsense(what))
}

#[cfg(test)]
mod tests {
    use contracts::Delivery;

    use super::*;

    #[test]
    fn what_is_written_is_read_and_what_was_never_written_is_refused_by_name() {
        for way in [Delivery::Portal, Delivery::Counter, Delivery::Post] {
            let word = word(&way).unwrap();
            assert!(word.bytes().all(|byte| byte.is_ascii_lowercase()), "{word}");
            assert_eq!(read_word::<Delivery>("way", &word), Ok(way));
            assert_eq!(read::<Delivery>("way", &json(&way).unwrap()), Ok(way));
        }
        for text in ["pigeon", "", "\"portal\"", "portal\"x"] {
            assert_eq!(read_word::<Delivery>("way", text), Err(nonsense("way")));
        }
        assert_eq!(
            nonsense("way").to_string(),
            "Custom Error: a row holds no way"
        );
    }
}
