// Questions to the server. A browser opens six connections to one address; the stream of events holds one.
const atOnce = 5;
let running = 0;
const waiting = [];

function turn() {
  if (running < atOnce) {
    running += 1;
    return Promise.resolve();
  }
  return new Promise((resolve) => waiting.push(resolve));
}

function finish() {
  const next = waiting.shift();
  if (next) next();
  else running -= 1;
}

export async function ask(path) {
  await turn();
  try {
    const response = await fetch(path, { signal: AbortSignal.timeout(15000) });
    if (!response.ok) throw new Error((await response.text()) || response.statusText);
    return await response.json();
  } finally {
    finish();
  }
}

// An asker has one question open at most, however slow the answers are. Where the question has changed
// meanwhile, the old answer is of no use.
export function asker(question, show, fail) {
  let asking = false;

  async function newest() {
    const path = question();
    const answer = await ask(path);
    return path === question() ? answer : newest();
  }

  return async () => {
    if (asking) return;
    asking = true;
    try {
      const answer = await newest().finally(() => { asking = false; });
      show(answer);
    } catch (error) {
      fail(error);
    }
  };
}

export function query(pairs) {
  return new URLSearchParams(pairs).toString();
}
