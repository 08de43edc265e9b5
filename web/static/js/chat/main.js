// Puts the chat together.

import * as api from "./api.js";
import { Composer } from "./composer.js";
import { Outbox } from "./outbox.js";
import { element, icon, lastingKeys, make, say } from "./page.js";
import { Stream } from "./stream.js";
import { View } from "./view.js";

const TYPING_AFTER = 300;
const SLOW_AFTER = 15_000;
const GIVE_UP_AFTER = 120_000;

const title = document.title;
let awaiting = false;
let typingTimers = [];
let askedWhere = false;

const view = new View({ press: ({ token }) => send({ button: token }), retry: (message) => resend(message) });
const composer = new Composer({ send, notice });
const outbox = new Outbox(moved, load);
const stream = new Stream({
  ask: () => ({ after: view.last, awaiting }),
  items: arrived,
  reachable,
  renew: load,
});

function send(body, files = [], previews = []) {
  const message = outbox.send(body, files);
  view.add(message, previews);
  view.mark(message, "sending");
}

/** What was refused goes again as a new message: the old id may be known as another content. */
function resend({ text, button, pin }) {
  if (text || button || pin) send({ text, button, pin });
}

function moved(message, state, detail) {
  view.mark(message, state, detail);
  if (state === "waiting") notice(say(detail === "slow_down" ? "slow_down" : navigator.onLine ? "unreachable" : "offline"));
  if (state === "failed" && detail === "no_session") notice(say("no_cookies"));
  if (state !== "delivered") return;
  reachable(true);
  expectReply();
  stream.look();
}

function arrived(items) {
  const fresh = view.show(items);
  const last = items.at(-1);
  if (last?.author === "city") rest();
  else if (last && !awaiting && last.age * 1000 < GIVE_UP_AFTER) expectReply();
  for (const item of items) {
    if (item.keyboard) keys(item.keyboard.flat());
    // The keys of «where?» have done their work when the next question brings buttons of its own.
    else if (askedWhere && item.author === "city" && item.inline.length) keys([]);
  }
  element("leave").hidden = view.seen.size === 0;
  if (document.hidden && fresh.some((item) => item.author === "city")) document.title = `${say("new_message")} · ${title}`;
}

// The wait for a reply.

function expectReply() {
  rest();
  awaiting = true;
  const typing = element("typing");
  const words = typing.querySelector(".typing-words");
  const show = (sentence) => {
    words.textContent = say(sentence);
    typing.hidden = false;
    if (view.atEnd()) view.toEnd();
  };
  typingTimers = [
    setTimeout(show, TYPING_AFTER, "typing"),
    setTimeout(show, SLOW_AFTER, "slow"),
    setTimeout(rest, GIVE_UP_AFTER),
  ];
}

function rest() {
  awaiting = false;
  typingTimers.forEach(clearTimeout);
  element("typing").hidden = true;
}

// The line above the composer.

let noticeTimer;

function notice(sentence, calm = false) {
  clearTimeout(noticeTimer);
  const line = element("notice");
  line.textContent = sentence;
  line.hidden = !sentence;
  line.classList.toggle("calm", calm);
  line.dataset.lost = "";
}

function reachable(well) {
  const lost = element("notice").dataset.lost === "yes";
  if (!well) {
    notice(say(navigator.onLine ? "unreachable" : "offline"));
    element("notice").dataset.lost = "yes";
  } else if (lost || element("notice").textContent === say("unreachable") || element("notice").textContent === say("offline")) {
    notice(say("online"), true);
    noticeTimer = setTimeout(notice, 3000, "");
  }
}

function keys(list) {
  askedWhere = list.some(({ location }) => location);
  const shown = list.length ? list : lastingKeys.map((label) => ({ label, location: false }));
  element("keys").replaceChildren(
    ...shown.map(({ label, location }) => {
      const key = make("button", { type: "button", class: "key" }, location ? icon("pin") : null, location ? label.replace(/^📍\s*/u, "") : label);
      key.addEventListener("click", () => (location ? composer.locate() : send({ text: label })));
      return key;
    }),
  );
}

async function load() {
  const { items, limits } = await api.thread();
  composer.limits = limits;
  arrived(items);
}

async function start() {
  keys([]);
  for (const example of document.querySelectorAll("[data-example]")) {
    example.addEventListener("click", () => composer.write(example.textContent));
  }
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) document.title = title;
  });
  addEventListener("offline", () => reachable(false));
  const dialog = element("leave-dialog");
  element("leave").addEventListener("click", () => dialog.showModal());
  dialog.addEventListener("close", () => dialog.returnValue === "yes" && void leave());

  for (let failures = 0; ; failures += 1) {
    try {
      await load();
      break;
    } catch {
      reachable(false);
      await stream.pause(Math.min(15, 1 + failures * 2));
    }
  }
  reachable(true);
  view.toEnd();
  element("log").setAttribute("aria-busy", "false");
  for (const message of outbox.restore()) {
    if (view.ids.has(message.id)) {
      outbox.drop(message);
      continue;
    }
    // The server may have it all the same; the same id files nothing twice.
    view.add(message);
    outbox.put(message);
  }
  void stream.run();
}

async function leave() {
  try {
    await api.leave();
  } catch {
    return reachable(false);
  }
  outbox.forget();
  rest();
  view.empty();
  keys([]);
  element("leave").hidden = true;
  await load().catch(() => {});
  stream.look();
  element("message").focus();
}

void start();
