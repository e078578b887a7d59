use std::collections::{BTreeMap, BTreeSet};

use aspa_types::{CustomerId, HandleKey};
use chrono::{DateTime, Utc};

use crate::{DecidedBy, Decision, Link, LinkState};

mod change;
mod redirects;

pub use change::{BookBroken, BookCommand, Change, ChangeKind};

use redirects::Redirects;

/// The links of one tenant: a fold over an append-only feed of [`Change`]s.
///
/// What was decided of a handle is never overwritten: a merge in the CRM is a redirect that the link
/// is seen through. So undoing a merge, a split or a decision, in any order, brings back every link
/// as it was stored before. A handle has its own decision and nothing else: links never follow from
/// one handle to another. What an agent ruled out stays ruled out through merges.
///
/// ```
/// # use aspa_identity::{Book, BookCommand, DecidedBy, Decision, Link};
/// # use aspa_types::{CustomerId, HandleKey, Network, SystemId};
/// # let decision: Decision = serde_json::from_str(r#"{"verdict": {"verdict": "link",
/// #     "customer": {"system": "crm", "id": "2"}}, "decided_by": {"by": "rule"}, "candidates": []}"#)?;
/// # let (handle, now) = (HandleKey::new(Network::X, None, "42")?, Default::default());
/// # let crm = SystemId::new("crm")?;
/// let (a, b) = (CustomerId::new(crm.clone(), "1")?, CustomerId::new(crm, "2")?);
/// let mut book = Book::default();
/// let by = DecidedBy::Rule;
/// book.perform(BookCommand::Decide { handle: handle.clone(), decision }, by.clone(), "m-1", now)?;
/// let merge = BookCommand::Merge { old: b.clone(), into: a.clone() };
/// let changes = book.perform(merge, by.clone(), "crm-7", now)?;
/// assert_eq!(book.link(&handle).unwrap().customer, Some(a));
/// book.perform(BookCommand::Undo { sequence: changes[0].sequence }, by, "crm-8", now)?;
/// assert_eq!(book.link(&handle).unwrap().customer, Some(b));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct Book {
    next: u64,
    handles: BTreeMap<HandleKey, History>,
    /// Handles by the record that they were last decided to be, in the sense of the latest decision
    /// that holds.
    holders: BTreeMap<CustomerId, BTreeSet<HandleKey>>,
    redirects: Redirects,
    /// Whose decision each sequence is, to undo it.
    decisions: BTreeMap<u64, HandleKey>,
}

/// The decisions of one handle.
#[derive(Debug, Clone, Default)]
struct History {
    /// By sequence, without those that were undone.
    decided: BTreeMap<u64, Link>,
    /// Splits that put the link in doubt.
    doubts: BTreeSet<u64>,
}

impl History {
    fn latest(&self) -> Option<(u64, &Link)> {
        self.decided
            .last_key_value()
            .map(|(seq, link)| (*seq, link))
    }
}

/// How a link stands, seen through merges and splits.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Standing {
    /// Of the decision it rests on.
    sequence: u64,
    state: LinkState,
    customer: Option<CustomerId>,
    conflict: Option<CustomerId>,
}

impl Book {
    /// The book that a feed leads to. Changes that are missing, doubled or out of order are the
    /// caller's to sort out first; a change of a kind that is not known does nothing.
    #[must_use]
    pub fn of<'a>(feed: impl IntoIterator<Item = &'a Change>) -> Self {
        let mut book = Self::default();
        feed.into_iter().for_each(|change| book.apply(change));
        book
    }

    /// The sequence that the next change gets.
    #[must_use]
    pub fn next_sequence(&self) -> u64 {
        self.next
    }

    /// How a handle is linked now, as a store keeps it; none where nothing was ever decided, or
    /// where the handle was erased.
    #[must_use]
    pub fn link(&self, handle: &HandleKey) -> Option<Link> {
        let history = self.handles.get(handle)?;
        let (_, decided) = history.latest()?;
        let standing = self.standing(handle)?;
        let mut link = decided.clone();
        if standing.customer != link.customer {
            link.redirected_from = link.customer.take();
            link.customer = standing.customer;
        }
        link.state = standing.state;
        link.conflict = standing.conflict;
        Some(link)
    }

    /// Every handle that has a link, in order.
    pub fn handles(&self) -> impl Iterator<Item = &HandleKey> {
        let has_link = |(_, history): &(_, &History)| history.latest().is_some();
        self.handles
            .iter()
            .filter(has_link)
            .map(|(handle, _)| handle)
    }

    /// The handles whose link leads to this person now, in review too, in order.
    #[must_use]
    pub fn handles_of(&self, customer: &CustomerId) -> Vec<HandleKey> {
        let root = self.redirects.root(customer);
        let mut handles: Vec<HandleKey> = self
            .redirects
            .members(root)
            .iter()
            .filter_map(|record| self.holders.get(record))
            .flatten()
            .cloned()
            .collect();
        handles.sort();
        handles
    }

    /// The record that stands for a person now: the one itself, or the one it was merged into in
    /// the end. A stable id: whoever kept the old one finds the new one.
    #[must_use]
    pub fn person<'a>(&'a self, customer: &'a CustomerId) -> &'a CustomerId {
        self.redirects.root(customer)
    }

    /// All records of a person that were merged, the one that stands for it first.
    #[must_use]
    pub fn records(&self, customer: &CustomerId) -> Vec<CustomerId> {
        self.redirects.members(self.redirects.root(customer))
    }

    /// Decides what a command changes, and changes it. The first change is the cause, the others
    /// what it means for each handle, in the order of the handles.
    ///
    /// O(log n) for a decision, O(handles of the records) for a merge, a split and their undoing.
    ///
    /// # Errors
    ///
    /// [`BookBroken`] names the rule; nothing has changed then.
    pub fn perform(
        &mut self,
        command: BookCommand,
        by: DecidedBy,
        cause: &str,
        at: DateTime<Utc>,
    ) -> Result<Vec<Change>, BookBroken> {
        let Some(kind) = self.kind(command, at)? else {
            return Ok(Vec::new());
        };
        let touched = self.touched(&kind);
        let before: Vec<Option<Standing>> = touched.iter().map(|h| self.standing(h)).collect();
        let mut changes = vec![Change::new(self.next, at, by, cause, kind)];
        self.apply(&changes[0]);
        for (handle, before) in touched.into_iter().zip(before) {
            let after = self.standing(&handle);
            let Some(kind) = effect(handle, before.as_ref(), after) else {
                continue;
            };
            // A cause that names the handle says so already.
            let is_said =
                matches!(kind, ChangeKind::Revised { .. }) && changes[0].handle().is_some();
            if !is_said {
                let by = changes[0].by.clone();
                let change = Change::new(self.next, at, by, cause, kind);
                self.apply(&change);
                changes.push(change);
            }
        }
        Ok(changes)
    }

    /// Folds one change in.
    pub fn apply(&mut self, change: &Change) {
        self.next = self.next.max(change.sequence.saturating_add(1));
        let sequence = change.sequence;
        match &change.kind {
            ChangeKind::Decided { link } => {
                let handle = link.handle.clone();
                self.decisions.insert(sequence, handle.clone());
                self.revise(&handle, |history| {
                    history.decided.insert(sequence, (**link).clone());
                });
            }
            ChangeKind::Merged { old, into } => {
                self.redirects.put(sequence, old, Some(into.clone()));
            }
            ChangeKind::Split { out, doubtful, .. } => {
                self.redirects.put(sequence, out, None);
                for handle in doubtful {
                    if let Some(history) = self.handles.get_mut(handle) {
                        history.doubts.insert(sequence);
                    }
                }
                self.redirects.doubt(sequence, doubtful);
            }
            ChangeKind::Undone { change } => {
                if let Some(handle) = self.decisions.remove(change) {
                    self.revise(&handle, |history| {
                        history.decided.remove(change);
                    });
                }
                for handle in self.redirects.take(*change) {
                    if let Some(history) = self.handles.get_mut(&handle) {
                        history.doubts.remove(change);
                    }
                }
            }
            ChangeKind::Erased { handle } => {
                if let Some(history) = self.handles.get(handle) {
                    for sequence in history.decided.keys() {
                        self.decisions.remove(sequence);
                    }
                }
                self.revise(handle, |history| *history = History::default());
                self.handles.remove(handle);
                self.redirects.forget(handle);
            }
            ChangeKind::Linked { .. }
            | ChangeKind::Unlinked { .. }
            | ChangeKind::Relinked { .. }
            | ChangeKind::Reviewed { .. }
            | ChangeKind::Revised { .. }
            | ChangeKind::Forgotten
            | ChangeKind::Unknown(_) => {}
        }
    }

    /// What a command means, or none where it changes nothing.
    fn kind(
        &self,
        command: BookCommand,
        at: DateTime<Utc>,
    ) -> Result<Option<ChangeKind>, BookBroken> {
        Ok(Some(match command {
            BookCommand::Decide { handle, decision } => {
                let before = self.handles.get(&handle).and_then(History::latest);
                if !self.is_news(before, &decision) {
                    return Ok(None);
                }
                let link = Box::new(Link::from_decision(handle, decision, at));
                if before.is_none() && link.state == LinkState::None {
                    return Ok(None);
                }
                ChangeKind::Decided { link }
            }
            BookCommand::Merge { old, into } => {
                if old == into {
                    return Err(BookBroken::IntoItself(old));
                }
                if self.redirects.of(&old) == Some(&into) {
                    return Ok(None);
                }
                ChangeKind::Merged { old, into }
            }
            BookCommand::Split { from, out } => {
                if from == out {
                    return Err(BookBroken::IntoItself(out));
                }
                let doubtful = self.doubtful(&from, &out);
                ChangeKind::Split {
                    from,
                    out,
                    doubtful,
                }
            }
            BookCommand::Undo { sequence } => {
                if !self.decisions.contains_key(&sequence) && !self.redirects.has(sequence) {
                    return Err(BookBroken::NothingToUndo(sequence));
                }
                ChangeKind::Undone { change: sequence }
            }
            BookCommand::Erase { handle } => ChangeKind::Erased { handle },
        }))
    }

    /// Whether a decision says anything that the latest one did not, or answers a doubt.
    fn is_news(&self, before: Option<(u64, &Link)>, decision: &Decision) -> bool {
        before.is_none_or(|(sequence, link)| {
            let doubts = self
                .handles
                .get(&link.handle)
                .map(|history| &history.doubts);
            let is_doubted = doubts
                .and_then(|doubts| doubts.last())
                .is_some_and(|doubt| *doubt > sequence);
            is_doubted || link.decision != *decision
        })
    }

    /// The handles of the records that stay: those that were decided while the records were one may
    /// be either's, unless the host said so.
    fn doubtful(&self, from: &CustomerId, out: &CustomerId) -> Vec<HandleKey> {
        let merged = self.redirects.merged_at(out);
        let leaving: BTreeSet<CustomerId> = self.redirects.members(out).into_iter().collect();
        let root = self.redirects.root(from);
        let mut doubtful = Vec::new();
        for record in self.redirects.members(root) {
            if leaving.contains(&record) {
                continue;
            }
            for handle in self.holders.get(&record).into_iter().flatten() {
                let Some((sequence, link)) = self.handles.get(handle).and_then(History::latest)
                else {
                    continue;
                };
                let together = merged.is_none_or(|merged| sequence > merged);
                if link.state == LinkState::Linked && link.decided_by != DecidedBy::Host && together
                {
                    doubtful.push(handle.clone());
                }
            }
        }
        doubtful.sort();
        doubtful
    }

    /// The handles that a change may touch, in order.
    fn touched(&self, kind: &ChangeKind) -> BTreeSet<HandleKey> {
        let of = |customers: &[&CustomerId]| -> BTreeSet<HandleKey> {
            customers
                .iter()
                .flat_map(|customer| self.handles_of(customer))
                .collect()
        };
        match kind {
            ChangeKind::Decided { link } => BTreeSet::from([link.handle.clone()]),
            ChangeKind::Merged { old, into } => of(&[old, into]),
            ChangeKind::Split { from, out, .. } => of(&[from, out]),
            ChangeKind::Undone { change } => match self.decisions.get(change) {
                Some(handle) => BTreeSet::from([handle.clone()]),
                None => {
                    let (records, doubted) = self.redirects.touched_by(*change);
                    let mut handles = of(&records.iter().collect::<Vec<_>>());
                    handles.extend(doubted.iter().cloned());
                    handles
                }
            },
            ChangeKind::Erased { handle } => BTreeSet::from([handle.clone()]),
            _ => BTreeSet::new(),
        }
    }

    fn standing(&self, handle: &HandleKey) -> Option<Standing> {
        let history = self.handles.get(handle)?;
        let (sequence, link) = history.latest()?;
        let mut standing = Standing {
            sequence,
            state: link.state.clone(),
            customer: link.customer.clone(),
            conflict: link.conflict.clone(),
        };
        let Some(customer) = &link.customer else {
            return Some(standing);
        };
        if !matches!(link.state, LinkState::Linked | LinkState::Review) {
            return Some(standing);
        }
        let root = self.redirects.root(customer);
        standing.customer = Some(root.clone());
        let ruled_out = |no: &&CustomerId| self.redirects.root(no) == root;
        if let Some(no) = link.decision.refused.iter().find(ruled_out) {
            standing.state = LinkState::Review;
            standing.conflict = Some(no.clone());
        }
        if history.doubts.last().is_some_and(|doubt| *doubt > sequence) {
            standing.state = LinkState::Review;
        }
        Some(standing)
    }

    /// Changes a handle's history and keeps the index of holders right.
    fn revise(&mut self, handle: &HandleKey, change: impl FnOnce(&mut History)) {
        let history = self.handles.entry(handle.clone()).or_default();
        let customer = |history: &History| {
            let (_, link) = history.latest()?;
            let leads = matches!(link.state, LinkState::Linked | LinkState::Review);
            link.customer.clone().filter(|_| leads)
        };
        let before = customer(history);
        change(history);
        let after = customer(history);
        if before == after {
            return;
        }
        if let Some(before) = before
            && let Some(handles) = self.holders.get_mut(&before)
        {
            handles.remove(handle);
            if handles.is_empty() {
                self.holders.remove(&before);
            }
        }
        if let Some(after) = after {
            self.holders
                .entry(after)
                .or_default()
                .insert(handle.clone());
        }
    }
}

/// What differs for a handle, told to those who follow the feed.
fn effect(
    handle: HandleKey,
    before: Option<&Standing>,
    after: Option<Standing>,
) -> Option<ChangeKind> {
    if before == after.as_ref() {
        return None;
    }
    let linked = |standing: Option<&Standing>| match standing {
        Some(Standing {
            state: LinkState::Linked,
            customer,
            ..
        }) => customer.clone(),
        _ => None,
    };
    let in_review = matches!(&after, Some(after) if after.state == LinkState::Review);
    match (linked(before), linked(after.as_ref())) {
        (Some(from), Some(to)) if from == to => Some(ChangeKind::Revised { handle }),
        (Some(from), Some(to)) => Some(ChangeKind::Relinked { handle, from, to }),
        (None, Some(customer)) => Some(ChangeKind::Linked { handle, customer }),
        (from, None) if in_review => Some(ChangeKind::Reviewed {
            handle,
            from,
            customer: after.and_then(|after| after.customer),
        }),
        (Some(customer), None) => Some(ChangeKind::Unlinked { handle, customer }),
        (None, None) => Some(ChangeKind::Revised { handle }),
    }
}
