#![doc = include_str!("../README.md")]

mod body;
mod client;
mod error;
pub mod layer;
mod public;
mod purpose;
#[cfg(feature = "reqwest")]
mod reqwest_client;
mod signals;
#[cfg(feature = "websocket")]
mod socket;
mod sse;
mod throttle;
mod wait;

pub use body::{BodyStream, Chunks, MaxBody, WebSocket};
pub use client::HttpClient;
pub use error::{HttpError, HttpErrorKind};
pub use public::is_public;
pub use purpose::{Awaited, Bucket, Purpose};
#[cfg(feature = "reqwest")]
pub use reqwest_client::{ReqwestClient, ReqwestClientBuilder};
pub use signals::Signals;
pub use sse::{EventStream, SseEvent, SseParser, SseTooLarge};
pub use throttle::{Pass, Throttle, ThrottleState, Throttled};
pub use wait::retry_after;
