use aspa_crm::rows::{Cell, Ours, Owner, Part};
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
    /// The table of handles, where there is one: [`handles`], or one with other columns.
    #[serde(default)]
    pub handles: Option<Ours>,
    /// The table of cases, where there is one: [`cases`], or one with other columns.
    #[serde(default)]
    pub cases: Option<Ours>,
    /// The table of activities, where there is one: [`activities`], or one with other columns.
    #[serde(default)]
    pub activities: Option<Ours>,
    /// How many seconds readings overlap: longer than any transaction takes.
    #[serde(default = "overlap")]
    pub overlap_seconds: u32,
}

/// Stands for the id of a row of handles, which is the customer's with the key.
pub(crate) const ROW: &str = "aspa_row";

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

/// A table with one handle in a row and the columns `customer_id`, `aspa_key`, `handle`, `user_name` and `url`,
/// the first two unique together.
#[must_use]
pub fn handles(table: impl Into<String>) -> Ours {
    let cells = [
        Cell::new("aspa_key", Part::Handle),
        Cell::new("handle", Part::Whole),
        Cell::new("user_name", Part::UserName),
        Cell::new("url", Part::Url),
    ];
    Ours::new(table, ROW, cells, owner())
}

/// A table with one case in a row and the columns `aspa_key`, which is unique, `customer_id`, `subject`,
/// `status` in the words of [`CaseStatus`](aspa_crm::CaseStatus), and `url`.
#[must_use]
pub fn cases(table: impl Into<String>) -> Ours {
    let cells = [
        Cell::new("subject", Part::Subject),
        Cell::new("status", Part::Status),
        Cell::new("url", Part::Url),
    ];
    keyed(table, cells).unowned()
}

/// A table with one activity in a row and the columns `aspa_key`, which is unique, `customer_id`, `at`
/// (RFC 3339), `subject`, `text` and `url`.
#[must_use]
pub fn activities(table: impl Into<String>) -> Ours {
    let cells = [
        Cell::new("at", Part::At),
        Cell::new("subject", Part::Subject),
        Cell::new("text", Part::Text),
        Cell::new("url", Part::Url),
    ];
    keyed(table, cells)
}

fn keyed(table: impl Into<String>, cells: impl IntoIterator<Item = Cell>) -> Ours {
    Ours::new(table, "aspa_key", cells, owner()).keyed("aspa_key")
}

/// Of which table is said when they are put together with it.
fn owner() -> [Owner; 1] {
    [Owner::new("", "customer_id")]
}
