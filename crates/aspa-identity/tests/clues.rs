//! Clues that point at somebody without proving it: each makes the customer likelier than the same
//! profile without it, and none links by itself.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use aspa_crm_csv::{CsvSource, Mapping};
use aspa_identity::{
    Contact, ContactKind, Evidence, EvidenceKind, Linker, Profile, Settings, Speaker, Verdict,
};
use aspa_types::{HandleKey, Network, SystemId};
use chrono::DateTime;

const CUSTOMERS: &str = "\
id,kind,first_name,last_name,company,emails,phones,customer_no,orders,city,website
1,person,Liisa,Kaarnasalo,,liisa.kaarnasalo64@example.fi,050 7654321,10007345,T500123,Turku,
2,person,Väinö,Kaarnasalo,,vaino@gmail.com,040 1234567,10009911,T700777,Oulu,
3,person,Ursula,Lumipuro,,ursula@example.fi,,20001111,,Kemi,
5,person,Melissa,Lumipuro,,melissa.hallavaara@example.fi,,20003333,,Kemi,
4,company,,,Kivipuro Virta S.L.,,,20002222,,Vigo,
";

fn seen(user_name: &str, display_name: &str) -> EvidenceKind {
    EvidenceKind::ProfileSeen(Profile::named(user_name, display_name))
}

fn told(kind: ContactKind, value: &str) -> EvidenceKind {
    EvidenceKind::ContactRevealed(Contact::private(kind, value))
}

fn email(value: &str) -> EvidenceKind {
    told(ContactKind::Email, value)
}

/// How probable the customer is, and whether somebody is linked.
fn probability(customer: &str, kinds: &[EvidenceKind]) -> (f64, bool) {
    let now = DateTime::UNIX_EPOCH;
    let mapping = Mapping::usual(SystemId::new("crm").unwrap());
    let source = CsvSource::csv(mapping, CUSTOMERS.as_bytes(), now).unwrap();
    assert!(source.malformed().is_empty());
    let linker = Linker::new(Settings::default());
    for customer in source.customers() {
        linker.put(customer);
    }
    let pieces = kinds.iter().enumerate();
    let evidence: Vec<Evidence> = pieces
        .map(|(i, kind)| Evidence::new(now, format!("m{i}"), kind.clone()))
        .collect();
    let handle = HandleKey::new(Network::X, None, "4711").unwrap();
    let decision = linker.decide(&handle, &evidence);
    let mut candidates = decision.candidates.iter();
    let found = candidates.find(|candidate| &*candidate.customer.id == customer);
    (
        found.map_or(0.0, |found| found.probability),
        matches!(decision.verdict, Verdict::Link { .. }),
    )
}

#[test]
fn a_clue_makes_the_customer_likelier_and_links_nobody() {
    let customer_number = |value| told(ContactKind::CustomerNumber, value);
    let order = |value| told(ContactKind::OrderNumber, value);
    let phone = |value| told(ContactKind::Phone, value);
    let liisa = || seen("zz", "Liisa K");
    for (clue, customer, with, without) in [
        (
            "a mistyped customer number",
            "1",
            vec![liisa(), customer_number("10007354")],
            vec![liisa(), customer_number("98765432")],
        ),
        (
            "an order number with another figure",
            "1",
            vec![liisa(), order("T500183")],
            vec![liisa(), order("T987654")],
        ),
        (
            "a phone with swapped figures",
            "1",
            vec![liisa(), phone("050 7654312")],
            vec![liisa(), phone("050 1111111")],
        ),
        (
            "a letter left out of an address",
            "1",
            vec![liisa(), email("lisa.kaarnasalo64@example.fi")],
            vec![liisa(), email("mustikka@example.fi")],
        ),
        (
            "a misspelt host",
            "2",
            vec![seen("zz", "Väinö K"), email("vaino@gmial.com")],
            vec![seen("zz", "Väinö K"), email("mustikka@gmial.com")],
        ),
        (
            "an unknown address that spells the name",
            "1",
            vec![seen("zz", "Liisa"), email("liisa.kaarnasalo@other.example")],
            vec![seen("zz", "Liisa"), email("mustikka@other.example")],
        ),
        (
            "an unknown address with the figures of a known one",
            "1",
            vec![liisa(), email("mustikka64@other.example")],
            vec![liisa(), email("mustikka@other.example")],
        ),
        (
            "the same name of a mailbox elsewhere",
            "1",
            vec![liisa(), email("liisa.kaarnasalo64@other.example")],
            vec![liisa(), email("mustikka@other.example")],
        ),
        (
            "a made-up pet name",
            "3",
            vec![seen("zz", "Ursbär Lumipuro")],
            vec![seen("zz", "Irsbär Lumipuro")],
        ),
        (
            "an initial shown and the name in the user name",
            "3",
            vec![seen("lumipuro_u", "Ursula L.")],
            vec![seen("zz", "Ursula L.")],
        ),
        (
            "a former family name that stands in the address",
            "5",
            vec![seen("zz", "Melissa Hallavaara")],
            vec![seen("zz", "Melissa Tuulivaara")],
        ),
        (
            "a company with its country",
            "4",
            vec![seen("zz", "Kivipuro Virta España")],
            vec![seen("zz", "España")],
        ),
        (
            "a company's user name with its country",
            "4",
            vec![seen("kivipurovirta.es", "Hola")],
            vec![seen("kivipuro", "Hola")],
        ),
    ] {
        let ((with, links), (without, _)) = (
            probability(customer, &with),
            probability(customer, &without),
        );
        let odds = |probability: f64| probability / (1.0 - probability);
        assert!(
            odds(with) > 2.0 * odds(without),
            "{clue}: {with} and {without} without it"
        );
        assert!(!links, "{clue} links");
    }
}

#[test]
fn a_slip_told_for_somebody_else_is_no_clue() {
    let near = Contact::private(ContactKind::Phone, "050 7654312").of(Speaker::OnBehalf);
    let near = [seen("zz", "Liisa K"), EvidenceKind::ContactRevealed(near)];
    let (with, _) = probability("1", &near);
    let (without, _) = probability("1", &near[..1]);
    assert!(with <= without, "{with} and {without}");
}

#[test]
fn a_detail_links_beside_a_name_where_namesakes_have_no_such_detail() {
    let liisa = || seen("zz", "Liisa Kaarnasalo");
    let public = |value| {
        let told = Contact::private(ContactKind::Email, value).in_public();
        EvidenceKind::ContactRevealed(told)
    };
    let address = "liisa.kaarnasalo64@example.fi";
    for (case, kinds, links) in [
        (
            "the whole name and a mistyped customer number",
            vec![liisa(), told(ContactKind::CustomerNumber, "10007354")],
            true,
        ),
        (
            "the whole name and a mistyped order number",
            vec![liisa(), told(ContactKind::OrderNumber, "T500183")],
            true,
        ),
        (
            "the whole name and a mistyped phone",
            vec![liisa(), told(ContactKind::Phone, "050 7654312")],
            true,
        ),
        (
            "the whole name and nearly the address, as a namesake may have it",
            vec![liisa(), email("lisa.kaarnasalo64@example.fi")],
            false,
        ),
        (
            "the given name and the address in public",
            vec![seen("zz", "Liisa"), public(address)],
            true,
        ),
        (
            "another name and the address in public",
            vec![seen("zz", "Marketta"), public(address)],
            false,
        ),
    ] {
        let (probability, is_linked) = probability("1", &kinds);
        assert_eq!(is_linked, links, "{case}: {probability}");
    }
}
