import { expect, test } from 'vitest';
import { readRelaySetting } from './relay-setting.ts';

test('relays are separated by commas, and are addresses or names', () => {
  expect(readRelaySetting('127.0.0.1:22222, relay.internal:2223').hosts).toEqual([
    { host: '127.0.0.1', port: 22_222 },
    { host: 'relay.internal', port: 2_223 },
  ]);
});

test('a relay may have a control interface at another port', () => {
  expect(readRelaySetting('127.0.0.1:22222/8081,10.0.0.7:22222').hosts).toEqual([
    { host: '127.0.0.1', port: 22_222, control: 8_081 },
    { host: '10.0.0.7', port: 22_222 },
  ]);
});

test.each([undefined, '', 'none'])('%j names no relay', (setting) => {
  expect(readRelaySetting(setting)).toEqual({ hosts: [], leases: false });
});

test('relays may have leases, beside others that have none', () => {
  expect(readRelaySetting('leases')).toEqual({ hosts: [], leases: true });
  const others = [{ host: 'relay.internal', port: 2_223 }];
  expect(readRelaySetting('leases,relay.internal:2223')).toEqual({ hosts: others, leases: true });
});

test.each([
  '127.0.0.1',
  'lease',
  ':22222',
  '127.0.0.1:0',
  '127.0.0.1:65536',
  'a b:1',
  '127.0.0.1:22222,',
  'udp:127.0.0.1:1',
  '127.0.0.1:22222/',
  '127.0.0.1:22222/0',
  '127.0.0.1:22222/65536',
])('%j is rejected', (setting) => {
  expect(() => readRelaySetting(setting)).toThrow('MEDIA_RELAY must be leases, host:port');
});
