//! A connector and the org it speaks to.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::sync::Arc;

use aspa_crm::rest::Fixed;
use aspa_crm::{Effect, EffectKind};
use aspa_crm_salesforce::{Salesforce, connect, layout};
use aspa_http::HttpClient;
use aspa_http::layer::{Auth, Layered};
use aspa_testkit::salesforce::{ADDRESS, FakeSalesforce};
use aspa_types::{CustomerId, EffectKey, Secret, SystemId};
use chrono::{DateTime, Utc};

pub(crate) fn now() -> DateTime<Utc> {
    "2026-11-22T08:00:00Z".parse().unwrap()
}

pub(crate) fn system() -> SystemId {
    SystemId::new("salesforce").unwrap()
}

/// With a session that nobody renews.
pub(crate) fn connector(org: &FakeSalesforce) -> Salesforce {
    over(Arc::clone(org.faults()) as Arc<dyn HttpClient>, org)
}

pub(crate) fn over(client: Arc<dyn HttpClient>, org: &FakeSalesforce) -> Salesforce {
    let session = Fixed::bearer(&Secret::new(org.token())).unwrap();
    let client = Arc::new(Layered::new(client).with(Auth::new(session)));
    connect(system(), ADDRESS, client, layout(), now)
}

pub(crate) fn id(id: &str) -> CustomerId {
    CustomerId::new(system(), id).unwrap()
}

#[allow(dead_code, reason = "not every test file does effects of its own")]
pub(crate) fn effect(key: &str, kind: EffectKind) -> Effect {
    Effect::new(EffectKey::new(key).unwrap(), system(), kind)
}
