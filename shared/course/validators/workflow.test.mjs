// GitHub would accept the workflows, as far as a linter can tell without asking GitHub.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';

const folder = new URL('../../../.github/workflows/', import.meta.url);
const workflow = readFileSync(new URL('ci.yml', folder), 'utf8');

/** What the linter has to say of a workflow: nothing, if all is well. */
function complaints(workflow) {
  // The other profiles have opinions on security and cost, too.
  const options = ['--profile=correctness', '--no-hints', '--oneline', '--stdin-filename=.github/workflows/ci.yml', '-'];
  const { stdout, stderr, error } = spawnSync('jactionlint', options, { input: workflow, encoding: 'utf8' });
  assert.ifError(error);
  return `${stdout}${stderr}`;
}

for (const name of readdirSync(folder)) {
  test(`GitHub would accept ${name}`, () => assert.equal(complaints(readFileSync(new URL(name, folder), 'utf8')), ''));
}

const mistakes = [
  ['a key of a job', 'timeout-minutes', 'timeout-minuts', 'timeout-minuts'],
  ['an event', 'pull_request:', 'pull_requests:', 'pull_requests'],
  ['a permission', 'contents: read', 'contents: reed', 'reed'],
  ['a runner', 'ubuntu-24.04', 'ubuntu-24.05', 'ubuntu-24.05'],
  ['an input of an action', '          path: |', '          paths: |', 'paths'],
  ['a variable of an expression', 'runner.os', 'runer.os', 'runer'],
  ['a function of an expression', 'hashFiles(', 'hashFile(', 'hashFile'],
];

for (const [what, right, wrong, word] of mistakes) {
  test(`${what} that GitHub does not know is refused`, () => {
    assert.ok(workflow.includes(right), `no ${right} to replace`);
    assert.match(complaints(workflow.replace(right, wrong)), new RegExp(`"${word}"`));
  });
}
