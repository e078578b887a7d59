//! What happened to a ticket, as JSON Lines.

use std::path::Path;

use aspa_sla::{Commitment, Event, EventKind, Facts, ReplyKind, Status};
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::when::instant;

/// The events of a file, and what its first `created` says about the ticket.
#[derive(Debug, Default)]
pub(crate) struct History {
    pub(crate) events: Vec<Line>,
}

/// One line that was read.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    pub(crate) at: DateTime<Utc>,
    pub(crate) what: What,
}

/// What a line says.
#[derive(Debug, Clone)]
pub(crate) enum What {
    /// The ticket came to be, by a message of the customer or by an agent; with what is known of it.
    Created { by_customer: bool, facts: Facts },
    /// Anything else that clocks count.
    Event(EventKind),
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Time {
    Seconds(i64),
    Text(String),
}

#[derive(Deserialize)]
#[serde(tag = "event", rename_all = "snake_case", deny_unknown_fields)]
enum Word {
    Created {
        #[serde(default)]
        by: By,
        channel: Option<String>,
        audience: Option<String>,
        #[serde(default)]
        tags: Vec<String>,
        priority: Option<String>,
        tier: Option<String>,
        language: Option<String>,
    },
    #[serde(alias = "customer_message")]
    CustomerReply {},
    #[serde(alias = "agent_message")]
    AgentReply {
        #[serde(default)]
        kind: Kind,
    },
    Status {
        status: State,
    },
    Priority {
        priority: Option<String>,
    },
    Policy {
        policy: String,
    },
    Assign {
        to: Option<String>,
    },
    Commit {
        name: String,
        due: Option<Time>,
    },
    Kept {
        name: String,
    },
    CalledOff {
        name: String,
    },
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum By {
    #[default]
    Customer,
    Agent,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    #[default]
    Answer,
    Holding,
    Automatic,
}

/// The statuses, also by the names that tickets of aspa have.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum State {
    New,
    Open,
    #[serde(alias = "waiting_customer")]
    Pending,
    #[serde(alias = "waiting_internal")]
    OnHold,
    Snoozed,
    #[serde(alias = "resolved")]
    Solved,
    Closed,
}

impl History {
    /// Reads a file, or standard input where it is called `-`.
    pub(crate) fn read(path: &Path, zone: Tz) -> Result<Self, String> {
        let text = crate::read(path, "--events")?;
        Self::parse(&text, zone)
            .map_err(|(line, why)| format!("--events {}, line {line}: {why}", path.display()))
    }

    fn parse(text: &str, zone: Tz) -> Result<Self, (usize, String)> {
        let mut events = Vec::new();
        for (number, line) in text.lines().enumerate() {
            if line.trim().is_empty() {
                continue;
            }
            let line = parse(line, zone).map_err(|why| (number + 1, why))?;
            events.push(line);
        }
        // Stable: what stands first in the file comes first within an instant.
        events.sort_by_key(|line| line.at);
        Ok(Self { events })
    }

    /// What is known of the ticket when it is created.
    pub(crate) fn facts(&self) -> Option<&Facts> {
        self.events.iter().find_map(|line| match &line.what {
            What::Created { facts, .. } => Some(facts),
            What::Event(_) => None,
        })
    }

    /// The events as clocks take them.
    ///
    /// A ticket that a customer's message created has that message right after its creation, and the
    /// priority that it was created with right before.
    pub(crate) fn clock_events(&self) -> Vec<Event> {
        let mut events = Vec::new();
        for Line { at, what } in &self.events {
            match what {
                What::Created { by_customer, facts } => {
                    if let Some(priority) = &facts.priority {
                        events.push(Event::new(
                            *at,
                            EventKind::Priority(Some(priority.as_str().into())),
                        ));
                    }
                    events.push(Event::new(*at, EventKind::Created));
                    if *by_customer {
                        events.push(Event::new(*at, EventKind::CustomerMessage));
                    }
                }
                What::Event(kind) => events.push(Event::new(*at, kind.clone())),
            }
        }
        events
    }
}

fn parse(line: &str, zone: Tz) -> Result<Line, String> {
    let mut fields: Map<String, Value> = serde_json::from_str(line).map_err(|e| e.to_string())?;
    let at = fields.remove("at").ok_or("`at` is missing")?;
    let at = Time::deserialize(at).map_err(|_| "`at` is neither a text nor Unix seconds")?;
    // Who did it is for readers of the file.
    if fields.get("event").and_then(Value::as_str) != Some("created") {
        fields.remove("by");
    }
    let what: Word = serde_json::from_value(Value::Object(fields)).map_err(|e| e.to_string())?;
    let time = |time: Time, field: &str| {
        match time {
            Time::Seconds(seconds) => instant(&seconds.to_string(), zone),
            Time::Text(text) => instant(&text, zone),
        }
        .map_err(|why| format!("`{field}`: {why}"))
    };
    let at = time(at, "at")?;
    let event = match what {
        Word::Created {
            by,
            channel,
            audience,
            tags,
            priority,
            tier,
            language,
        } => {
            let mut facts = Facts::new();
            facts.channel = channel;
            facts.audience = audience;
            facts.tags = tags;
            facts.priority = priority;
            facts.tier = tier;
            facts.language = language;
            let by_customer = matches!(by, By::Customer);
            let what = What::Created { by_customer, facts };
            return Ok(Line { at, what });
        }
        Word::CustomerReply {} => EventKind::CustomerMessage,
        Word::AgentReply { kind } => EventKind::Reply(match kind {
            Kind::Answer => ReplyKind::Answer,
            Kind::Holding => ReplyKind::Holding,
            Kind::Automatic => ReplyKind::Automatic,
        }),
        Word::Status { status } => EventKind::Status(match status {
            State::New => Status::New,
            State::Open => Status::Open,
            State::Pending => Status::Pending,
            State::OnHold => Status::OnHold,
            State::Snoozed => Status::Snoozed,
            State::Solved => Status::Solved,
            State::Closed => Status::Closed,
        }),
        Word::Priority { priority } => EventKind::Priority(priority.map(Into::into)),
        Word::Policy { policy } => EventKind::Policy(policy.into()),
        Word::Assign { to } => EventKind::Assigned(to.map(Into::into)),
        Word::Commit { name, due } => EventKind::Committed(match due {
            Some(due) => Commitment::by(time(due, "due")?, name),
            None => Commitment::within_target(name),
        }),
        Word::Kept { name } => EventKind::Kept(name.into()),
        Word::CalledOff { name } => EventKind::CalledOff(name.into()),
    };
    let what = What::Event(event);
    Ok(Line { at, what })
}
