//! One line for each connector, as it is with everything switched on.

use std::sync::Arc;

use aspa_crm::{Capabilities, Crm, CustomerKind, Field, Table};
use aspa_crm_csv::{CsvCrm, Mapping};
use aspa_crm_sql::{Sqlite, activities, cases, handles};
use aspa_crm_tryton::{Tryton, parties};
use aspa_http::HttpClient;
use aspa_types::SystemId;
use chrono::{DateTime, Utc};

use crate::channels::NoNetwork;

type Error = Box<dyn std::error::Error>;

/// Every connector by name, with what it claims.
pub(crate) fn all() -> Result<Vec<(&'static str, Capabilities)>, Error> {
    let http: Arc<dyn HttpClient> = Arc::new(NoNetwork);
    let address = "https://crm.example";
    let now = || DateTime::<Utc>::UNIX_EPOCH;
    let salesforce = aspa_crm_salesforce::connect(
        system()?,
        address,
        http.clone(),
        aspa_crm_salesforce::layout(),
        now,
    );
    let dataverse = aspa_crm_dataverse::connect(
        system()?,
        address,
        http.clone(),
        aspa_crm_dataverse::layout(),
        now,
    );
    let tryton = Tryton::new(system()?, address, http, parties(), now);
    Ok(vec![
        ("Salesforce (`aspa-crm-salesforce`)", claims(&salesforce)),
        ("Dataverse (`aspa-crm-dataverse`)", claims(&dataverse)),
        ("Tryton (`aspa-crm-tryton`)", claims(&tryton)),
        ("a database (`aspa-crm-sql`)", claims(&sql()?)),
        ("CSV (`aspa-crm-csv`)", claims(&csv()?)),
    ])
}

fn claims(crm: &dyn Crm) -> Capabilities {
    crm.capabilities().into_owned()
}

fn system() -> Result<SystemId, Error> {
    Ok(SystemId::new("crm")?)
}

fn sql() -> Result<aspa_crm_sql::SqlCrm, Error> {
    let customers = Table::new("customers", CustomerKind::Person, "id")
        .with([("name", Field::FullName), ("email", Field::Email)])
        .versioned("version")
        .changed_at("updated_at")
        .keyed("aspa_key");
    let mut settings = aspa_crm_sql::Settings::new(system()?, customers);
    settings.writes = vec![Field::FullName, Field::Email];
    settings.owns_rows = true;
    settings.handles = Some(handles("customer_handles"));
    settings.cases = Some(cases("cases"));
    settings.activities = Some(activities("activities"));
    Ok(aspa_crm_sql::connect(Sqlite::in_memory("")?, settings)?)
}

fn csv() -> Result<CsvCrm, Error> {
    let mut settings = aspa_crm_csv::Settings::new(Mapping::usual(system()?));
    settings.writes = vec![Field::FullName, Field::Email];
    settings.owns_rows = true;
    settings.keeps_files = true;
    Ok(CsvCrm::new("customers.csv", settings))
}
