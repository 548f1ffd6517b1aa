// npm run demo [-- OPTIONS]: sets up what is missing, then `crusades demo`.
import { performance } from 'node:perf_hooks';
import { ROOT } from './setup/project.mjs';
import { runProgram } from './launch.mjs';

const started = performance.now();
await runProgram(ROOT, ['demo', ...process.argv.slice(2)], () => {
  // The demo's report tells how long set-up took.
  process.env.CRUSADES_PROVISION_SECONDS = ((performance.now() - started) / 1000).toFixed(1);
});
