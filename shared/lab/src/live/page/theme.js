// Colours live in style.css, for light and dark; whatever is drawn on a canvas asks for them here.

const dark = matchMedia("(prefers-color-scheme: dark)");
const colours = new Map();

export function colour(name) {
  if (!colours.has(name)) colours.set(name, getComputedStyle(document.documentElement).getPropertyValue(name).trim());
  return colours.get(name);
}

export const isDark = () => dark.matches;

export function onThemeChange(redraw) {
  dark.addEventListener("change", () => {
    colours.clear();
    redraw();
  });
}

// Each slot is a colour and a dash of its own, so that nobody needs to tell two colours apart.
// Six colours and four dashes: twelve slots that differ in both from their neighbours.
const dashes = [[], [7, 3], [2, 2.5], [9, 3, 2, 3]];
export const slots = 12;
export const slotColour = (slot) => `--series-${slot % 6}`;
export const slotDash = (slot) => dashes[slot % dashes.length];
