//! What our own mail server says about who sent a mail (RFC 8601): the only thing that vouches for an
//! address. What the mail says of itself vouches for nothing.

use serde_json::{Map, Value};

use crate::mail::Mail;

/// The methods whose results are kept.
const METHODS: &[&str] = &["dkim", "spf", "dmarc"];

/// The results of our server's checks, and whether they show that the domain in From sent the mail.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Evidence {
    /// `{"dkim":"pass","spf":"softfail"}`: the best result of each method.
    pub(crate) results: Map<String, Value>,
    /// Whether DMARC passed for the domain of From, or DKIM or SPF passed for a domain that it is or
    /// belongs to (RFC 7489, section 3.1).
    pub(crate) aligned: bool,
}

/// Reads the Authentication-Results of the server with this name: the topmost, since a mail can bring
/// forged ones along below it.
pub(crate) fn of(mail: &Mail, server: Option<&str>) -> Evidence {
    let mut evidence = Evidence::default();
    let Some(server) = server else {
        return evidence;
    };
    let ours = mail.headers("authentication-results").find_map(|value| {
        let value = uncommented(value);
        let (id, results) = value.split_once(';')?;
        let id = id.split_ascii_whitespace().next()?;
        id.trim_matches('"')
            .eq_ignore_ascii_case(server)
            .then(|| results.to_owned())
    });
    let domain = mail
        .from
        .as_ref()
        .and_then(|from| from.address.rsplit_once('@'));
    let (Some(results), Some((_, domain))) = (ours, domain) else {
        return evidence;
    };
    for result in results.split(';') {
        let mut words = result.split_ascii_whitespace();
        let Some((method, outcome)) = words.next().and_then(|word| word.split_once('=')) else {
            continue;
        };
        let method = method
            .split('/')
            .next()
            .unwrap_or_default()
            .to_ascii_lowercase();
        if !METHODS.contains(&method.as_str()) {
            continue;
        }
        let outcome = outcome.to_ascii_lowercase();
        let passed = outcome == "pass";
        let about = words.filter_map(|word| word.split_once('='));
        let matches = about
            .filter(|(property, _)| is_domain_of(&method, property))
            .any(|(_, value)| {
                let value = value.trim_matches('"');
                belongs(domain, value.rsplit('@').next().unwrap_or_default())
            });
        evidence.aligned |= passed && matches;
        let known = evidence.results.get(&method).and_then(Value::as_str);
        if known != Some("pass") {
            evidence.results.insert(method, Value::String(outcome));
        }
    }
    evidence
}

/// Whether this property names the domain that a method is about.
fn is_domain_of(method: &str, property: &str) -> bool {
    let known: &[&str] = match method {
        "dkim" => &["header.d", "header.i"],
        "spf" => &["smtp.mailfrom"],
        _ => &["header.from"],
    };
    known.iter().any(|name| property.eq_ignore_ascii_case(name))
}

/// Whether a domain is another one or belongs to it. A single label, such as `com`, owns nothing.
fn belongs(domain: &str, to: &str) -> bool {
    let (domain, to) = (domain.to_ascii_lowercase(), to.to_ascii_lowercase());
    let below = domain
        .strip_suffix(&to)
        .is_some_and(|rest| rest.ends_with('.'));
    to.contains('.') && (domain == to || below)
}

/// Without comments in parentheses, which may be within one another; those in quotes are none.
fn uncommented(value: &str) -> String {
    let (mut out, mut depth, mut quoted, mut escaped) = (String::new(), 0_usize, false, false);
    for c in value.chars() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted || depth > 0 => escaped = true,
            '"' if depth == 0 => {
                quoted = !quoted;
                out.push(c);
            }
            '(' if !quoted => depth += 1,
            ')' if !quoted => depth = depth.saturating_sub(1),
            // What is in quotes separates nothing.
            ';' if quoted => out.push(','),
            c if depth == 0 => out.push(c),
            _ => {}
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(results: &str) -> Evidence {
        let raw = format!("{results}From: Aino <aino@mail.example.fi>\r\n\r\nx");
        of(&Mail::read(raw.as_bytes()), Some("mx.aurinko.example"))
    }

    #[test]
    fn our_own_server_vouches_for_an_address() {
        for (results, aligned) in [
            (
                "mx.aurinko.example; dmarc=pass header.from=mail.example.fi",
                true,
            ),
            (
                "mx.aurinko.example; dkim=pass header.d=example.fi header.s=k1",
                true,
            ),
            (
                "MX.Aurinko.Example 1; spf=pass (a; b) smtp.mailfrom=x@mail.example.fi",
                true,
            ),
            ("mx.aurinko.example; dkim=fail header.d=example.fi", false),
            (
                "mx.aurinko.example; dkim=pass header.d=other.example",
                false,
            ),
            ("mx.aurinko.example; dkim=pass header.d=ample.fi", false),
            ("mx.aurinko.example; dkim=pass header.d=fi", false),
            (
                "mx.aurinko.example; spf=pass smtp.helo=mail.example.fi",
                false,
            ),
            ("mx.aurinko.example; none", false),
            (
                "mx.aurinko.example; dkim=fail (dkim=pass header.d=example.fi)",
                false,
            ),
            (
                "mx.aurinko.example; dkim=fail reason=\"x; dkim=pass header.d=example.fi\"",
                false,
            ),
            (
                "mx.attacker.example; dmarc=pass header.from=mail.example.fi",
                false,
            ),
        ] {
            let evidence = read(&format!("Authentication-Results: {results}\r\n"));
            assert_eq!(evidence.aligned, aligned, "{results}");
        }
    }

    #[test]
    fn what_came_with_the_mail_below_ours_counts_for_nothing() {
        let evidence = read(
            "Authentication-Results: mx.aurinko.example; dkim=none\r\n\
             Received: by x\r\n\
             Authentication-Results: mx.aurinko.example; dmarc=pass header.from=mail.example.fi\r\n",
        );
        assert!(!evidence.aligned);
        assert_eq!(evidence.results["dkim"], "none");
        let raw = "Authentication-Results: mx.aurinko.example; dmarc=pass header.from=example.fi\r\nFrom: a@example.fi\r\n\r\nx";
        assert_eq!(of(&Mail::read(raw.as_bytes()), None), Evidence::default());
    }
}
