import { slots } from "./theme.js";

// Gives each line a slot (colour and dash), and lets it keep that as long as it is in the picture.
export class Slots {
  #taken = new Map();

  // `preferred(name)` is the slot of a target, for the line that is that target's.
  assign(names, preferred) {
    const present = new Set(names);
    for (const name of this.#taken.keys()) {
      if (!present.has(name)) this.#taken.delete(name);
    }
    for (const name of names) {
      if (!this.#taken.has(name)) this.#taken.set(name, this.#free(preferred(name)));
    }
    return this.#taken;
  }

  #free(preferred) {
    const used = new Set(this.#taken.values());
    if (preferred != null && !used.has(preferred)) return preferred;
    for (let slot = 0; slot < slots; slot += 1) {
      if (!used.has(slot)) return slot;
    }
    return slots - 1;
  }
}
