//! Requests and answers.

use std::collections::BTreeMap;

use bytes::Bytes;
use chrono::TimeDelta;
use http::header::{
    AUTHORIZATION, CONTENT_TYPE, DATE, IF_MATCH, IF_NONE_MATCH, RETRY_AFTER, WWW_AUTHENTICATE,
};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response};
use serde_json::{Map, Value, json};

use super::filter::{compare, is_guid, known, parse};
use super::schema::{self, KEY, Kind, Table};
use super::state::{At, No, Row, State, missing, no};
use super::walk;
use super::{ADDRESS, CLIENT_ID, CLIENT_SECRET, TOKEN_ADDRESS};
use crate::form::{decoded, encoded, pairs};
use crate::frame::{header, json_answer};

/// Where the interface begins.
pub(super) const BASE: &str = "https://shop.crm4.dynamics.com/api/data/v9.2";
const JSON: &str = "application/json; odata.metadata=minimal";
const LOOKUP_NAME: &str = "Microsoft.Dynamics.CRM.lookuplogicalname";

/// An error as Dataverse writes them.
pub(super) fn refusal(status: u16, code: &str, message: &str) -> Response<Bytes> {
    let error = json!({ "error": { "code": code, "message": message } });
    json_answer(status, JSON, &error)
}

/// What an expired or unknown token gets.
pub(super) fn unauthorized() -> Response<Bytes> {
    let mut answer = json_answer(401, JSON, &Value::Null);
    let kind = HeaderValue::from_static("Bearer error=\"invalid_token\"");
    answer.headers_mut().insert(WWW_AUTHENTICATE, kind);
    answer
}

/// What too many requests get, but for how long to wait.
pub(super) fn too_many(code: &str) -> Response<Bytes> {
    let message = match code {
        "0x80072321" => "Combined execution time of incoming requests exceeded limit.",
        _ => "Number of requests exceeded the limit of 6000 over time window of 300 seconds.",
    };
    refusal(429, code, message)
}

/// The refusal of a query.
pub(super) fn query_error(detail: impl Into<String>) -> No {
    (400, "0x80060888", detail.into())
}

fn set(answer: &mut Response<Bytes>, name: impl Into<HeaderName>, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        answer.headers_mut().insert(name.into(), value);
    }
}

pub(super) fn answer(state: &mut State, request: &Request<Bytes>) -> Response<Bytes> {
    let address = request.uri().to_string();
    let mut answer = if address == TOKEN_ADDRESS {
        // Not into the log: it holds a secret.
        token(state, request)
    } else if address.starts_with(ADDRESS) {
        let path = request.uri().path_and_query();
        let path = path.map_or("", |path| path.as_str());
        let body = String::from_utf8_lossy(request.body()).into_owned();
        let line = format!("{} {}", request.method(), decoded(path));
        state.log.push((line, body));
        state.writes += usize::from(!request.method().is_safe());
        admitted(state, request)
    } else {
        refusal(404, "0x8006088a", "no such host")
    };
    let version = HeaderName::from_static("odata-version");
    set(&mut answer, version, "4.0");
    let date = state.now.format("%a, %d %b %Y %H:%M:%S GMT").to_string();
    set(&mut answer, DATE, &date);
    answer
}

/// Answers whoever has a token, does not come too often and speaks the right version.
fn admitted(state: &mut State, request: &Request<Bytes>) -> Response<Bytes> {
    let headers = request.headers();
    let expected = format!("Bearer {}", state.token);
    let is_known = header(headers, AUTHORIZATION.as_str()) == Some(expected.as_str());
    if !is_known || state.token_ends <= state.now {
        return unauthorized();
    }
    if let Some((wait, code)) = state.too_many() {
        let mut answer = too_many(code);
        set(&mut answer, RETRY_AFTER, &wait.num_seconds().to_string());
        return answer;
    }
    for name in ["odata-version", "odata-maxversion"] {
        if header(headers, name) != Some("4.0") {
            return refusal(400, "0x80060888", &format!("{name}: 4.0 is missing"));
        }
    }
    let answer = routed(state, request);
    answer.unwrap_or_else(|(status, code, detail)| refusal(status, code, &detail))
}

fn token(state: &mut State, request: &Request<Bytes>) -> Response<Bytes> {
    let form = pairs(&String::from_utf8_lossy(request.body()));
    let is = |name: &str, value: &str| form.get(name).is_some_and(|given| given == value);
    let refused = |status, error: &str, code: &str| {
        let body = json!({ "error": error, "error_description": format!("{code}: refused.") });
        json_answer(status, "application/json", &body)
    };
    if request.method() != Method::POST || !is("grant_type", "client_credentials") {
        return refused(400, "unsupported_grant_type", "AADSTS70003");
    }
    if !is("scope", &format!("{ADDRESS}/.default")) {
        return refused(400, "invalid_scope", "AADSTS70011");
    }
    if !is("client_id", CLIENT_ID) {
        return refused(400, "unauthorized_client", "AADSTS700016");
    }
    if !is("client_secret", CLIENT_SECRET) {
        return refused(401, "invalid_client", "AADSTS7000215");
    }
    state.renew();
    let body = json!({
        "token_type": "Bearer", "expires_in": 3599, "ext_expires_in": 3599, "access_token": state.token,
    });
    json_answer(200, "application/json", &body)
}

/// What a request asks for beside its address.
pub(super) struct Asked<'a> {
    pub(super) query: BTreeMap<String, String>,
    /// The query as it was written, without places in a walk.
    pub(super) rest: String,
    pub(super) headers: &'a HeaderMap,
    prefer: Vec<String>,
}

impl<'a> Asked<'a> {
    fn of(request: &'a Request<Bytes>) -> Self {
        let text = request.uri().query().unwrap_or_default();
        let is_place = |pair: &&str| {
            let name = decoded(pair.split('=').next().unwrap_or_default());
            name == "$skiptoken" || name == "$deltatoken"
        };
        let rest: Vec<&str> = text.split('&').filter(|pair| !is_place(pair)).collect();
        let headers = request.headers();
        let all = headers.get_all("prefer").into_iter();
        let all = all.filter_map(|value| value.to_str().ok());
        let prefer = all.flat_map(|value| value.split(','));
        Self {
            query: pairs(text),
            rest: rest.join("&"),
            headers,
            prefer: prefer.map(|one| one.trim().to_lowercase()).collect(),
        }
    }

    pub(super) fn prefers(&self, wanted: &str) -> bool {
        self.prefer.iter().any(|one| one == wanted)
    }

    /// How many rows to give at a time.
    pub(super) fn page(&self, most: usize) -> Result<usize, No> {
        let mut sizes = self.prefer.iter();
        let wanted = sizes.find_map(|one| one.strip_prefix("odata.maxpagesize="));
        let size = wanted.map_or(Ok(5000), str::parse::<usize>);
        match size {
            Ok(size @ 1..=5000) => Ok(size.min(most)),
            _ => Err(query_error("odata.maxpagesize is not between 1 and 5000.")),
        }
    }

    fn select(&self, table: &'static Table) -> Result<Option<Vec<String>>, No> {
        let Some(select) = self.query.get("$select") else {
            return Ok(None);
        };
        let names: Vec<String> = select.split(',').map(|one| one.trim().to_owned()).collect();
        for name in &names {
            known(table, name).map_err(query_error)?;
        }
        Ok(Some(names))
    }

    /// How rows are to be told.
    pub(super) fn telling(&self, table: &'static Table) -> Result<Telling, No> {
        let annotations = self.prefer.iter().any(|one| {
            let wanted = one.strip_prefix("odata.include-annotations=");
            wanted.is_some_and(|one| one.contains('*') || one.contains(&LOOKUP_NAME.to_lowercase()))
        });
        Ok(Telling {
            select: self.select(table)?,
            annotations,
        })
    }

    /// The address of the same list from another place.
    pub(super) fn link(&self, table: &Table, place: &str, token: &str) -> String {
        let and = if self.rest.is_empty() { "" } else { "&" };
        format!(
            "{BASE}/{}?{}{and}{place}={}",
            table.set,
            self.rest,
            encoded(token)
        )
    }
}

/// How rows are told: which columns, and whether it is said to which table a lookup leads.
pub(super) struct Telling {
    select: Option<Vec<String>>,
    annotations: bool,
}

fn etag(row: &Row) -> String {
    format!("W/\"{}\"", row.version)
}

impl Telling {
    pub(super) fn row(&self, state: &State, id: &str, row: &Row) -> Value {
        let mut told = Map::new();
        told.insert("@odata.etag".to_owned(), etag(row).into());
        for column in row.table.columns() {
            let name = column.read_as();
            if self
                .select
                .as_ref()
                .is_some_and(|names| !names.contains(&name))
            {
                continue;
            }
            let value = State::value(id, row, &name);
            let to = value.as_str().and_then(|id| state.rows.get(id));
            if let (true, Kind::Lookup { .. }, Some(to)) = (self.annotations, column.kind, to) {
                told.insert(format!("{name}@{LOOKUP_NAME}"), to.table.name.into());
            }
            told.insert(name, value);
        }
        told.insert(row.table.id.to_owned(), id.into());
        Value::Object(told)
    }
}

/// A table, and where in it: `contacts`, `contacts(GUID)`, `contacts(aspa_key='…')`.
pub(super) fn addressed(segment: &str) -> Result<(&'static Table, Option<At>), No> {
    let (name, at) = match segment.split_once('(') {
        Some((name, rest)) => (name, Some(rest)),
        None => (segment, None),
    };
    let Some(table) = schema::table(name) else {
        let detail = format!("Resource not found for the segment '{name}'.");
        return no(404, "0x8006088a", detail);
    };
    let Some(at) = at else {
        return Ok((table, None));
    };
    let syntax = || query_error("Bad Request - Error in query syntax.");
    let at = at.strip_suffix(')').ok_or_else(syntax)?;
    if is_guid(at) {
        return Ok((table, Some(At::Id(at.to_lowercase()))));
    }
    let (column, value) = at.split_once('=').ok_or_else(syntax)?;
    if column != KEY || !table.has_key() {
        let of = table.name;
        let detail =
            format!("The specified key attributes are not a defined key for the {of} entity");
        return no(400, "0x80060890", detail);
    }
    let value = value.strip_prefix('\'').and_then(|v| v.strip_suffix('\''));
    let value = value.ok_or_else(syntax)?.replace("''", "'");
    // With these no row can be addressed by a key.
    if value.is_empty() || value.contains(['/', '<', '>', '*', '%', '&', ':', '\\', '?', '+']) {
        return Err(syntax());
    }
    Ok((table, Some(At::Key(value))))
}

fn routed(state: &mut State, request: &Request<Bytes>) -> Result<Response<Bytes>, No> {
    let path = decoded(request.uri().path());
    let path = path.strip_prefix("/api/data/v9.2/");
    let segment = path.ok_or((404, "0x8006088a", "Resource not found.".to_owned()))?;
    let asked = Asked::of(request);
    let options = [
        "$select",
        "$filter",
        "$orderby",
        "$top",
        "$skiptoken",
        "$deltatoken",
    ];
    let unknown = asked
        .query
        .keys()
        .find(|name| !options.contains(&name.as_str()));
    if let Some(unknown) = unknown {
        return Err(query_error(format!(
            "The query parameter {unknown} is not supported."
        )));
    }
    if (request.method(), segment) == (&Method::POST, "CloseIncident") {
        return close(state, &body(request)?);
    }
    let (table, at) = addressed(segment)?;
    match (request.method(), at) {
        (&Method::GET, None) => match walk::tracked(state, table, &asked)? {
            Some(walk) => walk::changes(state, table, &asked, walk),
            None => list(state, table, &asked),
        },
        (&Method::GET, Some(at)) => get(state, table, &at, &asked),
        (&Method::POST, None) => {
            let body = body(request)?;
            let id = body.get(table.id).and_then(Value::as_str);
            let id = id.map(str::to_lowercase);
            create(state, table, id, &body, &asked)
        }
        (&Method::PATCH, Some(at)) => patch(state, table, &at, body(request)?, &asked),
        (&Method::DELETE, Some(at)) => {
            let id = state.find(table, &at)?.0.to_owned();
            precondition(state, &id, asked.headers)?;
            state.delete(&id);
            Ok(json_answer(204, JSON, &Value::Null))
        }
        _ => no(
            405,
            "0x80060888",
            "The HTTP method is not supported for this resource.",
        ),
    }
}

fn body(request: &Request<Bytes>) -> Result<Map<String, Value>, No> {
    let kind = header(request.headers(), CONTENT_TYPE.as_str());
    let is_json = kind.is_some_and(|kind| kind.starts_with("application/json"));
    match serde_json::from_slice(request.body()) {
        Ok(Value::Object(body)) if is_json => Ok(body),
        _ => no(
            400,
            "0x80048d19",
            "Error identified in Payload provided by the user.",
        ),
    }
}

fn list(state: &State, table: &'static Table, asked: &Asked<'_>) -> Result<Response<Bytes>, No> {
    let telling = asked.telling(table)?;
    let filter = asked.query.get("$filter");
    let filter = filter.map(|filter| parse(table, filter)).transpose();
    let filter = filter.map_err(query_error)?;
    let rows = state.rows.iter().filter(|(id, row)| {
        let holds = || {
            let value_of = |name: &str| State::value(id, row, name);
            filter.as_ref().is_none_or(|filter| filter.holds(&value_of))
        };
        row.table.set == table.set && row.committed <= state.now && holds()
    });
    let mut rows: Vec<(&String, &Row)> = rows.collect();
    let order = asked.query.get("$orderby").map_or("", String::as_str);
    for one in order.rsplit(',').filter(|one| !one.trim().is_empty()) {
        let mut words = one.split_whitespace();
        let column = words.next().unwrap_or_default();
        let kind = known(table, column).map_err(query_error)?.kind;
        let down = match words.next() {
            None | Some("asc") => false,
            Some("desc") => true,
            Some(_) => return Err(query_error("Syntax error in '$orderby'.")),
        };
        rows.sort_by(|one, other| {
            let [one, other] = [one, other].map(|(id, row)| State::value(id, row, column));
            let order = compare(kind, &one, &other);
            let order = order.unwrap_or_else(|| other.is_null().cmp(&one.is_null()));
            if down { order.reverse() } else { order }
        });
    }
    let top = asked.query.get("$top").map(|top| top.parse::<usize>());
    let top = top
        .transpose()
        .map_err(|_| query_error("$top is no number."))?;
    let from = asked
        .query
        .get("$skiptoken")
        .map_or(Ok(0), |at| at.parse::<usize>());
    let from = from.map_err(|_| query_error("Malformed $skiptoken."))?;
    let size = match top {
        Some(top) => top.min(state.page),
        None => asked.page(state.page)?,
    };
    let shown = rows.iter().skip(from).take(size);
    let shown: Vec<Value> = shown.map(|(id, row)| telling.row(state, id, row)).collect();
    let mut told =
        json!({ "@odata.context": format!("{BASE}/$metadata#{}", table.set), "value": shown });
    let to = from + size;
    if top.is_none() && to < rows.len() {
        told["@odata.nextLink"] = asked.link(table, "$skiptoken", &to.to_string()).into();
    }
    Ok(json_answer(200, JSON, &told))
}

fn get(
    state: &State,
    table: &'static Table,
    at: &At,
    asked: &Asked<'_>,
) -> Result<Response<Bytes>, No> {
    let (id, row) = state.find(table, at)?;
    let telling = asked.telling(table)?;
    if header(asked.headers, IF_NONE_MATCH.as_str()) == Some(&etag(row)) && !telling.annotations {
        return Ok(json_answer(304, JSON, &Value::Null));
    }
    Ok(json_answer(
        200,
        JSON,
        &entity(&telling.row(state, id, row), table),
    ))
}

/// A row that comes alone.
fn entity(told: &Value, table: &Table) -> Value {
    let mut told = told.clone();
    told["@odata.context"] = format!("{BASE}/$metadata#{}/$entity", table.set).into();
    told
}

/// What a write answers: the row's address, and the row where that is asked for.
fn written(
    state: &State,
    table: &'static Table,
    id: &str,
    created: bool,
    asked: &Asked<'_>,
) -> Result<Response<Bytes>, No> {
    let telling = asked.telling(table)?;
    let mut answer = match state.rows.get(id) {
        Some(row) if asked.prefers("return=representation") => {
            let status = if created { 201 } else { 200 };
            let told = entity(&telling.row(state, id, row), table);
            let mut answer = json_answer(status, JSON, &told);
            let applied = HeaderName::from_static("preference-applied");
            set(&mut answer, applied, "return=representation");
            answer
        }
        _ => json_answer(204, JSON, &Value::Null),
    };
    let address = format!("{BASE}/{}({id})", table.set);
    set(
        &mut answer,
        HeaderName::from_static("odata-entityid"),
        &address,
    );
    Ok(answer)
}

fn create(
    state: &mut State,
    table: &'static Table,
    id: Option<String>,
    body: &Map<String, Value>,
    asked: &Asked<'_>,
) -> Result<Response<Bytes>, No> {
    asked.telling(table)?;
    if id.as_ref().is_some_and(|id| state.rows.contains_key(id)) {
        return no(
            412,
            "0x80040237",
            "A record with matching key values already exists.",
        );
    }
    let fields = state.checked(table, None, body)?;
    let checks = header(asked.headers, "mscrm.suppressduplicatedetection") == Some("false");
    let email = fields.get("emailaddress1");
    let same = |row: &Row| row.table.set == table.set && row.fields.get("emailaddress1") == email;
    if state.duplicate_rule && checks && email.is_some() && state.rows.values().any(same) {
        return no(
            412,
            "0x80040333",
            "A record was not created or updated because a duplicate of the current record already exists.",
        );
    }
    let id = state.insert(table, id, fields, TimeDelta::zero());
    written(state, table, &id, true, asked)
}

/// Holds a row against `If-Match`, where that is given.
fn precondition(state: &State, id: &str, headers: &HeaderMap) -> Result<(), No> {
    let row = &state.rows[id];
    match header(headers, IF_MATCH.as_str()) {
        None | Some("*") => Ok(()),
        Some(tag) if tag == etag(row) => Ok(()),
        Some(_) => no(
            412,
            "0x80060882",
            "The version of the existing record doesn't match the RowVersion property provided.",
        ),
    }
}

/// Changes a row, or makes one that is not there unless the headers forbid it.
fn patch(
    state: &mut State,
    table: &'static Table,
    at: &At,
    mut body: Map<String, Value>,
    asked: &Asked<'_>,
) -> Result<Response<Bytes>, No> {
    if !table.updated {
        return no(405, "0x80060888", "The entity cannot be updated.");
    }
    let only_new = match header(asked.headers, IF_NONE_MATCH.as_str()) {
        None => false,
        Some("*") => true,
        Some(_) => return Err(query_error("If-None-Match takes * here.")),
    };
    if let At::Key(key) = at {
        if body.get(KEY).is_some_and(|given| given != key.as_str()) {
            return no(
                400,
                "0x80048d19",
                "The key in the body is not that of the address.",
            );
        }
        body.insert(KEY.to_owned(), key.as_str().into());
    }
    let found = state.find(table, at).map(|(id, _)| id.to_owned());
    match found {
        Ok(_) if only_new => no(
            412,
            "0x80040237",
            "A record with matching key values already exists.",
        ),
        Ok(id) => {
            precondition(state, &id, asked.headers)?;
            asked.telling(table)?;
            let fields = state.checked(table, Some(&id), &body)?;
            state.update(&id, fields);
            written(state, table, &id, false, asked)
        }
        Err(refused) if asked.headers.contains_key(IF_MATCH) => Err(refused),
        Err(_) => {
            let id = match at {
                At::Id(id) => Some(id.clone()),
                At::Key(_) => None,
            };
            create(state, table, id, &body, asked)
        }
    }
}

/// `CloseIncident`: resolves a case.
fn close(state: &mut State, body: &Map<String, Value>) -> Result<Response<Bytes>, No> {
    let resolution = body.get("IncidentResolution").and_then(Value::as_object);
    let address = resolution.and_then(|one| one.get("incidentid@odata.bind")?.as_str());
    let subject = resolution.and_then(|one| one.get("subject")?.as_str());
    let reason = match body.get("Status").and_then(Value::as_i64) {
        Some(-1) => Some(5),
        Some(reason @ (5 | 1000)) => Some(reason),
        _ => None,
    };
    let (Some(address), Some(_), Some(reason)) = (address, subject, reason) else {
        return no(
            400,
            "0x80048d19",
            "IncidentResolution with a subject and an incident, and Status are needed.",
        );
    };
    let address = address.strip_prefix(BASE).unwrap_or(address);
    let (table, at) = addressed(address.strip_prefix('/').unwrap_or(address))?;
    let Some(at) = at.filter(|_| table.set == "incidents") else {
        return missing("incident", address);
    };
    let (id, row) = state.find(table, &at)?;
    let id = id.to_owned();
    if row.fields["statecode"] != 0 {
        return no(400, "0x80040216", "This case is closed already.");
    }
    let mut fields = Map::new();
    fields.insert("statecode".to_owned(), 1.into());
    fields.insert("statuscode".to_owned(), reason.into());
    state.update(&id, fields);
    Ok(json_answer(204, JSON, &Value::Null))
}
