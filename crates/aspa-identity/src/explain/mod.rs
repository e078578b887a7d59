//! Why a decision came out as it did: as text, as JSON and as a waterfall, for whoever asks.
//!
//! ```
//! use aspa_identity::explain::{Explanation, Role};
//! use aspa_identity::{Contact, ContactKind, Evidence, EvidenceKind, Language, Linker, Settings};
//! # use aspa_crm_csv::{CsvSource, Mapping};
//! # use aspa_types::{HandleKey, Network, SystemId};
//! # let (file, now) = ("id,first_name,last_name,email\n17,Matti,Virta,matti@example.fi\n", Default::default());
//! # let crm = CsvSource::csv(Mapping::usual(SystemId::new("crm")?), file.as_bytes(), now)?;
//! # let linker = Linker::new(Settings::default());
//! # for customer in crm.customers() { linker.put(customer); }
//! # let told = Contact::private(ContactKind::Email, "Matti@Example.fi");
//! # let evidence = [Evidence::new(now, "message-1", EvidenceKind::ContactRevealed(told))];
//! # let handle = HandleKey::new(Network::X, None, "42")?;
//! let decision = linker.decide(&handle, &evidence);
//! let why = Explanation::of(&decision, Role::DataOfficer, &Language::Fi);
//! assert!(why.to_string().contains("sama sähköposti (m…@e….fi), lähde message-1"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use aspa_types::CustomerId;
use serde::{Deserialize, Serialize};

use crate::{Ask, Comparison, ContactKind, DecidedBy, Decision, Language, LinkState, Reason};
use words::{Level, Tongue};

mod text;
mod waterfall;
mod words;

pub use waterfall::{Bar, Threshold, Tick, Waterfall};

/// The version of the JSON shapes of [`Explanation`] and [`Waterfall`]: it rises when a field goes or
/// changes its meaning. New fields and new words may come without.
pub const VERSION: u32 = 1;

/// Who asks why.
///
/// A stored [`Decision`] holds personal values masked only (`m…@e….fi`), so no role sees more of
/// them than another: a role sees less, or also where a value was read, to look it up there. Whether
/// somebody has a role is for the host to check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Role {
    /// Serves customers: every candidate and weight, values masked.
    Agent,
    /// Answers for the data: the same, and the message or event that each value was read from.
    DataOfficer,
    /// The person, who asks "why do you know me?": in plain words, without weights, other customers,
    /// the names of staff, or what guards against impostors. Nothing of candidates who are not
    /// linked. For a person who has proven to be the customer: that an account is linked is personal
    /// data too.
    Customer,
}

/// Why a decision came out as it did, for one role in one language.
///
/// `Display` is the text for people; serialised it is the JSON for programs, whose shape is
/// [`VERSION`]ed. Empty lists and absent values are left out.
///
/// | field | what | for customers |
/// | --- | --- | --- |
/// | `version`, `role`, `language` | what this is; the language as used: `en`, `fi` or `sv` | yes |
/// | `outcome` | `linked`, `review`, `refused` or `none` | `linked` or `none` |
/// | `summary` | the outcome in a sentence | yes |
/// | `statements` | what they are known by, in sentences | only they |
/// | `decided_by` | `{"by": "rule"}`, `{"by": "host"}` or `{"by": "agent", "agent": …}` | |
/// | `candidates` | the most probable first, with the parts of the score | |
/// | `nobody` | the probability that it is none of them | |
/// | `refused` | whom an agent ruled out | |
/// | `what_if` | what one more detail would bring | |
/// | `next_step` | what to do now | |
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Explanation {
    /// [`VERSION`].
    pub version: u32,
    /// For whom.
    pub role: Role,
    /// In which language: English where the one asked for has no words here.
    pub language: Language,
    /// What was decided.
    pub outcome: LinkState,
    /// The same in a sentence.
    pub summary: String,
    /// What the customer is known by, in sentences; for [`Role::Customer`] only.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub statements: Vec<String>,
    /// Who or what decided.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decided_by: Option<DecidedBy>,
    /// Everybody it may be, the most probable first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub candidates: Vec<Explained>,
    /// How probable it is that it is none of them, 0 to 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nobody: Option<f64>,
    /// Whom an agent has ruled out.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub refused: Vec<CustomerId>,
    /// What one more detail told in private would bring, the most telling first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub what_if: Vec<OneMore>,
    /// What to do now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_step: Option<NextStep>,
}

/// One candidate and the parts of its score.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Explained {
    /// Who.
    pub customer: CustomerId,
    /// Records that are evidently of the same person.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub same_person: Vec<CustomerId>,
    /// 0 to 1.
    pub probability: f64,
    /// The same as a logarithm of odds to base 2.
    pub score: f64,
    /// Why, in the order in which it was weighed; the weights sum exactly to `score`.
    pub parts: Vec<Part>,
}

/// One part of a score.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Part {
    /// What was compared.
    pub comparison: Comparison,
    /// How well it agrees, in the words of the decision: the same in every language.
    pub level: String,
    /// The same in the language of the explanation, with all that this role sees of it.
    pub text: String,
    /// How much it counts, as a logarithm of odds to base 2; below 0 against.
    pub weight: f64,
    /// The value it rests on, masked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// How many others agree as well by chance, above 0 and below 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub share: Option<f64>,
    /// The message or event it was read from; for [`Role::DataOfficer`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
}

/// What one more detail would bring.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct OneMore {
    /// What would have to be told, and be the customer's.
    pub detail: ContactKind,
    /// How probable the first candidate would be then, 0 to 1.
    pub probability: f64,
    /// Whether that would be a link.
    pub links: bool,
    /// The same in words.
    pub text: String,
}

/// What to do now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct NextStep {
    /// What.
    pub step: Ask,
    /// The same in words.
    pub text: String,
}

impl Explanation {
    /// Explains a decision to somebody in a language. O(candidates x reasons).
    #[must_use]
    pub fn of(decision: &Decision, role: Role, language: &Language) -> Self {
        let tongue = Tongue::of(language);
        let mut explanation = Self {
            version: VERSION,
            role,
            language: tongue.language(),
            outcome: LinkState::of(decision),
            summary: String::new(),
            statements: Vec::new(),
            decided_by: None,
            candidates: Vec::new(),
            nobody: None,
            refused: Vec::new(),
            what_if: Vec::new(),
            next_step: None,
        };
        match role {
            Role::Customer => explanation.tell_customer(decision, tongue),
            Role::Agent | Role::DataOfficer => explanation.tell_staff(decision, tongue),
        }
        explanation
    }

    fn tell_customer(&mut self, decision: &Decision, tongue: Tongue) {
        let phrases = tongue.phrases();
        // That somebody looks, or ruled somebody out, is not for whoever is at the other end.
        if self.outcome != LinkState::Linked {
            self.outcome = LinkState::None;
            self.summary = phrases.you_not_linked.to_owned();
            return;
        }
        self.summary = phrases.you_linked.to_owned();
        let linked = LinkState::customer(decision);
        let mut linked = decision
            .candidates
            .iter()
            .filter(|candidate| Some(&candidate.customer) == linked);
        let reasons = linked.next().map_or(&[][..], |found| &found.reasons);
        for reason in reasons.iter().filter(|reason| reason.weight > 0.0) {
            let plain = Level::of(&reason.level).and_then(|level| phrases.plain(level.plain));
            if let Some(plain) = plain {
                let value = reason.value.as_deref().map(text::one_line);
                let value = value.map_or_else(String::new, |value| format!(" ({value})"));
                self.statements.push(format!("{plain}{value}."));
            }
        }
        if self.statements.is_empty() {
            self.statements.push(phrases.you_else.to_owned());
        }
        self.statements.push(phrases.you_undo.to_owned());
    }

    fn tell_staff(&mut self, decision: &Decision, tongue: Tongue) {
        let phrases = tongue.phrases();
        let is_officer = self.role == Role::DataOfficer;
        self.summary = text::summary(decision, &self.outcome, tongue);
        self.decided_by = Some(decision.decided_by.clone());
        let candidates = decision.candidates.iter().map(|candidate| Explained {
            customer: candidate.customer.clone(),
            same_person: candidate.same_person.clone(),
            probability: candidate.probability,
            score: candidate.score,
            parts: candidate
                .reasons
                .iter()
                .map(|reason| Part::of(reason, is_officer, tongue))
                .collect(),
        });
        self.candidates = candidates.collect();
        let somebody: f64 = decision.candidates.iter().map(|one| one.probability).sum();
        self.nobody = Some(((1.0 - somebody).clamp(0.0, 1.0) * 1e12).round() / 1e12);
        self.refused.clone_from(&decision.refused);
        let what_if = decision.what_if.iter().map(|one| OneMore {
            detail: one.detail.clone(),
            probability: one.probability,
            links: one.links,
            text: text::one_more(one, tongue),
        });
        self.what_if = what_if.collect();
        self.next_step = decision.next_step.as_ref().map(|step| NextStep {
            step: step.clone(),
            text: text::one_line(phrases.step(step)),
        });
    }
}

impl Part {
    fn of(reason: &Reason, with_source: bool, tongue: Tongue) -> Self {
        let from = reason.from.as_deref().filter(|_| with_source);
        Self {
            comparison: reason.comparison.clone(),
            level: reason.level.clone().into_owned(),
            text: text::part(reason, from, tongue),
            weight: reason.weight,
            value: reason.value.as_deref().map(str::to_owned),
            share: reason.share,
            from: from.map(str::to_owned),
        }
    }
}

impl Decision {
    /// Why, for an agent to read in English: [`Explanation::of`] as text.
    #[must_use]
    pub fn explain(&self) -> String {
        Explanation::of(self, Role::Agent, &Language::En).to_string()
    }
}
