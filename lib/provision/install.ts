import { existsSync, readdirSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const STAMP = '.complete';
const DRAFT_PREFIX = 'draft-';

/** Whether the folder holds a finished installation; its stamp says for people what it was made from. */
export const isInstalled = (folder: string): boolean => existsSync(join(folder, STAMP));

/**
 * Makes `folder` in one step: `fill` works in a draft beside it, which is renamed when it is complete, its stamp
 * written last. Whoever is interrupted leaves a draft that nobody takes for the thing itself.
 * Call it while holding the cache's lock.
 */
export const install = async (
  folder: string,
  fill: (draft: string) => Promise<Readonly<Record<string, string>>>,
): Promise<void> => {
  const parent = join(folder, '..');
  await mkdir(parent, { recursive: true, mode: 0o755 });
  const draft = await mkdtemp(join(parent, DRAFT_PREFIX));
  try {
    const facts = await fill(draft);
    await writeFile(join(draft, STAMP), JSON.stringify(facts));
    await rm(folder, { recursive: true, force: true });
    await rename(draft, folder);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
};

/** Clears away what interrupted installations left. Call it while holding the cache's lock. */
export const removeDrafts = async (cache: string): Promise<void> => {
  if (!existsSync(cache)) return;
  const drafts = readdirSync(cache).filter((name) => name.startsWith(DRAFT_PREFIX));
  await Promise.all(drafts.map((name) => rm(join(cache, name), { recursive: true, force: true })));
};
