use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::staff::{Agent, Need, Span};

/// How many who meet a need must be on shift.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(clippy::exhaustive_structs, reason = "what, and how many")]
pub struct Cover {
    /// What they must be.
    pub need: Need,
    /// How many of them.
    pub least: usize,
}

/// A time in which fewer are on shift than must be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Gap {
    /// What is lacking.
    pub need: Need,
    /// When.
    pub span: Span,
    /// How many there must be.
    pub least: usize,
    /// How many there are.
    pub there: usize,
}

/// When the skills of those on shift do not suffice: for each cover, in order of time, the times within
/// `during` (such as the opening hours) in which too few are there. Times that touch and lack the same
/// are one gap. O(covers × shifts log shifts × spans).
#[must_use]
pub fn gaps(agents: &[Agent], covers: &[Cover], during: &[Span]) -> Vec<Gap> {
    let during = joined(during.to_vec());
    let mut found: Vec<Gap> = Vec::new();
    for cover in covers {
        let able = agents.iter().filter(|agent| agent.meets(&cover.need));
        let shifts: Vec<Span> = able.flat_map(|one| joined(one.shifts.clone())).collect();
        for open in &during {
            for (span, there) in counted(&shifts, *open) {
                if there >= cover.least {
                    continue;
                }
                let gap = Gap {
                    need: cover.need.clone(),
                    span,
                    least: cover.least,
                    there,
                };
                found.push(gap);
            }
        }
    }
    found
}

/// How many of the shifts hold each part of a span; parts next to each other differ.
fn counted(shifts: &[Span], within: Span) -> Vec<(Span, usize)> {
    let mut steps: Vec<(DateTime<Utc>, bool)> = Vec::new();
    for shift in shifts {
        let (from, until) = (shift.from.max(within.from), shift.until.min(within.until));
        if from < until {
            steps.extend([(from, true), (until, false)]);
        }
    }
    steps.sort();
    let mut parts: Vec<(Span, usize)> = Vec::new();
    let (mut from, mut there) = (within.from, 0_usize);
    let end = [(within.until, false)];
    for (at, comes) in steps.into_iter().chain(end) {
        if from < at {
            let span = Span { from, until: at };
            match parts.last_mut() {
                Some((last, count)) if *count == there => last.until = at,
                _ => parts.push((span, there)),
            }
            from = at;
        }
        there = match comes {
            true => there + 1,
            false => there.saturating_sub(1),
        };
    }
    parts
}

/// The same time in spans that neither touch nor overlap, in order.
fn joined(mut spans: Vec<Span>) -> Vec<Span> {
    spans.retain(|span| span.from < span.until);
    spans.sort();
    let mut all: Vec<Span> = Vec::new();
    for span in spans {
        match all.last_mut() {
            Some(last) if span.from <= last.until => last.until = last.until.max(span.until),
            _ => all.push(span),
        }
    }
    all
}
