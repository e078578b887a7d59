//! The linker: customers in, a decision for each author out. All that knows its API is here.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use aspa_crm::Customer;
use aspa_identity::extract::Extractor;
use aspa_identity::{
    Contact, ContactKind, Decision, Directory, Evidence, EvidenceKind, Profile, Settings, ToldName,
    Verdict,
};
use aspa_types::{HandleKey, Network};

use crate::input::{Author, THEN, network};

/// Authors that a thread takes at a time.
const AT_A_TIME: usize = 256;

/// Who an author is.
#[derive(Debug, Default, Clone, PartialEq)]
pub(crate) struct Row {
    /// The best candidate; empty where there is none.
    pub(crate) crm_id: String,
    pub(crate) prob: f64,
    pub(crate) decision: &'static str,
}

/// Compares authors with the customers it holds.
#[derive(Debug)]
pub(crate) struct Linker {
    directory: Directory,
    extractor: Extractor,
}

impl Linker {
    pub(crate) fn new(settings: Settings, customers: &[Customer]) -> Self {
        let extractor = settings.extractor();
        let mut directory = Directory::new(settings);
        customers
            .iter()
            .for_each(|customer| directory.put(customer));
        Self {
            directory,
            extractor,
        }
    }

    /// Who this author is, with reasons.
    pub(crate) fn decide(&self, author: &Author) -> Option<Decision> {
        let network = Network::new(network(&author.network)).ok()?;
        let handle = HandleKey::new(network, None, &id(author)).ok()?;
        Some(self.directory.decide(&handle, &self.evidence(author)))
    }

    /// Who all of them are, in their order; `done` counts on the way.
    pub(crate) fn decide_all(
        &self,
        authors: &[Author],
        threads: usize,
        done: &AtomicUsize,
    ) -> Vec<Row> {
        let mut rows = vec![Row::default(); authors.len()];
        let work = Mutex::new(authors.chunks(AT_A_TIME).zip(rows.chunks_mut(AT_A_TIME)));
        std::thread::scope(|scope| {
            for _ in 0..threads.max(1) {
                scope.spawn(|| {
                    loop {
                        let next = work.lock().map_or(None, |mut work| work.next());
                        let Some((authors, rows)) = next else { break };
                        for (author, row) in authors.iter().zip(rows.iter_mut()) {
                            *row = self.decide(author).as_ref().map(row_of).unwrap_or_default();
                        }
                        done.fetch_add(authors.len(), Ordering::Relaxed);
                    }
                });
            }
        });
        rows
    }

    fn evidence(&self, author: &Author) -> Vec<Evidence> {
        let filled = |text: &str| Some(text.to_owned()).filter(|text| !text.trim().is_empty());
        let mut profile = Profile::named(&author.handle, &author.display);
        profile.bio = filled(&author.bio);
        profile.location = filled(&author.location);
        profile.links.clone_from(&author.links);
        profile.verified_links.clone_from(&author.verified_links);
        let mut evidence = vec![Evidence::new(
            THEN,
            "profile",
            EvidenceKind::ProfileSeen(profile),
        )];
        let said = self.extractor.read(&author.dm_text);
        let mut told = |kind: ContactKind, value: &str| {
            let contact = Contact::private(kind, value).of(said.speaker.clone());
            evidence.push(Evidence::new(
                THEN,
                "message",
                EvidenceKind::ContactRevealed(contact),
            ));
        };
        said.contacts
            .iter()
            .for_each(|(kind, value)| told(kind.clone(), value));
        let revealed = &author.revealed;
        for (kind, values) in [
            (ContactKind::Email, &revealed.email),
            (ContactKind::Phone, &revealed.phone),
            (ContactKind::CustomerNumber, &revealed.customer_no),
            (ContactKind::OrderNumber, &revealed.order_no),
        ] {
            values.iter().for_each(|value| told(kind.clone(), value));
        }
        for name in said.names {
            let name = ToldName::private(name.text, name.role);
            evidence.push(Evidence::new(THEN, "message", EvidenceKind::NameTold(name)));
        }
        evidence
    }
}

/// An id that a handle key takes: authors may have any.
fn id(author: &Author) -> String {
    let plain = author.author_id.chars().filter(|c| !c.is_control());
    match plain.take(200).collect::<String>() {
        id if id.trim().is_empty() => "author".to_owned(),
        id => id,
    }
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
