//! One line for each channel.

use std::sync::Arc;

use aspa_channel::{Capabilities, Channel, ConversationKey};
use aspa_channel_api::{ApiChannel, ChannelConfig};
use aspa_channel_archive::Archive;
use aspa_channel_email::{EmailChannel, EmailConfig, Login, Server};
use aspa_channel_mastodon::{MastodonChannel, MastodonConfig};
use aspa_channel_meta::{Graph, PageChannel, PageConfig};
use aspa_channel_webchat::{ChatConfig, MemoryTranscript, Visitors, WebChat};
use aspa_channel_wordpress::{SiteConfig, WordPress, WordPressChannel};
use aspa_channel_x::{XAuth, XChannel, XConfig};
use aspa_http::{HttpClient, HttpError, HttpErrorKind};
use aspa_types::{AccountId, Secret};
use async_trait::async_trait;
use bytes::Bytes;
use chrono::DateTime;
use http::{Request, Response};

type Error = Box<dyn std::error::Error>;

/// Every channel by name, with what it claims.
pub(crate) fn all() -> Result<Vec<(&'static str, Capabilities)>, Error> {
    Ok(vec![
        ("own app (`aspa-channel-api`)", claims(&api()?)),
        ("web chat (`aspa-channel-webchat`)", claims(&web_chat()?)),
        ("Mastodon (`aspa-channel-mastodon`)", claims(&mastodon()?)),
        (
            "Facebook Page (`aspa-channel-meta`)",
            claims_in(&facebook()?, "104200000000001_1")?,
        ),
        (
            "Messenger (`aspa-channel-meta`)",
            claims_in(&facebook()?, "messenger:1")?,
        ),
        (
            "WordPress (`aspa-channel-wordpress`)",
            claims(&wordpress()?),
        ),
        ("e-mail (`aspa-channel-email`)", claims(&email()?)),
        ("X (`aspa-channel-x`)", claims(&x()?)),
        ("archive (`aspa-channel-archive`)", claims(&archive()?)),
    ])
}

fn claims(channel: &dyn Channel) -> Capabilities {
    channel.capabilities(None).into_owned()
}

/// In one conversation, where it matters which.
fn claims_in(channel: &dyn Channel, conversation: &str) -> Result<Capabilities, Error> {
    let conversation = ConversationKey::new(account()?, conversation)?;
    Ok(channel.capabilities(Some(&conversation)).into_owned())
}

fn account() -> Result<AccountId, Error> {
    Ok(AccountId::new("shop")?)
}

fn api() -> Result<ApiChannel, Error> {
    let secret = Secret::new("at-least-16-bytes");
    let config = ChannelConfig::new(account()?, "https://app.example/callback", secret);
    Ok(ApiChannel::new(
        config,
        Arc::new(NoNetwork),
        DateTime::default,
    )?)
}

fn archive() -> Result<Archive, Error> {
    Ok(Archive::read_json_lines(account()?, b"{}\n")?)
}

fn web_chat() -> Result<WebChat, Error> {
    let secret = Secret::new("at least thirty-two bytes long, of chance");
    let visitors = Visitors::new(ChatConfig::new(account()?, secret))?;
    Ok(WebChat::new(&visitors, Arc::new(MemoryTranscript::new())))
}

/// With the limits of a server that nobody changed.
fn mastodon() -> Result<MastodonChannel, Error> {
    let secret = Secret::new("token");
    let config = MastodonConfig::new(account()?, "https://social.example", secret);
    let server = serde_json::from_value(serde_json::json!({
        "domain": "social.example",
        "version": "4.5.0",
        "max_characters": 500,
        "url_characters": 23,
        "max_media": 4,
        "media_types": [],
        "max_image_bytes": null,
        "streaming": null,
        "account_id": "1",
        "user_name": "shop",
    }))?;
    let http = Arc::new(NoNetwork);
    Ok(MastodonChannel::new(
        &config,
        server,
        http,
        DateTime::default,
    )?)
}

/// With the human agent permission.
fn facebook() -> Result<PageChannel, Error> {
    let mut config = PageConfig::new(account()?, "104200000000001", Secret::new("token"));
    config.human_agent = true;
    Ok(Graph::new(Arc::new(NoNetwork)).page(config)?)
}

fn x() -> Result<XChannel, Error> {
    let auth = XAuth::Bearer(Secret::new("token"));
    let http = Arc::new(NoNetwork);
    let config = XConfig::new(account()?, "2244994945");
    Ok(XChannel::new(&config, auth, http, DateTime::default)?)
}

fn wordpress() -> Result<WordPressChannel, Error> {
    let password = Secret::new("an application password");
    let config = SiteConfig::new(account()?, "https://shop.example", "editor", password);
    Ok(WordPress::new(Arc::new(NoNetwork), DateTime::default).site(config)?)
}

fn email() -> Result<EmailChannel, Error> {
    let login = Login::password("support", Secret::new("password"));
    let key = Secret::new("at-least-16-bytes");
    let imap = Server::tls("mail.shop.example", 993);
    let smtp = Server::tls("mail.shop.example", 465);
    let address = "support@shop.example";
    Ok(EmailConfig::new(account()?, address, key, imap, smtp, login).build()?)
}

/// Nothing is asked to say what an account claims.
#[derive(Debug)]
pub(crate) struct NoNetwork;

#[async_trait]
impl HttpClient for NoNetwork {
    async fn send(&self, _: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        Err(HttpError::new(HttpErrorKind::Connect))
    }
}
