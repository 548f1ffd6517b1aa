import assert from 'node:assert/strict';

import { requirePrivate } from '../../../lib/wallet/permissions.js';

const US = 1000;
const ROOT = 0;

const check = (mode: number, uid: number) => () => requirePrivate('/w/hotkeys/default', { mode, uid }, US);

describe('requirePrivate', () => {
  for (const mode of [0o600, 0o400, 0o700]) {
    it(`takes a file of our own with mode ${mode.toString(8)}`, check(mode, US));
  }
  for (const [mode, access] of [
    [0o640, 'read'],
    [0o644, 'read'],
    [0o602, 'replaced'],
    [0o666, 'read and replaced'],
  ] as const) {
    it(`refuses a file of our own with mode ${mode.toString(8)}`, () => {
      assert.throws(check(mode, US), {
        code: 'wallet_exposed',
        details: { path: '/w/hotkeys/default', access, mode: `0${mode.toString(8)}` },
      });
    });
  }
  it('takes a secret that a container platform mounts for our group', check(0o440, ROOT));
  it('refuses one that everybody on the machine may read', () => {
    assert.throws(check(0o444, ROOT), { code: 'wallet_exposed' });
  });
  it('refuses one that our group may replace', () => {
    assert.throws(check(0o460, ROOT), { code: 'wallet_exposed' });
  });
});
