//! K10, K11 and K15: what is written is what was meant, and what was not is not found.

use aspa_crm::{Case, CaseStatus, Did, Effect, EffectKind, EffectName, Probe};
use aspa_types::CustomerId;

use super::stage::{Stage, ok};
use crate::case::{Checked, fault, skip};

/// What stands in the system of what an effect is about.
async fn values(s: &Stage, effect: &Effect) -> Checked<Vec<String>> {
    match s.fixture.far.values(effect).await {
        Some(values) => Ok(values),
        None => skip("nobody sees what stands there"),
    }
}

pub(super) async fn as_meant(s: &Stage) -> Checked {
    let id = s.one().await;
    let names = s.names(|name, _| super::stage::makes_a_row(name));
    if names.is_empty() {
        return skip("nothing is written");
    }
    for name in names {
        let Ok(mut effect) = s.of(&name, &id, 1).await else {
            continue;
        };
        let texts: Vec<String> = match &mut effect.kind {
            EffectKind::Create(new) => new.values.values().cloned().collect(),
            EffectKind::UpsertCase(case) => vec![case.subject.clone()],
            EffectKind::AddActivity(activity) => {
                let url = "https://desk.example/posts/1".to_owned();
                activity.url = Some(url.clone());
                let text = activity.text.clone();
                [activity.subject.clone(), url]
                    .into_iter()
                    .chain(text)
                    .collect()
            }
            EffectKind::LinkHandle { handle, .. } => vec![handle.shown().to_owned()],
            _ => continue,
        };
        ok(s.crm().perform(&effect).await, "the effect")?;
        let there = values(s, &effect).await?;
        for text in texts {
            if !there.iter().any(|value| value.contains(&text)) {
                return fault(
                    format!("{name} with \"{text}\""),
                    format!("{} other values", there.len()),
                    "a column that is left out, or that holds something else",
                );
            }
        }
    }
    Ok(())
}

/// One thing of a ticket, and whether every system keeps it.
type Turn = (&'static str, bool, fn(&mut Case, &CustomerId, &str));

/// What becomes of a ticket, one after the other.
const TURNS: [Turn; 5] = [
    ("subject", true, |case, _, _| {
        case.subject = "Another subject".to_owned();
    }),
    ("status", true, |case, _, _| {
        case.status = CaseStatus::Closed;
    }),
    ("customer", true, |case, other, _| {
        case.customer = Some(other.clone());
    }),
    ("user", false, |case, _, user| {
        case.user = Some(user.to_owned());
    }),
    ("address", false, |case, _, _| {
        case.url = Some("https://desk.example/tickets/1".to_owned());
    }),
];

/// Turns a case that is there, and calls `each` with what turned, whether that is kept everywhere, and the
/// effect that is still to be performed.
async fn turned(s: &Stage, each: impl AsyncFn(&str, bool, &Effect) -> Checked) -> Checked {
    if s.performs(&EffectName::UpsertCase).is_none() {
        return skip("there are no cases");
    }
    let ids = s.make(2).await;
    let mut effect = s.of(&EffectName::UpsertCase, &ids[0], 1).await?;
    ok(s.crm().perform(&effect).await, "a case")?;
    for (what, kept, turn) in TURNS {
        if let EffectKind::UpsertCase(case) = &mut effect.kind {
            turn(case, &ids[1], &s.fixture.user);
        }
        each(what, kept, &effect).await?;
    }
    Ok(())
}

pub(super) async fn case_turned(s: &Stage) -> Checked {
    turned(s, async |what, kept, effect| {
        let before = values(s, effect).await?;
        ok(s.crm().perform(effect).await, "a change of a case")?;
        s.counts(effect, 1).await?;
        match kept && values(s, effect).await? == before {
            false => Ok(()),
            true => fault(
                format!("another {what} of the case"),
                "the former one",
                "a case that is there is not changed",
            ),
        }
    })
    .await
}

pub(super) async fn turn_not_found(s: &Stage) -> Checked {
    turned(s, async |what, _, effect| {
        let before = values(s, effect).await?;
        let early = ok(s.crm().probe(effect).await, "a probe")?;
        ok(s.crm().perform(effect).await, "a change of a case")?;
        let changed = values(s, effect).await? != before;
        if changed && matches!(early, Probe::Found(_)) {
            return fault(
                format!("another {what} absent, or nobody can tell"),
                "found, before it was written",
                "the key of the case alone is looked at, or some of its columns",
            );
        }
        match ok(s.crm().probe(effect).await, "a probe")? {
            Probe::Absent => fault(
                format!("another {what} found, or nobody can tell"),
                "absent",
                "what stands there is compared with what the system does not keep so",
            ),
            _ => Ok(()),
        }
    })
    .await
}

pub(super) async fn followed(s: &Stage) -> Checked {
    if s.performs(&EffectName::Follow).is_none() {
        return skip("nobody follows there");
    }
    let id = s.one().await;
    let follow = s.of(&EffectName::Follow, &id, 1).await?;
    let mut leave = follow.clone();
    if let EffectKind::Follow { following, .. } = &mut leave.kind {
        *following = false;
    }
    for _ in 0..2 {
        for (effect, rows) in [(&follow, 1), (&leave, 0)] {
            ok(s.crm().perform(effect).await, "to follow or to leave")?;
            let again = ok(s.crm().perform(effect).await, "the same again")?;
            if again.did != Did::Nothing {
                let cause = "the answer does not tell whether it was so";
                return fault("nothing the second time", format!("{:?}", again.did), cause);
            }
            s.counts(effect, rows).await?;
        }
    }
    Ok(())
}

pub(super) async fn merged_with_handle(s: &Stage) -> Checked {
    let takes = s.performs(&EffectName::UnlinkHandle).is_some();
    if s.performs(&EffectName::LinkHandle).is_none() || !takes {
        return skip("handles are not kept");
    }
    let ids = s.make(2).await;
    let link = s.of(&EffectName::LinkHandle, &ids[0], 1).await?;
    ok(s.crm().perform(&link).await, "a handle")?;
    if !s.fixture.far.merge(&ids[0], &ids[1]).await {
        return skip("nobody merges there");
    }
    let link = s.of(&EffectName::LinkHandle, &ids[1], 1).await?;
    ok(s.crm().perform(&link).await, "the handle, at the other one")?;
    s.counts(&link, 1).await?;
    let unlink = s.of(&EffectName::UnlinkHandle, &ids[1], 1).await?;
    ok(s.crm().perform(&unlink).await, "the handle taken away")?;
    s.counts(&unlink, 0).await
}
