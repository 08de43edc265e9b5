// The thread on the page: keeps order, days, states and the place where one reads.

import { bubble } from "./bubbles.js";
import { element, icon, make, say } from "./page.js";

export class View {
  /** `press(choice)` when a button is pressed; `retry(id)` for a message that failed. */
  constructor({ press, retry }) {
    Object.assign(this, { press, retry });
    this.log = element("log");
    this.items = element("items");
    this.latest = element("latest");
    this.last = 0;
    this.lastDay = null;
    this.lastAuthor = null;
    this.seen = new Set();
    this.ids = new Set();
    this.local = new Map();
    this.labels = new Map();
    this.latest.addEventListener("click", () => this.toEnd());
    this.log.addEventListener("scroll", () => {
      if (this.atEnd()) this.latest.hidden = true;
    });
    this.stuck = true;
    new ResizeObserver(() => this.stuck && this.toEnd()).observe(this.log);
    this.log.addEventListener("scroll", () => (this.stuck = this.atEnd()));
  }

  /** Messages from the server, in order. Returns those that were not on the page yet. */
  show(items) {
    const fresh = items.filter((item) => !this.seen.has(item.seq));
    const stay = !this.atEnd();
    for (const item of fresh) this.place(item);
    if (fresh.length) this.settle(stay && fresh.some((item) => item.author === "city"));
    return fresh;
  }

  place(item) {
    this.seen.add(item.seq);
    if (item.id) this.ids.add(item.id);
    this.last = Math.max(this.last, item.seq);
    for (const choice of item.inline.flat()) this.labels.set(choice.token, choice.label);
    if (item.pressed) {
      item.text ||= this.labels.get(item.pressed) ?? "";
      this.chosen(item.pressed);
    }
    const here = this.local.get(item.id);
    const made = here ?? bubble(item, (choice, button) => this.pressed(choice, button));
    const before = [...this.items.querySelectorAll("[data-local]")].find((one) => one !== here) ?? null;
    if (item.day !== this.lastDay) this.items.insertBefore(make("p", { class: "day" }, item.day), before);
    made.removeAttribute("data-local");
    made.classList.toggle("same", item.day === this.lastDay && item.author === this.lastAuthor);
    this.lastDay = item.day;
    this.lastAuthor = item.author;
    this.items.insertBefore(made, before);
    this.local.delete(item.id);
    this.state(made, "arrived", item.clock);
    if (item.author === "citizen") this.past();
  }

  /** A message of this browser, before the server shows it. */
  add(message, previews = []) {
    const item = {
      author: "citizen",
      text: message.button ? (this.labels.get(message.button) ?? "") : message.text,
      pin: message.pin,
      attachments: previews,
    };
    const made = bubble(item);
    made.setAttribute("data-local", message.id);
    this.local.set(message.id, made);
    this.items.append(made);
    if (message.button) this.chosen(message.button);
    this.past();
    this.settle(false);
  }

  mark(message, state, detail) {
    const made = this.local.get(message.id);
    if (!made) return;
    const sentence = { sending: "sending", waiting: "waiting", delivered: "delivered" }[state];
    this.state(made, state, sentence ? say(sentence) : say(detail));
    if (state === "failed" && detail !== "file_lost") {
      const again = make("button", { type: "button", class: "retry" }, say("again"));
      again.addEventListener("click", () => {
        made.remove();
        this.local.delete(message.id);
        this.retry(message);
      });
      made.querySelector(".meta").append(again);
    }
  }

  state(made, state, sentence) {
    made.classList.toggle("sending", state === "sending" || state === "waiting");
    made.classList.toggle("failed", state === "failed");
    const meta = made.querySelector(".meta");
    const mine = made.classList.contains("citizen");
    const tick = mine && (state === "arrived" || state === "delivered") ? icon("check") : null;
    const words = make(state === "arrived" ? "time" : "span", { "aria-hidden": state === "sending" }, sentence);
    meta.replaceChildren(...[tick, words].filter(Boolean));
  }

  pressed(choice, button) {
    // Who works by keyboard goes on from the thread, not from the top of the page.
    const keyboard = button.matches(":focus-visible");
    this.chosen(choice.token);
    if (keyboard) this.log.focus({ preventScroll: true });
    this.press(choice);
  }

  /** One choice has been made: the buttons of its message are done. */
  chosen(token) {
    const button = this.items.querySelector(`[data-token="${CSS.escape(token)}"]`);
    if (!button) return;
    button.classList.add("chosen");
    for (const other of button.closest(".choices").querySelectorAll("button")) other.disabled = true;
  }

  past() {
    for (const made of this.items.querySelectorAll(".item.city:not(.past)")) made.classList.add("past");
  }

  settle(stay) {
    element("welcome").classList.toggle("begun", this.items.childNodes.length > 0);
    if (stay) this.latest.hidden = false;
    else this.toEnd();
  }

  atEnd() {
    return this.log.scrollHeight - this.log.scrollTop - this.log.clientHeight < 96;
  }

  toEnd() {
    // An empty thread begins with the greeting.
    this.log.scrollTop = this.items.childNodes.length ? this.log.scrollHeight : 0;
    this.latest.hidden = true;
  }

  empty() {
    this.items.replaceChildren();
    this.seen.clear();
    this.local.clear();
    Object.assign(this, { last: 0, lastDay: null, lastAuthor: null });
    this.settle(false);
  }
}
