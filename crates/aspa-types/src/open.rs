use std::fmt;
use std::marker::PhantomData;

use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

/// The word that tells which variant an enum in serde's usual form is.
#[doc(hidden)]
#[must_use]
pub fn word_of(value: &serde_json::Value) -> Option<&str> {
    match value {
        serde_json::Value::String(word) => Some(word),
        serde_json::Value::Object(fields) if fields.len() == 1 => {
            fields.keys().next().map(String::as_str)
        }
        _ => None,
    }
}

/// Declares an enum of words that keeps a word it does not know.
///
/// Each variant is written as one word in JSON; any other word becomes `Other` and is written back
/// as it came. So a network's new value travels through an older program without loss.
///
/// ```
/// aspa_types::text_enum! {
///     /// How loud it is.
///     pub enum Volume {
///         /// Hardly heard.
///         Low = "low",
///         /// Heard next door.
///         High = "high",
///     }
/// }
/// assert_eq!(Volume::from("high"), Volume::High);
/// assert_eq!(Volume::from("deafening").as_str(), "deafening");
/// ```
///
/// The calling crate needs `serde` as a dependency.
#[macro_export]
macro_rules! text_enum {
    ($(#[$doc:meta])* $vis:vis enum $name:ident {
        $($(#[$variant_doc:meta])* $variant:ident = $text:literal,)*
    }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        $vis enum $name {
            $($(#[$variant_doc])* $variant,)*
            /// A word that this version does not know, kept as it came.
            Other(Box<str>),
        }

        impl $name {
            /// Every word that this version knows.
            pub const KNOWN: &'static [&'static str] = &[$($text),*];

            /// The word.
            #[must_use]
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $text,)*
                    Self::Other(word) => word,
                }
            }
        }

        impl From<&str> for $name {
            fn from(word: &str) -> Self {
                match word {
                    $($text => Self::$variant,)*
                    other => Self::Other(other.into()),
                }
            }
        }

        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl ::serde::Serialize for $name {
            fn serialize<S: ::serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> ::serde::Deserialize<'de> for $name {
            fn deserialize<D: ::serde::Deserializer<'de>>(
                deserializer: D,
            ) -> Result<Self, D::Error> {
                let word = <::std::borrow::Cow<'de, str> as ::serde::Deserialize<'de>>::deserialize(
                    deserializer,
                )?;
                Ok(Self::from(&*word))
            }
        }
    };
}

/// Gives a tagged enum with an `Unknown(serde_json::Value)` variant its `Serialize` and
/// `Deserialize`: what has a known tag must be whole, anything else is kept as it came.
///
/// The enum derives serde's traits with `#[serde(remote = "Self", tag = "…")]`, marks `Unknown` with
/// `#[serde(skip)]`, and names its tag and known words here. An unknown value that bears a known word
/// (or `kept`) all the same is written as `{"<tag>": "kept", "value": …}`, so that it comes back as it
/// was. The calling crate needs `serde` and `serde_json` as dependencies.
///
/// Words named as `alone` have no fields: one that comes with fields all the same was written by a
/// later version, and is refused rather than lost. (serde's `deny_unknown_fields` does that for the
/// others.)
///
/// Variants of one value that are named as `direct` are read without a detour where the tag comes first,
/// as it is written.
///
/// Without a tag it does the same for serde's usual form, `"word"` or `{"word": …}`; what must be told
/// from a known word is then written as `{"kept": …}`.
#[macro_export]
macro_rules! keep_unknown {
    ($name:ident, [$($known:literal),* $(,)?]) => {
        impl ::serde::Serialize for $name {
            fn serialize<S: ::serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let Self::Unknown(value) = self else {
                    return Self::serialize(self, serializer);
                };
                match $crate::word_of(value) {
                    Some("kept" $(| $known)*) => ::serde::Serialize::serialize(
                        &::serde_json::json!({ "kept": value }),
                        serializer,
                    ),
                    _ => ::serde::Serialize::serialize(value, serializer),
                }
            }
        }

        impl<'de> ::serde::Deserialize<'de> for $name {
            fn deserialize<D: ::serde::Deserializer<'de>>(
                deserializer: D,
            ) -> Result<Self, D::Error> {
                let mut value =
                    <::serde_json::Value as ::serde::Deserialize<'de>>::deserialize(deserializer)?;
                match $crate::word_of(&value) {
                    Some($($known)|*) => Self::deserialize(value)
                        .map_err(<D::Error as ::serde::de::Error>::custom),
                    Some("kept") => Ok(Self::Unknown(match value.get_mut("kept") {
                        Some(kept) => kept.take(),
                        None => value,
                    })),
                    _ => Ok(Self::Unknown(value)),
                }
            }
        }
    };
    ($name:ident, $tag:literal, [$($known:literal),* $(,)?]) => {
        $crate::keep_unknown!($name, $tag, [$($known),*], alone []);
    };
    ($name:ident, $tag:literal, [$($known:literal),* $(,)?], alone [$($alone:literal),* $(,)?]) => {
        $crate::keep_unknown!($name, $tag, [$($known),*], alone [$($alone),*], direct []);
    };
    ($name:ident, $tag:literal, [$($known:literal),* $(,)?], direct [$($direct:literal => $variant:ident),* $(,)?]) => {
        $crate::keep_unknown!($name, $tag, [$($known),*], alone [], direct [$($direct => $variant),*]);
    };
    ($name:ident, $tag:literal, [$($known:literal),* $(,)?], alone [$($alone:literal),*], direct [$($direct:literal => $variant:ident),*]) => {
        impl ::serde::Serialize for $name {
            fn serialize<S: ::serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let Self::Unknown(value) = self else {
                    return Self::serialize(self, serializer);
                };
                match value.get($tag).and_then(::serde_json::Value::as_str) {
                    Some("kept" $(| $known)*) => ::serde::Serialize::serialize(
                        &::serde_json::json!({ $tag: "kept", "value": value }),
                        serializer,
                    ),
                    _ => ::serde::Serialize::serialize(value, serializer),
                }
            }
        }

        impl $crate::Direct for $name {
            const TAG: &'static str = $tag;
            const WORDS: &'static [&'static str] = &[$($direct),*];

            fn direct<'de, D: ::serde::Deserializer<'de>>(
                word: &str,
                _fields: D,
            ) -> Result<Self, D::Error> {
                match word {
                    $($direct => ::serde::Deserialize::deserialize(_fields).map(Self::$variant),)*
                    _ => Err(<D::Error as ::serde::de::Error>::custom("not read directly")),
                }
            }
        }

        impl<'de> ::serde::Deserialize<'de> for $name {
            fn deserialize<D: ::serde::Deserializer<'de>>(
                deserializer: D,
            ) -> Result<Self, D::Error> {
                let read = <$crate::Tagged<Self> as ::serde::Deserialize<'de>>::deserialize(deserializer)?;
                let mut value = match read {
                    $crate::Tagged::Direct(read) => return Ok(read),
                    $crate::Tagged::Value(value) => value,
                };
                const ALONE: &[&str] = &[$($alone),*];
                match value.get($tag).and_then(::serde_json::Value::as_str) {
                    Some(word) if ALONE.contains(&word) && value.as_object().is_some_and(|o| o.len() > 1) => {
                        Err(<D::Error as ::serde::de::Error>::custom("unknown field"))
                    }
                    Some($($known)|*) => Self::deserialize(value)
                        .map_err(<D::Error as ::serde::de::Error>::custom),
                    Some("kept") => Ok(Self::Unknown(match value.get_mut("value") {
                        Some(kept) => kept.take(),
                        None => value,
                    })),
                    _ => Ok(Self::Unknown(value)),
                }
            }
        }
    };
}

/// What is read without a detour over [`Value`]: for [`keep_unknown`](crate::keep_unknown).
#[doc(hidden)]
pub trait Direct: Sized {
    const TAG: &'static str;
    const WORDS: &'static [&'static str];

    /// Reads the variant of a word of [`WORDS`](Self::WORDS) from the fields after the tag.
    fn direct<'de, D: Deserializer<'de>>(word: &str, fields: D) -> Result<Self, D::Error>;
}

/// A tagged enum as it came: for [`keep_unknown`](crate::keep_unknown).
#[doc(hidden)]
#[derive(Debug)]
#[expect(clippy::exhaustive_enums, reason = "read, or not yet")]
pub enum Tagged<T> {
    Direct(T),
    Value(Value),
}

impl<'de, T: Direct> Deserialize<'de> for Tagged<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TaggedVisitor(PhantomData))
    }
}

struct TaggedVisitor<T>(PhantomData<T>);

impl<'de, T: Direct> Visitor<'de> for TaggedVisitor<T> {
    type Value = Tagged<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a tagged value")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Tagged<T>, A::Error> {
        let mut whole = Map::new();
        if let Some(first) = fields.next_key::<String>()? {
            let value: Value = fields.next_value()?;
            if let (true, Some(word)) = (first == T::TAG, value.as_str())
                && T::WORDS.contains(&word)
            {
                return T::direct(word, MapAccessDeserializer::new(fields)).map(Tagged::Direct);
            }
            whole.insert(first, value);
        }
        while let Some((name, value)) = fields.next_entry()? {
            whole.insert(name, value);
        }
        Ok(Tagged::Value(Value::Object(whole)))
    }

    fn visit_bool<E>(self, value: bool) -> Result<Tagged<T>, E> {
        Ok(Tagged::Value(value.into()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Tagged<T>, E> {
        Ok(Tagged::Value(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Tagged<T>, E> {
        Ok(Tagged::Value(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Tagged<T>, E> {
        Ok(Tagged::Value(value.into()))
    }

    fn visit_str<E>(self, value: &str) -> Result<Tagged<T>, E> {
        Ok(Tagged::Value(value.into()))
    }

    fn visit_unit<E>(self) -> Result<Tagged<T>, E> {
        Ok(Tagged::Value(Value::Null))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, values: A) -> Result<Tagged<T>, A::Error> {
        let values = Value::deserialize(SeqAccessDeserializer::new(values))?;
        Ok(Tagged::Value(values))
    }
}

#[cfg(test)]
mod tests {
    use serde::{Deserialize, Serialize};
    use serde_json::{Value, json};

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    #[serde(remote = "Self", rename_all = "snake_case")]
    enum Door {
        Open,
        Ajar(u8),
        #[serde(skip)]
        Unknown(Value),
    }

    crate::keep_unknown!(Door, ["open", "ajar"]);

    #[test]
    fn an_enum_in_the_usual_form_keeps_what_it_does_not_know() {
        let read = |json: &Value| serde_json::from_value::<Door>(json.clone());
        assert_eq!(read(&json!("open")).unwrap(), Door::Open);
        assert_eq!(read(&json!({"ajar": 7})).unwrap(), Door::Ajar(7));
        for json in [
            json!("walled"),
            json!({"walled": {"by": "us"}}),
            json!({"ajar": 1, "b": 2}),
            json!(3),
        ] {
            assert_eq!(read(&json).unwrap(), Door::Unknown(json.clone()));
            assert_eq!(serde_json::to_value(read(&json).unwrap()).unwrap(), json);
        }
        for json in [
            json!("open"),
            json!("kept"),
            json!({"kept": 1}),
            json!({"ajar": "x"}),
        ] {
            let unknown = Door::Unknown(json);
            let written = serde_json::to_value(&unknown).unwrap();
            assert_eq!(read(&written).unwrap(), unknown, "{written}");
        }
        assert!(read(&json!({"ajar": "wide"})).is_err());
    }
}
