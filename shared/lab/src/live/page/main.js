// The page of `cargo lab live`. In this order it is read best: this file puts the parts together; stream.js
// and requests.js speak with the server; families.js and card.js show one card for each family of the page;
// linepicture.js, histogram.js and tablepicture.js draw; moves.js tells what a press in the shop has moved.

import { byId, element, mark, say } from "./dom.js";
import { Families } from "./families.js";
import { showLesson } from "./lesson.js";
import { Moves } from "./moves.js";
import { ask } from "./requests.js";
import { openShop } from "./shop.js";
import { follow } from "./stream.js";
import { showAmount, showTargets } from "./targets.js";
import { onThemeChange } from "./theme.js";
import { showTroubles } from "./trouble.js";

const view = { window: 60, paused: false };

async function introduction() {
  for (;;) {
    try {
      return await ask("/about");
    } catch {
      showLost();
      await new Promise((resolve) => setTimeout(resolve, 2000));
    }
  }
}

function showLost() {
  const banner = byId("connection");
  if (!banner.hidden) return;
  banner.replaceChildren(element("h2", {}, "cargo lab live has ended, or cannot be reached"),
    element("p", {}, "The pictures stand still. Start it again, and this page goes on by itself."));
  banner.hidden = false;
}

// A server that was started again may tell of another lesson or other targets.
async function showFound(about) {
  if (byId("connection").hidden) return;
  const now = await introduction();
  if (JSON.stringify(now) !== JSON.stringify(about)) location.reload();
  byId("connection").hidden = true;
}

function start(about) {
  document.title = `${about.title} · cargo lab live`;
  say(byId("title"), about.title);

  const families = new Families({ view, targets: about.targets });
  const moves = new Moves({
    isFamily: (name) => families.has(name),
    find: (name) => families.find(name),
    hasShop: about.shop != null,
  });
  const shop = about.shop && openShop(about.shop, {
    pressed: (press) => moves.pressed(press),
    answered: (answer) => moves.answered(answer),
  });
  listen(families);

  let wasDown = false;
  const scraped = (scrape) => {
    const isDown = scrape.targets[0]?.trouble?.kind === "down";
    // A frame that was opened while nothing answered stays an error page until it is opened again.
    if (wasDown && !isDown) shop?.reload();
    wasDown = isDown;
    showTargets(scrape.targets);
    showAmount(scrape.targets, families.count);
    showTroubles(scrape);
    if (view.paused) return;
    moves.scraped(scrape);
    families.moved(scrape.moves);
    if (!document.hidden) families.refresh();
  };

  follow({ families: (list) => families.show(list), scrape: scraped, lesson: showLesson },
    { lost: showLost, found: () => showFound(about) });
}

function listen(families) {
  byId("window").addEventListener("change", ({ target }) => {
    view.window = Number(target.value);
    families.refresh();
  });
  byId("search").addEventListener("input", ({ target }) => families.search(target.value));
  byId("pause").addEventListener("click", ({ currentTarget: button }) => {
    view.paused = !view.paused;
    mark(button, "aria-pressed", view.paused);
    say(button, view.paused ? "Go on" : "Pause");
    if (!view.paused) families.refresh();
  });
  // The shop stands below the head of the page, whose height depends on how many targets there are.
  new ResizeObserver(([{ target }]) => document.documentElement.style.setProperty("--top", `${target.offsetHeight}px`))
    .observe(document.querySelector(".top"));
  onThemeChange(() => families.redraw());
}

start(await introduction());
