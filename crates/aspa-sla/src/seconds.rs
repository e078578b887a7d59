//! A `TimeDelta` as whole seconds.

use chrono::TimeDelta;
use serde::{Deserialize, Deserializer, Serializer, de::Error};

pub(crate) fn serialize<S: Serializer>(delta: &TimeDelta, out: S) -> Result<S::Ok, S::Error> {
    out.serialize_i64(delta.num_seconds())
}

pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<TimeDelta, D::Error> {
    let seconds = i64::deserialize(from)?;
    TimeDelta::try_seconds(seconds).ok_or_else(|| D::Error::custom("too many seconds"))
}
