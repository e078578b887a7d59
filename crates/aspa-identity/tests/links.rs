//! Links through decisions, merges and splits of the CRM, and their undoing.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::collections::{BTreeMap, BTreeSet};

use aspa_identity::{
    Book, BookBroken, BookCommand, Change, ChangeKind, DecidedBy, Decision, LinkState,
};
use aspa_types::{AgentId, CustomerId, HandleKey, Network, SystemId};
use chrono::{DateTime, Utc};
use proptest::prelude::*;
use serde_json::json;

fn at(second: u64) -> DateTime<Utc> {
    DateTime::from_timestamp(second.try_into().unwrap(), 0).unwrap()
}

fn id(text: &str) -> CustomerId {
    CustomerId::new(SystemId::new("crm").unwrap(), text).unwrap()
}

fn handle(text: &str) -> HandleKey {
    HandleKey::new(Network::X, None, text).unwrap()
}

fn agent() -> DecidedBy {
    DecidedBy::Agent(AgentId::new("anna").unwrap())
}

/// Somebody's decision: linked to a customer or to nobody, some ruled out.
fn decision(customer: Option<&str>, refused: &[&str], by: &DecidedBy) -> Decision {
    let key = |id: &str| json!({"system": "crm", "id": id});
    let (verdict, candidates) = match customer {
        Some(customer) => (
            json!({"verdict": "link", "customer": key(customer)}),
            vec![json!({
                "customer": key(customer), "probability": 0.987_654, "score": 6.25, "reasons": [
                    {"comparison": "contact", "level": "the same e-mail", "weight": 6.25},
                ],
            })],
        ),
        None => (json!({"verdict": "none"}), Vec::new()),
    };
    let refused: Vec<_> = refused.iter().map(|id| key(id)).collect();
    let decision = json!({
        "verdict": verdict, "decided_by": by, "candidates": candidates, "refused": refused,
    });
    serde_json::from_value(decision).unwrap()
}

/// Every link as it is stored.
fn links(book: &Book) -> BTreeMap<HandleKey, String> {
    let link = |handle: &HandleKey| serde_json::to_string(&book.link(handle).unwrap());
    book.handles()
        .map(|handle| (handle.clone(), link(handle).unwrap()))
        .collect()
}

/// A book and what a store would keep beside it.
#[derive(Default)]
struct Desk {
    book: Book,
    feed: Vec<Change>,
    stored: BTreeMap<HandleKey, String>,
}

impl Desk {
    fn perform(&mut self, command: BookCommand) -> Vec<Change> {
        let now = at(self.book.next_sequence());
        let changes = self
            .book
            .perform(command, DecidedBy::Rule, "test", now)
            .unwrap();
        for handle in changes.iter().filter_map(Change::handle) {
            match self.book.link(handle) {
                Some(link) => {
                    let json = serde_json::to_string(&link).unwrap();
                    self.stored.insert(handle.clone(), json);
                }
                None => {
                    self.stored.remove(handle);
                }
            }
        }
        self.feed.extend(changes.iter().cloned());
        changes
    }

    fn decide(&mut self, name: &str, customer: Option<&str>, refused: &[&str]) -> Vec<Change> {
        self.decide_by(name, customer, refused, &DecidedBy::Rule)
    }

    fn decide_by(
        &mut self,
        name: &str,
        customer: Option<&str>,
        refused: &[&str],
        by: &DecidedBy,
    ) -> Vec<Change> {
        self.perform(BookCommand::Decide {
            handle: handle(name),
            decision: decision(customer, refused, by),
        })
    }

    fn merge(&mut self, old: &str, into: &str) -> u64 {
        let (old, into) = (id(old), id(into));
        self.perform(BookCommand::Merge { old, into })[0].sequence
    }

    fn split(&mut self, from: &str, out: &str) -> u64 {
        let (from, out) = (id(from), id(out));
        self.perform(BookCommand::Split { from, out })[0].sequence
    }

    fn undo(&mut self, sequence: u64) {
        self.perform(BookCommand::Undo { sequence });
    }

    /// `linked A`, `review A (not B)`, `-`.
    fn stands(&self, name: &str) -> String {
        let Some(link) = self.book.link(&handle(name)) else {
            return "-".to_owned();
        };
        let customer = link
            .customer
            .map(|c| format!(" {}", c.id))
            .unwrap_or_default();
        let conflict = link
            .conflict
            .map(|c| format!(" (not {})", c.id))
            .unwrap_or_default();
        format!("{}{customer}{conflict}", link.state)
    }

    /// What a store keeps is what the book says, and the feed leads to the same book.
    fn check(&self) {
        assert_eq!(links(&self.book), self.stored);
        let json = serde_json::to_string(&self.feed).unwrap();
        let read: Vec<Change> = serde_json::from_str(&json).unwrap();
        assert_eq!(links(&Book::of(&read)), self.stored);
        let sequences: Vec<u64> = self.feed.iter().map(|change| change.sequence).collect();
        assert_eq!(
            sequences,
            (0..self.book.next_sequence()).collect::<Vec<_>>()
        );
    }
}

#[test]
fn a_merge_moves_links_and_its_undoing_brings_them_back() {
    let mut desk = Desk::default();
    desk.decide("h1", Some("A"), &[]);
    desk.decide("h2", Some("B"), &[]);
    let before = desk.stored.clone();
    let merge = desk.merge("B", "A");
    assert_eq!(desk.stands("h2"), "linked A");
    let link = desk.book.link(&handle("h2")).unwrap();
    assert_eq!(link.redirected_from, Some(id("B")));
    assert_eq!(desk.book.handles_of(&id("B")), [handle("h1"), handle("h2")]);
    assert_eq!(desk.book.person(&id("B")), &id("A"));
    assert_eq!(desk.book.records(&id("B")), [id("A"), id("B")]);
    desk.check();
    desk.undo(merge);
    assert_eq!(desk.stored, before);
    assert_eq!(desk.book.person(&id("B")), &id("B"));
    desk.check();
}

#[test]
fn the_feed_tells_what_each_cause_means() {
    let mut desk = Desk::default();
    let told = |changes: &[Change]| -> Vec<String> {
        let kind = |change: &Change| {
            let json = serde_json::to_value(&change.kind).unwrap();
            json["type"].as_str().unwrap().to_owned()
        };
        changes.iter().map(kind).collect()
    };
    assert_eq!(
        told(&desk.decide("h", None, &[])),
        [""; 0],
        "nothing known, nothing told"
    );
    assert_eq!(
        told(&desk.decide("h", Some("B"), &[])),
        ["decided", "linked"]
    );
    assert_eq!(
        told(&desk.decide("h", Some("B"), &[])),
        [""; 0],
        "the same again"
    );
    let merge = BookCommand::Merge {
        old: id("B"),
        into: id("A"),
    };
    assert_eq!(told(&desk.perform(merge.clone())), ["merged", "relinked"]);
    assert_eq!(told(&desk.perform(merge)), [""; 0], "the same merge again");
    assert_eq!(
        told(&desk.decide("h", Some("B"), &["A"])),
        ["decided", "reviewed"]
    );
    assert_eq!(
        told(&desk.perform(BookCommand::Undo { sequence: 2 })),
        ["undone", "linked"]
    );
    assert_eq!(
        told(&desk.decide("h", None, &["B"])),
        ["decided", "unlinked"]
    );
    let erase = BookCommand::Erase {
        handle: handle("h"),
    };
    assert_eq!(told(&desk.perform(erase)), ["erased"]);
    desk.check();
}

#[test]
fn what_an_agent_ruled_out_is_never_linked_through_a_merge() {
    let mut desk = Desk::default();
    desk.decide("h", Some("B"), &["A"]);
    desk.decide("other", Some("B"), &[]);
    let merge = desk.merge("B", "A");
    assert_eq!(desk.stands("h"), "review A (not A)");
    assert_eq!(
        desk.stands("other"),
        "linked A",
        "another handle is another matter"
    );
    desk.undo(merge);
    assert_eq!(desk.stands("h"), "linked B");

    desk.merge("A", "B");
    assert_eq!(
        desk.stands("h"),
        "review B (not A)",
        "the other way round too"
    );
    desk.merge("B", "C");
    assert_eq!(desk.stands("h"), "review C (not A)", "and through a chain");
    // An agent who looks and says the same again knows of the merge no more than before.
    desk.decide_by("h", Some("C"), &["A"], &agent());
    assert_eq!(desk.stands("h"), "review C (not A)");
    desk.decide_by("h", Some("C"), &[], &agent());
    assert_eq!(desk.stands("h"), "linked C", "the word was taken back");
    desk.check();
}

#[test]
fn a_split_sends_back_what_came_and_puts_to_review_what_may_be_eithers() {
    let mut desk = Desk::default();
    desk.decide("of-a", Some("A"), &[]);
    desk.decide("of-b", Some("B"), &[]);
    desk.merge("B", "A");
    desk.decide("later", Some("A"), &[]);
    desk.decide_by("agent", Some("A"), &[], &agent());
    desk.decide_by("logged-in", Some("A"), &[], &DecidedBy::Host);
    let before = desk.stored.clone();
    let split = desk.split("A", "B");
    assert_eq!(desk.stands("of-a"), "linked A");
    assert_eq!(desk.stands("of-b"), "linked B");
    assert_eq!(desk.stands("later"), "review A");
    assert_eq!(desk.stands("agent"), "review A");
    assert_eq!(desk.stands("logged-in"), "linked A");
    desk.check();
    // Decided anew, even with the same outcome, the doubt is over.
    desk.decide("later", Some("A"), &[]);
    assert_eq!(desk.stands("later"), "linked A");
    desk.decide("later", Some("B"), &[]);
    assert_eq!(desk.stands("later"), "linked B");
    desk.undo(split);
    assert_eq!(desk.stands("later"), "linked A", "B is A again");
    assert_eq!(desk.stored[&handle("agent")], before[&handle("agent")]);
    desk.check();
}

#[test]
fn a_split_without_a_merge_before_puts_all_links_but_the_hosts_to_review() {
    let mut desk = Desk::default();
    desk.decide("h", Some("A"), &[]);
    desk.decide_by("logged-in", Some("A"), &[], &DecidedBy::Host);
    desk.split("A", "new");
    assert_eq!(desk.stands("h"), "review A");
    assert_eq!(desk.stands("logged-in"), "linked A");
}

#[test]
fn merges_in_a_chain_and_in_a_circle_have_one_end() {
    let mut desk = Desk::default();
    desk.decide("h", Some("D"), &[]);
    desk.merge("D", "C");
    desk.merge("B", "A");
    desk.merge("C", "B");
    assert_eq!(desk.stands("h"), "linked A");
    let back = desk.merge("A", "D");
    assert_eq!(
        desk.stands("h"),
        "linked D",
        "the newest merge tells who stays"
    );
    assert_eq!(desk.book.records(&id("B")).len(), 4);
    desk.undo(back);
    assert_eq!(desk.stands("h"), "linked A");
    desk.check();
}

#[test]
fn no_link_follows_from_another_handles() {
    let mut desk = Desk::default();
    desk.decide("h1", Some("A"), &[]);
    desk.decide("h2", Some("A"), &[]);
    let other = desk.stored[&handle("h2")].clone();
    desk.decide("h1", Some("B"), &[]);
    desk.decide("h1", None, &["A"]);
    assert_eq!(desk.stored[&handle("h2")], other);
    assert_eq!(desk.stands("h1"), "refused A");
    assert_eq!(desk.book.handles_of(&id("A")), [handle("h2")]);
    assert_eq!(desk.book.handles_of(&id("B")), []);
}

#[test]
fn what_breaks_a_rule_changes_nothing() {
    let mut desk = Desk::default();
    desk.decide("h", Some("A"), &[]);
    let before = (desk.stored.clone(), desk.book.next_sequence());
    let cases = [
        (
            BookCommand::Merge {
                old: id("A"),
                into: id("A"),
            },
            BookBroken::IntoItself(id("A")),
        ),
        (
            BookCommand::Split {
                from: id("A"),
                out: id("A"),
            },
            BookBroken::IntoItself(id("A")),
        ),
        (
            BookCommand::Undo { sequence: 1 },
            BookBroken::NothingToUndo(1),
        ),
        (
            BookCommand::Undo { sequence: 99 },
            BookBroken::NothingToUndo(99),
        ),
    ];
    for (command, broken) in cases {
        let result = desk.book.perform(command, DecidedBy::Rule, "test", at(9));
        assert_eq!(result, Err(broken));
    }
    assert_eq!((desk.stored.clone(), desk.book.next_sequence()), before);
    desk.check();
}

#[test]
fn an_erased_handle_is_gone_from_book_and_feed() {
    let mut desk = Desk::default();
    desk.decide("h", Some("A"), &[]);
    desk.decide("other", Some("A"), &[]);
    desk.split("A", "B");
    desk.perform(BookCommand::Erase {
        handle: handle("h"),
    });
    assert_eq!(desk.stands("h"), "-");
    assert_eq!(desk.book.handles_of(&id("A")), [handle("other")]);
    let undo = desk.book.perform(
        BookCommand::Undo { sequence: 0 },
        DecidedBy::Rule,
        "",
        at(9),
    );
    assert_eq!(undo, Err(BookBroken::NothingToUndo(0)));
    let forgotten = desk
        .feed
        .iter_mut()
        .filter_map(|c| c.forget(&handle("h")).then_some(()));
    assert_eq!(
        forgotten.count(),
        5,
        "decided, linked, split, reviewed, erased"
    );
    assert!(
        !serde_json::to_string(&desk.feed)
            .unwrap()
            .contains(r#""h""#)
    );
    desk.check();
}

#[test]
fn a_change_in_newer_words_survives_and_does_nothing() {
    let json = json!({
        "sequence": 7, "at": "2026-01-01T00:00:00Z", "by": {"by": "rule"}, "cause": "x",
        "kind": {"type": "adopted", "whom": "h"}, "more": 1,
    });
    let change: Change = serde_json::from_value(json.clone()).unwrap();
    assert!(matches!(change.kind, ChangeKind::Unknown(_)));
    assert_eq!(serde_json::to_value(&change).unwrap(), json);
    let book = Book::of([&change]);
    assert_eq!((book.handles().count(), book.next_sequence()), (0, 8));
}

/// A step of a random history: what, and two numbers to choose by.
type Step = (u8, u8, u8);

fn take(desk: &mut Desk, (what, a, b): Step) -> Option<u64> {
    const RECORDS: [&str; 5] = ["A", "B", "C", "D", "E"];
    let record = |n: u8| RECORDS[usize::from(n) % RECORDS.len()];
    let name = format!("h{}", a % 6);
    let changes = match what {
        0 => desk.decide(&name, Some(record(b)), &[]),
        1 => desk.decide(&name, None, &[record(b)]),
        2 => desk.decide(&name, Some(record(b)), &[record(b.wrapping_add(a))]),
        3 => desk.decide_by(&name, Some(record(b)), &[], &agent()),
        4 | 5 if record(a) != record(b) => {
            let (old, into) = (id(record(a)), id(record(b)));
            desk.perform(BookCommand::Merge { old, into })
        }
        6 if record(a) != record(b) => {
            let (from, out) = (id(record(a)), id(record(b)));
            desk.perform(BookCommand::Split { from, out })
        }
        _ => return None,
    };
    changes.first().map(|change| change.sequence)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Whatever happened, taken back in any order, leaves every stored value as it was.
    #[test]
    fn undoing_everything_in_any_order_restores_every_value(
        first in prop::collection::vec((0_u8..7, any::<u8>(), any::<u8>()), 0..8),
        steps in prop::collection::vec((0_u8..7, any::<u8>(), any::<u8>()), 1..12),
        order in prop::collection::vec(any::<u32>(), 12),
    ) {
        let mut desk = Desk::default();
        for step in first {
            take(&mut desk, step);
        }
        let before = desk.stored.clone();
        let mut done: Vec<u64> = steps.into_iter().filter_map(|step| take(&mut desk, step)).collect();
        desk.check();
        for pick in order {
            if !done.is_empty() {
                desk.undo(done.swap_remove(pick as usize % done.len()));
            }
        }
        desk.check();
        prop_assert_eq!(&desk.stored, &before);
    }

    /// Cannot-link wins, whatever the CRM does.
    #[test]
    fn nobody_is_linked_to_a_person_that_was_ruled_out(
        steps in prop::collection::vec((0_u8..7, any::<u8>(), any::<u8>()), 1..20),
    ) {
        let mut desk = Desk::default();
        for step in steps {
            take(&mut desk, step);
            for handle in desk.book.handles() {
                let link = desk.book.link(handle).unwrap();
                let Some(customer) = link.customer.filter(|_| link.state == LinkState::Linked) else {
                    continue;
                };
                let records: BTreeSet<CustomerId> = desk.book.records(&customer).into_iter().collect();
                prop_assert!(!link.decision.refused.iter().any(|no| records.contains(no)));
                prop_assert_eq!(desk.book.person(&customer), &customer);
            }
        }
    }
}

/// A change of a feed that nobody would write.
fn wild() -> impl Strategy<Value = Change> {
    let record = || {
        prop::sample::select(vec!["A", "B", "C"]).prop_map(|id| json!({"system": "crm", "id": id}))
    };
    let sequence = || prop_oneof![0_u64..12, Just(u64::MAX)];
    let kind = prop_oneof![
        (record(), record()).prop_map(|(old, into)| json!({"type": "merged", "old": old, "into": into})),
        (record(), record(), 0..3).prop_map(|(from, out, h)| json!({
            "type": "split", "from": from, "out": out,
            "doubtful": [{"network": "x", "id": format!("h{h}")}, {"network": "x", "id": "nobody"}],
        })),
        sequence().prop_map(|change| json!({"type": "undone", "change": change})),
        (0..3).prop_map(|h| json!({"type": "erased", "handle": {"network": "x", "id": format!("h{h}")}})),
        (0..3, record()).prop_map(|(h, customer)| json!({
            "type": "decided",
            "link": {
                "handle": {"network": "x", "id": format!("h{h}")}, "state": "linked", "customer": customer,
                "probability": 0.5, "decision": decision(Some("A"), &["B"], &DecidedBy::Rule),
                "decided_by": {"by": "rule"}, "at": "2026-01-01T00:00:00Z",
            },
        })),
        Just(json!({"type": "forgotten"})),
    ];
    (sequence(), kind).prop_map(|(sequence, kind)| {
        let change = json!({
            "sequence": sequence, "at": "2026-01-01T00:00:00Z", "by": {"by": "rule"}, "cause": "",
            "kind": kind,
        });
        serde_json::from_value(change).unwrap()
    })
}

proptest! {
    /// Doubled sequences, merges into themselves, undone undoings: nothing panics or goes in circles.
    #[test]
    fn a_broken_feed_still_makes_a_book(feed in prop::collection::vec(wild(), 0..24)) {
        let mut book = Book::of(&feed);
        for handle in book.handles().cloned().collect::<Vec<_>>() {
            prop_assert!(book.link(&handle).is_some());
        }
        for record in ["A", "B", "C"].map(id) {
            let person = book.person(&record).clone();
            prop_assert!(book.records(&record).contains(&person));
            let _ = book.handles_of(&record);
        }
        for sequence in 0..12 {
            let _ = book.perform(BookCommand::Undo { sequence }, DecidedBy::Rule, "", at(0));
        }
    }
}

/// How long it takes is shown by
/// `cargo test --release -p aspa-identity --test links a_merge_with_a_thousand -- --nocapture`.
#[test]
fn a_merge_with_a_thousand_links_is_undone_whole() {
    let mut desk = Desk::default();
    for n in 0..1000 {
        desk.decide(&format!("h{n}"), Some("B"), &["C"]);
    }
    let before = links(&desk.book);
    assert_eq!(before.len(), 1000);
    let merge = desk.merge("B", "A");
    assert_ne!(links(&desk.book), before);
    let start = std::time::Instant::now();
    let undo = BookCommand::Undo { sequence: merge };
    let changes = desk
        .book
        .perform(undo, DecidedBy::Rule, "x", at(9))
        .unwrap();
    println!("{} changes in {:?}", changes.len(), start.elapsed());
    assert_eq!(links(&desk.book), before);
}
