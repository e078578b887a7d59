//! Prints the holidays of a region, or of all regions, as JSON Lines:
//!
//! ```text
//! cargo run -p aspa-hours --example holidays -- FI 2026 2028
//! cargo run -p aspa-hours --example holidays -- all 2026 2026
//! ```

use std::collections::BTreeMap;
use std::io::Write;
use std::process::ExitCode;

use aspa_hours::holidays::Region;
use serde_json::json;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match print(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("holidays: {error}");
            ExitCode::FAILURE
        }
    }
}

fn print(arguments: &[String]) -> Result<(), Box<dyn std::error::Error>> {
    let [region, first, last] = arguments else {
        return Err("usage: holidays <region|all> <first year> <last year>".into());
    };
    let regions: Vec<Region> = match region.as_str() {
        "all" => Region::all().collect(),
        code => vec![code.parse()?],
    };
    let years = first.parse::<i32>()?..=last.parse::<i32>()?;
    let mut out = std::io::stdout().lock();
    for region in regions {
        for day in years.clone().flat_map(|year| region.holidays(year)) {
            let line = json!({
                "region": region,
                "date": day.date,
                "category": day.category,
                "observed": day.observed,
                "names": day.names().collect::<BTreeMap<_, _>>(),
            });
            writeln!(out, "{line}")?;
        }
    }
    Ok(())
}
