//! Who may write what: decided here and nowhere else.

mod survive;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use aspa_types::SystemId;
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::normal::{self, Region};
use crate::{Basis, Claim, Customer, Field, Precondition, Purpose, SourceOrder};

pub use survive::{Survivor, Why};

/// Whose word counts for a field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Owner {
    /// This system's and no one else's: what others say is a proposal.
    System(SystemId),
    /// Ours.
    Us,
    /// Nobody's alone.
    Shared,
}

/// What may be done in a system with a field that nobody else owns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Rule {
    /// Nothing.
    Never,
    /// Write it where there is no value yet; propose another one.
    FillIfEmpty,
    /// Propose.
    Propose,
    /// Write it.
    Overwrite,
}

/// What holds for one field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct FieldPolicy {
    /// Whose word counts.
    pub owner: Owner,
    /// What may be done.
    pub rule: Rule,
    /// Fields of one group are written and survive together, so that no address has the street of one
    /// source and the city of another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// After how many days a value that is not said again is no longer kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keep_days: Option<u32>,
    /// For what a value has to be usable to be written; empty: for anything.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub purposes: BTreeSet<Purpose>,
}

impl FieldPolicy {
    /// This owner and this rule.
    #[must_use]
    pub fn new(owner: Owner, rule: Rule) -> Self {
        Self {
            owner,
            rule,
            group: None,
            keep_days: None,
            purposes: BTreeSet::new(),
        }
    }

    /// The same as one of a group.
    #[must_use]
    pub fn within(mut self, group: impl Into<String>) -> Self {
        self.group = Some(group.into());
        self
    }

    /// The same, of values that may be used for this.
    #[must_use]
    pub fn only_for(mut self, purpose: Purpose) -> Self {
        self.purposes.insert(purpose);
        self
    }

    /// The same, with values kept for so many days.
    #[must_use]
    pub fn kept_for(mut self, days: u32) -> Self {
        self.keep_days = Some(days);
        self
    }
}

/// Who may write which field of a customer, and whose value survives.
///
/// Decisions are made field by field, or group by group, from what the system holds now and what is
/// wanted, and each says why. Nothing else can make a [`Write`]:
///
/// ```compile_fail
/// # use aspa_crm::{Field, Write};
/// let by_hand = Write { field: Field::Email, value: "x@example.com".into(), before: None };
/// ```
///
/// A field without a policy is never written.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct Policies {
    /// By field.
    pub fields: BTreeMap<Field, FieldPolicy>,
    /// Whose word counts more where no owner decides.
    pub order: SourceOrder,
    /// Whether `Overwrite` holds on a system that cannot keep somebody else's change from being
    /// overwritten. Else it is a proposal there.
    pub unprotected: bool,
    /// Where phone numbers without a country code are from, for comparing.
    pub region: Region,
}

/// What is to become of one wanted value.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Decision {
    /// Of which field.
    pub field: Field,
    /// What is done.
    pub verdict: Verdict,
    /// Why.
    pub because: Reason,
}

/// What is done with a wanted value.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_enums,
    reason = "written, asked about or left; a fourth would be a break"
)]
pub enum Verdict {
    /// It is written.
    Write(Write),
    /// A person is asked.
    Propose(Proposal),
    /// Nothing.
    Keep,
}

/// Why a decision is as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Reason {
    /// The system has this value already.
    Same,
    /// Another system's word counts.
    OwnedBy(SystemId),
    /// It is the owner's own word.
    FromOwner,
    /// No policy names the field.
    NoPolicy,
    /// The rule.
    Rule(Rule),
    /// The system has no value yet.
    Empty,
    /// The system has another value.
    Filled,
    /// The value may not be used for that.
    Purpose,
    /// The value may no longer be kept.
    Expired,
    /// Another field of the group cannot be written.
    Group(String),
    /// The system cannot keep somebody else's change from being overwritten.
    Unprotected,
    /// There is no value.
    Nothing,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Same => f.write_str("it has that value already"),
            Self::OwnedBy(system) => write!(f, "{system} owns the field"),
            Self::FromOwner => f.write_str("the owner of the field says so"),
            Self::NoPolicy => f.write_str("no policy names the field"),
            Self::Rule(Rule::Never) => f.write_str("the field is never written"),
            Self::Rule(Rule::FillIfEmpty) => f.write_str("the field is filled where it is empty"),
            Self::Rule(Rule::Propose) => f.write_str("the field is proposed, not written"),
            Self::Rule(Rule::Overwrite) => f.write_str("the field may be overwritten"),
            Self::Empty => f.write_str("the field is empty"),
            Self::Filled => f.write_str("the field has another value"),
            Self::Purpose => f.write_str("the value may not be used for that"),
            Self::Expired => f.write_str("the value may no longer be kept"),
            Self::Group(group) => write!(f, "another field of the group {group} is not written"),
            Self::Unprotected => f.write_str("the system cannot protect others' changes"),
            Self::Nothing => f.write_str("there is no value"),
        }
    }
}

/// A value that a policy lets be written to one field. `Debug` hides the value.
///
/// Only [`Policies::decide`] makes one. It can be stored and read again, as an outbox does; whoever
/// performs it asks the policies [once more](Policies::permits).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Write {
    field: Field,
    value: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    before: Option<String>,
    source: SystemId,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    purposes: BTreeSet<Purpose>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    basis: Option<Basis>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    consent_ref: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    expires_at: Option<DateTime<Utc>>,
}

impl Write {
    /// Which field.
    #[must_use]
    pub fn field(&self) -> &Field {
        &self.field
    }

    /// What it is to be.
    #[must_use]
    pub fn value(&self) -> &str {
        &self.value
    }

    /// What it was when that was decided; none where it was empty.
    #[must_use]
    pub fn before(&self) -> Option<&str> {
        self.before.as_deref()
    }

    /// The system whose word it is.
    #[must_use]
    pub fn source(&self) -> &SystemId {
        &self.source
    }

    /// From when on the value may not be kept: it is not written then.
    #[must_use]
    pub fn expires_at(&self) -> Option<DateTime<Utc>> {
        self.expires_at
    }

    /// The claim that it was made of, as far as it is known still.
    pub(crate) fn claim(&self, now: DateTime<Utc>) -> Claim {
        let (field, value) = (self.field.clone(), self.value.clone());
        let mut claim = Claim::new(field, value, self.source.clone(), now);
        claim.purposes.clone_from(&self.purposes);
        claim.basis.clone_from(&self.basis);
        claim.consent_ref.clone_from(&self.consent_ref);
        claim.expires_at = self.expires_at;
        claim
    }
}

impl fmt::Debug for Write {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Write")
            .field("field", &self.field)
            .finish_non_exhaustive()
    }
}

/// A value that a person may take over in the system. `Debug` hides the values.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Proposal {
    /// Which field.
    pub field: Field,
    /// What the system has; none where it is empty.
    pub has: Option<String>,
    /// What is proposed.
    pub proposed: String,
    /// Who says so.
    pub source: SystemId,
}

impl fmt::Debug for Proposal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Proposal")
            .field("field", &self.field)
            .field("source", &self.source)
            .finish_non_exhaustive()
    }
}

const NAME: [Field; 3] = [Field::FirstName, Field::LastName, Field::FullName];
const ADDRESS: [Field; 4] = [Field::Street, Field::Postcode, Field::City, Field::Country];

impl Policies {
    /// The usual policies where `master` keeps the customers: names, companies, addresses, e-mails,
    /// phones and numbers are its own; handles are ours and filled where there are none; the language
    /// is proposed.
    #[must_use]
    pub fn usual(master: &SystemId) -> Self {
        let owned = || FieldPolicy::new(Owner::System(master.clone()), Rule::Never);
        let mut fields = BTreeMap::new();
        for field in NAME {
            fields.insert(field, owned().within("name"));
        }
        for field in ADDRESS {
            fields.insert(field, owned().within("address"));
        }
        let single = [
            Field::Company,
            Field::Title,
            Field::Email,
            Field::Phone,
            Field::CustomerNumber,
            Field::OrderNumber,
            Field::Tier,
        ];
        fields.extend(single.map(|field| (field, owned())));
        let ours = FieldPolicy::new(Owner::Us, Rule::FillIfEmpty).only_for(Purpose::Support);
        fields.insert(Field::Handle, ours);
        let shared = |rule| FieldPolicy::new(Owner::Shared, rule);
        fields.insert(Field::Language, shared(Rule::Propose));
        fields.insert(Field::Website, shared(Rule::FillIfEmpty));
        Self {
            fields,
            order: SourceOrder::new(vec![master.clone()]),
            ..Self::default()
        }
    }

    /// The same with this policy of a field.
    #[must_use]
    pub fn with(mut self, field: Field, policy: FieldPolicy) -> Self {
        self.fields.insert(field, policy);
        self
    }

    /// Decides what of `wanted` is written into `record`, the record as its own system holds it now;
    /// claims in it of other systems do not count. `protects` is how that system performs a patch.
    ///
    /// Of several wanted values of a field the one that [survives](Self::survivor) counts. Fields of a
    /// group are written together or not at all: where one of them cannot be, those that could are
    /// proposed. One decision for each wanted field, in the order of fields.
    #[must_use]
    pub fn decide(
        &self,
        record: &Customer,
        wanted: &[Claim],
        protects: Precondition,
        now: DateTime<Utc>,
    ) -> Vec<Decision> {
        let mut asked = Customer::new(record.id.clone(), record.kind.clone());
        asked.claims = wanted.to_vec();
        let fields: BTreeSet<&Field> = wanted.iter().map(|claim| &claim.field).collect();
        let mut decisions = Vec::new();
        for field in fields {
            decisions.push(match self.survivor(&asked, field) {
                Some(survivor) => self.decide_one(record, survivor.claim, protects, now),
                None => Decision {
                    field: field.clone(),
                    verdict: Verdict::Keep,
                    because: Reason::Nothing,
                },
            });
        }
        self.hold_groups_together(record, &mut decisions);
        decisions
    }

    /// Whether a stored write may still be performed, by the policy alone.
    #[must_use]
    pub fn permits(&self, target: &SystemId, write: &Write) -> bool {
        let Some(policy) = self.fields.get(&write.field) else {
            return false;
        };
        match &policy.owner {
            Owner::System(owner) => owner != target && *owner == write.source,
            Owner::Us | Owner::Shared => match policy.rule {
                Rule::Overwrite => true,
                Rule::FillIfEmpty => write.before.is_none(),
                Rule::Never | Rule::Propose => false,
            },
        }
    }

    /// Whether rows of handles may be made: not where a policy of [`Field::Handle`] says
    /// [`Never`](Rule::Never), gives them to a system, or is for other purposes than
    /// [support](Purpose::Support) alone. Without such a policy they may, since a person or the host has
    /// confirmed each.
    #[must_use]
    pub fn keeps_handles(&self) -> bool {
        let may = |policy: &FieldPolicy| {
            let ours = !matches!(policy.owner, Owner::System(_)) && policy.rule != Rule::Never;
            ours && (policy.purposes.is_empty() || policy.purposes.contains(&Purpose::Support))
        };
        self.fields.get(&Field::Handle).is_none_or(may)
    }

    /// From when on a value of a field that was said at `said` may no longer be kept, where the policy
    /// limits that.
    #[must_use]
    pub fn expires_at(&self, field: &Field, said: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let days = self.fields.get(field)?.keep_days?;
        said.checked_add_signed(TimeDelta::days(i64::from(days)))
    }

    fn decide_one(
        &self,
        record: &Customer,
        wanted: &Claim,
        protects: Precondition,
        now: DateTime<Utc>,
    ) -> Decision {
        let system = &record.id.system;
        let has = held(record, &wanted.field);
        let late = self.expires_at(&wanted.field, wanted.said_at());
        let decision = |verdict, because| Decision {
            field: wanted.field.clone(),
            verdict,
            because,
        };
        let propose = |because| {
            let proposal = Proposal {
                field: wanted.field.clone(),
                has: has.first().map(|&value| value.to_owned()),
                proposed: wanted.value.clone(),
                source: wanted.source.clone(),
            };
            decision(Verdict::Propose(proposal), because)
        };
        let write = |because| {
            let write = Write {
                field: wanted.field.clone(),
                value: wanted.value.clone(),
                before: has.first().map(|&value| value.to_owned()),
                source: wanted.source.clone(),
                purposes: wanted.purposes.clone(),
                basis: wanted.basis.clone(),
                consent_ref: wanted.consent_ref.clone(),
                expires_at: wanted.expires_at.into_iter().chain(late).min(),
            };
            decision(Verdict::Write(write), because)
        };
        if has
            .iter()
            .any(|value| self.same(&wanted.field, value, &wanted.value))
        {
            return decision(Verdict::Keep, Reason::Same);
        }
        let Some(policy) = self.fields.get(&wanted.field) else {
            return decision(Verdict::Keep, Reason::NoPolicy);
        };
        if wanted.is_expired(now) || late.is_some_and(|late| late <= now) {
            return decision(Verdict::Keep, Reason::Expired);
        }
        if !policy.purposes.is_empty() && policy.purposes.is_disjoint(&wanted.purposes) {
            return decision(Verdict::Keep, Reason::Purpose);
        }
        match &policy.owner {
            Owner::System(owner) if owner == system || *owner != wanted.source => {
                return propose(Reason::OwnedBy(owner.clone()));
            }
            Owner::System(_) => {
                return match protects {
                    Precondition::None if !self.unprotected => propose(Reason::Unprotected),
                    _ => write(Reason::FromOwner),
                };
            }
            Owner::Us | Owner::Shared => {}
        }
        match policy.rule {
            Rule::Never => decision(Verdict::Keep, Reason::Rule(Rule::Never)),
            Rule::Propose => propose(Reason::Rule(Rule::Propose)),
            Rule::FillIfEmpty if has.is_empty() => write(Reason::Empty),
            Rule::FillIfEmpty => propose(Reason::Filled),
            Rule::Overwrite if has.is_empty() => write(Reason::Empty),
            Rule::Overwrite => match protects {
                Precondition::None if !self.unprotected => propose(Reason::Unprotected),
                _ => write(Reason::Rule(Rule::Overwrite)),
            },
        }
    }

    /// Turns writes into proposals where the group they belong to cannot be written as a whole.
    fn hold_groups_together(&self, record: &Customer, decisions: &mut [Decision]) {
        let group_of = |field: &Field| self.fields.get(field).and_then(|p| p.group.as_ref());
        let mut broken: BTreeSet<&String> = BTreeSet::new();
        for decision in decisions.iter() {
            let Some(group) = group_of(&decision.field) else {
                continue;
            };
            let as_wanted =
                matches!(decision.verdict, Verdict::Write(_)) || decision.because == Reason::Same;
            if !as_wanted {
                broken.insert(group);
            }
        }
        let wanted: BTreeSet<Field> = decisions.iter().map(|d| d.field.clone()).collect();
        for (field, policy) in &self.fields {
            // What the record has and nobody gives with the rest would be left over from another
            // source.
            if let Some(group) = &policy.group
                && !wanted.contains(field)
                && !held(record, field).is_empty()
            {
                broken.insert(group);
            }
        }
        for decision in decisions {
            let Some(group) = group_of(&decision.field) else {
                continue;
            };
            if let Verdict::Write(write) = &decision.verdict
                && broken.contains(group)
            {
                decision.verdict = Verdict::Propose(Proposal {
                    field: write.field.clone(),
                    has: write.before.clone(),
                    proposed: write.value.clone(),
                    source: write.source.clone(),
                });
                decision.because = Reason::Group(group.clone());
            }
        }
    }

    /// Whether two values of a field say the same, however they are written.
    #[must_use]
    pub fn same(&self, field: &Field, a: &str, b: &str) -> bool {
        let (a, b) = (a.trim(), b.trim());
        a == b || {
            let norm = |value| normal::value(field, value, self.region);
            norm(a).is_some_and(|norm_a| Some(norm_a) == norm(b))
        }
    }
}

/// What the record's own system holds in a field.
fn held<'a>(record: &'a Customer, field: &Field) -> Vec<&'a str> {
    let own = record.claims.iter().filter(|claim| {
        claim.field == *field && claim.source == record.id.system && !claim.value.trim().is_empty()
    });
    own.map(|claim| claim.value.as_str()).collect()
}

#[cfg(test)]
mod tests;
