import { element, sayShort } from "./dom.js";
import { keyedList } from "./list.js";
import { several } from "./numbers.js";

// A metric that is always 1 says what it says in its labels: a table.
// A few targets stand side by side, a label in each row; many stand one below the other.
const turnedUpTo = 3;

function turned({ columns, rows }) {
  const [head = [], ...body] = columns.map((column, at) => [column, ...rows.map((row) => row[at])]);
  return { columns: head, rows: body };
}

const numbered = (texts) => texts.map((text, at) => ({ text, at }));

export class TablePicture {
  #head = element("tr");
  #body = element("tbody");
  #more = element("p", { class: "quiet" });

  constructor(family) {
    const table = element("table", { class: "info" }, element("thead", {}, this.#head), this.#body);
    this.node = element("div", {},
      element("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": `Table of ${family.name}` }, table), this.#more);
    this.showHead = keyedList(this.#head, ({ at }) => at, () => this.#cell("th", { scope: "col" }));
    this.showRows = keyedList(this.#body, (row) => row.join("\n"), () => this.#row());
  }

  show({ table }) {
    const { columns, rows } = table.rows.length <= turnedUpTo ? turned(table) : table;
    this.showHead(numbered(columns));
    this.showRows(rows);
    this.#more.hidden = table.left_out === 0;
    this.#more.textContent = `${several(table.left_out, "row")} more are left out.`;
  }

  redraw() {}

  close() {}

  #cell(tag, attributes) {
    const node = element(tag, attributes);
    return { node, update: ({ text }) => sayShort(node, text) };
  }

  #row() {
    const node = element("tr");
    const cells = keyedList(node, ({ at }) => at, () => this.#cell("td", {}));
    return { node, update: (row) => cells(numbered(row)) };
  }
}
