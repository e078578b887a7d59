#![doc = include_str!("../README.md")]

mod handle;
mod id;
mod network;
mod open;
mod secret;

pub use handle::HandleKey;
pub use id::{
    AccountId, AgentId, BadId, CustomerId, DeliveryId, EffectKey, SystemId, Tag, TenantId, TicketId,
};
pub use network::Network;
pub use secret::Secret;

/// Fields that a newer or foreign writer added: kept as they came, written back as they came.
pub type Extra = serde_json::Map<String, serde_json::Value>;
