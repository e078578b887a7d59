//! The web chat in a real browser: Chromium from Debian's packages, by WebDriver. `.ci/browser` installs
//! both and runs this.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

mod driver;

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::time::{Duration, SystemTime};

use driver::{Browser, Ends, free_port};
use serde_json::{Value, json};

const TAB: char = '\u{e004}';
const ENTER: char = '\u{e007}';
const ESCAPE: char = '\u{e00c}';

/// The program as a newcomer starts it, over a file that outlives it.
struct Program {
    folder: tempfile::TempDir,
    port: u16,
    agent: String,
    process: Option<Ends>,
}

/// Hours of one day that is far from today anywhere, so that the tests find the shop closed at any hour.
fn closed_today() -> String {
    const DAYS: [&str; 7] = ["Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"];
    let days = SystemTime::UNIX_EPOCH.elapsed().unwrap().as_secs() / 86_400;
    // 1970 began on a Thursday.
    let today = (days + 3) % 7;
    let far = usize::try_from((today + 3) % 7).unwrap();
    format!("{} 08:00-18:00", DAYS[far])
}

impl Program {
    fn start() -> Self {
        let mut program = Self {
            folder: tempfile::tempdir().unwrap(),
            port: free_port(),
            agent: String::new(),
            process: None,
        };
        program.run();
        program
    }

    fn run(&mut self) {
        let mut process = Command::new(env!("CARGO_BIN_EXE_embed"))
            .arg(format!("--port={}", self.port))
            .arg("--db")
            .arg(self.folder.path().join("support.sqlite"))
            .arg("--hours")
            .arg(closed_today())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let agent = lines.map(Result::unwrap).find_map(|line| {
            let url = line.split_once("agent's page:")?.1;
            Some(url.trim().to_owned())
        });
        self.agent = agent.expect("it says where the agent's page is");
        self.process = Some(Ends(process));
    }

    /// Ends it at once, as a power cut would.
    fn kill(&mut self) {
        self.process = None;
    }

    fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }
}

const LINES: &str = "return [...$.querySelectorAll('li .text')].map(e => e.textContent)";

fn open_chat(browser: &Browser, program: &Program, path: &str) {
    browser.go(&program.url(path));
    browser.until("return $ && $.querySelector('.launch') && true");
    browser.run("$.querySelector('.launch').click()");
    connected(browser);
}

fn connected(browser: &Browser) {
    browser.until("return $.querySelector('.log').getAttribute('aria-live') === 'polite'");
}

fn write(browser: &Browser, text: &str) {
    browser.run("$.getElementById('text').focus()");
    browser.keys(&format!("{text}{ENTER}"));
}

/// Waits until exactly these lines are shown, none of them still on its way.
fn shows(browser: &Browser, lines: &[&str]) {
    let wanted = json!(lines);
    browser.until(&format!(
        "return JSON.stringify([...$.querySelectorAll('li .text')].map(e => e.textContent)) \
         === JSON.stringify({wanted}) && !$.querySelector('li.waits')"
    ));
}

/// The agent opens the first ticket.
fn agent(browser: &Browser, program: &Program) {
    browser.go(&program.agent);
    browser.until("return document.querySelector('#tickets button') && true");
    browser.run("document.querySelector('#tickets button').click()");
    browser.until("return document.querySelector('#messages li') && true");
}

fn reply(browser: &Browser, text: &str) {
    browser.run("document.getElementById('text').focus()");
    browser.keys(text);
    browser.run("document.querySelector('#reply button').click()");
    browser.until("return document.getElementById('text').value === ''");
    let says = format!(
        "return document.getElementById('messages').innerText.includes({})",
        json!(text)
    );
    browser.until(&says);
}

/// How often each text stands in the agent's view.
fn agent_sees(browser: &Browser, text: &str) -> u64 {
    let count = format!(
        "return [...document.querySelectorAll('#messages li')].filter(e => e.innerText.includes({})).length",
        json!(text)
    );
    browser.run(&count).as_u64().unwrap()
}

#[test]
#[ignore = "needs Chromium: .ci/browser"]
fn a_message_is_answered_and_a_reload_in_between_loses_and_doubles_nothing() {
    let program = Program::start();
    let browser = Browser::open(1100, 800);
    open_chat(&browser, &program, "/?utm_source=mail&utm_campaign=black");
    browser.picture("empty");
    write(&browser, "Where is my parcel?");
    shows(&browser, &["You: Where is my parcel?"]);
    let customer = browser.window();
    browser.new_window();
    agent(&browser, &program);
    reply(&browser, "It arrives tomorrow.");
    browser.picture("agent");
    let agent_window = browser.window();
    browser.switch(&customer);
    let all = [
        "You: Where is my parcel?",
        "Customer service: It arrives tomorrow.",
    ];
    shows(&browser, &all);
    browser.picture("answered");

    // Reloaded at once after a line was sent, and again while the answer is on its way.
    browser
        .run("$.getElementById('text').value = 'And the invoice?'; $.querySelector('.compose .go').click()");
    browser.reload();
    browser.until("return $ && $.querySelector('.launch') && true");
    browser.switch(&agent_window);
    browser
        .until("return document.getElementById('messages').innerText.includes('And the invoice?')");
    reply(&browser, "By mail.");
    browser.switch(&customer);
    browser.reload();
    browser.until("return $ && $.querySelector('.launch') && true");
    browser.run("$.querySelector('.launch').click()");
    shows(
        &browser,
        &[
            all[0],
            all[1],
            "You: And the invoice?",
            "Customer service: By mail.",
        ],
    );
    browser.switch(&agent_window);
    assert_eq!(agent_sees(&browser, "And the invoice?"), 1);
}

#[test]
#[ignore = "needs Chromium: .ci/browser"]
fn two_tabs_are_in_step() {
    let program = Program::start();
    let browser = Browser::open(1100, 800);
    open_chat(&browser, &program, "/");
    let first = browser.window();
    write(&browser, "One");
    shows(&browser, &["You: One"]);
    let second = browser.new_window();
    open_chat(&browser, &program, "/");
    shows(&browser, &["You: One"]);
    write(&browser, "Two");
    browser.switch(&first);
    shows(&browser, &["You: One", "You: Two"]);
    browser.run("$.querySelector('[aria-label=\"Close chat\"]').click()");
    browser.new_window();
    agent(&browser, &program);
    reply(&browser, "Three");
    for window in [&first, &second] {
        browser.switch(window);
        shows(
            &browser,
            &["You: One", "You: Two", "Customer service: Three"],
        );
    }
    browser.switch(&first);
    browser.until("return $.querySelector('.badge').textContent.includes('1 new message')");
}

#[test]
#[ignore = "needs Chromium: .ci/browser"]
fn what_is_written_offline_is_sent_once_when_the_network_is_back() {
    let program = Program::start();
    let browser = Browser::open(1100, 800);
    open_chat(&browser, &program, "/");
    write(&browser, "Before");
    shows(&browser, &["You: Before"]);
    browser.offline(true);
    for text in ["First", "Second", "Third"] {
        write(&browser, text);
    }
    browser.until("return $.querySelectorAll('li.waits').length === 3");
    browser.until("return $.querySelector('.note').textContent.includes('offline')");
    browser.picture("offline");
    browser.offline(false);
    let all = ["You: Before", "You: First", "You: Second", "You: Third"];
    shows(&browser, &all);
    let customer = browser.window();
    browser.new_window();
    agent(&browser, &program);
    browser.until("return document.querySelectorAll('#messages li').length === 4");
    for text in ["First", "Second", "Third"] {
        assert_eq!(agent_sees(&browser, text), 1);
    }
    reply(&browser, "Back again.");
    browser.switch(&customer);
    shows(
        &browser,
        &[
            all[0],
            all[1],
            all[2],
            all[3],
            "Customer service: Back again.",
        ],
    );
}

#[test]
#[ignore = "needs Chromium: .ci/browser"]
fn a_killed_server_loses_and_doubles_nothing() {
    let mut program = Program::start();
    let browser = Browser::open(1100, 800);
    open_chat(&browser, &program, "/");
    let mut all: Vec<String> = Vec::new();
    for round in 0..3 {
        write(&browser, &format!("Sent {round}"));
        // Killed while it may be on its way, kept, or decided.
        program.kill();
        write(&browser, &format!("Written while away {round}"));
        browser.until("return $.querySelector('.note').textContent !== ''");
        program.run();
        all.extend([
            format!("You: Sent {round}"),
            format!("You: Written while away {round}"),
        ]);
        let lines: Vec<&str> = all.iter().map(String::as_str).collect();
        shows(&browser, &lines);
    }
    browser.new_window();
    agent(&browser, &program);
    browser.until("return document.querySelectorAll('#messages li').length === 6");
}

#[test]
#[ignore = "needs Chromium: .ci/browser"]
fn the_keyboard_is_enough() {
    let program = Program::start();
    let browser = Browser::open(1100, 800);
    browser.go(&program.url("/"));
    browser.until("return $ && $.querySelector('.launch') && true");
    let focus = "return $.activeElement ? ($.activeElement.getAttribute('aria-label') || $.activeElement.textContent || $.activeElement.id) : ''";
    let mut presses = 0;
    while browser.run("return !!$.activeElement") == Value::Bool(false) {
        browser.keys(&TAB.to_string());
        presses += 1;
        assert!(presses < 20, "the launcher is not reached");
    }
    browser.keys(&ENTER.to_string());
    browser.until("return $.activeElement && $.activeElement.id === 'text'");
    connected(&browser);
    browser.keys(&format!("Hello{ENTER}"));
    shows(&browser, &["You: Hello"]);
    // Round and round, the focus stays inside, whichever way.
    let mut stops = Vec::new();
    for _ in 0..10 {
        browser.keys(&TAB.to_string());
        let inside =
            "return !!$.activeElement && $.querySelector('.panel').contains($.activeElement)";
        assert_eq!(browser.run(inside), Value::Bool(true));
        stops.push(browser.run(focus));
    }
    assert!(stops.contains(&json!("Close chat")), "{stops:?}");
    for _ in 0..10 {
        browser.shifted(TAB);
        let inside =
            "return !!$.activeElement && $.querySelector('.panel').contains($.activeElement)";
        assert_eq!(browser.run(inside), Value::Bool(true));
    }
    browser.keys(&ESCAPE.to_string());
    let back =
        "return $.querySelector('.panel').hidden && $.activeElement === $.querySelector('.launch')";
    assert_eq!(browser.run(back), Value::Bool(true));
}

#[test]
#[ignore = "needs Chromium: .ci/browser"]
fn one_visitors_chat_is_not_shown_to_another_on_the_same_browser() {
    let program = Program::start();
    let browser = Browser::open(1100, 800);
    open_chat(&browser, &program, "/?user=1042");
    write(&browser, "My order 55512");
    shows(&browser, &["You: My order 55512"]);
    for path in ["/", "/?user=2077"] {
        open_chat(&browser, &program, path);
        assert_eq!(browser.run(LINES), json!([]), "{path}");
    }
    open_chat(&browser, &program, "/?user=1042");
    shows(&browser, &["You: My order 55512"]);
    browser.run("aspaChat.signOut()");
    browser.until("return $.querySelectorAll('li').length === 0");

    // Begun by nobody in particular and signed in later, in the same tab: the same chat.
    open_chat(&browser, &program, "/");
    write(&browser, "Anonymous for now");
    shows(&browser, &["You: Anonymous for now"]);
    open_chat(&browser, &program, "/?user=2077");
    shows(&browser, &["You: Anonymous for now"]);
    open_chat(&browser, &program, "/");
    assert_eq!(browser.run(LINES), json!([]));
}

#[test]
#[ignore = "needs Chromium: .ci/browser"]
fn who_signs_out_while_coming_in_is_out() {
    let program = Program::start();
    let browser = Browser::open(1100, 800);
    open_chat(&browser, &program, "/?user=1042");
    browser.run("aspaChat.signOut()");
    connected(&browser);
    // The answer to who comes in takes its time, and they sign out before it is there.
    browser.run(
        "const real = window.fetch;
         window.fetch = async (...asked) => {
             const answer = await real(...asked);
             if (String(asked[0]).endsWith('/enter') && !window.late) {
                 await new Promise((go) => setTimeout(go, 1000));
                 window.late = true;
             }
             return answer;
         };
         aspaChat.identify(document.querySelector('script[data-identity]').dataset.identity);
         setTimeout(() => aspaChat.signOut(), 300);",
    );
    let nobody = "const key = Object.keys(localStorage).find((key) => key.endsWith('token'));
         const [claims] = (localStorage.getItem(key) || '').split('.');
         const text = claims && atob(claims.replaceAll('-', '+').replaceAll('_', '/'));
         return Boolean(window.late && text) && !('u' in JSON.parse(text))";
    browser.until(nobody);
    std::thread::sleep(Duration::from_millis(500));
    assert_eq!(browser.run(nobody), Value::Bool(true));
}

#[test]
#[ignore = "needs Chromium: .ci/browser"]
fn what_is_written_is_text_and_links_are_safe() {
    let program = Program::start();
    let browser = Browser::open(1100, 800);
    open_chat(&browser, &program, "/");
    let nasty = "<img src=x onerror=document.title='hit'> javascript:alert(1) https://shop.example/a?b=1&c=2, ok";
    write(&browser, nasty);
    browser.until("return $.querySelectorAll('li:not(.waits)').length === 1");
    let links =
        browser.run("return [...$.querySelectorAll('li a')].map(a => [a.href, a.rel, a.target])");
    assert_eq!(
        links,
        json!([[
            "https://shop.example/a?b=1&c=2",
            "noopener noreferrer nofollow",
            "_blank"
        ]])
    );
    assert_eq!(
        browser.run("return $.querySelectorAll('li img').length"),
        json!(0)
    );
    assert_ne!(browser.run("return document.title"), json!("hit"));
}

#[test]
#[ignore = "needs Chromium: .ci/browser"]
fn a_narrow_dark_screen_is_readable() {
    let program = Program::start();
    let browser = Browser::open(800, 800);
    let narrow = json!({ "width": 360, "height": 640, "deviceScaleFactor": 2, "mobile": true });
    browser.cdp("Emulation.setDeviceMetricsOverride", &narrow);
    for scheme in ["light", "dark"] {
        let media = json!({ "features": [
            { "name": "prefers-color-scheme", "value": scheme },
            { "name": "prefers-reduced-motion", "value": "reduce" },
        ]});
        browser.cdp("Emulation.setEmulatedMedia", &media);
        open_chat(&browser, &program, "/?language=fi");
        if scheme == "light" {
            write(
                &browser,
                "Missä pakettini on? Erittäin-pitkä-sana-joka-ei-katkea-mistään-kohdasta-itsestään",
            );
        }
        browser.until("return $.querySelectorAll('li:not(.waits)').length === 1");
        let wide = "const p = $.querySelector('.panel').getBoundingClientRect(); \
                    return [p.left, p.width, $.querySelector('.log').scrollWidth <= p.width]";
        assert_eq!(browser.run(wide), json!([0, 360, true]));
        assert_eq!(
            browser.run("return getComputedStyle($.querySelector('.panel')).animationName"),
            json!("none")
        );
        let contrasts = browser.run(CONTRASTS);
        for contrast in contrasts.as_array().unwrap() {
            // WCAG 2.2, success criterion 1.4.3 (AA).
            assert!(contrast[1].as_f64().unwrap() >= 4.5, "{scheme}: {contrast}");
        }
        assert!(contrasts.as_array().unwrap().len() >= 7, "{contrasts}");
        browser.picture(&format!("narrow-{scheme}"));
        browser.run("$.querySelector('.offer').click()");
        browser.picture(&format!("call-{scheme}"));
    }
}

/// Each text that is shown, with the contrast to what is behind it (WCAG 2.2, relative luminance).
const CONTRASTS: &str = r"
  const parse = (c) => c.match(/[\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((v) => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = (e) => { for (; e; e = e.parentElement) { const c = parse(getComputedStyle(e).backgroundColor); if (c[3] !== 0) return c; } return [255, 255, 255]; };
  return [...$.querySelectorAll('.panel *')].filter((e) => e.offsetParent && !e.closest('.sr') && [...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim()))
    .map((e) => { const a = light(parse(getComputedStyle(e).color)), b = light(behind(e));
      return [e.className || e.tagName, (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05)]; });";

#[test]
#[ignore = "needs Chromium: .ci/browser"]
fn a_screen_reader_is_told_what_there_is() {
    let program = Program::start();
    let browser = Browser::open(1100, 800);
    open_chat(&browser, &program, "/");
    write(&browser, "Hello");
    shows(&browser, &["You: Hello"]);
    browser.cdp("Accessibility.enable", &json!({}));
    let tree = browser.cdp("Accessibility.getFullAXTree", &json!({}));
    let nodes = tree["nodes"].as_array().unwrap();
    let has = |role: &str, name: &str| {
        nodes
            .iter()
            .any(|n| n["role"]["value"] == role && n["name"]["value"] == name)
    };
    for (role, name) in [
        ("dialog", "Customer service"),
        ("heading", "Customer service"),
        ("button", "Close chat"),
        ("log", "Messages"),
        ("textbox", "Write a message"),
        ("button", "Send"),
        ("button", "Attach a file"),
        ("button", "Ask us to call you"),
    ] {
        assert!(has(role, name), "no {role} named {name}");
    }
    let unnamed = nodes.iter().filter(|n| {
        let role = n["role"]["value"].as_str().unwrap_or_default();
        let named = n["name"]["value"]
            .as_str()
            .is_some_and(|name| !name.is_empty());
        n["ignored"] == false && ["button", "textbox", "link"].contains(&role) && !named
    });
    assert_eq!(unnamed.count(), 0);
    browser.run("$.querySelector('.offer').click()");
    let tree = browser.cdp("Accessibility.getFullAXTree", &json!({}));
    assert!(
        tree["nodes"]
            .as_array()
            .unwrap()
            .iter()
            .any(|n| { n["role"]["value"] == "textbox" && n["name"]["value"] == "Phone number" })
    );
}

#[test]
#[ignore = "needs Chromium: .ci/browser"]
fn a_call_back_is_asked_for_and_the_agent_sees_the_number() {
    let program = Program::start();
    let browser = Browser::open(1100, 800);
    open_chat(&browser, &program, "/");
    browser.run("$.querySelector('.offer').click()");
    browser.keys(&format!("soon{ENTER}"));
    browser.until("return $.getElementById('wrong').textContent.includes('5 to 15')");
    browser.picture("call-wrong");
    browser.run("$.getElementById('phone').value = ''; $.getElementById('phone').focus()");
    browser.keys(&format!("+358 40 123 4567{TAB}Matti{TAB}after five{ENTER}"));
    browser.until("return $.querySelectorAll('li:not(.waits)').length === 1");
    browser.picture("called");
    browser.new_window();
    agent(&browser, &program);
    assert_eq!(agent_sees(&browser, "phone: +358 40 123 4567"), 1);
    assert_eq!(agent_sees(&browser, "when: after five"), 1);
}
