//! The connector with the library around it.

use aspa_crm::{
    CrmFault, Earlier, Field, MemoryMirror, Mirror, Policies, ReadSettings, Reading, Step, Writer,
    catch_up, step,
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

/// How many edits, one in ten of them a late commit.
const EDITS: u64 = 300;
/// The latest of late commits.
const LATEST: u64 = 240;

/// Numbers that are the same in every run: a linear congruential sequence (Knuth's MMIX constants).
struct Dice(u64);

impl Dice {
    fn below(&mut self, most: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % most.max(1)
    }
}

/// Edits at random, many at one instant, with readings, lost answers, an expired cursor and restarts between.
pub(super) async fn edited(s: &Stage) -> Checked {
    let far = &s.fixture.far;
    let mut dice = Dice(7);
    let mut wanted: Vec<_> = s.make(8).await.into_iter().zip(0..).collect();
    let mut settings = ReadSettings::default();
    (settings.page, settings.always_gone, settings.most_gone) = (5, 1000, 1.0);
    let capabilities = s.crm().capabilities().into_owned();
    let mirror = MemoryMirror::default();
    let mut reading = Reading::new(None, &capabilities, settings.clone());
    let mut now = s.now();
    // Nobody can edit a row that is not committed.
    let mut committed = wanted.len();
    let field = &s.fixture.field;
    for (id, number) in &wanted {
        if !far.edit(id, field, &format!("E{number}")).await {
            return skip("nobody can edit there");
        }
    }
    for number in 100..100 + EDITS {
        let value = format!("E{number}");
        match dice.below(10) {
            0 => {
                let email = format!("late{number}@example.fi");
                let values = [
                    (Field::LastName, value.as_str()),
                    (Field::FullName, value.as_str()),
                    (Field::Email, email.as_str()),
                    (field.clone(), value.as_str()),
                ];
                let late = i64::try_from(dice.below(LATEST)).unwrap_or_default();
                if let Some(id) = far.make_late(&values, TimeDelta::seconds(late)).await {
                    wanted.push((id, number));
                }
            }
            _ => {
                let place = dice.below(committed as u64);
                let (id, last) = &mut wanted[usize::try_from(place).unwrap_or_default()];
                if far.edit(id, field, &value).await {
                    *last = number;
                }
            }
        }
        match dice.below(60) {
            0 => drop(far.fail(false, CrmFault::LostAfter)),
            1 => drop(far.expire_cursors().await),
            2 => {
                let Ok(kept) = mirror.load().await;
                reading = Reading::new(kept, &capabilities, settings.clone());
            }
            3..6 => {
                let time = i64::try_from(dice.below(60)).unwrap_or_default();
                far.pass(TimeDelta::seconds(time)).await;
                now += TimeDelta::seconds(time);
            }
            6..26 => drop(step(&mut reading, s.crm(), &mirror, now).await),
            _ => {}
        }
        if number % 100 == 0 {
            let time = TimeDelta::minutes(10);
            far.pass(time).await;
            now += time;
            committed = wanted.len();
        }
    }
    for _ in 0..4 {
        let time = TimeDelta::minutes(10);
        far.pass(time).await;
        now += time;
        drop(catch_up(&mut reading, s.crm(), &mirror, || now).await);
    }
    let mut rows = Rows::new();
    for customer in mirror.customers() {
        rows.insert(customer.id.clone(), Some(customer));
    }
    let wanted: Vec<_> = wanted
        .into_iter()
        .map(|(id, number)| (id, format!("E{number}")))
        .collect();
    s.hold(&rows, &wanted)
}

/// A reading from the start in which the page with this number fails once: how many requests it took, and the
/// most of one page.
async fn requests(s: &Stage, fails: Option<usize>) -> Checked<(usize, usize)> {
    let asked = || s.fixture.far.requests().unwrap_or_default();
    let mut settings = ReadSettings::default();
    settings.page = 3;
    let capabilities = s.crm().capabilities().into_owned();
    let mirror = MemoryMirror::default();
    let mut reading = Reading::new(None, &capabilities, settings);
    let (mut now, before, mut most) = (s.now(), asked(), 0);
    for number in 0..100 {
        if fails == Some(number) && !s.fixture.far.fail(false, CrmFault::LostAfter) {
            return skip("that never goes wrong there");
        }
        let began = asked();
        drop(step(&mut reading, s.crm(), &mirror, now).await);
        most = most.max(asked() - began);
        now += TimeDelta::seconds(10);
        let whole = mirror.customers().len() == 12;
        if whole && matches!(reading.next(now), Step::Wait { until } if until > now) {
            return Ok((asked() - before, most));
        }
    }
    fault(
        "a reading that ends",
        "none",
        "a cursor that goes round in circles",
    )
}

/// What was read before a page that fails is not read again.
pub(super) async fn failed_pages(s: &Stage) -> Checked {
    if s.fixture.far.requests().is_none() {
        return skip("nobody counts requests");
    }
    s.make(12).await;
    let (whole, page) = requests(s, None).await?;
    for number in 0..4 {
        let (with, _) = requests(s, Some(number)).await?;
        if with > whole + page {
            return fault(
                format!(
                    "{} requests at most, with page {number} failing",
                    whole + page
                ),
                format!("{with}"),
                "a reading that begins again after an error",
            );
        }
    }
    Ok(())
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
