// The sentences and the elements of the page.

const given = JSON.parse(document.getElementById("for-script").textContent);

export const lastingKeys = given.lasting_keys;

/** A sentence of data/messages/web.yml, with its {places} filled. */
export function say(name, places = {}) {
  const sentence = given.texts[name] ?? given.texts.bad_request;
  return sentence.replace(/\{(\w+)\}/g, (whole, place) => places[place] ?? whole);
}

export const element = (id) => document.getElementById(id);

/** An element with attributes and children; a string child becomes text, never markup. */
export function make(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) made.setAttribute(name, "");
    else if (value !== false && value != null) made.setAttribute(name, value);
  }
  made.append(...children.filter((child) => child != null));
  return made;
}

const SVG = "http://www.w3.org/2000/svg";

export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `/static/icons/sprite.svg#${name}`);
  svg.append(use);
  return svg;
}

export const persian = (number) => new Intl.NumberFormat("fa-IR").format(number);
