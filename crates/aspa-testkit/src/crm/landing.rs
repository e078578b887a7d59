//! K14 to K16: what goes wrong, and what came of it.

use std::time::Duration;

use aspa_crm::{Change, CrmFault, Did, Effect, EffectName, ErrorKind, Probe};
use aspa_types::Landed;
use chrono::{DateTime, TimeDelta, Utc};

use super::stage::{Stage, failed, makes_a_row, ok};
use crate::case::{Checked, fault, skip};

fn fail(s: &Stage, effect: bool, wrong: CrmFault) -> Checked {
    match s.fixture.far.fail(effect, wrong) {
        true => Ok(()),
        false => skip("that never goes wrong there"),
    }
}

/// An effect that makes a row, of a customer who is there.
async fn some(s: &Stage) -> Checked<Effect> {
    let id = s.one().await;
    match s.names(|name, _| makes_a_row(name)).first() {
        Some(name) => s.of(name, &id, 1).await,
        None => skip("nothing is written"),
    }
}

async fn lands(s: &Stage, wrong: CrmFault, landed: Landed, rows: usize) -> Checked {
    let effect = some(s).await?;
    // What the same takes where nothing goes wrong.
    let requests = s.fixture.far.requests();
    let other = s.of(&effect.kind.name(), &s.one().await, 2).await?;
    ok(s.crm().perform(&other).await, "another one")?;
    let usual = s.fixture.far.requests().zip(requests);
    let usual = usual.map_or(1, |(after, before)| after.saturating_sub(before));
    fail(s, true, wrong)?;
    let requests = s.fixture.far.requests();
    let error = failed(s.crm().perform(&effect).await, "of what went wrong")?;
    if error.landed() != landed {
        return fault(
            format!("landed {landed:?}"),
            format!("{:?} ({error})", error.landed()),
            "a time-out or a 5xx taken for a refusal, or a refusal for a time-out",
        );
    }
    if let (Some(before), Some(after)) = (requests, s.fixture.far.requests())
        && after > before + usual
    {
        return fault(
            format!("{usual} request(s), as ever"),
            format!("{}", after - before),
            "a connector that repeats",
        );
    }
    s.counts(&effect, rows).await
}

pub(super) async fn no_connection(s: &Stage) -> Checked {
    lands(s, CrmFault::NoConnection, Landed::No, 0).await
}

pub(super) async fn lost_before(s: &Stage) -> Checked {
    lands(s, CrmFault::LostBefore, Landed::Maybe, 0).await
}

pub(super) async fn lost_after(s: &Stage) -> Checked {
    lands(s, CrmFault::LostAfter, Landed::Maybe, 1).await
}

pub(super) async fn throttled(s: &Stage) -> Checked {
    let wait = Duration::from_secs(77);
    let effect = some(s).await?;
    for of_effect in [true, false] {
        fail(s, of_effect, CrmFault::Throttled(wait))?;
        let error = match of_effect {
            true => s.crm().perform(&effect).await.err(),
            false => s.crm().changes(None, 1).await.err(),
        };
        let Some(error) = error else {
            return fault("Throttled", "a success", "429 is not looked at");
        };
        let right = *error.kind() == ErrorKind::Throttled(wait) && error.landed() == Landed::No;
        if !right {
            return fault(
                "Throttled for 77 s, landed No",
                error.to_string(),
                "the wait is not read",
            );
        }
    }
    Ok(())
}

pub(super) async fn quota(s: &Stage) -> Checked {
    let effect = some(s).await?;
    let until: DateTime<Utc> = s.now() + TimeDelta::hours(9);
    fail(s, true, CrmFault::QuotaUntil(until))?;
    let error = failed(s.crm().perform(&effect).await, "of a quota that is used up")?;
    match error.kind() {
        ErrorKind::QuotaUntil(_) if error.landed() == Landed::No => Ok(()),
        _ => fault(
            "QuotaUntil, landed No",
            error.to_string(),
            "a daily quota taken for a short throttle, so that it is tried all night",
        ),
    }
}

pub(super) async fn expired(s: &Stage) -> Checked {
    let effect = some(s).await?;
    fail(s, true, CrmFault::Expired)?;
    let error = failed(s.crm().perform(&effect).await, "of expired credentials")?;
    if *error.kind() != ErrorKind::Auth || error.landed() != Landed::No {
        return fault("Auth, landed No", error.to_string(), "401 is not looked at");
    }
    ok(s.crm().perform(&effect).await, "the same afterwards").map(drop)
}

pub(super) async fn reading_fails(s: &Stage) -> Checked {
    let ids = s.make(7).await;
    let wrongs = [
        CrmFault::NoConnection,
        CrmFault::LostAfter,
        CrmFault::Expired,
    ];
    for (page, wrong) in wrongs.into_iter().enumerate() {
        let mut rows = super::stage::Rows::new();
        let mut cursor = None;
        for _ in 0..=page {
            let page = ok(s.crm().changes(cursor.as_ref(), 2).await, "a page")?;
            super::stage::apply(&mut rows, page.changes);
            cursor = Some(page.next);
        }
        fail(s, false, wrong)?;
        match s.crm().changes(cursor.as_ref(), 2).await {
            Ok(_) => return fault("an error", "a page", "an answer that was not looked at"),
            Err(error) if error.landed() != Landed::No => {
                return fault(
                    "landed No",
                    error.to_string(),
                    "a reading that changes something",
                );
            }
            Err(_) => {}
        }
        s.walk(cursor, 2, &mut rows).await?;
        let each = ids.iter().enumerate();
        let wanted: Vec<_> = each.map(|(n, id)| (id.clone(), format!("V{n}"))).collect();
        s.hold(&rows, &wanted)?;
    }
    Ok(())
}

pub(super) async fn never_absent(s: &Stage) -> Checked {
    let names = s.names(|_, _| true);
    if names.is_empty() {
        return skip("nothing is written");
    }
    for name in names {
        let id = s.one().await;
        if s.prepare(&name, &id).await.is_err() {
            continue;
        }
        let effect = s.of(&name, &id, 1).await?;
        ok(s.crm().perform(&effect).await, "the effect")?;
        if ok(s.crm().probe(&effect).await, "a probe")? == Probe::Absent {
            let cause = "a search that lags, or that looks for something else";
            return fault(format!("{name} found, or nobody can tell"), "absent", cause);
        }
    }
    Ok(())
}

pub(super) async fn never_found(s: &Stage) -> Checked {
    let names = s.names(|name, _| makes_a_row(name) || *name == EffectName::Patch);
    if names.is_empty() {
        return skip("nothing is written");
    }
    let id = s.one().await;
    for name in names {
        let (one, other) = (s.of(&name, &id, 1).await?, s.of(&name, &id, 2).await?);
        ok(s.crm().perform(&one).await, "another one")?;
        if let Probe::Found(_) = ok(s.crm().probe(&other).await, "a probe")? {
            let cause = "anything of that customer is taken for it";
            return fault(format!("{name} absent, or nobody can tell"), "found", cause);
        }
    }
    Ok(())
}

pub(super) async fn by_another(s: &Stage) -> Checked {
    let effect = some(s).await?;
    fail(s, true, CrmFault::LostAfter)?;
    failed(s.crm().perform(&effect).await, "of an answer that was lost")?;
    let other = s.again()?;
    match ok(other.probe(&effect).await, "a probe")? {
        Probe::Absent => fault(
            "found, or nobody can tell",
            "absent",
            "it asks its own memory",
        ),
        _ => Ok(()),
    }
}

pub(super) async fn echo(s: &Stage) -> Checked {
    let id = s.one().await;
    if s.performs(&EffectName::Patch).is_none() {
        return skip("nothing is patched");
    }
    let (_, cursor) = s.everything(10).await?;
    let patch = s.of(&EffectName::Patch, &id, 1).await?;
    let receipt = ok(s.crm().perform(&patch).await, "the patch")?;
    let lag = s.crm().capabilities().lag_seconds;
    s.fixture.far.pass(TimeDelta::seconds(i64::from(lag))).await;
    let page = ok(s.crm().changes(Some(&cursor), 100).await, "a page")?;
    let version = page.changes.iter().find_map(|change| match change {
        Change::Put(row) if row.id == id => Some(row.version().map(str::to_owned)),
        _ => None,
    });
    match (version, receipt.version) {
        (None, _) => fault(
            "what was written, in the feed",
            "nothing",
            "a lag that is not declared",
        ),
        (Some(_), None) => Ok(()),
        (Some(seen), told) if seen == told => Ok(()),
        (Some(seen), told) => fault(
            "the version of the receipt",
            format!("{seen:?} and not {told:?}"),
            "the version before the write is given",
        ),
    }
}

pub(super) async fn erased(s: &Stage) -> Checked {
    if s.performs(&EffectName::Erase).is_none() {
        return skip("nobody is erased");
    }
    let id = s.one().await;
    if s.performs(&EffectName::LinkHandle).is_some() {
        let link = s.of(&EffectName::LinkHandle, &id, 1).await?;
        ok(s.crm().perform(&link).await, "a handle")?;
    }
    let erase = s.of(&EffectName::Erase, &id, 1).await?;
    let receipt = ok(s.crm().perform(&erase).await, "an erasure")?;
    if receipt.did != Did::Removed {
        return fault(
            "removed",
            format!("{:?}", receipt.did),
            "a flag in place of an erasure",
        );
    }
    let (rows, _) = s.everything(10).await?;
    let there = rows.get(&id).is_some_and(Option::is_some);
    let got = ok(s.crm().get(&id).await, "none")?.is_some();
    match there || got {
        false => Ok(()),
        true => fault(
            "nobody",
            "who was erased",
            "the row is hidden and not erased",
        ),
    }
}
