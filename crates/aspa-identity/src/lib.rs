#![doc = include_str!("../README.md")]

mod ask;
mod batch;
mod book;
mod calibration;
mod card;
mod compare;
mod decide;
mod decision;
mod erase;
mod evidence;
pub mod explain;
pub mod extract;
mod facts;
mod features;
pub mod handle;
mod levels;
mod link;
mod linker;
mod mask;
mod model;
pub mod names;
mod query;
mod queue;
mod same;
mod saving;
mod settings;
mod sharing;
mod state;
mod store;
mod text;
mod together;
mod train;

pub use ask::{
    Action, ContactRequest, Disclosure, DisclosurePolicy, Language, Leak, PrivateSlot, Proof,
    PublicText, RefusedWhy, RequestBroken, RequestCommand, RequestEvent, RequestPolicy,
    RequestStatus, RequestStep, private_question, told_text,
};
pub use book::{Book, BookBroken, BookCommand, Change, ChangeKind};
pub use calibration::Calibration;
pub use decision::{Ask, Candidate, Comparison, DecidedBy, Decision, Reason, Verdict, WhatIf};
pub use erase::{Tombstone, Tombstones, WeakKey};
pub use evidence::{
    Audience, Contact, ContactKind, Evidence, EvidenceKind, LinkProof, NameRole, Profile, Purpose,
    Renamed, Speaker, ToldName, UserName, VerifiedLink, Withdrawal,
};
pub use link::{Link, LinkState};
pub use linker::Linker;
pub use model::Model;
pub use queue::{
    Answer, Audit, AuditTally, AuditVerdict, Claim, Closed, Precision, Queue, QueueBroken,
    ReviewItem, ReviewOrder, ReviewWhy, value_of_looking,
};
pub use settings::Settings;
pub use sharing::{Sharing, Turned, Turns};
pub use store::LoadError;
pub use train::Author;
