//! Figures over very many rows: counts, shares, times, backlog, minutes and money.
//!
//! [`Figures`] is a streaming fold. It takes plain [`Row`]s (a message, a clock, a ticket), in any
//! order and from any number of threads or machines, and says the same as one fold over all of them:
//!
//! ```
//! use aspa_sla::figures::{
//!     Contact, Dimension, Disposition, Figures, Labels, MessageRow, Method, Question,
//! };
//!
//! let now = "2026-11-20T18:00:00Z".parse()?;
//! let question = Question::new(chrono_tz::Europe::Helsinki, now).by(Dimension::Channel);
//! let row = |channel: &str, disposition| {
//!     let labels = Labels::new().channel(channel);
//!     MessageRow::new(now, Contact::Asked(disposition), labels).into()
//! };
//! let mut morning = Figures::new(question.clone());
//! morning.push(&row("email", Disposition::Answered));
//! let mut evening = Figures::new(question);
//! evening.push(&row("email", Disposition::Unhandled));
//! evening.push(&row("facebook", Disposition::Answered));
//! morning.merge(evening)?;
//!
//! let summary = morning.summary(Method::Linear);
//! assert_eq!(summary.total.handled_share, Some(2.0 / 3.0));
//! assert_eq!(summary.by[&Dimension::Channel]["email"].handled_share, Some(0.5));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Which rows count where
//!
//! A row counts once in the total, and once in each group that it belongs to: with two tags under
//! both, and with the tag `delivery/late` under `delivery` too. A row without a label is in no group
//! of that dimension, so groups need not sum to the total.
//!
//! # Rows that change
//!
//! The fold knows no ids: each row is given once, as it is now. When one changes, take the old one
//! back and give the new one: [`retract`](Figures::retract), then [`push`](Figures::push). Figures in
//! which a row was retracted equal those that never saw it.
//!
//! # Memory
//!
//! Percentiles are exact, so each time is kept: 8 bytes a value in the total and in each group that
//! it counts in, up to twice that while they grow. A ticket has up to five values (two to its first
//! response, two to its resolution, and its age while it is open), a clock up to two, a message none;
//! a retracted row takes as much again. All else is a few hundred bytes a group.

mod fold;
mod money;
mod row;
mod sample;
mod share;
mod summary;

pub use fold::{Dimension, Figures, OtherQuestion, Question};
pub use money::{Per, Rate};
pub use row::{ClockRow, Contact, Disposition, Labels, MessageRow, Row, TicketRow, Took};
pub use sample::{Method, Sample, Times};
pub use share::{Handled, Level, Levels, Part, Share};
pub use summary::{Backlog, ClockFigures, Group, Handling, Summary, TicketFigures, TookFigures};
