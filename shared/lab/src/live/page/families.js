import { Card } from "./card.js";
import { byId, say } from "./dom.js";
import { keyedList } from "./list.js";
import { several } from "./numbers.js";

// The cards in the order of the page. Only those in view, or nearly, are drawn.
export class Families {
  #cards = new Map();
  #inView = new Set();
  #wanted = "";
  #list;
  more = 0;

  constructor(context) {
    const watcher = new IntersectionObserver((entries) => this.#seen(entries), { rootMargin: "300px" });
    this.#list = keyedList(byId("families"), ({ name }) => name, (family) => {
      const card = new Card(family, context);
      this.#cards.set(family.name, card);
      watcher.observe(card.node);
      const close = () => {
        watcher.unobserve(card.node);
        this.#cards.delete(family.name);
        this.#inView.delete(card);
        card.close();
      };
      return { node: card.node, update: (news) => card.update(news), close };
    });
  }

  get count() {
    return this.#cards.size + this.more;
  }

  has(name) {
    return this.#cards.has(name);
  }

  show({ families, more }) {
    this.more = more;
    this.#list(families);
    byId("more").hidden = more === 0;
    say(byId("more"), `${several(more, "more family", "more families")} of this page are left out: it has too many to draw.`);
    this.search(this.#wanted);
  }

  refresh() {
    for (const card of this.#inView) card.refresh();
  }

  redraw() {
    for (const card of this.#cards.values()) card.redraw();
  }

  search(text) {
    this.#wanted = text.trim().toLowerCase();
    let found = 0;
    for (const [name, card] of this.#cards) {
      const fits = name.toLowerCase().includes(this.#wanted);
      card.node.hidden = !fits;
      found += fits ? 1 : 0;
    }
    byId("nothing").hidden = found > 0 || this.#cards.size === 0;
    say(byId("nothing"), `No family's name has “${this.#wanted}” in it.`);
  }

  moved(moves) {
    const names = new Set(moves.filter((move) => !move.restless).map((move) => move.family));
    for (const name of names) this.#cards.get(name)?.moved();
  }

  find(name) {
    const card = this.#cards.get(name);
    if (!card) return;
    if (card.node.hidden) {
      byId("search").value = "";
      this.search("");
    }
    card.find();
  }

  #seen(entries) {
    for (const { target, isIntersecting } of entries) {
      const card = this.#cards.get(target.dataset.family);
      if (!card) continue;
      if (isIntersecting) this.#inView.add(card);
      else this.#inView.delete(card);
      if (isIntersecting) card.refresh();
    }
  }
}
