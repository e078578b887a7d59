//! What servers of this API do in their own ways, each as measured on the real one, and what the adapter
//! makes of it.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so")]

mod fake;

use std::sync::Arc;

use aspa_channel::{
    AttributeKind, Audience, Channel, ConversationKey, Cursor, Effect, EffectKind, EffectName,
    ErrorKind, Event, EventKind, Fetch, Fetched, Landed, Message, MessageKey, Probe, ReplyKind,
    Support,
};
use aspa_channel_mastodon::MastodonChannel;
use aspa_types::{AccountId, EffectKey, HandleKey, Network};
use fake::{ANA, BO, Fake, Kind, TOKEN, US, config, connect, now, server, typed};
use serde_json::json;

const KINDS: [Kind; 3] = [Kind::Mastodon, Kind::GoToSocial, Kind::Snac];

async fn of(kind: Kind) -> (Fake, MastodonChannel) {
    let fake = server(kind);
    let channel = connect(Arc::new(fake.clone())).await;
    (fake, channel)
}

async fn drain(channel: &MastodonChannel, from: Option<Cursor>) -> (Vec<Event>, Option<Cursor>) {
    let (mut events, mut cursor) = (Vec::new(), from);
    loop {
        let page = channel.poll(cursor.as_ref()).await.unwrap();
        events.extend(page.events);
        cursor = page.next;
        if !page.more {
            return (events, cursor);
        }
    }
}

fn messages(events: &[Event]) -> Vec<&Message> {
    let messages = events.iter().filter_map(|event| match &event.kind {
        EventKind::Message(message) => Some(&**message),
        _ => None,
    });
    messages.collect()
}

fn key(id: &str) -> MessageKey {
    MessageKey::new(AccountId::new("shop").unwrap(), id).unwrap()
}

fn reply(to: &MessageKey, text: &str, audience: Option<Audience>) -> Effect {
    let mut kind = EffectKind::send(text, ReplyKind::Answer);
    if let EffectKind::Send {
        in_reply_to,
        audience: asked,
        ..
    } = &mut kind
    {
        *in_reply_to = Some(to.clone());
        *asked = audience;
    }
    let conversation = ConversationKey::new(to.account.clone(), &to.id).unwrap();
    Effect::new(EffectKey::derive(&[text, &to.id]), conversation, kind)
}

#[tokio::test]
async fn an_answer_is_never_wider_than_what_it_answers() {
    let asked = [None, Some(Audience::Public), Some(Audience::Direct)];
    for kind in KINDS {
        for (parent, expected) in [
            ("public", ["public", "public", "direct"]),
            ("unlisted", ["unlisted", "unlisted", "direct"]),
            // Its author's followers are not ours.
            ("private", ["direct", "direct", "direct"]),
            ("direct", ["direct", "direct", "direct"]),
        ] {
            for (audience, expected) in asked.iter().zip(expected) {
                let (fake, channel) = of(kind).await;
                let post = fake.write(ANA, "@shop hei", None, parent);
                let effect = reply(&key(&fake.id(post)), "hei", audience.clone());
                channel.perform(&effect).await.unwrap();
                let written = fake.state().posts.last().unwrap().visibility.clone();
                assert_eq!(written, expected, "{kind:?} {parent} {audience:?}");
            }
        }
    }
}

#[tokio::test]
async fn whoever_is_answered_is_named_first_and_the_text_is_what_is_read() {
    for kind in KINDS {
        for by in [ANA, BO] {
            let (fake, channel) = of(kind).await;
            let post = fake.write(by, "@shop hei", None, "public");
            {
                let mut state = fake.state();
                state.posts[post].warning = "kettles".to_owned();
                state.posts[post].language = Some("sv".to_owned());
            }
            let receipt = channel
                .perform(&reply(&key(&fake.id(post)), "It left.", None))
                .await
                .unwrap();
            let (written, name) = {
                let state = fake.state();
                (state.posts.last().unwrap().clone(), state.acct(by))
            };
            assert_eq!(written.text, format!("@{name} It left."), "{kind:?}");
            assert_eq!(
                (written.warning.as_str(), written.language.as_deref()),
                ("kettles", Some("sv"))
            );
            let found = channel
                .fetch(&Fetch::Message(receipt.messages[0].clone()))
                .await
                .unwrap();
            let Fetched::Message(found) = found else {
                panic!("{found:?}")
            };
            assert_eq!(found.text(), "It left.", "{kind:?}");
        }
    }
}

#[tokio::test]
async fn an_answer_to_what_is_not_there_is_refused_before_anything_is_published() {
    for kind in KINDS {
        let (fake, channel) = of(kind).await;
        let error = channel
            .perform(&reply(&key("0"), "hei", None))
            .await
            .unwrap_err();
        assert_eq!(
            (error.kind(), error.landed()),
            (&ErrorKind::NotFound, Landed::No),
            "{kind:?}"
        );
        assert!(fake.state().posts.is_empty(), "{kind:?}");
    }
}

#[tokio::test]
async fn a_direct_post_is_direct_also_where_it_is_called_private() {
    for kind in KINDS {
        let (fake, channel) = of(kind).await;
        fake.write(ANA, "@shop hei", None, "direct");
        let (events, _) = drain(&channel, None).await;
        assert_eq!(messages(&events)[0].audience, Audience::Direct, "{kind:?}");
    }
}

#[tokio::test]
async fn an_edit_keeps_the_key_also_where_the_server_gives_another_id() {
    for kind in KINDS {
        let (fake, channel) = of(kind).await;
        let post = fake.write(ANA, "@shop hei", None, "public");
        let (before, cursor) = drain(&channel, None).await;
        let old = fake.state().post_id(post);
        {
            let mut state = fake.state();
            let at = state.tick();
            state.posts[post].text = "@shop hello".to_owned();
            state.posts[post].edited = Some(at);
        }
        assert_eq!(fake.state().post_id(post) != old, kind == Kind::Snac);
        let (after, _) = drain(&channel, cursor).await;
        let (before, after) = (messages(&before)[0], messages(&after)[0]);
        assert_eq!(before.key, after.key, "{kind:?}");
        assert!(
            after.revision > before.revision && after.text() == "hello",
            "{kind:?}"
        );
    }
}

#[tokio::test]
async fn only_a_server_that_can_delete_is_said_to() {
    for kind in KINDS {
        let (_, channel) = of(kind).await;
        let claims = channel.capabilities(None).into_owned();
        let can = *claims.support(&EffectName::Delete) == Support::Full;
        assert_eq!(can, kind != Kind::Snac, "{kind:?}");
    }
}

#[tokio::test]
async fn a_lost_answer_is_found_where_keys_are_passed_over() {
    for kind in KINDS {
        let (fake, channel) = of(kind).await;
        let post = fake.write(ANA, "@shop hei", None, "public");
        let effect = reply(&key(&fake.id(post)), "It **left**.", None);
        assert_eq!(
            channel.probe(&effect).await.unwrap(),
            Probe::Absent,
            "{kind:?}"
        );
        channel.perform(&effect).await.unwrap();
        // Another process, which remembers nothing.
        let another = connect(Arc::new(fake.clone())).await;
        let found = another.probe(&effect).await.unwrap();
        let Probe::Found(receipt) = found else {
            panic!("{kind:?}: {found:?}")
        };
        assert_eq!(&*receipt.messages[0].id, fake.id(post + 1), "{kind:?}");
        // Two of the same words: nobody can tell which.
        let given = format!("@ana {}", typed(kind, "It **left**."));
        fake.write(US, &given, Some(post), "public");
        assert_eq!(
            another.probe(&effect).await.unwrap(),
            Probe::CannotTell,
            "{kind:?}"
        );
    }
}

#[tokio::test]
async fn links_that_the_server_found_back_are_verified_and_the_actor_is_the_key() {
    for kind in KINDS {
        let (fake, channel) = of(kind).await;
        fake.state().accounts[BO].fields = json!([
            { "name": "web", "value": "<a href=\"https://bo.example\" rel=\"me\">bo.example</a>",
              "verified_at": "2026-01-01T00:00:00.000Z" },
            { "name": "blog", "value": "<a href=\"https://blog.example\">blog</a>", "verified_at": null },
            { "name": "pronouns", "value": "she", "verified_at": null },
        ]);
        fake.write(BO, "@shop hei", None, "public");
        let (events, _) = drain(&channel, None).await;
        let handle = &events[0].handles[0];
        let expected = HandleKey::new(Network::MASTODON, None, &fake.state().uri(BO)).unwrap();
        assert_eq!(handle.key, expected, "{kind:?}");
        assert_eq!(
            handle.latest(&AttributeKind::UserName),
            Some("bo@far.example")
        );
        let links = handle
            .attributes
            .iter()
            .filter(|said| said.kind == AttributeKind::Link);
        let links: Vec<_> = links
            .map(|said| (said.value.as_str(), said.verified))
            .collect();
        assert_eq!(
            links,
            [
                ("https://blog.example", false),
                ("https://bo.example", true)
            ],
            "{kind:?}"
        );
        let found = channel
            .fetch(&Fetch::Handle(expected.clone()))
            .await
            .unwrap();
        assert!(
            matches!(found, Fetched::Handle(found) if found.key == expected),
            "{kind:?}"
        );
    }
}

#[tokio::test]
async fn what_no_answer_holds_is_no_panic_and_what_is_authentic_is_kept() {
    let (fake, channel) = of(Kind::Mastodon).await;
    fake.state().notify("follow", ANA, None);
    fake.write(ANA, "@shop hei", None, "public");
    let (events, _) = drain(&channel, None).await;
    assert!(matches!(events[0].kind, EventKind::Unknown(_)));
    assert_eq!(messages(&events).len(), 1);
}

#[tokio::test]
async fn a_server_is_not_asked_more_than_it_takes_also_after_a_restart() {
    let fake = server(Kind::Mastodon);
    let channel = connect(Arc::new(fake.clone())).await;
    assert_eq!(channel.snapshot(), None);
    fake.state().limit = 40;
    let refused = loop {
        match channel.poll(None).await {
            Ok(_) => {}
            Err(error) => break error,
        }
    };
    assert_eq!(*refused.kind(), ErrorKind::Throttled);
    assert_eq!(refused.landed(), Landed::No);
    let wait = refused.retry_after().unwrap();
    assert!((1..=300).contains(&wait.as_secs()), "{wait:?}");
    let asked = fake.state().asked.len();
    assert!((20..40).contains(&asked), "{asked}");

    let kept = channel.snapshot().unwrap();
    assert!(!kept.contains(TOKEN));
    let http = Arc::new(fake.clone());
    let known = channel.server().clone();
    let restarted = MastodonChannel::new(&config(), known, http, now).unwrap();
    restarted.restore("what nobody kept");
    restarted.restore(&kept);
    let refused = restarted.poll(None).await.unwrap_err();
    assert_eq!(*refused.kind(), ErrorKind::Throttled);
    assert_eq!(fake.state().asked.len(), asked);
}

#[tokio::test]
async fn what_mastodon_documents_holds_where_a_server_reports_nothing_but_on_snac() {
    let polls = async |version: &str| {
        let fake = server(Kind::Snac);
        let channel = connect(Arc::new(fake.clone())).await;
        let mut known = channel.server().clone();
        known.version = version.to_owned();
        let http = Arc::new(fake.clone());
        let channel = MastodonChannel::new(&config(), known, http, now).unwrap();
        let mut polls = 0;
        while polls < 400 && channel.poll(None).await.is_ok() {
            polls += 1;
        }
        polls
    };
    assert_eq!(polls("4.0.0 (not true; really snac/2.75)").await, 400);
    // What goes out at once of 300 in 5 minutes.
    let some = polls("4.5.0").await;
    assert!((30..100).contains(&some), "{some}");
}

#[tokio::test]
async fn a_move_is_believed_where_the_new_account_links_back() {
    let link = |to: &str| format!("<a href=\"{to}\" rel=\"nofollow me\"><span>{to}</span></a>");
    for (field, believed) in [
        (link("https://social.example/@ana"), true),
        (link("https://social.example/@ana/"), true),
        (link("https://social.example/users/1"), true),
        (link("https://social.example/@anabel"), false),
        (link("https://evil.example/@ana"), false),
        ("https://social.example/@ana".to_owned(), false),
        (String::new(), false),
    ] {
        let (fake, channel) = of(Kind::Mastodon).await;
        let uris = {
            let mut state = fake.state();
            let mut new = state.accounts[BO].clone();
            new.user = "new-ana".to_owned();
            new.fields = json!([{ "name": "me", "value": field, "verified_at": null }]);
            state.accounts.push(new);
            let new = state.accounts.len() - 1;
            state.accounts[ANA].moved = Some(new);
            [ANA, new].map(|n| state.uri(n))
        };
        fake.write(ANA, "@shop hei", None, "public");
        let (events, _) = drain(&channel, None).await;
        let moves = events.iter().filter_map(|event| match &event.kind {
            EventKind::Handle {
                handle,
                became,
                extra,
                ..
            } => Some((handle, became.as_ref(), extra.get("moved_to"))),
            _ => None,
        });
        let [from, to] = uris.map(|uri| HandleKey::new(Network::MASTODON, None, &uri).unwrap());
        let told = json!(to.id());
        let expected = match believed {
            true => (&from, Some(&to), None),
            false => (&from, None, Some(&told)),
        };
        assert_eq!(moves.collect::<Vec<_>>(), [expected], "{field}");
    }
}
