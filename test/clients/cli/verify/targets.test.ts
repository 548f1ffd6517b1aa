import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { findTargets } from '../../../../clients/cli/verify/targets.js';
import { skip } from '../../../support/skip.js';

const never = new AbortController().signal;

describe('what is to be checked', () => {
  let folder = '';
  const at = (name: string): string => path.join(folder, name);
  const write = (name: string): void => {
    mkdirSync(path.dirname(at(name)), { recursive: true });
    writeFileSync(at(name), '');
  };
  const found = async (...names: string[]): Promise<string[]> =>
    (await findTargets(names, never)).map(({ name }) => path.relative(folder, name));

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'crusades-targets-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('is every .py file of a folder and of those beneath it, in the order of their names', async () => {
    for (const name of ['b.py', 'a/z.py', 'a/y.py', 'c/d/e.py', 'notes.txt', 'B.py']) write(name);
    assert.deepEqual(await found(folder), ['B.py', 'a/y.py', 'a/z.py', 'b.py', 'c/d/e.py']);
  });

  it('leaves out what is hidden, and what packages were installed into', async () => {
    const kept = 'train.py';
    const leftOut = ['.git/hook.py', '.#train.py', 'node_modules/a.py', 'conda/lib/c.py', 'env/lib/x.py'];
    for (const name of [kept, ...leftOut, 'conda/conda-meta/history', 'env/pyvenv.cfg']) write(name);
    assert.deepEqual(await found(folder), [kept]);
    // Whoever names such a folder means it.
    assert.deepEqual(await found(at('env')), ['env/lib/x.py']);
  });

  it('ends where links lead in a circle, and takes the files that links lead to', async () => {
    write('a/train.py');
    symlinkSync(folder, at('a/up'));
    symlinkSync(folder, at('a/up.py'));
    symlinkSync(at('a/train.py'), at('linked.py'));
    assert.deepEqual(await found(folder), ['a/train.py', 'linked.py']);
  });

  it('is a file once, however often it is named', async () => {
    write('train.py');
    const twice = path.join(folder, '..', path.basename(folder), 'train.py');
    assert.equal((await findTargets([at('train.py'), twice, folder], never)).length, 1);
  });

  it('is a folder itself, with the reason, when there is nothing in it', async () => {
    mkdirSync(at('x.py'));
    const [target] = await findTargets([at('x.py')], never);
    assert.equal(target?.error?.code, 'file_unreadable');
    assert.match(target?.error?.message ?? '', /holds no \.py file/);
  });

  it('is a folder that may not be read, and the files beside it', async function () {
    if (process.getuid?.() === 0) return skip(this, 'root may read everything');
    write('a/train.py');
    write('b/train.py');
    chmodSync(at('a'), 0);
    try {
      const [refused, other] = await findTargets([folder], never);
      assert.match(refused?.error?.message ?? '', /permission denied/);
      assert.equal(other?.name, at('b/train.py'));
    } finally {
      chmodSync(at('a'), 0o755);
    }
  });

  it('is a URL for whatever looks like an address, so that the fetcher can say what is wrong with it', async () => {
    const targets = await findTargets(['https://example.com/train.py', 'ftp://example.com/train.py'], never);
    assert.deepEqual(
      targets.map(({ kind }) => kind),
      ['url', 'url'],
    );
  });

  it('is not looked for any longer once it is interrupted', async () => {
    await assert.rejects(findTargets([folder], AbortSignal.abort()), { name: 'AbortError' });
  });
});
