import { element, mark } from "./dom.js";
import { Legend } from "./legend.js";
import { LineChart } from "./linechart.js";
import { exact, format, perSecond, unitOf } from "./numbers.js";
import { Slots } from "./slots.js";

// Counters as rates, gauges and summaries' quantiles as values: a line each, with its legend.
export class LinePicture {
  #slots = new Slots();
  #last = null;

  constructor(family, { kind, targets }) {
    this.family = family;
    this.targets = targets;
    const unit = unitOf(family.name);
    this.format = kind === "rate" ? (value) => perSecond(value, unit) : (value) => format(value, unit);
    this.drawing = element("div", { class: "chart", role: "img" });
    this.legend = new Legend(this.#columns(kind), (slot) => this.chart.emphasise(slot));
    this.chart = new LineChart(this.drawing, { unit, format: this.format, hovered: (index) => this.#hovered(index) });
    this.node = element("div", {}, this.drawing, this.legend.node);
  }

  #columns(kind) {
    const now = { title: kind === "rate" ? "rate" : "now", text: (line, index) => this.format(index == null ? line.last : line.values[index]) };
    const total = { title: "total", text: (line) => exact(line.total) };
    return kind === "rate" ? [now, total] : [now];
  }

  show(picture, window) {
    this.times = picture.times;
    const names = picture.lines.map((line) => line.name);
    const slotOf = this.#slots.assign(names, (name) => this.#slotOfTarget(picture, name));
    const lines = picture.lines.map((line) => ({ ...line, slot: slotOf.get(line.name), ...this.#shown(line) })).sort((a, b) => a.slot - b.slot);
    const bySlot = new Map(lines.map((line) => [line.slot, line.values]));
    this.chart.show({ times: picture.times, bySlot, window, restarts: picture.restarts });
    this.legend.show(lines);
    mark(this.drawing, "aria-label", this.#spoken(lines));
  }

  redraw() {
    this.chart.redraw();
  }

  close() {
    this.chart.close();
  }

  // Of several targets, a line shows the letter instead of the long `instance="127.0.0.1:8000"`.
  #shown({ name, labels }) {
    const target = this.#targetOf(labels);
    if (this.targets.length < 2 || target == null) return { text: name || this.family.name, target: null };
    const others = Object.entries(labels).filter(([label]) => label !== "instance");
    const text = others.map(([label, value]) => `${label}="${value}"`).join(", ");
    return { text: text || labels.instance, target };
  }

  #targetOf(labels) {
    const target = this.targets.findIndex((each) => each.name === labels.instance);
    return target < 0 ? null : target;
  }

  // A line that is one target's wears that target's colour.
  #slotOfTarget({ lines }, name) {
    const { labels } = lines.find((line) => line.name === name);
    return Object.keys(labels).join() === "instance" ? this.#targetOf(labels) : null;
  }

  #hovered(index) {
    if (index === this.#last) return;
    this.#last = index;
    this.legend.showAt(index, index == null ? null : this.times[index]);
  }

  #spoken(lines) {
    const said = lines.slice(0, 5).map((line) => `${line.name.slice(0, 80) || "all"}: ${this.format(line.last)}`);
    const rest = lines.length > 5 ? `; and ${lines.length - 5} more lines` : "";
    return `${this.family.name} over time. Now: ${said.join("; ") || "no value"}${rest}`;
  }
}
