use chrono::{TimeDelta, Timelike};

use super::{MemoryCrm, State};
use crate::{
    Case, Change, CustomerKind, Did, Effect, EffectKind, Error, ErrorKind, Field, Idempotency,
    NaturalKey, NewCustomer, Precondition, Probe, Receipt, RecordKind, Write,
};

impl MemoryCrm {
    pub(super) fn perform_in(&self, state: &mut State, effect: &Effect) -> Result<Receipt, Error> {
        let error = |kind| Error::new(kind, "perform");
        let performs = self.capabilities.effects.get(&effect.kind.name());
        let performs = performs.ok_or_else(|| error(ErrorKind::Unsupported))?;
        let keyed = performs.idempotency == Idempotency::NaturalKey;
        let receipt = |did| Receipt::new(effect.key.clone(), did);
        if let Some(id) = effect.kind.customer()
            && !matches!(
                effect.kind,
                EffectKind::Erase { .. } | EffectKind::UnlinkHandle { .. }
            )
            && !state.rows.contains_key(&*id.id)
        {
            return Err(error(ErrorKind::NotFound));
        }
        Ok(match &effect.kind {
            EffectKind::LinkHandle { customer, handle } => {
                let place = (customer.id.to_string(), handle.key());
                let did = match state.handles.insert(place, handle.clone()) {
                    Some(former) if former == *handle => Did::Nothing,
                    Some(_) => Did::Changed,
                    None => Did::Created,
                };
                let version = state.touch(&customer.id, did);
                let key = handle.key();
                receipt(did)
                    .on(RecordKind::Handle, key.as_str())
                    .at_version(version)
            }
            EffectKind::UnlinkHandle { customer, handle } => {
                let key = NaturalKey::handle(handle);
                let place = (customer.id.to_string(), key.clone());
                let did = match state.handles.remove(&place) {
                    Some(_) => Did::Removed,
                    None => Did::Nothing,
                };
                let version = state.touch(&customer.id, did);
                receipt(did)
                    .on(RecordKind::Handle, key.as_str())
                    .at_version(version)
            }
            EffectKind::Create(new) => self.create(state, effect, new, keyed)?,
            EffectKind::Patch {
                customer,
                writes,
                expect,
            } => {
                self.within_limits(writes.iter().map(|w| (w.field(), w.value())))?;
                state.keep_others(&customer.id, expect.as_deref(), performs.precondition)?;
                let values: Vec<(&Field, &str)> = writes
                    .iter()
                    .map(|w| (w.field(), Write::value(w)))
                    .collect();
                state.edit(&customer.id, &values);
                let version = state.version(&customer.id);
                receipt(Did::Changed)
                    .on(RecordKind::Person, &*customer.id)
                    .at_version(version)
            }
            EffectKind::UpsertCase(case) => {
                let now = state.now;
                let did = match state.cases.get(&case.key) {
                    Some((former, _)) if former == case => Did::Nothing,
                    Some(_) => Did::Changed,
                    None => Did::Created,
                };
                if did != Did::Nothing {
                    let row: (Case, _) = (case.clone(), now);
                    state.cases.insert(case.key.clone(), row);
                }
                receipt(did).on(RecordKind::Case, case.key.as_str())
            }
            EffectKind::AddActivity(activity) => {
                let known = state.activities.iter().any(|one| one.key == activity.key);
                let did = match known && keyed {
                    true => Did::Nothing,
                    false => Did::Created,
                };
                if did == Did::Created {
                    state.activities.push(activity.clone());
                }
                receipt(did).on(RecordKind::Activity, activity.key.as_str())
            }
            EffectKind::Follow {
                customer,
                user,
                following,
            } => {
                let entry = (customer.id.to_string(), user.clone());
                let moved = match following {
                    true => state.followers.insert(entry),
                    false => state.followers.remove(&entry),
                };
                receipt(if moved { Did::Changed } else { Did::Nothing })
            }
            EffectKind::Erase { customer } => {
                let id = customer.clone();
                let was = state.rows.contains_key(&*id.id);
                state.remove(&customer.id, Change::Gone { id });
                state.activities.retain(|one| one.customer != *customer);
                state
                    .cases
                    .retain(|_, (case, _)| case.customer.as_ref() != Some(customer));
                receipt(if was { Did::Removed } else { Did::Nothing })
            }
            EffectKind::Redact { activity } => {
                let mut did = Did::Nothing;
                for one in &mut state.activities {
                    if one.key == *activity && one.text.take().is_some() {
                        did = Did::Removed;
                    }
                }
                receipt(did).on(RecordKind::Activity, activity.as_str())
            }
            EffectKind::Unknown(_) => return Err(error(ErrorKind::Unsupported)),
        })
    }

    fn create(
        &self,
        state: &mut State,
        effect: &Effect,
        new: &NewCustomer,
        keyed: bool,
    ) -> Result<Receipt, Error> {
        let each = new.values.iter();
        self.within_limits(each.map(|(field, value)| (field, value.as_str())))?;
        let kind = match new.kind {
            CustomerKind::Company => RecordKind::Company,
            _ => RecordKind::Person,
        };
        let made = state.made.get(&new.key).and_then(|ids| ids.last()).cloned();
        if let (Some(id), true) = (made, keyed) {
            let version = state.version(&id);
            let receipt = Receipt::new(effect.key.clone(), Did::Nothing);
            return Ok(receipt.on(kind, id).at_version(version));
        }
        state.last_id += 1;
        let id = format!("new-{}", state.last_id);
        let values = new.values.clone().into_iter().collect();
        state.write(&id, new.kind.clone(), values, TimeDelta::zero());
        state
            .made
            .entry(new.key.clone())
            .or_default()
            .push(id.clone());
        let version = state.version(&id);
        let receipt = Receipt::new(effect.key.clone(), Did::Created);
        Ok(receipt.on(kind, id).at_version(version))
    }

    /// Refuses a value that is too long, or of a field that is not written, before anything is done.
    fn within_limits<'a>(
        &self,
        values: impl Iterator<Item = (&'a Field, &'a str)>,
    ) -> Result<(), Error> {
        for (field, value) in values {
            let limit = self.capabilities.writes.get(field);
            let fits = |limit: &Option<usize>| limit.is_none_or(|l| value.chars().count() <= l);
            if !limit.is_some_and(fits) {
                let field = field.to_string();
                return Err(Error::new(ErrorKind::Invalid { field }, "perform"));
            }
        }
        Ok(())
    }

    /// Whether an effect landed, as the rows show.
    pub(super) fn probe_in(&self, state: &State, effect: &Effect) -> Probe {
        let found = |receipt: Receipt| Probe::Found(receipt);
        let receipt = || Receipt::new(effect.key.clone(), Did::Changed);
        let there = |is: bool| match is {
            true => found(receipt()),
            false => Probe::Absent,
        };
        match &effect.kind {
            EffectKind::LinkHandle { customer, handle } => {
                let place = (customer.id.to_string(), handle.key());
                there(state.handles.get(&place) == Some(handle))
            }
            EffectKind::UnlinkHandle { customer, handle } => {
                let place = (customer.id.to_string(), NaturalKey::handle(handle));
                there(!state.handles.contains_key(&place))
            }
            EffectKind::Create(new) => match state.made.get(&new.key).and_then(|ids| ids.last()) {
                Some(id) => {
                    let receipt = receipt().on(RecordKind::Person, id.clone());
                    found(receipt.at_version(state.version(id)))
                }
                None => Probe::Absent,
            },
            EffectKind::Patch {
                customer, writes, ..
            } => {
                let Some(row) = state.rows.get(&*customer.id) else {
                    return Probe::Absent;
                };
                let holds = |write: &Write| {
                    let mut values = row.values.iter();
                    values.any(|(field, value)| field == write.field() && value == write.value())
                };
                match writes.iter().all(holds) {
                    true => found(receipt().at_version(state.version(&customer.id))),
                    false => Probe::Absent,
                }
            }
            EffectKind::UpsertCase(case) => there(
                state
                    .cases
                    .get(&case.key)
                    .is_some_and(|(row, _)| row == case),
            ),
            EffectKind::AddActivity(activity) => {
                there(state.activities.iter().any(|one| one.key == activity.key))
            }
            EffectKind::Follow {
                customer,
                user,
                following,
            } => {
                let entry = (customer.id.to_string(), user.clone());
                there(state.followers.contains(&entry) == *following)
            }
            EffectKind::Erase { customer } => there(!state.rows.contains_key(&*customer.id)),
            EffectKind::Redact { activity } => {
                let mut left = state.activities.iter().filter(|one| one.key == *activity);
                there(left.all(|one| one.text.is_none()))
            }
            EffectKind::Unknown(_) => Probe::CannotTell,
        }
    }
}

impl State {
    fn version(&self, id: &str) -> Option<String> {
        self.rows.get(id).map(|row| row.version.to_string())
    }

    /// A row of a customer's was changed, and so the customer; the version after it.
    fn touch(&mut self, id: &str, did: Did) -> Option<String> {
        let now = self.now;
        let row = self.rows.get_mut(id)?;
        if did != Did::Nothing {
            (row.version, row.changed) = (row.version + 1, now);
        }
        Some(row.version.to_string())
    }

    /// Refuses where somebody else changed the row, so far as this precondition sees it.
    fn keep_others(
        &self,
        id: &str,
        expect: Option<&str>,
        precondition: Precondition,
    ) -> Result<(), Error> {
        let Some((row, expect)) = self.rows.get(id).zip(expect) else {
            return Ok(());
        };
        let moved = row.version.to_string() != expect;
        let seen = match precondition {
            Precondition::Strong => moved,
            // A change of this very second is not seen.
            Precondition::Weak => {
                let second = |at: chrono::DateTime<chrono::Utc>| at.with_nanosecond(0);
                moved && second(row.changed) < second(self.now)
            }
            Precondition::None => false,
        };
        match seen {
            true => {
                let current = Some(row.version.to_string());
                Err(Error::new(ErrorKind::Conflict { current }, "perform"))
            }
            false => Ok(()),
        }
    }
}
