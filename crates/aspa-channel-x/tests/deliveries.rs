//! What X delivers, kind by kind, and what comes of it. The bodies are of our own making, by the shapes that
//! X documents (2026-11-22).
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::needless_pass_by_value,
    reason = "a test that cannot go on says so"
)]

use aspa_channel::{
    AccountHealth, AttributeKind, Audience, Delivery, DeliveryStatus, Direction, Event, EventKind,
    Message, MessageKind, Part, Received, Visibility, Webhook,
};
use aspa_channel_x::XWebhook;
use aspa_types::{AccountId, DeliveryId, Secret};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use hmac::{Hmac, KeyInit, Mac};
use http::{Method, Request};
use proptest::prelude::*;
use serde_json::{Value, json};
use sha2::Sha256;

const US: &str = "1795334400000000017";
const SE: &str = "1795334400000000033";
const MATTI: &str = "1795334400000000999";

fn now() -> DateTime<Utc> {
    "2026-11-22T08:00:00Z".parse().unwrap()
}

fn account(name: &str) -> AccountId {
    AccountId::new(name).unwrap()
}

fn webhook() -> XWebhook {
    let webhook = XWebhook::new(account("shop"), US, Secret::new("consumer-secret")).unwrap();
    webhook.and(account("shop-se"), SE).unwrap()
}

fn receive(body: &[u8]) -> Received {
    webhook().receive(&signed(body), now())
}

fn signed(body: &[u8]) -> Delivery {
    let mut mac = Hmac::<Sha256>::new_from_slice(b"consumer-secret").unwrap();
    mac.update(body);
    let signature = STANDARD.encode(mac.finalize().into_bytes());
    let mut delivery = Request::new(Bytes::copy_from_slice(body));
    *delivery.method_mut() = Method::POST;
    let value = format!("sha256={signature}").parse().unwrap();
    delivery
        .headers_mut()
        .insert("x-twitter-webhooks-signature", value);
    delivery
}

fn events(body: &Value) -> Vec<Event> {
    match receive(body.to_string().as_bytes()) {
        Received::Accepted { events, answer, .. } => {
            assert_eq!(answer.status().as_u16(), 200);
            events
        }
        other => panic!("{other:?}"),
    }
}

/// An event of the X Activity API for our account.
fn activity(kind: &str, payload: Value) -> Value {
    json!({ "data": {
        "event_uuid": "-2781149976877970683", "filter": { "user_id": US }, "event_type": kind,
        "tag": "ours", "payload": payload,
    }})
}

/// A post of a customer that names us.
fn mention() -> Value {
    json!({
        "id": "2080761390344937797", "text": "@shop where is my parcel &amp; why?", "author_id": MATTI,
        "conversation_id": "2080761390344937797", "created_at": "2026-11-22T07:59:00.000Z", "lang": "en",
        "edit_history_tweet_ids": ["2080761390344937797"],
        "entities": { "mentions": [{ "id": US, "username": "shop", "start": 0, "end": 5 }] },
        "public_metrics": { "like_count": 0, "like_count_str": "0" },
    })
}

fn with(mut value: Value, name: &str, new: Value) -> Value {
    value[name] = new;
    value
}

fn without(mut value: Value, name: &str) -> Value {
    value.as_object_mut().unwrap().remove(name);
    value
}

/// The only message.
fn message(body: &Value) -> Message {
    let mut events = events(body);
    assert_eq!(events.len(), 1, "{body}");
    match events.remove(0).kind {
        EventKind::Message(message) => *message,
        other => panic!("{other:?} of {body}"),
    }
}

fn dm(kind: &str, from: &str, to: &str, text: &str) -> Value {
    activity(
        kind,
        json!({
            "direct_message_events": [{
                "type": "message_create", "id": "2080763914820927863", "created_timestamp": "1795334340123",
                "message_create": {
                    "target": { "recipient_id": to }, "sender_id": from,
                    "message_data": { "text": text, "entities": { "hashtags": [], "urls": [] } },
                },
            }],
            "users": { from: { "data": { "id": from, "username": "AngryMatti", "name": "Matti" } } },
        }),
    )
}

/// What an event is, in a word or two.
fn told(event: &Event) -> String {
    match &event.kind {
        EventKind::Message(message) => {
            let way = match message.direction {
                Direction::Inbound => "in",
                Direction::Outbound => "out",
            };
            format!("{way} {} {}", message.kind, message.audience)
        }
        EventKind::Visibility { visibility, .. } => format!("visibility {visibility}"),
        EventKind::Reaction {
            reaction, removed, ..
        } => format!("reaction {reaction} {removed}"),
        EventKind::Status {
            status, watermark, ..
        } => format!("status {status} {watermark}"),
        EventKind::Handle { .. } => format!("handle {:?}", event.handles[0].attributes[0].kind),
        EventKind::Account { health, .. } => format!("account {health}"),
        EventKind::Unknown(_) => "unknown".to_owned(),
        other => format!("{other:?}"),
    }
}

#[test]
fn every_kind_comes_to_what_it_is() {
    let reply = with(
        mention(),
        "referenced_tweets",
        json!([{ "type": "replied_to", "id": "2080761390344937001" }]),
    );
    let quote = with(
        mention(),
        "referenced_tweets",
        json!([{ "type": "quoted", "id": "2080761390344937001" }]),
    );
    let repost = with(
        mention(),
        "referenced_tweets",
        json!([{ "type": "retweeted", "id": "2080761390344937001" }]),
    );
    let ours = with(mention(), "author_id", json!(US));
    let profile = json!({ "before": "a", "after": "b" });
    let chat = json!({
        "id": "e4f4d3fc-8bbf-4928-92eb-e5058d6bb6f6", "sender_id": MATTI, "created_at_msec": "1795334340123",
        "conversation_id": format!("{MATTI}:{US}"), "encoded_event": "CwABAAAAEzIwODA0", "conversation_token": "eyJ",
    });
    let like = json!({
        "id": "9a", "liked_tweet_id": "2080761390344937001", "tweet_author_id": US,
        "created_at": "2026-11-22T07:59:00.000Z", "user_id": MATTI,
    });
    let follow =
        json!({ "source": { "data": { "id": MATTI } }, "target": { "data": { "id": US } } });
    let cases: &[(&str, Value, &[&str])] = &[
        (
            "a mention",
            activity("post.mention.create", mention()),
            &["in mention public"],
        ),
        (
            "a reply to ours",
            activity("post.reply.create", reply),
            &["in comment public"],
        ),
        (
            "a quote of ours",
            activity("post.quote.create", quote),
            &["in quote public"],
        ),
        (
            "a repost of ours",
            activity("post.repost.create", repost),
            &["reaction repost false"],
        ),
        (
            "our own post",
            activity("post.create", ours),
            &["out post public"],
        ),
        (
            "a deletion",
            activity(
                "post.delete",
                json!({ "id": "2080761390344937797", "author_id": MATTI }),
            ),
            &["visibility deleted"],
        ),
        (
            "a direct message",
            dm("dm.received", MATTI, US, "Hei"),
            &["in direct direct"],
        ),
        (
            "one of ours, written on X",
            dm("dm.sent", US, MATTI, "Hei"),
            &["out direct direct"],
        ),
        (
            "a direct message of v2's shape",
            activity(
                "dm.received",
                json!({
                    "id": "2080763914820927863", "event_type": "MessageCreate", "sender_id": MATTI, "text": "Hei",
                    "dm_conversation_id": format!("{MATTI}-{US}"), "created_at": "2026-11-22T07:59:00.000Z",
                }),
            ),
            &["in direct direct"],
        ),
        (
            "ours was read",
            activity(
                "dm.read",
                json!({ "direct_message_mark_read_events": [{
                    "created_timestamp": "1795334340123", "sender_id": MATTI, "target": { "recipient_id": US },
                    "last_read_event_id": "2080763914820927863",
                }]}),
            ),
            &["status read true"],
        ),
        (
            "we read theirs",
            activity(
                "dm.read",
                json!({ "direct_message_mark_read_events": [{
                    "sender_id": US, "last_read_event_id": "2080763914820927863",
                }]}),
            ),
            &["unknown"],
        ),
        (
            "somebody types",
            activity(
                "dm.indicate_typing",
                json!({ "direct_message_indicate_typing_events": [{ "sender_id": MATTI }] }),
            ),
            &["unknown"],
        ),
        (
            "an encrypted chat",
            activity("chat.received", chat.clone()),
            &["in direct direct"],
        ),
        (
            "one of ours, encrypted",
            activity("chat.sent", with(chat.clone(), "sender_id", json!(US))),
            &["out direct direct"],
        ),
        (
            "somebody joins a chat",
            activity("chat.conversation_join", chat),
            &["unknown"],
        ),
        (
            "a like",
            activity("like.create", like.clone()),
            &["reaction like false"],
        ),
        (
            "a like of nobody",
            activity("like.create", without(like, "user_id")),
            &["unknown"],
        ),
        (
            "a follower",
            activity("follow.follow", follow.clone()),
            &["unknown"],
        ),
        (
            "one less",
            activity("follow.unfollow", follow.clone()),
            &["unknown"],
        ),
        (
            "a block",
            activity("block.block", follow.clone()),
            &["unknown"],
        ),
        ("a mute", activity("mute.mute", follow), &["unknown"]),
        (
            "another name",
            activity("profile.update.handle", profile.clone()),
            &["handle UserName"],
        ),
        (
            "another display name",
            activity("profile.update.screenname", profile.clone()),
            &["handle DisplayName"],
        ),
        (
            "another bio",
            activity("profile.update.bio", profile.clone()),
            &["handle Bio"],
        ),
        (
            "another place",
            activity("profile.update.geo", profile.clone()),
            &["handle Location"],
        ),
        (
            "another link",
            activity("profile.update.url", profile.clone()),
            &["handle Link"],
        ),
        (
            "another picture",
            activity("profile.update.profile_picture", profile.clone()),
            &["handle PictureUrl"],
        ),
        (
            "another banner",
            activity("profile.update.banner_picture", profile.clone()),
            &["unknown"],
        ),
        (
            "a badge",
            activity("profile.update.verified_badge", profile),
            &["unknown"],
        ),
        (
            "access taken back",
            json!({ "data": { "event_uuid": "5", "filter": {}, "event_type": "oauth.revoke", "payload": {
                "date_time": "2026-11-22T07:59:00+00:00", "user_id": SE, "app_id": "29820954" } } }),
            &["account revoked"],
        ),
        (
            "a space",
            activity("spaces.start", json!({ "broadcast_id": "1q" })),
            &["unknown"],
        ),
        (
            "news",
            activity("news.new", json!({ "id": "1", "hook": "a" })),
            &["unknown"],
        ),
        (
            "a kind of tomorrow",
            activity("hologram.create", json!({ "id": "1" })),
            &["unknown"],
        ),
        (
            "a post without an id",
            activity("post.mention.create", without(mention(), "id")),
            &["unknown"],
        ),
        (
            "a payload that is a list",
            activity("post.create", json!([1, 2])),
            &["unknown"],
        ),
        (
            "no payload",
            json!({ "data": { "event_type": "post.create", "filter": { "user_id": US } } }),
            &["unknown"],
        ),
        (
            "a line of the filtered stream",
            json!({ "data": mention(), "matching_rules": [{ "id": "1" }] }),
            &["in mention public"],
        ),
        (
            "a stream's error",
            json!({ "errors": [{ "title": "operational-disconnect" }] }),
            &["unknown"],
        ),
        ("an empty object", json!({}), &["unknown"]),
        ("null", json!(null), &["unknown"]),
        (
            "several in one",
            json!({ "data": [activity("post.create", mention())["data"], 7, activity("a.b", json!(1))["data"]] }),
            &["in mention public", "unknown", "unknown"],
        ),
    ];
    for (name, body, expected) in cases {
        let events = events(body);
        let came: Vec<String> = events.iter().map(told).collect();
        assert_eq!(came, *expected, "{name}");
        assert!(
            events
                .iter()
                .all(|event| event.provenance.delivery.is_some()),
            "{name}"
        );
    }
}

#[test]
fn a_mention_has_everything_that_a_ticket_needs() {
    let body = with(
        activity("post.mention.create", mention()),
        "includes",
        json!({ "users": [{ "data": { "id": MATTI, "username": "AngryMatti", "name": "Matti &amp; co" } }] }),
    );
    let event = events(&body).remove(0);
    let EventKind::Message(message) = &event.kind else {
        panic!()
    };
    assert_eq!(&*message.key.id, "2080761390344937797");
    assert_eq!(message.key.account, account("shop"));
    assert_eq!(&*message.conversation.id, "2080761390344937797");
    assert_eq!(message.text(), "@shop where is my parcel & why?");
    assert_eq!(message.language.as_deref(), Some("en"));
    assert_eq!(
        message.url.as_deref(),
        Some("https://x.com/AngryMatti/status/2080761390344937797")
    );
    assert_eq!(
        message.times.source,
        Some("2026-11-22T07:59:00Z".parse().unwrap())
    );
    assert!(message.times.vouched);
    assert_eq!(
        message.author.as_ref().map(aspa_types::HandleKey::id),
        Some(MATTI)
    );
    assert_eq!(message.extra["summons"], true);
    let handle = &event.handles[0];
    assert_eq!(handle.latest(&AttributeKind::UserName), Some("AngryMatti"));
    assert_eq!(
        handle.latest(&AttributeKind::DisplayName),
        Some("Matti & co")
    );
}

#[test]
fn users_come_along_in_every_shape_or_not_at_all() {
    let user = json!({ "id": MATTI, "username": "AngryMatti" });
    let shapes = [
        (json!({ "users": [user] }), true),
        (json!({ "users": [{ "data": user }] }), true),
        (json!({ "users": { MATTI: user } }), true),
        (json!({ "users": { MATTI: { "data": user } } }), true),
        (json!({ "users": [7, null, { "data": 1 }] }), false),
        (json!({ "users": "none" }), false),
        (json!({}), false),
        (json!(null), false),
    ];
    for (includes, known) in shapes {
        let mut body = activity("post.mention.create", mention());
        body["data"]["includes"] = includes.clone();
        let event = events(&body).remove(0);
        let name = event.handles[0].latest(&AttributeKind::UserName);
        assert_eq!(name, known.then_some("AngryMatti"), "{includes}");
        assert_eq!(event.handles[0].key.id(), MATTI);
    }
}

#[test]
fn an_edit_is_a_revision_of_the_same_message() {
    let edited = |id: &str, history: &[&str]| {
        let mut post = with(mention(), "id", json!(id));
        post["edit_history_tweet_ids"] = json!(history);
        post["created_at"] = json!("2026-11-22T07:59:40.000Z");
        message(&activity("post.mention.create", post))
    };
    let history = [
        "2080761390344937797",
        "2080761400000000001",
        "2080761500000000001",
    ];
    let first = edited(history[0], &history[..1]);
    let second = edited(history[1], &history[..2]);
    let third = edited(history[2], &history);
    assert_eq!([first.revision, second.revision, third.revision], [0, 1, 2]);
    assert!([&second, &third].iter().all(|edit| edit.key == first.key));
    assert_eq!(third.conversation, first.conversation);
    assert_eq!(
        third.edited_at,
        Some("2026-11-22T07:59:40Z".parse().unwrap())
    );
    assert_eq!(third.extra["version"], history[2]);
    // A root that was edited may be named by any of its versions.
    let newer = with(mention(), "id", json!(history[1]));
    let newer = with(newer, "edit_history_post_ids", json!(&history[..2]));
    let newer = with(newer, "edit_history_tweet_ids", json!([]));
    let newer = with(newer, "conversation_id", json!(history[1]));
    let newer = message(&activity("post.create", newer));
    assert_eq!(
        (&newer.key, &newer.conversation),
        (&first.key, &first.conversation)
    );
}

#[test]
fn what_is_referred_to_keeps_the_id_of_its_first_version() {
    let mut body = activity(
        "post.reply.create",
        with(
            mention(),
            "referenced_tweets",
            json!([
                { "type": "replied_to", "id": "2080761400000000001" }, { "type": "unheard_of", "id": "1" },
            ]),
        ),
    );
    body["data"]["payload"]["conversation_id"] = json!("2080761400000000001");
    body["data"]["includes"] = json!({ "tweets": [{
        "id": "2080761400000000001", "author_id": US,
        "edit_history_tweet_ids": ["2080761390000000001", "2080761400000000001"],
    }]});
    let reply = message(&body);
    assert_eq!(
        reply.in_reply_to.as_ref().map(|key| &*key.id),
        Some("2080761390000000001")
    );
    assert_eq!(&*reply.conversation.id, "2080761390000000001");
}

#[test]
fn long_posts_links_media_and_names_read_as_written() {
    let mut post = mention();
    post["text"] = json!("@shop @lasse The beginning…");
    post["display_text_range"] = json!([13, 27]);
    post["referenced_tweets"] = json!([{ "type": "replied_to", "id": "2080761390344937001" }]);
    post["note_tweet"] = json!({
        "text": "@shop @lasse The whole, see https://t.co/abc",
        "entities": { "urls": [{ "url": "https://t.co/abc", "expanded_url": "https://shop.example/1?a=1&amp;b=2" }] },
    });
    post["attachments"] = json!({ "media_keys": ["3_1", "13_2", "7_none"] });
    let mut body = activity("post.reply.create", post);
    body["data"]["includes"] = json!({ "media": [
        { "media_key": "3_1", "type": "photo", "url": "https://pbs.example/1.jpg", "alt_text": "a box" },
        { "media_key": "13_2", "type": "video", "preview_image_url": "https://pbs.example/2.jpg", "variants": [
            { "bit_rate": 1, "url": "https://video.example/small", "content_type": "video/mp4" },
            { "bit_rate": 9, "url": "https://video.example/large", "content_type": "video/mp4" },
        ]},
    ]});
    let message = message(&body);
    assert_eq!(
        message.text(),
        "The whole, see https://shop.example/1?a=1&b=2"
    );
    let media: Vec<_> = message
        .parts
        .iter()
        .filter_map(|part| match part {
            Part::Media(media) => Some((media.kind.to_string(), media.url.as_deref())),
            _ => None,
        })
        .collect();
    let image = ("image".to_owned(), Some("https://pbs.example/1.jpg"));
    let video = ("video".to_owned(), Some("https://video.example/large"));
    assert_eq!(media, [image, video, ("file".to_owned(), None)]);
}

#[test]
fn kinds_of_events_are_known_by_their_older_names_too() {
    let profile = json!({ "before": "a", "after": "b" });
    for (older, payload, expected) in [
        ("ProfileBioUpdate", profile.clone(), "handle Bio"),
        ("ProfilePictureUpdate", profile.clone(), "handle PictureUrl"),
        ("ProfileBannerPictureUpdate", profile.clone(), "unknown"),
        (
            "ProfileScreennameUpdate",
            profile.clone(),
            "handle DisplayName",
        ),
        ("ProfileGeoUpdate", profile.clone(), "handle Location"),
        ("ProfileUrlUpdate", profile.clone(), "handle Link"),
        ("ProfileVerifiedBadgeUpdate", profile, "unknown"),
        ("PostCreate", mention(), "in mention public"),
        ("PostMentionCreate", mention(), "in mention public"),
        ("PostDelete", json!({ "id": "7" }), "visibility deleted"),
        ("NewsNew", json!({ "id": "7" }), "unknown"),
        ("FollowFollow", json!({}), "unknown"),
        ("Ä", json!({}), "unknown"),
    ] {
        let events = events(&activity(older, payload));
        let came: Vec<String> = events.iter().map(told).collect();
        assert_eq!(came, [expected], "{older}");
    }
}

#[test]
fn half_an_emoji_takes_nothing_along() {
    let body = activity("post.mention.create", mention()).to_string();
    let body = body.replacen("where is my parcel", r"where \ud83d is my parcel", 1);
    let Received::Accepted { events, .. } = receive(body.as_bytes()) else {
        panic!("it is signed");
    };
    let EventKind::Message(message) = &events[0].kind else {
        panic!("{:?}", events[0].kind);
    };
    assert!(message.text().contains("where \u{fffd} is my parcel"));
}

#[test]
fn everything_in_a_body_comes_out_whatever_stands_beside_it() {
    let like = json!({
        "id": "f1", "user": {"id_str": "77"}, "timestamp_ms": 1_795_334_400,
        "favorited_status": {"id_str": "2080761390344937796"},
    });
    let dm = json!({
        "id": "2080761390344937801", "created_timestamp": "1795334400000",
        "message_create": {"sender_id": "77", "message_data": {"text": "Hello"}},
        "participant_ids": [77, US.parse::<u64>().unwrap()],
    });
    let typing = json!({"sender_id": "77"});
    let beside = json!({
        "for_user_id": US, "user_has_blocked": false, "users": {"77": {"id": "77"}},
        "favorite_events": [like], "direct_message_events": [dm],
        "tweet_create_events": {"no": "list"}, "user_event": {"unheard_of": {}},
        "unheard_of_events": [{"a": 1}, {"b": 2}],
    });
    let post = activity("post.mention.create", mention());
    let both = with(post.clone(), "for_user_id", json!(US));
    let both = with(both, "favorite_events", json!([like]));
    let payload = json!({
        "direct_message_events": [dm], "direct_message_indicate_typing_events": [typing],
    });
    let private = activity("dm.received", payload);
    let second = json!({"data": [post["data"], private["data"]]});
    let cases = [
        ("lists, objects and the unknown", beside, 6, 4),
        ("what is new beside what is older", both, 2, 0),
        ("a message beside typing", private, 2, 1),
        ("the same behind another event", second, 3, 1),
    ];
    for (name, body, all, unknown) in cases {
        let events = events(&body);
        let told: Vec<_> = events.iter().map(told).collect();
        let kept = told.iter().filter(|one| *one == "unknown").count();
        assert_eq!((told.len(), kept), (all, unknown), "{name}: {told:?}");
        let old = events.iter().filter_map(|event| event.at);
        assert!(
            old.into_iter().all(|at| at.timestamp() > 1_700_000_000),
            "{name}"
        );
    }
}

#[test]
fn ids_that_are_numbers_are_the_same_as_those_that_are_texts() {
    let mut post = mention();
    post["id"] = json!(2_080_761_400_000_000_001_u64);
    post["author_id"] = json!(MATTI.parse::<u64>().unwrap());
    post["conversation_id"] = json!(2_080_761_400_000_000_001_u64);
    post["edit_history_tweet_ids"] =
        json!([2_080_761_390_344_937_797_u64, 2_080_761_400_000_000_001_u64]);
    post["entities"]["mentions"] = json!([{ "id": US.parse::<u64>().unwrap() }]);
    let mut body = activity("post.mention.create", post);
    body["data"]["includes"] =
        json!({ "users": [{ "id": MATTI.parse::<u64>().unwrap(), "username": "AngryMatti" }] });
    let event = events(&body).remove(0);
    let EventKind::Message(message) = &event.kind else {
        panic!()
    };
    assert_eq!(&*message.key.id, "2080761390344937797");
    assert_eq!(&*message.conversation.id, "2080761390344937797");
    assert_eq!(
        (message.revision, &message.kind),
        (1, &MessageKind::Mention)
    );
    assert_eq!(message.author.as_ref().unwrap().id(), MATTI);
    let name = event.handles[0].latest(&AttributeKind::UserName);
    assert_eq!(name, Some("AngryMatti"));
}

#[test]
fn a_like_is_of_its_own_time_and_not_of_the_posts() {
    let like = json!({
        "id": "9a", "liked_tweet_id": "2080761390344937001", "tweet_author_id": US, "user_id": MATTI,
        "created_at": "2026-11-20T07:59:00.000Z", "timestamp_ms": 1_795_334_340_123_i64,
    });
    let event = events(&activity("like.create", like)).remove(0);
    let at = event.at.map(|at| at.timestamp_millis());
    assert_eq!(at, Some(1_795_334_340_123));
}

#[test]
fn deliveries_of_posts_cost() {
    use aspa_channel_x::{XAuth, XChannel, XConfig};
    let config = XConfig::new(account("shop"), US);
    let auth = XAuth::Bearer(aspa_types::Secret::new("x"));
    let x = aspa_testkit::x::FakeX::new(US, now());
    let channel = XChannel::new(&config, auth, x.faults().clone(), now).unwrap();
    let webhook = webhook().metered(account("shop"), channel.meter());
    let mut theirs = activity("post.mention.create", mention());
    theirs["data"]["filter"]["user_id"] = json!(SE);
    for body in [
        activity("post.mention.create", mention()),
        dm("dm.received", MATTI, US, "Hei"),
        activity("a.b", json!({})),
        theirs,
    ] {
        let body = body.to_string();
        assert!(matches!(
            webhook.receive(&signed(body.as_bytes()), now()),
            Received::Accepted { .. }
        ));
        let id = DeliveryId::derive(&["again"]);
        assert!(webhook.decode(&id, body.as_bytes(), now()).is_some());
    }
    let spent = channel.spent();
    assert_eq!((spent.read, spent.cost), (1, 5_000));
}

#[test]
fn the_protected_and_the_encrypted_are_shown_as_such() {
    let mut body = activity("post.mention.create", mention());
    body["data"]["includes"] = json!({ "users": [{ "id": MATTI, "protected": true }] });
    assert_eq!(message(&body).audience, Audience::Followers);

    let chat = json!({ "id": "e4f4", "sender_id": MATTI, "conversation_id": format!("{MATTI}:{US}"),
        "created_at_msec": "1795334340123", "encoded_event": "CwABAAAA" });
    let message = message(&activity("chat.received", chat));
    assert!(matches!(&message.parts[..], [Part::Unreadable { .. }]));
    assert_eq!(
        (message.kind, message.audience),
        (MessageKind::Direct, Audience::Direct)
    );
    assert_eq!(
        message.times.source.unwrap().timestamp_millis(),
        1_795_334_340_123
    );
}

#[test]
fn a_post_says_whether_it_summons_us_where_that_is_known() {
    let nobody = json!({ "mentions": [] });
    let quotes = json!([{ "type": "quoted", "id": "2080761390344937001" }]);
    let cases = [
        ("names us", mention(), Some(true)),
        (
            "names nobody",
            with(mention(), "entities", nobody.clone()),
            Some(false),
        ),
        ("names are left out", without(mention(), "entities"), None),
        (
            "answers us",
            with(
                without(mention(), "entities"),
                "in_reply_to_user_id",
                json!(US),
            ),
            Some(true),
        ),
        (
            "quotes us",
            with(
                with(mention(), "entities", nobody),
                "referenced_tweets",
                quotes,
            ),
            Some(true),
        ),
    ];
    for (name, post, expected) in cases {
        let mut body = activity("post.create", post);
        body["data"]["includes"] =
            json!({ "tweets": [{ "id": "2080761390344937001", "author_id": US }] });
        let summons = message(&body).extra.get("summons").and_then(Value::as_bool);
        assert_eq!(summons, expected, "{name}");
    }
}

#[test]
fn a_direct_conversation_of_two_is_one_whoever_writes() {
    let theirs = message(&dm("dm.received", MATTI, US, "Hei &lt;3"));
    let ours = message(&dm("dm.sent", US, MATTI, "Hei"));
    assert_eq!(theirs.conversation, ours.conversation);
    assert_eq!(&*theirs.conversation.id, format!("{US}-{MATTI}"));
    assert_eq!(theirs.text(), "Hei <3");
    assert_eq!(
        (theirs.direction, ours.direction),
        (Direction::Inbound, Direction::Outbound)
    );
    assert_eq!(ours.to[0].id(), MATTI);
}

#[test]
fn each_event_is_of_the_account_that_it_concerns() {
    let mut body = activity("post.mention.create", mention());
    for (user, expected) in [(US, "shop"), (SE, "shop-se"), ("1", "shop")] {
        body["data"]["filter"]["user_id"] = json!(user);
        assert_eq!(events(&body)[0].account, account(expected), "{user}");
    }
    // Another account of ours wrote it.
    body["data"]["filter"]["user_id"] = json!(US);
    body["data"]["payload"]["author_id"] = json!(SE);
    let message = message(&body);
    assert_eq!(message.direction, Direction::Outbound);
    assert_eq!(message.sender, Some(account("shop-se")));
    let revoked = json!({ "data": { "filter": {}, "event_type": "oauth.revoke", "payload": { "user_id": SE } } });
    let event = events(&revoked).remove(0);
    assert_eq!(event.account, account("shop-se"));
    assert!(matches!(
        event.kind,
        EventKind::Account {
            health: AccountHealth::Revoked,
            ..
        }
    ));
}

#[test]
fn the_same_delivery_has_the_same_name_and_a_damaged_one_another() {
    let id = |body: &[u8]| match receive(body) {
        Received::Accepted { id, .. } => id,
        other => panic!("{other:?}"),
    };
    let body = activity("post.mention.create", mention());
    let mut other = body.clone();
    other["data"]["event_uuid"] = json!("-2781149976877970684");
    assert_eq!(
        id(body.to_string().as_bytes()),
        id(body.to_string().as_bytes())
    );
    assert_ne!(
        id(body.to_string().as_bytes()),
        id(other.to_string().as_bytes())
    );
    assert_ne!(id(b"\xff\xfe"), id(b"\xff\xfd"));
    // The same event through two subscriptions.
    let keys = |body: &Value| events(body).iter().map(Event::key).collect::<Vec<_>>();
    assert_eq!(keys(&body), keys(&other));
}

#[test]
fn a_body_that_could_be_a_token_is_refused_however_it_is_signed() {
    for token in [
        "0123456789abcdef",
        "MTc5NTMzNDQwMC0wMTIzNDU2Nzg5LWFiY2RlZg==",
        &"a".repeat(128),
    ] {
        assert!(
            matches!(receive(token.as_bytes()), Received::Refused { .. }),
            "{token}"
        );
    }
    for body in ["hello", "{}", "\"0123456789abcdef\"", &"a".repeat(129)] {
        assert!(
            matches!(receive(body.as_bytes()), Received::Accepted { .. }),
            "{body}"
        );
    }
}

#[test]
fn the_older_api_is_read_too() {
    let tweet = json!({
        "id": 2_080_761_390_344_937_700_u64, "id_str": "2080761390344937797",
        "created_at": "Sun Nov 22 07:59:00 +0000 2026", "text": "@shop the beginning…", "truncated": true,
        "extended_tweet": { "full_text": "@shop the whole &amp; more", "display_text_range": [6, 22],
            "entities": { "user_mentions": [{ "id_str": US, "screen_name": "shop" }] } },
        "user": { "id": 1, "id_str": MATTI, "screen_name": "AngryMatti", "name": "Matti", "protected": false },
        "in_reply_to_status_id_str": "2080761390344937001", "in_reply_to_user_id_str": US, "lang": "fi",
    });
    let body = json!({ "for_user_id": US, "tweet_create_events": [tweet], "favorite_events": [{
        "id": "9", "timestamp_ms": "1795334340123", "favorited_status": { "id_str": "2080761390344937001" },
        "user": { "id_str": MATTI, "screen_name": "AngryMatti" },
    }]});
    let events = events(&body);
    let came: Vec<String> = events.iter().map(told).collect();
    assert_eq!(came, ["reaction like false", "in comment public"]);
    let EventKind::Message(message) = &events[1].kind else {
        panic!()
    };
    assert_eq!(
        (&*message.key.id, message.text()),
        ("2080761390344937797", "the whole & more".to_owned())
    );
    assert_eq!(
        message.times.source,
        Some("2026-11-22T07:59:00Z".parse().unwrap())
    );
    assert_eq!(message.extra["summons"], true);
    assert_eq!(
        events[1].handles[0].latest(&AttributeKind::UserName),
        Some("AngryMatti")
    );
    let revoked = json!({ "user_event": { "revoke": {
        "date_time": "2026-11-22T07:59:00+00:00", "target": { "app_id": "1" }, "source": { "user_id": SE } } } });
    assert_eq!(told(&self::events(&revoked)[0]), "account revoked");
    assert_eq!(self::events(&revoked)[0].account, account("shop-se"));
}

#[test]
fn what_is_missing_is_missing_and_the_rest_is_there() {
    let fields: Vec<String> = mention().as_object().unwrap().keys().cloned().collect();
    for field in fields {
        for spoilt in [
            without(mention(), &field),
            with(mention(), &field, json!(null)),
            with(mention(), &field, json!({})),
        ] {
            let events = events(&activity("post.mention.create", spoilt));
            let expected = if field == "id" { "unknown" } else { "in" };
            assert_eq!(events.len(), 1, "{field}");
            assert!(
                told(&events[0]).starts_with(expected),
                "{field}: {}",
                told(&events[0])
            );
        }
    }
    let deleted = events(&activity("post.delete", json!({ "id": "7" })));
    assert!(matches!(
        &deleted[0].kind,
        EventKind::Visibility {
            visibility: Visibility::Deleted,
            by: None,
            ..
        }
    ));
    let read = json!({ "direct_message_mark_read_events": [{ "sender_id": MATTI, "last_read_event_id": "7" }] });
    let read = events(&activity("dm.read", read));
    assert!(matches!(
        &read[0].kind,
        EventKind::Status {
            status: DeliveryStatus::Read,
            ..
        }
    ));
}

fn any_json() -> impl Strategy<Value = Value> {
    let words = prop_oneof![
        "[a-z_]{0,6}",
        Just("data".to_owned()),
        Just("payload".to_owned()),
        Just("event_type".to_owned()),
        Just("post.create".to_owned()),
        Just("dm.received".to_owned()),
        Just("chat.sent".to_owned()),
        Just("id".to_owned()),
        Just("users".to_owned()),
        Just("entities".to_owned()),
        Just("text".to_owned()),
        Just("direct_message_events".to_owned()),
        Just("for_user_id".to_owned()),
        Just("tweet_create_events".to_owned()),
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        words.clone().prop_map(Value::from),
        "\\PC{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 64, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((words.clone(), inner), 0..5)
                .prop_map(|pairs| Value::Object(pairs.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn any_bytes_that_are_signed_are_kept_and_decoded_again_alike(
        bytes in prop_oneof![
            prop::collection::vec(any::<u8>(), 0..200),
            any_json().prop_map(|value| value.to_string().into_bytes()),
        ],
    ) {
        match receive(&bytes) {
            Received::Accepted { events, id, .. } => {
                prop_assert!(!events.is_empty());
                let again = webhook().decode(&id, &bytes, now());
                prop_assert_eq!(again.as_ref(), Some(&events));
                for event in &events {
                    prop_assert!(!event.key().is_empty());
                    let text = serde_json::to_string(event).unwrap();
                    prop_assert_eq!(&serde_json::from_str::<Event>(&text).unwrap(), event);
                }
            }
            Received::Refused { .. } => {
                // It could be a token.
                prop_assert!((16..=128).contains(&bytes.len()));
                prop_assert!(bytes.iter().all(|b| b.is_ascii_alphanumeric() || b"+/=_-.~".contains(b)));
            }
            other => prop_assert!(false, "{:?}", other),
        }
        webhook().decode(&DeliveryId::derive(&["a"]), &bytes, now());
    }
}
