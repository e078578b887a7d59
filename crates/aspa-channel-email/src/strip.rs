//! What somebody wrote in a mail, without what mail programs put around it: the quoted mail, the
//! signature, the disclaimer. Nothing is lost by a mistake here: the whole text is kept beside.

use std::collections::VecDeque;

use crate::html::{CITE_MARK, QUOTE_MARK};
use crate::steps;
use crate::words::{
    CLOSINGS, DEVICES, DISCLAIMERS, FORWARD_PREFIXES, FORWARDS, FROM, HEADERS, ORIGINALS, WROTE,
    WROTE_BEGINS,
};

/// Longer lines are nobody's header or attribution, in bytes.
const LONGEST_LINE: usize = 400;
/// So many lines say who wrote what follows, at most.
const LINES_OF_CITE: usize = 3;
/// A signature without a mark has at most so many lines.
const LINES_OF_SIGNATURE: usize = 10;

/// A text and what is left of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stripped {
    /// What its author wrote.
    pub(crate) text: String,
    /// All of it, where something was left out.
    pub(crate) whole: Option<String>,
}

/// Whether a subject says that a mail passes another one on.
pub(crate) fn is_forward(subject: &str) -> bool {
    let start: String = subject.trim_start().chars().take(4).collect();
    let start = start.to_lowercase();
    FORWARD_PREFIXES
        .iter()
        .any(|prefix| start.starts_with(prefix))
}

/// Leaves out what its author did not write. `answers`: the mail answers another one; `forwards`: it
/// passes one on, which is what is to be read. Linear in the text.
pub(crate) fn strip(text: &str, answers: bool, forwards: bool) -> Stripped {
    let lines: Vec<Line<'_>> = text.lines().map(Line::of).collect();
    let mut kept = quotes_out(&lines, answers, forwards);
    ends_out(&mut kept);
    let mut left = join(&kept);
    if left.trim().is_empty() {
        // All of it is quoted or signature: rather too much than nothing.
        left = join(
            &lines
                .iter()
                .filter(|line| !line.is_mark())
                .collect::<VecDeque<_>>(),
        );
    }
    let left = left.trim_matches(['\n', '\r']).trim_end().to_owned();
    let whole = lines.iter().filter(|line| !line.is_mark());
    let whole = join(&whole.collect::<VecDeque<_>>());
    let whole = whole.trim_matches(['\n', '\r']).trim_end();
    Stripped {
        whole: (whole != left).then(|| whole.to_owned()),
        text: left,
    }
}

fn join(lines: &VecDeque<&Line<'_>>) -> String {
    let mut out = String::new();
    steps::take(lines.len());
    for line in lines {
        out.push_str(line.raw);
        out.push('\n');
    }
    out
}

#[derive(Debug)]
struct Line<'a> {
    raw: &'a str,
    /// In lower case and without spaces around; empty where it is too long to be anything but prose.
    low: String,
}

impl<'a> Line<'a> {
    fn of(raw: &'a str) -> Self {
        let trimmed = raw.trim();
        let low = match trimmed.len() <= LONGEST_LINE {
            true => trimmed.to_lowercase(),
            false => String::new(),
        };
        Self { raw, low }
    }

    fn is_blank(&self) -> bool {
        self.raw.trim().is_empty()
    }

    fn is_mark(&self) -> bool {
        matches!(self.raw, QUOTE_MARK | CITE_MARK)
    }

    fn is_quoted(&self) -> bool {
        self.raw.starts_with('>')
    }

    /// What stands on a line of dashes, or by itself.
    fn says(&self, known: &[&str]) -> bool {
        let bare = self.low.trim_matches(['-', '_', '=', '*', ' ']);
        let begins = self.low.starts_with(['-', '_']);
        known.iter().any(|words| {
            let colon = words.ends_with(':');
            bare == *words && (begins || colon)
        })
    }

    /// The name in front of the colon of a copied header line, which may be in bold.
    fn header(&self) -> Option<&str> {
        let (name, _) = self.low.split_once(':')?;
        Some(name.trim_matches(['*', ' ']))
    }

    fn is_from(&self) -> bool {
        self.header().is_some_and(|name| FROM.contains(&name))
    }

    fn is_header(&self) -> bool {
        self.header().is_some_and(|name| HEADERS.contains(&name))
    }
}

/// The lines that are not quoted. What is passed on is kept from its mark on.
fn quotes_out<'l, 'a>(
    lines: &'l [Line<'a>],
    answers: bool,
    forwards: bool,
) -> VecDeque<&'l Line<'a>> {
    let mut kept = VecDeque::new();
    let mut at = 0;
    let mut cited = answers;
    while let Some(line) = lines.get(at) {
        steps::take(1);
        if forwards || line.says(FORWARDS) {
            kept.extend(lines[at..].iter().filter(|line| !line.is_mark()));
            break;
        }
        if line.raw == QUOTE_MARK || line.says(ORIGINALS) || is_copied_header(lines, at) {
            break;
        }
        if line.raw == CITE_MARK {
            let next = &lines[at + 1..];
            let height = next
                .iter()
                .take(LINES_OF_CITE + 1)
                .take_while(|line| !line.is_quoted());
            let height = height.inspect(|_| steps::take(1)).count();
            // Gmail marks what it passes on in the same way.
            if next.iter().take(height).any(|line| line.says(FORWARDS)) {
                at += 1;
                continue;
            }
            if next.get(height).is_some_and(Line::is_quoted) {
                cited = true;
                at += 1 + height;
            } else {
                at += 1;
            }
            continue;
        }
        if let Some((height, names_somebody)) = cite(lines, at) {
            let mut next = at + height;
            while lines.get(next).is_some_and(Line::is_blank) {
                steps::take(1);
                next += 1;
            }
            match lines.get(next) {
                Some(line) if line.is_quoted() => {
                    cited = true;
                    at = next;
                    continue;
                }
                // Not marked as quoted, line by line.
                Some(_) if names_somebody && answers => break,
                None if answers => break,
                _ => {}
            }
        }
        if line.raw == "-- " || line.raw.trim_end() == "--" && short_end(lines, at) {
            // A signature ends where the quoted mail begins.
            at += 1;
            let goes_on = |line: &Line<'_>| {
                !line.is_quoted()
                    && !line.is_mark()
                    && !line.says(ORIGINALS)
                    && !line.says(FORWARDS)
            };
            while at < lines.len() && goes_on(&lines[at]) && cite(lines, at).is_none() {
                at += 1;
            }
            continue;
        }
        if !(line.is_quoted() && cited) {
            kept.push_back(line);
        }
        at += 1;
    }
    kept
}

/// Whether so few lines follow that a bare `--` is the mark of a signature.
fn short_end(lines: &[Line<'_>], at: usize) -> bool {
    let rest = lines[at + 1..].iter();
    rest.take_while(|line| !line.is_quoted() && !line.is_mark())
        .take(LINES_OF_SIGNATURE + 1)
        .inspect(|_| steps::take(1))
        .filter(|line| !line.is_blank())
        .count()
        <= LINES_OF_SIGNATURE
}

/// Whether the header of another mail was copied here: who sent it, and two more lines of it.
fn is_copied_header(lines: &[Line<'_>], at: usize) -> bool {
    let mut at = at;
    // Outlook draws a line above.
    if lines[at].low.len() >= 5 && lines[at].low.bytes().all(|b| matches!(b, b'_' | b'-')) {
        at += 1;
        while lines.get(at).is_some_and(Line::is_blank) {
            steps::take(1);
            at += 1;
        }
    }
    if !lines.get(at).is_some_and(Line::is_from) {
        return false;
    }
    let next = lines[at + 1..].iter().take(6);
    next.filter(|line| line.is_header()).count() >= 2
}

/// Whether these lines say who wrote what follows: how many they are, and whether an address is named.
fn cite(lines: &[Line<'_>], at: usize) -> Option<(usize, bool)> {
    let first = &lines[at];
    if first.is_quoted() || first.low.is_empty() {
        return None;
    }
    let mut said = String::new();
    for height in 1..=LINES_OF_CITE {
        steps::take(1);
        let line = lines
            .get(at + height - 1)
            .filter(|line| !line.low.is_empty() && !line.is_quoted())?;
        if height > 1 {
            let goes_on = first.low.starts_with(|c: char| c.is_ascii_digit())
                || WROTE_BEGINS
                    .iter()
                    .any(|begin| first.low.starts_with(begin));
            if !goes_on {
                return None;
            }
            said.push(' ');
        }
        said.push_str(&line.low);
        let Some(before) = said.strip_suffix(':') else {
            continue;
        };
        let mut words = before.split(|c: char| !c.is_alphanumeric());
        let wrote = words.any(|word| WROTE.contains(&word));
        let dated = before.contains(|c: char| c.is_ascii_digit()) || before.contains('@');
        return (wrote && dated).then(|| (height, before.contains('@')));
    }
    None
}

/// Leaves out, from the end: lines of devices, disclaimers, the rest of a signature without a mark.
fn ends_out(kept: &mut VecDeque<&Line<'_>>) {
    loop {
        while kept
            .back()
            .is_some_and(|line| line.is_blank() || line.is_mark())
        {
            steps::take(1);
            kept.pop_back();
        }
        let Some(last) = kept.back() else {
            return;
        };
        let bare = last.low.trim_start_matches(['<', '*', '_', ' ']);
        if DEVICES.iter().any(|words| bare.starts_with(words)) {
            kept.pop_back();
            continue;
        }
        let height = kept
            .iter()
            .rev()
            .take_while(|line| !line.is_blank())
            .inspect(|_| steps::take(1))
            .count();
        if height < kept.len() && is_disclaimer(kept, height) {
            kept.truncate(kept.len() - height);
            continue;
        }
        break;
    }
    contact_out(kept);
}

/// Whether the last lines say two or more things that only disclaimers say.
fn is_disclaimer(kept: &VecDeque<&Line<'_>>, height: usize) -> bool {
    let lines = kept.range(kept.len() - height..);
    let text: Vec<String> = lines.map(|line| line.raw.to_lowercase()).collect();
    let text = text.join(" ");
    let said = DISCLAIMERS
        .iter()
        .filter(|words| text.contains(*words))
        .count();
    text.len() >= 60 && said >= 2
}

/// Leaves out title, company, telephone and the like below a closing and a name.
fn contact_out(kept: &mut VecDeque<&Line<'_>>) {
    let from = kept.len().saturating_sub(LINES_OF_SIGNATURE);
    let closes = |line: &&Line<'_>| {
        line.raw.chars().count() <= 40 && CLOSINGS.iter().any(|words| line.low.starts_with(words))
    };
    let Some(closing) = (from..kept.len()).rev().find(|at| closes(&kept[*at])) else {
        return;
    };
    let written = |at: &usize| !kept[*at].is_blank();
    let Some(name) = (closing + 1..kept.len()).find(written) else {
        return;
    };
    let rest = || kept.range(name + 1..).filter(|line| !line.is_blank());
    let is_short = rest().all(|line| line.raw.chars().count() <= 70);
    let is_more = rest().any(|line| line.low.starts_with("ps") || line.low.starts_with("p.s"));
    let is_contact = rest().any(|line| {
        let digits = line.raw.bytes().filter(u8::is_ascii_digit).count();
        let asks = line.raw.contains('?');
        !asks
            && (digits >= 6
                || line.low.contains('@')
                || line.low.contains("www.")
                || line.low.contains("http"))
    });
    if is_short && is_contact && !is_more && !rest().any(|line| line.raw.contains('?')) {
        kept.truncate(name + 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn left(text: &str) -> String {
        strip(text, true, false).text
    }

    #[test]
    fn quoted_mails_are_left_out() {
        for (name, text, expected) in [
            (
                "en, Gmail",
                "Thanks!\n\nOn Mon, 2 Nov 2026 at 09:12, Support <s@x.example> wrote:\n> Hi\n>\n> It left.\n",
                "Thanks!",
            ),
            (
                "en, wrapped",
                "Thanks!\n\nOn Mon, 2 Nov 2026 at 09:12, Aurinko Support\n<support@aurinko.example> wrote:\n\n> It left.\n",
                "Thanks!",
            ),
            (
                "fi, Gmail",
                "Kiitos!\n\nma 2. marrask. 2026 klo 9.12 Tuki (tuki@x.example) kirjoitti:\n\n> Lähti.\n",
                "Kiitos!",
            ),
            (
                "fi, Thunderbird",
                "Kiitos!\n\nTuki kirjoitti 2.11.2026 klo 9.12:\n> Lähti.\n",
                "Kiitos!",
            ),
            (
                "fi, wrapped",
                "Kiitos!\n\n2.11.2026 klo 9.12 Aurinko Oy:n tuki\n<tuki@x.example> kirjoitti:\n> Lähti.\n",
                "Kiitos!",
            ),
            (
                "sv",
                "Tack!\n\nDen mån 2 nov. 2026 kl 09:12 skrev Kundtjänst <k@x.example>:\n> Hej\n",
                "Tack!",
            ),
            (
                "de",
                "Danke!\n\nAm Mo., 2. Nov. 2026 um 09:12 Uhr schrieb Hilfe <h@x.example>:\n\n> Hallo\n",
                "Danke!",
            ),
            (
                "de, Thunderbird",
                "Danke!\n\nAm 02.11.26 um 09:12 schrieb Hilfe:\n> Hallo\n",
                "Danke!",
            ),
            (
                "en, Outlook",
                "Thanks!\n\n-----Original Message-----\nFrom: S\nSent: Monday\nTo: me\nSubject: x\n\nIt left.\n",
                "Thanks!",
            ),
            (
                "fi, Outlook",
                "Kiitos!\n\n________________________________\nLähettäjä: Tuki <t@x.example>\nLähetetty: maanantai 2. marraskuuta 2026 9.12\nVastaanottaja: minä\nAihe: Re: x\n\nLähti.\n",
                "Kiitos!",
            ),
            (
                "sv, Outlook",
                "Tack!\n\nFrån: K <k@x.example>\nSkickat: den 2 november 2026 09:12\nTill: jag\nÄmne: SV: x\n\nHej\n",
                "Tack!",
            ),
            (
                "de, Outlook",
                "Danke!\n\nVon: H <h@x.example>\nGesendet: Montag, 2. November 2026 09:12\nAn: ich\nBetreff: AW: x\n\nHallo\n",
                "Danke!",
            ),
            (
                "en, Outlook in bold",
                "Thanks!\n\n*From:* S\n*Sent:* Monday\n*To:* me\n\nIt left.\n",
                "Thanks!",
            ),
            (
                "answer below",
                "On Mon, 2 Nov 2026, S <s@x.example> wrote:\n> Did it come?\n\nYes, it did.\n",
                "Yes, it did.",
            ),
            (
                "between",
                "On Mon, 2 Nov 2026, S <s@x.example> wrote:\n> Did it come?\nYes.\n> Is it whole?\nNo.\n",
                "Yes.\nNo.",
            ),
            (
                "not marked as quoted",
                "Thanks!\n\nOn Mon, 2 Nov 2026 at 9, S <s@x.example> wrote:\n\nIt left.\n",
                "Thanks!",
            ),
        ] {
            let stripped = strip(text, true, false);
            assert_eq!(stripped.text, expected, "{name}");
            assert_eq!(stripped.whole.as_deref(), Some(text.trim_end()), "{name}");
        }
    }

    #[test]
    fn what_somebody_wrote_stays() {
        for text in [
            "Hei!\n\nMissä paketti on?\n\nTerveisin\nMatti",
            "I ran\n> npm install\nand it failed",
            "He wrote:\nnothing at all",
            "My neighbour wrote on 2.11.:\nI have your parcel. Is that so?",
            "From: where do I take it?\nThanks",
            "Colours: red -- or blue\n--\nwhich?\n1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11",
            "Best regards,\nMatti\n\nP.S. my number is 040 1234567",
            "Is my order 1234567 confidential?",
            "Terveisin\nMatti\n\nMilloin 0401234567 vastaa?",
        ] {
            let answers = !text.contains("npm");
            let stripped = strip(text, answers, false);
            assert_eq!(
                stripped,
                Stripped {
                    text: text.to_owned(),
                    whole: None
                },
                "{text}"
            );
        }
    }

    #[test]
    fn what_is_passed_on_stays() {
        for text in [
            "See below\n\n---------- Forwarded message ---------\nFrom: A <a@x.example>\nDate: Mon\nSubject: x\nTo: b\n\nBroken!",
            "Katso\n\nBegin forwarded message:\n\nFrom: A\nSubject: x\nDate: y\n\n> Broken!",
            "Siehe\n\n-------- Weitergeleitete Nachricht --------\nVon: A\nBetreff: x\nAn: b\n\nKaputt!",
        ] {
            assert_eq!(strip(text, true, false).text, text);
        }
        let outlook = "See below\n\nFrom: A\nSent: Monday\nTo: me\nSubject: x\n\nBroken!";
        assert_eq!(strip(outlook, true, true).text, outlook);
        assert!(
            is_forward("VL: Rikki")
                && is_forward("Fwd: x")
                && is_forward("WG: x")
                && is_forward("VB: x")
        );
        assert!(!is_forward("VS: Rikki") && !is_forward("Re: FW") && !is_forward("SV: x"));
    }

    #[test]
    fn signatures_and_disclaimers_are_left_out() {
        for (text, expected) in [
            ("Broken.\n\n-- \nMatti Meikäläinen\n040 123 4567", "Broken."),
            ("Broken.\n--\nMatti", "Broken."),
            ("Broken.\n\nSent from my iPhone", "Broken."),
            ("Rikki.\n\nLähetetty iPhonesta", "Rikki."),
            ("Trasig.\n\nSkickat från min iPhone", "Trasig."),
            ("Kaputt.\n\nVon meinem iPhone gesendet", "Kaputt."),
            (
                "Broken.\n\nGet Outlook for iOS<https://aka.ms/x>",
                "Broken.",
            ),
            (
                "Rikki.\n\nYstävällisin terveisin\nMatti Meikäläinen\nPäällikkö\nFirma Oy\n+358 40 123 4567\nwww.firma.example",
                "Rikki.\n\nYstävällisin terveisin\nMatti Meikäläinen",
            ),
            (
                "Broken.\n\nThis e-mail is confidential and intended solely for the addressee. If you received it in error, please notify the sender.",
                "Broken.",
            ),
            (
                "Rikki.\n\nTämä viesti on luottamuksellinen ja tarkoitettu vain vastaanottajalle. Jos sait sen vahingossa, ilmoita lähettäjälle.",
                "Rikki.",
            ),
            (
                "Trasig.\n\nDetta meddelande är konfidentiellt och avsett för mottagaren. Har du fått det av misstag, meddela avsändaren.",
                "Trasig.",
            ),
            (
                "Kaputt.\n\nDiese Nachricht ist vertraulich und nur für den Adressaten bestimmt. Haben Sie sie irrtümlich erhalten, informieren Sie den Absender.",
                "Kaputt.",
            ),
            (
                "Thanks!\n-- \nMatti\n\nOn Mon, 2 Nov 2026, S <s@x.example> wrote:\n> Hi\n",
                "Thanks!",
            ),
        ] {
            assert_eq!(left(text), expected, "{text}");
        }
    }

    #[test]
    fn what_would_leave_nothing_is_kept_whole() {
        for text in [
            "> only quoted",
            "-- \nonly a signature",
            "Sent from my iPhone",
        ] {
            let stripped = strip(text, true, false);
            assert_eq!(
                stripped,
                Stripped {
                    text: text.to_owned(),
                    whole: None
                }
            );
        }
    }

    #[test]
    fn a_long_mail_takes_work_in_proportion() {
        for piece in [
            "on 1\n",
            "-- \n",
            "--\n",
            "from: x\n",
            "____\n",
            "> a\n",
            "\n",
            "on 1 ",
            "wrote:1\n\n",
        ] {
            let steps = |times: usize| {
                let text = piece.repeat(times);
                steps::of(|| drop(strip(&text, true, false)))
            };
            // Quadratic would be 64 times as much.
            let (short, long) = (steps(1_000), steps(8_000));
            assert!(long <= short * 9, "{piece:?}: {short} {long}");
        }
    }
}
