//! What is decided here is written into the CRM, through the outbox.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

mod common;

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use aspa_channel::{AttributeKind, Handle, Part};
use aspa_crm::{
    Activity, CaseStatus, Claim, Crm, CrmFault, Customer, CustomerKind, Did, Effect, EffectKind,
    Field, Hint, Idempotency, Lookup, MemoryCrm, NaturalKey, Performs, Policies, Precondition,
};
use aspa_desk::{CrmAccount, CrmErasureState, Desk, Error, Proposed, Reply, Subject, written};
use aspa_identity::LinkState;
use aspa_store::{AuditAction, AuditEntry, AuditQuery, OutboxQuery, OutboxState, PauseScope};
use aspa_ticket::{Actor, Command, Outcome};
use aspa_types::{AccountId, CustomerId, HandleKey, Secret, SystemId, TenantId};
use async_trait::async_trait;
use chrono::TimeDelta;
use common::{Bench, agent, asks, event, minute, only, person};

fn system() -> SystemId {
    SystemId::new("erp").unwrap()
}

fn matti() -> CustomerId {
    CustomerId::new(system(), "1").unwrap()
}

fn maija() -> CustomerId {
    CustomerId::new(system(), "2").unwrap()
}

fn erp() -> MemoryCrm {
    let crm = MemoryCrm::new(system(), minute(0));
    let email = |address| [(Field::Email, address)];
    crm.put(&matti(), CustomerKind::Person, &email("matti@example.fi"));
    crm.put(&maija(), CustomerKind::Person, &email("maija@example.fi"));
    crm
}

fn back(crm: &Arc<MemoryCrm>) -> CrmAccount {
    CrmAccount::new(crm.clone(), Policies::usual(&system()))
}

/// A desk that keeps rows of handles and cases in an ERP whose customers it has read.
async fn bench(crm: MemoryCrm) -> (Bench, Arc<MemoryCrm>) {
    let crm = Arc::new(crm);
    let back = back(&crm)
        .with_handles()
        .with_cases()
        .tickets_at("https://desk.example/tickets/");
    let bench = Bench::with(|desk| desk.crm(back));
    bench.desk.sync(crm.as_ref()).await.unwrap();
    (bench, crm)
}

/// `matti` writes under his user name.
async fn writes(bench: &Bench, id: &str, minutes: i64) {
    let mut message = asks(id, "c", "matti", minutes);
    message.parts = vec![Part::text("Where is my order?")];
    let mut event = event(message);
    let names = Handle::new(person("matti"))
        .with(AttributeKind::UserName, "mattiv", minute(minutes))
        .with(AttributeKind::DisplayName, "Matti V", minute(minutes));
    event.handles.push(names);
    bench.tell([event]).await;
}

async fn confirms(bench: &Bench, customer: &CustomerId) {
    bench.clock.advance(TimeDelta::minutes(1));
    let by = agent("liisa");
    let handle = person("matti");
    let link = bench.desk.confirm_link(&handle, customer, by);
    assert_eq!(link.await.unwrap().unwrap().state, LinkState::Linked);
}

async fn refuses(bench: &Bench, customer: &CustomerId) {
    bench.clock.advance(TimeDelta::minutes(1));
    let by = agent("liisa");
    let handle = person("matti");
    let link = bench.desk.refuse_link(&handle, customer, by);
    link.await.unwrap();
}

async fn deliver(bench: &Bench) {
    bench.desk.deliver().await.unwrap();
}

/// How the writes into the ERP stand, in the order in which they were queued.
async fn standing(desk: &Desk) -> Vec<OutboxState> {
    let mut query = OutboxQuery::default();
    query.account = Some(AccountId::new("erp").unwrap());
    let rows = desk.outbox(&query).await.unwrap();
    rows.into_iter().map(|row| row.state).collect()
}

fn rows_of(crm: &MemoryCrm, customer: &CustomerId) -> Vec<HandleKey> {
    crm.handles(customer)
}

#[tokio::test]
async fn a_confirmed_handle_is_a_row_until_it_is_refused() {
    let (bench, crm) = bench(erp()).await;
    writes(&bench, "1", 1).await;
    deliver(&bench).await;
    assert_eq!(rows_of(&crm, &matti()), []);

    confirms(&bench, &matti()).await;
    assert_eq!(rows_of(&crm, &matti()), [], "only its worker writes");
    deliver(&bench).await;
    assert_eq!(rows_of(&crm, &matti()), [person("matti")]);

    // What an agent corrects moves the row.
    confirms(&bench, &maija()).await;
    deliver(&bench).await;
    assert_eq!(rows_of(&crm, &matti()), []);
    assert_eq!(rows_of(&crm, &maija()), [person("matti")]);

    refuses(&bench, &maija()).await;
    deliver(&bench).await;
    assert_eq!(rows_of(&crm, &maija()), []);
    // Deciding again what is as it was writes nothing.
    let before = standing(&bench.desk).await.len();
    bench.desk.relink().await.unwrap();
    writes(&bench, "2", 9).await;
    let after = standing(&bench.desk).await;
    assert_eq!(after.len(), before);
    assert!(after.iter().all(|state| *state == OutboxState::Accepted));
}

#[tokio::test]
async fn a_forgotten_handle_loses_its_row() {
    let (bench, crm) = bench(erp()).await;
    writes(&bench, "1", 1).await;
    confirms(&bench, &matti()).await;
    deliver(&bench).await;
    assert_eq!(rows_of(&crm, &matti()), [person("matti")]);
    bench.clock.advance(TimeDelta::minutes(1));
    bench.desk.forget_link(&person("matti")).await.unwrap();
    deliver(&bench).await;
    assert_eq!(rows_of(&crm, &matti()), []);
}

#[tokio::test]
async fn weights_alone_write_no_row() {
    let (bench, crm) = bench(erp()).await;
    let mut message = asks("1", "c", "matti", 1);
    message.audience = aspa_channel::Audience::Direct;
    message.parts = vec![Part::text("My address is matti@example.fi")];
    bench.tell([event(message)]).await;
    let link = bench.desk.link(&person("matti")).await.unwrap().unwrap();
    assert_eq!(link.state, LinkState::Linked);
    deliver(&bench).await;
    assert_eq!(rows_of(&crm, &matti()), []);
    // The ticket's case needs no more than the link.
    assert_eq!(crm.cases().len(), 1);
}

#[tokio::test]
async fn a_case_is_as_its_ticket_is() {
    let (bench, crm) = bench(erp()).await;
    let desk = &bench.desk;
    writes(&bench, "1", 1).await;
    deliver(&bench).await;
    assert_eq!(crm.cases().len(), 0, "nobody knows whose it would be");

    confirms(&bench, &matti()).await;
    let ticket = only(desk).await;
    let reply = Reply::answer("It left today.");
    desk.reply(&ticket.id, reply.named("r")).await.unwrap();
    deliver(&bench).await;
    deliver(&bench).await;
    let [case] = &crm.cases()[..] else {
        panic!("one case: {:?}", crm.cases());
    };
    assert_eq!(case.key, NaturalKey::case(&ticket.id));
    assert_eq!(case.customer, Some(matti()));
    let address = format!("https://desk.example/tickets/{}", ticket.id);
    assert_eq!(case.url.as_deref(), Some(&*address));
    let category = only(desk).await.category;
    assert_eq!(case.status.as_str(), category.as_str());

    let resolve = Command::Resolve {
        outcome: Outcome::Solved,
        rest: None,
        newest_seen: None,
    };
    let liisa = Actor::Us(Some(agent("liisa")));
    desk.command(&ticket.id, resolve, liisa).await.unwrap();
    deliver(&bench).await;
    assert_eq!(crm.cases()[0].status, CaseStatus::Resolved);
    assert_eq!(crm.cases().len(), 1);
}

#[tokio::test]
async fn a_case_is_made_once_its_customer_is_known_and_closed_when_they_are_not() {
    let (bench, crm) = bench(erp()).await;
    let desk = &bench.desk;
    writes(&bench, "1", 1).await;
    confirms(&bench, &matti()).await;
    deliver(&bench).await;
    let case = || {
        let cases = crm.cases();
        cases
            .first()
            .map(|c| (c.customer.clone(), c.status.clone()))
    };
    let made = (Some(matti()), CaseStatus::New);
    assert_eq!(case(), Some(made), "without a change of the ticket");

    // It was not them. What becomes of the ticket is no business of their record's.
    refuses(&bench, &matti()).await;
    deliver(&bench).await;
    let closed = (Some(matti()), CaseStatus::Closed);
    assert_eq!(case(), Some(closed.clone()));
    let ticket = only(desk).await;
    let reply = Reply::answer("It left today.");
    desk.reply(&ticket.id, reply.named("r")).await.unwrap();
    deliver(&bench).await;
    assert_eq!(case(), Some(closed));

    confirms(&bench, &maija()).await;
    deliver(&bench).await;
    let status = only(desk).await.category;
    let moved = (Some(maija()), CaseStatus::from(status.as_str()));
    assert_eq!(case(), Some(moved));
    assert_eq!(crm.cases().len(), 1);
}

#[tokio::test]
async fn a_case_comes_with_the_next_message_where_the_crm_is_new() {
    let crm = Arc::new(erp());
    let mut bench = Bench::with(|desk| desk.crm(back(&crm)));
    bench.desk.sync(crm.as_ref()).await.unwrap();
    writes(&bench, "1", 1).await;
    confirms(&bench, &matti()).await;
    let anew = common::builder(bench.store.clone(), &bench.clock);
    let anew = anew.shared_channel(bench.channel.clone());
    bench.desk = anew.crm(back(&crm).with_cases()).build().unwrap();
    writes(&bench, "2", 9).await;
    deliver(&bench).await;
    assert_eq!(crm.cases().len(), 1);
}

#[tokio::test]
async fn a_lost_answer_makes_no_second_row_and_no_second_line() {
    for idempotency in [Idempotency::NaturalKey, Idempotency::LookFirst] {
        let performs = Performs::new(Precondition::Strong, idempotency);
        for fault in [
            CrmFault::LostAfter,
            CrmFault::LostBefore,
            CrmFault::NoConnection,
        ] {
            let (bench, crm) = bench(erp().performing(performs)).await;
            writes(&bench, "1", 1).await;
            crm.fail_effect(fault.clone());
            confirms(&bench, &matti()).await;
            for _ in 0..4 {
                deliver(&bench).await;
                bench.clock.advance(TimeDelta::hours(1));
            }
            assert_eq!(rows_of(&crm, &matti()), [person("matti")], "{fault:?}");

            crm.fail_effect(fault.clone());
            let key = NaturalKey::derive(&["call", "1"]);
            let line = Activity::new(key, matti(), minute(5), "Called back");
            let kind = EffectKind::AddActivity(line);
            let effect = Effect::new("e-call".parse().unwrap(), system(), kind);
            for _ in 0..4 {
                bench.desk.write(&effect).await.unwrap();
                deliver(&bench).await;
                bench.clock.advance(TimeDelta::hours(1));
            }
            assert_eq!(crm.activities().len(), 1, "{idempotency:?} {fault:?}");
            let landed = |state: &OutboxState| state.has_landed();
            assert!(standing(&bench.desk).await.iter().all(landed));
        }
    }
}

#[tokio::test]
async fn what_the_erp_owns_is_proposed_and_never_written() {
    let (bench, crm) = bench(erp()).await;
    let profile = SystemId::new("mastodon").unwrap();
    let said = |field, value: &str| Claim::new(field, value, profile.clone(), minute(3));
    let values = [
        said(Field::Email, "matti@new.example"),
        said(Field::Website, "https://matti.example"),
    ];
    let customer = matti();
    let offer = || bench.desk.offer(&customer, &values, Some(agent("liisa")));
    let key = offer().await.unwrap();
    assert_eq!(
        offer().await.unwrap(),
        key,
        "once, however often it is asked"
    );
    deliver(&bench).await;

    let record = crm.customers().into_iter().find(|c| c.id == matti());
    let record = record.unwrap();
    assert_eq!(record.value(&Field::Email), Some("matti@example.fi"));
    assert_eq!(record.value(&Field::Website), Some("https://matti.example"));
    let proposals = bench.desk.proposals(&system(), 10).await.unwrap();
    let [
        Proposed {
            customer, proposal, ..
        },
    ] = &proposals[..]
    else {
        panic!("one proposal: {proposals:?}");
    };
    assert_eq!(*customer, matti());
    assert_eq!(proposal.field, Field::Email);
    assert_eq!(proposal.has.as_deref(), Some("matti@example.fi"));
    assert_eq!(proposal.proposed, "matti@new.example");
    let (row, _) = bench.desk.effect(&key).await.unwrap();
    assert_eq!(written(&row).unwrap().receipt.did, Did::Changed);
}

#[tokio::test]
async fn a_proposal_is_listed_until_somebody_says_what_of_it() {
    let (bench, _) = bench(erp()).await;
    let desk = &bench.desk;
    let profile = SystemId::new("mastodon").unwrap();
    let said = |field, value: &str| Claim::new(field, value, profile.clone(), minute(3));
    let values = [
        said(Field::Email, "matti@new.example"),
        said(Field::Phone, "+358 40 555 0101"),
    ];
    desk.offer(&matti(), &values, None).await.unwrap();
    deliver(&bench).await;
    let listed = desk.proposals(&system(), 10).await.unwrap();
    let [email, phone] = &listed[..] else {
        panic!("two proposals: {listed:?}");
    };
    let liisa = agent("liisa");
    let dismiss = || desk.dismiss_proposal(&email.effect, &Field::Email, &liisa);
    dismiss().await.unwrap();
    let left = desk.proposals(&system(), 10).await.unwrap();
    assert_eq!(left, std::slice::from_ref(phone));
    let again = dismiss().await;
    assert!(matches!(again, Err(Error::UnknownEffect(_))), "{again:?}");
    let accept = desk.accept_proposal(&phone.effect, &Field::Phone, &liisa);
    accept.await.unwrap();
    assert_eq!(desk.proposals(&system(), 10).await.unwrap(), []);

    // The same said again is settled; the log tells by whom.
    desk.offer(&matti(), &values, None).await.unwrap();
    deliver(&bench).await;
    assert_eq!(desk.proposals(&system(), 10).await.unwrap(), []);
    let about = Subject::Customer(matti());
    let log = desk.audit_log(AuditQuery::default(), Some(&about)).await;
    let log: Vec<_> = log.unwrap().into_iter().map(|one| one.entry).collect();
    let told = |one: &AuditEntry| (one.action.clone(), one.what.clone(), one.by.clone());
    let by = Some(liisa.clone());
    let dismissed = (
        AuditAction::ProposalDismissed,
        Some("email".into()),
        by.clone(),
    );
    let accepted = (AuditAction::ProposalAccepted, Some("phone".into()), by);
    assert_eq!(
        log.iter().map(told).collect::<Vec<_>>(),
        [dismissed, accepted]
    );
}

#[tokio::test]
async fn somebody_in_the_erp_who_is_faster_wins() {
    let (bench, crm) = bench(erp()).await;
    let profile = SystemId::new("mastodon").unwrap();
    let site = Claim::new(Field::Website, "https://ours.example", profile, minute(3));
    bench.desk.offer(&matti(), &[site], None).await.unwrap();
    crm.edit(&matti(), &Field::Website, "https://theirs.example");
    deliver(&bench).await;
    let record = crm.customers().into_iter().find(|c| c.id == matti());
    let site = record.unwrap().value(&Field::Website).map(str::to_owned);
    assert_eq!(site.as_deref(), Some("https://theirs.example"));
    let proposals = bench.desk.proposals(&system(), 10).await.unwrap();
    assert_eq!(proposals.len(), 1);
}

#[tokio::test]
async fn a_pause_holds_writes_into_the_crm() {
    let (bench, crm) = bench(erp()).await;
    let account = AccountId::new("erp").unwrap();
    let scope = PauseScope::account(account);
    bench
        .desk
        .add_pause(scope.clone(), None, None)
        .await
        .unwrap();
    writes(&bench, "1", 1).await;
    confirms(&bench, &matti()).await;
    deliver(&bench).await;
    assert_eq!(rows_of(&crm, &matti()), []);
    bench.desk.end_pause(&scope).await.unwrap();
    deliver(&bench).await;
    assert_eq!(rows_of(&crm, &matti()), [person("matti")]);
}

#[tokio::test]
async fn nobody_writes_into_another_tenants_crm() {
    let (bench, crm) = bench(erp()).await;
    let other = bench.desk.tenant(TenantId::new("other").unwrap());
    let site = Claim::new(Field::Website, "https://x.example", system(), minute(3));
    let refused = other.offer(&matti(), &[site], None).await.unwrap_err();
    assert!(matches!(refused, Error::UnknownAccount(_)), "{refused}");
    let key = NaturalKey::derive(&["call", "1"]);
    let kind = EffectKind::AddActivity(Activity::new(key, matti(), minute(5), "Called"));
    let effect = Effect::new("e-call".parse().unwrap(), system(), kind);
    let refused = other.write(&effect).await.unwrap_err();
    assert!(matches!(refused, Error::UnknownAccount(_)), "{refused}");
    assert_eq!(other.proposals(&system(), 10).await.unwrap(), []);
    deliver(&bench).await;
    assert_eq!(crm.activities().len(), 0);
}

#[tokio::test]
async fn an_account_and_a_system_of_one_name_are_refused() {
    let crm = Arc::new(MemoryCrm::new(SystemId::new("shop").unwrap(), minute(0)));
    let back = CrmAccount::new(crm, Policies::default());
    let channel = aspa_channel::MemoryChannel::new(common::shop());
    let built = Desk::builder(aspa_store::MemoryStore::new())
        .channel(channel)
        .crm(back)
        .build();
    assert!(matches!(built, Err(Error::Twice(_))));
}

/// An ERP that takes everything and never says what it has taken.
#[derive(Debug)]
struct Silent(Arc<MemoryCrm>);

#[async_trait]
impl Crm for Silent {
    fn system(&self) -> &SystemId {
        self.0.system()
    }

    fn capabilities(&self) -> Cow<'_, aspa_crm::Capabilities> {
        self.0.capabilities()
    }

    async fn changes(
        &self,
        cursor: Option<&aspa_crm::Cursor>,
        limit: usize,
    ) -> Result<aspa_crm::Page, aspa_crm::Error> {
        self.0.changes(cursor, limit).await
    }

    async fn find(&self, what: &Lookup) -> Result<Vec<Customer>, aspa_crm::Error> {
        self.0.find(what).await
    }

    async fn get(&self, id: &CustomerId) -> Result<Option<Customer>, aspa_crm::Error> {
        self.0.get(id).await
    }

    async fn perform(&self, effect: &Effect) -> Result<aspa_crm::Receipt, aspa_crm::Error> {
        self.0.perform(effect).await
    }

    async fn probe(&self, _: &Effect) -> Result<aspa_crm::Probe, aspa_crm::Error> {
        Ok(aspa_crm::Probe::CannotTell)
    }
}

/// An ERP in which nobody may erase.
#[derive(Debug)]
struct Guarded(Arc<MemoryCrm>);

#[async_trait]
impl Crm for Guarded {
    fn system(&self) -> &SystemId {
        self.0.system()
    }

    fn capabilities(&self) -> Cow<'_, aspa_crm::Capabilities> {
        self.0.capabilities()
    }

    async fn changes(
        &self,
        cursor: Option<&aspa_crm::Cursor>,
        limit: usize,
    ) -> Result<aspa_crm::Page, aspa_crm::Error> {
        self.0.changes(cursor, limit).await
    }

    async fn find(&self, what: &Lookup) -> Result<Vec<Customer>, aspa_crm::Error> {
        self.0.find(what).await
    }

    async fn get(&self, id: &CustomerId) -> Result<Option<Customer>, aspa_crm::Error> {
        self.0.get(id).await
    }

    async fn perform(&self, effect: &Effect) -> Result<aspa_crm::Receipt, aspa_crm::Error> {
        let customer = effect.kind.customer().unwrap();
        let kind = match self.0.get(customer).await? {
            Some(_) => aspa_crm::ErrorKind::Forbidden,
            None => aspa_crm::ErrorKind::NotFound,
        };
        Err(aspa_crm::Error::new(kind, "perform"))
    }

    async fn probe(&self, effect: &Effect) -> Result<aspa_crm::Probe, aspa_crm::Error> {
        self.0.probe(effect).await
    }
}

#[tokio::test]
async fn where_nobody_can_tell_a_person_decides() {
    for (idempotency, ends) in [
        (Idempotency::LookFirst, OutboxState::Uncertain),
        (Idempotency::NaturalKey, OutboxState::Accepted),
    ] {
        let performs = Performs::new(Precondition::Strong, idempotency);
        let crm = Arc::new(erp().performing(performs));
        let silent = Arc::new(Silent(crm.clone()));
        let bench = Bench::with(|desk| desk.crm(CrmAccount::new(silent, Policies::default())));
        crm.fail_effect(CrmFault::LostAfter);
        let key = NaturalKey::derive(&["call", "1"]);
        let line = Activity::new(key, matti(), minute(5), "Called back");
        let kind = EffectKind::AddActivity(line);
        let effect = Effect::new("e-call".parse().unwrap(), system(), kind);
        bench.desk.write(&effect).await.unwrap();
        for _ in 0..4 {
            deliver(&bench).await;
            bench.clock.advance(TimeDelta::hours(1));
        }
        assert_eq!(crm.activities().len(), 1);
        assert_eq!(standing(&bench.desk).await, [ends]);
    }
}

#[tokio::test]
async fn a_running_desk_reads_and_writes_by_itself() {
    let crm = Arc::new(erp());
    let account = back(&crm)
        .with_handles()
        .read_every(Duration::from_millis(5));
    let bench = Bench::with(|desk| desk.crm(account));
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let desk = bench.desk.clone();
    let running = tokio::spawn(async move {
        let stopped = async { drop(stopped.await) };
        desk.run(Duration::from_millis(5), stopped).await
    });
    let newcomer = CustomerId::new(system(), "3").unwrap();
    crm.put(
        &newcomer,
        CustomerKind::Person,
        &[(Field::Email, "new@example.fi")],
    );
    bench.channel.say(event(asks("1", "c", "matti", 1)));
    loop {
        let known = bench.desk.store().customers(None, 9).await.unwrap();
        let asked = !common::all(&bench.desk).await.is_empty();
        if known.len() == 3 && asked {
            break;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    confirms(&bench, &newcomer).await;
    while rows_of(&crm, &newcomer).is_empty() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    stop.send(()).unwrap();
    running.await.unwrap();
}

/// A desk that erases, in a CRM that has a row of `matti`.
async fn linked(settle: impl FnOnce(CrmAccount) -> CrmAccount) -> (Bench, Arc<MemoryCrm>) {
    let crm = Arc::new(erp());
    let account = settle(back(&crm).with_handles());
    let key = Secret::new("a secret of the host's, long enough");
    let bench = Bench::with(|desk| desk.identity_key(key).crm(account));
    bench.desk.sync(crm.as_ref()).await.unwrap();
    writes(&bench, "1", 1).await;
    confirms(&bench, &matti()).await;
    deliver(&bench).await;
    assert_eq!(rows_of(&crm, &matti()), [person("matti")]);
    (bench, crm)
}

#[tokio::test]
async fn who_is_erased_here_loses_the_row_there_with_a_receipt() {
    let (bench, crm) = linked(|account| account).await;
    let desk = &bench.desk;
    let subject = Subject::Handle(person("matti"));
    crm.fail_effect(CrmFault::NoConnection);
    desk.erase(&subject, None, "at his wish").await.unwrap();
    assert_eq!(
        rows_of(&crm, &matti()),
        [person("matti")],
        "the ERP is away"
    );
    assert_eq!(desk.crm_erasures().await.unwrap(), []);
    desk.tidy().await.unwrap();
    assert_eq!(rows_of(&crm, &matti()), []);
    let [receipt] = &desk.crm_erasures().await.unwrap()[..] else {
        panic!("one receipt");
    };
    assert_eq!((&receipt.system, receipt.did), (&system(), Did::Removed));
    let erased = &desk.erasures().await.unwrap()[0];
    assert!(erased.subjects.contains(&receipt.subject));
    // Nothing left names them, and nothing is done twice.
    let calls = crm.calls();
    desk.tidy().await.unwrap();
    deliver(&bench).await;
    assert_eq!(crm.calls(), calls);
    let kept = desk.outbox(&OutboxQuery::default()).await.unwrap();
    let kept = serde_json::to_string(&kept).unwrap();
    for name in ["mattiv", "Matti V"] {
        assert!(!kept.contains(name), "{kept}");
    }
}

#[tokio::test]
async fn a_customer_is_erased_there_where_that_was_said() {
    for said in [false, true] {
        let (bench, crm) = linked(|account| match said {
            true => account.with_erasures(),
            false => account,
        })
        .await;
        let desk = &bench.desk;
        let subject = Subject::Customer(matti());
        desk.erase(&subject, None, "at his wish").await.unwrap();
        assert_eq!(rows_of(&crm, &matti()), []);
        let there = crm
            .customers()
            .iter()
            .any(|customer| customer.id == matti());
        assert_eq!(there, !said);
        assert_eq!(desk.erased_customers().await.unwrap().is_empty(), said);
        let receipts = desk.crm_erasures().await.unwrap().len();
        assert_eq!(receipts, if said { 2 } else { 1 });
    }
}

#[tokio::test]
async fn a_row_that_was_to_be_taken_away_goes_when_its_owner_is_erased() {
    for corrected in [false, true] {
        let (bench, crm) = linked(|account| account).await;
        match corrected {
            true => confirms(&bench, &maija()).await,
            false => refuses(&bench, &matti()).await,
        }
        // The outbox has not come to it yet.
        assert_eq!(rows_of(&crm, &matti()), [person("matti")]);
        let desk = &bench.desk;
        let subject = Subject::Handle(person("matti"));
        desk.erase(&subject, None, "at his wish").await.unwrap();
        deliver(&bench).await;
        assert_eq!(rows_of(&crm, &matti()), []);
        assert_eq!(rows_of(&crm, &maija()), []);
        let receipts = desk.crm_erasures().await.unwrap();
        assert!(receipts.iter().any(|one| one.did == Did::Removed));
        assert_eq!(receipts.len(), if corrected { 2 } else { 1 });
    }
}

#[tokio::test]
async fn a_stranger_s_row_goes_from_a_customer_who_is_erased() {
    let (bench, crm) = linked(|account| account).await;
    refuses(&bench, &matti()).await;
    let desk = &bench.desk;
    let subject = Subject::Customer(matti());
    desk.erase(&subject, None, "at his wish").await.unwrap();
    assert_eq!(rows_of(&crm, &matti()), []);
    assert_eq!(desk.crm_erasures().await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_crm_that_refuses_an_erasure_holds_up_no_other() {
    let (refuses, obeys) = (SystemId::new("a-crm").unwrap(), system());
    let other = Arc::new(MemoryCrm::new(refuses.clone(), minute(0)));
    let pekka = CustomerId::new(refuses.clone(), "7").unwrap();
    let email = [(Field::Email, "matti@example.fi")];
    other.put(&pekka, CustomerKind::Person, &email);
    let guarded = Arc::new(Guarded(other.clone()));
    let key = Secret::new("a secret of the host's, long enough");
    let crm = Arc::new(erp());
    let bench = Bench::with(|desk| {
        let first = CrmAccount::new(guarded.clone(), Policies::default());
        let second = back(&crm).with_erasures();
        desk.identity_key(key)
            .crm(first.with_erasures())
            .crm(second)
    });
    let desk = &bench.desk;
    desk.sync(other.as_ref()).await.unwrap();
    desk.sync(crm.as_ref()).await.unwrap();
    for customer in [&pekka, &matti()] {
        let subject = Subject::Customer(customer.clone());
        desk.erase(&subject, None, "at his wish").await.unwrap();
    }
    assert!(crm.customers().iter().all(|one| one.id != matti()));
    let [receipt] = &desk.crm_erasures().await.unwrap()[..] else {
        panic!("one receipt");
    };
    assert_eq!(receipt.system, obeys);
    let [left] = &desk.crm_erasures_left().await.unwrap()[..] else {
        panic!("one is left");
    };
    assert_eq!((&left.system, left.tries), (&refuses, 1));
    assert_eq!(left.state, CrmErasureState::Refused);
    // It is not asked again and again, and nothing else waits for it.
    let calls = other.calls();
    desk.tidy().await.unwrap();
    assert_eq!(other.calls(), calls);
    // Somebody sees to it there.
    other.delete(&pekka);
    bench.clock.advance(TimeDelta::days(2));
    desk.tidy().await.unwrap();
    assert_eq!(desk.crm_erasures_left().await.unwrap(), []);
    let receipts = desk.crm_erasures().await.unwrap();
    assert!(receipts.iter().any(|one| one.system == refuses));
    assert_eq!(desk.erased_customers().await.unwrap(), []);
}

#[tokio::test]
async fn nothing_kept_of_cases_tells_whose_an_erased_handle_was() {
    for subject in [Subject::Handle(person("matti")), Subject::Customer(matti())] {
        let (bench, crm) = linked(CrmAccount::with_cases).await;
        assert_eq!(crm.cases().len(), 1);
        let documents = async || {
            let store = bench.desk.store();
            let kept = store.privacy().documents("crm_case", None, 9).await;
            kept.unwrap().len()
        };
        assert_eq!(documents().await, 1);
        let desk = &bench.desk;
        desk.erase(&subject, None, "at his wish").await.unwrap();
        assert_eq!(documents().await, 0);
    }
}

#[tokio::test]
async fn a_row_that_waits_when_its_owner_is_erased_is_never_made() {
    let crm = Arc::new(erp());
    let account = back(&crm).with_handles();
    let key = Secret::new("a secret of the host's, long enough");
    let bench = Bench::with(|desk| desk.identity_key(key).crm(account));
    bench.desk.sync(crm.as_ref()).await.unwrap();
    writes(&bench, "1", 1).await;
    confirms(&bench, &matti()).await;
    let subject = Subject::Handle(person("matti"));
    bench
        .desk
        .erase(&subject, None, "at his wish")
        .await
        .unwrap();
    deliver(&bench).await;
    assert_eq!(rows_of(&crm, &matti()), []);
    assert_eq!(standing(&bench.desk).await, [OutboxState::Cancelled]);
}

#[tokio::test]
async fn a_case_is_worked_on_by_whoever_has_the_ticket() {
    let crm = Arc::new(erp());
    let users = [(agent("liisa"), "user-7".to_owned())];
    let bench = Bench::with(|desk| desk.crm(back(&crm).with_cases().users(users)));
    bench.desk.sync(crm.as_ref()).await.unwrap();
    writes(&bench, "1", 1).await;
    confirms(&bench, &matti()).await;
    let ticket = only(&bench.desk).await;
    for (name, user) in [("liisa", Some("user-7")), ("kalle", None)] {
        let to = Some(agent(name));
        let us = Actor::Us(Some(agent("lead")));
        let assign = Command::Assign { to, until: None };
        bench.desk.command(&ticket.id, assign, us).await.unwrap();
        deliver(&bench).await;
        assert_eq!(crm.cases()[0].user.as_deref(), user);
    }
}

#[tokio::test]
async fn a_hint_has_one_record_read_again() {
    let (bench, crm) = bench(erp()).await;
    let desk = &bench.desk;
    let known = async || {
        let all = desk.store().customers(None, 9).await.unwrap();
        all.into_iter()
            .map(|c| c.value(&Field::Email).unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    crm.edit(&matti(), &Field::Email, "matti@new.example");
    crm.edit(&maija(), &Field::Email, "maija@new.example");
    let hint = Hint::Record(matti());
    let synced = desk
        .read_again(&system(), &[hint.clone(), hint])
        .await
        .unwrap();
    assert_eq!((synced.put, synced.gone), (1, 0));
    assert_eq!(known().await, ["matti@new.example", "maija@example.fi"]);
    crm.delete(&matti());
    let hints = [Hint::Record(matti())];
    let synced = desk.read_again(&system(), &hints).await.unwrap();
    assert_eq!((synced.put, synced.gone), (0, 1));
    assert_eq!(desk.read_again(&system(), &hints).await.unwrap().gone, 0);
    desk.read_again(&system(), &[Hint::Changes]).await.unwrap();
    assert_eq!(known().await, ["maija@new.example"]);
    let other = SystemId::new("other").unwrap();
    assert!(desk.read_again(&other, &hints).await.is_err());
}
