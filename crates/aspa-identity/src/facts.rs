use std::collections::BTreeMap;

use aspa_crm::normal;
use aspa_types::{AgentId, CustomerId};
use chrono::{DateTime, Utc};

use crate::{
    Audience, Contact, ContactKind, Evidence, EvidenceKind, Profile, Settings, Speaker, mask,
};

/// What a set of evidence comes down to.
#[derive(Debug, Default)]
pub(crate) struct Facts {
    pub(crate) user_name: Option<Sourced>,
    pub(crate) display_name: Option<Sourced>,
    pub(crate) location: Option<Sourced>,
    pub(crate) bio: Option<Sourced>,
    pub(crate) links: Vec<Sourced>,
    pub(crate) verified_links: Vec<Sourced>,
    /// By kind and normal value, so that one detail told twice is one.
    pub(crate) contacts: BTreeMap<(ContactKind, String), Told>,
    pub(crate) host: BTreeMap<CustomerId, String>,
    pub(crate) same: BTreeMap<CustomerId, (AgentId, String)>,
    pub(crate) refused: BTreeMap<CustomerId, (DateTime<Utc>, AgentId)>,
    pub(crate) erased: bool,
}

/// A text and where it was read.
#[derive(Debug, Clone)]
pub(crate) struct Sourced {
    pub(crate) text: String,
    pub(crate) source: String,
}

/// How a contact detail was told.
#[derive(Debug, Clone)]
pub(crate) struct Told {
    pub(crate) masked: String,
    pub(crate) public: bool,
    pub(crate) on_behalf: bool,
    pub(crate) source: String,
}

impl Facts {
    /// Folds a set: sorted first, so that order and repetition do not matter.
    pub(crate) fn of(evidence: &[Evidence], settings: &Settings) -> Self {
        let mut sorted: Vec<&Evidence> = evidence.iter().collect();
        sorted.sort_by_cached_key(|e| {
            (
                e.at,
                e.source.clone(),
                serde_json::to_string(e).unwrap_or_default(),
            )
        });
        sorted.dedup();
        let erased_at = sorted
            .iter()
            .rev()
            .find(|e| e.kind == EvidenceKind::Erased)
            .map(|erased| erased.at);
        let mut facts = Self {
            erased: erased_at.is_some(),
            ..Self::default()
        };
        for piece in sorted {
            if erased_at.is_some_and(|erased| piece.at <= erased) {
                continue;
            }
            facts.add(piece, settings);
        }
        facts
    }

    fn add(&mut self, piece: &Evidence, settings: &Settings) {
        let source = &piece.source;
        match &piece.kind {
            EvidenceKind::HostAsserted { customer } => {
                self.host.insert(customer.clone(), source.clone());
            }
            EvidenceKind::AgentSaidSame { customer, by } => {
                // The later word holds; at the same time, that it is not the same.
                if self
                    .refused
                    .get(customer)
                    .is_none_or(|(at, ..)| *at < piece.at)
                {
                    self.refused.remove(customer);
                    self.same
                        .insert(customer.clone(), (by.clone(), source.clone()));
                }
            }
            EvidenceKind::AgentSaidNotSame { customer, by } => {
                self.same.remove(customer);
                self.refused
                    .insert(customer.clone(), (piece.at, by.clone()));
            }
            // After an erasure only the words above count.
            EvidenceKind::ProfileSeen(profile) if !self.erased => {
                self.see(profile, source, settings);
            }
            EvidenceKind::ContactRevealed(contact) if !self.erased => {
                self.hear(contact, source, settings);
            }
            EvidenceKind::ProfileSeen(_)
            | EvidenceKind::ContactRevealed(_)
            | EvidenceKind::Erased
            | EvidenceKind::Unknown(_) => {}
        }
    }

    /// The latest profile counts; what it leaves open stays as it was.
    fn see(&mut self, profile: &Profile, source: &str, settings: &Settings) {
        let sourced = |text: &str| Sourced {
            text: text.to_owned(),
            source: source.to_owned(),
        };
        let put = |place: &mut Option<Sourced>, text: &Option<String>| {
            if let Some(text) = text
                .as_deref()
                .map(str::trim)
                .filter(|text| !text.is_empty())
            {
                *place = Some(sourced(text));
            }
        };
        put(&mut self.user_name, &profile.user_name);
        put(&mut self.display_name, &profile.display_name);
        put(&mut self.location, &profile.location);
        put(&mut self.bio, &profile.bio);
        for (place, links) in [
            (&mut self.links, &profile.links),
            (&mut self.verified_links, &profile.verified_links),
        ] {
            if !links.is_empty() {
                *place = links.iter().take(16).map(|link| sourced(link)).collect();
            }
        }
        for (kind, value) in settings.contacts_in(profile.bio.as_deref().unwrap_or_default()) {
            self.hear(&Contact::private(kind, value).in_public(), source, settings);
        }
    }

    /// Cautious where two tellings differ: on behalf beats own; private beats public, since the
    /// writer did tell it in private.
    fn hear(&mut self, contact: &Contact, source: &str, settings: &Settings) {
        let value = match contact.contact {
            ContactKind::Email => normal::email(&contact.value),
            ContactKind::Phone => normal::phone(&contact.value, settings.region),
            ContactKind::CustomerNumber | ContactKind::OrderNumber => {
                normal::number(&contact.value)
            }
            ContactKind::Other(_) => None,
        };
        let Some(value) = value else { return };
        let masked = match contact.contact {
            ContactKind::Email => mask::email(&value),
            _ => mask::number(&value),
        };
        let public = contact.audience != Audience::Private;
        let on_behalf = contact.speaker == Speaker::OnBehalf;
        let told = self
            .contacts
            .entry((contact.contact.clone(), value))
            .or_insert(Told {
                masked,
                public,
                on_behalf,
                source: source.to_owned(),
            });
        if told.public && !public {
            told.public = false;
            told.source = source.to_owned();
        }
        told.on_behalf |= on_behalf;
    }
}
