import { describe, expect, test } from 'vitest';
import { foreignCallerIdAfter } from './foreign-caller-id.ts';

const peer = { host: 'sip.carrier.example', port: 5060, transport: 'udp' } as const;
const accepting = { ...peer, foreign_caller_id: true };
const after = (
  before: Parameters<typeof foreignCallerIdAfter>[0],
  wanted?: boolean,
  seller: 'reseller' | null = null,
) => foreignCallerIdAfter(before, peer, { wanted, seller }).foreign_caller_id;

test('a new peer accepts none', () => {
  expect(after(undefined)).toBe(false);
});

test('the seller says that a peer accepts them, and that it does not', () => {
  expect(after(peer, true, 'reseller')).toBe(true);
  expect(after(accepting, false, 'reseller')).toBe(false);
});

test('others change nothing, and may repeat what is said', () => {
  expect(() => after(peer, true)).toThrow('Only the seller');
  expect(() => after(undefined, true)).toThrow('Only the seller');
  expect(() => after(accepting, false)).toThrow('Only the seller');
  expect(after(accepting, true)).toBe(true);
  expect(after(peer, false)).toBe(false);
});

describe('what was agreed with a peer', () => {
  test('stays while it is the same', () => {
    expect(after({ ...accepting, host: 'SIP.Carrier.example.' })).toBe(true);
  });

  test.each([
    ['host', { host: 'sip.other.example' }],
    ['port', { port: 5080 }],
    ['transport', { transport: 'tls' }],
  ] as const)('ends with another %s', (_, change) => {
    expect(after({ ...accepting, ...change })).toBe(false);
    expect(() => after({ ...accepting, ...change }, true)).toThrow('Only the seller');
  });
});
