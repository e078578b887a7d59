use chrono::{DateTime, Utc};

/// Why a question about people and work has no answer.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum QueueError {
    /// An input is not a number, negative, zero where that makes no sense, or too large.
    #[error("{field}: {value} is not {range}")]
    OutOfRange {
        /// The input at fault, by the name of its parameter.
        field: &'static str,
        /// What was given; a time is in seconds.
        value: f64,
        /// What is accepted, in words.
        range: &'static str,
    },
    /// So few agents are never done: the queue grows without end. [`ErlangC`](crate::ErlangC) has no
    /// answer here; [`ErlangA`](crate::ErlangA) has, since callers give up.
    #[error("{agents} agents cannot keep up with a load of {load} erlangs")]
    Unstable {
        /// The agents that were given.
        agents: u32,
        /// The offered load in erlangs.
        load: f64,
    },
    /// Not even the largest team that is looked at reaches the goal.
    #[error("no team of up to {0} agents reaches the goal")]
    OutOfReach(u32),
    /// The queue would be longer than this, which the exact formula does not go through.
    #[error("a queue of more than {0} contacts is not computed")]
    QueueTooLong(u32),
    /// A piece of work is due before it arrives.
    #[error("work: the piece that arrives at {arrives} is due before that, at {due}")]
    DueBeforeArrival {
        /// When it arrives.
        arrives: DateTime<Utc>,
        /// When it is due.
        due: DateTime<Utc>,
    },
    /// A stretch of duty is empty or overlaps another.
    #[error("duty: the stretch from {from} is empty or overlaps another")]
    Duty {
        /// Where the stretch at fault begins.
        from: DateTime<Utc>,
    },
    /// The work or the duty does not fit into the period that it is to be repeated with.
    #[error("{field}: does not fit into the period that repeats")]
    LongerThanPeriod {
        /// `work` or `duty`.
        field: &'static str,
    },
    /// Work is due while nobody is on duty, so that no number of agents is enough.
    #[error("{seconds} s of work between {from} and {due} cannot be done: nobody is on duty")]
    NobodyOnDuty {
        /// When the work arrives.
        from: DateTime<Utc>,
        /// When it is due.
        due: DateTime<Utc>,
        /// How much work.
        seconds: u64,
    },
}

/// Checks that a number is finite and lies in `[least, most]`.
pub(crate) fn within(
    field: &'static str,
    value: f64,
    (least, most): (f64, f64),
    range: &'static str,
) -> Result<f64, QueueError> {
    if (least..=most).contains(&value) {
        Ok(value)
    } else {
        Err(QueueError::OutOfRange {
            field,
            value,
            range,
        })
    }
}
