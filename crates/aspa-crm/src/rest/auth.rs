use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aspa_http::layer::Credentials;
use aspa_http::{HttpClient, HttpError, HttpErrorKind, retry_after};
use aspa_types::Secret;
use async_trait::async_trait;
use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::header::{AUTHORIZATION, CONTENT_TYPE, DATE};
use http::{HeaderMap, HeaderValue, Request, StatusCode};
use serde_json::{Value, json};

use super::escaped;
use super::meaning::WAIT;

fn unusable() -> HttpError {
    HttpError::new(HttpErrorKind::Invalid)
}

/// Who gives out tokens takes no more for now: what the server says, at most an hour, else half a minute.
fn throttled(headers: &HeaderMap) -> HttpError {
    let date = headers.get(DATE).and_then(|date| date.to_str().ok());
    let date = date.and_then(|date| DateTime::parse_from_rfc2822(date).ok());
    let wait = retry_after(headers, date.unwrap_or_default().to_utc());
    let wait = wait.unwrap_or(WAIT).min(Duration::from_secs(3600));
    HttpError::new(HttpErrorKind::Throttled).with_retry_after(wait)
}

fn bearer(token: &str) -> Result<HeaderValue, HttpError> {
    HeaderValue::from_str(&format!("Bearer {token}")).map_err(|_| unusable())
}

fn basic(user: &str, password: &str) -> Result<HeaderValue, HttpError> {
    let both = BASE64_STANDARD.encode(format!("{user}:{password}"));
    HeaderValue::from_str(&format!("Basic {both}")).map_err(|_| unusable())
}

/// Credentials that do not change by themselves: a token, or a user and a password.
pub struct Fixed(HeaderValue);

impl fmt::Debug for Fixed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Fixed")
    }
}

impl Fixed {
    /// `Bearer` and a token.
    ///
    /// # Errors
    ///
    /// Where the token cannot stand in a header.
    pub fn bearer(token: &Secret) -> Result<Self, HttpError> {
        bearer(token.expose()).map(Self)
    }

    /// A user and a password (RFC 7617).
    ///
    /// # Errors
    ///
    /// Where they cannot stand in a header.
    pub fn basic(user: &str, password: &Secret) -> Result<Self, HttpError> {
        basic(user, password.expose()).map(Self)
    }
}

#[async_trait]
impl Credentials for Fixed {
    async fn current(&self) -> Result<HeaderValue, HttpError> {
        Ok(self.0.clone())
    }

    async fn renew(&self, _refused: &HeaderValue) -> Result<HeaderValue, HttpError> {
        Err(unusable())
    }
}

/// Asks an address for a token, and keeps it until it is refused.
struct Tokens {
    client: Arc<dyn HttpClient>,
    address: String,
    token: Mutex<Option<HeaderValue>>,
}

impl Tokens {
    fn new(client: Arc<dyn HttpClient>, address: String) -> Self {
        let token = Mutex::new(None);
        Self {
            client,
            address,
            token,
        }
    }

    fn kept(&self) -> Option<HeaderValue> {
        let kept = self.token.lock().unwrap_or_else(PoisonError::into_inner);
        kept.clone()
    }

    /// Asks for one, by a form (RFC 6749 section 4.4.2).
    async fn ask(
        &self,
        form: &[(&str, &str)],
        authorization: Option<HeaderValue>,
    ) -> Result<HeaderValue, HttpError> {
        let fields = form.iter();
        let fields = fields.map(|(name, value)| format!("{}={}", escaped(name), escaped(value)));
        let body = fields.collect::<Vec<_>>().join("&");
        let mut request = Request::post(self.address.as_str())
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        if let Some(mut value) = authorization {
            value.set_sensitive(true);
            request = request.header(AUTHORIZATION, value);
        }
        let token = |answer: &Value| {
            let token = answer.get("access_token")?.as_str()?;
            bearer(token).ok()
        };
        self.exchange(request.body(Bytes::from(body)), token).await
    }

    /// Sends a request for one, and keeps what is read out of the answer.
    async fn exchange(
        &self,
        request: http::Result<Request<Bytes>>,
        read: impl FnOnce(&Value) -> Option<HeaderValue>,
    ) -> Result<HeaderValue, HttpError> {
        let request = request.map_err(|_| unusable())?;
        // A request for a token changes no customer: what asked for it was not sent.
        let answer = self.client.send(request).await.map_err(HttpError::unsent)?;
        let status = answer.status();
        let refused = || unusable().with_status(status);
        if status == StatusCode::TOO_MANY_REQUESTS {
            return Err(throttled(answer.headers()).with_status(status));
        }
        let answer: Value = match status.is_success() {
            true => serde_json::from_slice(answer.body()).map_err(|_| refused())?,
            false => return Err(refused()),
        };
        let token = read(&answer).ok_or_else(refused)?;
        *self.token.lock().unwrap_or_else(PoisonError::into_inner) = Some(token.clone());
        Ok(token)
    }
}

type Header = dyn Fn(&Value) -> Option<String> + Send + Sync;

/// A session that is opened by a user and a password, in a system's own words.
pub struct Session {
    tokens: Tokens,
    login: Value,
    header: Box<Header>,
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Session")
    }
}

impl Session {
    /// Posts `login` as JSON to this address; `header` makes the `authorization` header of the answer.
    #[must_use]
    pub fn new(
        client: Arc<dyn HttpClient>,
        address: impl Into<String>,
        login: Value,
        header: impl Fn(&Value) -> Option<String> + Send + Sync + 'static,
    ) -> Self {
        Self {
            tokens: Tokens::new(client, address.into()),
            login,
            header: Box::new(header),
        }
    }
}

#[async_trait]
impl Credentials for Session {
    async fn current(&self) -> Result<HeaderValue, HttpError> {
        match self.tokens.kept() {
            Some(header) => Ok(header),
            None => self.renew(&HeaderValue::from_static("")).await,
        }
    }

    async fn renew(&self, _refused: &HeaderValue) -> Result<HeaderValue, HttpError> {
        let request = Request::post(self.tokens.address.as_str())
            .header(CONTENT_TYPE, "application/json")
            .body(Bytes::from(self.login.to_string()));
        let read = |answer: &Value| HeaderValue::try_from((self.header)(answer)?).ok();
        self.tokens.exchange(request, read).await
    }
}

/// OAuth 2.0 client credentials (RFC 6749 section 4.4): an id and a secret of the program itself.
pub struct ClientCredentials {
    tokens: Tokens,
    id: String,
    secret: Secret,
    scope: Option<String>,
    in_form: bool,
}

impl fmt::Debug for ClientCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClientCredentials")
    }
}

impl ClientCredentials {
    /// Asks this address for tokens, with the id and secret in the `authorization` header.
    #[must_use]
    pub fn new(
        client: Arc<dyn HttpClient>,
        address: impl Into<String>,
        id: impl Into<String>,
        secret: Secret,
    ) -> Self {
        Self {
            tokens: Tokens::new(client, address.into()),
            id: id.into(),
            secret,
            scope: None,
            in_form: false,
        }
    }

    /// With a scope.
    #[must_use]
    pub fn with_scope(mut self, scope: impl Into<String>) -> Self {
        self.scope = Some(scope.into());
        self
    }

    /// With the id and the secret in the form, as Microsoft asks for.
    #[must_use]
    pub fn in_form(mut self) -> Self {
        self.in_form = true;
        self
    }
}

#[async_trait]
impl Credentials for ClientCredentials {
    async fn current(&self) -> Result<HeaderValue, HttpError> {
        match self.tokens.kept() {
            Some(token) => Ok(token),
            None => self.renew(&HeaderValue::from_static("")).await,
        }
    }

    async fn renew(&self, _refused: &HeaderValue) -> Result<HeaderValue, HttpError> {
        let mut form = vec![("grant_type", "client_credentials")];
        form.extend(self.scope.as_deref().map(|scope| ("scope", scope)));
        let secret = self.secret.expose();
        if self.in_form {
            form.extend([("client_id", self.id.as_str()), ("client_secret", secret)]);
            return self.tokens.ask(&form, None).await;
        }
        let header = basic(&self.id, secret)?;
        self.tokens.ask(&form, Some(header)).await
    }
}

/// Signs with a private key, RS256 (RFC 7518 section 3.3): of a host, so that this crate needs none of
/// the weight.
pub trait Sign: fmt::Debug + Send + Sync + 'static {
    /// The signature; none where the key cannot be used.
    fn sign(&self, message: &[u8]) -> Option<Vec<u8>>;
}

/// OAuth 2.0 JWT bearer grant (RFC 7523 section 2.1): a signed word of who asks, for whom.
#[derive(Debug)]
pub struct JwtBearer {
    tokens: TokensHidden,
    issuer: String,
    subject: String,
    audience: String,
    key: Box<dyn Sign>,
    now: fn() -> DateTime<Utc>,
}

struct TokensHidden(Tokens);

impl fmt::Debug for TokensHidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

/// How long a signed word holds, in seconds. Salesforce takes 3 minutes (its documents, November 2026).
const HOLDS: i64 = 180;

impl JwtBearer {
    /// Asks this address for tokens, as `issuer` for the user `subject`, of the server `audience`.
    #[must_use]
    pub fn new(
        client: Arc<dyn HttpClient>,
        address: impl Into<String>,
        (issuer, subject, audience): (&str, &str, &str),
        key: impl Sign,
        now: fn() -> DateTime<Utc>,
    ) -> Self {
        Self {
            tokens: TokensHidden(Tokens::new(client, address.into())),
            issuer: issuer.to_owned(),
            subject: subject.to_owned(),
            audience: audience.to_owned(),
            key: Box::new(key),
            now,
        }
    }

    fn assertion(&self) -> Option<String> {
        let expires = (self.now)().timestamp().saturating_add(HOLDS);
        let claims = json!({
            "iss": self.issuer, "sub": self.subject, "aud": self.audience, "exp": expires,
        });
        let encode = |part: &str| BASE64_URL_SAFE_NO_PAD.encode(part);
        let head = encode(r#"{"alg":"RS256","typ":"JWT"}"#);
        let message = format!("{head}.{}", encode(&claims.to_string()));
        let signature = self.key.sign(message.as_bytes())?;
        Some(format!(
            "{message}.{}",
            BASE64_URL_SAFE_NO_PAD.encode(signature)
        ))
    }
}

#[async_trait]
impl Credentials for JwtBearer {
    async fn current(&self) -> Result<HeaderValue, HttpError> {
        match self.tokens.0.kept() {
            Some(token) => Ok(token),
            None => self.renew(&HeaderValue::from_static("")).await,
        }
    }

    async fn renew(&self, _refused: &HeaderValue) -> Result<HeaderValue, HttpError> {
        let assertion = self.assertion().ok_or_else(unusable)?;
        let form = [
            ("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"),
            ("assertion", assertion.as_str()),
        ];
        self.tokens.0.ask(&form, None).await
    }
}
