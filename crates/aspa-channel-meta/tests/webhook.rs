//! For every kind of event that Meta documents, a body of our own making and the events that it has to give.
#![allow(clippy::unwrap_used, reason = "tests may panic")]

use aspa_channel::{Delivery, Event, EventKind, Message, Part, Received, Webhook};
use aspa_channel_meta::{MetaWebhook, PageHook, SIGNATURE, WebhookConfig};
use aspa_types::{AccountId, Secret};
use hmac::{Hmac, KeyInit, Mac};
use proptest::prelude::*;
use sha2::Sha256;

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

#[test]
fn every_kind_of_change_on_a_page() {
    let matti = r#""from":{"id":"7300000000000042","name":"Matti"}"#;
    for (name, field, value, expected) in [
        (
            "a comment of the first level",
            "feed",
            r#"{"item":"comment","verb":"add","post_id":"1001_88","comment_id":"88_9","parent_id":"1001_88",FROM,"message":"Miss\u00e4? \ud83d\ude4f","created_time":T0}"#,
            "inbound comment 88_9 in 1001_88 by facebook_page/7300000000000042 answers 1001_88 at 10:33:16 : \"Missä? 🙏\"",
        ),
        (
            "a reply to a comment",
            "feed",
            r#"{"item":"comment","verb":"add","post_id":"1001_88","comment_id":"88_10","parent_id":"88_9",FROM,"message":"Ja","created_time":T0}"#,
            "inbound comment 88_10 in 1001_88 by facebook_page/7300000000000042 answers 88_9 at 10:33:16 : \"Ja\"",
        ),
        (
            "a comment with a photo and no text",
            "feed",
            r#"{"item":"comment","verb":"add","post_id":"1001_88","comment_id":"88_11","parent_id":"1001_88",FROM,"photo":"https:\/\/cdn.example\/1.jpg","message":"","created_time":T0}"#,
            "inbound comment 88_11 in 1001_88 by facebook_page/7300000000000042 answers 1001_88 at 10:33:16 : <image https://cdn.example/1.jpg>",
        ),
        (
            "a comment of ours",
            "feed",
            r#"{"item":"comment","verb":"add","post_id":"1001_88","comment_id":"88_12","parent_id":"88_9","from":{"id":"1001","name":"Shop"},"message":"Hei!","created_time":T0}"#,
            "outbound comment 88_12 in 1001_88 by facebook_page/1001 answers 88_9 at 10:33:16 : \"Hei!\"",
        ),
        (
            "an old comment with numbers for ids",
            "feed",
            r#"{"item":"comment","verb":"add","post_id":"1001_88","comment_id":"88_13","sender_id":18446744073709551999,"sender_name":"Old","message":"x","created_time":T0}"#,
            "inbound comment 88_13 in 1001_88 by facebook_page/18446744073709551999 answers 1001_88 at 10:33:16 : \"x\"",
        ),
        (
            "a comment of nobody",
            "feed",
            r#"{"item":"comment","verb":"add","post_id":"1001_88","comment_id":"88_14","parent_id":"1001_88","message":"x","created_time":T0}"#,
            "inbound comment 88_14 in 1001_88 answers 1001_88 at 10:33:16 : \"x\"",
        ),
        (
            "a comment without a time",
            "feed",
            r#"{"item":"comment","verb":"add","post_id":"1001_88","comment_id":"88_15",FROM,"message":"x"}"#,
            "inbound comment 88_15 in 1001_88 by facebook_page/7300000000000042 answers 1001_88 at 10:33:20 : \"x\"",
        ),
        (
            "a comment that is hidden from the start",
            "feed",
            r#"{"item":"comment","verb":"add","post_id":"1001_88","comment_id":"88_16",FROM,"is_hidden":true,"message":"x","created_time":T0}"#,
            "inbound comment 88_16 in 1001_88 by facebook_page/7300000000000042 answers 1001_88 at 10:33:16 shown hidden : \"x\"",
        ),
        (
            "an edited comment",
            "feed",
            r#"{"item":"comment","verb":"edited","post_id":"1001_88","comment_id":"88_9","parent_id":"1001_88",FROM,"message":"Missä?!","created_time":T0}"#,
            "inbound comment 88_9 rev 1794566000042 in 1001_88 by facebook_page/7300000000000042 answers 1001_88 at 10:33:16 : \"Missä?!\"",
        ),
        (
            "a removed comment",
            "feed",
            r#"{"item":"comment","verb":"remove","post_id":"1001_88","comment_id":"88_9","parent_id":"1001_88",FROM}"#,
            "deleted 88_9 by 7300000000000042 at 10:33:20",
        ),
        (
            "a removed comment of nobody",
            "feed",
            r#"{"item":"comment","verb":"remove","post_id":"1001_88","comment_id":"88_9"}"#,
            "deleted 88_9 by nobody at 10:33:20",
        ),
        (
            "a hidden comment",
            "feed",
            r#"{"item":"comment","verb":"hide","post_id":"1001_88","comment_id":"88_9",FROM,"created_time":T0}"#,
            "hidden 88_9 by 7300000000000042 at 10:33:20",
        ),
        (
            "a comment shown again",
            "feed",
            r#"{"item":"comment","verb":"unhide","post_id":"1001_88","comment_id":"88_9"}"#,
            "visible 88_9 by nobody at 10:33:20",
        ),
        (
            "a visitor's post",
            "feed",
            r#"{"item":"post","verb":"add","post_id":"1001_90",FROM,"message":"Kiitos!","created_time":T0}"#,
            "inbound post 1001_90 in 1001_90 by facebook_page/7300000000000042 at 10:33:16 : \"Kiitos!\"",
        ),
        (
            "our status",
            "feed",
            r#"{"item":"status","verb":"add","post_id":"1001_91","from":{"id":1001,"name":"Shop"},"message":"Auki","published":1,"created_time":T0}"#,
            "outbound post 1001_91 in 1001_91 by facebook_page/1001 at 10:33:16 : \"Auki\"",
        ),
        (
            "a photo",
            "feed",
            r#"{"item":"photo","verb":"add","post_id":"1001_92","photo_id":"4","link":"https://cdn.example/2.jpg",FROM,"created_time":T0}"#,
            "inbound post 1001_92 in 1001_92 by facebook_page/7300000000000042 at 10:33:16 : <image https://cdn.example/2.jpg>",
        ),
        (
            "a video",
            "feed",
            r#"{"item":"video","verb":"add","post_id":"1001_93","video_id":"4","link":"https://cdn.example/3.mp4",FROM,"message":"v","created_time":T0}"#,
            "inbound post 1001_93 in 1001_93 by facebook_page/7300000000000042 at 10:33:16 : \"v\" <video https://cdn.example/3.mp4>",
        ),
        (
            "a share",
            "feed",
            r#"{"item":"share","verb":"add","post_id":"1001_94","link":"https://news.example",FROM,"message":"Luettavaa","created_time":T0}"#,
            "inbound post 1001_94 in 1001_94 by facebook_page/7300000000000042 at 10:33:16 with link : \"Luettavaa\"",
        ),
        (
            "an album",
            "feed",
            r#"{"item":"album","verb":"add","post_id":"1001_95","photos":["https://cdn.example/4.jpg","https://cdn.example/5.jpg"],FROM,"created_time":T0}"#,
            "inbound post 1001_95 in 1001_95 by facebook_page/7300000000000042 at 10:33:16 : <image https://cdn.example/4.jpg> <image https://cdn.example/5.jpg>",
        ),
        (
            "a removed post",
            "feed",
            r#"{"item":"post","verb":"remove","post_id":"1001_90",FROM}"#,
            "deleted 1001_90 by 7300000000000042 at 10:33:20",
        ),
        (
            "a reaction to a post",
            "feed",
            r#"{"item":"reaction","verb":"add","reaction_type":"angry","post_id":"1001_88","parent_id":"1001_88",FROM,"created_time":T0}"#,
            "+angry 1001_88 by facebook_page/7300000000000042 at 10:33:20",
        ),
        (
            "another reaction to a comment",
            "feed",
            r#"{"item":"reaction","verb":"edit","reaction_type":"wow","post_id":"1001_88","comment_id":"88_9",FROM,"created_time":T0}"#,
            "+wow 88_9 by facebook_page/7300000000000042 at 10:33:20",
        ),
        (
            "a reaction taken back",
            "feed",
            r#"{"item":"reaction","verb":"remove","reaction_type":"wow","post_id":"1001_88","comment_id":"88_9",FROM,"created_time":T0}"#,
            "-wow 88_9 by facebook_page/7300000000000042 at 10:33:20",
        ),
        (
            "a like as it was",
            "feed",
            r#"{"item":"like","verb":"add","post_id":"1001_88",FROM,"created_time":T0}"#,
            "+like 1001_88 by facebook_page/7300000000000042 at 10:33:20",
        ),
        (
            "a reaction of nobody",
            "feed",
            r#"{"item":"reaction","verb":"add","reaction_type":"like","post_id":"1001_88"}"#,
            "unknown: a reaction of nobody at 10:33:20",
        ),
        (
            "a mention in a post of others",
            "mention",
            r#"{"item":"post","verb":"add","post_id":"2002_5","message":"Shop on hyvä","created_time":T0}"#,
            "inbound mention 2002_5 in 2002_5 at 10:33:16 : \"Shop on hyvä\"",
        ),
        (
            "a mention in a comment",
            "mention",
            r#"{"item":"comment","verb":"add","post_id":"2002_5","comment_id":"5_6","message":"Shop?"}"#,
            "inbound mention 5_6 in 2002_5 answers 2002_5 at 10:33:20 : \"Shop?\"",
        ),
        (
            "a mention in a comment on our own wall, where only feed names the author",
            "mention",
            r#"{"item":"comment","verb":"add","post_id":"1001_88","comment_id":"88_17","message":"Shop?"}"#,
            "unknown: a mention of nobody on the own wall, which feed tells too at 10:33:20",
        ),
        (
            "the same comment in feed",
            "feed",
            r#"{"item":"comment","verb":"add","post_id":"1001_88","comment_id":"88_17",FROM,"message":"Shop?"}"#,
            "inbound comment 88_17 in 1001_88 by facebook_page/7300000000000042 answers 1001_88 at 10:33:20 : \"Shop?\"",
        ),
        (
            "a mention in a visitor's post on our own wall",
            "mention",
            r#"{"item":"post","verb":"add","post_id":"1001_98","message":"Shop?"}"#,
            "unknown: a mention of nobody on the own wall, which feed tells too at 10:33:20",
        ),
        (
            "a mention on our own wall that bears its author",
            "mention",
            r#"{"item":"comment","verb":"add","post_id":"1001_88","comment_id":"88_18",FROM,"message":"Shop?"}"#,
            "inbound mention 88_18 in 1001_88 by facebook_page/7300000000000042 answers 1001_88 at 10:33:20 : \"Shop?\"",
        ),
        (
            "a mention on a wall whose id begins as ours",
            "mention",
            r#"{"item":"post","verb":"add","post_id":"10011_98","message":"Shop?"}"#,
            "inbound mention 10011_98 in 10011_98 at 10:33:20 : \"Shop?\"",
        ),
        (
            "a mention taken back",
            "mention",
            r#"{"item":"comment","verb":"remove","post_id":"2002_5","comment_id":"5_6"}"#,
            "deleted 5_6 by nobody at 10:33:20",
        ),
        (
            "a recommendation",
            "ratings",
            r#"{"item":"rating","verb":"add","open_graph_story_id":9007199254740995,"reviewer_id":7300000000000042,"reviewer_name":"Matti","recommendation_type":"POSITIVE","review_text":"Hyvä","created_time":T0}"#,
            "inbound review 9007199254740995 in 9007199254740995 by facebook_page/7300000000000042 rated 1/1 at 10:33:16 : \"Hyvä\"",
        ),
        (
            "a warning to others",
            "ratings",
            r#"{"open_graph_story_id":96,"reviewer_id":7,"recommendation_type":"NEGATIVE","review_text":"Huono"}"#,
            "inbound review 96 in 96 by facebook_page/7 rated 0/1 at 10:33:20 : \"Huono\"",
        ),
        (
            "stars",
            "ratings",
            r#"{"item":"rating","verb":"add","open_graph_story_id":97,"reviewer_id":7,"rating":"4","created_time":T0}"#,
            "inbound review 97 in 97 by facebook_page/7 rated 4/5 at 10:33:16",
        ),
        (
            "a review rewritten",
            "ratings",
            r#"{"item":"rating","verb":"edit","open_graph_story_id":96,"reviewer_id":7,"recommendation_type":"POSITIVE","review_text":"Parempi"}"#,
            "inbound review 96 rev 1794566000836 in 96 by facebook_page/7 rated 1/1 : \"Parempi\"",
        ),
        (
            "a review taken back",
            "ratings",
            r#"{"item":"rating","verb":"remove","open_graph_story_id":96,"reviewer_id":7}"#,
            "deleted 96 by 7 at 10:33:20",
        ),
        (
            "a comment on a review",
            "ratings",
            r#"{"item":"comment","verb":"add","open_graph_story_id":96,"comment_id":"96_1",FROM,"message":"Samaa","created_time":T0}"#,
            "inbound comment 96_1 in 96 by facebook_page/7300000000000042 answers 96 at 10:33:16 : \"Samaa\"",
        ),
        (
            "an event on the wall",
            "feed",
            r#"{"item":"event","verb":"add","post_id":"1001_99",FROM,"message":"Avajaiset","created_time":T0}"#,
            "inbound post 1001_99 in 1001_99 by facebook_page/7300000000000042 at 10:33:16 with item : \"Avajaiset\"",
        ),
        (
            "a mention within the feed",
            "feed",
            r#"{"item":"mention","verb":"add","post_id":"2002_7",FROM,"message":"Shop?","created_time":T0}"#,
            "inbound mention 2002_7 in 2002_7 by facebook_page/7300000000000042 at 10:33:16 : \"Shop?\"",
        ),
        (
            "a comment with everything that the reference shows beside it",
            "feed",
            r#"{"item":"comment","verb":"add","post_id":"1001_88","comment_id":"88_20","parent_id":"1001_88","from":{"id":"7300000000000042","name":"Matti"},"message":"Hei","created_time":T0,"post":{"status_type":"mobile_status_update","is_published":true,"updated_time":"2026-11-13T10:33:16+0000","permalink_url":"https:\/\/www.facebook.com\/1001\/posts\/88","promotion_status":"inactive","id":"1001_88"},"is_hidden":"false","published":1,"open_graph_story_id":null,"message_tags":[{"id":"1"}]}"#,
            "inbound comment 88_20 in 1001_88 by facebook_page/7300000000000042 answers 1001_88 at 10:33:16 : \"Hei\"",
        ),
        (
            "a comment whose time is ISO 8601",
            "feed",
            r#"{"item":"comment","verb":"add","post_id":"1001_88","comment_id":"88_21",FROM,"message":"Hei","created_time":"2026-11-13T10:33:16+0000"}"#,
            "inbound comment 88_21 in 1001_88 by facebook_page/7300000000000042 answers 1001_88 at 10:33:16 : \"Hei\"",
        ),
        (
            "a comment whose time is milliseconds",
            "feed",
            r#"{"item":"comment","verb":"add","post_id":"1001_88","comment_id":"88_22",FROM,"message":"Hei","created_time":1794565996000}"#,
            "inbound comment 88_22 in 1001_88 by facebook_page/7300000000000042 answers 1001_88 at 10:33:16 : \"Hei\"",
        ),
        (
            "a comment with numbers for every id",
            "feed",
            r#"{"item":"comment","verb":"add","post_id":9007199254740993,"comment_id":9007199254740995,"parent_id":9007199254740993,"from":{"id":9007199254740997},"message":"Hei","created_time":T0}"#,
            "inbound comment 9007199254740995 in 9007199254740993 by facebook_page/9007199254740997 answers 9007199254740993 at 10:33:16 : \"Hei\"",
        ),
        (
            "a comment by somebody without a name or an id",
            "feed",
            r#"{"item":"comment","verb":"add","post_id":"1001_88","comment_id":"88_23","from":{"id":"","name":""},"message":"Hei","created_time":T0}"#,
            "inbound comment 88_23 in 1001_88 answers 1001_88 at 10:33:16 : \"Hei\"",
        ),
        (
            "a post taken away that we had hidden before",
            "feed",
            r#"{"item":"status","verb":"remove","post_id":"1001_91","from":{"id":"1001"},"recipient_id":"1001","created_time":T0}"#,
            "deleted 1001_91 by 1001 at 10:33:20",
        ),
        (
            "a post edited",
            "feed",
            r#"{"item":"status","verb":"edited","post_id":"1001_90",FROM,"message":"Kiitos!!","created_time":T0,"published":1}"#,
            "inbound post 1001_90 rev 1794566000640 in 1001_90 by facebook_page/7300000000000042 at 10:33:16 : \"Kiitos!!\"",
        ),
        (
            "somebody no longer blocked",
            "feed",
            r#"{"item":"comment","verb":"unblock","post_id":"1001_88","comment_id":"88_9"}"#,
            "unknown: a verb that is not known at 10:33:20",
        ),
        (
            "a text as the reference of changes shows it",
            "messages",
            r#"{"sender":{"id":"70"},"recipient":{"id":"1001"},"timestamp":"1794565996","message":{"mid":"m_30","text":"Hei"}}"#,
            "inbound direct m_30 in messenger:70 by messenger/70 at 10:33:16 : \"Hei\"",
        ),
        (
            "a reaction as the reference of changes shows it",
            "message_reactions",
            r#"{"sender":{"id":"70"},"recipient":{"id":"1001"},"timestamp":"1794565996","reaction":{"mid":"m_30","action":"react","reaction":"love"}}"#,
            "+love m_30 by messenger/70 at 10:33:16",
        ),
        (
            "a postback as the reference of changes shows it",
            "messaging_postbacks",
            r#"{"sender":{"id":"70"},"recipient":{"id":"1001"},"timestamp":"1794565996","postback":{"mid":"m_31","title":"Aloita","payload":"START"}}"#,
            "inbound direct m_31 in messenger:70 by messenger/70 at 10:33:16 with postback : \"Aloita\"",
        ),
        (
            "another app's as the reference of changes shows it",
            "standby",
            r#"{"sender":{"id":"70"},"recipient":{"id":"1001"},"timestamp":"1794565996","message":{"mid":"m_32","text":"Hei"}}"#,
            "inbound direct m_32 in messenger:70 by messenger/70 at 10:33:16 with standby : \"Hei\"",
        ),
        (
            "a field of Messenger without a value",
            "messages",
            "null",
            "unknown: value is missing at 10:33:20",
        ),
        (
            "an event",
            "feed",
            r#"{"item":"event","verb":"add","event_id":"3"}"#,
            "unknown: an item that is not known at 10:33:20",
        ),
        (
            "somebody blocked",
            "feed",
            r#"{"item":"comment","verb":"block","post_id":"1001_88","comment_id":"88_9"}"#,
            "unknown: a verb that is not known at 10:33:20",
        ),
        (
            "somebody muted",
            "feed",
            r#"{"item":"post","verb":"mute","post_id":"1001_88"}"#,
            "unknown: a verb that is not known at 10:33:20",
        ),
        (
            "a comment without an id",
            "feed",
            r#"{"item":"comment","verb":"add","post_id":"1001_88","comment_id":""}"#,
            "unknown: comment_id is missing at 10:33:20",
        ),
        (
            "a text that is a number",
            "feed",
            r#"{"item":"comment","verb":"add","post_id":"1001_88","comment_id":"88_9","message":5}"#,
            "unknown: a field of value is of another kind at 10:33:20",
        ),
        (
            "half an emoji",
            "feed",
            r#"{"item":"comment","verb":"add","post_id":"1001_88","comment_id":"88_9",FROM,"message":"Hei \ud83d"}"#,
            "inbound comment 88_9 in 1001_88 by facebook_page/7300000000000042 answers 1001_88 at 10:33:20 : \"Hei \u{fffd}\"",
        ),
        (
            "another field",
            "live_videos",
            r#"{"id":"5","status":"live"}"#,
            "unknown: a field that is not known at 10:33:20",
        ),
    ] {
        check(
            name,
            &feed(field, &value.replace("FROM", matti)),
            &[expected],
        );
    }
}

#[test]
fn every_kind_of_event_in_messenger() {
    let plain = "in messenger:70 by messenger/70";
    for (name, list, item, expected) in [
        (
            "a text",
            "messaging",
            r#"{FROM70,"message":{"mid":"m_1","text":"Hei"}}"#,
            &[&*format!(
                "inbound direct m_1 {plain} at 10:33:16.500 : \"Hei\""
            )][..],
        ),
        (
            "an answer",
            "messaging",
            r#"{FROM70,"message":{"mid":"m_2","text":"Joo","reply_to":{"mid":"m_1"}}}"#,
            &[&*format!(
                "inbound direct m_2 {plain} answers m_1 at 10:33:16.500 : \"Joo\""
            )],
        ),
        (
            "numbers for ids",
            "messaging",
            r#"{"sender":{"id":18446744073709551999},"recipient":{"id":1001},"timestamp":"1794565996500","message":{"mid":"m_3","text":"x"}}"#,
            &[
                "inbound direct m_3 in messenger:18446744073709551999 by messenger/18446744073709551999 at 10:33:16.500 : \"x\"",
            ],
        ),
        (
            "a time in seconds",
            "messaging",
            r#"{"sender":{"id":"70"},"recipient":{"id":"1001"},"timestamp":1794565996,"message":{"mid":"m_4","text":"x"}}"#,
            &[&*format!("inbound direct m_4 {plain} at 10:33:16 : \"x\"")],
        ),
        (
            "no time",
            "messaging",
            r#"{"sender":{"id":"70"},"recipient":{"id":"1001"},"message":{"mid":"m_5","text":"x"}}"#,
            &[&*format!(
                "inbound direct m_5 {plain} at 10:33:20.123 : \"x\""
            )],
        ),
        (
            "every attachment",
            "messaging",
            r#"{FROM70,"message":{"mid":"m_6","attachments":[{"type":"image","payload":{"url":"https://cdn.example/i"}},{"type":"video","payload":{"url":"https://cdn.example/v"}},{"type":"audio","payload":{"url":"https://cdn.example/a"}},{"type":"file","payload":{"url":"https://cdn.example/f"}},{"type":"location","title":"Here","payload":{"coordinates":{"lat":60.5,"long":24.25}}},{"type":"fallback","title":"News","url":"https://news.example","payload":null},{"type":"template","payload":{"template_type":"generic"}},{"type":"ig_reel","payload":{"url":"x"}},7]}}"#,
            &[&*format!(
                "inbound direct m_6 {plain} at 10:33:16.500 : <image https://cdn.example/i> <video https://cdn.example/v> <audio https://cdn.example/a> <file https://cdn.example/f> <at 60.5 24.25> <unknown \"fallback\"> <unknown \"template\"> <unknown \"ig_reel\"> <unknown null>"
            )],
        ),
        (
            "a sticker both ways",
            "messaging",
            r#"{FROM70,"message":{"mid":"m_7","attachments":[{"type":"image","payload":{"url":"https://cdn.example/s","sticker_id":369239263222822}},{"type":"sticker","payload":{"url":"https://cdn.example/s","sticker_id":"369239263222822"}}]}}"#,
            &[&*format!(
                "inbound direct m_7 {plain} at 10:33:16.500 : <sticker 369239263222822>"
            )],
        ),
        (
            "a sticker",
            "messaging",
            r#"{FROM70,"message":{"mid":"m_8","attachments":[{"type":"sticker","payload":{"sticker_id":5}}]}}"#,
            &[&*format!(
                "inbound direct m_8 {plain} at 10:33:16.500 : <sticker 5>"
            )],
        ),
        (
            "a quick reply",
            "messaging",
            r#"{FROM70,"message":{"mid":"m_9","text":"Kyllä","quick_reply":{"payload":"YES"}}}"#,
            &[&*format!(
                "inbound direct m_9 {plain} at 10:33:16.500 with quick_reply : \"Kyllä\""
            )],
        ),
        (
            "what apps are not given",
            "messaging",
            r#"{FROM70,"message":{"mid":"m_10","is_unsupported":true}}"#,
            &[&*format!(
                "inbound direct m_10 {plain} at 10:33:16.500 : <unreadable>"
            )],
        ),
        (
            "by an advertisement",
            "messaging",
            r#"{FROM70,"message":{"mid":"m_11","text":"Hei","referral":{"source":"ADS","type":"OPEN_THREAD","ad_id":6000000000000001234,"ads_context_data":{"ad_title":"Takki"}}}}"#,
            &[&*format!(
                "inbound direct m_11 {plain} campaign 6000000000000001234 at 10:33:16.500 with referral : \"Hei\""
            )],
        ),
        (
            "an echo of ours",
            "messaging",
            r#"{TO70,"message":{"mid":"m_12","text":"Hei!","is_echo":true,"app_id":500,"metadata":"aspa:e-abc"}}"#,
            &[
                "outbound direct m_12 in messenger:70 by messenger/1001 to 70 effect e-abc at 10:33:16.500 with app_id : \"Hei!\"",
            ],
        ),
        (
            "an echo of a colleague's",
            "messaging",
            r#"{TO70,"message":{"mid":"m_13","text":"Hei!","is_echo":true,"metadata":"other"}}"#,
            &[
                "outbound direct m_13 in messenger:70 by messenger/1001 to 70 at 10:33:16.500 : \"Hei!\"",
            ],
        ),
        (
            "metadata of a customer",
            "messaging",
            r#"{FROM70,"message":{"mid":"m_14","text":"x","metadata":"aspa:e-abc"}}"#,
            &[&*format!(
                "inbound direct m_14 {plain} at 10:33:16.500 : \"x\""
            )],
        ),
        (
            "taken back",
            "messaging",
            r#"{FROM70,"message":{"mid":"m_1","is_deleted":true}}"#,
            &["deleted m_1 by 70 at 10:33:16.500"],
        ),
        (
            "an edit",
            "messaging",
            r#"{FROM70,"message_edit":{"mid":"m_1","text":"Hei!","num_edit":1}}"#,
            &[&*format!("inbound direct m_1 rev 1 {plain} : \"Hei!\"")],
        ),
        (
            "an edit counted in a text",
            "messaging",
            r#"{FROM70,"message_edit":{"mid":"m_1","text":"Hei!!","num_edit":"2"}}"#,
            &[&*format!("inbound direct m_1 rev 2 {plain} : \"Hei!!\"")],
        ),
        (
            "an edit that is not counted",
            "messaging",
            r#"{FROM70,"message_edit":{"mid":"m_1","text":"a"}}"#,
            &[&*format!(
                "inbound direct m_1 rev 1794565996233 {plain} : \"a\""
            )],
        ),
        (
            "a postback",
            "messaging",
            r#"{FROM70,"postback":{"mid":"m_15","title":"Aloita","payload":"START"}}"#,
            &[&*format!(
                "inbound direct m_15 {plain} at 10:33:16.500 with postback : \"Aloita\""
            )],
        ),
        (
            "a postback by a link",
            "messaging",
            r#"{FROM70,"postback":{"title":"Aloita","payload":"START","referral":{"ref":"spring","source":"SHORTLINK","type":"OPEN_THREAD"}}}"#,
            &[&*format!(
                "inbound direct postback-d-0qjtdbd4z17mgjj2 {plain} at 10:33:16.500 with postback,referral : \"Aloita\""
            )],
        ),
        (
            "a reaction",
            "messaging",
            r#"{FROM70,"reaction":{"mid":"m_12","action":"react","reaction":"love","emoji":"\u2764\ufe0f"}}"#,
            &["+❤️ m_12 by messenger/70 at 10:33:16.500"],
        ),
        (
            "a reaction taken back",
            "messaging",
            r#"{FROM70,"reaction":{"mid":"m_12","action":"unreact"}}"#,
            &["- m_12 by messenger/70 at 10:33:16.500"],
        ),
        (
            "a reaction of the page",
            "messaging",
            r#"{TO70,"reaction":{"mid":"m_1","action":"react","reaction":"like"}}"#,
            &["+like m_1 by messenger/1001 at 10:33:16.500"],
        ),
        (
            "delivered",
            "messaging",
            r#"{"sender":{"id":"70"},"recipient":{"id":"1001"},"delivery":{"mids":["m_12","m_13"],"watermark":1794565997000}}"#,
            &[
                "delivered m_12 at 10:33:20.123",
                "delivered m_13 at 10:33:20.123",
            ],
        ),
        (
            "delivered up to then",
            "messaging",
            r#"{FROM70,"delivery":{"watermark":1794565996400}}"#,
            &["delivered messenger:70 by 70 until 10:33:16.400 at 10:33:16.500"],
        ),
        (
            "read up to then",
            "messaging",
            r#"{FROM70,"read":{"watermark":1794565996400}}"#,
            &["read messenger:70 by 70 until 10:33:16.400 at 10:33:16.500"],
        ),
        (
            "read, of one message",
            "messaging",
            r#"{FROM70,"read":{"mid":"m_12"}}"#,
            &["read m_12 at 10:33:16.500"],
        ),
        (
            "a referral",
            "messaging",
            r#"{FROM70,"referral":{"ref":"spring","source":"SHORTLINK","type":"OPEN_THREAD"}}"#,
            &["met messenger/70 with referral at 10:33:16.500"],
        ),
        (
            "an opt-in",
            "messaging",
            r#"{FROM70,"optin":{"type":"notification_messages","payload":"x"}}"#,
            &["met messenger/70 with optin at 10:33:16.500"],
        ),
        (
            "an account joined",
            "messaging",
            r#"{FROM70,"account_linking":{"status":"linked","authorization_code":"x"}}"#,
            &["met messenger/70 with account_linking at 10:33:16.500"],
        ),
        (
            "blocked",
            "messaging",
            r#"{"recipient":{"id":"1001"},"timestamp":1794565996500,"policy-enforcement":{"action":"block","reason":"spam"}}"#,
            &["account revoked remedy true at 10:33:16.500"],
        ),
        (
            "warned",
            "messaging",
            r#"{"recipient":{"id":"1001"},"timestamp":1794565996500,"policy_enforcement":{"action":"warning"}}"#,
            &["account degraded remedy true at 10:33:16.500"],
        ),
        (
            "let in again",
            "messaging",
            r#"{"recipient":{"id":"1001"},"timestamp":1794565996500,"policy-enforcement":{"action":"unblock"}}"#,
            &["account live remedy false at 10:33:16.500"],
        ),
        (
            "passed to us",
            "messaging",
            r#"{FROM70,"pass_thread_control":{"new_owner_app_id":500,"previous_owner_app_id":263902037430900}}"#,
            &["pass_thread_control messenger:70 ours true at 10:33:16.500"],
        ),
        (
            "passed to another",
            "standby",
            r#"{FROM70,"pass_thread_control":{"new_owner_app_id":"600"}}"#,
            &["pass_thread_control messenger:70 ours false at 10:33:16.500 standby"],
        ),
        (
            "taken back by us",
            "messaging",
            r#"{FROM70,"take_thread_control":{"previous_owner_app_id":"600","new_owner_app_id":500,"metadata":"x"}}"#,
            &["take_thread_control messenger:70 ours true at 10:33:16.500"],
        ),
        (
            "taken from us",
            "messaging",
            r#"{FROM70,"take_thread_control":{"previous_owner_app_id":"500"}}"#,
            &["take_thread_control messenger:70 ours false at 10:33:16.500"],
        ),
        (
            "asked for",
            "messaging",
            r#"{FROM70,"request_thread_control":{"requested_owner_app_id":"600"}}"#,
            &["request_thread_control messenger:70 ours true at 10:33:16.500"],
        ),
        (
            "a text while another app answers",
            "standby",
            r#"{FROM70,"message":{"mid":"m_16","text":"Hei"}}"#,
            &[&*format!(
                "inbound direct m_16 {plain} at 10:33:16.500 with standby : \"Hei\""
            )],
        ),
        (
            "read while another app answers",
            "standby",
            r#"{FROM70,"read":{"watermark":1794565996400}}"#,
            &["read messenger:70 by 70 until 10:33:16.400 at 10:33:16.500 standby"],
        ),
        (
            "delivered, with some of the ids missing",
            "messaging",
            r#"{FROM70,"delivery":{"mids":["m_12",null,"",7],"watermark":1794565996400,"seq":37}}"#,
            &[
                "delivered m_12 at 10:33:16.500",
                "delivered 7 at 10:33:16.500",
            ],
        ),
        (
            "delivered, with no ids after all",
            "messaging",
            r#"{FROM70,"delivery":{"mids":[],"watermark":"1794565996"}}"#,
            &["delivered messenger:70 by 70 until 10:33:16 at 10:33:16.500"],
        ),
        (
            "an edit whose text is not told",
            "messaging",
            r#"{FROM70,"message_edit":{"mid":"m_1","text":null,"num_edit":3}}"#,
            &[&*format!("inbound direct m_1 rev 3 {plain} : <unreadable>")],
        ),
        (
            "a message with yes and no as numbers",
            "messaging",
            r#"{TO70,"message":{"mid":"m_20","text":"Hei!","is_echo":1,"is_deleted":0,"app_id":"500","attachments":null,"quick_reply":null,"reply_to":{"mid":"m_1","is_self_reply":false}}}"#,
            &[
                "outbound direct m_20 in messenger:70 by messenger/1001 to 70 answers m_1 at 10:33:16.500 with app_id : \"Hei!\"",
            ],
        ),
        (
            "half an emoji",
            "messaging",
            r#"{FROM70,"message":{"mid":"m_21","text":"Hei \ude4f"}}"#,
            &[&*format!(
                "inbound direct m_21 {plain} at 10:33:16.500 : \"Hei \u{fffd}\""
            )],
        ),
        (
            "what Messenger says of old in seconds",
            "messaging",
            r#"{"sender":{"id":70},"recipient":{"id":1001},"timestamp":1794565996,"read":{"watermark":1794565996,"seq":1}}"#,
            &["read messenger:70 by 70 until 10:33:16 at 10:33:16"],
        ),
        (
            "an opt-in of somebody who has no id yet",
            "messaging",
            r#"{"recipient":{"id":"1001"},"timestamp":1794565996500,"optin":{"ref":"x","user_ref":"u"}}"#,
            &["unknown: nobody but the page is named at 10:33:16.500"],
        ),
        (
            "a message without an id",
            "messaging",
            r#"{FROM70,"message":{"text":"x"}}"#,
            &["unknown: mid is missing at 10:33:16.500"],
        ),
        (
            "a message of nobody",
            "messaging",
            r#"{"recipient":{"id":"1001"},"timestamp":1794565996500,"message":{"mid":"m_1","text":"x"}}"#,
            &["unknown: nobody but the page is named at 10:33:16.500"],
        ),
        (
            "a kind of tomorrow",
            "messaging",
            r#"{FROM70,"hologram":{"mid":"m_1"}}"#,
            &["unknown: a kind that is not known at 10:33:16.500"],
        ),
        (
            "a text that is a list",
            "messaging",
            r#"{FROM70,"message":{"mid":"m_1","text":[]}}"#,
            &["unknown: a field of message is of another kind at 10:33:16.500"],
        ),
    ] {
        check(name, &direct(list, item), expected);
    }
}

#[test]
fn whole_deliveries() {
    let text = |mid: &str| {
        format!(
            r#"{{"sender":{{"id":"70"}},"recipient":{{"id":"1001"}},"timestamp":1794565996500,"message":{{"mid":"{mid}","text":"x"}}}}"#
        )
    };
    let mixed = format!(
        r#"{{"object":"page","entry":[
            {{"id":"1001","time":1794566000,"messaging":[{}],"standby":[{}],"changes":[{{"field":"feed","value":{{"item":"like","verb":"add","post_id":"1001_1","from":{{"id":"7"}}}}}}],"weather":[1,2]}},
            {{"id":"1003","time":1794566000,"messaging":[{}]}},
            {{"time":1794566000,"messaging":[]}},
            {{"id":"1002","time":1794566000,"messaging":[]}},
            {{"id":"1002","time":1794566000,"changes":{{}}}}, null]}}"#,
        text("m_1"),
        text("m_2"),
        text("m_3"),
    );
    let text = "in messenger:70 by messenger/70 at 10:33:16.500";
    check(
        "everything in one",
        &mixed,
        &[
            &format!("inbound direct m_1 {text} : \"x\""),
            &format!("inbound direct m_2 {text} with standby : \"x\""),
            "+like 1001_1 by facebook_page/7 at 10:33:20",
            "unknown: not a list that is known at 10:33:20",
            "unknown: not a list that is known at 10:33:20",
            "unknown: not a page that is configured at 10:33:20",
            "unknown: not a page that is configured at 10:33:20",
            "unknown: nothing in it at 10:33:20",
            "unknown: no list at 10:33:20",
            "unknown: the entry is no object at never",
        ],
    );
    for (body, expected) in [
        (
            r#"{"object":"instagram","entry":[{"id":"1001","time":1794566000,"messaging":[{}]}]}"#,
            "unknown: object is not page at 10:33:20",
        ),
        (
            r#"{"object":"page","entry":[]}"#,
            "unknown: entry is empty at never",
        ),
        (
            r#"{"object":"page"}"#,
            "unknown: no delivery of Meta's at never",
        ),
        ("[]", "unknown: no delivery of Meta's at never"),
        ("hello", "unknown: no delivery of Meta's at never"),
        ("", "unknown: no delivery of Meta's at never"),
    ] {
        check(body, body, &[expected]);
    }
}

/// A batch of everything, with the raw text of each event that was not understood.
#[test]
fn which_app_had_the_conversation_before_is_no_event() {
    let body = r#"{"object":"page","entry":[{"id":"1001","time":1794566000123,"messaging":[{"sender":{"id":"70"},"recipient":{"id":"1001"},"timestamp":1794565996500,"message":{"mid":"m_1","text":"x"}}],"hop_context":[{"app_id":500,"metadata":""}]}]}"#;
    check(
        "a hop",
        body,
        &["inbound direct m_1 in messenger:70 by messenger/70 at 10:33:16.500 : \"x\""],
    );
}

/// What comes twice, and in whatever order, has the same keys.
#[test]
fn duplicates_and_another_order_are_the_same_events() {
    let items = [
        r#"{"sender":{"id":"70"},"recipient":{"id":"1001"},"timestamp":1794565996500,"message":{"mid":"m_1","text":"x"}}"#,
        r#"{"sender":{"id":"70"},"recipient":{"id":"1001"},"timestamp":1794565996600,"message_edit":{"mid":"m_1","text":"y","num_edit":1}}"#,
        r#"{"sender":{"id":"70"},"recipient":{"id":"1001"},"timestamp":1794565996700,"reaction":{"mid":"m_9","action":"react","reaction":"love"}}"#,
        r#"{"sender":{"id":"70"},"recipient":{"id":"1001"},"timestamp":1794565996800,"read":{"watermark":1794565996750}}"#,
        r#"{"sender":{"id":"70"},"recipient":{"id":"1001"},"timestamp":1794565996900,"delivery":{"mids":["m_9"],"watermark":1794565996750}}"#,
    ];
    let keys = |items: &[&str]| {
        let body = format!(
            r#"{{"object":"page","entry":[{{"id":"1001","time":1794566000123,"messaging":[{}]}}]}}"#,
            items.join(",")
        );
        let events = receive(body.as_bytes());
        assert_eq!(events.len(), items.len());
        let mut keys: Vec<String> = events.iter().map(Event::key).collect();
        keys.sort();
        keys
    };
    let once = keys(&items);
    let mut turned = items;
    turned.reverse();
    assert_eq!(keys(&turned), once);
    let twice = [items, items].concat();
    let mut both = keys(&twice);
    both.dedup();
    assert_eq!(both, once, "five different events");
}

#[test]
fn what_is_not_understood_is_kept_as_it_came() {
    let events = receive(
        direct(
            "messaging",
            r#"{FROM70,"hologram":{"id":9007199254740993}}"#,
        )
        .as_bytes(),
    );
    let EventKind::Unknown(kept) = &events[0].kind else {
        panic!()
    };
    assert_eq!(kept["event"]["hologram"]["id"], 9_007_199_254_740_993_u64);
    assert_eq!(kept["list"], "messaging");
    let stored = serde_json::to_string(&events[0]).unwrap();
    assert_eq!(serde_json::from_str::<Event>(&stored).unwrap(), events[0]);
}

/// JSON of the shapes that Meta sends, with anything in their places.
fn json() -> impl Strategy<Value = String> {
    let word = prop::sample::select(vec![
        "null",
        "true",
        "0",
        "-1",
        "1.5",
        "1794566000",
        "1794566000123",
        "18446744073709551999",
        "1e400",
        r#""""#,
        r#""1001""#,
        r#""70""#,
        r#""1001_5""#,
        r#""\ud800""#,
        r#""\u0000""#,
        r#""add""#,
        r#""comment""#,
        r#""feed""#,
        r#""page""#,
        r#""m_1""#,
        "[]",
        "{}",
    ]);
    let name = prop::sample::select(vec![
        "object",
        "entry",
        "id",
        "time",
        "messaging",
        "standby",
        "changes",
        "field",
        "value",
        "item",
        "verb",
        "post_id",
        "comment_id",
        "from",
        "message",
        "mid",
        "text",
        "sender",
        "recipient",
        "timestamp",
        "attachments",
        "payload",
        "type",
        "reaction",
        "read",
        "delivery",
        "watermark",
        "mids",
        "postback",
        "message_edit",
        "policy-enforcement",
        "pass_thread_control",
        "referral",
        "created_time",
    ]);
    word.prop_map(str::to_owned)
        .prop_recursive(6, 48, 6, move |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4)
                    .prop_map(|items| format!("[{}]", items.join(","))),
                prop::collection::vec((name.clone(), inner), 0..6).prop_map(|fields| {
                    let fields: Vec<String> = fields
                        .iter()
                        .map(|(name, value)| format!("\"{name}\":{value}"))
                        .collect();
                    format!("{{{}}}", fields.join(","))
                }),
            ]
        })
}

proptest! {
    #[test]
    fn any_bytes_are_kept(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(!receive(&bytes).is_empty());
    }

    #[test]
    fn any_items_are_kept_one_by_one(items in prop::collection::vec(json(), 1..5), list in prop::sample::select(vec!["messaging", "standby", "changes"])) {
        let body = format!(r#"{{"object":"page","entry":[{{"id":"1001","time":1794566000,"{list}":[{}]}}]}}"#, items.join(","));
        let events = receive(body.as_bytes());
        prop_assert!(events.len() >= items.len());
        for event in &events {
            let stored = serde_json::to_string(event).unwrap();
            prop_assert_eq!(&serde_json::from_str::<Event>(&stored).unwrap(), event);
        }
    }
}
