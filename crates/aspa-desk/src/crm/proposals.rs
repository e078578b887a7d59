//! What people make of proposals.

use aspa_crm::{Field, Proposal};
use aspa_store::{AuditAction, OutboxRow, Wanted};
use aspa_types::{AgentId, CustomerId, EffectKey};

use super::{PROPOSALS, unwrapped};
use crate::desk::Desk;
use crate::error::Error;
use crate::privacy::Subject;
use crate::world::World;

impl Desk {
    /// A person agrees with a proposal and has entered the value in its system by hand, since the desk
    /// writes no field that its policy keeps from it; the next reading brings it. The proposal is no longer
    /// listed, and the audit log says who agreed.
    ///
    /// # Errors
    ///
    /// [`UnknownEffect`](Error::UnknownEffect) where that effect proposes nothing for the field (any more), and
    /// when the store fails. Nothing has changed then.
    pub async fn accept_proposal(
        &self,
        effect: &EffectKey,
        field: &Field,
        by: &AgentId,
    ) -> Result<(), Error> {
        let action = AuditAction::ProposalAccepted;
        self.settle_proposal((effect, field), action, by).await
    }

    /// A person says that a proposal is wrong or of no use. It is no longer listed, and does not come back
    /// when the same value is offered again for the same version of the record; the audit log says who
    /// dismissed it.
    ///
    /// # Errors
    ///
    /// [`UnknownEffect`](Error::UnknownEffect) where that effect proposes nothing for the field (any more), and
    /// when the store fails. Nothing has changed then.
    pub async fn dismiss_proposal(
        &self,
        effect: &EffectKey,
        field: &Field,
        by: &AgentId,
    ) -> Result<(), Error> {
        let action = AuditAction::ProposalDismissed;
        self.settle_proposal((effect, field), action, by).await
    }

    async fn settle_proposal(
        &self,
        (key, field): (&EffectKey, &Field),
        action: AuditAction,
        by: &AgentId,
    ) -> Result<(), Error> {
        let now = self.now();
        let mut wanted = Wanted::default();
        wanted.effects.insert(key.clone());
        self.settle(wanted, |known| {
            let mut world = World::new(known, self.parts.rules);
            let row = world.effect(key).ok().flatten();
            let Some(customer) = row.and_then(|row| strike(row, field)) else {
                return Err(Error::UnknownEffect(key.clone()));
            };
            let subject = Subject::Customer(customer);
            let entry = self.audited(action.clone(), Some(by), &subject);
            let entry = entry.what(field.as_str());
            let finished = world.finish(self.parts.sla.as_ref(), now);
            Ok(finished.map(|mut changes| {
                changes.audit.push(entry);
                changes
            }))
        })
        .await?;
        Ok(())
    }
}

/// Strikes what an effect proposed for a field. Returns whose record it was; none where nothing was.
fn strike(row: &mut OutboxRow, field: &Field) -> Option<CustomerId> {
    let (write, _) = unwrapped(&row.effect)?;
    let stored = row.receipt.as_mut()?.extra.get_mut(PROPOSALS)?;
    let mut left: Vec<Proposal> = serde_json::from_value(stored.clone()).ok()?;
    let before = left.len();
    left.retain(|one| one.field != *field);
    *stored = serde_json::json!(left);
    let customer = write.kind.customer().cloned();
    customer.filter(|_| left.len() < before)
}
