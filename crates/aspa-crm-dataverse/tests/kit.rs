//! The contract of CRMs, rule by rule, on a strict org in memory.

mod common;

use std::sync::Arc;

use aspa_crm::{Crm, CrmFault, Effect, EffectKind, Field, NaturalKey};
use aspa_testkit::dataverse::{FakeDataverse, USER};
use aspa_testkit::{CrmFarSide, CrmFixture, HttpFault, On, crm_trials, libtest_mimic};
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
        let fault = match fault {
            CrmFault::NoConnection => HttpFault::NoConnection,
            CrmFault::LostBefore => HttpFault::CutBefore,
            CrmFault::LostAfter => HttpFault::CutAfter,
            CrmFault::Expired => HttpFault::Expired,
            CrmFault::Throttled(wait) => {
                let message = "Number of requests exceeded the limit.";
                let mut answer = FakeDataverse::refusal(429, "0x80072322", message);
                let wait = wait.as_secs().into();
                answer.headers_mut().insert("retry-after", wait);
                HttpFault::Answer(answer)
            }
            // It knows no quota of a day.
            _ => return false,
        };
        let on = if effect { On::write() } else { On::read() };
        self.0.faults().script(on, fault);
        true
    }

    fn requests(&self) -> Option<usize> {
        Some(self.0.faults().asked().len())
    }

    async fn rows(&self, effect: &Effect) -> Option<usize> {
        let count = |object: &str, is: &[(&str, &str)]| {
            let rows = self.0.rows(object);
            let fits = |row: &&Value| is.iter().all(|(column, value)| row[*column] == *value);
            rows.iter().filter(fits).count()
        };
        let persona = |customer: &CustomerId, handle| {
            let key = NaturalKey::handle(handle);
            let is = [
                ("_customerid_value", own(customer)),
                ("aspa_handle", key.as_str()),
            ];
            count("socialprofiles", &is)
        };
        Some(match &effect.kind {
            EffectKind::LinkHandle { customer, handle } => persona(customer, &handle.handle),
            EffectKind::UnlinkHandle { customer, handle } => persona(customer, handle),
            EffectKind::Create(new) => count("contacts", &[("aspa_key", new.key.as_str())]),
            EffectKind::UpsertCase(case) => count("incidents", &[("aspa_key", case.key.as_str())]),
            EffectKind::AddActivity(one) => count("tasks", &[("aspa_key", one.key.as_str())]),
            EffectKind::Redact { activity } => {
                let rows = self.0.rows("tasks");
                let told = |row: &&Value| {
                    row["aspa_key"] == activity.as_str() && row.get("description").is_some()
                };
                rows.iter().filter(told).count()
            }
            EffectKind::Follow { customer, user, .. } => count(
                "postfollows",
                &[
                    ("_regardingobjectid_value", own(customer)),
                    ("_ownerid_value", user),
                ],
            ),
            EffectKind::Erase { customer } | EffectKind::Patch { customer, .. } => {
                count("contacts", &[("contactid", own(customer))])
            }
            _ => return None,
        })
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
