use aspa_hours::Language;

use crate::{Target, Time};

/// How soon, as it is told: `within 2 hours during our opening hours`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Within {
    seconds: u64,
    time: Time,
}

/// The words of one unit: `an hour`, `2 hours`.
struct Unit {
    seconds: u64,
    one: &'static str,
    singular: &'static str,
    plural: &'static str,
}

const fn unit(
    seconds: u64,
    one: &'static str,
    singular: &'static str,
    plural: &'static str,
) -> Unit {
    Unit {
        seconds,
        one,
        singular,
        plural,
    }
}

/// A day of calendar time has 24 hours; told from three of them on.
const DAYS: u64 = 86_400;

impl Within {
    pub(super) fn new(target: &Target) -> Self {
        Self {
            seconds: u64::try_from(target.within.num_seconds()).unwrap_or(0),
            time: target.time,
        }
    }

    pub(super) fn told(self, language: Language) -> String {
        let length = self.length(language);
        match (language, self.time) {
            (Language::Fi, Time::Business) => format!("aukioloaikana {length} kuluessa"),
            (Language::Fi, Time::Calendar) => format!("{length} kuluessa"),
            (Language::Sv, Time::Business) => format!("inom {length} under våra öppettider"),
            (Language::Sv, Time::Calendar) => format!("inom {length}"),
            (_, Time::Business) => format!("within {length} during our opening hours"),
            (_, Time::Calendar) => format!("within {length}"),
        }
    }

    /// `an hour`, `1 hour 30 minutes`, `3 days`; in Finnish in the genitive.
    fn length(self, language: Language) -> String {
        let is_days = self.time == Time::Calendar
            && self.seconds >= 3 * DAYS
            && self.seconds.is_multiple_of(DAYS);
        let days = if is_days { DAYS } else { u64::MAX };
        let units = match language {
            Language::Fi => [
                unit(days, "vuorokauden", "vuorokauden", "vuorokauden"),
                unit(3_600, "tunnin", "tunnin", "tunnin"),
                unit(60, "minuutin", "minuutin", "minuutin"),
                unit(1, "sekunnin", "sekunnin", "sekunnin"),
            ],
            Language::Sv => [
                unit(days, "ett dygn", "dygn", "dygn"),
                unit(3_600, "en timme", "timme", "timmar"),
                unit(60, "en minut", "minut", "minuter"),
                unit(1, "en sekund", "sekund", "sekunder"),
            ],
            _ => [
                unit(days, "a day", "day", "days"),
                unit(3_600, "an hour", "hour", "hours"),
                unit(60, "a minute", "minute", "minutes"),
                unit(1, "a second", "second", "seconds"),
            ],
        };
        if let Some(unit) = units.iter().find(|unit| unit.seconds == self.seconds) {
            return unit.one.to_owned();
        }
        let mut rest = self.seconds;
        let mut parts = Vec::new();
        for unit in &units {
            let amount = rest / unit.seconds;
            rest %= unit.seconds;
            match amount {
                0 => {}
                1 => parts.push(format!("1 {}", unit.singular)),
                many => parts.push(format!("{many} {}", unit.plural)),
            }
        }
        parts.join(" ")
    }
}
