import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';

import { passwordPrompt } from '../../../clients/cli/password-prompt.js';

const terminal = () => {
  const input = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => undefined });
  const output = Object.assign(new PassThrough(), { isTTY: true, columns: 200 });
  let shown = '';
  output.on('data', (data: Buffer) => (shown += data.toString()));
  return { input, output, shown: () => shown };
};

const untilShown = async ({ shown }: { shown: () => string }, text: string): Promise<void> => {
  const until = Date.now() + 5_000;
  while (!shown().includes(text)) {
    assert.ok(Date.now() < until, `not shown: ${text}`);
    await new Promise((resume) => setTimeout(resume, 10));
  }
};

describe('passwordPrompt', () => {
  it('returns what is typed and shows none of it', async () => {
    const screen = terminal();
    const answer = passwordPrompt(undefined, screen)?.('/w/coldkey', 1);
    await untilShown(screen, 'Password of /w/coldkey');
    for (const letter of 'horse staple') screen.input.write(letter);
    screen.input.write('\r');
    assert.equal(await answer, 'horse staple');
    assert.ok(!/horse|staple|\*{3}/.test(screen.shown()));
  });

  it('says that the password before was wrong', async () => {
    const screen = terminal();
    const answer = passwordPrompt(undefined, screen)?.('/w/coldkey', 2);
    await untilShown(screen, 'That is not its password.');
    screen.input.write('x\r');
    assert.equal(await answer, 'x');
  });

  it('takes no empty password', async () => {
    const screen = terminal();
    const answer = passwordPrompt(undefined, screen)?.('/w/coldkey', 1);
    await untilShown(screen, 'Password of');
    screen.input.write('\r');
    await untilShown(screen, 'cannot be empty');
    screen.input.write('y\r');
    assert.equal(await answer, 'y');
  });

  it('ends with the command that is interrupted', async () => {
    const screen = terminal();
    const interrupted = new AbortController();
    const answer = passwordPrompt(interrupted.signal, screen)?.('/w/coldkey', 1);
    await untilShown(screen, 'Password of');
    interrupted.abort(new Error('interrupted'));
    await assert.rejects(Promise.resolve(answer), /interrupted/);
  });

  it('passes Ctrl-C on to the command', async () => {
    const screen = terminal();
    const controller = new AbortController();
    process.once('SIGINT', () => controller.abort(new Error('interrupted')));
    const answer = passwordPrompt(controller.signal, screen)?.('/w/coldkey', 1);
    await untilShown(screen, 'Password of');
    screen.input.write('\u0003');
    await assert.rejects(Promise.resolve(answer), /interrupted/);
  });

  it('asks nobody where standard input or standard error is no terminal', () => {
    const { input, output } = terminal();
    assert.equal(
      passwordPrompt(undefined, { input: Object.assign(input, { isTTY: false }), output }),
      undefined,
    );
    const other = terminal();
    Object.assign(other.output, { isTTY: false });
    assert.equal(passwordPrompt(undefined, other), undefined);
  });
});
