//! What goes wrong between us and the servers, line by line, on the server within the test.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests may panic"
)]

mod common;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use aspa_channel::{
    Channel, ConversationKey, Cursor, DeliveryStatus, Direction, Effect, EffectKind, ErrorKind,
    Event, EventKind, Fetch, Fetched, Idempotency, Landed, Media, Message, MessageKey, Probe,
    ReplyKind,
};
use aspa_channel_email::{EmailChannel, EmailConfig, Login, Security, Server};
use aspa_testkit::{Attachment, FarSide};
use aspa_types::{EffectKey, Extra, Secret};
use common::Net;
use common::fake::{Cut, Door, Fake};

async fn start() -> (Fake, Net) {
    let fake = Fake::start().await;
    let net = Net::at(Arc::new(fake.clone()));
    (fake, net)
}

fn messages(events: &[Event]) -> Vec<&Message> {
    let all = events.iter().filter_map(|event| match &event.kind {
        EventKind::Message(message) => Some(&**message),
        _ => None,
    });
    all.collect()
}

async fn drain(channel: &EmailChannel, cursor: &mut Option<Cursor>) -> Vec<Event> {
    let mut events = Vec::new();
    loop {
        let page = channel.poll(cursor.as_ref()).await.unwrap();
        events.extend(page.events);
        *cursor = page.next;
        if !page.more {
            return events;
        }
    }
}

fn reply(
    name: &str,
    conversation: &ConversationKey,
    answers: Option<&str>,
    kind: ReplyKind,
) -> Effect {
    let kind = EffectKind::Send {
        text: format!("answer {name}"),
        in_reply_to: answers.map(|id| MessageKey::new(Net::account(), id).unwrap()),
        to: Vec::new(),
        media: Vec::new(),
        audience: None,
        reply: kind,
        extra: Extra::new(),
    };
    Effect::new(
        EffectKey::derive(&["trouble", name]),
        conversation.clone(),
        kind,
    )
}

/// The one thread of a customer's first mail.
async fn begun(net: &Net) -> (EmailChannel, String, ConversationKey) {
    let id = net
        .writes(&net.ours, "Subject: Sää\r\n", "where is it?")
        .await;
    let channel = net.channel();
    let events = drain(&channel, &mut None).await;
    let conversation = messages(&events)[0].conversation.clone();
    (channel, id, conversation)
}

#[tokio::test]
async fn a_poll_cut_at_any_line_loses_nothing_and_doubles_nothing() {
    for after in [false, true] {
        for line in 1..=12 {
            let (fake, net) = start().await;
            let mut ids = BTreeSet::new();
            for _ in 0..3 {
                ids.insert(
                    net.writes(&net.ours, "In-Reply-To: <unknown@x.example>\r\n", "x")
                        .await,
                );
            }
            let channel = net.channel();
            let door = Door::Imap;
            fake.cut(Cut { door, line, after });
            let first = channel.poll(None).await;
            let is_past = fake.uncut();
            if !is_past {
                let error = first.as_ref().unwrap_err();
                assert_eq!(
                    *error.kind(),
                    ErrorKind::Unavailable,
                    "line {line}: {error}"
                );
            }
            let mut cursor = None;
            let events = drain(&channel, &mut cursor).await;
            let read: Vec<String> = messages(&events)
                .iter()
                .map(|m| m.key.id.to_string())
                .collect();
            assert_eq!(read.len(), 3, "line {line}");
            assert_eq!(read.into_iter().collect::<BTreeSet<_>>(), ids);
            assert!(drain(&channel, &mut cursor).await.is_empty());
            if is_past {
                break;
            }
            assert!(line < 12, "the poll has more lines than were tried");
        }
    }
}

#[tokio::test]
async fn a_connection_that_ended_between_two_polls_is_made_again() {
    let (fake, net) = start().await;
    let (channel, ..) = begun(&net).await;
    fake.cut(Cut {
        door: Door::Imap,
        line: 1,
        after: false,
    });
    assert!(channel.poll(None).await.is_ok());
    assert!(!fake.uncut());
}

#[tokio::test]
async fn a_send_cut_at_any_line_says_truly_whether_it_landed() {
    let mut seen = BTreeSet::new();
    for after in [false, true] {
        for line in 1..=12 {
            let (fake, net) = start().await;
            let (channel, id, conversation) = begun(&net).await;
            fake.cut(Cut {
                door: Door::Smtp,
                line,
                after,
            });
            let effect = reply("cut", &conversation, Some(&id), ReplyKind::Answer);
            let sent = channel.perform(&effect).await;
            if fake.uncut() {
                break;
            }
            let there = fake.mails(&net.theirs).len();
            let landed = match &sent {
                // The goodbye was cut.
                Ok(_) => Landed::Yes,
                Err(error) => error.landed(),
            };
            seen.insert(format!("{landed:?} {there}"));
            match landed {
                Landed::No => assert_eq!(there, 0, "line {line} after {after}"),
                Landed::Yes => assert_eq!(there, 1, "line {line} after {after}"),
                Landed::Maybe => {}
            }
            // The copy tells, at once or later; nothing is called absent that may be on its way.
            let probed = channel.probe(&effect).await.unwrap();
            assert_eq!(
                matches!(probed, Probe::Found(_)),
                there == 1,
                "line {line}: {probed:?}"
            );
            assert!(!matches!(probed, Probe::Absent));
            let events = drain(&channel, &mut None).await;
            let echo = messages(&events)
                .into_iter()
                .find(|m| m.effect.as_ref() == Some(&effect.key));
            assert_eq!(echo.is_some(), there == 1);
            if let (Some(echo), Probe::Found(receipt)) = (echo, probed) {
                assert_eq!(receipt.messages, std::slice::from_ref(&echo.key));
                assert_eq!(echo.conversation, conversation);
            }
        }
    }
    let expected = ["Maybe 0", "Maybe 1", "No 0", "Yes 1"].map(str::to_owned);
    assert_eq!(seen, BTreeSet::from(expected));
}

#[tokio::test]
async fn codes_of_the_server_say_what_landed() {
    for (step, answer, kind, retryable) in [
        ("EHLO", "421 4.3.2 busy", ErrorKind::Throttled, true),
        (
            "AUTH",
            "535 5.7.8 wrong for support@aurinko.example",
            ErrorKind::Unauthorized,
            false,
        ),
        ("AUTH", "454 4.7.0 later", ErrorKind::Throttled, true),
        ("MAIL", "552 5.3.4 too big", ErrorKind::TooLong, false),
        ("RCPT", "550 5.1.1 unknown", ErrorKind::NotFound, false),
        (
            "RCPT",
            "554 5.7.1 relay denied",
            ErrorKind::Forbidden,
            false,
        ),
        ("RCPT", "450 4.2.0 greylisted", ErrorKind::Unavailable, true),
        (".", "554 5.6.0 no", ErrorKind::Forbidden, false),
        (".", "451 4.3.0 later", ErrorKind::Unavailable, true),
    ] {
        let (fake, net) = start().await;
        let (channel, id, conversation) = begun(&net).await;
        fake.refuse(step, answer);
        let effect = reply("refused", &conversation, Some(&id), ReplyKind::Answer);
        let error = channel.perform(&effect).await.unwrap_err();
        assert_eq!(
            (error.kind(), error.landed()),
            (&kind, Landed::No),
            "{step} {answer}"
        );
        assert_eq!(error.is_retryable(), retryable, "{step} {answer}");
        assert!(error.code().unwrap().starts_with(&answer[..3]));
        assert!(
            !format!("{error} {error:?}").contains("support"),
            "{error:?}"
        );
        assert!(fake.mails(&net.theirs).is_empty());
    }
}

#[tokio::test]
async fn another_uidvalidity_reads_everything_again_under_the_same_names() {
    let (fake, net) = start().await;
    net.writes(&net.ours, "", "one").await;
    net.writes(&net.ours, "", "two").await;
    let channel = net.channel();
    let mut cursor = None;
    let keys = |events: &[Event]| events.iter().map(Event::key).collect::<BTreeSet<_>>();
    let before = keys(&drain(&channel, &mut cursor).await);
    fake.renumber();
    net.writes(&net.ours, "", "three").await;
    let after = keys(&drain(&channel, &mut cursor).await);
    assert_eq!((before.len(), after.len()), (2, 3));
    assert!(after.is_superset(&before));
}

#[tokio::test]
async fn the_last_mail_that_every_range_brings_is_not_read_twice() {
    let (_fake, net) = start().await;
    net.writes(&net.ours, "", "one").await;
    let channel = net.channel();
    let mut cursor = None;
    assert_eq!(drain(&channel, &mut cursor).await.len(), 1);
    for _ in 0..3 {
        assert!(drain(&channel, &mut cursor).await.is_empty());
    }
}

#[tokio::test]
async fn a_thread_without_any_mail_of_ours_is_followed_through_the_mailbox() {
    let (_fake, net) = start().await;
    let first = net
        .writes(&net.ours, "References: <unknown@x.example>\r\n", "one")
        .await;
    let headers = format!("References: <stranger@y.example> <{first}>\r\n");
    let second = net.writes(&net.ours, &headers, "two").await;
    net.writes(&net.ours, &format!("In-Reply-To: <{second}>\r\n"), "three")
        .await;
    net.writes(&net.ours, "Subject: Re: x\r\n", "of its own")
        .await;
    // Each by a channel of its own: nothing is remembered.
    let mut cursor = None;
    let mut conversations = Vec::new();
    while conversations.len() < 4 {
        let events = drain(&net.channel(), &mut cursor).await;
        conversations.extend(
            messages(&events)
                .iter()
                .map(|m| m.conversation.id.to_string()),
        );
    }
    assert_eq!(conversations[0], conversations[1]);
    assert_eq!(conversations[0], conversations[2]);
    assert_ne!(conversations[0], conversations[3]);
}

#[tokio::test]
async fn an_answer_goes_where_its_author_wants_it_in_the_thread() {
    let (fake, net) = start().await;
    let headers = format!(
        "Subject: =?utf-8?Q?S=C3=A4=C3=A4?=\r\nReply-To: {}\r\nReferences: <r@x.example>\r\n",
        net.theirs.replace("c-", "c-other-")
    );
    let id = net.writes(&net.ours, &headers, "where?").await;
    let channel = net.channel();
    let events = drain(&channel, &mut None).await;
    let conversation = messages(&events)[0].conversation.clone();
    let receipt = channel
        .perform(&reply("x", &conversation, Some(&id), ReplyKind::Answer))
        .await
        .unwrap();
    assert!(fake.mails(&net.theirs).is_empty());
    let mails = fake.mails(&net.theirs.replace("c-", "c-other-"));
    let mail = mail_parser::MessageParser::default()
        .parse(&mails[0])
        .unwrap();
    assert_eq!(mail.subject(), Some("Re: Sää"));
    assert_eq!(mail.in_reply_to().as_text(), Some(&*id));
    assert_eq!(
        mail.references().as_text_list().unwrap(),
        ["r@x.example", &*id]
    );
    assert_eq!(mail.message_id(), Some(&*receipt.messages[0].id));
    let asked = mail.reply_to().unwrap().first().unwrap().address().unwrap();
    assert!(
        asked.contains(&format!("+c-{}@", conversation.id)),
        "{asked}"
    );
    assert_eq!(mail.header("Auto-Submitted"), None);
    // The customer answers, with a program that forgets what it answers.
    net.writes(asked, "Subject: something else\r\n", "thanks")
        .await;
    let events = drain(&channel, &mut None).await;
    assert!(
        messages(&events)
            .iter()
            .all(|message| message.conversation == conversation)
    );
    assert_eq!(messages(&events).len(), 3);
}

#[tokio::test]
async fn no_program_is_answered_by_a_program() {
    let (fake, net) = start().await;
    let channel = net.channel();
    for headers in [
        "Auto-Submitted: auto-replied\r\n",
        "Precedence: bulk\r\n",
        "List-Id: <x.y>\r\n",
        "X-Auto-Response-Suppress: All\r\n",
        "X-Auto-Response-Suppress: DR, OOF\r\n",
        "X-Auto-Response-Suppress: RN,AutoReply\r\n",
    ] {
        let id = net.writes(&net.ours, headers, "x").await;
        let effect = reply(headers, &net.thread("t"), Some(&id), ReplyKind::Automatic);
        let error = channel.perform(&effect).await.unwrap_err();
        assert_eq!(
            (error.kind(), error.is_retryable()),
            (&ErrorKind::Forbidden, false)
        );
    }
    let effect = reply(
        "gone",
        &net.thread("t"),
        Some("gone@x.example"),
        ReplyKind::Automatic,
    );
    assert!(channel.perform(&effect).await.is_err());
    assert!(fake.mails(&net.theirs).is_empty());
    // A person's is answered, and says that a program answers. Of receipts alone this says nothing.
    let id = net
        .writes(&net.ours, "X-Auto-Response-Suppress: DR, RN\r\n", "x")
        .await;
    channel
        .perform(&reply(
            "ok",
            &net.thread("t"),
            Some(&id),
            ReplyKind::Automatic,
        ))
        .await
        .unwrap();
    let mail = String::from_utf8(fake.mails(&net.theirs).remove(0)).unwrap();
    assert!(mail.contains("Auto-Submitted: auto-replied\r\n"), "{mail}");
}

#[tokio::test]
async fn nothing_goes_to_ourselves_and_nothing_without_anybody() {
    let (_fake, net) = start().await;
    let channel = net.channel();
    let mut effect = reply("us", &net.thread("t"), None, ReplyKind::Answer);
    assert_eq!(
        *channel.perform(&effect).await.unwrap_err().kind(),
        ErrorKind::Invalid
    );
    if let EffectKind::Send { to, .. } = &mut effect.kind {
        let us = net.ours.replacen('@', "+x@", 1);
        to.push(aspa_types::HandleKey::new(aspa_types::Network::EMAIL, None, &us).unwrap());
    }
    assert_eq!(
        *channel.perform(&effect).await.unwrap_err().kind(),
        ErrorKind::Invalid
    );
}

#[tokio::test]
async fn two_programs_come_to_an_end() {
    let (fake, net) = start().await;
    let start = || net.config().at_most(4, 2).build().unwrap();
    let mut channel = start();
    let mut sent = 0;
    for n in 0..6 {
        // Each is sent by a new process, as by a host that is started anew and again.
        let kept = channel.snapshot();
        channel = start();
        if let Some(kept) = kept {
            assert!(!kept.contains('@'), "digests alone");
            channel.restore(&kept);
        }
        let id = net.writes(&net.ours, "", "x").await;
        let effect = reply(
            &n.to_string(),
            &net.thread("t"),
            Some(&id),
            ReplyKind::Automatic,
        );
        match channel.perform(&effect).await {
            Ok(_) => sent += 1,
            Err(error) => {
                assert_eq!(
                    (error.kind(), error.landed()),
                    (&ErrorKind::Throttled, Landed::No)
                );
                assert!(error.retry_after().unwrap() > Duration::from_secs(3_600));
            }
        }
    }
    assert_eq!((sent, fake.mails(&net.theirs).len()), (2, 2));
    for n in 0..6 {
        let id = net.writes(&net.ours, "", "x").await;
        let effect = reply(
            &format!("by hand {n}"),
            &net.thread("t"),
            Some(&id),
            ReplyKind::Answer,
        );
        sent += usize::from(channel.perform(&effect).await.is_ok());
    }
    assert_eq!((sent, fake.mails(&net.theirs).len()), (4, 4));
}

#[tokio::test]
async fn a_wrong_password_is_told_and_another_one_put_in() {
    let (fake, net) = start().await;
    let (channel, id, conversation) = begun(&net).await;
    let channel_new = net.channel();
    fake.change_password("another");
    for error in [
        channel_new.poll(None).await.unwrap_err(),
        channel
            .perform(&reply("x", &conversation, Some(&id), ReplyKind::Answer))
            .await
            .unwrap_err(),
    ] {
        assert_eq!(
            (error.kind(), error.landed()),
            (&ErrorKind::Unauthorized, Landed::No)
        );
    }
    channel_new.renew(Secret::new("another"));
    assert_eq!(drain(&channel_new, &mut None).await.len(), 1);
}

#[tokio::test]
async fn the_wait_ends_when_mail_comes() {
    let (_fake, net) = start().await;
    let channel = Arc::new(net.channel());
    // Something may have come before it was connected.
    channel.changed().await.unwrap();
    let waiting = Arc::clone(&channel);
    let waiting = tokio::spawn(async move { waiting.changed().await });
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(!waiting.is_finished());
    net.writes(&net.ours, "", "news").await;
    tokio::time::timeout(Duration::from_secs(10), waiting)
        .await
        .unwrap()
        .unwrap()
        .unwrap();
}

#[tokio::test]
async fn a_bounce_that_comes_after_the_server_took_the_mail_fails_it() {
    let (fake, net) = start().await;
    let (channel, id, conversation) = begun(&net).await;
    let sent = channel
        .perform(&reply("x", &conversation, Some(&id), ReplyKind::Answer))
        .await
        .unwrap();
    let raw = format!(
        "From: MAILER-DAEMON@mx.example\r\nMessage-Id: <bounce@mx.example>\r\nAuto-Submitted: auto-replied\r\n\
         Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n\
         --b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx\r\n\r\nFinal-Recipient: rfc822; {}\r\nAction: failed\r\nStatus: 5.4.4\r\n\r\n\
         --b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-Id: <{}>\r\n\r\n--b--\r\n",
        net.theirs, sent.messages[0].id
    );
    fake.deliver("", &net.ours, raw.as_bytes());
    let events = drain(&channel, &mut None).await;
    let failed = events.iter().find_map(|event| match &event.kind {
        EventKind::Status {
            message, status, ..
        } => Some((message, status)),
        _ => None,
    });
    assert_eq!(failed, Some((&sent.messages[0], &DeliveryStatus::Failed)));
}

#[tokio::test]
async fn a_mail_that_is_too_long_is_read_as_far_as_it_goes() {
    let (_fake, net) = start().await;
    net.writes(&net.ours, "", &"long line\r\n".repeat(1_000))
        .await;
    net.writes(&net.ours, "", "short").await;
    let channel = net.config().most_bytes(2_000).build().unwrap();
    let events = drain(&channel, &mut None).await;
    let read = messages(&events);
    assert_eq!(read.len(), 2);
    assert!(read[0].text().starts_with("long line"));
    let cut = |m: &Message| {
        m.parts
            .iter()
            .any(|part| matches!(part, aspa_channel::Part::Unreadable { .. }))
    };
    assert!(cut(read[0]) && !cut(read[1]));
}

#[tokio::test]
async fn a_file_is_brought_when_it_is_asked_for() {
    let (fake, net) = start().await;
    let raw = format!(
        "From: <{}>\r\nMessage-ID: <f@x.example>\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n\
         --b\r\n\r\nsee\r\n--b\r\nContent-Type: application/pdf; name=a.pdf\r\nContent-Disposition: attachment\r\nContent-Transfer-Encoding: base64\r\n\r\naGVsbG8=\r\n--b--\r\n",
        net.theirs
    );
    fake.deliver(&net.theirs, &net.ours, raw.as_bytes());
    let channel = net.channel();
    let events = drain(&channel, &mut None).await;
    let media = messages(&events)[0]
        .parts
        .iter()
        .find_map(|part| match part {
            aspa_channel::Part::Media(media) => Some(media.clone()),
            _ => None,
        });
    assert_eq!(
        channel.file(&media.unwrap()).await.unwrap().unwrap(),
        b"hello"
    );
}

#[tokio::test]
async fn files_go_along_and_are_read_when_the_mail_is_sent() {
    let (_fake, net) = start().await;
    let (channel, id, conversation) = begun(&net).await;
    let picture = Attachment::new("kettle ä.png", "image/png", vec![0, 13, 10, 46, 255]);
    let paper = Attachment::new("bill.txt", "text/plain; charset=utf-8", "ä\n.\nFrom x");
    let unheard = Attachment::new("x", "not a type", "?");
    let with = |name: &str, files: Vec<Media>| {
        let mut effect = reply(name, &conversation, Some(&id), ReplyKind::Answer);
        if let EffectKind::Send { media, .. } = &mut effect.kind {
            *media = files;
        }
        effect
    };
    let kept: Vec<Media> = { [&picture, &paper, &unheard].into_iter() }
        .map(|file| net.shelf.keep(file))
        .collect();
    channel.perform(&with("1", kept.clone())).await.unwrap();
    let seen = net.seen().await;
    let ours = seen.iter().find(|seen| seen.ours).unwrap();
    let ids: Vec<String> = kept.iter().filter_map(|media| media.id.clone()).collect();
    assert_eq!((ours.text.as_str(), &ours.media), ("answer 1", &ids));
    // Our copy brings them too.
    let events = drain(&net.channel(), &mut None).await;
    let all = messages(&events);
    let copy = all
        .iter()
        .find(|m| m.direction == Direction::Outbound)
        .unwrap();
    assert_eq!((copy.text().as_str(), copy.parts.len()), ("answer 1", 4));

    // What is not there, or too much, is refused before anything is sent.
    let mut gone = kept[0].clone();
    gone.id = Some("file-404".to_owned());
    let small = net.config().most_enclosed(8).build().unwrap();
    let mut unsaid = kept.clone();
    unsaid.iter_mut().for_each(|media| media.bytes = None);
    for (channel, files, kind) in [
        (&channel, vec![gone], ErrorKind::NotFound),
        (&small, unsaid, ErrorKind::Invalid),
        (&small, kept[1..2].to_vec(), ErrorKind::Invalid),
    ] {
        let refused = channel.perform(&with("2", files)).await.unwrap_err();
        assert_eq!((refused.kind(), refused.landed()), (&kind, Landed::No));
    }
    let bare = EmailConfig::new(
        Net::account(),
        &net.ours,
        Secret::new(common::KEY),
        Server::new("127.0.0.1", net.place.ports().0, Security::Plain),
        Server::new("127.0.0.1", net.place.ports().1, Security::Plain),
        Login::password(&net.ours, Secret::new(net.place.password())),
    );
    let bare = bare.build().unwrap();
    assert!(bare.capabilities(None).media.is_none());
    let refused = bare.perform(&with("3", kept)).await.unwrap_err();
    assert_eq!(*refused.kind(), ErrorKind::Invalid);
    assert_eq!(net.seen().await.iter().filter(|seen| seen.ours).count(), 1);
}

/// What mail programs and forms write that give everything the same Message-ID.
fn form(from: &str, date: &str, headers: &str, text: &str) -> String {
    format!(
        "From: <{from}>\r\nDate: Mon, 2 Nov 2026 {date}\r\nMessage-ID: <form@x.example>\r\nSubject: form\r\n{headers}\r\n{text}\r\n"
    )
}

#[tokio::test]
async fn two_mails_under_one_message_id_are_two_and_copies_of_one_are_one() {
    let (fake, net) = start().await;
    let hand = |from: &str, raw: String| fake.deliver(from, &net.ours, raw.as_bytes());
    let (aino, matti) = ("c-aino@example.fi", "c-matti@example.fi");
    hand(aino, form(aino, "08:00:00 +0000", "", "first"));
    // The same mail by a list, which writes another author, a footer and the time its own way.
    let list = "List-Id: <all.aurinko.example>\r\n";
    let sender = "all@aurinko.example";
    hand(
        sender,
        form(sender, "10:00:00 +0200", list, "first\r\n-- \r\nall"),
    );
    let channel = net
        .config()
        .through_list("all.aurinko.example")
        .build()
        .unwrap();
    let mut cursor = None;
    let first = drain(&channel, &mut cursor).await;
    let keys = |events: &[Event]| events.iter().map(Event::key).collect::<BTreeSet<_>>();
    assert_eq!((first.len(), keys(&first).len()), (2, 1));
    assert_eq!(&*messages(&first)[0].key.id, "form@x.example");

    // Another day's, another's in the same second, and a copy of each.
    for _ in 0..2 {
        hand(aino, form(aino, "09:30:00 +0000", "", "second"));
        hand(matti, form(matti, "08:00:00 +0000", "", "third"));
    }
    let more = drain(&channel, &mut cursor).await;
    let mut all = keys(&first);
    all.extend(keys(&more));
    assert_eq!((more.len(), all.len()), (4, 3));
    let read = messages(&more);
    assert_eq!(
        (read[0].text(), read[1].text()),
        ("second".to_owned(), "third".to_owned())
    );
    // One customer's mail does not show up in the thread of another.
    let threads: BTreeSet<_> = read.iter().map(|mail| &*mail.conversation.id).collect();
    assert_eq!(threads.len(), 2);
    assert!(!threads.contains(&*messages(&first)[0].conversation.id));

    // Read again they have the same names, and each is found by its own.
    fake.renumber();
    assert_eq!(keys(&drain(&channel, &mut cursor).await), all);
    let fetched = channel
        .fetch(&Fetch::Message(read[1].key.clone()))
        .await
        .unwrap();
    let Fetched::Message(found) = fetched else {
        panic!("{fetched:?}");
    };
    assert_eq!(
        (&found.key, found.text()),
        (&read[1].key, "third".to_owned())
    );
    assert_eq!(found.conversation, read[1].conversation);
    let answer = reply(
        "twin",
        &read[1].conversation,
        Some(&read[1].key.id),
        ReplyKind::Answer,
    );
    channel.perform(&answer).await.unwrap();
    let mail = String::from_utf8(fake.mails(matti).remove(0)).unwrap();
    assert!(mail.contains("In-Reply-To: <form@x.example>\r\n"), "{mail}");
    assert!(fake.mails(aino).is_empty());
}

#[tokio::test]
async fn a_server_that_looks_for_one_message_id_at_a_time_is_asked_so() {
    let (fake, net) = start().await;
    fake.refuse_or();
    for text in ["first", "second"] {
        let date = if text == "first" {
            "08:00:00 +0000"
        } else {
            "09:00:00 +0000"
        };
        let raw = form(&net.theirs, date, "", text);
        fake.deliver(&net.theirs, &net.ours, raw.as_bytes());
    }
    net.writes(&net.ours, "", "third").await;
    let events = drain(&net.channel(), &mut None).await;
    let keys: BTreeSet<_> = events.iter().map(Event::key).collect();
    assert_eq!(keys.len(), 3);
}

#[tokio::test]
async fn what_colleagues_send_with_other_programs_is_ours() {
    let (fake, net) = start().await;
    let id = net
        .writes(&net.ours, "Subject: x\r\n", "where is it?")
        .await;
    let channel = net.config().sent("Sent").build().unwrap();
    let by_hand = format!(
        "From: <{}>\r\nTo: <{}>\r\nMessage-ID: <hand@aurinko.example>\r\nIn-Reply-To: <{id}>\r\n\r\nIt left.\r\n",
        net.ours, net.theirs
    );
    fake.keep(&net.ours, "Sent", by_hand.as_bytes());
    // Somebody else's that was moved there by hand is no answer of ours.
    fake.keep(
        &net.ours,
        "Sent",
        b"From: <a@b.example>\r\nMessage-ID: <moved@b.example>\r\n\r\nx\r\n",
    );
    let mut cursor = None;
    let events = drain(&channel, &mut cursor).await;
    let read = messages(&events);
    assert_eq!(read.len(), 2, "{events:?}");
    assert_eq!(read[1].direction, Direction::Outbound);
    assert_eq!(read[1].text(), "It left.");
    assert_eq!(read[1].to, [net.customer()]);
    assert_eq!(read[1].conversation, read[0].conversation);
    assert_eq!(&*read[1].in_reply_to.as_ref().unwrap().id, &*id);
    assert!(drain(&channel, &mut cursor).await.is_empty());
    // Without `sent` it is not looked at.
    assert_eq!(drain(&net.channel(), &mut None).await.len(), 1);
}

#[tokio::test]
async fn what_came_before_since_is_left_alone() {
    let (fake, net) = start().await;
    let mut written = Vec::new();
    for text in ["old", "older than that hour", "new"] {
        written.push(net.writes(&net.ours, "", text).await);
    }
    // The server of the tests takes one mail in each second from here on; IMAP looks at days alone.
    let since = fake.started() + chrono::TimeDelta::seconds(3);
    let channel = net.config().since(since).build().unwrap();
    let mut cursor = None;
    let events = drain(&channel, &mut cursor).await;
    let ids: Vec<&str> = messages(&events).iter().map(|mail| &*mail.key.id).collect();
    assert_eq!(ids, [&written[2]]);
    let asked = |command: &String| command.ends_with(" SINCE 2-Nov-2026");
    assert!(fake.commands().iter().any(asked), "{:?}", fake.commands());
    net.writes(&net.ours, "", "newer").await;
    assert_eq!(drain(&channel, &mut cursor).await.len(), 1);
    let tomorrow = net.config().since(since + chrono::TimeDelta::days(1));
    assert!(
        drain(&tomorrow.build().unwrap(), &mut None)
            .await
            .is_empty()
    );
}

#[tokio::test]
async fn without_copies_nothing_comes_back_and_nothing_is_promised() {
    let (fake, net) = start().await;
    let (_, id, conversation) = begun(&net).await;
    let channel = net.config().without_copies().build().unwrap();
    let promised = channel.capabilities(None).idempotency.clone();
    assert_eq!(promised, Idempotency::None);
    let effect = reply("no copy", &conversation, Some(&id), ReplyKind::Answer);
    channel.perform(&effect).await.unwrap();
    assert_eq!(
        (fake.mails(&net.theirs).len(), fake.mails(&net.ours).len()),
        (1, 1)
    );
    assert!(matches!(
        channel.probe(&effect).await.unwrap(),
        Probe::CannotTell
    ));
    // A server that keeps what it sends tells instead.
    let kept = net.config().without_copies().sent("Sent").build().unwrap();
    assert!(matches!(
        kept.probe(&effect).await.unwrap(),
        Probe::CannotTell
    ));
    fake.keep(&net.ours, "Sent", &fake.mails(&net.theirs)[0]);
    assert!(matches!(
        kept.probe(&effect).await.unwrap(),
        Probe::Found(_)
    ));
}

#[tokio::test]
async fn an_access_token_logs_in_and_a_stale_one_is_told() {
    let (fake, net) = start().await;
    let id = net.writes(&net.ours, "", "x").await;
    fake.change_password("token-1");
    let login = Login::oauth(&net.ours, Secret::new("token-1"));
    let channel = net.config_with(login).build().unwrap();
    let events = drain(&channel, &mut None).await;
    let conversation = &messages(&events)[0].conversation;
    let send = |name: &str| reply(name, conversation, Some(&id), ReplyKind::Answer);
    channel.perform(&send("fresh")).await.unwrap();
    // Both doors take nothing but the line of XOAUTH2.
    let doors = fake.commands();
    assert!(doors.iter().any(|said| said == "AUTHENTICATE XOAUTH2"));
    assert_eq!(fake.mails(&net.theirs).len(), 1);

    fake.change_password("token-2");
    let stale = Login::oauth(&net.ours, Secret::new("token-1"));
    let stale = net.config_with(stale).build().unwrap();
    let refused = stale.poll(None).await.unwrap_err();
    assert_eq!(*refused.kind(), ErrorKind::Unauthorized);
    assert!(!format!("{refused} {refused:?}").contains("token-1"));
    let refused = channel.perform(&send("stale")).await.unwrap_err();
    assert_eq!(
        (refused.kind(), refused.landed()),
        (&ErrorKind::Unauthorized, Landed::No)
    );
    channel.renew(Secret::new("token-2"));
    channel.perform(&send("renewed")).await.unwrap();
    assert_eq!(fake.mails(&net.theirs).len(), 2);
}
