// Elements made by script. What a program says about itself goes in as text, never as HTML:
// a label's value or a help text may hold anything.

export const byId = (id) => document.getElementById(id);

// A function among the attributes is a listener of that event.
export function element(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") node.addEventListener(name, value);
    else if (value === true) node.setAttribute(name, "");
    else if (value !== false && value != null) node.setAttribute(name, value);
  }
  node.append(...children.filter((child) => child != null));
  return node;
}

// Touches the document only where something is new: the page says most things again each second.
export function say(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

export function mark(node, name, value) {
  if (value == null) node.removeAttribute(name);
  else if (node.getAttribute(name) !== String(value)) node.setAttribute(name, value);
}

// Text with `code` in it.
export function prose(text) {
  const parts = text.split("`");
  const nodes = parts.map((part, at) => (at % 2 === 1 ? element("code", {}, part) : part));
  const fragment = document.createDocumentFragment();
  fragment.append(...nodes);
  return fragment;
}

// Characters that turn the direction of the text after them, or that nobody sees, are shown as their codes.
const unseen = /[\p{Cc}\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/gu;

const code = (character) => (character === "\n" ? "\\n" : `\\u${character.codePointAt(0).toString(16).padStart(4, "0")}`);

export const visible = (text) => text.replace(unseen, code);

export const short = (text, most) => visible(text.length > most ? `${text.slice(0, most)}…` : text);

// Long text is cut for the eye, and a pointer that rests on it shows more.
export function sayShort(node, text, most = 300) {
  say(node, short(text, most));
  mark(node, "title", text.length > 40 ? short(text, 1000) : null);
}

// A series breaks between its labels where it does not fit into a line, and inside of one only if it must.
export function saySeries(node, text) {
  const labels = short(text, 300).split(/(?<=, |,(?! ))|(?<=^[\w:]+\{)/);
  node.replaceChildren(...labels.map((label) => {
    const pieces = label.split(/(?<=[_=])/);
    return element("span", { class: "pair" }, ...pieces.flatMap((piece) => [piece, element("wbr")]));
  }));
  mark(node, "title", text.length > 300 ? short(text, 1000) : null);
}
