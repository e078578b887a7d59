//! A rota from a file, held against what is needed.

use std::ops::Range;
use std::path::Path;

use aspa_staffing::{Gap, Need, People, Profile, Shift, gaps};
use chrono::{DateTime, Datelike, TimeDelta, Timelike, Utc};

use crate::Failure;
use crate::arguments::Arguments;
use crate::service::Service;
use crate::size::Sized;

/// Reads JSON Lines of shifts.
pub(crate) fn read(file: &Path) -> Result<Vec<Shift>, Failure> {
    let place = file.display();
    let text = std::fs::read_to_string(file)
        .map_err(|e| Failure::Input(format!("cannot read {place}: {e}; is the path right?")))?;
    let lines = text
        .lines()
        .enumerate()
        .filter(|(_, line)| !line.trim().is_empty());
    let shift = |(number, line): (usize, &str)| {
        let wrong = |e| Failure::Input(format!("{place}, line {}: {e}", number + 1));
        serde_json::from_str(line).map_err(wrong)
    };
    let shifts: Vec<Shift> = lines.map(shift).collect::<Result<_, _>>()?;
    match shifts.is_empty() {
        true => Err(Failure::Input(format!(
            "{place} has no shift; one JSON object a line"
        ))),
        false => Ok(shifts),
    }
}

/// The local days that a rota speaks of, whole.
fn span(shifts: &[Shift], service: &Service) -> Option<Range<DateTime<Utc>>> {
    let ends = shifts.iter().map(|shift| shift.to - TimeDelta::seconds(1));
    Profile::whole_days(
        shifts.iter().map(|shift| shift.from).chain(ends),
        &service.zone,
    )
}

/// Where the rota has too few of the agents that the target needs: those at work, without shrinkage,
/// as a rota says who is really there.
pub(crate) fn find(
    shifts: &[Shift],
    sized: &Sized,
    service: &Service,
    arguments: &Arguments,
) -> Result<Vec<Gap>, Failure> {
    let Some(span) = span(shifts, service) else {
        return Ok(Vec::new());
    };
    let open = service.open(span);
    let mut needs = Vec::new();
    for stretch in open.stretches() {
        for (hour, part) in parts(stretch.clone(), service) {
            let people = People::new(sized.agents[hour], arguments.reserve);
            needs.push(Need::new(part.start, part.end, people));
        }
        for (skill, count) in &arguments.skill {
            let people = People::new(*count, 0);
            needs.push(Need::new(stretch.start, stretch.end, people).for_skill(skill));
        }
    }
    gaps(&needs, shifts, &open).map_err(|e| Failure::Input(format!("--rota: {e}")))
}

/// A stretch cut at each quarter, with the hour of the week in which each part lies. Clocks are changed
/// at full quarters of an hour; equal neighbours are one gap all the same.
fn parts(stretch: Range<DateTime<Utc>>, service: &Service) -> Vec<(usize, Range<DateTime<Utc>>)> {
    let mut parts = Vec::new();
    let mut at = stretch.start;
    while at < stretch.end {
        let wall = at.with_timezone(&service.zone);
        let hour = wall.weekday().num_days_from_monday() * 24 + wall.hour();
        let into = wall.minute() % 15 * 60 + wall.second();
        let next = (at + TimeDelta::seconds(i64::from(900 - into))).min(stretch.end);
        parts.push((hour as usize, at..next));
        at = next;
    }
    parts
}
