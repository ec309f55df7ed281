import { clock } from "./numbers.js";
import { colour, slotColour, slotDash, slots } from "./theme.js";

// Lines over time, drawn by uPlot. The axis of time says how long ago, so that the grid stands still
// while the lines move under it.

const height = 190;
const axisFont = "12px system-ui, sans-serif";
const steps = { 60: 15, 300: 60, 600: 120 };

const ago = (seconds) => (seconds === 0 ? "now" : seconds < 60 ? `−${seconds} s` : `−${seconds / 60} min`);

// 0 to 1, 2 or 5 times a power of ten (of 1024 for bytes), so that the scale rarely jumps.
function roundUp(value, unit) {
  const base = unit === "bytes" ? 1024 ** Math.max(0, Math.floor(Math.log2(value) / 10)) : 1;
  const power = 10 ** Math.floor(Math.log10(value / base));
  const step = [1, 2, 5, 10].find((factor) => factor * power * base >= value * 0.999);
  return step * power * base;
}

// From zero, unless that would press the line flat: then around the line.
function range(low, high, unit) {
  if (low == null || high == null || (low === 0 && high === 0)) return [0, 1];
  if (unit === "timestamp") return [low - 60, high + 60];
  if (low >= 0 && low < high * 0.7) return [0, roundUp(high * 1.05, unit)];
  if (low === high) return high > 0 ? [0, roundUp(high * 1.05, unit)] : [low * 1.1, 0];
  return uPlot.rangeNum(low, high, 0.1, true);
}

// A value between two gaps has no line; it gets a point.
function lonely(chart, series) {
  const values = chart.data[series];
  const found = [];
  for (let at = 0; at < values.length; at += 1) {
    if (values[at] != null && values[at - 1] == null && values[at + 1] == null) found.push(at);
  }
  return found;
}

export class LineChart {
  #chart = null;
  #place;
  #format;
  #unit;
  #window = 60;
  #restarts = [];
  #data = [[]];

  // `hovered(index)`: the place under the pointer, or null.
  constructor(place, { unit, format, hovered }) {
    this.#place = place;
    this.#unit = unit;
    this.#format = format;
    this.hovered = hovered;
    this.resized = new ResizeObserver(() => this.#fit());
    this.resized.observe(place);
  }

  // `bySlot`: for each slot the values of its line, or nothing.
  show({ times, bySlot, window, restarts }) {
    const none = new Array(times.length).fill(null);
    this.#data = [times, ...Array.from({ length: slots }, (_, slot) => bySlot.get(slot) ?? none)];
    this.#window = window;
    this.#restarts = restarts;
    if (!this.#chart) this.#make();
    this.#chart?.setData(this.#data);
  }

  redraw() {
    this.#chart?.redraw(false);
  }

  // One line in front, the others pale; null brings all back.
  emphasise(slot) {
    this.#chart?.setSeries(slot == null ? null : slot + 1, { focus: true });
  }

  close() {
    this.resized.disconnect();
    this.#chart?.destroy();
  }

  #fit() {
    const width = this.#place.clientWidth;
    if (this.#chart && width > 0 && width !== this.#chart.width) this.#chart.setSize({ width, height });
  }

  #make() {
    const width = this.#place.clientWidth;
    if (width === 0) return;
    this.#chart = new uPlot(this.#options(width), this.#data, this.#place);
  }

  #options(width) {
    const ink = () => colour("--quiet");
    const grid = { stroke: () => colour("--grid"), width: 1 };
    return {
      width,
      height,
      padding: [12, 18, 0, 0],
      legend: { show: false },
      cursor: { y: false, drag: { x: false, y: false }, sync: { key: "live" }, points: { size: 7 } },
      focus: { alpha: 0.25 },
      scales: {
        x: { time: false, range: () => this.#span() },
        y: { range: (_, low, high) => range(low, high, this.#unit) },
      },
      axes: [
        { stroke: ink, font: axisFont, size: 28, gap: 6, grid, ticks: { show: false },
          splits: () => this.#ticks(), values: (_, at) => at.map((time) => ago(Math.round(this.#span()[1] - time))) },
        { stroke: ink, font: axisFont, size: 68, gap: 6, grid, ticks: { show: false }, space: 36,
          ...(this.#unit === "bytes" ? { incrs: Array.from({ length: 60 }, (_, power) => 2 ** power) } : {}),
          values: (_, at) => at.map((value) => (this.#unit === "timestamp" ? clock(value) : this.#format(value))) },
      ],
      series: [{}, ...Array.from({ length: slots }, (_, slot) => ({
        stroke: () => colour(slotColour(slot)),
        width: 2,
        dash: slotDash(slot),
        points: { show: true, size: 5, filter: lonely, fill: () => colour(slotColour(slot)) },
      }))],
      hooks: {
        drawClear: [(chart) => this.#shadeGaps(chart)],
        draw: [(chart) => this.#markRestarts(chart)],
        setCursor: [(chart) => this.hovered(chart.cursor.idx)],
      },
    };
  }

  #span() {
    const end = this.#data[0].at(-1) ?? 0;
    return [end - this.#window, end];
  }

  #ticks() {
    const [start, end] = this.#span();
    const narrow = this.#place.clientWidth < 420 ? 2 : 1;
    const step = narrow * (steps[this.#window] ?? this.#window / 5);
    const ticks = [];
    for (let time = end; time >= start; time -= step) ticks.unshift(time);
    return ticks;
  }

  // Where no line has a value, there was nothing to scrape. Before the first value nobody knows.
  #shadeGaps(chart) {
    const [times, ...lines] = chart.data;
    const empty = (at) => lines.every((values) => values[at] == null);
    const x = (at) => chart.valToPos(times[Math.min(at, times.length - 1)], "x", true);
    chart.ctx.fillStyle = colour("--gap");
    if (times.every((_, at) => empty(at))) chart.ctx.fillRect(chart.bbox.left, chart.bbox.top, chart.bbox.width, chart.bbox.height);
    let at = times.findIndex((_, place) => !empty(place));
    while (at >= 0 && at < times.length) {
      let end = at;
      while (end < times.length && empty(end)) end += 1;
      if (end > at) {
        const left = x(Math.max(0, at - 1));
        chart.ctx.fillRect(left, chart.bbox.top, x(end) - left, chart.bbox.height);
      }
      at = end + 1;
    }
  }

  #markRestarts(chart) {
    const { ctx, bbox } = chart;
    const size = 11 * devicePixelRatio;
    ctx.save();
    ctx.strokeStyle = ctx.fillStyle = colour("--restart");
    ctx.lineWidth = 1.5 * devicePixelRatio;
    ctx.setLineDash([4 * devicePixelRatio, 4 * devicePixelRatio]);
    ctx.font = `600 ${size}px system-ui, sans-serif`;
    for (const time of this.#restarts) {
      const x = chart.valToPos(time, "x", true);
      if (x < bbox.left || x > bbox.left + bbox.width) continue;
      ctx.beginPath();
      ctx.moveTo(x, bbox.top);
      ctx.lineTo(x, bbox.top + bbox.height);
      ctx.stroke();
      const right = x > bbox.left + bbox.width * 0.8;
      ctx.textAlign = right ? "right" : "left";
      ctx.fillText("restart", x + (right ? -4 : 4) * devicePixelRatio, bbox.top + size);
    }
    ctx.restore();
  }
}
