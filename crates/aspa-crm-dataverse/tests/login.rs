//! The connector logs in by itself.

mod common;

use std::sync::Arc;

use aspa_crm::rest::ClientCredentials;
use aspa_crm::{Crm, ErrorKind};
use aspa_crm_dataverse::{Dataverse, connect, layout};
use aspa_http::HttpClient;
use aspa_http::layer::{Auth, Layered};
use aspa_testkit::dataverse::{ADDRESS, CLIENT_ID, CLIENT_SECRET, FakeDataverse, TOKEN_ADDRESS};
use aspa_types::Secret;
use chrono::TimeDelta;
use common::{id, now, system};
use serde_json::json;

/// With the credentials of the app, by the token endpoint.
fn with(org: &FakeDataverse, secret: &str) -> Dataverse {
    let client = Arc::clone(org.faults()) as Arc<dyn HttpClient>;
    let login = ClientCredentials::new(
        Arc::clone(&client),
        TOKEN_ADDRESS,
        CLIENT_ID,
        Secret::new(secret),
    );
    let login = login.with_scope(format!("{ADDRESS}/.default")).in_form();
    let client = Arc::new(Layered::new(client).with(Auth::new(login)));
    connect(system(), ADDRESS, client, layout(), now)
}

#[tokio::test]
async fn a_token_is_got_and_got_again_when_it_has_died() {
    let org = FakeDataverse::new(now());
    let contact = json!({ "firstname": "Aino", "lastname": "Aalto" });
    let aino = id(&org.make("contacts", contact, TimeDelta::zero()));
    let crm = with(&org, CLIENT_SECRET);
    assert!(crm.get(&aino).await.unwrap().is_some());
    org.pass(TimeDelta::hours(2));
    assert!(crm.get(&aino).await.unwrap().is_some());
    org.expire();
    assert!(crm.get(&aino).await.unwrap().is_some());
}

#[tokio::test]
async fn a_wrong_secret_is_told_and_not_shown() {
    let org = FakeDataverse::new(now());
    let crm = with(&org, "not the secret");
    let error = crm.changes(None, 10).await.unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::Auth);
    assert!(!format!("{error} {error:?}").contains("not the secret"));
}
