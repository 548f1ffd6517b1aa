import { closeSync, mkdirSync, openSync, readSync, renameSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/** Beyond it a log is put aside at the next start; one older log is kept. */
const LARGEST_LOG_BYTES = 10 * 1024 * 1024;

/** Opens a process's log for appending; its present end is where the new process's output begins. */
export const openLog = (file: string): { readonly descriptor: number; readonly start: number } => {
  mkdirSync(dirname(file), { recursive: true });
  if (sizeOf(file) > LARGEST_LOG_BYTES) renameSync(file, `${file}.1`);
  return { descriptor: openSync(file, 'a'), start: sizeOf(file) };
};

/** Whole lines as they are added to a file, from a place in it on. */
export const followLines = (file: string, start: number): (() => string[]) => {
  let position = start;
  let rest = Buffer.alloc(0);
  return () => {
    const added = readFrom(file, position);
    position += added.length;
    const text = Buffer.concat([rest, added]);
    const end = text.lastIndexOf('\n');
    rest = text.subarray(end + 1);
    return end < 0 ? [] : text.subarray(0, end).toString('utf8').split('\n');
  };
};

/** The last lines that are not blank, since `start`. */
export const lastLines = (file: string, start: number, count: number): string[] =>
  readFrom(file, Math.max(start, sizeOf(file) - TAIL_BYTES))
    .toString('utf8')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .slice(-count);

const TAIL_BYTES = 16_384;

const readFrom = (file: string, position: number): Buffer => {
  const size = sizeOf(file) - position;
  if (size <= 0) return Buffer.alloc(0);
  const descriptor = openSync(file, 'r');
  try {
    const buffer = Buffer.alloc(size);
    return buffer.subarray(0, readSync(descriptor, buffer, 0, size, position));
  } finally {
    closeSync(descriptor);
  }
};

const sizeOf = (file: string): number => {
  try {
    return statSync(file).size;
  } catch {
    return 0;
  }
};
