use aspa_types::text_enum;

text_enum! {
    /// How an effect in the outbox stands.
    ///
    /// | from | may become |
    /// | --- | --- |
    /// | (new) | awaiting_approval, undo_window, queued |
    /// | awaiting_approval | undo_window, queued, cancelled |
    /// | undo_window | sending, cancelled |
    /// | queued | sending, cancelled |
    /// | sending | queued (its next part), accepted, delivered, read, blocked, failed_retryable, failed_final, uncertain, dry_run |
    /// | failed_retryable | sending, cancelled |
    /// | blocked | queued, cancelled, failed_final |
    /// | uncertain | queued (its next part), accepted, delivered, read, failed_final |
    /// | accepted | delivered, read, failed_final |
    /// | delivered | read |
    /// | failed_final | accepted, delivered, read (an echo shows that it landed) |
    /// | read, dry_run, cancelled | nothing |
    ///
    /// Each may also be written again as it is. [`may_become`](Self::may_become) is this table as code.
    pub enum OutboxState {
        /// Somebody has to agree to it first, until `next_at`.
        AwaitingApproval = "awaiting_approval",
        /// It can be taken back until `next_at`, and is performed then.
        UndoWindow = "undo_window",
        /// It waits for its turn.
        Queued = "queued",
        /// Somebody is performing it, or was when the process ended.
        Sending = "sending",
        /// The network took it.
        Accepted = "accepted",
        /// The network says that it reached the addressee.
        Delivered = "delivered",
        /// The network says that the addressee saw it.
        Read = "read",
        /// It cannot be performed here and now, and nothing of this try was. A person decides, until
        /// `next_at`.
        Blocked = "blocked",
        /// It failed and will be tried again.
        FailedRetryable = "failed_retryable",
        /// It failed for good.
        FailedFinal = "failed_final",
        /// It may have happened, and nobody can tell. A person decides; its lane waits.
        Uncertain = "uncertain",
        /// A dry run came to it: checked, not performed, never to be performed.
        DryRun = "dry_run",
        /// Somebody took it back before it was performed.
        Cancelled = "cancelled",
    }
}

impl OutboxState {
    /// Whether later effects of its conversation have to wait for it.
    #[must_use]
    pub fn holds_lane(&self) -> bool {
        self.is_ready() || self.awaits_person() || matches!(self, Self::Uncertain | Self::Other(_))
    }

    /// Whether a worker may claim it once its time has come.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        matches!(
            self,
            Self::UndoWindow | Self::Queued | Self::Sending | Self::FailedRetryable
        )
    }

    /// Whether it waits for a person, and no longer than until its `next_at`.
    #[must_use]
    pub fn awaits_person(&self) -> bool {
        matches!(self, Self::AwaitingApproval | Self::Blocked)
    }

    /// Whether nothing of it can be under way, so that taking it back is safe.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.awaits_person()
            || matches!(
                self,
                Self::UndoWindow | Self::Queued | Self::FailedRetryable
            )
    }

    /// Whether the network took it.
    #[must_use]
    pub fn has_landed(&self) -> bool {
        matches!(self, Self::Accepted | Self::Delivered | Self::Read)
    }

    /// Whether an effect that stands so may come to stand as `next`: the table above. A word that this
    /// version does not know is left to the version that does.
    #[must_use]
    pub fn may_become(&self, next: &Self) -> bool {
        let landed = next.has_landed();
        let ways = match self {
            Self::AwaitingApproval => {
                matches!(next, Self::UndoWindow | Self::Queued | Self::Cancelled)
            }
            Self::UndoWindow | Self::Queued | Self::FailedRetryable => {
                matches!(next, Self::Sending | Self::Cancelled)
            }
            Self::Sending => {
                landed
                    || matches!(
                        next,
                        Self::Queued
                            | Self::Blocked
                            | Self::FailedRetryable
                            | Self::FailedFinal
                            | Self::Uncertain
                            | Self::DryRun
                    )
            }
            Self::Blocked => matches!(next, Self::Queued | Self::Cancelled | Self::FailedFinal),
            Self::Uncertain => landed || matches!(next, Self::Queued | Self::FailedFinal),
            Self::Accepted => {
                matches!(next, Self::Delivered | Self::Read | Self::FailedFinal)
            }
            Self::Delivered => matches!(next, Self::Read),
            Self::FailedFinal => landed,
            Self::Read | Self::DryRun | Self::Cancelled | Self::Other(_) => false,
        };
        ways || self == next
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The table in the documentation above, row by row.
    fn documented() -> Vec<(OutboxState, Vec<OutboxState>)> {
        let source = include_str!("outbox_state.rs");
        let rows = source.lines().map(str::trim).filter_map(|line| {
            let (from, to) = line
                .strip_prefix("/// | ")?
                .strip_suffix(" |")?
                .split_once(" | ")?;
            let to = to.split(',').map(str::trim);
            let words = to.map(|word| word.split(' ').next().unwrap_or_default());
            let words: Vec<OutboxState> = words.map(OutboxState::from).collect();
            Some((from, words))
        });
        let each = rows.flat_map(|(from, words)| {
            from.split(", ")
                .map(move |from| (OutboxState::from(from), words.clone()))
        });
        let known = |state: &OutboxState| !matches!(state, OutboxState::Other(_));
        each.filter(|(from, _)| known(from)).collect()
    }

    #[test]
    fn the_table_in_the_documentation_is_what_the_code_allows() {
        let documented = documented();
        assert_eq!(documented.len(), OutboxState::KNOWN.len(), "{documented:?}");
        for (from, ways) in documented {
            for word in OutboxState::KNOWN {
                let next = OutboxState::from(*word);
                let said = ways.contains(&next) || from == next;
                assert_eq!(from.may_become(&next), said, "{from} -> {next}");
            }
        }
    }

    #[test]
    fn whatever_waits_holds_its_lane_and_whatever_ended_does_not() {
        for word in OutboxState::KNOWN {
            let state = OutboxState::from(*word);
            let ended = state.has_landed()
                || matches!(
                    state,
                    OutboxState::FailedFinal | OutboxState::DryRun | OutboxState::Cancelled
                );
            assert_eq!(state.holds_lane(), !ended, "{state}");
            if state.is_idle() {
                assert!(state.may_become(&OutboxState::Cancelled), "{state}");
            }
            if state.is_ready() {
                assert!(state.may_become(&OutboxState::Sending), "{state}");
            }
        }
        assert!(OutboxState::from("of_a_later_version").holds_lane());
    }
}
