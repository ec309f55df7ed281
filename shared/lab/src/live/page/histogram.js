import { element, mark, say, sayShort } from "./dom.js";
import { Heatmap } from "./heatmap.js";
import { keyedList } from "./list.js";
import { exact, format, percent, several, unitOf } from "./numbers.js";

// A histogram: how many in each bucket in the window, the same over time beside it (the rows are the same
// buckets), and what can be said about quantiles, the promise and the mean.

const minutes = (window) => (window === 60 ? "the last minute" : `the last ${window / 60} minutes`);
const name = (quantile) => `p${Number((quantile * 100).toFixed(2))}`;

export class HistogramPicture {
  #heatmap = new Heatmap();
  #bars = element("ol", { class: "bars" });
  #promiseLine = element("div", { class: "promise-line", "aria-hidden": "true" }, element("span"));
  #quantiles = element("dl", { class: "quantiles" });
  #promise = element("p", { class: "promise" });
  #mean = element("p", { class: "mean" });
  #empty = element("p", { class: "quiet" });
  #groups = element("tbody");

  constructor(family) {
    this.family = family;
    this.unit = unitOf(family.name);
    this.heading = element("p", { class: "axis-name" });
    this.buckets = element("div", { class: "buckets" }, this.#bars, this.#heatmap.picture, this.#promiseLine);
    this.groupTable = this.#tableOfGroups();
    this.known = element("p", { class: "quiet" }, "A bucket is all that is known: the true value may be anywhere in it.");
    this.node = element("div", { class: "histogram" },
      element("div", { class: "over-buckets" }, this.heading, this.buckets, element("div", { class: "under-heat" }, this.#heatmap.key)),
      element("div", { class: "in-words" }, this.#empty, this.#quantiles, this.known, this.#promise, this.#mean),
      this.groupTable);
    this.showBars = keyedList(this.#bars, (bar) => bar.bound, () => this.#bar());
    this.showQuantiles = keyedList(this.#quantiles, (each) => each.quantile, () => this.#quantile());
    this.showGroups = keyedList(this.#groups, (group) => group.name, () => this.#group());
  }

  show(picture, window) {
    const { histogram, times } = picture;
    const buckets = histogram.bounds.length;
    const rowHeight = Math.max(5, Math.min(24, Math.floor(320 / buckets)));
    const promised = histogram.promise?.bound ?? this.family.promise?.bound ?? null;
    this.buckets.style.setProperty("--row", `${rowHeight}px`);
    say(this.heading, `${several(histogram.count, "observation")} in ${minutes(window)}, by bucket, and over time`);
    this.showBars(this.#barsOf(histogram, promised, rowHeight));
    this.#drawPromise(histogram, promised, rowHeight);
    this.#heatmap.show({ times, heat: histogram.heat, window, buckets, rowHeight, spoken: this.#spoken(histogram, window) });
    this.#inWords(histogram, window);
    this.groupTable.hidden = !histogram.groups?.length;
    this.showGroups(histogram.groups ?? []);
  }

  redraw() {
    this.#heatmap.redraw();
  }

  close() {
    this.#heatmap.close();
  }

  // Bounds are text, as on the page.
  #value(value) {
    return format(typeof value === "string" && Number.isFinite(Number(value)) ? Number(value) : value, this.unit);
  }

  #bound(bounds, at) {
    if (bounds[at] !== "+Inf") return `≤ ${this.#value(bounds[at])}`;
    return at > 0 ? `> ${this.#value(bounds[at - 1])}` : "any";
  }

  #barsOf({ bounds, counts }, promised, rowHeight) {
    const most = Math.max(1, ...counts);
    const every = Math.ceil(14 / rowHeight);
    return bounds.map((bound, at) => ({
      bound, name: this.#bound(bounds, at), count: counts[at], share: counts[at] / most, labelled: (bounds.length - 1 - at) % every === 0,
      late: promised != null && (bound === "+Inf" || Number(bound) > promised),
    }));
  }

  #bar() {
    const label = element("span", { class: "bound" });
    const bar = element("span", { class: "bar", "aria-hidden": "true" });
    const count = element("span", { class: "count" });
    const node = element("li", {}, label, element("span", { class: "track" }, bar, count));
    const update = (item) => {
      mark(node, "data-bound", item.bound);
      mark(node, "data-count", item.count);
      mark(node, "title", `le="${item.bound}": ${exact(item.count)}`);
      node.classList.toggle("late", item.late);
      node.classList.toggle("bare", !item.labelled);
      say(label, item.name);
      bar.style.width = `${item.share * 70}%`;
      say(count, exact(item.count));
    };
    return { node, update };
  }

  #drawPromise({ bounds }, promised, rowHeight) {
    const within = promised == null ? 0 : bounds.filter((bound) => bound !== "+Inf" && Number(bound) <= promised).length;
    this.#promiseLine.hidden = within === 0;
    this.#promiseLine.style.bottom = `${within * rowHeight}px`;
    say(this.#promiseLine.firstChild, `promise: ${this.#value(promised)}`);
  }

  #quantile() {
    const title = element("dt");
    const estimate = element("dd", { class: "estimate" });
    const between = element("dd", { class: "between" });
    const node = element("div", {}, title, estimate, between);
    const update = ({ quantile, estimate: value, low, high }) => {
      mark(node, "data-quantile", quantile);
      mark(node, "data-estimate", value);
      mark(node, "data-low", low);
      mark(node, "data-high", high);
      say(title, name(quantile));
      say(estimate, this.#value(value));
      say(between, this.#between(low, high));
    };
    return { node, update };
  }

  #between(low, high) {
    return high == null ? `above ${this.#value(low)}` : `between ${this.#value(low)} and ${this.#value(high)}`;
  }

  #inWords({ count, quantiles, promise, mean }, window) {
    const nothing = count === 0;
    this.#empty.hidden = !nothing;
    say(this.#empty, `Nothing is counted in ${minutes(window)} yet.`);
    this.showQuantiles(quantiles);
    this.known.hidden = quantiles.length === 0;
    this.#showPromise(promise);
    this.#mean.hidden = mean == null;
    sayShort(this.#mean, `The mean is ${this.#value(mean)}: maybe a time that nobody has felt.`);
  }

  #showPromise(promise) {
    this.#promise.hidden = promise?.kept == null;
    if (this.#promise.hidden) return;
    const kept = promise.kept >= promise.share;
    mark(this.#promise, "data-kept", promise.kept);
    mark(this.#promise, "data-is", kept ? "kept" : "broken");
    say(this.#promise, `${kept ? "✓" : "✗"} ${percent(promise.kept)} within ${this.#value(promise.bound)} (promised: ${percent(promise.share)})`);
  }

  #tableOfGroups() {
    const heads = ["Group", "Observations", "p50", "p95", "p99"].map((text) => element("th", { scope: "col" }, text));
    const table = element("table", { class: "groups" }, element("thead", {}, element("tr", {}, ...heads)), this.#groups);
    return element("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Groups" }, table);
  }

  #group() {
    const title = element("th", { scope: "row" });
    const count = element("td", { class: "number" });
    const cells = [0.5, 0.95, 0.99].map(() => element("td", { class: "number" }));
    const node = element("tr", {}, title, count, ...cells);
    const update = (group) => {
      mark(node, "data-group", group.name);
      sayShort(title, group.name || "all");
      say(count, exact(group.count));
      [0.5, 0.95, 0.99].forEach((wanted, at) => {
        const found = group.quantiles.find(({ quantile }) => quantile === wanted);
        say(cells[at], found ? this.#value(found.estimate) : "–");
        mark(cells[at], "title", found ? this.#between(found.low, found.high) : null);
      });
    };
    return { node, update };
  }

  #spoken({ count, quantiles, promise }, window) {
    const said = quantiles.map(({ quantile, estimate, low, high }) => `${name(quantile)} about ${this.#value(estimate)}, ${this.#between(low, high)}`);
    const kept = promise?.kept == null ? [] : [`${percent(promise.kept)} within ${this.#value(promise.bound)}`];
    return `${this.family.name} by bucket over time. ${[several(count, "observation") + ` in ${minutes(window)}`, ...said, ...kept].join("; ")}.`;
  }
}
