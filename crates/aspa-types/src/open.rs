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

        impl<'de> ::serde::Deserialize<'de> for $name {
            fn deserialize<D: ::serde::Deserializer<'de>>(
                deserializer: D,
            ) -> Result<Self, D::Error> {
                let mut value =
                    <::serde_json::Value as ::serde::Deserialize<'de>>::deserialize(deserializer)?;
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
