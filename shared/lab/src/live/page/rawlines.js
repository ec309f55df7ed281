import { element, say, visible } from "./dom.js";
import { keyedList } from "./list.js";
import { several } from "./numbers.js";
import { asker, query } from "./requests.js";

// The lines of /metrics that a picture is drawn from. Those that changed in the last scrape have a sign.
export class RawLines {
  #failure = element("p", { class: "quiet" });
  #pages = element("div");

  constructor(family, controls) {
    this.node = element("div", { class: "raw", role: "region", "aria-label": `Lines of ${family.name}`, hidden: true }, this.#failure, this.#pages);
    const question = () => `/lines?${query([["family", family.name], ...controls.filterPairs()])}`;
    this.refresh = asker(question, (answer) => this.#show(answer), (error) => say(this.#failure, error.message));
    this.showPages = keyedList(this.#pages, ({ name }) => name, (target) => this.#page(target));
  }

  #show({ targets }) {
    say(this.#failure, "");
    this.several = targets.length > 1;
    this.showPages(targets);
  }

  #page({ name }) {
    const title = element("h3", {}, name);
    const list = element("ol", { class: "page-lines", tabindex: 0, "aria-label": `Lines of ${name}` });
    const rest = element("p", { class: "quiet" });
    const showLines = keyedList(list, ({ at }) => at, () => this.#line());
    const update = ({ lines, left_out: leftOut }) => {
      title.hidden = !this.several;
      showLines(lines.map((line, at) => ({ ...line, at })));
      rest.hidden = leftOut === 0;
      say(rest, `${several(leftOut, "line")} more are left out.`);
    };
    return { node: element("div", {}, title, list, rest), update };
  }

  #line() {
    const number = element("span", { class: "line-number" });
    const sign = element("span", { class: "line-sign" });
    const text = element("span", { class: "line-text" });
    const node = element("li", {}, element("code", { class: "page-line" }, number, sign, text));
    const update = (line) => {
      say(number, String(line.number));
      say(sign, line.changed ? "▸" : "");
      say(text, visible(line.text));
      node.classList.toggle("changed", line.changed);
      node.classList.toggle("comment", line.text.startsWith("#"));
    };
    return { node, update };
  }
}
