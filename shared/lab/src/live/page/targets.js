import { byId, element, mark, say } from "./dom.js";
import { keyedList } from "./list.js";
import { exact, format, several } from "./numbers.js";
import { slotColour, slots } from "./theme.js";

// The targets in the header: a letter and a colour for each, and in words whether it is up.

// The letter and colour of a target in the header; in legends the letter alone, since a line has its own colour.
export function targetSign(at) {
  const sign = element("span", { class: "sign" }, String.fromCharCode(65 + (at % 26)));
  sign.style.setProperty("--own", `var(${slotColour(at % slots)})`);
  return sign;
}

const chips = keyedList(byId("targets"), ({ name }) => name, ({ name, at }) => {
  const state = element("span", { class: "state" });
  const node = element("li", { "data-target": name }, targetSign(at), element("span", { class: "name" }, name), state);
  const update = ({ up, trouble, seconds, bytes }) => {
    mark(node, "data-up", up ? 1 : 0);
    mark(node, "data-state", trouble?.kind ?? "up");
    mark(node, "title", up ? `Scraped in ${format(seconds, "seconds")}, ${format(bytes, "bytes")}` : null);
    say(state, { down: "✗ down", missing: "○ no /metrics", unreadable: "! unreadable" }[trouble?.kind] ?? (up ? "✓ up" : "✗ down"));
  };
  return { node, update };
});

export function showTargets(targets) {
  chips(targets.map((target, at) => ({ ...target, at })));
}

export function showAmount(targets, families) {
  const series = targets.reduce((sum, target) => sum + (target.series ?? 0), 0);
  say(byId("amount"), `${exact(series)} series in ${several(families, "family", "families")}`);
}
