import { element, mark, say } from "./dom.js";
import { several } from "./numbers.js";
import { colour, isDark } from "./theme.js";

// Observations over time: a row for each bucket, the darker (in the dark: the brighter) the more.

const columns = 60;

// Sums up the scrapes of each column. Columns stand at round times, so that a scrape stays in its column.
function binned({ times, heat, end, window, buckets }) {
  const seconds = window / columns;
  const last = Math.floor(end / seconds);
  const bins = Array.from({ length: columns }, () => null);
  times.forEach((time, at) => {
    const column = columns - 1 - (last - Math.floor(time / seconds));
    const counts = heat[at];
    if (column < 0 || !counts) return;
    bins[column] ??= new Array(buckets).fill(0);
    counts.forEach((count, bucket) => { bins[column][bucket] += count; });
  });
  return { bins, seconds };
}

export class Heatmap {
  #canvas = element("canvas");
  #scale = element("canvas", { width: 60, height: 10, "aria-hidden": "true" });
  #most = element("span");
  #shown = null;

  constructor() {
    this.picture = element("div", { class: "heat", role: "img" }, this.#canvas);
    this.key = element("p", { class: "key" }, element("span", {}, "0"), this.#scale, this.#most);
    this.resized = new ResizeObserver(() => this.redraw());
    this.resized.observe(this.picture);
  }

  // `rowHeight` and the order of rows are those of the bars beside.
  show({ times, heat, window, buckets, rowHeight, spoken }) {
    const end = times.at(-1) ?? 0;
    const { bins, seconds } = binned({ times, heat, end, window, buckets });
    const most = Math.max(0, ...bins.flatMap((counts) => counts ?? []));
    const firstKnown = bins.findIndex((counts) => counts);
    this.#shown = { bins, most, buckets, rowHeight, firstKnown };
    say(this.#most, `${most} in ${several(seconds, "second")}`);
    mark(this.picture, "aria-label", `${spoken} At most ${most} in a bucket in ${several(seconds, "second")}.`);
    this.redraw();
  }

  redraw() {
    if (!this.#shown) return;
    const width = this.picture.clientWidth;
    const { buckets, rowHeight } = this.#shown;
    if (width === 0) return;
    this.#draw(this.#sized(this.#canvas, width, buckets * rowHeight), width);
    this.#drawScale();
  }

  close() {
    this.resized.disconnect();
  }

  #sized(canvas, width, height) {
    const dots = devicePixelRatio;
    const [wide, high] = [Math.round(width * dots), Math.round(height * dots)];
    if (canvas.width !== wide || canvas.height !== high) {
      canvas.width = wide;
      canvas.height = high;
      canvas.style.width = `${width}px`;
      canvas.style.height = `${height}px`;
    }
    const context = canvas.getContext("2d");
    context.setTransform(dots, 0, 0, dots, 0, 0);
    context.clearRect(0, 0, width, height);
    return context;
  }

  #draw(context, width) {
    const { bins, most, buckets, rowHeight, firstKnown } = this.#shown;
    const step = width / columns;
    const space = step > 5 ? 1 : 0;
    bins.forEach((counts, column) => {
      const left = Math.round(column * step);
      const wide = Math.round((column + 1) * step) - left;
      if (!counts) {
        if (firstKnown < 0 || column < firstKnown) return;
        context.fillStyle = colour("--gap");
        context.fillRect(left, 0, wide, buckets * rowHeight);
        return;
      }
      counts.forEach((count, bucket) => {
        context.fillStyle = count > 0 ? this.#shade(count / most) : colour("--heat-none");
        context.fillRect(left, (buckets - 1 - bucket) * rowHeight, wide - space, rowHeight - 1);
      });
    });
  }

  // One hue. The square root lets single slow answers be seen beside many fast ones.
  #shade(share) {
    const strength = Math.sqrt(share);
    const lightness = isDark() ? 30 + 55 * strength : 84 - 52 * strength;
    return `hsl(205 ${Math.round(55 + 30 * strength)}% ${Math.round(lightness)}%)`;
  }

  #drawScale() {
    const context = this.#sized(this.#scale, 60, 10);
    for (let x = 0; x < 60; x += 1) {
      context.fillStyle = this.#shade((x + 1) / 60);
      context.fillRect(x, 0, 1, 10);
    }
  }
}
