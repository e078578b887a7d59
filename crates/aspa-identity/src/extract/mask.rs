//! Runs of digits that are neither a phone number nor one of ours.

use aspa_crm::normal::Region;

use super::number::Finder;
use super::pattern::{Check, mod97};

impl Finder<'_> {
    /// Blanks what has digits but is neither a phone number nor one of ours: bank accounts,
    /// identity codes, payment cards, dates, times, addresses of machines, prices.
    pub(super) fn mask(&self, bytes: &mut [u8]) {
        let long = self
            .patterns
            .iter()
            .any(|ready| ready.prefix.len() + ready.pattern.digits().end() > 12);
        let mut at = 0;
        while at < bytes.len() {
            let inside = at > 0 && (bytes[at - 1].is_ascii_alphanumeric() || bytes[at - 1] >= 0x80);
            if inside || !(bytes[at].is_ascii_alphanumeric() || bytes[at] >= 0x80) {
                at += 1;
                continue;
            }
            // "T-06-14-98" may look like a date but starts as our numbers do.
            let ours = self
                .patterns
                .iter()
                .find_map(|ready| ready.lettered_at(bytes, at));
            if let Some(end) = ours {
                at = end;
                continue;
            }
            let rest = &bytes[at..];
            let end = web_address(rest)
                .or_else(|| personal_code(rest, self.region))
                .or_else(|| bank_account(rest))
                .or_else(|| machine(rest, self.region))
                .or_else(|| date(rest))
                .or_else(|| times(rest))
                .or_else(|| price(rest, at.checked_sub(1).map(|at| bytes[at])))
                .or_else(|| if long { None } else { card(rest) });
            let end = end.map_or(at + 1, |end| {
                bytes[at..at + end].fill(b'\n');
                at + end
            });
            at = end;
        }
    }
}

/// Up to `max` digits from a place: their value, and the place after them.
fn digits(bytes: &[u8], at: usize, max: usize) -> Option<(u32, usize)> {
    let count = bytes
        .iter()
        .skip(at)
        .take(max)
        .take_while(|byte| byte.is_ascii_digit())
        .count();
    let value = bytes
        .get(at..at + count)?
        .iter()
        .fold(0, |value: u32, digit| value * 10 + u32::from(digit - b'0'));
    (count > 0).then_some((value, at + count))
}

/// No letter or digit follows.
pub(super) fn closed(bytes: &[u8], at: usize) -> bool {
    bytes
        .get(at)
        .is_none_or(|next| !next.is_ascii_alphanumeric() && *next < 0x80)
}

/// Up to the next space: what it holds is not what the writer says.
fn web_address(bytes: &[u8]) -> Option<usize> {
    let starts = |start: &[u8]| {
        bytes
            .get(..start.len())
            .is_some_and(|head| head.eq_ignore_ascii_case(start))
    };
    (starts(b"http://") || starts(b"https://") || starts(b"www.")).then(|| {
        bytes
            .iter()
            .position(|byte| matches!(byte, b' ' | b'\n'))
            .unwrap_or(bytes.len())
    })
}

/// Finnish personal identity code (Digital and Population Data Services Agency, form of 2023) and
/// Swedish personal number.
fn personal_code(bytes: &[u8], region: Region) -> Option<usize> {
    let head = bytes.get(..11)?;
    let is_day = |day: u32, month: u32| (1..=31).contains(&day) && (1..=12).contains(&month);
    let (first, six) = digits(bytes, 0, 6)?;
    if six == 6 {
        let sign = head[6].to_ascii_uppercase();
        let (serial, nine) = digits(head, 7, 3).unwrap_or_default();
        let check = head[10].to_ascii_uppercase();
        let expected = b"0123456789ABCDEFHJKLMNPRSTUVWXY"[((first * 1000 + serial) % 31) as usize];
        let right = check == expected || check.is_ascii_alphabetic();
        if nine == 10
            && matches!(sign, b'-' | b'+' | b'A'..=b'F' | b'U'..=b'Y')
            && is_day(first / 10_000, first / 100 % 100)
            && right
            && closed(bytes, 11)
        {
            return Some(11);
        }
    }
    let (_, long) = digits(bytes, 0, 8)?;
    if (long == 8 || long == 6 && region == Region::Sweden)
        && matches!(bytes.get(long), Some(b'-' | b'+'))
    {
        let (_, end) = digits(bytes, long + 1, 4)?;
        let born = &bytes[long - 6..long];
        let (month, _) = digits(born, 2, 2)?;
        let (day, _) = digits(born, 4, 2)?;
        let text = std::str::from_utf8(&bytes[long - 6..end]).ok()?;
        if end == long + 5
            && closed(bytes, end)
            && is_day(day, month)
            && (long == 8 || Check::Luhn.holds(text))
        {
            return Some(end);
        }
    }
    None
}

/// IBAN, ISO 13616: by its check digits, or two letters and at least 13 digits in groups.
fn bank_account(bytes: &[u8]) -> Option<usize> {
    let head = bytes.get(..4)?;
    if !(head[..2].iter().all(u8::is_ascii_alphabetic) && head[2..].iter().all(u8::is_ascii_digit))
    {
        return None;
    }
    let mut signs: Vec<char> = Vec::with_capacity(34);
    let (mut at, mut by_digits, mut found) = (0, 0, None);
    let mut only_digits = true;
    while at < bytes.len() && signs.len() <= 34 {
        let byte = bytes[at];
        if byte.is_ascii_alphanumeric() {
            signs.push(char::from(byte));
            only_digits &= signs.len() <= 2 || byte.is_ascii_digit();
            at += 1;
            if closed(bytes, at) {
                if only_digits && signs.len() >= 15 {
                    by_digits = at;
                }
                let turned = signs[4.min(signs.len())..]
                    .iter()
                    .chain(&signs[..4.min(signs.len())]);
                if (15..=34).contains(&signs.len()) && mod97(turned.copied()) == Some(1) {
                    found = Some(at);
                }
            }
        } else if matches!(byte, b' ' | b'-')
            && bytes.get(at + 1).is_some_and(u8::is_ascii_alphanumeric)
        {
            at += 1;
        } else {
            break;
        }
    }
    found.or((by_digits > 0).then_some(by_digits))
}

/// An IPv4 address: no part begins with an idle 0, as phone numbers do (`040.27.097.88`). Four pairs of
/// digits are a phone number where such are written so.
fn machine(bytes: &[u8], region: Region) -> Option<usize> {
    let mut at = 0;
    let mut pairs = true;
    for part in 0..4 {
        if part > 0 {
            at += usize::from(*bytes.get(at)? == b'.').checked_sub(1)? + 1;
        }
        let (value, end) = digits(bytes, at, 3)?;
        pairs &= end - at == 2;
        let is_idle = bytes.get(at) == Some(&b'0') && end - at > 1;
        if value > 255 || is_idle {
            return None;
        }
        at = end;
    }
    let phone = pairs
        && matches!(
            region,
            Region::Denmark | Region::Norway | Region::Latvia | Region::Estonia
        );
    let on = bytes.get(at) == Some(&b'.') && bytes.get(at + 1).is_some_and(u8::is_ascii_digit);
    (closed(bytes, at) && !on && !phone).then_some(at)
}

/// `24.12.2025`, `24/12/25`, `2025-12-24`, `24. 12. 2025`, and a range of them day by day.
fn date(bytes: &[u8]) -> Option<usize> {
    let (first, end) = digits(bytes, 0, 4)?;
    let sign = *bytes.get(end)?;
    if !matches!(sign, b'.' | b'-' | b'/') || end == 3 {
        return None;
    }
    let skip = |at: usize| at + usize::from(sign == b'.' && bytes.get(at) == Some(&b' '));
    let (second, next) = digits(bytes, skip(end + 1), 2)?;
    if *bytes.get(next)? != sign {
        return None;
    }
    let third = skip(next + 1);
    let (last, stop) = digits(bytes, third, 4)?;
    let in_year =
        |year: u32, digits: usize| digits == 2 || digits == 4 && (1900..2100).contains(&year);
    let in_month = |a: u32, b: u32| (1..=12).contains(&a.min(b)) && (1..=31).contains(&a.max(b));
    let fits = if end == 4 {
        in_year(first, 4) && in_month(second, last) && stop - third <= 2
    } else {
        in_month(first, second) && in_year(last, stop - third)
    };
    let on = bytes.get(stop) == Some(&sign) && bytes.get(stop + 1).is_some_and(u8::is_ascii_digit);
    (fits && closed(bytes, stop) && !on).then_some(stop)
}

/// `10:30`, `8.00-16.30`, `10:30:15`.
fn times(bytes: &[u8]) -> Option<usize> {
    let time = |at: usize| {
        let (hour, dot) = digits(bytes, at, 2)?;
        let sign = *bytes.get(dot)?;
        let (minute, end) = digits(bytes, dot + 1, 2)?;
        (matches!(sign, b':' | b'.') && hour <= 24 && minute < 60 && end == dot + 3)
            .then_some((end, sign))
    };
    let (end, sign) = time(0)?;
    let range = [1, 3].into_iter().find_map(|width| {
        let between = bytes.get(end..end + width)?;
        let dash =
            between.iter().all(|byte| matches!(byte, b' ' | b'-')) && between.contains(&b'-');
        time(end + width).filter(|_| dash).map(|(end, _)| end)
    });
    if let Some(end) =
        range.filter(|end| closed(bytes, *end) && !matches!(bytes.get(*end), Some(b'.' | b'-')))
    {
        return Some(end);
    }
    let seconds = (bytes.get(end) == Some(&b':'))
        .then(|| digits(bytes, end + 1, 2))
        .flatten();
    let end = seconds.map_or(end, |(_, end)| end);
    (sign == b':' && closed(bytes, end)).then_some(end)
}

/// A sum of money: digits before or after the sign or word of a currency.
fn price(bytes: &[u8], before: Option<u8>) -> Option<usize> {
    let first = *bytes.first()?;
    if !first.is_ascii_digit() {
        return None;
    }
    let mut end = bytes
        .iter()
        .take(20)
        .take_while(|byte| byte.is_ascii_digit() || matches!(byte, b' ' | b'.' | b','))
        .count();
    while end > 0 && !bytes[end - 1].is_ascii_digit() {
        end -= 1;
    }
    let rest = &bytes[end..];
    let rest = rest.strip_prefix(b" ").unwrap_or(rest);
    let starts = |word: &&str| {
        rest.get(..word.len())
            .is_some_and(|head| head.eq_ignore_ascii_case(word.as_bytes()))
    };
    let sign = ["€", "$", "£", "₽"].iter().any(starts);
    let word = [
        "eur",
        "euro",
        "euroa",
        "euros",
        "euron",
        "kr",
        "sek",
        "nok",
        "dkk",
        "usd",
        "gbp",
        "руб",
        "рублей",
        "kronor",
        "dollars",
    ]
    .iter()
    .any(|word| starts(word) && closed(rest, word.len()));
    let spaced = before == Some(b'$');
    (sign || word || spaced).then_some(end)
}

/// A payment card: four groups of four or 16 digits that hold by Luhn (ISO/IEC 7812-1).
fn card(bytes: &[u8]) -> Option<usize> {
    if !matches!(bytes.first()?, b'3'..=b'6') {
        return None;
    }
    let (mut at, mut number) = (0, String::with_capacity(16));
    for group in 0..4 {
        if group > 0 && matches!(bytes.get(at)?, b' ' | b'-') {
            at += 1;
        }
        for _ in 0..4 {
            let digit = *bytes.get(at)?;
            number.push(digit.is_ascii_digit().then_some(char::from(digit))?);
            at += 1;
        }
    }
    (closed(bytes, at) && Check::Luhn.holds(&number)).then_some(at)
}
