import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { connectChain, type Chain } from '../../../../lib/chain/index.js';
import { CRUSADES_NETUID, developmentKey, startDevnet, type Devnet } from '../../../../lib/devnet/index.js';
import { createWallet, type CreatedWallet } from '../../../../lib/wallet/index.js';
import { vectors } from '../../../lib/wallet/vectors.js';
import { runProgram, type ProgramEnd } from '../../../support/program.js';

const CODE = 'def inner_steps(model, data_iterator, optimizer, num_steps, device):\n    return None\n';
const PAYEE = developmentKey('//Ferdie').address;
const RAO = 1_000_000_000n;
const NETUID = CRUSADES_NETUID;

interface Answer {
  readonly commitment: string;
  readonly payment: { readonly block: number; readonly extrinsic_index: number };
  readonly error?: { readonly code: string; readonly message: string };
}

describe('submitting where submissions must be paid', function () {
  this.timeout(120_000);
  const vault = vectors.encrypted.find(({ scheme }) => scheme === '$ANSIBLE_VAULT') ?? assert.fail();
  let folder = '';
  let devnet: Devnet;
  let chain: Chain;
  let server: Server;
  let url = '';
  let wallet: CreatedWallet;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'crusades-paid-'));
    devnet = await startDevnet({ port: 0, blockTimeSeconds: 0.5 });
    chain = await connectChain({ endpoint: devnet.url });
    server = createServer((_request, response) => void response.end(CODE));
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/train.py`;

    const phrase = 'bottom drive obey lake curtain smoke basket hold race lonely fit walk';
    wallet = await createWallet({ path: folder }, { coldkey: phrase });
    await writeFile(join(folder, 'default', 'coldkey'), Buffer.from(vault.file_hex, 'hex'));
    await chain.transfer(developmentKey('//Alice'), wallet.coldkey.address, 10n * RAO);
    await chain.burnedRegister(wallet.coldkey, NETUID, wallet.hotkey.address);

    const hparams = JSON.parse(await readFile('hparams/local.json', 'utf8')) as { payment: object };
    Object.assign(hparams.payment, { enabled: true, address: PAYEE });
    await writeFile(join(folder, 'hparams.json'), JSON.stringify(hparams));
  });
  after(async () => {
    await chain?.close();
    await devnet?.stop();
    server?.close();
    await rm(folder, { recursive: true, force: true });
  });

  const run = (args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<ProgramEnd> =>
    runProgram([...args, '--network', 'devnet', '--endpoint', devnet.url], {
      env: { CRUSADES_HPARAMS: join(folder, 'hparams.json'), ...env },
    });
  const submit = (args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<ProgramEnd> =>
    run(['submit', url, '--wallet.path', folder, ...args], env);
  const answerIn = ({ stdout }: ProgramEnd): Answer => JSON.parse(stdout) as Answer;
  const balance = () => chain.balanceOf(wallet.coldkey.address);
  const password = { BT_WALLET_PASSWORD: vault.password };
  let place = '';

  it('spends nothing where nobody has agreed to it', async () => {
    const before = await balance();
    const end = await submit(['--json'], password);
    assert.equal(end.code, 2, end.stderr);
    assert.match(answerIn(end).error?.message ?? '', /--yes: submissions must be paid here/);
    assert.equal(await balance(), before);
  });

  it('spends nothing while the coldkey is locked, and says which variable opens it', async () => {
    const before = await balance();
    const end = await submit(['--yes']);
    assert.equal(end.code, 2, end.stderr);
    assert.match(end.stderr, /wallet_locked/);
    assert.match(end.stderr, /BT_PW_/);
    assert.equal(await balance(), before);
  });

  it('shows what is paid, pays with the opened coldkey, and commits the place of the payment', async () => {
    const end = await submit(['--yes'], password);
    assert.equal(end.code, 0, end.stderr);
    assert.match(end.stderr, /pays +about 0\.0\d+ alpha, for 0\.05 TAO/);
    assert.match(end.stderr, new RegExp(`to +${PAYEE}`));
    assert.match(end.stderr, new RegExp(`from +coldkey ${wallet.coldkey.address}, which has 9\\.\\d+ TAO`));
    place = /Paid: (\d+:\d+)/.exec(end.stderr)?.[1] ?? assert.fail(end.stderr);
    assert.match(end.stdout, new RegExp(`payment +${place}`));
    for (const secret of [vault.password, 'bottom drive'])
      assert.ok(!(end.stdout + end.stderr).includes(secret));
  });

  it('commits with a payment of before without paying again', async () => {
    const before = await balance();
    const end = await submit(['--json', '--payment', place]);
    assert.equal(end.code, 0, end.stderr + end.stdout);
    const { commitment, payment } = answerIn(end);
    assert.match(commitment, new RegExp(`^[0-9a-f]{32}:${place}:${url}$`));
    assert.equal(`${payment.block}:${payment.extrinsic_index}`, place);
    assert.equal(await balance(), before);
  });

  it('is judged by everybody from the block', async () => {
    const end = await run(['payment', 'verify', place, '--hotkey', wallet.hotkey.address]);
    assert.equal(end.code, 0, end.stderr);
    assert.match(end.stdout, /counts +yes/);
    assert.match(end.stdout, new RegExp(`payer +${wallet.coldkey.address}`));
    assert.match(end.stderr, /What it was used for is not known here/);
  });

  it('is refused for another hotkey, with the reason', async () => {
    const other = developmentKey('//Bob//validator').address;
    const end = await run(['payment', 'verify', place, '--hotkey', other, '--json']);
    assert.equal(end.code, 1, end.stderr);
    const answer = JSON.parse(end.stdout) as { counts: boolean; error: { code: string } };
    assert.deepEqual([answer.counts, answer.error.code], [false, 'payment_foreign']);
  });
});
