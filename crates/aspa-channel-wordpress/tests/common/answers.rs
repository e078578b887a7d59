//! What that WordPress answers.

use std::collections::BTreeMap;

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use http::{Method, Request, Response};
use serde_json::{Value, json};

use super::{LOGIN, ME, Row, State};

pub(crate) fn answer(status: u16, body: String) -> Response<Bytes> {
    Response::builder()
        .status(status)
        .body(Bytes::from(body))
        .unwrap()
}

pub(crate) fn error(status: u16, code: &str) -> Response<Bytes> {
    let body = json!({ "code": code, "message": "Sorry.", "data": { "status": status } });
    answer(status, body.to_string())
}

impl State {
    pub(super) fn answer(&mut self, request: &Request<Bytes>) -> Response<Bytes> {
        let agent = request.headers().get("user-agent").expect("a user agent");
        assert!(!agent.is_empty());
        let path = request.uri().path();
        let path = path.strip_prefix("/wp-json/wp/v2/").expect("the API");
        let query = request.uri().query().unwrap_or_default();
        let query: BTreeMap<String, String> = form_urlencoded::parse(query.as_bytes())
            .into_owned()
            .collect();
        let right = format!("{LOGIN}:{}", self.password);
        let right = format!("Basic {}", base64(right.as_bytes()));
        let known = request.headers()["authorization"] == right.as_str();
        let id = path
            .strip_prefix("comments/")
            .map(|id| id.parse::<u64>().unwrap());
        match (request.method(), path) {
            (&Method::GET, "users/me") if !known => error(401, "rest_not_logged_in"),
            (&Method::GET, "users/me") => {
                let capabilities = match self.editor {
                    true => json!({ "read": true, "moderate_comments": true }),
                    false => json!({ "read": true }),
                };
                answer(
                    200,
                    json!({ "id": ME, "capabilities": capabilities }).to_string(),
                )
            }
            (&Method::GET, "users/3") => {
                let user = json!({ "name": "Liisa", "slug": "liisa", "link": "https://blog.aurinko.example/author/liisa" });
                answer(200, user.to_string())
            }
            (&Method::GET, _) if path.starts_with("users/") => error(404, "rest_user_invalid_id"),
            (&Method::GET, "comments") => self.list(&query, known),
            (&Method::GET, _) => match id.and_then(|id| self.rows.get(&id)) {
                Some(_) if !known => error(401, "rest_forbidden_context"),
                Some(row) => answer(200, self.written(row).to_string()),
                None => error(404, "rest_comment_invalid_id"),
            },
            (_, _) if !known => error(401, "rest_comment_login_required"),
            (&Method::POST, "comments") => self.create(request.body()),
            (&Method::POST, _) => self.update(id.unwrap(), request.body()),
            (&Method::DELETE, _) => {
                assert_ne!(query.get("force").map(String::as_str), Some("true"));
                match id.and_then(|id| self.rows.get_mut(&id)) {
                    None => error(404, "rest_comment_invalid_id"),
                    Some(row) if row.status == "trash" => error(410, "rest_already_trashed"),
                    Some(row) => {
                        row.status = "trash";
                        let row = row.clone();
                        answer(200, self.written(&row).to_string())
                    }
                }
            }
            other => panic!("{other:?}"),
        }
    }

    fn list(&self, query: &BTreeMap<String, String>, known: bool) -> Response<Bytes> {
        let get = |name: &str| query.get(name).map(String::as_str);
        let number = |name: &str| get(name).map(|text| text.parse::<u64>().unwrap());
        if !known {
            // A wrong password is a visitor: refused only where a visitor may not ask.
            let status = get("status").is_some() || get("context") == Some("edit");
            return match status {
                true => error(401, "rest_forbidden_param"),
                false => answer(200, "[]".to_owned()),
            };
        }
        if !self.editor {
            return error(403, "rest_forbidden_context");
        }
        let size = number("per_page").unwrap_or(10);
        if !(1..=100).contains(&size) {
            return error(400, "rest_invalid_param");
        }
        assert_eq!(get("orderby"), Some("id"));
        let wanted = |row: &&Row| {
            let status = match get("status").unwrap_or("approve") {
                "any" => true,
                "all" => ["approved", "hold"].contains(&row.status),
                "approve" => row.status == "approved",
                other => row.status == other,
            };
            // Exclusive, in the site's local time where no zone is said.
            let after = get("after").is_none_or(|after| row.at > local(after));
            let of = |name, value| number(name).is_none_or(|wanted| wanted == value);
            status
                && after
                && of("post", row.post)
                && of("author", row.author)
                && of("parent", row.parent)
        };
        let mut rows: Vec<&Row> = self.rows.values().filter(wanted).collect();
        if get("order") != Some("asc") {
            rows.reverse();
        }
        let total = rows.len();
        let offset = usize::try_from(number("offset").unwrap_or(0)).unwrap();
        let page = rows
            .into_iter()
            .skip(offset)
            .take(usize::try_from(size).unwrap());
        let page: Vec<Value> = page
            .filter(|row| row.shown)
            .map(|row| self.written(row))
            .collect();
        let mut answer = answer(200, Value::Array(page).to_string());
        answer.headers_mut().insert("x-wp-total", total.into());
        answer
    }

    fn create(&mut self, body: &[u8]) -> Response<Bytes> {
        let body: Value = serde_json::from_slice(body).unwrap();
        let mut fields: Vec<_> = body
            .as_object()
            .unwrap()
            .keys()
            .map(String::as_str)
            .collect();
        fields.sort_unstable();
        // An editor could write as somebody else by naming an author.
        assert_eq!(fields, ["content", "meta", "parent", "post"]);
        let (post, parent) = (
            body["post"].as_u64().unwrap(),
            body["parent"].as_u64().unwrap(),
        );
        let Some(raw) = self.stored(&body["content"]) else {
            return error(400, "comment_content_column_length");
        };
        if raw.is_empty() {
            return error(400, "rest_comment_content_invalid");
        }
        if !self.posts.contains_key(&post) {
            return error(403, "rest_comment_invalid_post_id");
        }
        // Any parent is taken; case does not tell texts apart.
        let again = self.rows.values().any(|row| {
            (row.author, row.post, row.parent) == (ME, post, parent)
                && row.status != "trash"
                && row.raw.to_lowercase() == raw.to_lowercase()
        });
        if again {
            return error(409, "comment_duplicate");
        }
        let (holds, plugin) = (self.holds, self.plugin);
        let key = body["meta"]["aspa_effect"].clone();
        let id = self.insert(|row| {
            (row.post, row.parent, row.author) = (post, parent, ME);
            row.name = "Aurinko Support".to_owned();
            row.raw = raw;
            row.status = if holds { "hold" } else { "approved" };
            if plugin {
                row.meta.insert("aspa_effect", key);
            }
        });
        answer(201, self.written(&self.rows[&id]).to_string())
    }

    fn update(&mut self, id: u64, body: &[u8]) -> Response<Bytes> {
        let body: Value = serde_json::from_slice(body).unwrap();
        let raw = body.get("content").map(|content| self.stored(content));
        let Some(row) = self.rows.get_mut(&id) else {
            return error(404, "rest_comment_invalid_id");
        };
        match raw {
            Some(None) => return error(400, "comment_content_column_length"),
            Some(Some(raw)) => row.raw = raw,
            None => {}
        }
        if let Some(status) = body.get("status") {
            row.status = match status.as_str().unwrap() {
                "approved" => "approved",
                "hold" => "hold",
                "spam" => "spam",
                other => panic!("{other}"),
            };
        }
        let row = row.clone();
        answer(200, self.written(&row).to_string())
    }

    /// None: too long.
    fn stored(&self, content: &Value) -> Option<String> {
        let content = content.as_str().unwrap();
        let content = content.trim_matches([' ', '\t', '\n', '\r', '\0', '\x0b']);
        let content = (self.rewrites)(content);
        (content.len() <= 65_525).then_some(content)
    }

    pub(crate) fn written(&self, row: &Row) -> Value {
        if row.broken {
            return json!({ "id": row.id, "content": 7, "status": row.status, "author_ip": "198.51.100.7" });
        }
        let at = |at: DateTime<Utc>| at.format("%Y-%m-%dT%H:%M:%S").to_string();
        let title = self.posts.get(&row.post);
        let up = match title {
            Some(title) => json!({ "id": row.post, "title": { "rendered": title },
                "link": format!("https://blog.aurinko.example/?p={}", row.post) }),
            None => json!({ "code": "rest_post_invalid_id", "message": "Invalid post ID." }),
        };
        // An empty list where the site keeps none.
        let meta = if row.meta.is_empty() {
            json!([])
        } else {
            json!(row.meta)
        };
        json!({
            "id": row.id, "post": row.post, "parent": row.parent, "author": row.author,
            "author_name": row.name, "author_email": row.email, "author_url": "https://mikko.example",
            "author_ip": "198.51.100.7", "author_user_agent": "Lynx/2.9",
            "date": at(row.at + HELSINKI), "date_gmt": at(row.at),
            "content": { "rendered": format!("<p>{}</p>", row.raw), "raw": row.raw },
            "link": format!("https://blog.aurinko.example/?p={}#comment-{}", row.post, row.id),
            "status": row.status, "type": "comment", "meta": meta,
            "_embedded": { "up": [up] },
        })
    }
}

/// In winter.
const HELSINKI: TimeDelta = TimeDelta::hours(2);

fn local(text: &str) -> DateTime<Utc> {
    match text.parse() {
        Ok(at) => at,
        Err(_) => text.parse::<chrono::NaiveDateTime>().unwrap().and_utc() - HELSINKI,
    }
}

/// RFC 4648, written again.
fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for three in bytes.chunks(3) {
        let bits = three
            .iter()
            .fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte));
        let bits = bits << (8 * (3 - three.len()));
        for i in 0..4 {
            let letter = LETTERS[(bits >> (18 - 6 * i) & 63) as usize];
            text.push(if i <= three.len() {
                char::from(letter)
            } else {
                '='
            });
        }
    }
    text
}
