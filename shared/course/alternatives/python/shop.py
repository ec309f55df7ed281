"""The shop in Python, as far as the checks of lessons 00 to 03 see it: FastAPI and prometheus_client.

Run it as `python shop.py HOST:PORT DATABASE_FILE`, and judge it with
`cargo lab check 03 --url http://HOST:PORT`.
"""

import asyncio
import os
import platform
import queue
import re
import sqlite3
import sys
import time
from contextlib import asynccontextmanager, contextmanager

import psutil
import uvicorn
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.3, 0.5, 1, 2.5)
METHODS = {"GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"}
MAX_CONNECTIONS = 10
SESSION = re.compile(r"[A-Za-z0-9_-]{1,64}")

registry = CollectorRegistry()
app_info = Gauge("app_info", "What runs", ["version", "python_version", "rust_version", "os", "arch"], registry=registry)
cart_additions = Counter("cart_additions_total", "Additions", ["product"], registry=registry)
http_requests = Counter("http_requests_total", "Requests", ["method", "path", "status_code"], registry=registry)
http_exceptions = Counter("http_exceptions_total", "Errors", ["method", "path", "exception_type"], registry=registry)
in_progress = Gauge("http_requests_in_progress", "Requests right now", ["method", "path"], registry=registry)
duration = Histogram(
    "http_request_duration_seconds", "Latency", ["method", "path"], buckets=BUCKETS, registry=registry
)
carts = Gauge("cart_sessions_active", "Open carts", registry=registry)
active = Gauge("db_connections_active", "Connections in use", registry=registry)
idle = Gauge("db_connections_idle", "Connections that wait", registry=registry)
limit = Gauge("db_connections_max", "The most connections", registry=registry)
app_cpu = Gauge("app_cpu_usage_ratio", "This process's share of the CPUs", registry=registry)
app_memory = Gauge("app_memory_bytes", "This process's memory", registry=registry)
system_cpu = Gauge("system_cpu_usage_ratio", "CPU usage", registry=registry)
system_memory = Gauge("system_memory_usage_ratio", "Memory usage", registry=registry)
disk_free = Gauge("system_disk_free_bytes", "Free space", registry=registry)
disk_size = Gauge("system_disk_size_bytes", "Size", registry=registry)

SCHEMA = """
CREATE TABLE items (id INTEGER PRIMARY KEY, sku TEXT UNIQUE, name TEXT, price_cents INTEGER, stock INTEGER);
CREATE TABLE cart_items (session TEXT, item_id INTEGER, quantity INTEGER, PRIMARY KEY (session, item_id));
INSERT INTO items (sku, name, price_cents, stock) VALUES
    ('mug', 'Mug', 1200, 100000), ('shirt', 'Shirt', 2500, 100000), ('cap', 'Cap', 1500, 100000);
"""


class Pool:
    """A pool of connections that are opened when they are needed."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.waiting: queue.LifoQueue[sqlite3.Connection] = queue.LifoQueue()
        self.open = 0

    @contextmanager
    def connection(self):
        try:
            connection = self.waiting.get_nowait()
        except queue.Empty:
            connection = sqlite3.connect(self.path, check_same_thread=False)
            self.open += 1
        try:
            with connection:
                yield connection
        finally:
            self.waiting.put(connection)


pool = Pool(sys.argv[2])


class NewItem(BaseModel):
    model_config = ConfigDict(extra="forbid")
    sku: str = Field(min_length=1, max_length=32)
    name: str = Field(min_length=1, max_length=100)
    price_cents: int = Field(ge=0)
    stock: int = Field(ge=0)


class Addition(BaseModel):
    model_config = ConfigDict(extra="forbid")
    item_id: int
    quantity: int = Field(ge=1, le=1000)


def sample(process: psutil.Process) -> None:
    app_cpu.set(process.cpu_percent() / 100 / psutil.cpu_count())
    app_memory.set(process.memory_info().rss)
    system_cpu.set(psutil.cpu_percent() / 100)
    system_memory.set(psutil.virtual_memory().percent / 100)
    disk = psutil.disk_usage(os.getcwd())
    disk_free.set(disk.free)
    disk_size.set(disk.total)


async def sample_each_second() -> None:
    process = psutil.Process()
    process.cpu_percent(), psutil.cpu_percent()
    while True:
        await asyncio.sleep(1)
        await asyncio.to_thread(sample, process)


@asynccontextmanager
async def lifespan(_: FastAPI):
    sampler = asyncio.create_task(sample_each_second())
    yield
    sampler.cancel()


app = FastAPI(lifespan=lifespan, openapi_url=None)


def problem(status: int, title: str) -> JSONResponse:
    return JSONResponse({"title": title, "status": status}, status, media_type="application/problem+json")


@app.exception_handler(HTTPException)
async def on_http_exception(request: Request, error: HTTPException) -> Response:
    return problem(error.status_code, str(error.detail))


@app.exception_handler(RequestValidationError)
async def on_invalid(request: Request, error: RequestValidationError) -> Response:
    return problem(422, "the request is not valid")


class Track:
    """A plain ASGI middleware, so that it also sees clients that hang up."""

    def __init__(self, inner) -> None:
        self.inner = inner

    async def __call__(self, scope, receive, send) -> None:
        if scope["type"] != "http" or scope["path"] == "/metrics":
            return await self.inner(scope, receive, send)
        method = scope["method"] if scope["method"] in METHODS else "other"
        path = template(scope)
        status = 500

        async def track_status(message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        started = time.perf_counter()
        with in_progress.labels(method, path).track_inprogress():
            try:
                await self.inner(scope, receive, track_status)
            except Exception as error:
                http_exceptions.labels(method, path, type(error).__name__).inc()
                await problem(500, "a handler failed")(scope, receive, track_status)
            else:
                if status >= 500:
                    http_exceptions.labels(method, path, "http").inc()
        duration.labels(method, path).observe(time.perf_counter() - started)
        http_requests.labels(method, path, status).inc()


def template(scope) -> str:
    for route in app.router.routes:
        matched, _ = route.matches(scope)
        if matched.value:
            return route.path
    return "unmatched"


app.add_middleware(Track)


def session_of(name: str) -> str:
    if not SESSION.fullmatch(name):
        raise HTTPException(422, "this is no name of a session")
    return name


def as_item(row) -> dict:
    return dict(zip(("id", "sku", "name", "price_cents", "stock"), row))


@app.get("/")
def storefront() -> Response:
    return Response("<h1>The shop</h1>", media_type="text/html")


@app.get("/live")
def live() -> dict:
    return {"status": "live"}


@app.get("/ready")
def ready() -> dict:
    with pool.connection() as connection:
        connection.execute("SELECT 1")
    return {"status": "ready"}


@app.get("/simulate")
async def simulate(status: int = 200, delay_ms: int = 0, panic: bool = False) -> Response:
    if not 200 <= status <= 599 or not 0 <= delay_ms <= 10_000:
        raise HTTPException(422, "status or delay_ms is out of range")
    await asyncio.sleep(delay_ms / 1000)
    if panic:
        raise RuntimeError("this failure was asked for")
    if status >= 400:
        raise HTTPException(status, "this failure was asked for")
    return Response(status_code=status)


@app.get("/items")
def list_items() -> list[dict]:
    with pool.connection() as connection:
        return [as_item(row) for row in connection.execute("SELECT * FROM items ORDER BY id")]


@app.get("/items/{id}")
def find_item(id: int) -> dict:
    with pool.connection() as connection:
        row = connection.execute("SELECT * FROM items WHERE id = ?", [id]).fetchone()
    if not row:
        raise HTTPException(404, "there is no such item")
    return as_item(row)


@app.post("/items", status_code=201)
def create_item(new: NewItem) -> dict:
    values = [new.sku, new.name, new.price_cents, new.stock]
    try:
        with pool.connection() as connection:
            insert = "INSERT INTO items (sku, name, price_cents, stock) VALUES (?, ?, ?, ?) RETURNING *"
            return as_item(connection.execute(insert, values).fetchone())
    except sqlite3.IntegrityError:
        raise HTTPException(409, "there is an item with this sku already")


def cart_of(connection: sqlite3.Connection, session: str) -> dict:
    rows = connection.execute(
        "SELECT id, sku, name, quantity, price_cents FROM cart_items JOIN items ON id = item_id WHERE session = ?",
        [session],
    ).fetchall()
    if not rows:
        raise HTTPException(404, "this session has no cart")
    items = [dict(zip(("item_id", "sku", "name", "quantity", "price_cents"), row)) for row in rows]
    total = sum(item["quantity"] * item["price_cents"] for item in items)
    return {"session": session, "items": items, "total_cents": total}


@app.get("/carts/{session}")
def find_cart(session: str) -> dict:
    with pool.connection() as connection:
        return cart_of(connection, session_of(session))


@app.delete("/carts/{session}", status_code=204)
def delete_cart(session: str) -> None:
    with pool.connection() as connection:
        deleted = connection.execute("DELETE FROM cart_items WHERE session = ?", [session_of(session)])
    if not deleted.rowcount:
        raise HTTPException(404, "this session has no cart")


@app.post("/carts/{session}/items")
def add_to_cart(session: str, addition: Addition) -> dict:
    with pool.connection() as connection:
        row = connection.execute("SELECT sku, stock FROM items WHERE id = ?", [addition.item_id]).fetchone()
        if not row:
            raise HTTPException(404, "there is no such item")
        (quantity,) = connection.execute(
            "INSERT INTO cart_items VALUES (?, ?, ?) ON CONFLICT DO UPDATE "
            "SET quantity = quantity + excluded.quantity RETURNING quantity",
            [session_of(session), addition.item_id, addition.quantity],
        ).fetchone()
        if quantity > row[1]:
            raise HTTPException(409, "there are not so many left")
        cart = cart_of(connection, session)
    cart_additions.labels(row[0]).inc()
    return cart


@app.post("/carts/{session}/checkout")
def checkout(session: str) -> dict:
    with pool.connection() as connection:
        cart = cart_of(connection, session_of(session))
        for line in cart["items"]:
            taken = connection.execute(
                "UPDATE items SET stock = stock - :quantity WHERE id = :item_id AND stock >= :quantity", line
            )
            if not taken.rowcount:
                raise HTTPException(409, "there are not so many left")
        connection.execute("DELETE FROM cart_items WHERE session = ?", [session])
    return {"id": time.time_ns(), "session": session, "total_cents": cart["total_cents"]}


@app.get("/metrics")
def metrics() -> Response:
    with pool.connection() as connection:
        for (sku,) in connection.execute("SELECT sku FROM items"):
            cart_additions.labels(sku)
        (count,) = connection.execute("SELECT COUNT(DISTINCT session) FROM cart_items").fetchone()
    carts.set(count)
    waiting = pool.waiting.qsize()
    idle.set(waiting)
    active.set(max(pool.open - waiting, 0))
    limit.set(MAX_CONNECTIONS)
    return Response(generate_latest(registry), headers={"content-type": CONTENT_TYPE_LATEST})


if __name__ == "__main__":
    with pool.connection() as database:
        database.executescript(SCHEMA)
    app_info.labels("1.0.0", platform.python_version(), "none", platform.system(), platform.machine()).set(1)
    host, port = sys.argv[1].split(":")
    uvicorn.run(app, host=host, port=int(port), log_level="warning")
