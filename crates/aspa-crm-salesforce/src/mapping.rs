//! What stands where in an org, and what its error codes mean: object reference and REST API guide of
//! Salesforce, API 66.0, read November 2026.

use aspa_crm::rest::{Meaning, Meanings};
use aspa_crm::{
    Capabilities, CaseStatus, CustomerKind, Deletes, EffectName, Erasure, Field, Handles,
    Idempotency, Performs, Precondition, Table,
};
use serde::{Deserialize, Serialize};

/// The field with our natural key: text of 32, unique, an external id.
pub(crate) const KEY: &str = "Aspa_Key__c";

/// Error codes. Of all of them the documents say that nothing was done.
pub(crate) const MEANINGS: Meanings = Meanings::new(&["/0/errorCode", "/0/errors/0/statusCode"])
    .with(&[
        ("INVALID_SESSION_ID", Meaning::Auth),
        ("INVALID_AUTH_HEADER", Meaning::Auth),
        ("REQUEST_LIMIT_EXCEEDED", Meaning::DayQuota),
        ("UNABLE_TO_LOCK_ROW", Meaning::Refused),
        ("QUERY_TIMEOUT", Meaning::Refused),
        ("DUPLICATE_VALUE", Meaning::Conflict),
        ("NOT_FOUND", Meaning::NotFound),
        ("ENTITY_IS_DELETED", Meaning::NotFound),
        ("INVALID_CROSS_REFERENCE_KEY", Meaning::NotFound),
        ("MALFORMED_ID", Meaning::NotFound),
        ("INVALID_QUERY_LOCATOR", Meaning::CursorExpired),
        ("API_DISABLED_FOR_ORG", Meaning::Forbidden),
        ("INSUFFICIENT_ACCESS_OR_READONLY", Meaning::Forbidden),
        ("INVALID_FIELD", Meaning::Invalid),
        ("STRING_TOO_LONG", Meaning::Invalid),
        ("REQUIRED_FIELD_MISSING", Meaning::Invalid),
    ]);

/// How an org is read and written: plain data, so that a host adds fields by configuration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct Settings {
    /// The version of the API.
    pub version: String,
    /// `Contact`, `Account` and `Lead`, those that are to be read.
    pub tables: Vec<Table>,
    /// Which value of `Case.Status` stands for what; the first that fits counts, in both directions.
    pub statuses: Vec<(CaseStatus, String)>,
    /// How many hundredths of the day's requests are left to look-ups and effects: `changes` stops
    /// before.
    pub reserve: u8,
}

impl Default for Settings {
    fn default() -> Self {
        use CaseStatus::{Closed, New, Open, Resolved, WaitingCustomer, WaitingInternal};
        let table = |name: &str, kind, columns: &[(&str, Field)]| {
            Table::new(name, kind, "Id")
                .with(columns.iter().cloned())
                .versioned("SystemModstamp")
                .changed_at("SystemModstamp")
                .keyed(KEY)
        };
        let contact = [
            ("Name", Field::FullName),
            ("FirstName", Field::FirstName),
            ("LastName", Field::LastName),
            ("/Account/Name", Field::Company),
            ("Title", Field::Title),
            ("Email", Field::Email),
            ("Phone", Field::Phone),
            ("MobilePhone", Field::Phone),
            ("MailingStreet", Field::Street),
            ("MailingPostalCode", Field::Postcode),
            ("MailingCity", Field::City),
            ("MailingCountry", Field::Country),
        ];
        let account = [
            ("Name", Field::Company),
            ("AccountNumber", Field::CustomerNumber),
            ("Phone", Field::Phone),
            ("Website", Field::Website),
            ("BillingStreet", Field::Street),
            ("BillingPostalCode", Field::Postcode),
            ("BillingCity", Field::City),
            ("BillingCountry", Field::Country),
        ];
        let lead = [
            ("Name", Field::FullName),
            ("FirstName", Field::FirstName),
            ("LastName", Field::LastName),
            ("Company", Field::Company),
            ("Title", Field::Title),
            ("Email", Field::Email),
            ("Phone", Field::Phone),
            ("MobilePhone", Field::Phone),
            ("Street", Field::Street),
            ("PostalCode", Field::Postcode),
            ("City", Field::City),
            ("Country", Field::Country),
            ("Website", Field::Website),
        ];
        let statuses = [
            (New, "New"),
            (Open, "Working"),
            (WaitingCustomer, "Working"),
            (WaitingInternal, "Working"),
            (Closed, "Closed"),
            (Resolved, "Closed"),
        ];
        Self {
            version: "v66.0".to_owned(),
            tables: vec![
                table("Contact", CustomerKind::Person, &contact),
                table("Account", CustomerKind::Company, &account),
                table("Lead", CustomerKind::Person, &lead),
            ],
            statuses: statuses
                .map(|(ours, theirs)| (ours, theirs.to_owned()))
                .into(),
            reserve: 10,
        }
    }
}

pub(crate) fn capabilities() -> Capabilities {
    let lookups = vec![
        Field::Email,
        Field::Phone,
        Field::CustomerNumber,
        Field::Company,
    ];
    let once = |precondition| Performs::new(precondition, Idempotency::NaturalKey);
    let limits = [
        (Field::FirstName, 40),
        (Field::LastName, 80),
        (Field::Company, 255),
        (Field::Title, 128),
        (Field::Email, 80),
        (Field::Phone, 40),
        (Field::CustomerNumber, 40),
        (Field::Street, 255),
        (Field::Postcode, 20),
        (Field::City, 40),
        (Field::Country, 80),
        (Field::Website, 255),
    ];
    let mut capabilities = Capabilities::new(Deletes::Horizon { days: 15 }, lookups)
        .performing([EffectName::Patch], once(Precondition::Weak))
        .performing(
            [
                EffectName::LinkHandle,
                EffectName::UnlinkHandle,
                EffectName::Create,
                EffectName::UpsertCase,
                EffectName::AddActivity,
                EffectName::Follow,
                EffectName::Erase,
                EffectName::Redact,
            ],
            once(Precondition::None),
        );
    capabilities
        .writes
        .extend(limits.map(|(field, most)| (field, Some(most))));
    capabilities.max_page = Some(2000);
    capabilities.handles = Handles::ChildRow;
    capabilities.erasure = Some(Erasure::Soft);
    capabilities.merges = true;
    capabilities
}
