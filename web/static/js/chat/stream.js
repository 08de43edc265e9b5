// News from the server, by long polling that never gives up.

import * as api from "./api.js";

const HIDDEN_SECONDS = 15;

export class Stream {
  /** `ask()` -> {after, awaiting}; `items(list)`; `reachable(bool)`; `renew()` after a lost cookie. */
  constructor({ ask, items, reachable, renew }) {
    Object.assign(this, { ask, items, reachable, renew });
    this.request = null;
    this.wake = () => {};
    addEventListener("online", () => this.look());
    document.addEventListener("visibilitychange", () => this.look());
  }

  /** Look at once, with what is asked now. */
  look() {
    this.request?.abort();
    this.wake();
  }

  async run() {
    let failures = 0;
    for (;;) {
      const { after, awaiting } = this.ask();
      // A hidden tab holds no connection: browsers allow only six to one server.
      const wait = !document.hidden;
      const request = (this.request = new AbortController());
      try {
        const news = await api.events(after, { awaiting, wait }, request.signal);
        failures = 0;
        this.reachable(true);
        if (news) this.items(news.items);
        if (!wait) await this.pause(HIDDEN_SECONDS);
      } catch (error) {
        if (request.signal.aborted) continue;
        if (error.code === "no_session") await this.renew().catch(() => {});
        failures += 1;
        if (failures > 1) this.reachable(false);
        await this.pause(Math.min(15, failures * 1.5));
      }
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
