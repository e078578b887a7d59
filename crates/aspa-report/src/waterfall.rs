//! The waterfall chart of an identity score, as a picture that a screen reader can tell of.

use std::borrow::Cow;
use std::fmt::{self, Display};

use aspa_identity::Language;
use aspa_identity::explain::Waterfall;

/// Sizes in pixels.
const WIDTH: f64 = 960.0;
const LEFT: f64 = 390.0;
const RIGHT: f64 = 880.0;
const TOP: f64 = 72.0;
const ROW: f64 = 28.0;
const BAR: f64 = 18.0;
/// Room that the name of a mark needs.
const TICK: f64 = 52.0;
/// Longer labels are cut in the picture; what the pointer shows is whole.
const LABEL: usize = 54;

/// Blue and orange, which colour-blind people tell apart; each bar also says its sign.
const FOR: &str = "#2171b5";
const AGAINST: &str = "#b35806";
const SUM: &str = "#333333";

/// Draws a waterfall chart as SVG 1.1: one bar for each reason, the score below them, the
/// probabilities above and the thresholds as dashed lines.
///
/// It stands alone: no script, style sheet, font or link. What it shows is also told in words, as
/// `title` and `desc`. Texts are escaped, and signs that XML does not have are left out. O(n).
///
/// ```
/// # use aspa_identity::{Decision, Language, Settings, explain::Waterfall};
/// # fn draw(decision: &Decision, settings: &Settings) -> Option<String> {
/// let best = decision.candidates.first()?;
/// let svg = aspa_report::waterfall_svg(&Waterfall::of(best, settings, &Language::En));
/// # Some(svg) }
/// ```
#[must_use]
pub fn waterfall_svg(waterfall: &Waterfall) -> String {
    Chart {
        waterfall,
        scale: Scale::of(waterfall),
    }
    .to_string()
}

/// From bits to pixels.
struct Scale {
    low: f64,
    high: f64,
}

impl Scale {
    fn of(waterfall: &Waterfall) -> Self {
        let bars = waterfall.bars.iter().flat_map(|bar| [bar.from, bar.to]);
        let lines = waterfall.thresholds.iter().map(|threshold| threshold.at);
        let all = bars.chain(lines).chain([waterfall.score]);
        let (low, high) = all
            .filter(|at| at.is_finite())
            .fold((-1.0_f64, 1.0_f64), |(low, high), at| {
                (low.min(at), high.max(at))
            });
        let room = (high - low) * 0.03;
        Self {
            low: low - room,
            high: high + room,
        }
    }

    fn x(&self, at: f64) -> f64 {
        let share = (at - self.low) / (self.high - self.low);
        if share.is_finite() {
            LEFT + share.clamp(0.0, 1.0) * (RIGHT - LEFT)
        } else {
            LEFT
        }
    }
}

struct Chart<'a> {
    waterfall: &'a Waterfall,
    scale: Scale,
}

impl Display for Chart<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let waterfall = self.waterfall;
        let rows = waterfall.bars.len() as f64 + 1.0;
        let bottom = TOP + rows * ROW;
        let height = bottom + 18.0 * waterfall.thresholds.len() as f64 + 16.0;
        let title = escaped(&waterfall.title);
        writeln!(
            f,
            r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" role="img" aria-label="{title}" font-family="sans-serif" font-size="13">"#
        )?;
        writeln!(f, "<title>{title}</title>")?;
        writeln!(f, "<desc>{}</desc>", escaped(&waterfall.description))?;
        writeln!(f, r#"<rect width="100%" height="100%" fill="white"/>"#)?;
        writeln!(
            f,
            r#"<text x="10" y="26" font-size="17" font-weight="bold">{title}</text>"#
        )?;
        self.axis(f, bottom)?;
        self.thresholds(f, bottom)?;
        for row in 0..waterfall.bars.len() {
            self.bar(f, row)?;
        }
        self.sum(f, bottom - ROW)?;
        writeln!(f, "</svg>")
    }
}

impl Chart<'_> {
    /// Marks with probabilities, as many as have room, even odds first.
    fn axis(&self, f: &mut fmt::Formatter<'_>, bottom: f64) -> fmt::Result {
        let mut shown: Vec<f64> = Vec::new();
        let (even, others): (Vec<_>, Vec<_>) =
            self.waterfall.ticks.iter().partition(|tick| tick.at == 0.0);
        for tick in even.into_iter().chain(others) {
            let x = self.scale.x(tick.at);
            if shown.iter().any(|other| (other - x).abs() < TICK) {
                continue;
            }
            shown.push(x);
            let (label, y) = (escaped(&tick.label), TOP - 12.0);
            writeln!(
                f,
                r##"<line x1="{x:.1}" y1="{TOP:.1}" x2="{x:.1}" y2="{bottom:.1}" stroke="#dddddd"/><text x="{x:.1}" y="{y:.1}" font-size="11" text-anchor="middle" fill="#555555">{label}</text>"##
            )?;
        }
        Ok(())
    }

    /// Dashed lines, each named below on a line of its own.
    fn thresholds(&self, f: &mut fmt::Formatter<'_>, bottom: f64) -> fmt::Result {
        for (i, threshold) in self.waterfall.thresholds.iter().enumerate() {
            let x = self.scale.x(threshold.at);
            let y = bottom + 18.0 * (i as f64 + 1.0);
            let label = escaped(&threshold.label);
            let percent = self.number(threshold.probability * 100.0, false);
            writeln!(
                f,
                r##"<line x1="{x:.1}" y1="{TOP:.1}" x2="{x:.1}" y2="{:.1}" stroke="#555555" stroke-dasharray="5 4"/><text x="{x:.1}" y="{y:.1}" font-size="11" text-anchor="middle">{label} {percent} %</text>"##,
                y - 11.0
            )?;
        }
        Ok(())
    }

    fn bar(&self, f: &mut fmt::Formatter<'_>, row: usize) -> fmt::Result {
        let bar = &self.waterfall.bars[row];
        let y = TOP + row as f64 * ROW;
        let (from, to) = (self.scale.x(bar.from), self.scale.x(bar.to));
        let (start, width) = (from.min(to), (from - to).abs().max(1.0));
        let fill = if bar.weight < 0.0 { AGAINST } else { FOR };
        let weight = self.number(bar.weight, true);
        let whole = escaped(&bar.label);
        self.label(f, &bar.label, y)?;
        writeln!(
            f,
            r#"<g><title>{whole}: {weight}</title><rect x="{start:.1}" y="{:.1}" width="{width:.1}" height="{BAR:.1}" fill="{fill}"/></g>"#,
            y + (ROW - BAR) / 2.0
        )?;
        // To the next bar, which begins where this one ends.
        writeln!(
            f,
            r##"<line x1="{to:.1}" y1="{:.1}" x2="{to:.1}" y2="{:.1}" stroke="#999999"/>"##,
            y + (ROW + BAR) / 2.0,
            y + ROW + (ROW - BAR) / 2.0
        )?;
        self.amount(f, &weight, y, "normal")
    }

    /// The score, from even odds on.
    fn sum(&self, f: &mut fmt::Formatter<'_>, y: f64) -> fmt::Result {
        let waterfall = self.waterfall;
        let (from, to) = (self.scale.x(0.0), self.scale.x(waterfall.score));
        let (start, width) = (from.min(to), (from - to).abs().max(1.0));
        let score = self.number(waterfall.score, true);
        self.label(f, &waterfall.customer.to_string(), y)?;
        writeln!(
            f,
            r#"<rect x="{start:.1}" y="{:.1}" width="{width:.1}" height="{BAR:.1}" fill="{SUM}"/>"#,
            y + (ROW - BAR) / 2.0
        )?;
        self.amount(f, &score, y, "bold")
    }

    fn label(&self, f: &mut fmt::Formatter<'_>, label: &str, y: f64) -> fmt::Result {
        let mut shown: String = label.chars().take(LABEL).collect();
        if shown.len() < label.len() {
            shown.push('…');
        }
        writeln!(
            f,
            r#"<text x="{:.1}" y="{:.1}" text-anchor="end">{}</text>"#,
            LEFT - 10.0,
            y + ROW / 2.0 + 5.0,
            escaped(&shown)
        )
    }

    fn amount(
        &self,
        f: &mut fmt::Formatter<'_>,
        amount: &str,
        y: f64,
        weight: &str,
    ) -> fmt::Result {
        writeln!(
            f,
            r#"<text x="{:.1}" y="{:.1}" text-anchor="end" font-weight="{weight}">{amount}</text>"#,
            WIDTH - 10.0,
            y + ROW / 2.0 + 5.0
        )
    }

    fn number(&self, value: f64, signed: bool) -> String {
        let text = if signed {
            format!("{value:+.1}")
        } else {
            format!("{value:.1}")
        };
        match self.waterfall.language {
            Language::Fi | Language::Sv => text.replace('.', ","),
            _ => text,
        }
    }
}

/// A text in an element or between double quotes, without what XML 1.0 cannot hold (section 2.2).
fn escaped(text: &str) -> Cow<'_, str> {
    let is_char = |c: char| !matches!(c, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}');
    if text.chars().all(is_char) {
        return html_escape::encode_double_quoted_attribute(text);
    }
    let kept: String = text.chars().filter(|c| is_char(*c)).collect();
    Cow::Owned(html_escape::encode_double_quoted_attribute(&kept).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use aspa_identity::{Candidate, Settings};
    use proptest::prelude::*;
    use roxmltree::Document;
    use serde_json::json;

    fn chart(reasons: &[(&str, f64)], id: &str, language: &Language) -> String {
        let score: f64 = reasons.iter().map(|(_, weight)| weight).sum();
        let reasons: Vec<_> = reasons
            .iter()
            .map(|(level, weight)| json!({"comparison": "name", "level": level, "weight": weight}))
            .collect();
        let candidate: Candidate = serde_json::from_value(json!({
            "customer": {"system": "crm", "id": id},
            "probability": 1.0 / (1.0 + (-score).exp2()),
            "score": score,
            "reasons": reasons,
        }))
        .unwrap();
        waterfall_svg(&Waterfall::of(&candidate, &Settings::default(), language))
    }

    #[test]
    fn a_chart_as_it_is_drawn() {
        let svg = chart(
            &[
                ("one customer among all", -14.25),
                ("the same whole name", 9.5),
                ("the same e-mail", 13.0),
                ("another city", -3.25),
                ("others fit too", -0.5),
            ],
            "17",
            &Language::En,
        );
        assert_eq!(svg, include_str!("../tests/waterfall.svg"));
    }

    #[test]
    fn it_is_told_in_words_and_loads_nothing() {
        let svg = chart(&[("the same e-mail", 6.5)], "17", &Language::Fi);
        let document = Document::parse(&svg).unwrap();
        let root = document.root_element();
        assert_eq!(root.attribute("role"), Some("img"));
        assert_eq!(root.attribute("aria-label"), Some("Miksi crm:17: 98,9 %"));
        let mut children = root.children().filter(roxmltree::Node::is_element);
        let title = children.next().unwrap();
        assert_eq!(
            (title.tag_name().name(), title.text()),
            ("title", root.attribute("aria-label"))
        );
        let desc = children.next().unwrap();
        assert_eq!(desc.tag_name().name(), "desc");
        assert!(desc.text().unwrap().contains("+6,5 sama sähköposti"));
        for node in document.descendants().filter(roxmltree::Node::is_element) {
            let name = node.tag_name().name();
            assert!(
                ["svg", "title", "desc", "g", "rect", "line", "text"].contains(&name),
                "{name}"
            );
            assert!(
                node.attributes()
                    .all(|attribute| !attribute.name().contains("href"))
            );
        }
    }

    #[test]
    fn a_long_label_is_cut_in_the_picture_only() {
        let long = "é".repeat(300);
        let svg = chart(&[(&long, 1.0)], "17", &Language::En);
        let document = Document::parse(&svg).unwrap();
        let texts = |name: &str| -> Vec<String> {
            let found = document
                .descendants()
                .filter(|node| node.has_tag_name(("http://www.w3.org/2000/svg", name)));
            found
                .filter_map(|node| node.text().map(str::to_owned))
                .collect()
        };
        assert!(
            texts("text")
                .iter()
                .all(|text| text.chars().count() <= LABEL + 1)
        );
        assert!(texts("title").iter().any(|text| text.starts_with(&long)));
    }

    proptest! {
        #[test]
        fn any_text_and_weight_makes_well_formed_xml_within_the_frame(
            label in any::<String>(),
            id in "[^\\s]{1,9}",
            weights in prop::collection::vec(-1e9_f64..1e9, 0..9),
        ) {
            let reasons: Vec<(&str, f64)> =
                weights.iter().map(|weight| (label.as_str(), *weight)).collect();
            let id = id.replace(char::is_control, "x");
            let svg = chart(&reasons, &id, &Language::Sv);
            let document = Document::parse(&svg).map_err(|error| TestCaseError::fail(error.to_string()))?;
            for node in document.descendants().filter(|node| node.attribute("x").is_some()) {
                let x: f64 = node.attribute("x").unwrap().parse().unwrap();
                prop_assert!((0.0..=WIDTH).contains(&x));
                if let Some(width) = node.attribute("width") {
                    prop_assert!(x + width.parse::<f64>().unwrap() <= WIDTH);
                }
            }
        }
    }
}
