//! What the contract does not ask: paging, tokens, money, streams, the rule of replies, other places.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on says so"
)]

mod common;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use aspa_channel::{
    Channel, ConversationKey, Cursor, Effect, EffectKind, EffectName, Error, ErrorKind, Event,
    EventKind, Fetch, Fetched, Landed, Media, Message, MessageKey, Probe, ReplyKind, Status,
    Support,
};
use aspa_channel_x::{
    Image, OAuth1Keys, OAuth2App, Stream, TokenStore, Tokens, XAuth, XChannel, XConfig,
};
use aspa_testkit::x::FakeX;
use aspa_testkit::{HttpFault, On};
use aspa_types::{EffectKey, HandleKey, Network, Secret};
use async_trait::async_trait;
use bytes::Bytes;
use chrono::TimeDelta;
use common::{US, account, config, now};
use serde_json::json;

fn x() -> Arc<FakeX> {
    FakeX::new(US, now())
}

fn channel(x: &Arc<FakeX>, config: &XConfig) -> XChannel {
    common::channel(x, config, x.faults().clone())
}

fn key(id: &str) -> MessageKey {
    MessageKey::new(account(), id).unwrap()
}

fn effect(name: &str, conversation: &str, kind: EffectKind) -> Effect {
    let conversation = ConversationKey::new(account(), conversation).unwrap();
    Effect::new(EffectKey::new(name).unwrap(), conversation, kind)
}

fn answer(name: &str, conversation: &str, to: &str, text: &str) -> Effect {
    let mut kind = EffectKind::send(text, ReplyKind::Answer);
    if let EffectKind::Send { in_reply_to, .. } = &mut kind {
        *in_reply_to = Some(key(to));
    }
    effect(name, conversation, kind)
}

fn messages(events: &[Event]) -> Vec<&Message> {
    let messages = events.iter().filter_map(|event| match &event.kind {
        EventKind::Message(message) => Some(&**message),
        _ => None,
    });
    messages.collect()
}

/// Polls until nothing is waiting.
async fn drain(channel: &XChannel, mut cursor: Option<Cursor>) -> (Vec<Event>, Option<Cursor>) {
    let mut events = Vec::new();
    loop {
        let page = channel.poll(cursor.as_ref()).await.unwrap();
        events.extend(page.events);
        cursor = page.next.or(cursor);
        if !page.more {
            return (events, cursor);
        }
    }
}

#[tokio::test]
async fn a_cursor_moves_only_after_the_last_page_and_nothing_is_read_twice_for_long() {
    let x = x();
    let matti = x.customer("Matti");
    let channel = channel(&x, &config());
    let mut written: Vec<String> = Vec::new();
    for n in 0..35 {
        x.pass(TimeDelta::seconds(1));
        written.push(x.posts(&matti, &format!("@shop number {n}")));
    }
    x.pass(TimeDelta::minutes(1));
    let page = channel.poll(None).await.unwrap();
    let mut cursor = page.next;
    assert!(page.more && page.events.len() == 10);
    // Newer ones come while the older pages are read.
    written.push(x.posts(&matti, "@shop and one more"));
    let mut events = page.events;
    loop {
        let page = channel.poll(cursor.as_ref()).await.unwrap();
        events.extend(page.events);
        cursor = page.next;
        if !page.more {
            break;
        }
    }
    x.pass(TimeDelta::minutes(1));
    let (last, cursor) = drain(&channel, cursor).await;
    events.extend(last);
    let mut came: Vec<String> = messages(&events)
        .iter()
        .map(|m| m.key.id.to_string())
        .collect();
    came.sort_unstable();
    came.dedup();
    assert_eq!(came, written);
    x.pass(TimeDelta::minutes(5));
    let before = channel.spent().read;
    // Each conversation is looked at once more, and brings nothing.
    let mut cursor = cursor;
    for _ in 0..30 {
        x.pass(TimeDelta::minutes(1));
        cursor = channel.poll(cursor.as_ref()).await.unwrap().next;
    }
    let after = channel.spent().read;
    assert!(after - before <= 30, "{before} {after}");
    let before = channel.spent().read;
    for _ in 0..30 {
        x.pass(TimeDelta::minutes(1));
        cursor = channel.poll(cursor.as_ref()).await.unwrap().next;
    }
    assert_eq!(
        channel.spent().read,
        before,
        "a quiet account costs nothing"
    );
}

#[tokio::test]
async fn a_page_token_that_died_begins_the_walk_anew() {
    let x = x();
    let matti = x.customer("Matti");
    for n in 0..25 {
        let _ = x.posts(&matti, &format!("@shop number {n}"));
    }
    let channel = channel(&x, &config());
    let page = channel.poll(None).await.unwrap();
    let spoilt = page.next.unwrap().0.replace("fakepagetoken00", "gone");
    let (events, _) = drain(&channel, Some(Cursor(spoilt))).await;
    let came: std::collections::BTreeSet<String> = events.iter().map(Event::key).collect();
    assert_eq!(came.len(), 25);
}

#[tokio::test]
async fn a_thread_is_completed_by_search() {
    let x = x();
    let (matti, lasse) = (x.customer("Matti"), x.customer("Lasse"));
    let root = x.posts(&matti, "@shop where is it?");
    let helpful = x.posts(&lasse, "not of this thread");
    let channel = channel(&x, &config());
    let (events, cursor) = drain(&channel, None).await;
    assert!(messages(&events).iter().all(|m| *m.key.id != *helpful));
    // A colleague answers on X, and a customer answers without our name.
    let colleague = x.replies(US, &root, "We look.").unwrap();
    let quiet = x.quotes(&lasse, &helpful, "unrelated").unwrap();
    let (events, _) = drain(&channel, cursor).await;
    let found = messages(&events);
    let ours = found.iter().find(|m| *m.key.id == *colleague).unwrap();
    assert_eq!(ours.direction, aspa_channel::Direction::Outbound);
    assert_eq!(&*ours.conversation.id, root);
    assert!(found.iter().all(|m| *m.key.id != *quiet));
}

#[tokio::test]
async fn who_did_not_name_us_gets_no_reply_and_a_legal_way_is_named() {
    let x = x();
    let matti = x.customer("Matti");
    let silent = x.posts(&matti, "this shop is slow");
    let channel = channel(&x, &config());
    let told = |error: &Error| {
        assert_eq!(*error.kind(), ErrorKind::Forbidden);
        assert_eq!(
            (error.landed(), error.status()),
            (Landed::No, Status::Permanent)
        );
        assert!(
            error.remedy().unwrap().contains("direct message"),
            "{error}"
        );
    };
    // Not known yet: X refuses.
    let refused = channel
        .perform(&answer("e1", &silent, &silent, "Sorry!"))
        .await;
    told(&refused.unwrap_err());
    assert_eq!(x.writes(), 1);
    // Known from a thread: refused here.
    let named = x.posts(&matti, "@shop hello");
    let lasse = x.customer("Lasse");
    let other = x.posts(&lasse, "hi");
    let (_, _) = drain(&channel, None).await;
    let claims = channel.capabilities(None);
    assert_eq!(claims.extra["reply_rule"]["name"], "summoned_only");
    assert_eq!(*claims.support(&EffectName::PrivateReply), Support::Partial);
    channel
        .perform(&answer("e2", &named, &named, "Here we are."))
        .await
        .unwrap();
    // What quotes us may be answered.
    let ours = x.posts(US, "We are open.");
    let quote = x.quotes(&lasse, &ours, "really?").unwrap();
    channel
        .perform(&answer("e3", &quote, &quote, "Really."))
        .await
        .unwrap();
    // The legal way.
    let private = effect(
        "e4",
        &other,
        EffectKind::private_reply(key(&other), "Can we help?"),
    );
    let receipt = channel.perform(&private).await.unwrap();
    assert!(
        x.visible()
            .iter()
            .any(|post| post.direct && post.id == *receipt.messages[0].id)
    );
    assert!(
        matches!(channel.probe(&private).await.unwrap(), Probe::Found(found) if found.messages == receipt.messages)
    );
    x.takes_directs(&lasse, false);
    let closed = effect(
        "e5",
        &other,
        EffectKind::private_reply(key(&other), "Please!"),
    );
    let error = channel.perform(&closed).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.status()),
        (&ErrorKind::Forbidden, Status::Permanent)
    );
}

#[tokio::test]
async fn a_reply_that_everybody_reads_is_never_sent_for_a_direct_one() {
    let x = x();
    let matti = x.customer("Matti");
    let named = x.posts(&matti, "@shop hello");
    let channel = channel(&x, &config());
    let mut direct = answer("e1", &named, &named, "your order number is 5");
    if let EffectKind::Send { audience, .. } = &mut direct.kind {
        *audience = Some(aspa_channel::Audience::Direct);
    }
    let error = channel.perform(&direct).await.unwrap_err();
    assert_eq!((error.kind(), x.writes()), (&ErrorKind::Unsupported, 0));
}

#[tokio::test]
async fn direct_messages_are_read_answered_and_found_again() {
    let x = x();
    let matti = x.customer("Matti");
    let hello = x.directs(&matti, "Hello?");
    let channel = channel(&x, &config());
    let (events, cursor) = drain(&channel, None).await;
    let found = messages(&events)[0].clone();
    assert_eq!(
        (found.text(), &*found.key.id),
        ("Hello?".to_owned(), &*hello)
    );
    let conversation = found.conversation.id.to_string();
    let claims = channel.capabilities(Some(&found.conversation)).into_owned();
    assert_eq!(claims.text.as_ref().map(|text| text.max), Some(10_000));
    assert_eq!(*claims.support(&EffectName::Delete), Support::Rejected);
    let reply = effect(
        "e1",
        &conversation,
        EffectKind::send("Yes.", ReplyKind::Answer),
    );
    x.faults().script(On::write(), HttpFault::CutAfter);
    let lost = channel.perform(&reply).await.unwrap_err();
    assert_eq!(lost.landed(), Landed::Maybe);
    assert!(matches!(
        channel.probe(&reply).await.unwrap(),
        Probe::Found(_)
    ));
    let never = effect(
        "e2",
        &conversation,
        EffectKind::send("No.", ReplyKind::Answer),
    );
    assert_eq!(channel.probe(&never).await.unwrap(), Probe::Absent);
    let thread = channel
        .fetch(&Fetch::Conversation(found.conversation.clone()))
        .await
        .unwrap();
    assert!(matches!(thread, Fetched::Conversation(all) if all.len() == 2));
    assert!(
        matches!(channel.fetch(&Fetch::Message(key(&hello))).await.unwrap(), Fetched::Message(m) if m.text() == "Hello?")
    );
    // More than one page, later.
    x.pass(TimeDelta::minutes(20));
    for n in 0..45 {
        let _ = x.directs(&matti, &format!("number {n}"));
    }
    let mut cursor = cursor;
    let mut came = Vec::new();
    for _ in 0..12 {
        x.pass(TimeDelta::minutes(3));
        let (events, next) = drain(&channel, cursor).await;
        came.extend(messages(&events).iter().map(|m| m.text()));
        cursor = next;
    }
    assert!((0..45).all(|n| came.contains(&format!("number {n}"))));
}

#[tokio::test]
async fn an_encrypted_chat_is_answered_on_x_alone() {
    let x = x();
    let channel = channel(&x, &config());
    let chat = effect("e1", "222:111", EffectKind::send("Hei", ReplyKind::Answer));
    let error = channel.perform(&chat).await.unwrap_err();
    assert_eq!((error.kind(), x.writes()), (&ErrorKind::Unsupported, 0));
    assert!(error.remedy().unwrap().contains("encrypted"));
}

#[tokio::test]
async fn strange_ids_go_into_no_path() {
    let x = x();
    let channel = channel(&x, &config());
    for id in [
        "../users/me",
        "1?x=y",
        "1/hidden",
        "%2e%2e",
        "12345678901234567890",
    ] {
        let reply = effect("e1", id, EffectKind::send("Hei", ReplyKind::Answer));
        assert!(channel.perform(&reply).await.is_err(), "{id}");
        let delete = effect("e2", "1", EffectKind::delete(key(id)));
        assert_eq!(
            *channel.perform(&delete).await.unwrap_err().kind(),
            ErrorKind::NotFound,
            "{id}"
        );
        assert_eq!(
            channel.fetch(&Fetch::Message(key(id))).await.unwrap(),
            Fetched::Nothing
        );
        let who = HandleKey::new(Network::X, None, id).unwrap();
        assert_eq!(
            channel.fetch(&Fetch::Handle(who)).await.unwrap(),
            Fetched::Nothing
        );
    }
    assert_eq!(x.log(), []);
}

/// Tokens in memory, and how often keeping them fails.
#[derive(Debug)]
struct Kept {
    tokens: Mutex<Tokens>,
    failing: Mutex<usize>,
    saved: Mutex<usize>,
}

#[derive(Debug, Clone)]
struct Store(Arc<Kept>);

#[async_trait]
impl TokenStore for Store {
    async fn load(&self) -> Result<Tokens, Box<dyn std::error::Error + Send + Sync>> {
        Ok(self.0.tokens.lock().unwrap().clone())
    }

    async fn save(&self, tokens: &Tokens) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        let mut failing = self.0.failing.lock().unwrap();
        if *failing > 0 {
            *failing -= 1;
            return Err("the disk is full".into());
        }
        *self.0.tokens.lock().unwrap() = tokens.clone();
        *self.0.saved.lock().unwrap() += 1;
        Ok(())
    }
}

fn store(x: &FakeX) -> Store {
    let tokens = Tokens::new(Secret::new(x.token()), Secret::new(x.refresh_token()));
    Store(Arc::new(Kept {
        tokens: Mutex::new(tokens),
        failing: Mutex::default(),
        saved: Mutex::default(),
    }))
}

fn renewing(x: &Arc<FakeX>, store: &Store) -> XChannel {
    let auth = XAuth::OAuth2(Arc::new(store.clone()), OAuth2App::new("client-1"));
    let clock = Arc::clone(x);
    XChannel::new(&config(), auth, x.faults().clone(), move || clock.now()).unwrap()
}

#[tokio::test]
async fn a_dead_token_is_renewed_and_kept_before_it_is_used() {
    let x = x();
    let matti = x.customer("Matti");
    let named = x.posts(&matti, "@shop hello");
    let store = store(&x);
    let channel = renewing(&x, &store);
    x.expire();
    assert_eq!(messages(&channel.poll(None).await.unwrap().events).len(), 2);
    assert_eq!(*store.0.saved.lock().unwrap(), 1);
    // An effect is not sent again by itself, and nothing was done.
    x.expire();
    let reply = answer("e1", &named, &named, "Hei");
    let error = channel.perform(&reply).await.unwrap_err();
    assert!(error.is_retryable(), "{error}");
    channel.perform(&reply).await.unwrap();
    assert_eq!(x.visible().iter().filter(|post| post.by == US).count(), 1);
    // What cannot be kept is not used, and is not lost: the old refresh token is worth nothing.
    x.expire();
    *store.0.failing.lock().unwrap() = 2;
    assert!(channel.poll(None).await.is_err());
    assert!(channel.poll(None).await.is_err());
    assert!(channel.poll(None).await.is_ok());
    assert_eq!(*store.0.saved.lock().unwrap(), 3);
    let shown = format!("{channel:?} {store:?}");
    assert!(
        !shown.contains("fake-refresh") && !shown.contains("fake-access"),
        "{shown}"
    );
}

#[tokio::test]
async fn another_process_may_have_renewed_first() {
    let x = x();
    let store = store(&x);
    let (first, second) = (renewing(&x, &store), renewing(&x, &store));
    x.expire();
    assert!(first.poll(None).await.is_ok());
    assert!(second.poll(None).await.is_ok());
    assert_eq!(*store.0.saved.lock().unwrap(), 1);
    // Both at once, and no token left: somebody has to authorise the account again.
    *store.0.tokens.lock().unwrap() = Tokens::new(Secret::new("dead"), Secret::new("used"));
    let error = first.poll(None).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.status()),
        (&ErrorKind::Unauthorized, Status::Persistent)
    );
}

#[tokio::test]
async fn requests_are_signed_by_oauth_1() {
    let x = x();
    let asked = Arc::clone(x.faults());
    let keys = OAuth1Keys::new("ck", Secret::new("cs"), "tk", Secret::new("ts"));
    let clock = Arc::clone(&x);
    let channel = XChannel::new(&config(), XAuth::OAuth1(keys), asked, move || clock.now());
    // The network in memory takes bearer tokens alone; that a request came is enough here.
    let error = channel.unwrap().poll(None).await.unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::Unauthorized);
    assert_eq!(x.log().len(), 1);
}

#[tokio::test]
async fn a_budget_counts_and_caps_and_outlives_a_restart() {
    let x = x();
    let matti = x.customer("Matti");
    let named = x.posts(&matti, "@shop hello");
    let mut config = config();
    config.direct_messages = false;
    config.threads = 0;
    config.budget.monthly = Some(30_000);
    let first = channel(&x, &config);
    first.poll(None).await.unwrap();
    first
        .perform(&answer("e1", &named, &named, "Hei"))
        .await
        .unwrap();
    let spent = first.spent();
    assert_eq!((spent.read, spent.written, spent.cost), (1, 1, 11_000));
    // A link is dear: it would be over the budget.
    let dear = answer("e2", &named, &named, "See https://shop.example");
    let error = first.perform(&dear).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.code()),
        (&ErrorKind::Throttled, Some("budget"))
    );
    assert_eq!((error.landed(), x.writes()), (Landed::No, 1));
    assert!(error.retry_after().unwrap() > Duration::from_secs(8 * 86_400));
    // A lost answer costs too.
    x.faults().script(On::write(), HttpFault::CutAfter);
    let lost = first.perform(&answer("e3", &named, &named, "And?")).await;
    assert_eq!(lost.unwrap_err().landed(), Landed::Maybe);
    assert_eq!(first.spent().cost, 21_000);
    let second = channel(&x, &config);
    second.restore(&first.snapshot().unwrap());
    assert_eq!(second.spent(), first.spent());
    for _ in 0..20 {
        let _ = second.poll(None).await;
    }
    // Reads stop at nine tenths.
    assert_eq!(second.spent().cost, 27_000);
    assert_eq!(second.poll(None).await.unwrap_err().code(), Some("budget"));
    x.pass(TimeDelta::days(9));
    assert!(second.poll(None).await.is_ok());
}

#[tokio::test]
async fn a_stream_wakes_the_poll_and_brings_what_no_poll_does() {
    let x = x();
    let matti = x.customer("Matti");
    let mut config = config();
    config.stream = Some(Stream::Activity);
    config.app_token = Some(Secret::new(x.app_token()));
    let channel = channel(&x, &config);
    let named = x.posts(&matti, "@shop hello");
    let (_, cursor) = drain(&channel, None).await;
    x.streams(&json!({ "data": { "event_uuid": "1", "filter": { "user_id": US }, "event_type": "post.delete",
        "payload": { "id": named, "author_id": matti } } }));
    channel.changed().await.unwrap();
    channel.changed().await.unwrap();
    for _ in 0..2 {
        let page = channel.poll(cursor.as_ref()).await.unwrap();
        let deleted = page
            .events
            .iter()
            .any(|event| matches!(&event.kind, EventKind::Visibility { .. }));
        assert!(deleted, "until a poll goes on after it");
    }
    let next = channel.poll(cursor.as_ref()).await.unwrap().next;
    let page = channel.poll(next.as_ref()).await.unwrap();
    assert!(
        page.events
            .iter()
            .all(|event| !matches!(&event.kind, EventKind::Visibility { .. }))
    );
    // It ended: the next try waits, and asks nothing before.
    let ended = channel.changed().await.unwrap_err();
    assert_eq!(ended.retry_after(), Some(Duration::from_millis(250)));
    let asked = x.faults().asked().len();
    assert!(channel.changed().await.unwrap_err().retry_after().is_some());
    assert_eq!(x.faults().asked().len(), asked);
    x.pass(TimeDelta::seconds(1));
    channel.changed().await.unwrap();
}

#[tokio::test]
async fn edits_end_after_an_hour_and_five_times() {
    let x = x();
    x.subscribe();
    let matti = x.customer("Matti");
    let named = x.posts(&matti, "@shop hello");
    let mut config = config();
    config.premium = true;
    let channel = channel(&x, &config);
    let receipt = channel
        .perform(&answer("e0", &named, &named, "Version 0"))
        .await
        .unwrap();
    let ours = receipt.messages[0].clone();
    for n in 1..=5 {
        let edit = effect(
            &format!("e{n}"),
            &named,
            EffectKind::edit(ours.clone(), format!("Version {n}")),
        );
        assert_eq!(
            channel.perform(&edit).await.unwrap().messages,
            std::slice::from_ref(&ours)
        );
        assert!(matches!(
            channel.probe(&edit).await.unwrap(),
            Probe::Found(_)
        ));
    }
    let sixth = effect("e6", &named, EffectKind::edit(ours.clone(), "Version 6"));
    assert_eq!(
        *channel.perform(&sixth).await.unwrap_err().kind(),
        ErrorKind::WindowClosed
    );
    assert_eq!(channel.probe(&sixth).await.unwrap(), Probe::Absent);
    let other = channel
        .perform(&answer("o", &named, &named, "Another"))
        .await
        .unwrap();
    x.pass(TimeDelta::minutes(61));
    let late = effect(
        "l",
        &named,
        EffectKind::edit(other.messages[0].clone(), "Late"),
    );
    assert_eq!(
        *channel.perform(&late).await.unwrap_err().kind(),
        ErrorKind::WindowClosed
    );
    let theirs = effect("t", &named, EffectKind::edit(key(&named), "Not ours"));
    assert_eq!(
        *channel.perform(&theirs).await.unwrap_err().kind(),
        ErrorKind::Forbidden
    );
}

#[tokio::test]
async fn what_a_protected_author_wrote_is_not_there() {
    let x = x();
    let matti = x.customer("Matti");
    let named = x.posts(&matti, "@shop hello");
    x.protects(&matti, true);
    let channel = channel(&x, &config());
    assert_eq!(
        channel.fetch(&Fetch::Message(key(&named))).await.unwrap(),
        Fetched::Nothing
    );
    assert_eq!(
        channel.fetch(&Fetch::Message(key("7"))).await.unwrap(),
        Fetched::Nothing
    );
    let who = HandleKey::new(Network::X, None, &matti).unwrap();
    assert!(
        matches!(channel.fetch(&Fetch::Handle(who)).await.unwrap(), Fetched::Handle(h) if h.name() == "Matti")
    );
}

#[tokio::test]
async fn likes_are_given_and_taken_back_where_the_plan_has_them() {
    let x = x();
    let matti = x.customer("Matti");
    let post = x.posts(&matti, "@shop thank you");
    let mut config = config();
    let like = |name: &str, reaction: &str, removed| {
        effect(
            name,
            &post,
            EffectKind::react(key(&post), reaction, removed),
        )
    };
    let channel = self::channel(&x, &config);
    for (name, reaction, removed) in [
        ("e1", "❤️", false),
        ("e2", "like", false),
        ("e3", "👍", true),
        ("e4", "like", true),
    ] {
        channel
            .perform(&like(name, reaction, removed))
            .await
            .unwrap();
        assert_eq!(x.is_liked(&post), !removed, "{name}");
    }
    let refused = channel.perform(&like("e5", "🎉", false)).await.unwrap_err();
    assert_eq!(
        (refused.kind(), refused.landed()),
        (&ErrorKind::Invalid, Landed::No)
    );
    config.likes = false;
    let channel = self::channel(&x, &config);
    let before = x.writes();
    let refused = channel.perform(&like("e6", "like", false)).await;
    assert_eq!(*refused.unwrap_err().kind(), ErrorKind::Unsupported);
    assert_eq!(x.writes(), before);
}

#[tokio::test]
async fn images_are_uploaded_first_and_good_once() {
    let x = x();
    let matti = x.customer("Matti");
    let post = x.posts(&matti, "@shop which colour?");
    let channel = channel(&x, &config());
    for wrong in [
        Image::new("image/gif", Bytes::from_static(b"GIF89a")),
        Image::new("image/png", Bytes::new()),
        Image::new("image/png", Bytes::from(vec![0; (5 << 20) + 1])),
        Image::new("image/png", Bytes::from_static(b"x")).described("x".repeat(1_001)),
    ] {
        let refused = channel.upload(&wrong).await.unwrap_err();
        assert_eq!(*refused.kind(), ErrorKind::Invalid);
        assert!(!format!("{wrong:?}").contains("xx"));
    }
    assert_eq!(x.writes(), 0);
    let image = Image::new("image/png", Bytes::from_static(b"x")).described("a red kettle");
    let media = channel.upload(&image).await.unwrap();
    let id = media.id.clone().unwrap();
    assert_eq!(x.description(&id).as_deref(), Some("a red kettle"));
    let with = |name: &str, to: &str, text: &str, media: &Media| {
        let mut effect = answer(name, to, &post, text);
        if let EffectKind::Send {
            media: slot,
            in_reply_to,
            ..
        } = &mut effect.kind
        {
            *slot = vec![media.clone()];
            if to != post {
                *in_reply_to = None;
            }
        }
        effect
    };
    let two = format!("{US}-{matti}");
    // It is for posts, and what has it has it alone.
    let refused = channel.perform(&with("e1", &two, "Red.", &media)).await;
    assert_eq!(*refused.unwrap_err().kind(), ErrorKind::Invalid);
    channel
        .perform(&with("e2", &post, "", &media))
        .await
        .unwrap();
    let refused = channel.perform(&with("e3", &post, "Red.", &media)).await;
    assert_eq!(*refused.unwrap_err().kind(), ErrorKind::Invalid);
    let private = channel.upload(&image.for_direct_message()).await.unwrap();
    channel
        .perform(&with("e4", &two, "Red.", &private))
        .await
        .unwrap();
    let ours: Vec<Vec<String>> = { x.visible().into_iter() }
        .filter(|shown| shown.by == US)
        .map(|shown| shown.media)
        .collect();
    assert_eq!(ours, [vec![id], vec![private.id.unwrap()]]);
}

#[tokio::test]
async fn a_wrong_or_stale_signature_is_refused() {
    let x = x();
    let _ = x.posts(&x.customer("Matti"), "@shop hello");
    let [key, secret, token, token_secret] = x.oauth1();
    for (name, key, secret, token, token_secret, late) in [
        ("right", key, secret, token, token_secret, 0),
        ("consumer key", "x", secret, token, token_secret, 0),
        ("consumer secret", key, "x", token, token_secret, 0),
        ("token", key, secret, "x", token_secret, 0),
        ("token secret", key, secret, token, "x", 0),
        ("an hour late", key, secret, token, token_secret, 60),
    ] {
        let keys = OAuth1Keys::new(key, Secret::new(secret), token, Secret::new(token_secret));
        let clock = Arc::clone(&x);
        let now = move || clock.now() - TimeDelta::minutes(late);
        let http = x.faults().clone();
        let channel = XChannel::new(&config(), XAuth::OAuth1(keys), http, now).unwrap();
        let polled = channel.poll(None).await.map(|page| page.events.len());
        match name {
            "right" => assert!(polled.unwrap() > 0),
            wrong => assert_eq!(
                *polled.unwrap_err().kind(),
                ErrorKind::Unauthorized,
                "{wrong}"
            ),
        }
    }
}
