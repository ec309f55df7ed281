import { byId, element, mark, say, saySeries } from "./dom.js";
import { keyedList } from "./list.js";
import { exact, several } from "./numbers.js";

// What moved: after a press in the shop, from that press until a little after its answer; else in the last scrapes.

const afterAnswer = 1500;
const patience = 60_000;
const quietScrapes = 5;
const most = 8;

const now = () => performance.now();
const isBucket = (move) => /_bucket\{/.test(move.series);

function signed(change) {
  if (change === 0) return "±0";
  return change > 0 ? `+${exact(change)}` : exact(change).replace("-", "−");
}

// A press, or several of the same button in a row, and what moved since.
class Press {
  #unanswered = new Set();
  #last = now();
  #scrapes = 0;
  count = 0;
  closed = false;
  moves = new Map();

  constructor({ button, metric }) {
    this.button = button;
    this.metric = metric;
  }

  add(id) {
    this.#unanswered.add(id);
    this.count += 1;
    this.#heard();
  }

  answer(id) {
    if (this.#unanswered.delete(id)) this.#heard();
  }

  // Open until one scrape at least has come after the answer.
  scraped(moves) {
    const wait = this.#unanswered.size ? patience : afterAnswer;
    this.closed = this.#scrapes > 0 && now() - this.#last > wait;
    if (this.closed) return;
    addUp(this.moves, moves);
    this.#scrapes += 1;
  }

  #heard() {
    this.#last = now();
    this.#scrapes = 0;
  }
}

function addUp(into, moves) {
  for (const move of moves) {
    const known = into.get(move.series);
    into.set(move.series, known ? { ...move, by: known.by + move.by } : move);
  }
}

export class Moves {
  #press = null;
  #recent = [];
  #list;
  #restless;
  #leftOut = 0;

  // `isFamily(name)`: whether the page has it. `find(family)`: shows its picture.
  constructor({ isFamily, find, hasShop }) {
    this.isFamily = isFamily;
    this.hasShop = hasShop;
    const row = (item) => this.#row(item, find);
    this.#list = keyedList(byId("moves-list"), ({ series }) => series, row);
    this.#restless = keyedList(byId("moves-restless").querySelector("ul"), ({ series }) => series, row);
    byId("moves-restless").addEventListener("toggle", () => this.show());
    byId("moves-clear").addEventListener("click", () => this.#clear());
    this.show();
  }

  pressed({ id, button, metric }) {
    const same = this.#press && !this.#press.closed && this.#press.button === button;
    if (!same) this.#press = new Press({ button, metric });
    this.#press.add(id);
    this.show();
  }

  answered({ id }) {
    this.#press?.answer(id);
  }

  scraped({ moves, more_moves: leftOut }) {
    this.#recent = [...this.#recent, moves].slice(-quietScrapes);
    this.#leftOut = leftOut;
    const press = this.#press;
    if (press && !press.closed) {
      press.scraped(moves);
      if (press.closed) this.#speak(press);
    }
    this.show();
  }

  #clear() {
    this.#press = null;
    this.show();
    byId("moves-title").focus();
  }

  show() {
    const moves = this.#press ? this.#press.moves : new Map();
    if (!this.#press) this.#recent.forEach((each) => addUp(moves, each));
    const sorts = { telling: [], bucket: [], restless: [] };
    for (const move of moves.values()) sorts[this.#sortOf(move)].push(move);
    const telling = this.#sorted(sorts.telling);
    byId("moves").classList.toggle("pressed", this.#press != null);
    byId("moves-clear").hidden = !this.#press;
    this.#lead(telling);
    this.#missing();
    this.#list(telling.slice(0, most));
    this.#fold({ more: telling.slice(most), buckets: sorts.bucket, restless: sorts.restless });
  }

  // One observation moves many buckets: they are told only where the button is about them.
  #sortOf(move) {
    if (move.family === this.#press?.metric) return "telling";
    if (move.restless) return "restless";
    return isBucket(move) ? "bucket" : "telling";
  }

  // What the button names first, and its buckets last.
  #sorted(moves) {
    const rank = (move) => (move.family === this.#press?.metric ? 0 : 2) + (isBucket(move) ? 1 : 0);
    return moves.sort((a, b) => rank(a) - rank(b));
  }

  #lead(telling) {
    const lead = byId("moves-lead");
    if (!this.#press) {
      const hint = this.hasShop ? "Press a button in the shop, and see here what it moves." : "Send a request, and see here what it moves.";
      say(lead, telling.length ? "In the last five seconds:" : hint);
      return;
    }
    const times = this.#press.count > 1 ? `, ${several(this.#press.count, "time")}` : "";
    const waits = !this.#press.closed && telling.length === 0 ? " Waiting for the next scrape…" : "";
    say(lead, `You pressed "${this.#press.button}"${times}.${waits}`);
  }

  #missing() {
    const note = byId("moves-missing");
    const { metric, closed, moves } = this.#press ?? {};
    const moved = metric && [...(moves?.values() ?? [])].some((move) => move.family === metric);
    note.hidden = !metric || moved || !closed;
    if (note.hidden) return;
    note.replaceChildren(element("code", {}, metric), this.#excuse(metric));
  }

  #excuse(metric) {
    return this.isFamily(metric) ? " did not move." : " is not on the page yet.";
  }

  #fold({ more, buckets, restless }) {
    const fold = byId("moves-restless");
    const rest = [...more, ...buckets, ...restless];
    const parts = [more.length && `${more.length} more`, buckets.length && several(buckets.length, "bucket"),
      restless.length && `${restless.length} that always move`].filter(Boolean);
    fold.hidden = rest.length === 0;
    say(fold.firstElementChild, `and ${parts.join(", ")}${this.#leftOut ? ` (${exact(this.#leftOut)} others are not listed)` : ""}`);
    this.#restless(fold.open ? rest.slice(0, 100) : []);
  }

  #row(item, find) {
    const by = element("span", { class: "by" });
    const series = element("span", { class: "series" });
    const node = element("li", { "data-move": item.series },
      element("button", { type: "button", click: () => find(item.family) }, by, series));
    saySeries(series, item.series);
    const update = ({ by: change, family }) => {
      mark(node, "data-by", change);
      node.classList.toggle("named", family === this.#press?.metric);
      say(by, signed(change));
    };
    return { node, update };
  }

  // Once for each press, when all is known: a screen reader should not talk each second.
  #speak(press) {
    const named = [...press.moves.values()].filter((move) => move.family === press.metric && !isBucket(move));
    const said = named.slice(0, 2).map((move) => `${move.series.slice(0, 120)} by ${exact(move.by)}`);
    const excuse = press.metric && !said.length ? ` ${press.metric}${this.#excuse(press.metric)}` : "";
    const outcome = said.length ? ` It moved ${said.join(", and ")}.` : excuse;
    say(byId("moves-spoken"), `You pressed ${press.button}.${outcome}`);
  }
}
