//! `Result` with lower-case names in JSON; in postcard what serde makes of it,
//! 0 for ok and 1 for err.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Reply, WireError};

pub(crate) fn serialize<S: Serializer>(result: &Result<Reply, WireError>, to: S) -> Result<S::Ok, S::Error> {
    match result {
        Ok(reply) => Borrowed::Ok(reply).serialize(to),
        Err(error) => Borrowed::Err(error).serialize(to),
    }
}

pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Result<Reply, WireError>, D::Error> {
    Ok(match Owned::deserialize(from)? {
        Owned::Ok(reply) => Ok(reply),
        Owned::Err(error) => Err(error),
    })
}

#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum Borrowed<'a> {
    Ok(&'a Reply),
    Err(&'a WireError),
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Owned {
    Ok(Reply),
    Err(WireError),
}
