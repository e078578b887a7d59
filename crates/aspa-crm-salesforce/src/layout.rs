//! What stands where in an org: objects and fields by the object reference of Salesforce, API 66.0, read
//! November 2026.

use aspa_crm::rows::{Cell, Customers, Layout, Moved, Ours, Over, Owner, Part};
use aspa_crm::{
    Capabilities, CustomerKind, Deletes, EffectName, Erasure, Field, Idempotency, Performs,
    Precondition, RecordKind, Table,
};

/// The field with our natural key: text of 32, unique, an external id.
const KEY: &str = "Aspa_Key__c";
const STAMP: &str = "SystemModstamp";

/// Contacts, accounts and leads as customers; social personas, cases, tasks and subscriptions as what we
/// write. A host takes objects or fields out, adds its own, and says what the values may be used for.
#[must_use]
pub fn layout() -> Layout {
    let people = [
        ("Name", Field::FullName),
        ("FirstName", Field::FirstName),
        ("LastName", Field::LastName),
        ("Title", Field::Title),
        ("Email", Field::Email),
        ("MobilePhone", Field::Phone),
    ];
    let account = [
        ("Name", Field::Company),
        ("AccountNumber", Field::CustomerNumber),
        ("Website", Field::Website),
    ];
    let lead = [("Company", Field::Company), ("Website", Field::Website)];
    let contacts = table("Contact", CustomerKind::Person, "Mailing")
        .with(people.clone())
        .with([("/Account/Name", Field::Company)]);
    let accounts = table("Account", CustomerKind::Company, "Billing").with(account);
    let leads = table("Lead", CustomerKind::Person, "")
        .with(people)
        .with(lead);
    let master = |object: &str| Moved::new("MasterRecordId", object);
    // A whole name is put together there, and the company of a contact is a row of its own.
    let customers = [
        Customers::new(contacts, RecordKind::Person)
            .moving(master("Contact"))
            .reading_only([Field::FullName, Field::Company]),
        Customers::new(accounts, RecordKind::Company).moving(master("Account")),
        Customers::new(leads, RecordKind::Lead)
            .moving(master("Lead"))
            .moving(Moved::new("ConvertedContactId", "Contact"))
            .reading_only([Field::FullName]),
    ];
    let mut layout = Layout::new(customers, capabilities());
    layout.handles = Some(handles());
    layout.cases = Some(cases());
    layout.activities = Some(activities());
    layout.follows = Some(follows());
    layout
}

/// A table whose address begins so.
fn table(name: &str, kind: CustomerKind, address: &str) -> Table {
    let address = [
        ("Street", Field::Street),
        ("PostalCode", Field::Postcode),
        ("City", Field::City),
        ("Country", Field::Country),
    ]
    .map(|(column, field)| (format!("{address}{column}"), field));
    Table::new(name, kind, "Id")
        .versioned(STAMP)
        .changed_at(STAMP)
        .keyed(KEY)
        .with([("Phone", Field::Phone)])
        .with(address)
}

/// Any customer in this column.
fn anybody(column: &str) -> [Owner; 3] {
    ["Contact", "Account", "Lead"].map(|object| Owner::new(object, column))
}

/// A persona belongs to its customer for ever (master-detail). A name that is too long stands as its key.
fn handles() -> Ours {
    let providers = [
        ("x", "Twitter"),
        ("facebook_page", "Facebook"),
        ("messenger", "Facebook"),
        ("instagram", "Instagram"),
        ("linkedin", "LinkedIn"),
        ("whatsapp", "WhatsApp"),
        ("youtube", "YouTube"),
        ("*", "Other"),
    ];
    let cells = [
        Cell::new("Aspa_Handle__c", Part::Handle),
        Cell::new("Name", Part::Shown).most(80, Over::Key),
        Cell::new("Provider", Part::Network).called(providers, Over::Refuse),
        Cell::new("RealName", Part::DisplayName).most(255, Over::LeaveOut),
        Cell::new("ProfileUrl", Part::Url).most(255, Over::LeaveOut),
        Cell::new("ExternalId", Part::HandleId).most(255, Over::LeaveOut),
    ];
    Ours::new("SocialPersona", "Id", cells, anybody("ParentId")).keyed(KEY)
}

/// A case may be nobody's, and none is a lead's.
fn cases() -> Ours {
    let statuses = [
        ("new", "New"),
        ("open", "Working"),
        ("waiting_customer", "Working"),
        ("waiting_internal", "Working"),
        ("closed", "Closed"),
        ("resolved", "Closed"),
    ];
    let cells = [
        Cell::new("Subject", Part::Subject).most(255, Over::Refuse),
        Cell::new("Status", Part::Status).called(statuses, Over::Ours),
        Cell::new("Origin", Part::Origin).most(255, Over::Refuse),
        Cell::new("OwnerId", Part::User).most(18, Over::Refuse),
        Cell::new("Aspa_Url__c", Part::Url).most(255, Over::Refuse),
    ];
    let owners = [
        Owner::new("Contact", "ContactId"),
        Owner::new("Account", "AccountId"),
    ];
    Ours::new("Case", "Id", cells, owners)
        .keyed(KEY)
        .versioned(STAMP)
        .unowned()
}

/// Tasks that are done. One of a contact can be its case's too; one of a lead or an account is of nothing else.
fn activities() -> Ours {
    let cells = [
        Cell::new("Subject", Part::Subject).most(255, Over::Refuse),
        Cell::new("Description", Part::TextAndUrl).most(32_000, Over::Refuse),
        Cell::new("ActivityDate", Part::Day),
        Cell::new("Status", Part::Fixed("Completed".into())),
    ];
    let owners = [
        Owner::new("Contact", "WhoId").with_case("WhatId"),
        Owner::new("Account", "WhatId"),
        Owner::new("Lead", "WhoId"),
    ];
    Ours::new("Task", "Id", cells, owners).keyed(KEY)
}

fn follows() -> Ours {
    let user = Cell::new("SubscriberId", Part::User);
    Ours::new("EntitySubscription", "Id", [user], anybody("ParentId"))
}

fn capabilities() -> Capabilities {
    let lookups = [
        Field::Email,
        Field::Phone,
        Field::CustomerNumber,
        Field::Company,
    ];
    let patch = Performs::new(Precondition::Weak, Idempotency::NaturalKey);
    let limits = [
        (Field::FirstName, 40),
        (Field::LastName, 80),
        (Field::Company, 255),
        (Field::Title, 128),
        (Field::Email, 80),
        (Field::Phone, 40),
        (Field::CustomerNumber, 40),
        (Field::Street, 255),
        (Field::Postcode, 20),
        (Field::City, 40),
        (Field::Country, 80),
        (Field::Website, 255),
    ];
    let deletes = Deletes::Horizon { days: 15 };
    let mut capabilities =
        Capabilities::new(deletes, lookups.into()).performing([EffectName::Patch], patch);
    for (field, most) in limits {
        capabilities = capabilities.limited(field, most);
    }
    capabilities.max_page = Some(2000);
    capabilities.erasure = Some(Erasure::Soft);
    capabilities
}
