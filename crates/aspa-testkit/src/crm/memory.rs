use aspa_crm::{Crm, CrmFault, CustomerKind, Effect, EffectKind, Field, MemoryCrm};
use aspa_types::CustomerId;
use async_trait::async_trait;
use chrono::TimeDelta;

use super::fixture::CrmFarSide;

/// The next id that nobody has.
fn next(crm: &MemoryCrm) -> CustomerId {
    let made = crm.made();
    // The name is plain, so it is an id.
    #[expect(clippy::expect_used, reason = "c and digits are an id")]
    CustomerId::new(crm.system().clone(), format!("c{made:05}")).expect("an id")
}

#[async_trait]
impl CrmFarSide for MemoryCrm {
    async fn make(&self, values: &[(Field, &str)]) -> CustomerId {
        let id = next(self);
        self.put(&id, CustomerKind::Person, values);
        id
    }

    async fn make_late(&self, values: &[(Field, &str)], late: TimeDelta) -> Option<CustomerId> {
        let id = next(self);
        self.put_late(&id, CustomerKind::Person, values, late);
        Some(id)
    }

    async fn edit(&self, id: &CustomerId, field: &Field, value: &str) -> bool {
        Self::edit(self, id, field, value);
        true
    }

    async fn delete(&self, id: &CustomerId) -> bool {
        Self::delete(self, id);
        true
    }

    async fn make_again(&self, id: &CustomerId, values: &[(Field, &str)]) -> bool {
        self.put(id, CustomerKind::Person, values);
        true
    }

    async fn merge(&self, old: &CustomerId, into: &CustomerId) -> bool {
        Self::merge(self, old, into);
        true
    }

    async fn expire_cursors(&self) -> bool {
        Self::expire_cursors(self);
        true
    }

    async fn pass(&self, time: TimeDelta) {
        self.advance(time);
    }

    fn fail(&self, effect: bool, fault: CrmFault) -> bool {
        match effect {
            true => self.fail_effect(fault),
            false => self.fail_read(fault),
        }
        true
    }

    fn requests(&self) -> Option<usize> {
        Some(self.calls())
    }

    async fn rows(&self, effect: &Effect) -> Option<usize> {
        Some(match &effect.kind {
            EffectKind::LinkHandle { customer, handle } => {
                let handles = self.handles(customer);
                handles.iter().filter(|one| **one == handle.handle).count()
            }
            EffectKind::UnlinkHandle { customer, handle } => {
                let handles = self.handles(customer);
                handles.iter().filter(|one| *one == handle).count()
            }
            EffectKind::Create(new) => self.made_under(&new.key).len(),
            EffectKind::UpsertCase(case) => self
                .cases()
                .iter()
                .filter(|one| one.key == case.key)
                .count(),
            EffectKind::AddActivity(activity) => {
                let all = self.activities();
                all.iter().filter(|one| one.key == activity.key).count()
            }
            EffectKind::Redact { activity } => {
                let all = self.activities();
                let told = |one: &&aspa_crm::Activity| one.key == *activity && one.text.is_some();
                all.iter().filter(told).count()
            }
            EffectKind::Follow { customer, user, .. } => self
                .followers(customer)
                .iter()
                .filter(|one| *one == user)
                .count(),
            EffectKind::Erase { customer } | EffectKind::Patch { customer, .. } => self
                .customers()
                .iter()
                .filter(|one| one.id == *customer)
                .count(),
            _ => return None,
        })
    }

    async fn values(&self, effect: &Effect) -> Option<Vec<String>> {
        let texts = |texts: Vec<Option<String>>| texts.into_iter().flatten().collect();
        Some(match &effect.kind {
            EffectKind::LinkHandle { customer, handle } => {
                let probe = self.probe(effect).await.ok()?;
                let there = matches!(probe, aspa_crm::Probe::Found(_));
                let own = there.then(|| handle.shown().to_owned());
                texts(vec![own, Some(customer.id.to_string())])
            }
            EffectKind::Create(new) => {
                let made = self.made_under(&new.key);
                let all = self.customers().into_iter();
                let all = all.filter(|one| made.iter().any(|id| **id == *one.id.id));
                let claims = all.flat_map(|one| one.claims);
                claims.map(|claim| claim.value).collect()
            }
            EffectKind::UpsertCase(case) => {
                let case = self.cases().into_iter().find(|one| one.key == case.key)?;
                texts(vec![
                    Some(case.subject),
                    Some(case.status.to_string()),
                    case.customer.map(|customer| customer.id.to_string()),
                    case.user,
                    case.url,
                    case.origin,
                ])
            }
            EffectKind::AddActivity(activity) => {
                let mut all = self.activities().into_iter();
                let one = all.find(|one| one.key == activity.key)?;
                texts(vec![Some(one.subject), one.text, one.url])
            }
            _ => return None,
        })
    }
}
