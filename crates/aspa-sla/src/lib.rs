#![doc = include_str!("../README.md")]

mod clock;
mod error;
mod event;
mod explain;
pub mod figures;
mod promise;
mod seconds;
mod sla;
mod state;

pub use clock::{Clock, Run, Stop, Stopped, Timer, TimerKind, Verdict};
pub use error::Error;
pub use event::{Event, EventKind, ReplyKind, Status};
pub use explain::{Explanation, Span, SpanKind};
pub use promise::{ClockKind, Promise, ReopenMode, Target, Time};
pub use sla::Sla;
pub use state::State;
