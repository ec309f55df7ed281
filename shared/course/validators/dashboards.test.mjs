// Each dashboard has the fields and values that the newest Grafana's own types know, and no others.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('.', import.meta.url));
const dashboards = join(here, '../../../grafana/dashboards');
const scratch = mkdtempSync(join(tmpdir(), 'dashboards-'));
after(() => rmSync(scratch, { recursive: true }));

const options = ['--noEmit', '--strict', '--skipLibCheck', '--module', 'preserve', '--target', 'esnext', '--types', ''];

/** What the compiler has to say of a dashboard: nothing, if all is well. */
function complaints(dashboard) {
  const file = join(scratch, 'dashboard.ts');
  const type = JSON.stringify(join(here, 'dashboard'));
  // Only a literal is searched for fields that its type does not know.
  const literal = JSON.stringify(dashboard, null, 2);
  writeFileSync(file, `import type { DashboardFile } from ${type};\nexport const dashboard: DashboardFile = ${literal};\n`);
  const { stdout, stderr, error } = spawnSync(process.execPath, [join(here, 'node_modules/typescript/bin/tsc'), ...options, file]);
  assert.ifError(error);
  return `${stdout}${stderr}`;
}

function read(name) {
  return JSON.parse(readFileSync(join(dashboards, name), 'utf8'));
}

for (const name of readdirSync(dashboards)) {
  test(`Grafana knows all that ${name} says`, () => assert.equal(complaints(read(name)), ''));
}

/** The first panel of a kind. */
const first = (dashboard, kind) => dashboard.panels.find((panel) => panel.type === kind);

const mistakes = [
  ['a field of a dashboard', (d) => { d.grafTooltip = 1; }, 'grafTooltip'],
  ['a value of a dashboard', (d) => { d.graphTooltip = 3; }, '3'],
  ['a field of a panel', (d) => { first(d, 'stat').descripton = ''; }, 'descripton'],
  ['a kind of panel', (d) => { first(d, 'stat').type = 'statistic'; }, 'statistic'],
  ['a field of a row', (d) => { first(d, 'row').colapsed = true; }, 'colapsed'],
  ['an option of a stat', (d) => { first(d, 'stat').options.graphmode = 'area'; }, 'graphmode'],
  ['a value of a stat', (d) => { first(d, 'stat').options.graphMode = 'bars'; }, 'bars'],
  ['an option deep in a stat', (d) => { first(d, 'stat').options.reduceOptions.calc = ['last']; }, 'calc'],
  ['an option of a graph', (d) => { first(d, 'timeseries').options.legends = {}; }, 'legends'],
  ['a value of a graph', (d) => { first(d, 'timeseries').options.tooltip.sort = 'up'; }, 'up'],
  ['a way to draw a graph', (d) => { first(d, 'timeseries').fieldConfig.defaults.custom = { drawStyle: 'dots' }; }, 'dots'],
  ['a field of the way to draw a graph', (d) => { first(d, 'timeseries').fieldConfig.defaults.custom = { width: 2 }; }, 'width'],
  ['an option of a heatmap', (d) => { first(d, 'heatmap').options.yAxes = {}; }, 'yAxes'],
  ['a value of a heatmap', (d) => { first(d, 'heatmap').options.color.mode = 'rainbow'; }, 'rainbow'],
  ['an option of a table', (d) => { first(d, 'table').options = { showHeaders: true }; }, 'showHeaders', '00-item-api.json'],
  ['a unit', (d) => { first(d, 'stat').fieldConfig.defaults.unit = 'requests'; }, 'requests'],
  ['a threshold', (d) => { first(d, 'stat').fieldConfig.defaults.thresholds = { mode: 'relative', steps: [] }; }, 'relative'],
  ['a mapping', (d) => { first(d, 'stat').fieldConfig.defaults.mappings = [{ type: 'values', options: {} }]; }, 'values'],
  ['a field of a query', (d) => { first(d, 'stat').targets[0].legend = ''; }, 'legend'],
  ['a format of a query', (d) => { first(d, 'heatmap').targets[0].format = 'buckets'; }, 'buckets'],
];

for (const [what, make, word, name = 'overview.json'] of mistakes) {
  test(`${what} that Grafana does not know is refused`, () => {
    const dashboard = read(name);
    make(dashboard);
    assert.match(complaints(dashboard), new RegExp(`['"]${word}['"]`));
  });
}
