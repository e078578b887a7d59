//! Eight weeks of messages to a web shop that does not exist: always the same, all made up.

use std::fmt::Write as _;

use chrono::{DateTime, TimeDelta, Utc};

/// Monday 2026-09-28 00:00 in Helsinki. The clocks are changed within the eight weeks.
const START: &str = "2026-09-27T21:00:00Z";
const DAYS: i64 = 56;

/// Messages in an hour, times ten, by the hour of the day: a morning peak, a lunch, an evening.
const WORKDAY: [u32; 24] = [
    3, 2, 1, 1, 1, 2, 7, 16, 30, 42, 46, 44, 34, 38, 40, 36, 32, 28, 26, 30, 32, 27, 16, 8,
];
const WEEKEND: [u32; 24] = [
    3, 2, 2, 1, 1, 1, 3, 5, 9, 14, 18, 20, 20, 19, 18, 17, 17, 18, 20, 22, 21, 17, 11, 6,
];

const TEXTS: [&str; 8] = [
    "Where is my parcel?",
    "Can I still change the address?",
    "The lamp arrived with a crack in it.",
    "How do I send this back?",
    "The invoice shows the wrong sum.",
    "Is the blue one back in stock soon?",
    "I cannot log in on my phone.",
    "Thank you, it works now!",
];

/// The history as JSON Lines.
pub(crate) fn lines() -> String {
    let start: DateTime<Utc> = START.parse().unwrap_or_default();
    let mut random = SplitMix(20_261_122);
    let mut text = String::new();
    let mut number = 0;
    for hour in 0..DAYS * 24 {
        let (day, of_day) = (hour / 24, (hour % 24) as usize);
        let rate = match day % 7 {
            5 | 6 => WEEKEND[of_day],
            // More on Mondays.
            0 => WORKDAY[of_day] * 5 / 4,
            _ => WORKDAY[of_day],
        };
        // Sixty minutes, each with a message or none: close to a Poisson number.
        for minute in 0..60 {
            if random.below(600) >= u64::from(rate) {
                continue;
            }
            number += 1;
            let second = random.below(60) as i64;
            let at = start
                + TimeDelta::hours(hour)
                + TimeDelta::minutes(minute)
                + TimeDelta::seconds(second);
            let what = TEXTS[random.below(TEXTS.len() as u64) as usize];
            let author = random.below(900);
            let at = at.format("%Y-%m-%dT%H:%M:%SZ");
            let _ = writeln!(
                text,
                r#"{{"type":"message","network":"web_chat","id":"{number}","conversation":"{number}","author":"{author}","direction":"in","at":"{at}","text":"{what}"}}"#
            );
        }
    }
    text
}

/// The SplitMix64 generator (Steele, Lea, Flood 2014).
struct SplitMix(u64);

impl SplitMix {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        // The bias of the remainder is below 1 in 10^16 here.
        (z ^ (z >> 31)) % limit
    }
}
