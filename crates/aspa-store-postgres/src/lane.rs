//! Which effects can be claimed once their time has come: the first that holds its lane, if it is ready
//! and no pause covers it. A column says so, kept up by the commit that changes any of it, so that a
//! claim looks at nothing else.

use aspa_store::{OutboxRow, Versioned};

use crate::write::{Steps, values};

/// Whether a pause covers effect `o`.
macro_rules! paused {
    () => {
        "EXISTS (
             SELECT 1 FROM @.pauses AS p
             WHERE p.tenant = o.tenant AND p.account IN ('', o.account) AND p.kind IN ('', o.kind))"
    };
}

/// [`OutboxState::is_ready`](aspa_store::OutboxState::is_ready), as the index of states has it.
macro_rules! ready {
    () => {
        "state IN ('undo_window', 'queued', 'sending', 'failed_retryable')"
    };
}

impl Steps {
    /// Sees anew which effects of these lanes can be claimed, after `old` ones of them, and new ones
    /// behind, were written. Their locks are held.
    pub(crate) fn lanes(&mut self, old: &[Versioned<OutboxRow>], digests: Vec<Vec<u8>>) {
        let holding = old.iter().filter(|row| row.value.state.holds_lane());
        let keys: Vec<String> = holding
            .map(|row| row.value.effect.key.to_string())
            .collect();
        // They may stand before the one that was first.
        self.any(
            "UPDATE @.outbox AS o SET open = false
             FROM unnest($2::text[]) AS n (key)
             JOIN @.outbox AS written ON written.tenant = $1 AND written.key = n.key
             CROSS JOIN LATERAL (
                 SELECT seq FROM @.outbox AS later
                 WHERE later.holds AND later.tenant = $1 AND later.lane_digest = written.lane_digest
                     AND later.seq > written.seq
                 ORDER BY later.tenant, later.lane_digest, later.seq LIMIT 1) AS next
             WHERE o.seq = next.seq AND o.open",
            keys.len(),
            values![keys],
        );
        self.any(
            concat!(
                "UPDATE @.outbox AS o SET open = o.ready AND NOT ",
                paused!(),
                " FROM unnest($2::bytea[]) AS n (lane)
                 CROSS JOIN LATERAL (
                     SELECT seq FROM @.outbox AS held
                     WHERE held.holds AND held.tenant = $1 AND held.lane_digest = n.lane
                     ORDER BY held.tenant, held.lane_digest, held.seq LIMIT 1) AS first
                 WHERE o.seq = first.seq AND o.open <> (o.ready AND NOT ",
                paused!(),
                ")"
            ),
            digests.len(),
            values![digests],
        );
    }

    /// Sees anew which effects of the tenant can be claimed, after `changed` of its pauses were.
    pub(crate) fn paused(&mut self, changed: usize) {
        self.any(
            concat!(
                "UPDATE @.outbox AS o SET open = false WHERE o.tenant = $1 AND o.open AND ",
                paused!()
            ),
            changed,
            Vec::new(),
        );
        self.any(
            concat!(
                "UPDATE @.outbox AS o SET open = true
                 WHERE o.tenant = $1 AND o.",
                ready!(),
                " AND o.ready AND NOT o.open AND NOT ",
                paused!(),
                " AND NOT EXISTS (
                     SELECT 1 FROM @.outbox AS earlier
                     WHERE earlier.holds AND earlier.tenant = o.tenant
                         AND earlier.lane_digest = o.lane_digest AND earlier.seq < o.seq)"
            ),
            changed,
            Vec::new(),
        );
    }
}

#[cfg(test)]
mod tests {
    use aspa_store::OutboxState;

    #[test]
    fn what_is_ready_is_listed() {
        for word in OutboxState::KNOWN {
            let listed = ready!().contains(&format!("'{word}'"));
            assert_eq!(OutboxState::from(*word).is_ready(), listed, "{word}");
        }
    }
}
