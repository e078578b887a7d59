//! The organisation of Dataverse refuses what it must, and tells what changed.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::BTreeMap;
use std::sync::Arc;

use aspa_http::HttpClient;
use aspa_testkit::dataverse::{
    ADDRESS, CLIENT_ID, CLIENT_SECRET, FakeDataverse, TOKEN_ADDRESS, USER,
};
use bytes::Bytes;
use chrono::TimeDelta;
use http::{Request, Response};
use serde_json::{Value, json};

/// A request, its headers and body, and the status and code that refuse it.
type Refusal<'a> = (String, &'a [(&'a str, &'a str)], Value, (u16, &'a str));

fn org() -> Arc<FakeDataverse> {
    FakeDataverse::new("2026-11-22T08:00:00Z".parse().unwrap())
}

fn make(org: &FakeDataverse, table: &str, fields: Value) -> String {
    org.make(table, fields, TimeDelta::zero())
}

fn matti(org: &FakeDataverse) -> String {
    make(
        org,
        "contacts",
        json!({ "firstname": "Matti", "lastname": "O'Meikäläinen", "emailaddress1": "Matti@Example.fi" }),
    )
}

/// Sends a request as it is.
async fn send(org: &FakeDataverse, request: Request<String>) -> Response<Bytes> {
    org.faults().send(request.map(Bytes::from)).await.unwrap()
}

/// Sends a request with what every request has: `GET contacts`, with further headers. A space in the address
/// is written as `%20`.
async fn ask(
    org: &FakeDataverse,
    line: &str,
    headers: &[(&str, &str)],
    body: &Value,
) -> (u16, Value, Response<Bytes>) {
    let (method, address) = line.split_once(' ').unwrap();
    let address = match address.starts_with("https:") {
        true => address.to_owned(),
        false => format!("{ADDRESS}/api/data/v9.2/{address}"),
    };
    let mut request = Request::builder()
        .method(method)
        .uri(address.replace(' ', "%20").replace('ä', "%C3%A4"))
        .header("authorization", format!("Bearer {}", org.token()))
        .header("odata-version", "4.0")
        .header("odata-maxversion", "4.0");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let text = match body {
        Value::Null => String::new(),
        body => {
            request = request.header("content-type", "application/json");
            body.to_string()
        }
    };
    let answer = send(org, request.body(text).unwrap()).await;
    let told = serde_json::from_slice(answer.body()).unwrap_or_default();
    (answer.status().as_u16(), told, answer)
}

async fn get(org: &FakeDataverse, address: &str) -> (u16, Value) {
    let (status, told, _) = ask(org, &format!("GET {address}"), &[], &Value::Null).await;
    (status, told)
}

/// A status and the code of an error: what a refusal is known by.
async fn refused(
    org: &FakeDataverse,
    line: &str,
    headers: &[(&str, &str)],
    body: Value,
) -> (u16, String) {
    let before = org.rows("contacts").len() + org.rows("incidents").len();
    let (status, told, _) = ask(org, line, headers, &body).await;
    let after = org.rows("contacts").len() + org.rows("incidents").len();
    assert_eq!(before, after, "{line} made something");
    let code = told["error"]["code"].as_str().unwrap_or_default();
    (status, code.to_owned())
}

/// The reading of a table's changes: what is told, and the link that comes last.
async fn walk(org: &FakeDataverse, address: &str, size: usize) -> (Vec<Value>, String) {
    let size = format!("odata.track-changes, odata.maxpagesize={size}");
    let mut line = format!("GET {address}");
    let mut all = Vec::new();
    loop {
        let (status, told, _) = ask(org, &line, &[("prefer", &size)], &Value::Null).await;
        assert_eq!(status, 200, "{told}");
        all.extend(told["value"].as_array().unwrap().iter().cloned());
        match told["@odata.nextLink"].as_str() {
            Some(next) => line = format!("GET {next}"),
            None => return (all, told["@odata.deltaLink"].as_str().unwrap().to_owned()),
        }
    }
}

fn names(told: &[Value], column: &str) -> Vec<String> {
    let names = told
        .iter()
        .map(|row| row[column].as_str().unwrap_or_default().to_owned());
    names.collect()
}

#[tokio::test]
async fn a_token_is_given_to_the_client_for_the_organisation_and_dies() {
    let org = org();
    let scope = format!("{ADDRESS}/.default");
    let form = |grant: &str, id: &str, secret: &str, scope: &str| {
        format!("grant_type={grant}&client_id={id}&client_secret={secret}&scope={scope}")
    };
    let cases = [
        (400, form("password", CLIENT_ID, CLIENT_SECRET, &scope)),
        (
            400,
            form("client_credentials", "other", CLIENT_SECRET, &scope),
        ),
        (401, form("client_credentials", CLIENT_ID, "other", &scope)),
        (
            400,
            form("client_credentials", CLIENT_ID, CLIENT_SECRET, ADDRESS),
        ),
        (
            200,
            form("client_credentials", CLIENT_ID, CLIENT_SECRET, &scope),
        ),
    ];
    for (status, form) in cases {
        let request = Request::post(TOKEN_ADDRESS).body(form.clone()).unwrap();
        let answer = send(&org, request).await;
        assert_eq!(answer.status(), status, "{form}");
        if status == 200 {
            let told: Value = serde_json::from_slice(answer.body()).unwrap();
            assert_eq!(told["access_token"], org.token());
        }
    }
    assert!(!format!("{:?}", org.log()).contains(CLIENT_SECRET));
    assert_eq!(get(&org, "contacts").await.0, 200);
    org.pass(TimeDelta::seconds(3599));
    assert_eq!(get(&org, "contacts").await.0, 401);
}

#[tokio::test]
async fn requests_that_do_not_fit_are_refused_and_write_nothing() {
    let org = org();
    let matti = matti(&org);
    make(&org, "contacts", json!({ "aspa_key": "taken" }));
    let profile = make(&org, "socialprofiles", json!({ "community": 0 }));
    let case = make(&org, "incidents", json!({ "_customerid_value": matti }));
    let user = make(&org, "systemusers", json!({ "fullname": "Bo" }));
    let follow = json!({
        "regardingobjectid_contact@odata.bind": format!("/contacts({matti})"),
        "ownerid@odata.bind": format!("/systemusers({user})"),
    });
    assert_eq!(ask(&org, "POST postfollows", &[], &follow).await.0, 204);
    let customer = format!("/contacts({matti})");
    let nobody = "/contacts(00000000-0000-4000-8000-000000000000)";
    let null = Value::Null;
    let track = [("prefer", "odata.track-changes")];
    let stale = [("if-match", "W/\"1\"")];
    let there = [("if-match", "*")];
    let new = [("if-none-match", "*")];
    let key = "contacts(aspa_key='k')";
    let long = |most: usize| "x".repeat(most + 1);
    let contact = format!("contacts({matti})");
    let profile = format!("socialprofiles({profile})");
    let case = format!("incidents({case})");
    #[rustfmt::skip]
    let cases: Vec<Refusal<'_>> = vec![
        // Names.
        ("GET Contacts".into(), &[], null.clone(), (404, "0x8006088a")),
        ("GET contacts?$select=Email".into(), &[], null.clone(), (400, "0x80060888")),
        ("GET contacts?$filter=Email eq 'a'".into(), &[], null.clone(), (400, "0x80060888")),
        ("GET contacts?$filter=customerid eq null".into(), &[], null.clone(), (400, "0x80060888")),
        ("GET contacts?$orderby=Email".into(), &[], null.clone(), (400, "0x80060888")),
        ("GET contacts?$expand=account".into(), &[], null.clone(), (400, "0x80060888")),
        ("POST contacts".into(), &[], json!({ "Email": "a" }), (400, "0x80048d19")),
        ("POST contacts".into(), &[], json!({ "aspa_network": "a" }), (400, "0x80048d19")),
        // Filters.
        ("GET contacts?$filter=lastname eq a".into(), &[], null.clone(), (400, "0x80060888")),
        ("GET contacts?$filter=statecode eq '0'".into(), &[], null.clone(), (400, "0x80060888")),
        (format!("GET incidents?$filter=_customerid_value eq '{matti}'"), &[], null.clone(), (400, "0x80060888")),
        ("GET contacts?$filter=lastname eq 'a' and".into(), &[], null.clone(), (400, "0x80060888")),
        ("GET contacts?$filter=lastname eq 'O'Hara'".into(), &[], null.clone(), (400, "0x80060888")),
        ("GET contacts?$filter=lastname like 'a'".into(), &[], null.clone(), (400, "0x80060888")),
        ("GET contacts?$filter=contains(statecode,'a')".into(), &[], null.clone(), (400, "0x80060888")),
        // Values.
        ("POST contacts".into(), &[], json!({ "lastname": 1 }), (400, "0x80048d19")),
        ("POST contacts".into(), &[], json!({ "fullname": "a" }), (400, "0x80048d19")),
        ("POST contacts".into(), &[], json!({ "createdon": "2026-01-01T00:00:00Z" }), (400, "0x80048d19")),
        ("POST contacts".into(), &[], json!({ "firstname": long(50) }), (400, "0x80044331")),
        ("POST incidents".into(), &[], json!({ "customerid_contact@odata.bind": customer, "title": long(200) }), (400, "0x80044331")),
        (format!("PATCH {profile}"), &[], json!({ "profilename": long(100) }), (400, "0x80044331")),
        (format!("PATCH {profile}"), &[], json!({ "profilefullname": long(160) }), (400, "0x80044331")),
        (format!("PATCH {profile}"), &[], json!({ "profilelink": long(100) }), (400, "0x80044331")),
        (format!("PATCH {profile}"), &[], json!({ "uniqueprofileid": long(100) }), (400, "0x80044331")),
        // 51 characters outside the first plane are 102 code units.
        (format!("PATCH {profile}"), &[], json!({ "profilename": "😀".repeat(51) }), (400, "0x80044331")),
        ("POST socialprofiles".into(), &[], json!({ "community": 3 }), (400, "0x8004431a")),
        (format!("PATCH {profile}"), &[], json!({ "community": 1 }), (400, "0x80048d19")),
        // References.
        ("POST incidents".into(), &[], json!({ "title": "a" }), (400, "0x80040203")),
        (format!("PATCH {case}"), &[], json!({ "customerid_contact@odata.bind": null }), (400, "0x80040203")),
        ("POST incidents".into(), &[], json!({ "customerid_contact@odata.bind": nobody }), (404, "0x80040217")),
        ("POST incidents".into(), &[], json!({ "customerid_contact@odata.bind": format!("/accounts({matti})") }), (400, "0x80048d19")),
        ("POST incidents".into(), &[], json!({ "customerid@odata.bind": customer }), (400, "0x80048d19")),
        ("POST incidents".into(), &[], json!({ "_customerid_value": matti }), (400, "0x80048d19")),
        // States.
        (format!("PATCH {contact}"), &[], json!({ "statecode": 1, "statuscode": 1 }), (400, "0x80048408")),
        (format!("PATCH {contact}"), &[], json!({ "statuscode": 2 }), (400, "0x80048408")),
        ("POST contacts".into(), &[], json!({ "statecode": 1 }), (400, "0x80048408")),
        (format!("PATCH {case}"), &[], json!({ "statecode": 1, "statuscode": 5 }), (400, "0x80040216")),
        // Keys and versions.
        ("POST contacts".into(), &[], json!({ "aspa_key": "TAKEN" }), (412, "0x80060892")),
        (format!("PATCH {contact}"), &[], json!({ "aspa_key": "taken" }), (412, "0x80060892")),
        ("GET contacts(emailaddress1='a')".into(), &[], null.clone(), (400, "0x80060890")),
        ("GET postfollows(aspa_key='k')".into(), &[], null.clone(), (400, "0x80060890")),
        (format!("GET {key}"), &[], null.clone(), (404, "0x80060891")),
        ("PATCH contacts(aspa_key='a:b')".into(), &[], json!({}), (400, "0x80060888")),
        (format!("PATCH {key}"), &[], json!({ "aspa_key": "other" }), (400, "0x80048d19")),
        (format!("PATCH {key}"), &there, json!({ "lastname": "a" }), (404, "0x80060891")),
        (format!("PATCH {}", &nobody[1..]), &there, json!({}), (404, "0x80040217")),
        (format!("PATCH {}", &nobody[1..]), &stale, json!({}), (404, "0x80040217")),
        (format!("PATCH {contact}"), &stale, json!({ "lastname": "a" }), (412, "0x80060882")),
        (format!("PATCH {contact}"), &new, json!({ "lastname": "a" }), (412, "0x80040237")),
        (format!("DELETE {contact}"), &stale, null.clone(), (412, "0x80060882")),
        (format!("DELETE {}", &nobody[1..]), &[], null.clone(), (404, "0x80040217")),
        ("POST contacts".into(), &[], json!({ "contactid": matti }), (412, "0x80040237")),
        // Changes.
        ("GET contacts?$filter=statecode eq 0".into(), &track, null.clone(), (400, "0x80060888")),
        ("GET contacts?$orderby=lastname".into(), &track, null.clone(), (400, "0x80060888")),
        ("GET contacts?$top=1".into(), &track, null.clone(), (400, "0x80060888")),
        ("GET postfollows".into(), &track, null.clone(), (400, "0x80060888")),
        ("GET contacts?$deltatoken=1".into(), &[], null.clone(), (400, "0x80060888")),
        ("GET contacts".into(), &[("prefer", "odata.maxpagesize=5001")], null.clone(), (400, "0x80060888")),
        // Followers.
        ("POST postfollows".into(), &[], json!({}), (400, "0x80040203")),
        ("POST postfollows".into(), &[], follow, (412, "0x80040237")),
        // Actions and methods.
        ("POST CloseIncident".into(), &[], json!({ "Status": 5 }), (400, "0x80048d19")),
        ("POST Merge".into(), &[], json!({}), (404, "0x8006088a")),
        (format!("PUT {contact}"), &[], json!({}), (405, "0x80060888")),
    ];
    for (line, headers, body, (status, code)) in cases {
        let told = refused(&org, &line, headers, body.clone()).await;
        assert_eq!(told, (status, code.to_owned()), "{line} {body}");
    }
    let row = get(&org, &contact).await.1;
    assert_eq!(row["lastname"], "O'Meikäläinen");
    let profile = get(&org, &profile).await.1;
    assert_eq!(
        (&profile["profilename"], &profile["community"]),
        (&Value::Null, &json!(0))
    );
}

#[tokio::test]
async fn headers_that_every_request_needs_are_asked_for() {
    let org = org();
    let token = format!("Bearer {}", org.token());
    let all = [
        ("authorization", token.as_str()),
        ("odata-version", "4.0"),
        ("odata-maxversion", "4.0"),
        ("content-type", "application/json"),
    ];
    for (left_out, status) in [(0, 401), (1, 400), (2, 400), (3, 400), (4, 204)] {
        let mut request = Request::post(format!("{ADDRESS}/api/data/v9.2/contacts"));
        for (at, (name, value)) in all.iter().enumerate() {
            if at != left_out {
                request = request.header(*name, *value);
            }
        }
        let answer = send(&org, request.body("{}".to_owned()).unwrap()).await;
        assert_eq!(answer.status(), status, "without {left_out}");
    }
}

#[tokio::test]
async fn a_row_is_made_changed_and_deleted_and_its_tag_moves() {
    let org = org();
    let body = json!({ "lastname": "Virtanen", "description": "" });
    let (status, told, answer) = ask(&org, "POST contacts", &[], &body).await;
    assert_eq!((status, told), (204, Value::Null));
    let address = answer.headers()["odata-entityid"]
        .to_str()
        .unwrap()
        .to_owned();
    assert!(address.starts_with(&format!("{ADDRESS}/api/data/v9.2/contacts(")));

    let (_, first) = get(&org, &address).await;
    assert_eq!(first["fullname"], "Virtanen");
    assert_eq!(
        (&first["statecode"], &first["statuscode"]),
        (&json!(0), &json!(1))
    );
    assert_eq!(
        (&first["description"], &first["_ownerid_value"]),
        (&Value::Null, &json!(USER))
    );
    let tag = first["@odata.etag"].as_str().unwrap();
    let unchanged = [("if-none-match", tag)];
    let (status, _, _) = ask(&org, &format!("GET {address}"), &unchanged, &Value::Null).await;
    assert_eq!(status, 304);

    let matching = [("if-match", tag), ("prefer", "return=representation")];
    let patch = format!("PATCH {address}?$select=firstname");
    let (status, told, _) = ask(&org, &patch, &matching, &json!({ "firstname": "Ville" })).await;
    assert_eq!((status, &told["firstname"]), (200, &json!("Ville")));
    assert_eq!(told.get("lastname"), None);
    assert_ne!(told["@odata.etag"], tag);
    let (status, _, _) = ask(&org, &patch, &matching, &json!({ "firstname": "Kalle" })).await;
    assert_eq!(status, 412);

    let (status, ..) = ask(&org, &format!("DELETE {address}"), &[], &Value::Null).await;
    assert_eq!(status, 204);
    assert_eq!(get(&org, &address).await.0, 404);
    // What everybody has to know: a plain PATCH brings it back.
    let (status, ..) = ask(&org, &patch, &[], &json!({ "firstname": "Kalle" })).await;
    assert_eq!((status, org.rows("contacts").len()), (204, 1));
}

#[tokio::test]
async fn an_upsert_by_key_makes_one_row_and_says_which_where_it_is_asked() {
    let org = org();
    let matti = matti(&org);
    let body = json!({ "title": "Parcel", "customerid_contact@odata.bind": format!("/contacts({matti})") });
    let told = [("prefer", "return=representation")];
    let line = "PATCH incidents(aspa_key='a''b')";
    let (status, first, _) = ask(&org, line, &told, &body).await;
    assert_eq!((status, &first["aspa_key"]), (201, &json!("a'b")));
    let (status, second, _) = ask(&org, line, &told, &body).await;
    assert_eq!((status, &second["incidentid"]), (200, &first["incidentid"]));
    assert_eq!(ask(&org, line, &[], &body).await.0, 204);
    assert_eq!(org.rows("incidents").len(), 1);
    // By key it can be read, bound to and deleted, too.
    let wants = [("prefer", "odata.include-annotations=\"*\"")];
    let (_, row, _) = ask(&org, "GET incidents(aspa_key='A''B')", &wants, &Value::Null).await;
    let name = "_customerid_value@Microsoft.Dynamics.CRM.lookuplogicalname";
    assert_eq!(
        (&row["_customerid_value"], &row[name]),
        (&json!(matti), &json!("contact"))
    );
    let task =
        json!({ "regardingobjectid_incident_task@odata.bind": "/incidents(aspa_key='a''b')" });
    assert_eq!(ask(&org, "POST tasks", &[], &task).await.0, 204);
    // Cases are resolved by an action of their own, and reopened by a plain change.
    let bind = format!("/incidents({})", first["incidentid"].as_str().unwrap());
    let close = json!({ "IncidentResolution": { "subject": "Done", "incidentid@odata.bind": bind }, "Status": -1 });
    assert_eq!(ask(&org, "POST CloseIncident", &[], &close).await.0, 204);
    assert_eq!(org.rows("incidents")[0]["statuscode"], 5);
    assert_eq!(
        ask(&org, line, &[], &json!({ "statecode": 0 })).await.0,
        204
    );
    assert_eq!(org.rows("incidents")[0]["statuscode"], 1);

    let (status, ..) = ask(&org, "DELETE incidents(aspa_key='a''b')", &[], &Value::Null).await;
    assert_eq!((status, org.rows("tasks").len()), (204, 0));
}

#[tokio::test]
async fn filters_find_what_they_say_without_case() {
    let org = org();
    let matti = matti(&org);
    make(
        &org,
        "contacts",
        json!({ "lastname": "Korhonen", "address1_city": "Oulu" }),
    );
    make(
        &org,
        "contacts",
        json!({ "lastname": "Aalto", "address1_city": "Espoo" }),
    );
    let cases = [
        ("emailaddress1 eq 'matti@example.fi'", 1),
        ("lastname eq 'o''meikäläinen'", 1),
        ("startswith(lastname,'K') or endswith(lastname,'O')", 2),
        ("not contains(lastname,'o')", 0),
        ("address1_city eq null", 1),
        ("address1_city ne 'Oulu'", 2),
        // `and` binds closer than `or`.
        (
            "lastname eq 'Aalto' or lastname eq 'Korhonen' and address1_city eq 'Turku'",
            1,
        ),
        (
            "(lastname eq 'Aalto' or lastname eq 'Korhonen') and address1_city eq 'Turku'",
            0,
        ),
        ("statecode eq 0 and merged eq false", 3),
        (
            "createdon ge 2026-11-22T08:00:00Z and createdon lt 2026-11-22T08:00:01Z",
            3,
        ),
    ];
    for (filter, found) in cases {
        let (status, told) = get(&org, &format!("contacts?$filter={filter}")).await;
        let rows = told["value"].as_array().map_or(0, Vec::len);
        assert_eq!((status, rows), (200, found), "{filter}");
    }
    let (_, told) = get(
        &org,
        &format!("contacts?$filter=contactid eq {matti}&$select=lastname"),
    )
    .await;
    assert_eq!(
        names(told["value"].as_array().unwrap(), "contactid"),
        [matti.as_str()]
    );
    assert_eq!(told["value"][0].get("firstname"), None);
    let (_, told) = get(&org, "contacts?$orderby=lastname desc&$top=2").await;
    assert_eq!(
        names(told["value"].as_array().unwrap(), "lastname"),
        ["O'Meikäläinen", "Korhonen"]
    );
    let (_, first, _) = ask(
        &org,
        "GET contacts?$orderby=lastname",
        &[("prefer", "odata.maxpagesize=2")],
        &Value::Null,
    )
    .await;
    let (_, second) = get(&org, first["@odata.nextLink"].as_str().unwrap()).await;
    assert_eq!(
        names(second["value"].as_array().unwrap(), "lastname"),
        ["O'Meikäläinen"]
    );
    assert_eq!(second.get("@odata.nextLink"), None);
}

#[tokio::test]
async fn changes_are_told_once_with_what_is_gone_also_what_nobody_saw() {
    let org = org();
    let mut ids: Vec<String> = (0..5)
        .map(|at| make(&org, "contacts", json!({ "lastname": format!("n{at}") })))
        .collect();
    let (all, link) = walk(&org, "contacts?$select=lastname", 2).await;
    assert_eq!(names(&all, "lastname"), ["n0", "n1", "n2", "n3", "n4"]);
    assert!(link.contains("$select=lastname&$deltatoken="));
    assert_eq!(walk(&org, &link, 2).await.0, Vec::<Value>::new());

    org.edit(&ids[0], json!({ "lastname": "m0" }));
    org.edit(&ids[0], json!({ "lastname": "k0" }));
    org.delete(&ids[1]);
    ids.push(make(&org, "contacts", json!({ "lastname": "short" })));
    org.delete(&ids[5]);
    ids.push(make(&org, "contacts", json!({ "lastname": "new" })));
    let (told, next) = walk(&org, &link, 1).await;
    assert_eq!(names(&told, "lastname"), ["k0", "new", "", ""]);
    assert_eq!(names(&told[2..], "id"), [ids[1].as_str(), ids[5].as_str()]);
    assert_eq!(told[2]["reason"], "deleted");
    // The same link tells the same again; the next one nothing.
    assert_eq!(walk(&org, &link, 5).await.0.len(), 4);
    assert_eq!(walk(&org, &next, 5).await.0.len(), 0);
}

#[tokio::test]
async fn what_moves_during_a_reading_is_told_after_it() {
    let org = org();
    let ids: Vec<String> = (0..3)
        .map(|at| make(&org, "contacts", json!({ "lastname": format!("n{at}") })))
        .collect();
    let size = [("prefer", "odata.track-changes,odata.maxpagesize=2")];
    let (_, page, _) = ask(&org, "GET contacts", &size, &Value::Null).await;
    org.delete(&ids[0]);
    let late = org.make(
        "contacts",
        json!({ "lastname": "late" }),
        TimeDelta::seconds(60),
    );
    org.edit(&ids[1], json!({ "lastname": "m1" }));
    let (rest, link) = walk(&org, page["@odata.nextLink"].as_str().unwrap(), 5).await;
    assert_eq!(names(&rest, "lastname"), ["n2", "m1"]);
    let (told, link) = walk(&org, &link, 5).await;
    assert_eq!(names(&told, "lastname"), ["m1", ""]);
    assert_eq!(told[1]["id"], json!(ids[0]));
    // While a transaction is open, what came after it is told again and again, and nothing is lost.
    assert_eq!(get(&org, &format!("contacts({late})")).await.0, 404);
    org.pass(TimeDelta::seconds(60));
    let (told, link) = walk(&org, &link, 5).await;
    assert_eq!(names(&told, "lastname"), ["late", "m1"]);
    assert_eq!(walk(&org, &link, 5).await.0, Vec::<Value>::new());
}

#[tokio::test]
async fn of_thousands_of_changes_with_late_commits_none_is_lost_or_stale() {
    let org = org();
    // Numbers that are the same in every run.
    let mut seed = 7_u64;
    let mut dice = move |most: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        usize::try_from(seed >> 33).unwrap() % most
    };
    let mut ids: Vec<String> = Vec::new();
    let mut replica = BTreeMap::new();
    let mut place = "contacts?$select=lastname".to_owned();
    let mut read = async |place: &mut String, size: usize, to_the_end: bool| {
        let size = format!("odata.track-changes,odata.maxpagesize={size}");
        loop {
            let line = format!("GET {place}");
            let (status, told, _) = ask(&org, &line, &[("prefer", &size)], &Value::Null).await;
            assert_eq!(status, 200, "{told}");
            for row in told["value"].as_array().unwrap() {
                match row["id"].as_str() {
                    Some(gone) => drop(replica.remove(gone)),
                    None => {
                        let id = row["contactid"].as_str().unwrap().to_owned();
                        replica.insert(id, row["lastname"].clone());
                    }
                }
            }
            let next = &told["@odata.nextLink"];
            let link = if next.is_null() {
                &told["@odata.deltaLink"]
            } else {
                next
            };
            *place = link.as_str().unwrap().to_owned();
            if !to_the_end || next.is_null() {
                break;
            }
        }
    };
    org.takes(100_000);
    for number in 0..3000 {
        let value = json!({ "lastname": format!("n{number}") });
        let any = dice(ids.len().max(1));
        match dice(10) {
            0 if !ids.is_empty() => drop(org.delete(&ids.swap_remove(any))),
            1 => {
                let late = TimeDelta::seconds(i64::try_from(dice(240)).unwrap());
                drop(org.make("contacts", value, late));
            }
            2 | 3 => ids.push(make(&org, "contacts", value)),
            _ if !ids.is_empty() => drop(org.edit(&ids[any], value)),
            _ => {}
        }
        if dice(4) == 0 {
            org.pass(TimeDelta::seconds(1));
        }
        if dice(5) == 0 {
            let size = 1 + dice(20);
            read(&mut place, size, false).await;
        }
    }
    org.pass(TimeDelta::seconds(240));
    // The reading that goes on, and one from where it ends.
    read(&mut place, 100, true).await;
    read(&mut place, 100, true).await;
    let rows = org.rows("contacts").into_iter();
    let there = rows.map(|row| {
        (
            row["contactid"].as_str().unwrap().to_owned(),
            row["lastname"].clone(),
        )
    });
    let there: BTreeMap<String, Value> = there.collect();
    assert!(there.len() > 300, "{}", there.len());
    assert_eq!(replica, there);
}

#[tokio::test]
async fn delta_links_die_of_age_and_of_other_columns() {
    let org = org();
    let expired = (400, "0x80044352".to_owned());
    let (_, link) = walk(&org, "contacts", 5).await;
    for (days, holds) in [(7, true), (1, false)] {
        org.pass(TimeDelta::days(days));
        org.expire();
        let told = refused(&org, &format!("GET {link}"), &[], Value::Null).await;
        assert_eq!(told == expired, !holds, "{days}: {told:?}");
    }
    make(&org, "contacts", json!({}));
    make(&org, "contacts", json!({}));
    let size = [("prefer", "odata.track-changes,odata.maxpagesize=1")];
    let (_, page, _) = ask(&org, "GET contacts", &size, &Value::Null).await;
    org.expire_deltas();
    let next = format!("GET {}", page["@odata.nextLink"].as_str().unwrap());
    assert_eq!(refused(&org, &next, &size, Value::Null).await, expired);
    assert_eq!(walk(&org, "contacts", 1).await.0.len(), 2);
}

#[tokio::test]
async fn too_many_requests_wait_and_impatience_makes_it_longer() {
    let org = org();
    org.takes(2);
    let mut waits = Vec::new();
    for _ in 0..5 {
        let (_, told, answer) = ask(&org, "GET contacts", &[], &Value::Null).await;
        let wait = answer.headers().get("retry-after");
        waits.push((
            told["error"]["code"]
                .as_str()
                .unwrap_or_default()
                .to_owned(),
            wait.map_or(0, |wait| wait.to_str().unwrap().parse().unwrap()),
        ));
        org.pass(TimeDelta::seconds(1));
    }
    let code = "0x80072322".to_owned();
    let waits: Vec<(bool, i64)> = waits
        .into_iter()
        .map(|(told, wait)| (told == code, wait))
        .collect();
    assert_eq!(
        waits,
        [
            (false, 0),
            (false, 0),
            (true, 298),
            (true, 300),
            (true, 300)
        ]
    );
    org.pass(TimeDelta::seconds(300));
    assert_eq!(get(&org, "contacts").await.0, 200);
    org.throttle_time(TimeDelta::seconds(5));
    assert_eq!(
        refused(&org, "GET contacts", &[], Value::Null).await,
        (429, "0x80072321".to_owned())
    );
    org.pass(TimeDelta::seconds(15));
    assert_eq!(get(&org, "contacts").await.0, 200);
}

#[tokio::test]
async fn a_merged_row_names_its_master_which_gets_what_was_its() {
    let org = org();
    let (old, into) = (matti(&org), matti(&org));
    make(&org, "socialprofiles", json!({ "_customerid_value": old }));
    let (_, link) = walk(&org, "contacts", 5).await;
    assert!(org.merge(&old, &into));
    let (told, _) = walk(&org, &link, 5).await;
    assert_eq!(told.len(), 1);
    let row = &told[0];
    assert_eq!(
        (&row["contactid"], &row["merged"]),
        (&json!(old), &json!(true))
    );
    assert_eq!(
        (&row["_masterid_value"], &row["statecode"]),
        (&json!(into), &json!(1))
    );
    assert_eq!(
        org.rows("socialprofiles")[0]["_customerid_value"],
        json!(into)
    );
    assert!(!org.merge(&old, "nobody"));
    assert!(org.delete(&into));
    assert!(org.rows("socialprofiles").is_empty());
    assert_eq!(org.rows("contacts")[0]["_masterid_value"], Value::Null);
}

#[tokio::test]
async fn duplicates_are_refused_only_where_the_request_asks_for_that() {
    let org = org();
    matti(&org);
    org.refuses_duplicates();
    let body = json!({ "emailaddress1": "Matti@Example.fi" });
    let asks = [("mscrm.suppressduplicatedetection", "false")];
    let told = refused(&org, "POST contacts", &asks, body.clone()).await;
    assert_eq!(told, (412, "0x80040333".to_owned()));
    assert_eq!(ask(&org, "POST contacts", &[], &body).await.0, 204);
}
