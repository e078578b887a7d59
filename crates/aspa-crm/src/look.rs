use crate::{Crm, Did, Effect, EffectKind, Error, Field, Probe, Receipt};

/// Looks for an effect in the customer's own record, for [`Crm::probe`]: a patch shows by its values, a
/// handle by its claim where the connector reads handles, an erasure by there being no record. None for an
/// effect that shows elsewhere.
///
/// # Errors
///
/// Those of [`Crm::get`].
pub async fn look<C: Crm + ?Sized>(crm: &C, effect: &Effect) -> Result<Option<Probe>, Error> {
    let (Some(customer), false) = (
        effect.kind.customer(),
        matches!(
            effect.kind,
            EffectKind::UpsertCase(_) | EffectKind::AddActivity(_) | EffectKind::Follow { .. }
        ),
    ) else {
        return Ok(None);
    };
    let record = crm.get(customer).await?;
    let holds = |field: &Field, value: &str| {
        let values = record.as_ref().map(|record| record.values(field));
        values.is_some_and(|values| values.contains(&value.trim()))
    };
    let landed = match &effect.kind {
        EffectKind::Patch { writes, .. } => writes.iter().all(|w| holds(w.field(), w.value())),
        EffectKind::LinkHandle { handle, .. } => holds(&Field::Handle, &handle.handle.to_string()),
        EffectKind::UnlinkHandle { handle, .. } => !holds(&Field::Handle, &handle.to_string()),
        _ => record.is_none(),
    };
    Ok(Some(match landed {
        true => Probe::Found(Receipt::new(effect.key.clone(), Did::Changed)),
        false => Probe::Absent,
    }))
}
