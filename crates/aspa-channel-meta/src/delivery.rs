//! One delivery holds entries of several accounts, and each entry lists of several kinds.
//!
//! `{"object": "page", "entry": [{"id", "time", "messaging": […], "standby": […], "changes": […]}]}`.
//! Everything is read by itself, so that what is not understood takes nothing else along. Instagram,
//! WhatsApp and Threads come by the same door with another `object`: each gets a module beside `page`
//! and `messenger` and a line in `one`.

use std::fmt;

use aspa_channel::{Event, EventKind, Via};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::json;
use serde_json::value::RawValue;

use crate::json::{Id, Time, hex, value};
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
        let mut events = Vec::new();
        let Ok(text) = std::str::from_utf8(body) else {
            let kept = json!({ "problem": "the body is not UTF-8", "body": hex(body) });
            return self
                .places
                .first()
                .map(|place| kept_as(place, None, kept))
                .into_iter()
                .collect();
        };
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
            if matches!(&**name, "id" | "time") {
                continue;
            }
            let context = Context {
                place,
                at,
                standby: name == "standby",
                app: self.app,
                now: self.now,
            };
            match serde_json::from_str::<Vec<&RawValue>>(list.get()) {
                Ok(items) => items
                    .iter()
                    .for_each(|item| one(&context, name, item, events)),
                Err(_) => events.push(unread(&context, name, "no list", list.get())),
            }
        }
        if events.len() == before {
            events.push(unread(
                &Context {
                    place,
                    at,
                    standby: false,
                    app: self.app,
                    now: self.now,
                },
                "entry",
                "nothing in it",
                raw,
            ));
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
        "changes" => page::event(context, item).map(|event| events.push(event)),
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
