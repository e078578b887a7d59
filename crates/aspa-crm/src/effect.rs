use std::collections::BTreeMap;
use std::fmt;

use aspa_types::{
    AgentId, CustomerId, EffectKey, Extra, HandleKey, SystemId, keep_unknown, text_enum,
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{CustomerKind, Field, NaturalKey, Write};

text_enum! {
    /// What capabilities call an effect.
    pub enum EffectName {
        /// [`EffectKind::LinkHandle`].
        LinkHandle = "link_handle",
        /// [`EffectKind::UnlinkHandle`].
        UnlinkHandle = "unlink_handle",
        /// [`EffectKind::Create`].
        Create = "create",
        /// [`EffectKind::Patch`].
        Patch = "patch",
        /// [`EffectKind::UpsertCase`].
        UpsertCase = "upsert_case",
        /// [`EffectKind::AddActivity`].
        AddActivity = "add_activity",
        /// [`EffectKind::Follow`].
        Follow = "follow",
        /// [`EffectKind::Erase`].
        Erase = "erase",
        /// [`EffectKind::Redact`].
        Redact = "redact",
    }
}

text_enum! {
    /// What a record of a CRM is.
    pub enum RecordKind {
        /// A human being.
        Person = "person",
        /// A company, association or authority.
        Company = "company",
        /// Somebody who may become a customer.
        Lead = "lead",
        /// A case, ticket or incident.
        Case = "case",
        /// A post, call, mail or note in a customer's history.
        Activity = "activity",
        /// A presence of a customer on a network.
        Handle = "handle",
    }
}

/// Something to be done in a CRM: plain data, so that an outbox can hold it, a worker perform it and
/// a test replay it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Effect {
    /// Its name for ever. The same key is the same effect.
    pub key: EffectKey,
    /// Where it is done.
    pub system: SystemId,
    /// What is done.
    pub kind: EffectKind,
    /// Which of us wanted it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<AgentId>,
    /// What else came with it.
    #[serde(flatten)]
    pub extra: Extra,
}

impl Effect {
    /// An effect named `key`.
    #[must_use]
    pub fn new(key: EffectKey, system: SystemId, kind: EffectKind) -> Self {
        Self {
            key,
            system,
            kind,
            by: None,
            extra: Extra::new(),
        }
    }

    /// What it is done to: effects of one lane are performed in order, those of two side by side.
    #[must_use]
    pub fn lane(&self) -> String {
        let record = match &self.kind {
            EffectKind::LinkHandle { customer, .. }
            | EffectKind::UnlinkHandle { customer, .. }
            | EffectKind::Patch { customer, .. }
            | EffectKind::Follow { customer, .. }
            | EffectKind::Erase { customer } => format!("customer {}", customer.id),
            EffectKind::Create(new) => format!("new {}", new.key),
            EffectKind::UpsertCase(case) => format!("case {}", case.key),
            EffectKind::AddActivity(Activity { key, .. })
            | EffectKind::Redact { activity: key } => format!("activity {key}"),
            EffectKind::Unknown(_) => "unknown".to_owned(),
        };
        format!("{} {record}", self.system)
    }
}

/// What is done.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(remote = "Self", tag = "type", rename_all = "snake_case")]
#[non_exhaustive]
pub enum EffectKind {
    /// Write down a confirmed handle of a customer, as a row of its own.
    LinkHandle {
        /// Whose it is.
        customer: CustomerId,
        /// The row.
        handle: HandleRow,
    },
    /// Take that row away again. Where there is none nothing is done.
    UnlinkHandle {
        /// Whose it was.
        customer: CustomerId,
        /// Which.
        handle: HandleKey,
    },
    /// Make a customer or a lead, where none fits the same identifiers.
    Create(NewCustomer),
    /// Write single fields of a customer, as the [policies](crate::Policies) allow.
    Patch {
        /// Whose.
        customer: CustomerId,
        /// Which fields, and to what. Only these are sent.
        writes: Vec<Write>,
        /// The version that the decision was made on.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        expect: Option<String>,
    },
    /// Have the CRM's case be as the ticket is.
    UpsertCase(Case),
    /// Add a line to a customer's history. It is never changed again but by `Redact`.
    AddActivity(Activity),
    /// Have a user of the CRM be told of a customer, or no longer.
    Follow {
        /// Of whom.
        customer: CustomerId,
        /// The user, as the CRM names them.
        user: String,
        /// Whether to follow.
        following: bool,
    },
    /// Erase a customer with all rows of ours about them.
    Erase {
        /// Whom.
        customer: CustomerId,
    },
    /// Take the text out of an activity, since the network took the post back.
    Redact {
        /// Which.
        activity: NaturalKey,
    },
    /// An effect that this version does not know. No connector performs it.
    #[serde(skip)]
    Unknown(serde_json::Value),
}

keep_unknown!(
    EffectKind,
    "type",
    [
        "link_handle",
        "unlink_handle",
        "create",
        "patch",
        "upsert_case",
        "add_activity",
        "follow",
        "erase",
        "redact"
    ]
);

impl EffectKind {
    /// What capabilities call it.
    #[must_use]
    pub fn name(&self) -> EffectName {
        match self {
            Self::LinkHandle { .. } => EffectName::LinkHandle,
            Self::UnlinkHandle { .. } => EffectName::UnlinkHandle,
            Self::Create(_) => EffectName::Create,
            Self::Patch { .. } => EffectName::Patch,
            Self::UpsertCase(_) => EffectName::UpsertCase,
            Self::AddActivity(_) => EffectName::AddActivity,
            Self::Follow { .. } => EffectName::Follow,
            Self::Erase { .. } => EffectName::Erase,
            Self::Redact { .. } => EffectName::Redact,
            Self::Unknown(value) => {
                let name = value.get("type").and_then(serde_json::Value::as_str);
                EffectName::Other(name.unwrap_or("unknown").into())
            }
        }
    }

    /// The values that it puts into fields.
    pub(crate) fn values(&self) -> Vec<(&Field, &str)> {
        match self {
            Self::Patch { writes, .. } => {
                let each = writes.iter().map(|write| (write.field(), write.value()));
                each.collect()
            }
            Self::Create(new) => {
                let each = new.values.iter();
                each.map(|(field, value)| (field, value.as_str())).collect()
            }
            _ => Vec::new(),
        }
    }

    /// The customer that it is about, where it names one.
    #[must_use]
    pub fn customer(&self) -> Option<&CustomerId> {
        match self {
            Self::LinkHandle { customer, .. }
            | Self::UnlinkHandle { customer, .. }
            | Self::Patch { customer, .. }
            | Self::Follow { customer, .. }
            | Self::Erase { customer } => Some(customer),
            Self::UpsertCase(case) => case.customer.as_ref(),
            Self::AddActivity(activity) => Some(&activity.customer),
            Self::Create(_) | Self::Redact { .. } | Self::Unknown(_) => None,
        }
    }
}

/// `Debug` shows what is done and nothing of whom.
impl fmt::Debug for EffectKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name().as_str())
    }
}

/// Who says that a handle is a customer's. A link that a program only suggests has none of these, and
/// so never gets into a CRM.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Confirmed {
    /// The customer said so.
    ByCustomer,
    /// One of us did.
    ByAgent(AgentId),
    /// It was proven: the host knows who is logged in, a code was sent, a profile links back.
    Verified,
}

/// A confirmed handle as a row of a CRM. `Debug` hides the names.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct HandleRow {
    /// The handle.
    pub handle: HandleKey,
    /// Who confirmed it.
    pub confirmed: Confirmed,
    /// What people type to name it, without `@`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_name: Option<String>,
    /// What it shows as its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// The address of its page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

impl HandleRow {
    /// A handle that was confirmed so.
    #[must_use]
    pub fn new(handle: HandleKey, confirmed: Confirmed) -> Self {
        Self {
            handle,
            confirmed,
            user_name: None,
            display_name: None,
            url: None,
        }
    }

    /// What the row is known by.
    #[must_use]
    pub fn key(&self) -> NaturalKey {
        NaturalKey::handle(&self.handle)
    }

    /// What a person reads in the row: the user name, else the id.
    #[must_use]
    pub fn shown(&self) -> &str {
        self.user_name
            .as_deref()
            .unwrap_or_else(|| self.handle.id())
    }
}

impl fmt::Debug for HandleRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HandleRow")
            .field("network", self.handle.network())
            .field("confirmed", &self.confirmed)
            .finish_non_exhaustive()
    }
}

/// A customer or lead to be made. `Debug` hides the values.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "NewCustomerParts")]
#[non_exhaustive]
pub struct NewCustomer {
    /// What it is known by, so that it is made once.
    pub key: NaturalKey,
    /// Person or company.
    pub kind: CustomerKind,
    /// Whether it is made as a lead, where the CRM has those.
    pub lead: bool,
    /// The values, one of each field.
    pub values: BTreeMap<Field, String>,
}

#[derive(Deserialize)]
struct NewCustomerParts {
    key: NaturalKey,
    kind: CustomerKind,
    #[serde(default)]
    lead: bool,
    values: BTreeMap<Field, String>,
}

impl TryFrom<NewCustomerParts> for NewCustomer {
    type Error = TooLittle;

    fn try_from(parts: NewCustomerParts) -> Result<Self, TooLittle> {
        let new = Self::new(parts.key, parts.kind, parts.values)?;
        Ok(match parts.lead {
            true => new.as_lead(),
            false => new,
        })
    }
}

/// What is known does not tell one customer from another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a new customer needs a name, and an e-mail, phone, customer number or company beside it")]
#[non_exhaustive]
pub struct TooLittle;

impl NewCustomer {
    /// A customer with these values, empty ones left out.
    ///
    /// # Errors
    ///
    /// [`TooLittle`] without a pair that identifies: a name, and an e-mail address, a phone number, a
    /// customer number or a company; of a company its name and one of the first three.
    pub fn new(
        key: NaturalKey,
        kind: CustomerKind,
        values: impl IntoIterator<Item = (Field, String)>,
    ) -> Result<Self, TooLittle> {
        let trimmed = |(field, value): (Field, String)| (field, value.trim().to_owned());
        let values: BTreeMap<Field, String> = values
            .into_iter()
            .map(trimmed)
            .filter(|(_, value)| !value.is_empty())
            .collect();
        let has = |fields: &[Field]| fields.iter().any(|field| values.contains_key(field));
        let contact = has(&[Field::Email, Field::Phone, Field::CustomerNumber]);
        let identified = match kind {
            CustomerKind::Company => has(&[Field::Company, Field::FullName]) && contact,
            _ => has(&[Field::FullName, Field::LastName]) && (contact || has(&[Field::Company])),
        };
        identified
            .then_some(Self {
                key,
                kind,
                lead: false,
                values,
            })
            .ok_or(TooLittle)
    }

    /// The same as a lead.
    #[must_use]
    pub fn as_lead(mut self) -> Self {
        self.lead = true;
        self
    }
}

impl fmt::Debug for NewCustomer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewCustomer")
            .field("key", &self.key)
            .field("kind", &self.kind)
            .field("fields", &self.values.keys())
            .finish_non_exhaustive()
    }
}

text_enum! {
    /// How far a case is, in words that every CRM has; the names there are up to its mapping.
    pub enum CaseStatus {
        /// Nobody works on it yet.
        New = "new",
        /// Somebody does.
        Open = "open",
        /// It waits for the customer.
        WaitingCustomer = "waiting_customer",
        /// It waits for somebody of us.
        WaitingInternal = "waiting_internal",
        /// It is solved, and may come back.
        Resolved = "resolved",
        /// It is over.
        Closed = "closed",
    }
}

/// A ticket as a CRM keeps it. `Debug` hides the texts.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Case {
    /// What it is known by.
    pub key: NaturalKey,
    /// Whose it is; none while that is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer: Option<CustomerId>,
    /// What it is about, in one line.
    pub subject: String,
    /// How far it is.
    pub status: CaseStatus,
    /// Where our ticket is shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The network it came from: `mastodon`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<String>,
    /// The CRM's user who works on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// The version that this was decided on, where the CRM's own status counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
}

impl Case {
    /// A case without anything but a subject and a status.
    #[must_use]
    pub fn new(key: NaturalKey, subject: impl Into<String>, status: CaseStatus) -> Self {
        Self {
            key,
            customer: None,
            subject: subject.into(),
            status,
            url: None,
            origin: None,
            user: None,
            version: None,
        }
    }
}

impl fmt::Debug for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Case")
            .field("key", &self.key)
            .field("customer", &self.customer)
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}

/// Something that happened with a customer, as a line of their history. `Debug` hides the texts.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Activity {
    /// What it is known by.
    pub key: NaturalKey,
    /// Whose history.
    pub customer: CustomerId,
    /// The case it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub case: Option<NaturalKey>,
    /// When it happened.
    pub at: DateTime<Utc>,
    /// Whether we wrote it.
    pub outbound: bool,
    /// What it is, in one line.
    pub subject: String,
    /// What was written, where the CRM is to keep that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Where it can be seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

impl Activity {
    /// Something the customer did.
    #[must_use]
    pub fn new(
        key: NaturalKey,
        customer: CustomerId,
        at: DateTime<Utc>,
        subject: impl Into<String>,
    ) -> Self {
        Self {
            key,
            customer,
            case: None,
            at,
            outbound: false,
            subject: subject.into(),
            text: None,
            url: None,
        }
    }
}

impl fmt::Debug for Activity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Activity")
            .field("key", &self.key)
            .field("at", &self.at)
            .field("outbound", &self.outbound)
            .finish_non_exhaustive()
    }
}

/// What an effect did to a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Did {
    /// Made it.
    Created,
    /// Changed it.
    Changed,
    /// Nothing: it was so already, or what was wanted no longer is.
    Nothing,
    /// Took it away.
    Removed,
}

/// One record of a CRM.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RecordRef {
    /// What it is.
    pub kind: RecordKind,
    /// The system's id.
    pub id: String,
}

impl RecordRef {
    /// A record.
    #[must_use]
    pub fn new(kind: RecordKind, id: impl Into<String>) -> Self {
        let id = id.into();
        Self { kind, id }
    }
}

/// What came of an effect. Holds nothing personal but ids.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Receipt {
    /// The effect.
    pub effect: EffectKey,
    /// What it did.
    pub did: Did,
    /// The records it made, changed or removed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub records: Vec<RecordRef>,
    /// The version of the record after it, by which its echo is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Whether a change by somebody else in the same moment could not have been seen.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unprotected: bool,
    /// When, by the system's clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<DateTime<Utc>>,
    /// What else came with it.
    #[serde(flatten)]
    pub extra: Extra,
}

impl Receipt {
    /// It landed, and did this.
    #[must_use]
    pub fn new(effect: EffectKey, did: Did) -> Self {
        Self {
            effect,
            did,
            records: Vec::new(),
            version: None,
            unprotected: false,
            at: None,
            extra: Extra::new(),
        }
    }

    /// With one more record that it made, changed or removed.
    #[must_use]
    pub fn on(mut self, kind: RecordKind, id: impl Into<String>) -> Self {
        self.records.push(RecordRef::new(kind, id));
        self
    }

    /// With the version of the record after it.
    #[must_use]
    pub fn at_version(mut self, version: Option<String>) -> Self {
        self.version = version;
        self
    }
}

/// Whether an effect landed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(
    clippy::exhaustive_enums,
    reason = "it did, it did not, or nobody can tell"
)]
pub enum Probe {
    /// It did.
    Found(Receipt),
    /// It did not, and will not of itself.
    Absent,
    /// The system offers no way to know.
    CannotTell,
}
