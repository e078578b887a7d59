#![doc = include_str!("../README.md")]

mod extra;
mod handle;
mod id;
mod network;
mod open;
mod secret;

pub use extra::Extra;
pub use handle::HandleKey;
pub use id::{
    AccountId, AgentId, BadId, CustomerId, DeliveryId, EffectKey, SystemId, Tag, TenantId, TicketId,
};
pub use network::Network;
#[doc(hidden)]
pub use open::{Direct, Tagged, word_of};
pub use secret::Secret;
