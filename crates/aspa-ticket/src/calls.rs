use serde::{Deserialize, Serialize};

/// A figure nobody can measure, as the range in which it is believed to be.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Bounds", into = "Bounds")]
pub struct Range {
    low: f64,
    expected: f64,
    high: f64,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Bounds {
    low: f64,
    expected: f64,
    high: f64,
}

/// A range whose bounds are no numbers, or not in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a range is low <= expected <= high, all of them finite")]
#[non_exhaustive]
pub struct BadRange;

impl Range {
    /// A range.
    ///
    /// # Errors
    ///
    /// [`BadRange`] unless low <= expected <= high, all finite.
    pub fn new(low: f64, expected: f64, high: f64) -> Result<Self, BadRange> {
        let finite = [low, expected, high].iter().all(|bound| bound.is_finite());
        let range = Self {
            low,
            expected,
            high,
        };
        (finite && low <= expected && expected <= high)
            .then_some(range)
            .ok_or(BadRange)
    }

    /// The least it may be.
    #[must_use]
    pub const fn low(&self) -> f64 {
        self.low
    }

    /// What it is taken for.
    #[must_use]
    pub const fn expected(&self) -> f64 {
        self.expected
    }

    /// The most it may be.
    #[must_use]
    pub const fn high(&self) -> f64 {
        self.high
    }

    fn times(self, count: f64) -> Self {
        Self {
            low: self.low * count,
            expected: self.expected * count,
            high: self.high * count,
        }
    }

    fn plus(self, other: Self) -> Self {
        Self {
            low: self.low + other.low,
            expected: self.expected + other.expected,
            high: self.high + other.high,
        }
    }

    /// The least less the most, and the other way round.
    fn minus(self, other: Self) -> Self {
        Self {
            low: self.low - other.high,
            expected: self.expected - other.expected,
            high: self.high - other.low,
        }
    }

    /// Of calls at a price each; what may be negative is cheapest where each call is dearest.
    fn priced(self, each: Self) -> Self {
        let low = if self.low < 0.0 { each.high } else { each.low };
        let high = if self.high < 0.0 { each.low } else { each.high };
        Self {
            low: self.low * low,
            expected: self.expected * each.expected,
            high: self.high * high,
        }
    }
}

impl TryFrom<Bounds> for Range {
    type Error = BadRange;

    fn try_from(bounds: Bounds) -> Result<Self, BadRange> {
        Self::new(bounds.low, bounds.expected, bounds.high)
    }
}

impl From<Range> for Bounds {
    fn from(range: Range) -> Self {
        Self {
            low: range.low,
            expected: range.expected,
            high: range.high,
        }
    }
}

/// What is assumed, and on what ground.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(clippy::exhaustive_structs, reason = "a range and its ground")]
pub struct Assumption {
    /// Of 1 such contact, how many calls.
    pub calls: Range,
    /// On what ground: a survey and its date, a guess and whose.
    pub why: String,
}

/// How many calls contacts in a channel have saved, or caused: assumptions, since nobody sees a call that
/// was never made. There are none by default; a host states its own.
///
/// calls = Σ contacts of a kind × calls that one of them stands for, less those sent to the phone × calls
/// that one of them causes. The bounds add the bounds: they assume that every assumption errs the same way.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct CallModel {
    /// Calls that a ticket solved in the channel has saved.
    pub solved_here: Assumption,
    /// Calls that a message answered by another customer has saved. What one public answer saves among its
    /// silent readers belongs into the same figure.
    pub by_customers: Assumption,
    /// Calls that a message whose author was led to self-service has saved.
    pub self_service: Assumption,
    /// Calls that a message whose author was sent to the phone has caused.
    pub sent_to_phone: Assumption,
    /// What a call costs, in cents.
    pub cents: Range,
}

/// What the model is applied to, counted from the log.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[expect(clippy::exhaustive_structs, reason = "one count for each assumption")]
pub struct Contacts {
    /// Tickets solved in the channel.
    pub solved_here: u64,
    /// Messages answered by other customers.
    pub by_customers: u64,
    /// Messages whose author was led to self-service.
    pub self_service: u64,
    /// Messages whose author was sent to the phone.
    pub sent_to_phone: u64,
}

/// What a model comes to.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct CallsAvoided {
    /// What it was applied to.
    pub contacts: Contacts,
    /// Calls that were not made, less those that were caused. Negative: more were caused.
    pub calls: Range,
    /// What they would have cost, in cents.
    pub cents: Range,
}

impl CallModel {
    /// How many calls were avoided.
    ///
    /// ```
    /// use aspa_ticket::{CallModel, Contacts, Range};
    /// let mut model = CallModel::default();
    /// model.solved_here.calls = Range::new(0.1, 0.25, 0.5)?;
    /// model.solved_here.why = "our guess of 2026-11".to_owned();
    /// model.sent_to_phone.calls = Range::new(0.5, 0.75, 1.0)?;
    /// model.cents = Range::new(400.0, 500.0, 900.0)?;
    /// let contacts = Contacts { solved_here: 100, sent_to_phone: 8, ..Contacts::default() };
    /// let avoided = model.apply(contacts);
    /// assert_eq!(avoided.calls, Range::new(2.0, 19.0, 46.0)?);
    /// assert_eq!(avoided.cents, Range::new(800.0, 9_500.0, 41_400.0)?);
    /// # Ok::<(), aspa_ticket::BadRange>(())
    /// ```
    #[must_use]
    pub fn apply(&self, contacts: Contacts) -> CallsAvoided {
        let of = |count: u64, assumed: &Assumption| assumed.calls.times(as_f64(count));
        let saved = of(contacts.solved_here, &self.solved_here)
            .plus(of(contacts.by_customers, &self.by_customers))
            .plus(of(contacts.self_service, &self.self_service));
        let calls = saved.minus(of(contacts.sent_to_phone, &self.sent_to_phone));
        CallsAvoided {
            contacts,
            calls,
            cents: calls.priced(self.cents),
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts below 2^53")]
fn as_f64(count: u64) -> f64 {
    count as f64
}
