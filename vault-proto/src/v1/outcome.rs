//! `Result` with lower-case names in JSON; in postcard what serde makes of it,
//! 0 for ok and 1 for err.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

pub(crate) fn serialize<S: Serializer, R: Serialize, E: Serialize>(
    result: &Result<R, E>,
    to: S,
) -> Result<S::Ok, S::Error> {
    match result {
        Ok(reply) => Borrowed::<R, E>::Ok(reply).serialize(to),
        Err(error) => Borrowed::<R, E>::Err(error).serialize(to),
    }
}

pub(crate) fn deserialize<'de, D, R, E>(from: D) -> Result<Result<R, E>, D::Error>
where
    D: Deserializer<'de>,
    R: Deserialize<'de>,
    E: Deserialize<'de>,
{
    Ok(match Owned::deserialize(from)? {
        Owned::Ok(reply) => Ok(reply),
        Owned::Err(error) => Err(error),
    })
}

#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum Borrowed<'a, R, E> {
    Ok(&'a R),
    Err(&'a E),
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Owned<R, E> {
    Ok(R),
    Err(E),
}
