//! K17 and K18: secrets, and calls that are given up.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

use aspa_crm::{CrmFault, Lookup};

use super::stage::{Rows, Stage, apply, ok};
use crate::case::{Checked, fault, skip};

pub(super) async fn secrets(s: &Stage) -> Checked {
    let secret = "top-secret-words";
    let id = s.one().await;
    let values = [
        (aspa_crm::Field::FullName, secret),
        (aspa_crm::Field::LastName, secret),
        (aspa_crm::Field::Email, "top-secret-words@example.fi"),
    ];
    s.fixture.far.make(&values).await;
    let (rows, _) = s.everything(10).await?;
    let mut shown = vec![format!("{:?} {rows:?}", s.crm())];
    let wrongs = [
        CrmFault::LostBefore,
        CrmFault::NoConnection,
        CrmFault::Expired,
    ];
    for wrong in wrongs {
        if s.fixture.far.fail(false, wrong.clone())
            && let Err(error) = s.crm().changes(None, 5).await
        {
            shown.push(format!("{error} {error:?}"));
        }
        if s.fixture.far.fail(false, wrong) {
            let lookup = Lookup::new(aspa_crm::Field::Email, "top-secret-words@example.fi");
            shown.push(format!("{lookup:?}"));
            if let Err(error) = s.crm().find(&lookup).await {
                shown.push(format!("{error} {error:?}"));
            }
        }
    }
    for name in s.names(|_, _| true) {
        let effect = s.of(&name, &id, 1).await?;
        if s.fixture.far.fail(true, CrmFault::LostBefore)
            && let Err(error) = s.crm().perform(&effect).await
        {
            shown.push(format!("{effect:?} {error} {error:?}"));
        }
    }
    let mut hidden = s.fixture.secrets.clone();
    hidden.extend([secret.to_owned(), "Words 1".to_owned(), "matti1".to_owned()]);
    for text in &shown {
        if hidden.iter().any(|secret| text.contains(secret.as_str())) {
            return fault(
                "nothing of it",
                "a secret or a value",
                "a derived Debug, or a body in an error",
            );
        }
    }
    Ok(())
}

/// What a call came to, if it ends within so many polls; else it is given up.
async fn within<T>(polls: usize, call: impl Future<Output = T>) -> Option<T> {
    let mut call = pin!(call);
    let mut left = polls;
    poll_fn(|context| {
        if left == 0 {
            return Poll::Ready(None);
        }
        left -= 1;
        call.as_mut().poll(context).map(Some)
    })
    .await
}

/// After so many polls every call has ended.
const MOST_POLLS: usize = 200;

pub(super) async fn readings_given_up(s: &Stage) -> Checked {
    let ids = s.make(5).await;
    for polls in 1..MOST_POLLS {
        let mut rows = Rows::new();
        let page = ok(s.crm().changes(None, 2).await, "a page")?;
        apply(&mut rows, page.changes);
        let ended = within(polls, s.crm().changes(Some(&page.next), 2))
            .await
            .is_some();
        s.walk(Some(page.next), 2, &mut rows).await?;
        let each = ids.iter().enumerate();
        let wanted: Vec<_> = each.map(|(n, id)| (id.clone(), format!("V{n}"))).collect();
        s.hold(&rows, &wanted)?;
        if ended {
            return Ok(());
        }
    }
    fault("an end", "none", "a call that never ends")
}

pub(super) async fn effects_given_up(s: &Stage) -> Checked {
    for name in s.keyed()? {
        let mut is_over = false;
        for polls in 1..MOST_POLLS {
            // Of a record that grew with each try, more and more would come.
            let id = s.one().await;
            let effect = s.of(&name, &id, 100 + polls).await?;
            let ended = within(polls, s.crm().perform(&effect)).await;
            ok(s.crm().perform(&effect).await, "the same again")?;
            s.counts(&effect, 1).await?;
            if ended.is_some() {
                is_over = true;
                break;
            }
        }
        if !is_over {
            return fault("an end", "none", "a call that never ends");
        }
    }
    Ok(())
}

pub(super) async fn side_by_side(s: &Stage) -> Checked {
    let ids = s.make(4).await;
    let email = Lookup::new(aspa_crm::Field::Email, "p0@example.fi");
    let (a, b, c, d) = tokio::join!(
        s.crm().changes(None, 10),
        s.crm().get(&ids[1]),
        s.crm().find(&email),
        s.crm().changes(None, 2),
    );
    ok(a, "a page")?;
    ok(d, "a page")?;
    let one = ok(b, "a record")?.is_some();
    if !s
        .crm()
        .capabilities()
        .lookups
        .contains(&aspa_crm::Field::Email)
    {
        return skip("e-mails are not looked up");
    }
    match one && ok(c, "who is found")?.len() == 1 {
        true => Ok(()),
        false => fault(
            "each its own answer",
            "another's",
            "one state for two calls",
        ),
    }
}
