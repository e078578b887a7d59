use std::fmt;
use std::ops::RangeInclusive;

use aspa_crm::normal;
use serde::{Deserialize, Serialize};

use crate::ContactKind;

/// Most digits that a number of ours has.
const MAX_DIGITS: usize = 32;

/// How the customer or order numbers of a host look: a fixed start, so many digits, perhaps a
/// check digit.
///
/// ```
/// use aspa_identity::extract::{Check, Pattern};
/// let customer = Pattern::customer_number("10", 6..=6)?;
/// let order = Pattern::order_number("T", 6..=8)?.checked_by(Check::Luhn);
/// # let _ = (customer, order);
/// # Ok::<(), aspa_identity::extract::PatternError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Unchecked", into = "Unchecked")]
pub struct Pattern {
    kind: ContactKind,
    prefix: String,
    digits: RangeInclusive<usize>,
    check: Check,
}

impl Pattern {
    /// Customer numbers: this start, then so many digits.
    ///
    /// # Errors
    /// As [`Pattern::new`].
    pub fn customer_number(
        prefix: &str,
        digits: RangeInclusive<usize>,
    ) -> Result<Self, PatternError> {
        Self::new(ContactKind::CustomerNumber, prefix, digits)
    }

    /// Order numbers: this start, then so many digits.
    ///
    /// # Errors
    /// As [`Pattern::new`].
    pub fn order_number(prefix: &str, digits: RangeInclusive<usize>) -> Result<Self, PatternError> {
        Self::new(ContactKind::OrderNumber, prefix, digits)
    }

    /// Numbers of this kind: this start, in which upper and lower case, spaces and signs do not
    /// matter, then so many digits (1 to 32) that are not part of the start.
    ///
    /// # Errors
    /// Another kind than customer or order number; a start without a letter or digit that is not
    /// empty, or of more than 32 bytes; a range of digits that holds nothing.
    pub fn new(
        kind: ContactKind,
        prefix: &str,
        digits: RangeInclusive<usize>,
    ) -> Result<Self, PatternError> {
        if !matches!(kind, ContactKind::CustomerNumber | ContactKind::OrderNumber) {
            return Err(PatternError::Kind(kind));
        }
        let says_nothing = !prefix.is_empty() && normal::number(prefix).is_none();
        if says_nothing || prefix.len() > MAX_DIGITS {
            return Err(PatternError::Prefix(
                prefix.chars().take(MAX_DIGITS).collect(),
            ));
        }
        let (min, max) = (*digits.start(), *digits.end());
        if min == 0 || min > max {
            return Err(PatternError::MinDigits { min, max });
        }
        if max > MAX_DIGITS {
            return Err(PatternError::MaxDigits(max));
        }
        let prefix = prefix.to_owned();
        Ok(Self {
            kind,
            prefix,
            digits,
            check: Check::None,
        })
    }

    /// The same with a check digit.
    #[must_use]
    pub fn checked_by(mut self, check: Check) -> Self {
        self.check = check;
        self
    }

    /// Which number it is.
    #[must_use]
    pub fn kind(&self) -> &ContactKind {
        &self.kind
    }

    /// How it starts, as it was given.
    #[must_use]
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// How many digits follow the start.
    #[must_use]
    pub fn digits(&self) -> RangeInclusive<usize> {
        self.digits.clone()
    }

    /// The check digit.
    #[must_use]
    pub fn check(&self) -> Check {
        self.check
    }
}

/// The check digit of a number: computed over every digit of it, those of the start too.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Check {
    /// There is none.
    #[default]
    None,
    /// ISO/IEC 7812-1 annex B, "mod 10": each second digit from the right doubled.
    Luhn,
    /// Weights 2 to 7 from the right, again and again; 11 - sum mod 11, where 11 is 0 and 10 none.
    Mod11,
    /// ISO/IEC 7064 MOD 97-10: letters count 10 to 35, the remainder is 1.
    Mod97,
    /// Finnish reference number (Finance Finland, "Structure of the domestic reference number"):
    /// weights 7, 3, 1 from the right; what is missing to the next ten.
    FinnishReference,
    /// Finnish business id, *y-tunnus*: weights 7, 9, 10, 5, 8, 4, 2 and 11 - sum mod 11, where a
    /// remainder of 0 is 0 and one of 1 is none. Eight digits in all.
    BusinessId,
}

impl Check {
    /// Whether a number of letters and digits holds.
    pub(crate) fn holds(self, number: &str) -> bool {
        let mut buffer = [0_u32; 2 * MAX_DIGITS];
        let mut count = 0;
        for digit in number.bytes().filter(u8::is_ascii_digit).take(buffer.len()) {
            buffer[count] = u32::from(digit - b'0');
            count += 1;
        }
        let digits = &buffer[..count];
        let Some((last, body)) = digits.split_last() else {
            return self == Self::None;
        };
        let weighed = |weights: &[u32]| -> u32 {
            let pairs = body.iter().rev().zip(weights.iter().cycle());
            pairs.map(|(digit, weight)| digit * weight).sum()
        };
        match self {
            Self::None => true,
            Self::Luhn => {
                let doubled = |(i, digit): (usize, &u32)| match (i % 2, digit * 2) {
                    (0, _) => *digit,
                    (_, twice) => twice / 10 + twice % 10,
                };
                !body.is_empty()
                    && digits.iter().rev().enumerate().map(doubled).sum::<u32>() % 10 == 0
            }
            Self::Mod11 => match 11 - weighed(&[2, 3, 4, 5, 6, 7]) % 11 {
                11 => *last == 0,
                10 => false,
                check => *last == check,
            },
            Self::Mod97 => mod97(number.chars()) == Some(1),
            Self::FinnishReference => {
                body.len() >= 3 && (10 - weighed(&[7, 3, 1]) % 10) % 10 == *last
            }
            Self::BusinessId => {
                body.len() == 7
                    && match weighed(&[2, 4, 8, 5, 10, 9, 7]) % 11 {
                        0 => *last == 0,
                        1 => false,
                        remainder => *last == 11 - remainder,
                    }
            }
        }
    }
}

/// The remainder by 97 with letters as 10 to 35 (ISO/IEC 7064); nothing where a sign is neither.
pub(crate) fn mod97(signs: impl Iterator<Item = char>) -> Option<u32> {
    signs.filter(|c| *c != ' ').try_fold(0, |rest, c| {
        let value = c.to_digit(36)?;
        let shift = if value > 9 { 100 } else { 10 };
        Some((rest * shift + value) % 97)
    })
}

/// What is wrong with a pattern; the text names the field.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum PatternError {
    /// Neither a customer number nor an order number.
    Kind(ContactKind),
    /// A start of signs only, or too long.
    Prefix(String),
    /// No digits, or more at least than at most.
    MinDigits {
        /// At least.
        min: usize,
        /// At most.
        max: usize,
    },
    /// More than 32 digits.
    MaxDigits(usize),
}

impl fmt::Display for PatternError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Kind(kind) => write!(
                f,
                "kind: `{kind}` is neither customer_number nor order_number"
            ),
            Self::Prefix(prefix) => write!(
                f,
                "prefix: `{prefix}` has no letter or digit, or is too long"
            ),
            Self::MinDigits { min, max } => {
                write!(
                    f,
                    "min_digits: {min} is not between 1 and max_digits ({max})"
                )
            }
            Self::MaxDigits(max) => write!(f, "max_digits: {max} is more than {MAX_DIGITS}"),
        }
    }
}

impl std::error::Error for PatternError {}

/// A pattern as it is stored.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Unchecked {
    kind: ContactKind,
    #[serde(default)]
    prefix: String,
    min_digits: usize,
    max_digits: usize,
    #[serde(default)]
    check: Check,
}

impl TryFrom<Unchecked> for Pattern {
    type Error = PatternError;

    fn try_from(stored: Unchecked) -> Result<Self, PatternError> {
        let digits = stored.min_digits..=stored.max_digits;
        Ok(Self::new(stored.kind, &stored.prefix, digits)?.checked_by(stored.check))
    }
}

impl From<Pattern> for Unchecked {
    fn from(pattern: Pattern) -> Self {
        Self {
            min_digits: *pattern.digits.start(),
            max_digits: *pattern.digits.end(),
            kind: pattern.kind,
            prefix: pattern.prefix,
            check: pattern.check,
        }
    }
}
