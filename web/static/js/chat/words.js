// Text as nodes: a number keeps its own direction inside a Persian sentence.

import { make } from "./page.js";

const DIGIT = "[0-9\\u06F0-\\u06F9\\u0660-\\u0669]";
const NUMBER = new RegExp(`\\+?${DIGIT}+(?:[ \\u00A0\\-\\u2010\\u2011.:/\\u066B\\u066C]${DIGIT}+)*`, "g");

export function words(text) {
  const nodes = [];
  let end = 0;
  for (const found of text.matchAll(NUMBER)) {
    nodes.push(text.slice(end, found.index), make("bdi", { dir: "ltr" }, found[0]));
    end = found.index + found[0].length;
  }
  nodes.push(text.slice(end));
  return nodes;
}

/** Latin digits without spaces: what a form or another program takes. */
export function plainNumber(shown) {
  return shown
    .replace(/[\u06F0-\u06F9]/g, (digit) => digit.charCodeAt(0) - 0x06f0)
    .replace(/[\u0660-\u0669]/g, (digit) => digit.charCodeAt(0) - 0x0660)
    .replace(/\D/g, "");
}

/** A link only where it leads to a page, a phone or a messenger. */
export function safeLink(url) {
  try {
    return ["https:", "http:", "tel:", "tg:", "ble:"].includes(new URL(url, location.href).protocol) ? url : null;
  } catch {
    return null;
  }
}
