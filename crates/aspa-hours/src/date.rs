use std::sync::Arc;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::holidays::Category;
use crate::{Interval, at_field};

/// A named date on which the regular hours do not hold.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Holiday {
    /// The local date.
    #[serde(deserialize_with = "at_field::date")]
    pub date: NaiveDate,
    /// What the day is called; it explains why the desk is closed.
    pub name: Arc<str>,
    /// What kind of day off it is; by law where nothing is said.
    #[serde(
        default = "by_law",
        skip_serializing_if = "is_by_law",
        deserialize_with = "at_field::category"
    )]
    pub category: Category,
}

fn by_law() -> Category {
    Category::Public
}

fn is_by_law(category: &Category) -> bool {
    *category == Category::Public
}

impl Holiday {
    /// A holiday by law on `date`.
    pub fn new(date: NaiveDate, name: impl Into<Arc<str>>) -> Self {
        Self {
            date,
            name: name.into(),
            category: by_law(),
        }
    }

    /// Says what kind of day off it is.
    #[must_use]
    pub fn category(mut self, category: Category) -> Self {
        self.category = category;
        self
    }
}

/// A date with hours of its own; it wins over a holiday of the same date.
///
/// Its hours replace those that would start on the date, and run to their end even past midnight
/// into a holiday. Without any hours the date is closed, as far as
/// [`HolidayMode`](crate::HolidayMode) says. Breaks are taken out of it as ever.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Exception {
    /// The local date.
    #[serde(deserialize_with = "at_field::date")]
    pub date: NaiveDate,
    /// The hours of the day; none: closed.
    #[serde(default, deserialize_with = "at_field::open")]
    pub open: Vec<Interval>,
    /// Why, such as `inventory`; it explains why the desk is closed.
    pub name: Arc<str>,
}

impl Exception {
    /// The hours that hold on `date` instead of the regular ones.
    pub fn new(date: NaiveDate, open: Vec<Interval>, name: impl Into<Arc<str>>) -> Self {
        Self {
            date,
            open,
            name: name.into(),
        }
    }
}
