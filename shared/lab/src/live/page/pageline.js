import { element, visible } from "./dom.js";

// A line of /metrics with its number, and the piece that is wrong marked in it.
// Very long lines show what stands around that piece.
const before = 60;
const after = 140;

export function pageLine({ number, text, start = 0, end = 0 }) {
  const from = Math.max(0, start - before);
  const to = Math.min(text.length, end + after);
  const piece = end > start ? element("mark", {}, visible(text.slice(start, end))) : null;
  return element("code", { class: "page-line" },
    element("span", { class: "line-number" }, String(number)),
    element("span", { class: "line-text" },
      from > 0 ? "…" : "", visible(text.slice(from, start)), piece, visible(text.slice(end, to)), to < text.length ? "…" : ""));
}
