// Kills what its owner started when the owner is gone, however it went: kill -9 included.
// The owner writes `+<group>` and `-<group>` lines; the end of standard input is the owner's end.
// Plain JavaScript, so that it starts the same from the sources and from `dist`.
import { createInterface } from 'node:readline';

// A signal to the owner's whole session is the owner's to answer.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT']) process.on(signal, () => {});

const groups = new Set();

createInterface({ input: process.stdin })
  .on('line', (line) => {
    const group = Number(line.slice(1));
    if (!Number.isInteger(group) || group <= 1) return;
    if (line.startsWith('+')) groups.add(group);
    if (line.startsWith('-')) groups.delete(group);
  })
  .on('close', () => {
    for (const group of groups) {
      try {
        process.kill(-group, 'SIGKILL');
      } catch {
        // It has ended by itself.
      }
    }
    process.exit(0);
  });
