import { element, sayShort } from "./dom.js";
import { keyedList } from "./list.js";
import { several } from "./numbers.js";

// A metric that is always 1 says what it says in its labels: a table.
export class TablePicture {
  #head = element("tr");
  #body = element("tbody");
  #more = element("p", { class: "quiet" });

  constructor(family) {
    const table = element("table", { class: "info" }, element("thead", {}, this.#head), this.#body);
    this.node = element("div", {},
      element("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": `Table of ${family.name}` }, table), this.#more);
    this.showHead = keyedList(this.#head, (column) => column, () => this.#cell("th", { scope: "col" }));
    this.showRows = keyedList(this.#body, (row) => row.join("\n"), () => this.#row());
  }

  show({ table }) {
    this.showHead(table.columns);
    this.showRows(table.rows);
    this.#more.hidden = table.left_out === 0;
    this.#more.textContent = `${several(table.left_out, "row")} more are left out.`;
  }

  redraw() {}

  close() {}

  #cell(tag, attributes) {
    const node = element(tag, attributes);
    return { node, update: (text) => sayShort(node, text) };
  }

  #row() {
    const node = element("tr");
    const cells = keyedList(node, ({ at }) => at, () => {
      const cell = this.#cell("td", {});
      return { node: cell.node, update: ({ text }) => cell.update(text) };
    });
    return { node, update: (row) => cells(row.map((text, at) => ({ text, at }))) };
  }
}
