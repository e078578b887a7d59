//! Every kind of request that the channel makes, in both versions' names. With `ASPA_X_REQUESTS` set to a
//! file, they are written there, to be checked against X's own OpenAPI documents: see `.ci/x-openapi`.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so")]

mod common;

use aspa_channel::{
    Channel, ConversationKey, Effect, EffectKind, Fetch, Media, MessageKey, Probe, ReplyKind,
};
use aspa_channel_x::{Image, Names};
use aspa_testkit::x::FakeX;
use aspa_types::{EffectKey, HandleKey, Network};
use bytes::Bytes;
use chrono::TimeDelta;
use common::{US, account, channel, config, now};
use serde_json::json;

/// What was asked of X.
async fn asked(names: Names) -> Vec<(String, String)> {
    let x = FakeX::new(US, now());
    x.subscribe();
    let matti = x.customer("Matti");
    let ours = x.posts(US, "We are open.");
    let question = x.replies(&matti, &ours, "@shop really?").unwrap();
    let direct = x.directs(&matti, "Hello?");
    for n in 0..12 {
        let _ = x.posts(&matti, &format!("@shop number {n}"));
    }
    let mut config = config();
    config.names = names;
    config.premium = true;
    config.direct_every = 0;
    let channel = channel(&x, &config, x.faults().clone());
    let mut cursor = None;
    for _ in 0..6 {
        x.pass(TimeDelta::minutes(2));
        cursor = channel.poll(cursor.as_ref()).await.unwrap().next;
    }
    let key = |id: &str| MessageKey::new(account(), id).unwrap();
    let two = format!("{US}-{matti}");
    let conversation = |id: &str| ConversationKey::new(account(), id).unwrap();
    let mut number = 0;
    let mut effect = |within: &str, kind: EffectKind| {
        number += 1;
        let name = EffectKey::new(format!("e{number}")).unwrap();
        Effect::new(name, conversation(within), kind)
    };
    let send = |text: &str| EffectKind::send(text, ReplyKind::Answer);
    let mut reply = send("Really.");
    if let EffectKind::Send { in_reply_to, .. } = &mut reply {
        *in_reply_to = Some(key(&question));
    }
    let image = Image::new("image/png", Bytes::from_static(b"\x89PNG")).described("a box");
    let public = channel.upload(&image).await.unwrap();
    let private = channel.upload(&image.for_direct_message()).await.unwrap();
    let with = |kind: EffectKind, one: Media| match kind {
        EffectKind::Send {
            text,
            in_reply_to,
            to,
            audience,
            reply,
            extra,
            ..
        } => EffectKind::Send {
            text,
            in_reply_to,
            to,
            media: vec![one],
            audience,
            reply,
            extra,
        },
        other => other,
    };
    let reply = effect(&ours, reply);
    let made = channel.perform(&reply).await.unwrap().messages.remove(0);
    let done = [
        effect(&ours, send("To all of you.")),
        effect(&two, send("Hello.")),
        effect(&ours, with(send("Look at this."), public)),
        effect(&two, with(send("Look at that."), private)),
        effect(
            &ours,
            EffectKind::private_reply(key(&question), "In private."),
        ),
        effect(&ours, EffectKind::edit(made.clone(), "Really!")),
        effect(&ours, EffectKind::hide(key(&question), true)),
        effect(&ours, EffectKind::hide(key(&question), false)),
        effect(&ours, EffectKind::react(key(&question), "like", false)),
        effect(&ours, EffectKind::react(key(&question), "like", true)),
    ];
    for effect in &done {
        channel.perform(effect).await.unwrap();
    }
    // As another process does, which knows nothing, once X takes requests for direct messages again.
    x.pass(TimeDelta::minutes(16));
    let channel = common::channel(&x, &config, x.faults().clone());
    for effect in &done {
        let probe = channel.probe(effect).await.unwrap();
        assert_ne!(probe, Probe::Absent, "{effect:?}");
    }
    for what in [
        Fetch::Message(made.clone()),
        Fetch::Message(key(&direct)),
        Fetch::Conversation(conversation(&ours)),
        Fetch::Conversation(conversation(&two)),
        Fetch::Handle(HandleKey::new(Network::X, None, &matti).unwrap()),
    ] {
        let found = channel.fetch(&what).await.unwrap();
        assert_ne!(found, aspa_channel::Fetched::Nothing, "{what:?}");
    }
    let delete = effect(&ours, EffectKind::delete(made));
    channel.perform(&delete).await.unwrap();
    assert!(matches!(
        channel.probe(&delete).await.unwrap(),
        Probe::Found(_)
    ));
    x.log()
}

#[tokio::test]
async fn every_kind_of_request_is_made_and_taken() {
    let mut lines = String::new();
    for (name, names) in [("tweets", Names::Tweets), ("posts", Names::Posts)] {
        let log = asked(names).await;
        for kind in [
            "GET /2/users/1795334400000000017/mentions?",
            "GET /2/users/1795334400000000017/tweets?",
            "GET /2/tweets/search/recent?query=conversation_id%3A",
            "GET /2/dm_events?",
            "GET /2/dm_conversations/with/",
            "POST /2/tweets",
            "DELETE /2/tweets/",
            "PUT /2/tweets/",
            "POST /2/dm_conversations/with/",
            "POST /2/media/upload",
            "POST /2/media/metadata",
            "POST /2/users/1795334400000000017/likes",
            "DELETE /2/users/1795334400000000017/likes/",
        ] {
            assert!(log.iter().any(|(line, _)| line.starts_with(kind)), "{kind}");
        }
        for kind in [
            "since_id=",
            "pagination_token=",
            "edit_options",
            "in_reply_to_tweet_id",
            "media_ids",
            "media_id\"",
        ] {
            assert!(
                log.iter()
                    .any(|(line, body)| line.contains(kind) || body.contains(kind)),
                "{kind}"
            );
        }
        for (line, body) in log {
            lines.push_str(&json!({ "names": name, "request": line, "body": body }).to_string());
            lines.push('\n');
        }
    }
    if let Ok(file) = std::env::var("ASPA_X_REQUESTS") {
        std::fs::write(file, lines).unwrap();
    }
}
