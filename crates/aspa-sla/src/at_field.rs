//! Puts the name of a field before what is wrong with its value.

use chrono::TimeDelta;
use serde::de::Error;
use serde::{Deserialize, Deserializer};

use crate::length::text;

macro_rules! fields {
    ($($field:ident)*) => {
        $(pub(crate) fn $field<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
            value: D,
        ) -> Result<T, D::Error> {
            named(stringify!($field), T::deserialize(value))
        })*
    };
}

fields! {
    name when hours policies targets texts pause_on reopen_mode change_mode holding_stops
    clock priority time warn escalate to
    channel audience tag tier language fallback away profile kept
}

pub(crate) fn within<'de, D: Deserializer<'de>>(value: D) -> Result<TimeDelta, D::Error> {
    named("within", text::deserialize(value))
}

pub(crate) fn after<'de, D: Deserializer<'de>>(value: D) -> Result<TimeDelta, D::Error> {
    named("after", text::deserialize(value))
}

fn named<T, E: Error>(field: &str, value: Result<T, E>) -> Result<T, E> {
    value.map_err(|why| E::custom(format_args!("{field}: {why}")))
}
