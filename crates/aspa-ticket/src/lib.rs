#![doc = include_str!("../README.md")]

pub mod assignment;
pub mod automation;
mod calls;
mod command;
mod disposition;
mod event;
mod figures;
mod fold;
mod follow;
mod goal;
mod helped;
mod mention;
mod playbook;
mod regroup;
mod suggest;
pub mod tags;
mod ticket;

pub use calls::{Assumption, BadRange, CallModel, CallsAvoided, Contacts, Range};
pub use command::{Command, RuleBroken};
pub use disposition::{Decided, Disposition, HandledShare};
pub use event::{Actor, Event, EventKind, NoteId, Order, Outcome, Priority};
pub use figures::{Counting, Ledger, TeamFigures, Went, figures};
pub use fold::{Rules, fold, step};
pub use follow::{Follow, Followed, News, Notice, Occasion, is_as_urgent};
pub use goal::{Aim, Call, CallWhy, Goal, Topic};
pub use helped::{Found, Help, HelpReason, HelpSign, HelpVerdict, answers_by_customers};
pub use mention::{Mentions, mentions};
pub use playbook::{
    Answer, Draft, Field, House, Playbook, PlaybookError, PlaybookId, PlaybookUse, Playbooks,
    Template,
};
pub use regroup::{
    ActId, Cover, Regroup, Together, bundle, close, link, mirror, move_messages, resolve, split,
    undo,
};
pub use suggest::{Shared, Suggestion, Suggestions};
pub use ticket::{Attached, Category, Change, Snooze, Ticket, TicketKey};
