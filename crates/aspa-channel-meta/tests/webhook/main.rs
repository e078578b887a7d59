//! For every kind of event that Meta documents, a body of our own making and the events that it has to give.
#![allow(clippy::unwrap_used, reason = "tests may panic")]

use aspa_channel::{Delivery, Event, EventKind, Message, Part, Received, Webhook};
use aspa_channel_meta::{MetaWebhook, PageHook, SIGNATURE, WebhookConfig};
use aspa_types::{AccountId, Secret};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

mod deliveries;
mod messenger;
mod page;

const SECRET: &str = "0f1e2d3c4b5a69788796a5b4c3d2e1f0";

fn webhook() -> MetaWebhook {
    let page = |name: &str, id: &str| PageHook::new(AccountId::new(name).unwrap(), id);
    let pages = vec![page("shop", "1001"), page("other", "1002")];
    let mut config = WebhookConfig::new(
        Secret::new(SECRET),
        Secret::new("typed-at-set-up-2026"),
        pages,
    );
    config.app_id = Some("500".to_owned());
    MetaWebhook::new(config).unwrap()
}

fn receive(body: &[u8]) -> Vec<Event> {
    let mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
    let mac = mac.chain_update(body).finalize().into_bytes();
    let digits: String = mac.iter().map(|byte| format!("{byte:02x}")).collect();
    let mut delivery = Delivery::new(body.to_vec().into());
    *delivery.method_mut() = http::Method::POST;
    let signature = format!("sha256={digits}").parse().unwrap();
    delivery.headers_mut().insert(SIGNATURE, signature);
    match webhook().receive(&delivery, "2026-11-22T08:00:00Z".parse().unwrap()) {
        Received::Accepted { events, .. } => events,
        other => panic!("{other:?}"),
    }
}

fn part(part: &Part) -> String {
    match part {
        Part::Text { text, .. } => format!("{text:?}"),
        Part::Media(media) => {
            let id = media.id.as_deref().or(media.url.as_deref());
            format!("<{} {}>", media.kind, id.unwrap_or_default())
        }
        Part::Location {
            latitude,
            longitude,
            ..
        } => format!("<at {latitude} {longitude}>"),
        Part::Unreadable { .. } => "<unreadable>".to_owned(),
        Part::Unknown(value) => format!("<unknown {}>", value["attachment"]["type"]),
        _ => "<other>".to_owned(),
    }
}

fn message(m: &Message) -> String {
    let mut told = format!("{:?} {} {}", m.direction, m.kind, m.key.id).to_lowercase();
    let mut more = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            told.push_str(&format!(" {name} {value}"));
        }
    };
    more("rev", (m.revision > 0).then(|| m.revision.to_string()));
    more("in", Some(m.conversation.id.to_string()));
    more(
        "by",
        m.author
            .as_ref()
            .map(|by| format!("{}/{}", by.network(), by.id())),
    );
    more("to", m.to.first().map(|to| to.id().to_owned()));
    more(
        "answers",
        m.in_reply_to.as_ref().map(|key| key.id.to_string()),
    );
    more("effect", m.effect.as_ref().map(ToString::to_string));
    more(
        "rated",
        m.rating.as_ref().map(|r| format!("{}/{}", r.value, r.best)),
    );
    more("campaign", m.campaign.as_ref().map(|c| c.id.clone()));
    more(
        "at",
        m.times
            .source
            .map(|at| at.format("%H:%M:%S%.f").to_string()),
    );
    more(
        "shown",
        (m.visibility.as_str() != "visible").then(|| m.visibility.to_string()),
    );
    let extra: Vec<&str> = m.extra.keys().map(String::as_str).collect();
    more("with", (!extra.is_empty()).then(|| extra.join(",")));
    let parts: Vec<String> = m.parts.iter().map(part).collect();
    more(":", (!parts.is_empty()).then(|| parts.join(" ")));
    told
}

/// One event in one line.
fn told(event: &Event) -> String {
    let at = event.at.map_or("never".to_owned(), |at| {
        at.format("%H:%M:%S%.f").to_string()
    });
    let line = match &event.kind {
        EventKind::Message(m) => message(m),
        EventKind::Visibility {
            message,
            visibility,
            by,
            ..
        } => {
            let by = by.as_ref().map_or("nobody", |by| by.id());
            format!("{visibility} {} by {by} at {at}", message.id)
        }
        EventKind::Reaction {
            message,
            by,
            reaction,
            removed,
            ..
        } => {
            let sign = if *removed { '-' } else { '+' };
            format!(
                "{sign}{reaction} {} by {}/{} at {at}",
                message.id,
                by.network(),
                by.id()
            )
        }
        EventKind::Status {
            message,
            status,
            watermark,
            ..
        } => {
            let all = if *watermark { " and before" } else { "" };
            format!("{status} {}{all} at {at}", message.id)
        }
        EventKind::StatusUntil {
            conversation,
            by,
            status,
            until,
            ..
        } => {
            let until = until.format("%H:%M:%S%.f");
            format!(
                "{status} {} by {} until {until} at {at}",
                conversation.id,
                by.id()
            )
        }
        EventKind::Handle { handle, extra, .. } => {
            let names: Vec<&str> = extra.keys().map(String::as_str).collect();
            format!(
                "met {}/{} with {} at {at}",
                handle.network(),
                handle.id(),
                names.join(",")
            )
        }
        EventKind::ThreadControl {
            conversation,
            ours,
            extra,
        } => {
            let names: Vec<&str> = extra.keys().map(String::as_str).collect();
            format!(
                "{} {} ours {ours} at {at}",
                names.join(","),
                conversation.id
            )
        }
        EventKind::Account { health, remedy, .. } => {
            format!("account {health} remedy {} at {at}", remedy.is_some())
        }
        EventKind::Unknown(value) => {
            format!("unknown: {} at {at}", value["problem"].as_str().unwrap())
        }
        _ => "another".to_owned(),
    };
    let standby = event.extra.contains_key("standby");
    format!("{line}{}", if standby { " standby" } else { "" })
}

/// A change on the wall of page 1001 at 10:33:20, of 10:33:16.
fn feed(field: &str, value: &str) -> String {
    let value = value.replace("T0", "1794565996");
    format!(
        r#"{{"object":"page","entry":[{{"id":"1001","time":1794566000,"changes":[{{"field":"{field}","value":{value}}}]}}]}}"#
    )
}

/// Something in Messenger between page 1001 and person 70, at 10:33:16.500.
fn direct(list: &str, item: &str) -> String {
    let item = item.replace(
        "FROM70",
        r#""sender":{"id":"70"},"recipient":{"id":"1001"},"timestamp":1794565996500"#,
    );
    let item = item.replace(
        "TO70",
        r#""sender":{"id":"1001"},"recipient":{"id":"70"},"timestamp":1794565996500"#,
    );
    format!(
        r#"{{"object":"page","entry":[{{"id":"1001","time":1794566000123,"{list}":[{item}]}}]}}"#
    )
}

#[track_caller]
fn check(name: &str, body: &str, expected: &[&str]) {
    let events = receive(body.as_bytes());
    let came: Vec<String> = events.iter().map(told).collect();
    assert_eq!(came, expected, "{name}");
    assert!(
        events
            .iter()
            .all(|event| event.provenance.delivery.is_some()),
        "{name}"
    );
}
