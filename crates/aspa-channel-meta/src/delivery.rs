//! One delivery holds entries of several accounts, and each entry lists of several kinds.
//!
//! `{"object": "page", "entry": [{"id", "time", "messaging": […], "standby": […], "changes": […]}]}`.
//! Everything is read by itself, so that what is not understood takes nothing else along. Instagram,
//! WhatsApp and Threads come by the same door with another `object`: each gets a module beside `page`
//! and `messenger` and a line in `one`.

use std::fmt;

use aspa_channel::{Event, EventKind, Via, without_halves};
use aspa_types::hex;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde::de::{Deserializer, Error as _, MapAccess, Visitor};
use serde_json::json;
use serde_json::value::RawValue;

use crate::json::{Id, Time, value};
use crate::messenger;
use crate::page;
use crate::place::Place;

/// Why something was not understood, without its content.
pub(crate) type Problem = &'static str;

#[derive(Deserialize)]
struct Envelope<'a> {
    object: Option<String>,
    #[serde(borrow)]
    entry: Vec<&'a RawValue>,
}

/// The fields of a JSON object in their order, unread.
struct Fields<'a>(Vec<(String, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Fields<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct All;
        impl<'de> Visitor<'de> for All {
            type Value = Fields<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Fields<'de>, M::Error> {
                let mut fields = Vec::with_capacity(3);
                while let Some(field) = map.next_entry()? {
                    fields.push(field);
                }
                Ok(Fields(fields))
            }
        }
        deserializer.deserialize_map(All)
    }
}

/// A delivery as nearly all are, read in one pass; whatever is different is for the careful reading.
#[derive(Deserialize)]
struct Usual<'a> {
    object: String,
    #[serde(borrow)]
    entry: Vec<UsualEntry<'a>>,
}

/// An entry whose other fields are all lists that are known.
struct UsualEntry<'a> {
    id: Id,
    at: Option<DateTime<Utc>>,
    lists: Vec<(&'a str, Vec<&'a RawValue>)>,
}

impl<'de: 'a, 'a> Deserialize<'de> for UsualEntry<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entry;
        impl<'de> Visitor<'de> for Entry {
            type Value = UsualEntry<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an entry")
            }

            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Self::Value, M::Error> {
                let (mut id, mut at, mut lists) = (None, None, Vec::with_capacity(1));
                while let Some(field) = map.next_key::<&str>()? {
                    match field {
                        // Of a field that comes twice the first counts: for the careful reading.
                        "id" if id.is_none() => id = Some(map.next_value()?),
                        "time" if at.is_none() => at = Some(map.next_value::<Time>()?.0),
                        "messaging" | "standby" | "changes" => {
                            lists.push((field, map.next_value()?));
                        }
                        _ => return Err(M::Error::custom("not usual")),
                    }
                }
                let id = id.ok_or_else(|| M::Error::custom("no id"))?;
                let at = at.flatten();
                Ok(UsualEntry { id, at, lists })
            }
        }
        deserializer.deserialize_map(Entry)
    }
}

/// What one entry says of all its items.
#[derive(Clone, Copy)]
pub(crate) struct Context<'a> {
    pub(crate) place: &'a Place,
    /// When it was sent, by Meta's clock.
    pub(crate) at: Option<DateTime<Utc>>,
    /// Whether another app holds the conversation.
    pub(crate) standby: bool,
    /// Our own app.
    pub(crate) app: Option<&'a str>,
    pub(crate) now: DateTime<Utc>,
}

/// What a webhook knows.
pub(crate) struct Decoder<'a> {
    /// At least one.
    pub(crate) places: &'a [Place],
    pub(crate) app: Option<&'a str>,
    pub(crate) now: DateTime<Utc>,
}

impl Decoder<'_> {
    /// Every event of a body, at least one, in its order. Linear in the body.
    pub(crate) fn events(&self, body: &[u8]) -> Vec<Event> {
        let Ok(text) = std::str::from_utf8(body) else {
            let kept = json!({ "problem": "the body is not UTF-8", "body": hex::encode(body) });
            return self
                .places
                .first()
                .map(|place| kept_as(place, None, kept))
                .into_iter()
                .collect();
        };
        let text = &*without_halves(text);
        self.usual(text).unwrap_or_else(|| self.careful(text))
    }

    /// Every event of a delivery for our Pages that holds nothing but lists with something in them.
    fn usual(&self, text: &str) -> Option<Vec<Event>> {
        let Usual { object, entry } = serde_json::from_str(text).ok()?;
        let full = |entry: &UsualEntry<'_>| entry.lists.iter().any(|(_, list)| !list.is_empty());
        if object != "page" || entry.is_empty() || !entry.iter().all(full) {
            return None;
        }
        let mut events = Vec::with_capacity(entry.len());
        for UsualEntry { id, at, lists } in &entry {
            let place = self.places.iter().find(|place| place.is_us(&id.0))?;
            for (name, list) in lists {
                let context = self.context(place, *at, name);
                list.iter()
                    .for_each(|item| one(&context, name, item, &mut events));
            }
        }
        Some(events)
    }

    fn context<'a>(
        &'a self,
        place: &'a Place,
        at: Option<DateTime<Utc>>,
        list: &str,
    ) -> Context<'a> {
        Context {
            place,
            at,
            standby: list == "standby",
            app: self.app,
            now: self.now,
        }
    }

    /// The same of any text at all.
    fn careful(&self, text: &str) -> Vec<Event> {
        let mut events = Vec::new();
        match serde_json::from_str::<Envelope<'_>>(text) {
            Ok(envelope) => {
                let object = envelope.object.as_deref().unwrap_or_default();
                for entry in &envelope.entry {
                    self.entry(object, entry, &mut events);
                }
                if envelope.entry.is_empty() {
                    events.extend(self.unknown(None, "entry is empty", "body", text));
                }
            }
            Err(_) => events.extend(self.unknown(None, "no delivery of Meta's", "body", text)),
        }
        events
    }

    /// Every event of one entry, at least one.
    fn entry(&self, object: &str, entry: &RawValue, events: &mut Vec<Event>) {
        let raw = entry.get();
        let before = events.len();
        let Ok(Fields(fields)) = serde_json::from_str::<Fields<'_>>(raw) else {
            events.extend(self.unknown(None, "the entry is no object", "entry", raw));
            return;
        };
        let field = |name: &str| {
            let mut fields = fields.iter();
            fields
                .find(|(field, _)| field == name)
                .map(|(_, raw)| raw.get())
        };
        let id = field("id").and_then(|raw| serde_json::from_str::<Id>(raw).ok());
        let at = field("time").and_then(|raw| serde_json::from_str::<Time>(raw).ok()?.0);
        let place = match &id {
            Some(id) => self.places.iter().find(|place| place.is_us(&id.0)),
            None => None,
        };
        let Some(place) = place.filter(|_| object == "page") else {
            let problem = match object {
                "page" => "not a page that is configured",
                _ => "object is not page",
            };
            let mut kept = self.unknown(None, problem, "entry", raw);
            if let Some(event) = &mut kept {
                event.at = at;
            }
            events.extend(kept);
            return;
        };
        for (name, list) in &fields {
            // Which app had the conversation before is no event of its own.
            if matches!(&**name, "id" | "time" | "hop_context") {
                continue;
            }
            let context = self.context(place, at, name);
            match serde_json::from_str::<Vec<&RawValue>>(list.get()) {
                Ok(items) => items
                    .iter()
                    .for_each(|item| one(&context, name, item, events)),
                Err(_) => events.push(unread(&context, name, "no list", list.get())),
            }
        }
        if events.len() == before {
            let context = self.context(place, at, "entry");
            events.push(unread(&context, "entry", "nothing in it", raw));
        }
    }

    fn unknown(
        &self,
        at: Option<DateTime<Utc>>,
        problem: Problem,
        what: &str,
        raw: &str,
    ) -> Option<Event> {
        let kept = json!({ "problem": problem, what: value(raw) });
        self.places.first().map(|place| kept_as(place, at, kept))
    }
}

/// One item of a list: an event, or where it tells of several messages several.
fn one(context: &Context<'_>, list: &str, item: &RawValue, events: &mut Vec<Event>) {
    let before = events.len();
    let read = match list {
        "messaging" | "standby" => messenger::events(context, item, events),
        "changes" => page::events(context, item, events),
        _ => Err("not a list that is known"),
    };
    if let Err(problem) = read {
        events.truncate(before);
        events.push(unread(context, list, problem, item.get()));
    }
}

/// Keeps what was not understood one level down, beside the reason: its own `type` could be taken for that
/// of an event.
fn unread(context: &Context<'_>, list: &str, problem: Problem, raw: &str) -> Event {
    #[derive(Deserialize)]
    struct Timed {
        timestamp: Option<Time>,
    }
    let timed = serde_json::from_str::<Timed>(raw).ok();
    let at = timed.and_then(|timed| timed.timestamp?.0).or(context.at);
    let kept = json!({ "problem": problem, "list": list, "event": value(raw) });
    kept_as(context.place, at, kept)
}

fn kept_as(place: &Place, at: Option<DateTime<Utc>>, kept: serde_json::Value) -> Event {
    let mut event = Event::new(
        place.account.clone(),
        EventKind::Unknown(kept),
        Via::Webhook,
    );
    event.at = at;
    event
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn decoder(places: &[Place]) -> Decoder<'_> {
        Decoder {
            places,
            app: Some("77"),
            now: DateTime::UNIX_EPOCH,
        }
    }

    fn places() -> Vec<Place> {
        vec![Place {
            account: aspa_types::AccountId::new("page").unwrap(),
            page: "1".into(),
        }]
    }

    /// Entries near to what Meta sends: right, wrong and missing pieces of each kind.
    fn body() -> impl Strategy<Value = String> {
        let item = prop_oneof![
            Just(
                r#"{"sender":{"id":"5"},"recipient":{"id":"1"},"timestamp":9007199254740993,"message":{"mid":"m","text":"\u00e4"}}"#
            ),
            Just(
                r#"{"field":"feed","value":{"item":"comment","verb":"add","comment_id":"1_2","from":{"id":"5"}}}"#
            ),
            Just("7"),
            Just("{}"),
        ];
        let list =
            prop::collection::vec(item, 0..3).prop_map(|items| format!("[{}]", items.join(",")));
        let field = prop_oneof![
            Just(r#""id":"1""#.to_owned()),
            Just(r#""id":1"#.to_owned()),
            Just(r#""id":"2""#.to_owned()),
            Just(r#""time":1794565996"#.to_owned()),
            Just(r#""time":null"#.to_owned()),
            Just(r#""changes":7"#.to_owned()),
            (
                prop_oneof![
                    Just("messaging"),
                    Just("standby"),
                    Just("changes"),
                    Just("other"),
                    Just("\\u0063hanges")
                ],
                list
            )
                .prop_map(|(name, list)| format!(r#""{name}":{list}"#)),
        ];
        let entry = prop::collection::vec(field, 0..5)
            .prop_map(|fields| format!("{{{}}}", fields.join(",")));
        let object = prop_oneof![Just("page"), Just("page"), Just("instagram")];
        (object, prop::collection::vec(entry, 0..3)).prop_map(|(object, entries)| {
            format!(r#"{{"object":"{object}","entry":[{}]}}"#, entries.join(","))
        })
    }

    proptest! {
        #[test]
        fn both_readings_give_the_same_events(body in body()) {
            let places = places();
            let decoder = decoder(&places);
            if let Some(events) = decoder.usual(&body) {
                prop_assert_eq!(events, decoder.careful(&body));
            }
        }
    }

    #[test]
    fn a_usual_delivery_is_read_in_one_pass() {
        let body = r#"{"object":"page","entry":[{"id":"1","time":1794565996,"messaging":[{"sender":{"id":"5"},"recipient":{"id":"1"},"timestamp":1794565995871,"message":{"mid":"m","text":"moi"}}]}]}"#;
        assert!(decoder(&places()).usual(body).is_some());
    }
}
