//! Requests to the Graph API (`https://graph.facebook.com/{version}`,
//! <https://developers.facebook.com/docs/graph-api>, checked 2026-11-21, not verified against the live
//! network).

use std::fmt;
use std::sync::Arc;

use aspa_channel::Error;
use aspa_http::{Bucket, HttpClient, HttpError, HttpErrorKind, Purpose};
use aspa_types::Secret;
use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use form_urlencoded::Serializer;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, USER_AGENT};
use http::{HeaderValue, Method, Request, Response};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::channel::PageChannel;
use crate::config::{ConfigError, PageConfig};
use crate::refusal::{Asked, content, date, silence};
use crate::signature::appsecret_proof;

const HOST: &str = "https://graph.facebook.com";
const VERSION: &str = "v25.0";

/// Makes the channels of a Meta app's Pages. Cheap to clone.
///
/// Put a [`Throttling`](aspa_http::layer::Throttling) that [reads](aspa_http::layer::Throttling::reading) with
/// [`signals`](crate::signals) in front of the client, with the buckets `send`, `private_replies` and
/// `conversations`: Meta tells its limits in percent, and some refusals only in the body.
#[derive(Clone)]
pub struct Graph {
    http: Arc<dyn HttpClient>,
    host: String,
    version: String,
    app_secret: Option<Secret>,
    user_agent: String,
}

/// `Debug` shows no secret.
impl fmt::Debug for Graph {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Graph")
            .field("host", &self.host)
            .field("version", &self.version)
            .finish_non_exhaustive()
    }
}

impl Graph {
    /// Asks `https://graph.facebook.com`, version 25.0, through this client.
    #[must_use]
    pub fn new(http: Arc<dyn HttpClient>) -> Self {
        Self {
            http,
            host: HOST.to_owned(),
            version: VERSION.to_owned(),
            app_secret: None,
            user_agent: concat!("aspa/", env!("CARGO_PKG_VERSION")).to_owned(),
        }
    }

    /// Another host: a fake one, or a proxy that is trusted with the tokens.
    #[must_use]
    pub fn host(mut self, host: impl Into<String>) -> Self {
        self.host = host.into();
        self
    }

    /// Another version: `v26.0`.
    #[must_use]
    pub fn version(mut self, version: impl Into<String>) -> Self {
        self.version = version.into();
        self
    }

    /// The app secret, with which each request proves that the token was not stolen (`appsecret_proof`).
    /// Needed where the app's settings require it.
    #[must_use]
    pub fn app_secret(mut self, secret: Secret) -> Self {
        self.app_secret = Some(secret);
        self
    }

    /// How requests name the program that sends them.
    #[must_use]
    pub fn user_agent(mut self, text: impl Into<String>) -> Self {
        self.user_agent = text.into();
        self
    }

    /// The channel of one Page.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] names the field at fault.
    pub fn page(&self, config: PageConfig) -> Result<PageChannel, ConfigError> {
        config.check()?;
        let word = |b: u8| b.is_ascii_alphanumeric() || b == b'.';
        if self.version.is_empty() || !self.version.bytes().all(word) {
            return Err(ConfigError::Version);
        }
        let host = self.host.trim_end_matches('/');
        let local = ["http://127.0.0.1", "http://localhost", "http://[::1]"];
        let plain = local.iter().any(|local| {
            let rest = host.strip_prefix(local);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(':'))
        });
        if !(plain || host.starts_with("https://")) || host.contains(['?', '#', '@', ' ']) {
            return Err(ConfigError::Host);
        }
        let authorization = format!("Bearer {}", config.token.expose());
        let mut authorization =
            HeaderValue::from_str(&authorization).map_err(|_| ConfigError::Token)?;
        authorization.set_sensitive(true);
        let user_agent = HeaderValue::from_str(&self.user_agent);
        let api = Api {
            http: Arc::clone(&self.http),
            base: format!("{host}/{}", self.version),
            authorization,
            user_agent: user_agent.map_err(|_| ConfigError::UserAgent)?,
            proof: self
                .app_secret
                .as_ref()
                .map(|secret| appsecret_proof(secret, &config.token)),
        };
        Ok(PageChannel::new(config, api))
    }
}

/// The Graph API as one Page.
pub(crate) struct Api {
    http: Arc<dyn HttpClient>,
    base: String,
    authorization: HeaderValue,
    user_agent: HeaderValue,
    proof: Option<String>,
}

/// `Debug` shows nothing of a token.
impl fmt::Debug for Api {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Api").finish_non_exhaustive()
    }
}

/// A path, its query, and which limit it counts into.
#[derive(Debug, Clone)]
pub(crate) struct Ask {
    path: String,
    query: Vec<(&'static str, String)>,
    bucket: Option<&'static str>,
}

impl Ask {
    /// A path without a slash in front, made of ids that were [looked at](is_id).
    pub(crate) fn new(path: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            query: Vec::new(),
            bucket: None,
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

    pub(crate) fn after(mut self, cursor: Option<&str>) -> Self {
        self.query
            .extend(cursor.map(|cursor| ("after", cursor.to_owned())));
        self
    }

    pub(crate) fn bucket(mut self, name: &'static str) -> Self {
        self.bucket = Some(name);
        self
    }
}

/// Whether a text can be an id in a path: ids of Pages, posts and comments are digits with `_` between, those
/// of messages and threads begin with `m_`, `t_` or `mid.` and hold letters, digits and `_-.:$=`.
pub(crate) fn is_id(id: &str) -> bool {
    let fits = |b: u8| b.is_ascii_alphanumeric() || b"_-.:$=".contains(&b);
    !id.is_empty() && id.len() <= 512 && !id.contains("..") && id.bytes().all(fits)
}

impl Api {
    /// Reads.
    pub(crate) async fn get<T: DeserializeOwned>(
        &self,
        operation: &'static str,
        ask: Ask,
    ) -> Result<T, Error> {
        let answer = self.send(operation, Method::GET, ask, None).await?;
        content(operation, Asked::Reading, &answer)
    }

    /// The same, with the whole answer.
    pub(crate) async fn answer(
        &self,
        operation: &'static str,
        ask: Ask,
    ) -> Result<Response<Bytes>, Error> {
        self.send(operation, Method::GET, ask, None).await
    }

    /// Does something.
    pub(crate) async fn post<T: DeserializeOwned>(
        &self,
        operation: &'static str,
        ask: Ask,
        body: &Value,
    ) -> Result<T, Error> {
        let dated = self.post_dated(operation, ask, body).await?;
        Ok(dated.0)
    }

    /// Does something, and tells when, by Meta's clock, which tells whole seconds: no earlier than it was, as
    /// an answer comes after what it answers.
    pub(crate) async fn post_dated<T: DeserializeOwned>(
        &self,
        operation: &'static str,
        ask: Ask,
        body: &Value,
    ) -> Result<(T, Option<DateTime<Utc>>), Error> {
        let answer = self.send(operation, Method::POST, ask, Some(body)).await?;
        let done = content(operation, Asked::Writing, &answer)?;
        let at = date(answer.headers()).map(|at| at + TimeDelta::milliseconds(999));
        Ok((done, at))
    }

    /// Takes something away.
    pub(crate) async fn delete<T: DeserializeOwned>(
        &self,
        operation: &'static str,
        ask: Ask,
    ) -> Result<T, Error> {
        let answer = self.send(operation, Method::DELETE, ask, None).await?;
        content(operation, Asked::Writing, &answer)
    }

    fn uri(&self, ask: &Ask) -> String {
        let mut query = Serializer::new(String::new());
        query.extend_pairs(&ask.query);
        if let Some(proof) = &self.proof {
            query.append_pair("appsecret_proof", proof);
        }
        let query = query.finish();
        match query.is_empty() {
            true => format!("{}/{}", self.base, ask.path),
            false => format!("{}/{}?{query}", self.base, ask.path),
        }
    }

    async fn send(
        &self,
        operation: &'static str,
        method: Method,
        ask: Ask,
        body: Option<&Value>,
    ) -> Result<Response<Bytes>, Error> {
        let asked = match method {
            Method::GET => Asked::Reading,
            _ => Asked::Writing,
        };
        let uri = self.uri(&ask);
        let mut request = Request::builder()
            .method(method)
            .uri(uri)
            .header(AUTHORIZATION, &self.authorization)
            .header(USER_AGENT, &self.user_agent)
            .header(ACCEPT, "application/json");
        if body.is_some() {
            request = request.header(CONTENT_TYPE, "application/json");
        }
        let purpose = match asked {
            Asked::Reading => Purpose::Read,
            Asked::Writing => Purpose::Effect,
        };
        request = request.extension(purpose);
        if let Some(bucket) = ask.bucket {
            request = request.extension(Bucket(bucket.to_owned()));
        }
        let body = body.map(|body| Bytes::from(body.to_string()));
        let invalid = |_| HttpError::new(HttpErrorKind::Invalid);
        let request = request.body(body.unwrap_or_default()).map_err(invalid);
        let sent = match request {
            Ok(request) => self.http.send(request).await,
            Err(error) => Err(error),
        };
        sent.map_err(|error| silence(operation, asked, error))
    }
}
