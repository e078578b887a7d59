//! Whether something landed: what stands on the network is read back and compared.

use aspa_channel::{Effect, EffectKind, Error, Probe};
use aspa_types::HandleKey;
use chrono::{DateTime, Utc};

use crate::channel::PageChannel;
use crate::fetch::unless_missing;
use crate::graph::Ask;
use crate::json::given;
use crate::node::{COMMENT, Line, List, Node};
use crate::place::person_of;
use crate::send::public;

const PROBE: &str = "probe";
/// How many of the newest are looked through, in pages of 100.
const MOST_PAGES: usize = 5;

/// Something of ours with the words that were sent.
struct Same {
    id: String,
    at: Option<DateTime<Utc>>,
    /// Whom a private reply reached.
    recipient: Option<HandleKey>,
}

impl PageChannel {
    pub(crate) async fn look_whether(&self, effect: &Effect) -> Result<Probe, Error> {
        self.checked(PROBE, effect.account())?;
        let person = person_of(&effect.conversation);
        match &effect.kind {
            EffectKind::Send { text, .. } if text.trim().is_empty() => Ok(Probe::CannotTell),
            EffectKind::Send { text, .. } if person.is_some() => {
                let thread = self.thread_of(PROBE, person.unwrap_or_default()).await?;
                match thread {
                    Some(thread) => self.among_lines(effect, &thread, text).await,
                    None => Ok(Probe::CannotTell),
                }
            }
            EffectKind::Send {
                text, in_reply_to, ..
            } => {
                let answered = in_reply_to.as_ref().map(|key| &*key.id);
                let target = public(PROBE, answered.unwrap_or(&effect.conversation.id))?;
                self.among_comments(effect, &target, text).await
            }
            EffectKind::PrivateReply { message, text, .. } => {
                let Some(node) = self.node(PROBE, &message.id).await? else {
                    return Ok(Probe::CannotTell);
                };
                if self.place.is_post(&message.id) {
                    return Ok(Probe::CannotTell);
                }
                let private = node.private_reply_conversation;
                match private
                    .as_ref()
                    .and_then(|private| given(private.id.as_ref()))
                {
                    Some(thread) => self.among_lines(effect, thread, text).await,
                    // Once only: if it is there after all, the network refuses a second one.
                    None => Ok(Probe::Absent),
                }
            }
            EffectKind::Edit { message, text, .. } => {
                let node = self.node(PROBE, &message.id).await?;
                let says = |node: &Node| node.message.as_deref().is_some_and(|now| same(now, text));
                self.told(effect, &message.id, node.is_some_and(|node| says(&node)))
            }
            EffectKind::Hide {
                message, hidden, ..
            } => match self.node(PROBE, &message.id).await? {
                Some(node) => {
                    let now = node.is_hidden.unwrap_or_default().0;
                    self.told(effect, &message.id, now == *hidden)
                }
                None => Ok(Probe::CannotTell),
            },
            EffectKind::Delete { message, .. } => {
                let node = self.node(PROBE, &message.id).await?;
                self.told(effect, &message.id, node.is_none())
            }
            _ => Ok(Probe::CannotTell),
        }
    }

    fn told(&self, effect: &Effect, id: &str, landed: bool) -> Result<Probe, Error> {
        match landed {
            true => self.receipt(effect, id).map(Probe::Found),
            false => Ok(Probe::Absent),
        }
    }

    /// Looks through what stands right below a post or comment, newest first.
    async fn among_comments(
        &self,
        effect: &Effect,
        target: &str,
        text: &str,
    ) -> Result<Probe, Error> {
        let mut found = Vec::new();
        let mut after = None;
        for _ in 0..MOST_PAGES {
            let ask = Ask::new(format!("{target}/comments"))
                .with("fields", COMMENT)
                .with("filter", "toplevel")
                .with("order", "reverse_chronological")
                .with("limit", 100)
                .after(after.as_deref());
            let list: Option<List> = unless_missing(self.api.get(PROBE, ask).await)?;
            let Some(list) = list else {
                return Ok(Probe::CannotTell);
            };
            for raw in &list.data {
                let Ok(node) = Node::read(raw.get()) else {
                    return Ok(Probe::CannotTell);
                };
                let ours = node.author().is_some_and(|by| self.place.is_us(by));
                let says = node.message.as_deref().is_some_and(|now| same(now, text));
                if let (true, true, Ok(id)) = (ours, says, node.key()) {
                    found.push(Same {
                        id: id.to_owned(),
                        at: node.written_at(),
                        recipient: None,
                    });
                }
            }
            after = list.after();
            if after.is_none() {
                break;
            }
        }
        self.judged(effect, found, after.is_none())
    }

    /// Looks through a conversation in Messenger, newest first.
    async fn among_lines(&self, effect: &Effect, thread: &str, text: &str) -> Result<Probe, Error> {
        let is_reply = matches!(effect.kind, EffectKind::PrivateReply { .. });
        let mut found = Vec::new();
        let mut after = None;
        for _ in 0..MOST_PAGES {
            let ask = Self::lines(thread, 100, after.as_deref());
            let list: Option<List> = unless_missing(self.api.get(PROBE, ask).await)?;
            let Some(list) = list else {
                return Ok(Probe::CannotTell);
            };
            for raw in &list.data {
                let Ok(line) = Line::read(raw.get()) else {
                    return Ok(Probe::CannotTell);
                };
                let says = line.message.as_deref().is_some_and(|now| same(now, text));
                if let (true, true, Some(id)) =
                    (line.is_ours(&self.place), says, given(line.id.as_ref()))
                {
                    let person = line.person(&self.place).filter(|_| is_reply);
                    found.push(Same {
                        id: id.to_owned(),
                        at: line.created_time.as_ref().and_then(|time| time.0),
                        recipient: person.and_then(|id| self.place.person(id).ok()),
                    });
                }
            }
            after = list.after();
            if after.is_none() {
                break;
            }
        }
        self.judged(effect, found, after.is_none())
    }

    /// One that stands there with the same words is it, unless another effect is known to have made it. Of
    /// several nobody can tell.
    fn judged(&self, effect: &Effect, found: Vec<Same>, complete: bool) -> Result<Probe, Error> {
        let mut open = Vec::new();
        for same in found {
            match self.made_by(&same.id) {
                Some(by) if by == effect.key => {
                    open = vec![same];
                    break;
                }
                Some(_) => {}
                None => open.push(same),
            }
        }
        match open.as_slice() {
            [] if complete => Ok(Probe::Absent),
            [only] => {
                let mut receipt = self.receipt(effect, &only.id)?;
                receipt.at = only.at;
                receipt.recipient.clone_from(&only.recipient);
                Ok(Probe::Found(receipt))
            }
            _ => Ok(Probe::CannotTell),
        }
    }
}

/// White space is kept otherwise than it was sent.
fn same(a: &str, b: &str) -> bool {
    a.split_whitespace().eq(b.split_whitespace())
}
