//! Rows as JSON text, with the version of their form.

use std::borrow::Cow;
use std::fmt::Display;

use aspa_channel::{ConversationKey, Cursor, Handle, MessageKey};
use aspa_crm::Customer;
use aspa_identity::{Evidence, Link};
use aspa_ticket::{Ticket, TicketKey};
use chrono::{DateTime, Utc};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::changes::{Note, Timer};
use crate::error::{Error, ErrorKind};
use crate::message::MessageRecord;
use crate::outbox::{Attempt, OutboxRow};
use crate::pause::Pause;

/// What is stored beside a ticket, derived from it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[expect(clippy::exhaustive_structs, reason = "as TicketRow has it")]
pub struct Clocks {
    /// When its next running clock passes its target.
    pub breach_at: Option<DateTime<Utc>>,
    /// When it wants to be looked at.
    pub timers: Vec<Timer>,
}

/// Brings the fields of a row from one version of its form to the next.
pub type Upcast = fn(&mut Map<String, Value>);

/// Something that stores keep as JSON.
///
/// A row says the version of its form: as its first field, `v`, where that is above 1. One of an
/// earlier version is brought up by [`UPCASTS`](Self::UPCASTS) when it is read, and written in the
/// present form when it is next written. One of a later version is left alone, as
/// [`ErrorKind::Newer`].
///
/// A change that an earlier version of this code would lose or misread makes a new version: a field
/// inside a word that it knows, another meaning. New words of a `text_enum`, new kinds of events and
/// new fields beside an `extra` do not: those are kept as they come.
pub trait Stored: Serialize + DeserializeOwned {
    /// What it is, for errors.
    const NAME: &'static str;
    /// From version 1 to 2, from 2 to 3 … to the present one.
    const UPCASTS: &'static [Upcast] = &[];

    /// The version that the row names in a field of its own, where it has had one from the start.
    fn own_version(&self) -> u64 {
        1
    }
}

macro_rules! stored {
    ($($type:ty => $name:literal,)*) => {
        $(impl Stored for $type {
            const NAME: &'static str = $name;
        })*
    };
}

stored! {
    MessageRecord => "message",
    Handle => "handle",
    Ticket => "ticket",
    Clocks => "clocks",
    Note => "note",
    Evidence => "evidence",
    Link => "link",
    OutboxRow => "effect",
    Attempt => "attempt",
    Customer => "customer",
    Pause => "pause",
    aspa_channel::Event => "network event",
    TicketKey => "ticket key",
    MessageKey => "message key",
    ConversationKey => "conversation key",
    Cursor => "cursor",
    crate::privacy::Document => "document",
    crate::privacy::AuditEntry => "audit entry",
    String => "text",
}

impl Stored for aspa_ticket::Event {
    const NAME: &'static str = "log event";

    fn own_version(&self) -> u64 {
        self.version.into()
    }
}

/// Most rows have less, and do not grow while they are written.
const USUAL_BYTES: usize = 1024;

type BoxedError = Box<dyn std::error::Error + Send + Sync>;

/// The row as JSON text.
///
/// # Errors
///
/// [`ErrorKind::Invalid`] when it cannot be JSON, such as a map with a key that is no text.
pub fn encode<T: Stored>(row: &T) -> Result<String, Error> {
    let invalid = |error: BoxedError| Error::new(ErrorKind::Invalid, "commit").with_source(error);
    let mut json = Vec::with_capacity(USUAL_BYTES);
    serde_json::to_writer(&mut json, row).map_err(|error| invalid(error.into()))?;
    let json = String::from_utf8(json).map_err(|error| invalid(error.utf8_error().into()))?;
    Ok(match (T::UPCASTS.len(), json.strip_prefix('{')) {
        (0, _) | (_, None) => json,
        (earlier, Some("}")) => format!("{{\"v\":{}}}", earlier + 1),
        (earlier, Some(fields)) => format!("{{\"v\":{},{fields}", earlier + 1),
    })
}

/// Reads what was stored of `row`. An error says where it cannot be read and nothing of what it
/// holds.
///
/// # Errors
///
/// [`ErrorKind::Newer`] when a later version wrote it; [`ErrorKind::Corrupt`] when it makes no sense.
pub fn decode<T: Stored>(
    operation: &'static str,
    row: impl Display,
    json: &str,
) -> Result<T, Error> {
    let known = T::UPCASTS.len() as u64 + 1;
    let newer = |version: u64| {
        let what = T::NAME;
        Error::new(ErrorKind::Newer, operation).with_detail(format_args!(
            "{row}: a {what} of version {version}, this code knows up to {known}"
        ))
    };
    let corrupt = |error: &serde_json::Error| {
        let (line, column) = (error.line(), error.column());
        let place = format_args!("{row}, line {line} column {column}");
        Error::new(ErrorKind::Corrupt, operation).with_detail(place)
    };
    let (version, json) = unversioned(json);
    if version > known {
        return Err(newer(version));
    }
    if version < known {
        let mut fields = serde_json::from_str(&json).map_err(|error| corrupt(&error))?;
        let first = usize::try_from(version).unwrap_or(usize::MAX).max(1) - 1;
        for upcast in T::UPCASTS.iter().skip(first) {
            upcast(&mut fields);
        }
        return serde_json::from_value(fields.into()).map_err(|error| corrupt(&error));
    }
    match serde_json::from_str::<T>(&json) {
        Ok(row) if row.own_version() > known => Err(newer(row.own_version())),
        Ok(row) => Ok(row),
        Err(error) => Err(corrupt(&error)),
    }
}

/// The version that a text begins with, and the text without it.
fn unversioned(json: &str) -> (u64, Cow<'_, str>) {
    let plain = (1, Cow::Borrowed(json));
    let Some(rest) = json.strip_prefix("{\"v\":") else {
        return plain;
    };
    let end = rest.find(|c: char| !c.is_ascii_digit());
    let Some((digits, rest)) = end.and_then(|end| rest.split_at_checked(end)) else {
        return plain;
    };
    let Ok(version) = digits.parse() else {
        return plain;
    };
    match rest.strip_prefix(',') {
        Some(fields) => (version, Cow::Owned(format!("{{{fields}"))),
        None => (version, Cow::Owned(format!("{{{rest}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;
    use serde_json::json;

    /// A row that has been changed twice: a word became a list, and then got another name.
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Badge {
        id: u32,
        labels: Vec<String>,
        #[serde(flatten)]
        extra: aspa_types::Extra,
    }

    impl Stored for Badge {
        const NAME: &'static str = "badge";
        const UPCASTS: &'static [Upcast] = &[
            |fields| {
                let word = fields.remove("word");
                fields.insert("words".to_owned(), word.into_iter().collect());
            },
            |fields| {
                let words = fields.remove("words");
                fields.insert("labels".to_owned(), words.unwrap_or_default());
            },
        ];
    }

    fn badge(labels: &[&str]) -> Badge {
        Badge {
            id: 7,
            labels: labels.iter().map(|label| (*label).to_owned()).collect(),
            extra: aspa_types::Extra::new(),
        }
    }

    fn read(json: &str) -> Result<Badge, Error> {
        decode("load", "badge 7", json)
    }

    #[test]
    fn earlier_versions_are_read_and_written_anew() {
        for old in [
            r#"{"id":7,"word":"vip"}"#,
            r#"{"v":2,"id":7,"words":["vip"]}"#,
            r#"{"v":3,"id":7,"labels":["vip"]}"#,
        ] {
            let row = read(old).unwrap();
            assert_eq!(row, badge(&["vip"]), "{old}");
            assert_eq!(encode(&row).unwrap(), r#"{"v":3,"id":7,"labels":["vip"]}"#);
        }
    }

    #[test]
    fn a_later_version_is_named_and_nothing_of_it_is_told() {
        let error = read(r#"{"v":4,"id":7,"holders":["Aino Virtanen"]}"#).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Newer);
        let told = error.to_string();
        assert!(
            told.contains("badge of version 4, this code knows up to 3"),
            "{told}"
        );
        assert!(!format!("{error:?}").contains("Aino"), "{error:?}");
    }

    #[test]
    fn the_version_leaves_no_trace_in_the_row() {
        let extra = read(r#"{"v":3,"id":7,"labels":[],"more":1}"#)
            .unwrap()
            .extra;
        assert_eq!(json!(extra), json!({"more": 1}));
    }

    #[test]
    fn nonsense_is_corrupt() {
        for bad in [
            "",
            "{",
            "{\"v\":",
            "{\"v\":3",
            "{\"v\":3}",
            "{\"v\":99999999999999999999}",
            "[]",
            "\u{0}",
        ] {
            let error = read(bad).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Corrupt, "{bad:?}: {error}");
        }
    }

    #[test]
    fn a_log_event_names_its_version_itself() {
        let mut event = json!({
            "at": "2026-11-21T08:00:00Z", "by": "customer", "version": 1, "kind": {"type": "closed"}
        });
        let read = |event: &Value| decode::<aspa_ticket::Event>("log", "log 3", &event.to_string());
        assert!(read(&event).is_ok());
        event["version"] = json!(2);
        assert_eq!(read(&event).unwrap_err().kind(), ErrorKind::Newer);
        event["version"] = json!(1);
        for kind in [
            json!({"type": "closed", "why": "bought by another company"}),
            json!({"type": "noted", "note": "n-1", "pinned": true}),
        ] {
            event["kind"] = kind;
            let error = read(&event).unwrap_err();
            assert_eq!(
                error.kind(),
                ErrorKind::Corrupt,
                "what would be lost is refused"
            );
        }
    }
}
