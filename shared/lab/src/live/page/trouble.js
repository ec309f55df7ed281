import { byId, element, prose } from "./dom.js";
import { keyedList } from "./list.js";
import { clock } from "./numbers.js";
import { pageLine } from "./pageline.js";

// A banner for each target that cannot be drawn now: it is down, has no /metrics yet, or its page does not parse.

const since = new Map();

const banners = keyedList(byId("troubles"), ({ key }) => key, ({ name, trouble, at }) => ({
  node: element("div", { class: "banner", "data-trouble": trouble.kind, "data-target": name }, ...contents(name, trouble, at)),
  update() {},
}));

function contents(name, trouble, at) {
  if (trouble.kind === "down") return down(name, trouble, at);
  return trouble.kind === "missing" ? missing(name, trouble) : unreadable(name, trouble);
}

function down(name, trouble, at) {
  return [
    element("h2", {}, `${name} is down since ${clock(at)}`),
    element("p", {}, prose("Nothing answers, so there is nothing to draw: the pictures have a gap. Prometheus would write `up` 0 for this time, and no value at all for the rest.")),
    element("p", { class: "quiet" }, trouble.message),
    ...because(trouble),
  ];
}

function missing(name, trouble) {
  return [
    element("h2", {}, "No /metrics yet: this is where lesson 00 begins"),
    element("p", {}, `${name} runs`, prose(", and answers `404` at `/metrics`. As soon as it has that page, its pictures appear here by themselves.")),
    ...because(trouble),
  ];
}

function unreadable(name, trouble) {
  const bad = trouble.line?.number;
  const lines = trouble.around?.length ? trouble.around : [trouble.line].filter(Boolean);
  const shown = lines.map((line) => element("li", { class: line.number === bad ? "bad" : "" }, pageLine(line.number === bad ? trouble.line : line)));
  return [
    element("h2", {}, `The page of ${name} cannot be read`),
    element("p", {}, prose(trouble.message)),
    lines.length ? element("ol", { class: "page-lines", "aria-label": "The lines of the page" }, ...shown) : null,
    ...because(trouble),
    element("p", { class: "quiet" }, "Prometheus throws away the whole page for one bad line. So there is a gap in every picture."),
  ];
}

function because({ advice, cause }) {
  return [
    advice ? element("p", {}, prose(advice)) : null,
    cause ? element("p", {}, element("strong", {}, "Usual cause: "), prose(cause)) : null,
  ];
}

export function showTroubles({ targets, time }) {
  const troubled = targets.filter(({ trouble }) => trouble);
  for (const { name, trouble } of targets) {
    if (!trouble) since.delete(name);
    else if (since.get(name)?.kind !== trouble.kind) since.set(name, { kind: trouble.kind, at: time });
  }
  banners(troubled.map(({ name, trouble }) => ({ name, trouble, at: since.get(name).at, key: `${name} ${JSON.stringify(trouble)}` })));
}
