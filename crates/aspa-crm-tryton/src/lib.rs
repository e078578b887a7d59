#![doc = include_str!("../README.md")]

mod mapping;

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use aspa_crm::rest::{Answer, Call, Meaning, Meanings, Rest, Session};
use aspa_crm::{
    Capabilities, Change, Crm, Cursor, Customer, Did, Effect, EffectKind, Error, ErrorKind, Lookup,
    NaturalKey, Page, Probe, Receipt, RecordKind, Since, Table, lanes, look, text,
};
use aspa_http::HttpClient;
use aspa_types::{CustomerId, Secret, SystemId};
use async_trait::async_trait;
use base64::prelude::{BASE64_STANDARD, Engine as _};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

pub use mapping::parties;
use mapping::{FIELDS, capabilities, flat, handles, is_active, moment, stamp, unfold};

/// What changes below a party does not move the party's own time, and a row that was never written since
/// it was made may have no time but that.
const LANES: [&str; 6] = [
    "party.party create_date",
    "party.party write_date",
    "party.contact_mechanism create_date",
    "party.contact_mechanism write_date",
    "party.address create_date",
    "party.address write_date",
];
/// 423: somebody else changed a row, and nothing was written.
const MEANINGS: Meanings = Meanings::new(&[]).with(&[("423", Meaning::Conflict)]);

/// One company's Tryton: the parties of a database.
pub struct Tryton {
    system: SystemId,
    rest: Rest,
    table: Table,
    capabilities: Capabilities,
    overlap: TimeDelta,
}

impl fmt::Debug for Tryton {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tryton")
            .field("system", &self.system)
            .finish_non_exhaustive()
    }
}

/// Credentials of a user of the database at `address`: a session, opened again when it ends. `client` is
/// one without them.
#[must_use]
pub fn session(
    client: Arc<dyn HttpClient>,
    address: &str,
    user: &str,
    password: &Secret,
) -> Session {
    let words = json!([user, { "password": password.expose() }, "en"]);
    let login = json!({ "method": "common.db.login", "params": words });
    let named = user.to_owned();
    let header = move |answer: &Value| {
        let session = format!("{named}:{}:{}", answer[0].as_u64()?, answer[1].as_str()?);
        Some(format!("Session {}", BASE64_STANDARD.encode(session)))
    };
    let address = format!("{}/rpc/", address.trim_end_matches('/'));
    Session::new(client, address, login, header)
}

impl Tryton {
    /// The database at `address`, `https://erp.example/company/`, by a client that has a [`session`] among
    /// its layers. `table` is [`parties`], or some of it. `now` is the host's clock.
    #[must_use]
    pub fn new(
        system: SystemId,
        address: &str,
        client: Arc<dyn HttpClient>,
        table: Table,
        now: fn() -> DateTime<Utc>,
    ) -> Self {
        let mut capabilities = capabilities();
        capabilities
            .writes
            .retain(|field, _| table.column(field).is_some());
        capabilities
            .lookups
            .retain(|field| table.column(field).is_some());
        let rest = Rest::new(client, address, MEANINGS, now);
        Self {
            system,
            rest,
            table,
            capabilities,
            overlap: TimeDelta::seconds(600),
        }
    }

    /// With another overlap of readings than 600 seconds: longer than any transaction takes.
    #[must_use]
    pub fn overlapping(mut self, overlap: TimeDelta) -> Self {
        self.overlap = overlap;
        self
    }

    async fn call(
        &self,
        operation: &'static str,
        method: &str,
        params: Value,
    ) -> Result<Answer, Error> {
        let call = Call::post("rpc/", json!({ "method": method, "params": params }));
        let call = if method.ends_with("search_read") {
            call.only_reads()
        } else {
            call
        };
        self.rest.send(operation, call).await
    }

    /// The rows of a model that fit, also those that are archived, and when.
    async fn search(
        &self,
        operation: &'static str,
        model: &str,
        (domain, order, limit): (Value, Value, Option<usize>),
        fields: &str,
    ) -> Result<(Vec<Value>, DateTime<Utc>), Error> {
        let fields: Vec<&str> = fields.split_whitespace().collect();
        let params = json!([domain, 0, limit, order, fields, { "active_test": false }]);
        let answer = self
            .call(operation, &format!("model.{model}.search_read"), params)
            .await?;
        Ok((answer.rows("")?.to_vec(), answer.at))
    }

    async fn parties(
        &self,
        operation: &'static str,
        domain: Value,
    ) -> Result<(Vec<Value>, DateTime<Utc>), Error> {
        let all = (domain, Value::Null, None);
        let (rows, at) = self.search(operation, "party.party", all, FIELDS).await?;
        Ok((rows.into_iter().map(flat).collect(), at))
    }

    /// The party of a customer, archived or not.
    async fn row(
        &self,
        operation: &'static str,
        id: &CustomerId,
    ) -> Result<Option<(Value, DateTime<Utc>)>, Error> {
        let own = self.table.own_id(id).filter(|_| id.system == self.system);
        let Some(own) = own.and_then(|own| own.parse::<i32>().ok()) else {
            return Ok(None);
        };
        let (mut rows, at) = self.parties(operation, json!([["id", "=", own]])).await?;
        Ok(rows.pop().map(|row| (row, at)))
    }

    /// The party of a customer that is there.
    async fn there(&self, id: &CustomerId) -> Result<Value, Error> {
        let row = self.row("perform", id).await?.map(|(row, _)| row);
        let row = row.filter(is_active);
        row.ok_or_else(|| Error::new(ErrorKind::NotFound, "perform"))
    }

    /// Writes a party with rows below it, where nobody has changed any of these since they were read.
    async fn save(&self, party: &Value, values: Value) -> Result<(), Error> {
        let context = json!({ "_timestamp": party["stamps"] });
        let params = json!([[party["id"]], values, context]);
        self.call("perform", "model.party.party.write", params)
            .await
            .map(drop)
    }

    async fn page(&self, lane: &str, cursor: Option<Cursor>, limit: usize) -> Result<Page, Error> {
        let since = Since::read(cursor.as_ref())?;
        let window = since.window(self.overlap);
        let (model, column) = lane.split_once(' ').unwrap_or_default();
        let written = match column {
            "write_date" => json!(["write_date", "!=", null]),
            _ => json!(["write_date", "=", null]),
        };
        let from = match (window.after, window.at_or_after.map(stamp)) {
            (Some((at, id)), _) => {
                let (at, id) = (stamp(at), id.parse::<i64>().unwrap_or_default());
                let same = [json!([column, "=", at]), json!(["id", ">", id])];
                json!(["OR", [column, ">", at], same])
            }
            (None, Some(from)) => json!([[column, ">=", from]]),
            (None, None) => json!([]),
        };
        let order = json!([[column, "ASC"], ["id", "ASC"]]);
        let all = (json!([written, from]), order, Some(limit));
        let fields = format!("party {column}");
        let fields = if model == "party.party" {
            FIELDS
        } else {
            &fields
        };
        let (rows, at) = self.search("changes", model, all, fields).await?;
        let parties = if model == "party.party" {
            rows.iter().cloned().map(flat).collect()
        } else {
            let ids = rows.iter().filter_map(|row| row["party"].as_i64());
            let ids: BTreeSet<i64> = ids.collect();
            let domain = json!([["id", "in", ids]]);
            self.parties("changes", domain).await?.0
        };
        let changes = parties.iter().map(|party| self.change(party, at));
        let changes = changes.collect::<Result<_, _>>()?;
        let stamp = |row: &Value| moment(&row[column]).zip(text(row, "id"));
        since.page(&rows, stamp, changes, rows.len() == limit, at)
    }

    /// What a party is now: one that is archived is gone.
    fn change(&self, party: &Value, at: DateTime<Utc>) -> Result<Change, Error> {
        let customer = self.table.customer(&self.system, party, at)?;
        let into = text(party, "replaced_by");
        let into = into.and_then(|id| {
            CustomerId::new(self.system.clone(), format!("{}{id}", self.table.prefix)).ok()
        });
        Ok(match (into, is_active(party)) {
            (Some(into), _) => Change::Merged {
                old: customer.id,
                into,
            },
            (None, true) => Change::Put(customer),
            (None, false) => Change::Gone { id: customer.id },
        })
    }

    /// Archives a party and has Tryton's own wizard empty it, with the rows below it and its notes.
    async fn erase(&self, customer: &CustomerId) -> Result<Did, Error> {
        let Some((party, _)) = self.row("perform", customer).await? else {
            return Ok(Did::Nothing);
        };
        if is_erased(&party) {
            return Ok(Did::Nothing);
        }
        if is_active(&party) {
            self.save(&party, json!({ "active": false })).await?;
        }
        let wizard = |method: &str| format!("wizard.party.erase.{method}");
        let opened = self.call("perform", &wizard("create"), json!([{}])).await?;
        let whom = json!([opened.body[0], { "ask": { "party": party["id"] } }, "erase", {}]);
        self.call("perform", &wizard("execute"), whom).await?;
        let close = json!([opened.body[0], {}]);
        self.call("perform", &wizard("delete"), close).await?;
        Ok(Did::Removed)
    }
}

/// Whether nothing is left that the wizard takes out.
fn is_erased(party: &Value) -> bool {
    let rows = party["contact_mechanisms."].as_array().into_iter();
    party["name"].is_null() && rows.flatten().all(|row| row["value"] == "****")
}

fn done(gone: bool) -> Did {
    if gone { Did::Removed } else { Did::Nothing }
}

#[async_trait]
impl Crm for Tryton {
    fn system(&self) -> &SystemId {
        &self.system
    }

    fn capabilities(&self) -> Cow<'_, Capabilities> {
        Cow::Borrowed(&self.capabilities)
    }

    async fn changes(&self, cursor: Option<&Cursor>, limit: usize) -> Result<Page, Error> {
        let limit = limit.clamp(1, 1000);
        lanes(cursor, &LANES, |lane, cursor| {
            self.page(LANES[lane], cursor, limit)
        })
        .await
    }

    async fn find(&self, lookup: &Lookup) -> Result<Vec<Customer>, Error> {
        if !self.capabilities.lookups.contains(&lookup.field) {
            return Err(Error::new(ErrorKind::Unsupported, "find"));
        }
        let Some(pattern) = lookup.pattern(self.table.region) else {
            return Ok(Vec::new());
        };
        let own = self.table.column(&lookup.field);
        let own = own.filter(|own| matches!(*own, "name" | "code"));
        let column = own.unwrap_or("contact_mechanisms.value");
        let domain = json!([[column, "ilike", pattern], ["active", "=", true]]);
        let (rows, at) = self.parties("find", domain).await?;
        let found = rows
            .iter()
            .map(|party| self.table.customer(&self.system, party, at));
        let mut found = found.collect::<Result<Vec<_>, _>>()?;
        found.retain(|customer| lookup.fits(customer, self.table.region));
        found.sort_by(|a, b| a.id.cmp(&b.id));
        Ok(found)
    }

    async fn get(&self, id: &CustomerId) -> Result<Option<Customer>, Error> {
        let row = self
            .row("get", id)
            .await?
            .filter(|(party, _)| is_active(party));
        row.map(|(party, at)| self.table.customer(&self.system, &party, at))
            .transpose()
    }

    async fn perform(&self, effect: &Effect) -> Result<Receipt, Error> {
        self.capabilities.allow(effect)?;
        let below = |actions: Vec<Value>| json!({ "contact_mechanisms": actions });
        let (did, kind, id) = match &effect.kind {
            EffectKind::LinkHandle { customer, handle } => {
                let party = self.there(customer).await?;
                let value = handle.handle.to_string();
                let (used, archived) = handles(&party, &value);
                let row = json!({ "type": "other", "value": value, "name": handle.shown(), "comment": handle.url });
                let (did, action) = match used.is_empty() {
                    true => (Did::Created, json!(["create", [row]])),
                    false => (Did::Changed, json!(["write", used, row])),
                };
                // A merger archives rows, and Tryton lets nobody write one that is.
                let rest = (!archived.is_empty()).then(|| json!(["delete", archived]));
                let actions: Vec<Value> = rest.into_iter().chain([action]).collect();
                self.save(&party, below(actions)).await?;
                (did, RecordKind::Handle, handle.key().to_string())
            }
            EffectKind::UnlinkHandle { customer, handle } => {
                let row = self.row("perform", customer).await?;
                let (party, _) = row.unwrap_or_default();
                let (mut held, archived) = handles(&party, &handle.to_string());
                held.extend(archived);
                let did = done(!held.is_empty());
                if did == Did::Removed {
                    self.save(&party, below(vec![json!(["delete", held])]))
                        .await?;
                }
                (
                    did,
                    RecordKind::Handle,
                    NaturalKey::handle(handle).to_string(),
                )
            }
            EffectKind::Create(new) => {
                let values = new
                    .values
                    .iter()
                    .map(|(field, value)| (field, value.as_str(), None));
                let mut party = unfold(&self.table, &Value::Null, values);
                let key = json!(["create", [{ "type": "other", "value": new.key.as_str() }]]);
                let rows = party["contact_mechanisms"].as_array_mut();
                rows.into_iter().for_each(|rows| rows.push(key.clone()));
                let made = self
                    .call("perform", "model.party.party.create", json!([[party], {}]))
                    .await?;
                let id = text(&made.body, "/0").unwrap_or_default();
                (
                    Did::Created,
                    RecordKind::Person,
                    format!("{}{id}", self.table.prefix),
                )
            }
            EffectKind::Patch {
                customer,
                writes,
                expect,
            } => {
                let party = self.there(customer).await?;
                let current = text(&party, "version");
                if expect.is_some() && *expect != current {
                    return Err(Error::new(ErrorKind::Conflict { current }, "perform"));
                }
                let values = writes
                    .iter()
                    .map(|write| (write.field(), write.value(), write.before()));
                self.save(&party, unfold(&self.table, &party, values))
                    .await?;
                (Did::Changed, RecordKind::Person, customer.id.to_string())
            }
            EffectKind::Erase { customer } => (
                self.erase(customer).await?,
                RecordKind::Person,
                customer.id.to_string(),
            ),
            _ => return Err(Error::new(ErrorKind::Unsupported, "perform")),
        };
        Ok(Receipt::new(effect.key.clone(), did).on(kind, id))
    }

    async fn probe(&self, effect: &Effect) -> Result<Probe, Error> {
        let found = Receipt::new(effect.key.clone(), Did::Changed);
        let landed = match &effect.kind {
            EffectKind::Create(new) => {
                let key = json!([["contact_mechanisms.value", "=", new.key.as_str()]]);
                let (rows, _) = self.parties("probe", key).await?;
                let id = rows.first().and_then(|party| text(party, "id"));
                return Ok(id.map_or(Probe::Absent, |id| {
                    Probe::Found(found.on(RecordKind::Person, format!("{}{id}", self.table.prefix)))
                }));
            }
            EffectKind::Erase { customer } => {
                let row = self.row("probe", customer).await?;
                row.is_none_or(|(party, _)| is_erased(&party))
            }
            _ => return Ok(look(self, effect).await?.unwrap_or(Probe::CannotTell)),
        };
        Ok(if landed {
            Probe::Found(found)
        } else {
            Probe::Absent
        })
    }
}
