//! The connector with the library around it.

use aspa_crm::{
    CrmFault, Earlier, MemoryMirror, Policies, ReadSettings, Reading, Writer, catch_up,
};
use aspa_types::Landed;
use chrono::TimeDelta;

use super::stage::{Rows, Stage, makes_a_row};
use crate::case::{Checked, fault, skip};

pub(super) async fn read(s: &Stage) -> Checked {
    let ids = s.make(12).await;
    let mirror = MemoryMirror::default();
    let mut settings = ReadSettings::default();
    (settings.page, settings.always_gone, settings.most_gone) = (3, 1000, 1.0);
    let capabilities = s.crm().capabilities().into_owned();
    let mut reading = Reading::new(None, &capabilities, settings);
    let mut now = s.now();
    let mut wanted = Vec::new();
    for round in 0..6_u32 {
        wanted.clear();
        for (number, id) in ids.iter().enumerate() {
            let value = format!("R{round}-{number}");
            if !s.fixture.far.edit(id, &s.fixture.field, &value).await {
                return skip("nobody can edit there");
            }
            wanted.push((id.clone(), value));
        }
        match round {
            1 | 4 => drop(s.fixture.far.fail(false, CrmFault::LostAfter)),
            2 => drop(s.fixture.far.expire_cursors().await),
            _ => {}
        }
        // Twice: the first may fail, and the second goes on after the pause.
        for _ in 0..3 {
            let time = TimeDelta::minutes(20);
            s.fixture.far.pass(time).await;
            now += time;
            drop(catch_up(&mut reading, s.crm(), &mirror, || now).await);
        }
    }
    let mut rows = Rows::new();
    for customer in mirror.customers() {
        rows.insert(customer.id.clone(), Some(customer));
    }
    s.hold(&rows, &wanted)
}

pub(super) async fn written(s: &Stage) -> Checked {
    let names = s.names(|name, _| makes_a_row(name));
    if names.is_empty() {
        return skip("nothing is written");
    }
    let id = s.one().await;
    let policies = Policies::default();
    let writer = Writer::new(s.crm(), &policies);
    for number in 0..12 {
        let name = &names[number % names.len()];
        let effect = s.of(name, &id, 200 + number).await?;
        let wrong = match number % 3 {
            0 => CrmFault::LostBefore,
            1 => CrmFault::LostAfter,
            _ => CrmFault::NoConnection,
        };
        s.fixture.far.fail(true, wrong);
        let mut earlier = Earlier::None;
        for _ in 0..5 {
            match writer.perform(&effect, earlier, s.now()).await {
                Ok(_) => break,
                Err(error) if error.landed() == Landed::Maybe => {
                    let first_at = s.now();
                    earlier = Earlier::Unknown { first_at };
                }
                Err(error) if error.is_retryable() => {}
                Err(error) => {
                    return fault(
                        "a receipt in the end",
                        error.to_string(),
                        "an error of no use",
                    );
                }
            }
        }
        s.counts(&effect, 1).await?;
    }
    Ok(())
}
