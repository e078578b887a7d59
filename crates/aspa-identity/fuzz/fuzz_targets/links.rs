//! Any lines of JSON are refused, or read as what writes back the same; evidence comes to the same in
//! any order, and whatever is read makes a book, a request and a queue.
#![no_main]

use std::fmt::Debug;

use aspa_identity::{
    AuditTally, Book, Change, ContactRequest, Evidence, Linker, Queue, RequestEvent, ReviewItem,
    ReviewOrder, Settings, Tombstones,
};
use aspa_types::{AgentId, HandleKey, Network, Secret};
use libfuzzer_sys::fuzz_target;
use serde_json::{from_str, to_string};

/// What the lines are that can be read as this, each of them checked to read back as it was.
fn read<T>(text: &str) -> Vec<T>
where
    T: serde::de::DeserializeOwned + serde::Serialize + PartialEq + Debug,
{
    let mut all = Vec::new();
    for line in text.lines().take(64) {
        let Ok(one) = from_str::<T>(line) else {
            continue;
        };
        let written = to_string(&one).expect("what was read can be written");
        assert_eq!(from_str::<T>(&written).expect("and read"), one);
        all.push(one);
    }
    all
}

fuzz_target!(|text: &str| {
    let settings = Settings::default();
    let linker = Linker::new(settings.clone());
    let handle = HandleKey::new(Network::X, None, "42").expect("a handle");
    let mut evidence: Vec<Evidence> = read(text);
    let decision = linker.decide(&handle, &evidence);
    let key = Secret::new("a key of 16 bytes");
    let mut tombstones = Tombstones::new(&key).expect("long enough");
    let at = evidence.iter().map(|piece| piece.at).min();
    let _ = tombstones.bury(&handle, &evidence, &settings, at.unwrap_or_default());
    evidence.reverse();
    assert_eq!(linker.decide(&handle, &evidence), decision);
    let _ = tombstones.decide(&handle, &evidence, &settings, |e| linker.decide(&handle, e));

    let changes: Vec<Change> = read(text);
    let book = Book::of(&changes);
    let handles: Vec<HandleKey> = book.handles().cloned().collect();
    let mut queue = Queue::of(read::<ReviewItem>(text));
    for handle in &handles {
        let link = book.link(handle).expect("every handle has a link");
        let _ = queue.offer(&link, &settings, None, link.at);
    }
    let agent = AgentId::new("anna").expect("an agent");
    let _ = queue.next(&agent, &ReviewOrder::Value, at.unwrap_or_default());
    let AuditTally { right, wrong, .. } = queue.audited();
    assert!(right + wrong <= 64);

    let events: Vec<RequestEvent> = read(text);
    let _ = ContactRequest::of(&events);
});
