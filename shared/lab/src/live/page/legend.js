import { element, mark, say, saySeries } from "./dom.js";
import { keyedList } from "./list.js";
import { clock } from "./numbers.js";
import { targetSign } from "./targets.js";
import { slotColour, slotDash } from "./theme.js";

// The lines of a picture by name, each with its number now: the part of a picture that can be read aloud.

const first = 6;

function swatch(slot) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const line = document.createElementNS("http://www.w3.org/2000/svg", "line");
  for (const [name, value] of Object.entries({ width: 28, height: 10, "aria-hidden": "true" })) svg.setAttribute(name, value);
  for (const [name, value] of Object.entries({ x1: 0, x2: 28, y1: 5, y2: 5, "stroke-width": 3 })) line.setAttribute(name, value);
  line.setAttribute("stroke-dasharray", slotDash(slot).join(" "));
  line.style.stroke = `var(${slotColour(slot)})`;
  svg.append(line);
  return svg;
}

export class Legend {
  #rows;
  #all = false;
  #lines = [];
  #more = element("button", { type: "button", class: "plain", click: () => this.#toggle() });
  #body = element("tbody");

  // `columns`: [{ title, text(line, index) }]; index is null for "now".
  constructor(columns, emphasise) {
    this.columns = columns;
    this.heads = columns.map(({ title }) => element("th", { scope: "col" }, title));
    const head = element("tr", {}, element("td"), element("td"), ...this.heads);
    this.node = element("div", { class: "legend" }, element("table", {}, element("thead", {}, head), this.#body), this.#more);
    this.#rows = keyedList(this.#body, (line) => line.name, (line) => this.#row(line, emphasise));
  }

  show(lines) {
    this.#lines = lines;
    this.#rows(lines);
    this.#fold();
  }

  // The numbers at one moment of the past, while the pointer is there.
  showAt(index, time) {
    this.index = index;
    say(this.heads[0], index == null ? this.columns[0].title : clock(time));
    this.node.classList.toggle("past", index != null);
    this.#rows(this.#lines);
  }

  #row({ name, text, target, slot }, emphasise) {
    const title = element("span", { class: "clamp" });
    const cells = this.columns.map(() => element("td", { class: "number" }));
    const node = element("tr", { "data-series": name, mouseenter: () => emphasise(slot), mouseleave: () => emphasise(null) },
      element("td", { class: "swatch" }, swatch(slot), target == null ? null : targetSign(target)), element("th", { scope: "row" }, title), ...cells);
    saySeries(title, text);
    const update = (line) => {
      mark(node, "data-last", line.last);
      mark(node, "data-total", line.total);
      this.columns.forEach((column, at) => say(cells[at], column.text(line, this.index)));
    };
    return { node, update };
  }

  #toggle() {
    this.#all = !this.#all;
    this.#fold();
  }

  #fold() {
    const rest = Math.max(0, this.#lines.length - first);
    [...this.#body.rows].forEach((row, at) => { row.hidden = !this.#all && at >= first; });
    this.#more.hidden = rest === 0;
    say(this.#more, this.#all ? "Show fewer" : `Show ${rest} more`);
    mark(this.#more, "aria-expanded", this.#all);
  }
}
