//! The command as scripts and people run it.

#![allow(clippy::unwrap_used, reason = "tests may panic")]

use std::fs;
use std::process::{Command, Output};

use aspa_identity_sample::{Config, Decision, Score, Style, Truth, World, read_rows};
use tempfile::{TempDir, tempdir};

const CUSTOMERS: &str = r#"{"id":"1","first":"Maija","last":"Meikäläinen","emails":["maija@example.fi"],"phones":["040 123 4567"],"city":"Lahti","customer_no":"K-1001","orders":["T500123"]}
{"id":"2","first":"Matti","last":"Virtanen","emails":["matti.virtanen@example.fi"],"phones":["050 7654321"],"handles":[{"network":"x","handle":"mvirtanen"}],"customer_no":"K-1002"}
{"id":"3","kind":"company","company":"Lumo Oy","emails":["info@lumo.fi"],"website":"https://www.lumo.fi"}
"#;

const AUTHORS: &str = r#"{"author_id":"b","network":"x","handle":"zzz","display":"Nobody Here","dm_text":""}
{"author_id":"a","network":"facebook","handle":"maijam","display":"Maija Meikäläinen","dm_text":"numeroni on 040 1234567, t. Maija Meikäläinen"}
{"author_id":"c,\"","network":"Twitter","handle":"mvirtanen","display":"Matti Virtanen"}
"#;

struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempdir().unwrap())
    }

    fn path(&self, name: &str) -> String {
        self.0.path().join(name).display().to_string()
    }

    fn with(self, name: &str, bytes: impl AsRef<[u8]>) -> Self {
        fs::write(self.path(name), bytes).unwrap();
        self
    }

    fn usual() -> Self {
        Self::new()
            .with("crm.jsonl", CUSTOMERS)
            .with("authors.jsonl", AUTHORS)
    }

    fn run(&self, more: &[&str]) -> Output {
        self.run_with("crm.jsonl", "authors.jsonl", more)
    }

    fn run_with(&self, customers: &str, authors: &str, more: &[&str]) -> Output {
        let (customers, authors) = (self.path(customers), self.path(authors));
        link_authors(&[&["--customers", &customers, "--authors", &authors], more].concat())
    }

    /// What is there, hidden files too.
    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.0.path()).unwrap();
        let mut names: Vec<String> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }
}

fn link_authors(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_link-authors"))
        .args(arguments)
        .output()
        .unwrap()
}

fn out(output: &Output) -> String {
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{told}");
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn refused(output: &Output, code: i32) -> String {
    assert_eq!(output.status.code(), Some(code));
    assert!(output.stdout.is_empty());
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[test]
fn one_row_for_each_author_in_the_order_of_the_file() {
    let folder = Folder::usual();
    let path = folder.path("links.csv");
    assert_eq!(out(&folder.run(&["--out", &path])), "");
    let links = fs::read_to_string(&path).unwrap();
    let lines: Vec<&str> = links.lines().collect();
    assert_eq!(lines[0], "author_id,crm_id,prob,decision");
    assert_eq!(lines[1], "b,,0,none");
    assert!(
        lines[2].starts_with("a,1,0.9") && lines[2].ends_with(",link"),
        "{}",
        lines[2]
    );
    assert!(lines[3].starts_with("\"c,\"\"\",2,0."), "{}", lines[3]);
    assert_eq!(lines.len(), 4);
    // The same on standard output, with any number of threads, and nothing is left behind.
    assert_eq!(out(&folder.run(&["--out", "-"])), links);
    assert_eq!(out(&folder.run(&["--out", "-", "--threads", "7"])), links);
    assert_eq!(folder.names(), ["authors.jsonl", "crm.jsonl", "links.csv"]);
}

#[test]
fn files_are_read_however_they_are_written() {
    let folder = Folder::usual();
    let expected = out(&folder.run(&["--out", "-"]));
    let untidy = |text: &str| {
        let text = text
            .replace('\n', "\r\n \r\n")
            .replace("\"id\"", "\"more\":{\"x\":[1]},\"id\"");
        format!("\u{feff}\n{text}").replace(
            "\"dm_text\":\"\"",
            "\"dm_text\":null,\"links\":null,\"revealed\":null",
        )
    };
    let folder = folder
        .with("a", untidy(CUSTOMERS))
        .with("b", untidy(AUTHORS));
    assert_eq!(out(&folder.run_with("a", "b", &["--out", "-"])), expected);

    let csv = "author_id,network,handle,display,dm_text\r\n\
        b,x,zzz,Nobody Here,\r\n\
        a,facebook,maijam,Maija Meikäläinen,\"numeroni on 040 1234567, t. Maija Meikäläinen\"\r\n\
        \"c,\"\"\",x,mvirtanen,Matti Virtanen,\r\n";
    let folder = folder.with("authors.csv", format!("\u{feff}{csv}"));
    assert_eq!(
        out(&folder.run_with("crm.jsonl", "authors.csv", &["--out", "-"])),
        expected
    );

    let csv =
        "id;first_name;last_name;email;phone\n1;Maija;Meikäläinen;maija@example.fi;040 1234567\n";
    let folder = folder.with("crm.csv", csv);
    let links = out(&folder.run_with("crm.csv", "authors.jsonl", &["--out", "-"]));
    assert!(links.contains("\na,1,0.9"), "{links}");

    let folder = folder.with("nothing", "").with("blank.jsonl", "\n\n");
    let links =
        out(&folder.run_with("nothing", "authors.jsonl", &["--out", "-"])).replace(",0,", ",");
    assert_eq!(
        links,
        "author_id,crm_id,prob,decision\nb,,none\na,,none\n\"c,\"\"\",,none\n"
    );
    let links = out(&folder.run_with("crm.jsonl", "blank.jsonl", &["--out", "-"]));
    assert_eq!(links, "author_id,crm_id,prob,decision\n");
}

#[test]
fn a_broken_file_is_named_with_its_line_and_nothing_is_written() {
    let folder = Folder::usual()
        .with("cut.jsonl", format!("{CUSTOMERS}\n{{\"id\":\"secret"))
        .with("no-id.jsonl", "{\"first\":\"Secret\"}")
        .with("twice.jsonl", "{\"id\":\"7\"}\n\n{\"id\":7}")
        .with("bytes.jsonl", b"{\"id\":\"1\"}\n{\"id\":\"\xff\"}\n")
        .with("list.json", "[{\"id\":\"1\"}]")
        .with("authors.csv", "author_id,handle\na,b\nsecret\n")
        .with("no-author.csv", "name\nsecret\n")
        .with("links.csv", "old");
    let names = folder.names();
    let path = folder.path("links.csv");
    for (customers, authors, why) in [
        (
            "cut.jsonl",
            "authors.jsonl",
            "line 5: the line ends in the middle, column 13",
        ),
        ("no-id.jsonl", "authors.jsonl", "line 1: `id`: "),
        (
            "twice.jsonl",
            "authors.jsonl",
            "line 3: the same `id` as in line 1",
        ),
        ("bytes.jsonl", "authors.jsonl", "line 2: not UTF-8"),
        (
            "list.json",
            "authors.jsonl",
            "line 1: not a JSON object (one a line)",
        ),
        ("crm.jsonl", "no-id.jsonl", "line 1: `author_id`: "),
        (
            "crm.jsonl",
            "authors.csv",
            "line 3: 1 columns in place of 2",
        ),
        (
            "crm.jsonl",
            "no-author.csv",
            "line 1: no column `author_id`",
        ),
        ("crm.jsonl", "not-there", "os error 2"),
        ("not-there", "authors.jsonl", "os error 2"),
    ] {
        let told = refused(&folder.run_with(customers, authors, &["--out", &path]), 2);
        assert!(told.contains(why), "{told}");
        assert!(told.starts_with("link-authors: --"), "{told}");
        assert!(!told.to_lowercase().contains("secret"), "{told}");
        assert_eq!(fs::read_to_string(&path).unwrap(), "old");
        assert_eq!(folder.names(), names);
    }
}

#[test]
fn wrong_usage_is_2_and_what_cannot_be_written_is_1() {
    let folder = Folder::usual();
    for wrong in [
        &[][..],
        &["--out", "-", "--region", "XX"],
        &["--out", "-", "--customer-number", "T"],
        &["--out", "-", "--order-number", "T:6:crc"],
        &["--out", "-", "--cost-miss", "-1"],
        &["--out", "-", "--threads", "0"],
        &["--explain", "nobody"],
        &["--out", "-", "--what"],
    ] {
        refused(&folder.run(wrong), 2);
    }
    refused(
        &link_authors(&["--customers", "-", "--authors", "-", "--out", "-"]),
        2,
    );
    let nowhere = folder.path("no/such/folder/links.csv");
    refused(&folder.run(&["--out", &nowhere]), 1);
    let a_folder = folder.0.path().display().to_string();
    refused(&folder.run(&["--out", &a_folder]), 1);
    assert!(out(&link_authors(&["--help"])).contains("--customers"));
}

#[test]
fn an_explanation_tells_why_and_shows_no_address() {
    let told = out(&Folder::usual().run(&["--explain", "a"]));
    assert!(told.starts_with("a: Linked to "), "{told}");
    assert!(
        told.contains("phone") && !told.contains("1234567"),
        "{told}"
    );
    let told = out(&Folder::usual().run(&["--explain", "b"]));
    assert!(told.starts_with("b: Not linked: "), "{told}");
}

#[test]
fn progress_is_told_where_it_is_asked_for() {
    let folder = Folder::usual();
    assert!(folder.run(&["--out", "-"]).stderr.is_empty());
    let told = String::from_utf8(folder.run(&["--out", "-", "--progress"]).stderr).unwrap();
    assert!(told.contains("authors: 3 of 3 (100 %)"), "{told}");
}

#[test]
fn costs_move_the_decision_and_not_the_probability() {
    let folder = Folder::usual().with(
        "one.jsonl",
        r#"{"author_id":"d","network":"reddit","handle":"zxq","display":"Matti Virtanen"}"#,
    );
    let row = |review: &str| {
        let costs = [
            "--out",
            "-",
            "--cost-review",
            review,
            "--cost-false-link",
            "1000",
        ];
        let links = out(&folder.run_with("crm.jsonl", "one.jsonl", &costs));
        let row = links.lines().nth(1).unwrap().to_owned();
        row.rsplit_once(',')
            .map(|(p, d)| (p.to_owned(), d.to_owned()))
            .unwrap()
    };
    let (cheap, dear) = (row("0.001"), row("100"));
    assert_eq!((cheap.1.as_str(), dear.1.as_str()), ("review", "none"));
    assert_eq!(cheap.0, dear.0);
    assert!(cheap.0.starts_with("d,2,0."));
}

/// The files of a small world, and who is who in it.
fn made_up(style: Style) -> (Folder, Vec<Truth>) {
    let world = World::new(Config::new(5, 1_500, 1_200).style(style));
    let lines = |json: Vec<String>| json.join("\n");
    let crm = world
        .customers()
        .map(|c| serde_json::to_string(&c).unwrap())
        .collect();
    let (authors, truth): (Vec<_>, Vec<Truth>) = world.authors().unzip();
    let authors = authors
        .iter()
        .map(|a| serde_json::to_string(a).unwrap())
        .collect();
    let folder = Folder::new()
        .with("crm.jsonl", lines(crm))
        .with("authors.jsonl", lines(authors));
    (folder, truth)
}

/// From files to figures: what a linker must not do.
#[test]
fn a_made_up_world_is_linked_with_few_mistakes() {
    for style in Style::ALL {
        let (folder, truth) = made_up(style);
        let region = match style {
            Style::Finland => "FI",
            Style::Us => "us",
            _ => "DE",
        };
        let links = out(&folder.run(&["--out", "-", "--region", region]));
        let rows = read_rows(links.as_bytes()).unwrap();
        assert!(rows.iter().any(|row| row.decision == Decision::Link));
        let all = Score::of(&truth, &rows).unwrap().all;
        assert!(all.precision() > 0.95, "{style:?} {all:?}");
        assert!(all.recall_with_review() > 0.6, "{style:?} {all:?}");
    }
}

#[test]
fn labels_teach_and_decide_nothing_by_themselves() {
    let (folder, truth) = made_up(Style::Finland);
    let csv = |truth: &[&Truth]| {
        let rows = truth
            .iter()
            .map(|who| format!("{},{}\n", who.author_id, who.crm_ids.join("|")));
        rows.fold("author_id,crm_ids\n".to_owned(), |csv, row| csv + &row)
    };
    let (labelled, rest): (Vec<_>, Vec<_>) =
        truth.iter().enumerate().partition(|(at, _)| at % 3 == 0);
    let labelled: Vec<&Truth> = labelled.into_iter().map(|(_, who)| who).collect();
    let rest: Vec<Truth> = rest.into_iter().map(|(_, who)| who.clone()).collect();
    let folder = folder.with("labels.csv", csv(&labelled) + "somebody-else,R-1\n");
    let score = |more: &[&str]| {
        let links = out(&folder.run(&[&["--out", "-"], more].concat()));
        let rows = read_rows(links.as_bytes()).unwrap();
        let rows: Vec<_> = rows
            .into_iter()
            .filter(|row| rest.iter().any(|who| who.author_id == row.author_id))
            .collect();
        Score::of(&rest, &rows).unwrap()
    };
    let (shipped, taught) = (score(&[]), score(&["--labels", &folder.path("labels.csv")]));
    assert!(
        taught.brier < shipped.brier,
        "{} {}",
        taught.brier,
        shipped.brier
    );
    // A label that is wrong is no link: nobody is linked because a file says so.
    let wrong = "author_id,crm_ids\nb,1\n";
    let folder = Folder::usual().with("wrong.csv", wrong);
    let links = out(&folder.run(&["--out", "-", "--labels", &folder.path("wrong.csv")]));
    assert!(links.contains("\nb,,0,none\n"), "{links}");
    for (text, why) in [
        ("author_id\nb\n", "no column `crm_ids`"),
        (
            "author_id,crm_ids\nb,1\nb,2\n",
            "line 3: a second label of the same author",
        ),
        ("author_id,crm_ids\nb\n", "line 2: 1 columns in place of 2"),
    ] {
        fs::write(folder.path("wrong.csv"), text).unwrap();
        let told = refused(
            &folder.run(&["--out", "-", "--labels", &folder.path("wrong.csv")]),
            2,
        );
        assert!(told.contains(why), "{told}");
    }
}
