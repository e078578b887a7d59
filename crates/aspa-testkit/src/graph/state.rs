//! What is on the network.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use super::{GraphPerson, GraphText};

/// A post, a comment or a review.
#[derive(Debug, Clone)]
pub(super) struct Node {
    pub(super) id: String,
    /// The post it is below; none where it is one.
    pub(super) post: Option<String>,
    pub(super) parent: Option<String>,
    /// None: the Page.
    pub(super) author: Option<String>,
    pub(super) text: String,
    pub(super) at: DateTime<Utc>,
    pub(super) hidden: bool,
    /// With whom a private reply opened a conversation.
    pub(super) private: Option<String>,
    /// Of a review: whether it recommends.
    pub(super) positive: Option<bool>,
}

/// A message in Messenger.
#[derive(Debug, Clone)]
pub(super) struct Line {
    pub(super) id: String,
    pub(super) person: String,
    pub(super) ours: bool,
    pub(super) text: String,
    pub(super) at: DateTime<Utc>,
    pub(super) answers: Option<String>,
}

#[derive(Debug)]
pub(super) struct State {
    pub(super) page: String,
    pub(super) now: DateTime<Utc>,
    pub(super) nodes: Vec<Node>,
    pub(super) lines: Vec<Line>,
    pub(super) people: Vec<GraphPerson>,
    pub(super) likes: BTreeSet<String>,
    pub(super) read: BTreeSet<String>,
    pub(super) strange: Vec<String>,
    pub(super) changes: Vec<Value>,
    pub(super) messaging: Vec<Value>,
    pub(super) expired: bool,
    pub(super) needs_proof: bool,
    pub(super) human_agent: bool,
    pub(super) written: usize,
    next: u64,
}

/// Why something is refused: code, subcode, in words.
pub(super) type No = (u32, Option<u32>, &'static str);

pub(super) const GONE: No = (100, Some(33), "Unsupported request: object does not exist");

impl State {
    pub(super) fn new(page: &str, now: DateTime<Utc>) -> Self {
        Self {
            page: page.to_owned(),
            now,
            nodes: Vec::new(),
            lines: Vec::new(),
            people: Vec::new(),
            likes: BTreeSet::new(),
            read: BTreeSet::new(),
            strange: Vec::new(),
            changes: Vec::new(),
            messaging: Vec::new(),
            expired: false,
            needs_proof: false,
            human_agent: false,
            written: 0,
            next: 1,
        }
    }

    fn number(&mut self) -> u64 {
        self.next += 1;
        // Above 2^53, as Meta's are.
        9_007_199_254_740_993 + self.next
    }

    pub(super) fn person(&mut self, name: &str) -> GraphPerson {
        if let Some(known) = self.people.iter().find(|one| one.name == name) {
            return known.clone();
        }
        let (author, person) = (self.number(), self.number());
        let person = GraphPerson {
            author: author.to_string(),
            person: person.to_string(),
            name: name.to_owned(),
        };
        self.people.push(person.clone());
        person
    }

    pub(super) fn node(&self, id: &str) -> Option<&Node> {
        self.nodes.iter().find(|node| node.id == id)
    }

    fn node_mut(&mut self, id: &str) -> Option<&mut Node> {
        self.nodes.iter_mut().find(|node| node.id == id)
    }

    pub(super) fn by(&self, author: Option<&str>) -> Value {
        let Some(author) = author else {
            return json!({ "id": self.page, "name": "Our Page" });
        };
        let name = self.people.iter().find(|one| one.author == author);
        json!({ "id": author, "name": name.map_or("", |one| &one.name) })
    }

    fn tell(&mut self, node: &Node, verb: &str) {
        let item = match node.post {
            Some(_) => "comment",
            None => "post",
        };
        let post = node.post.as_ref().unwrap_or(&node.id);
        let mut value = json!({ "item": item, "verb": verb, "post_id": post,
            "from": self.by(node.author.as_deref()) });
        if let Some(post) = &node.post {
            value["comment_id"] = json!(node.id);
            value["parent_id"] = json!(node.parent.as_ref().unwrap_or(post));
        }
        if verb != "remove" {
            value["message"] = json!(node.text);
            value["created_time"] = json!(node.at.timestamp());
        }
        self.changes
            .push(json!({ "field": "feed", "value": value }));
    }

    fn add(&mut self, node: Node) -> String {
        let id = node.id.clone();
        self.tell(&node, "add");
        self.nodes.push(node);
        id
    }

    fn draft(&self, id: String, author: Option<String>, text: &str) -> Node {
        Node {
            id,
            post: None,
            parent: None,
            author,
            text: text.to_owned(),
            at: self.now,
            hidden: false,
            private: None,
            positive: None,
        }
    }

    pub(super) fn post(&mut self, author: Option<String>, text: &str) -> String {
        let number = self.number();
        let id = format!("{}_{number}", self.page);
        let node = self.draft(id, author, text);
        self.add(node)
    }

    pub(super) fn review(&mut self, by: &GraphPerson, positive: bool, text: &str) -> String {
        let id = self.number().to_string();
        let mut node = self.draft(id.clone(), Some(by.author.clone()), text);
        node.positive = Some(positive);
        let word = if positive { "POSITIVE" } else { "NEGATIVE" };
        self.changes.push(json!({ "field": "ratings", "value": {
            "item": "rating", "verb": "add", "open_graph_story_id": id.parse::<u64>().unwrap_or_default(),
            "reviewer_id": by.author.parse::<u64>().unwrap_or_default(), "reviewer_name": by.name,
            "recommendation_type": word, "review_text": text, "created_time": self.now.timestamp(),
        }}));
        self.nodes.push(node);
        id
    }

    pub(super) fn comment(
        &mut self,
        author: Option<String>,
        on: &str,
        text: &str,
    ) -> Option<String> {
        let target = self.node(on)?;
        let (post, parent) = match &target.post {
            Some(post) => (post.clone(), Some(target.id.clone())),
            None => (target.id.clone(), None),
        };
        let below = post.rsplit('_').next().unwrap_or_default().to_owned();
        let id = format!("{below}_{}", self.number());
        let mut node = self.draft(id, author, text);
        (node.post, node.parent) = (Some(post), parent);
        Some(self.add(node))
    }

    pub(super) fn edit(&mut self, id: &str, text: &str) -> bool {
        let Some(node) = self.node_mut(id) else {
            return false;
        };
        text.clone_into(&mut node.text);
        let node = node.clone();
        self.tell(&node, "edited");
        true
    }

    pub(super) fn remove(&mut self, id: &str) -> bool {
        let Some(place) = self.nodes.iter().position(|node| node.id == id) else {
            return false;
        };
        let node = self.nodes.remove(place);
        self.tell(&node, "remove");
        // What is below goes with it.
        let below: Vec<String> = self
            .nodes
            .iter()
            .filter(|other| {
                other.post.as_deref() == Some(id) || other.parent.as_deref() == Some(id)
            })
            .map(|other| other.id.clone())
            .collect();
        below.iter().for_each(|id| {
            self.remove(id);
        });
        true
    }

    pub(super) fn hide(&mut self, id: &str, hidden: bool) -> bool {
        let Some(node) = self.node_mut(id) else {
            return false;
        };
        node.hidden = hidden;
        let node = node.clone();
        self.tell(&node, if hidden { "hide" } else { "unhide" });
        true
    }

    pub(super) fn line(&mut self, person: &str, text: &str, answers: Option<&str>) -> String {
        let id = format!("m_{}", self.number());
        let mut message = json!({ "mid": id, "text": text });
        if let Some(answered) = answers {
            message["reply_to"] = json!({ "mid": answered });
        }
        self.messaging.push(
            json!({ "sender": { "id": person }, "recipient": { "id": self.page },
            "timestamp": self.now.timestamp_millis(), "message": message }),
        );
        self.push(id, person, false, text, answers)
    }

    fn push(
        &mut self,
        id: String,
        person: &str,
        ours: bool,
        text: &str,
        answers: Option<&str>,
    ) -> String {
        self.lines.push(Line {
            id: id.clone(),
            person: person.to_owned(),
            ours,
            text: text.to_owned(),
            at: self.now,
            answers: answers.map(str::to_owned),
        });
        id
    }

    /// The Page writes; Meta echoes it.
    pub(super) fn echo(
        &mut self,
        person: &str,
        text: &str,
        answers: Option<&str>,
        metadata: Option<&Value>,
    ) -> String {
        let id = format!("m_{}", self.number());
        let mut message = json!({ "mid": id, "text": text, "is_echo": true, "app_id": 500 });
        if let Some(metadata) = metadata {
            message["metadata"] = metadata.clone();
        }
        self.messaging.push(
            json!({ "sender": { "id": self.page }, "recipient": { "id": person },
            "timestamp": self.now.timestamp_millis(), "message": message }),
        );
        self.push(id, person, true, text, answers)
    }

    /// Whether an answer is taken from the Page now.
    pub(super) fn is_open(&self, person: &str, tagged: bool) -> Result<(), No> {
        if !self.people.iter().any(|one| one.person == person) {
            return Err((100, Some(2_018_001), "No matching user found"));
        }
        if tagged && !self.human_agent {
            return Err((
                10,
                None,
                "Application does not have permission for this action",
            ));
        }
        let last = self
            .lines
            .iter()
            .rev()
            .find(|line| line.person == person && !line.ours);
        let open = match tagged {
            true => TimeDelta::days(7),
            false => TimeDelta::days(1),
        };
        match last.is_some_and(|last| self.now - last.at <= open) {
            true => Ok(()),
            false => Err((
                10,
                Some(2_018_278),
                "This message is sent outside of allowed window",
            )),
        }
    }

    /// A private reply: once, within 7 days of the comment.
    pub(super) fn private_reply(
        &mut self,
        id: &str,
        text: &str,
        metadata: Option<&Value>,
    ) -> Result<(String, String), No> {
        let node = self.node(id).ok_or(GONE)?;
        if node.private.is_some() {
            return Err((10_900, None, "Activity already replied to"));
        }
        if self.now - node.at > TimeDelta::days(7) {
            return Err((10_903, None, "This activity can't be replied to any more"));
        }
        let author = node.author.clone().ok_or(GONE)?;
        let person = self.people.iter().find(|one| one.author == author);
        let person = person.map(|one| one.person.clone()).ok_or(GONE)?;
        let mid = self.echo(&person, text, None, metadata);
        if let Some(node) = self.node_mut(id) {
            node.private = Some(person.clone());
        }
        Ok((person, mid))
    }

    pub(super) fn seen(&self) -> Vec<GraphText> {
        let nodes = self.nodes.iter().filter(|node| !node.hidden);
        let nodes = nodes.map(|node| GraphText {
            id: node.id.clone(),
            text: node.text.clone(),
            ours: node.author.is_none(),
            answers: node.parent.clone().or(node.post.clone()),
            private: false,
        });
        let lines = self.lines.iter().map(|line| GraphText {
            id: line.id.clone(),
            text: line.text.clone(),
            ours: line.ours,
            answers: line.answers.clone(),
            private: true,
        });
        nodes.chain(lines).collect()
    }
}
