//! Handles decided about together.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::num::NonZeroUsize;

use aspa_crm::{Claim, Customer, CustomerKind, Field};
use aspa_identity::{
    Author, Comparison, Contact, ContactKind, Decision, Evidence, EvidenceKind, Linker, Profile,
    Settings, Verdict,
};
use aspa_types::{CustomerId, HandleKey, Network, SystemId};
use chrono::{DateTime, Utc};
use proptest::prelude::*;

const GIVEN: [&str; 8] = [
    "Aino", "Väinö", "Kerttu", "Sulo", "Hilkka", "Tauno", "Saimi", "Urho",
];
const FAMILY: [&str; 9] = [
    "Lampikoski",
    "Ojaharju",
    "Suvilahti",
    "Rantakari",
    "Metsäpuro",
    "Vuorenpää",
    "Kivisalmi",
    "Harjuniitty",
    "Peltosaari",
];

fn then() -> DateTime<Utc> {
    DateTime::from_timestamp(1_700_000_000, 0).unwrap()
}

fn given(n: usize) -> &'static str {
    GIVEN[n % GIVEN.len()]
}

fn family(n: usize) -> &'static str {
    FAMILY[n % FAMILY.len()]
}

fn email(n: usize) -> String {
    format!("mailbox{n}@example.fi")
}

/// Customers of whom no two have the same name.
fn linker(customers: usize) -> Linker {
    assert!(customers <= GIVEN.len() * FAMILY.len());
    let linker = Linker::with_key(Settings::default(), [3; 16]);
    let system = SystemId::new("crm").unwrap();
    for n in 0..customers {
        let id = CustomerId::new(system.clone(), format!("{n}")).unwrap();
        let email = email(n);
        let claims = [
            (Field::FirstName, given(n)),
            (Field::LastName, family(n)),
            (Field::Email, email.as_str()),
        ];
        let customer = claims.into_iter().fold(
            Customer::new(id, CustomerKind::Person),
            |customer, (field, value)| {
                customer.with(Claim::new(field, value, system.clone(), then()))
            },
        );
        assert!(linker.put(&customer));
    }
    linker
}

fn author(id: usize, user_name: &str, customer: usize) -> Author {
    let name = format!("{} {}", given(customer), family(customer));
    let seen = EvidenceKind::ProfileSeen(Profile::named(user_name, &name));
    Author::new(
        HandleKey::new(Network::X, None, &id.to_string()).unwrap(),
        vec![Evidence::new(then(), "profile", seen)],
    )
}

/// The same, who has told the customer's e-mail.
fn sure(mut author: Author, customer: usize) -> Author {
    let told = Contact::private(ContactKind::Email, email(customer));
    let told = EvidenceKind::ContactRevealed(told);
    author.evidence.push(Evidence::new(then(), "message", told));
    author
}

fn together(linker: &Linker, authors: &[Author]) -> Vec<Decision> {
    linker.decide_together(authors, NonZeroUsize::new(2).unwrap(), Clone::clone)
}

fn probability(decision: &Decision, customer: usize) -> f64 {
    let customer = customer.to_string();
    let mut candidates = decision.candidates.iter();
    candidates
        .find(|candidate| *candidate.customer.id == *customer)
        .map_or(0.0, |candidate| candidate.probability)
}

/// Sixty customers, of each of whom the first handle is sure: nobody here has two.
fn single_handles() -> Vec<Author> {
    (10..70)
        .map(|n| sure(author(n, &format!("sure{n}"), n), n))
        .collect()
}

#[test]
fn two_handles_that_fit_one_customer_tell_against_each_other() {
    let linker = linker(72);
    let mut authors = single_handles();
    authors.push(author(1000, "kesakukka", 3));
    let alone = together(&linker, &authors);
    let alone = probability(alone.last().unwrap(), 3);
    authors.push(author(1001, "talvilumi", 3));
    let both = together(&linker, &authors);
    let [.., one, other] = both.as_slice() else {
        panic!("two")
    };
    assert!(alone > 0.7, "{alone}");
    for decision in [one, other] {
        let p = probability(decision, 3);
        assert!(p < 0.55 && p > 0.2, "{p}");
        let reasons = &decision.candidates[0].reasons;
        let told = reasons
            .iter()
            .find(|reason| reason.comparison == Comparison::Accounts);
        assert!(told.unwrap().weight < -0.5);
        let sum: f64 = reasons.iter().map(|reason| reason.weight).sum();
        assert_eq!(sum.to_bits(), decision.candidates[0].score.to_bits());
        assert!(
            decision.explain().contains("other handles fit too"),
            "{}",
            decision.explain()
        );
    }
}

#[test]
fn who_is_sure_leaves_nothing_to_who_only_has_the_name() {
    let linker = linker(72);
    let mut authors = single_handles();
    authors.push(sure(author(1000, "kesakukka", 3), 3));
    authors.push(author(1001, "talvilumi", 3));
    let decisions = together(&linker, &authors);
    let [.., sure, other] = decisions.as_slice() else {
        panic!("two")
    };
    assert!(matches!(sure.verdict, Verdict::Link { .. }), "{sure:?}");
    assert!(probability(other, 3) < 0.2);
    assert_eq!(other.verdict, Verdict::None);
}

#[test]
fn a_copy_of_anothers_user_name_is_not_linked() {
    let linker = linker(72);
    let mut authors = single_handles();
    authors.push(author(1000, "tauno.vuorenpaa", 5));
    authors.push(author(1001, "tauno.vuorenpaa_", 5));
    let decisions = together(&linker, &authors);
    let [.., copied, copy] = decisions.as_slice() else {
        panic!("two")
    };
    let alone = linker.decide(&authors[60].handle, &authors[60].evidence);
    assert_eq!(
        copied.candidates, alone.candidates,
        "nothing tells against it"
    );
    assert!(probability(copy, 5) < 0.3);
    assert!(
        copy.explain()
            .contains("nearly the same user name fits too"),
        "{}",
        copy.explain()
    );
}

#[test]
fn where_customers_have_several_handles_another_one_is_no_surprise() {
    let linker = linker(72);
    let mut authors: Vec<Author> = (0..60)
        .map(|n| sure(author(n, &format!("sure{n}"), n % 20), n % 20))
        .collect();
    authors.push(author(1000, "kesakukka", 3));
    let [decision] = &together(&linker, &authors)[60..] else {
        panic!("one")
    };
    let alone = linker.decide(&authors[60].handle, &authors[60].evidence);
    assert!(probability(decision, 3) > probability(&alone, 3));
    assert!(
        decision
            .explain()
            .contains("customers here have several handles"),
        "{}",
        decision.explain()
    );
}

#[test]
fn an_agents_word_stands_whoever_else_fits() {
    let linker = linker(72);
    let mut authors = single_handles();
    authors.push(sure(author(1000, "kesakukka", 3), 3));
    let mut told = author(1001, "talvilumi", 3);
    told.evidence.push(Evidence::new(
        then(),
        "agent",
        EvidenceKind::AgentSaidSame {
            customer: CustomerId::new(SystemId::new("crm").unwrap(), "3").unwrap(),
            by: aspa_types::AgentId::new("anna").unwrap(),
        },
    ));
    authors.push(told);
    let decisions = together(&linker, &authors);
    assert!(
        decisions[60..]
            .iter()
            .all(|decision| matches!(decision.verdict, Verdict::Link { .. }))
    );
}

proptest! {
    /// Handles that fit different customers are decided as one at a time; whoever is decided about
    /// is so in any order and by any number of threads.
    #[test]
    fn together_is_alone_where_nobody_competes_and_order_does_not_matter(
        who in prop::collection::vec((0_usize..72, any::<bool>()), 1..40),
        threads in 1_usize..4,
    ) {
        let linker = linker(72);
        let authors: Vec<Author> = who.iter().enumerate().map(|(n, (customer, is_sure))| {
            let author = author(n, &format!("nimi{}", n * 7919), *customer);
            if *is_sure { sure(author, *customer) } else { author }
        }).collect();
        let threads = NonZeroUsize::new(threads).unwrap();
        let decisions = linker.decide_together(&authors, threads, Clone::clone);
        for (i, decision) in decisions.iter().enumerate() {
            let is_only = who.iter().filter(|(customer, _)| *customer == who[i].0).count() == 1;
            if is_only {
                prop_assert_eq!(decision, &linker.decide(&authors[i].handle, &authors[i].evidence));
            }
        }
        let reversed: Vec<Author> = authors.iter().rev().cloned().collect();
        let mut again = linker.decide_together(&reversed, NonZeroUsize::MIN, Clone::clone);
        again.reverse();
        prop_assert_eq!(decisions, again);
    }
}
