import assert from 'node:assert/strict';

import { isPublicAddress } from '../../../lib/fetch/index.js';

describe('isPublicAddress', () => {
  for (const address of [
    '8.8.8.8',
    '140.82.121.4',
    '2001:4860:4860::8888',
    '2606:50c0:8000::154',
    '64:ff9b::8.8.8.8',
  ]) {
    it(`lets ${address} pass`, () => assert.equal(isPublicAddress(address), true));
  }

  const forbidden: Record<string, readonly string[]> = {
    loopback: ['127.0.0.1', '127.255.255.255', '::1', '0:0:0:0:0:0:0:1'],
    private: ['10.0.0.1', '172.16.0.1', '172.31.255.255', '192.168.1.1'],
    'link-local': ['169.254.169.254', 'fe80::1', 'fe80::1%eth0', 'febf::1'],
    'unique-local': ['fc00::1', 'fd00:ec2::254'],
    multicast: ['224.0.0.1', '239.255.255.250', 'ff02::1'],
    unspecified: ['0.0.0.0', '0.1.2.3', '::'],
    'carrier-grade NAT': ['100.64.0.1', '100.100.100.200'],
    benchmarking: ['198.18.0.1', '2001:2::1'],
    documentation: ['192.0.2.1', '198.51.100.7', '203.0.113.7', '2001:db8::1', '3fff::1'],
    reserved: [
      '192.0.0.1',
      '192.88.99.1',
      '240.0.0.1',
      '255.255.255.255',
      '100::1',
      '4000::1',
      '5f00::1',
      'fec0::1',
    ],
    'IPv4-mapped': ['::ffff:127.0.0.1', '::ffff:7f00:1', '::ffff:8.8.8.8', '::ffff:0:7f00:1'],
    'IPv4-compatible': ['::7f00:1', '::127.0.0.1'],
    '6to4': ['2002:7f00:1::', '2002:a9fe:a9fe::1'],
    Teredo: ['2001::1', '2001:0:7f00:1::1'],
    NAT64: [
      '64:ff9b::7f00:1',
      '64:ff9b::10.0.0.1',
      '64:ff9b::168.63.129.16',
      '64:ff9b:1::a00:1',
      '64:ff9b:1::808:808',
    ],
    'metadata service': ['168.63.129.16', '169.254.170.2', '100.100.100.200', 'fd00:ec2::254', '192.0.0.192'],
    'zone of a public address': ['2606:50c0:8000::154%eth0'],
    'malformed address': [
      '',
      'localhost',
      '1.2.3.4.5',
      '134744072',
      '0x8.8.8.8',
      '8.8.8',
      '08.8.8.8',
      '8.8.8.8.',
      '[2606:50c0:8000::154]',
    ],
  };
  for (const [range, addresses] of Object.entries(forbidden)) {
    for (const address of addresses) {
      it(`refuses the ${range} ${address || '(empty)'}`, () => assert.equal(isPublicAddress(address), false));
    }
  }
});
