use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use aspa_types::{CustomerId, SystemId};
use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::{
    Capabilities, Case, Customer, Effect, Error, ErrorKind, Field, Probe, Receipt, normal,
};

/// A system that keeps customers: a CRM, an ERP, a billing system, a file.
///
/// A connector only translates. Paging, repeating, waiting, comparing and deciding are done here:
/// [`step`](crate::step) reads, [`Writer`](crate::Writer) writes, [`Policies`](crate::Policies) decide.
///
/// # Contract
///
/// 1. `capabilities` does no IO and answers the same for the life of the value.
/// 2. `changes(None, …)` starts with everything there is; following `next` until `done` gives
///    every record at least once.
/// 3. `next` is valid after every page, the empty and the last one included: stored and used
///    later, also by another process, it goes on without a gap. Where the system can no longer
///    do so, `changes` fails with [`CursorExpired`](crate::ErrorKind::CursorExpired) and never
///    skips in silence.
/// 4. A change may come more than once; applying it again makes no difference. The same cursor
///    twice gives no less than it gave before. A later change of one record comes later.
/// 5. With nothing new, the page is empty, `done`, and its `next` is as good as the old cursor.
/// 6. A page holds at most `limit` changes; 0 counts as 1.
/// 7. Where deletes are [in the feed](crate::Deletes::InFeed), a record that is gone comes as `Gone`, or
///    as `Merged` where the system says into which; otherwise absence proves nothing.
/// 8. `find` gives every record that holds the value, in the order of ids, and an empty list where
///    none does; a field that is not among `capabilities().lookups` is
///    [`Unsupported`](crate::ErrorKind::Unsupported).
/// 9. `get` of a record that is not there, or is another system's, is `Ok(None)`.
/// 10. `perform` does an effect whose name is among `capabilities().effects` once, sends what it names
///     and nothing else, and receipts say what came of it. Any other effect is `Unsupported`, before
///     any request. A text over a declared limit is [`Invalid`](crate::ErrorKind::Invalid), before
///     any request; nothing is ever cut.
/// 11. Where an effect's idempotency is [`NaturalKey`](crate::Idempotency::NaturalKey), performing it
///     twice, also at the same time, makes one record; the second receipt says
///     [`Nothing`](crate::Did::Nothing) or `Changed`.
/// 12. Where an effect's precondition is [`Strong`](crate::Precondition::Strong), a change by
///     somebody else since `expect` is a [`Conflict`](crate::ErrorKind::Conflict), and nothing is
///     written.
/// 13. A patch of a record that is not there is `NotFound`, and never makes one. What is to be taken
///     away and is not there is a receipt, not an error.
/// 14. An error says whether the effect [landed](Error::landed): [`No`](aspa_types::Landed::No) only
///     where nothing was sent or the system documents that it refused. One request in each case: only
///     the library repeats.
/// 15. `probe` asks the system, not what the connector remembers: of an effect that landed it is never
///     `Absent`, of one that was never performed never `Found`.
/// 16. What `perform` wrote comes back by `changes` and `get` with the receipt's version, where the
///     receipt has one, within `lag_seconds`.
/// 17. No error, and no `Debug`, shows a credential or a value of a customer.
/// 18. All methods may be called at the same time, and be dropped before they end. They may wait
///     for the network but never block the thread.
#[async_trait]
pub trait Crm: fmt::Debug + Send + Sync + 'static {
    /// The system whose records these are: that of every id it gives. No IO.
    fn system(&self) -> &SystemId;

    /// What this system can do.
    fn capabilities(&self) -> Cow<'_, Capabilities>;

    /// What changed since a cursor, or everything.
    ///
    /// # Errors
    ///
    /// [`Error`], above all `CursorExpired`: read everything again and drop what does not come.
    async fn changes(&self, cursor: Option<&Cursor>, limit: usize) -> Result<Page, Error>;

    /// The records that hold a value.
    ///
    /// # Errors
    ///
    /// [`Error`], above all `Unsupported` for a field that cannot be looked up.
    async fn find(&self, lookup: &Lookup) -> Result<Vec<Customer>, Error>;

    /// One record.
    ///
    /// # Errors
    ///
    /// [`Error`]; a record that is not there is none.
    async fn get(&self, id: &CustomerId) -> Result<Option<Customer>, Error>;

    /// Does one thing in the system. A system that is only read does not say otherwise.
    ///
    /// # Errors
    ///
    /// [`Error`], which says whether it landed all the same.
    async fn perform(&self, effect: &Effect) -> Result<Receipt, Error> {
        let _ = effect;
        Err(Error::new(ErrorKind::Unsupported, "perform"))
    }

    /// Looks whether an effect landed, before it is performed again.
    ///
    /// # Errors
    ///
    /// [`Error`], where the system could not be asked.
    async fn probe(&self, effect: &Effect) -> Result<Probe, Error> {
        let _ = effect;
        Ok(Probe::CannotTell)
    }
}

/// A connector that is shared.
#[async_trait]
impl<C: Crm + ?Sized> Crm for Arc<C> {
    fn system(&self) -> &SystemId {
        (**self).system()
    }

    fn capabilities(&self) -> Cow<'_, Capabilities> {
        (**self).capabilities()
    }

    async fn changes(&self, cursor: Option<&Cursor>, limit: usize) -> Result<Page, Error> {
        (**self).changes(cursor, limit).await
    }

    async fn find(&self, lookup: &Lookup) -> Result<Vec<Customer>, Error> {
        (**self).find(lookup).await
    }

    async fn get(&self, id: &CustomerId) -> Result<Option<Customer>, Error> {
        (**self).get(id).await
    }

    async fn perform(&self, effect: &Effect) -> Result<Receipt, Error> {
        (**self).perform(effect).await
    }

    async fn probe(&self, effect: &Effect) -> Result<Probe, Error> {
        (**self).probe(effect).await
    }
}

/// Where a reader stands in the changes of one system; opaque.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Cursor(String);

impl Cursor {
    /// A connector's text.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The connector's text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Some changes and where to go on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Page {
    /// What changed.
    pub changes: Vec<Change>,
    /// Where to go on, now or later.
    pub next: Cursor,
    /// Whether there is nothing more for now.
    pub done: bool,
    /// How many records a reading from the start will bring, where the system tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total: Option<u64>,
}

impl Page {
    /// A page.
    #[must_use]
    pub fn new(changes: Vec<Change>, next: Cursor, done: bool) -> Self {
        Self {
            changes,
            next,
            done,
            total: None,
        }
    }
}

/// One change of one record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Change {
    /// The record is now so.
    Put(Customer),
    /// The record is gone.
    Gone {
        /// Which.
        id: CustomerId,
    },
    /// A case that we wrote is now so: for tickets whose status the CRM decides.
    Case(Case),
    /// The record went into another one.
    Merged {
        /// The record that is gone.
        old: CustomerId,
        /// The one that has it now.
        into: CustomerId,
    },
}

impl Change {
    /// The customer's record that it is about; none for a case.
    #[must_use]
    pub fn id(&self) -> Option<&CustomerId> {
        match self {
            Self::Put(customer) => Some(&customer.id),
            Self::Gone { id } | Self::Merged { old: id, .. } => Some(id),
            Self::Case(_) => None,
        }
    }
}

/// What a webhook of the system says: which records to read again. It is never taken for what they
/// hold, since deliveries come late, twice, out of order or not at all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Hint {
    /// This record.
    Record(CustomerId),
    /// Whatever has changed.
    Changes,
}

/// A value to look for; `Debug` hides it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Lookup {
    /// In which field.
    pub field: Field,
    /// The value, in any spelling that means the same.
    pub value: String,
}

impl Lookup {
    /// Looks for a value in a field.
    #[must_use]
    pub fn new(field: Field, value: impl Into<String>) -> Self {
        Self {
            field,
            value: value.into(),
        }
    }

    /// Whether a record holds the value, comparing as [`normal::value`] writes it.
    #[must_use]
    pub fn fits(&self, customer: &Customer, region: normal::Region) -> bool {
        let wanted = normal::value(&self.field, &self.value, region);
        wanted.is_some()
            && customer
                .claims
                .iter()
                .filter(|claim| claim.field == self.field)
                .any(|claim| normal::value(&self.field, &claim.value, region) == wanted)
    }
}

impl Lookup {
    /// What to ask a system for that knows `LIKE`: a pattern that fits every spelling of the value, and
    /// others too, so that what comes is still to be [compared](Self::fits). None where no record can fit.
    ///
    /// A number is written in many ways: its letters and digits are asked for in their order, of a phone
    /// number the last seven.
    #[must_use]
    pub fn pattern(&self, region: normal::Region) -> Option<String> {
        let value = normal::value(&self.field, &self.value, region)?;
        let most = match self.field {
            Field::Phone => 7,
            Field::CustomerNumber | Field::OrderNumber => usize::MAX,
            // Of any sign, `_` fits that one too, whatever escapes the system knows.
            _ => return Some(value.replace(['%', '\\'], "_")),
        };
        let signs: Vec<char> = value.chars().filter(|c| c.is_alphanumeric()).collect();
        let last = &signs[signs.len().saturating_sub(most)..];
        let between: String = last.iter().flat_map(|sign| ['%', *sign]).collect();
        Some(between + "%")
    }
}

impl fmt::Debug for Lookup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lookup")
            .field("field", &self.field)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use normal::Region;

    #[test]
    fn a_pattern_fits_every_spelling() {
        let pattern = |field, value: &str| Lookup::new(field, value).pattern(Region::Finland);
        let phone = pattern(Field::Phone, "+358 40 123 4567");
        assert_eq!(phone.as_deref(), Some("%1%2%3%4%5%6%7%"));
        let number = pattern(Field::CustomerNumber, "AB-12");
        assert_eq!(number.as_deref(), Some("%a%b%1%2%"));
        let email = pattern(Field::Email, "A%b\\_c@X.fi");
        assert_eq!(email.as_deref(), Some("a_b__c@x.fi"));
        assert_eq!(pattern(Field::Email, "nobody"), None);
    }
}
