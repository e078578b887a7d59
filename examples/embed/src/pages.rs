//! The customer's page and the agent's page, as plain as they can be.

use std::collections::BTreeMap;

use aspa::desk::{Clock, SystemClock};
use aspa::types::{AgentId, Secret};
use aspa::web::{Agent, Authenticate, Role};
use aspa::webchat::Identity;
use async_trait::async_trait;
use axum::Router;
use axum::extract::{Query, State};
use axum::http::header::{
    AUTHORIZATION, CONTENT_SECURITY_POLICY, CONTENT_TYPE, COOKIE, LOCATION, SET_COOKIE,
};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use chrono::TimeDelta;
use serde::Deserialize;
use subtle::ConstantTimeEq;

/// Scripts and styles of this program only: the widget needs nothing more.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
                      frame-ancestors 'none'; base-uri 'none'; form-action 'none'";
const COOKIE_NAME: &str = "embed-agent";

/// One agent, known by a key in the address of the agent's page: enough for a machine of one's own. A
/// host of its own looks at its session instead.
#[derive(Debug, Clone)]
pub struct OneAgent {
    key: Secret,
    id: AgentId,
}

impl OneAgent {
    /// Whoever has the key is this agent.
    #[must_use]
    pub fn new(key: Secret, id: AgentId) -> Self {
        Self { key, id }
    }

    fn is(&self, shown: &str) -> bool {
        shown.as_bytes().ct_eq(self.key.expose().as_bytes()).into()
    }

    fn knows(&self, headers: &HeaderMap) -> bool {
        let text = |value: &HeaderValue| value.to_str().unwrap_or_default().to_owned();
        let bearer = headers.get(AUTHORIZATION).map(text);
        let bearer = bearer
            .as_deref()
            .and_then(|value| value.strip_prefix("Bearer "));
        let cookies = headers.get_all(COOKIE).iter().map(text);
        let cookies: Vec<String> = cookies.collect();
        let cookies = cookies.iter().flat_map(|value| value.split("; "));
        let mut shown = cookies
            .filter_map(|cookie| cookie.strip_prefix(COOKIE_NAME)?.strip_prefix('='))
            .chain(bearer);
        shown.any(|key| self.is(key))
    }
}

#[async_trait]
impl Authenticate for OneAgent {
    async fn agent(&self, head: &Parts) -> Option<Agent> {
        let known = self.knows(&head.headers);
        known.then(|| Agent::new(self.id.clone(), [Role::Read, Role::Work]))
    }
}

#[derive(Debug, Clone)]
struct Pages {
    agent: OneAgent,
    identity_secret: Secret,
}

/// `/` is a customer's, `/agent` the agent's.
pub(crate) fn pages(agent: OneAgent, identity_secret: Secret) -> Router {
    Router::new()
        .route("/", get(customer))
        .route("/agent", get(agent_page))
        .route("/page.css", get(async || style()))
        .route("/agent.js", get(async || script()))
        .with_state(Pages {
            agent,
            identity_secret,
        })
}

fn style() -> Response {
    let kind = [(CONTENT_TYPE, "text/css; charset=utf-8")];
    (kind, include_str!("pages/page.css")).into_response()
}

fn script() -> Response {
    let kind = [(CONTENT_TYPE, "text/javascript; charset=utf-8")];
    (kind, include_str!("pages/agent.js")).into_response()
}

fn html(page: String) -> Response {
    let headers = [
        (CONTENT_TYPE, "text/html; charset=utf-8"),
        (CONTENT_SECURITY_POLICY, POLICY),
    ];
    (headers, page).into_response()
}

/// A shop's page. In a shop, the session says who is logged in; here the address does.
async fn customer(
    State(pages): State<Pages>,
    Query(wishes): Query<BTreeMap<String, String>>,
) -> Response {
    let language = match wishes.get("language").map(String::as_str) {
        Some("fi") => "fi",
        Some("sv") => "sv",
        _ => "en",
    };
    let user = wishes.get("user").map(String::as_str);
    let user = user.filter(|user| ["1042", "2077"].contains(user));
    let until = SystemClock.now() + TimeDelta::hours(1);
    let signed = user.map(|user| Identity::sign(&pages.identity_secret, user, until));
    let identity = match signed {
        Some(Ok(identity)) => format!(" data-identity=\"{identity}\""),
        _ => String::new(),
    };
    let who = match user {
        Some(user) => format!("The shop says that you are its customer {user}."),
        None => "The shop does not know who you are.".to_owned(),
    };
    let page = include_str!("pages/customer.html");
    let page = page.replace("{language}", language);
    html(page.replace("{identity}", &identity).replace("{who}", &who))
}

#[derive(Deserialize)]
struct Key {
    key: Option<String>,
}

/// The key moves from the address into a cookie, so that it does not stay in the address bar.
async fn agent_page(
    State(pages): State<Pages>,
    Query(shown): Query<Key>,
    headers: HeaderMap,
) -> Response {
    if let Some(key) = shown.key.filter(|key| pages.agent.is(key)) {
        let cookie = format!("{COOKIE_NAME}={key}; HttpOnly; SameSite=Strict; Path=/");
        let headers = [(LOCATION, "/agent".to_owned()), (SET_COOKIE, cookie)];
        return (StatusCode::SEE_OTHER, headers).into_response();
    }
    if !pages.agent.knows(&headers) {
        let why = "Open the address that the program printed: it holds the agent's key.";
        return (StatusCode::UNAUTHORIZED, why).into_response();
    }
    html(include_str!("pages/agent.html").to_owned())
}
