//! The messages that effects make, and what the network in memory does with effects.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use aspa_channel::{
    Audience, Channel, ConversationKey, Direction, Effect, EffectKind, Event, EventKind, Media,
    MediaKind, MemoryChannel, Message, MessageKey, MessageKind, Part, ReplyKind, Via,
};
use aspa_types::{AccountId, AgentId, EffectKey};

fn account() -> AccountId {
    AccountId::new("shop").unwrap()
}

fn key(id: &str) -> MessageKey {
    MessageKey::new(account(), id).unwrap()
}

fn effect(kind: EffectKind) -> Effect {
    let name = serde_json::to_string(&kind).unwrap();
    let conversation = ConversationKey::new(account(), "c").unwrap();
    Effect::new(EffectKey::derive(&[&name]), conversation, kind)
}

fn asked(kind: MessageKind, audience: Audience) -> Message {
    let conversation = ConversationKey::new(account(), "c").unwrap();
    let mut message = Message::new(key("asked"), conversation, Direction::Inbound);
    (message.kind, message.audience) = (kind, audience);
    message
}

fn answer(text: &str) -> EffectKind {
    let mut kind = EffectKind::send(text, ReplyKind::Holding);
    if let EffectKind::Send { in_reply_to, .. } = &mut kind {
        *in_reply_to = Some(key("asked"));
    }
    kind
}

/// What is ready at once: nothing here waits.
fn now<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("it waits"),
    }
}

#[test]
fn an_answer_takes_kind_and_audience_from_what_it_answers() {
    use Audience::{Direct, Followers, Public, Unlisted};
    let cases = [
        (MessageKind::Mail, Direct, None, MessageKind::Mail, Direct),
        (
            MessageKind::Direct,
            Direct,
            None,
            MessageKind::Direct,
            Direct,
        ),
        (
            MessageKind::Mention,
            Unlisted,
            None,
            MessageKind::Comment,
            Unlisted,
        ),
        (
            MessageKind::Review,
            Public,
            None,
            MessageKind::Comment,
            Public,
        ),
        (MessageKind::Form, Direct, None, MessageKind::Direct, Direct),
        (
            MessageKind::Post,
            Public,
            Some(Followers),
            MessageKind::Comment,
            Followers,
        ),
        (
            MessageKind::Post,
            Public,
            Some(Direct),
            MessageKind::Direct,
            Direct,
        ),
        ("fax".into(), Direct, None, "fax".into(), Direct),
    ];
    for (kind, audience, wanted, expected, seen_by) in cases {
        let asked = asked(kind, audience);
        let mut send = answer("Hei");
        if let EffectKind::Send { audience, .. } = &mut send {
            *audience = wanted;
        }
        let made = Message::of_effect(key("1"), &effect(send), Some(&asked)).unwrap();
        assert_eq!(
            (made.kind, made.audience),
            (expected, seen_by),
            "to {asked:?}"
        );
    }
    let made = Message::of_effect(key("1"), &effect(answer("Hei")), None).unwrap();
    assert_eq!((made.kind, made.audience), (MessageKind::Comment, Public));
}

#[test]
fn a_message_says_all_that_its_effect_says() {
    let media = Media::new(MediaKind::Image);
    let mut kind = answer("");
    if let EffectKind::Send { media: pieces, .. } = &mut kind {
        pieces.push(media.clone());
    }
    let mut effect = effect(kind);
    effect.by = Some(AgentId::new("liisa").unwrap());
    let made = Message::of_effect(key("1"), &effect, None).unwrap();
    assert_eq!(made.parts, [Part::Media(media)]);
    assert_eq!(
        (made.in_reply_to, made.reply),
        (Some(key("asked")), Some(ReplyKind::Holding))
    );
    assert_eq!((made.agent, made.effect), (effect.by, Some(effect.key)));
    assert_eq!(made.direction, Direction::Outbound);
}

#[test]
fn only_sending_makes_a_message() {
    for kind in [
        EffectKind::private_reply(key("1"), "Hei"),
        EffectKind::edit(key("1"), "Hei"),
        EffectKind::delete(key("1")),
        EffectKind::hide(key("1"), true),
        EffectKind::react(key("1"), "👍", false),
        EffectKind::mark_read(key("1")),
        EffectKind::Unknown(serde_json::json!({"type": "wave"})),
    ] {
        assert_eq!(Message::of_effect(key("2"), &effect(kind), None), None);
    }
}

#[test]
fn the_network_in_memory_answers_in_kind_reacts_and_reads() {
    let channel = MemoryChannel::new(account());
    let asked = EventKind::message(asked(MessageKind::Mail, Audience::Direct));
    channel.say(Event::new(account(), asked, Via::Poll));
    now(channel.perform(&effect(answer("Hei")))).unwrap();
    let published = channel.published();
    assert_eq!(
        (&published[0].kind, &published[0].audience),
        (&MessageKind::Mail, &Audience::Direct)
    );
    for kind in [
        EffectKind::react(key("asked"), "👍", false),
        EffectKind::mark_read(key("asked")),
    ] {
        let receipt = now(channel.perform(&effect(kind))).unwrap();
        assert_eq!(receipt.messages, [key("asked")]);
    }
    let page = now(channel.poll(None)).unwrap();
    assert!(page.events.iter().any(|event| matches!(
        &event.kind,
        EventKind::Reaction { reaction, removed: false, .. } if reaction == "👍"
    )));
    let nowhere = effect(EffectKind::react(key("nothing"), "👍", false));
    assert!(now(channel.perform(&nowhere)).is_err());
}
