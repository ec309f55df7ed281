import { Controls } from "./controls.js";
import { element, mark, say, sayShort } from "./dom.js";
import { crowd, finding } from "./findings.js";
import { HistogramPicture } from "./histogram.js";
import { LinePicture } from "./linepicture.js";
import { several } from "./numbers.js";
import { PromQl } from "./promql.js";
import { RawLines } from "./rawlines.js";
import { asker, query } from "./requests.js";
import { TablePicture } from "./tablepicture.js";

// One family: its name, what is wrong with it, how it is grouped, its picture, and the way back to the text.

const pictures = { rate: LinePicture, value: LinePicture, quantiles: LinePicture, histogram: HistogramPicture, table: TablePicture };
const movedFor = 2500;

export class Card {
  #title = element("h2");
  #type = element("span", { class: "type" });
  #help = element("p", { class: "help" });
  #findings = element("div");
  #controlsPlace = element("div");
  #place = element("div", { class: "picture" });
  #failure = element("p", { class: "quiet" });
  #notes = element("div", { class: "quiet notes" });
  #foot = element("div", { class: "foot" });
  #details = element("div");
  #picture = null;
  #kind = null;
  #noted = "";
  #told = "";
  #movedTimer = 0;

  constructor(family, { view, targets }) {
    this.view = view;
    this.targets = targets;
    this.name = family.name;
    this.node = element("article", { class: "family", "data-family": family.name, tabindex: -1, "aria-label": family.name.slice(0, 120) },
      element("header", {}, this.#title, this.#type, element("span", { class: "moved-sign" }, "● moved")),
      this.#help, this.#findings, this.#controlsPlace, this.#place, this.#failure, this.#notes, this.#foot, this.#details);
    sayShort(this.#title, family.name, 200);
    this.update(family);
  }

  update(family) {
    const told = JSON.stringify(family);
    if (told === this.#told) return;
    this.#told = told;
    this.family = family;
    say(this.#type, family.type);
    sayShort(this.#help, family.help);
    mark(this.node, "data-type", family.type);
    const problems = (family.findings ?? []).map(finding);
    this.#findings.replaceChildren(...problems, ...(family.crowd ? [crowd(family.crowd)] : []));
    this.controls?.update(family);
  }

  // Called when the card comes into view, and then after each scrape as long as it is there.
  refresh() {
    if (!this.controls) this.#equip();
    this.draw();
    if (!this.lines.node.hidden) this.lines.refresh();
  }

  // Controls and the rest are made when they are first seen: there may be hundreds of cards.
  #equip() {
    this.controls = new Controls(this.family, () => this.refresh());
    this.lines = new RawLines(this.family, this.controls);
    this.promql = new PromQl();
    const question = () => `/picture?${query([["family", this.name], ["window", this.view.window], ...this.controls.pairs()])}`;
    this.draw = asker(question, (picture) => this.#show(picture), (error) => this.#fail(error));
    this.#controlsPlace.append(this.controls.node);
    this.#foot.append(this.#switch("Lines", this.lines.node, () => this.lines.refresh()), this.#switch("PromQL", this.promql.node, () => {}));
    this.#details.append(this.promql.node, this.lines.node);
  }

  #switch(text, panel, opened) {
    const button = element("button", { type: "button", class: "plain", "aria-expanded": "false", click: () => {
      panel.hidden = !panel.hidden;
      mark(button, "aria-expanded", !panel.hidden);
      if (!panel.hidden) opened();
    } }, text);
    return button;
  }

  #show(picture) {
    say(this.#failure, "");
    if (picture.kind !== this.#kind) this.#change(picture.kind);
    mark(this.node, "data-kind", picture.kind);
    this.#picture.show(picture, this.view.window);
    this.promql.show(picture);
    this.#showNotes(picture);
    this.node.classList.add("drawn");
  }

  #change(kind) {
    this.#picture?.close();
    this.#kind = kind;
    this.#picture = new pictures[kind](this.family, { kind, targets: this.targets });
    this.#place.replaceChildren(this.#picture.node);
  }

  #showNotes({ notes, left_out: leftOut }) {
    const rest = leftOut > 0 ? [`The ${several(leftOut, "series", "series")} that moved least are left out of the picture.`] : [];
    const texts = [...notes, ...rest];
    if (texts.join("\n") === this.#noted) return;
    this.#noted = texts.join("\n");
    this.#notes.replaceChildren(...texts.map((text) => element("p", {}, text)));
  }

  #fail(error) {
    say(this.#failure, `No picture now: ${error.message}`);
  }

  // Lit up for a moment. Where motion is not wanted, the sign alone appears.
  moved() {
    this.node.classList.add("moved");
    clearTimeout(this.#movedTimer);
    this.#movedTimer = setTimeout(() => this.node.classList.remove("moved"), movedFor);
  }

  redraw() {
    this.#picture?.redraw();
  }

  find() {
    this.node.scrollIntoView({ block: "start" });
    this.node.focus({ preventScroll: true });
    this.moved();
  }

  close() {
    clearTimeout(this.#movedTimer);
    this.#picture?.close();
  }
}
