//! What mails become, trap by trap. Every mail here was written for these tests.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests may panic"
)]

use std::sync::LazyLock;

use aspa_channel::{AttributeKind, DeliveryStatus, Direction, Event, EventKind, Message, Part};
use aspa_channel_email::{EmailChannel, EmailConfig, Login, Server};
use aspa_types::{AccountId, Secret};
use chrono::{DateTime, Utc};
use proptest::prelude::*;

const BOUNCED: &str = "tests/mails";

fn at() -> DateTime<Utc> {
    "2026-11-02T08:00:00Z".parse().unwrap()
}

fn config() -> EmailConfig {
    EmailConfig::new(
        AccountId::new("support").unwrap(),
        "support@aurinko.example",
        Secret::new("0123456789abcdef"),
        Server::tls("localhost", 993),
        Server::tls("localhost", 465),
        Login::password("support@aurinko.example", Secret::new("hunter2")),
    )
    .vouched_by("mx.aurinko.example")
    .with_plus_addresses()
}

/// Made once: it reads the system's certificates.
fn channel() -> &'static EmailChannel {
    static CHANNEL: LazyLock<EmailChannel> = LazyLock::new(|| config().build().unwrap());
    &CHANNEL
}

fn event(raw: impl AsRef<[u8]>) -> Event {
    channel().read(raw.as_ref(), at()).unwrap()
}

fn message(raw: impl AsRef<[u8]>) -> Message {
    match event(raw).kind {
        EventKind::Message(message) => *message,
        other => panic!("{other:?}"),
    }
}

/// Why a mail opens no ticket.
fn aside(raw: impl AsRef<[u8]>) -> String {
    match event(raw).kind {
        EventKind::Unknown(value) => value["why"].as_str().unwrap().to_owned(),
        other => panic!("{other:?}"),
    }
}

/// A mail of Aino with these headers in front.
fn mail(headers: &str, body: &str) -> String {
    let headers = headers.replace('\n', "\r\n");
    let more = if headers.contains("From:") {
        ""
    } else {
        "From: Aino <aino@example.fi>\r\n"
    };
    let id = if headers.to_lowercase().contains("message-id:") {
        ""
    } else {
        "Message-ID: <one@example.fi>\r\n"
    };
    format!("Return-Path: <aino@example.fi>\r\n{more}{id}{headers}\r\n{body}").replacen(
        "Return-Path: <aino@example.fi>\r\n",
        if headers.contains("Return-Path:") {
            ""
        } else {
            "Return-Path: <aino@example.fi>\r\n"
        },
        1,
    )
}

/// A Message-ID of ours in the conversation of `<one@example.fi>`, as the channel makes it.
fn our_id() -> (String, String) {
    // The shape is documented; its code needs the key, and so it is taken from a mail that was composed.
    let ours = ours();
    (ours.key.id.to_string(), ours.conversation.id.to_string())
}

/// The copy of a mail that the channel with this key composed, kept as a file.
fn own_copy() -> String {
    std::fs::read_to_string(format!(
        "{}/{BOUNCED}/own-copy.eml",
        env!("CARGO_MANIFEST_DIR")
    ))
    .unwrap()
}

fn ours() -> Message {
    message(own_copy())
}

#[test]
fn a_mail_is_a_message_of_its_author_from_when_it_came() {
    let said = event(mail(
        "Date: Mon, 1 Jan 2001 00:00:00 +0000\nSubject: =?utf-8?B?TWlzc8Okpw==?= paketti\nTo: support@aurinko.example\n",
        "Hei!\r\n\r\nMissä paketti on?\r\n",
    ));
    let EventKind::Message(message) = &said.kind else {
        panic!("{said:?}");
    };
    assert_eq!(&*message.key.id, "one@example.fi");
    assert_eq!(message.author.as_ref().unwrap().id(), "aino@example.fi");
    assert_eq!(message.direction, Direction::Inbound);
    assert_eq!(message.text(), "Hei!\n\nMissä paketti on?");
    assert!(message.subject.as_deref().unwrap().ends_with("paketti"));
    // The clock starts when our server took it in, whatever Date claims.
    assert_eq!(message.times.effective(), Some(at()));
    assert!(!message.automatic);
    assert_eq!(message.conversation.id.len(), 16);
}

#[test]
fn the_same_mail_is_the_same_event_and_one_without_an_id_has_a_name_too() {
    let raw = mail("Subject: x\n", "y");
    assert_eq!(event(&raw).key(), event(&raw).key());
    let bare = "From: a@b.example\r\n\r\nfirst";
    assert_eq!(event(bare).key(), event(bare).key());
    assert_ne!(
        event(bare).key(),
        event("From: a@b.example\r\n\r\nsecond").key()
    );
}

#[test]
fn encoded_names_and_subjects_are_read() {
    for (header, expected) in [
        ("Subject: =?UTF-8?B?SGVpIPCfmYI=?=", "Hei 🙂"),
        ("Subject: =?ISO-8859-1?Q?P=E4iv=E4=E4?=", "Päivää"),
        ("Subject: =?windows-1252?Q?10_=80?=", "10 €"),
        ("Subject: folded\n over lines", "folded over lines"),
    ] {
        assert_eq!(
            message(mail(&format!("{header}\n"), "x")).subject.unwrap(),
            expected
        );
    }
    let named = event(mail(
        "From: =?ISO-8859-1?Q?Virtanen=2C_J=E4rvi?= <a@example.fi>\n",
        "x",
    ));
    assert_eq!(
        named.handles[0].latest(&AttributeKind::DisplayName),
        Some("Virtanen, Järvi")
    );
}

#[test]
fn bytes_without_a_charset_are_read() {
    let latin = b"From: a@b.example\r\nSubject: S\xE4\xE4\r\n\r\nHyv\xE4\xE4 p\xE4iv\xE4\xE4\r\n";
    let said = message(latin);
    assert_eq!(
        (said.subject.as_deref(), &*said.text()),
        (Some("Sää"), "Hyvää päivää")
    );
    let quoted =
        "From: a@b.example\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nHyv=E4=E4\r\n";
    assert_eq!(message(quoted).text(), "Hyvää");
    let wrong =
        b"From: a@b.example\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nHyv\xE4\xE4\r\n";
    assert_eq!(message(wrong).text(), "Hyvää");
    let utf8 = "From: a@b.example\r\n\r\nHyvää 🙂\r\n";
    assert_eq!(message(utf8).text(), "Hyvää 🙂");
    let named = b"From: a@b.example\r\nContent-Type: text/plain; charset=ISO-8859-1\r\nContent-Transfer-Encoding: 8bit\r\n\r\nHyv\xE4\xE4\r\n";
    assert_eq!(message(named).text(), "Hyvää");
    let russian = b"From: a@b.example\r\nContent-Type: text/plain; charset=koi8-r\r\n\r\n\xD0\xD2\xC9\xD7\xC5\xD4\r\n";
    assert_eq!(message(russian).text(), "привет");
}

#[test]
fn flowed_lines_are_joined() {
    let said = message(mail(
        "Content-Type: text/plain; charset=utf-8; format=flowed\n",
        "My parcel \r\nis late.\r\n\r\n-- \r\nAino\r\n",
    ));
    assert_eq!(said.text(), "My parcel is late.");
}

#[test]
fn html_alone_is_read_and_kept() {
    let said = message(mail(
        "Content-Type: text/html; charset=utf-8\n",
        "<style>p{}</style><p>Two things:</p><ul><li>one</li><li>two</li></ul><img src=\"https://t.example/1.gif\" width=1>",
    ));
    assert_eq!(said.text(), "Two things:\n\n* one\n* two");
    assert!(
        said.parts
            .iter()
            .any(|part| matches!(part, Part::Html { .. }))
    );
}

#[test]
fn what_is_quoted_is_left_out_and_kept_beside() {
    let said = message(mail(
        "In-Reply-To: <x@aurinko.example>\n",
        "Kiitos!\r\n\r\nma 2. marrask. 2026 klo 9.12 Tuki (support@aurinko.example) kirjoitti:\r\n\r\n> Lähti.\r\n",
    ));
    assert_eq!(said.text(), "Kiitos!");
    let Part::Text { extra, .. } = &said.parts[0] else {
        panic!();
    };
    assert!(extra["whole"].as_str().unwrap().contains("> Lähti."));
}

#[test]
fn files_are_named_and_measured() {
    let body = "--b\r\nContent-Type: text/plain\r\n\r\nsee\r\n\
        --b\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; filename*0=\"in\"; filename*1=\"voice.pdf\"\r\nContent-Transfer-Encoding: base64\r\n\r\nAAAA\r\n\
        --b\r\nContent-Type: image/png; name=\"=?utf-8?Q?kuva_=C3=A4.png?=\"\r\nContent-ID: <pic>\r\nContent-Disposition: inline\r\nContent-Transfer-Encoding: base64\r\n\r\nAAAAAAAA\r\n--b--\r\n";
    let said = message(mail("Content-Type: multipart/mixed; boundary=b\n", body));
    let media: Vec<_> = said
        .parts
        .iter()
        .filter_map(|part| match part {
            Part::Media(media) => Some(media),
            _ => None,
        })
        .collect();
    let names: Vec<&str> = media.iter().map(|m| m.name.as_deref().unwrap()).collect();
    assert_eq!(names, ["invoice.pdf", "kuva ä.png"]);
    assert_eq!((media[0].bytes, media[1].bytes), (Some(3), Some(6)));
    assert_eq!(media[1].extra["inline"], true);
    assert!(!media[0].extra.contains_key("inline"));
    assert_eq!(said.text(), "see");
}

#[test]
fn encrypted_mail_says_so() {
    let body = "--b\r\nContent-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n--b\r\nContent-Type: application/octet-stream\r\n\r\nxx\r\n--b--\r\n";
    let said = message(mail(
        "Content-Type: multipart/encrypted; boundary=b\n",
        body,
    ));
    assert!(
        said.parts
            .iter()
            .any(|part| matches!(part, Part::Unreadable { .. }))
    );
}

#[test]
fn threads_are_found_by_address_then_by_our_ids_and_never_by_subject() {
    let (id, conversation) = our_id();
    let of = |headers: &str| message(mail(headers, "x")).conversation.id.to_string();
    for headers in [
        format!("In-Reply-To: <{id}>\n"),
        format!("References: <unknown@x> <{id}>\n"),
        format!("References: <unknown@x> <{id}> <later@customer>\nIn-Reply-To: <later@customer>\n"),
        format!(
            "Delivered-To: support+c-{conversation}@aurinko.example\nTo: undisclosed-recipients:;\n"
        ),
        format!(
            "To: Tuki <Support+C-{}@Aurinko.example>\n",
            conversation.to_uppercase()
        ),
        // The address is surer than what the mail says it answers.
        format!("To: support+c-{conversation}@aurinko.example\nIn-Reply-To: <another@x>\n"),
    ] {
        assert_eq!(of(&headers), conversation, "{headers}");
    }
    for headers in [
        "Subject: Re: Päivää\n".to_owned(),
        format!("To: other+c-{conversation}@aurinko.example\n"),
        format!("To: support+c-{conversation}@aurinko.example.attacker.example\n"),
        "To: support+c-@aurinko.example\n".to_owned(),
        "To: support+newsletter@aurinko.example\n".to_owned(),
    ] {
        let headers = format!("Message-ID: <two@example.fi>\n{headers}");
        assert_ne!(of(&headers), conversation, "{headers}");
    }
    // Without any mail of ours, what the thread began with names it.
    let first = of("Message-ID: <a@example.fi>\n");
    assert_eq!(
        of("Message-ID: <b@example.fi>\nIn-Reply-To: <a@example.fi>\n"),
        first
    );
    assert_eq!(
        of("Message-ID: <c@example.fi>\nReferences: <a@example.fi> <b@example.fi>\n"),
        first
    );
    assert_ne!(of("Message-ID: <d@example.fi>\n"), first);
    let said = message(mail("References: <a@example.fi> <b@example.fi>\n", "x"));
    assert_eq!(&*said.in_reply_to.unwrap().id, "b@example.fi");
}

#[test]
fn what_programs_write_opens_nothing() {
    for (name, headers, why) in [
        (
            "Dovecot's vacation",
            "Auto-Submitted: auto-replied (vacation)\nPrecedence: bulk\nX-Auto-Response-Suppress: All\nIn-Reply-To: <x@y>\n",
            "automatic reply",
        ),
        (
            "RFC 3834",
            "auto-submitted: Auto-Generated; x=y\n",
            "automatic reply",
        ),
        (
            "Exchange",
            "Return-Path: <>\nX-Auto-Response-Suppress: DR, OOF, AutoReply\n",
            "null sender",
        ),
        ("older", "X-Autoreply: yes\n", "automatic reply"),
        ("null sender", "Return-Path: <>\n", "null sender"),
        (
            "newsletter",
            "List-Unsubscribe: <mailto:x@y>\n",
            "mailing list",
        ),
        (
            "list",
            "List-Id: Talk <talk.lists.example>\nPrecedence: list\n",
            "mailing list",
        ),
        ("bulk", "Precedence: Bulk\n", "mailing list"),
        (
            "our own address from outside",
            "From: \"Aurinko\" <Support@Aurinko.example>\n",
            "our own address",
        ),
        (
            "our own address with a plus",
            "From: support+x@aurinko.example\n",
            "our own address",
        ),
    ] {
        assert_eq!(aside(mail(headers, "x")), why, "{name}");
    }
    for headers in [
        "Auto-Submitted: no\n",
        "X-Auto-Response-Suppress: None\n",
        // It says what the author wants, and not who the author is.
        "X-Auto-Response-Suppress: All\n",
        "X-Auto-Response-Suppress: DR, OOF, AutoReply\n",
        "Precedence: first-class\n",
        "From: support@aurinko.example.attacker.example\n",
        "From: \"support@aurinko.example\" <attacker@x.example>\n",
    ] {
        assert!(!message(mail(headers, "x")).automatic, "{headers}");
    }
}

#[test]
fn customers_that_reach_us_through_our_own_list_are_read() {
    let group = config()
        .through_list("support.aurinko.example")
        .build()
        .unwrap();
    let raw = mail(
        "List-Id: Tuki <support.aurinko.example>\nPrecedence: list\n",
        "x",
    );
    let read = group.read(raw.as_bytes(), at()).unwrap();
    assert!(matches!(read.kind, EventKind::Message(_)));
    assert_eq!(aside(raw), "mailing list");
}

#[test]
fn a_display_name_is_no_address_and_only_our_own_server_vouches() {
    let said = event(mail(
        "From: \"support@aurinko.example\" <attacker@x.example>\n",
        "x",
    ));
    let handle = &said.handles[0];
    assert_eq!(handle.key.id(), "attacker@x.example");
    assert_eq!(handle.latest(&AttributeKind::DisplayName), None);
    let verified = |headers: &str| {
        let said = event(mail(headers, "x"));
        said.handles[0]
            .attributes
            .iter()
            .any(|a| a.kind == AttributeKind::Email && a.verified)
    };
    assert!(verified(
        "Authentication-Results: mx.aurinko.example; dmarc=pass header.from=example.fi\n"
    ));
    assert!(!verified(
        "Authentication-Results: mx.attacker.example; dmarc=pass header.from=example.fi\n"
    ));
    assert!(!verified("X-Spam: no\n"));
}

#[test]
fn where_to_answer_is_told_and_the_author_stays() {
    let said = message(mail(
        "Reply-To: other@example.fi\nCc: friend@example.fi\n",
        "x",
    ));
    assert_eq!(said.author.unwrap().id(), "aino@example.fi");
    assert_eq!(said.extra["email"]["reply_to"], "other@example.fi");
    assert_eq!(said.extra["email"]["cc"][0], "friend@example.fi");
}

#[test]
fn our_own_copy_is_ours_and_a_forged_one_is_not() {
    let ours = ours();
    assert_eq!(ours.direction, Direction::Outbound);
    assert_eq!(ours.text(), "Se lähti tänään.\n> ei lainaus\n-- \nTuki");
    assert_eq!(ours.to[0].id(), "aino@example.fi");
    assert_eq!(
        ours.in_reply_to.as_ref().unwrap().id.as_ref(),
        "one@example.fi"
    );
    assert!(ours.effect.is_some());
    let (id, _) = our_id();
    let code = id.split('.').nth(2).unwrap().split('@').next().unwrap();
    let forged = own_copy().replace(code, "00000000000000000000");
    assert_eq!(aside(forged), "our own address");
}

fn bounce(id: &str, action: &str, recipient: &str, returned: &str) -> String {
    let body = format!(
        "--b\r\nContent-Type: text/plain\r\n\r\nI'm sorry.\r\n\
         --b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.aurinko.example\r\n\r\n\
         Final-Recipient: rfc822; {recipient}\r\nAction: {action}\r\nStatus: 5.1.1\r\n\r\n\
         --b\r\nContent-Type: {returned}\r\n\r\nFrom: support@aurinko.example\r\nMessage-Id: <{id}>\r\nSubject: x\r\n\r\n--b--\r\n"
    );
    let headers = "Return-Path: <>\nFrom: MAILER-DAEMON@mx.aurinko.example\nAuto-Submitted: auto-replied\nMessage-Id: <b1@mx>\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\n";
    mail(headers, &body)
}

#[test]
fn a_bounce_fails_our_mail() {
    let (id, _) = our_id();
    for returned in ["text/rfc822-headers", "message/rfc822"] {
        let said = event(bounce(&id, "failed", "nobody@example.org", returned));
        let EventKind::Status {
            message, status, ..
        } = &said.kind
        else {
            panic!("{said:?}");
        };
        assert_eq!(
            (&*message.id, status),
            (&*id, &DeliveryStatus::Failed),
            "{returned}"
        );
        assert_eq!(said.at, Some(at()));
    }
    let kind = event(bounce(
        &id,
        "delivered",
        "aino@example.fi",
        "text/rfc822-headers",
    ))
    .kind;
    assert!(matches!(
        kind,
        EventKind::Status {
            status: DeliveryStatus::Delivered,
            ..
        }
    ));
    assert_eq!(
        aside(bounce(&id, "delayed", "a@b.example", "message/rfc822")),
        "report without an end"
    );
    // Our copy alone did not arrive: the customer's did.
    assert_eq!(
        aside(bounce(
            &id,
            "failed",
            "support+c-x@aurinko.example",
            "message/rfc822"
        )),
        "report without an end"
    );
    let strange = "report about a mail that is not ours";
    assert_eq!(
        aside(bounce(
            "other@example.org",
            "failed",
            "a@b.example",
            "message/rfc822"
        )),
        strange
    );
    let forged = id.replacen(|c: char| c.is_ascii_digit(), "z", 1);
    assert_eq!(
        aside(bounce(&forged, "failed", "a@b.example", "message/rfc822")),
        strange
    );
}

#[test]
fn a_bounce_in_words_fails_our_mail_and_other_words_do_not() {
    let (id, _) = our_id();
    let words = format!(
        "Sorry, no mailbox here by that name.\r\n\r\n--- Below is a copy:\r\nMessage-ID: <{id}>\r\n"
    );
    let by_daemon = "Return-Path: <>\nFrom: MAILER-DAEMON@mx.example.org\n";
    let kind = event(mail(by_daemon, &words)).kind;
    assert!(matches!(
        kind,
        EventKind::Status {
            status: DeliveryStatus::Failed,
            ..
        }
    ));
    assert_eq!(aside(mail("Return-Path: <>\n", &words)), "null sender");
    message(mail("From: postmaster@example.org\n", &words));
}

#[test]
fn a_read_receipt_is_told() {
    let (id, _) = our_id();
    let body = format!(
        "--b\r\nContent-Type: text/plain\r\n\r\nopened\r\n--b\r\nContent-Type: message/disposition-notification\r\n\r\n\
         Final-Recipient: rfc822; aino@example.fi\r\nOriginal-Message-ID: <{id}>\r\nDisposition: manual-action/MDN-sent-manually; displayed\r\n\r\n--b--\r\n"
    );
    let headers =
        "Content-Type: multipart/report; report-type=disposition-notification; boundary=b\n";
    let kind = event(mail(headers, &body)).kind;
    assert!(matches!(
        kind,
        EventKind::Status {
            status: DeliveryStatus::Read,
            ..
        }
    ));
}

#[test]
fn nothing_shows_what_anybody_wrote() {
    let said = event(mail("Subject: hemmelig\n", "salaisuus"));
    let shown = format!("{said:?} {:?} {:?}", channel(), config());
    for secret in [
        "aino",
        "hemmelig",
        "salaisuus",
        "hunter2",
        "0123456789abcdef",
        "support@",
    ] {
        assert!(!shown.contains(secret), "{secret}: {shown}");
    }
}

#[test]
fn a_wrong_configuration_names_what_is_wrong() {
    use aspa_channel_email::{ConfigError, Security};
    let with = |address: &str, host: &str, key: &str| {
        let imap = Server::new(host, 143, Security::Plain);
        let login = Login::password("u", Secret::new("p"));
        let account = AccountId::new("a").unwrap();
        EmailConfig::new(
            account,
            address,
            Secret::new(key),
            imap,
            Server::tls("h", 465),
            login,
        )
        .build()
    };
    let key = "0123456789abcdef";
    assert_eq!(
        with("no address", "localhost", key).err(),
        Some(ConfigError::NoAddress { field: "address" })
    );
    assert_eq!(
        with("a@b.example", "mail.example", key).err(),
        Some(ConfigError::NoTls { field: "imap" })
    );
    assert_eq!(
        with("a@b.example", "127.0.0.1", "short").err(),
        Some(ConfigError::ShortKey)
    );
    assert!(with("a@b.example", "127.0.0.1", key).is_ok());
    assert_eq!(
        config().trusting("no PEM").build().err(),
        Some(ConfigError::BadCertificate)
    );
}

proptest! {
    #[test]
    fn any_bytes_are_read(raw in prop::collection::vec(any::<u8>(), 0..600)) {
        let _ = channel().read(&raw, at());
    }

    #[test]
    fn any_text_of_a_person_is_kept(words in "[a-zäö ?.]{1,40}", headers in "([A-Z][a-z]{1,8}: [ -~]{0,20}\r\n){0,3}") {
        prop_assume!(!words.trim().is_empty());
        let raw = format!("From: aino@example.fi\r\nX-A: b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nHei {words}\r\n");
        let _ = channel().read(format!("{headers}{raw}").as_bytes(), at());
        let said = channel().read(raw.as_bytes(), at()).unwrap();
        let EventKind::Message(message) = said.kind else { panic!() };
        let expected = format!("Hei {words}");
        prop_assert_eq!(message.text(), expected.trim_end());
    }
}
