//! Measures the linker on a labelled set: the folder in `ASPA_IDENTITY_DATA` holds `crm.jsonl`,
//! `authors.jsonl` and `truth.csv`. Without the variable nothing is done.

use std::collections::{BTreeMap, HashMap};
use std::error::Error;
use std::path::PathBuf;

use aspa_crm::{CsvSource, Mapping};
use aspa_identity::extract::Pattern;
use aspa_identity::{
    Audience, Author, Contact, ContactKind, Evidence, EvidenceKind, Linker, Profile, Settings,
    Verdict,
};
use aspa_types::{CustomerId, HandleKey, Network, SystemId};
use chrono::DateTime;
use serde_json::Value;

type Truth = HashMap<String, (Vec<String>, String, String)>;

fn main() -> Result<(), Box<dyn Error>> {
    let Some(folder) = std::env::var_os("ASPA_IDENTITY_DATA").map(PathBuf::from) else {
        println!("ASPA_IDENTITY_DATA is not set");
        return Ok(());
    };
    let now = DateTime::UNIX_EPOCH;
    let mut settings = Settings::default();
    settings.numbers = vec![
        Pattern::customer_number("10", 6..=6)?,
        Pattern::order_number("T", 6..=6)?,
    ];
    if std::env::var_os("OWN").is_some() {
        settings.numbers = serde_json::from_str(&std::env::var("OWN")?)?;
    }
    let mapping = Mapping::usual(SystemId::new("crm")?);
    let crm = ["crm.jsonl", "customers.jsonl"]
        .iter()
        .map(|f| folder.join(f))
        .find(|p| p.exists())
        .ok_or("no crm")?;
    let source = CsvSource::json_lines(mapping, &std::fs::read(crm)?, now);
    let mut linker = Linker::new(settings.clone());
    source.customers().for_each(|customer| {
        linker.put(customer);
    });
    let truth = std::fs::read_to_string(folder.join("truth.csv"))?;
    let truth: Truth = truth
        .lines()
        .skip(1)
        .filter_map(|line| {
            let mut cells = line.split(',');
            let id = cells.next()?.to_owned();
            let ids = cells
                .next()?
                .split('|')
                .filter(|id| !id.is_empty())
                .map(str::to_owned)
                .collect();
            Some((
                id,
                (ids, cells.next()?.to_owned(), cells.next()?.to_owned()),
            ))
        })
        .collect();
    let text = std::fs::read_to_string(folder.join("authors.jsonl"))?;
    let authors: Vec<Author> = text
        .lines()
        .map(|line| author(line, &settings))
        .collect::<Result<_, _>>()?;
    println!("== shipped");
    measure(&linker, &authors, &truth, 0)?;
    linker = linker_with(linker, &authors);
    println!(
        "== learnt without labels: {:.3} {:.3} {:.3} {:.3}",
        linker.rates().customer_share,
        linker.rates().namesake_share,
        linker.rates().familiar_share,
        linker.rates().colleague_share
    );
    measure(&linker, &authors, &truth, 0)?;
    linker = linker.model(aspa_identity::Model::default());
    let every: usize = std::env::var("EVERY")
        .ok()
        .and_then(|x| x.parse().ok())
        .unwrap_or(10);
    let labelled: Vec<Author> = authors
        .iter()
        .enumerate()
        .map(|(i, author)| {
            let ids = &truth[author.handle.id()].0;
            let ids: Result<Vec<_>, _> = ids
                .iter()
                .map(|id| CustomerId::new(SystemId::new("crm").unwrap(), id.as_str()))
                .collect();
            if i % every == every / 3 {
                author.clone().labelled(ids.unwrap())
            } else {
                author.clone()
            }
        })
        .collect();
    linker = linker_with(linker, &labelled);
    println!("== learnt with a tenth labelled");
    if std::env::var_os("RATES").is_some() {
        println!(
            "{}",
            serde_json::to_string(linker.rates())?
                .replace("},", "},\n")
                .replace("],", "],\n")
        );
    }
    measure(&linker, &authors, &truth, every)?;
    Ok(())
}

fn linker_with(linker: Linker, authors: &[Author]) -> Linker {
    let start = std::time::Instant::now();
    let model = linker.learn(authors);
    println!("learning took {:?}", start.elapsed());
    linker.model(model)
}

fn author(line: &str, settings: &Settings) -> Result<Author, Box<dyn Error>> {
    let now = DateTime::UNIX_EPOCH;
    let author: Value = serde_json::from_str(line)?;
    let text = |key: &str| author[key].as_str().unwrap_or_default();
    let list = |key: &str| -> Vec<String> {
        let values = author[key].as_array().into_iter().flatten();
        values
            .filter_map(|value| value.as_str().map(str::to_owned))
            .collect()
    };
    let mut profile = Profile::named(text("handle"), text("display"));
    profile.location = Some(text("location").to_owned());
    profile.bio = Some(text("bio").to_owned());
    profile.links = list("links");
    profile.verified_links = list("verified_links");
    let mut evidence = vec![Evidence::new(
        now,
        "profile",
        EvidenceKind::ProfileSeen(profile),
    )];
    for kind in settings
        .extractor()
        .read(text("dm_text"))
        .evidence(&Audience::Private)
    {
        evidence.push(Evidence::new(now, "dm", kind));
    }
    for (key, kind) in [
        ("email", ContactKind::Email),
        ("phone", ContactKind::Phone),
        ("customer_no", ContactKind::CustomerNumber),
        ("order_no", ContactKind::OrderNumber),
    ] {
        if let Some(value) = author["revealed"][key].as_str() {
            evidence.push(Evidence::new(
                now,
                "dm",
                EvidenceKind::ContactRevealed(Contact::private(kind, value)),
            ));
        }
    }
    Ok(Author::new(
        HandleKey::new(Network::new(text("network"))?, None, text("author_id"))?,
        evidence,
    ))
}

fn measure(
    linker: &Linker,
    authors: &[Author],
    truth: &Truth,
    skip: usize,
) -> Result<(), Box<dyn Error>> {
    let mut count: BTreeMap<String, usize> = BTreeMap::new();
    let mut bins = vec![(0.0, 0_u32, 0_u32); 20];
    let mut brier = 0.0;
    let mut ranked: Vec<(f64, bool, String)> = Vec::new();
    let mut spent = std::time::Duration::ZERO;
    for (i, author) in authors.iter().enumerate() {
        if skip > 0 && i % skip == skip / 3 {
            continue;
        }
        let start = std::time::Instant::now();
        let decision = linker.decide(&author.handle, &author.evidence);
        spent += start.elapsed();
        let (ids, kind, clue) = truth.get(author.handle.id()).ok_or("no truth")?;
        let mut put = |what: String| *count.entry(what).or_default() += 1;
        put(if ids.is_empty() {
            "all strangers"
        } else {
            "all customers"
        }
        .to_owned());
        let best = decision.candidates.first();
        let right = best.is_some_and(|c| ids.iter().any(|id| **id == *c.customer.id));
        let p = best.map_or(0.0, |c| c.probability);
        let group = best.map_or(String::new(), |b| {
            b.reasons
                .iter()
                .filter(|r| {
                    r.comparison != aspa_identity::Comparison::Prior
                        && r.comparison != aspa_identity::Comparison::Others
                        && r.comparison != aspa_identity::Comparison::Learnt
                })
                .map(|r| format!("{}:{}", r.comparison, r.level))
                .collect::<Vec<_>>()
                .join(" + ")
        });
        ranked.push((
            best.map_or(-99.0, |c| c.score),
            right,
            format!("{kind} [{clue}] {group}"),
        ));
        brier += (p - f64::from(u8::from(right))).powi(2);
        let bin = &mut bins[((p * 20.0) as usize).min(19)];
        *bin = (bin.0 + p, bin.1 + 1, bin.2 + u32::from(right));
        if best.is_none() && !ids.is_empty() {
            put(format!("  no candidate {clue}"));
        }
        match &decision.verdict {
            Verdict::Link { .. } if right => put("linked right".to_owned()),
            Verdict::Link { .. } if ids.is_empty() => {
                put("linked a stranger".to_owned());
                put(format!("linked a stranger: {kind}"));
            }
            Verdict::Link { .. } => put("linked to the wrong person".to_owned()),
            Verdict::Review { candidates } => {
                let found = candidates
                    .iter()
                    .any(|id| ids.iter().any(|right| **right == *id.id));
                put(if found {
                    "review right"
                } else {
                    "review wrong"
                }
                .to_owned());
                if !found {
                    put(format!("review wrong: {kind}"));
                }
            }
            _ if ids.is_empty() => put("none right".to_owned()),
            _ => put("missed".to_owned()),
        }
        let wrong = matches!(decision.verdict, Verdict::Link { .. }) && !right;
        if wrong && std::env::var_os("ASPA_IDENTITY_SHOW").is_some() {
            println!("{kind} {clue}\n{}\n", decision.explain());
        }
    }
    if std::env::var_os("COUNTS").is_some() {
        for (what, n) in &count {
            println!("{n:6}  {what}");
        }
    }
    let n = |what: &str| count.get(what).copied().unwrap_or_default() as f64;
    let linked = n("linked right") + n("linked a stranger") + n("linked to the wrong person");
    let all = n("all customers") + n("all strangers");
    let reviews = n("review right") + n("review wrong");
    let missed = n("all customers") - n("linked right") - n("review right");
    let false_links = n("linked a stranger") + n("linked to the wrong person");
    let off = |(p, n, right): &(f64, u32, u32)| {
        (p - f64::from(*right)).abs() * f64::from(u8::from(*n > 0))
    };
    println!(
        "P {:.4} R {:.4} false {:.4} wrong {:.4} | reviews {:.0} precision {:.3} R+review {:.3} | cost {:.0} | R@.99 {:.3} R@.95 {:.3} | Brier {:.3} ECE {:.3} | {:.1} us",
        n("linked right") / linked,
        n("linked right") / n("all customers"),
        n("linked a stranger") / n("all strangers"),
        n("linked to the wrong person") / n("all customers"),
        1e3 * reviews / all,
        n("review right") / reviews,
        (n("linked right") + n("review right")) / n("all customers"),
        1e3 * (40.0 * false_links + reviews + 2.0 * missed) / all,
        recall_at(&mut ranked, n("all customers"), 0.99),
        recall_at(&mut ranked, n("all customers"), 0.95),
        brier / all,
        bins.iter().map(off).sum::<f64>() / all,
        spent.as_secs_f64() * 1e6 / all
    );
    if let Ok(top) = std::env::var("TOP") {
        let top: usize = top.parse()?;
        for (score, right, what) in ranked.iter().take(top).filter(|r| !r.1) {
            println!("  {score:.2} {right} {what}");
        }
    }
    if std::env::var_os("BYGROUP").is_some() {
        let mut groups: BTreeMap<&str, (usize, usize, f64)> = BTreeMap::new();
        for (score, right, what) in &ranked {
            let what = what.split("] ").nth(1).unwrap_or_default();
            let g = groups.entry(what).or_default();
            g.0 += usize::from(*right);
            g.1 += usize::from(!*right);
            g.2 += 1.0 / (1.0 + (-score).exp2());
        }
        let mut groups: Vec<_> = groups.into_iter().collect();
        groups.sort_by_key(|g| std::cmp::Reverse(g.1.0 + g.1.1));
        for (what, (right, wrong, sum)) in groups.into_iter().take(60) {
            println!(
                "  {right:5} {wrong:5} {:.3} p {:.3}  {what}",
                right as f64 / (right + wrong) as f64,
                sum / (right + wrong) as f64
            );
        }
    }
    Ok(())
}

/// The most that can be linked with so many right, equal probabilities as one block.
fn recall_at(ranked: &mut [(f64, bool, String)], customers: f64, precision: f64) -> f64 {
    ranked.sort_by(|a, b| b.0.total_cmp(&a.0));
    let (mut n, mut right, mut best) = (0.0, 0.0, 0.0);
    for (i, (p, hit, _)) in ranked.iter().enumerate() {
        n += 1.0;
        right += f64::from(u8::from(*hit));
        let block_ends = ranked.get(i + 1).is_none_or(|next| next.0 < *p);
        if block_ends && right / n >= precision {
            best = right / customers;
        }
    }
    best
}
