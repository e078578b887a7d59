use std::sync::Arc;

use aspa_channel::Handle;
use aspa_store::{Changes, ErrorKind, TenantStore, Versioned, Wanted};
use aspa_types::TenantId;

use super::rows::{
    about, arrival, at, effect, handle_key, link, message_key, name, record, ticket, ticket_event,
};
use super::stage::{Stage, conflicts, done, same};
use crate::case::{Checked, Stop, fault};

type Write = fn(u64) -> Changes;

fn only(put: impl FnOnce(&mut Changes)) -> Changes {
    let mut changes = Changes::default();
    put(&mut changes);
    changes
}

const KINDS: &[(&str, Write)] = &[
    ("a message", |version| {
        only(|c| {
            c.messages.push(Versioned {
                value: record("m-1", "t-1"),
                version,
            })
        })
    }),
    ("a handle", |version| {
        only(|c| {
            c.handles.push(Versioned {
                value: Handle::new(handle_key("h-1")),
                version,
            })
        })
    }),
    ("a ticket", |version| {
        only(|c| {
            c.tickets.push(Versioned {
                value: ticket("t-1"),
                version,
            })
        })
    }),
    ("a link", |version| {
        only(|c| {
            c.links.push(Versioned {
                value: link("h-1", "linked"),
                version,
            })
        })
    }),
    ("an effect", |version| {
        only(|c| {
            c.outbox.push(Versioned {
                value: effect("first", "t-1"),
                version,
            })
        })
    }),
];

/// S2: of each kind, only who read the newest version may write.
pub(super) async fn stale(stage: Stage) -> Checked {
    for (kind, write) in KINDS {
        conflicts(
            &format!("writing version 4 of {kind} that is not there"),
            stage.tenant.commit(write(4)).await,
        )?;
        done(
            &format!("the first writing of {kind}"),
            stage.tenant.commit(write(0)).await,
        )?;
        conflicts(
            &format!("a second first writing of {kind}"),
            stage.tenant.commit(write(0)).await,
        )?;
        done(
            &format!("writing version 1 of {kind}"),
            stage.tenant.commit(write(1)).await,
        )?;
        conflicts(
            &format!("writing version 1 of {kind} again"),
            stage.tenant.commit(write(1)).await,
        )?;
        conflicts(
            &format!("writing a later version of {kind}"),
            stage.tenant.commit(write(3)).await,
        )?;
    }
    let mut remove = Changes::default();
    remove.removed.push(Versioned {
        value: ticket("t-1").ticket.id,
        version: 1,
    });
    conflicts(
        "removing an older version of a ticket",
        stage.tenant.commit(remove).await,
    )?;
    let found = done("loading", stage.tenant.load(&super::rows::wanted()).await)?;
    let came = found
        .messages
        .get(&message_key("m-1"))
        .map(|row| row.version);
    same(
        "the version of the message",
        &Some(2),
        &came,
        "a version is not counted with each writing",
    )
}

const WRITERS: usize = 8;
const EACH: usize = 12;

/// S2: writers that read, add one and try again on a conflict lose nothing.
pub(super) async fn counted(stage: Stage) -> Checked {
    stage
        .commit(only(|c| c.tickets.push(Versioned::new(ticket("t-1")))))
        .await?;
    let second = stage.second().await.tenant(&TenantId::default());
    let mut writers = Vec::new();
    for writer in 0..WRITERS {
        let tenant = Arc::clone(if writer % 2 == 0 {
            &stage.tenant
        } else {
            &second
        });
        writers.push(tokio::spawn(add_notes(tenant, writer)));
    }
    for writer in writers {
        match writer.await {
            Ok(Ok(())) => {}
            Ok(Err(stop)) => return Err(stop),
            Err(error) => return fault("writers end", error.to_string(), "the store panicked"),
        }
    }
    let found = done(
        "reading the ticket",
        stage.tenant.ticket(&ticket("t-1").ticket.id).await,
    )?;
    let count = found.map(|row| (row.value.notes.len(), row.version));
    let all = WRITERS * EACH;
    let cause = "the version is compared before the transaction begins, or not at all";
    same(
        "notes and version of the ticket",
        &Some((all, 1 + all as u64)),
        &count,
        cause,
    )
}

async fn add_notes(tenant: Arc<dyn TenantStore>, writer: usize) -> Checked {
    let id = ticket("t-1").ticket.id;
    for number in 0..EACH {
        loop {
            let Some(found) = done("reading the ticket", tenant.ticket(&id).await)? else {
                return fault("the ticket", "none", "a row is away while it is written");
            };
            // Others read the same version meanwhile.
            tokio::task::yield_now().await;
            let mut row = ticket("t-1");
            row.ticket = found.value;
            row.ticket.notes.push(format!("{writer}-{number}").into());
            let changes = only(|c| {
                c.tickets.push(Versioned {
                    value: row,
                    version: found.version,
                })
            });
            match tenant.commit(changes).await {
                Ok(_) => break,
                Err(error) if error.kind() == ErrorKind::Conflict => tokio::task::yield_now().await,
                Err(error) => return done("writing the ticket", Err(error)),
            }
        }
    }
    Ok(())
}

/// S2: whoever comes second to an inbox entry has a conflict.
pub(super) async fn processed_once(stage: Stage) -> Checked {
    stage.commit(Changes::arrive(vec![arrival(1..=3)])).await?;
    let seqs: Vec<u64> = stage
        .claim(0, 10)
        .await?
        .iter()
        .map(|entry| entry.seq)
        .collect();
    let [first, second, third] = seqs[..] else {
        return fault(
            "three entries",
            format!("{seqs:?}"),
            "the inbox is not given whole",
        );
    };
    stage.commit(only(|c| c.processed.push(first))).await?;
    stage.commit(only(|c| c.kept.push(second))).await?;
    for (what, changes) in [
        (
            "processing a processed entry",
            only(|c| c.processed.push(first)),
        ),
        ("keeping a processed entry", only(|c| c.kept.push(first))),
        (
            "processing a kept entry",
            only(|c| c.processed.push(second)),
        ),
        ("keeping a kept entry", only(|c| c.kept.push(second))),
    ] {
        conflicts(what, stage.tenant.commit(changes).await)?;
    }
    let other = stage.second().await.tenant(&TenantId::default());
    let mut tries = Vec::new();
    for worker in 0..WRITERS {
        let tenant = Arc::clone(if worker % 2 == 0 {
            &stage.tenant
        } else {
            &other
        });
        let changes = only(|c| {
            c.processed.push(third);
            c.messages
                .push(Versioned::new(record(&format!("of-{worker}"), "t-1")));
        });
        tries.push(tokio::spawn(
            async move { tenant.commit(changes).await.is_ok() },
        ));
    }
    let mut won = 0;
    for attempt in tries {
        won += usize::from(attempt.await.unwrap_or_default());
    }
    let cause = "an entry is not looked for in the transaction that takes it out";
    same(
        "how many of eight workers processed one entry",
        &1,
        &won,
        cause,
    )?;
    let messages = done("messages", stage.tenant.messages(None, 100).await)?;
    same("messages written by them", &1, &messages.len(), cause)
}

/// S2: who appends to a history without knowing its newest ticket has a conflict.
pub(super) async fn history(stage: Stage) -> Checked {
    let write = |version, message: &str| {
        only(|c| {
            c.tickets.push(Versioned {
                value: ticket("t-1"),
                version,
            });
            c.history.push((about("t-1"), ticket_event(0, message)));
        })
    };
    stage.commit(write(0, "m-1")).await?;
    conflicts(
        "a second beginning of a history",
        stage.tenant.commit(write(0, "m-2")).await,
    )?;
    stage.commit(write(1, "m-2")).await?;
    conflicts(
        "another second entry",
        stage.tenant.commit(write(1, "m-3")).await,
    )?;
    let mut wanted = Wanted::default();
    wanted.histories.insert(about("t-1"));
    let mut loaded = done("loading", stage.tenant.load(&wanted).await)?;
    let came = loaded.histories.remove(&about("t-1")).unwrap_or_default();
    let expected = vec![ticket_event(0, "m-1"), ticket_event(0, "m-2")];
    same(
        "the history",
        &expected,
        &came,
        "the log is written although the ticket conflicts",
    )
}

/// S2: who holds a ticket that was removed and made anew cannot write it.
pub(super) async fn removed(stage: Stage) -> Checked {
    let id = ticket("t-1").ticket.id;
    let write = |version, agent: &str| {
        let mut row = ticket("t-1");
        row.ticket.assignee = Some(name(agent));
        only(|c| {
            c.tickets.push(Versioned {
                value: row,
                version,
            })
        })
    };
    stage.commit(write(0, "maija")).await?;
    stage
        .commit(only(|c| {
            c.removed.push(Versioned {
                value: id.clone(),
                version: 1,
            })
        }))
        .await?;
    conflicts(
        "writing a removed ticket",
        stage.tenant.commit(write(1, "matti")).await,
    )?;
    let gone = done("reading a removed ticket", stage.tenant.ticket(&id).await)?;
    same(
        "the removed ticket",
        &None,
        &gone,
        "a removed ticket can still be read",
    )?;
    stage.commit(write(0, "liisa")).await?;
    conflicts(
        "writing what was removed and made anew",
        stage.tenant.commit(write(1, "matti")).await,
    )?;
    let Some(found) = done("reading it", stage.tenant.ticket(&id).await)? else {
        return Err(Stop::Fault {
            expected: format!("the ticket that was made anew at {}", at(0)),
            came: "none".to_owned(),
            cause: "what is removed leaves something behind that hides the new row",
        });
    };
    stage.commit(write(found.version, "matti")).await?;
    Ok(())
}
