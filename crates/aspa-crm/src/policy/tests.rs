use aspa_types::CustomerId;
use proptest::prelude::*;

use super::*;
use crate::{CustomerKind, Method};

fn system(name: &str) -> SystemId {
    SystemId::new(name).unwrap()
}

fn at(day: u32) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::days(i64::from(day))
}

fn claim(field: Field, value: &str, source: &str) -> Claim {
    let mut claim = Claim::new(field, value, system(source), at(1));
    claim.purposes.insert(Purpose::Support);
    claim
}

fn record(claims: Vec<Claim>) -> Customer {
    let id = CustomerId::new(system("crm"), "1").unwrap();
    let mut record = Customer::new(id, CustomerKind::Person);
    record.claims = claims;
    record
}

fn decide_with(policies: &Policies, has: &[Claim], wanted: Claim, how: Precondition) -> Decision {
    let record = record(has.to_vec());
    let mut decisions = policies.decide(&record, &[wanted], how, at(2));
    assert_eq!(decisions.len(), 1);
    decisions.remove(0)
}

#[test]
fn what_may_be_written_where() {
    use Field::{Email, Handle, Language, OrderNumber, Website};
    use Precondition::{None, Strong, Weak};
    let erp = FieldPolicy::new(Owner::System(system("erp")), Rule::Never);
    let free = FieldPolicy::new(Owner::Shared, Rule::Overwrite);
    let policies = Policies::usual(&system("crm"))
        .with(OrderNumber, erp)
        .with(Field::Tier, free);
    let (write, propose, keep) = ("write", "propose", "keep");
    let owned = |by: &str| Reason::OwnedBy(system(by));
    let cases = [
        // The system's own field: never overwritten, not even filled.
        (
            Email,
            Some("a@x.fi"),
            "b@x.fi",
            "profile",
            Strong,
            propose,
            owned("crm"),
        ),
        (
            Email,
            Option::None,
            "b@x.fi",
            "profile",
            Strong,
            propose,
            owned("crm"),
        ),
        (
            Email,
            Some("A@X.fi"),
            "a@x.fi",
            "profile",
            Strong,
            keep,
            Reason::Same,
        ),
        // Another master's field: its word alone is written.
        (
            OrderNumber,
            Some("1"),
            "2",
            "erp",
            Strong,
            write,
            Reason::FromOwner,
        ),
        (
            OrderNumber,
            Some("1"),
            "2",
            "profile",
            Strong,
            propose,
            owned("erp"),
        ),
        (
            OrderNumber,
            Some("1"),
            "2",
            "erp",
            None,
            propose,
            Reason::Unprotected,
        ),
        // Ours: filled where it is empty.
        (
            Handle,
            Option::None,
            "x:@m",
            "us",
            Strong,
            write,
            Reason::Empty,
        ),
        (
            Handle,
            Some("x:@n"),
            "x:@m",
            "us",
            Strong,
            propose,
            Reason::Filled,
        ),
        (
            Website,
            Option::None,
            "https://m.example",
            "profile",
            None,
            write,
            Reason::Empty,
        ),
        // Shared.
        (
            Language,
            Option::None,
            "fi",
            "profile",
            Strong,
            propose,
            Reason::Rule(Rule::Propose),
        ),
        (
            Field::Tier,
            Some("a"),
            "b",
            "us",
            Weak,
            write,
            Reason::Rule(Rule::Overwrite),
        ),
        (
            Field::Tier,
            Some("a"),
            "b",
            "us",
            None,
            propose,
            Reason::Unprotected,
        ),
        (
            Field::from("shoe"),
            Option::None,
            "44",
            "us",
            Strong,
            keep,
            Reason::NoPolicy,
        ),
    ];
    for (field, has, wanted, source, how, verdict, because) in cases {
        let has: Vec<Claim> = has.iter().map(|v| claim(field.clone(), v, "crm")).collect();
        let decision = decide_with(&policies, &has, claim(field.clone(), wanted, source), how);
        let came = match &decision.verdict {
            Verdict::Write(made) => {
                assert_eq!((made.field(), made.value()), (&field, wanted));
                assert!(policies.permits(&system("crm"), made));
                write
            }
            Verdict::Propose(made) => {
                assert_eq!(made.proposed, wanted);
                propose
            }
            Verdict::Keep => keep,
        };
        assert_eq!(
            (came, decision.because),
            (verdict, because),
            "{field} {wanted} {source}"
        );
    }
}

#[test]
fn a_pin_on_an_owned_field_is_a_proposal() {
    let mut pinned = claim(Field::Email, "b@x.fi", "us").by(Method::Verified);
    pinned.pinned_by = Some(aspa_types::AgentId::new("maija").unwrap());
    let has = [claim(Field::Email, "a@x.fi", "crm")];
    let policies = Policies::usual(&system("crm"));
    let decision = decide_with(&policies, &has, pinned.clone(), Precondition::Strong);
    assert!(matches!(decision.verdict, Verdict::Propose(_)));
    let both = record(vec![has[0].clone(), pinned]);
    let survivor = policies.survivor(&both, &Field::Email).unwrap();
    assert_eq!(survivor.claim.value, "a@x.fi");
    assert_eq!(survivor.ahead_of[0].1, Why::Owner);
}

#[test]
fn what_may_not_be_used_or_kept_is_not_written() {
    let policies = Policies::usual(&system("crm"));
    let mut marketing = claim(Field::Handle, "x:@m", "us");
    marketing.purposes = BTreeSet::from([Purpose::Marketing]);
    let mut late = claim(Field::Website, "https://m.example", "us");
    late.expires_at = Some(at(2));
    let short = Policies::usual(&system("crm")).with(
        Field::Website,
        FieldPolicy::new(Owner::Shared, Rule::FillIfEmpty).kept_for(1),
    );
    let old = claim(Field::Website, "https://m.example", "us");
    for (policies, wanted, because) in [
        (&policies, marketing, Reason::Purpose),
        (&policies, late, Reason::Expired),
        (&short, old, Reason::Expired),
    ] {
        let decision = decide_with(policies, &[], wanted, Precondition::Strong);
        assert_eq!(
            (decision.verdict, decision.because),
            (Verdict::Keep, because)
        );
    }
}

#[test]
fn an_address_is_written_whole_or_not_at_all() {
    let free = || FieldPolicy::new(Owner::Shared, Rule::FillIfEmpty).within("address");
    let policies = Policies::default()
        .with(Field::Street, free())
        .with(Field::City, free());
    let wanted = [
        claim(Field::Street, "Katu 1", "shop"),
        claim(Field::City, "Oulu", "shop"),
    ];
    let verdicts = |has: Vec<Claim>, wanted: &[Claim]| -> Vec<bool> {
        let decisions = policies.decide(&record(has), wanted, Precondition::Strong, at(2));
        let writes = decisions.iter();
        writes
            .map(|d| matches!(d.verdict, Verdict::Write(_)))
            .collect()
    };
    assert_eq!(verdicts(vec![], &wanted), [true, true]);
    let turku = || vec![claim(Field::City, "Turku", "crm")];
    assert_eq!(verdicts(turku(), &wanted), [false, false]);
    // A street into a record that has the city of another source.
    assert_eq!(verdicts(turku(), &wanted[..1]), [false]);
    let oulu = vec![
        claim(Field::City, "oulu", "crm"),
        claim(Field::City, "Oulu", "crm"),
    ];
    assert_eq!(verdicts(oulu, &wanted), [true, false]);
}

#[test]
fn fields_of_a_group_survive_from_one_source() {
    let free = || FieldPolicy::new(Owner::Shared, Rule::Propose).within("address");
    let policies = Policies::default()
        .with(Field::Street, free())
        .with(Field::City, free())
        .with(Field::Postcode, free());
    let record = record(vec![
        claim(Field::Street, "Katu 1", "a"),
        claim(Field::City, "Oulu", "a"),
        claim(Field::City, "Espoo", "b").by(Method::Verified),
        claim(Field::Postcode, "02100", "b"),
        claim(Field::Street, "Tie 2", "b").by(Method::Verified),
    ]);
    let value = |field| {
        policies
            .survivor(&record, &field)
            .map(|s| s.claim.value.clone())
    };
    assert_eq!(value(Field::Street).as_deref(), Some("Tie 2"));
    assert_eq!(value(Field::City).as_deref(), Some("Espoo"));
    assert_eq!(value(Field::Postcode).as_deref(), Some("02100"));
}

#[test]
fn a_stored_write_is_asked_about_again() {
    let json = r#"{"field":"email","value":"b@x.fi","source":"profile"}"#;
    let forged: Write = serde_json::from_str(json).unwrap();
    assert!(!Policies::usual(&system("crm")).permits(&system("crm"), &forged));
}

#[test]
fn debug_hides_values() {
    let policies = Policies::usual(&system("crm"));
    let handle = claim(Field::Handle, "x:@matti", "us");
    let decision = decide_with(&policies, &[], handle, Precondition::Strong);
    assert!(!format!("{decision:?}").contains("matti"));
    let email = claim(Field::Email, "matti@example.com", "us");
    let decision = decide_with(&policies, &[], email, Precondition::Strong);
    assert!(!format!("{decision:?}").contains("matti"));
}

fn any_claim() -> impl Strategy<Value = Claim> {
    let field = prop_oneof![
        Just(Field::Email),
        Just(Field::City),
        Just(Field::Street),
        Just(Field::Handle),
        Just(Field::Tier),
    ];
    let parts = (
        field,
        "[a-c]{0,2}",
        "(crm|erp|us)",
        any::<bool>(),
        any::<bool>(),
    );
    parts.prop_map(|(field, value, source, verified, pinned)| {
        let mut claim = claim(field, &value, &source);
        if verified {
            claim.method = Method::Verified;
        }
        claim.pinned_by = pinned.then(|| aspa_types::AgentId::new("maija").unwrap());
        claim
    })
}

proptest! {
    #[test]
    fn what_the_system_owns_is_never_written(
        has in proptest::collection::vec(any_claim(), 0..6),
        wanted in proptest::collection::vec(any_claim(), 0..8),
        protects in prop_oneof![
            Just(Precondition::None), Just(Precondition::Weak), Just(Precondition::Strong)
        ],
        unprotected in any::<bool>(),
    ) {
        let mut policies = Policies::usual(&system("crm"));
        policies.unprotected = unprotected;
        let record = record(has);
        for decision in policies.decide(&record, &wanted, protects, at(2)) {
            if let Verdict::Write(write) = decision.verdict {
                let owner = &policies.fields[write.field()].owner;
                prop_assert!(*owner != Owner::System(system("crm")));
                prop_assert!(policies.permits(&system("crm"), &write));
            }
        }
    }

    #[test]
    fn the_order_of_claims_does_not_matter(
        claims in proptest::collection::vec(any_claim(), 0..8).prop_shuffle(),
    ) {
        let policies = Policies::usual(&system("crm"));
        let mut sorted = claims.clone();
        sorted.sort_by_key(|c| serde_json::to_string(c).unwrap());
        let (a, b) = (record(claims), record(sorted));
        for field in [Field::Email, Field::City, Field::Street, Field::Tier] {
            let value = |record| policies.survivor(record, &field).map(|s| s.claim.value.clone());
            prop_assert_eq!(value(&a), value(&b));
        }
    }
}
