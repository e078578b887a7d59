use std::borrow::Cow;

use aspa_channel::Media;
use aspa_types::Extra;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::json::Json;

/// What is wrong with an event: a line that names the field and never its value.
pub(crate) type Problem = String;

/// The fields of a JSON object, each to be taken once; what nobody took can be kept.
pub(crate) struct Fields<'a> {
    left: Vec<(Cow<'a, str>, Json<'a>)>,
    /// A bit of each name, since most of those that are asked for are not there.
    bits: u64,
    place: &'static str,
}

fn bit(name: &str) -> u64 {
    let first = name.bytes().next().map_or(0, usize::from);
    1 << ((first * 5 + name.len()) % 64)
}

impl<'a> Fields<'a> {
    /// The fields of an object; `place` is what stands before their names in problems.
    pub(crate) fn of(value: Json<'a>, place: &'static str) -> Result<Self, Problem> {
        match value {
            Json::Object(left) => {
                let bits = left.iter().fold(0, |bits, (name, _)| bits | bit(name));
                Ok(Self { left, bits, place })
            }
            _ => Err(match place {
                "" => "the event is no object".to_owned(),
                field => format!("{} is no object", field.trim_end_matches('.')),
            }),
        }
    }

    /// Takes a field as it came, of several with one name the last; `null` is as good as nothing.
    pub(crate) fn value(&mut self, name: &'static str) -> Option<Json<'a>> {
        if self.bits & bit(name) == 0 {
            return None;
        }
        let (mut last, mut found) = (None, 0_usize);
        for (place, (left, _)) in self.left.iter().enumerate() {
            if left == name {
                (last, found) = (Some(place), found + 1);
            }
        }
        let (_, value) = self.left.remove(last?);
        if found > 1 {
            self.left.retain(|(left, _)| left != name);
        }
        Some(value).filter(|value| !matches!(value, Json::Word(Value::Null)))
    }

    pub(crate) fn text(&mut self, name: &'static str) -> Result<Option<Cow<'a, str>>, Problem> {
        match self.value(name) {
            None => Ok(None),
            Some(Json::Text(text)) => Ok(Some(text)),
            Some(_) => Err(self.not(name, "a string")),
        }
    }

    pub(crate) fn required(&mut self, name: &'static str) -> Result<Cow<'a, str>, Problem> {
        self.text(name)?
            .ok_or_else(|| format!("{}{name} is missing", self.place))
    }

    pub(crate) fn flag(&mut self, name: &'static str) -> Result<bool, Problem> {
        match self.value(name) {
            None => Ok(false),
            Some(Json::Word(Value::Bool(flag))) => Ok(flag),
            Some(_) => Err(self.not(name, "true or false")),
        }
    }

    pub(crate) fn time(&mut self, name: &'static str) -> Result<Option<DateTime<Utc>>, Problem> {
        const TIME: &str = "a time of RFC 3339";
        match self.value(name) {
            None => Ok(None),
            Some(Json::Text(text)) => text.parse().map(Some).map_err(|_| self.not(name, TIME)),
            Some(_) => Err(self.not(name, TIME)),
        }
    }

    pub(crate) fn list(&mut self, name: &'static str) -> Result<Vec<Json<'a>>, Problem> {
        match self.value(name) {
            None => Ok(Vec::new()),
            Some(Json::List(values)) => Ok(values),
            Some(_) => Err(self.not(name, "a list")),
        }
    }

    pub(crate) fn media(&mut self, name: &'static str) -> Result<Vec<Media>, Problem> {
        let media = self.list(name)?.into_iter().map(Value::from);
        let mut media: Vec<Media> = media
            .map(Media::deserialize)
            .collect::<Result<_, _>>()
            .map_err(|_| self.not(name, "a list of media"))?;
        // A stored part says by this name what it is.
        for media in &mut media {
            if let Some(theirs) = media.extra.remove("type") {
                media.extra.insert("host_type".to_owned(), theirs);
            }
        }
        Ok(media)
    }

    /// A field of any shape that serde can read; `what` says which for people.
    pub(crate) fn parsed<T: DeserializeOwned>(
        &mut self,
        name: &'static str,
        what: &str,
    ) -> Result<Option<T>, Problem> {
        let Some(value) = self.value(name) else {
            return Ok(None);
        };
        T::deserialize(Value::from(value))
            .map(Some)
            .map_err(|_| self.not(name, what))
    }

    pub(crate) fn not(&self, name: &str, what: &str) -> Problem {
        format!("{}{name} is not {what}", self.place)
    }

    /// What was not taken.
    pub(crate) fn left(self) -> Map<String, Value> {
        let left = self.left.into_iter();
        left.map(|(name, value)| (name.into_owned(), value.into()))
            .collect()
    }

    /// What was not taken, in a namespace of its own: the names are the host's and must never meet
    /// those of a type that this is kept in.
    pub(crate) fn rest(self) -> Extra {
        let mut extra = Extra::new();
        if !self.left.is_empty() {
            extra.insert("host".to_owned(), Value::Object(self.left()));
        }
        extra
    }
}
