//! The contract of CRMs, rule by rule, on a strict org in memory.

mod common;

use std::sync::Arc;

use aspa_crm::{Crm, CrmFault, Effect, Field};
use aspa_crm_salesforce::layout;
use aspa_testkit::salesforce::FakeSalesforce;
use aspa_testkit::{CrmFarSide, CrmFixture, crm_rows, crm_trials, crm_values, libtest_mimic};
use aspa_types::CustomerId;
use async_trait::async_trait;
use chrono::TimeDelta;
use common::{connector, id, now};
use serde_json::{Map, Value};

struct People(Arc<FakeSalesforce>);

/// The columns of a contact; its whole name and company are put together elsewhere.
fn columns(values: &[(Field, &str)]) -> Value {
    let mut row = Map::new();
    for (field, value) in values {
        let column = match field {
            Field::FirstName => "FirstName",
            Field::LastName => "LastName",
            Field::Email => "Email",
            Field::Phone => "Phone",
            Field::City => "MailingCity",
            _ => continue,
        };
        row.insert(column.to_owned(), (*value).into());
    }
    Value::Object(row)
}

#[async_trait]
impl CrmFarSide for People {
    async fn make(&self, values: &[(Field, &str)]) -> CustomerId {
        id(&self.0.make("Contact", columns(values), TimeDelta::zero()))
    }

    async fn make_late(&self, values: &[(Field, &str)], late: TimeDelta) -> Option<CustomerId> {
        Some(id(&self.0.make("Contact", columns(values), late)))
    }

    async fn edit(&self, id: &CustomerId, field: &Field, value: &str) -> bool {
        self.0.edit(&id.id, columns(&[(field.clone(), value)]))
    }

    async fn delete(&self, id: &CustomerId) -> bool {
        self.0.delete(&id.id)
    }

    async fn make_again(&self, id: &CustomerId, values: &[(Field, &str)]) -> bool {
        self.0.undelete(&id.id) && self.0.edit(&id.id, columns(values))
    }

    async fn merge(&self, old: &CustomerId, into: &CustomerId) -> bool {
        self.0.merge(&old.id, &into.id)
    }

    async fn pass(&self, time: TimeDelta) {
        self.0.pass(time);
    }

    fn fail(&self, effect: bool, fault: CrmFault) -> bool {
        self.0.faults().fail(effect, fault, |fault| match fault {
            // It does not say how long to wait.
            CrmFault::QuotaUntil(_) => Some(FakeSalesforce::refusal(
                403,
                "REQUEST_LIMIT_EXCEEDED",
                "TotalRequests Limit exceeded.",
            )),
            _ => None,
        })
    }

    fn requests(&self) -> Option<usize> {
        Some(self.0.faults().asked().len())
    }

    async fn rows(&self, effect: &Effect) -> Option<usize> {
        crm_rows(effect, &layout(), |table| self.0.rows(table))
    }

    async fn values(&self, effect: &Effect) -> Option<Vec<String>> {
        crm_values(effect, &layout(), |table| self.0.rows(table))
    }
}

fn main() {
    let trials = crm_trials("salesforce", async || {
        let org = FakeSalesforce::new(now());
        let again = Arc::clone(&org);
        CrmFixture::new(
            Arc::new(connector(&org)),
            Arc::new(People(Arc::clone(&org))),
        )
        .with_again(move || Arc::new(connector(&again)) as Arc<dyn Crm>)
        .with_secrets([org.token()])
        .with_user("005000000000001AAA")
    });
    libtest_mimic::run(&libtest_mimic::Arguments::from_args(), trials).exit();
}
