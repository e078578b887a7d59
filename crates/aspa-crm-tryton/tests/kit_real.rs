//! The contract of CRMs, rule by rule, on a Tryton that really runs: `.ci/tryton` starts it.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test may panic, and a real server has the time of day"
)]

use std::sync::Arc;
use std::time::Duration;

use aspa_crm::{Crm, CrmFault, Effect, EffectKind, Field};
use aspa_crm_tryton::{Tryton, parties, session};
use aspa_http::layer::{Auth, Credentials, Layered};
use aspa_http::{HttpClient, HttpError, HttpErrorKind, ReqwestClient};
use aspa_testkit::{CrmFarSide, CrmFixture, Faults, crm_trials, libtest_mimic};
use aspa_types::{CustomerId, Secret, SystemId};
use async_trait::async_trait;
use bytes::Bytes;
use chrono::{TimeDelta, Utc};
use http::{HeaderValue, Request, Response};
use libtest_mimic::{Arguments, Trial};
use serde_json::{Value, json};

/// A database that really runs, and what people do in it.
struct People {
    address: String,
    client: Arc<dyn HttpClient>,
    faults: Arc<Faults>,
}

fn system() -> SystemId {
    SystemId::new("erp").unwrap()
}

fn number(id: &CustomerId) -> i64 {
    id.id.parse().unwrap()
}

impl People {
    async fn call(&self, method: &str, params: Value) -> Value {
        let body = json!({ "method": method, "params": params }).to_string();
        let request = Request::post(format!("{}/rpc/", self.address))
            .header("content-type", "application/json")
            .body(Bytes::from(body));
        let answer = self.client.send(request.unwrap()).await.unwrap();
        assert!(answer.status().is_success(), "{method}: {answer:?}");
        serde_json::from_slice(answer.body()).unwrap_or_default()
    }

    async fn on(&self, model: &str, method: &str, mut params: Vec<Value>) -> Value {
        params.push(json!({ "active_test": false }));
        self.call(&format!("model.{model}.{method}"), params.into())
            .await
    }

    async fn found(&self, model: &str, domain: Value) -> Value {
        self.on(
            model,
            "search",
            vec![domain, json!(0), Value::Null, Value::Null],
        )
        .await
    }

    async fn clear(&self) {
        let all = self.found("party.party", json!([])).await;
        self.on("party.party", "delete", vec![all]).await;
    }

    /// A party with its rows, as people type them in.
    fn typed(values: &[(Field, &str)]) -> Value {
        let (mut party, mut address, mut below) = (json!({}), json!({}), Vec::new());
        for (field, value) in values {
            match field {
                Field::FullName => party["name"] = (*value).into(),
                Field::City => address["city"] = (*value).into(),
                Field::Email => below.push(json!({ "type": "email", "value": value })),
                Field::Phone => below.push(json!({ "type": "phone", "value": value })),
                _ => {}
            }
        }
        party["addresses"] = json!([["create", [address]]]);
        party["contact_mechanisms"] = json!([["create", below]]);
        party
    }
}

#[async_trait]
impl CrmFarSide for People {
    async fn make(&self, values: &[(Field, &str)]) -> CustomerId {
        let made = self
            .on("party.party", "create", vec![json!([Self::typed(values)])])
            .await;
        CustomerId::new(system(), made[0].to_string()).unwrap()
    }

    async fn edit(&self, id: &CustomerId, field: &Field, value: &str) -> bool {
        assert_eq!(*field, Field::City);
        let rows = self
            .found("party.address", json!([["party", "=", number(id)]]))
            .await;
        self.on(
            "party.address",
            "write",
            vec![rows, json!({ "city": value })],
        )
        .await;
        true
    }

    async fn delete(&self, id: &CustomerId) -> bool {
        self.on("party.party", "delete", vec![json!([number(id)])])
            .await;
        true
    }

    async fn merge(&self, old: &CustomerId, into: &CustomerId) -> bool {
        // Tryton asks whether those of two names are one, so people give them one.
        let both = json!([number(old), number(into)]);
        self.on("party.party", "write", vec![both, json!({ "name": "One" })])
            .await;
        let wizard = |method: &str| format!("wizard.party.replace.{method}");
        let opened = self.call(&wizard("create"), json!([{}])).await;
        let ask = json!({ "source": number(old), "destination": number(into) });
        let whom = json!([opened[0], { "ask": ask }, "replace", {}]);
        self.call(&wizard("execute"), whom).await;
        true
    }

    async fn pass(&self, time: TimeDelta) {
        // The clock is a real one: what is longer than any overlap is longer than ours.
        let real = match time >= TimeDelta::hours(2) {
            true => Duration::from_millis(2100),
            false => time
                .to_std()
                .unwrap_or_default()
                .min(Duration::from_millis(20)),
        };
        tokio::time::sleep(real).await;
    }

    fn fail(&self, effect: bool, fault: CrmFault) -> bool {
        self.faults.fail(effect, fault, |fault| match fault {
            // It has no quota.
            CrmFault::Throttled(wait) => {
                let answer = Response::builder()
                    .status(429)
                    .header("retry-after", wait.as_secs());
                answer.body(Bytes::new()).ok()
            }
            _ => None,
        })
    }

    /// Those that would change something: the party is read before.
    fn requests(&self) -> Option<usize> {
        Some(self.faults.writes())
    }

    async fn rows(&self, effect: &Effect) -> Option<usize> {
        let handle = |customer, value: String| {
            let model = "party.contact_mechanism";
            (
                model,
                json!([["party", "=", number(customer)], ["value", "=", value]]),
            )
        };
        let party = |customer| {
            (
                "party.party",
                json!([["id", "=", number(customer)], ["active", "=", true]]),
            )
        };
        let (model, domain) = match &effect.kind {
            EffectKind::LinkHandle {
                customer,
                handle: row,
            } => handle(customer, row.handle.to_string()),
            EffectKind::UnlinkHandle {
                customer,
                handle: key,
            } => handle(customer, key.to_string()),
            EffectKind::Create(new) => {
                let name = new.values.get(&Field::FullName)?;
                (
                    "party.party",
                    json!([["name", "=", name], ["active", "=", true]]),
                )
            }
            EffectKind::Erase { customer } | EffectKind::Patch { customer, .. } => party(customer),
            _ => return None,
        };
        Some(self.found(model, domain).await.as_array()?.len())
    }
}

/// A session that nobody opens again.
#[derive(Debug, Clone)]
struct Open(HeaderValue);

#[async_trait]
impl Credentials for Open {
    async fn current(&self) -> Result<HeaderValue, HttpError> {
        Ok(self.0.clone())
    }

    async fn renew(&self, _refused: &HeaderValue) -> Result<HeaderValue, HttpError> {
        Err(HttpError::new(HttpErrorKind::Invalid))
    }
}

async fn fixture(address: &str) -> CrmFixture {
    let read = |name: &str| std::env::var(format!("ASPA_TRYTON_{name}")).unwrap();
    let password = read("PASSWORD");
    let http: Arc<dyn HttpClient> = Arc::new(ReqwestClient::new().unwrap());
    let session = session(
        Arc::clone(&http),
        address,
        &read("USER"),
        &Secret::new(&password),
    );
    let open = Open(session.current().await.unwrap());
    let signed = |client| Arc::new(Layered::new(client).with(Auth::new(open.clone())));
    let faults = Arc::new(Faults::between(Arc::clone(&http), Utc::now));
    let people = People {
        address: address.to_owned(),
        client: signed(http),
        faults: Arc::clone(&faults),
    };
    people.clear().await;
    let client = signed(faults);
    let address = address.to_owned();
    let again = move || -> Arc<dyn Crm> {
        let client = Arc::clone(&client);
        let crm = Tryton::new(system(), &address, client, parties(), Utc::now);
        Arc::new(crm.overlapping(TimeDelta::seconds(1)))
    };
    CrmFixture::new(again(), Arc::new(people))
        .with_again(again)
        .with_secrets([password, open.0.to_str().unwrap().to_owned()])
}

fn main() {
    let mut arguments = Arguments::from_args();
    // They share a database.
    arguments.test_threads = Some(1);
    let trials = match std::env::var("ASPA_TRYTON_URL") {
        Ok(address) => crm_trials("tryton", async move || fixture(&address).await),
        Err(_) => vec![
            Trial::test("needs ASPA_TRYTON_URL, see .ci/tryton", || Ok(()))
                .with_kind("tryton")
                .with_ignored_flag(true),
        ],
    };
    libtest_mimic::run(&arguments, trials).exit();
}
