use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use aho_corasick::{AhoCorasick, MatchKind};
use aspa_types::HandleKey;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// What stands where something was taken out of a text.
pub const ERASED: &str = "[erased]";

/// Fewest characters of a name or id that is looked for inside texts: shorter ones would be found in
/// texts about anything.
const SHORTEST: usize = 4;

/// Fields whose text is a word of ours and never a person's.
const OURS: &[&str] = &[
    "type",
    "state",
    "kind",
    "category",
    "network",
    "visibility",
    "status",
    "landed",
    "audience",
    "reply",
    "priority",
    "outcome",
    "direction",
    "via",
    "language",
    "v",
    "verdict",
    "by_kind",
    "level",
    "comparison",
    "method",
    "field",
    "account",
    "system",
    "agent",
    "assignee",
    "right",
];

/// Takes persons out of rows: their handles become others, and their names, addresses and words are
/// taken out of texts wherever they stand as whole words.
///
/// Looking for them costs O(text), however many they are.
#[derive(Clone)]
pub struct Redactor {
    handles: BTreeMap<HandleKey, HandleKey>,
    /// Whole texts and what becomes of them.
    whole: BTreeMap<String, String>,
    words: AhoCorasick,
    becomes: Vec<String>,
    /// Finds rows that have anything in them, as JSON text.
    filter: AhoCorasick,
}

/// `Debug` shows how much is looked for, never what.
impl fmt::Debug for Redactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Redactor")
            .field("handles", &self.handles.len())
            .field("words", &self.becomes.len())
            .finish_non_exhaustive()
    }
}

/// There is more to look for than can be looked for at once.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct TooMuch;

impl Redactor {
    /// Has handles become others, whole texts become others, and takes words out of texts. Words with
    /// fewer than four characters are not looked for.
    ///
    /// # Errors
    ///
    /// [`TooMuch`] when all words together have more than some hundred megabytes.
    pub fn new(
        handles: BTreeMap<HandleKey, HandleKey>,
        whole: BTreeMap<String, String>,
        words: &[String],
    ) -> Result<Self, TooMuch> {
        let mut all: BTreeMap<String, String> = BTreeMap::new();
        for word in words.iter().filter(|word| word.chars().count() >= SHORTEST) {
            all.insert(word.clone(), ERASED.to_owned());
        }
        let mut whole = whole;
        let mut filter: Vec<String> = Vec::new();
        for (old, new) in &handles {
            whole.insert(old.to_string(), new.to_string());
            if old.id().chars().count() >= SHORTEST {
                all.insert(old.id().to_owned(), new.id().to_owned());
            }
            filter.push(format!("\"id\":{}", Value::from(old.id())));
        }
        filter.extend(whole.keys().map(|text| inside_json(text)));
        filter.extend(all.keys().map(|word| inside_json(word)));
        let build = |patterns: &[String]| {
            AhoCorasick::builder()
                .ascii_case_insensitive(true)
                .match_kind(MatchKind::LeftmostLongest)
                .build(patterns)
                .map_err(|_| TooMuch)
        };
        let (words, becomes): (Vec<String>, Vec<String>) = all.into_iter().unzip();
        Ok(Self {
            handles,
            whole,
            words: build(&words)?,
            becomes,
            filter: build(&filter)?,
        })
    }

    /// What becomes of a handle, if it is a person's.
    #[must_use]
    pub fn handle(&self, key: &HandleKey) -> Option<&HandleKey> {
        self.handles.get(key)
    }

    /// The row without the persons; none where they are not in it.
    ///
    /// # Errors
    ///
    /// When what is left is no such row.
    pub fn apply<T: Serialize + DeserializeOwned>(
        &self,
        row: &T,
    ) -> Result<Option<T>, serde_json::Error> {
        if !self.filter.is_match(&serde_json::to_string(row)?) {
            return Ok(None);
        }
        let mut value = serde_json::to_value(row)?;
        if !self.value(&mut value, "") {
            return Ok(None);
        }
        serde_json::from_value(value).map(Some)
    }

    /// The text without the persons; none where they are not in it.
    #[must_use]
    pub fn text(&self, text: &str) -> Option<String> {
        if let Some(new) = self.whole.get(text) {
            return Some(new.clone());
        }
        let (mut out, mut done) = (String::new(), 0);
        for found in self.words.find_iter(text) {
            let (before, after) = (text.get(..found.start()), text.get(found.end()..));
            let (Some(before), Some(after)) = (before, after) else {
                continue;
            };
            let joins = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
            if joins(before.chars().next_back()) || joins(after.chars().next()) {
                continue;
            }
            out.push_str(text.get(done..found.start()).unwrap_or_default());
            let new = self.becomes.get(found.pattern().as_usize());
            out.push_str(new.map_or(ERASED, String::as_str));
            done = found.end();
        }
        if done == 0 {
            return None;
        }
        out.push_str(text.get(done..).unwrap_or_default());
        Some(out)
    }

    /// Whether raw bytes, such as a webhook's body, speak of the persons: as text, as JSON however it is
    /// escaped, or percent-encoded. What is compressed or encoded otherwise is not looked into.
    #[must_use]
    pub fn is_in(&self, bytes: &[u8]) -> bool {
        if self.filter.is_match(bytes) || self.words.is_match(bytes) {
            return true;
        }
        if let Ok(value) = serde_json::from_slice::<Value>(bytes) {
            return self.filter.is_match(&value.to_string());
        }
        let decoded = percent_decoded(bytes);
        self.filter.is_match(&*decoded) || self.words.is_match(&*decoded)
    }

    fn value(&self, value: &mut Value, field: &str) -> bool {
        match value {
            Value::String(text) => {
                if OURS.contains(&field) {
                    return false;
                }
                match self.text(text) {
                    Some(new) => {
                        *text = new;
                        true
                    }
                    None => false,
                }
            }
            Value::Array(all) => {
                let changed = all.iter_mut().map(|value| self.value(value, field));
                changed.fold(false, |any, changed| any | changed)
            }
            Value::Object(fields) => {
                if let Some(key) = handle_in(fields) {
                    if let Some(new) = self.handles.get(&key) {
                        fields.insert("id".to_owned(), new.id().into());
                        return true;
                    }
                    return false;
                }
                let mut any = false;
                for (name, value) in fields.iter_mut() {
                    any |= self.value(value, name);
                }
                let named: Vec<(String, String)> = fields
                    .keys()
                    .filter_map(|name| Some((name.clone(), self.text(name)?)))
                    .collect();
                for (old, new) in named {
                    if let Some(value) = fields.remove(&old) {
                        fields.insert(new, value);
                        any = true;
                    }
                }
                any
            }
            _ => false,
        }
    }
}

/// The handle that an object is, if it is one.
fn handle_in(fields: &serde_json::Map<String, Value>) -> Option<HandleKey> {
    let known = |name: &String| matches!(name.as_str(), "network" | "scope" | "id");
    if !fields.contains_key("network") || !fields.keys().all(known) {
        return None;
    }
    serde_json::from_value(Value::Object(fields.clone())).ok()
}

/// A text as it stands between the quotes of JSON.
fn inside_json(text: &str) -> String {
    let quoted = Value::from(text).to_string();
    quoted.trim_matches('"').to_owned()
}

fn percent_decoded(bytes: &[u8]) -> Cow<'_, [u8]> {
    if !bytes.contains(&b'%') && !bytes.contains(&b'+') {
        return Cow::Borrowed(bytes);
    }
    let digit = |byte: Option<&u8>| char::from(*byte?).to_digit(16);
    let mut out = Vec::with_capacity(bytes.len());
    let mut place = 0;
    while let Some(byte) = bytes.get(place) {
        let pair = (digit(bytes.get(place + 1)), digit(bytes.get(place + 2)));
        match (byte, pair) {
            (b'%', (Some(high), Some(low))) => {
                out.push(u8::try_from(high * 16 + low).unwrap_or_default());
                place += 3;
            }
            (b'+', _) => {
                out.push(b' ');
                place += 1;
            }
            _ => {
                out.push(*byte);
                place += 1;
            }
        }
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use aspa_types::Network;
    use serde_json::json;

    fn handle(id: &str) -> HandleKey {
        HandleKey::new(Network::X, None, id).unwrap()
    }

    fn redactor() -> Redactor {
        let handles = [("7", "erased-7"), ("angrymatti", "erased-8")];
        let handles = handles.map(|(old, new)| (handle(old), handle(new)));
        let words = ["Matti Meikäläinen", "matti@example.com", "bo", "open"];
        let words = words.map(str::to_owned);
        let whole = BTreeMap::from([("t-1".to_owned(), "t-2".to_owned())]);
        Redactor::new(handles.into(), whole, &words).unwrap()
    }

    #[test]
    fn whole_words_go_and_others_stay() {
        let redactor = redactor();
        let cases = [
            ("Hei Matti Meikäläinen!", Some("Hei [erased]!")),
            (
                "MATTI@example.com, matti@example.company",
                Some("[erased], matti@example.company"),
            ),
            ("xmatti@example.com", None),
            ("bo and 7 stay", None),
            ("@angrymatti asked", Some("@erased-8 asked")),
            ("t-1", Some("t-2")),
            ("x:7 t-1", None),
            ("x::7", Some("x::erased-7")),
        ];
        for (text, expected) in cases {
            assert_eq!(redactor.text(text).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn rows_keep_their_form_and_our_words() {
        let row = json!({
            "author": {"network": "x", "id": "7"}, "other": {"network": "facebook_page", "id": "7"},
            "state": "open", "note": "open", "x::7": 1, "times": ["2026-11-22T00:00:07Z"],
        });
        let expected = json!({
            "author": {"network": "x", "id": "erased-7"}, "other": {"network": "facebook_page", "id": "7"},
            "state": "open", "note": "[erased]", "x::erased-7": 1, "times": ["2026-11-22T00:00:07Z"],
        });
        assert_eq!(redactor().apply(&row).unwrap(), Some(expected));
        assert_eq!(redactor().apply(&json!({"id": "77"})).unwrap(), None);
    }

    #[test]
    fn raw_bytes_are_read_however_they_are_escaped() {
        let found = [
            r#"{"name":"Matti Meik\u00e4l\u00e4inen"}"#,
            r#"{"from":{"id":"7"}}"#,
            r#"{"from" : { "id" : "7" }}"#,
            "name=Matti+Meik%C3%A4l%C3%A4inen",
            "ANGRYMATTI",
        ];
        for text in found {
            assert!(redactor().is_in(text.as_bytes()), "{text}");
        }
        for text in ["", "%", "%4", r#"{"id":"70"}"#, "\u{0}\u{1}"] {
            assert!(!redactor().is_in(text.as_bytes()), "{text}");
        }
        assert!(!redactor().is_in(b"\xff\xfe"));
    }
}
