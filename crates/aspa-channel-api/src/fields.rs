use aspa_channel::Media;
use aspa_types::Extra;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::Value;

/// What is wrong with an event: a line that names the field and never its value.
pub(crate) type Problem = String;

/// The fields of a JSON object, each to be taken once; what nobody took can be kept.
pub(crate) struct Fields<'a> {
    left: Vec<(&'a str, &'a Value)>,
    place: &'static str,
}

impl<'a> Fields<'a> {
    /// The fields of an object; `place` is what stands before their names in problems.
    pub(crate) fn of(value: &'a Value, place: &'static str) -> Result<Self, Problem> {
        let what = match place {
            "" => "the event",
            field => field.trim_end_matches('.'),
        };
        let map = value.as_object();
        let map = map.ok_or_else(|| format!("{what} is no object"))?;
        let left = map.iter().map(|(name, value)| (name.as_str(), value));
        Ok(Self {
            left: left.collect(),
            place,
        })
    }

    /// Takes a field as it came; `null` is as good as nothing.
    pub(crate) fn value(&mut self, name: &'static str) -> Option<&'a Value> {
        let place = self.left.iter().position(|(left, _)| *left == name)?;
        let (_, value) = self.left.swap_remove(place);
        (!value.is_null()).then_some(value)
    }

    pub(crate) fn text(&mut self, name: &'static str) -> Result<Option<&'a str>, Problem> {
        let Some(value) = self.value(name) else {
            return Ok(None);
        };
        value
            .as_str()
            .map(Some)
            .ok_or_else(|| self.not(name, "a string"))
    }

    pub(crate) fn required(&mut self, name: &'static str) -> Result<&'a str, Problem> {
        self.text(name)?
            .ok_or_else(|| format!("{}{name} is missing", self.place))
    }

    pub(crate) fn flag(&mut self, name: &'static str) -> Result<bool, Problem> {
        let Some(value) = self.value(name) else {
            return Ok(false);
        };
        value
            .as_bool()
            .ok_or_else(|| self.not(name, "true or false"))
    }

    pub(crate) fn time(&mut self, name: &'static str) -> Result<Option<DateTime<Utc>>, Problem> {
        self.parsed(name, "a time of RFC 3339")
    }

    pub(crate) fn list(&mut self, name: &'static str) -> Result<&'a [Value], Problem> {
        match self.value(name) {
            None => Ok(&[]),
            Some(Value::Array(values)) => Ok(values),
            Some(_) => Err(self.not(name, "a list")),
        }
    }

    pub(crate) fn media(&mut self, name: &'static str) -> Result<Vec<Media>, Problem> {
        let media = self.list(name)?.iter().map(Media::deserialize);
        let mut media: Vec<Media> = media
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
    pub(crate) fn parsed<T: Deserialize<'a>>(
        &mut self,
        name: &'static str,
        what: &str,
    ) -> Result<Option<T>, Problem> {
        let Some(value) = self.value(name) else {
            return Ok(None);
        };
        T::deserialize(value)
            .map(Some)
            .map_err(|_| self.not(name, what))
    }

    pub(crate) fn not(&self, name: &str, what: &str) -> Problem {
        format!("{}{name} is not {what}", self.place)
    }

    /// What was not taken, in a namespace of its own: the names are the host's and must never meet
    /// those of a type that this is kept in.
    pub(crate) fn rest(self) -> Extra {
        let mut extra = Extra::new();
        if !self.left.is_empty() {
            let left = self.left.into_iter();
            let host = left.map(|(name, value)| (name.to_owned(), value.clone()));
            extra.insert("host".to_owned(), Value::Object(host.collect()));
        }
        extra
    }
}
