#![doc = include_str!("../README.md")]

mod body;
mod client;
mod error;
#[cfg(feature = "reqwest")]
mod reqwest_client;
mod sse;
mod wait;

pub use body::{BodyStream, Chunks};
pub use client::HttpClient;
pub use error::{HttpError, HttpErrorKind};
#[cfg(feature = "reqwest")]
pub use reqwest_client::{ReqwestClient, ReqwestClientBuilder};
pub use sse::{EventStream, SseEvent, SseParser, SseTooLarge};
pub use wait::retry_after;
