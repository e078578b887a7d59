//! Measures the linker on a labelled set: the folder in `ASPA_IDENTITY_DATA` holds `crm.jsonl`,
//! `authors.jsonl` and `truth.csv`. Without the variable nothing is done.

use std::collections::{BTreeMap, HashMap};
use std::error::Error;
use std::path::PathBuf;

use aspa_crm::{CsvSource, Mapping};
use aspa_identity::extract::Pattern;
use aspa_identity::{
    Contact, ContactKind, Directory, Evidence, EvidenceKind, Profile, Settings, Verdict,
};
use aspa_types::{HandleKey, Network, SystemId};
use chrono::DateTime;
use serde_json::Value;

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
    let extractor = settings.extractor();
    let mapping = Mapping::usual(SystemId::new("crm")?);
    let source = CsvSource::json_lines(mapping, &std::fs::read(folder.join("crm.jsonl"))?, now);
    let mut directory = Directory::new(settings.clone());
    source
        .customers()
        .for_each(|customer| directory.put(customer));

    let truth = std::fs::read_to_string(folder.join("truth.csv"))?;
    let truth: HashMap<&str, (Vec<&str>, &str, &str)> = truth
        .lines()
        .skip(1)
        .filter_map(|line| {
            let mut cells = line.split(',');
            let id = cells.next()?;
            let ids = cells
                .next()?
                .split('|')
                .filter(|id| !id.is_empty())
                .collect();
            Some((id, (ids, cells.next()?, cells.next()?)))
        })
        .collect();

    let mut count: BTreeMap<String, usize> = BTreeMap::new();
    let mut bins = vec![(0.0, 0_u32, 0_u32); 20];
    let mut brier = 0.0;
    let mut ranked: Vec<(f64, bool)> = Vec::new();
    let authors = std::fs::read_to_string(folder.join("authors.jsonl"))?;
    let mut spent = std::time::Duration::ZERO;
    for line in authors.lines() {
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
        let start = std::time::Instant::now();
        let said = extractor.read(text("dm_text"));
        for (kind, value) in said.contacts {
            let contact = Contact::private(kind, value).of(said.speaker.clone());
            let contact = EvidenceKind::ContactRevealed(contact);
            evidence.push(Evidence::new(now, "dm", contact));
        }
        for (key, kind) in [
            ("email", ContactKind::Email),
            ("phone", ContactKind::Phone),
            ("customer_no", ContactKind::CustomerNumber),
            ("order_no", ContactKind::OrderNumber),
        ] {
            if let Some(value) = author["revealed"][key].as_str() {
                let contact = EvidenceKind::ContactRevealed(Contact::private(kind, value));
                evidence.push(Evidence::new(now, "dm", contact));
            }
        }
        let handle = HandleKey::new(Network::new(text("network"))?, None, text("author_id"))?;
        let decision = directory.decide(&handle, &evidence);
        spent += start.elapsed();

        let (ids, kind, clue) = truth.get(text("author_id")).ok_or("no truth")?;
        let mut put = |what: String| *count.entry(what).or_default() += 1;
        put(if ids.is_empty() {
            "all strangers"
        } else {
            "all customers"
        }
        .to_owned());
        let best = decision.candidates.first();
        let right = best.is_some_and(|c| ids.contains(&&*c.customer.id));
        let p = best.map_or(0.0, |c| c.probability);
        ranked.push((p, right));
        brier += (p - f64::from(u8::from(right))).powi(2);
        let bin = &mut bins[((p * 20.0) as usize).min(19)];
        *bin = (bin.0 + p, bin.1 + 1, bin.2 + u32::from(right));
        match &decision.verdict {
            Verdict::Link { .. } if right => put("linked right".to_owned()),
            Verdict::Link { .. } if ids.is_empty() => {
                put("linked a stranger".to_owned());
                put(format!("linked a stranger: {kind}"));
            }
            Verdict::Link { .. } => put("linked to the wrong person".to_owned()),
            Verdict::Review { candidates } => {
                let found = candidates.iter().any(|id| ids.contains(&&*id.id));
                put(if found {
                    "review right"
                } else {
                    "review wrong"
                }
                .to_owned());
            }
            _ if ids.is_empty() => put("none right".to_owned()),
            _ => put("missed".to_owned()),
        }
        let wrong = matches!(decision.verdict, Verdict::Link { .. }) && !right;
        if wrong && std::env::var_os("ASPA_IDENTITY_SHOW").is_some() {
            println!("{kind} {clue}\n{}\n", decision.explain());
        }
        if matches!(decision.verdict, Verdict::Link { .. })
            && let Some(best) = best
        {
            let groups: Vec<String> = best
                .reasons
                .iter()
                .filter(|reason| reason.weight > 0.0)
                .map(|reason| reason.comparison.to_string())
                .collect();
            let outcome = if right { "right" } else { "wrong" };
            put(format!("link by {} {outcome}", groups.join("+")));
        }
        // Which name level is worth what, with nothing else known.
        if let Some(best) = best.filter(|c| c.reasons.len() == 2) {
            let reason = &best.reasons[1];
            let outcome = if right { "right" } else { "wrong" };
            put(format!(
                "alone {}: {} {outcome}",
                reason.comparison, reason.level
            ));
        }
    }
    for (what, n) in &count {
        println!("{n:6}  {what}");
    }
    let n = |what: &str| count.get(what).copied().unwrap_or_default() as f64;
    let linked = n("linked right") + n("linked a stranger") + n("linked to the wrong person");
    let all = n("all customers") + n("all strangers");
    println!("precision {:.4}", n("linked right") / linked);
    println!("recall {:.4}", n("linked right") / n("all customers"));
    println!(
        "false links on strangers {:.4}",
        n("linked a stranger") / n("all strangers")
    );
    println!(
        "wrong person {:.4}",
        n("linked to the wrong person") / n("all customers")
    );
    let reviews = n("review right") + n("review wrong");
    println!(
        "reviews per 1000 {:.0}, precision {:.3}",
        1e3 * reviews / all,
        n("review right") / reviews
    );
    println!(
        "recall with review {:.3}",
        (n("linked right") + n("review right")) / n("all customers")
    );
    let missed = n("all customers") - n("linked right") - n("review right");
    let false_links = n("linked a stranger") + n("linked to the wrong person");
    println!(
        "cost per 1000 {:.0}",
        1e3 * (40.0 * false_links + reviews + 2.0 * missed) / all
    );
    println!(
        "recall at precision .99 {:.3}",
        recall_at(&mut ranked, n("all customers"))
    );
    let off = |(p, n, right): &(f64, u32, u32)| {
        (p - f64::from(*right)).abs() * f64::from(u8::from(*n > 0))
    };
    println!(
        "Brier {:.3}, calibration error {:.3}",
        brier / all,
        bins.iter().map(off).sum::<f64>() / all
    );
    println!("{:.1} us an author", spent.as_secs_f64() * 1e6 / all);
    Ok(())
}

/// The most that can be linked with 99 of 100 right, equal probabilities as one block.
fn recall_at(ranked: &mut [(f64, bool)], customers: f64) -> f64 {
    ranked.sort_by(|a, b| b.0.total_cmp(&a.0));
    let (mut n, mut right, mut best) = (0.0, 0.0, 0.0);
    for (i, (p, hit)) in ranked.iter().enumerate() {
        n += 1.0;
        right += f64::from(u8::from(*hit));
        let block_ends = ranked.get(i + 1).is_none_or(|next| next.0 < *p);
        if block_ends && right / n >= 0.99 {
            best = right / customers;
        }
    }
    best
}
