//! Where a rota does not cover what is needed.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::open_times::OpenTimes;
use crate::shift::{Role, Shift};

/// Numbers of people, on the rota and in reserve.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(clippy::exhaustive_structs, reason = "a rota has these two rows")]
pub struct People {
    /// On the rota.
    pub rota: u32,
    /// In reserve.
    #[serde(default)]
    pub reserve: u32,
}

impl People {
    /// So many on the rota, so many in reserve.
    #[must_use]
    pub const fn new(rota: u32, reserve: u32) -> Self {
        Self { rota, reserve }
    }

    /// What these lack of a need. Who is on the rota beyond the need for it counts as a reserve; who
    /// is in reserve does not fill the rota.
    ///
    /// `rota: max(0, need.rota - rota)`,
    /// `reserve: max(0, need.reserve - reserve - max(0, rota - need.rota))`.
    #[must_use]
    pub const fn missing(self, need: Self) -> Self {
        let spare = self.rota.saturating_sub(need.rota);
        Self {
            rota: need.rota.saturating_sub(self.rota),
            reserve: need
                .reserve
                .saturating_sub(self.reserve)
                .saturating_sub(spare),
        }
    }

    const fn is_none(self) -> bool {
        self.rota == 0 && self.reserve == 0
    }
}

/// How many people it takes in `[from, to)`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Need {
    /// When it begins.
    pub from: DateTime<Utc>,
    /// When it is over.
    pub to: DateTime<Utc>,
    /// How many.
    pub people: People,
    /// What they must be able to do: a language, a product. Without it everybody counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub skill: Option<String>,
}

impl Need {
    /// A need that anybody fills.
    #[must_use]
    pub const fn new(from: DateTime<Utc>, to: DateTime<Utc>, people: People) -> Self {
        Self {
            from,
            to,
            people,
            skill: None,
        }
    }

    /// The same for people who can do this.
    #[must_use]
    pub fn for_skill(mut self, skill: impl Into<String>) -> Self {
        self.skill = Some(skill.into());
        self
    }
}

/// Open time `[from, to)` in which the same numbers are missing throughout.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Gap {
    /// When it begins.
    pub from: DateTime<Utc>,
    /// When it is over.
    pub to: DateTime<Utc>,
    /// Which need is not filled: that for a skill, or the one for anybody.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub skill: Option<String>,
    /// How many are missing; at least one of the two is above zero.
    pub missing: People,
}

impl Gap {
    /// How long it lasts.
    #[must_use]
    pub fn length(&self) -> TimeDelta {
        self.to - self.from
    }
}

/// Why a rota cannot be judged.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CoverageError {
    /// A shift does not end after it begins.
    #[error("the shift of {person} from {from} ends at {to}, not after it begins")]
    Shift {
        /// Whose.
        person: String,
        /// Its beginning.
        from: DateTime<Utc>,
        /// Its end.
        to: DateTime<Utc>,
    },
    /// A need does not end after it begins.
    #[error("the need from {from} ends at {to}, not after it begins")]
    Need {
        /// Its beginning.
        from: DateTime<Utc>,
        /// Its end.
        to: DateTime<Utc>,
    },
}

/// Where a rota does not cover what is needed: sorted by beginning, then skill (the need for anybody
/// first).
///
/// - Only open time counts. Closed time ends a gap, and a new one begins after it.
/// - A gap is as long as the same numbers are missing; other needs and shifts may change meanwhile.
/// - Needs for the same skill at the same time add up.
/// - Each skill is judged by itself: somebody who speaks Finnish and Swedish counts for both needs,
///   and for the need that names no skill.
/// - A person counts once, also where shifts overlap, and then for the rota rather than the reserve.
///   A person on a break does not count.
///
/// O(n log n) in needs, shifts and open stretches, times the number of skills.
///
/// # Errors
///
/// Where a need or shift does not end after it begins.
pub fn gaps(needs: &[Need], shifts: &[Shift], open: &OpenTimes) -> Result<Vec<Gap>, CoverageError> {
    if let Some(need) = needs.iter().find(|need| need.from >= need.to) {
        let (from, to) = (need.from, need.to);
        return Err(CoverageError::Need { from, to });
    }
    if let Some(shift) = shifts.iter().find(|shift| shift.from >= shift.to) {
        return Err(CoverageError::Shift {
            person: shift.person.clone(),
            from: shift.from,
            to: shift.to,
        });
    }
    let skills: BTreeSet<Option<&str>> = needs.iter().map(|need| need.skill.as_deref()).collect();
    let mut gaps: Vec<Gap> = skills
        .into_iter()
        .flat_map(|skill| gaps_of(skill, needs, shifts, open))
        .collect();
    gaps.sort_by(|a, b| (a.from, &a.skill).cmp(&(b.from, &b.skill)));
    Ok(gaps)
}

/// What changes at an instant.
#[derive(Debug, Clone, Copy)]
enum Change<'a> {
    Open(i32),
    Need(i64, People),
    Present(i32, &'a str, Role),
}

fn gaps_of(skill: Option<&str>, needs: &[Need], shifts: &[Shift], open: &OpenTimes) -> Vec<Gap> {
    let mut sweep = Sweep::default();
    let mut gaps: Vec<Gap> = Vec::new();
    let mut going: Option<(DateTime<Utc>, People)> = None;
    let changes = changes(skill, needs, shifts, open);
    for together in changes.chunk_by(|a, b| a.0 == b.0) {
        let at = together[0].0;
        together.iter().for_each(|(_, change)| sweep.apply(*change));
        let missing = sweep.missing();
        if going.map(|(_, numbers)| numbers) == missing {
            continue;
        }
        if let Some((from, missing)) = going {
            let skill = skill.map(str::to_owned);
            gaps.push(Gap {
                from,
                to: at,
                skill,
                missing,
            });
        }
        going = missing.map(|numbers| (at, numbers));
    }
    gaps
}

fn changes<'a>(
    skill: Option<&str>,
    needs: &[Need],
    shifts: &'a [Shift],
    open: &OpenTimes,
) -> Vec<(DateTime<Utc>, Change<'a>)> {
    let mut changes = Vec::new();
    for stretch in open.stretches() {
        changes.push((stretch.start, Change::Open(1)));
        changes.push((stretch.end, Change::Open(-1)));
    }
    for need in needs.iter().filter(|need| need.skill.as_deref() == skill) {
        changes.push((need.from, Change::Need(1, need.people)));
        changes.push((need.to, Change::Need(-1, need.people)));
    }
    let able = |shift: &&Shift| skill.is_none_or(|skill| shift.skills.contains(skill));
    for shift in shifts.iter().filter(able) {
        for present in shift.presence() {
            let change = |by| Change::Present(by, shift.person.as_str(), shift.role);
            changes.push((present.start, change(1)));
            changes.push((present.end, change(-1)));
        }
    }
    changes.sort_by_key(|(at, _)| *at);
    changes
}

/// What holds at the instant that the sweep has come to.
#[derive(Debug, Default)]
struct Sweep<'a> {
    open: i32,
    need: (i64, i64),
    /// For each person at work, by how many shifts on the rota and in reserve.
    people: BTreeMap<&'a str, (i32, i32)>,
    present: People,
}

impl<'a> Sweep<'a> {
    fn apply(&mut self, change: Change<'a>) {
        match change {
            Change::Open(by) => self.open += by,
            Change::Need(sign, people) => {
                self.need.0 += sign * i64::from(people.rota);
                self.need.1 += sign * i64::from(people.reserve);
            }
            Change::Present(by, person, role) => {
                let shifts = self.people.entry(person).or_default();
                let before = counted(*shifts);
                match role {
                    Role::Rota => shifts.0 += by,
                    Role::Reserve => shifts.1 += by,
                }
                let after = counted(*shifts);
                if *shifts == (0, 0) {
                    self.people.remove(person);
                }
                self.present.rota = self.present.rota - before.rota + after.rota;
                self.present.reserve = self.present.reserve - before.reserve + after.reserve;
            }
        }
    }

    fn missing(&self) -> Option<People> {
        let number = |sum: i64| u32::try_from(sum).unwrap_or(u32::MAX);
        let need = People::new(number(self.need.0), number(self.need.1));
        let missing = self.present.missing(need);
        (self.open > 0 && !missing.is_none()).then_some(missing)
    }
}

/// What one person counts for.
fn counted((rota, reserve): (i32, i32)) -> People {
    match (rota > 0, reserve > 0) {
        (true, _) => People::new(1, 0),
        (false, true) => People::new(0, 1),
        (false, false) => People::default(),
    }
}
