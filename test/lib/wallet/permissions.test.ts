import assert from 'node:assert/strict';

import { folderFault, requirePrivate } from '../../../lib/wallet/permissions.js';

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

describe('folderFault', () => {
  const OTHER = 1005;
  const OWNER = 1001;
  const USERS = 100;
  const fault = (mode: number, uid: number, gid: number = USERS) =>
    folderFault({ mode: 0o040000 | mode, uid, gid }, US, OWNER);

  for (const [what, mode, uid, gid] of [
    ['of our own', 0o755, US, USERS],
    ['of root', 0o755, ROOT, ROOT],
    ['of whoever the key belongs to', 0o700, OWNER, OWNER],
    ['that our private group may write to', 0o775, US, US],
    ['that is sticky, as /tmp', 0o1777, ROOT, ROOT],
    ['of our own that is sticky', 0o1777, US, USERS],
  ] as const) {
    it(`finds nothing in a folder ${what}`, () => assert.equal(fault(mode, uid, gid), null));
  }
  for (const [what, mode, uid, reason] of [
    ['that everybody may write to', 0o777, US, 'may be written to by everybody (mode 0777)'],
    ['of root that everybody may write to', 0o757, ROOT, 'may be written to by everybody (mode 0757)'],
    ['that another group may write to', 0o775, US, 'may be written to by group 100 (mode 0775)'],
    ['of somebody else', 0o755, OTHER, 'belongs to user 1005'],
    ['of somebody else that is sticky', 0o1777, OTHER, 'belongs to user 1005'],
  ] as const) {
    it(`says what is wrong with a folder ${what}`, () => assert.equal(fault(mode, uid), reason));
  }
});
