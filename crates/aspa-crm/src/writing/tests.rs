use std::borrow::Cow;
use std::sync::Arc;

use aspa_types::{EffectKey, SystemId};
use async_trait::async_trait;
use futures_executor::block_on;
use proptest::prelude::*;

use super::*;
use crate::{
    Activity, Capabilities, CrmFault, Cursor, FieldPolicy, MemoryCrm, NaturalKey, Owner, Page, Rule,
};

fn system() -> SystemId {
    SystemId::new("crm").unwrap()
}

fn matti() -> CustomerId {
    CustomerId::new(system(), "1").unwrap()
}

fn start() -> DateTime<Utc> {
    "2026-11-22T08:00:00Z".parse().unwrap()
}

fn effect(kind: EffectKind) -> Effect {
    Effect::new(EffectKey::new("e1").unwrap(), system(), kind)
}

/// A CRM with Matti in it, whose tier anybody may overwrite and whose site is filled where it is empty.
fn crm(performs: Performs) -> (MemoryCrm, Policies) {
    let crm = MemoryCrm::new(system(), start()).performing(performs);
    let values = [(Field::Email, "m@x.fi"), (Field::Tier, "silver")];
    crm.put(&matti(), CustomerKind::Person, &values);
    let free = FieldPolicy::new(Owner::Shared, Rule::Overwrite);
    (crm, Policies::usual(&system()).with(Field::Tier, free))
}

fn strong() -> Performs {
    Performs::new(Precondition::Strong, Idempotency::NaturalKey)
}

/// The patch that the policies make of these values, as of now.
fn patch(crm: &MemoryCrm, policies: &Policies, values: &[(Field, &str)]) -> Effect {
    let record = block_on(crm.get(&matti())).unwrap().unwrap();
    let us = SystemId::new("profile").unwrap();
    let claim =
        |(field, value): &(Field, &str)| Claim::new(field.clone(), *value, us.clone(), start());
    let wanted: Vec<Claim> = values.iter().map(claim).collect();
    let how = crm.capabilities().effects[&crate::EffectName::Patch].precondition;
    let decisions = policies.decide(&record, &wanted, how, start());
    let writes = decisions.into_iter().filter_map(|d| match d.verdict {
        Verdict::Write(write) => Some(write),
        _ => None,
    });
    effect(EffectKind::Patch {
        customer: matti(),
        writes: writes.collect(),
        expect: record.version().map(str::to_owned),
    })
}

fn perform(crm: &dyn Crm, policies: &Policies, effect: &Effect) -> Result<Written, Error> {
    block_on(Writer::new(crm, policies).perform(effect, Earlier::None, start()))
}

fn value(crm: &MemoryCrm, field: &Field) -> Option<String> {
    let record = block_on(crm.get(&matti())).unwrap().unwrap();
    record.value(field).map(str::to_owned)
}

#[test]
fn a_patch_writes_what_was_decided() {
    let (crm, policies) = crm(strong());
    let patch = patch(
        &crm,
        &policies,
        &[(Field::Tier, "gold"), (Field::Email, "n@x.fi")],
    );
    let written = perform(&crm, &policies, &patch).unwrap();
    assert_eq!(written.receipt.did, Did::Changed);
    assert!(!written.receipt.unprotected);
    assert_eq!(value(&crm, &Field::Tier).as_deref(), Some("gold"));
    assert_eq!(value(&crm, &Field::Email).as_deref(), Some("m@x.fi"));
}

#[test]
fn an_edit_meanwhile_is_kept_and_ours_proposed() {
    for precondition in [Precondition::Strong, Precondition::Weak, Precondition::None] {
        let (crm, mut policies) = crm(Performs::new(precondition, Idempotency::NaturalKey));
        policies.unprotected = true;
        let patch = patch(
            &crm,
            &policies,
            &[(Field::Tier, "gold"), (Field::Website, "m.fi")],
        );
        crm.edit(&matti(), &Field::Tier, "platinum");
        let written = perform(&crm, &policies, &patch).unwrap();
        assert_eq!(value(&crm, &Field::Tier).as_deref(), Some("platinum"));
        assert_eq!(value(&crm, &Field::Website).as_deref(), Some("m.fi"));
        assert_eq!(written.proposals.len(), 1);
        assert_eq!(written.proposals[0].has.as_deref(), Some("platinum"));
        assert_eq!(
            written.receipt.unprotected,
            precondition != Precondition::Strong
        );
    }
}

#[test]
fn a_value_that_may_no_longer_be_kept_is_not_written() {
    for how in [Precondition::Strong, Precondition::Weak] {
        let (crm, policies) = crm(Performs::new(how, Idempotency::NaturalKey));
        let record = block_on(crm.get(&matti())).unwrap().unwrap();
        let us = SystemId::new("profile").unwrap();
        let mut claim = Claim::new(Field::Tier, "gold", us, start());
        claim.expires_at = Some(start() + TimeDelta::days(7));
        let decisions = policies.decide(&record, &[claim], how, start());
        let writes = decisions.into_iter().filter_map(|one| match one.verdict {
            Verdict::Write(write) => Some(write),
            _ => None,
        });
        let effect = effect(EffectKind::Patch {
            customer: matti(),
            writes: writes.collect(),
            expect: record.version().map(str::to_owned),
        });
        // As an outbox keeps it, nine days long.
        let kept = serde_json::to_string(&effect).unwrap();
        let effect: Effect = serde_json::from_str(&kept).unwrap();
        let writer = Writer::new(&crm, &policies);
        let late = start() + TimeDelta::days(9);
        let written = block_on(writer.perform(&effect, Earlier::None, late)).unwrap();
        assert_eq!(
            (written.receipt.did, written.proposals),
            (Did::Nothing, vec![])
        );
        assert_eq!(value(&crm, &Field::Tier).as_deref(), Some("silver"));
        let soon = start() + TimeDelta::days(6);
        let written = block_on(writer.perform(&effect, Earlier::None, soon)).unwrap();
        assert_eq!(written.receipt.did, Did::Changed);
    }
}

#[test]
fn a_forged_write_to_an_owned_field_is_not_sent() {
    let (crm, policies) = crm(strong());
    let json = r#"{"field":"email","value":"thief@x.fi","source":"profile"}"#;
    let patch = effect(EffectKind::Patch {
        customer: matti(),
        writes: vec![serde_json::from_str(json).unwrap()],
        expect: Some("1".to_owned()),
    });
    let written = perform(&crm, &policies, &patch).unwrap();
    assert_eq!(written.receipt.did, Did::Nothing);
    assert_eq!(written.proposals.len(), 1);
    assert_eq!(value(&crm, &Field::Email).as_deref(), Some("m@x.fi"));
}

#[test]
fn a_value_that_is_too_long_is_refused_before_any_request() {
    let (crm, policies) = crm(strong());
    let free = FieldPolicy::new(Owner::Shared, Rule::Overwrite);
    let policies = policies.with(Field::Title, free);
    let patch = patch(&crm, &policies, &[(Field::Title, &"ä".repeat(41))]);
    let calls = crm.calls();
    let refused = perform(&crm, &policies, &patch).unwrap_err();
    let field = "title".to_owned();
    assert_eq!(*refused.kind(), ErrorKind::Invalid { field });
    assert_eq!(crm.calls(), calls);
}

fn new_customer(email: &str) -> EffectKind {
    let values = [
        (Field::FullName, "Maija".to_owned()),
        (Field::Email, email.to_owned()),
    ];
    let key = NaturalKey::derive(&["lead", email]);
    EffectKind::Create(NewCustomer::new(key, CustomerKind::Person, values).unwrap())
}

#[test]
fn a_customer_who_is_there_is_not_made_again() {
    let (crm, policies) = crm(strong());
    let twice = perform(&crm, &policies, &effect(new_customer("M@X.FI"))).unwrap_err();
    assert_eq!(*twice.kind(), ErrorKind::Duplicate(matti()));
    let two = CustomerId::new(system(), "2").unwrap();
    crm.put(&two, CustomerKind::Person, &[(Field::Email, "m@x.fi")]);
    let either = perform(&crm, &policies, &effect(new_customer("m@x.fi"))).unwrap_err();
    assert_eq!(*either.kind(), ErrorKind::Ambiguous(vec![matti(), two]));
    let made = perform(&crm, &policies, &effect(new_customer("maija@x.fi"))).unwrap();
    assert_eq!(made.receipt.did, Did::Created);
    assert_eq!(crm.customers().len(), 3);
}

#[test]
fn what_identifies_nobody_makes_no_customer() {
    let with = |kind, values: &[(Field, &str)]| {
        let each = values.iter();
        let values = each.map(|(field, value)| (field.clone(), (*value).to_owned()));
        NewCustomer::new(NaturalKey::derive(&["x"]), kind, values).is_ok()
    };
    let person = || CustomerKind::Person;
    assert!(with(
        person(),
        &[(Field::FullName, "M"), (Field::Email, "m@x.fi")]
    ));
    assert!(with(
        person(),
        &[(Field::LastName, "M"), (Field::Company, "X Oy")]
    ));
    assert!(!with(person(), &[(Field::FullName, "M")]));
    assert!(!with(person(), &[(Field::Email, "m@x.fi")]));
    assert!(!with(
        person(),
        &[(Field::FullName, " "), (Field::Email, "m@x.fi")]
    ));
    assert!(with(
        CustomerKind::Company,
        &[(Field::Company, "X"), (Field::Phone, "1")]
    ));
    assert!(!with(
        CustomerKind::Company,
        &[(Field::Company, "X"), (Field::FullName, "M")]
    ));
}

/// 1,000 writes, 30 % of whose answers are lost, half of them before anything was done.
#[test]
fn lost_answers_make_no_second_one() {
    let mut lost = 0;
    for idempotency in [Idempotency::NaturalKey, Idempotency::LookFirst] {
        let (crm, policies) = crm(Performs::new(Precondition::Strong, idempotency));
        let writer = Writer::new(&crm, &policies);
        for number in 0..500_u32 {
            let key = NaturalKey::derive(&["activity", &number.to_string()]);
            let kind = match number % 2 {
                0 => EffectKind::AddActivity(Activity::new(key, matti(), start(), "x")),
                _ => new_customer(&format!("c{number}@x.fi")),
            };
            let effect = effect(kind);
            // 3 of 10, and 3 is no divisor of what else goes round.
            if number * 7 % 10 < 3 {
                lost += 1;
                crm.fail_effect(match number % 4 < 2 {
                    true => CrmFault::LostAfter,
                    false => CrmFault::LostBefore,
                });
            }
            let mut earlier = Earlier::None;
            while let Err(error) = block_on(writer.perform(&effect, earlier, start())) {
                assert_eq!(error.landed(), Landed::Maybe);
                earlier = Earlier::Unknown { first_at: start() };
            }
        }
        assert_eq!(crm.activities().len(), 250);
        assert_eq!(crm.customers().len(), 251);
    }
    assert_eq!(lost, 300);
}

/// A CRM in which somebody edits right before each patch comes in.
#[derive(Debug)]
struct Raced {
    crm: Arc<MemoryCrm>,
    edits: Vec<(Field, &'static str)>,
    /// Whether its records have versions.
    versions: bool,
}

#[async_trait]
impl Crm for Raced {
    fn system(&self) -> &SystemId {
        self.crm.system()
    }
    fn capabilities(&self) -> Cow<'_, Capabilities> {
        self.crm.capabilities()
    }
    async fn changes(&self, cursor: Option<&Cursor>, limit: usize) -> Result<Page, Error> {
        self.crm.changes(cursor, limit).await
    }
    async fn find(&self, lookup: &Lookup) -> Result<Vec<Customer>, Error> {
        self.crm.find(lookup).await
    }
    async fn get(&self, id: &CustomerId) -> Result<Option<Customer>, Error> {
        let mut record = self.crm.get(id).await?;
        if let Some(record) = record.as_mut().filter(|_| !self.versions) {
            record.extra.remove("version");
            record
                .claims
                .iter_mut()
                .for_each(|claim| claim.version = None);
        }
        Ok(record)
    }
    async fn perform(&self, effect: &Effect) -> Result<Receipt, Error> {
        for (field, value) in &self.edits {
            self.crm.edit(&matti(), field, value);
        }
        self.crm.perform(effect).await
    }
}

fn any_edit() -> impl Strategy<Value = (Field, &'static str)> {
    let field = prop_oneof![Just(Field::Tier), Just(Field::Website), Just(Field::Email)];
    (field, prop_oneof![Just("by hand"), Just("by another hand")])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]
    /// 1,000 races with people.
    #[test]
    fn no_edit_by_a_person_is_overwritten_where_the_system_protects_it(
        edits in proptest::collection::vec(any_edit(), 1..4),
        early in any::<bool>(),
    ) {
        let (crm, policies) = crm(strong());
        let crm = Arc::new(crm);
        let patch = patch(&crm, &policies, &[(Field::Tier, "gold"), (Field::Website, "m.fi")]);
        let raced = Raced { crm: crm.clone(), edits: edits.clone(), versions: true };
        if early {
            let (field, value) = &edits[0];
            crm.edit(&matti(), field, value);
        }
        // It gives up where somebody edits without end, and never writes over them.
        let written = perform(&raced, &policies, &patch);
        if let Err(error) = &written {
            let is_conflict = matches!(error.kind(), ErrorKind::Conflict { .. });
            prop_assert!(is_conflict);
        }
        for (place, (field, by_hand)) in edits.iter().enumerate() {
            let last = edits[place + 1..].iter().all(|(later, _)| later != field);
            if last {
                let now = value(&crm, field);
                prop_assert_eq!(now.as_deref(), Some(*by_hand));
            }
        }
    }
}

/// 1,000 races on systems without protection, every other one for the field that we write.
#[test]
fn every_unprotected_write_is_counted() {
    for (precondition, versions, unprotected) in [
        (Precondition::None, true, 1000),
        (Precondition::Weak, true, 1000),
        (Precondition::Strong, false, 1000),
        (Precondition::Strong, true, 0),
    ] {
        let (mut overwritten, mut counted) = (0, 0);
        for number in 0..1000 {
            let (crm, mut policies) = crm(Performs::new(precondition, Idempotency::NaturalKey));
            policies.unprotected = true;
            let crm = Arc::new(crm);
            let mut patch = patch(&crm, &policies, &[(Field::Tier, "gold")]);
            if let (EffectKind::Patch { expect, .. }, false) = (&mut patch.kind, versions) {
                *expect = None;
            }
            let field = [Field::Tier, Field::City][number % 2].clone();
            let is_ours = field == Field::Tier;
            let edits = vec![(field, "by hand")];
            let raced = Raced {
                crm: crm.clone(),
                edits,
                versions,
            };
            let written = perform(&raced, &policies, &patch);
            counted += usize::from(written.is_ok_and(|written| written.receipt.unprotected));
            let now = value(&crm, &Field::Tier);
            overwritten += usize::from(is_ours && now.as_deref() == Some("gold"));
        }
        assert_eq!(counted, unprotected, "{precondition:?} {versions}");
        assert_eq!(overwritten, unprotected / 2, "{precondition:?} {versions}");
    }
}

#[test]
fn our_own_writes_are_known_in_the_feed() {
    let (crm, policies) = crm(strong());
    let patch = patch(&crm, &policies, &[(Field::Tier, "gold")]);
    let written = perform(&crm, &policies, &patch).unwrap();
    let mut echoes = Echoes::default();
    echoes.wrote(&patch, &written.receipt);
    let change = |crm: &MemoryCrm| {
        let page = block_on(crm.changes(None, 10)).unwrap();
        page.changes[0].clone()
    };
    assert!(echoes.is_echo(&change(&crm)));
    crm.edit(&matti(), &Field::City, "Oulu");
    assert!(!echoes.is_echo(&change(&crm)));
}

#[test]
fn no_row_of_a_handle_is_made_where_the_policies_keep_none() {
    let handle: aspa_types::HandleKey = "x::1".parse().unwrap();
    let row = crate::HandleRow::new(handle.clone(), crate::Confirmed::Verified);
    let link = effect(EffectKind::LinkHandle {
        customer: matti(),
        handle: row,
    });
    let (crm, usual) = crm(strong());
    let owned = FieldPolicy::new(Owner::System(system()), Rule::Overwrite);
    let never = FieldPolicy::new(Owner::Us, Rule::Never);
    let billing = FieldPolicy::new(Owner::Us, Rule::FillIfEmpty).only_for(crate::Purpose::Billing);
    for policy in [owned, never, billing] {
        let policies = usual.clone().with(Field::Handle, policy);
        let written = perform(&crm, &policies, &link).unwrap();
        assert_eq!(written.receipt.did, Did::Nothing);
        assert_eq!(crm.handles(&matti()), []);
    }
    let made = perform(&crm, &usual, &link).unwrap();
    assert_eq!(made.receipt.did, Did::Created);
    // What is there may always go.
    let never = FieldPolicy::new(Owner::Us, Rule::Never);
    let customer = matti();
    let unlink = effect(EffectKind::UnlinkHandle { customer, handle });
    let policies = usual.with(Field::Handle, never);
    let gone = perform(&crm, &policies, &unlink).unwrap();
    assert_eq!(gone.receipt.did, Did::Removed);
}
