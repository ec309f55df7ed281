#!/usr/bin/env node
// The shop in Node.js, as the checks of lessons 00 to 04 see it: node:http, prom-client with its default metrics, and
// SQLite. It reads the course's environment variables, and takes `sqlite:FILE` alone for a DATABASE_URL.

import { readFileSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import http from 'node:http';
import os from 'node:os';
import Database from 'better-sqlite3';
import client from 'prom-client';

const MIGRATIONS = new URL('../../../shop/migrations/sqlite/', import.meta.url);
const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.3, 0.5, 1, 2.5];
const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'CONNECT', 'OPTIONS', 'TRACE', 'PATCH']);
const MAX_CONNECTIONS = Number(process.env.DATABASE_MAX_CONNECTIONS ?? 10);
const ACQUIRE_TIMEOUT_MS = Number(process.env.DATABASE_ACQUIRE_TIMEOUT_MS ?? 3000);
const WINDOW_SECONDS = Number(process.env.SUMMARY_WINDOW_SECONDS ?? 600);
const BUSY_RETRY_MS = 10;
const BUSY_TIMEOUT_MS = 5000;
const VERSION = JSON.parse(readFileSync(new URL('package.json', import.meta.url))).version;

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** What a handler ends with, if not with an answer. */
class Problem extends Error {
  constructor(status, title, kind) {
    super(title);
    this.status = status;
    this.kind = kind;
  }
}

/** A pool of connections, which are opened when they are needed. Whoever finds none waits in line. */
class Pool {
  constructor(file) {
    this.file = file;
    this.idle = [];
    this.open = 0;
    this.waiting = [];
  }

  async acquire() {
    if (this.idle.length > 0) return this.idle.pop();
    if (this.open < MAX_CONNECTIONS) return this.connect();
    return new Promise((resolve, reject) => {
      const entry = { resolve };
      const giveUp = () => {
        this.waiting = this.waiting.filter((other) => other !== entry);
        reject(new Problem(503, 'the database cannot be reached', 'database_unavailable'));
      };
      entry.timer = setTimeout(giveUp, ACQUIRE_TIMEOUT_MS);
      this.waiting.push(entry);
    });
  }

  connect() {
    try {
      // No time-out in there: it would stop the whole process. `transaction` waits instead.
      const connection = new Database(this.file, { timeout: 0 });
      connection.pragma('journal_mode = WAL');
      connection.pragma('foreign_keys = ON');
      this.open += 1;
      return connection;
    } catch {
      throw new Problem(503, 'the database cannot be reached', 'database_unavailable');
    }
  }

  release(connection) {
    const next = this.waiting.shift();
    if (!next) return void this.idle.push(connection);
    clearTimeout(next.timer);
    next.resolve(connection);
  }

  /** Runs `work` in a transaction, and tries again for as long as another one writes. */
  async transaction(work) {
    const connection = await this.acquire();
    const deadline = Date.now() + BUSY_TIMEOUT_MS;
    try {
      for (;;) {
        try {
          return connection.transaction(work).immediate(connection);
        } catch (error) {
          if (error.code !== 'SQLITE_BUSY' || Date.now() > deadline) throw asProblem(error);
          await sleep(BUSY_RETRY_MS);
        }
      }
    } finally {
      this.release(connection);
    }
  }

  /** Reads, which nobody stands in the way of. */
  async read(work) {
    const connection = await this.acquire();
    try {
      return work(connection);
    } catch (error) {
      throw asProblem(error);
    } finally {
      this.release(connection);
    }
  }
}

function asProblem(error) {
  if (error instanceof Problem) return error;
  if (error.code === 'SQLITE_CONSTRAINT_UNIQUE') return new Problem(409, 'there is an item with this sku already');
  if (error instanceof Database.SqliteError) return new Problem(500, 'the database refused a query', 'database');
  return error;
}

/** All metrics of one app, in a registry of its own. */
function makeMetrics(pool) {
  const registry = new client.Registry();
  const registers = [registry];
  client.collectDefaultMetrics({ register: registry });
  const gauge = (name, help, labelNames = []) => new client.Gauge({ name, help, labelNames, registers });
  const counter = (name, help, labelNames) => new client.Counter({ name, help, labelNames, registers });

  const info = gauge('app_info', 'What runs.', ['version', 'rust_version', 'os', 'arch']);
  // There is no Rust in here: the lesson's label says what whoever starts the shop says.
  const rust = process.env.RUST_VERSION ?? 'none';
  info.set({ version: VERSION, rust_version: rust, os: process.platform, arch: process.arch }, 1);

  const metrics = {
    registry,
    additions: counter('cart_additions_total', 'Additions to carts.', ['product']),
    requests: counter('http_requests_total', 'Requests.', ['method', 'path', 'status_code']),
    exceptions: counter('http_exceptions_total', 'Requests that ended in 5xx.', ['method', 'path', 'exception_type']),
    inProgress: gauge('http_requests_in_progress', 'Requests right now.', ['method', 'path']),
    duration: new client.Histogram({
      name: 'http_request_duration_seconds',
      help: 'How long requests took.',
      labelNames: ['method', 'path'],
      buckets: BUCKETS,
      registers,
    }),
    queries: new client.Summary({
      name: 'db_query_duration_seconds',
      help: 'How long calls of the store took, the wait for a connection included.',
      labelNames: ['operation'],
      percentiles: [0.5, 0.9, 0.95, 0.99],
      maxAgeSeconds: WINDOW_SECONDS,
      ageBuckets: 5,
      registers,
    }),
    carts: gauge('cart_sessions_active', 'Open carts.'),
    connections: {
      active: gauge('db_connections_active', 'Connections in use.'),
      idle: gauge('db_connections_idle', 'Connections that wait.'),
      max: gauge('db_connections_max', 'The most connections.'),
    },
    /** What is known only when somebody asks. */
    async page() {
      metrics.connections.active.set(pool.open - pool.idle.length);
      metrics.connections.idle.set(pool.idle.length);
      metrics.connections.max.set(MAX_CONNECTIONS);
      try {
        const { skus, carts } = await pool.read((database) => ({
          skus: database.prepare('SELECT sku FROM items').pluck().all(),
          carts: database.prepare('SELECT COUNT(*) FROM carts').pluck().get(),
        }));
        for (const product of skus) metrics.additions.inc({ product }, 0);
        metrics.carts.set(carts);
      } catch {
        metrics.carts.set(NaN);
      }
      return registry.metrics();
    },
  };
  sample(gauge);
  return metrics;
}

/** Looks at the machine once a second. */
function sample(gauge) {
  const appCpu = gauge('app_cpu_usage_ratio', "This process's share of all CPUs.");
  const appMemory = gauge('app_memory_bytes', "This process's memory.");
  const systemCpu = gauge('system_cpu_usage_ratio', 'How busy all CPUs are.');
  const systemMemory = gauge('system_memory_usage_ratio', 'The share of the memory that is in use.');
  const diskFree = gauge('system_disk_free_bytes', 'Free space.');
  const diskSize = gauge('system_disk_size_bytes', 'Size of the disk.');
  let [app, system, at] = [process.cpuUsage(), cpuTimes(), process.hrtime.bigint()];
  const look = async () => {
    const [newApp, newSystem, now] = [process.cpuUsage(), cpuTimes(), process.hrtime.bigint()];
    const elapsed = Number(now - at) / 1e9;
    appCpu.set((newApp.user + newApp.system - app.user - app.system) / 1e6 / elapsed / os.cpus().length);
    const total = newSystem.total - system.total;
    if (total > 0) systemCpu.set(1 - (newSystem.idle - system.idle) / total);
    [app, system, at] = [newApp, newSystem, now];
    appMemory.set(process.memoryUsage.rss());
    systemMemory.set(1 - availableMemory() / os.totalmem());
    const disk = await statfs(process.cwd());
    diskFree.set(disk.bavail * disk.bsize);
    diskSize.set(disk.blocks * disk.bsize);
  };
  setInterval(look, 1000).unref();
}

function cpuTimes() {
  const times = os.cpus().map((cpu) => cpu.times);
  const idle = times.reduce((sum, time) => sum + time.idle, 0);
  const total = times.reduce((sum, time) => sum + time.user + time.nice + time.sys + time.idle + time.irq, 0);
  return { idle, total };
}

/** What programs could still get, which is more than what is free. */
function availableMemory() {
  const line = process.platform === 'linux' && /MemAvailable:\s+(\d+) kB/.exec(readFileSync('/proc/meminfo', 'utf8'));
  return line ? Number(line[1]) * 1024 : os.freemem();
}

/** The store's methods, each timed, whatever comes of it. */
function makeStore(pool, queries) {
  const timed = (operation, call) => async (...values) => {
    const end = queries.startTimer({ operation });
    try {
      return await call(...values);
    } finally {
      end();
    }
  };
  const cartOf = (database, session) => {
    const lines = database.prepare(
      `SELECT item_id, sku, name, quantity, price_cents FROM cart_items JOIN items ON items.id = item_id
       WHERE session = ? ORDER BY item_id`,
    );
    const items = lines.all(session);
    if (items.length === 0) throw new Problem(404, 'this session has no cart');
    return { session, items, total_cents: items.reduce((sum, line) => sum + line.quantity * line.price_cents, 0) };
  };
  const now = () => Math.floor(Date.now() / 1000);
  return {
    listItems: timed('list_items', () =>
      pool.read((database) => database.prepare('SELECT * FROM items ORDER BY id').all()),
    ),
    insertItem: timed('insert_item', (item) =>
      pool.transaction((database) => {
        const insert = 'INSERT INTO items (sku, name, price_cents, stock) VALUES (?, ?, ?, ?) RETURNING *';
        return database.prepare(insert).get(item.sku, item.name, item.price_cents, item.stock);
      }),
    ),
    findItem: timed('find_item', (id) =>
      pool.read((database) => {
        const item = database.prepare('SELECT * FROM items WHERE id = ?').get(id);
        if (!item) throw new Problem(404, 'there is no such item');
        return item;
      }),
    ),
    findCart: timed('find_cart', (session) => pool.read((database) => cartOf(database, session))),
    deleteCart: timed('delete_cart', (session) =>
      pool.transaction((database) => {
        const { changes } = database.prepare('DELETE FROM carts WHERE session = ?').run(session);
        if (changes === 0) throw new Problem(404, 'this session has no cart');
      }),
    ),
    addToCart: timed('add_to_cart', (session, { item_id, quantity }) =>
      pool.transaction((database) => {
        const item = database.prepare('SELECT sku, stock FROM items WHERE id = ?').get(item_id);
        if (!item) throw new Problem(404, 'there is no such item');
        database
          .prepare(
            `INSERT INTO carts VALUES (?, ?, ?)
             ON CONFLICT (session) DO UPDATE SET updated_at = excluded.updated_at`,
          )
          .run(session, now(), now());
        const inCart = database
          .prepare(
            `INSERT INTO cart_items VALUES (?, ?, ?)
             ON CONFLICT (session, item_id) DO UPDATE SET quantity = quantity + excluded.quantity RETURNING quantity`,
          )
          .pluck()
          .get(session, item_id, quantity);
        if (inCart > item.stock) throw new Problem(409, 'there are not so many left');
        return { cart: cartOf(database, session), sku: item.sku };
      }),
    ),
    checkout: timed('checkout', (session) =>
      pool.transaction((database) => {
        const cart = cartOf(database, session);
        const order = database
          .prepare('INSERT INTO orders (session, total_cents, created_at) VALUES (?, ?, ?) RETURNING id')
          .get(session, cart.total_cents, now());
        for (const line of cart.items) {
          const take = database.prepare('UPDATE items SET stock = stock - ? WHERE id = ? AND stock >= ?');
          const { changes } = take.run(line.quantity, line.item_id, line.quantity);
          if (changes === 0) throw new Problem(409, 'there are not so many left');
          const insert = database.prepare('INSERT INTO order_items VALUES (?, ?, ?, ?)');
          insert.run(order.id, line.item_id, line.quantity, line.price_cents);
        }
        database.prepare('DELETE FROM carts WHERE session = ?').run(session);
        return { id: order.id, session, total_cents: cart.total_cents };
      }),
    ),
  };
}

const isWhole = (value, from, to) => Number.isInteger(value) && value >= from && value <= to;

function requireItem(item) {
  const { sku, name, price_cents, stock, ...others } = item;
  const isValid =
    /^[A-Z0-9-]{1,32}$/.test(sku) &&
    typeof name === 'string' &&
    isWhole(name.length, 1, 100) &&
    isWhole(price_cents, 0, 10_000_000) &&
    isWhole(stock, 0, 100_000) &&
    Object.keys(others).length === 0;
  if (!isValid) throw new Problem(422, 'this is no item');
  return item;
}

function requireAddition(addition) {
  const { item_id, quantity, ...others } = addition;
  const isValid = Number.isInteger(item_id) && isWhole(quantity, 1, 1000) && Object.keys(others).length === 0;
  if (!isValid) throw new Problem(422, 'this is no addition');
  return addition;
}

function requireSession(session) {
  if (!/^[A-Za-z0-9_-]{1,64}$/.test(session)) throw new Problem(422, 'this is no name of a session');
  return session;
}

function requireId(id) {
  if (!/^\d+$/.test(id)) throw new Problem(400, 'this is no id');
  return Number(id);
}

async function readJson(request) {
  let text = '';
  for await (const chunk of request) text += chunk;
  let value;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Problem(400, 'this is no JSON');
  }
  if (typeof value !== 'object' || value === null) throw new Problem(422, 'this is no object');
  return value;
}

async function simulate(query) {
  const status = Number(query.get('status') ?? 200);
  const delay = Number(query.get('delay_ms') ?? 0);
  if (!isWhole(status, 200, 599) || !isWhole(delay, 0, 10_000)) throw new Problem(422, 'out of range');
  await sleep(delay);
  if (query.get('panic') === 'true') throw new TypeError('this failure was asked for');
  if (status >= 400) throw new Problem(status, 'this failure was asked for', 'simulated');
  return { status };
}

/** Which handler each path and method has. */
function makeRoutes(store, pool, metrics) {
  return Object.entries({
    '/': { GET: () => ({ type: 'text/html; charset=utf-8', body: '<h1>The shop</h1>' }) },
    '/live': { GET: () => ({ json: { status: 'live' } }) },
    '/ready': {
      GET: async () => {
        await pool.read((database) => database.prepare('SELECT 1').get());
        return { json: { status: 'ready' } };
      },
    },
    '/simulate': { GET: ({ query }) => simulate(query) },
    '/items': {
      GET: async () => ({ json: await store.listItems() }),
      POST: async ({ request }) => ({ status: 201, json: await store.insertItem(requireItem(await readJson(request))) }),
    },
    '/items/{id}': { GET: async ({ values: [id] }) => ({ json: await store.findItem(requireId(id)) }) },
    '/carts/{session}': {
      GET: async ({ values: [session] }) => ({ json: await store.findCart(requireSession(session)) }),
      DELETE: async ({ values: [session] }) => {
        await store.deleteCart(requireSession(session));
        return { status: 204 };
      },
    },
    '/carts/{session}/items': {
      POST: async ({ request, values: [session] }) => {
        const addition = requireAddition(await readJson(request));
        const { cart, sku } = await store.addToCart(requireSession(session), addition);
        metrics.additions.inc({ product: sku });
        return { json: cart };
      },
    },
    '/carts/{session}/checkout': {
      POST: async ({ values: [session] }) => ({ json: await store.checkout(requireSession(session)) }),
    },
    '/metrics': { GET: async () => ({ type: metrics.registry.contentType, body: await metrics.page() }) },
  }).map(([template, handlers]) => {
    const pattern = new RegExp(`^${template.replaceAll(/\{\w+\}/g, '([^/]+)')}$`);
    return { template, pattern, handlers };
  });
}

async function handle(route, request, url) {
  if (!route) throw new Problem(404, 'there is no page at this path');
  // HEAD is GET without the body, which node:http leaves out by itself.
  const handler = route.handlers[request.method === 'HEAD' ? 'GET' : request.method];
  if (!handler) throw new Problem(405, 'this path does not take such requests');
  const values = route.pattern.exec(url.pathname).slice(1);
  return handler({ request, values, query: url.searchParams });
}

/** What is sent, and what made it a failure of the server's. */
function outcomeOf(error) {
  const status = error instanceof Problem ? error.status : 500;
  const kind = status >= 500 ? (error.kind ?? error.constructor.name) : undefined;
  const title = error instanceof Problem ? error.message : 'a handler failed';
  return { status, kind, type: 'application/problem+json', body: JSON.stringify({ title, status }) };
}

function makeApp(pool) {
  const metrics = makeMetrics(pool);
  const routes = makeRoutes(makeStore(pool, metrics.queries), pool, metrics);

  const server = http.createServer(async (request, response) => {
    const url = new URL(request.url, 'http://shop');
    const route = routes.find(({ pattern }) => pattern.test(url.pathname));
    const labels = { method: METHODS.has(request.method) ? request.method : 'other', path: route?.template ?? 'unmatched' };
    const isCounted = labels.path !== '/metrics';
    const end = isCounted ? track(labels) : () => {};
    let outcome;
    try {
      outcome = await handle(route, request, url);
    } catch (error) {
      outcome = outcomeOf(error);
    }
    const body = outcome.json === undefined ? outcome.body : JSON.stringify(outcome.json);
    const status = outcome.status ?? 200;
    const type = outcome.type ?? (outcome.json === undefined ? undefined : 'application/json');
    end(status, outcome.kind);
    response.writeHead(status, type ? { 'content-type': type } : {});
    response.end(body);
  });

  /** Counts a request in, and says how to count it out. */
  function track(labels) {
    const seconds = metrics.duration.startTimer(labels);
    metrics.inProgress.inc(labels);
    return (status, kind) => {
      metrics.inProgress.dec(labels);
      seconds();
      metrics.requests.inc({ ...labels, status_code: status });
      if (kind) metrics.exceptions.inc({ ...labels, exception_type: kind });
    };
  }

  // Methods that node:http does not know never become a request.
  server.on('clientError', (error, socket) => {
    if (!error.code?.startsWith('HPE_') || !socket.writable) return void socket.destroy();
    track({ method: 'other', path: 'unmatched' })(400);
    socket.end('HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 0\r\n\r\n');
  });
  return server;
}

const file = (process.env.DATABASE_URL ?? 'sqlite:shop.db').replace(/^sqlite:/, '').replace(/\?.*$/, '');
const pool = new Pool(file);
await pool.transaction((database) => {
  const hasTables = database.prepare("SELECT 1 FROM sqlite_master WHERE name = 'items'").get();
  if (hasTables) return;
  for (const name of ['0001_shop.sql', '0002_catalogue.sql']) database.exec(readFileSync(new URL(name, MIGRATIONS), 'utf8'));
});
for (const address of (process.env.LISTEN_ADDR ?? '127.0.0.1:8000').split(',')) {
  const [host, port] = address.split(':');
  makeApp(pool).listen(Number(port), host);
}
