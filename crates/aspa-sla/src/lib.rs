#![doc = include_str!("../README.md")]

mod at_field;
mod clock;
mod cycle;
mod error;
mod event;
mod explain;
pub mod figures;
mod kind;
mod length;
mod policies;
mod promise;
mod sla;
mod state;
mod texts;
pub mod timers;

pub use clock::{Breach, Clock, Run, Stop, Stopped, Timer, TimerKind, Verdict};
pub use error::Error;
pub use event::{Commitment, Event, EventKind, ReplyKind, Status};
pub use explain::{Change, ChangeKind, Explanation, Span, SpanKind};
pub use kind::ClockKind;
pub use policies::{Choice, Condition, Facts, Miss, Policies, Policy, Reason, When};
pub use promise::{ChangeMode, Escalation, Promise, ReopenMode, Target, Time};
pub use sla::Sla;
pub use state::State;
pub use texts::{Period, TextError, Texts};
