//! What stands where in an organisation: tables and columns of Web API 9.2 as `aspa_testkit::dataverse` knows
//! them; values of choices from there or from memory.

use aspa_crm::rows::{Cell, Customers, Layout, Moved, Ours, Over, Owner, Part};
use aspa_crm::{
    Capabilities, CustomerKind, Deletes, EffectName, Erasure, Field, Idempotency, Performs,
    Precondition, RecordKind, Table,
};

/// The column with our natural key: text, with an alternate key of its own.
const KEY: &str = "aspa_key";
const ETAG: &str = "@odata.etag";

/// Contacts, accounts and leads as customers; social profiles, cases, tasks and follows as what we write. A
/// host takes tables or columns out, adds its own, and says what the values may be used for.
#[must_use]
pub fn layout() -> Layout {
    let people = [
        ("fullname", Field::FullName),
        ("firstname", Field::FirstName),
        ("lastname", Field::LastName),
        ("jobtitle", Field::Title),
        ("mobilephone", Field::Phone),
    ];
    let account = [
        ("name", Field::Company),
        ("accountnumber", Field::CustomerNumber),
    ];
    let contacts = table("contact", CustomerKind::Person)
        .with(people.clone())
        .with([
            ("emailaddress2", Field::Email),
            ("emailaddress3", Field::Email),
        ]);
    let accounts = table("account", CustomerKind::Company).with(account);
    let leads = table("lead", CustomerKind::Person)
        .with(people)
        .with([("companyname", Field::Company)]);
    let master = |set: &str| Moved::new("_masterid_value", set);
    let qualified = Moved::new("_parentcontactid_value", "contacts").only("statecode", 1);
    let customers = [
        Customers::new(contacts, RecordKind::Person).moving(master("contacts")),
        Customers::new(accounts, RecordKind::Company).moving(master("accounts")),
        Customers::new(leads, RecordKind::Lead)
            .moving(master("leads"))
            .moving(qualified),
    ];
    let mut layout = Layout::new(customers, capabilities());
    layout.handles = Some(handles());
    layout.cases = Some(cases());
    layout.activities = Some(activities());
    layout.follows = Some(follows());
    layout
}

fn table(name: &str, kind: CustomerKind) -> Table {
    Table::new(format!("{name}s"), kind, format!("{name}id"))
        .prefixed(format!("{name}-"))
        .versioned(ETAG)
        .changed_at("modifiedon")
        .keyed(KEY)
        .with([
            ("emailaddress1", Field::Email),
            ("telephone1", Field::Phone),
            ("websiteurl", Field::Website),
            ("address1_line1", Field::Street),
            ("address1_postalcode", Field::Postcode),
            ("address1_city", Field::City),
            ("address1_country", Field::Country),
        ])
}

/// A reference to any of these tables in one column; the annotation says to which.
fn owners(lookup: &str, tables: &[&str], property: impl Fn(&str) -> String) -> Vec<Owner> {
    let column = format!("_{lookup}_value");
    let told = format!("{column}@Microsoft.Dynamics.CRM.lookuplogicalname");
    let each = tables.iter().map(|table| {
        Owner::new(format!("{table}s"), &column)
            .only(&told, *table)
            .bound(
                format!("{}@odata.bind", property(table)),
                format!("/{table}s({{}})"),
            )
    });
    each.collect()
}

/// A name or an id that is too long stands as its key, an address that is too long is left out.
fn handles() -> Ours {
    let community = [("x", 2), ("facebook_page", 1), ("messenger", 1), ("*", 0)];
    let cells = [
        Cell::new("aspa_handle", Part::Handle),
        Cell::new("aspa_network", Part::Network).most(100, Over::LeaveOut),
        Cell::new("uniqueprofileid", Part::HandleId).most(100, Over::Key),
        Cell::new("profilename", Part::Shown).most(100, Over::Key),
        Cell::new("profilefullname", Part::DisplayName).most(160, Over::LeaveOut),
        Cell::new("profilelink", Part::Url).most(100, Over::LeaveOut),
        Cell::new("community", Part::Network)
            .called(community, Over::LeaveOut)
            .once(),
    ];
    let property = |table: &str| format!("customerid_{table}");
    let owners = owners("customerid", &["contact", "account"], property);
    Ours::new("socialprofiles", "socialprofileid", cells, owners).keyed(KEY)
}

/// A case needs a customer. Resolved is the second state, with reasons of its own.
fn cases() -> Ours {
    let states = [("resolved", 1), ("closed", 1), ("*", 0)];
    let reasons = [
        ("open", 1),
        ("new", 1),
        ("waiting_internal", 2),
        ("waiting_customer", 3),
        ("resolved", 5),
        ("closed", 5),
    ];
    let origins = [
        ("email", 2),
        ("facebook_page", 2483),
        ("messenger", 2483),
        ("x", 3986),
        ("*", 3),
    ];
    let cells = [
        Cell::new("title", Part::Subject).most(200, Over::Refuse),
        Cell::new("statuscode", Part::Status).called(reasons, Over::Refuse),
        Cell::new("statecode", Part::Status).called(states, Over::Refuse),
        Cell::new("caseorigincode", Part::Origin).called(origins, Over::LeaveOut),
        Cell::new("aspa_url", Part::Url).most(255, Over::LeaveOut),
        Cell::new("_ownerid_value", Part::User).bound("ownerid@odata.bind", "/systemusers({})"),
    ];
    let property = |table: &str| format!("customerid_{table}");
    let owners = owners("customerid", &["contact", "account"], property);
    Ours::new("incidents", "incidentid", cells, owners)
        .keyed(KEY)
        .versioned(ETAG)
}

/// Tasks that are done.
fn activities() -> Ours {
    let url = Cell::new("aspa_url", Part::Url).most(255, Over::LeaveOut);
    activity("task", "tasks", url, "scheduledend", 5)
}

/// Social activities that are done, for hosts that want these instead of tasks as what becomes of
/// [activities](aspa_crm::Activity): `layout.activities = Some(social_activities())`. The table needs the column
/// `aspa_key` with an alternate key too. Microsoft calls it *for internal use only* (reference of the
/// table, 2026), so that it may change without notice.
#[must_use]
pub fn social_activities() -> Ours {
    let url = Cell::new("posturl", Part::Url).most(200, Over::LeaveOut);
    activity("socialactivity", "socialactivities", url, "postedon", 1)
}

fn activity(table: &str, set: &str, url: Cell, at: &str, done: i64) -> Ours {
    let cells = [
        Cell::new("subject", Part::Subject).most(200, Over::Refuse),
        Cell::new("description", Part::Text).most(2000, Over::Refuse),
        url,
        Cell::new(at, Part::At),
        Cell::new("statecode", Part::Fixed(1.into())),
        Cell::new("statuscode", Part::Fixed(done.into())),
    ];
    let property = |owner: &str| format!("regardingobjectid_{owner}_{table}");
    let owners = owners(
        "regardingobjectid",
        &["contact", "account", "lead"],
        property,
    );
    Ours::new(set, "activityid", cells, owners).keyed(KEY)
}

fn follows() -> Ours {
    let user = Cell::new("_ownerid_value", Part::User);
    let user = user.bound("ownerid@odata.bind", "/systemusers({})");
    let property = |table: &str| format!("regardingobjectid_{table}");
    let owners = owners("regardingobjectid", &["contact", "account"], property);
    Ours::new("postfollows", "postfollowid", [user], owners)
}

fn capabilities() -> Capabilities {
    let lookups = [
        Field::Email,
        Field::Phone,
        Field::CustomerNumber,
        Field::Company,
    ];
    let patch = Performs::new(Precondition::Strong, Idempotency::NaturalKey);
    // The least of all tables.
    let limits = [
        (Field::FirstName, 50),
        (Field::LastName, 50),
        (Field::Company, 100),
        (Field::Title, 100),
        (Field::Email, 100),
        (Field::Phone, 20),
        (Field::CustomerNumber, 20),
        (Field::Website, 200),
        (Field::Street, 250),
        (Field::Postcode, 20),
        (Field::City, 80),
        (Field::Country, 80),
    ];
    let mut capabilities =
        Capabilities::new(Deletes::InFeed, lookups.into()).performing([EffectName::Patch], patch);
    for (field, most) in limits {
        capabilities = capabilities.limited(field, most);
    }
    capabilities.max_page = Some(5000);
    capabilities.erasure = Some(Erasure::Hard);
    capabilities
}
