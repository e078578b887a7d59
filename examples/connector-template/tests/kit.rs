//! The contract of CRMs, rule by rule, over real connections to a server in this process.
#![allow(
    clippy::unwrap_used,
    reason = "a test, which clippy cannot see without the harness"
)]

mod server;

use std::sync::Arc;

use aspa_crm::Crm;
use aspa_crm::rest::Fixed;
use aspa_http::ReqwestClient;
use aspa_http::layer::{Auth, Layered};
use aspa_testkit::libtest_mimic::{self, Arguments};
use aspa_testkit::{CrmFixture, Faults, crm_trials};
use aspa_types::Secret;
use {{crate_name}}::{Cards, {{crm}}, layout};
use server::{Server, TOKEN, now, system};

fn main() {
    let trials = crm_trials("{{project-name}}", fixture);
    libtest_mimic::run(&Arguments::from_args(), trials).exit();
}

async fn fixture() -> CrmFixture {
    let (server, url) = Server::serve().await;
    let faults = Faults::between(Arc::new(ReqwestClient::new().unwrap()), now);
    let faults = Arc::new(faults);
    server.goes_wrong_at(&faults);
    let make = move || -> Arc<dyn Crm> {
        let token = Fixed::bearer(&Secret::new(TOKEN)).unwrap();
        let http = Layered::new(faults.clone()).with(Auth::new(token));
        Arc::new({{crm}}::new(
            system(),
            layout(),
            Cards::new(&url, Arc::new(http), now),
        ))
    };
    CrmFixture::new(make(), server)
        .with_again(make)
        .with_secrets([TOKEN])
}
