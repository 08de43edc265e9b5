// Messages on their way. Each has an id made here once and is kept in the browser until the server has it, so a
// reload or a lost answer sends it again under the same id, and the city files it once.

import * as api from "./api.js";

const KEPT = "hamyar.outbox.";
const PAUSES = [1, 2, 4, 8, 15];

export class Outbox {
  /** `tell(message, state, detail)`: sending, waiting, delivered, failed. `renew()` gets a new cookie. */
  constructor(tell, renew) {
    this.tell = tell;
    this.renew = renew;
    this.queue = [];
    this.busy = false;
    this.wake = () => {};
    addEventListener("online", () => this.wake());
  }

  /** What an earlier page could not send, oldest first. */
  restore() {
    const kept = [];
    try {
      for (const key of Object.keys(localStorage)) {
        if (key.startsWith(KEPT)) kept.push(JSON.parse(localStorage.getItem(key)));
      }
    } catch {
      return [];
    }
    return kept.sort((one, other) => one.made - other.made);
  }

  send(body, files = []) {
    const message = { id: newId(), made: Date.now(), files: files.length > 0, ...body };
    this.put(message, files);
    return message;
  }

  put(message, files = []) {
    this.queue.push({ message, files, tries: 0 });
    keep(message);
    void this.work();
  }

  drop(message) {
    drop(message);
  }

  forget() {
    this.queue = [];
    for (const message of this.restore()) drop(message);
  }

  async work() {
    if (this.busy) return;
    this.busy = true;
    try {
      while (this.queue.length > 0) await this.step(this.queue[0]);
    } finally {
      this.busy = false;
    }
  }

  async step(entry) {
    const { message, files } = entry;
    const done = (state, detail) => {
      if (this.queue[0] === entry) this.queue.shift();
      drop(message);
      this.tell(message, state, detail);
    };
    this.tell(message, "sending");
    try {
      if (message.files && !message.attachments && files.length === 0) return done("failed", "file_lost");
      if (files.length > 0 && !message.attachments) {
        const handles = [];
        for (const file of files) handles.push((await api.upload(file)).handle);
        message.attachments = handles;
        keep(message);
      }
      const { id, text, button, pin, attachments } = message;
      await api.post({ id, text, button, pin, attachments });
      done("delivered");
    } catch (error) {
      if (error instanceof api.Refused && error.code === "no_session" && entry.tries < 3) {
        entry.tries += 1;
        await this.renew().catch(() => {});
        // Files belong to the conversation they were sent to.
        if (files.length > 0) delete message.attachments;
        return;
      }
      const later = error instanceof api.Unreachable || error.code === "slow_down";
      if (!later) return done("failed", error.code ?? "bad_request");
      this.tell(message, "waiting", error.code ?? "unreachable");
      await this.pause(error.seconds ?? PAUSES[Math.min(entry.tries, PAUSES.length - 1)]);
      entry.tries += 1;
    }
  }

  pause(seconds) {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, seconds * 1000);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

function newId() {
  if (crypto.randomUUID) return crypto.randomUUID();
  // Plain http on a local network has no randomUUID.
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, "$1-$2-$3-$4-$5");
}

function keep(message) {
  try {
    localStorage.setItem(KEPT + message.id, JSON.stringify(message));
  } catch {
    // A browser without storage still sends; only a reload in the very moment would lose it.
  }
}

function drop(message) {
  try {
    localStorage.removeItem(KEPT + message.id);
  } catch {
    // as above
  }
}
