import type { Stats } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import path from 'node:path';

import { crusadesError } from '../errors/index.js';

const GROUP_WRITES = 0o020;
const OTHERS = 0o007;
const GROUP_AND_OTHERS = 0o077;
const OTHERS_WRITE = 0o002;
/** Whoever may write to the folder may still not rename or remove what belongs to somebody else. */
const STICKY = 0o1000;
const ROOT = 0;

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

/** What is asked of a folder. */
export type FolderStats = Pick<Stats, 'mode' | 'uid' | 'gid'>;

/**
 * Why people other than a key's own could put another key in its place through a folder on the way to it; null: they
 * can't. A folder may belong to us, to root or to whoever the key belongs to. Its group may write to it only where
 * that is the owner's private group, which many systems give each user, under the user's own number.
 *
 * @param user id of whoever runs this
 * @param keyOwner id of whoever the key file belongs to
 */
export const folderFault = (
  { mode, uid, gid }: FolderStats,
  user: number,
  keyOwner: number,
): string | null => {
  if (![user, ROOT, keyOwner].includes(uid)) return `belongs to user ${uid}`;
  if ((mode & STICKY) !== 0) return null;
  const stated = `(mode ${(mode & 0o777).toString(8).padStart(4, '0')})`;
  if ((mode & OTHERS_WRITE) !== 0) return `may be written to by everybody ${stated}`;
  if ((mode & GROUP_WRITES) !== 0 && gid !== uid) return `may be written to by group ${gid} ${stated}`;
  return null;
};

/**
 * Refuses a key file when a folder on the way to it lets others put another one there. Every folder up to the root
 * counts, those of the path as it is named and those that its links lead to.
 *
 * @throws `wallet_replaceable`
 */
export const requirePrivateFolders = async (
  file: string,
  { uid: keyOwner }: Pick<Stats, 'uid'>,
  user = process.getuid?.(),
): Promise<void> => {
  if (user === undefined) return;
  const named = path.resolve(file);
  const folders = new Set([...foldersAbove(named), ...foldersAbove(await realpath(named))]);
  for (const folder of folders) {
    const reason = folderFault(await stat(folder), user, keyOwner);
    if (reason !== null) throw crusadesError('wallet_replaceable', { path: file, folder, reason });
  }
};

/** The nearest first. */
const foldersAbove = (file: string): readonly string[] => {
  const folder = path.dirname(file);
  return folder === file ? [] : [folder, ...foldersAbove(folder)];
};
