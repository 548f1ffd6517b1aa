import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { ROOT } from '../setup/project.mjs';

const CROWD = 200;
const TIMES = 20;
const SECONDS = 6;
const MAX_BYTES = 500_000;
/** What each of the crowd does, in turn. */
const KINDS = ['silent', 'drip', 'almost', 'bomb', 'wrapped'];

/** A healthy host alone and beside two hundred bad ones; memory while these keep as much of it as they can. */
export async function benchFetch() {
  const { createFetcher } = await import(pathToFileURL(join(ROOT, 'dist/lib/fetch/index.js')).href);
  const hosts = await startHosts();
  const resolve = async () => [{ address: '127.0.0.1', family: 4 }];
  const fetcher = createFetcher({ resolve, isPublic: (address) => address === '127.0.0.1' });
  const fetchFrom = (kind) =>
    fetcher.fetchCode(`http://${kind}.test:${hosts.port}/${kind}`, {
      timeoutSeconds: SECONDS,
      maxBytes: MAX_BYTES,
      committedHash: null,
      ports: [hosts.port],
    });
  try {
    await healthyMs(fetchFrom);
    const alone = await healthyMs(fetchFrom);
    const memory = watchMemory();
    const crowd = Array.from({ length: CROWD }, () => fetchFrom('drip').catch(({ code }) => code));
    await sleep(1000);
    const beside = await healthyMs(fetchFrom);
    await Promise.all(crowd);

    const greedy = Array.from({ length: CROWD }, (_, i) =>
      fetchFrom(KINDS[i % KINDS.length]).catch(({ code }) => code),
    );
    const started = performance.now();
    await fetchFrom('healthy');
    const arriving = performance.now() - started;
    const codes = new Set(await Promise.all(greedy));
    const added = memory.stop();
    const almost = Array.from({ length: CROWD }, () => fetchFrom('almost').catch(({ code }) => code));
    const full = watchMemory();
    await Promise.all(almost);
    return [
      { name: 'fetch: a healthy host alone', value: alone, unit: 'ms' },
      { name: `fetch: the same beside ${CROWD} slow ones`, value: beside, unit: 'ms', target: 100 },
      {
        name: `fetch: the same while ${CROWD} bad ones of five kinds arrive`,
        value: arriving,
        unit: 'ms',
      },
      {
        name: `fetch: memory that ${CROWD} slow, then ${CROWD} bad ones add`,
        value: added,
        unit: 'MB',
        target: 300,
      },
      {
        name: `fetch: memory that ${CROWD} more with 499 kB each add`,
        value: full.stop(),
        unit: 'MB',
        target: 300,
      },
      {
        name: 'fetch: bad ones that ended in no code of the catalogue',
        value: codes.has(undefined) ? 1 : 0,
        unit: '',
        target: 0,
      },
    ];
  } finally {
    hosts.stop();
  }
}

async function healthyMs(fetchFrom) {
  const times = [];
  for (let time = 0; time < TIMES; time++) {
    const started = performance.now();
    await fetchFrom('healthy');
    times.push(performance.now() - started);
  }
  return times.sort((a, b) => a - b)[TIMES >> 1];
}

/** The most that this process grew, in MB, looked at ten times a second. */
function watchMemory() {
  const before = process.memoryUsage().rss;
  let most = before;
  const look = () => (most = Math.max(most, process.memoryUsage().rss));
  const timer = setInterval(look, 100);
  return {
    stop() {
      clearInterval(timer);
      look();
      return (most - before) / 1e6;
    },
  };
}

async function startHosts() {
  const child = spawn(process.execPath, [join(ROOT, 'scripts/bench/slow-hosts.mjs'), 'serve'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  for await (const line of createInterface({ input: child.stdout })) {
    return { port: JSON.parse(line).port, stop: () => child.kill('SIGTERM') };
  }
  throw new Error('the hosts ended before they were ready');
}
