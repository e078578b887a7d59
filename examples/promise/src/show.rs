//! The answer as a person reads it.

use std::fmt::Write as _;

use aspa_sla::{Timer, TimerKind};
use chrono_tz::Tz;

use crate::answer::{Answer, Local, Moved, Ticket, local};

const NEVER: &str = "not within the years 1900 to 2099";

pub(crate) fn text(answer: &Answer) -> String {
    let mut out = String::new();
    // Writing to a string does not fail.
    let _ = tell(answer, &mut out);
    out
}

fn tell(answer: &Answer, out: &mut String) -> std::fmt::Result {
    writeln!(out, "{}", answer.sentence)?;
    let state = match &answer.closed {
        None => "open".to_owned(),
        Some(why) => format!("closed ({why})"),
    };
    line(out, &time(answer.at), &state)?;
    for (what, at) in [
        ("next opening", answer.next_open),
        ("next closing", answer.next_close),
        ("next change", answer.next_change),
    ] {
        line(out, what, &at.map_or(NEVER.to_owned(), time))?;
    }
    let results = &answer.results;
    if let Some(add) = &results.add {
        moved(out, "from then", add)?;
    }
    if let Some(sub) = &results.sub {
        moved(out, "until then", sub)?;
    }
    if let Some(between) = &results.between {
        let what = format!("open until {}", time(between.to));
        line(out, &what, &length(between.seconds))?;
    }
    for stretch in results.list.iter().flatten() {
        let why = stretch
            .closed
            .as_ref()
            .map_or_else(|| "open".to_owned(), ToString::to_string);
        let (from, to) = (time(stretch.from), time(stretch.to));
        writeln!(out, "  {from} - {to}  {}  {why}", length(stretch.seconds))?;
    }
    if let Some(of) = &answer.ticket {
        ticket(out, of, answer.zone)?;
    }
    writeln!(
        out,
        "\nhours {} ({})",
        answer.calendar.fingerprint, answer.calendar.zone
    )
}

fn line(out: &mut String, what: &str, value: &str) -> std::fmt::Result {
    writeln!(out, "  {what:<32} {value}")
}

fn moved(out: &mut String, from: &str, moved: &Moved) -> std::fmt::Result {
    let amount = match (moved.seconds, moved.business_days) {
        (Some(seconds), _) => length(seconds),
        (_, Some(days)) => format!("{days} business days"),
        _ => String::new(),
    };
    let mut value = moved.at.map_or(NEVER.to_owned(), time);
    if let Some(reopen) = moved.reopen.filter(|reopen| Some(*reopen) != moved.at) {
        let _ = write!(value, " (closing time; opens again {})", time(reopen));
    }
    line(out, &format!("{amount} {from}"), &value)
}

fn ticket(out: &mut String, of: &Ticket, zone: Tz) -> std::fmt::Result {
    let name = of.policy.policy.as_deref().unwrap_or("none");
    writeln!(out, "\nPolicy: {name}")?;
    for miss in &of.policy.misses {
        writeln!(out, "  not {miss}")?;
    }
    for why in &of.explanation {
        writeln!(out, "\n{}", why.to_string().trim_end())?;
    }
    if !of.breaches.is_empty() {
        writeln!(out, "\nBroken")?;
        for breach in &of.breaches {
            let (clock, cycle, at) = (&breach.clock, breach.cycle, breach.at);
            writeln!(
                out,
                "  {clock} {cycle} at {}, the {} of {}",
                time(local(at, zone)),
                length(breach.target.num_seconds()),
                breach.policy
            )?;
        }
    }
    writeln!(out, "\nTimers")?;
    for timer in &of.timers.fired {
        writeln!(out, "  fired {}", told(timer, zone))?;
    }
    match &of.timers.next {
        Some(timer) => writeln!(out, "  next  {}", told(timer, zone)),
        None => writeln!(out, "  next  none"),
    }
}

fn told(timer: &Timer, zone: Tz) -> String {
    let what = match timer.kind {
        TimerKind::Warn => format!("warning {}", timer.step),
        TimerKind::Breach => "broken".to_owned(),
        TimerKind::Escalate => format!("escalation {}", timer.step),
        _ => "timer".to_owned(),
    };
    let to = match timer.to.is_empty() {
        true => String::new(),
        false => format!(" to {}", timer.to.join(", ")),
    };
    let at = time(local(timer.at, zone));
    format!("{at}  {} {}: {what}{to}", timer.clock, timer.cycle)
}

fn time(at: Local) -> String {
    at.format("%a %Y-%m-%d %H:%M:%S %z").to_string()
}

fn length(seconds: i64) -> String {
    let sign = if seconds < 0 { "-" } else { "" };
    let all = seconds.unsigned_abs();
    let parts = [(all / 3_600, "h"), (all / 60 % 60, "min"), (all % 60, "s")];
    let told: Vec<String> = parts
        .iter()
        .filter(|(n, _)| *n > 0)
        .map(|(n, unit)| format!("{n} {unit}"))
        .collect();
    if told.is_empty() {
        "0 s".to_owned()
    } else {
        sign.to_owned() + &told.join(" ")
    }
}
