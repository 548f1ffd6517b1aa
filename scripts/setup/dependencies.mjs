import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SetupError } from './project.mjs';
import { run } from './run.mjs';

const INSTALL_TIMEOUT_SECONDS = 900;

/** Whether `node_modules` is what the lock file asks for. */
export function dependenciesAreFresh(root) {
  const stamp = stampFile(root);
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lockHash(root)) return true;
  if (!installedAsLocked(root)) return false;
  // Installed by hand with npm: as good, and `npm ci` would pull it away from under running programs.
  writeFileSync(stamp, lockHash(root));
  return true;
}

/** `npm ci`. It empties `node_modules` first, so that an interrupted one leaves no stamp and starts over. */
export async function installDependencies(root) {
  const npm = process.env.npm_execpath;
  const args = ['ci', '--no-audit', '--no-fund', '--loglevel=error'];
  const [command, rest] = npm ? [process.execPath, [npm, ...args]] : ['npm', args];
  const { code, output } = await run(command, rest, { cwd: root, timeoutSeconds: INSTALL_TIMEOUT_SECONDS });
  if (code !== 0) {
    throw new SetupError(
      `npm ci failed (${code === null ? `no end within ${INSTALL_TIMEOUT_SECONDS} s` : `exit code ${code}`}):\n${output}`,
      'Tried: the packages of package-lock.json from the registry that npm is configured with ' +
        '(`npm config get registry`). Check the network, a proxy (HTTPS_PROXY) and free disk space, then run it again.',
    );
  }
  writeFileSync(stampFile(root), lockHash(root));
}

const stampFile = (root) => join(root, 'node_modules', '.crusades-stamp');

const lockHash = (root) =>
  createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');

/** Compares the lock file with npm's own record of what it installed. */
function installedAsLocked(root) {
  const record = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(record)) return false;
  const locked = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages;
  const installed = JSON.parse(readFileSync(record, 'utf8')).packages;
  const wanted = Object.entries(locked).filter(([path]) => path !== '');
  return (
    Object.keys(installed).every((path) => path in locked) &&
    wanted.every(([path, { version, optional, peer, os, cpu }]) =>
      installed[path] ? installed[path].version === version : Boolean(optional || peer || os || cpu),
    )
  );
}
