//! Doing effects in a CRM: looking first where that is needed, and deciding anew where somebody else
//! was faster.

use std::collections::BTreeMap;

use aspa_types::{CustomerId, Landed};
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    Change, Claim, Crm, Customer, CustomerKind, Did, Effect, EffectKind, Error, ErrorKind, Field,
    Idempotency, Lookup, NewCustomer, Performs, Policies, Precondition, Probe, Proposal, Reason,
    Receipt, Verdict, Write,
};

/// How many times a patch is decided anew before a person is asked.
const MOST_CONFLICTS: u32 = 3;

/// What became of earlier tries of an effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Earlier {
    /// There was none, or none of them landed.
    None,
    /// The last one may have landed.
    Unknown {
        /// When the first try was.
        first_at: DateTime<Utc>,
    },
}

/// Performs effects in one CRM as its capabilities and the policies ask for: what the worker of an
/// outbox calls, once for each try. It keeps nothing and never waits.
///
/// - After an outcome that is not known it looks first, unless performing again makes no second one.
/// - A patch is sent only as far as the policies still allow it and its values may still be kept. Where the system cannot protect it, the
///   record is read right before and right after, and the receipt says so.
/// - On a conflict the record is read and decided on again: what the other side owns, or has filled
///   in meanwhile, is dropped and proposed.
/// - No row of a handle is made where the policies [keep none](Policies::keeps_handles); taking one away is
///   always allowed.
/// - Before a customer is made, everybody who fits the same identifiers is looked for.
#[derive(Debug, Clone, Copy)]
pub struct Writer<'a> {
    crm: &'a dyn Crm,
    policies: &'a Policies,
}

/// What came of a try.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Written {
    /// The receipt.
    pub receipt: Receipt,
    /// What was not written and is proposed instead.
    pub proposals: Vec<Proposal>,
}

impl From<Receipt> for Written {
    fn from(receipt: Receipt) -> Self {
        let proposals = Vec::new();
        Self { receipt, proposals }
    }
}

impl<'a> Writer<'a> {
    /// Writes into this system, as these policies allow.
    #[must_use]
    pub fn new(crm: &'a dyn Crm, policies: &'a Policies) -> Self {
        Self { crm, policies }
    }

    /// Performs an effect.
    ///
    /// # Errors
    ///
    /// [`Error`]: where it [landed](Error::landed) `Maybe`, the next try is told of an
    /// [unknown](Earlier::Unknown) earlier one. `Duplicate` and `Ambiguous` name those who fit a new
    /// customer; `Conflict` after three decisions waits for a person, as does `Unavailable`, landed
    /// `Maybe`, with the fact `look=cannot tell`.
    pub async fn perform(
        &self,
        effect: &Effect,
        earlier: Earlier,
        now: DateTime<Utc>,
    ) -> Result<Written, Error> {
        let name = effect.kind.name();
        let capabilities = self.crm.capabilities();
        capabilities.allow(effect)?;
        let performs = capabilities.effects.get(&name).copied();
        let performs = performs.ok_or_else(|| Error::new(ErrorKind::Unsupported, "perform"))?;
        if effect.system != *self.crm.system() {
            return Err(invalid("system"));
        }
        if let Some(id) = effect.kind.customer()
            && id.system != effect.system
        {
            return Err(invalid("customer"));
        }
        if let Some(receipt) = self.looked(effect, performs, earlier, now).await? {
            return Ok(receipt.into());
        }
        match &effect.kind {
            EffectKind::Patch {
                customer,
                writes,
                expect,
            } => {
                let patch = Patching {
                    writer: *self,
                    effect,
                    customer,
                    performs,
                };
                patch.run(writes, expect.clone(), now).await
            }
            EffectKind::LinkHandle { .. } if !self.policies.keeps_handles() => {
                Ok(Receipt::new(effect.key.clone(), Did::Nothing).into())
            }
            EffectKind::Create(new) => {
                self.refuse_duplicate(new, &capabilities.lookups).await?;
                Ok(self.crm.perform(effect).await?.into())
            }
            _ => Ok(self.crm.perform(effect).await?.into()),
        }
    }

    /// The receipt, where an earlier try landed as a look shows.
    async fn looked(
        &self,
        effect: &Effect,
        performs: Performs,
        earlier: Earlier,
        now: DateTime<Utc>,
    ) -> Result<Option<Receipt>, Error> {
        let Earlier::Unknown { first_at } = earlier else {
            return Ok(None);
        };
        let remembers = match performs.idempotency {
            // A new customer is looked for by its key, or a duplicate check would find our own.
            Idempotency::NaturalKey => !matches!(effect.kind, EffectKind::Create(_)),
            Idempotency::Header { seconds } => {
                now - first_at < TimeDelta::seconds(i64::from(seconds))
            }
            Idempotency::LookFirst => false,
        };
        if remembers {
            return Ok(None);
        }
        match self.crm.probe(effect).await? {
            Probe::Found(receipt) => Ok(Some(receipt)),
            Probe::Absent => Ok(None),
            Probe::CannotTell => Err(Error::new(ErrorKind::Unavailable, "probe")
                .with_landed(Landed::Maybe)
                .with("look", "cannot tell")),
        }
    }

    /// # Errors
    ///
    /// `Duplicate` of the one, `Ambiguous` of the several records that fit; those of the system.
    async fn refuse_duplicate(&self, new: &NewCustomer, lookups: &[Field]) -> Result<(), Error> {
        let mut fit: Vec<CustomerId> = Vec::new();
        for field in [Field::CustomerNumber, Field::Email, Field::Phone] {
            let Some(value) = new.values.get(&field).filter(|_| lookups.contains(&field)) else {
                continue;
            };
            let found = self.crm.find(&Lookup::new(field, value)).await?;
            fit.extend(found.into_iter().map(|record| record.id));
        }
        // A name alone fits many; together with the company it tells one.
        let company = new.values.get(&Field::Company);
        if let Some(company) = company.filter(|_| lookups.contains(&Field::Company)) {
            let found = self.crm.find(&Lookup::new(Field::Company, company)).await?;
            let wanted = name_of(&new.values, &new.kind);
            let same = |record: &Customer| {
                let name = record.name().unwrap_or_default();
                self.policies.same(&Field::FullName, &name, &wanted)
            };
            fit.extend(found.into_iter().filter(same).map(|record| record.id));
        }
        fit.sort_unstable();
        fit.dedup();
        match fit.len() {
            0 => Ok(()),
            1 => Err(Error::new(ErrorKind::Duplicate(fit.remove(0)), "perform")),
            _ => Err(Error::new(ErrorKind::Ambiguous(fit), "perform")),
        }
    }
}

/// One patch on its way.
struct Patching<'a> {
    writer: Writer<'a>,
    effect: &'a Effect,
    customer: &'a CustomerId,
    performs: Performs,
}

impl Patching<'_> {
    async fn run(
        &self,
        writes: &[Write],
        expect: Option<String>,
        now: DateTime<Utc>,
    ) -> Result<Written, Error> {
        let Writer { crm, policies } = self.writer;
        let target = &self.effect.system;
        // What may no longer be kept is not even proposed.
        let kept = |write: &&Write| write.expires_at().is_none_or(|end| now < end);
        let (mut writes, refused): (Vec<Write>, Vec<Write>) = writes
            .iter()
            .filter(kept)
            .cloned()
            .partition(|write| policies.permits(target, write));
        let mut proposals: Vec<Proposal> = refused.iter().map(proposal).collect();
        let protected = self.performs.precondition == Precondition::Strong;
        let mut expect = expect.filter(|_| protected);
        let mut conflicts = 0;
        loop {
            if writes.is_empty() {
                let receipt = Receipt::new(self.effect.key.clone(), Did::Nothing);
                return Ok(Written { receipt, proposals });
            }
            if expect.is_none() {
                let record = self.read().await?;
                expect = record.version().map(str::to_owned);
                writes = self.decided_again(&record, &writes, &mut proposals, now);
                if writes.is_empty() {
                    continue;
                }
            }
            let mut effect = self.effect.clone();
            effect.kind = EffectKind::Patch {
                customer: self.customer.clone(),
                writes: writes.clone(),
                expect: expect.clone(),
            };
            match crm.perform(&effect).await {
                Ok(mut receipt) => {
                    // A record without a version cannot be told from its successor either.
                    if expect.is_none() || !protected {
                        receipt.unprotected = true;
                        self.compare_after(&writes, &mut receipt).await;
                    }
                    return Ok(Written { receipt, proposals });
                }
                Err(error) if matches!(error.kind(), ErrorKind::Conflict { .. }) => {
                    conflicts += 1;
                    if conflicts >= MOST_CONFLICTS {
                        return Err(error);
                    }
                    expect = None;
                }
                Err(error) => return Err(error),
            }
        }
    }

    async fn read(&self) -> Result<Customer, Error> {
        let record = self.writer.crm.get(self.customer).await?;
        record.ok_or_else(|| Error::new(ErrorKind::NotFound, "perform"))
    }

    /// What may still be written into the record as it is now; the rest is proposed or has no point.
    fn decided_again(
        &self,
        record: &Customer,
        writes: &[Write],
        proposals: &mut Vec<Proposal>,
        now: DateTime<Utc>,
    ) -> Vec<Write> {
        let policies = self.writer.policies;
        let wanted: Vec<Claim> = writes.iter().map(|write| write.claim(now)).collect();
        let mut kept = Vec::new();
        for decision in policies.decide(record, &wanted, self.performs.precondition, now) {
            match decision.verdict {
                Verdict::Write(write) => {
                    let decided_on = writes.iter().find(|one| one.field() == write.field());
                    let before = decided_on.and_then(Write::before);
                    let moved = match (before, write.before()) {
                        (Some(a), Some(b)) => !policies.same(write.field(), a, b),
                        (a, b) => a.is_some() != b.is_some(),
                    };
                    // Somebody wrote there meanwhile: only the owner of the field knows better.
                    if moved && decision.because != Reason::FromOwner {
                        proposals.push(proposal(&write));
                    } else {
                        kept.push(write);
                    }
                }
                Verdict::Propose(proposed) => proposals.push(proposed),
                Verdict::Keep => {}
            }
        }
        kept
    }

    /// Reads back what a system without strong preconditions made of it: for the receipt alone.
    async fn compare_after(&self, writes: &[Write], receipt: &mut Receipt) {
        if self.writer.crm.capabilities().lag_seconds > 0 {
            return;
        }
        let Ok(Some(record)) = self.writer.crm.get(self.customer).await else {
            return;
        };
        let holds = |write: &Write| {
            let mut own = record
                .claims
                .iter()
                .filter(|claim| claim.field == *write.field() && claim.source == record.id.system);
            own.any(|claim| {
                let policies = self.writer.policies;
                policies.same(write.field(), &claim.value, write.value())
            })
        };
        if !writes.iter().all(holds) {
            receipt
                .extra
                .insert("overwritten_since".to_owned(), true.into());
        }
        let version = record.version().map(str::to_owned);
        receipt.version = version.or(receipt.version.take());
    }
}

/// Which of our own writes come back in the feed: so that nobody is told of what we did ourselves.
///
/// Remembers the versions of the last receipts, so many of them.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Echoes {
    versions: BTreeMap<CustomerId, String>,
}

/// How many receipts are remembered.
const MOST_ECHOES: usize = 10_000;

impl Echoes {
    /// A receipt came for an effect.
    pub fn wrote(&mut self, effect: &Effect, receipt: &Receipt) {
        if let (Some(id), Some(version)) = (effect.kind.customer(), &receipt.version) {
            if self.versions.len() >= MOST_ECHOES {
                self.versions.pop_first();
            }
            self.versions.insert(id.clone(), version.clone());
        }
    }

    /// Whether a change is what we wrote ourselves, and nothing else since.
    #[must_use]
    pub fn is_echo(&self, change: &Change) -> bool {
        let Change::Put(customer) = change else {
            return false;
        };
        let ours = self.versions.get(&customer.id).map(String::as_str);
        ours.is_some() && customer.version() == ours
    }
}

fn proposal(write: &Write) -> Proposal {
    Proposal {
        field: write.field().clone(),
        has: write.before().map(str::to_owned),
        proposed: write.value().to_owned(),
        source: write.source().clone(),
    }
}

fn name_of(values: &BTreeMap<Field, String>, kind: &CustomerKind) -> String {
    let of = |field: &Field| values.get(field).map(String::as_str);
    let parted = [of(&Field::FirstName), of(&Field::LastName)];
    let parted = parted.into_iter().flatten().collect::<Vec<_>>().join(" ");
    let whole = of(&Field::FullName).map(str::to_owned);
    match kind {
        CustomerKind::Company => of(&Field::Company).unwrap_or_default().to_owned(),
        _ => whole.unwrap_or(parted),
    }
}

fn invalid(field: &str) -> Error {
    let field = field.to_owned();
    Error::new(ErrorKind::Invalid { field }, "perform")
}

#[cfg(test)]
mod tests;
