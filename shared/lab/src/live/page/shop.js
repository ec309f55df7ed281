import { byId, element, mark, say } from "./dom.js";

// The storefront beside the pictures, and what it says about the buttons that are pressed in it.

const remembered = "cargo-lab-live-shop";

export function openShop(origin, { pressed, answered }) {
  // It may run its scripts, and not lead this window elsewhere.
  const frame = element("iframe", { title: "The shop", src: `${origin}/`, sandbox: "allow-scripts allow-same-origin" });
  byId("shop").append(frame);
  addSwitch();
  addEventListener("message", ({ origin: from, source, data }) => {
    if (from !== new URL(origin).origin || source !== frame.contentWindow || !isMessage(data)) return;
    if (data.kind === "pressed") pressed(data);
    else answered(data);
  });
  return { reload: () => { frame.src = `${origin}/`; } };
}

function isMessage(data) {
  if (data?.source !== "storefront" || !Number.isFinite(data.id)) return false;
  if (data.kind === "answered") return true;
  return data.kind === "pressed" && typeof data.button === "string" && (data.metric == null || typeof data.metric === "string");
}

function addSwitch() {
  const button = byId("shop-switch");
  const show = (shown) => {
    document.body.dataset.shop = shown ? "shown" : "hidden";
    byId("shop").hidden = !shown;
    mark(button, "aria-expanded", shown);
    say(button, shown ? "Hide the shop" : "Show the shop");
  };
  button.hidden = false;
  button.addEventListener("click", () => {
    const shown = byId("shop").hidden;
    sessionStorage.setItem(remembered, shown ? "shown" : "hidden");
    show(shown);
  });
  show(sessionStorage.getItem(remembered) !== "hidden");
}
