//! Demand against staff by the hour of the week, as a picture that a screen reader can tell of.

use std::fmt::{Error, Write};

use crate::answer::Answer;
use crate::plan::Target;
use crate::show::DAYS;
use crate::text::time;

/// Sizes in pixels.
const LEFT: usize = 70;
const CELL: usize = 36;
const ROW: usize = 30;
const WIDTH: usize = LEFT + 24 * CELL + 20;
const PANEL: usize = 74 + 7 * ROW;
const FOOT: usize = 96;

/// From little to much: one hue, lighter to darker, so that it reads without colour too.
const SHADES: [&str; 7] = [
    "#f7fbff", "#deebf7", "#c6dbef", "#9ecae1", "#6baed6", "#2171b5", "#08519c",
];

/// From this shade on text is white.
const DARK: usize = 5;

/// One panel for each target: the colour is the demand, the number the agents at work.
pub(crate) fn draw(answer: &Answer<'_>) -> Result<String, Error> {
    let height = 40 + answer.targets.len() * PANEL + FOOT;
    let peak = answer
        .demand
        .busiest()
        .and_then(aspa_staffing::Hour::mean)
        .unwrap_or(0.0)
        * scale(answer);
    let mut svg = String::new();
    writeln!(
        svg,
        r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" role="img" aria-labelledby="title desc" font-family="sans-serif" font-size="13">"#
    )?;
    writeln!(
        svg,
        r#"<title id="title">Demand against staff by the hour of the week</title>"#
    )?;
    writeln!(
        svg,
        r#"<desc id="desc">{}</desc>"#,
        escape(&description(answer))
    )?;
    writeln!(
        svg,
        r##"<defs><pattern id="closed" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><line x1="0" y1="0" x2="0" y2="6" stroke="#555" stroke-opacity="0.3" stroke-width="1.5"/></pattern></defs>"##
    )?;
    writeln!(svg, r#"<rect width="100%" height="100%" fill="white"/>"#)?;
    writeln!(
        svg,
        r#"<text x="{LEFT}" y="26" font-size="17" font-weight="bold">Demand against staff by the hour of the week</text>"#
    )?;
    for (place, target) in answer.targets.iter().enumerate() {
        panel(&mut svg, answer, target, 40 + place * PANEL, peak)?;
    }
    legend(
        &mut svg,
        40 + answer.targets.len() * PANEL,
        peak,
        &format!(
            "{}; {} week",
            answer.service.zone,
            answer.arguments.week.name()
        ),
    )?;
    writeln!(svg, "</svg>")?;
    Ok(svg)
}

fn scale(answer: &Answer<'_>) -> f64 {
    answer.per_day / answer.per_day_seen
}

/// What the picture shows, in words.
fn description(answer: &Answer<'_>) -> String {
    let mut text = format!(
        "Rows are the days of the {} week, columns the hours of the day in {}. Darker cells have more \
         messages, hatched ones are closed, numbers are agents at work. {}.",
        answer.arguments.week.name(),
        answer.service.zone,
        answer.reach
    );
    if let Some(hour) = answer.demand.busiest() {
        let mean = hour.mean().unwrap_or(0.0) * scale(answer);
        let _ = write!(
            text,
            " Busiest: {} at {}, {mean:.1} messages an hour.",
            hour.day, hour.hour
        );
    }
    for target in &answer.targets {
        let most = target.sized.agents.iter().max().copied().unwrap_or(0);
        let within = time(target.sized.target);
        let _ = write!(text, " Within {within}: at most {most} agents at once.");
    }
    text
}

fn panel(
    svg: &mut String,
    answer: &Answer<'_>,
    target: &Target,
    top: usize,
    peak: f64,
) -> Result<(), Error> {
    let heading = format!(
        "Answer within {}: {} people, agents at work in each hour",
        time(target.sized.target),
        target.plan.people
    );
    let (y, hours) = (top + 24, top + 48);
    writeln!(
        svg,
        r#"<text x="{LEFT}" y="{y}" font-weight="bold">{heading}</text>"#
    )?;
    writeln!(svg, r##"<g text-anchor="middle" fill="#333">"##)?;
    for hour in 0..24 {
        let x = LEFT + hour * CELL + CELL / 2;
        writeln!(svg, r#"<text x="{x}" y="{hours}">{hour:02}</text>"#)?;
    }
    writeln!(svg, "</g>")?;
    let grid = hours + 8;
    for (day, name) in DAYS.iter().enumerate() {
        let y = grid + day * ROW;
        let (label, middle) = (LEFT - 10, y + ROW / 2 + 5);
        writeln!(
            svg,
            r#"<text x="{label}" y="{middle}" text-anchor="end">{name}</text>"#
        )?;
        for hour in 0..24 {
            cell(
                svg,
                answer,
                target,
                day * 24 + hour,
                (LEFT + hour * CELL, y),
                peak,
            )?;
        }
    }
    Ok(())
}

fn cell(
    svg: &mut String,
    answer: &Answer<'_>,
    target: &Target,
    place: usize,
    (x, y): (usize, usize),
    peak: f64,
) -> Result<(), Error> {
    let hour = &answer.demand.hours()[place];
    let mean = hour.mean().unwrap_or(0.0) * scale(answer);
    let shade = shade(mean, peak);
    let agents = target.sized.agents[place];
    let (day, from) = (hour.day, hour.hour);
    let staff = match agents {
        0 => "closed".to_owned(),
        agents => format!("{agents} at work"),
    };
    let fill = SHADES[shade];
    writeln!(
        svg,
        r##"<g><title>{day} {from:02}:00: {mean:.1} messages, {staff}</title><rect x="{x}" y="{y}" width="{CELL}" height="{ROW}" fill="{fill}" stroke="#fff"/>"##
    )?;
    match agents {
        0 => writeln!(
            svg,
            r##"<rect x="{x}" y="{y}" width="{CELL}" height="{ROW}" fill="url(#closed)"/></g>"##
        ),
        agents => {
            let colour = if shade >= DARK { "#fff" } else { "#111" };
            let (x, y) = (x + CELL / 2, y + ROW / 2 + 5);
            writeln!(
                svg,
                r#"<text x="{x}" y="{y}" text-anchor="middle" font-weight="bold" fill="{colour}">{agents}</text></g>"#
            )
        }
    }
}

/// Equal steps from nothing to the peak.
fn shade(mean: f64, peak: f64) -> usize {
    match peak > 0.0 {
        true => ((mean / peak * SHADES.len() as f64) as usize).min(SHADES.len() - 1),
        false => 0,
    }
}

fn legend(svg: &mut String, top: usize, peak: f64, what: &str) -> Result<(), Error> {
    let (bar, words) = (top + 24, top + 60);
    writeln!(
        svg,
        r#"<text x="{LEFT}" y="{}">Messages an hour, mean</text>"#,
        bar + 14
    )?;
    let start = LEFT + 170;
    for (place, fill) in SHADES.iter().enumerate() {
        let x = start + place * 48;
        let from = peak * place as f64 / SHADES.len() as f64;
        writeln!(
            svg,
            r##"<rect x="{x}" y="{bar}" width="48" height="18" fill="{fill}" stroke="#999" stroke-width="0.5"/><text x="{x}" y="{words}" font-size="11" text-anchor="middle" dy="-4">{from:.1}</text>"##
        )?;
    }
    let end = start + SHADES.len() * 48;
    writeln!(
        svg,
        r#"<text x="{end}" y="{words}" font-size="11" text-anchor="middle" dy="-4">{peak:.1}</text>"#
    )?;
    let closed = end + 50;
    writeln!(
        svg,
        r##"<rect x="{closed}" y="{bar}" width="{CELL}" height="18" fill="#f7fbff" stroke="#999" stroke-width="0.5"/><rect x="{closed}" y="{bar}" width="{CELL}" height="18" fill="url(#closed)"/><text x="{}" y="{}">closed</text>"##,
        closed + CELL + 8,
        bar + 14
    )?;
    writeln!(
        svg,
        r#"<text x="{}" y="{}"><tspan font-weight="bold">3</tspan>  agents at work</text>"#,
        closed + CELL + 76,
        bar + 14
    )?;
    writeln!(
        svg,
        r##"<text x="{LEFT}" y="{}" fill="#333">Hours of the day, {}</text>"##,
        words + 20,
        escape(what)
    )
}

fn escape(text: &str) -> String {
    html_escape::encode_text(text).into_owned()
}
