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
#[macro_export]
macro_rules! keep_unknown {
    ($name:ident, $tag:literal, [$($known:literal),* $(,)?]) => {
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
                match value.get($tag).and_then(::serde_json::Value::as_str) {
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
