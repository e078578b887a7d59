//! Who is linked, who is looked at and who is left alone.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use aspa_crm_csv::{CsvSource, Mapping};
use aspa_identity::{
    Ask, Comparison, Contact, ContactKind, DecidedBy, Decision, Evidence, EvidenceKind, Link,
    LinkState, Linker, Profile, Settings, Speaker, Verdict,
};
use aspa_types::{AgentId, CustomerId, HandleKey, Network, SystemId};
use chrono::{DateTime, Utc};
use proptest::prelude::*;

const CUSTOMERS: &str = "\
id,kind,first_name,last_name,company,emails,phones,customer_no,orders,city,website,handles
1,person,Väinö,Mäkelä,Kone Korhonen Oy,vaino@example.fi|info@kk.example,040 1234567,10000001,T500001,Oulu,vaino.example,x:@vainom|mastodon:m.example:109
2,person,Aino,Mäkelä,,aino@example.fi,040 1234567,10000002,,Oulu,,
3,person,Matti,Virtanen,,mv@example.fi,,10000003,,Espoo,,
4,person,Matti,Virtanen,,matti.v@example.com,,10000004,,Kotka,,
5,person,Liisa,Salo,,liisa@example.fi,,10000005,,Turku,,
6,person,Liisa,Salo,,liisa@example.fi,050 7654321,10000006,,,,
7,company,,,Kone Korhonen Oy,info@kk.example,,10000007,,Oulu,https://www.kk.example,
8,person,Pekka,Korpi,Kone Korhonen Oy,info@kk.example,,10000008,,Oulu,,
9,person,Sanna,Laine,Kone Korhonen Oy,info@kk.example,,10000009,,Oulu,,
";

fn at(second: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(second, 0).unwrap()
}

fn linker() -> Linker {
    let mapping = Mapping::usual(SystemId::new("crm").unwrap());
    let source = CsvSource::csv(mapping, CUSTOMERS.as_bytes(), at(0)).unwrap();
    assert!(source.malformed().is_empty());
    let linker = Linker::new(Settings::default());
    for customer in source.customers() {
        linker.put(customer);
    }
    linker
}

fn id(text: &str) -> CustomerId {
    CustomerId::new(SystemId::new("crm").unwrap(), text).unwrap()
}

fn handle() -> HandleKey {
    HandleKey::new(Network::X, None, "4711").unwrap()
}

fn agent() -> AgentId {
    AgentId::new("anna").unwrap()
}

fn seen(user_name: &str, display_name: &str) -> EvidenceKind {
    EvidenceKind::ProfileSeen(Profile::named(user_name, display_name))
}

fn told(kind: ContactKind, value: &str) -> EvidenceKind {
    EvidenceKind::ContactRevealed(Contact::private(kind, value))
}

fn email(value: &str) -> EvidenceKind {
    told(ContactKind::Email, value)
}

fn same(customer: &str) -> EvidenceKind {
    EvidenceKind::AgentSaidSame {
        customer: id(customer),
        by: agent(),
    }
}

fn not_same(customer: &str) -> EvidenceKind {
    EvidenceKind::AgentSaidNotSame {
        customer: id(customer),
        by: agent(),
    }
}

/// One thing a second.
fn decide(kinds: &[EvidenceKind]) -> Decision {
    let evidence: Vec<Evidence> = (0..)
        .zip(kinds)
        .map(|(i, kind)| Evidence::new(at(i), format!("m{i}"), kind.clone()))
        .collect();
    linker().decide(&handle(), &evidence)
}

/// `link 1`, `review 3 4` or `none`.
fn verdict(kinds: &[EvidenceKind]) -> String {
    match decide(kinds).verdict {
        Verdict::Link { customer } => format!("link {}", customer.id),
        Verdict::Review { candidates } => candidates
            .iter()
            .fold("review".to_owned(), |text, id| format!("{text} {}", id.id)),
        Verdict::None => "none".to_owned(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_links_what_is_reviewed_and_what_is_nothing() {
    let behalf = |value: &str| {
        EvidenceKind::ContactRevealed(
            Contact::private(ContactKind::Email, value).of(Speaker::OnBehalf),
        )
    };
    let public = |value: &str| {
        EvidenceKind::ContactRevealed(Contact::private(ContactKind::Email, value).in_public())
    };
    let mut parody = Profile::named("x", "Sanna Laine");
    parody.bio = Some("Parodia".to_owned());
    let mut in_oulu = Profile::named("x", "Sanna Laine");
    in_oulu.location = Some("Oulu, Finland".to_owned());
    in_oulu.bio = Some("Töissä: Kone Korhonen".to_owned());
    let mut verified = Profile::named("zzz", "🍀");
    verified.verified_links = vec!["https://vaino.example/about".to_owned()];
    let mut official = Profile::named("konekorhonen", "Kone Korhonen");
    official.verified_links = vec!["https://kk.example".to_owned()];
    let mut staff = Profile::named("zzz", "Seppo Niemi");
    staff.verified_links = vec!["https://kk.example".to_owned()];
    let cases: Vec<(&str, Vec<EvidenceKind>, &str)> = vec![
        ("nothing", vec![], "none"),
        (
            "a private e-mail",
            vec![email("VAINO@example.fi")],
            "link 1",
        ),
        (
            "with a plus tag",
            vec![email("vaino+x@example.fi")],
            "link 1",
        ),
        (
            "an e-mail that nobody has",
            vec![email("who@example.fi")],
            "none",
        ),
        (
            "a customer number",
            vec![told(ContactKind::CustomerNumber, "10000002")],
            "link 2",
        ),
        (
            "an order number",
            vec![told(ContactKind::OrderNumber, "t500001")],
            "review 1",
        ),
        (
            "a phone of two",
            vec![told(ContactKind::Phone, "+358401234567")],
            "review 1 2",
        ),
        (
            "a phone of two and a name",
            vec![
                told(ContactKind::Phone, "040-1234567"),
                seen("x", "Aino Mäkelä"),
            ],
            "link 2",
        ),
        ("a role's e-mail", vec![email("info@kk.example")], "none"),
        (
            "one person twice in the CRM",
            vec![email("liisa@example.fi")],
            "link 5",
        ),
        ("a name alone", vec![seen("zzz", "SANNA LAINE")], "review 9"),
        (
            "a name of two",
            vec![seen("zzz", "Matti Virtanen")],
            "review 3 4",
        ),
        ("one word", vec![seen("zzz", "Väinö")], "none"),
        (
            "a name, city and employer",
            vec![EvidenceKind::ProfileSeen(in_oulu)],
            "review 9",
        ),
        ("a known user name", vec![seen("VainoM", "zzz")], "link 1"),
        (
            "a close copy of it",
            vec![seen("vain0m", "Väinö Mäkelä")],
            "none",
        ),
        (
            "a verified site of one's own",
            vec![EvidenceKind::ProfileSeen(verified)],
            "link 1",
        ),
        (
            "a company with its site",
            vec![EvidenceKind::ProfileSeen(official)],
            "link 7",
        ),
        (
            "its staff with its site",
            vec![EvidenceKind::ProfileSeen(staff)],
            "review 7",
        ),
        (
            "told in public",
            vec![public("vaino@example.fi")],
            "review 1",
        ),
        (
            "told for somebody else",
            vec![behalf("vaino@example.fi")],
            "none",
        ),
        (
            "told for somebody else with the name",
            vec![behalf("vaino@example.fi"), seen("x", "Väinö Mäkelä")],
            "review 1",
        ),
        (
            "another name",
            vec![email("vaino@example.fi"), seen("x", "Liisa Virtanen")],
            "none",
        ),
        (
            "two details under another name",
            vec![
                email("vaino@example.fi"),
                told(ContactKind::CustomerNumber, "10000001"),
                seen("x", "Liisa Virtanen"),
            ],
            "none",
        ),
        (
            "one's own number beside another's e-mail",
            vec![
                behalf("liisa@example.fi"),
                told(ContactKind::CustomerNumber, "10000003"),
            ],
            "review 3",
        ),
        (
            "a parody that an agent knows",
            vec![EvidenceKind::ProfileSeen(parody.clone()), same("9")],
            "link 9",
        ),
        ("a parody", vec![EvidenceKind::ProfileSeen(parody)], "none"),
        (
            "host",
            vec![EvidenceKind::HostAsserted { customer: id("3") }],
            "link 3",
        ),
        (
            "host of one not here",
            vec![EvidenceKind::HostAsserted { customer: id("99") }],
            "link 99",
        ),
        (
            "agent against e-mail",
            vec![email("vaino@example.fi"), same("3")],
            "link 3",
        ),
        (
            "refused",
            vec![email("vaino@example.fi"), not_same("1")],
            "none",
        ),
        (
            "refused before",
            vec![not_same("1"), email("vaino@example.fi")],
            "none",
        ),
        (
            "refused against the host",
            vec![
                not_same("1"),
                EvidenceKind::HostAsserted { customer: id("1") },
            ],
            "none",
        ),
        (
            "refused in one of two records",
            vec![not_same("6"), email("liisa@example.fi")],
            "none",
        ),
        (
            "an agent's later word",
            vec![not_same("1"), same("1")],
            "link 1",
        ),
        (
            "an agent's later no",
            vec![same("1"), not_same("1")],
            "none",
        ),
        (
            "erased",
            vec![email("vaino@example.fi"), same("1"), EvidenceKind::Erased],
            "none",
        ),
        (
            "erased and told again",
            vec![EvidenceKind::Erased, email("vaino@example.fi")],
            "none",
        ),
        (
            "erased and linked by hand",
            vec![EvidenceKind::Erased, same("1")],
            "link 1",
        ),
    ];
    for (case, kinds, expected) in cases {
        assert_eq!(
            verdict(&kinds),
            expected,
            "{case}\n{}",
            decide(&kinds).explain()
        );
    }
}

#[test]
fn an_id_that_the_crm_knows_links_without_any_profile() {
    let known = HandleKey::new(Network::MASTODON, Some("m.example"), "109").unwrap();
    let decision = linker().decide(&known, &[]);
    assert_eq!(decision.verdict, Verdict::Link { customer: id("1") });
    let elsewhere = HandleKey::new(Network::MASTODON, Some("other.example"), "109").unwrap();
    assert_eq!(linker().decide(&elsewhere, &[]).verdict, Verdict::None);
}

#[test]
fn a_presence_is_known_under_the_name_it_bore_and_on_its_server() {
    let renamed = [
        Evidence::new(at(0), "a", seen("VainoM", "zzz")),
        Evidence::new(at(1), "b", seen("somebody_new", "zzz")),
    ];
    let found = linker().decide(&handle(), &renamed);
    assert_eq!(found.candidates[0].customer, id("1"));
    let linker = Linker::new(Settings::default());
    let file = "id,first_name,last_name,handles\n1,Väinö,Mäkelä,mastodon:@vm@m.example\n";
    let mapping = Mapping::usual(SystemId::new("crm").unwrap());
    let source = CsvSource::csv(mapping, file.as_bytes(), at(0)).unwrap();
    for customer in source.customers() {
        linker.put(customer);
    }
    let there = HandleKey::new(Network::MASTODON, Some("m.example"), "9").unwrap();
    let evidence = [Evidence::new(at(0), "a", seen("vm", ""))];
    let found = linker.decide(&there, &evidence);
    assert_eq!(found.verdict, Verdict::Link { customer: id("1") });
}

#[test]
fn a_detail_that_many_share_counts_less() {
    let weight = |value: &str| {
        let decision = decide(&[email(value)]);
        decision.candidates[0]
            .reasons
            .iter()
            .find(|r| r.comparison == Comparison::Contact)
            .unwrap()
            .weight
    };
    assert!(weight("info@kk.example") <= weight("vaino@example.fi") - 2.0);
    assert_eq!(weight("liisa@example.fi"), weight("vaino@example.fi"));
}

#[test]
fn the_next_step_is_said() {
    assert_eq!(decide(&[]).next_step, Some(Ask::PrivateContact));
    assert_eq!(
        decide(&[seen("z", "Matti Virtanen")]).next_step,
        Some(Ask::AnotherContact)
    );
    assert_eq!(
        decide(&[seen("z", "Sanna Laine")]).next_step,
        Some(Ask::AgentReview)
    );
    assert_eq!(decide(&[email("vaino@example.fi")]).next_step, None);
    assert_eq!(decide(&[EvidenceKind::Erased]).next_step, None);
}

#[test]
fn removing_a_record_removes_all_its_keys() {
    let linker = linker();
    for n in 1..=9 {
        assert!(linker.remove(&id(&n.to_string())));
    }
    assert!(!linker.remove(&id("1")));
    assert!(linker.is_empty());
    let evidence = [Evidence::new(at(0), "m", email("vaino@example.fi"))];
    assert_eq!(linker.decide(&handle(), &evidence).verdict, Verdict::None);
}

#[test]
fn a_link_says_how_it_stands_and_survives_storage() {
    for (kinds, state, customer, by) in [
        (
            vec![email("vaino@example.fi")],
            LinkState::Linked,
            Some("1"),
            DecidedBy::Rule,
        ),
        (
            vec![same("2")],
            LinkState::Linked,
            Some("2"),
            DecidedBy::Agent(agent()),
        ),
        (
            vec![seen("z", "Sanna Laine")],
            LinkState::Review,
            Some("9"),
            DecidedBy::Rule,
        ),
        (
            vec![email("vaino@example.fi"), not_same("1")],
            LinkState::Refused,
            Some("1"),
            DecidedBy::Agent(agent()),
        ),
        (vec![], LinkState::None, None, DecidedBy::Rule),
    ] {
        let link = Link::from_decision(handle(), decide(&kinds), at(9));
        assert_eq!((&link.state, &link.decided_by), (&state, &by));
        assert_eq!(link.customer, customer.map(id));
        let json = serde_json::to_string(&link).unwrap();
        assert_eq!(serde_json::from_str::<Link>(&json).unwrap(), link);
    }
}

#[test]
fn an_explanation_shows_no_personal_value() {
    let text = decide(&[
        email("vaino@example.fi"),
        told(ContactKind::Phone, "0401234567"),
        seen("vainom", "Väinö Mäkelä"),
    ])
    .explain();
    for secret in [
        "vaino@",
        "example.fi",
        "1234567",
        "Väinö",
        "Mäkelä",
        "vainom",
    ] {
        assert!(!text.contains(secret), "{text}");
    }
    assert!(text.contains("v…@e….fi"), "{text}");
}

#[test]
fn evidence_of_a_kind_not_known_is_kept_and_has_no_weight() {
    let json =
        r#"{"at":"2026-01-02T03:04:05Z","source":"m1","kind":{"type":"seance","ghost":1},"x":2}"#;
    let evidence: Evidence = serde_json::from_str(json).unwrap();
    assert!(matches!(evidence.kind, EvidenceKind::Unknown(_)));
    let value: serde_json::Value = serde_json::from_str(json).unwrap();
    assert_eq!(serde_json::to_value(&evidence).unwrap(), value);
    assert_eq!(
        linker().decide(&handle(), &[evidence]).verdict,
        Verdict::None
    );
}

fn any_kind() -> impl Strategy<Value = EvidenceKind> {
    let customer = || prop::sample::select(vec!["1", "2", "3", "5", "7", "99"]);
    let value = || {
        prop::sample::select(vec![
            "vaino@example.fi",
            "liisa@example.fi",
            "info@kk.example",
            "who@example.fi",
            "0401234567",
            "10000003",
            "T500001",
        ])
    };
    let kind = prop::sample::select(ContactKind::KNOWN.to_vec());
    let speaker = prop::sample::select(Speaker::KNOWN.to_vec());
    let name = || {
        prop::sample::select(vec![
            "Väinö Mäkelä",
            "Matti Virtanen",
            "vainom",
            "Liisa",
            "",
        ])
    };
    prop_oneof![
        4 => (kind, value(), speaker, any::<bool>()).prop_map(|(kind, value, speaker, public)| {
            let contact = Contact::private(ContactKind::from(kind), value).of(Speaker::from(speaker));
            EvidenceKind::ContactRevealed(if public { contact.in_public() } else { contact })
        }),
        3 => (name(), name(), value()).prop_map(|(user, display, bio)| {
            let mut profile = Profile::named(user, display);
            profile.bio = Some(bio.to_owned());
            EvidenceKind::ProfileSeen(profile)
        }),
        1 => customer().prop_map(|c| EvidenceKind::HostAsserted { customer: id(c) }),
        1 => customer().prop_map(same),
        1 => customer().prop_map(not_same),
        1 => Just(EvidenceKind::Erased),
    ]
}

fn any_evidence() -> impl Strategy<Value = Vec<Evidence>> {
    let piece = (0_i64..3, "[ab]", any_kind())
        .prop_map(|(second, source, kind)| Evidence::new(at(second), source, kind));
    prop::collection::vec(piece, 0..7)
}

proptest! {
    #[test]
    fn order_and_repetition_change_nothing(
        (evidence, shuffled) in any_evidence().prop_flat_map(|evidence| {
            let twice = [evidence.clone(), evidence.clone()].concat();
            (Just(evidence), Just(twice).prop_shuffle())
        }),
    ) {
        let linker = linker();
        let (a, b) = (linker.decide(&handle(), &evidence), linker.decide(&handle(), &shuffled));
        prop_assert_eq!(a, b);
    }

    #[test]
    fn reasons_sum_exactly_to_the_score_in_any_order_and_after_storage(evidence in any_evidence()) {
        let decision = linker().decide(&handle(), &evidence);
        let json = serde_json::to_string(&decision).unwrap();
        let stored: Decision = serde_json::from_str(&json).unwrap();
        prop_assert_eq!(&stored, &decision);
        for candidate in &stored.candidates {
            let forward: f64 = candidate.reasons.iter().map(|reason| reason.weight).sum();
            let backward: f64 = candidate.reasons.iter().rev().map(|reason| reason.weight).sum();
            prop_assert_eq!(forward.to_bits(), candidate.score.to_bits());
            prop_assert_eq!(backward.to_bits(), candidate.score.to_bits());
        }
        let sum: f64 = decision.candidates.iter().map(|candidate| candidate.probability).sum();
        prop_assert!((0.0..=1.012).contains(&sum));
    }

    #[test]
    fn a_refused_customer_is_never_linked(evidence in any_evidence(), customer in "[1-9]") {
        let mut evidence = evidence;
        evidence.push(Evidence::new(at(9), "last", not_same(&customer)));
        let decision = linker().decide(&handle(), &evidence);
        prop_assert!(decision.candidates.iter().all(|c| c.customer != id(&customer)));
        prop_assert_ne!(decision.verdict, Verdict::Link { customer: id(&customer) });
    }

    #[test]
    fn evidence_survives_storage(evidence in any_evidence()) {
        let json = serde_json::to_string(&evidence).unwrap();
        prop_assert_eq!(serde_json::from_str::<Vec<Evidence>>(&json).unwrap(), evidence);
    }

    #[test]
    fn any_profile_and_contact_can_be_judged(user in "\\PC{0,40}", text in "\\PC{0,80}") {
        let mut profile = Profile::named(user.clone(), text.clone());
        profile.bio = Some(text.clone());
        profile.links = vec![text.clone(), user];
        decide(&[EvidenceKind::ProfileSeen(profile), email(&text), told(ContactKind::Phone, &text)]);
    }
}

/// What a handle comes to among these records.
fn among(records: &str, user_name: &str, display_name: &str) -> Decision {
    let mapping = Mapping::usual(SystemId::new("crm").unwrap());
    let source = CsvSource::csv(mapping, records.as_bytes(), at(0)).unwrap();
    let linker = Linker::new(Settings::default());
    source.customers().for_each(|customer| {
        linker.put(customer);
    });
    let evidence = Evidence::new(at(0), "1", seen(user_name, display_name));
    linker.decide(&handle(), &[evidence])
}

fn score(decision: &Decision, customer: &str) -> f64 {
    let mut candidates = decision.candidates.iter();
    let found = candidates.find(|candidate| candidate.customer == id(customer));
    found.map_or(f64::NEG_INFINITY, |candidate| candidate.score)
}

#[test]
fn half_of_a_double_name_is_as_common_as_that_half() {
    let records = "\
id,kind,first_name,last_name
1,person,Tarja-Tiina,Harjuranta
2,person,Tarja,Haapalinna
3,person,Pihla,Manninen-Hakala
4,person,Pinja,Hakala
";
    for (user_name, display_name, double, single) in [
        ("kesakukka", "Tarja H.", "1", "2"),
        ("p_hakala", "", "3", "4"),
    ] {
        let decision = among(records, user_name, display_name);
        let (double, single) = (score(&decision, double), score(&decision, single));
        assert!(
            single.is_finite() && double - single < 1.0,
            "{user_name} {display_name}: {double} {single}"
        );
    }
}

#[test]
fn figures_of_the_e_mail_in_a_user_name_tell_one_of_that_name_from_another() {
    let records = "\
id,kind,first_name,last_name,emails
1,person,Petra,Goldberg,petrag82@example.fi
2,person,Petra,Goldberg,1982pg@example.com
3,person,Petra,Goldberg,petra.goldberg@example.org
";
    for (user_name, fits) in [
        ("kesakukka82", ["1", "2"].as_slice()),
        ("kesakukka_1982", &["1", "2"]),
        ("kesakukka7", &[]),
        ("kesakukka8", &[]),
        ("kesakukka821", &[]),
    ] {
        let decision = among(records, user_name, "Petra Goldberg");
        let other = score(&decision, "3");
        for customer in ["1", "2"] {
            let more = score(&decision, customer) - other;
            assert!(
                if fits.contains(&customer) {
                    more > 2.0
                } else {
                    more.abs() < 1e-9
                },
                "{user_name} {customer}: {more}"
            );
        }
        assert_eq!(
            decision.explain().contains("figures as in the e-mail"),
            !fits.is_empty()
        );
    }
}
