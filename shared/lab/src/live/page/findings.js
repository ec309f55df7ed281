import { element, prose } from "./dom.js";
import { pageLine } from "./pageline.js";
import { exact } from "./numbers.js";

// What is wrong with a family, said at its place.

const words = { problem: "Problem", advice: "Advice" };

export function finding({ severity, rule, promtool, message, advice, line }) {
  const says = promtool ? " · promtool says so too" : "";
  return element("div", { class: `finding ${severity}`, "data-rule": rule },
    element("p", {}, element("strong", {}, `${words[severity] ?? severity}: `), prose(message)),
    line && pageLine(line),
    advice && element("p", {}, prose(advice)),
    element("p", { class: "quiet" }, rule, says));
}

export function crowd({ label, values, series }) {
  return element("p", { class: "finding problem", "data-crowd": label },
    element("strong", {}, "Too many series: "), exact(series), ". The label ", element("code", {}, label),
    ` alone has ${exact(values)} values, and each new one is a new series for Prometheus to keep.`);
}
