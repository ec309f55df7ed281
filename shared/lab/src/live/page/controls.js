import { element, mark, short } from "./dom.js";
import { keyedList } from "./list.js";

// Groups and filters of one family, as in PromQL: `sum by (label)` and `{label="value"}`.

export class Controls {
  #each = this.#chip("each series", () => this.#group({ sum: false, labels: [] }));
  #sum = this.#chip("sum", () => this.#group({ sum: !this.sum, labels: [] }));
  #labels = element("span", { class: "chips" });
  #filters = element("div", { class: "filters", hidden: true });
  #filterSwitch = this.#chip("filter", () => this.#toggleFilters());
  sum = false;
  by = [];
  filters = new Map();

  constructor(family, changed) {
    this.changed = changed;
    // Of a counter, replicas come first: a line for each, and one for their sum.
    if (family.type === "counter" && family.values.instance?.length > 1) this.by = ["instance"];
    this.node = element("div", { class: "controls", role: "group", "aria-label": `Group and filter ${family.name}` },
      element("div", { class: "chips" }, this.#each, this.#sum, this.#labels, this.#filterSwitch), this.#filters);
    this.showLabels = keyedList(this.#labels, (label) => label, (label) => ({
      node: this.#chip(`by ${short(label, 40)}`, () => this.#toggle(label), label), update() {},
    }));
    this.showFilters = keyedList(this.#filters, ({ label }) => label, ({ label }) => this.#filter(label));
    this.update(family);
  }

  update({ labels, values }) {
    // Without labels each target is one series: nothing to group by.
    const grouped = labels.length ? [...new Set([...labels, ...Object.keys(values)])] : [];
    this.values = values;
    this.by = this.by.filter((label) => grouped.includes(label));
    for (const label of this.filters.keys()) if (!(label in values)) this.filters.delete(label);
    this.node.hidden = grouped.length === 0 && Object.keys(values).length === 0;
    this.showLabels(grouped);
    this.#filterSwitch.hidden = Object.keys(values).length === 0;
    this.#press();
    if (!this.#filters.hidden) this.#fillFilters();
  }

  // As pairs of the question to the server.
  pairs() {
    const group = this.sum ? [["sum", "1"]] : this.by.map((label) => ["by", label]);
    return [...group, ...this.filterPairs()];
  }

  filterPairs() {
    return [...this.filters].map(([label, value]) => ["filter", `${label}=${value}`]);
  }

  #chip(text, click, label) {
    return element("button", { type: "button", class: "chip", "aria-pressed": "false", "data-label": label, click }, text);
  }

  #toggle(label) {
    const labels = this.by.includes(label) ? this.by.filter((each) => each !== label) : [...this.by, label];
    this.#group({ sum: false, labels });
  }

  #group({ sum, labels }) {
    this.sum = sum;
    this.by = labels;
    this.#press();
    this.changed();
  }

  #press() {
    mark(this.#each, "aria-pressed", !this.sum && this.by.length === 0);
    mark(this.#sum, "aria-pressed", this.sum);
    for (const chip of this.#labels.children) mark(chip, "aria-pressed", this.by.includes(chip.dataset.label));
    mark(this.#filterSwitch, "aria-pressed", this.filters.size > 0);
    mark(this.#filterSwitch, "aria-expanded", !this.#filters.hidden);
  }

  #toggleFilters() {
    this.#filters.hidden = !this.#filters.hidden;
    this.#press();
    if (!this.#filters.hidden) this.#fillFilters();
  }

  #fillFilters() {
    this.showFilters(Object.entries(this.values).map(([label, values]) => ({ label, values })));
  }

  #filter(label) {
    const select = element("select", { change: () => this.#choose(label, select.value) });
    const node = element("label", {}, element("span", {}, short(label, 40)), select);
    let known = null;
    const update = ({ values }) => {
      const filter = this.filters.get(label);
      // There may be too many values for the list, and the chosen one is in it all the same.
      const listed = filter == null || values.includes(filter) ? values : [filter, ...values];
      const key = listed.join("\n");
      if (key === known) return;
      known = key;
      const options = listed.map((value) => element("option", { value: `=${value}` }, short(value, 60) || "(empty)"));
      select.replaceChildren(element("option", { value: "" }, "any"), ...options);
      select.value = filter == null ? "" : `=${filter}`;
    };
    return { node, update };
  }

  // A value may be empty, so that it stands after a sign in the option; nothing at all is "any".
  #choose(label, option) {
    if (option === "") this.filters.delete(label);
    else this.filters.set(label, option.slice(1));
    this.#press();
    this.changed();
  }
}
