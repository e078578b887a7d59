//! A mail to an event, beside the parser alone on the same bytes.
#![allow(clippy::unwrap_used, reason = "a bench may panic")]

use std::hint::black_box;

use aspa_channel_email::{EmailConfig, Login, Server};
use aspa_types::{AccountId, Secret};
use chrono::DateTime;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use mail_parser::MessageParser;

fn plain() -> Vec<u8> {
    let text =
        "Hei!\r\n\r\nPaketti ei ole tullut, vaikka sen piti tulla maanantaina.\r\n".repeat(8);
    format!(
        "Return-Path: <aino@example.fi>\r\nDelivered-To: support@shop.example\r\nReceived: from a by b; Mon, 2 Nov 2026 09:12:00 +0200\r\n\
         Authentication-Results: mx.shop.example; dkim=pass header.d=example.fi\r\nFrom: =?utf-8?Q?Aino_Meri=C3=A4?= <aino@example.fi>\r\n\
         To: support@shop.example\r\nSubject: =?utf-8?Q?Re:_P=C3=A4iv=C3=A4=C3=A4?=\r\nMessage-ID: <one@example.fi>\r\nIn-Reply-To: <x@y>\r\n\
         Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n{text}\
         \r\nma 2. marrask. 2026 klo 9.12 Tuki (s@x.example) kirjoitti:\r\n> Hei\r\n> Se lahti.\r\n"
    )
    .into_bytes()
}

fn html() -> Vec<u8> {
    let row =
        "<tr><td style=\"padding:4px\">Tuote</td><td>&euro; 12,50&nbsp;kpl</td></tr>".repeat(80);
    format!(
        "From: aino@example.fi\r\nMessage-ID: <two@example.fi>\r\nContent-Type: text/html; charset=utf-8\r\n\r\n\
         <html><head><style>td{{color:red}}</style></head><body><p>Hei!</p><table>{row}</table></body></html>\r\n"
    )
    .into_bytes()
}

fn mails(c: &mut Criterion) {
    let login = Login::password("support", Secret::new("password"));
    let server = || Server::tls("mail.shop.example", 993);
    let key = Secret::new("0123456789abcdef");
    let account = AccountId::new("mail").unwrap();
    let config = EmailConfig::new(
        account,
        "support@shop.example",
        key,
        server(),
        server(),
        login,
    );
    let channel = config.vouched_by("mx.shop.example").build().unwrap();
    for (name, raw) in [("plain", plain()), ("html", html())] {
        let mut group = c.benchmark_group(name);
        group.throughput(Throughput::Bytes(raw.len() as u64));
        group.bench_function("event", |b| {
            b.iter(|| channel.read(black_box(&raw), DateTime::UNIX_EPOCH))
        });
        let parser = MessageParser::default();
        group.bench_function("mail-parser alone", |b| {
            b.iter(|| {
                parser
                    .parse(black_box(&raw[..]))
                    .map(|mail| mail.parts.len())
            })
        });
        group.finish();
    }
}

criterion_group!(benches, mails);
criterion_main!(benches);
