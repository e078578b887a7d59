#![doc = include_str!("../README.md")]

mod channel;
mod charset;
mod compose;
mod config;
mod cursor;
mod event;
mod evidence;
mod files;
mod flowed;
mod html;
mod ids;
mod imap;
mod limits;
mod mail;
mod notifier;
mod report;
mod smtp;
mod sort;
mod steps;
mod strip;
mod tls;
mod trouble;
mod twin;
mod wire;
mod words;

pub use channel::EmailChannel;
pub use config::{ConfigError, EmailConfig, Login, Security, Server};
pub use files::Files;
pub use notifier::EmailNotifier;
