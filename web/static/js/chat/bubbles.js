// One message as an element. Everything anybody wrote goes in as text.

import { element, icon, make, say } from "./page.js";
import { plainNumber, safeLink, words } from "./words.js";

export function bubble(item, press) {
  const made = make("article", { class: `item ${item.author}` });
  made.append(make("span", { class: "visually-hidden" }, say(item.author === "city" ? "city_says" : "you_say")));
  const inside = make("div", { class: "bubble" });
  if (item.attachments?.length) inside.append(pictures(item.attachments));
  if (item.pin) inside.append(make("span", { class: "chip" }, icon("pin"), say("location_sent")));
  if (item.text) inside.append(make("div", { class: "words" }, ...words(item.text)));
  if (inside.childNodes.length) made.append(inside);
  if (item.card) made.append(card(item.card));
  if (item.inline?.length) made.append(choices(item, press));
  made.append(make("p", { class: "meta" }));
  return made;
}

function pictures(attachments) {
  const row = make("div", { class: "pictures" });
  for (const { kind, name, url } of attachments) {
    const label = name || say(`kind_${kind}`);
    const chip = make("span", { class: "chip" }, icon(kind === "photo" ? "camera" : "file"), make("bdi", {}, label));
    if (kind === "photo" && url) {
      const picture = make("img", { class: "picture", src: url, alt: label, loading: "lazy" });
      picture.addEventListener("error", () => picture.replaceWith(chip), { once: true });
      row.append(picture);
    } else if (url && !url.startsWith("blob:")) {
      row.append(make("a", { class: "chip", href: safeLink(url) }, icon("file"), make("bdi", {}, label)));
    } else {
      row.append(chip);
    }
  }
  return row;
}

function choices(item, press) {
  const all = make("div", { class: "choices" });
  for (const row of item.inline) {
    const line = make("div", { class: "choice-row" });
    for (const choice of row) line.append(choice.url ? link(choice) : button(choice, item, press));
    all.append(line);
  }
  return all;
}

function button(choice, item, press) {
  const made = make("button", { type: "button", class: "choice", "data-token": choice.token }, make("span", {}, ...words(choice.label)));
  made.disabled = !item.buttons_open;
  made.addEventListener("click", () => press(choice, made));
  return made;
}

function link({ label, url }) {
  const href = safeLink(url);
  const outside = href?.startsWith("http");
  return make(
    "a",
    { class: "choice", href, target: outside ? "_blank" : null, rel: outside ? "noopener noreferrer" : null },
    make("span", {}, ...words(label)),
  );
}

function card(slip) {
  const rows = make("dl");
  for (const name of ["service", "place", "agency", "status", "usual_time"]) {
    if (slip[name]) rows.append(make("dt", {}, say(`card_${name}`)), make("dd", {}, ...words(slip[name])));
  }
  const made = make(
    "section",
    { class: "card", "aria-label": say("card_title") },
    make(
      "div",
      { class: "card-number" },
      make("p", { class: "card-title" }, say("card_title")),
      make("div", { class: "card-row" }, make("bdi", { dir: "ltr" }, slip.tracking_number_shown), copyButton(slip)),
    ),
  );
  if (rows.childNodes.length) made.append(rows);
  if (slip.links?.length) made.append(make("div", { class: "card-links" }, ...slip.links.map(link)));
  return made;
}

function copyButton(slip) {
  const label = make("span", {}, say("copy"));
  const made = make("button", { type: "button", class: "copy" }, icon("copy"), label);
  made.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(plainNumber(slip.tracking_number_shown));
      label.textContent = say("copied");
      element("heard").textContent = say("copied");
      made.firstChild.replaceWith(icon("check"));
    } catch {
      label.textContent = say("copy_failed");
    }
    setTimeout(() => {
      label.textContent = say("copy");
      made.firstChild.replaceWith(icon("copy"));
    }, 4000);
  });
  return made;
}
