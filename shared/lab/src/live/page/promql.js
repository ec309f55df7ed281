import { element, mark, say } from "./dom.js";

// The query that draws the same picture in Prometheus.
export class PromQl {
  #code = element("code", { tabindex: 0 });
  #copy = element("button", { type: "button", class: "plain", click: () => this.#toClipboard() }, "Copy");
  #link = element("a", { target: "_blank", rel: "noopener" }, "Open in Prometheus");

  constructor() {
    this.node = element("div", { class: "promql", hidden: true }, this.#code, element("div", { class: "row" }, this.#copy, this.#link));
  }

  show({ query, link }) {
    say(this.#code, query);
    this.#link.hidden = !link;
    if (link) mark(this.#link, "href", link);
  }

  async #toClipboard() {
    try {
      await navigator.clipboard.writeText(this.#code.textContent);
      this.#answer("Copied");
    } catch {
      getSelection().selectAllChildren(this.#code);
      this.#answer("Selected: press Ctrl+C");
    }
  }

  #answer(text) {
    say(this.#copy, text);
    setTimeout(() => say(this.#copy, "Copy"), 2000);
  }
}
