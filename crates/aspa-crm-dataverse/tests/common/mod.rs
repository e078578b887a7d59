//! A connector and the org it speaks to.

#![allow(clippy::unwrap_used, reason = "a test may panic")]
#![allow(dead_code, reason = "no test file uses all of it")]

use std::sync::Arc;

use aspa_crm::rows::Layout;
use aspa_crm::{Effect, EffectKind};
use aspa_crm_dataverse::{Dataverse, connect, layout};
use aspa_http::layer::{Auth, Credentials, Layered};
use aspa_http::{HttpClient, HttpError, HttpErrorKind};
use aspa_testkit::dataverse::{ADDRESS, FakeDataverse};
use aspa_types::{CustomerId, EffectKey, SystemId};
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use http::HeaderValue;

pub(crate) fn now() -> DateTime<Utc> {
    "2026-11-22T08:00:00Z".parse().unwrap()
}

pub(crate) fn system() -> SystemId {
    SystemId::new("dataverse").unwrap()
}

/// Whatever token is good now.
#[derive(Debug)]
struct Token(Arc<FakeDataverse>);

#[async_trait]
impl Credentials for Token {
    async fn current(&self) -> Result<HeaderValue, HttpError> {
        let header = format!("Bearer {}", self.0.token());
        Ok(HeaderValue::from_str(&header).unwrap())
    }

    async fn renew(&self, _refused: &HeaderValue) -> Result<HeaderValue, HttpError> {
        Err(HttpError::new(HttpErrorKind::Invalid))
    }
}

pub(crate) fn connector(org: &Arc<FakeDataverse>) -> Dataverse {
    over(Arc::clone(org.faults()) as Arc<dyn HttpClient>, org)
}

pub(crate) fn over(client: Arc<dyn HttpClient>, org: &Arc<FakeDataverse>) -> Dataverse {
    laid_out(client, org, layout())
}

pub(crate) fn laid_out(
    client: Arc<dyn HttpClient>,
    org: &Arc<FakeDataverse>,
    layout: Layout,
) -> Dataverse {
    let client = Arc::new(Layered::new(client).with(Auth::new(Token(Arc::clone(org)))));
    connect(system(), ADDRESS, client, layout, now)
}

pub(crate) fn id(id: &str) -> CustomerId {
    CustomerId::new(system(), format!("contact-{id}")).unwrap()
}

/// The id of a contact's row.
pub(crate) fn own(id: &CustomerId) -> &str {
    id.id.strip_prefix("contact-").unwrap_or_default()
}

pub(crate) fn effect(key: &str, kind: EffectKind) -> Effect {
    Effect::new(EffectKey::new(key).unwrap(), system(), kind)
}
