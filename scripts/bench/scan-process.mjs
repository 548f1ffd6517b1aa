// Scans the three files of scripts/bench/scan.mjs and prints what it took as JSON.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { pathToFileURL } from 'node:url';
import { ROOT } from '../setup/project.mjs';

/** A slow machine is to be told its seconds, not that it ran into the limit of 5. */
const SCAN_SECONDS = 60;

const [ordinary, large, dense] = await Promise.all(
  process.argv.slice(2).map((path) => readFile(path, 'utf8')),
);
const { createScanner } = await import(pathToFileURL(join(ROOT, 'dist/lib/scan/index.js')).href);
const scanner = createScanner({ scanSeconds: SCAN_SECONDS });

let most = 0;
const look = () => (most = Math.max(most, process.memoryUsage().rss));
const timer = setInterval(look, 20);
try {
  // The first of each kind compiles what the others use.
  const median = async (text, times) => {
    const seconds = [];
    for (let time = 0; time <= times; time++) {
      // A worker that a large file has worn out is replaced; loading CPython is not scanning.
      await scanner.scan(ordinary);
      const started = performance.now();
      const { ok, findings } = await scanner.scan(text);
      seconds.push((performance.now() - started) / 1000);
      if (!ok) throw new Error(`an honest file is refused: ${JSON.stringify(findings.find(isRefusal))}`);
    }
    return seconds.slice(1).sort((a, b) => a - b)[times >> 1];
  };
  const isRefusal = ({ severity }) => severity === 'reject';
  const figures = {
    // V8 compiles the scanner and CPython in the course of these.
    early: 1000 * (await median(ordinary, 50)),
    ordinary: 1000 * (await median(ordinary, 50)),
    large: await median(large, 5),
    dense: await median(dense, 3),
  };
  look();
  console.log(JSON.stringify({ ...figures, memory: most / 1e6 }));
} finally {
  clearInterval(timer);
  await scanner.close();
}
