// The routes of the chat. Two kinds of failure: the server said no (Refused), or nobody answered (Unreachable).

export class Refused extends Error {
  constructor(code, seconds) {
    super(code);
    this.code = code;
    this.seconds = seconds;
  }
}

export class Unreachable extends Error {}

async function ask(path, options, seconds, signal) {
  let answer;
  const limit = AbortSignal.timeout(seconds * 1000);
  try {
    answer = await fetch(path, {
      credentials: "same-origin",
      signal: signal ? AbortSignal.any([signal, limit]) : limit,
      ...options,
    });
    if (answer.status === 204) return null;
    if (answer.ok) return await answer.json();
  } catch {
    throw new Unreachable(path);
  }
  // A trouble of the server is not a refusal: the message is sent again.
  if (answer.status >= 500 || answer.status === 408) throw new Unreachable(path);
  const { error = "bad_request" } = await answer.json().catch(() => ({}));
  throw new Refused(error, Number(answer.headers.get("Retry-After")) || null);
}

export const thread = () => ask("/chat/thread", {}, 20);

export function events(after, { awaiting, wait }, signal) {
  const asked = new URLSearchParams({ after, awaiting: awaiting ? 1 : 0, wait: wait ? 1 : 0 });
  return ask(`/chat/events?${asked}`, {}, 40, signal);
}

export function post(message) {
  const body = JSON.stringify(message);
  return ask("/chat/messages", { method: "POST", headers: { "Content-Type": "application/json" }, body }, 20);
}

export function upload(file) {
  const name = encodeURIComponent(file.name);
  const headers = { "Content-Type": "application/octet-stream" };
  return ask(`/chat/uploads?name=${name}`, { method: "POST", headers, body: file }, 180);
}

export const leave = () => ask("/chat/leave", { method: "POST" }, 20);
