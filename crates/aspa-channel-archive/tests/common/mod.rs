//! What the tests share.
#![allow(dead_code, reason = "each test file uses a part")]

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use aspa_channel::{Channel, Cursor, Event, EventKind, Message, Page};
use aspa_channel_archive::Archive;
use aspa_types::AccountId;

pub(crate) fn account() -> AccountId {
    AccountId::new("x-shop").unwrap()
}

/// Waits for what never has to wait.
pub(crate) fn now<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("an archive never waits"),
    }
}

pub(crate) fn poll(archive: &Archive, cursor: Option<&Cursor>) -> Page {
    now(archive.poll(cursor)).unwrap()
}

/// Every event, page by page.
pub(crate) fn events(archive: &Archive) -> Vec<Event> {
    let mut page = poll(archive, None);
    let mut events = page.events;
    while page.more {
        page = poll(archive, page.next.as_ref());
        events.extend(page.events);
    }
    events
}

pub(crate) fn message(event: &Event) -> &Message {
    match &event.kind {
        EventKind::Message(message) => message,
        other => panic!("no message: {other:?}"),
    }
}

pub(crate) fn rejected(archive: &Archive) -> Vec<String> {
    archive.rejected().iter().map(ToString::to_string).collect()
}
