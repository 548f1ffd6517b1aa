import { execFile, spawn } from 'node:child_process';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { promisify } from 'node:util';
import { ROOT } from '../setup/project.mjs';
import { denseFile, honestFile, linesOf } from './scan-inputs.mjs';

const run = promisify(execFile);
const LARGE = 500_000;
const FILES = 1000;
const TIMEOUT_MS = 300_000;

/** How long a miner waits for a verdict, and what a worker with a scanner weighs. */
export async function benchScan() {
  const honest = await sources('honest');
  // A file as large as this may not hand modules around (`too_tangled`).
  const fragments = (await sources('honest-fragments', (name) => name !== 'modules.py')).flatMap((text) =>
    text.split(/^# == .*\n/m).slice(1),
  );
  const ordinary = linesOf([...honest, ...fragments], 300);
  const large = honestFile([...honest, ...fragments], honest[0], LARGE);
  const dense = denseFile(LARGE);
  const folder = await mkdtemp(join(tmpdir(), 'crusades-bench-scan-'));
  try {
    const warm = await inProcess(folder, { ordinary, large, dense });
    await Promise.all(
      Array.from({ length: FILES }, (_, i) => writeFile(join(folder, `${i}.py`), honest[i % honest.length])),
    );
    const one = join(ROOT, 'test/honest/baseline.py');
    return [
      { name: 'scan: 300 lines, median of 50 by a new worker', value: warm.early, unit: 'ms' },
      { name: 'scan: 300 lines, warm, median of the next 50', value: warm.ordinary, unit: 'ms', target: 20 },
      { name: 'scan: 500 KB of honest code, warm, median of 5', value: warm.large, unit: 's', target: 2 },
      { name: 'scan: 500 KB dense in names, warm, median of 3', value: warm.dense, unit: 's', target: 2 },
      { name: 'scan: memory of the process, at most', value: warm.memory, unit: 'MB', target: 500 },
      { name: 'crusades verify, one file', value: await verifySeconds(one), unit: 's', target: 4 },
      { name: `crusades verify, ${FILES} files`, value: await verifySeconds(folder), unit: 's', target: 30 },
    ];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function sources(folder, wanted = () => true) {
  const at = join(ROOT, 'test', folder);
  const names = (await readdir(at)).filter((name) => name.endsWith('.py') && wanted(name)).sort();
  return Promise.all(names.map((name) => readFile(join(at, name), 'utf8')));
}

async function verifySeconds(path) {
  const started = performance.now();
  const { stdout } = await run(process.execPath, [join(ROOT, 'crusades'), 'verify', path, '--json'], {
    cwd: ROOT,
    timeout: TIMEOUT_MS,
    maxBuffer: 2 ** 28,
  });
  const refused = JSON.parse(stdout).filter(({ ok }) => !ok);
  if (refused.length > 0) throw new Error(`${refused[0].file} is refused, though it is honest`);
  return (performance.now() - started) / 1000;
}

/** In a process of its own, whose memory is nobody else's. */
async function inProcess(folder, texts) {
  const files = Object.entries(texts).map(([name, text]) => [name, join(folder, `${name}.txt`), text]);
  await Promise.all(files.map(([, path, text]) => writeFile(path, text)));
  const child = spawn(
    process.execPath,
    [join(ROOT, 'scripts/bench/scan-process.mjs'), ...files.map(([, path]) => path)],
    { stdio: ['ignore', 'pipe', 'inherit'], timeout: TIMEOUT_MS },
  );
  try {
    for await (const line of createInterface({ input: child.stdout })) return JSON.parse(line);
  } finally {
    child.kill('SIGKILL');
    await Promise.all(files.map(([, path]) => rm(path, { force: true })));
  }
  throw new Error('the scanning process ended without its figures');
}
