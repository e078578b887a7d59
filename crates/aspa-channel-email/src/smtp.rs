//! One mail to the submission server, step by step, so that it is known how far it got.

use std::time::Duration;

use aspa_channel::Error;
use lettre::Address;
use lettre::transport::smtp::Error as SmtpError;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::{ClientId, Extension, MailBodyParameter, MailParameter};
use tokio::time::timeout;

use crate::config::{Login, Security, Server};
use crate::trouble::{Phase, smtp};

/// How long the server has for each step; for the end of a mail ten minutes would be polite (RFC 5321,
/// section 4.5.3.2.6), which nobody waits for.
const PATIENCE: Duration = Duration::from_secs(60);
const PATIENCE_FOR_CONTENT: Duration = Duration::from_secs(180);

/// Where mail is handed in.
pub(crate) struct Submission {
    pub(crate) server: Server,
    pub(crate) tls: TlsParameters,
    pub(crate) hello: String,
}

/// Waits for a step. Its silence counts as an error at this phase.
async fn step<T>(
    phase: Phase,
    doing: impl Future<Output = Result<T, SmtpError>>,
) -> Result<T, Error> {
    let patience = match phase {
        Phase::Content => PATIENCE_FOR_CONTENT,
        _ => PATIENCE,
    };
    match timeout(patience, doing).await {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(error)) => Err(smtp(phase, Some(&error))),
        Err(_) => Err(smtp(phase, None)),
    }
}

impl Submission {
    /// Hands a mail in, for these; and for `copy`, if the server takes that.
    pub(crate) async fn send(
        &self,
        login: &Login,
        from: &Address,
        to: &[Address],
        copy: Option<&Address>,
        mail: &[u8],
    ) -> Result<(), Error> {
        let hello = ClientId::Domain(self.hello.clone());
        let at_once = (self.server.security == Security::Tls).then(|| self.tls.clone());
        let address = (self.server.host.as_str(), self.server.port);
        let connecting =
            AsyncSmtpConnection::connect_tokio1(address, Some(PATIENCE), &hello, at_once, None);
        let mut connection = step(Phase::Hello, connecting).await?;
        if self.server.security == Security::StartTls {
            step(Phase::Hello, connection.starttls(self.tls.clone(), &hello)).await?;
        }
        let credentials = Credentials::new(login.user.clone(), login.secret.expose().to_owned());
        let mechanisms: &[Mechanism] = match login.oauth {
            true => &[Mechanism::Xoauth2],
            false => &[Mechanism::Plain, Mechanism::Login],
        };
        step(Phase::Login, connection.auth(mechanisms, &credentials)).await?;

        let foreign = |address: &Address| !AsRef::<str>::as_ref(address).is_ascii();
        let mut parameters = Vec::new();
        if to.iter().chain([from]).any(foreign)
            && connection
                .server_info()
                .supports_feature(Extension::SmtpUtfEight)
        {
            parameters.push(MailParameter::SmtpUtfEight);
        }
        if !mail.is_ascii() {
            parameters.push(MailParameter::Body(MailBodyParameter::EightBitMime));
        }
        let sender = Mail::new(Some(from.clone()), parameters);
        step(Phase::From, connection.command(sender)).await?;
        for to in to {
            step(
                Phase::To,
                connection.command(Rcpt::new(to.clone(), Vec::new())),
            )
            .await?;
        }
        if let Some(copy) = copy {
            // Without the copy nothing tells of a cut, which is no reason not to send. Without a
            // connection the next step fails too.
            let _ = step(
                Phase::To,
                connection.command(Rcpt::new(copy.clone(), Vec::new())),
            )
            .await;
        }
        step(Phase::Data, connection.command(Data)).await?;
        step(Phase::Content, connection.message(mail)).await?;
        // It is theirs now, however the goodbye goes.
        let _ = timeout(Duration::from_secs(5), connection.quit()).await;
        Ok(())
    }
}
