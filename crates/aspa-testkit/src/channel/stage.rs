use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use aspa_channel::{
    Capabilities, Channel, Effect, EffectKind, EffectName, Error, ErrorKind, Landed, MessageKey,
    Receipt, ReplyKind, Support,
};
use aspa_types::{EffectKey, Extra};

use super::fixture::{ChannelFixture, FarSide, Seen};
use super::listener::{Heard, Listener, shown_in};
use crate::case::{Checked, fault, skip};
use crate::faults::Faults;

/// What a case plays on: a fresh fixture, and names and texts that no other case uses.
#[derive(Debug)]
pub(super) struct Stage {
    case: &'static str,
    pub(super) fixture: ChannelFixture,
    count: AtomicUsize,
    texts: Mutex<Vec<String>>,
    heard: Arc<Heard>,
}

/// What can be told of the network at one moment.
#[derive(Debug, PartialEq)]
pub(super) struct View {
    pub(super) seen: Vec<Seen>,
    requests: Option<usize>,
}

impl Stage {
    /// The fixture, with its channel's errors listened to.
    pub(super) fn new(case: &'static str, mut fixture: ChannelFixture) -> Self {
        let heard = Arc::default();
        fixture.channel = Listener::on(fixture.channel, &heard);
        Self {
            case,
            fixture,
            count: AtomicUsize::new(0),
            texts: Mutex::default(),
            heard,
        }
    }

    /// The channel of a new process on the same network.
    pub(super) fn restarted(&self) -> Checked<Arc<dyn Channel>> {
        match self.fixture.restarted() {
            Some(channel) => Ok(Listener::on(channel, &self.heard)),
            None => skip("ChannelFixture::with_restart says not how"),
        }
    }

    pub(super) fn faults(&self) -> Checked<&Faults> {
        match &self.fixture.faults {
            Some(faults) => Ok(faults),
            None => skip("ChannelFixture::faults is not set"),
        }
    }

    /// Whether an error so far showed a secret or a text.
    pub(super) fn leaked(&self) -> Checked {
        let texts = self.texts.lock().unwrap_or_else(PoisonError::into_inner);
        self.heard.check(&self.fixture.secrets, &texts)
    }

    /// What holds at the end of every case: no error showed a secret or a text, and what was to go
    /// wrong did.
    pub(super) fn end(&self) -> Checked {
        self.leaked()?;
        let unused = self.fixture.faults.as_ref().map(|faults| faults.unused());
        let unused = unused.unwrap_or_default();
        if unused.is_empty() {
            return Ok(());
        }
        fault(
            "a request for every fault that was scripted",
            unused.join("; "),
            "the adapter does not send through ChannelFixture::faults",
        )
    }

    /// What of ours must not be shown stands in a text, in words; nothing where none does.
    pub(super) fn shown_in(&self, text: &str) -> Option<&'static str> {
        let texts = self.texts.lock().unwrap_or_else(PoisonError::into_inner);
        shown_in(text, &self.fixture.secrets, &texts)
    }

    pub(super) fn channel(&self) -> &dyn Channel {
        &*self.fixture.channel
    }

    pub(super) fn far_side(&self) -> &dyn FarSide {
        &*self.fixture.far_side
    }

    pub(super) fn claims(&self) -> Capabilities {
        let claims = self
            .channel()
            .capabilities(Some(&self.fixture.conversation));
        claims.into_owned()
    }

    /// Whether it is claimed to be done, in whatever way.
    pub(super) fn does(&self, name: &EffectName) -> bool {
        let claims = self.claims();
        let support = claims.support(name);
        matches!(
            support,
            Support::Full | Support::Emulated | Support::Partial
        )
    }

    /// A short text that was not used before.
    pub(super) fn text(&self) -> String {
        let text = format!("sää {}", self.count.fetch_add(1, Ordering::Relaxed));
        let mut texts = self.texts.lock().unwrap_or_else(PoisonError::into_inner);
        texts.push(text.clone());
        text
    }

    /// An effect under a key that was not used before.
    pub(super) fn effect(&self, kind: EffectKind) -> Effect {
        let number = self.count.fetch_add(1, Ordering::Relaxed).to_string();
        let key = EffectKey::derive(&["aspa-testkit", self.case, &number]);
        Effect::new(key, self.fixture.conversation.clone(), kind)
    }

    /// A reply with this text, to a customer's message where customers can write.
    pub(super) async fn reply(&self, text: &str) -> Effect {
        let in_reply_to = self.customer_message().await;
        self.effect(EffectKind::Send {
            text: text.to_owned(),
            in_reply_to,
            to: self.fixture.to.clone(),
            media: Vec::new(),
            audience: None,
            reply: ReplyKind::Answer,
            extra: Extra::new(),
        })
    }

    /// A customer's message; none where customers cannot write.
    pub(super) async fn customer_message(&self) -> Option<MessageKey> {
        let conversation = &self.fixture.conversation;
        self.far_side()
            .customer_writes(conversation, &self.text())
            .await
    }

    pub(super) fn needs(&self, name: &EffectName) -> Checked {
        if self.does(name) {
            Ok(())
        } else {
            skip(format!("the channel does not claim {name}"))
        }
    }

    /// Performs what is claimed, so that a refusal is a fault.
    pub(super) async fn perform(&self, effect: &Effect) -> Checked<Receipt> {
        self.channel().perform(effect).await.or_else(|e| {
            let name = effect.kind.name();
            fault(
                format!("{name} to be done, since it is claimed"),
                format!("the error `{e}`"),
                "capabilities claim what the adapter cannot do, or the fake network answers a \
                 request in a way that the adapter does not expect",
            )
        })
    }

    /// A message of ours that has arrived, and its text.
    pub(super) async fn own_message(&self) -> Checked<(MessageKey, String)> {
        self.needs(&EffectName::Send)?;
        let text = self.text();
        let receipt = self.perform(&self.reply(&text).await).await?;
        match receipt.messages.into_iter().next() {
            Some(key) => Ok((key, text)),
            None => skip("the receipt of a send names no message"),
        }
    }

    /// An effect of this name about a message that exists.
    pub(super) async fn about(&self, name: &EffectName, text: &str) -> Checked<Effect> {
        let message = match name {
            EffectName::Send => return Ok(self.reply(text).await),
            EffectName::Edit | EffectName::Delete => self.own_message().await?.0,
            _ => match self.customer_message().await {
                Some(key) => key,
                None => return skip("FarSide::customer_writes gives no message"),
            },
        };
        self.effect_on(name, message, text)
    }

    pub(super) fn effect_on(
        &self,
        name: &EffectName,
        message: MessageKey,
        text: &str,
    ) -> Checked<Effect> {
        Ok(self.effect(match name {
            EffectName::PrivateReply => EffectKind::private_reply(message, text),
            EffectName::Edit => EffectKind::edit(message, text),
            EffectName::Delete => EffectKind::delete(message),
            EffectName::Hide => EffectKind::hide(message, true),
            EffectName::React => EffectKind::react(message, self.far_side().reaction(), false),
            EffectName::MarkRead => EffectKind::mark_read(message),
            other => return skip(format!("the kit knows no effect {other}")),
        }))
    }

    pub(super) async fn view(&self) -> View {
        View {
            seen: self.far_side().seen().await,
            requests: self.far_side().requests().await,
        }
    }

    /// What customers see of ours with exactly this text.
    pub(super) async fn ours_with(&self, text: &str) -> Vec<Seen> {
        let seen = self.far_side().seen().await.into_iter();
        seen.filter(|m| m.ours && m.text == text).collect()
    }

    /// What came in place of exactly one message with a text of the kit.
    pub(super) async fn instead(&self, found: &[Seen]) -> String {
        let seen = self.far_side().seen().await;
        let ours = seen
            .iter()
            .filter(|m| m.ours)
            .map(|m| format!("{:?}", m.text));
        let ours: Vec<String> = ours.take(5).collect();
        match (found, ours.as_slice()) {
            ([], []) => "nothing of ours".to_owned(),
            ([], ours) => format!("no such text; ours are {}", ours.join(", ")),
            (found, _) => listed(found),
        }
    }

    /// Performs what has to be refused as `kind`, before any request.
    pub(super) async fn refused(
        &self,
        effect: &Effect,
        kind: &ErrorKind,
        cause: &'static str,
    ) -> Checked {
        let expected = format!("{} refused as {kind}, nothing landed", effect.kind.name());
        let before = self.view().await;
        let result = self.channel().perform(effect).await;
        let after = self.view().await;
        let came = match &result {
            Ok(_) => "a receipt".to_owned(),
            Err(e) if e.kind() == kind && e.landed() == Landed::No => String::new(),
            Err(e) => told(e),
        };
        if !came.is_empty() {
            return fault(expected, came, cause);
        }
        if before == after {
            return Ok(());
        }
        let came = if before.seen == after.seen {
            "the right error after a request to the network".to_owned()
        } else {
            format!("the right error, and customers see {}", listed(&after.seen))
        };
        fault(
            expected,
            came,
            "the check comes after the request; call Capabilities::check first",
        )
    }
}

/// An error in words.
pub(super) fn told(error: &Error) -> String {
    format!("the error `{error}` with landed {:?}", error.landed())
}

/// Messages in words: how many, and the first ids. Texts of the kit can be long.
pub(super) fn listed(seen: &[Seen]) -> String {
    let ids: Vec<&str> = seen.iter().take(5).map(|m| m.id.as_str()).collect();
    match ids.as_slice() {
        [] => "no message".to_owned(),
        ids => format!("{} messages (ids {})", seen.len(), ids.join(", ")),
    }
}
