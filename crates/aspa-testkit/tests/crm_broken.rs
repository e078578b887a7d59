//! The kit sees what is wrong: connectors that break one promise each, as real ones did.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::borrow::Cow;
use std::fmt;
use std::sync::{Arc, Mutex};

use aspa_crm::{
    Capabilities, Change, Crm, Cursor, Customer, CustomerKind, Did, Effect, EffectKind, Error,
    ErrorKind, Field, Lookup, MemoryCrm, NaturalKey, Page, Probe, Receipt,
};
use aspa_testkit::{Case, CrmFixture, Verdict, crm_cases, run};
use aspa_types::{CustomerId, Landed, SystemId};
use async_trait::async_trait;
use chrono::{DateTime, TimeDelta};

/// What a connector does wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Bug {
    /// Nothing at all.
    Nothing,
    /// Cursors are (time) only: a page border between rows of one instant loses the rest.
    LosesTies,
    /// No overlap: late commits are lost.
    NoOverlap,
    /// The largest time that was seen is where the next reading begins.
    SkipsTheLast,
    /// An expired cursor begins again from the start without a word.
    HealsInSilence,
    /// A lost answer is taken for an expired cursor.
    BeginsAgain,
    /// Any text is taken for a cursor.
    TakesAnyCursor,
    /// The cursor after the last page is that of the first.
    LosesTheLastCursor,
    /// A cursor works once.
    CursorIsUsedUp,
    /// The limit is not sent on.
    IgnoresTheLimit,
    /// A limit of 0 brings nothing.
    TakesZeroForZero,
    /// Nothing is ever done.
    NeverDone,
    /// Deletes are left out of the feed.
    HidesDeletes,
    /// A merger comes as a delete.
    HidesMergers,
    /// E-mails are compared as they are written.
    TellsUpperFromLower,
    /// A search finds parts.
    FindsParts,
    /// Only the first of several is found.
    FindsOne,
    /// An empty value finds everybody.
    FindsEverybody,
    /// A field that is not known finds nobody.
    FindsNobodyByUnknown,
    /// The order is the system's.
    FindsBackwards,
    /// Another system's id is taken for one of its own.
    IgnoresTheSystem,
    /// What is not there is an error.
    MissingIsAnError,
    /// `get` leaves half of the fields out.
    GetsHalf,
    /// Values are cut after 20 characters.
    CutsValues,
    /// Values are read as Latin-1.
    BreaksScripts,
    /// Two writes of one effect make two rows.
    MakesTwo,
    /// The version is not sent along.
    Overwrites,
    /// A patch sends the whole row as it was read.
    SendsTheWholeRow,
    /// A patch of a missing row makes it.
    PatchMakes,
    /// What is taken away twice is an error.
    AwayTwiceFails,
    /// A lost answer is told as nothing done.
    LostIsNo,
    /// A missing connection is told as perhaps done.
    NoConnectionIsMaybe,
    /// It repeats by itself after a lost answer.
    Repeats,
    /// The wait is not read.
    ForgetsTheWait,
    /// A daily quota is told as a throttle.
    QuotaIsThrottle,
    /// Expired credentials are told as forbidden.
    ExpiredIsForbidden,
    /// What landed is absent.
    ProbesAbsent,
    /// What was never performed is found.
    ProbesFound,
    /// Receipts bear the version from before the write.
    OldVersion,
    /// Receipts name no row.
    NamesNothing,
    /// An erasure says so and does nothing.
    ErasesNothing,
    /// An unknown effect is a success.
    DoesTheUnknown,
    /// Errors show what was looked for.
    ShowsValues,
    /// The capabilities change with time.
    ChangesItsMind,
    /// A case that is there stays as it is.
    FreezesCases,
    /// Who leaves follows.
    NeverLeaves,
    /// An activity has other words, and no address.
    TellsElse,
    /// A new customer has another name, and no e-mail address.
    MakesHalf,
    /// A case is found by its key alone.
    ProbesByKey,
    /// A claim that it cannot keep.
    ClaimsFollow,
    /// A limit that is not kept to.
    IgnoresLimits,
}

struct Broken {
    inner: Arc<MemoryCrm>,
    bug: Bug,
    state: Mutex<Mine>,
}

#[derive(Default)]
struct Mine {
    used: Vec<Cursor>,
    asked: usize,
}

impl fmt::Debug for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Broken")
    }
}

impl Broken {
    fn is(&self, bug: Bug) -> bool {
        self.bug == bug
    }

    /// Reads a page of the rows as a naive connector would: by time alone.
    async fn by_time(&self, cursor: Option<&Cursor>, limit: usize) -> Result<Page, Error> {
        let expired = || Error::new(ErrorKind::CursorExpired, "changes");
        let since = match cursor {
            None => DateTime::<chrono::Utc>::MIN_UTC,
            Some(cursor) => cursor.as_str().parse().map_err(|_| expired())?,
        };
        let all = self.inner.changes(None, usize::MAX).await?.changes;
        let time = |change: &Change| match change {
            Change::Put(row) => row.claims.first().and_then(|claim| claim.asserted_at),
            _ => None,
        };
        let mut all: Vec<Change> = all
            .into_iter()
            .filter(|change| time(change).is_none_or(|at| at > since))
            .collect();
        let done = all.len() <= limit.max(1);
        all.truncate(limit.max(1));
        let last = all.iter().filter_map(time).max().unwrap_or(since);
        Ok(Page::new(all, Cursor::new(last.to_rfc3339()), done))
    }
}

fn cut(customer: &mut Customer, how: impl Fn(&str) -> String) {
    for claim in &mut customer.claims {
        claim.value = how(&claim.value);
    }
}

#[async_trait]
impl Crm for Broken {
    fn system(&self) -> &SystemId {
        self.inner.system()
    }

    fn capabilities(&self) -> Cow<'_, Capabilities> {
        let mut claims = self.inner.capabilities().into_owned();
        if self.is(Bug::ChangesItsMind) {
            let mut state = self.state.lock().unwrap();
            state.asked += 1;
            claims.lag_seconds = u32::try_from(state.asked).unwrap();
        }
        Cow::Owned(claims)
    }

    async fn changes(&self, cursor: Option<&Cursor>, limit: usize) -> Result<Page, Error> {
        if self.is(Bug::LosesTies) {
            return self.by_time(cursor, limit).await;
        }
        if let (true, Some(cursor)) = (self.is(Bug::CursorIsUsedUp), cursor) {
            let mut state = self.state.lock().unwrap();
            if state.used.contains(cursor) {
                return Ok(Page::new(vec![], cursor.clone(), true));
            }
            state.used.push(cursor.clone());
        }
        let limit = match self.bug {
            Bug::IgnoresTheLimit => usize::MAX,
            Bug::TakesZeroForZero if limit == 0 => {
                return Ok(Page::new(vec![], Cursor::new("none"), false));
            }
            _ => limit,
        };
        let read = self.inner.changes(cursor, limit).await;
        let mut page = match read {
            Err(error) if *error.kind() == ErrorKind::CursorExpired => match self.bug {
                Bug::HealsInSilence => self.inner.changes(None, limit).await?,
                Bug::TakesAnyCursor if !cursor.is_some_and(|c| c.as_str().contains("from")) => {
                    self.inner.changes(None, limit).await?
                }
                _ => return Err(error),
            },
            Err(_) if self.is(Bug::BeginsAgain) => {
                return Err(Error::new(ErrorKind::CursorExpired, "changes"));
            }
            Err(error) => return Err(self.told(error)),
            Ok(page) => page,
        };
        match self.bug {
            Bug::LosesTheLastCursor if page.done => page.next = Cursor::new("gone"),
            Bug::SkipsTheLast => drop((page.changes.len() > 1).then(|| page.changes.pop())),
            Bug::NeverDone => page.done = false,
            Bug::HidesDeletes => page.changes.retain(|c| !matches!(c, Change::Gone { .. })),
            Bug::HidesMergers => {
                for change in &mut page.changes {
                    if let Change::Merged { old, .. } = change {
                        *change = Change::Gone { id: old.clone() };
                    }
                }
            }
            Bug::NoOverlap if page.done => {
                // The next reading begins where this one ended, and not before.
                let cursor = page.next.as_str();
                let at = self.inner.now() + TimeDelta::seconds(600);
                let epoch = cursor.split(' ').next().unwrap_or_default();
                let from = serde_json::json!({ "from": at });
                page.next = Cursor::new(format!("{epoch} {from}"));
            }
            _ => {}
        }
        for change in &mut page.changes {
            if let Change::Put(customer) = change {
                match self.bug {
                    Bug::CutsValues => cut(customer, |v| v.chars().take(20).collect()),
                    Bug::BreaksScripts => {
                        cut(customer, |v| v.bytes().map(char::from).collect());
                    }
                    _ => {}
                }
            }
        }
        Ok(page)
    }

    async fn find(&self, lookup: &Lookup) -> Result<Vec<Customer>, Error> {
        let exact = |customer: &Customer| {
            let mut claims = customer.claims.iter();
            claims.any(|c| c.field == lookup.field && c.value == lookup.value)
        };
        let all = self.inner.customers();
        match self.bug {
            Bug::TellsUpperFromLower => return Ok(all.into_iter().filter(exact).collect()),
            Bug::FindsParts => {
                let part = |customer: &Customer| {
                    let mut claims = customer.claims.iter();
                    let wanted = lookup.value.trim().to_lowercase();
                    !wanted.is_empty()
                        && claims.any(|c| {
                            c.field == lookup.field && c.value.to_lowercase().contains(&wanted)
                        })
                };
                return Ok(all.into_iter().filter(part).collect());
            }
            Bug::FindsEverybody if lookup.value.trim().is_empty() => return Ok(all),
            _ => {}
        }
        let found = self.inner.find(lookup).await;
        let mut found = match found {
            Err(error) if *error.kind() == ErrorKind::Unsupported => match self.bug {
                Bug::FindsNobodyByUnknown => return Ok(vec![]),
                _ => return Err(error),
            },
            Err(error) if self.is(Bug::ShowsValues) => {
                return Err(error.with("for", lookup.value.clone()));
            }
            other => other?,
        };
        match self.bug {
            Bug::FindsOne => found.truncate(1),
            Bug::FindsBackwards => found.reverse(),
            _ => {}
        }
        Ok(found)
    }

    async fn get(&self, id: &CustomerId) -> Result<Option<Customer>, Error> {
        let own = match self.bug {
            Bug::IgnoresTheSystem => CustomerId::new(self.system().clone(), &*id.id).unwrap(),
            _ => id.clone(),
        };
        let mut got = self.inner.get(&own).await?;
        if let (Bug::GetsHalf, Some(customer)) = (self.bug, &mut got) {
            customer.claims.pop();
        }
        match (self.bug, got) {
            (Bug::MissingIsAnError, None) => Err(Error::new(ErrorKind::NotFound, "get")),
            (_, got) => Ok(got),
        }
    }

    async fn perform(&self, effect: &Effect) -> Result<Receipt, Error> {
        let mut effect = effect.clone();
        let mut before = None;
        if let EffectKind::Patch {
            customer, expect, ..
        } = &mut effect.kind
        {
            let row = self.inner.get(customer).await?;
            before = row
                .as_ref()
                .and_then(|row| row.version().map(str::to_owned));
            match self.bug {
                Bug::Overwrites => *expect = None,
                Bug::SendsTheWholeRow => self.inner.edit(customer, &Field::Email, ""),
                Bug::PatchMakes if row.is_none() => {
                    self.inner.put(customer, CustomerKind::Person, &[]);
                    *expect = None;
                }
                _ => {}
            }
        }
        match (self.bug, &mut effect.kind) {
            (Bug::FreezesCases, EffectKind::UpsertCase(case)) => {
                let mut cases = self.inner.cases().into_iter();
                *case = cases
                    .find(|one| one.key == case.key)
                    .unwrap_or(case.clone());
            }
            (Bug::NeverLeaves, EffectKind::Follow { following, .. }) => *following = true,
            (Bug::TellsElse, EffectKind::AddActivity(activity)) => {
                (activity.text, activity.url) = (Some("Other words".to_owned()), None);
            }
            (Bug::MakesHalf, EffectKind::Create(new)) => {
                new.values.remove(&Field::Email);
                new.values.insert(Field::FullName, "Somebody".to_owned());
            }
            _ => {}
        }
        if self.is(Bug::MakesTwo) {
            let name = format!("again-{}", self.inner.calls());
            let own = || NaturalKey::derive(&[&name]);
            match &mut effect.kind {
                EffectKind::Create(_) => {
                    // Two people of one key: the second is made by hand.
                    let probe = self.inner.probe(&effect).await?;
                    if let (Probe::Found(_), EffectKind::Create(new)) = (probe, &mut effect.kind) {
                        new.key = own();
                        let receipt = self.inner.perform(&effect).await?;
                        return Ok(Receipt::new(effect.key.clone(), Did::Created)
                            .at_version(receipt.version));
                    }
                }
                EffectKind::UpsertCase(_) | EffectKind::AddActivity(_) => {
                    let mut receipt = self.inner.perform(&effect).await?;
                    receipt.did = Did::Created;
                    return Ok(receipt);
                }
                _ => {}
            }
        }
        match (self.bug, &effect.kind) {
            (Bug::ErasesNothing, EffectKind::Erase { .. }) => {
                return Ok(Receipt::new(effect.key.clone(), Did::Removed));
            }
            (Bug::DoesTheUnknown, EffectKind::Unknown(_)) => {
                return Ok(Receipt::new(effect.key.clone(), Did::Changed));
            }
            (Bug::ClaimsFollow, EffectKind::Follow { .. }) => {
                return Ok(Receipt::new(effect.key.clone(), Did::Changed));
            }
            (
                Bug::IgnoresLimits,
                EffectKind::Patch {
                    customer, writes, ..
                },
            ) => {
                for write in writes {
                    self.inner.edit(customer, write.field(), write.value());
                }
                let record = self.inner.get(customer).await?;
                let version = record.and_then(|row| row.version().map(str::to_owned));
                return Ok(Receipt::new(effect.key.clone(), Did::Changed).at_version(version));
            }
            _ => {}
        }
        let performed = self.inner.perform(&effect).await;
        let mut receipt = match performed {
            Err(error) if self.is(Bug::Repeats) && error.landed() == Landed::Maybe => {
                self.inner.perform(&effect).await?
            }
            Err(error) => return Err(self.told(error)),
            Ok(receipt) => receipt,
        };
        match self.bug {
            Bug::AwayTwiceFails if receipt.did == Did::Nothing => {
                return Err(Error::new(ErrorKind::NotFound, "perform"));
            }
            Bug::OldVersion => receipt.version = before.or(receipt.version),
            Bug::NamesNothing => receipt.records.clear(),
            _ => {}
        }
        Ok(receipt)
    }

    async fn probe(&self, effect: &Effect) -> Result<Probe, Error> {
        match self.bug {
            Bug::ProbesAbsent => Ok(Probe::Absent),
            Bug::ProbesFound => Ok(Probe::Found(Receipt::new(effect.key.clone(), Did::Changed))),
            Bug::ProbesByKey => match &effect.kind {
                EffectKind::UpsertCase(case)
                    if self.inner.cases().iter().any(|one| one.key == case.key) =>
                {
                    Ok(Probe::Found(Receipt::new(effect.key.clone(), Did::Changed)))
                }
                _ => self.inner.probe(effect).await,
            },
            _ => self.inner.probe(effect).await,
        }
    }
}

impl Broken {
    /// An error as this connector tells it.
    fn told(&self, error: Error) -> Error {
        let as_kind = |kind| Error::new(kind, "perform");
        match (self.bug, error.kind()) {
            (Bug::LostIsNo, _) => error.with_landed(Landed::No),
            (Bug::NoConnectionIsMaybe, ErrorKind::Unavailable) => error.with_landed(Landed::Maybe),
            (Bug::ForgetsTheWait, ErrorKind::Throttled(_)) => as_kind(ErrorKind::Unavailable),
            (Bug::QuotaIsThrottle, ErrorKind::QuotaUntil(_)) => {
                as_kind(ErrorKind::Throttled(std::time::Duration::from_secs(1)))
            }
            (Bug::ExpiredIsForbidden, ErrorKind::Auth) => as_kind(ErrorKind::Forbidden),
            _ => error,
        }
    }
}

const BUGS: &[(Bug, &str)] = &[
    (Bug::LosesTies, "K3 ties at the border of a page"),
    (Bug::NoOverlap, "K3 a late commit is not lost"),
    (
        Bug::LosesTies,
        "Kx of edits at random none is lost or stale",
    ),
    (
        Bug::NoOverlap,
        "Kx of edits at random none is lost or stale",
    ),
    (Bug::BeginsAgain, "Kx a page that fails is repeated alone"),
    (Bug::SkipsTheLast, "K2 everything comes from the start"),
    (Bug::HealsInSilence, "K3 an expired cursor is told"),
    (Bug::TakesAnyCursor, "K3 what is no cursor is told"),
    (
        Bug::LosesTheLastCursor,
        "K3 every cursor goes on without a gap",
    ),
    (Bug::CursorIsUsedUp, "K4 the same cursor brings no less"),
    (Bug::IgnoresTheLimit, "K6 pages are bounded"),
    (Bug::TakesZeroForZero, "K6 pages are bounded"),
    (
        Bug::NeverDone,
        "K5 with nothing new a page is empty and done",
    ),
    (Bug::HidesDeletes, "K7 a delete is told"),
    (Bug::HidesMergers, "K7 a merger is told"),
    (
        Bug::TellsUpperFromLower,
        "K8 an e-mail is found however it is written",
    ),
    (Bug::FindsParts, "K8 a part is not the whole"),
    (Bug::FindsOne, "K8 every holder is found, in order"),
    (Bug::FindsBackwards, "K8 every holder is found, in order"),
    (Bug::FindsEverybody, "K8 nothing is found for nobody"),
    (
        Bug::FindsNobodyByUnknown,
        "K8 what cannot be looked up is refused",
    ),
    (Bug::IgnoresTheSystem, "K9 another system's is none"),
    (Bug::MissingIsAnError, "K9 what is not there is none"),
    (Bug::GetsHalf, "K9 what is there is got"),
    (Bug::CutsValues, "K2 values come as they were written"),
    (Bug::BreaksScripts, "K2 values come as they were written"),
    (Bug::MakesTwo, "K11 twice makes one"),
    (
        Bug::Overwrites,
        "K12 a change by somebody else is a conflict",
    ),
    (
        Bug::SendsTheWholeRow,
        "K10 a patch sends what it names and nothing else",
    ),
    (Bug::PatchMakes, "K13 a patch never makes a record"),
    (
        Bug::AwayTwiceFails,
        "K13 what is not there is taken away without a word",
    ),
    (Bug::LostIsNo, "K14 done and lost is open"),
    (
        Bug::NoConnectionIsMaybe,
        "K14 without a connection nothing landed",
    ),
    (Bug::Repeats, "K14 lost before it was done is open"),
    (Bug::ForgetsTheWait, "K14 throttled, with the wait"),
    (Bug::QuotaIsThrottle, "K14 the day's quota, with its end"),
    (Bug::ExpiredIsForbidden, "K14 expired credentials are told"),
    (Bug::ProbesAbsent, "K15 what landed is never absent"),
    (
        Bug::ProbesFound,
        "K15 what was never performed is never found",
    ),
    (
        Bug::OldVersion,
        "K16 what was written comes back with its version",
    ),
    (Bug::NamesNothing, "K10 receipts name their effect"),
    (Bug::ErasesNothing, "K16 who is erased does not come back"),
    (Bug::DoesTheUnknown, "K10 unknown effects are refused"),
    (Bug::ShowsValues, "K17 nothing personal in Debug and errors"),
    (
        Bug::ChangesItsMind,
        "K1 capabilities are the same each time",
    ),
    (Bug::FreezesCases, "K10 a case turns with its ticket"),
    (
        Bug::NeverLeaves,
        "K11 who follows twice follows once, and can leave",
    ),
    (Bug::TellsElse, "K10 what is written is what was meant"),
    (Bug::MakesHalf, "K10 what is written is what was meant"),
    (
        Bug::ProbesByKey,
        "K15 a change of a case that was never made is never found",
    ),
    (Bug::ClaimsFollow, "K10 follow is as claimed"),
    (Bug::IgnoresLimits, "K10 a text over the limit is refused"),
];

fn outcomes(bug: Bug) -> Vec<Case> {
    crm_cases(async move || {
        let system = SystemId::new("crm").unwrap();
        let inner = Arc::new(MemoryCrm::new(system, DateTime::UNIX_EPOCH));
        let crm = Broken {
            inner: inner.clone(),
            bug,
            state: Mutex::default(),
        };
        CrmFixture::new(Arc::new(crm), inner)
    })
}

#[test]
fn without_a_bug_nothing_fails() {
    for outcome in run(outcomes(Bug::Nothing)) {
        assert!(
            !matches!(outcome.verdict, Verdict::Failed(_)),
            "{outcome:?}"
        );
    }
}

#[test]
fn each_bug_is_seen_by_the_case_that_is_there_for_it() {
    let mut missed = Vec::new();
    for &(bug, wanted) in BUGS {
        let cases = outcomes(bug).into_iter();
        let cases: Vec<_> = cases.filter(|case| case.name() == wanted).collect();
        assert_eq!(cases.len(), 1, "{wanted}");
        let outcome = run(cases).remove(0);
        if !matches!(outcome.verdict, Verdict::Failed(_)) {
            missed.push(format!("{bug:?} by {wanted}: {:?}", outcome.verdict));
        }
    }
    assert!(
        missed.is_empty(),
        "{} missed:\n{}",
        missed.len(),
        missed.join("\n")
    );
    assert!(BUGS.len() >= 30);
}
