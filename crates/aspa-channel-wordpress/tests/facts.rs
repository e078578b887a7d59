//! Each fact that was measured on WordPress 6.1.9 and would hurt an adapter that does not know it.
#![allow(clippy::unwrap_used, reason = "tests may panic")]

mod common;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aspa_channel::{
    Act, AttributeKind, Channel, Cursor, Direction, EffectKind, ErrorKind, Event, EventKind, Fetch,
    Fetched, Landed, Message, ModerationReason, Part, Probe, Status, Via, Visibility,
};
use aspa_channel_wordpress::{WordPress, WordPressChannel};
use aspa_testkit::{Hint, HttpFault, On};
use aspa_types::Secret;
use common::{Blog, COLLEAGUE, ME, POST, READER, effect, message, post, reply, through};
use http::Response;

/// Polls until nothing is waiting.
async fn drain(channel: &WordPressChannel, cursor: &mut Option<Cursor>) -> Vec<Event> {
    let mut events = Vec::new();
    for _ in 0..1_000 {
        let page = channel.poll(cursor.as_ref()).await.unwrap();
        events.extend(page.events);
        *cursor = page.next;
        if !page.more {
            return events;
        }
    }
    panic!("no end");
}

fn messages(events: &[Event]) -> Vec<&Message> {
    let found = events.iter().filter_map(|event| match &event.kind {
        EventKind::Message(message) => Some(&**message),
        _ => None,
    });
    found.collect()
}

fn ids(events: &[Event]) -> Vec<u64> {
    messages(events)
        .iter()
        .map(|message| message.key.id.parse().unwrap())
        .collect()
}

fn turns(events: &[Event]) -> Vec<(String, Visibility)> {
    let found = events.iter().filter_map(|event| match &event.kind {
        EventKind::Visibility {
            message,
            visibility,
            ..
        } => Some((message.id.to_string(), visibility.clone())),
        _ => None,
    });
    found.collect()
}

#[tokio::test]
async fn a_wrong_password_is_never_read_as_a_visitor() {
    let blog = Blog::new();
    blog.visitor("Seen by anybody");
    blog.state().password = "changed".to_owned();
    let channel = blog.channel(Blog::config());
    for error in [
        channel.check().await.unwrap_err(),
        channel.poll(None).await.unwrap_err(),
        channel
            .fetch(&Fetch::Message(message(1)))
            .await
            .unwrap_err(),
        channel.perform(&reply("e", "Hei", 1)).await.unwrap_err(),
    ] {
        assert_eq!(*error.kind(), ErrorKind::Unauthorized);
        assert_eq!(
            (error.status(), error.landed()),
            (Status::Persistent, Landed::No)
        );
        assert!(error.remedy().unwrap().contains("application password"));
    }
    assert_eq!(blog.state().writes, 0);
    // Nor where it was changed while the channel was at work.
    blog.state().password = common::PASSWORD.to_owned();
    assert_eq!(channel.check().await.unwrap(), ME);
    let mut cursor = None;
    assert_eq!(ids(&drain(&channel, &mut cursor).await), [1]);
    blog.state().password = "changed again".to_owned();
    let error = channel.poll(cursor.as_ref()).await.unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::Unauthorized);
}

#[tokio::test]
async fn whoever_does_not_moderate_is_told_so() {
    let blog = Blog::new();
    blog.state().editor = false;
    let error = blog.channel(Blog::config()).poll(None).await.unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::Forbidden);
    assert!(error.remedy().unwrap().contains("editor"));
}

#[tokio::test]
async fn comments_of_one_second_are_all_read_once_and_in_order() {
    let blog = Blog::new();
    let channel = blog.channel(Blog::config());
    let mut cursor = None;
    let mut seen = Vec::new();
    for burst in [3, 130, 5, 1, 250] {
        for _ in 0..burst {
            blog.visitor("Hei");
        }
        seen.extend(ids(&drain(&channel, &mut cursor).await));
    }
    assert_eq!(seen, (1..=389).collect::<Vec<_>>());
    // Nothing new: one request, the same cursor, so that nothing has to be stored.
    let before = (blog.state().log.len(), cursor.clone());
    assert_eq!(drain(&channel, &mut cursor).await, []);
    assert_eq!((blog.state().log.len(), cursor), (before.0 + 1, before.1));
    assert!(blog.state().log.iter().all(|line| !line.contains("after=")));
}

#[tokio::test]
async fn a_start_is_told_in_utc() {
    let blog = Blog::new();
    blog.visitor("before");
    blog.change(1, |row| row.at = "2026-11-22T07:59:59Z".parse().unwrap());
    blog.visitor("after");
    blog.change(2, |row| row.at = "2026-11-22T08:00:01Z".parse().unwrap());
    let mut config = Blog::config();
    config.since = Some("2026-11-22T08:00:00Z".parse().unwrap());
    assert_eq!(ids(&drain(&blog.channel(config), &mut None).await), [2]);
}

#[tokio::test]
async fn a_comment_is_read_as_it_was_typed() {
    let blog = Blog::new();
    blog.visitor("Tom &amp; Jerry: 5 &lt; 6, typed &amp;lt; &#8220;hei&#8221; 😀");
    blog.visitor("plain");
    let channel = blog.channel(Blog::config());
    let events = drain(&channel, &mut None).await;
    let [typed, plain] = messages(&events)[..] else {
        panic!()
    };
    assert_eq!(typed.text(), "Tom & Jerry: 5 < 6, typed &lt; “hei” 😀");
    assert!(matches!(&typed.parts[1], Part::Html { html, .. } if html.starts_with("Tom &amp;")));
    assert_eq!((plain.text().as_str(), plain.parts.len()), ("plain", 1));
    // The post is the conversation, its title the subject.
    assert_eq!(typed.conversation, post(POST));
    assert_eq!(
        typed.subject.as_deref(),
        Some("Toimitus “heti” & ilmaiseksi")
    );
    assert_eq!(
        typed.url.as_deref(),
        Some("https://blog.aurinko.example/?p=11#comment-1")
    );
    assert_eq!(
        typed.extra["wordpress"]["post_url"],
        "https://blog.aurinko.example/?p=11"
    );
    assert_eq!(
        typed.times.source,
        Some("2026-11-22T08:00:00Z".parse().unwrap())
    );
    assert!(typed.times.vouched);
    assert_eq!(events[0].provenance.via, Via::Backfill);
}

#[tokio::test]
async fn a_visitor_is_whoever_types_the_same_name_and_address() {
    let blog = Blog::new();
    for (name, email) in [
        ("Mikko O'Brien", "Mikko@Example.com"),
        ("mikko  o'brien ", " mikko@example.com"),
        ("Liisa O'Brien", "mikko@example.com"),
        ("Mikko O'Brien", "other@example.com"),
        ("Matti", ""),
        ("Matti", ""),
    ] {
        blog.write(|row| (row.name, row.email) = (name.to_owned(), email.to_owned()));
    }
    blog.write(|row| (row.author, row.name) = (READER, "Mikko O'Brien".to_owned()));
    let events = drain(&blog.channel(Blog::config()), &mut None).await;
    let authors: Vec<_> = messages(&events)
        .iter()
        .map(|m| m.author.clone().unwrap())
        .collect();
    let distinct: BTreeMap<_, usize> = authors.iter().fold(BTreeMap::new(), |mut all, author| {
        *all.entry(author.clone()).or_default() += 1;
        all
    });
    assert_eq!(authors[0], authors[1]);
    assert_eq!(distinct.len(), 6, "{distinct:?}");
    assert_eq!(authors[6].id(), "user-3");
    assert_eq!(authors[6].scope(), Some("blog.aurinko.example"));
    let shown = format!("{authors:?}");
    assert!(!shown.to_lowercase().contains("mikko"), "{shown}");
    // What was typed is an alias that nobody vouches for, and says so.
    let typed = &events[0].handles[0];
    assert_eq!(typed.name(), "Mikko O'Brien");
    assert_eq!(
        typed.latest(&AttributeKind::Email),
        Some("Mikko@Example.com")
    );
    assert!(typed.attributes.iter().all(|attribute| !attribute.verified));
    assert_eq!(typed.extra["typed_by_visitor"], true);
    assert_eq!(typed.latest(&AttributeKind::Link), None);
    // An editor does not learn the address of a user of the site.
    assert!(!events[6].handles[0].extra.contains_key("typed_by_visitor"));
}

#[tokio::test]
async fn what_nobody_asked_for_is_not_taken() {
    let blog = Blog::new();
    blog.visitor("Hei");
    blog.write(|row| row.broken = true);
    let mut config = Blog::config();
    let events = drain(&blog.channel(config.clone()), &mut None).await;
    let taken = serde_json::to_string(&events).unwrap();
    for personal in ["198.51.100.7", "Lynx", "https://mikko.example"] {
        assert!(!taken.contains(personal), "{personal}");
    }
    let log = blog.state().log.join("\n");
    assert!(
        !log.contains("author_ip") && !log.contains("author_user_agent"),
        "{log}"
    );
    config.personal.ip = true;
    config.personal.user_agent = true;
    config.personal.author_url = true;
    let events = drain(&blog.channel(config), &mut None).await;
    let extra = &messages(&events)[0].extra["wordpress"];
    assert_eq!(
        (&extra["ip"], &extra["user_agent"]),
        (&"198.51.100.7".into(), &"Lynx/2.9".into())
    );
    assert_eq!(
        events[0].handles[0].latest(&AttributeKind::Link),
        Some("https://mikko.example")
    );
    assert!(blog.state().log.last().unwrap().contains("author_ip"));
}

#[tokio::test]
async fn held_spam_and_trash_are_not_visible_and_each_turn_is_told() {
    let blog = Blog::new();
    let held = blog.write(|row| row.status = "hold");
    let spam = blog.write(|row| row.status = "spam");
    let trash = blog.write(|row| row.status = "trash");
    let channel = blog.channel(Blog::config());
    let mut cursor = None;
    let events = drain(&channel, &mut cursor).await;
    let shown: Vec<_> = messages(&events)
        .iter()
        .map(|m| m.visibility.clone())
        .collect();
    assert_eq!(
        shown,
        [Visibility::Held, Visibility::Hidden, Visibility::Hidden]
    );
    // Whoever trashed it is not its author, who could take it back.
    assert_eq!(turns(&events), [(trash.to_string(), Visibility::Deleted)]);
    let by_moderator = events.iter().any(|event| match &event.kind {
        EventKind::Visibility { by, .. } => by.as_ref().unwrap().id() == "moderator",
        _ => false,
    });
    assert!(by_moderator);
    let dismissed = events.iter().find_map(|event| match &event.kind {
        EventKind::Action {
            act: Act::Dismiss { message, why, .. },
            ..
        } => Some((message.clone(), why.clone())),
        _ => None,
    });
    assert_eq!(dismissed, Some((message(spam), "spam".to_owned())));
    // Approved hours later, it keeps its date and is told all the same; and each time.
    for (status, visibility) in [
        ("approved", Visibility::Visible),
        ("hold", Visibility::Held),
        ("approved", Visibility::Visible),
        ("spam", Visibility::Hidden),
        ("trash", Visibility::Deleted),
        ("post-trashed", Visibility::Deleted),
        ("approved", Visibility::Visible),
        ("quarantine", Visibility::from("quarantine")),
        ("approved", Visibility::Visible),
    ] {
        let before = blog.row(held).status;
        blog.change(held, |row| row.status = status);
        let events = drain(&channel, &mut cursor).await;
        let same = (before, status) == ("trash", "post-trashed");
        let expected = (!same).then(|| (held.to_string(), visibility.clone()));
        assert_eq!(
            turns(&events),
            Vec::from_iter(expected),
            "{before} to {status}"
        );
        assert_eq!(drain(&channel, &mut cursor).await, [], "{status}");
    }
}

#[tokio::test]
async fn spam_can_be_left_out_until_a_moderator_takes_it_out() {
    let blog = Blog::new();
    let spam = blog.write(|row| row.status = "spam");
    blog.write(|row| row.status = "trash");
    let mut config = Blog::config();
    config.spam = false;
    let channel = blog.channel(config);
    let mut cursor = None;
    assert_eq!(drain(&channel, &mut cursor).await, []);
    blog.change(spam, |row| row.status = "trash");
    assert_eq!(drain(&channel, &mut cursor).await, []);
    blog.change(spam, |row| row.status = "approved");
    let events = drain(&channel, &mut cursor).await;
    assert_eq!((ids(&events), turns(&events)), (vec![spam], vec![]));
    blog.change(spam, |row| row.status = "hold");
    let events = drain(&channel, &mut cursor).await;
    assert_eq!(turns(&events), [(spam.to_string(), Visibility::Held)]);
}

#[tokio::test]
async fn edits_are_found_by_reading_again() {
    let blog = Blog::new();
    for _ in 0..30 {
        blog.visitor("Hei");
    }
    let mut config = Blog::config();
    config.watched = 10;
    let channel = blog.channel(config);
    let mut cursor = None;
    drain(&channel, &mut cursor).await;
    blog.change(5, |row| row.raw = "too old to be read again".to_owned());
    for revision in 1..=3 {
        blog.change(25, |row| row.raw = format!("edit {revision}"));
        let events = drain(&channel, &mut cursor).await;
        let [edited] = messages(&events)[..] else {
            panic!("{events:?}")
        };
        assert_eq!(
            (edited.revision, edited.text()),
            (revision, format!("edit {revision}"))
        );
        assert_eq!(edited.edited_at, None);
    }
    // The plugin tells when.
    blog.change(25, |row| {
        row.raw = "by the plugin".to_owned();
        row.meta.insert("aspa_edited", 1_795_000_000_123_u64.into());
    });
    let events = drain(&channel, &mut cursor).await;
    let [edited] = messages(&events)[..] else {
        panic!("{events:?}")
    };
    assert_eq!(edited.revision, 1_795_000_000_123);
    assert_eq!(
        edited.edited_at.unwrap().timestamp_millis(),
        1_795_000_000_123
    );
}

#[tokio::test]
async fn a_thread_stays_whole_when_its_head_is_deleted_for_good() {
    let blog = Blog::new();
    let head = blog.visitor("head");
    let child = blog.write(|row| row.parent = head);
    let grandchild = blog.write(|row| row.parent = child);
    let channel = blog.channel(Blog::config());
    let mut cursor = None;
    let events = drain(&channel, &mut cursor).await;
    let answered = messages(&events)[1].in_reply_to.clone();
    assert_eq!(answered, Some(message(head)));
    blog.erase(child);
    assert_eq!(blog.row(grandchild).parent, head);
    let events = drain(&channel, &mut cursor).await;
    assert_eq!(
        (ids(&events), turns(&events)),
        (vec![], vec![(child.to_string(), Visibility::Deleted)])
    );
    let by = |event: &Event| matches!(&event.kind, EventKind::Visibility { by: Some(_), .. });
    assert!(events.iter().all(by));
    let Fetched::Conversation(thread) = channel
        .fetch(&Fetch::Conversation(post(POST)))
        .await
        .unwrap()
    else {
        panic!()
    };
    let thread: Vec<_> = thread
        .iter()
        .map(|m| (m.key.clone(), m.in_reply_to.clone()))
        .collect();
    assert_eq!(
        thread,
        [
            (message(head), None),
            (message(grandchild), Some(message(head)))
        ]
    );
}

#[tokio::test]
async fn what_is_deleted_between_pages_takes_nothing_along() {
    for gone in [1..=1, 1..=99, 40..=100, 90..=130, 100..=100] {
        let blog = Blog::new();
        for _ in 0..350 {
            blog.visitor("Hei");
        }
        let channel = blog.channel(Blog::config());
        let page = channel.poll(None).await.unwrap();
        assert_eq!((page.events.len(), page.more), (100, true));
        let mut seen = ids(&page.events);
        for id in gone.clone() {
            blog.erase(id);
        }
        seen.extend(ids(&drain(&channel, &mut page.next.clone()).await));
        let expected = (1..=350).filter(|id| !gone.contains(id) || *id <= 100);
        assert_eq!(seen, expected.collect::<Vec<_>>(), "{gone:?}");
    }
}

#[tokio::test]
async fn what_a_site_leaves_out_of_its_lists_is_not_gone() {
    let blog = Blog::new();
    for _ in 0..500 {
        blog.visitor("Hei");
    }
    // On posts of a plugin that is turned off: counted, and not listed.
    for id in (100..=310).chain([480]) {
        blog.change(id, |row| row.shown = false);
    }
    let channel = blog.channel(Blog::config());
    let mut cursor = None;
    let events = drain(&channel, &mut cursor).await;
    assert_eq!(ids(&events).len(), 500 - 212);
    for id in [480, 490] {
        blog.change(id, |row| row.shown = !row.shown);
    }
    let events = drain(&channel, &mut cursor).await;
    assert_eq!((ids(&events), turns(&events)), (vec![480], vec![]));
}

#[tokio::test]
async fn a_list_without_its_length_is_not_believed() {
    let blog = Blog::new();
    blog.visitor("Hei");
    let mut cursor = None;
    drain(&blog.channel(Blog::config()), &mut cursor).await;
    let faults = blog.faults();
    let channel = through(faults.clone(), Blog::config());
    channel.check().await.unwrap();
    // An empty list from a cache would be taken for everything having been deleted.
    faults.script(On::read(), HttpFault::Answer(Response::new("[]".into())));
    let error = channel.poll(cursor.as_ref()).await.unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::Protocol);
    assert!(error.is_retryable());
}

#[tokio::test]
async fn long_comments_come_in_smaller_pages() {
    let blog = Blog::new();
    for _ in 0..130 {
        blog.visitor(&"😀".repeat(1_500));
    }
    blog.state().max_body = 70_000;
    let events = drain(&blog.channel(Blog::config()), &mut None).await;
    assert_eq!(ids(&events), (1..=130).collect::<Vec<_>>());
}

#[tokio::test]
async fn colleagues_who_answer_in_wordpress_are_us() {
    let blog = Blog::new();
    for author in [ME, COLLEAGUE, READER] {
        blog.write(|row| row.author = author);
    }
    let mut config = Blog::config();
    config.team = vec![COLLEAGUE];
    let events = drain(&blog.channel(config), &mut None).await;
    let directions: Vec<_> = messages(&events).iter().map(|m| m.direction).collect();
    assert_eq!(
        directions,
        [Direction::Outbound, Direction::Outbound, Direction::Inbound]
    );
}

#[tokio::test]
async fn what_is_answered_is_looked_at_first() {
    let blog = Blog::new();
    let elsewhere = blog.write(|row| row.post = 12);
    let held = blog.write(|row| row.status = "hold");
    let trash = blog.write(|row| row.status = "trash");
    let spam = blog.write(|row| row.status = "spam");
    let channel = blog.channel(Blog::config());
    for (parent, kind) in [
        (9_999, ErrorKind::NotFound),
        (elsewhere, ErrorKind::Invalid),
        (held, ErrorKind::Invalid),
        (trash, ErrorKind::NotFound),
        (spam, ErrorKind::NotFound),
    ] {
        let error = channel
            .perform(&reply("e", "Hei", parent))
            .await
            .unwrap_err();
        assert_eq!(
            (error.kind(), error.landed()),
            (&kind, Landed::No),
            "{parent}"
        );
    }
    let mut nowhere = reply("e", "Hei", 0);
    nowhere.conversation = common::post(77);
    let error = channel.perform(&nowhere).await.unwrap_err();
    assert_eq!(error.code(), Some("rest_comment_invalid_post_id"));
    assert_eq!(blog.ours("Hei").len(), 0);
    // On the post itself nothing has to be there.
    channel.perform(&reply("f", "Hei", 0)).await.unwrap();
    assert_eq!(blog.ours("Hei")[0].parent, 0);
}

#[tokio::test]
async fn created_is_not_visible() {
    let blog = Blog::new();
    let to = blog.visitor("Hei");
    let channel = blog.channel(Blog::config());
    assert!(
        !channel
            .perform(&reply("a", "first", to))
            .await
            .unwrap()
            .held
    );
    blog.state().holds = true;
    assert!(
        channel
            .perform(&reply("b", "second", to))
            .await
            .unwrap()
            .held
    );
}

#[tokio::test]
async fn a_text_is_read_as_it_was_given() {
    let blog = Blog::new();
    let to = blog.visitor("Hei");
    let channel = blog.channel(Blog::config());
    let text = "1 < 2 && <b>not bold</b> &amp; \"q\" \\ https://a.example/?x=1&y=2";
    let receipt = channel.perform(&reply("a", text, to)).await.unwrap();
    let Fetched::Message(found) = channel
        .fetch(&Fetch::Message(receipt.messages[0].clone()))
        .await
        .unwrap()
    else {
        panic!()
    };
    assert_eq!(found.text(), text);
    // Escaped, it is too long, and nothing is sent.
    let writes = blog.state().writes;
    let error = channel
        .perform(&reply("b", &"&".repeat(20_000), to))
        .await
        .unwrap_err();
    assert_eq!(
        (error.kind(), error.landed()),
        (&ErrorKind::TooLong, Landed::No)
    );
    assert_eq!(blog.state().writes, writes);
    channel
        .perform(&reply("c", &"&".repeat(13_105), to))
        .await
        .unwrap();
}

#[tokio::test]
async fn a_lost_answer_is_found_again() {
    let blog = Blog::new();
    let to = blog.visitor("Hei");
    let faults = blog.faults();
    let channel = through(faults.clone(), Blog::config());
    for (key, text) in [
        ("a", "Kiitos"),
        ("b", "See https://a.example/x?y=1&z=2 < there"),
    ] {
        faults.script(On::write(), HttpFault::CutAfter);
        let effect = reply(key, text, to);
        let error = channel.perform(&effect).await.unwrap_err();
        assert_eq!(error.landed(), Landed::Maybe);
        let Probe::Found(found) = channel.probe(&effect).await.unwrap() else {
            panic!()
        };
        assert!(found.at.is_some());
        // Whoever sends it all the same is told that it is there.
        let again = channel.perform(&effect).await.unwrap_err();
        assert_eq!(
            (again.kind(), again.landed()),
            (&ErrorKind::Duplicate, Landed::Maybe)
        );
        assert_eq!(again.code(), Some("comment_duplicate"));
    }
    // What got lost on its way is not there, and is sent once more.
    faults.script(On::write(), HttpFault::CutBefore);
    let effect = reply("c", "Once", to);
    assert_eq!(
        channel.perform(&effect).await.unwrap_err().landed(),
        Landed::Maybe
    );
    assert_eq!(channel.probe(&effect).await.unwrap(), Probe::Absent);
    channel.perform(&effect).await.unwrap();
    assert_eq!(blog.ours("Once").len(), 1);
    // Another answer to another comment is not this one.
    assert_eq!(
        channel.probe(&reply("d", "Once", 0)).await.unwrap(),
        Probe::Absent
    );
    // Deleting what it answers for good moves it up, and it is found there.
    blog.erase(to);
    assert!(matches!(
        channel.probe(&effect).await.unwrap(),
        Probe::Found(_)
    ));
}

#[tokio::test]
async fn nobody_can_tell_where_a_site_rewrites_texts() {
    let blog = Blog::new();
    let to = blog.visitor("Hei");
    blog.state().rewrites = |text| format!("<p class=\"x\">{}</p>", text.replace("Hei", "hei!"));
    let faults = blog.faults();
    let channel = through(faults.clone(), Blog::config());
    faults.script(On::write(), HttpFault::CutAfter);
    let effect = reply("a", "Hei Mikko", to);
    channel.perform(&effect).await.unwrap_err();
    assert_eq!(channel.probe(&effect).await.unwrap(), Probe::CannotTell);
    // With the plugin the key says it.
    blog.state().plugin = true;
    faults.script(On::write(), HttpFault::CutAfter);
    let effect = reply("b", "Hei Liisa", to);
    channel.perform(&effect).await.unwrap_err();
    assert!(matches!(
        channel.probe(&effect).await.unwrap(),
        Probe::Found(_)
    ));
    let same_words = reply("c", "Hei Liisa", to);
    assert_eq!(channel.probe(&same_words).await.unwrap(), Probe::Absent);
    let events = drain(&channel, &mut None).await;
    let echo = messages(&events)
        .into_iter()
        .find(|m| m.effect.as_ref() == Some(&effect.key));
    assert_eq!(echo.unwrap().direction, Direction::Outbound);
}

#[tokio::test]
async fn words_that_differ_in_case_are_refused_as_a_repetition() {
    let blog = Blog::new();
    let to = blog.visitor("Hei");
    blog.state().plugin = true;
    let channel = blog.channel(Blog::config());
    channel.perform(&reply("a", "Kiitos", to)).await.unwrap();
    let error = channel
        .perform(&reply("b", "kiitos", to))
        .await
        .unwrap_err();
    assert_eq!(
        (error.kind(), error.landed()),
        (&ErrorKind::Duplicate, Landed::No)
    );
    // Without the plugin nobody knows whether the site rewrote ours.
    blog.state().plugin = false;
    channel.perform(&reply("c", "Hyvä", to)).await.unwrap();
    let error = channel.perform(&reply("d", "hyvä", to)).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.landed()),
        (&ErrorKind::Duplicate, Landed::Maybe)
    );
}

#[tokio::test]
async fn a_flood_is_throttled() {
    let blog = Blog::new();
    let faults = blog.faults();
    let channel = through(faults.clone(), Blog::config());
    let body = r#"{"code":"comment_flood","message":"You are posting comments too quickly."}"#;
    let answer = Response::builder().status(400).body(body.into()).unwrap();
    faults.script(On::write(), HttpFault::Answer(answer));
    let error = channel.perform(&reply("a", "Hei", 0)).await.unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::Throttled);
    assert_eq!(error.retry_after(), Some(Duration::from_secs(15)));
    assert!(error.is_retryable());
}

#[tokio::test]
async fn a_site_that_asks_to_be_left_alone_is_also_after_a_restart() {
    let flood = r#"{"code":"comment_flood","message":"You are posting comments too quickly."}"#;
    let flood = Response::builder().status(400).body(flood.into()).unwrap();
    let throttled = HttpFault::Throttled(Hint::Seconds);
    for (fault, seconds) in [(throttled, 90), (HttpFault::Answer(flood), 15)] {
        let blog = Blog::new();
        let faults = blog.faults();
        let clock = Arc::new(Mutex::new(common::now()));
        let make = || {
            let clock = clock.clone();
            let wordpress = WordPress::new(faults.clone(), move || *clock.lock().unwrap());
            wordpress.site(Blog::config()).unwrap()
        };
        let first = make();
        first.poll(None).await.unwrap();
        faults.script(On::write(), fault);
        let refused = first.perform(&reply("a", "Hei", 0)).await.unwrap_err();
        let wait = Some(Duration::from_secs(seconds));
        assert_eq!(
            (refused.kind(), refused.retry_after()),
            (&ErrorKind::Throttled, wait)
        );

        let kept = first.snapshot().unwrap();
        assert!(!kept.contains(common::PASSWORD) && !kept.contains("blog.example"));
        let restarted = make();
        restarted.restore("not what a snapshot gave");
        restarted.restore(&kept);
        let sent = blog.state().log.len();
        for channel in [&first, &restarted] {
            let held = channel.perform(&reply("a", "Hei", 0)).await.unwrap_err();
            assert_eq!(
                (held.kind(), held.landed()),
                (&ErrorKind::Throttled, Landed::No)
            );
            assert_eq!(held.retry_after(), wait);
            assert!(held.is_retryable());
        }
        assert_eq!(blog.state().log.len(), sent);

        *clock.lock().unwrap() += Duration::from_secs(seconds + 1);
        restarted.perform(&reply("a", "Hei", 0)).await.unwrap();
        assert_eq!(blog.ours("Hei").len(), 1);
    }
}

#[tokio::test]
async fn comments_are_moderated() {
    let blog = Blog::new();
    let id = blog.visitor("Osta heti");
    let channel = blog.channel(Blog::config());
    let hide = |hidden| EffectKind::hide(message(id), hidden);
    for (kind, status) in [
        (hide(true), "hold"),
        (hide(false), "approved"),
        (hide(true).because(ModerationReason::Spam), "spam"),
        (hide(true).because(ModerationReason::PersonalData), "hold"),
        (EffectKind::delete(message(id)), "trash"),
        (EffectKind::delete(message(id)), "trash"),
        (hide(false), "approved"),
        (
            EffectKind::delete(message(id)).because(ModerationReason::Hate),
            "trash",
        ),
    ] {
        let effect = effect("e", kind);
        let receipt = channel.perform(&effect).await.unwrap();
        assert_eq!(receipt.messages, [message(id)]);
        assert_eq!(blog.row(id).status, status);
        assert!(matches!(
            channel.probe(&effect).await.unwrap(),
            Probe::Found(_)
        ));
    }
    let gone = channel
        .perform(&effect("e", EffectKind::hide(message(99), true)))
        .await;
    assert_eq!(*gone.unwrap_err().kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn nobody_elses_words_are_rewritten() {
    let blog = Blog::new();
    let id = blog.visitor("Huono palvelu");
    let channel = blog.channel(Blog::config());
    let edit = effect("e", EffectKind::edit(message(id), "Hyvä palvelu"));
    let error = channel.perform(&edit).await.unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::Forbidden);
    assert_eq!(
        (blog.row(id).raw.as_str(), blog.state().writes),
        ("Huono palvelu", 0)
    );
}

#[tokio::test]
async fn users_can_be_looked_up_and_visitors_cannot() {
    let blog = Blog::new();
    blog.visitor("Hei");
    blog.write(|row| row.author = READER);
    let channel = blog.channel(Blog::config());
    let events = drain(&channel, &mut None).await;
    let author = |i: usize| messages(&events)[i].author.clone().unwrap();
    let visitor = channel.fetch(&Fetch::Handle(author(0))).await.unwrap();
    assert_eq!(visitor, Fetched::Nothing);
    let Fetched::Handle(found) = channel.fetch(&Fetch::Handle(author(1))).await.unwrap() else {
        panic!()
    };
    assert_eq!(found.latest(&AttributeKind::UserName), Some("liisa"));
}

#[tokio::test]
async fn a_cursor_that_is_none_is_refused() {
    let channel = Blog::new().channel(Blog::config());
    for text in [
        "",
        "7",
        "{}",
        r#"{"v":2,"base":0,"floor":0,"known":""}"#,
        r#"{"v":1,"base":0,"floor":0,"known":"1 x"}"#,
        r#"{"v":1,"base":0,"floor":0,"known":"0 x v"}"#,
        r#"{"v":1,"base":0,"floor":0,"known":"18446744073709551615 x v;9 y v"}"#,
    ] {
        let error = channel
            .poll(Some(&Cursor(text.to_owned())))
            .await
            .unwrap_err();
        assert_eq!(*error.kind(), ErrorKind::Invalid, "{text}");
    }
}

#[tokio::test]
async fn a_cursor_stays_small() {
    let blog = Blog::new();
    for _ in 0..2_500 {
        blog.visitor("Hei");
    }
    let mut config = Blog::config();
    config.watched = 2_000;
    let mut cursor = None;
    let channel = blog.channel(config);
    assert_eq!(drain(&channel, &mut cursor).await.len(), 2_500);
    let length = cursor.clone().unwrap().0.len();
    assert!(length < 40_000, "{length}");
    assert_eq!(drain(&channel, &mut cursor).await, []);
}

#[test]
fn configurations_name_the_field_at_fault() {
    use aspa_channel_wordpress::{ConfigError, SiteConfig};
    let blog = Blog::new();
    let tried = |change: fn(&mut SiteConfig)| {
        let mut config = Blog::config();
        change(&mut config);
        WordPress::new(blog.clone(), common::now)
            .site(config)
            .map(drop)
    };
    assert_eq!(tried(|_| {}), Ok(()));
    assert_eq!(
        tried(|c| c.url = "http://127.0.0.1:8080".to_owned()),
        Ok(())
    );
    assert_eq!(tried(|c| c.url = "https://a.example/fi".to_owned()), Ok(()));
    assert_eq!(
        tried(|c| c.rest_url = Some("https://a.example/?rest_route=/".to_owned())),
        Ok(())
    );
    let plain = |c: &mut SiteConfig| c.url = "http://a.example".to_owned();
    assert_eq!(tried(plain), Err(ConfigError::PlainHttp("url")));
    for (wrong, field) in [
        ("a.example", "url"),
        ("ftp://a.example", "url"),
        ("https://x:y@a.example", "url"),
        ("https://a.example/?x=1", "url"),
        ("https://a.example/#x", "url"),
    ] {
        let mut config = Blog::config();
        config.url = wrong.to_owned();
        let error = WordPress::new(blog.clone(), common::now)
            .site(config)
            .map(drop);
        assert_eq!(error, Err(ConfigError::Url(field)), "{wrong}");
    }
    let rest = |c: &mut SiteConfig| c.rest_url = Some("https://a.example/?p=1".to_owned());
    assert_eq!(tried(rest), Err(ConfigError::Url("rest_url")));
    assert_eq!(
        tried(|c| c.login = "a:b".to_owned()),
        Err(ConfigError::Login)
    );
    assert_eq!(
        tried(|c| c.application_password = Secret::new(" ")),
        Err(ConfigError::NoPassword)
    );
    assert_eq!(tried(|c| c.page = 1), Err(ConfigError::Page));
    assert_eq!(tried(|c| c.page = 101), Err(ConfigError::Page));
    assert_eq!(tried(|c| c.watched = 0), Err(ConfigError::Watched));
    assert_eq!(tried(|c| c.watched = 2_001), Err(ConfigError::Watched));
    let agent = WordPress::new(blog.clone(), common::now)
        .user_agent("ä\n")
        .site(Blog::config())
        .map(drop);
    assert_eq!(agent, Err(ConfigError::UserAgent));
}

#[test]
fn debug_shows_no_secret() {
    let blog = Blog::new();
    let config = Blog::config();
    let shown = format!("{config:?} {:?}", blog.channel(config.clone()));
    assert!(
        !shown.contains(common::PASSWORD) && !shown.contains("support"),
        "{shown}"
    );
    let _: Arc<dyn Channel> = Arc::new(blog.channel(config));
}
