#![doc = include_str!("../README.md")]

mod command;
mod disposition;
mod event;
mod fold;
mod ticket;

pub use command::{Command, RuleBroken};
pub use disposition::{Decided, Disposition, HandledShare};
pub use event::{Actor, Event, EventKind, NoteId, Order, Outcome, Priority};
pub use fold::{Rules, fold, step};
pub use ticket::{Attached, Category, Change, Snooze, Ticket, TicketKey};
