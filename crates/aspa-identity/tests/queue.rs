//! What people look at, how often they are asked, and what stays forgotten.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use aspa_crm_csv::{CsvSource, Mapping};
use aspa_identity::{
    Answer, Audit, AuditTally, AuditVerdict, Contact, ContactKind, DecidedBy, Decision, Evidence,
    EvidenceKind, Link, LinkState, Linker, Profile, Queue, QueueBroken, ReviewItem, ReviewOrder,
    ReviewWhy, Settings, Tombstone, Tombstones, UserName, Verdict, value_of_looking,
};
use aspa_types::{AgentId, CustomerId, HandleKey, Network, Secret, SystemId};
use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;
use serde_json::json;

fn at(second: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(second, 0).unwrap()
}

fn id(text: &str) -> CustomerId {
    CustomerId::new(SystemId::new("crm").unwrap(), text).unwrap()
}

fn handle(text: &str) -> HandleKey {
    HandleKey::new(Network::X, None, text).unwrap()
}

fn agent(name: &str) -> AgentId {
    AgentId::new(name).unwrap()
}

fn key() -> Secret {
    Secret::new("a key of 16 bytes")
}

/// A decision with these candidates and probabilities: a link where it is one, else a review.
fn decision(links: bool, candidates: &[(&str, f64)]) -> Decision {
    let key = |id: &str| json!({"system": "crm", "id": id});
    let ids: Vec<_> = candidates.iter().map(|(id, _)| key(id)).collect();
    let verdict = match links {
        true => json!({"verdict": "link", "customer": ids[0]}),
        false => json!({"verdict": "review", "candidates": ids}),
    };
    let candidates: Vec<_> = candidates
        .iter()
        .map(|(id, p)| json!({"customer": key(id), "probability": p, "score": 1.0, "reasons": []}))
        .collect();
    let decision = json!({
        "verdict": verdict, "decided_by": {"by": "rule"}, "candidates": candidates,
    });
    serde_json::from_value(decision).unwrap()
}

fn review(name: &str, candidates: &[(&str, f64)]) -> Link {
    Link::from_decision(handle(name), decision(false, candidates), at(0))
}

fn linked(name: &str, customer: &str) -> Link {
    Link::from_decision(handle(name), decision(true, &[(customer, 0.99)]), at(0))
}

fn offer(queue: &mut Queue, link: &Link, second: i64) -> Option<ReviewItem> {
    queue
        .offer(link, &Settings::default(), None, at(second))
        .cloned()
}

/// Handles in the order in which an agent gets them, answering that it cannot be told.
fn order(mut queue: Queue, order: &ReviewOrder) -> Vec<String> {
    let anna = agent("anna");
    let mut names = Vec::new();
    while let Some(item) = queue.next(&anna, order, at(99)) {
        let handle = item.handle.clone();
        names.push(handle.id().to_owned());
        queue
            .answer(&handle, Answer::CannotTell, &anna, at(99))
            .unwrap();
    }
    names
}

#[test]
fn looking_is_worth_what_the_cheaper_mistake_costs() {
    // False link 40, review 1, miss 2.
    let cases: [(&[(&str, f64)], f64); 6] = [
        (&[], -1.0),
        (&[("A", 0.5)], 0.0),
        (&[("A", 0.9)], 0.8),
        (&[("A", 0.99)], -0.6),
        (&[("A", 0.45), ("B", 0.45)], 0.8),
        (&[("A", f64::MAX), ("B", f64::MAX)], 0.0),
    ];
    for (candidates, expected) in cases {
        let value = value_of_looking(&decision(false, candidates), &Settings::default());
        assert!((value - expected).abs() < 1e-9, "{candidates:?}: {value}");
    }
}

#[test]
fn the_most_valuable_comes_first_and_of_equals_the_oldest() {
    let mut queue = Queue::default();
    offer(&mut queue, &review("sure", &[("A", 0.96)]), 1);
    offer(&mut queue, &review("even", &[("A", 0.55)]), 2);
    offer(&mut queue, &review("worth", &[("A", 0.94)]), 4);
    offer(&mut queue, &review("worth too", &[("A", 0.94)]), 3);
    assert_eq!(
        order(queue.clone(), &ReviewOrder::Value),
        ["worth too", "worth", "sure", "even"]
    );
    assert_eq!(
        order(queue, &ReviewOrder::Uncertain),
        ["even", "worth too", "worth", "sure"]
    );
}

#[test]
fn the_same_question_is_asked_once_and_a_new_one_again() {
    let anna = agent("anna");
    let mut queue = Queue::default();
    let first = review("h", &[("A", 0.7), ("B", 0.2)]);
    assert!(offer(&mut queue, &first, 1).is_some());
    assert!(offer(&mut queue, &first, 2).is_none(), "as it was");
    let surer = offer(&mut queue, &review("h", &[("B", 0.6), ("A", 0.3)]), 3).unwrap();
    assert_eq!(surer.since, at(1), "the same two: no younger");
    assert_eq!(queue.len(), 1);
    queue
        .answer(&handle("h"), Answer::CannotTell, &anna, at(4))
        .unwrap();
    assert!(offer(&mut queue, &first, 5).is_none(), "answered");
    let other = offer(&mut queue, &review("h", &[("A", 0.7), ("C", 0.2)]), 6).unwrap();
    assert_eq!((other.since, other.closed), (at(6), None));
    queue.expire(TimeDelta::seconds(10), at(16));
    assert!(queue.is_empty());
    assert!(
        offer(&mut queue, &review("h", &[("A", 0.7), ("C", 0.2)]), 17).is_some(),
        "nobody had looked"
    );
    let row = offer(&mut queue, &linked("h", "A"), 18).unwrap();
    assert_eq!(row.closed.unwrap().answer, Answer::Superseded);
    assert!(offer(&mut queue, &linked("h", "A"), 19).is_none());
    assert!(queue.forget(&handle("h")) && queue.item(&handle("h")).is_none());
}

#[test]
fn two_agents_do_not_get_the_same_item() {
    let (anna, ben, order) = (agent("anna"), agent("ben"), ReviewOrder::Value);
    let mut queue = Queue::default();
    offer(&mut queue, &review("h", &[("A", 0.9)]), 1);
    let h = handle("h");
    queue.claim(&h, &anna, at(60), at(2)).unwrap();
    assert!(queue.next(&ben, &order, at(3)).is_none());
    assert!(queue.next(&anna, &order, at(3)).is_some());
    let broken = queue
        .answer(&h, Answer::CannotTell, &ben, at(3))
        .unwrap_err();
    assert_eq!(
        broken,
        QueueBroken::Claimed {
            by: anna.clone(),
            until: at(60)
        }
    );
    assert!(
        queue.next(&ben, &order, at(60)).is_some(),
        "the claim is over"
    );
    queue.claim(&h, &ben, at(90), at(60)).unwrap();
    queue.skip(&h, &ben, at(61)).unwrap();
    assert!(queue.next(&ben, &order, at(62)).is_none());
    assert!(queue.next(&anna, &order, at(62)).is_some());
    assert_eq!(
        queue.claim(&handle("x"), &ben, at(90), at(62)),
        Err(QueueBroken::NotOpen)
    );
}

#[test]
fn an_answer_becomes_evidence_and_must_fit_what_was_shown() {
    let anna = agent("anna");
    let h = handle("h");
    let answer = |answer: Answer| {
        let mut queue = Queue::default();
        offer(&mut queue, &review("h", &[("A", 0.7), ("B", 0.2)]), 1);
        queue.answer(&h, answer, &anna, at(2)).map(|(_, told)| told)
    };
    let by = anna.clone();
    let same = EvidenceKind::AgentSaidSame {
        customer: id("B"),
        by,
    };
    assert_eq!(answer(Answer::Same { customer: id("B") }).unwrap(), [same]);
    let none = answer(Answer::NoneOf {
        customers: vec![id("B"), id("A")],
    })
    .unwrap();
    assert!(
        none.iter()
            .all(|kind| matches!(kind, EvidenceKind::AgentSaidNotSame { .. }))
    );
    assert_eq!(none.len(), 2);
    assert_eq!(answer(Answer::CannotTell).unwrap(), []);
    for bad in [
        Answer::Same { customer: id("C") },
        Answer::NoneOf {
            customers: vec![id("A")],
        },
        Answer::Expired,
    ] {
        assert_eq!(answer(bad), Err(QueueBroken::NoSuchAnswer));
    }
}

#[test]
fn rows_make_the_same_queue_again_and_keep_newer_words() {
    let mut queue = Queue::default();
    for (n, p) in [(1, 0.6), (2, 0.9), (3, 0.8)] {
        offer(&mut queue, &review(&format!("h{n}"), &[("A", p)]), n);
    }
    queue
        .answer(&handle("h3"), Answer::CannotTell, &agent("anna"), at(9))
        .unwrap();
    let rows: Vec<ReviewItem> = ["h3", "h1", "h2"]
        .iter()
        .map(|name| serde_json::to_string(queue.item(&handle(name)).unwrap()).unwrap())
        .map(|json| serde_json::from_str(&json).unwrap())
        .collect();
    let read = Queue::of(rows);
    assert_eq!(
        order(read, &ReviewOrder::Value),
        order(queue, &ReviewOrder::Value)
    );
    let newer = json!({
        "handle": {"network": "x", "id": "1"}, "candidates": [], "why": "hunch", "probability": 0.5,
        "value": 1.0, "since": "2026-01-01T00:00:00Z", "mood": "sour",
        "closed": {"answer": {"answer": "ask_again", "when": 3}, "at": "2026-01-01T00:00:00Z"},
    });
    let row: ReviewItem = serde_json::from_value(newer.clone()).unwrap();
    assert_eq!(serde_json::to_value(&row).unwrap(), newer);
}

#[test]
fn a_link_that_a_merge_put_in_doubt_is_a_conflict() {
    let mut link = linked("h", "A");
    link.state = LinkState::Review;
    link.conflict = Some(id("B"));
    let item = offer(&mut Queue::default(), &link, 1).unwrap();
    assert_eq!(
        (item.why, item.candidates),
        (ReviewWhy::Conflict, vec![id("A")])
    );
}

#[test]
fn audits_pick_the_same_links_everywhere_at_the_stated_rate() {
    let audit = |rate| Audit::new(&key(), rate).unwrap();
    let links: Vec<Link> = (0..4000).map(|n| linked(&format!("h{n}"), "A")).collect();
    let picked = |audit: &Audit| links.iter().filter(|link| audit.picks(link)).count();
    assert_eq!(picked(&audit(0.0)), 0);
    assert_eq!(picked(&audit(-1.0)), 0);
    assert_eq!(picked(&audit(f64::NAN)), 0);
    assert_eq!(picked(&audit(1.0)), 4000);
    let some = picked(&audit(0.05));
    // 200 expected, 4 standard deviations of 13.8.
    assert!((145..=255).contains(&some), "{some}");
    let again = audit(0.05);
    assert!(
        links
            .iter()
            .all(|link| again.picks(link) == audit(0.05).picks(link))
    );
    let mut said = linked("h1", "A");
    said.decided_by = DecidedBy::Host;
    assert!(!audit(1.0).picks(&said));
    assert!(Audit::new(&Secret::new("short"), 1.0).is_err());

    let mut queue = Queue::default();
    let item = queue.offer(&links[0], &Settings::default(), Some(&audit(1.0)), at(1));
    assert_eq!(item.unwrap().why, ReviewWhy::Audit);
    for (n, answer) in [
        Answer::Same { customer: id("A") },
        Answer::NoneOf {
            customers: vec![id("A")],
        },
        Answer::CannotTell,
    ]
    .into_iter()
    .enumerate()
    {
        queue.offer(&links[n], &Settings::default(), Some(&audit(1.0)), at(1));
        queue
            .answer(&links[n].handle, answer, &agent("anna"), at(2))
            .unwrap();
    }
    let tally = queue.audited();
    assert_eq!((tally.right, tally.wrong, tally.untold), (1, 1, 1));
}

#[test]
fn precision_has_the_bounds_of_wilson() {
    // Computed by hand from the formula, z = 1.96.
    let cases = [
        (0, 1, 0.0, 0.793),
        (10, 0, 0.722, 1.0),
        (81, 19, 0.722, 0.875),
        (990, 10, 0.982, 0.995),
    ];
    for (right, wrong, low, high) in cases {
        let precision = AuditTally::new(right, wrong).precision().unwrap();
        assert!((precision.low - low).abs() < 6e-4, "{precision:?}");
        assert!((precision.high - high).abs() < 6e-4, "{precision:?}");
    }
    assert!(AuditTally::new(0, 0).precision().is_none());
    assert!(AuditTally::new(u64::MAX, u64::MAX).precision().is_some());
    let against = |right, wrong| AuditTally::new(right, wrong).against(0.99);
    assert_eq!(against(0, 0), AuditVerdict::TooFew);
    assert_eq!(against(380, 0), AuditVerdict::TooFew);
    assert_eq!(against(381, 0), AuditVerdict::Reached);
    assert_eq!(against(381, 1), AuditVerdict::Alarm);
}

const CUSTOMERS: &str = "\
id,kind,first_name,last_name,company,emails,phones,customer_no,orders,city,website,handles
1,person,Väinö,Mäkelä,,vaino@example.fi,040 1234567,10000001,T500001,Oulu,vaino.example,x:@vainom
2,person,Aino,Mäkelä,,aino@example.fi,040 1234567,10000002,,Oulu,,x:@kuutar
";

fn linker() -> Linker {
    let mapping = Mapping::usual(SystemId::new("crm").unwrap());
    let source = CsvSource::csv(mapping, CUSTOMERS.as_bytes(), at(0)).unwrap();
    let linker = Linker::new(Settings::default());
    for customer in source.customers() {
        linker.put(customer);
    }
    linker
}

fn told(value: &str) -> EvidenceKind {
    EvidenceKind::ContactRevealed(Contact::private(ContactKind::Email, value))
}

fn said_same(customer: &str) -> EvidenceKind {
    let (customer, by) = (id(customer), agent("anna"));
    EvidenceKind::AgentSaidSame { customer, by }
}

fn piece(second: i64, kind: EvidenceKind) -> Evidence {
    Evidence::new(at(second), format!("m{second}"), kind)
}

#[test]
fn what_was_erased_is_only_linked_again_by_a_later_word() {
    let (linker, settings) = (linker(), Settings::default());
    let h = handle("4711");
    let before = [piece(1, told("vaino@example.fi")), piece(2, said_same("1"))];
    let mut tombstones = Tombstones::new(&key()).unwrap();
    let rows = tombstones.bury(&h, &before, &settings, at(10));
    assert_eq!(rows.len(), 2, "the handle and an e-mail");
    let decide = |name: &str, evidence: &[Evidence]| {
        tombstones.decide(&handle(name), evidence, &settings, |e| {
            linker.decide(&handle(name), e)
        })
    };
    let verdict = |name: &str, evidence: &[Evidence]| match decide(name, evidence).verdict {
        Verdict::Link { .. } => "link",
        Verdict::Review { .. } => "review",
        _ => "none",
    };
    let host = EvidenceKind::HostAsserted { customer: id("1") };
    let cases: [(&str, &str, Vec<Evidence>, &str); 8] = [
        ("old evidence again", "4711", before.to_vec(), "none"),
        (
            "the e-mail told anew",
            "4711",
            vec![piece(11, told("vaino@example.fi"))],
            "review",
        ),
        (
            "another e-mail of the same",
            "4711",
            vec![piece(11, told("aino@example.fi"))],
            "review",
        ),
        (
            "the e-mail by another handle",
            "4712",
            vec![piece(11, told("Vaino+x@example.fi"))],
            "review",
        ),
        (
            "another e-mail by another handle",
            "4712",
            vec![piece(11, told("aino@example.fi"))],
            "link",
        ),
        (
            "an agent's later word",
            "4711",
            vec![piece(11, said_same("1"))],
            "link",
        ),
        (
            "the host's later word",
            "4711",
            vec![piece(11, host)],
            "link",
        ),
        (
            "the word of before",
            "4711",
            vec![piece(10, said_same("1"))],
            "none",
        ),
    ];
    for (what, name, evidence, expected) in cases {
        assert_eq!(verdict(name, &evidence), expected, "{what}");
    }
    let held = decide("4711", &[piece(11, told("vaino@example.fi"))]);
    assert!(held.explain().contains("was erased at its owner's wish"));
    for candidate in &held.candidates {
        let sum: f64 = candidate.reasons.iter().map(|reason| reason.weight).sum();
        assert!((sum - candidate.score).abs() < 1e-12);
    }
}

#[test]
fn what_the_crm_knows_of_a_recycled_user_name_is_void() {
    let linker = linker();
    let seen = EvidenceKind::ProfileSeen(Profile::named("Kuutar", "🍀"));
    let recycled = EvidenceKind::HandleRecycled(UserName::new("@kuutar"));
    let best = |evidence: &[Evidence]| {
        let decision = linker.decide(&handle("4711"), evidence);
        decision
            .candidates
            .first()
            .map_or(0.0, |best| best.probability)
    };
    let before = best(&[piece(1, seen.clone())]);
    let after = best(&[piece(1, seen), piece(2, recycled)]);
    assert!(before > 0.9 && after < 0.5, "{before} and then {after}");
}

#[test]
fn rows_of_another_key_or_shape_mean_nothing() {
    let settings = Settings::default();
    let h = handle("4711");
    let mut tombstones = Tombstones::new(&key()).unwrap();
    let row = tombstones.bury_contact(&ContactKind::Phone, "040 1234567", &settings, at(1));
    assert!(row.is_some());
    assert!(
        tombstones
            .bury_contact(&ContactKind::Phone, "?", &settings, at(1))
            .is_none()
    );
    let rows = tombstones.bury(&h, &[], &settings, at(5));
    let json = serde_json::to_string(&rows[0]).unwrap();
    assert!(!json.contains("4711"));
    let row: Tombstone = serde_json::from_str(&json).unwrap();
    let mut again = Tombstones::new(&key()).unwrap();
    assert!(again.put(&row));
    assert_eq!(again.erased_at(&h), Some(at(5)));
    let mut other = Tombstones::new(&Secret::new("another key of tenant two")).unwrap();
    assert!(other.put(&row));
    assert_eq!(other.erased_at(&h), None);
    for hash in [
        "",
        "+0000000000000000000000000000001",
        "xyz",
        &"f".repeat(33),
    ] {
        let row = serde_json::from_value(json!({"hash": hash, "erased_at": at(1)})).unwrap();
        assert!(!again.put(&row), "{hash}");
    }
    assert!(!format!("{again:?}").contains("key of"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// No old evidence, in whatever order and however often, nor anything later that is nobody's
    /// word, leads to a link again.
    #[test]
    fn after_an_erasure_no_evidence_links_again(
        picks in prop::collection::vec((0_usize..6, 0_i64..20), 0..12),
    ) {
        let (linker, settings) = (linker(), Settings::default());
        let h = handle("4711");
        let mut profile = Profile::named("vainom", "Väinö Mäkelä");
        profile.verified_links = vec!["https://vaino.example".to_owned()];
        profile.bio = Some("vaino@example.fi".to_owned());
        let kinds = [
            told("vaino@example.fi"),
            EvidenceKind::ProfileSeen(profile),
            EvidenceKind::ContactRevealed(Contact::private(ContactKind::CustomerNumber, "10000001")),
            EvidenceKind::ContactRevealed(Contact::private(ContactKind::Phone, "0401234567")),
            said_same("1"),
            EvidenceKind::HostAsserted { customer: id("1") },
        ];
        let mut tombstones = Tombstones::new(&key()).unwrap();
        let _ = tombstones.bury(&h, &[], &settings, at(10));
        // Words only of before; everything else of any time.
        let evidence: Vec<Evidence> = picks
            .into_iter()
            .map(|(kind, second)| piece(if kind >= 4 { second.min(10) } else { second }, kinds[kind].clone()))
            .collect();
        let decision = tombstones.decide(&h, &evidence, &settings, |e| linker.decide(&h, e));
        let is_linked = matches!(decision.verdict, Verdict::Link { .. });
        prop_assert!(!is_linked);
    }
}
