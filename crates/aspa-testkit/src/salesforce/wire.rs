//! Requests and answers.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use bytes::Bytes;
use chrono::{DateTime, SubsecRound, TimeDelta};
use http::header::{AUTHORIZATION, CONTENT_TYPE, DATE, ETAG, IF_MATCH, IF_UNMODIFIED_SINCE};
use http::{HeaderValue, Method, Request, Response};
use serde_json::{Map, Value, json};

use super::schema::{self, KEY, Object};
use super::soql;
use super::state::{No, Row, State, shown};
use super::{ADDRESS, CLIENT_ID, CLIENT_SECRET, SIGNATURE, USER};
use crate::form::{decoded, pairs};
use crate::frame::{header, json_answer};

const DATA: &str = "/services/data/v66.0/";

fn no<T>(status: u16, code: &'static str, detail: impl Into<String>) -> Result<T, No> {
    Err((status, code, detail.into()))
}

fn with(status: u16, body: &Value) -> Response<Bytes> {
    json_answer(status, "application/json;charset=UTF-8", body)
}

/// An error as Salesforce writes them: a list of one.
pub(super) fn refusal(status: u16, code: &str, message: &str) -> Response<Bytes> {
    with(status, &json!([{ "message": message, "errorCode": code }]))
}

pub(super) fn answer(state: &mut State, request: &Request<Bytes>) -> Response<Bytes> {
    let uri = request.uri();
    let at_home = uri.to_string().starts_with(ADDRESS);
    let body = String::from_utf8_lossy(request.body()).into_owned();
    let mut answer = if !at_home {
        refusal(404, "NOT_FOUND", "no such host")
    } else if uri.path() == "/services/oauth2/token" {
        // Not into the log: it holds a secret.
        token(state, request, &body)
    } else {
        let address = uri.path_and_query().map_or("", |address| address.as_str());
        state
            .log
            .push((format!("{} {}", request.method(), decoded(address)), body));
        state.writes += usize::from(!request.method().is_safe());
        let expected = format!("Bearer {}", state.token);
        if header(request.headers(), AUTHORIZATION.as_str()) != Some(expected.as_str()) {
            refusal(401, "INVALID_SESSION_ID", "Session expired or invalid")
        } else if state.used >= state.of {
            refusal(
                403,
                "REQUEST_LIMIT_EXCEEDED",
                "TotalRequests Limit exceeded.",
            )
        } else {
            state.used += 1;
            routed(state, request)
                .unwrap_or_else(|(status, code, detail)| refusal(status, code, &detail))
        }
    };
    let usage = format!("api-usage={}/{}", state.used, state.of);
    if let Ok(usage) = HeaderValue::from_str(&usage) {
        answer.headers_mut().insert("sforce-limit-info", usage);
    }
    let date = state.now.format("%a, %d %b %Y %H:%M:%S GMT").to_string();
    if let Ok(date) = HeaderValue::from_str(&date) {
        answer.headers_mut().insert(DATE, date);
    }
    answer
}

fn token(state: &mut State, request: &Request<Bytes>, form: &str) -> Response<Bytes> {
    let form = pairs(form);
    let refused = |error: &str| {
        with(
            400,
            &json!({ "error": error, "error_description": "authentication failure" }),
        )
    };
    let grant = form.get("grant_type").map_or("", String::as_str);
    match grant {
        "client_credentials" => {
            let both = BASE64_STANDARD.encode(format!("{CLIENT_ID}:{CLIENT_SECRET}"));
            let basic = format!("Basic {both}");
            if header(request.headers(), AUTHORIZATION.as_str()) != Some(basic.as_str()) {
                return refused("invalid_client");
            }
        }
        "urn:ietf:params:oauth:grant-type:jwt-bearer" => {
            let assertion = form.get("assertion").map_or("", String::as_str);
            let parts: Vec<&str> = assertion.split('.').collect();
            let read = |part: &str| -> Value {
                let bytes = BASE64_URL_SAFE_NO_PAD.decode(part).unwrap_or_default();
                serde_json::from_slice(&bytes).unwrap_or_default()
            };
            let [head, claims, signature] = parts[..] else {
                return refused("invalid_grant");
            };
            let (head, claims) = (read(head), read(claims));
            let expires = claims["exp"].as_i64().unwrap_or_default();
            let fits = head["alg"] == "RS256"
                && claims["iss"] == CLIENT_ID
                && claims["sub"] == USER
                && ["https://login.salesforce.com", ADDRESS]
                    .iter()
                    .any(|aud| claims["aud"] == *aud)
                && signature == BASE64_URL_SAFE_NO_PAD.encode(SIGNATURE)
                && (state.now.timestamp()..=state.now.timestamp() + 300).contains(&expires);
            if !fits {
                return refused("invalid_grant");
            }
        }
        _ => return refused("unsupported_grant_type"),
    }
    state.renew();
    with(
        200,
        &json!({
            "access_token": state.token, "instance_url": ADDRESS, "token_type": "Bearer",
            "id": format!("{ADDRESS}/id/00D/005"), "issued_at": state.now.timestamp_millis().to_string(),
            "signature": "c2ln",
        }),
    )
}

fn routed(state: &mut State, request: &Request<Bytes>) -> Result<Response<Bytes>, No> {
    let uri = request.uri();
    let Some(path) = uri.path().strip_prefix(DATA) else {
        return no(404, "NOT_FOUND", "The requested resource does not exist");
    };
    let parts: Vec<String> = path.split('/').map(decoded).collect();
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    let query = pairs(uri.query().unwrap_or_default());
    match (request.method(), parts.as_slice()) {
        (&Method::GET, [kind @ ("query" | "queryAll")]) => {
            select(state, &query, *kind == "queryAll")
        }
        (&Method::GET, ["query", locator]) => more(state, locator),
        (&Method::GET, ["sobjects", name, id]) => one(state, name, id, &query),
        (&Method::POST, ["sobjects", name]) => make(state, known(name)?, fields(request)?),
        (&Method::PATCH, ["sobjects", name, id]) => change(state, request, known(name)?, id),
        (&Method::PATCH, ["sobjects", name, KEY, key]) => upsert(
            state,
            known(name)?,
            key,
            fields(request)?,
            query.get("updateOnly").is_some_and(|v| v == "true"),
        ),
        (&Method::DELETE, ["composite", "sobjects"]) => delete(state, &query),
        (_, ["sobjects", ..] | ["query" | "queryAll"]) => {
            no(405, "METHOD_NOT_ALLOWED", "HTTP Method not allowed")
        }
        _ => no(404, "NOT_FOUND", "The requested resource does not exist"),
    }
}

fn known(name: &str) -> Result<&'static Object, No> {
    let object = schema::object(name);
    object.ok_or_else(|| {
        (
            404,
            "NOT_FOUND",
            "The requested resource does not exist".to_owned(),
        )
    })
}

fn fields(request: &Request<Bytes>) -> Result<Map<String, Value>, No> {
    let is_json = header(request.headers(), CONTENT_TYPE.as_str())
        .is_some_and(|kind| kind.starts_with("application/json"));
    match serde_json::from_slice(request.body()) {
        Ok(Value::Object(fields)) if is_json => Ok(fields),
        _ => no(400, "JSON_PARSER_ERROR", "Unexpected character"),
    }
}

fn select(
    state: &mut State,
    query: &BTreeMap<String, String>,
    all: bool,
) -> Result<Response<Bytes>, No> {
    let soql = query.get("q").map_or("", String::as_str);
    let Some(parsed) = soql::parse(soql) else {
        return no(400, "MALFORMED_QUERY", "unexpected token");
    };
    let rows = state.select(&parsed, all)?;
    page(state, 0, rows)
}

fn page(state: &mut State, from: usize, rows: Vec<Value>) -> Result<Response<Bytes>, No> {
    let to = rows.len().min(from + state.batch);
    let mut body =
        json!({ "totalSize": rows.len(), "done": to == rows.len(), "records": rows[from..to] });
    if to < rows.len() {
        state.made += 1;
        let locator = format!("01g{:012}AAA-{to}", state.made);
        body["nextRecordsUrl"] = format!("{DATA}query/{locator}").into();
        state.locators.insert(locator, (to, rows));
    }
    Ok(with(200, &body))
}

fn more(state: &mut State, locator: &str) -> Result<Response<Bytes>, No> {
    match state.locators.get(locator).cloned() {
        Some((from, rows)) => page(state, from, rows),
        None => no(404, "INVALID_QUERY_LOCATOR", "invalid query locator"),
    }
}

fn etag(row: &Row) -> String {
    format!("\"{}-{}\"", row.moved, row.stamp.timestamp())
}

fn live<'a>(state: &'a State, name: &str, id: &str) -> Result<&'a Row, No> {
    match state.live(id) {
        Some(row) if row.object.name == name => Ok(row),
        _ if state.rows.get(id).is_some_and(|row| row.deleted.is_some()) => {
            no(404, "ENTITY_IS_DELETED", "entity is deleted")
        }
        _ => no(
            404,
            "NOT_FOUND",
            "Provided external ID field does not exist or is not accessible",
        ),
    }
}

fn one(
    state: &State,
    name: &str,
    id: &str,
    query: &BTreeMap<String, String>,
) -> Result<Response<Bytes>, No> {
    let row = live(state, name, id)?;
    let mut told = json!({ "attributes": { "type": name }, "Id": id });
    for column in query.get("fields").map_or("", String::as_str).split(',') {
        told[column] = match column {
            "SystemModstamp" => shown(Some(&json!(row.stamp))),
            _ => row.fields.get(column).cloned().unwrap_or_default(),
        };
    }
    let mut answer = with(200, &told);
    // Of all objects accounts alone have entity tags.
    if let (Ok(tag), "Account") = (HeaderValue::from_str(&etag(row)), name) {
        answer.headers_mut().insert(ETAG, tag);
    }
    Ok(answer)
}

fn make(
    state: &mut State,
    object: &'static Object,
    fields: Map<String, Value>,
) -> Result<Response<Bytes>, No> {
    state.check(object, None, &fields)?;
    let email = fields.get("Email").and_then(Value::as_str);
    if let (true, Some(email)) = (state.duplicate_rule, email) {
        let same = |row: &Row| row.fields.get("Email").and_then(Value::as_str) == Some(email);
        let records = state.others(object, None, same);
        if !records.is_empty() {
            let records: Vec<Value> = records
                .iter()
                .map(|id| json!({ "record": { "Id": id } }))
                .collect();
            return Ok(with(
                400,
                &json!([{
                    "message": "Use one of these records?", "errorCode": "DUPLICATES_DETECTED",
                    "duplicateResult": { "allowSave": false, "matchResults": [{ "matchRecords": records }] },
                }]),
            ));
        }
    }
    let id = state.insert(object, fields, TimeDelta::zero());
    Ok(with(
        201,
        &json!({ "id": id, "success": true, "errors": [] }),
    ))
}

fn change(
    state: &mut State,
    request: &Request<Bytes>,
    object: &'static Object,
    id: &str,
) -> Result<Response<Bytes>, No> {
    let fields = fields(request)?;
    let row = live(state, object.name, id)?;
    let stale = |detail: &str| no(412, "PRECONDITION_FAILED", detail);
    if let Some(tag) = header(request.headers(), IF_MATCH.as_str()) {
        if object.name != "Account" {
            return no(400, "INVALID_HEADER", "If-Match is for accounts");
        }
        if tag != etag(row) {
            return stale("the record has changed");
        }
    } else if let Some(since) = header(request.headers(), IF_UNMODIFIED_SINCE.as_str()) {
        let Ok(since) = DateTime::parse_from_rfc2822(since) else {
            return no(400, "INVALID_HEADER", "no date");
        };
        if row.stamp.trunc_subsecs(0) > since.to_utc() {
            return stale("the record has changed");
        }
    }
    state.check(object, Some(id), &fields)?;
    state.update(id, fields);
    Ok(with(204, &Value::Null))
}

fn upsert(
    state: &mut State,
    object: &'static Object,
    key: &str,
    mut fields: Map<String, Value>,
    update_only: bool,
) -> Result<Response<Bytes>, No> {
    if fields.contains_key(KEY) {
        return no(
            400,
            "INVALID_FIELD",
            "The external id field must not be in the body",
        );
    }
    let wanted = |row: &Row| row.fields.get(KEY).and_then(Value::as_str) == Some(key);
    let found = state.others(object, None, wanted);
    let told = |id: &str, created: bool| json!({ "id": id, "success": true, "errors": [], "created": created });
    match found.as_slice() {
        [] if update_only => no(404, "NOT_FOUND", "The requested resource does not exist"),
        [] => {
            fields.insert(KEY.to_owned(), key.into());
            state.check(object, None, &fields)?;
            let id = state.insert(object, fields, TimeDelta::zero());
            Ok(with(201, &told(&id, true)))
        }
        [id] => {
            state.check(object, Some(id), &fields)?;
            state.update(id, fields);
            Ok(with(200, &told(id, false)))
        }
        many => {
            let addresses = many
                .iter()
                .map(|id| format!("{DATA}sobjects/{}/{id}", object.name));
            Ok(with(300, &addresses.collect::<Vec<_>>().into()))
        }
    }
}

/// All or none of them.
fn delete(state: &mut State, query: &BTreeMap<String, String>) -> Result<Response<Bytes>, No> {
    let ids: Vec<&str> = query
        .get("ids")
        .map_or("", String::as_str)
        .split(',')
        .collect();
    if ids.len() > 200 || ids == [""] {
        return no(400, "INVALID_INPUT", "1 to 200 ids");
    }
    if query.get("allOrNone").is_none_or(|v| v != "true") {
        return no(400, "NOT_IN_THE_FAKE", "allOrNone=true alone is known here");
    }
    let missing: Vec<bool> = ids.iter().map(|id| state.live(id).is_none()).collect();
    let failed = missing.contains(&true);
    let code = |gone: bool| {
        if gone {
            "ENTITY_IS_DELETED"
        } else {
            "ALL_OR_NONE_OPERATION_ROLLED_BACK"
        }
    };
    let each = ids.iter().zip(&missing).map(|(id, gone)| match failed {
        true => json!({ "id": id, "success": false, "errors": [{ "statusCode": code(*gone), "message": "", "fields": [] }] }),
        false => json!({ "id": id, "success": true, "errors": [] }),
    });
    let told: Vec<Value> = each.collect();
    if !failed {
        for id in ids {
            state.delete(id, None);
        }
    }
    Ok(with(200, &told.into()))
}
