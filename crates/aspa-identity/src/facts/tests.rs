use super::*;
use crate::{Renamed, UserName, Withdrawal};
use aspa_types::SystemId;
use proptest::prelude::*;
use serde_json::json;

fn time(second: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(second, 0).unwrap()
}

fn customer(id: &str) -> CustomerId {
    CustomerId::new(SystemId::new("crm").unwrap(), id).unwrap()
}

fn agent() -> AgentId {
    AgentId::new("anna").unwrap()
}

fn seen(user_name: &str) -> EvidenceKind {
    EvidenceKind::ProfileSeen(Profile::named(user_name, "Matti"))
}

fn email(value: &str) -> EvidenceKind {
    EvidenceKind::ContactRevealed(Contact::private(ContactKind::Email, value))
}

fn renamed(from: &str, to: &str) -> EvidenceKind {
    EvidenceKind::HandleRenamed(Renamed::new(from, to))
}

fn released(user_name: &str) -> EvidenceKind {
    EvidenceKind::HandleReleased(UserName::new(user_name))
}

fn recycled(user_name: &str) -> EvidenceKind {
    EvidenceKind::HandleRecycled(UserName::new(user_name))
}

fn withdrawn(source: &str) -> EvidenceKind {
    EvidenceKind::Withdrawn(Withdrawal::of(source))
}

fn same(id: &str) -> EvidenceKind {
    EvidenceKind::AgentSaidSame {
        customer: customer(id),
        by: agent(),
    }
}

fn not_same(id: &str) -> EvidenceKind {
    EvidenceKind::AgentSaidNotSame {
        customer: customer(id),
        by: agent(),
    }
}

fn piece(second: i64, source: &str, kind: EvidenceKind) -> Evidence {
    Evidence::new(time(second), source, kind)
}

fn facts(pieces: &[Evidence]) -> Facts {
    Facts::of(pieces, &Settings::default())
}

/// `a(-2) b(2-)`: which user name from when until when.
fn user_names(pieces: &[Evidence]) -> String {
    let second =
        |at: Option<DateTime<Utc>>| at.map_or(String::new(), |at| at.timestamp().to_string());
    let borne = facts(pieces).user_names;
    let texts: Vec<String> = borne
        .iter()
        .map(|b| format!("{}({}-{})", b.text, second(b.from), second(b.until)))
        .collect();
    texts.join(" ")
}

#[test]
fn user_names_have_the_times_in_which_they_were_borne() {
    let cases = [
        ("seen once", vec![seen("a")], "a(-)"),
        ("seen twice", vec![seen("a"), seen("A")], "A(-)"),
        (
            "another name is seen",
            vec![seen("a"), seen("b")],
            "a(-2) b(2-)",
        ),
        (
            "renamed",
            vec![seen("a"), renamed("@a", "b")],
            "a(-2) b(2-)",
        ),
        (
            "renamed and not seen before",
            vec![renamed("a", "b")],
            "a(-1) b(1-)",
        ),
        (
            "seen before the news of the renaming",
            vec![seen("b"), renamed("a", "b")],
            "a(-2) b(-)",
        ),
        ("given up", vec![seen("a"), released("a")], "a(-2)"),
        (
            "an old one given up",
            vec![seen("b"), released("a")],
            "a(-2) b(-)",
        ),
        (
            "given up and taken again",
            vec![seen("a"), released("a"), seen("a")],
            "a(-2) a(3-)",
        ),
        (
            "empty names",
            vec![seen(" "), renamed("", "@"), released("")],
            "",
        ),
    ];
    for (what, kinds, expected) in cases {
        let pieces: Vec<Evidence> = (1..)
            .zip(kinds)
            .map(|(i, kind)| piece(i, &format!("m{i}"), kind))
            .collect();
        assert_eq!(user_names(&pieces), expected, "{what}");
    }
}

#[test]
fn a_name_that_was_given_up_is_not_the_name_of_now_and_a_recycled_one_is_told() {
    let of = |kinds: &[EvidenceKind]| {
        let pieces: Vec<Evidence> = (1..)
            .zip(kinds)
            .map(|(i, kind)| piece(i, "m", kind.clone()))
            .collect();
        facts(&pieces)
    };
    assert!(of(&[seen("a"), released("A")]).user_name.is_none());
    assert_eq!(of(&[seen("b"), released("A")]).user_name.unwrap().text, "b");
    let now = of(&[recycled("@Matti"), seen("matti")]);
    assert_eq!(now.recycled.get("matti"), Some(&time(1)));
    assert!(now.known_user_names().is_empty());
    let before = of(&[seen("matti"), renamed("matti", "masa"), recycled("Masa")]);
    assert_eq!(before.known_user_names(), ["matti"]);
    assert_eq!(now.user_name.unwrap().text, "matti");
}

#[test]
fn a_withdrawal_voids_what_its_source_brought_before() {
    let a_mail = piece(1, "m1", email("a@x.example"));
    let cases: Vec<(&str, Vec<Evidence>, usize)> = vec![
        ("nothing withdrawn", vec![], 1),
        ("withdrawn", vec![piece(2, "w", withdrawn("m1"))], 0),
        (
            "at the same moment",
            vec![piece(1, "w", withdrawn("m1"))],
            0,
        ),
        ("another source", vec![piece(2, "w", withdrawn("m2"))], 1),
        (
            "a withdrawal of before",
            vec![piece(0, "w", withdrawn("m1"))],
            1,
        ),
        (
            "of that moment",
            vec![piece(
                2,
                "w",
                EvidenceKind::Withdrawn(Withdrawal::of("m1").happened_at(time(1))),
            )],
            0,
        ),
        (
            "of another moment",
            vec![piece(
                2,
                "w",
                EvidenceKind::Withdrawn(Withdrawal::of("m1").happened_at(time(2))),
            )],
            1,
        ),
        (
            "the withdrawal withdrawn",
            vec![
                piece(2, "w", withdrawn("m1")),
                piece(3, "v", withdrawn("w")),
            ],
            1,
        ),
        (
            "and that one too",
            vec![
                piece(2, "w", withdrawn("m1")),
                piece(3, "v", withdrawn("w")),
                piece(4, "u", withdrawn("v")),
            ],
            0,
        ),
        (
            "each the other, at one moment",
            vec![piece(2, "w", withdrawn("v")), piece(2, "v", withdrawn("w"))],
            1,
        ),
    ];
    for (what, more, expected) in cases {
        let mut pieces = vec![a_mail.clone()];
        pieces.extend(more);
        assert_eq!(facts(&pieces).contacts.len(), expected, "{what}");
    }
    let words = [piece(1, "m", not_same("1")), piece(2, "w", withdrawn("m"))];
    assert!(
        facts(&words).refused.is_empty(),
        "an agent's word by mistake"
    );
    let erased = [
        a_mail,
        piece(2, "e", EvidenceKind::Erased),
        piece(3, "w", withdrawn("e")),
    ];
    assert!(facts(&erased).erased, "an erasure is for good");
    assert!(facts(&erased).contacts.is_empty());
}

#[test]
fn what_is_told_for_another_purpose_or_has_expired_does_not_count() {
    let mail = |at| piece(at, "m", email("a@x.example"));
    let cases = [
        ("plain", mail(1), 1),
        (
            "for identification",
            mail(1).told_for(Purpose::Identification),
            1,
        ),
        ("for the case", mail(1).told_for(Purpose::Case), 0),
        (
            "for what nobody knows",
            mail(1).told_for("profiling".into()),
            0,
        ),
        ("expires later", mail(1).expiring(time(11)), 1),
        ("expires now", mail(1).expiring(time(10)), 0),
        ("later", mail(11), 0),
    ];
    for (what, piece, expected) in cases {
        let facts = Facts::at(&[piece], &Settings::default(), Some(time(10)));
        assert_eq!(facts.contacts.len(), expected, "{what}");
    }
    let refused = [piece(1, "m", not_same("1"))
        .expiring(time(2))
        .told_for(Purpose::Case)];
    let facts = Facts::at(&refused, &Settings::default(), Some(time(10)));
    assert_eq!(facts.refused.len(), 1, "what forbids does not expire");
}

#[test]
fn the_most_careful_telling_of_a_name_or_detail_holds() {
    use crate::NameRole::{Another, Own, Unknown};
    let name = |role| EvidenceKind::NameTold(ToldName::private("Matti", role));
    let role = |kinds: [EvidenceKind; 2]| {
        let [a, b] = kinds;
        facts(&[piece(1, "m1", a), piece(2, "m2", b)]).names["Matti"]
            .role
            .clone()
    };
    assert_eq!(role([name(Own), name(Another)]), Another);
    assert_eq!(role([name(Another), name(Own)]), Another);
    assert_eq!(role([name(Unknown), name(Own)]), Own);
    let told = |speaker| {
        let contact = Contact::private(ContactKind::Email, "a@x.example").of(speaker);
        EvidenceKind::ContactRevealed(contact)
    };
    let fold = |kinds: &[EvidenceKind]| {
        let pieces: Vec<Evidence> = (1..)
            .zip(kinds)
            .map(|(i, k)| piece(i, "m", k.clone()))
            .collect();
        let told = facts(&pieces).contacts.into_values().next().unwrap();
        (told.own, told.on_behalf)
    };
    use crate::Speaker;
    assert_eq!(fold(&[told(Speaker::Unknown)]), (false, false));
    assert_eq!(
        fold(&[told(Speaker::Unknown), told(Speaker::Themself)]),
        (true, false)
    );
    assert_eq!(
        fold(&[told(Speaker::OnBehalf), told(Speaker::Themself)]),
        (false, true)
    );
    assert_eq!(
        fold(&[told(Speaker::Themself), told(Speaker::OnBehalf)]),
        (false, true)
    );
}

#[test]
fn a_proven_link_stays_when_the_profile_changes_and_goes_when_withdrawn() {
    let verified =
        EvidenceKind::LinkVerified(VerifiedLink::new("https://a.example", LinkProof::RelMe));
    let mut profile = Profile::named("a", "A");
    profile.verified_links = vec!["https://b.example".to_owned()];
    let mut pieces = vec![
        piece(1, "v", verified),
        piece(2, "p", EvidenceKind::ProfileSeen(profile)),
    ];
    let links = |pieces: &[Evidence]| -> Vec<String> {
        let links = facts(pieces).verified_links;
        links.into_iter().map(|link| link.text).collect()
    };
    assert_eq!(links(&pieces), ["https://a.example", "https://b.example"]);
    pieces.push(piece(3, "w", withdrawn("v")));
    assert_eq!(links(&pieces), ["https://b.example"]);
}

#[test]
fn evidence_is_written_in_words_that_stay() {
    let kinds = [
        (
            EvidenceKind::NameTold(ToldName::private("M", NameRole::Another)),
            json!({"type": "name_told", "name": "M", "role": "another", "audience": "private"}),
        ),
        (
            EvidenceKind::LinkVerified(VerifiedLink::new("u", LinkProof::DomainHandle)),
            json!({"type": "link_verified", "url": "u", "proof": "domain_handle"}),
        ),
        (
            renamed("a", "b"),
            json!({"type": "handle_renamed", "from": "a", "to": "b"}),
        ),
        (
            released("a"),
            json!({"type": "handle_released", "user_name": "a"}),
        ),
        (
            recycled("a"),
            json!({"type": "handle_recycled", "user_name": "a"}),
        ),
        (withdrawn("m"), json!({"type": "withdrawn", "of": "m"})),
    ];
    for (kind, expected) in kinds {
        let written = serde_json::to_value(&kind).unwrap();
        assert_eq!(written, expected);
        assert_eq!(
            serde_json::from_value::<EvidenceKind>(written).unwrap(),
            kind
        );
        let shown = format!("{kind:?}");
        assert!(
            !shown.contains('"') || shown.contains("of: \"m\""),
            "{shown}"
        );
    }
}

fn kinds() -> impl Strategy<Value = EvidenceKind> {
    let word = || prop::sample::select(vec!["a", "b", "c"]);
    prop_oneof![
        word().prop_map(seen),
        word().prop_map(|a| email(&format!("{a}@x.example"))),
        (word(), word()).prop_map(|(a, b)| renamed(a, b)),
        word().prop_map(released),
        word().prop_map(recycled),
        prop::sample::select(vec!["m0", "m1", "m2"]).prop_map(withdrawn),
        word().prop_map(same),
        word().prop_map(not_same),
        word().prop_map(|a| EvidenceKind::NameTold(ToldName::private(a, NameRole::Own))),
        Just(EvidenceKind::Erased),
    ]
}

#[test]
fn what_is_told_at_one_moment_comes_to_the_same_in_any_order() {
    use crate::Speaker::{OnBehalf, Themself, Unknown};
    let detail = |speaker| Contact::private(ContactKind::Email, "a@x.example").of(speaker);
    let told = EvidenceKind::ContactRevealed;
    let mut pieces: Vec<Evidence> = [
        seen("a"),
        told(detail(Unknown).in_public()),
        seen("b"),
        told(detail(Themself)),
        told(detail(OnBehalf)),
        told(detail(Themself)),
        seen("a"),
    ]
    .map(|kind| piece(1, "m", kind))
    .into();
    let first = format!("{:?}", facts(&pieces));
    for _ in 0..pieces.len() {
        pieces.rotate_left(1);
        assert_eq!(format!("{:?}", facts(&pieces)), first);
        let reversed: Vec<Evidence> = pieces.iter().rev().cloned().collect();
        assert_eq!(format!("{:?}", facts(&reversed)), first);
    }
}

fn evidence() -> impl Strategy<Value = Vec<Evidence>> {
    let one =
        (0_i64..6, 0..3, kinds(), prop::option::of(0_i64..9)).prop_map(|(at, m, kind, end)| {
            let mut one = piece(at, &format!("m{m}"), kind);
            one.expires_at = end.map(time);
            one
        });
    prop::collection::vec(one, 0..10)
}

proptest! {
    #[test]
    fn order_and_repeats_change_nothing(pieces in evidence(), seed in any::<u64>(), now in 0_i64..8) {
        let settings = Settings::default();
        let fold = |pieces: &[Evidence], at| format!("{:?}", Facts::at(pieces, &settings, at));
        let mut shuffled = pieces.clone();
        shuffled.extend(pieces.iter().take(3).cloned());
        shuffled.sort_by_cached_key(|piece| {
            shuffled_by(seed, &serde_json::to_string(piece).unwrap())
        });
        for at in [None, Some(time(now))] {
            prop_assert_eq!(fold(&pieces, at), fold(&shuffled, at));
        }
        let newest = pieces.iter().map(|piece| piece.at).max();
        prop_assert_eq!(fold(&pieces, None), fold(&pieces, newest));
    }

    /// Nothing of before an erasure is left, however it is told again.
    #[test]
    fn after_an_erasure_nothing_of_before_counts(pieces in evidence()) {
        let mut all = pieces;
        all.push(piece(6, "e", EvidenceKind::Erased));
        let facts = facts(&all);
        prop_assert!(facts.contacts.is_empty() && facts.user_names.is_empty());
        prop_assert!(facts.same.is_empty() && facts.names.is_empty());
    }
}

fn shuffled_by(seed: u64, text: &str) -> u64 {
    use std::hash::{DefaultHasher, Hash, Hasher};
    let mut hasher = DefaultHasher::new();
    (seed, text).hash(&mut hasher);
    hasher.finish()
}
