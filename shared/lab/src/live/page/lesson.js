import { byId, element, prose } from "./dom.js";

// The lesson's steps, the open one, and what `cargo lab watch` says about it.

const statuses = { passed: ["✓", "done"], failed: ["✗", "not yet"], open: ["▸", "open"], unknown: ["○", "not checked"] };
const stages = { building: "Building your app…", checking: "Checking…", waiting: "Waits for your next save" };

let verdictOpen = false;

export function showLesson(lesson) {
  const panel = byId("lesson");
  panel.hidden = !lesson;
  if (!lesson) return;
  panel.replaceChildren(...heading(lesson), element("div", { class: "lesson-body" }, steps(lesson), open(lesson)));
}

function heading({ title, question, stage }) {
  return [
    element("div", { class: "row" },
      element("h2", { id: "lesson-title" }, title),
      stage ? element("span", { class: "stage", "data-stage": stage }, stages[stage] ?? stage) : null),
    element("p", { class: "question" }, question),
  ];
}

function steps(lesson) {
  return element("ol", { class: "steps" }, ...lesson.steps.map(({ title, status }) => {
    const current = lesson.open?.title === title;
    const [sign, word] = statuses[status] ?? statuses.unknown;
    return element("li", { "data-status": status, "aria-current": current && "step" },
      element("span", { class: "sign", "aria-hidden": "true" }, sign), element("span", {}, prose(title)),
      element("span", { class: "word" }, word));
  }));
}

function open({ open: step, stage }) {
  if (!step) return element("p", { class: "open-step" }, "Every step is done. Well done!");
  return element("div", { class: "open-step" },
    element("h3", {}, prose(step.title)),
    step.look ? element("p", {}, element("strong", {}, "What to look at: "), prose(step.look)) : null,
    step.verdict ? verdict(step.verdict) : null,
    stage == null && !step.verdict ? element("p", { class: "quiet" }, prose("Run `cargo lab check` or `cargo lab watch`, and the verdict of this step stands here.")) : null);
}

function verdict(text) {
  const details = element("details", { open: verdictOpen, toggle: () => { verdictOpen = details.open; } },
    element("summary", {}, "The verdict"), element("pre", { tabindex: 0 }, text));
  return details;
}
