//! The texts that stand in where a promise has none of its own.

use aspa_hours::Language;

use super::template::{Template, TextError};
use super::{Field, Period};

/// The text of this library; with how soon an answer comes, where that is promised.
pub(super) fn template(
    field: Field,
    language: Language,
    answers: bool,
) -> Result<Template, TextError> {
    let text = match (field, language, answers) {
        (Field::Away, Language::Fi, true) => {
            "Kiitos viestistäsi. Asiakaspalvelumme on nyt suljettu ja {opens}. {hours}. Vastaamme {answer_within}."
        }
        (Field::Away, Language::Fi, false) => {
            "Kiitos viestistäsi. Asiakaspalvelumme on nyt suljettu ja {opens}. {hours}."
        }
        (Field::Away, Language::Sv, true) => {
            "Tack för ditt meddelande. Vår kundtjänst är stängd just nu och {opens}. {hours}. Vi svarar {answer_within}."
        }
        (Field::Away, Language::Sv, false) => {
            "Tack för ditt meddelande. Vår kundtjänst är stängd just nu och {opens}. {hours}."
        }
        (Field::Away, _, true) => {
            "Thank you for your message. Our customer service is closed now and {opens}. {hours}. We answer {answer_within}."
        }
        (Field::Away, _, false) => {
            "Thank you for your message. Our customer service is closed now and {opens}. {hours}."
        }
        (Field::Profile, Language::Fi, true) => "{hours}. Vastaamme {answer_within}.",
        (Field::Profile, Language::Sv, true) => "{hours}. Vi svarar {answer_within}.",
        (Field::Profile, _, true) => "{hours}. We answer {answer_within}.",
        (Field::Profile, _, false) => "{hours}.",
        (Field::Kept, Language::Fi, _) => "Vastasimme {period} ajoissa {kept}:iin viesteistä.",
        (Field::Kept, Language::Sv, _) => "Vi svarade i tid på {kept} av meddelandena {period}.",
        (Field::Kept, ..) => "We answered {kept} of messages in time {period}.",
    };
    Template::new("a text that stands in", text, field)
}

/// `96%`; in Finnish and Swedish with a no-break space.
pub(super) fn percent(percent: u128, language: Language) -> String {
    match language {
        Language::Fi | Language::Sv => format!("{percent}\u{a0}%"),
        _ => format!("{percent}%"),
    }
}

pub(super) fn period(period: Period, language: Language) -> String {
    let told = match (period, language) {
        (Period::LastWeek, Language::Fi) => "viime viikolla",
        (Period::LastWeek, Language::Sv) => "förra veckan",
        (Period::LastWeek, _) => "last week",
        (Period::LastMonth, Language::Fi) => "viime kuussa",
        (Period::LastMonth, Language::Sv) => "förra månaden",
        (Period::LastMonth, _) => "last month",
        (Period::LastYear, Language::Fi) => "viime vuonna",
        (Period::LastYear, Language::Sv) => "förra året",
        (Period::LastYear, _) => "last year",
        (Period::Days(1), Language::Fi) => "viime vuorokauden aikana",
        (Period::Days(1), Language::Sv) => "det senaste dygnet",
        (Period::Days(1), _) => "in the last 24 hours",
        (Period::Days(days), Language::Fi) => {
            return format!("viimeisten {days} päivän aikana");
        }
        (Period::Days(days), Language::Sv) => return format!("de senaste {days} dagarna"),
        (Period::Days(days), _) => return format!("in the last {days} days"),
    };
    told.to_owned()
}
