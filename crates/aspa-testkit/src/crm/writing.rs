//! K10 to K13: effects.

use aspa_crm::{
    Did, EffectKind, EffectName, ErrorKind, Field, Idempotency, Precondition, RecordKind,
};
use aspa_types::CustomerId;

use super::stage::{Stage, failed, makes_a_row, ok};
use crate::case::{Checked, fault, skip};

pub(super) async fn claimed(s: &Stage, name: EffectName) -> Checked {
    let id = s.one().await;
    if s.performs(&name).is_none() {
        let effect = match name {
            EffectName::Patch => s.of(&EffectName::Erase, &id, 1).await?,
            _ => s.of(&name, &id, 1).await?,
        };
        if s.performs(&effect.kind.name()).is_some() {
            return skip("not claimed");
        }
        let requests = s.fixture.far.requests();
        let error = failed(s.crm().perform(&effect).await, "what is not claimed")?;
        let silent = s.fixture.far.requests() <= requests.map(|r| r + 1);
        return match *error.kind() == ErrorKind::Unsupported && silent {
            true => Ok(()),
            false => fault(
                "Unsupported, before any request",
                error.to_string(),
                "it is tried",
            ),
        };
    }
    s.prepare(&name, &id).await?;
    let effect = s.of(&name, &id, 1).await?;
    let receipt = ok(s.crm().perform(&effect).await, "what it claims")?;
    if receipt.did == Did::Nothing {
        return fault("something done", "nothing", "a write that is left out");
    }
    let left = usize::from(!matches!(
        name,
        EffectName::UnlinkHandle | EffectName::Erase | EffectName::Redact
    ));
    s.counts(&effect, left).await
}

pub(super) async fn unknown(s: &Stage) -> Checked {
    s.one().await;
    let json = r#"{"key":"e","system":"x","kind":{"type":"dance","with":1}}"#;
    let Ok(mut effect) = serde_json::from_str::<aspa_crm::Effect>(json) else {
        return skip("no such effect can be read");
    };
    effect.system = s.crm().system().clone();
    let error = failed(s.crm().perform(&effect).await, "of an unknown effect")?;
    match *error.kind() == ErrorKind::Unsupported {
        true => Ok(()),
        false => fault(
            "Unsupported",
            error.to_string(),
            "a wild card that does something",
        ),
    }
}

pub(super) async fn nothing_else(s: &Stage) -> Checked {
    if s.performs(&EffectName::Patch).is_none() {
        return skip("nothing is patched");
    }
    let id = s.one().await;
    let before = ok(s.crm().get(&id).await, "the record")?;
    let patch = s.of(&EffectName::Patch, &id, 7).await?;
    ok(s.crm().perform(&patch).await, "the patch")?;
    let after = ok(s.crm().get(&id).await, "the record")?;
    let others = |row: Option<aspa_crm::Customer>| -> Vec<(String, String)> {
        let claims = row.map(|row| row.claims).unwrap_or_default();
        let others = claims.into_iter().filter(|c| c.field != s.fixture.field);
        let mut all: Vec<_> = others.map(|c| (c.field.to_string(), c.value)).collect();
        all.sort();
        all
    };
    match others(before) == others(after) {
        true => Ok(()),
        false => fault(
            "the other fields as they were",
            "others",
            "the whole row is sent back",
        ),
    }
}

pub(super) async fn whole(s: &Stage) -> Checked {
    if s.performs(&EffectName::Patch).is_none() {
        return skip("nothing is patched");
    }
    let limits = s.crm().capabilities().writes.clone();
    let limit = limits
        .get(&s.fixture.field)
        .copied()
        .flatten()
        .unwrap_or(255);
    let longest = "ö".repeat(limit);
    for value in ["O'Brien & \"Sons\"", "عربي 🦜", longest.as_str()] {
        let id = s.one().await;
        let patch = s.patch(&id, &[(s.fixture.field.clone(), value)]).await?;
        ok(s.crm().perform(&patch).await, "a value within the limits")?;
        if s.value(&id).await? != [value] {
            let cause = "an escape too many or too few, a limit that cuts, or a second value";
            return fault("the value as it was given, alone", "another", cause);
        }
    }
    Ok(())
}

pub(super) async fn over_the_limit(s: &Stage) -> Checked {
    if s.performs(&EffectName::Patch).is_none() {
        return skip("nothing is patched");
    }
    let writes = s.crm().capabilities().writes.clone();
    let limited = writes
        .into_iter()
        .find_map(|(field, limit)| Some((field, limit?)));
    let Some((field, limit)) = limited else {
        return skip("no field is limited");
    };
    let id = s.one().await;
    let patch = s
        .patch(&id, &[(field.clone(), &"x".repeat(limit + 1))])
        .await?;
    let error = failed(s.crm().perform(&patch).await, "of a text that is too long")?;
    let named =
        matches!(error.kind(), ErrorKind::Invalid { field: named } if *named == *field.as_str());
    match named {
        true => Ok(()),
        false => fault(
            format!("Invalid, {field}"),
            error.to_string(),
            "the limit is not looked at",
        ),
    }
}

pub(super) async fn scripts(s: &Stage) -> Checked {
    if s.performs(&EffectName::LinkHandle).is_none() {
        return skip("handles are not kept");
    }
    let id = s.one().await;
    let long = "x".repeat(255);
    let mut linked = Vec::new();
    for user in [
        "محمد",
        "🦜parrot",
        "o'neill",
        "first.last",
        "a%b_c",
        long.as_str(),
    ] {
        let mut effect = s.of(&EffectName::LinkHandle, &id, 1).await?;
        if let EffectKind::LinkHandle { handle, .. } = &mut effect.kind {
            handle.handle = Stage::handle(user);
            handle.user_name = Some(user.to_owned());
            linked.push(handle.handle.to_string());
        }
        ok(s.crm().perform(&effect).await, "a handle in any script")?;
        s.counts(&effect, 1).await?;
        ok(s.crm().perform(&effect).await, "the same again")?;
        let again = s.performs(&EffectName::LinkHandle);
        if again.is_some_and(|how| how.idempotency == Idempotency::NaturalKey) {
            s.counts(&effect, 1).await?;
        }
    }
    // Who reads handles reads each of them.
    let record = ok(s.crm().get(&id).await, "the record")?;
    let read = record.as_ref().map(|record| record.values(&Field::Handle));
    let read = read.unwrap_or_default();
    let all = linked.iter().all(|one| read.contains(&one.as_str()));
    match all || read.is_empty() {
        true => Ok(()),
        false => fault(
            format!("{} handles", linked.len()),
            format!("{}, or others", read.len()),
            "several values read as one",
        ),
    }
}

pub(super) async fn receipts(s: &Stage) -> Checked {
    let names = s.names(|name, _| makes_a_row(name));
    let id = s.one().await;
    for name in names {
        let effect = s.of(&name, &id, 3).await?;
        let receipt = ok(s.crm().perform(&effect).await, "a receipt")?;
        if receipt.effect != effect.key {
            return fault(
                "the effect's key",
                "another",
                "a key of the connector's own",
            );
        }
        if receipt.records.is_empty() || receipt.records.iter().any(|r| r.id.is_empty()) {
            return fault(
                "the row it made",
                "none",
                "the id in the answer is not read",
            );
        }
        if name == EffectName::Create {
            let made = receipt
                .records
                .iter()
                .find(|r| r.kind != RecordKind::Handle);
            let made =
                made.and_then(|r| CustomerId::new(effect.system.clone(), r.id.as_str()).ok());
            let there = match made {
                Some(id) => ok(s.crm().get(&id).await, "who was made")?.is_some(),
                None => false,
            };
            if !there {
                let cause = "the id of the receipt is without the table's prefix";
                return fault("an id that `get` knows", "none", cause);
            }
        }
    }
    Ok(())
}

pub(super) async fn twice(s: &Stage) -> Checked {
    let id = s.one().await;
    for name in s.keyed()? {
        let effect = s.of(&name, &id, 1).await?;
        let first = ok(s.crm().perform(&effect).await, "the first time")?;
        let second = ok(s.crm().perform(&effect).await, "the second time")?;
        s.counts(&effect, 1).await?;
        if first.did != Did::Created || second.did == Did::Created {
            return fault(
                format!("{name}: created, and then not"),
                format!("{:?} and {:?}", first.did, second.did),
                "the answer does not tell whether it was there",
            );
        }
    }
    Ok(())
}

pub(super) async fn twice_at_once(s: &Stage) -> Checked {
    let id = s.one().await;
    for name in s.keyed()? {
        let effect = s.of(&name, &id, 1).await?;
        let (a, b, c) = tokio::join!(
            s.crm().perform(&effect),
            s.crm().perform(&effect),
            s.crm().perform(&effect),
        );
        // One may lose the race, and is told so.
        if [&a, &b, &c].iter().all(|one| one.is_err()) {
            return fault("one that lands", "none", "a lock that refuses everybody");
        }
        s.counts(&effect, 1).await?;
    }
    Ok(())
}

pub(super) async fn two(s: &Stage) -> Checked {
    let id = s.one().await;
    for name in s.names(|name, _| makes_a_row(name)) {
        let (one, other) = (s.of(&name, &id, 1).await?, s.of(&name, &id, 2).await?);
        for effect in [&one, &other] {
            ok(s.crm().perform(effect).await, "each of two")?;
        }
        s.counts(&one, 1).await?;
        s.counts(&other, 1).await?;
    }
    Ok(())
}

fn strong(s: &Stage) -> Checked {
    match s.performs(&EffectName::Patch) {
        Some(how) if how.precondition == Precondition::Strong => Ok(()),
        Some(_) => skip("the precondition is not strong"),
        None => skip("nothing is patched"),
    }
}

pub(super) async fn conflict(s: &Stage) -> Checked {
    strong(s)?;
    let id = s.one().await;
    let patch = s.of(&EffectName::Patch, &id, 1).await?;
    s.edit(&id, "by hand").await?;
    let error = failed(s.crm().perform(&patch).await, "of a stale version")?;
    if !matches!(error.kind(), ErrorKind::Conflict { .. }) {
        return fault(
            "Conflict",
            error.to_string(),
            "412 or the system's own code is not mapped",
        );
    }
    match s.value(&id).await? == ["by hand"] {
        true => Ok(()),
        false => fault("the edit", "ours", "the version is not sent along"),
    }
}

pub(super) async fn next_version(s: &Stage) -> Checked {
    strong(s)?;
    let id = s.one().await;
    let first = s.of(&EffectName::Patch, &id, 1).await?;
    let receipt = ok(s.crm().perform(&first).await, "the first patch")?;
    let mut second = s.of(&EffectName::Patch, &id, 2).await?;
    if let (EffectKind::Patch { expect, .. }, Some(version)) = (&mut second.kind, receipt.version) {
        *expect = Some(version);
    }
    ok(
        s.crm().perform(&second).await,
        "the second, on the version of the receipt",
    )
    .map(drop)
}

pub(super) async fn races(s: &Stage) -> Checked {
    strong(s)?;
    let id = s.one().await;
    let mut effects = Vec::new();
    for number in 0..5 {
        effects.push(s.of(&EffectName::Patch, &id, number).await?);
    }
    let (a, b, c, d, e) = tokio::join!(
        s.crm().perform(&effects[0]),
        s.crm().perform(&effects[1]),
        s.crm().perform(&effects[2]),
        s.crm().perform(&effects[3]),
        s.crm().perform(&effects[4]),
    );
    let won = [a, b, c, d, e].iter().filter(|one| one.is_ok()).count();
    match won {
        1 => Ok(()),
        _ => fault(
            "one that wins",
            format!("{won}"),
            "a version compared before it is written",
        ),
    }
}

pub(super) async fn patch_makes_none(s: &Stage) -> Checked {
    if s.performs(&EffectName::Patch).is_none() {
        return skip("nothing is patched");
    }
    let known = s.one().await;
    let patch = s.of(&EffectName::Patch, &known, 1).await?;
    let missing = known
        .id
        .chars()
        .map(|c| if c.is_ascii_digit() { '9' } else { c });
    let missing = CustomerId::new(known.system.clone(), missing.collect::<String>());
    for expected in [true, false] {
        let mut patch = patch.clone();
        let Ok(missing) = missing.clone() else {
            return skip("no id");
        };
        if let EffectKind::Patch {
            customer, expect, ..
        } = &mut patch.kind
        {
            *customer = missing.clone();
            if !expected {
                *expect = None;
            }
        }
        let error = failed(
            s.crm().perform(&patch).await,
            "of a record that is not there",
        )?;
        if *error.kind() != ErrorKind::NotFound {
            return fault(
                "NotFound",
                error.to_string(),
                "a missing row taken for a conflict",
            );
        }
        if ok(s.crm().get(&missing).await, "none")?.is_some() {
            return fault(
                "no record",
                "one",
                "a plain PATCH makes a record on some systems",
            );
        }
    }
    Ok(())
}

pub(super) async fn away_twice(s: &Stage) -> Checked {
    let takers = [
        EffectName::UnlinkHandle,
        EffectName::Redact,
        EffectName::Erase,
    ];
    let mut tried = false;
    for name in takers {
        if s.performs(&name).is_none() {
            continue;
        }
        tried = true;
        let id = s.one().await;
        s.prepare(&name, &id).await?;
        let effect = s.of(&name, &id, 1).await?;
        ok(s.crm().perform(&effect).await, "taken away")?;
        let again = ok(
            s.crm().perform(&effect).await,
            "taken away again, without an error",
        )?;
        if again.did != Did::Nothing {
            return fault(
                format!("{name}: nothing the second time"),
                format!("{:?}", again.did),
                "404",
            );
        }
        s.counts(&effect, 0).await?;
    }
    match tried {
        true => Ok(()),
        false => skip("nothing is taken away"),
    }
}
