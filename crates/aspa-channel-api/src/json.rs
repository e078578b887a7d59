//! JSON that borrows from the body it is read out of. A body is read once and mostly thrown away, so that
//! building serde_json's own tree of it, with a text of its own for each name, costs more than the rest.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

/// Any JSON. Of fields with one name the last counts, as in serde_json.
pub(crate) enum Json<'a> {
    Text(Cow<'a, str>),
    List(Vec<Self>),
    /// In the order of the body, repeated names too.
    Object(Vec<(Cow<'a, str>, Self)>),
    /// A number, true, false or null.
    Word(Value),
}

impl<'a> From<&'a Value> for Json<'a> {
    fn from(value: &'a Value) -> Self {
        match value {
            Value::String(text) => Self::Text(Cow::Borrowed(text)),
            Value::Array(values) => Self::List(values.iter().map(Self::from).collect()),
            Value::Object(fields) => {
                let fields = fields.iter();
                let fields =
                    fields.map(|(name, value)| (Cow::Borrowed(name.as_str()), value.into()));
                Self::Object(fields.collect())
            }
            word => Self::Word(word.clone()),
        }
    }
}

impl From<Json<'_>> for Value {
    fn from(json: Json<'_>) -> Self {
        match json {
            Json::Text(text) => Self::String(text.into_owned()),
            Json::List(values) => Self::Array(values.into_iter().map(Self::from).collect()),
            Json::Object(fields) => {
                let fields = fields.into_iter();
                let fields = fields.map(|(name, value)| (name.into_owned(), value.into()));
                Self::Object(fields.collect())
            }
            Json::Word(word) => word,
        }
    }
}

/// A name, or a text, borrowed where nothing in it is escaped.
struct Text<'a>(Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Texts;

        impl<'de> Visitor<'de> for Texts {
            type Value = Text<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Text(Cow::Borrowed(text)))
            }

            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Text(Cow::Owned(text.to_owned())))
            }
        }

        deserializer.deserialize_str(Texts)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Json<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;

        impl<'de> Visitor<'de> for Any {
            type Value = Json<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("JSON")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Json::Text(Cow::Borrowed(text)))
            }

            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Json::Text(Cow::Owned(text.to_owned())))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
                let mut list = Vec::new();
                while let Some(value) = seq.next_element()? {
                    list.push(value);
                }
                Ok(Json::List(list))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut fields = Vec::new();
                while let Some((Text(name), value)) = map.next_entry()? {
                    if fields.is_empty() {
                        // As many as most objects have: growing costs more than the room.
                        fields.reserve_exact(8);
                    }
                    fields.push((name, value));
                }
                Ok(Json::Object(fields))
            }

            fn visit_bool<E>(self, word: bool) -> Result<Self::Value, E> {
                Ok(Json::Word(word.into()))
            }

            fn visit_u64<E>(self, number: u64) -> Result<Self::Value, E> {
                Ok(Json::Word(number.into()))
            }

            fn visit_i64<E>(self, number: i64) -> Result<Self::Value, E> {
                Ok(Json::Word(number.into()))
            }

            fn visit_f64<E>(self, number: f64) -> Result<Self::Value, E> {
                Ok(Json::Word(number.into()))
            }

            fn visit_unit<E>(self) -> Result<Self::Value, E> {
                Ok(Json::Word(Value::Null))
            }
        }

        deserializer.deserialize_any(Any)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn is_as_serde_reads_it(text: &str) {
        let ours = serde_json::from_str::<Json<'_>>(text).map(Value::from);
        let theirs = serde_json::from_str::<Value>(text);
        assert_eq!(ours.as_ref().ok(), theirs.as_ref().ok(), "{text}");
        if let Ok(value) = theirs {
            assert_eq!(Value::from(Json::from(&value)), value);
        }
    }

    #[test]
    fn any_json_is_what_serde_json_makes_of_it() {
        for text in [
            r#"{"a":"b","\u00e4":"\n\ud83d\ude00","n":[1,-1,1.5,1e300,18446744073709551615,-0.0,null,true]}"#,
            r#"{"a":1,"b":2,"a":{"c":3,"c":4}}"#,
            r#""""#,
            "[[],{}]",
            "1e999",
            r#"{"a":1"#,
            r#"{1:2}"#,
            r#"["\ud83d"]"#,
        ] {
            is_as_serde_reads_it(text);
        }
        is_as_serde_reads_it(&"[".repeat(200));
        is_as_serde_reads_it(&format!("{}{}", "[".repeat(127), "]".repeat(127)));
    }

    proptest! {
        #[test]
        fn any_text_of_json_is_what_serde_json_makes_of_it(
            text in r#"(\{|\[|"[a-c\\]{0,3}"|:|,|[0-9eE.+-]{1,4}|null|true|\}|\]){0,24}"#,
        ) {
            is_as_serde_reads_it(&text);
        }
    }
}
