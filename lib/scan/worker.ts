import { parentPort } from 'node:worker_threads';

import { openParser } from './python-parser.js';
import { startPython } from './python-start.js';
import type { ScanReport } from './report.js';
import { scanSource } from './scan-source.js';

/** Worker thread: loads CPython once, then judges one text after the other. See `scanner.ts` for its owner. */
export type WorkerAnswer =
  | { readonly kind: 'ready' }
  /** `spent`: the file took so much memory that the next one should meet another worker. */
  | { readonly kind: 'report'; readonly report: ScanReport; readonly spent: boolean }
  /** The file broke the parser, which is of no use any more. */
  | { readonly kind: 'broken'; readonly reason: string };

/**
 * Memory of CPython in bytes. WebAssembly's memory grows, never shrinks, and is not counted by any limit of a
 * thread. Starting takes 31 MB, an ordinary file nothing more, 500 KB of honest code 65 MB, the same dense in
 * names 95 MB. Beyond the limit CPython raises a MemoryError.
 */
const MAX_MEMORY = 192 * 2 ** 20;
/** From here on the worker is not kept. */
const SPENT_MEMORY = 128 * 2 ** 20;

/** The only memory of this thread that grows is CPython's. @returns how large it is */
const boundMemory = (): (() => number) => {
  const { prototype } = (globalThis as unknown as { WebAssembly: { Memory: { prototype: GrowingMemory } } })
    .WebAssembly.Memory;
  const { grow } = prototype;
  let bytes = 0;
  prototype.grow = function (this: GrowingMemory, pages: number): number {
    if (this.buffer.byteLength + pages * PAGE > MAX_MEMORY) throw new RangeError('the memory is used up');
    const before = grow.call(this, pages);
    bytes = this.buffer.byteLength;
    return before;
  };
  return () => bytes;
};

/** What is used of `WebAssembly.Memory`, which Node's types leave out. */
interface GrowingMemory {
  readonly buffer: ArrayBuffer;
  grow: (this: GrowingMemory, pages: number) => number;
}
const PAGE = 65_536;

const answer = (message: WorkerAnswer): void => parentPort?.postMessage(message);

/** CPython tells of its errors by tracebacks. */
const reasonOf = (error: unknown): string => {
  const message = error instanceof Error ? error.message : String(error);
  if (message.includes('MemoryError')) return 'its syntax tree takes too much memory';
  if (error instanceof RangeError) return 'it is nested too deeply';
  return message.trim().split('\n').at(-1) ?? message;
};

const memory = boundMemory();
const parser = openParser(await startPython());
parentPort?.on('message', (text: string) => {
  try {
    answer({ kind: 'report', report: scanSource(text, parser), spent: memory() > SPENT_MEMORY });
  } catch (error) {
    answer({ kind: 'broken', reason: reasonOf(error) });
  }
});
answer({ kind: 'ready' });
