//! Tokens that are renewed (OAuth 2 with PKCE; docs.x.com, "OAuth 2.0", read 2026-11-22): an access token
//! holds for two hours, and each refresh token can be used once.

use std::fmt;
use std::sync::{Arc, Mutex};

use aspa_http::layer::Credentials;
use aspa_http::{HttpClient, HttpError, HttpErrorKind, Purpose};
use aspa_types::Secret;
use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderValue, Method, Request, Uri};
use percent_encoding::utf8_percent_encode;
use serde::Deserialize;
use serde_json::Value;

use crate::api::ENCODED;
use crate::config::bearer;
use crate::json;

/// The two tokens of an account.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Tokens {
    /// What requests carry.
    pub access: Secret,
    /// What brings the next two, once.
    pub refresh: Secret,
}

impl Tokens {
    /// As they were given when the account was connected, with the scope `offline.access`.
    #[must_use]
    pub fn new(access: Secret, refresh: Secret) -> Self {
        Self { access, refresh }
    }
}

/// Where the tokens of an account are kept. The library encrypts nothing here: whoever implements it does.
#[async_trait]
pub trait TokenStore: fmt::Debug + Send + Sync + 'static {
    /// The tokens as they are now, maybe renewed by another process.
    ///
    /// # Errors
    ///
    /// Where they cannot be read. Its text must hold no token.
    async fn load(&self) -> Result<Tokens, Box<dyn std::error::Error + Send + Sync>>;

    /// Keeps new tokens in the place of the old ones, durably: when this returns, the old refresh token
    /// is worth nothing.
    ///
    /// # Errors
    ///
    /// Where they cannot be kept. They are not used until they are. Its text must hold no token.
    async fn save(&self, tokens: &Tokens) -> Result<(), Box<dyn std::error::Error + Send + Sync>>;
}

/// The app that an account is connected with.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct OAuth2App {
    /// The app's client id.
    pub client_id: String,
    /// The client secret of a confidential app; a public one has none.
    #[serde(default)]
    pub client_secret: Option<Secret>,
}

impl OAuth2App {
    /// A public app.
    #[must_use]
    pub fn new(client_id: impl Into<String>) -> Self {
        Self {
            client_id: client_id.into(),
            client_secret: None,
        }
    }

    /// A confidential app.
    #[must_use]
    pub fn with_secret(mut self, client_secret: Secret) -> Self {
        self.client_secret = Some(client_secret);
        self
    }
}

/// Tokens that renew themselves.
pub(crate) struct Renewing {
    store: Arc<dyn TokenStore>,
    app: OAuth2App,
    http: Arc<dyn HttpClient>,
    endpoint: Uri,
    /// Renewed and not kept yet: the store failed, and what it holds is worth nothing any more.
    unsaved: Mutex<Option<Tokens>>,
}

impl fmt::Debug for Renewing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Renewing").finish_non_exhaustive()
    }
}

fn none() -> HttpError {
    HttpError::new(HttpErrorKind::Invalid)
}

impl Renewing {
    /// Asks `endpoint` for new tokens.
    pub(crate) fn new(
        store: Arc<dyn TokenStore>,
        app: OAuth2App,
        http: Arc<dyn HttpClient>,
        endpoint: Uri,
    ) -> Self {
        Self {
            store,
            app,
            http,
            endpoint,
            unsaved: Mutex::default(),
        }
    }

    fn unsaved(&self) -> std::sync::MutexGuard<'_, Option<Tokens>> {
        self.unsaved
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Keeps what is not kept yet. Nothing is used before it is.
    async fn keep(&self) -> Result<(), HttpError> {
        let unsaved = self.unsaved().clone();
        if let Some(tokens) = unsaved {
            let kept = self.store.save(&tokens).await;
            kept.map_err(|error| none().with_source(error))?;
            *self.unsaved() = None;
        }
        Ok(())
    }

    async fn load(&self) -> Result<Tokens, HttpError> {
        let tokens = self.store.load().await;
        tokens.map_err(|error| none().with_source(error))
    }

    /// `POST /2/oauth2/token` with `grant_type=refresh_token`.
    async fn refresh(&self, refresh: &Secret) -> Result<Tokens, HttpError> {
        let encode = |text: &str| utf8_percent_encode(text, ENCODED).to_string();
        let form = format!(
            "grant_type=refresh_token&refresh_token={}&client_id={}",
            encode(refresh.expose()),
            encode(&self.app.client_id)
        );
        let mut request = Request::new(Bytes::from(form));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = self.endpoint.clone();
        // A refresh token can be used once, so this is never sent again.
        request.extensions_mut().insert(Purpose::Effect);
        let headers = request.headers_mut();
        let form = HeaderValue::from_static("application/x-www-form-urlencoded");
        headers.insert(CONTENT_TYPE, form);
        if let Some(secret) = &self.app.client_secret {
            let both = format!(
                "{}:{}",
                encode(&self.app.client_id),
                encode(secret.expose())
            );
            let value = format!("Basic {}", STANDARD.encode(both));
            let mut value = HeaderValue::try_from(value).map_err(|_| none())?;
            value.set_sensitive(true);
            headers.insert(AUTHORIZATION, value);
        }
        let answer = self.http.send(request).await?;
        if !answer.status().is_success() {
            return Err(none().with_status(answer.status()));
        }
        let body: Value = serde_json::from_slice(answer.body()).map_err(|_| none())?;
        let access = json::text(&body, "access_token").ok_or_else(none)?;
        // One that is not told stays the same (RFC 6749 section 6).
        let refresh = json::text(&body, "refresh_token").unwrap_or(refresh.expose());
        Ok(Tokens::new(Secret::new(access), Secret::new(refresh)))
    }
}

#[async_trait]
impl Credentials for Renewing {
    async fn current(&self) -> Result<HeaderValue, HttpError> {
        self.keep().await?;
        bearer(&self.load().await?.access).map_err(|_| none())
    }

    async fn renew(&self, refused: &HeaderValue) -> Result<HeaderValue, HttpError> {
        let known = self.load().await?;
        let header = bearer(&known.access).map_err(|_| none())?;
        if header != *refused {
            // Another process was first.
            return Ok(header);
        }
        match self.refresh(&known.refresh).await {
            Ok(tokens) => {
                let header = bearer(&tokens.access).map_err(|_| none())?;
                *self.unsaved() = Some(tokens);
                self.keep().await?;
                Ok(header)
            }
            Err(error) => {
                // The token was used up: maybe by another process, just now.
                let header = bearer(&self.load().await?.access).map_err(|_| none())?;
                match header == *refused {
                    true => Err(error),
                    false => Ok(header),
                }
            }
        }
    }
}
