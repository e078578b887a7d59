//! Numbers as people write them.

use chrono::TimeDelta;

/// "1 h", "24 h", "1 h 30 min", "90 s"
pub(crate) fn time(time: TimeDelta) -> String {
    let seconds = time.num_seconds();
    let (hours, minutes, rest) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    let part = |n: i64, unit: &str| (n > 0).then(|| format!("{n} {unit}"));
    let parts = [part(hours, "h"), part(minutes, "min"), part(rest, "s")];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

/// Whole numbers with commas: "12,024".
pub(crate) fn whole(number: u64) -> String {
    let digits = number.to_string();
    let groups: Vec<&str> = digits
        .as_bytes()
        .rchunks(3)
        .rev()
        .map(|group| std::str::from_utf8(group).unwrap_or_default())
        .collect();
    groups.join(",")
}

/// Cents as euros: "12,024.50 EUR".
pub(crate) fn euros(cents: i64) -> String {
    let sign = if cents < 0 { "-" } else { "" };
    let cents = cents.unsigned_abs();
    format!("{sign}{}.{:02} EUR", whole(cents / 100), cents % 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_for_people() {
        assert_eq!(time(TimeDelta::seconds(5430)), "1 h 30 min 30 s");
        assert_eq!(time(TimeDelta::hours(24)), "24 h");
        assert_eq!(
            [0, 999, 1000, 1_234_567].map(whole),
            ["0", "999", "1,000", "1,234,567"]
        );
        assert_eq!(euros(123_405), "1,234.05 EUR");
        assert_eq!(euros(-5), "-0.05 EUR");
    }
}
