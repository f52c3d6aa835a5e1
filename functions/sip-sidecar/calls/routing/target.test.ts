import { expect, test } from 'vitest';
import { sipUri } from '#sip/uri.ts';
import { gatewayParty } from '../call/calls.fixture.ts';
import type { LegFailure } from '../call/state.ts';
import { ownFailure, type CalledPeer, type Target } from './target.ts';

const peer = { host: 'carrier.example.com', port: 5_060, transport: 'udp' } as const;
const claim = { org_id: 1_001, id: 'gw_1', since: '', consent: null };

const carrierWith = (settings: Partial<CalledPeer>): Target => ({
  party: gatewayParty('gw_1'),
  uri: sipUri({ user: '+15551234567', host: peer.host }),
  to: { kind: 'peer', peer: { ...peer, ...settings }, account: null, claim },
  trust: 'carrier',
  callerNumber: null,
  channels: [],
  limits: {},
});

const ends = (settings: Partial<CalledPeer>, status: number, by: LegFailure['by'] = 'peer') =>
  ownFailure(carrierWith(settings), { status, by }).isFinal;

test('a gateway says with 410 that the number is gone, and other statuses mean what they mean of phones', () => {
  expect(ends({}, 410)).toBe(true);
  for (const status of [404, 408, 480, 482, 486, 503, 603]) expect(ends({}, status)).toBeUndefined();
});

test('the stop codes of a peer decide, except for loops and for all places of the callee', () => {
  const settings = { stop_codes: [403, 486] };
  expect([403, 404, 480, 410, 486].map((status) => ends(settings, status))).toEqual([
    true,
    false,
    false,
    undefined,
    undefined,
  ]);
  for (const status of [482, 483, 600, 603]) expect(ends({ stop_codes: [] }, status)).toBeUndefined();
});

test('a stop code is an answer of the peer: that it does not answer in time has its own rule', () => {
  expect(ends({ stop_codes: [408] }, 408)).toBe(true);
  expect(ends({ stop_codes: [408] }, 408, 'timer')).toBeUndefined();
  expect(ends({ stop_codes: [] }, 480, 'timer')).toBeUndefined();
});
