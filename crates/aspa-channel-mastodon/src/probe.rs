//! Whether something landed.

use aspa_channel::{Effect, EffectKind, Error, Probe};
use chrono::TimeDelta;
use serde_json::Value;

use crate::api::encoded;
use crate::channel::MastodonChannel;
use crate::json;
use crate::send::{Draft, done, reaction_of};

const OPERATION: &str = "probe";
/// How many of our newest posts are looked through.
const NEWEST: usize = 40;
/// How far back they have to reach, so that one that is not among them was not published.
const FAR_BACK: TimeDelta = TimeDelta::hours(24);
/// How many posts are looked at closely.
const MOST_SOURCES: usize = 10;

impl MastodonChannel {
    pub(crate) async fn look_whether(&self, effect: &Effect) -> Result<Probe, Error> {
        if let Some(draft) = Draft::of(effect) {
            return self.look_for(effect, draft).await;
        }
        let Some(message) = effect.kind.message() else {
            return Ok(Probe::CannotTell);
        };
        let landed = match &effect.kind {
            EffectKind::Delete { .. } => self.status(&message.id, OPERATION).await?.is_none(),
            EffectKind::Edit { text, .. } => match self.status(&message.id, OPERATION).await? {
                Some(status) => self.says(&status, text).await?,
                None => false,
            },
            EffectKind::React {
                reaction, removed, ..
            } => {
                let (_, field) = reaction_of(reaction)?;
                match self.status(&message.id, OPERATION).await? {
                    Some(status) => json::flag(&status, field) != *removed,
                    None => false,
                }
            }
            _ => return Ok(Probe::CannotTell),
        };
        Ok(match landed {
            true => Probe::Found(done(effect, message)),
            false => Probe::Absent,
        })
    }

    /// Looks for a post of ours with this text: an answer among what follows the post it answers, else
    /// among our newest.
    async fn look_for(&self, effect: &Effect, draft: Draft<'_>) -> Result<Probe, Error> {
        let decoder = self.decoder();
        let answered = draft
            .answers
            .map_or(&effect.conversation.id, |answers| &answers.id);
        let context = self.context(answered, OPERATION).await?;
        let (found, complete) = match &context {
            Some(context) => {
                let below = json::list(context, "descendants").iter();
                let answers = |status: &&Value| {
                    decoder
                        .parent(status)
                        .is_some_and(|parent| parent == **answered)
                };
                (below.filter(answers).cloned().collect(), true)
            }
            None => self.newest().await?,
        };
        let mut ours: Vec<Value> = Vec::new();
        let found: Vec<Value> = found;
        for status in found.into_iter().filter(|status| decoder.is_ours(status)) {
            let id = decoder.id(&status).unwrap_or_default();
            match self.sent.by(&id) {
                Some(by) if by == effect.key => return Ok(self.found(effect, &status)),
                Some(_) => {}
                None => ours.push(status),
            }
        }
        let mut same = Vec::new();
        for status in ours.iter().rev().take(MOST_SOURCES) {
            if self.says(status, draft.text).await? {
                same.push(status);
            }
        }
        Ok(match same.as_slice() {
            [only] => self.found(effect, only),
            [] if complete && ours.len() <= MOST_SOURCES => Probe::Absent,
            // One of them may be of another effect with the same words.
            _ => Probe::CannotTell,
        })
    }

    fn found(&self, effect: &Effect, status: &Value) -> Probe {
        let Some(key) = self.decoder().key(status) else {
            return Probe::CannotTell;
        };
        let mut receipt = done(effect, &key);
        receipt.at = json::time(status, "created_at");
        Probe::Found(receipt)
    }

    /// Our newest posts, and whether they reach far enough back. Some servers leave out of them what only
    /// those named can read.
    async fn newest(&self) -> Result<(Vec<Value>, bool), Error> {
        let path = format!(
            "/api/v1/accounts/{}/statuses?limit={NEWEST}&exclude_reblogs=true",
            encoded(&self.server.account_id)
        );
        let page = self.api.get(&path, OPERATION).await?;
        let Some(Value::Array(posts)) = page else {
            return Ok((Vec::new(), false));
        };
        let oldest = posts
            .iter()
            .filter_map(|post| json::time(post, "created_at"))
            .min();
        let far_back = self.api.now() - FAR_BACK;
        let reaches = posts.len() < NEWEST || oldest.is_some_and(|oldest| oldest < far_back);
        Ok((posts, reaches))
    }

    /// Whether a post of ours says this: as it is shown, else as it was given, since servers show markup
    /// and white space in their own way.
    async fn says(&self, status: &Value, text: &str) -> Result<bool, Error> {
        let decoder = self.decoder();
        if same_words(&decoder.text(status), text) {
            return Ok(true);
        }
        let Some(id) = decoder.id(status) else {
            return Ok(false);
        };
        let (source, given) = (self.source(&id, OPERATION).await?, self.server.given(text));
        Ok(source.is_some_and(|source| {
            same_words(&source, &given)
                || same_words(decoder.without_names(status, &source), &given)
        }))
    }
}

fn same_words(a: &str, b: &str) -> bool {
    a.split_whitespace().eq(b.split_whitespace())
}
