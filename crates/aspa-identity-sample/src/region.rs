//! Where a world lies: its tongues, towns, phone numbers, mail providers and number formats.

mod countries;

use crate::names::Tongue;
use crate::rng::{Rng, hashed};
use countries::COUNTRIES;

/// What country or continent a world resembles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Style {
    /// Finland: Finnish and Swedish, with its newcomers.
    #[default]
    Finland,
    /// Germany, Sweden, Spain, Britain, Estonia and their neighbours.
    Europe,
    /// The United States: English, Spanish and everybody else.
    Us,
}

impl Style {
    /// Every style.
    pub const ALL: [Self; 3] = [Self::Finland, Self::Europe, Self::Us];

    /// Its name on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Finland => "finland",
            Self::Europe => "europe",
            Self::Us => "us",
        }
    }

    pub(crate) fn tongue(self, rng: &mut Rng) -> Tongue {
        use Tongue::{
            Arabic, Eastern, English, Estonian, Finnish, German, Greek, Russian, Spanish, Swedish,
        };
        rng.weighted(match self {
            Self::Finland => &[
                (800, Finnish),
                (65, Swedish),
                (40, Russian),
                (30, Estonian),
                (20, English),
                (20, Arabic),
                (10, Eastern),
                (8, German),
                (7, Spanish),
            ],
            Self::Europe => &[
                (270, German),
                (200, Swedish),
                (190, Spanish),
                (150, English),
                (80, Estonian),
                (60, Russian),
                (20, Greek),
                (20, Arabic),
                (10, Finnish),
            ],
            Self::Us => &[
                (650, English),
                (190, Spanish),
                (50, Eastern),
                (30, German),
                (20, Arabic),
                (20, Russian),
                (20, Greek),
                (20, Swedish),
            ],
        })
    }

    /// The country in which somebody of this tongue lives.
    pub(crate) fn country(self, tongue: Tongue, rng: &mut Rng) -> &'static Country {
        let [fi, se, de, at, es, gb, ee, us] = &COUNTRIES;
        match (self, tongue) {
            (Self::Finland, _) if rng.chance(985) => fi,
            (Self::Us, _) if rng.chance(990) => us,
            (_, Tongue::Finnish | Tongue::Swedish) => se,
            (_, Tongue::Spanish) => es,
            (_, Tongue::English) => gb,
            (_, Tongue::Estonian) => ee,
            (_, Tongue::Russian) if rng.chance(500) => ee,
            _ if rng.chance(150) => at,
            _ => de,
        }
    }

    /// The customer number of the record with this index in its world.
    pub(crate) fn customer_no(self, index: u64, rng: &mut Rng) -> String {
        match self {
            Self::Finland => format!("{}", 20_000_000 + index * 7 + rng.below(7)),
            Self::Europe => {
                let digits = format!("{}", 300_000 + index * 3 + rng.below(3));
                format!("EK-{digits}{}", luhn(&digits))
            }
            Self::Us => format!("{}", 400_000_000 + index * 11 + rng.below(11)),
        }
    }

    /// The `nth` order number of that record, `nth` below 4.
    pub(crate) fn order_no(self, index: u64, nth: u64) -> String {
        let number = index * 4 + nth;
        match self {
            Self::Finland => format!("TIL{}", 1_000_000 + number),
            Self::Europe => format!("45{:08}", 10_000_000 + number),
            Self::Us => format!("W{}", 10_000_000 + number),
        }
    }
}

/// The check digit by Luhn (ISO/IEC 7812-1, annex B).
fn luhn(digits: &str) -> u32 {
    let values = digits.bytes().rev().enumerate();
    let sum: u32 = values
        .map(|(at, byte)| {
            let value = u32::from(byte - b'0') * if at % 2 == 0 { 2 } else { 1 };
            value / 10 + value % 10
        })
        .sum();
    (10 - sum % 10) % 10
}

/// A prime: its multiples go through a whole number plan before any comes again.
const SPREAD: u128 = 2_654_435_761;

/// What is the same for everybody who lives in a country.
#[derive(Debug)]
pub(crate) struct Country {
    pub(crate) code: &'static str,
    /// As people call it in their profiles.
    pub(crate) names: &'static [&'static str],
    pub(crate) towns: &'static [&'static str],
    streets: &'static [&'static str],
    /// Whether the number of the house stands before the street.
    number_first: bool,
    calling: &'static str,
    /// What is dialled before a number within the country.
    trunk: &'static str,
    mobile: &'static [&'static str],
    mobile_digits: u32,
    landline: &'static str,
    mail: &'static [(u32, &'static str)],
    pub(crate) tld: &'static str,
    pub(crate) forms: &'static [&'static str],
}

impl Country {
    pub(crate) fn postcode(&self, town: &str, rng: &mut Rng) -> String {
        let area = 10 + hashed(town) % 89;
        match self.code {
            "SE" => format!("{area}{} {:02}", rng.below(10), rng.within(10, 99)),
            "AT" => format!("{area}{:02}", rng.below(100)),
            "GB" => format!(
                "{}{} {}AB",
                &town[..1].to_uppercase(),
                rng.within(1, 28),
                rng.within(1, 9)
            ),
            _ => format!("{area}{:03}", rng.below(1000)),
        }
    }

    pub(crate) fn street(&self, rng: &mut Rng) -> String {
        let (street, house) = (rng.common(self.streets), rng.within(1, 88));
        if self.number_first {
            return match rng.chance(300) {
                true => format!("{house} {street}, Apt {}", rng.within(1, 60)),
                false => format!("{house} {street}"),
            };
        }
        match rng.chance(500) {
            true => format!(
                "{street} {house} {} {}",
                rng.pick(&["A", "B", "C", "D"]),
                rng.within(1, 60)
            ),
            false => format!("{street} {house}"),
        }
    }

    pub(crate) fn mail_host(&self, rng: &mut Rng) -> &'static str {
        rng.weighted(self.mail)
    }

    /// The mobile number of an id; different ids have different numbers as long as the plan is large enough.
    pub(crate) fn mobile(&'static self, id: u64) -> Phone {
        let each = 10_u64.pow(self.mobile_digits);
        let at = (u128::from(id) * SPREAD + 4_711) % u128::from(each * self.mobile.len() as u64);
        let at = at as u64;
        let prefix = self.mobile[(at / each) as usize];
        let digits = self.mobile_digits as usize;
        Phone {
            country: self,
            national: format!("{prefix}{:0digits$}", at % each),
        }
    }

    /// The landline of a home.
    pub(crate) fn landline(&'static self, id: u64) -> Phone {
        let at = (u128::from(id) * SPREAD + 815) % 100_000_000;
        Phone {
            country: self,
            national: format!("{}{at:08}", self.landline),
        }
    }
}

/// A phone number.
#[derive(Debug, Clone)]
pub(crate) struct Phone {
    country: &'static Country,
    /// Without country code and trunk prefix.
    pub(crate) national: String,
}

impl Phone {
    /// As somebody writes it; abroad is who keeps the country code.
    pub(crate) fn written(&self, rng: &mut Rng) -> String {
        let Country {
            calling,
            trunk,
            code,
            ..
        } = self.country;
        let number = self.national.as_str();
        let (area, rest) = number.split_at(match *code {
            "US" | "DE" | "AT" | "ES" => 3,
            "GB" => 4,
            _ => 2,
        });
        let half = rest.len() / 2;
        let (middle, end) = rest.split_at(half);
        match rng.below(10) {
            0..=2 => format!("+{calling}{number}"),
            3 => format!("+{calling} {area} {rest}"),
            4 => format!("00{calling}{number}"),
            5 if *code == "US" => format!("({area}) {middle}-{end}"),
            5 => format!("+{calling} ({trunk}){area} {rest}"),
            6 => format!("{trunk}{area} {middle} {end}"),
            7 => format!("{trunk}{number}"),
            8 => format!("{trunk}{area}-{rest}"),
            _ => format!("+{calling} {area} {middle} {end}"),
        }
    }

    /// The same with one digit wrong, or two that stand beside each other swapped.
    pub(crate) fn mistyped(&self, rng: &mut Rng) -> Self {
        Self {
            country: self.country,
            national: mistyped_digits(&self.national, rng),
        }
    }
}

/// One of the last digits changed, or two of them swapped; never the same again.
pub(crate) fn mistyped_digits(number: &str, rng: &mut Rng) -> String {
    let mut bytes: Vec<u8> = number.bytes().collect();
    let places: Vec<usize> = (0..bytes.len())
        .filter(|at| bytes[*at].is_ascii_digit())
        .collect();
    let last = &places[places.len().saturating_sub(6)..];
    if last.is_empty() {
        return number.to_owned();
    }
    let at = rng.pick(last);
    let other = at.saturating_sub(1);
    if rng.chance(400) && bytes[other].is_ascii_digit() && bytes[other] != bytes[at] {
        bytes.swap(at, other);
    } else {
        bytes[at] = b'0' + (bytes[at] - b'0' + 1 + rng.below(9) as u8) % 10;
    }
    bytes.into_iter().map(char::from).collect()
}
