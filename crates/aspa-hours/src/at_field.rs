//! Puts the name of a field before what is wrong with its value.

use std::fmt::Display;

use serde::de::Error;
use serde::{Deserialize, Deserializer};

macro_rules! fields {
    ($($field:ident)*) => {
        $(pub(crate) fn $field<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
            value: D,
        ) -> Result<T, D::Error> {
            T::deserialize(value).map_err(|why| named(stringify!($field), why))
        })*
    };
}

fields! {
    zone open seasons breaks holiday_sets holidays half_day_open holiday_mode exceptions
    clock_changes from through at date category name take
}

pub(crate) fn named<E: Error>(field: &str, why: impl Display) -> E {
    E::custom(format_args!("{field}: {why}"))
}
