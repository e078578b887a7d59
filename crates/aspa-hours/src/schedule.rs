use std::fmt;
use std::sync::Arc;

use chrono_tz::Tz;
use serde::de::value::MapAccessDeserializer;
use serde::de::{DeserializeSeed, Error, IntoDeserializer, MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::at_field::{self, named};
use crate::combined::Combined;
use crate::{Calendar, Hours, HoursError};

/// Hours, or several schedules combined; [`build`](Self::build) makes it a [`Calendar`].
///
/// In a file it is either [`Hours`], or an object with one of the fields `any_of`, `all_of` and
/// `minus`, and a `name` if it needs one:
///
/// ```
/// use aspa_hours::Schedule;
///
/// let chat: Schedule = serde_json::from_str(r#"{ "minus": {
///     "from": { "any_of": [
///         { "name": "Oulu", "zone": "Europe/Helsinki", "open": "Mo-Fr 08:00-16:00" },
///         { "name": "Austin", "zone": "America/Chicago", "open": "Mo-Fr 08:00-16:00" }
///     ] },
///     "take": { "name": "maintenance", "zone": "Europe/Helsinki", "open": "Tu[1] 12:00-14:00" }
/// } }"#)?;
/// let calendar = chat.build()?;
/// let tuesday: chrono::DateTime<chrono::Utc> = "2026-12-01T13:00:00+02:00".parse()?;
/// let why = calendar.closed_reason(tuesday).map(|why| why.to_string());
/// assert_eq!(why.as_deref(), Some("taken by maintenance"));
/// assert_eq!(calendar.next_open(tuesday)?, tuesday + chrono::TimeDelta::hours(1));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Schedule {
    /// Hours by themselves.
    Hours(Box<Hours>),
    /// Open while one of the parts is.
    AnyOf {
        /// What it is called as a part of another.
        name: Option<Arc<str>>,
        /// At least one.
        parts: Vec<Self>,
    },
    /// Open while all of the parts are.
    AllOf {
        /// What it is called as a part of another.
        name: Option<Arc<str>>,
        /// At least one.
        parts: Vec<Self>,
    },
    /// Open while the one is and the other is not.
    Minus {
        /// What it is called as a part of another.
        name: Option<Arc<str>>,
        /// The one that opens.
        from: Box<Self>,
        /// The one that takes away.
        take: Box<Self>,
    },
}

impl Schedule {
    /// What it is called.
    #[must_use]
    pub fn name(&self) -> Option<&Arc<str>> {
        match self {
            Self::Hours(hours) => hours.name.as_ref(),
            Self::AnyOf { name, .. } | Self::AllOf { name, .. } | Self::Minus { name, .. } => {
                name.as_ref()
            }
        }
    }

    /// The zone by which its local dates are told: that of its first part.
    #[must_use]
    pub fn zone(&self) -> Tz {
        match self {
            Self::Hours(hours) => hours.zone,
            Self::AnyOf { parts, .. } | Self::AllOf { parts, .. } => {
                parts.first().map_or(Tz::UTC, Self::zone)
            }
            Self::Minus { from, .. } => from.zone(),
        }
    }

    /// Checks the schedule and makes it a calendar.
    ///
    /// # Errors
    /// [`HoursError::NoParts`] where there is nothing to combine, else as [`Hours::build`], with the
    /// place of the part at fault in [`HoursError::Part`].
    pub fn build(&self) -> Result<Calendar, HoursError> {
        let at = |place: String| {
            move |error| HoursError::Part {
                place,
                error: Box::new(error),
            }
        };
        let all = |field: &'static str, parts: &[Self]| {
            if parts.is_empty() {
                return Err(HoursError::NoParts(field));
            }
            let build =
                |(n, part): (usize, &Self)| part.build().map_err(at(format!("{field}[{n}]")));
            parts.iter().enumerate().map(build).collect()
        };
        let combined = match self {
            Self::Hours(hours) => return hours.build(),
            Self::AnyOf { parts, .. } => Combined::AnyOf(all("any_of", parts)?),
            Self::AllOf { parts, .. } => Combined::AllOf(all("all_of", parts)?),
            Self::Minus { from, take, .. } => Combined::Minus([
                from.build().map_err(at("minus.from".to_owned()))?,
                take.build().map_err(at("minus.take".to_owned()))?,
            ]),
        };
        Ok(Calendar::combined(self.clone(), combined))
    }
}

/// For what may have no hours.
impl From<Hours> for Option<Schedule> {
    fn from(hours: Hours) -> Self {
        Some(hours.into())
    }
}

impl From<Hours> for Schedule {
    fn from(hours: Hours) -> Self {
        Self::Hours(Box::new(hours))
    }
}

impl Serialize for Schedule {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if let Self::Hours(hours) = self {
            return hours.serialize(serializer);
        }
        let name = self.name();
        let mut map = serializer.serialize_map(Some(1 + usize::from(name.is_some())))?;
        if let Some(name) = name {
            map.serialize_entry("name", name)?;
        }
        match self {
            Self::Hours(_) => {}
            Self::AnyOf { parts, .. } => map.serialize_entry("any_of", parts)?,
            Self::AllOf { parts, .. } => map.serialize_entry("all_of", parts)?,
            Self::Minus { from, take, .. } => {
                map.serialize_entry("minus", &MinusRef { from, take })?;
            }
        }
        map.end()
    }
}

#[derive(Serialize)]
struct MinusRef<'a> {
    from: &'a Schedule,
    take: &'a Schedule,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Minus {
    #[serde(deserialize_with = "at_field::from")]
    from: Box<Schedule>,
    #[serde(deserialize_with = "at_field::take")]
    take: Box<Schedule>,
}

impl<'de> Deserialize<'de> for Schedule {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Fields)
    }
}

/// Reads the fields. The first one that is not the name tells what it is, so that everything is read
/// in one go and an error says where it is.
struct Fields;

impl<'de> Visitor<'de> for Fields {
    type Value = Schedule;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("hours, or an object with any_of, all_of or minus")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Schedule, A::Error> {
        let mut name: Option<Arc<str>> = None;
        let mut key: Option<String> = map.next_key()?;
        if key.as_deref() == Some("name") {
            name = map.next_value()?;
            key = map.next_key()?;
        }
        let Some(key) = key else {
            return Err(A::Error::missing_field("zone"));
        };
        match &*key {
            "any_of" => {
                let parts = map.next_value_seed(Parts("any_of"))?;
                let name = only_name(map, name, "any_of")?;
                Ok(Schedule::AnyOf { name, parts })
            }
            "all_of" => {
                let parts = map.next_value_seed(Parts("all_of"))?;
                let name = only_name(map, name, "all_of")?;
                Ok(Schedule::AllOf { name, parts })
            }
            "minus" => {
                let Minus { from, take } = map.next_value().map_err(|why| named("minus", why))?;
                let name = only_name(map, name, "minus")?;
                Ok(Schedule::Minus { name, from, take })
            }
            _ => {
                let fields = Replay {
                    key: Some(key),
                    rest: map,
                };
                let mut hours = Hours::deserialize(MapAccessDeserializer::new(fields))?;
                if name.is_some() && hours.name.is_some() {
                    return Err(A::Error::duplicate_field("name"));
                }
                hours.name = hours.name.or(name);
                Ok(Schedule::Hours(Box::new(hours)))
            }
        }
    }
}

/// The name, if it comes last; nothing else may follow.
fn only_name<'de, A: MapAccess<'de>>(
    mut map: A,
    mut name: Option<Arc<str>>,
    beside: &str,
) -> Result<Option<Arc<str>>, A::Error> {
    while let Some(key) = map.next_key::<String>()? {
        if key != "name" || name.is_some() {
            let why = format!("unexpected field `{key}` beside `{beside}`; only one `name` may be");
            return Err(A::Error::custom(why));
        }
        name = map.next_value()?;
    }
    Ok(name)
}

/// A list of parts; an error tells which.
struct Parts(&'static str);

impl<'de> DeserializeSeed<'de> for Parts {
    type Value = Vec<Schedule>;

    fn deserialize<D: Deserializer<'de>>(self, list: D) -> Result<Vec<Schedule>, D::Error> {
        list.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Parts {
    type Value = Vec<Schedule>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a list of hours in {}", self.0)
    }

    fn visit_seq<A: serde::de::SeqAccess<'de>>(
        self,
        mut list: A,
    ) -> Result<Vec<Schedule>, A::Error> {
        let mut parts = Vec::new();
        loop {
            let place = || format!("{}[{}]", self.0, parts.len());
            match list.next_element().map_err(|why| named(&place(), why))? {
                Some(part) => parts.push(part),
                None => return Ok(parts),
            }
        }
    }
}

/// A map of which the next key has been looked at already.
struct Replay<A> {
    key: Option<String>,
    rest: A,
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Replay<A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, A::Error> {
        match self.key.take() {
            Some(key) => seed.deserialize(key.into_deserializer()).map(Some),
            None => self.rest.next_key_seed(seed),
        }
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, A::Error> {
        self.rest.next_value_seed(seed)
    }
}
