
"use strict";
const element = (id) => document.getElementById(id);
const pause = (milliseconds) => new Promise((done) => { setTimeout(done, milliseconds); });
const random = () => Math.random().toString(36).slice(2, 10);
const euros = (cents) => new Intl.NumberFormat(undefined, { style: "currency", currency: "EUR" }).format(cents / 100);

const session = sessionStorage.getItem("session") ?? `shopper-${random()}`;
sessionStorage.setItem("session", session);
element("session").textContent = session;

// --- Requests -------------------------------------------------------------------------------------------------------

async function send(method, path, { body, signal } = {}) {
  const response = await fetch(path, {
    method,
    headers: body ? { "content-type": "application/json" } : {},
    body: body && JSON.stringify(body),
    signal,
    // With its cache, a browser would send one of several equal requests after the other.
    cache: "no-store",
  });
  const text = await response.text();
  const isJson = response.headers.get("content-type")?.includes("json");
  return { status: response.status, ok: response.ok, answer: isJson ? JSON.parse(text) : null };
}

// Every error of the shop is a problem with a `detail` for people.
async function request(method, path, body) {
  const { status, ok, answer } = await send(method, path, { body });
  if (!ok) throw Object.assign(new Error(answer?.detail ?? `the shop answered ${status}`), { status });
  return answer;
}

// A browser allows a page six connections to one server. The rest is for the other buttons.
const AT_ONCE = 4;

async function visit(paths) {
  const waiting = [...paths];
  const statuses = [];
  const visitor = async () => {
    while (waiting.length) statuses.push((await send("GET", waiting.pop())).status);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, visitor));
  return statuses;
}

// --- Buttons and what is said of them -------------------------------------------------------------------------------

// `cargo lab live` shows this page in a frame, and says after each press what moved.
function tell(message) {
  if (window.parent !== window) window.parent.postMessage({ source: "storefront", ...message }, "*");
}

function say(place, text, tone) {
  place.textContent = text;
  place.className = `message ${tone}`;
}

// What fetch rejects with, where there is no answer at all, differs from browser to browser.
const reason = (error) => (error instanceof TypeError ? "the shop does not answer. Is it running?" : error.message);

async function outcome(action) {
  try {
    return { text: await action(), tone: "done" };
  } catch (error) {
    return { text: `That did not work: ${reason(error)}`, tone: "failed" };
  }
}

const can = (button, possible) => button.setAttribute("aria-disabled", String(!possible));
const busy = new Map();
let presses = 0;

// A button that cannot be pressed is not `disabled`: who uses the keyboard would lose the place.
function onPress(button, place, action) {
  button.addEventListener("click", () => {
    if (button.getAttribute("aria-disabled") !== "true" && !busy.has(button)) press(button, place, action);
  });
}

async function press(button, place, action) {
  const id = ++presses;
  busy.set(button, place);
  button.setAttribute("aria-busy", "true");
  forget();
  say(place, "Working…", "");
  tell({ kind: "pressed", id, button: button.getAttribute("aria-label") ?? button.textContent, metric: button.dataset.metric });
  const { text, tone } = await outcome(action);
  busy.delete(button);
  button.removeAttribute("aria-busy");
  say(place, text, tone);
  tell({ kind: "answered", id, outcome: text });
}

// What was said before a press is over, but for what still runs.
function forget() {
  const running = new Set(busy.values());
  document.querySelectorAll(".message").forEach((place) => { if (!running.has(place)) say(place, "", ""); });
}

// --- The catalogue --------------------------------------------------------------------------------------------------

const cards = new Map();

function card(item) {
  const node = element("product").content.cloneNode(true).firstElementChild;
  const picture = element(`picture-${item.sku.split("-")[0]}`) ?? element("picture-unknown");
  node.querySelector("use").setAttribute("href", `#${picture.id}`);
  node.querySelector("h3").textContent = item.name;
  node.querySelector(".price").textContent = euros(item.price_cents);
  onPress(node.querySelector("button"), node.querySelector(".message"), async () => {
    showCart(await request("POST", `/carts/${session}/items`, { item_id: item.id, quantity: 1 }));
    return "It is in your cart.";
  });
  return node;
}

function showStock(node, item) {
  const button = node.querySelector("button");
  button.textContent = item.stock > 0 ? "Add to cart" : "Sold out";
  button.setAttribute("aria-label", `${button.textContent}: ${item.name}`);
  can(button, item.stock > 0);
  node.querySelector(".quiet").textContent = `${item.sku} · ${item.stock} left`;
}

// A card stays where it is, so that nobody loses the place on the page.
async function showItems() {
  const items = await request("GET", "/items");
  const gone = items.filter((item) => isLimited(item) && item.stock === 0).slice(0, -1);
  gone.forEach((item) => { cards.get(item.id)?.remove(); });
  element("sold-out").hidden = gone.length === 0;
  element("sold-out").textContent = `Limited editions that sold out before: ${gone.length}`;
  for (const item of items.filter((item) => !gone.includes(item))) {
    if (!cards.has(item.id)) {
      cards.set(item.id, card(item));
      element("items").append(cards.get(item.id));
    }
    showStock(cards.get(item.id), item);
  }
}

// --- The cart -------------------------------------------------------------------------------------------------------

function row(line) {
  const node = document.createElement("li");
  const [name, price] = [document.createElement("span"), document.createElement("span")];
  name.textContent = `${line.quantity} × ${line.name}`;
  price.textContent = euros(line.quantity * line.price_cents);
  node.append(name, price);
  return node;
}

function emptyRow() {
  const node = document.createElement("li");
  node.className = "quiet";
  node.textContent = "Nothing in it yet.";
  return node;
}

function showCart(cart) {
  const lines = cart.items;
  element("lines").replaceChildren(...(lines.length ? lines.map(row) : [emptyRow()]));
  element("pieces").textContent = `(${lines.reduce((sum, line) => sum + line.quantity, 0)})`;
  element("total-price").textContent = euros(cart.total_cents);
  can(element("checkout"), lines.length > 0);
  can(element("empty"), lines.length > 0);
  if (lines.length) sessionStorage.setItem("has-cart", "yes");
  else sessionStorage.removeItem("has-cart");
}

const emptyCart = { items: [], total_cents: 0 };

// A cart that was never filled is not there, and a visit should not begin with a 404.
async function findCart() {
  if (!sessionStorage.getItem("has-cart")) return emptyCart;
  try {
    return await request("GET", `/carts/${session}`);
  } catch (error) {
    if (error.status === 404) return emptyCart;
    throw error;
  }
}

onPress(element("checkout"), element("cart-message"), async () => {
  const order = await request("POST", `/carts/${session}/checkout`);
  showCart(emptyCart);
  await showItems();
  return `Thank you. Order ${order.id} costs ${euros(order.total_cents)}.`;
});

onPress(element("empty"), element("cart-message"), async () => {
  await request("DELETE", `/carts/${session}`);
  showCart(emptyCart);
  return "Your cart is empty.";
});

// --- Make trouble ---------------------------------------------------------------------------------------------------

// A failure that was asked for is no failure.
async function expectStatus(status, path) {
  const answered = await send("GET", path);
  if (answered.status !== status) throw new Error(`the shop answered ${answered.status}, not ${status}`);
}

async function slow(milliseconds) {
  const start = performance.now();
  await request("GET", `/simulate?delay_ms=${milliseconds}`);
  return `The answer took ${Math.round(performance.now() - start)} ms.`;
}

async function fail(status) {
  await expectStatus(Number(status), `/simulate?status=${status}`);
  return `The shop answered ${status}, as asked.`;
}

async function panic() {
  try {
    await expectStatus(500, "/simulate?panic=true");
    return "The handler panicked, as asked, and the shop answered 500.";
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    // Where nobody catches a panic, it takes the connection with it, but not the shop.
    await request("GET", "/live");
    return "The handler panicked, as asked: it gave no answer at all.";
  }
}

async function burst() {
  const start = performance.now();
  const statuses = await visit(Array(100).fill("/items"));
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  return `${statuses.length} answers in ${seconds} s, ${statuses.filter((status) => status >= 500).length} of them errors.`;
}

async function hangUp() {
  const signal = AbortSignal.timeout(3000);
  const customer = () => send("GET", "/simulate?delay_ms=10000", { signal }).catch((error) => {
    if (!signal.aborted) throw error;
  });
  await Promise.all([customer(), customer(), customer()]);
  return "3 customers hung up before their answer came.";
}

const isLimited = (item) => /^LIMITED-\d{1,9}$/.test(item.sku);

function limitedLamp(items) {
  const numbers = items.filter(isLimited).map((item) => Number(item.sku.split("-")[1]));
  return { sku: `LIMITED-${Math.max(0, ...numbers) + 1}`, name: "Desk lamp, limited edition", price_cents: 2490, stock: 5 };
}

// Whether there was one left for this customer.
async function buys(item) {
  const cart = `/carts/customer-${random()}`;
  try {
    await request("POST", `${cart}/items`, { item_id: item.id, quantity: 1 });
    await request("POST", `${cart}/checkout`);
    return true;
  } catch (error) {
    if (error.status === 409) return false;
    throw error;
  }
}

async function sellOut() {
  const lamp = await request("POST", "/items", limitedLamp(await request("GET", "/items")));
  for (let sold = 0; sold <= lamp.stock; sold += 1) {
    await showItems();
    await pause(300);
    if (!(await buys(lamp))) return `${lamp.sku} is sold out: ${sold} customers have one, and one got 409.`;
  }
  throw new Error("the shop sold more lamps than it had");
}

async function scan() {
  const statuses = await visit(Array.from({ length: 20 }, () => `/${random()}`));
  return `${statuses.filter((status) => status === 404).length} of ${statuses.length} paths got 404, as they should.`;
}

const troubles = { slow, fail, panic, burst, hangUp, sellOut, scan };

document.querySelectorAll("[data-trouble]").forEach((button) => {
  const { trouble, value } = button.dataset;
  onPress(button, button.closest(".trouble").querySelector(".message"), () => troubles[trouble](value));
});

// --- The start ------------------------------------------------------------------------------------------------------

outcome(async () => {
  showCart(await findCart());
  await showItems();
}).then(({ text, tone }) => { if (tone === "failed") say(element("catalogue-message"), text, tone); });
