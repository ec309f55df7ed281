// The server's events. `lost` and `found` say whether it can be reached; the browser tries again by itself,
// but for a server that answers with an error: then we do.
const again = 2000;

export function follow(handlers, { lost, found }) {
  const events = new EventSource("/events");
  for (const [name, handle] of Object.entries(handlers)) {
    events.addEventListener(name, (event) => handle(JSON.parse(event.data)));
  }
  events.addEventListener("open", found);
  events.addEventListener("error", () => {
    lost();
    if (events.readyState !== EventSource.CLOSED) return;
    setTimeout(() => follow(handlers, { lost, found }), again);
  });
}
