/* The web chat of aspa. One script tag, no framework, no build step:
 *   <script src="https://desk.example/chat/widget.js" defer></script>
 * Attributes: data-title, data-language (en, fi, sv), data-theme (light, dark), data-identity.
 * Script: aspaChat.open(), .close(), .identify(identity), .signOut(). */
(() => {
  "use strict";
  const script = document.currentScript;
  if (!script || window.aspaChat) return;
  const base = script.src.replace(/\/[^/]*$/, "");
  const given = script.dataset;

  const TEXTS = {
    en: {
      title: "Customer service", launch: "Chat", close: "Close chat", messages: "Messages",
      write: "Write a message", send: "Send", attach: "Attach a file", you: "You", us: "Customer service",
      auto: "Automatic message", sending: "Sending…", waiting: "Will be sent when you are online again",
      failed: "Could not be sent", offline: "You are offline. What you write is sent later.",
      connecting: "Connecting…", hello: "Hello! How can we help?", callMe: "Ask us to call you",
      phone: "Phone number", name: "Name (optional)", when: "When would it suit you? (optional)",
      about: "What is it about? (optional)", ask: "Ask for a call", back: "Back to the chat",
      called: "Call requested", badPhone: "Enter a phone number with 5 to 15 digits.", edited: "edited",
      deleted: "This message was removed.", earlier: "Show earlier messages", later: "Not available just now. Try again soon.", unread: (n) => (n === 1 ? "1 new message" : n + " new messages"),
      tooLarge: "The file is too large.", badFile: "This file cannot be sent. Pictures, PDF and plain text can.",
      newTab: "opens in a new tab", remove: "Remove", tooMany: "Too many messages at once. Sending goes on soon.", closed: "Closed now.",
    },
    fi: {
      title: "Asiakaspalvelu", launch: "Chat", close: "Sulje chat", messages: "Viestit",
      write: "Kirjoita viesti", send: "Lähetä", attach: "Liitä tiedosto", you: "Sinä", us: "Asiakaspalvelu",
      auto: "Automaattinen viesti", sending: "Lähetetään…", waiting: "Lähetetään, kun yhteys palaa",
      failed: "Lähetys ei onnistunut", offline: "Ei verkkoyhteyttä. Viestisi lähetetään myöhemmin.",
      connecting: "Yhdistetään…", hello: "Hei! Miten voimme auttaa?", callMe: "Pyydä soittoa",
      phone: "Puhelinnumero", name: "Nimi (vapaaehtoinen)", when: "Milloin sinulle sopii? (vapaaehtoinen)",
      about: "Mitä asiasi koskee? (vapaaehtoinen)", ask: "Pyydä soittoa", back: "Takaisin chattiin",
      called: "Soittopyyntö", badPhone: "Anna puhelinnumero, jossa on 5–15 numeroa.", edited: "muokattu",
      deleted: "Viesti on poistettu.", earlier: "Näytä aiemmat viestit", later: "Ei onnistu juuri nyt. Yritä pian uudelleen.", unread: (n) => (n === 1 ? "1 uusi viesti" : n + " uutta viestiä"),
      tooLarge: "Tiedosto on liian suuri.", badFile: "Tätä tiedostoa ei voi lähettää. Kuvat, PDF ja teksti käyvät.",
      newTab: "avautuu uuteen välilehteen", remove: "Poista", tooMany: "Liian monta viestiä kerralla. Lähetys jatkuu pian.", closed: "Nyt suljettu.",
    },
    sv: {
      title: "Kundtjänst", launch: "Chatt", close: "Stäng chatten", messages: "Meddelanden",
      write: "Skriv ett meddelande", send: "Skicka", attach: "Bifoga en fil", you: "Du", us: "Kundtjänst",
      auto: "Automatiskt meddelande", sending: "Skickas…", waiting: "Skickas när du är online igen",
      failed: "Kunde inte skickas", offline: "Du är offline. Det du skriver skickas senare.",
      connecting: "Ansluter…", hello: "Hej! Hur kan vi hjälpa dig?", callMe: "Be oss ringa dig",
      phone: "Telefonnummer", name: "Namn (frivilligt)", when: "När passar det dig? (frivilligt)",
      about: "Vad gäller det? (frivilligt)", ask: "Be om ett samtal", back: "Tillbaka till chatten",
      called: "Begäran om samtal", badPhone: "Ange ett telefonnummer med 5–15 siffror.", edited: "redigerat",
      deleted: "Meddelandet har tagits bort.", earlier: "Visa tidigare meddelanden", later: "Går inte just nu. Försök snart igen.", unread: (n) => (n === 1 ? "1 nytt meddelande" : n + " nya meddelanden"),
      tooLarge: "Filen är för stor.", badFile: "Den här filen kan inte skickas. Bilder, PDF och text går bra.",
      newTab: "öppnas i en ny flik", remove: "Ta bort", tooMany: "För många meddelanden på en gång. Det fortsätter strax.", closed: "Stängt just nu.",
    },
  };
  const wished = given.language || document.documentElement.lang || navigator.language || "en";
  const language = TEXTS[wished.slice(0, 2).toLowerCase()] ? wished.slice(0, 2).toLowerCase() : "en";
  const say = TEXTS[language];

  const STYLE = `
:host { all: initial; --accent: #0b5cad; --on-accent: #fff; --back: #fff; --text: #1b1f24; --soft: #eef1f5;
  --line: #7a828e; --dim: #4d5560; --bad: #a4161a; color-scheme: light;
  font: 16px/1.45 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; }
@media (prefers-color-scheme: dark) { :host(:not([theme=light])) { --accent: #8cc4ff; --on-accent: #06203a;
  --back: #1a1e24; --text: #edf0f4; --soft: #2a3039; --line: #8a93a0; --dim: #b4bcc8; --bad: #ff9c9c; color-scheme: dark; } }
:host([theme=dark]) { --accent: #8cc4ff; --on-accent: #06203a; --back: #1a1e24; --text: #edf0f4; --soft: #2a3039;
  --line: #8a93a0; --dim: #b4bcc8; --bad: #ff9c9c; color-scheme: dark; }
* { box-sizing: border-box; } [hidden] { display: none !important; }
button, textarea, input { font: inherit; color: inherit; }
button { cursor: pointer; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
.sr { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.launch { position: fixed; right: 20px; bottom: 20px; z-index: 2147483000; display: flex; gap: 8px; align-items: center;
  min-height: 48px; padding: 0 20px; border: 0; border-radius: 24px; background: var(--accent); color: var(--on-accent);
  font-weight: 600; box-shadow: 0 2px 10px #0005; }
.badge { min-width: 24px; padding: 0 6px; border-radius: 12px; background: var(--on-accent); color: var(--accent); }
.panel { position: fixed; right: 20px; bottom: 20px; z-index: 2147483001; display: flex; flex-direction: column;
  width: 380px; height: min(600px, calc(100dvh - 40px)); background: var(--back); color: var(--text);
  border: 1px solid var(--line); border-radius: 14px; box-shadow: 0 8px 30px #0006; overflow: hidden; animation: rise .18s ease-out; }
@keyframes rise { from { transform: translateY(12px); opacity: 0; } }
header { display: flex; gap: 8px; align-items: flex-start; padding: 12px 8px 12px 16px; background: var(--accent); color: var(--on-accent); }
header div { flex: 1; min-width: 0; } h2 { margin: 0; font-size: 18px; line-height: 1.3; } header p { margin: 2px 0 0; font-size: 14px; }
header :focus-visible, .launch:focus-visible { outline-color: var(--on-accent); outline-offset: -4px; }
.icon { display: grid; place-items: center; width: 44px; height: 44px; flex: none; padding: 0; border: 0; border-radius: 10px; background: none; }
svg { width: 22px; height: 22px; fill: none; stroke: currentColor; stroke-width: 2; stroke-linecap: round; stroke-linejoin: round; }
.log { flex: 1; overflow-y: auto; overscroll-behavior: contain; padding: 16px; }
.log:focus-visible { outline-offset: -3px; }
ol { margin: 0; padding: 0; list-style: none; display: flex; flex-direction: column; gap: 10px; }
.hello { margin: 0 0 10px; color: var(--dim); } .away { margin: 14px 0 0; font-size: 14px; color: var(--dim); } .away:empty { display: none; }
li { max-width: 85%; align-self: flex-start; } li.own { align-self: flex-end; }
.text { padding: 8px 12px; border-radius: 14px 14px 14px 4px; background: var(--soft); white-space: pre-wrap; overflow-wrap: anywhere; }
.own .text { border-radius: 14px 14px 4px 14px; background: var(--accent); color: var(--on-accent); }
.waits .text { opacity: .88; } .gone .text { background: none; border: 1px dashed var(--line); color: var(--dim); font-style: italic; }
.text a, .text button { color: inherit; text-decoration: underline; background: none; border: 0; padding: 0; text-align: left; }
.about { margin: 2px 4px 0; font-size: 13px; color: var(--dim); } .own .about { text-align: right; }
.about.bad, .note.bad { color: var(--bad); } .about button { border: 0; background: none; padding: 0 0 0 6px; text-decoration: underline; }
.note { margin: 0; padding: 6px 16px; font-size: 14px; color: var(--dim); background: var(--soft); } .note:empty { display: none; }
form { display: flex; gap: 6px; align-items: flex-end; padding: 10px; border-top: 1px solid var(--line); }
textarea, input { width: 100%; padding: 9px 12px; border: 1px solid var(--line); border-radius: 10px; background: var(--back); }
::placeholder { color: var(--dim); opacity: 1; }
textarea { resize: none; min-height: 44px; max-height: 140px; }
.go { min-height: 44px; padding: 0 16px; border: 0; border-radius: 10px; background: var(--accent); color: var(--on-accent); font-weight: 600; }
.call { flex-direction: column; align-items: stretch; gap: 10px; padding: 16px; overflow-y: auto; flex: 1; border: 0; }
.call label { display: block; margin-bottom: 3px; font-size: 15px; }
.plain { min-height: 44px; padding: 0 14px; border: 1px solid var(--line); border-radius: 10px; background: none; }
.offer { margin: 0 10px 10px; } .earlier { display: block; margin: 0 auto 10px; }
@media (max-width: 480px) { .panel { inset: 0; width: auto; height: auto; border: 0; border-radius: 0; } }
@media (prefers-reduced-motion: reduce) { * { animation: none !important; scroll-behavior: auto !important; } }
@media (forced-colors: active) { .text, .launch, .go { border: 1px solid; } }`;

  // --- what is kept: the token and what has not been sent, in this browser; nothing that was read ---
  const keep = (name) => `aspa-chat ${base} ${name}`;
  const memory = {};
  const store = {
    get(name) { try { return localStorage.getItem(keep(name)); } catch { return memory[name] ?? null; } },
    set(name, value) {
      memory[name] = value;
      try { value === null ? localStorage.removeItem(keep(name)) : localStorage.setItem(keep(name), value); } catch { /* memory has it */ }
    },
  };
  const began = { // whether an anonymous chat was begun in this very tab
    get() { try { return sessionStorage.getItem(keep("began")) === "1"; } catch { return false; } },
    set(yes) { try { yes ? sessionStorage.setItem(keep("began"), "1") : sessionStorage.removeItem(keep("began")); } catch { /* never joined then */ } },
  };
  const queue = () => { try { return JSON.parse(store.get("queue")) || []; } catch { return []; } };
  const setQueue = (items) => store.set("queue", items.length ? JSON.stringify(items) : null);
  const dequeue = (id) => setQueue(queue().filter((item) => item.id !== id));

  let token = store.get("token"), identity = given.identity || null, verified = false;
  let lines = new Map(), before = null, lastId = "", live = false, unread = 0, isOpen = false;
  let maxText = 4000, maxFile = null, service = null;
  const refused = new Map(); // ids of what the server did not take, with why
  const newId = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, "0")).join("");
  const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

  // --- coming in ---
  let entering = null;
  let said = 0; // how often the page said who is there: an answer about somebody before does not count
  const enter = () => (entering ??= (async () => {
    for (;;) {
      const had = token, when = said;
      const response = await fetch(base + "/enter", {
        method: "POST", headers: { "content-type": "application/json" }, credentials: "omit",
        body: JSON.stringify({ token, identity, join: began.get(), language }),
      });
      const come = response.ok && await response.json();
      if (when !== said) continue;
      if (!come) throw response;
      if (come.is_new) { if (had) forget(); else forgetLines(); }
      if (come.verified) began.set(false);
      verified = come.verified; maxText = come.max_text; maxFile = come.max_file_bytes;
      token = come.token; store.set("token", token);
      show(come.service); attach.hidden = maxFile === null;
      return;
    }
  })().finally(() => { entering = null; }));
  const forgetLines = () => { lines = new Map(); before = null; lastId = ""; unread = 0; draw(); };
  const forget = () => { setQueue([]); refused.clear(); began.set(false); forgetLines(); };

  // --- what is seen: server-sent events over fetch, which can send the token as a header ---
  let following = null, wake = () => {};
  const follow = () => {
    if (following) return;
    following = (async () => {
      let pause = 500, entered = false;
      for (;;) {
        const control = new AbortController();
        let watchdog;
        const heard = () => { clearTimeout(watchdog); watchdog = setTimeout(() => control.abort(), 40000); };
        const interrupt = () => control.abort();
        wake = interrupt;
        try {
          heard();
          if (!entered || !token) { await enter(); entered = true; }
          const asked = token;
          const headers = { "aspa-visitor": token, ...(lastId && { "last-event-id": lastId }) };
          const response = await fetch(`${base}/stream?language=${language}`, { headers, credentials: "omit", cache: "no-store", signal: control.signal });
          if (response.status === 401) { entered = false; throw response; }
          if (!response.ok) throw response;
          await read(response.body, heard, () => { pause = 500; }, () => asked !== token);
        } catch (error) {
          const after = error instanceof Response && +error.headers.get("retry-after");
          if (after) pause = Math.max(pause, after * 1000);
        }
        clearTimeout(watchdog);
        setLive(false);
        await Promise.race([sleep(pause * (0.5 + Math.random() / 2)), new Promise((go) => { wake = go; })]);
        pause = Math.min(pause * 2, 30000);
      }
    })();
  };
  const read = async (body, heard, well, changed) => {
    const reader = body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = "", event = { name: "", data: [], id: null };
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      if (changed()) { reader.cancel(); return; }
      heard();
      const rows = (rest + value).split(/\r\n|\n|\r/);
      rest = rows.pop();
      for (const row of rows) {
        if (row === "") {
          if (event.name) { take(event); well(); }
          event = { name: "", data: [], id: null };
          continue;
        }
        const at = row.indexOf(":"), field = at < 0 ? row : row.slice(0, at);
        const text = at < 0 ? "" : row.slice(at + 1).replace(/^ /, "");
        if (field === "event") event.name = text;
        if (field === "data") event.data.push(text);
        if (field === "id") event.id = text;
      }
    }
  };
  const take = ({ name, data, id }) => {
    const value = JSON.parse(data.join("\n") || "{}");
    if (name === "reset") { lines = new Map(); before = null; }
    if (name === "earlier") before = value.before;
    if (name === "service") show(value);
    if (name === "ready") { setLive(true); flush(); }
    if (name === "line") {
      const isNew = !lines.has(value.id);
      lines.set(value.id, value);
      if (value.client) { dequeue(value.client); refused.delete(value.client); }
      if (isNew && live && value.by !== "visitor" && !isOpen) unread += 1;
    }
    if (id !== null) lastId = id;
    draw();
  };

  // --- what came before that, when asked for ---
  let asking = false;
  const showEarlier = async () => {
    const asked = before, who = token;
    if (asking) return;
    asking = true;
    try {
      const response = await fetch(`${base}/messages?before=${encodeURIComponent(asked)}`, { headers: { "aspa-visitor": who }, credentials: "omit", cache: "no-store" });
      if (!response.ok) throw response;
      const page = await response.json();
      if (asked !== before || who !== token) return; // the page shows something else by now
      const add = new Map(page.lines.map((line) => [line.id, line])), below = log.scrollHeight - log.scrollTop;
      for (const [id, line] of lines) add.set(id, line);
      lines = add; before = page.before;
      if (!before) log.focus(); // the button goes
      log.setAttribute("aria-live", "off");
      draw();
      log.scrollTop = log.scrollHeight - below; // what was read stays where it is
      setTimeout(() => setLive(live), 200);
    } catch { note.textContent = say.later; } finally { asking = false; }
  };

  // --- what is written: kept first, sent when it can be, under an id that makes it one ---
  let flushing = false, again = false, held = 0;
  const write = (event) => {
    setQueue([...queue(), event]);
    if (!verified) began.set(true);
    draw(); follow(); flush();
  };
  const flush = async () => {
    if (flushing) { again = true; return; }
    flushing = true;
    let pause = 1000;
    const send = async () => {
      for (;;) {
        const batch = queue().filter((item) => !item.sent && !refused.has(item.id)).slice(0, 10);
        if (!batch.length) return;
        if (!token) await enter();
        const asked = token;
        const response = await fetch(base + "/events", {
          method: "POST", headers: { "aspa-visitor": token, "content-type": "application/json" }, credentials: "omit",
          body: JSON.stringify({ events: batch }),
        });
        if (response.status === 401) { await enter(); continue; }
        if (!response.ok) throw response;
        const answer = await response.json();
        if (asked !== token) continue;
        const bad = new Map(answer.refused.map((item) => [item.index, item.problem]));
        batch.forEach((item, index) => { if (bad.has(index)) refused.set(item.id, bad.get(index)); });
        const done = new Set(batch.filter((item) => !refused.has(item.id)).map((item) => item.id));
        setQueue(queue().map((item) => (done.has(item.id) ? { ...item, sent: true } : item)));
        pause = 1000; held = 0; draw();
      }
    };
    for (;;) {
      again = false;
      try {
        await (navigator.locks ? navigator.locks.request(keep("send"), send) : send());
        if (!again) break;
      } catch (error) {
        if (error instanceof Response && [400, 413, 422].includes(error.status)) {
          const first = queue().find((item) => !item.sent && !refused.has(item.id));
          if (first) refused.set(first.id, String(error.status));
          draw(); continue;
        }
        const after = error instanceof Response ? +error.headers.get("retry-after") : 0;
        held = error instanceof Response && error.status === 429 ? 1 : 0;
        draw();
        const until = Math.max(after * 1000, pause);
        await Promise.race([sleep(until), new Promise((go) => { addEventListener("online", go, { once: true }); })]);
        pause = Math.min(pause * 2, 30000);
      }
    }
    flushing = false;
    draw();
  };
  const about = () => {
    const query = new URLSearchParams(location.search), campaign = {};
    for (const name of ["id", "source", "medium", "campaign", "term", "content"]) {
      const value = query.get("utm_" + name);
      if (value) campaign[name] = value.slice(0, 300);
    }
    const page = { url: location.href.slice(0, 2000), title: document.title.slice(0, 300) };
    if (document.referrer) page.referrer = document.referrer.slice(0, 2000);
    return { at: new Date().toISOString(), language, page, ...(Object.keys(campaign).length && { campaign }) };
  };

  // --- what it looks like ---
  const make = (name, attributes = {}, ...children) => {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) {
      if (key === "on") for (const [event, run] of Object.entries(value)) element.addEventListener(event, run);
      else if (value === true) element.setAttribute(key, "");
      else if (value !== false && value !== null) element.setAttribute(key, value);
    }
    element.append(...children);
    return element;
  };
  const icon = (path) => {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    svg.setAttribute("viewBox", "0 0 24 24"); svg.setAttribute("aria-hidden", "true");
    const shape = document.createElementNS("http://www.w3.org/2000/svg", "path");
    shape.setAttribute("d", path); svg.append(shape);
    return svg;
  };
  const title = given.title || say.title;
  const host = make("aspa-chat", { lang: language, theme: given.theme || null });
  const root = host.attachShadow({ mode: "open" });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(STYLE);
  root.adoptedStyleSheets = [sheet];
  const badge = make("span", { class: "badge", hidden: true });
  const launch = make("button", { class: "launch", type: "button", "aria-haspopup": "dialog", "aria-expanded": "false", on: { click: () => open() } },
    icon("M4 5h16v11H9l-5 4z"), make("span", {}, say.launch), badge);
  const status = make("p", { id: "status", role: "status" });
  const list = make("ol", { role: "list" });
  const earlier = make("button", { class: "plain earlier", type: "button", hidden: true, on: { click: () => showEarlier() } }, say.earlier);
  const hello = make("p", { class: "hello" }, say.hello);
  const away = make("p", { class: "away" });
  const log = make("div", { class: "log", role: "log", tabindex: "0", "aria-label": say.messages, "aria-live": "off" }, earlier, hello, list, away);
  const note = make("p", { class: "note", role: "status" });
  const box = make("textarea", { id: "text", rows: "1", enterkeyhint: "send", autocomplete: "off", placeholder: say.write });
  const picker = make("input", { type: "file", hidden: true, tabindex: "-1", "aria-hidden": "true", accept: "image/png,image/jpeg,image/gif,image/webp,application/pdf,text/plain" });
  const attach = make("button", { class: "icon", type: "button", hidden: true, "aria-label": say.attach, title: say.attach, on: { click: () => picker.click() } },
    icon("M20 11l-8.5 8.5a5 5 0 0 1-7-7L13 4a3.4 3.4 0 0 1 5 5l-8.500 8.500a1.700 1.700 0 0 1-2.500-2.500L15 7"));
  const compose = make("form", { class: "compose" }, picker, attach,
    make("label", { class: "sr", for: "text" }, say.write), box, make("button", { class: "go", type: "submit" }, say.send));
  const field = (id, label, attributes) => make("div", {}, make("label", { for: id }, label), make("input", { id, ...attributes }));
  const wrong = make("p", { id: "wrong", class: "note bad", role: "alert" });
  const call = make("form", { class: "call", hidden: true, novalidate: true },
    field("phone", say.phone, { type: "tel", autocomplete: "tel", required: true, maxlength: "40", "aria-describedby": "wrong" }), wrong,
    field("name", say.name, { autocomplete: "name", maxlength: "100" }), field("when", say.when, { maxlength: "100" }),
    field("what", say.about, { maxlength: "500" }),
    make("button", { class: "go", type: "submit" }, say.ask),
    make("button", { class: "plain", type: "button", on: { click: () => calling(false) } }, say.back));
  const offer = make("button", { class: "plain offer", type: "button", hidden: true, on: { click: () => calling(true) } }, say.callMe);
  const panel = make("section", { class: "panel", role: "dialog", "aria-modal": "true", "aria-labelledby": "title", "aria-describedby": "status", hidden: true },
    make("header", {}, make("div", {}, make("h2", { id: "title" }, title), status),
      make("button", { class: "icon", type: "button", "aria-label": say.close, title: say.close, on: { click: () => close() } }, icon("M6 6l12 12M18 6L6 18"))),
    log, note, call, compose, offer);
  root.append(launch, panel);

  const show = (next) => {
    service = next;
    status.textContent = [next.open ? "" : say.closed, next.text].filter(Boolean).join(" ");
    draw(); offer.hidden = !next.call_back || !call.hidden;
  };
  const setLive = (yes) => {
    live = yes;
    log.setAttribute("aria-live", yes ? "polite" : "off"); // what is read in again is not read out again
    draw();
  };
  const calling = (yes) => {
    call.hidden = !yes; log.hidden = yes; compose.hidden = yes;
    offer.hidden = yes || !(service && service.call_back);
    wrong.textContent = "";
    (yes ? root.getElementById("phone") : box).focus();
  };
  const open = () => {
    isOpen = true; unread = 0;
    panel.hidden = false; launch.hidden = true;
    launch.setAttribute("aria-expanded", "true");
    follow(); draw(); log.scrollTop = log.scrollHeight; box.focus();
  };
  const close = () => {
    isOpen = false;
    panel.hidden = true; launch.hidden = false;
    launch.setAttribute("aria-expanded", "false");
    draw(); launch.focus();
  };

  const linked = (text) => { // text stays text; only http and https become links
    const parts = [];
    let end = 0;
    for (const match of text.matchAll(/\bhttps?:\/\/[^\s<>"']+/g)) {
      const url = match[0].replace(/[.,;:!?)\]}]+$/, "");
      parts.push(text.slice(end, match.index), make("a", { href: url, target: "_blank", rel: "noopener noreferrer nofollow" }, url, make("span", { class: "sr" }, ` (${say.newTab})`)));
      end = match.index + url.length;
    }
    parts.push(text.slice(end));
    return parts;
  };
  const save = async (file, of) => {
    const response = await fetch(`${base}/files/${encodeURIComponent(file.id)}?of=${encodeURIComponent(of)}`, { headers: { "aspa-visitor": token }, credentials: "omit" });
    if (!response.ok) return;
    const url = URL.createObjectURL(await response.blob());
    const link = make("a", { href: url, download: file.name });
    link.click();
    setTimeout(() => URL.revokeObjectURL(url), 60000);
  };
  const rows = new Map(); // rows by id, each with what it shows
  const draw = () => {
    const known = new Set([...lines.values()].map((line) => line.client));
    const shown = [...lines.values()].sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0)).map((line) => ({
      key: line.client || line.id, id: line.id, own: line.by === "visitor", who: line.by === "visitor" ? say.you : line.by === "automatic" ? say.auto : say.us,
      text: line.deleted ? say.deleted : line.text, files: line.files || [], at: line.at, gone: line.deleted,
      state: line.edited && !line.deleted ? say.edited : "", call: line.call_back,
    }));
    for (const item of queue()) {
      if (known.has(item.id)) continue;
      const bad = refused.has(item.id);
      shown.push({ key: item.id, own: true, who: say.you, at: item.at, files: item.shows || [], call: item.type === "call_back",
        text: item.type === "call_back" ? [item.name, item.phone, item.when, item.text].filter(Boolean).join("\n") : item.text || "",
        waits: true, bad, state: bad ? say.failed : item.sent || navigator.onLine ? say.sending : say.waiting });
    }
    const bottom = log.scrollHeight - log.scrollTop - log.clientHeight < 60;
    const stay = new Set(shown.map((item) => item.key));
    for (const [key, row] of rows) if (!stay.has(key)) { row.element.remove(); rows.delete(key); }
    shown.forEach((item, place) => {
      const is = JSON.stringify(item);
      let row = rows.get(item.key);
      if (!row) { row = { element: make("li"), is: "" }; rows.set(item.key, row); }
      if (row.is !== is) { row.is = is; fill(row.element, item); }
      if (list.children[place] !== row.element) list.insertBefore(row.element, list.children[place] || null);
    });
    hello.hidden = shown.length > 0 || before !== null; earlier.hidden = before === null;
    const wrote = shown.length > 0 && shown[shown.length - 1].own && service && service.away; // nobody there: say until when
    if (away.textContent !== (wrote || "")) away.textContent = wrote || "";
    if (bottom) log.scrollTop = log.scrollHeight;
    badge.hidden = unread === 0;
    badge.replaceChildren(make("span", { "aria-hidden": "true" }, String(unread)), make("span", { class: "sr" }, say.unread(unread)));
    const text = !navigator.onLine ? say.offline : held ? say.tooMany : following && !live ? say.connecting : "";
    if (note.textContent !== text) note.textContent = text;
  };
  const fill = (element, item) => {
    element.className = [item.own && "own", item.waits && "waits", item.gone && "gone"].filter(Boolean).join(" ");
    const text = make("div", { class: "text", dir: "auto" }, make("span", { class: "sr" }, item.who + ": "));
    if (item.call) text.append(make("strong", {}, say.called), "\n");
    text.append(...linked(item.text));
    for (const file of item.files) {
      if (item.text || item.call) text.append("\n");
      text.append(file.id ? make("button", { type: "button", on: { click: () => save(file, item.id) } }, file.name) : file.name);
    }
    const time = item.at ? new Date(item.at).toLocaleTimeString(language, { hour: "2-digit", minute: "2-digit" }) : "";
    const below = make("div", { class: "about" + (item.bad ? " bad" : "") }, [time, item.state].filter(Boolean).join(" · "));
    if (item.bad) below.append(make("button", { type: "button", on: { click: () => { dequeue(item.key); refused.delete(item.key); draw(); box.focus(); } } }, say.remove));
    element.replaceChildren(text, below);
  };

  compose.addEventListener("submit", (event) => {
    event.preventDefault();
    const text = box.value.trim();
    if (!text) { box.focus(); return; }
    box.value = ""; grow();
    const characters = [...text]; // never cut: what is longer goes as more than one
    for (let at = 0; at < characters.length; at += maxText) {
      write({ type: "message", id: newId(), text: characters.slice(at, at + maxText).join(""), ...about() });
    }
    log.scrollTop = log.scrollHeight; box.focus();
  });
  const grow = () => { box.rows = Math.min(5, box.value.split("\n").length); };
  box.addEventListener("input", grow);
  box.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); compose.requestSubmit(); }
  });
  picker.addEventListener("change", async () => {
    const [file] = picker.files;
    picker.value = "";
    if (!file) return;
    if (file.size > maxFile) { note.textContent = say.tooLarge; return; }
    try {
      const response = await fetch(`${base}/files?name=${encodeURIComponent(file.name)}`, { method: "POST", headers: { "aspa-visitor": token }, credentials: "omit", body: file });
      if (!response.ok) throw response;
      const { file: reference, name } = await response.json();
      write({ type: "message", id: newId(), files: [reference], shows: [{ name }], ...about() });
    } catch (error) {
      note.textContent = error instanceof Response && error.status === 415 ? say.badFile : say.failed;
    }
    box.focus();
  });
  call.addEventListener("submit", (event) => {
    event.preventDefault();
    const value = (id) => root.getElementById(id).value.trim();
    const phone = value("phone"), digits = phone.replace(/\D/g, "").length, input = root.getElementById("phone");
    const bad = digits < 5 || digits > 15 || /[^\d+\-()/. ]/.test(phone);
    wrong.textContent = bad ? say.badPhone : "";
    bad ? input.setAttribute("aria-invalid", "true") : input.removeAttribute("aria-invalid");
    if (bad) { input.focus(); return; }
    const optional = { name: value("name"), when: value("when"), text: value("what") };
    for (const name of Object.keys(optional)) if (!optional[name]) delete optional[name];
    write({ type: "call_back", id: newId(), phone, ...optional, ...about() });
    call.reset(); calling(false);
  });
  panel.addEventListener("keydown", (event) => {
    if (event.key === "Escape") { event.stopPropagation(); call.hidden ? close() : calling(false); }
    if (event.key !== "Tab") return; // the focus stays inside while the dialog is open
    const all = [...panel.querySelectorAll("button, textarea, input:not([type=file]), a, [tabindex='0']")].filter((e) => e.offsetParent !== null);
    const first = all[0], last = all[all.length - 1], at = root.activeElement;
    if (event.shiftKey && at === first) { event.preventDefault(); last.focus(); }
    if (!event.shiftKey && at === last) { event.preventDefault(); first.focus(); }
  });
  addEventListener("online", () => { wake(); draw(); if (queue().length) flush(); });
  addEventListener("offline", () => { setLive(false); });
  addEventListener("storage", (event) => { // what another tab does is done here too
    if (event.key === keep("queue")) { draw(); setTimeout(() => { if (token && queue().some((item) => !item.sent)) flush(); }, 2000); }
    if (event.key === keep("token") && event.newValue !== token) {
      token = event.newValue;
      forgetLines();
      if (token) { follow(); wake(); }
    }
  });

  window.aspaChat = {
    open, close,
    /** Says who is logged in, or with null that nobody is. */
    async identify(next) {
      identity = next; said += 1;
      if (token || next) { await enter().catch(() => {}); lastId = ""; follow(); wake(); }
    },
    /** Forgets the visitor in this browser: to be called when somebody signs out. */
    signOut() {
      identity = null; said += 1; verified = false; token = null;
      store.set("token", null); forget(); wake();
    },
  };
  const begin = () => {
    document.body.append(host);
    draw();
    if (token || queue().length || identity) follow(); // strangers who never open it leave no trace
  };
  document.body ? begin() : addEventListener("DOMContentLoaded", begin);
})();
