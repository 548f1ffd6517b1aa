import assert from 'node:assert/strict';

import { isPublicAddress } from '../../../lib/fetch/index.js';

describe('isPublicAddress', () => {
  for (const address of ['8.8.8.8', '140.82.121.4', '2001:4860:4860::8888', '2606:50c0:8000::154']) {
    it(`lets ${address} pass`, () => assert.equal(isPublicAddress(address), true));
  }

  const forbidden: Record<string, readonly string[]> = {
    loopback: ['127.0.0.1', '127.255.255.255', '::1'],
    private: ['10.0.0.1', '172.16.0.1', '192.168.1.1'],
    'link-local': ['169.254.169.254', 'fe80::1', 'fe80::1%eth0'],
    'unique-local': ['fc00::1', 'fd00:ec2::254'],
    multicast: ['224.0.0.1', 'ff02::1'],
    unspecified: ['0.0.0.0', '::'],
    'carrier-grade NAT': ['100.64.0.1', '100.100.100.200'],
    benchmarking: ['198.18.0.1', '2001:2::1'],
    documentation: ['192.0.2.1', '198.51.100.7', '203.0.113.7', '2001:db8::1', '3fff::1'],
    'IPv4-mapped': ['::ffff:127.0.0.1', '::ffff:8.8.8.8'],
    'IPv4-compatible': ['::7f00:1', '::127.0.0.1'],
    '6to4': ['2002:7f00:1::'],
    NAT64: ['64:ff9b::7f00:1', '64:ff9b:1::a00:1'],
    'metadata service': ['168.63.129.16'],
    'malformed address': ['', 'localhost', '1.2.3.4.5'],
  };
  for (const [range, addresses] of Object.entries(forbidden)) {
    for (const address of addresses) {
      it(`refuses the ${range} ${address || '(empty)'}`, () => assert.equal(isPublicAddress(address), false));
    }
  }
});
