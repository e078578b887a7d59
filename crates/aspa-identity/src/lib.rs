#![doc = include_str!("../README.md")]

mod ask;
mod book;
mod card;
mod decision;
mod directory;
mod erase;
mod evidence;
pub mod extract;
mod facts;
pub mod handle;
mod link;
mod mask;
pub mod names;
mod old_names;
mod queue;
mod score;
mod settings;
#[allow(
    dead_code,
    unused_imports,
    reason = "the online linker is built over it next"
)]
mod store;
mod weigh;

pub use ask::{
    Action, ContactRequest, Disclosure, DisclosurePolicy, Language, Leak, PrivateSlot, Proof,
    PublicText, RefusedWhy, RequestBroken, RequestCommand, RequestEvent, RequestPolicy,
    RequestStatus, RequestStep, private_question, retry_text,
};
pub use book::{Book, BookBroken, BookCommand, Change, ChangeKind};
pub use decision::{Ask, Candidate, Comparison, DecidedBy, Decision, Reason, Verdict};
pub use directory::Directory;
pub use erase::{Tombstone, Tombstones, WeakKey};
pub use evidence::{
    Audience, Contact, ContactKind, Evidence, EvidenceKind, LinkProof, NameRole, Profile, Purpose,
    Renamed, Speaker, ToldName, UserName, VerifiedLink, Withdrawal,
};
pub use link::{Link, LinkState};
pub use queue::{
    Answer, Audit, AuditTally, AuditVerdict, Claim, Closed, Precision, Queue, QueueBroken,
    ReviewItem, ReviewOrder, ReviewWhy, value_of_looking,
};
pub use settings::Settings;
pub use store::LoadError;
