use aspa_crm::{Field, Table};
use aspa_types::SystemId;
use serde::{Deserialize, Serialize};

/// Which tables hold what. Plain data for a host's settings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Settings {
    /// The system that the customers are of.
    pub system: SystemId,
    /// The table or view of customers. It needs a column with the time of the last change.
    pub customers: Table,
    /// The fields that are written into it.
    #[serde(default)]
    pub writes: Vec<Field>,
    /// Whether customers are made and erased in it. Making them needs a column with our key, with a
    /// unique index, and an id that the database gives.
    #[serde(default)]
    pub owns_rows: bool,
    /// The table of handles, where there is one.
    #[serde(default)]
    pub handles: Option<Handles>,
    /// The table of cases, where there is one.
    #[serde(default)]
    pub cases: Option<Cases>,
    /// The table of activities, where there is one.
    #[serde(default)]
    pub activities: Option<Activities>,
    /// How many seconds readings overlap: longer than any transaction takes.
    #[serde(default = "overlap")]
    pub overlap_seconds: u32,
}

fn overlap() -> u32 {
    600
}

impl Settings {
    /// Customers of this table, read only.
    #[must_use]
    pub fn new(system: SystemId, customers: Table) -> Self {
        Self {
            system,
            customers,
            writes: Vec::new(),
            owns_rows: false,
            handles: None,
            cases: None,
            activities: None,
            overlap_seconds: overlap(),
        }
    }
}

/// A table with one handle in a row. Its key has a unique index together with the customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Handles {
    /// The table.
    pub table: String,
    /// The column with the customer's id.
    pub customer: String,
    /// The column with our key.
    pub key: String,
    /// The column with the handle, `network:scope:id`.
    pub handle: String,
    /// The column with the user name.
    pub user_name: String,
    /// The column with the address of its page.
    pub url: String,
}

impl Handles {
    /// A table with the columns `customer_id`, `aspa_key`, `handle`, `user_name` and `url`.
    #[must_use]
    pub fn usual(table: impl Into<String>) -> Self {
        Self {
            table: table.into(),
            customer: "customer_id".to_owned(),
            key: "aspa_key".to_owned(),
            handle: "handle".to_owned(),
            user_name: "user_name".to_owned(),
            url: "url".to_owned(),
        }
    }
}

/// A table with one case in a row. Its key has a unique index.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Cases {
    /// The table.
    pub table: String,
    /// The column with our key.
    pub key: String,
    /// The column with the customer's id.
    pub customer: String,
    /// The column with what it is about.
    pub subject: String,
    /// The column with how far it is, in the words of [`CaseStatus`](aspa_crm::CaseStatus).
    pub status: String,
    /// The column with where our ticket is shown.
    pub url: String,
}

impl Cases {
    /// A table with the columns `aspa_key`, `customer_id`, `subject`, `status` and `url`.
    #[must_use]
    pub fn usual(table: impl Into<String>) -> Self {
        Self {
            table: table.into(),
            key: "aspa_key".to_owned(),
            customer: "customer_id".to_owned(),
            subject: "subject".to_owned(),
            status: "status".to_owned(),
            url: "url".to_owned(),
        }
    }
}

/// A table with one activity in a row. Its key has a unique index.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Activities {
    /// The table.
    pub table: String,
    /// The column with our key.
    pub key: String,
    /// The column with the customer's id.
    pub customer: String,
    /// The column with when it happened, RFC 3339.
    pub at: String,
    /// The column with what it is.
    pub subject: String,
    /// The column with what was written.
    pub text: String,
    /// The column with where it can be seen.
    pub url: String,
}

impl Activities {
    /// A table with the columns `aspa_key`, `customer_id`, `at`, `subject`, `text` and `url`.
    #[must_use]
    pub fn usual(table: impl Into<String>) -> Self {
        Self {
            table: table.into(),
            key: "aspa_key".to_owned(),
            customer: "customer_id".to_owned(),
            at: "at".to_owned(),
            subject: "subject".to_owned(),
            text: "text".to_owned(),
            url: "url".to_owned(),
        }
    }
}
