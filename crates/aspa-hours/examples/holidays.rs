//! Prints the holidays of a region as JSON Lines: `holidays FI 2026 2028`, or of every region:
//! `holidays all 2026 2026`.

use aspa_hours::holidays::Region;
use serde_json::json;

fn main() -> std::process::ExitCode {
    match print() {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("holidays: {error}");
            std::process::ExitCode::FAILURE
        }
    }
}

fn print() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [region, first, last] = arguments.as_slice() else {
        return Err("usage: holidays <region|all> <first year> <last year>".into());
    };
    let regions: Vec<Region> = match region.as_str() {
        "all" => Region::all().collect(),
        code => vec![code.parse()?],
    };
    for region in regions {
        for year in first.parse::<i32>()?..=last.parse::<i32>()? {
            for day in region.holidays(year) {
                let names: serde_json::Map<_, _> = day
                    .names()
                    .map(|(tag, name)| (tag.to_owned(), name.into()))
                    .collect();
                println!(
                    "{}",
                    json!({
                        "region": region,
                        "date": day.date,
                        "category": day.category,
                        "observed": day.observed,
                        "names": names,
                    })
                );
            }
        }
    }
    Ok(())
}
