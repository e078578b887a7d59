//! The linker: customers in, a decision for each author out. All that knows its API is here.

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};

use aspa_crm::Customer;
use aspa_identity::extract::Extractor;
use aspa_identity::{
    Audience, Contact, ContactKind, Decision, Evidence, EvidenceKind, Linker, Profile, Settings,
    Verdict,
};
use aspa_types::HandleKey;

use crate::input::{Author, Labels, THEN};
use crate::parallel;

/// Who an author is.
#[derive(Debug, Default, Clone, PartialEq)]
pub(crate) struct Row {
    /// The best candidate; empty where there is none.
    pub(crate) crm_id: String,
    pub(crate) prob: f64,
    pub(crate) decision: &'static str,
}

/// A linker that holds these customers.
pub(crate) fn linker(
    settings: Settings,
    customers: &[Customer],
    threads: NonZeroUsize,
) -> Result<Linker, String> {
    let linker = Linker::new(settings);
    match linker.put_all(customers, threads) {
        true => Ok(linker),
        false => Err("too many customers".to_owned()),
    }
}

/// An author as the linker knows one.
pub(crate) type Presence = aspa_identity::Author;

/// What is known of each author, in their order: labels too.
pub(crate) fn presences(
    authors: &[(HandleKey, Author)],
    labels: &Labels,
    settings: &Settings,
    threads: NonZeroUsize,
) -> Vec<Presence> {
    let extractor = settings.extractor();
    let presence = |(key, author): &(HandleKey, Author)| {
        let presence = Presence::new(key.clone(), evidence(author, &extractor));
        match labels.get(author.author_id.trim()) {
            Some(customers) => presence.labelled(customers.clone()),
            None => presence,
        }
    };
    parallel::map(authors, threads.get(), presence)
}

/// Who all of them are, in their order; `done` counts on the way.
pub(crate) fn decide(
    linker: &Linker,
    authors: &[Presence],
    threads: NonZeroUsize,
    done: &AtomicUsize,
) -> Vec<Row> {
    linker.decide_together(authors, threads, |decision| {
        done.fetch_add(1, Ordering::Relaxed);
        row_of(decision)
    })
}

fn evidence(author: &Author, extractor: &Extractor) -> Vec<Evidence> {
    let filled = |text: &str| Some(text.to_owned()).filter(|text| !text.trim().is_empty());
    let mut profile = Profile::default();
    profile.user_name = filled(&author.handle);
    profile.display_name = filled(&author.display);
    profile.bio = filled(&author.bio);
    profile.location = filled(&author.location);
    profile.links.clone_from(&author.links);
    profile.verified_links.clone_from(&author.verified_links);
    let mut evidence = vec![Evidence::new(
        THEN,
        "profile",
        EvidenceKind::ProfileSeen(profile),
    )];
    let mut told = |kind| evidence.push(Evidence::new(THEN, "message", kind));
    let said = extractor.read(&author.dm_text);
    // What was taken out of a message is of whom the message is.
    let speaker = said.speaker.clone();
    said.evidence(&Audience::Private)
        .into_iter()
        .for_each(&mut told);
    let revealed = &author.revealed;
    for (kind, values) in [
        (ContactKind::Email, &revealed.email),
        (ContactKind::Phone, &revealed.phone),
        (ContactKind::CustomerNumber, &revealed.customer_no),
        (ContactKind::OrderNumber, &revealed.order_no),
    ] {
        for value in values {
            let contact = Contact::private(kind.clone(), value).of(speaker.clone());
            told(EvidenceKind::ContactRevealed(contact));
        }
    }
    evidence
}

fn row_of(decision: &Decision) -> Row {
    let best = decision.candidates.first();
    Row {
        crm_id: best
            .map(|best| best.customer.id.to_string())
            .unwrap_or_default(),
        prob: best.map_or(0.0, |best| best.probability),
        decision: match (&decision.verdict, best) {
            (Verdict::Link { .. }, Some(_)) => "link",
            (Verdict::Review { .. }, Some(_)) => "review",
            _ => "none",
        },
    }
}
