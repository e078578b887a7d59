#![doc = include_str!("../README.md")]

mod capabilities;
mod claim;
mod column;
mod crm;
mod customer;
mod effect;
mod error;
mod key;
mod lanes;
mod look;
mod memory;
pub mod normal;
mod policy;
mod reading;
#[cfg(feature = "rest")]
pub mod rest;
pub mod rows;
mod since;
mod table;
mod writing;

pub use capabilities::{
    Capabilities, Deletes, Erasure, Handles, Idempotency, Performs, Precondition,
};
pub use claim::{Basis, Claim, Field, Method, Purpose};
pub use column::Column;
pub use crm::{Change, Crm, Cursor, Hint, Lookup, Page};
pub use customer::{Customer, CustomerKind, SourceOrder};
pub use effect::{
    Activity, Case, CaseStatus, Confirmed, Did, Effect, EffectKind, EffectName, HandleRow,
    NewCustomer, Probe, Receipt, RecordKind, RecordRef, TooLittle,
};
pub use error::{Error, ErrorKind};
pub use key::NaturalKey;
pub use lanes::lanes;
pub use look::look;
pub use memory::{CrmFault, MemoryCrm};
pub use policy::{
    Decision, FieldPolicy, Owner, Policies, Proposal, Reason, Rule, Survivor, Verdict, Why, Write,
};
pub use reading::{
    Batch, Checkpoint, Done, MemoryMirror, Mirror, Pass, ReadSettings, Reading, Step, StepError,
    TooManyGone, catch_up, step,
};
pub use since::{Since, Window};
pub use table::{Table, text, time};
pub use writing::{Earlier, Echoes, Writer, Written};
