//! The CSV of "Customer Support on Twitter".

#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod common;

use std::collections::{BTreeMap, BTreeSet};

use aspa_channel::{
    AttributeKind, Audience, Channel, ConversationKey, Cursor, Direction, Effect, EffectKind,
    ErrorKind, Landed, Message, MessageKind, ReplyKind, Via,
};
use aspa_channel_archive::{Archive, ArchiveError};
use aspa_types::EffectKey;
use common::{account, events, message, now, poll, rejected};

const HEADER: &str =
    "tweet_id,author_id,inbound,created_at,text,response_tweet_id,in_response_to_tweet_id\n";

/// A time of the data set on 31 October 2017.
fn at(time: &str) -> String {
    format!("Tue Oct 31 {time} +0000 2017")
}

fn row(id: &str, author: &str, inbound: &str, time: &str, text: &str, parent: &str) -> String {
    format!("{id},{author},{inbound},{},{text},,{parent}\n", at(time))
}

fn read(rows: &[String]) -> Archive {
    read_text(&format!("{HEADER}{}", rows.concat()))
}

fn read_text(text: &str) -> Archive {
    Archive::read_tweets(account(), text.as_bytes()).unwrap()
}

fn messages(archive: &Archive) -> Vec<Message> {
    events(archive).iter().map(message).cloned().collect()
}

fn ids(archive: &Archive) -> Vec<String> {
    let ids = messages(archive).into_iter().map(|m| m.key.id.to_string());
    ids.collect()
}

#[test]
fn a_thread_becomes_a_conversation_with_an_answer_to_its_customer() {
    let archive = read(&[
        row("3", "acme", "False", "10:20:00", "@7 Sorry &amp; hi", "2.0"),
        row(
            "2",
            "7",
            "True",
            "10:00:00",
            "\"@acme it's\n\"\"late\"\"\"",
            "",
        ),
        row("4", "7", "True", "10:30:00", "thanks", "3"),
        row("9", "acme", "True", "09:00:00", "Open from 9", "5"),
    ]);
    assert_eq!(rejected(&archive), [""; 0]);
    let found = messages(&archive);
    let told: Vec<_> = found
        .iter()
        .map(|m| {
            (
                &*m.key.id,
                &*m.conversation.id,
                m.direction,
                m.kind.as_str(),
                m.text(),
            )
        })
        .collect();
    let (us, them) = (Direction::Outbound, Direction::Inbound);
    assert_eq!(
        told,
        [
            ("9", "9", us, "comment", "Open from 9".to_owned()),
            ("2", "2", them, "mention", "@acme it's\n\"late\"".to_owned()),
            ("3", "2", us, "comment", "@7 Sorry & hi".to_owned()),
            ("4", "2", them, "comment", "thanks".to_owned()),
        ]
    );
    let answer = &found[2];
    assert_eq!(answer.to, [found[1].author.clone().unwrap()]);
    assert_eq!(answer.in_reply_to.as_ref(), Some(&found[1].key));
    assert_eq!(answer.reply, Some(ReplyKind::Answer));
    assert_eq!(
        answer.times.effective().unwrap().to_rfc3339(),
        "2017-10-31T10:20:00+00:00"
    );
    assert!(answer.times.vouched && answer.audience == Audience::Public);
    // The parent of 9 is not in the file; 4 answers us and is addressed by its thread alone.
    assert_eq!((&found[0].in_reply_to, found[0].to.len()), (&None, 0));
    assert_eq!(
        (&found[3].to, found[3].kind.clone()),
        (&vec![], MessageKind::Comment)
    );
    let event = &events(&archive)[1];
    assert_eq!(event.handles[0].latest(&AttributeKind::UserName), Some("7"));
    assert_eq!(event.provenance.via, Via::Archive);
    let raw = "2,7,True,Tue Oct 31 10:00:00 +0000 2017,\"@acme it's\n\"\"late\"\"\",,";
    assert_eq!(event.provenance.raw.as_deref(), Some(raw));
    assert_eq!(archive.newest(), found[3].times.source);
}

#[test]
fn what_answers_one_of_us_is_addressed_to_nobody() {
    let archive = read(&[
        row("1", "acme", "False", "10:00:00", "1/2", ""),
        row("2", "acme", "False", "10:01:00", "2/2", "1"),
        row("3", "other", "False", "10:02:00", "same here", "2"),
        row("4", "7", "True", "10:03:00", "well", "3"),
    ]);
    for message in &messages(&archive) {
        assert_eq!((&message.to, &message.reply), (&vec![], &None));
        assert_eq!(message.in_reply_to.is_some(), &*message.key.id != "1");
    }
}

#[test]
fn entities_are_decoded_once() {
    let text = "&amp;lt; &lt;b&gt; &#39;&#x1F600; &amp;amp; & &nope; &quot;";
    let archive = read(&[row("1", "7", "True", "10:00:00", text, "")]);
    assert_eq!(
        messages(&archive)[0].text(),
        "&lt; <b> '😀 &amp; & &nope; \""
    );
}

#[test]
fn columns_come_in_any_order_with_a_mark_and_windows_line_ends() {
    let text = "\u{feff}text,\"extra\",in_response_to_tweet_id, author_id ,tweet_id,created_at,inbound\r\n\
        \"a\r\nb\",x,,7,5.0,Tue Oct 31 10:00:00 +0200 2017,true\r\n\
        \r\n\
        c,x,5,acme,6,\"Tue Oct 31 10:00:00 +0000 2017\",FALSE";
    let archive = read_text(text);
    assert_eq!(rejected(&archive), [""; 0]);
    let found = messages(&archive);
    assert_eq!(
        found.iter().map(Message::text).collect::<Vec<_>>(),
        ["a\r\nb", "c"]
    );
    assert_eq!(
        found[0].times.source.unwrap().to_rfc3339(),
        "2017-10-31T08:00:00+00:00"
    );
    assert_eq!(found[1].in_reply_to.as_ref(), Some(&found[0].key));
    let raw = events(&archive)[1].provenance.raw.clone().unwrap();
    assert!(raw.starts_with("c,x,5,") && raw.ends_with("FALSE"));
}

#[test]
fn every_kind_of_broken_row_is_named_and_costs_no_other_row() {
    let good = |id: &str| row(id, "7", "True", "10:00:00", "\"well, well\"", "");
    let mut text = HEADER.to_owned();
    let mut bytes = Vec::new();
    let broken = [
        "20,7,True,SECRET".to_owned(),
        row("21", "7", "True", "10:00:00", "SECRET", ",,"),
        row("22", "7", "True", "25:00:00", "SECRET", ""),
        row("23", "7", "perhaps", "10:00:00", "SECRET", ""),
        row("", "7", "True", "10:00:00", "SECRET", ""),
        row("x24", "7", "True", "10:00:00", "SECRET", ""),
        row("25", "7", "True", "10:00:00", "SECRET", "soon"),
        row("26", "", "True", "10:00:00", "SECRET", ""),
        row("27", "7", "True", "10:00:00", "\"SECRET", ""),
        row("28", "7", "True", "10:00:00", "SEC\"RET", ""),
        row("29", "7\u{7}", "True", "10:00:00", "SECRET", ""),
        row("30", "7", "True", "nonsense", "\"SECRET\nSECRET\"", ""),
        row("31", "7", "True", "10:00:00", "SECRET", "").replace("SECRET", "SECRET\u{fffd}"),
        row("99", "7", "True", "10:00:00", "SECRET", ""),
    ];
    text += &good("99");
    for (i, row) in broken.iter().enumerate() {
        text += row.trim_end_matches('\n');
        text += "\n";
        text += &good(&i.to_string());
    }
    for (i, part) in text.split('\u{fffd}').enumerate() {
        if i > 0 {
            bytes.push(0xff);
        }
        bytes.extend(part.as_bytes());
    }
    let archive = Archive::read_tweets(account(), &bytes).unwrap();
    assert_eq!(
        rejected(&archive),
        [
            "line 3: 4 columns instead of 7",
            "line 5: 9 columns instead of 7",
            "line 7: `created_at` cannot be read",
            "line 9: `inbound` cannot be read",
            "line 11: `tweet_id` is missing",
            "line 13: `tweet_id` cannot be read",
            "line 15: `in_response_to_tweet_id` cannot be read",
            "line 17: `author_id` is missing",
            "line 19: a quote that does not open and close a whole field",
            "line 21: a quote that does not open and close a whole field",
            "line 23: `author_id` cannot be read",
            "line 25: `created_at` cannot be read",
            "line 28: invalid UTF-8",
            "line 30: another one with the same id came before",
        ]
    );
    assert_eq!(archive.messages(), 15);
    assert!(!format!("{archive:?} {:?}", archive.rejected()).contains("SECRET"));
}

#[test]
fn a_quote_that_could_be_closed_by_a_later_row_takes_none_with_it() {
    // Texts that begin with what may follow a closing quote.
    for text in [
        "\",1,2\nrest\"",
        "\"\nrest\"",
        "\",\"",
        "\", \"\"yes\"\"\"",
        "\"\"",
    ] {
        let good = row("2", "7", "True", "10:00:00", text, "");
        let archive = read(&[
            row("1", "7", "True", "10:00:00", "\"open", ""),
            good.clone(),
            good,
        ]);
        assert_eq!(ids(&archive), ["2"], "{text:?}");
        assert_eq!(archive.repeats(), 1, "{text:?}");
        assert_eq!(archive.rejected().len(), 1, "{text:?}");
    }
    let file = "tweet_id,author_id,inbound,created_at,in_response_to_tweet_id,text\n\
        1,7,True,Tue Oct 31 10:00:00 +0000 2017,,\"open\n\
        2,7,True,Tue Oct 31 10:00:00 +0000 2017,,\"\nrest\"\n";
    assert_eq!(ids(&read_text(file)), ["2"]);
}

#[test]
fn a_text_may_hold_what_looks_like_a_row() {
    let inner = row("2", "acme", "False", "10:00:00", "forged", "");
    let text = format!("\"look:\n{inner}end\"");
    let archive = read(&[
        row("1", "7", "True", "10:00:00", &text, ""),
        row("3", "7", "True", "10:01:00", "\"a, b\"", ""),
    ]);
    assert_eq!(ids(&archive), ["1", "3"]);
    assert_eq!(rejected(&archive), [""; 0]);
}

#[test]
fn repeats_count_once_and_conflicts_leave_the_first() {
    let first = row("3", "7", "True", "10:00:00", "first", "");
    let archive = read(&[
        first.clone(),
        first.clone(),
        first
            .replacen("3,", "3.0,", 1)
            .replace("first", "\"first\""),
        first.replace("first", "second"),
        first.replace("10:00", "11:00"),
    ]);
    assert_eq!((archive.messages(), archive.repeats()), (1, 2));
    assert_eq!(archive.rejected().len(), 2);
    assert_eq!(messages(&archive)[0].text(), "first");
}

#[test]
fn circles_of_answers_end() {
    let same = |id, parent| row(id, "7", "True", "10:00:00", "x", parent);
    let archive = read(&[
        same("1", "1"),
        same("5", "4"),
        same("4", "6"),
        same("6", "5"),
        same("3", "6"),
        same("2", "3"),
    ]);
    // The circle by id, then what hangs on it; 1 answers only itself.
    assert_eq!(ids(&archive), ["1", "4", "5", "6", "3", "2"]);
    let found = messages(&archive);
    assert_eq!(found[0].in_reply_to, None);
    assert!(found[1..].iter().all(|m| &*m.conversation.id == "2"));
}

#[test]
fn at_the_same_second_what_is_answered_comes_first() {
    let archive = read(&[
        row("1", "acme", "False", "10:00:00", "x", "2"),
        row("2", "7", "True", "10:00:00", "x", "3"),
        row("3", "7", "True", "10:00:00", "x", ""),
        row("0", "8", "True", "10:00:01", "x", ""),
    ]);
    assert_eq!(ids(&archive), ["3", "2", "1", "0"]);
}

#[test]
fn pages_follow_each_other_and_a_foreign_cursor_starts_again() {
    let rows = ["1", "2", "3", "4", "5"].map(|id| row(id, "7", "True", "10:00:00", "x", ""));
    let archive = read(&[&rows[..], &["broken\n".to_owned()]].concat()).with_page_size(2);
    let first = poll(&archive, None);
    assert_eq!(
        (first.events.len(), first.more, first.rejected.len()),
        (2, true, 1)
    );
    let second = poll(&archive, first.next.as_ref());
    assert_eq!(
        (second.events.len(), second.more, second.rejected.len()),
        (2, true, 0)
    );
    let third = poll(&archive, second.next.as_ref());
    assert_eq!((third.events.len(), third.more), (1, false));
    let end = poll(&archive, third.next.as_ref());
    assert_eq!(
        (end.events.len(), end.more, &end.next),
        (0, false, &third.next)
    );
    for foreign in ["", "x:4", "4", &"0".repeat(64)] {
        let cursor = Cursor(foreign.to_owned());
        assert_eq!(poll(&archive, Some(&cursor)), first, "{foreign:?}");
    }
    let beyond = Cursor(format!("{}:18446744073709551615", archive.fingerprint()));
    assert_eq!(poll(&archive, Some(&beyond)), end);
    assert_eq!(archive.with_page_size(0).with_page_size(9).events(), 5);
}

#[test]
fn nothing_can_be_sent() {
    let archive = read(&[]);
    assert_eq!((archive.messages(), archive.newest()), (0, None));
    assert!(poll(&archive, None).events.is_empty());
    let effect = Effect::new(
        EffectKey::derive(&["send"]),
        ConversationKey::new(account(), "1").unwrap(),
        EffectKind::send("Hei", ReplyKind::Answer),
    );
    assert!(archive.capabilities(None).check(&effect).is_err());
    let error = now(archive.perform(&effect)).unwrap_err();
    assert_eq!(
        (error.kind(), error.landed()),
        (&ErrorKind::Unsupported, Landed::No)
    );
}

#[test]
fn a_file_that_is_none_is_refused() {
    let read = |text: &str| Archive::read_tweets(account(), text.as_bytes()).unwrap_err();
    assert_eq!(read(""), ArchiveError::Empty);
    assert_eq!(read("\u{feff}\r\n \n"), ArchiveError::Empty);
    assert_eq!(read("\"tweet_id\nx"), ArchiveError::Header);
    let lacking = HEADER.replace("inbound,", "");
    assert_eq!(
        read(&lacking),
        ArchiveError::MissingColumn { name: "inbound" }
    );
    let twice = HEADER.replace("inbound,", "inbound,text,");
    assert_eq!(read(&twice), ArchiveError::RepeatedColumn { name: "text" });
}

/// The figures of the sample that `TWCS_CSV` names, computed by another program.
#[test]
#[ignore = "needs a copy of a data set whose licence keeps it out of this repository, see CONTRIBUTING.md"]
fn the_sample_gives_the_known_figures() {
    let bytes = std::fs::read(std::env::var("TWCS_CSV").unwrap()).unwrap();
    let archive = Archive::read_tweets(account(), &bytes).unwrap();
    assert_eq!(rejected(&archive), [""; 0]);
    let found = messages(&archive);
    assert_eq!((found.len(), archive.messages()), (3457, 3457));
    let outbound = |m: &&Message| m.direction == Direction::Outbound;
    let ours: BTreeSet<_> = found.iter().filter(outbound).map(|m| &m.author).collect();
    assert_eq!(ours.len(), 64);
    let threads: BTreeSet<_> = found.iter().map(|m| &m.conversation).collect();
    assert_eq!(threads.len(), 856);
    let mut pairs = BTreeMap::new();
    for m in found.iter().filter(|m| m.direction == Direction::Inbound) {
        let (first, _) = pairs
            .entry((&m.conversation, m.author.clone().unwrap()))
            .or_insert((m.times.source, false));
        *first = m.times.source.min(*first);
    }
    let asked: BTreeSet<_> = pairs.keys().map(|(thread, _)| thread).collect();
    assert_eq!((asked.len(), pairs.len()), (855, 997));
    for m in found.iter().filter(outbound) {
        for to in &m.to {
            let (first, answered) = pairs.get_mut(&(&m.conversation, to.clone())).unwrap();
            *answered |= m.times.source >= *first;
        }
    }
    assert_eq!(
        pairs.values().filter(|(_, answered)| *answered).count(),
        892
    );
}
