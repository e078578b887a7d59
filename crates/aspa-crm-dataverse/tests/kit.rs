//! The contract of CRMs, rule by rule, on a strict org in memory.

mod common;

use std::sync::Arc;

use aspa_crm::{Crm, CrmFault, Effect, Field};
use aspa_crm_dataverse::layout;
use aspa_testkit::dataverse::{FakeDataverse, USER};
use aspa_testkit::{CrmFarSide, CrmFixture, crm_rows, crm_trials, crm_values, libtest_mimic};
use aspa_types::CustomerId;
use async_trait::async_trait;
use chrono::TimeDelta;
use common::{connector, id, now, own};
use serde_json::{Map, Value};

struct People(Arc<FakeDataverse>);

/// The columns of a contact; its whole name and company are put together elsewhere.
fn columns(values: &[(Field, &str)]) -> Value {
    let mut row = Map::new();
    for (field, value) in values {
        let column = match field {
            Field::FirstName => "firstname",
            Field::LastName => "lastname",
            Field::Email => "emailaddress1",
            Field::Phone => "telephone1",
            Field::City => "address1_city",
            _ => continue,
        };
        row.insert(column.to_owned(), (*value).into());
    }
    Value::Object(row)
}

#[async_trait]
impl CrmFarSide for People {
    async fn make(&self, values: &[(Field, &str)]) -> CustomerId {
        id(&self.0.make("contacts", columns(values), TimeDelta::zero()))
    }

    async fn make_late(&self, values: &[(Field, &str)], late: TimeDelta) -> Option<CustomerId> {
        Some(id(&self.0.make("contacts", columns(values), late)))
    }

    async fn edit(&self, id: &CustomerId, field: &Field, value: &str) -> bool {
        self.0.edit(own(id), columns(&[(field.clone(), value)]))
    }

    async fn delete(&self, id: &CustomerId) -> bool {
        self.0.delete(own(id))
    }

    async fn make_again(&self, id: &CustomerId, values: &[(Field, &str)]) -> bool {
        self.0.make_again(own(id), columns(values))
    }

    async fn merge(&self, old: &CustomerId, into: &CustomerId) -> bool {
        self.0.merge(own(old), own(into))
    }

    async fn expire_cursors(&self) -> bool {
        self.0.expire_deltas();
        true
    }

    async fn pass(&self, time: TimeDelta) {
        self.0.pass(time);
        // A new token; the old one may have died of age.
        self.0.expire();
    }

    fn fail(&self, effect: bool, fault: CrmFault) -> bool {
        self.0.faults().fail(effect, fault, |fault| match fault {
            // It knows no quota of a day.
            CrmFault::Throttled(wait) => {
                let message = "Number of requests exceeded the limit.";
                let mut answer = FakeDataverse::refusal(429, "0x80072322", message);
                let wait = wait.as_secs().into();
                answer.headers_mut().insert("retry-after", wait);
                Some(answer)
            }
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
    let trials = crm_trials("dataverse", async || {
        let org = FakeDataverse::new(now());
        let again = Arc::clone(&org);
        CrmFixture::new(
            Arc::new(connector(&org)),
            Arc::new(People(Arc::clone(&org))),
        )
        .with_again(move || Arc::new(connector(&again)) as Arc<dyn Crm>)
        .with_secrets([org.token()])
        .with_user(USER)
    });
    libtest_mimic::run(&libtest_mimic::Arguments::from_args(), trials).exit();
}
