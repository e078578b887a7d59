//! Any bytes that a visitor posts are kept, under the visitor's own conversation.
#![no_main]

use aspa_channel::{Delivery, EventKind, Received, Webhook};
use aspa_channel_webchat::{
    ChatConfig, ChatWebhook, Enter, Feed, Frame, Line, StoredFile, VISITOR, Visitors, Window,
};
use aspa_types::{AccountId, Secret};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|body: &[u8]| {
    let config = ChatConfig::new(
        AccountId::new("chat").unwrap(),
        Secret::new("chsec-0123456789abcdef"),
    );
    let visitors = Visitors::new(config).unwrap();
    let now = "2026-11-22T08:00:00Z".parse().unwrap();
    let entered = visitors.enter(&Enter::default(), [7; 16], now);
    let mut delivery = Delivery::new(body.to_vec().into());
    let token = entered.token.parse().unwrap();
    delivery.headers_mut().insert(VISITOR, token);
    let webhook = ChatWebhook::new(visitors.clone());
    let receive = || match webhook.receive(&delivery, now) {
        Received::Accepted { answer, id, events } => (answer.into_body(), id, events),
        other => panic!("{other:?}"),
    };
    let first = receive();
    assert_eq!(first, receive());
    let (_, _, events) = first;
    let conversation = visitors.conversation(&entered.visitor).unwrap();
    let mut lines: Vec<Line> = Vec::new();
    for event in &events {
        if let EventKind::Message(message) = &event.kind {
            assert_eq!(message.conversation, conversation);
            assert!(message.key.id.starts_with(&*conversation.id));
            // A store keeps one message of a name.
            let line = Line::of(message);
            lines.extend(line.filter(|new| lines.iter().all(|line| line.id != new.id)));
        }
    }
    let window = Window {
        lines,
        before: None,
    };
    let (_, frames) = Feed::resume(&window, None);
    let shown: Vec<(&Option<String>, &Line)> = frames
        .iter()
        .filter_map(|frame| match frame {
            Frame::Line { id, line } => Some((id, line)),
            _ => None,
        })
        .collect();
    assert_eq!(shown.is_empty(), window.lines.is_empty());
    let newest = &window.lines[window.lines.len() - shown.len()..];
    assert!(shown.iter().map(|(_, line)| *line).eq(newest));
    if let Some((last, _)) = shown.last() {
        assert_eq!(Feed::resume(&window, last.as_deref()).1, []);
    }
    let text = String::from_utf8_lossy(body);
    if let Ok(file) = StoredFile::new("f", &text, body) {
        assert!(!file.name.contains(['/', '\\', '\r', '\n']));
    }
});
