import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { Worker, type WorkerOptions } from 'node:worker_threads';

/**
 * Starts a thread that runs a file of ours.
 *
 * Compiled, that is a `.js` file; a checkout runs TypeScript, whose loader the thread must be told.
 *
 * @param beside `import.meta.url` of the caller
 * @param name of the file beside it, without its ending
 */
export const startThread = (beside: string, name: string, options: WorkerOptions = {}): Worker => {
  if (!beside.endsWith('.ts')) return new Worker(new URL(`./${name}.js`, beside), options);
  const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx/package.json'));
  const loader = new URL('./dist/esm/api/index.mjs', tsx).href;
  const file = new URL(`./${name}.ts`, beside).href;
  const start = `import('${loader}').then(({ register }) => { register(); return import('${file}'); })`;
  return new Worker(start, { ...options, eval: true });
};
