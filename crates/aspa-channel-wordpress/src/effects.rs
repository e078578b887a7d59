//! What is asked for an effect, and whether it landed.

use aspa_channel::{
    Effect, EffectKind, Error, ErrorKind, Landed, ModerationReason, Probe, Receipt, Visibility,
};
use serde_json::{Value, json};

use crate::answer::Answer;
use crate::api::{Api, Ask};
use crate::comment::Comment;
use crate::site::Site;
use crate::text::{Likeness, likeness, to_html};

const PERFORM: &str = "perform";
const PROBE: &str = "probe";

/// The most bytes of HTML that WordPress keeps (`wp_get_comment_fields_max_lengths`; measured on 6.1.9).
pub(crate) const MOST_BYTES: usize = 65_525;

/// How many pages of our own comments on one post a probe looks at.
const PAGES: u64 = 5;

/// One account of ours on one site.
#[derive(Debug)]
pub(crate) struct Desk<'a> {
    pub(crate) api: &'a Api,
    pub(crate) site: &'a Site,
    /// Our WordPress id.
    pub(crate) me: u64,
}

/// A message as the network knows it.
fn number(operation: &'static str, field: &'static str, id: &str) -> Result<u64, Error> {
    let number = id.parse().ok().filter(|id| *id > 0);
    number.ok_or_else(|| Error::new(ErrorKind::NotFound, operation).with("field", field))
}

impl Desk<'_> {
    /// A comment as it is now; none where there is no such.
    pub(crate) async fn comment(
        &self,
        operation: &'static str,
        id: u64,
    ) -> Result<Option<Comment>, Error> {
        let personal = more_fields(self.site);
        let ask = Ask::comments(Some(id), &personal);
        let answer = self.api.get(operation, ask).await?;
        match answer.content::<Value>() {
            Ok(value) => match Comment::read(&value) {
                Ok(comment) if comment.id == id => Ok(Some(comment)),
                _ => Err(answer.no_sense()),
            },
            Err(error) if *error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    pub(crate) async fn perform(&self, effect: &Effect) -> Result<Receipt, Error> {
        match &effect.kind {
            EffectKind::Send {
                text, in_reply_to, ..
            } => {
                let parent = in_reply_to
                    .as_ref()
                    .map(|key| number(PERFORM, "in_reply_to", &key.id));
                self.send(effect, text, parent.transpose()?).await
            }
            EffectKind::Edit { message, text, .. } => {
                let id = number(PERFORM, "message", &message.id)?;
                self.edit(effect, id, text).await
            }
            EffectKind::Hide {
                message,
                hidden,
                reason,
                ..
            } => {
                let id = number(PERFORM, "message", &message.id)?;
                let (status, _) = status_of(*hidden, *reason);
                let body = json!({ "status": status });
                let comment = self.change(id, &body).await?;
                self.receipt(effect, &comment)
            }
            EffectKind::Delete { message, .. } => {
                let id = number(PERFORM, "message", &message.id)?;
                self.trash(effect, id).await
            }
            other => Err(Error::new(ErrorKind::Unsupported, PERFORM).with("effect", other.name())),
        }
    }

    /// `POST /wp/v2/comments`. The server takes a parent that does not exist, is on another post or in
    /// the trash, and answers 201, so it is looked at first.
    async fn send(
        &self,
        effect: &Effect,
        text: &str,
        parent: Option<u64>,
    ) -> Result<Receipt, Error> {
        let post = number(PERFORM, "conversation", &effect.conversation.id)?;
        let html = html(text)?;
        if let Some(parent) = parent {
            self.check_parent(post, parent).await?;
        }
        let body = json!({
            "post": post,
            "parent": parent.unwrap_or(0),
            "content": html,
            "meta": { "aspa_effect": effect.key },
        });
        let ask = Ask::comments(None, "");
        let answer = self.api.post(PERFORM, ask, &body).await?;
        if !answer.is_success() {
            let error = answer.refused();
            return Err(match error.kind() {
                ErrorKind::Duplicate => self.duplicate(error, effect).await,
                _ => error,
            });
        }
        let comment = self.read(&answer)?;
        if comment.author != self.me {
            return Err(answer.no_sense().with_landed(Landed::Yes));
        }
        self.receipt(effect, &comment)
    }

    /// WordPress takes words for a repetition that differ in case or accents only, so that it may have
    /// refused something new.
    async fn duplicate(&self, error: Error, effect: &Effect) -> Error {
        match self.probe(effect).await {
            Ok(Probe::Absent) => error.with_landed(Landed::No),
            _ => error,
        }
    }

    async fn check_parent(&self, post: u64, parent: u64) -> Result<(), Error> {
        let not = |kind| Error::new(kind, PERFORM).with("field", "in_reply_to");
        let Some(comment) = self.comment(PERFORM, parent).await? else {
            return Err(not(ErrorKind::NotFound)
                .with_remedy("what it answers is gone; write to the post itself"));
        };
        if comment.post != post {
            return Err(not(ErrorKind::Invalid).with("post", comment.post));
        }
        match comment.visibility() {
            Visibility::Visible => Ok(()),
            Visibility::Held => Err(not(ErrorKind::Invalid)
                .with_remedy("nobody sees what it answers; let that be seen first")),
            _ => Err(not(ErrorKind::NotFound)
                .with_remedy("what it answers is in the trash or spam; show it again first")),
        }
    }

    /// `POST /wp/v2/comments/<id>`: only what we wrote, though WordPress lets an editor rewrite anybody.
    async fn edit(&self, effect: &Effect, id: u64, text: &str) -> Result<Receipt, Error> {
        let html = html(text)?;
        let there = self.comment(PERFORM, id).await?;
        let there = there.ok_or_else(|| Error::new(ErrorKind::NotFound, PERFORM))?;
        if there.author != self.me {
            return Err(Error::new(ErrorKind::Forbidden, PERFORM)
                .with_remedy("what somebody else wrote is not rewritten"));
        }
        let comment = self.change(id, &json!({ "content": html })).await?;
        self.receipt(effect, &comment)
    }

    async fn change(&self, id: u64, body: &Value) -> Result<Comment, Error> {
        let ask = Ask::comments(Some(id), "");
        self.read(&self.api.post(PERFORM, ask, body).await?)
    }

    /// `DELETE /wp/v2/comments/<id>`, without `force`: into the trash, where it can be taken out again
    /// and its answers stay below it.
    async fn trash(&self, effect: &Effect, id: u64) -> Result<Receipt, Error> {
        let ask = Ask::comments(Some(id), "");
        let answer = self.api.delete(PERFORM, ask).await?;
        let mut receipt = Receipt::new(effect.key.clone());
        receipt.messages.extend(self.site.message(id).ok());
        if answer.is_success() {
            self.read(&answer)?;
            return Ok(receipt);
        }
        let error = answer.refused();
        match error.code() {
            // It is there already.
            Some("rest_already_trashed") => Ok(receipt),
            _ => Err(error),
        }
    }

    fn read(&self, answer: &Answer) -> Result<Comment, Error> {
        let value: Value = answer.content()?;
        Comment::read(&value).map_err(|_| answer.no_sense())
    }

    /// What a comment that an effect made or changed says. One made by us that waits for a moderator is
    /// held, and so is one that a filter took away.
    fn receipt(&self, effect: &Effect, comment: &Comment) -> Result<Receipt, Error> {
        let mut receipt = Receipt::new(effect.key.clone());
        let key = self.site.message(comment.id);
        let key = key.map_err(|e| Error::new(ErrorKind::Protocol, PERFORM).with_source(e))?;
        receipt.messages.push(key);
        if let EffectKind::Send { .. } = effect.kind {
            receipt.at = comment.written();
            receipt.held = comment.visibility() != Visibility::Visible;
        }
        Ok(receipt)
    }

    pub(crate) async fn probe(&self, effect: &Effect) -> Result<Probe, Error> {
        let found = |comment: &Comment| self.receipt(effect, comment).map(Probe::Found);
        match &effect.kind {
            EffectKind::Send {
                text, in_reply_to, ..
            } => {
                let post = number(PROBE, "conversation", &effect.conversation.id)?;
                let parent = in_reply_to
                    .as_ref()
                    .map(|key| number(PROBE, "in_reply_to", &key.id));
                self.look(effect, post, parent.transpose()?.unwrap_or(0), text)
                    .await
            }
            EffectKind::Edit { message, text, .. } => {
                let id = number(PROBE, "message", &message.id)?;
                let comment = self.comment(PROBE, id).await?;
                match &comment {
                    Some(comment) => match likeness(text, &comment.content.raw) {
                        Likeness::Same => found(comment),
                        Likeness::Alike => Ok(Probe::CannotTell),
                        Likeness::Different => Ok(Probe::Absent),
                    },
                    None => Ok(Probe::CannotTell),
                }
            }
            EffectKind::Hide {
                message,
                hidden,
                reason,
                ..
            } => {
                let id = number(PROBE, "message", &message.id)?;
                let (_, wanted) = status_of(*hidden, *reason);
                match self.comment(PROBE, id).await? {
                    Some(comment) if comment.visibility() == wanted => found(&comment),
                    _ => Ok(Probe::Absent),
                }
            }
            EffectKind::Delete { message, .. } => {
                let id = number(PROBE, "message", &message.id)?;
                let mut receipt = Receipt::new(effect.key.clone());
                receipt.messages.push(message.clone());
                Ok(match self.comment(PROBE, id).await? {
                    Some(comment) if comment.visibility() != Visibility::Deleted => Probe::Absent,
                    _ => Probe::Found(receipt),
                })
            }
            _ => Ok(Probe::CannotTell),
        }
    }

    /// Looks through what we wrote on that post after what it answers, newest first.
    async fn look(
        &self,
        effect: &Effect,
        post: u64,
        parent: u64,
        text: &str,
    ) -> Result<Probe, Error> {
        let mut alike = false;
        let mut elsewhere = None;
        for page in 0..PAGES {
            let ask = Ask::comments(None, "")
                .with("status", "any")
                .with("author", self.me)
                .with("post", post)
                .with("orderby", "id")
                .with("order", "desc")
                .with("per_page", 100)
                .with("offset", page * 100);
            let answer = self.api.get(PROBE, ask).await?;
            let values: Vec<Value> = answer.content()?;
            let last = values.len() < 100;
            for value in &values {
                let comment = Comment::read(value);
                let comment = comment.map_err(|_| answer.no_sense())?;
                if comment.id <= parent {
                    return self.not_found(effect, parent, elsewhere, alike).await;
                }
                match comment.effect() {
                    Some(key) if key == effect.key => {
                        return Ok(Probe::Found(self.receipt(effect, &comment)?));
                    }
                    // Another effect of ours made it.
                    Some(_) => continue,
                    None => {}
                }
                match likeness(text, &comment.content.raw) {
                    Likeness::Same if comment.parent == parent => {
                        return Ok(Probe::Found(self.receipt(effect, &comment)?));
                    }
                    Likeness::Same => elsewhere = elsewhere.or(Some(comment)),
                    Likeness::Alike => alike |= comment.parent == parent,
                    Likeness::Different => {}
                }
            }
            if last {
                return self.not_found(effect, parent, elsewhere, alike).await;
            }
        }
        Ok(Probe::CannotTell)
    }

    /// The text stands nowhere below what it answers. When that was deleted for good, its answers have
    /// moved up.
    async fn not_found(
        &self,
        effect: &Effect,
        parent: u64,
        elsewhere: Option<Comment>,
        alike: bool,
    ) -> Result<Probe, Error> {
        if let Some(comment) = elsewhere
            && parent != 0
            && self.comment(PROBE, parent).await?.is_none()
        {
            return Ok(Probe::Found(self.receipt(effect, &comment)?));
        }
        Ok(if alike {
            Probe::CannotTell
        } else {
            Probe::Absent
        })
    }
}

/// The status to ask for, and what it makes of the comment.
fn status_of(hidden: bool, reason: Option<ModerationReason>) -> (&'static str, Visibility) {
    match (hidden, reason) {
        (false, _) => ("approved", Visibility::Visible),
        (true, Some(ModerationReason::Spam)) => ("spam", Visibility::Hidden),
        (true, _) => ("hold", Visibility::Held),
    }
}

fn html(text: &str) -> Result<String, Error> {
    let html = to_html(text);
    if html.len() > MOST_BYTES {
        return Err(Error::new(ErrorKind::TooLong, PERFORM)
            .with("length", html.len())
            .with("max", MOST_BYTES)
            .with_remedy("shorten the text; each < and > counts four bytes, each & five"));
    }
    Ok(html)
}

/// The fields that a configuration asks for beside the usual ones.
pub(crate) fn more_fields(site: &Site) -> String {
    let personal = site.personal;
    let fields = [
        (personal.author_url, ",author_url"),
        (personal.ip, ",author_ip"),
        (personal.user_agent, ",author_user_agent"),
    ];
    fields
        .iter()
        .filter(|(wanted, _)| *wanted)
        .map(|(_, field)| *field)
        .collect()
}
