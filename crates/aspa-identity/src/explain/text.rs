//! Explanations as people read them.

use std::fmt::{self, Display};

use crate::{Comparison, DecidedBy, Decision, LinkState, Reason, Verdict, WhatIf};

use super::words::{Phrases, Tongue};
use super::{Explained, Explanation, Part, Role};

/// Most candidates whose reasons are shown.
const DETAILED: usize = 3;
/// Who is less probable is not named.
const NAMED: f64 = 0.001;

/// A text from outside that cannot break a line or turn its direction round.
pub(super) fn one_line(text: &str) -> String {
    let is_unsafe = |c: char| {
        c.is_control()
            || matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    text.chars()
        .map(|c| if is_unsafe(c) { '\u{fffd}' } else { c })
        .collect()
}

/// `the same whole name (M… V…), shared by about 3 in a million, from message-1`.
pub(super) fn part(reason: &Reason, from: Option<&str>, tongue: Tongue) -> String {
    let phrases = tongue.phrases();
    let mut text = one_line(tongue.level(&reason.level));
    if let Some(value) = &reason.value {
        text = format!("{text} ({})", one_line(value));
    }
    // How common a name is says nothing where it is another's.
    let share = reason.share.filter(|_| reason.weight > 0.0);
    if let Some(share) = share.and_then(|share| tongue.share(share)) {
        text = format!("{text}, {share}");
    }
    if let Some(from) = from {
        text = format!("{text}, {} {}", phrases.source, one_line(from));
    }
    text
}

/// `order number: 99.2 %, enough to link`.
pub(super) fn one_more(one: &WhatIf, tongue: Tongue) -> String {
    let phrases = tongue.phrases();
    let kind = one_line(phrases.kind(&one.detail));
    let percent = tongue.percent(one.probability);
    match one.links {
        true => format!("{kind}: {percent}, {}", phrases.enough),
        false => format!("{kind}: {percent}"),
    }
}

/// The outcome in a sentence.
pub(super) fn summary(decision: &Decision, outcome: &LinkState, tongue: Tongue) -> String {
    let phrases = tongue.phrases();
    match (&decision.verdict, outcome) {
        (Verdict::Link { customer }, _) => {
            let mut candidates = decision.candidates.iter();
            let found = candidates.find(|candidate| candidate.customer == *customer);
            let probable = found.map_or_else(String::new, |found| {
                let percent = tongue.percent(found.probability);
                format!(", {} {percent}", phrases.probable)
            });
            format!(
                "{} {customer}{probable}; {}",
                phrases.linked,
                by(&decision.decided_by, phrases)
            )
        }
        (Verdict::Review { candidates }, _) => match candidates.len() {
            1 => phrases.review[0].to_owned(),
            many => format!("{} {many}", phrases.review[1]),
        },
        (_, LinkState::Refused) => phrases.refused.to_owned(),
        _ => phrases.none.to_owned(),
    }
}

fn by(decided_by: &DecidedBy, phrases: &Phrases) -> String {
    match decided_by {
        DecidedBy::Rule => phrases.by_rule.to_owned(),
        DecidedBy::Host => phrases.by_host.to_owned(),
        DecidedBy::Agent(agent) => format!("{} {}", phrases.by_agent, one_line(agent.as_str())),
        DecidedBy::Unknown(_) => phrases.by_unknown.to_owned(),
    }
}

impl Display for Explanation {
    /// Several lines without an end of line after the last; texts from outside stay on their line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tongue = Tongue::of(&self.language);
        let phrases = tongue.phrases();
        f.write_str(&self.summary)?;
        if self.role == Role::Customer {
            let mut statements = self.statements.iter();
            return statements.try_for_each(|statement| write!(f, "\n- {statement}"));
        }
        for refused in &self.refused {
            write!(f, "\n{} {refused}", phrases.is_not)?;
        }
        let is_named = |one: &&Explained| one.probability >= NAMED;
        let named = self.candidates.iter().filter(is_named).count();
        let detailed = match self.outcome {
            LinkState::Review => named.clamp(1, DETAILED),
            _ => 1,
        };
        for (i, candidate) in self.candidates.iter().take(detailed).enumerate() {
            detail(f, candidate, i == 0, tongue)?;
        }
        let mut heading = Some(phrases.also);
        for other in self.candidates.iter().skip(detailed).filter(is_named) {
            if let Some(heading) = heading.take() {
                write!(f, "\n{heading}")?;
            }
            let percent = tongue.percent(other.probability);
            write!(f, "\n  {}: {percent}", other.customer)?;
        }
        if let Some(nobody) = self.nobody.filter(|nobody| *nobody >= NAMED) {
            write!(f, "\n{}: {}", phrases.nobody, tongue.percent(nobody))?;
        }
        let mut heading = Some(phrases.one_more);
        for one in &self.what_if {
            if let Some(heading) = heading.take() {
                write!(f, "\n{heading}")?;
            }
            write!(f, "\n  {}", one.text)?;
        }
        match &self.next_step {
            Some(step) => write!(f, "\n{}: {}", phrases.next, step.text),
            None => Ok(()),
        }
    }
}

/// One candidate: where it starts, what speaks for it and what against it, what weighs most first.
fn detail(
    f: &mut fmt::Formatter<'_>,
    candidate: &Explained,
    is_first: bool,
    tongue: Tongue,
) -> fmt::Result {
    let phrases = tongue.phrases();
    write!(
        f,
        "\n{}: {}, {} {}",
        candidate.customer,
        tongue.percent(candidate.probability),
        phrases.score,
        tongue.number(candidate.score, 1, true),
    )?;
    if is_first {
        write!(f, " ({})", phrases.point)?;
    }
    let is_start = |part: &Part| part.comparison == Comparison::Prior;
    let shows = |part: &Part| part.weight.abs() >= 0.05;
    type Section<'a> = (&'a str, &'a dyn Fn(&Part) -> bool);
    let sections: [Section<'_>; 4] = [
        (phrases.starts, &is_start),
        (phrases.speaks_for, &|part| {
            !is_start(part) && shows(part) && part.weight > 0.0
        }),
        (phrases.speaks_against, &|part| {
            !is_start(part) && shows(part) && part.weight < 0.0
        }),
        (phrases.notes, &|part| !is_start(part) && !shows(part)),
    ];
    for (heading, belongs) in sections {
        let mut parts: Vec<&Part> = candidate.parts.iter().filter(|p| belongs(p)).collect();
        parts.sort_by(|a, b| b.weight.abs().total_cmp(&a.weight.abs()));
        if !parts.is_empty() {
            write!(f, "\n  {heading}")?;
        }
        for part in parts {
            let weight = tongue.number(part.weight, 1, true);
            write!(f, "\n    {weight:>6}  {}", part.text)?;
        }
    }
    let mut same = candidate.same_person.iter();
    same.try_for_each(|same| write!(f, "\n  {} {same}", phrases.several))
}
