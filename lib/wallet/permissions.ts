import type { Stats } from 'node:fs';

import { crusadesError } from '../errors/index.js';

const GROUP_WRITES = 0o020;
const OTHERS = 0o007;
const GROUP_AND_OTHERS = 0o077;

/**
 * Refuses a file with a secret that more people may read or replace than have to, by the rule of OpenSSH: a file
 * of our own is ours alone. One of somebody else, as container platforms mount secrets, may be read by its group.
 *
 * @param user id of whoever runs this; undefined where there are none
 * @throws `wallet_exposed`
 */
export const requirePrivate = (
  file: string,
  { mode, uid }: Pick<Stats, 'mode' | 'uid'>,
  user = process.getuid?.(),
): void => {
  if (user === undefined) return;
  const open = mode & (uid === user ? GROUP_AND_OTHERS : OTHERS | GROUP_WRITES);
  if (open === 0) return;
  throw crusadesError('wallet_exposed', {
    path: file,
    access: (open & 0o022) === 0 ? 'read' : (open & 0o044) === 0 ? 'replaced' : 'read and replaced',
    mode: (mode & 0o777).toString(8).padStart(4, '0'),
  });
};
