//! Writing into CRMs what is decided here: through the same outbox as replies, in the same commit as
//! the decision.

mod channel;
mod erasing;
mod mirror;
mod proposals;
mod reading;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use aspa_channel::{Channel, ConversationKey, ErrorKind, Receipt};
use aspa_crm::{
    Capabilities, Claim, Crm, Effect, EffectKind, EffectName, NaturalKey, Policies, Proposal,
    ReadSettings, Verdict, Written,
};
use aspa_store::{OutboxQuery, OutboxRow, OutboxState, Wanted};
use aspa_types::{AccountId, AgentId, CustomerId, EffectKey, SystemId, TicketId};
use serde_json::json;

pub(crate) use self::erasing::left_of;
pub use self::erasing::{CrmErasure, CrmErasureLeft, CrmErasureState};
pub(crate) use self::mirror::{CASE, is_about};
use crate::clock::Clock;
use crate::desk::Desk;
use crate::error::Error;

/// How many effects are read at once.
const PAGE: usize = 500;
/// What an effect that is a write into a CRM calls itself.
const CRM: &str = "crm";
/// Where a receipt keeps what the CRM said.
const RECEIPT: &str = "crm";
/// Where a receipt keeps what was not written and is proposed.
const PROPOSALS: &str = "proposals";

/// A CRM that a desk writes into, what it writes there by itself, and how often a [running](Desk::run)
/// desk reads it. Without more than [`new`](Self::new), only what [`Desk::offer`] and [`Desk::write`]
/// queue is written, and only [`Desk::sync`] reads.
///
/// It is an account of the desk, named as the system is: it can be paused, its effects are listed by
/// [`Desk::outbox`], need approval where the [terms](crate::DeskBuilder::terms) say so, and are looked
/// for after a crash as replies are. What is written about one record is written in order.
#[derive(Debug, Clone)]
#[must_use]
pub struct CrmAccount {
    crm: Arc<dyn Crm>,
    policies: Arc<Policies>,
    handles: bool,
    cases: bool,
    erases: bool,
    users: Arc<BTreeMap<AgentId, String>>,
    tickets_at: Option<String>,
    read_every: Option<Duration>,
}

impl CrmAccount {
    /// Writes into this system, fields as these policies allow.
    pub fn new(crm: Arc<dyn Crm>, policies: Policies) -> Self {
        Self {
            crm,
            policies: Arc::new(policies),
            handles: false,
            cases: false,
            erases: false,
            users: Arc::default(),
            tickets_at: None,
            read_every: None,
        }
    }

    /// Keeps a row for each handle that the host or an agent says is one of the system's customers, and
    /// takes it away when they no longer say so. What weights alone decide is never written. A record
    /// that the CRM merged into another took its rows along. Whoever is [erased](Desk::erase) here loses
    /// them too.
    pub fn with_handles(mut self) -> Self {
        self.handles = true;
        self
    }

    /// Has a case be as each ticket is whose customer is linked to one of the system's: made once they are,
    /// or with the ticket's next change where it is closed by then; changed whenever the ticket stands
    /// elsewhere, is given to another of the [users](Self::users) or its customer is another record; closed
    /// when the link goes, until there is one again. The ticket decides; what the CRM's users do to the
    /// status of such a case is written over. A bundled ticket's case stays as it was.
    pub fn with_cases(mut self) -> Self {
        self.cases = true;
        self
    }

    /// Erases in the system too whom [`Desk::erase`] erases as a customer. Without it that is left to
    /// people, to whom [`Desk::erased_customers`] says whom.
    pub fn with_erasures(mut self) -> Self {
        self.erases = true;
        self
    }

    /// Says who works on each case: which user of the system an agent is. A ticket of an agent who is
    /// none leaves the case to whoever has it there.
    pub fn users(mut self, users: impl IntoIterator<Item = (AgentId, String)>) -> Self {
        self.users = Arc::new(users.into_iter().collect());
        self
    }

    /// Says in each case where its ticket is shown: at this address with the ticket's id behind it.
    pub fn tickets_at(mut self, address: impl Into<String>) -> Self {
        self.tickets_at = Some(address.into());
        self
    }

    /// Has a running desk [take in](Desk::sync) what has changed there so long after each reading, by whichever
    /// process; later where the system asks for that.
    pub fn read_every(mut self, time: Duration) -> Self {
        self.read_every = Some(time);
        self
    }

    pub(crate) fn system(&self) -> &SystemId {
        self.crm.system()
    }

    /// How it is read.
    pub(crate) fn capabilities(&self) -> Cow<'_, Capabilities> {
        self.crm.capabilities()
    }

    pub(crate) fn settings(&self) -> ReadSettings {
        let mut settings = ReadSettings::default();
        let every = self.read_every.unwrap_or(settings.every);
        // Else one that takes longer never ends.
        settings.every = every.max(Duration::from_secs(1));
        settings
    }

    pub(crate) fn account(&self) -> Result<AccountId, Error> {
        Ok(AccountId::new(self.system().as_str())?)
    }

    pub(crate) fn channel(&self, clock: Arc<dyn Clock>) -> Result<Arc<dyn Channel>, Error> {
        let channel = channel::CrmChannel::new(
            self.account()?,
            self.crm.clone(),
            self.policies.clone(),
            clock,
        )?;
        Ok(Arc::new(channel))
    }

    fn performs(&self, effect: &EffectName) -> bool {
        self.crm.capabilities().effects.contains_key(effect)
    }

    fn address(&self, ticket: &TicketId) -> Option<String> {
        let before = self.tickets_at.as_deref()?;
        Some(format!("{before}{ticket}"))
    }
}

/// What was not written into a CRM, since a field belongs to somebody else or a policy asks first.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Proposed {
    /// The effect that would have written it.
    pub effect: EffectKey,
    /// Whose record.
    pub customer: CustomerId,
    /// What the record has and what is proposed instead.
    pub proposal: Proposal,
}

impl Desk {
    /// Offers values for a customer's record that somebody else than its system knows: a profile, a
    /// message, an agent. What the policies let be written is queued as one effect and decided again on
    /// the record as it is when its turn comes; a field that its system owns, and whatever a policy
    /// wants a person to see first, becomes a [proposal](Self::proposals). The same values offered again
    /// for the same version of the record are queued once.
    ///
    /// # Errors
    ///
    /// When the customer is not in the replica, this tenant's desk does not write into their system, the
    /// system takes no such write, or the store fails. Nothing is queued then.
    pub async fn offer(
        &self,
        customer: &CustomerId,
        values: &[Claim],
        by: Option<AgentId>,
    ) -> Result<EffectKey, Error> {
        let mut crms = self.parts.crms.iter();
        let back = crms.find(|back| *back.system() == customer.system);
        let account = AccountId::new(customer.system.as_str())?;
        let own = self.tenant_of(&account) == self.tenant;
        let back = back.filter(|_| own);
        let back = back.ok_or_else(|| Error::UnknownAccount(account))?;
        let mut wanted = Wanted::default();
        wanted.customers.insert(customer.clone());
        let record = self.store().load(&wanted).await?.customers.remove(customer);
        let record = record.ok_or_else(|| Error::UnknownCustomer(customer.clone()))?;
        let capabilities = back.crm.capabilities();
        let patch = capabilities.effects.get(&EffectName::Patch);
        let patch =
            patch.ok_or_else(|| aspa_channel::Error::new(ErrorKind::Unsupported, "offer"))?;
        let (mut writes, mut proposals) = (Vec::new(), Vec::new());
        let precondition = patch.precondition;
        for decision in back
            .policies
            .decide(&record, values, precondition, self.now())
        {
            match decision.verdict {
                Verdict::Write(write) => writes.push(write),
                Verdict::Propose(proposal) => proposals.push(proposal),
                Verdict::Keep => {}
            }
        }
        let version = record.version().map(str::to_owned);
        let mut cause = vec!["crm", customer.system.as_str(), "offer", &customer.id];
        cause.push(version.as_deref().unwrap_or_default());
        for value in values {
            cause.extend([value.field.as_str(), &value.value, value.source.as_str()]);
        }
        let kind = EffectKind::Patch {
            customer: customer.clone(),
            writes,
            expect: version.clone(),
        };
        let key = EffectKey::derive(&cause);
        let mut effect = Effect::new(key, customer.system.clone(), kind);
        effect.by = by;
        self.queue(wrapped(&effect, &proposals)?).await
    }

    /// Queues a write into a CRM that this desk [writes into](crate::DeskBuilder::crm): to make a customer
    /// or a lead, to add a line to a history, to follow somebody. Its key is its name for ever: the same
    /// effect under the same key is queued once. For fields of a record, [`offer`](Self::offer) them.
    ///
    /// # Errors
    ///
    /// When this tenant's desk does not write into that system, the key names another effect, or the
    /// store fails. Nothing is queued then.
    pub async fn write(&self, effect: &Effect) -> Result<EffectKey, Error> {
        self.queue(wrapped(effect, &[])?).await
    }

    /// What was not written into a system and is proposed instead, in the order in which it was queued;
    /// at most so many, until somebody [accepts](Self::accept_proposal) or
    /// [dismisses](Self::dismiss_proposal) it. O(effects of that system).
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn proposals(&self, system: &SystemId, limit: usize) -> Result<Vec<Proposed>, Error> {
        let mut query = OutboxQuery::of([OutboxState::Accepted]);
        query.account = Some(AccountId::new(system.as_str())?);
        query.limit = PAGE;
        let mut proposed = Vec::new();
        loop {
            let page = self.outbox(&query).await?;
            let Some(last) = page.last() else { break };
            query.after = Some(last.effect.key.clone());
            for row in &page {
                let (Some((write, _)), Some(written)) = (unwrapped(&row.effect), written(row))
                else {
                    continue;
                };
                let Some(customer) = write.kind.customer() else {
                    continue;
                };
                let of_row = written.proposals.into_iter();
                proposed.extend(of_row.map(|proposal| Proposed {
                    effect: write.key.clone(),
                    customer: customer.clone(),
                    proposal,
                }));
            }
            if proposed.len() >= limit {
                break;
            }
        }
        proposed.truncate(limit);
        Ok(proposed)
    }
}

/// What came of a write into a CRM, once it has landed; none of any other effect.
#[must_use]
pub fn written(row: &OutboxRow) -> Option<Written> {
    let said = row.receipt.as_ref()?;
    let receipt = said.extra.get(RECEIPT)?.clone();
    let receipt: aspa_crm::Receipt = serde_json::from_value(receipt).ok()?;
    let mut written = Written::from(receipt);
    if let Some(proposals) = said.extra.get(PROPOSALS) {
        written.proposals = serde_json::from_value(proposals.clone()).ok()?;
    }
    Some(written)
}

/// A write into a CRM as an effect of the system's account, with what is proposed beside it. Its lane is
/// named by a digest, since that of a record is its customer's id.
fn wrapped(effect: &Effect, proposals: &[Proposal]) -> Result<aspa_channel::Effect, Error> {
    let account = AccountId::new(effect.system.as_str())?;
    let lane = NaturalKey::derive(&[&effect.lane()]);
    let lane = ConversationKey::new(account, lane.as_str())?;
    let kind = json!({ "type": CRM, "effect": effect, PROPOSALS: proposals });
    let kind = aspa_channel::EffectKind::Unknown(kind);
    let mut wrapped = aspa_channel::Effect::new(effect.key.clone(), lane, kind);
    wrapped.by.clone_from(&effect.by);
    Ok(wrapped)
}

/// The write that such an effect is, and what is proposed beside it.
pub(crate) fn unwrapped(effect: &aspa_channel::Effect) -> Option<(Effect, Vec<Proposal>)> {
    let aspa_channel::EffectKind::Unknown(kind) = &effect.kind else {
        return None;
    };
    let named = kind.get("type")?.as_str()? == CRM;
    let write = kind.get("effect").filter(|_| named)?.clone();
    let proposals = kind.get(PROPOSALS)?.clone();
    let proposals = serde_json::from_value(proposals).ok()?;
    Some((serde_json::from_value(write).ok()?, proposals))
}

/// The receipt of the outbox for what a CRM said.
fn receipt(written: &Written) -> Receipt {
    let said = &written.receipt;
    let mut receipt = Receipt::new(said.effect.clone());
    receipt.at = said.at;
    let mut keep = |name: &str, value: Result<serde_json::Value, serde_json::Error>| {
        if let Ok(value) = value {
            receipt.extra.insert(name.to_owned(), value);
        }
    };
    keep(RECEIPT, serde_json::to_value(said));
    if !written.proposals.is_empty() {
        keep(PROPOSALS, serde_json::to_value(&written.proposals));
    }
    receipt
}
