// Numbers for people, with the unit that the metric's name promises.

const number = new Intl.NumberFormat("en", { maximumSignificantDigits: 3 });
const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 3 });
const hundredth = new Intl.NumberFormat("en", { maximumFractionDigits: 2 });
const compact = new Intl.NumberFormat("en", { notation: "compact", maximumSignificantDigits: 3 });

// `http_request_duration_seconds` -> "seconds". Prometheus's names end in their base unit.
export function unitOf(family) {
  const name = family.replace(/_(total|sum|count|bucket)$/, "");
  if (/_timestamp_seconds$|_time_seconds$/.test(name) && /timestamp|start_time/.test(name)) return "timestamp";
  return /_(seconds|bytes|ratio)$/.exec(name)?.[1] ?? "";
}

const steps = {
  seconds: [[86400, "d"], [3600, "h"], [60, "min"], [1, "s"], [1e-3, "ms"], [1e-6, "µs"]],
  bytes: [[2 ** 40, "TiB"], [2 ** 30, "GiB"], [2 ** 20, "MiB"], [2 ** 10, "KiB"], [1, "B"]],
};

function stepped(value, unit) {
  // A tenth of a second reads better as 0.1 s than as 100 ms: the bounds on the page are seconds too.
  const least = unit === "seconds" ? (size) => (size > 1 ? 2 * size : size === 1 ? 0.1 : size) : (size) => size;
  const size = Math.abs(value);
  const [divisor, name] = steps[unit].find(([step]) => size >= least(step)) ?? steps[unit].at(-1);
  return `${number.format(value / divisor)} ${name}`;
}

export function clock(seconds) {
  return new Date(seconds * 1000).toLocaleTimeString("en-GB");
}

// As 2026-03-31 12:00:00, which no country reads another way.
const day = (seconds) => new Date(seconds * 1000).toLocaleString("sv-SE");

function plain(value) {
  const size = Math.abs(value);
  if (size >= 1e7) return compact.format(value);
  return size >= 1000 ? whole.format(Math.round(value)) : number.format(value);
}

export function format(value, unit) {
  if (value == null) return "–";
  if (typeof value === "string") return value;
  if (unit === "timestamp") return value > 0 ? day(value) : plain(value);
  if (value === 0) return unit === "ratio" ? "0 %" : "0";
  if (unit === "ratio") return `${number.format(value * 100)} %`;
  return steps[unit] ? stepped(value, unit) : plain(value);
}

export function perSecond(value, unit) {
  if (typeof value !== "number") return format(value, unit);
  return value === 0 ? "0 /s" : `${format(value, unit)}/s`.replace(/^([\d.,]+)\/s$/, "$1 /s");
}

// Counts, sums and steps are shown exactly: a student looks for the very number of the page.
export function exact(value) {
  if (value == null) return "–";
  if (typeof value === "string") return value;
  return Math.abs(value) < 1 ? number.format(value) : whole.format(value);
}

export function percent(share) {
  return `${hundredth.format(share * 100)} %`;
}

export function several(count, one, many = `${one}s`) {
  return `${whole.format(count)} ${count === 1 ? one : many}`;
}
