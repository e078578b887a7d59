#![doc = include_str!("../README.md")]

mod extra;
mod handle;
pub mod hex;
mod id;
mod landed;
mod network;
mod open;
mod secret;

pub use extra::Extra;
pub use handle::HandleKey;
pub use id::{
    AccountId, AgentId, BadId, CustomerId, DeliveryId, EffectKey, SystemId, Tag, TeamId, TenantId,
    TicketId,
};
pub use landed::Landed;
pub use network::Network;
#[doc(hidden)]
pub use open::{Direct, Tagged, word_of};
pub use secret::Secret;
