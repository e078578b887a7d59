// The smallest page an agent can work with: tickets, one conversation, reply, resolve.
"use strict";
const at = (id) => document.getElementById(id);
let chosen = null;
let newest = null;

async function ask(path, body) {
  const options = body && { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
  const response = await fetch("/api" + path, options);
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.error || response.status);
  return answer;
}

const make = (name, text, className) => {
  const element = document.createElement(name);
  element.textContent = text;
  if (className) element.className = className;
  return element;
};

async function list() {
  const { tickets } = await ask("/tickets");
  at("none").hidden = tickets.length > 0;
  at("tickets").replaceChildren(...tickets.map((ticket) => {
    const button = make("button", `${ticket.id}: ${ticket.category}, ${ticket.unhandled} unhandled`);
    if (ticket.breach_at) button.append(make("small", ` · answer by ${new Date(ticket.breach_at).toLocaleString()}`));
    button.setAttribute("aria-current", ticket.id === chosen);
    button.addEventListener("click", () => { chosen = ticket.id; refresh(); });
    const item = document.createElement("li");
    item.append(button);
    return item;
  }));
}

async function show() {
  at("one").hidden = !chosen;
  if (!chosen) return;
  const ticket = await ask("/tickets/" + chosen);
  at("case").textContent = `${ticket.id} (${ticket.category})`;
  newest = ticket.messages.at(-1)?.id;
  at("messages").replaceChildren(...ticket.messages.map((message) => {
    const ours = message.direction === "outbound";
    const who = ours ? message.by || "we" : message.customer || (message.verified ? "verified visitor" : "visitor");
    const item = make("li", "", ours && "ours");
    const about = [who, new Date(message.at).toLocaleTimeString()];
    if (message.page) about.push("on " + message.page);
    item.append(make("small", about.join(" · ")));
    const fields = (message.fields || []).map((field) => `${field.name}: ${field.value}`);
    const kind = message.kind === "call_back" ? ["Asks to be called back"] : [];
    item.append([...kind, ...fields, message.text].filter(Boolean).join("\n"));
    for (const file of message.files || []) {
      const link = make("a", ` ${file.name}`);
      link.href = `/api/tickets/${chosen}/files/${file.id}`;
      item.append(link);
    }
    return item;
  }));
}

let running = false;
let again = false;
async function refresh() {
  if (running) { again = true; return; }
  running = true;
  do {
    again = false;
    try { await list(); await show(); at("wrong").textContent = ""; } catch (error) { at("wrong").textContent = error.message; }
  } while (again);
  running = false;
}

at("reply").addEventListener("submit", async (event) => {
  event.preventDefault();
  try {
    await ask(`/tickets/${chosen}/reply`, { text: at("text").value, newest_seen: newest });
    at("text").value = "";
  } catch (error) { at("wrong").textContent = error.message; }
  refresh();
});
at("resolve").addEventListener("click", async () => {
  try { await ask(`/tickets/${chosen}/resolve`, { newest_seen: newest }); } catch (error) { at("wrong").textContent = error.message; }
  refresh();
});

// The browser connects again by itself and names the last event that it saw.
const changes = new EventSource("/api/changes");
changes.addEventListener("open", () => { at("state").textContent = "Connected"; refresh(); });
changes.addEventListener("error", () => { at("state").textContent = "Connecting…"; });
changes.addEventListener("change", refresh);
