#![doc = include_str!("../README.md")]

pub use aspa_channel as channel;
#[cfg(feature = "channel-api")]
pub use aspa_channel_api as channel_api;
#[cfg(feature = "channel-archive")]
pub use aspa_channel_archive as channel_archive;
#[cfg(feature = "channel-email")]
pub use aspa_channel_email as channel_email;
#[cfg(feature = "channel-mastodon")]
pub use aspa_channel_mastodon as channel_mastodon;
#[cfg(feature = "channel-meta")]
pub use aspa_channel_meta as channel_meta;
#[cfg(feature = "webchat")]
pub use aspa_channel_webchat as webchat;
#[cfg(feature = "channel-wordpress")]
pub use aspa_channel_wordpress as channel_wordpress;
#[cfg(feature = "channel-x")]
pub use aspa_channel_x as channel_x;
pub use aspa_crm as crm;
#[cfg(feature = "crm-csv")]
pub use aspa_crm_csv as crm_csv;
#[cfg(feature = "crm-dataverse")]
pub use aspa_crm_dataverse as crm_dataverse;
#[cfg(feature = "crm-salesforce")]
pub use aspa_crm_salesforce as crm_salesforce;
#[cfg(feature = "crm-sql")]
pub use aspa_crm_sql as crm_sql;
#[cfg(feature = "crm-tryton")]
pub use aspa_crm_tryton as crm_tryton;
pub use aspa_desk as desk;
pub use aspa_hours as hours;
pub use aspa_http as http;
pub use aspa_identity as identity;
#[cfg(feature = "report")]
pub use aspa_report as report;
pub use aspa_sla as sla;
pub use aspa_staffing as staffing;
pub use aspa_store as store;
#[cfg(feature = "store-postgres")]
pub use aspa_store_postgres as store_postgres;
#[cfg(feature = "store-sqlite")]
pub use aspa_store_sqlite as store_sqlite;
pub use aspa_ticket as ticket;
pub use aspa_types as types;
#[cfg(feature = "web")]
pub use aspa_web as web;

/// Compiles and runs the samples of the README and of the book.
#[cfg(doctest)]
mod samples {
    #[doc = include_str!("../../../README.md")]
    mod readme {}
    #[doc = include_str!("../../../docs/src/introduction.md")]
    mod introduction {}
    #[doc = include_str!("../../../docs/src/architecture.md")]
    mod architecture {}
    #[doc = include_str!("../../../docs/src/concepts.md")]
    mod concepts {}
    #[doc = include_str!("../../../docs/src/states.md")]
    mod states {}
    #[doc = include_str!("../../../docs/src/identity.md")]
    mod identity {}
    #[doc = include_str!("../../../docs/src/fakes.md")]
    mod fakes {}
    #[doc = include_str!("../../../docs/src/glossary.md")]
    mod glossary {}
    #[doc = include_str!("../../../docs/src/decisions.md")]
    mod decisions {}
    #[doc = include_str!("../../../docs/src/to-postgres.md")]
    mod to_postgres {}
    #[doc = include_str!("../../../docs/src/crashes.md")]
    mod crashes {}
    #[doc = include_str!("../../../docs/src/teamwork.md")]
    mod teamwork {}
    #[doc = include_str!("../../../docs/src/operations.md")]
    mod operations {}
    #[doc = include_str!("../../../docs/src/privacy.md")]
    mod privacy {}
    #[doc = include_str!("../../../docs/src/capabilities.md")]
    mod capabilities {}
    #[doc = include_str!("../../../docs/src/webchat.md")]
    mod webchat {}
    #[doc = include_str!("../../../docs/src/connect-anything.md")]
    mod connect_anything {}
    #[doc = include_str!("../../../docs/src/mastodon.md")]
    mod mastodon {}
    #[doc = include_str!("../../../docs/src/meta.md")]
    mod meta {}
    #[doc = include_str!("../../../docs/src/email.md")]
    mod email {}
    #[doc = include_str!("../../../docs/src/import-history.md")]
    mod import_history {}
    #[doc = include_str!("../../../docs/src/search.md")]
    mod search {}
    #[doc = include_str!("../../../docs/src/write-an-adapter.md")]
    mod write_an_adapter {}
    #[doc = include_str!("../../../docs/src/wordpress.md")]
    mod wordpress {}
    #[doc = include_str!("../../../docs/src/customers.md")]
    mod customers {}
    #[doc = include_str!("../../../docs/src/salesforce.md")]
    mod salesforce {}
    #[doc = include_str!("../../../docs/src/dataverse.md")]
    mod dataverse {}
    #[doc = include_str!("../../../docs/src/tryton.md")]
    mod tryton {}
    #[doc = include_str!("../../../docs/src/write-a-connector.md")]
    mod write_a_connector {}
    #[doc = include_str!("../../../docs/src/x.md")]
    mod x {}
}
