//! The CSV of the data set "Customer Support on Twitter".

use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::Range;

use aspa_channel::{
    AttributeKind, ConversationKey, Direction, Event, EventKind, Handle, Message, MessageKey,
    MessageKind, Part, ReplyKind, Times, Via,
};
use aspa_types::{AccountId, HandleKey, Network};
use chrono::format::{Item, Parsed, StrftimeItems};
use chrono::{DateTime, Utc};

use crate::error::{ArchiveError, Fault};
use crate::order::{Sets, depths};
use crate::record::{Span, next_line, split, unquoted};

/// How the data set writes times: `Tue Oct 31 22:10:47 +0000 2017`.
const TIME: &str = "%a %b %d %H:%M:%S %z %Y";

/// Stands for "no row" among indices of rows.
const NONE: u32 = u32::MAX;

/// A file that was read and resolved whole. Rows are kept as text and become events when asked for.
pub(crate) struct Tweets {
    account: AccountId,
    /// The text of every row that counts, one after the other.
    raw: String,
    rows: Vec<Row>,
    authors: Vec<Author>,
    /// The rows in the order of their events.
    order: Vec<u32>,
}

struct Row {
    id: u64,
    at: DateTime<Utc>,
    /// Where the row is in `raw`.
    row: (u32, u32),
    /// Where its text is in `raw`.
    text: (u32, u32),
    author: u32,
    /// The row it answers, or [`NONE`].
    parent: u32,
    /// The earliest row of its conversation.
    root: u32,
    /// Whether it names a row it answers, present or not.
    answers: bool,
}

struct Author {
    key: HandleKey,
    ours: bool,
}

/// What reading came to beside the rows.
#[derive(Default)]
pub(crate) struct Outcome {
    /// Line and reason.
    pub(crate) rejected: Vec<(usize, Fault)>,
    pub(crate) repeats: usize,
}

/// In which column what is.
struct Columns {
    count: usize,
    id: usize,
    author: usize,
    inbound: usize,
    at: usize,
    text: usize,
    parent: usize,
    responses: Option<usize>,
}

/// The values of one row.
#[derive(PartialEq)]
struct Values<'a> {
    id: u64,
    author: Cow<'a, str>,
    inbound: bool,
    at: DateTime<Utc>,
    text: Cow<'a, str>,
    parent: Option<u64>,
    responses: Option<Cow<'a, str>>,
}

impl Tweets {
    /// Reads a file of at most 4 GiB: offsets and indices have 32 bits.
    pub(crate) fn read(
        account: AccountId,
        bytes: &[u8],
        progress: &mut dyn FnMut(usize),
    ) -> Result<(Self, Outcome), ArchiveError> {
        let mut outcome = Outcome::default();
        let (columns, mut at, mut line) = header(bytes)?;
        let mut table = Table {
            reader: Reader::new(bytes, columns),
            raw: String::with_capacity(bytes.len()),
            rows: Vec::new(),
            parents: Vec::new(),
            ids: HashMap::new(),
            authors: Vec::new(),
            names: HashMap::new(),
        };
        let mut reported = at;
        while at < bytes.len() {
            let read = table.reader.read(at);
            match read
                .found
                .and_then(|found| found.map_or(Ok(true), |row| table.add(&row)))
            {
                Ok(new) => outcome.repeats += usize::from(!new),
                Err(fault) => outcome.rejected.push((line, fault)),
            }
            at = read.next;
            line += read.lines;
            if at - reported >= 1 << 20 {
                progress(at);
                reported = at;
            }
        }
        let tweets = table.resolve(account);
        progress(bytes.len());
        Ok((tweets, outcome))
    }

    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    pub(crate) fn newest(&self) -> Option<DateTime<Utc>> {
        self.order.last().map(|&row| self.rows[row as usize].at)
    }

    /// The event at a place of the order.
    pub(crate) fn event(&self, place: usize) -> Option<Event> {
        let row = &self.rows[*self.order.get(place)? as usize];
        let author = &self.authors[row.author as usize];
        let parent = self.rows.get(row.parent as usize);
        let root = self.rows.get(row.root as usize)?;
        let conversation = ConversationKey::new(self.account.clone(), &root.id.to_string()).ok()?;
        let direction = if author.ours {
            Direction::Outbound
        } else {
            Direction::Inbound
        };
        let mut message = Message::new(self.key(row)?, conversation, direction);
        message.kind = match (row.answers, direction) {
            (true, _) => MessageKind::Comment,
            (false, Direction::Inbound) => MessageKind::Mention,
            (false, Direction::Outbound) => MessageKind::Post,
        };
        message.author = Some(author.key.clone());
        if author.ours {
            message.sender = AccountId::new(author.key.id()).ok();
        }
        message.in_reply_to = parent.and_then(|parent| self.key(parent));
        if let Some(asker) = parent.map(|parent| &self.authors[parent.author as usize])
            && author.ours
            && !asker.ours
        {
            message.to.push(asker.key.clone());
            message.reply = Some(ReplyKind::Answer);
        }
        let text = unquoted(self.slice(row.text));
        let text = html_escape::decode_html_entities(&text).into_owned();
        message.parts.push(Part::text(text));
        message.times = Times::vouched(row.at);
        let kind = EventKind::Message(Box::new(message));
        let mut event = Event::new(self.account.clone(), kind, Via::Archive);
        event.provenance.raw = Some(self.slice(row.row).into());
        let handle = Handle::new(author.key.clone());
        event
            .handles
            .push(handle.with(AttributeKind::UserName, author.key.id(), row.at));
        Some(event)
    }

    fn key(&self, row: &Row) -> Option<MessageKey> {
        MessageKey::new(self.account.clone(), &row.id.to_string()).ok()
    }

    fn slice(&self, (start, end): (u32, u32)) -> &str {
        &self.raw[start as usize..end as usize]
    }
}

/// Reads the first line that is not blank. Returns where the next one begins and its number.
fn header(bytes: &[u8]) -> Result<(Columns, usize, usize), ArchiveError> {
    let mut at = if bytes.starts_with("\u{feff}".as_bytes()) {
        3
    } else {
        0
    };
    let mut line = 1;
    loop {
        if at >= bytes.len() {
            return Err(ArchiveError::Empty);
        }
        let next = next_line(bytes, at);
        if !bytes[at..next].trim_ascii().is_empty() {
            break;
        }
        at = next;
        line += 1;
    }
    let mut fields = Vec::new();
    let span = split(bytes, at, None, &mut fields).map_err(|_| ArchiveError::Header)?;
    let names: Vec<&[u8]> = fields
        .iter()
        .map(|range| bytes[range.clone()].trim_ascii())
        .collect();
    let find = |name: &'static str| {
        let mut places = (0..names.len()).filter(|&i| names[i] == name.as_bytes());
        match (places.next(), places.next()) {
            (_, Some(_)) => Err(ArchiveError::RepeatedColumn { name }),
            (place, None) => Ok(place),
        }
    };
    let need = |name| find(name)?.ok_or(ArchiveError::MissingColumn { name });
    let columns = Columns {
        count: names.len(),
        id: need("tweet_id")?,
        author: need("author_id")?,
        inbound: need("inbound")?,
        at: need("created_at")?,
        text: need("text")?,
        parent: need("in_response_to_tweet_id")?,
        responses: find("response_tweet_id")?,
    };
    Ok((columns, span.next, line + 1))
}

/// Takes rows apart.
struct Reader<'a> {
    bytes: &'a [u8],
    columns: Columns,
    time: Vec<Item<'static>>,
    fields: Vec<Range<usize>>,
}

impl<'a> Reader<'a> {
    fn new(bytes: &'a [u8], columns: Columns) -> Self {
        Self {
            bytes,
            columns,
            time: StrftimeItems::new(TIME).collect(),
            fields: Vec::new(),
        }
    }

    /// Finds the record at `at`; its fields are in `fields` then.
    fn split(&mut self, at: usize) -> Result<Span, Fault> {
        split(self.bytes, at, Some(self.columns.text), &mut self.fields)
    }

    /// The values of the record whose fields were found last.
    fn values(&self, row: Range<usize>) -> Result<Values<'a>, Fault> {
        let text = std::str::from_utf8(&self.bytes[row.clone()]).map_err(|_| Fault::Utf8)?;
        values((row.start, text), &self.fields, &self.columns, &self.time)
    }

    /// Reads the record at `at`.
    ///
    /// A quote that is never closed must not take good rows with it: then only its own line is left
    /// out.
    fn read(&mut self, at: usize) -> Read<'a> {
        let rest = &self.bytes[at..];
        if rest.first().is_some_and(u8::is_ascii_whitespace) {
            let next = next_line(self.bytes, at);
            if self.bytes[at..next].trim_ascii().is_empty() {
                return Read::new(Ok(None), next, 1);
            }
        }
        let span = match self.split(at) {
            Ok(span) => span,
            Err(fault) => return Read::new(Err(fault), next_line(self.bytes, at), 1),
        };
        match self.values(at..span.end) {
            Err(fault) => {
                let (next, lines) = self.after_broken(at, span);
                Read::new(Err(fault), next, lines)
            }
            Ok(values) => {
                let found = Found {
                    values,
                    row: at..span.end,
                    text: self.fields[self.columns.text].clone(),
                };
                if span.lines > 1 && self.hides_row(span.last_line, &found.text) {
                    return Read::new(Err(Fault::Quote), next_line(self.bytes, at), 1);
                }
                Read::new(Ok(Some(found)), span.next, span.lines)
            }
        }
    }

    /// Whether what closed the quote of `text` was meant to open another: `line`, the last one, is a
    /// valid row by itself, and `text` holds the time of that row.
    fn hides_row(&mut self, line: usize, text: &Range<usize>) -> bool {
        match self.split(line) {
            Ok(span) if self.values(line..span.end).is_ok() => {
                self.fields[self.columns.at].end <= text.end
            }
            _ => false,
        }
    }

    /// Where to go on after the record at `at`, which is broken, and how many lines that is: at the
    /// first of its further lines that looks like a row by itself, else behind it.
    fn after_broken(&mut self, at: usize, span: Span) -> (usize, usize) {
        let mut line = at;
        for lines in 1..span.lines {
            line = next_line(self.bytes, line);
            if self.split(line).is_ok() && self.fields.len() == self.columns.count {
                return (line, lines);
            }
        }
        (span.next, span.lines)
    }
}

/// What reading one record came to, where the next one begins and how many lines that is.
struct Read<'a> {
    /// None for a blank line.
    found: Result<Option<Found<'a>>, Fault>,
    next: usize,
    lines: usize,
}

impl<'a> Read<'a> {
    fn new(found: Result<Option<Found<'a>>, Fault>, next: usize, lines: usize) -> Self {
        Self { found, next, lines }
    }
}

/// A valid row, and where it and its text are.
struct Found<'a> {
    values: Values<'a>,
    row: Range<usize>,
    text: Range<usize>,
}

/// Takes the values from the fields of a row. The ranges count from where `row` begins.
fn values<'a>(
    (start, row): (usize, &'a str),
    fields: &[Range<usize>],
    columns: &Columns,
    time: &[Item<'static>],
) -> Result<Values<'a>, Fault> {
    if fields.len() != columns.count {
        return Err(Fault::Columns {
            expected: columns.count,
            found: fields.len(),
        });
    }
    let field = |column: usize| {
        let range = &fields[column];
        unquoted(&row[range.start - start..range.end - start])
    };
    let trimmed = |column: usize| match field(column) {
        Cow::Borrowed(text) => Cow::Borrowed(text.trim()),
        Cow::Owned(text) => Cow::Owned(text.trim().to_owned()),
    };
    let id = trimmed(columns.id);
    if id.is_empty() {
        return Err(Fault::Missing("tweet_id"));
    }
    let id = number(&id).ok_or(Fault::Bad("tweet_id"))?;
    let author = trimmed(columns.author);
    if author.is_empty() {
        return Err(Fault::Missing("author_id"));
    }
    let inbound = match trimmed(columns.inbound) {
        word if word.eq_ignore_ascii_case("true") => true,
        word if word.eq_ignore_ascii_case("false") => false,
        _ => return Err(Fault::Bad("inbound")),
    };
    let mut parsed = Parsed::new();
    let at = chrono::format::parse(&mut parsed, &trimmed(columns.at), time.iter())
        .and_then(|()| parsed.to_datetime())
        .map_err(|_| Fault::Bad("created_at"))?
        .to_utc();
    let parent = match trimmed(columns.parent) {
        none if none.is_empty() => None,
        text => Some(number(&text).ok_or(Fault::Bad("in_response_to_tweet_id"))?),
    };
    Ok(Values {
        id,
        author,
        inbound,
        at,
        text: field(columns.text),
        parent,
        responses: columns.responses.map(trimmed),
    })
}

/// A whole number, also one that went through a table of floats: `3.0`.
fn number(text: &str) -> Option<u64> {
    let (whole, zeros) = text.split_once('.').unwrap_or((text, "0"));
    let fits = |part: &str, of: fn(&u8) -> bool| !part.is_empty() && part.bytes().all(|b| of(&b));
    let number = fits(whole, u8::is_ascii_digit) && fits(zeros, |&b| b == b'0');
    number.then(|| whole.parse().ok()).flatten()
}

/// Rows as they are read, not yet linked.
struct Table<'a> {
    reader: Reader<'a>,
    raw: String,
    rows: Vec<Row>,
    /// The id that each row says it answers.
    parents: Vec<Option<u64>>,
    ids: HashMap<u64, u32>,
    authors: Vec<Author>,
    names: HashMap<Box<str>, u32>,
}

impl Table<'_> {
    /// Takes a row in. Whether it is new; if not, it is the same as one that came before.
    fn add(&mut self, found: &Found<'_>) -> Result<bool, Fault> {
        let Found { values, row, text } = found;
        if let Some(&first) = self.ids.get(&values.id) {
            return if self.is_same(first, values) {
                Ok(false)
            } else {
                Err(Fault::Conflict)
            };
        }
        let author = self.author(&values.author)?;
        self.authors[author as usize].ours |= !values.inbound;
        let begin = self.raw.len();
        let place = |at: usize| (begin + at - row.start) as u32;
        self.ids.insert(values.id, self.rows.len() as u32);
        self.parents.push(values.parent);
        self.rows.push(Row {
            id: values.id,
            at: values.at,
            row: (place(row.start), place(row.end)),
            text: (place(text.start), place(text.end)),
            author,
            parent: NONE,
            root: NONE,
            answers: values.parent.is_some_and(|parent| parent != values.id),
        });
        let bytes = &self.reader.bytes[row.clone()];
        // The row was read as UTF-8, so nothing is replaced here.
        self.raw.push_str(&String::from_utf8_lossy(bytes));
        Ok(true)
    }

    fn author(&mut self, name: &str) -> Result<u32, Fault> {
        if let Some(&known) = self.names.get(name) {
            return Ok(known);
        }
        let key = HandleKey::new(Network::X, None, name).map_err(|_| Fault::Bad("author_id"))?;
        let place = self.authors.len() as u32;
        self.authors.push(Author { key, ours: false });
        self.names.insert(name.into(), place);
        Ok(place)
    }

    fn is_same(&mut self, first: u32, values: &Values<'_>) -> bool {
        let (start, end) = self.rows[first as usize].row;
        let (start, end) = (start as usize, end as usize);
        let Reader {
            columns,
            time,
            fields,
            ..
        } = &mut self.reader;
        split(
            &self.raw.as_bytes()[..end],
            start,
            Some(columns.text),
            fields,
        )
        .and_then(|_| self::values((start, &self.raw[start..end]), fields, columns, time))
        .is_ok_and(|first| first == *values)
    }

    /// Links the rows, finds the conversations and puts the rows in order.
    fn resolve(self, account: AccountId) -> Tweets {
        let mut rows = self.rows;
        let mut sets = Sets::new(rows.len() as u32);
        for (i, parent) in (0..).zip(self.parents) {
            if let Some(&parent) = parent.and_then(|id| self.ids.get(&id))
                && parent != i
            {
                rows[i as usize].parent = parent;
                sets.join(i, parent);
            }
        }
        let mut roots = vec![NONE; rows.len()];
        for i in 0..rows.len() as u32 {
            let root = &mut roots[sets.find(i) as usize];
            let age = |row: u32| (rows[row as usize].at, rows[row as usize].id);
            if *root == NONE || age(i) < age(*root) {
                *root = i;
            }
        }
        for i in 0..rows.len() as u32 {
            rows[i as usize].root = roots[sets.find(i) as usize];
        }
        let depths = depths(rows.len(), |i| {
            let parent = rows.get(rows[i].parent as usize)?;
            (parent.at == rows[i].at).then_some(rows[i].parent as usize)
        });
        let mut order: Vec<u32> = (0..rows.len() as u32).collect();
        order.sort_unstable_by_key(|&i| {
            let row = &rows[i as usize];
            (row.at, depths[i as usize], row.id)
        });
        Tweets {
            account,
            raw: self.raw,
            rows,
            authors: self.authors,
            order,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_may_have_been_floats() {
        let cases = [
            ("3", Some(3)),
            ("3.0", Some(3)),
            ("003.00", Some(3)),
            ("18446744073709551615", Some(u64::MAX)),
            ("18446744073709551616", None),
            ("3.5", None),
            ("3.", None),
            (".0", None),
            ("-3", None),
            ("+3", None),
            ("3e1", None),
            ("٣", None),
            ("", None),
        ];
        for (text, expected) in cases {
            assert_eq!(number(text), expected, "{text:?}");
        }
    }
}
