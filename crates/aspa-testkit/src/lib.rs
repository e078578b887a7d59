#![doc = include_str!("../README.md")]

mod case;
mod channel;
mod crm;
pub mod dataverse;
mod fake;
mod faults;
mod form;
mod frame;
mod graph;
mod junit;
mod query;
pub mod salesforce;
mod store;
mod webhook;
mod wrapped;
pub mod x;

pub use case::{Case, Outcome, Verdict, run, trials};
pub use channel::{Attachment, ChannelFixture, FarSide, Seen, channel_cases, channel_trials};
pub use crm::{CrmFarSide, CrmFixture, crm_cases, crm_matrix, crm_rows, crm_trials, crm_values};
pub use fake::{FakeChannel, FakeNetwork, FakeWebhook, Refused};
pub use faults::{Asked, Faults, Hint, HttpFault, On};
pub use graph::{FakeGraph, GraphPerson, GraphText};
pub use libtest_mimic;
pub use store::{StoreFixture, store_cases, store_trials};
pub use webhook::{Batch, Handshake, WebhookFixture, webhook_cases, webhook_trials};
pub use wrapped::{WrappedStore, Wrapper};
