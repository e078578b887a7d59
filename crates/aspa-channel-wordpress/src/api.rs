//! Requests to the REST API (`wp/v2`, <https://developer.wordpress.org/rest-api/reference/comments/>,
//! checked 2026-11-22 on WordPress 6.1.9).

use std::fmt;
use std::sync::Arc;

use aspa_channel::{Error, ErrorKind};
use aspa_http::layer::{BodyLimit, Layered, Throttling, UserAgent};
use aspa_http::{HttpClient, Purpose, Throttle, ThrottleState};
use bytes::Bytes;
use chrono::{DateTime, Utc};
use form_urlencoded::Serializer;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderValue, Method, Request};
use serde_json::Value;

use crate::answer::{Answer, settled, signals};

/// What tells the time.
pub(crate) type Clock = Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>;

/// The longest answer that is read, in bytes: a hundred comments of 64 KiB, which stand in it twice.
const LONGEST_ANSWER: usize = 16 << 20;

/// The fields of a comment that are read always.
const FIELDS: &str = "id,post,parent,author,author_name,author_email,date_gmt,content,link,status,\
                      type,meta,_links.up,_embedded";

/// One site's API, as one user.
pub(crate) struct Api {
    http: Layered,
    throttle: Throttle,
    clock: Clock,
    rest: String,
    authorization: HeaderValue,
}

/// `Debug` shows neither address nor password.
impl fmt::Debug for Api {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Api").finish_non_exhaustive()
    }
}

/// A path and its query.
#[derive(Debug, Clone)]
pub(crate) struct Ask {
    path: String,
    query: Vec<(&'static str, String)>,
}

impl Ask {
    pub(crate) fn new(path: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            query: Vec::new(),
        }
    }

    #[expect(
        clippy::needless_pass_by_value,
        reason = "numbers and texts, written in place"
    )]
    pub(crate) fn with(mut self, name: &'static str, value: impl ToString) -> Self {
        self.query.push((name, value.to_string()));
        self
    }

    /// One comment, or all of them, as an editor sees them. A visitor is refused this with 401, so that
    /// a wrong password cannot pass for an empty list.
    pub(crate) fn comments(id: Option<u64>, more_fields: &str) -> Self {
        let path = id.map_or("wp/v2/comments".to_owned(), |id| {
            format!("wp/v2/comments/{id}")
        });
        Self::new(path)
            .with("context", "edit")
            .with("_embed", "up")
            .with("_fields", format!("{FIELDS}{more_fields}"))
    }
}

impl Api {
    pub(crate) fn new(
        http: Arc<dyn HttpClient>,
        clock: Clock,
        rest: String,
        authorization: HeaderValue,
        user_agent: UserAgent,
    ) -> Self {
        let throttle = Throttle::default();
        let time = Arc::clone(&clock);
        let throttling = Throttling::new(throttle.clone(), move || time()).reading(signals);
        Self {
            http: Layered::new(http)
                .with(user_agent)
                .with(throttling)
                .with(BodyLimit::new(LONGEST_ANSWER)),
            throttle,
            clock,
            rest,
            authorization,
        }
    }

    /// What has to outlive a restart.
    pub(crate) fn snapshot(&self) -> Option<String> {
        let state = self.throttle.snapshot();
        let text = serde_json::to_string(&state).ok();
        text.filter(|_| !state.is_empty())
    }

    pub(crate) fn restore(&self, snapshot: &str) {
        if let Ok(kept) = serde_json::from_str::<ThrottleState>(snapshot) {
            self.throttle.restore(kept, (self.clock)());
        }
    }

    /// Reads something. Nothing lands, whatever fails.
    pub(crate) async fn get(&self, operation: &'static str, ask: Ask) -> Result<Answer, Error> {
        self.send(operation, Method::GET, ask, None).await
    }

    pub(crate) async fn post(
        &self,
        operation: &'static str,
        ask: Ask,
        body: &Value,
    ) -> Result<Answer, Error> {
        self.send(operation, Method::POST, ask, Some(body)).await
    }

    pub(crate) async fn delete(&self, operation: &'static str, ask: Ask) -> Result<Answer, Error> {
        self.send(operation, Method::DELETE, ask, None).await
    }

    async fn send(
        &self,
        operation: &'static str,
        method: Method,
        ask: Ask,
        body: Option<&Value>,
    ) -> Result<Answer, Error> {
        let query = Serializer::new(String::new())
            .extend_pairs(ask.query)
            .finish();
        // Where the address has a query already, the path is part of it.
        let joint = if self.rest.contains('?') { '&' } else { '?' };
        let uri = format!("{}{}{joint}{query}", self.rest, ask.path);
        let mut request = Request::builder()
            .method(method)
            .uri(uri.trim_end_matches(['?', '&']))
            .header(AUTHORIZATION, &self.authorization)
            .header(ACCEPT, "application/json");
        if body.is_some() {
            request = request.header(CONTENT_TYPE, "application/json");
        }
        let body = body.map(|body| Bytes::from(body.to_string()));
        let request = request.body(body.unwrap_or_default());
        let request = request.map_err(|_| Error::new(ErrorKind::Invalid, operation))?;
        let purpose = Purpose::of(&request);
        match self.http.send(request).await {
            Ok(response) => Ok(Answer::new(operation, purpose, (self.clock)(), response)),
            Err(error) => Err(settled(purpose, Error::unanswered(operation, error))),
        }
    }
}
