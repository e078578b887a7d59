#![doc = include_str!("../README.md")]

mod database;
#[cfg(feature = "mariadb")]
mod mariadb;
#[cfg(feature = "postgres")]
mod postgres;
mod settings;
#[cfg(feature = "sqlite")]
mod sqlite;
mod statement;
mod tables;

pub use database::{Answer, Database, Dialect, Refused, Row};
#[cfg(feature = "mariadb")]
pub use mariadb::MariaDb;
#[cfg(feature = "postgres")]
pub use postgres::Postgres;
pub use settings::{Settings, activities, cases, handles};
#[cfg(feature = "sqlite")]
pub use sqlite::Sqlite;
pub use statement::Statement;
pub use tables::{SqlCrm, Tables, connect};
