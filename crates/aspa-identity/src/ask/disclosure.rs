use std::collections::BTreeSet;

use aspa_crm::{Customer, Field};
use aspa_types::CustomerId;
use chrono::{DateTime, TimeDelta, Utc};

use crate::compare::GUESSES;
use crate::facts::{Facts, normal_contact};
use crate::text::mailbox;
use crate::{ContactKind, DecidedBy, Evidence, Link, LinkState, Settings};

aspa_types::text_enum! {
    /// What is to be done with a customer's record, the least first.
    pub enum Action {
        /// An agent sees the name.
        ShowName = "show_name",
        /// The conversation becomes a case of the customer.
        OpenCase = "open_case",
        /// The person is told what the record holds.
        DiscloseData = "disclose_data",
    }
}

/// Whether something may be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Disclosure {
    /// It may.
    Allowed,
    /// Not: the handle is not linked to the customer, or an agent has to look first.
    NotLinked,
    /// Not: it is not sure enough.
    TooUnsure,
    /// Not: the person has not shown to be the customer. Ask for details, or for a login.
    NeedsProof,
}

impl Disclosure {
    /// Whether it may be done.
    #[must_use]
    pub fn is_allowed(self) -> bool {
        self == Self::Allowed
    }
}

/// What each action needs.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct DisclosurePolicy {
    /// The least probability to show a name. 0.5.
    pub show_name: f64,
    /// The least probability to open a case, unless the host or an agent said who it is. 0.975.
    pub open_case: f64,
    /// How many kinds of details have to agree to disclose data, one of them a number that we gave.
    /// 2: an address or a phone number is known to others.
    pub details: usize,
    /// For how long what was told is proof. 1 day.
    pub fresh: TimeDelta,
}

impl Default for DisclosurePolicy {
    fn default() -> Self {
        Self {
            show_name: 0.5,
            open_case: 0.975,
            details: 2,
            fresh: TimeDelta::days(1),
        }
    }
}

impl DisclosurePolicy {
    /// Whether an action may be done. What allows more allows less too.
    #[must_use]
    pub fn allows(&self, action: &Action, link: &Link, proof: &Proof) -> Disclosure {
        let is_linked = link.state == LinkState::Linked && link.customer.is_some();
        let in_review = link.state == LinkState::Review && link.customer.is_some();
        let is_said = matches!(link.decided_by, DecidedBy::Host | DecidedBy::Agent(_));
        let is_sure = |least: f64| is_said || link.probability >= least;
        let (may, least) = match action {
            Action::ShowName => (is_linked || in_review, self.show_name),
            // An action that is not known needs what the greatest needs.
            _ => (is_linked, self.open_case.max(self.show_name)),
        };
        if !may || link.conflict.is_some() {
            Disclosure::NotLinked
        } else if !is_sure(least) {
            Disclosure::TooUnsure
        } else if matches!(action, Action::ShowName | Action::OpenCase)
            || self.suffices(proof, link)
        {
            Disclosure::Allowed
        } else {
            Disclosure::NeedsProof
        }
    }

    fn suffices(&self, proof: &Proof, link: &Link) -> bool {
        let numbers = [ContactKind::CustomerNumber, ContactKind::OrderNumber];
        let has_number = numbers.iter().any(|kind| proof.details.contains(kind));
        // What proves one customer proves no other.
        let is_theirs = proof.customer.is_some() && proof.customer == link.customer;
        is_theirs && (proof.logged_in || (has_number && proof.details.len() >= self.details))
    }
}

/// How a person has shown to be a customer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Proof {
    /// Whom it is about; none proves nothing.
    pub customer: Option<CustomerId>,
    /// The host says that the person is logged in as the customer.
    pub logged_in: bool,
    /// The kinds of details that the person told in private as their own, and that the record holds.
    pub details: BTreeSet<ContactKind>,
}

impl Proof {
    /// What the evidence of the last while proves of a customer. What was told in public, for
    /// somebody else or in a withdrawn message proves nothing, nor does one detail among more than 3
    /// wrong ones of its kind: whoever tries numbers out finds one.
    #[must_use]
    pub fn of(
        customer: &Customer,
        evidence: &[Evidence],
        settings: &Settings,
        policy: &DisclosurePolicy,
        now: DateTime<Utc>,
    ) -> Self {
        let facts = Facts::at(evidence, settings, Some(now));
        let is_fresh = |piece: &&Evidence| now.signed_duration_since(piece.at) <= policy.fresh;
        let recent: Vec<Evidence> = evidence.iter().filter(is_fresh).cloned().collect();
        let recent = Facts::at(&recent, settings, Some(now));
        if facts.refused.contains_key(&customer.id) {
            return Self::default();
        }
        let is_own = |kind: &ContactKind, value: &String| {
            let key = (kind.clone(), value.clone());
            let told = facts.contacts.get(&key);
            told.is_some_and(|told| !told.public && told.own)
        };
        let private = recent.contacts.iter().filter(|(_, told)| !told.public);
        let own = private.filter(|((kind, value), _)| is_own(kind, value));
        let held = own.filter(|((kind, value), _)| holds(customer, kind, value, settings));
        let is_guessed = |kind: &ContactKind| {
            let told = facts
                .contacts
                .iter()
                .filter(|((told, _), detail)| told == kind && !detail.on_behalf);
            let wrong = told.filter(|((_, value), _)| !holds(customer, kind, value, settings));
            wrong.count() > GUESSES
        };
        let mut details: BTreeSet<ContactKind> = held.map(|((kind, _), _)| kind.clone()).collect();
        details.retain(|kind| !is_guessed(kind));
        Self {
            customer: Some(customer.id.clone()),
            logged_in: recent.host.contains_key(&customer.id),
            details,
        }
    }
}

fn holds(customer: &Customer, kind: &ContactKind, value: &str, settings: &Settings) -> bool {
    let field = match kind {
        ContactKind::Email => Field::Email,
        ContactKind::Phone => Field::Phone,
        ContactKind::CustomerNumber => Field::CustomerNumber,
        ContactKind::OrderNumber => Field::OrderNumber,
        ContactKind::Other(_) => return false,
    };
    let plain = |value: &str| match kind {
        ContactKind::Email => mailbox(value),
        _ => value.to_owned(),
    };
    let values = customer.values(&field);
    let mut normal = values
        .into_iter()
        .filter_map(|held| normal_contact(kind, held, settings));
    normal.any(|held| plain(&held) == plain(value))
}
