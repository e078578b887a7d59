#![doc = include_str!("../README.md")]

mod client;
mod error;
#[cfg(feature = "reqwest")]
mod reqwest_client;
mod wait;

pub use client::HttpClient;
pub use error::{HttpError, HttpErrorKind};
#[cfg(feature = "reqwest")]
pub use reqwest_client::{ReqwestClient, ReqwestClientBuilder};
pub use wait::retry_after;
