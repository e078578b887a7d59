//! What an answer says of how much more the server takes.
//!
//! | header | read as | source, checked 2026-11-22 |
//! | --- | --- | --- |
//! | `retry-after` | seconds (also with a fraction) or a date | RFC 9110 section 10.2.3; Discord's rate limits page |
//! | `x-ratelimit-*`, `x-rate-limit-*`, `ratelimit-*` with `limit`, `remaining`, `reset` | one quota; the reset as below | Mastodon, GoToSocial, X, Bluesky, Reddit, Discord; draft-ietf-httpapi-ratelimit-headers-06 |
//! | `x-app-limit-24hour-*`, `x-user-limit-24hour-*` | further quotas | X |
//! | `x-ratelimit-reset-after` | seconds, before the reset | Discord |
//! | `x-ratelimit-bucket`, `x-ratelimit-global`, `x-ratelimit-scope` | what the quota is of | Discord |
//! | `ratelimit: limit=9, remaining=4, reset=5`, `ratelimit: "name";r=4;t=5`, `ratelimit-policy: "name";q=9;w=60` | quotas | the same draft, -07 and -10 |
//! | `x-app-usage`, `x-page-usage`, `x-business-use-case-usage`, `x-ad-account-usage` | usage in percent, minutes or seconds to wait | Meta's Graph API, "Rate Limits" |
//!
//! A reset is an instant in ISO 8601 or as an HTTP date, milliseconds or seconds since 1970, or seconds
//! from now: what is below 10^9 (seconds since 1970 in 2001) is taken for a span, what is 10^11 or more
//! (the year 5138) for milliseconds.

use chrono::{DateTime, TimeDelta, Utc};
use http::header::{AGE, DATE, RETRY_AFTER};
use http::{HeaderMap, HeaderName, StatusCode};
use serde_json::Value;

use crate::wait;

/// No longer wait than this is believed.
const LONGEST: TimeDelta = TimeDelta::days(31);
/// How much of a header is read, in bytes.
const READ: usize = 16 << 10;
/// How many quotas of one header.
const QUOTAS: usize = 16;

/// What an answer says of how much more the server takes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Signals {
    /// Whether this request was refused because of too many: status 429, or 503 with a wait.
    pub refused: bool,
    /// Nothing more should be sent before. None where it was not said.
    pub wait_until: Option<DateTime<Utc>>,
    /// How many requests are taken in one time, by the tightest quota that was told.
    pub limit: Option<u64>,
    /// How many of them are left.
    pub remaining: Option<u64>,
    /// When they are counted anew.
    pub reset: Option<DateTime<Utc>>,
    /// How much is used up, in percent, rounded up; over 100 is possible.
    pub usage: Option<u16>,
    /// What the server calls that which these figures are of, where it differs from route to route.
    pub bucket: Option<String>,
    /// Whether the wait is for everything, not for this bucket alone.
    pub global: bool,
}

#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Quota {
    limit: Option<u64>,
    remaining: Option<u64>,
    reset: Option<DateTime<Utc>>,
}

impl Quota {
    /// How tight it is: none left before some left, then by the time that each one left has to do for.
    fn tightness(&self, now: DateTime<Utc>) -> (bool, i64) {
        let left = self.reset.map_or(TimeDelta::seconds(1), |at| at - now);
        let left = left.num_milliseconds().max(0);
        let remaining = self.remaining.unwrap_or(u64::MAX);
        let each = i64::try_from(remaining.max(1)).unwrap_or(i64::MAX);
        (remaining == 0, left / each)
    }
}

impl Signals {
    /// Reads the status and the headers of an answer that came at `now`. Takes anything; what is not
    /// understood says nothing. An instant is measured against the answer's own `date`, so that a clock
    /// that is off here or there does not matter. Linear in the headers.
    #[must_use]
    pub fn read(status: StatusCode, headers: &HeaderMap, now: DateTime<Utc>) -> Self {
        // How the server's clock differs. What was answered by a cache is of another time.
        let theirs = match headers.contains_key(AGE) {
            true => None,
            false => text(headers, &DATE).and_then(wait::date),
        };
        let reader = Reader {
            headers,
            now,
            server: theirs.unwrap_or(now),
        };
        let mut signals = Self::default();
        let quotas = reader.quotas();
        if let Some(quota) = quotas.iter().max_by_key(|quota| quota.tightness(now)) {
            signals.limit = quota.limit;
            signals.remaining = quota.remaining;
            signals.reset = quota.reset;
        }
        signals.bucket = text(headers, &HeaderName::from_static("x-ratelimit-bucket"))
            .filter(|text| text.len() <= 128)
            .map(str::to_owned);
        let is = |name: &'static str, value: &str| {
            text(headers, &HeaderName::from_static(name))
                .is_some_and(|text| text.eq_ignore_ascii_case(value))
        };
        signals.global = is("x-ratelimit-global", "true") || is("x-ratelimit-scope", "global");
        let asked = text(headers, &RETRY_AFTER).and_then(|text| reader.wait(text));
        let failed = status.is_client_error() || status.is_server_error();
        signals.refused = status == StatusCode::TOO_MANY_REQUESTS
            || (status == StatusCode::SERVICE_UNAVAILABLE && asked.is_some());
        if failed {
            signals.wait_until = asked;
        }
        if status == StatusCode::TOO_MANY_REQUESTS {
            signals.wait_until = signals.wait_until.or(signals.reset);
        }
        reader.usage(&mut signals);
        signals
    }
}

/// The first value of a header, where it is a text of a length that can be meant.
fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    let text = headers.get(name)?.to_str().ok()?.trim();
    (!text.is_empty() && text.len() <= READ).then_some(text)
}

/// A number of requests: `98`, `98.0`, and the first of `100, 100;w=60`.
fn count(text: &str) -> Option<u64> {
    let end = text.find([',', ';']).unwrap_or(text.len());
    let text = text[..end].trim();
    if text.starts_with('-') {
        return text.parse::<f64>().ok().map(|_| 0);
    }
    text.parse().ok().or_else(|| whole(text.parse().ok()?))
}

/// A number that is not negative, without its fraction.
fn whole(number: f64) -> Option<u64> {
    let fits = number.is_finite() && (0.0..1e18).contains(&number);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "checked to be in range"
    )]
    fits.then_some(number as u64)
}

struct Reader<'a> {
    headers: &'a HeaderMap,
    now: DateTime<Utc>,
    /// Now, by the server's clock.
    server: DateTime<Utc>,
}

impl Reader<'_> {
    /// So long from now, within what is believed.
    fn after(&self, wait: TimeDelta) -> DateTime<Utc> {
        let wait = wait.clamp(TimeDelta::zero(), LONGEST);
        self.now.checked_add_signed(wait).unwrap_or(self.now)
    }

    fn at(&self, instant: DateTime<Utc>) -> DateTime<Utc> {
        self.after(instant.signed_duration_since(self.server))
    }

    /// Seconds, rounded up to a millisecond.
    fn seconds(&self, seconds: f64) -> Option<DateTime<Utc>> {
        if seconds.is_nan() {
            return None;
        }
        let milliseconds = (seconds * 1000.0).ceil().clamp(0.0, 1e15);
        #[expect(clippy::cast_possible_truncation, reason = "clamped")]
        TimeDelta::try_milliseconds(milliseconds as i64).map(|wait| self.after(wait))
    }

    /// A wait as seconds or as a date.
    fn wait(&self, text: &str) -> Option<DateTime<Utc>> {
        if text.starts_with('-') {
            return None;
        }
        match number(text) {
            Some(seconds) => self.seconds(seconds),
            None => wait::date(text).map(|at| self.at(at)),
        }
    }

    /// A reset, however it is written.
    fn reset(&self, text: &str) -> Option<DateTime<Utc>> {
        let Some(number) = number(text) else {
            let iso = DateTime::parse_from_rfc3339(text);
            let instant = iso.map(|at| at.to_utc()).ok().or_else(|| wait::date(text));
            return instant.map(|at| self.at(at));
        };
        if number < 1e9 {
            return self.seconds(number);
        }
        let milliseconds = if number < 1e11 { number * 1e3 } else { number };
        #[expect(
            clippy::cast_possible_truncation,
            reason = "saturates, and the instant is checked"
        )]
        let instant = DateTime::from_timestamp_millis(milliseconds.ceil() as i64);
        instant.map(|at| self.at(at))
    }

    fn quotas(&self) -> Vec<Quota> {
        const FAMILIES: [[&str; 3]; 5] = [
            [
                "x-ratelimit-limit",
                "x-ratelimit-remaining",
                "x-ratelimit-reset",
            ],
            [
                "x-rate-limit-limit",
                "x-rate-limit-remaining",
                "x-rate-limit-reset",
            ],
            ["ratelimit-limit", "ratelimit-remaining", "ratelimit-reset"],
            [
                "x-app-limit-24hour-limit",
                "x-app-limit-24hour-remaining",
                "x-app-limit-24hour-reset",
            ],
            [
                "x-user-limit-24hour-limit",
                "x-user-limit-24hour-remaining",
                "x-user-limit-24hour-reset",
            ],
        ];
        let header = |name: &'static str| text(self.headers, &HeaderName::from_static(name));
        let mut quotas = Vec::new();
        for [limit, remaining, reset] in FAMILIES {
            let mut quota = Quota {
                limit: header(limit).and_then(count),
                remaining: header(remaining).and_then(count),
                reset: header(reset).and_then(|text| self.reset(text)),
            };
            if limit == "x-ratelimit-limit" {
                let after = header("x-ratelimit-reset-after").and_then(number);
                let after = after.and_then(|seconds| self.seconds(seconds));
                quota.reset = after.or(quota.reset);
            }
            quotas.push(quota);
        }
        if let Some(text) = header("ratelimit") {
            self.fields(text, header("ratelimit-policy"), &mut quotas);
        }
        quotas.retain(|q| *q != Quota::default());
        quotas
    }

    /// The one header of the newer drafts: `limit=9, remaining=4, reset=5` is one quota in members of its
    /// own, `"a";r=4;t=5, "b";r=0;t=60` is one for each member, whose limit is in the policy.
    fn fields(&self, text: &str, policy: Option<&str>, quotas: &mut Vec<Quota>) {
        let mut one = Quota::default();
        for member in text.split(',').take(QUOTAS) {
            let mut quota = Quota::default();
            let mut parts = member.split(';').map(str::trim);
            let name = parts.next().unwrap_or_default();
            if let Some((key, value)) = name.split_once('=') {
                match key.trim() {
                    "limit" => one.limit = count(value),
                    "remaining" => one.remaining = count(value),
                    "reset" => one.reset = number(value).and_then(|s| self.seconds(s)),
                    _ => {}
                }
                continue;
            }
            for (key, value) in parts.filter_map(|part| part.split_once('=')) {
                match key.trim() {
                    "r" => quota.remaining = count(value),
                    "t" => quota.reset = number(value).and_then(|s| self.seconds(s)),
                    _ => {}
                }
            }
            let mut policies = policy.unwrap_or_default().split(',').take(QUOTAS);
            let policy = policies.find(|p| p.split(';').next().map(str::trim) == Some(name));
            let parts = policy.unwrap_or_default().split(';').map(str::trim);
            let mut limits = parts.filter_map(|part| part.strip_prefix("q="));
            quota.limit = limits.next().and_then(count);
            quotas.push(quota);
        }
        quotas.push(one);
    }

    /// Meta's figures: how much is used up, and how long until there is room again.
    fn usage(&self, signals: &mut Signals) {
        let mut until = None;
        let mut used: Option<f64> = None;
        let object = |name: &'static str| {
            let text = text(self.headers, &HeaderName::from_static(name))?;
            serde_json::from_str::<Value>(text).ok()
        };
        let mut read = |figures: &Value| {
            let figure = |name: &str| figures.get(name).and_then(Value::as_f64);
            const SHARES: [&str; 4] = [
                "call_count",
                "total_time",
                "total_cputime",
                "acc_id_util_pct",
            ];
            let most = SHARES.into_iter().filter_map(figure).reduce(f64::max);
            used = used.into_iter().chain(most).reduce(f64::max);
            let mut wait = figure("estimated_time_to_regain_access").map(|m| m * 60.0);
            if figure("acc_id_util_pct").is_some_and(|used| used >= 100.0) {
                wait = wait.or(figure("reset_time_duration"));
            }
            if let Some(seconds) = wait.filter(|seconds| *seconds > 0.0) {
                until = until.max(self.seconds(seconds));
            }
        };
        for name in ["x-app-usage", "x-page-usage", "x-ad-account-usage"] {
            if let Some(figures) = object(name) {
                read(&figures);
            }
        }
        if let Some(Value::Object(businesses)) = object("x-business-use-case-usage") {
            let kinds = businesses.values().filter_map(Value::as_array);
            kinds.flatten().for_each(&mut read);
        }
        signals.wait_until = signals.wait_until.max(until);
        let percent = used.and_then(|used| whole(used.max(0.0).ceil()));
        signals.usage = percent.map(|used| u16::try_from(used).unwrap_or(u16::MAX));
    }
}

/// A decimal number, without a sign or an exponent, or a negative one as 0.
fn number(text: &str) -> Option<f64> {
    let text = text.trim();
    let digits = text.strip_prefix('-').unwrap_or(text);
    let plain = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    let number: f64 = digits.parse().ok().filter(|_| plain)?;
    Some(if text.len() == digits.len() {
        number
    } else {
        0.0
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    type Told = (Option<u64>, Option<u64>, Option<f64>);
    type Headers = &'static [(&'static str, &'static str)];

    fn now() -> DateTime<Utc> {
        "2026-11-22T08:00:00Z".parse().unwrap()
    }

    fn read(status: u16, headers: &[(&'static str, &str)]) -> Signals {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, value.parse().unwrap());
        }
        Signals::read(StatusCode::from_u16(status).unwrap(), &map, now())
    }

    /// In seconds from now.
    fn seconds(at: Option<DateTime<Utc>>) -> Option<f64> {
        at.map(|at| (at - now()).as_seconds_f64())
    }

    #[test]
    fn every_spelling_of_a_reset_is_the_same_instant() {
        let epoch = now().timestamp() + 90;
        let cases = [
            ("epoch seconds", epoch.to_string()),
            ("with a fraction", format!("{epoch}.000")),
            ("epoch milliseconds", format!("{epoch}000")),
            ("seconds from now", "90".to_owned()),
            ("ISO 8601", "2026-11-22T08:01:30Z".to_owned()),
            (
                "with microseconds and a zone",
                "2026-11-22T10:01:30.000000+02:00".to_owned(),
            ),
            ("an HTTP date", "Sun, 22 Nov 2026 08:01:30 GMT".to_owned()),
        ];
        for (name, reset) in &cases {
            for family in ["x-ratelimit-", "x-rate-limit-", "ratelimit-"] {
                let name_of = |part: &str| HeaderName::try_from(format!("{family}{part}")).unwrap();
                let mut headers = HeaderMap::new();
                headers.insert(name_of("limit"), "300".parse().unwrap());
                headers.insert(name_of("remaining"), "7".parse().unwrap());
                headers.insert(name_of("reset"), reset.parse().unwrap());
                let signals = Signals::read(StatusCode::OK, &headers, now());
                let told = (signals.limit, signals.remaining, seconds(signals.reset));
                assert_eq!(told, (Some(300), Some(7), Some(90.0)), "{family}: {name}");
                assert_eq!(
                    (signals.wait_until, signals.refused),
                    (None, false),
                    "{name}"
                );
            }
        }
    }

    #[test]
    fn a_server_whose_clock_is_off_is_understood_by_its_own_date() {
        let date = ("date", "Sun, 22 Nov 2026 09:00:00 GMT");
        let reset = ("x-ratelimit-reset", "2026-11-22T09:05:00Z");
        let left = ("x-ratelimit-remaining", "1");
        assert_eq!(seconds(read(200, &[date, reset, left]).reset), Some(300.0));
        let asked = ("retry-after", "Sun, 22 Nov 2026 09:00:20 GMT");
        assert_eq!(seconds(read(429, &[date, asked]).wait_until), Some(20.0));
        // A cache's answer is of another time.
        let cached = [date, reset, left, ("age", "3600")];
        assert_eq!(seconds(read(200, &cached).reset), Some(3900.0));
    }

    #[test]
    fn waits_are_believed_of_refusals_and_for_a_month_at_most() {
        let cases: &[(&str, u16, Headers, bool, Option<f64>)] = &[
            ("seconds", 429, &[("retry-after", "120")], true, Some(120.0)),
            (
                "a fraction",
                429,
                &[("retry-after", "0.5")],
                true,
                Some(0.5),
            ),
            (
                "a date",
                503,
                &[("retry-after", "Sun, 22 Nov 2026 08:00:30 GMT")],
                true,
                Some(30.0),
            ),
            (
                "a date that is past",
                429,
                &[("retry-after", "Sun, 22 Nov 2026 07:00:30 GMT")],
                true,
                Some(0.0),
            ),
            (
                "a secondary limit",
                403,
                &[("retry-after", "60")],
                false,
                Some(60.0),
            ),
            ("down without a wait", 503, &[], false, None),
            ("without a hint", 429, &[], true, None),
            (
                "the reset is the hint",
                429,
                &[("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "45")],
                true,
                Some(45.0),
            ),
            (
                "a wait before the reset",
                429,
                &[
                    ("retry-after", "5"),
                    ("x-ratelimit-remaining", "0"),
                    ("x-ratelimit-reset", "45"),
                ],
                true,
                Some(5.0),
            ),
            (
                "an answer with a wait",
                202,
                &[("retry-after", "60")],
                false,
                None,
            ),
            ("nonsense", 429, &[("retry-after", "soon")], true, None),
            ("negative", 429, &[("retry-after", "-5")], true, None),
            (
                "without end",
                429,
                &[("retry-after", "99999999999999999999999")],
                true,
                Some(31.0 * 86_400.0),
            ),
            (
                "the year 9999",
                429,
                &[
                    ("x-ratelimit-remaining", "0"),
                    ("x-ratelimit-reset", "9999-12-31T23:59:59Z"),
                ],
                true,
                Some(31.0 * 86_400.0),
            ),
        ];
        for (name, status, headers, refused, wait) in cases {
            let signals = read(*status, headers);
            assert_eq!(
                (signals.refused, seconds(signals.wait_until)),
                (*refused, *wait),
                "{name}"
            );
        }
    }

    #[test]
    fn the_tightest_of_several_quotas_counts() {
        let cases: &[(&str, Headers, Told)] = &[
            (
                "Reddit's are not whole",
                &[
                    ("x-ratelimit-remaining", "98.0"),
                    ("x-ratelimit-reset", "312"),
                ],
                (None, Some(98), Some(312.0)),
            ),
            (
                "an older draft",
                &[
                    ("ratelimit-limit", "100, 100;w=60"),
                    ("ratelimit-remaining", "50"),
                    ("ratelimit-reset", "30"),
                ],
                (Some(100), Some(50), Some(30.0)),
            ),
            (
                "draft 7",
                &[("ratelimit", "limit=100, remaining=50, reset=5")],
                (Some(100), Some(50), Some(5.0)),
            ),
            (
                "draft 10",
                &[
                    (
                        "ratelimit-policy",
                        "\"burst\";q=100;w=60, \"day\";q=1000;w=86400",
                    ),
                    ("ratelimit", "\"burst\";r=90;t=30, \"day\";r=0;t=3600"),
                ],
                (Some(1000), Some(0), Some(3600.0)),
            ),
            (
                "fewer a second",
                &[("ratelimit", "\"a\";r=100;t=10, \"b\";r=10;t=100")],
                (None, Some(10), Some(100.0)),
            ),
            (
                "X's day",
                &[
                    ("x-rate-limit-remaining", "14"),
                    ("x-rate-limit-reset", "900"),
                    ("x-user-limit-24hour-limit", "17"),
                    ("x-user-limit-24hour-remaining", "0"),
                    ("x-user-limit-24hour-reset", "7200"),
                ],
                (Some(17), Some(0), Some(7200.0)),
            ),
            (
                "Discord's seconds before its instant",
                &[
                    ("x-ratelimit-remaining", "0"),
                    ("x-ratelimit-reset", "4102444800.1"),
                    ("x-ratelimit-reset-after", "1.5"),
                ],
                (None, Some(0), Some(1.5)),
            ),
            (
                "less than nothing",
                &[("x-ratelimit-remaining", "-3"), ("x-ratelimit-reset", "-1")],
                (None, Some(0), Some(0.0)),
            ),
            (
                "nonsense",
                &[
                    ("x-ratelimit-remaining", "many"),
                    ("ratelimit", ";;=,\"x\";r="),
                    ("ratelimit-limit", "1e9"),
                ],
                (Some(1_000_000_000), None, None),
            ),
        ];
        for (name, headers, wanted) in cases {
            let told = read(200, headers);
            assert_eq!(
                (told.limit, told.remaining, seconds(told.reset)),
                *wanted,
                "{name}"
            );
        }
    }

    #[test]
    fn buckets_have_the_names_that_the_server_gives_them() {
        let told = read(
            429,
            &[
                ("x-ratelimit-bucket", "abcd1234"),
                ("x-ratelimit-scope", "user"),
                ("retry-after", "1"),
            ],
        );
        assert_eq!(
            (told.bucket.as_deref(), told.global),
            (Some("abcd1234"), false)
        );
        assert!(read(429, &[("x-ratelimit-global", "true")]).global);
        assert!(read(429, &[("x-ratelimit-scope", "global")]).global);
        assert_eq!(
            read(200, &[("x-ratelimit-bucket", &"x".repeat(129))]).bucket,
            None
        );
    }

    #[test]
    fn usage_is_the_highest_share_and_the_longest_wait() {
        let cases: &[(&str, Headers, Option<u16>, Option<f64>)] = &[
            (
                "an app's",
                &[(
                    "x-app-usage",
                    r#"{"call_count":28,"total_time":25.2,"total_cputime":7}"#,
                )],
                Some(28),
                None,
            ),
            (
                "rounded up",
                &[("x-page-usage", r#"{"call_count":0,"total_time":99.01}"#)],
                Some(100),
                None,
            ),
            (
                "a business's, with minutes",
                &[(
                    "x-business-use-case-usage",
                    r#"{"17":[{"type":"pages","call_count":10,"estimated_time_to_regain_access":0},{"type":"messenger","call_count":120,"estimated_time_to_regain_access":19}]}"#,
                )],
                Some(120),
                Some(1140.0),
            ),
            (
                "an ad account's",
                &[(
                    "x-ad-account-usage",
                    r#"{"acc_id_util_pct":100,"reset_time_duration":300}"#,
                )],
                Some(100),
                Some(300.0),
            ),
            (
                "one with room",
                &[(
                    "x-ad-account-usage",
                    r#"{"acc_id_util_pct":9.67,"reset_time_duration":300}"#,
                )],
                Some(10),
                None,
            ),
            (
                "two",
                &[
                    ("x-app-usage", r#"{"call_count":2}"#),
                    ("x-page-usage", r#"{"call_count":90}"#),
                ],
                Some(90),
                None,
            ),
            (
                "nonsense",
                &[
                    ("x-app-usage", "[1,{}]"),
                    ("x-page-usage", "{"),
                    ("x-business-use-case-usage", r#"{"1":[7,"a"],"2":{}}"#),
                ],
                None,
                None,
            ),
            (
                "beyond numbers",
                &[(
                    "x-app-usage",
                    r#"{"call_count":1e300,"estimated_time_to_regain_access":-4}"#,
                )],
                None,
                None,
            ),
        ];
        for (name, headers, usage, wait) in cases {
            let told = read(200, headers);
            assert_eq!(
                (told.usage, seconds(told.wait_until)),
                (*usage, *wait),
                "{name}"
            );
        }
    }

    proptest! {
        #[test]
        fn anything_is_read_and_no_instant_is_past_or_beyond_a_month(
            status in 100_u16..600,
            values in prop::collection::vec((0_usize..20, prop_oneof!["[ -~]{0,40}", "-?[0-9]{1,22}(\\.[0-9]{1,3})?",
                "[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}Z", "\\{\"call_count\":-?[0-9]{1,20}\\}", "\"a\";r=[0-9]{1,20};t=[0-9]{1,20}"]), 0..12),
            at in prop_oneof![Just(now()), (-8_000_000_000_000_i64..8_000_000_000_000).prop_map(|s| DateTime::from_timestamp(s, 0).unwrap_or_default())],
        ) {
            const NAMES: [&str; 20] = ["retry-after", "date", "age", "ratelimit", "ratelimit-policy", "x-ratelimit-limit",
                "x-ratelimit-remaining", "x-ratelimit-reset", "x-ratelimit-reset-after", "x-ratelimit-bucket", "x-ratelimit-scope",
                "x-rate-limit-limit", "x-rate-limit-remaining", "x-rate-limit-reset", "ratelimit-remaining", "ratelimit-reset",
                "x-app-usage", "x-page-usage", "x-business-use-case-usage", "x-ad-account-usage"];
            let mut headers = HeaderMap::new();
            for (name, value) in values {
                headers.append(NAMES[name], value.parse().unwrap());
            }
            let told = Signals::read(StatusCode::from_u16(status).unwrap(), &headers, at);
            for instant in told.wait_until.into_iter().chain(told.reset) {
                prop_assert!(instant >= at && instant - at <= LONGEST);
            }
            prop_assert!(told.usage.is_none_or(|_| headers.keys().any(|name| name.as_str().contains("usage"))));
        }
    }
}
