use std::fmt;
use std::sync::Arc;

use aspa_crm::{Crm, CrmFault, Effect, Field};
use aspa_types::CustomerId;
use async_trait::async_trait;
use chrono::TimeDelta;

/// The other side of a connector: people who work in the system, and what goes wrong there. What a test
/// cannot have happen there says so, and the cases that need it are skipped.
#[async_trait]
pub trait CrmFarSide: Send + Sync + 'static {
    /// Somebody makes a person with these values, those left out that the system does not keep.
    async fn make(&self, values: &[(Field, &str)]) -> CustomerId;

    /// Somebody makes a person in a transaction that is stamped now and committed so much later.
    async fn make_late(&self, values: &[(Field, &str)], late: TimeDelta) -> Option<CustomerId> {
        let _ = (values, late);
        None
    }

    /// Somebody gives a field a value. False: nobody can.
    async fn edit(&self, id: &CustomerId, field: &Field, value: &str) -> bool {
        let _ = (id, field, value);
        false
    }

    /// Somebody deletes a person. False: nobody can.
    async fn delete(&self, id: &CustomerId) -> bool {
        let _ = id;
        false
    }

    /// Somebody makes a person again under the id of one that was deleted. False: nobody can.
    async fn make_again(&self, id: &CustomerId, values: &[(Field, &str)]) -> bool {
        let _ = (id, values);
        false
    }

    /// Somebody merges one person into another. False: nobody can.
    async fn merge(&self, old: &CustomerId, into: &CustomerId) -> bool {
        let _ = (old, into);
        false
    }

    /// Every cursor so far expires. False: they never do.
    async fn expire_cursors(&self) -> bool {
        false
    }

    /// Lets time pass, or waits so long where the clock is a real one and it is short.
    async fn pass(&self, time: TimeDelta) {
        let _ = time;
    }

    /// Lets this go wrong with the next effect or reading. False: it never does.
    fn fail(&self, effect: bool, fault: CrmFault) -> bool {
        let _ = (effect, fault);
        false
    }

    /// How many requests the system has had; none: nobody counts.
    fn requests(&self) -> Option<usize> {
        None
    }

    /// How many rows the system has of what this effect is about, seen without the connector: of that
    /// handle at that customer, that case, that activity (with its text, for a redaction), those made
    /// under that key, that follower, that customer. None: nobody can tell.
    async fn rows(&self, effect: &Effect) -> Option<usize>;

    /// What stands in those rows in the columns that effects fill, as text and in an order that stays. None:
    /// nobody can tell.
    async fn values(&self, effect: &Effect) -> Option<Vec<String>> {
        let _ = effect;
        None
    }
}

type Again = Arc<dyn Fn() -> Arc<dyn Crm> + Send + Sync>;

/// A connector with its far side.
#[derive(Clone)]
pub struct CrmFixture {
    pub(super) crm: Arc<dyn Crm>,
    pub(super) far: Arc<dyn CrmFarSide>,
    pub(super) again: Option<Again>,
    pub(super) secrets: Vec<String>,
    pub(super) field: Field,
    pub(super) user: String,
}

impl fmt::Debug for CrmFixture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CrmFixture")
            .field("crm", &self.crm)
            .finish_non_exhaustive()
    }
}

impl CrmFixture {
    /// A connector to a system without customers, and its far side.
    #[must_use]
    pub fn new(crm: Arc<dyn Crm>, far: Arc<dyn CrmFarSide>) -> Self {
        Self {
            crm,
            far,
            again: None,
            secrets: Vec::new(),
            field: Field::City,
            user: "user".to_owned(),
        }
    }

    /// How another process makes a connector to the same system.
    #[must_use]
    pub fn with_again(mut self, again: impl Fn() -> Arc<dyn Crm> + Send + Sync + 'static) -> Self {
        self.again = Some(Arc::new(again));
        self
    }

    /// What must never be shown: tokens and passwords.
    #[must_use]
    pub fn with_secrets(mut self, secrets: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.secrets.extend(secrets.into_iter().map(Into::into));
        self
    }

    /// A field that people edit and the connector reads, and writes where it patches; unless told, the
    /// city.
    #[must_use]
    pub fn with_field(mut self, field: Field) -> Self {
        self.field = field;
        self
    }

    /// A user of the system, who follows customers.
    #[must_use]
    pub fn with_user(mut self, user: impl Into<String>) -> Self {
        self.user = user.into();
        self
    }
}
