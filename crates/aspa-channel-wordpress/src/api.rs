//! Requests to the REST API (`wp/v2`, <https://developer.wordpress.org/rest-api/reference/comments/>,
//! checked 2026-11-22 on WordPress 6.1.9).

use std::fmt;
use std::sync::Arc;

use aspa_http::{HttpClient, HttpError};
use bytes::Bytes;
use form_urlencoded::Serializer;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, USER_AGENT};
use http::{HeaderValue, Method, Request, Response};
use serde_json::Value;

/// The fields of a comment that are read always.
const FIELDS: &str = "id,post,parent,author,author_name,author_email,date_gmt,content,link,status,\
                      type,meta,_links.up,_embedded";

/// One site's API, as one user.
pub(crate) struct Api {
    http: Arc<dyn HttpClient>,
    rest: String,
    authorization: HeaderValue,
    user_agent: HeaderValue,
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
        rest: String,
        authorization: HeaderValue,
        user_agent: HeaderValue,
    ) -> Self {
        Self {
            http,
            rest,
            authorization,
            user_agent,
        }
    }

    pub(crate) async fn get(&self, ask: Ask) -> Result<Response<Bytes>, HttpError> {
        self.send(Method::GET, ask, None).await
    }

    pub(crate) async fn post(&self, ask: Ask, body: &Value) -> Result<Response<Bytes>, HttpError> {
        self.send(Method::POST, ask, Some(body)).await
    }

    pub(crate) async fn delete(&self, ask: Ask) -> Result<Response<Bytes>, HttpError> {
        self.send(Method::DELETE, ask, None).await
    }

    async fn send(
        &self,
        method: Method,
        ask: Ask,
        body: Option<&Value>,
    ) -> Result<Response<Bytes>, HttpError> {
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
            .header(USER_AGENT, &self.user_agent)
            .header(ACCEPT, "application/json");
        if body.is_some() {
            request = request.header(CONTENT_TYPE, "application/json");
        }
        let body = body.map(|body| Bytes::from(body.to_string()));
        let request = request.body(body.unwrap_or_default());
        let invalid = |_| HttpError::new(aspa_http::HttpErrorKind::Invalid);
        self.http.send(request.map_err(invalid)?).await
    }
}
