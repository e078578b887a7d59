use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use http::header::AUTHORIZATION;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use rustls::ClientConfig;
use rustls_platform_verifier::BuilderVerifierExt;
use tokio::time::timeout;

use crate::body::{BodyStream, Chunks, MaxBody, WebSocket};
use crate::client::HttpClient;
use crate::error::{HttpError, HttpErrorKind};
use crate::public::is_public;

/// As good as never, and still an instant that can be computed: ten years.
const NEVER: Duration = Duration::from_secs(10 * 365 * 86_400);

/// [`HttpClient`] over reqwest. The crate's page lists what it does unless told otherwise.
///
/// Cloning is cheap and shares the connections.
#[derive(Debug, Clone)]
pub struct ReqwestClient {
    client: reqwest::Client,
    timeout: Duration,
    pub(crate) idle_timeout: Duration,
    max_body: usize,
    public_only: bool,
}

impl ReqwestClient {
    /// A client with the usual settings.
    ///
    /// # Errors
    ///
    /// As [`ReqwestClientBuilder::build`].
    pub fn new() -> Result<Self, HttpError> {
        Self::builder().build()
    }

    /// A client with settings of one's own.
    #[must_use]
    pub fn builder() -> ReqwestClientBuilder {
        ReqwestClientBuilder {
            user_agent: concat!("aspa/", env!("CARGO_PKG_VERSION")).to_owned(),
            connect_timeout: Duration::from_secs(10),
            timeout: Duration::from_secs(30),
            idle_timeout: Duration::from_secs(60),
            max_body: 10 << 20,
            public_only: false,
            proxy: None,
        }
    }

    fn request(&self, request: http::Request<Bytes>) -> Result<reqwest::Request, HttpError> {
        let mut request = reqwest::Request::try_from(request).map_err(failed)?;
        if !request.url().username().is_empty() || request.url().password().is_some() {
            // The libraries below write addresses into their logs. They take the password as a header.
            let bare = self
                .client
                .request(request.method().clone(), request.url().clone());
            let bare = bare.build().map_err(failed)?;
            *request.url_mut() = bare.url().clone();
            if let Some(basic) = bare.headers().get(AUTHORIZATION) {
                let headers = request.headers_mut();
                headers.entry(AUTHORIZATION).or_insert(basic.clone());
            }
        }
        // Names are judged when they are resolved. An address is not, and stands here as what it is,
        // however it was written (WHATWG URL, section 3.5: `http://2130706433/` is 127.0.0.1).
        let host = request.url().host_str().unwrap_or_default();
        let host = host.trim_start_matches('[').trim_end_matches(']');
        match host.parse() {
            Ok(address) if self.public_only && !is_public(address) => {
                Err(HttpError::new(HttpErrorKind::Invalid).with_source(NotPublic))
            }
            _ => Ok(request),
        }
    }

    /// Sends a request whose answer has no end of its own, and brings its head.
    pub(crate) async fn begin(
        &self,
        request: http::Request<Bytes>,
    ) -> Result<(http::Response<()>, reqwest::Response), HttpError> {
        let mut request = self.request(request)?;
        // The time for the whole answer; the head is timed here.
        *request.timeout_mut() = Some(NEVER);
        let head_came = timeout(self.timeout, self.client.execute(request)).await;
        let mut answer = head_came
            .map_err(|_| HttpError::new(HttpErrorKind::Timeout))?
            .map_err(failed)?;
        Ok((head(&mut answer), answer))
    }

    pub(crate) fn as_it_comes(
        &self,
        head: http::Response<()>,
        answer: reqwest::Response,
    ) -> http::Response<BodyStream> {
        let idle = self.idle_timeout;
        head.map(|()| BodyStream::new(Pieces { answer, idle }))
    }

    #[cfg(not(feature = "websocket"))]
    async fn open_socket(
        &self,
        _: http::Request<Bytes>,
    ) -> Result<http::Response<BodyStream>, HttpError> {
        Err(HttpError::new(HttpErrorKind::Invalid))
    }

    async fn read(&self, mut answer: reqwest::Response, max: usize) -> Result<Bytes, HttpError> {
        let status = answer.status();
        let too_large = || HttpError::new(HttpErrorKind::TooLarge).with_status(status);
        if answer.content_length().is_some_and(|n| n > max as u64) {
            return Err(too_large());
        }
        let mut body = BytesMut::new();
        while let Some(chunk) = answer
            .chunk()
            .await
            .map_err(|error| failed(error).with_status(status))?
        {
            if chunk.len() > max - body.len() {
                return Err(too_large());
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body.freeze())
    }
}

#[async_trait]
impl HttpClient for ReqwestClient {
    async fn send(
        &self,
        request: http::Request<Bytes>,
    ) -> Result<http::Response<Bytes>, HttpError> {
        let own = request.extensions().get().map(|MaxBody(max)| *max);
        let max = own.map_or(self.max_body, |own| own.min(self.max_body));
        let request = self.request(request)?;
        let mut answer = self.client.execute(request).await.map_err(failed)?;
        let head = head(&mut answer);
        let body = self.read(answer, max).await?;
        Ok(head.map(|()| body))
    }

    async fn open(
        &self,
        request: http::Request<Bytes>,
    ) -> Result<http::Response<BodyStream>, HttpError> {
        if request.extensions().get::<WebSocket>().is_some() {
            return self.open_socket(request).await;
        }
        let (head, answer) = self.begin(request).await?;
        Ok(self.as_it_comes(head, answer))
    }
}

/// The body of an answer as it comes.
struct Pieces {
    answer: reqwest::Response,
    idle: Duration,
}

#[async_trait]
impl Chunks for Pieces {
    async fn chunk(&mut self) -> Result<Option<Bytes>, HttpError> {
        let status = self.answer.status();
        let came = timeout(self.idle, self.answer.chunk()).await;
        came.map_err(|_| HttpError::new(HttpErrorKind::Timeout))
            .and_then(|came| came.map_err(failed))
            .map_err(|error| error.with_status(status))
    }
}

fn head(answer: &mut reqwest::Response) -> http::Response<()> {
    let mut head = http::Response::new(());
    *head.status_mut() = answer.status();
    *head.version_mut() = answer.version();
    *head.headers_mut() = std::mem::take(answer.headers_mut());
    head
}

/// The address is of this machine, its network or another that is not the open internet.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("the address is not public")]
struct NotPublic;

/// Resolves names by the operating system, and keeps the public ones of their addresses: those that are
/// connected to, so that a name cannot lead elsewhere in between.
#[derive(Debug, Clone, Copy)]
struct PublicNames;

impl Resolve for PublicNames {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let public: Vec<_> = found.filter(|found| is_public(found.ip())).collect();
            match public.is_empty() {
                true => Err(NotPublic.into()),
                false => Ok(Box::new(public.into_iter()) as Addrs),
            }
        })
    }
}

fn failed(error: reqwest::Error) -> HttpError {
    let kind = if error.is_builder() {
        HttpErrorKind::Invalid
    } else if error.is_connect() {
        HttpErrorKind::Connect
    } else if error.is_timeout() {
        HttpErrorKind::Timeout
    } else {
        HttpErrorKind::Cut
    };
    HttpError::new(kind).with_source(error.without_url())
}

/// The settings of a [`ReqwestClient`].
#[derive(Clone)]
pub struct ReqwestClientBuilder {
    user_agent: String,
    connect_timeout: Duration,
    timeout: Duration,
    idle_timeout: Duration,
    max_body: usize,
    public_only: bool,
    proxy: Option<String>,
}

impl std::fmt::Debug for ReqwestClientBuilder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ReqwestClientBuilder")
            .field("user_agent", &self.user_agent)
            .field("connect_timeout", &self.connect_timeout)
            .field("timeout", &self.timeout)
            .field("idle_timeout", &self.idle_timeout)
            .field("max_body", &self.max_body)
            .field("public_only", &self.public_only)
            .finish_non_exhaustive()
    }
}

impl ReqwestClientBuilder {
    /// What to call ourselves where a request does not say: `shop/1.4 (+https://shop.example)`.
    #[must_use]
    pub fn user_agent(mut self, text: impl Into<String>) -> Self {
        self.user_agent = text.into();
        self
    }

    /// How long resolving, connecting and the TLS handshake may take together. A failure within this
    /// time is known to have sent nothing, so keep it below [`timeout`](Self::timeout).
    #[must_use]
    pub fn connect_timeout(mut self, time: Duration) -> Self {
        self.connect_timeout = time;
        self
    }

    /// How long a request may take until the whole answer is there; of one that is
    /// [opened](HttpClient::open), its head.
    #[must_use]
    pub fn timeout(mut self, time: Duration) -> Self {
        self.timeout = time;
        self
    }

    /// How long a server may be silent within the body of an answer that was
    /// [opened](HttpClient::open). Networks that stream send something every 15 to 20 seconds.
    #[must_use]
    pub fn idle_timeout(mut self, time: Duration) -> Self {
        self.idle_timeout = time;
        self
    }

    /// The largest body of a whole answer, in bytes. What is opened has no limit here: whoever reads it
    /// has one.
    #[must_use]
    pub fn max_body(mut self, bytes: usize) -> Self {
        self.max_body = bytes;
        self
    }

    /// Connects to [public addresses](is_public) alone: for links and media whose addresses somebody else
    /// chose. What leads elsewhere is `Invalid` or `Connect`, and nothing is sent. A redirect is an answer
    /// here as everywhere, so each step is judged anew.
    #[must_use]
    pub fn public_only(mut self) -> Self {
        self.public_only = true;
        self
    }

    /// The proxy that every request goes through: `http://proxy.example:3128`.
    #[must_use]
    pub fn proxy(mut self, url: impl Into<String>) -> Self {
        self.proxy = Some(url.into());
        self
    }

    /// Makes the client.
    ///
    /// # Errors
    ///
    /// `Invalid` when the user agent is no header value or empty, the proxy is no URL or would resolve
    /// names that are to be [public](Self::public_only), or the operating system has no certificates to
    /// trust.
    pub fn build(self) -> Result<ReqwestClient, HttpError> {
        let resolves_elsewhere = self.public_only && self.proxy.is_some();
        if resolves_elsewhere || self.user_agent.trim().is_empty() {
            return Err(HttpError::new(HttpErrorKind::Invalid));
        }
        let mut builder = reqwest::Client::builder()
            .tls_backend_preconfigured(
                tls().map_err(|error| HttpError::new(HttpErrorKind::Invalid).with_source(error))?,
            )
            .user_agent(self.user_agent)
            .connect_timeout(self.connect_timeout)
            .timeout(self.timeout)
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            // Another crate of the host may turn these features of reqwest on, for everybody.
            .no_gzip()
            .no_brotli()
            .no_deflate()
            .no_zstd()
            .no_proxy();
        if self.public_only {
            builder = builder.dns_resolver(Arc::new(PublicNames));
        }
        if let Some(proxy) = self.proxy {
            builder = builder.proxy(reqwest::Proxy::all(proxy).map_err(failed)?);
        }
        let client = builder.build().map_err(failed)?;
        Ok(ReqwestClient {
            client,
            timeout: self.timeout,
            idle_timeout: self.idle_timeout,
            max_body: self.max_body,
            public_only: self.public_only,
        })
    }
}

/// rustls over ring, named here rather than installed for the whole process, which is the host's.
fn tls() -> Result<ClientConfig, rustls::Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    Ok(ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_platform_verifier()?
        .with_no_client_auth())
}
