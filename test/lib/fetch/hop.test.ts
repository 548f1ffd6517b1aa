import assert from 'node:assert/strict';
import { isPublicAddress, type Address } from '../../../lib/fetch/index.js';
import { checkHop, type HopRules } from '../../../lib/fetch/hop.js';
import { failsWith } from './fetching.js';

const PRODUCTION: HopRules = { allows: isPublicAddress, ports: [] };
const { signal } = new AbortController();
const PUBLIC: Address = { address: '140.82.121.4', family: 4 };

describe('checkHop', () => {
  let asked: string[];
  beforeEach(() => (asked = []));

  const check = (url: string, addresses: readonly Address[] = [PUBLIC], rules = PRODUCTION) =>
    checkHop(
      url,
      rules,
      async (host) => {
        asked.push(host);
        return addresses;
      },
      signal,
    );
  const notations: Record<string, readonly string[]> = {
    decimal: ['2130706433', '2852039166', '3232235777'],
    octal: ['0177.0.0.1', '017700000001', '0251.0376.0251.0376'],
    hexadecimal: ['0x7f.0.0.1', '0x7f000001', '0X7F.1', '0xa9.0xfe.0xa9.0xfe'],
    mixed: ['0x7f.0.0.01', '127.0x0.1', '127.1', '10.1', '0'],
    'IPv4-mapped': ['[::ffff:127.0.0.1]', '[::ffff:7f00:1]', '[0:0:0:0:0:ffff:a9fe:a9fe]'],
    'IPv4-compatible': ['[::127.0.0.1]', '[::7f00:1]'],
    NAT64: ['[64:ff9b::127.0.0.1]', '[64:ff9b::a9fe:a9fe]', '[64:ff9b:1::127.0.0.1]'],
    '6to4': ['[2002:7f00:1::]', '[2002:a00:1::1]'],
    IPv6: ['[::]', '[::1]', '[0000:0000:0000::0001]', '[fe80::1]', '[fd00:ec2::254]', '[ff02::1]'],
    'dotted at the end': ['127.0.0.1.', '2130706433.', '0x7f.1.'],
    'percent-encoded': ['%31%32%37.0.0.1', '127%2e0.0.1', '%30x7f000001'],
    'full-width': ['１２７.０.０.１', '127。0。0。1', '１６９｡２５４｡１６９｡２５４'],
    'in circled digits': ['①②⑦.⓪.⓪.①'],
    'with invisible characters': ['127.0.\u00ad0.1', '127.0.0\u200b.1'],
  };
  for (const [how, hosts] of Object.entries(notations)) {
    for (const host of hosts) {
      it(`refuses an inner address that is ${how}: ${JSON.stringify(host)}`, async () => {
        await failsWith('fetch_address_forbidden', check(`http://${host}/train.py`));
        assert.deepEqual(asked, [], 'without a look-up');
      });
    }
  }

  for (const host of [
    '[fe80::1%25eth0]',
    '[fe80::1%eth0]',
    '[::1',
    '256.0.0.1',
    '1.2.3.4.5',
    '0x7f.0.0.0.1',
    'a b',
  ]) {
    it(`does not take ${JSON.stringify(host)} for a host`, () =>
      failsWith('fetch_url_invalid', check(`http://${host}/train.py`), /not a URL/));
  }

  for (const name of ['localhost', 'LOCALHOST.', 'ⓛⓞⓒⓐⓛⓗⓞⓢⓣ', 'metadata.google.internal.', 'ｌocalhost']) {
    it(`refuses the name ${name} where it leads inside`, async () => {
      await failsWith(
        'fetch_address_forbidden',
        check(`http://${name}/`, [{ address: '127.0.0.1', family: 4 }]),
      );
      assert.equal(asked.length, 1);
      assert.match(asked[0] ?? '', /^(localhost|metadata\.google\.internal)$/);
    });
  }

  for (const address of ['fe80::1%eth0', '::ffff:10.0.0.1', '64:ff9b::a00:1', '2002:a00:1::']) {
    it(`refuses a name that leads to ${address}, among others`, () =>
      failsWith(
        'fetch_address_forbidden',
        check('http://example.com/', [PUBLIC, { address, family: 6 }]),
        /example\.com leads to/,
      ));
  }

  it('names a host that looks like another by its ASCII form', () =>
    failsWith(
      'fetch_address_forbidden',
      check('http://gіthub.com/', [{ address: '10.0.0.1', family: 4 }]),
      /xn--gthub-n2e\.com leads to 10\.0\.0\.1/,
    ));

  it('checks all of many addresses and hands eight of them on', async () => {
    const many = Array.from({ length: 4000 }, (_, i) => ({ address: `8.8.${i >> 8}.${i & 255}`, family: 4 }));
    assert.equal((await check('http://example.com/', many)).addresses.length, 8);
    await failsWith(
      'fetch_address_forbidden',
      check('http://example.com/', [...many, { address: '10.0.0.1', family: 4 }]),
    );
  });

  it('keeps the port, the path and the query of a URL, and no dot behind the name', async () => {
    const { url } = await check('https://EXAMPLE.com.:443/a%20b?c=d');
    assert.equal(url.href, 'https://example.com/a%20b?c=d');
  });

  for (const port of [0, 22, 25, 79, 8080, 8443, 65_535]) {
    it(`refuses port ${port}`, () =>
      failsWith('fetch_url_invalid', check(`http://example.com:${port}/`), /only 80, 443/));
  }

  it('names the ports that are configured', () =>
    failsWith(
      'fetch_url_invalid',
      check('http://example.com:1/', [PUBLIC], { ...PRODUCTION, ports: [8080] }),
      /only 80, 443, 8080/,
    ));

  it('names a port once that is configured though it is always allowed', () =>
    failsWith(
      'fetch_url_invalid',
      check('http://example.com:1/', [PUBLIC], { ...PRODUCTION, ports: [443, 8080] }),
      /only 80, 443, 8080\./,
    ));

  for (const url of [
    'http://example.com:80/',
    'https://example.com:443/',
    'http://example.com:443/',
    'https://example.com:80/',
  ]) {
    it(`lets ${url} pass`, async () => assert.deepEqual((await check(url)).addresses, [PUBLIC]));
  }

  for (const scheme of ['file', 'ftp', 'gopher', 'data', 'javascript', 'ws', 'unix']) {
    it(`refuses the scheme ${scheme}`, () =>
      failsWith('fetch_url_invalid', check(`${scheme}://example.com/train.py`), new RegExp(`not ${scheme}`)));
  }

  it('prints no control character of a URL that it refuses', () =>
    failsWith('fetch_url_invalid', check('ftp://x/\u001b[31m\u202e'), /^[^\p{C}]*$/u));
});
