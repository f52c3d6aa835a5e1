import { expect, test } from 'vitest';
import { newResponse } from '#sip/build.ts';
import { optionsWith, requestOf } from '#sip/values.fixture.ts';
import type { Reply } from '../outbound/outbound.ts';
import { pingResult } from './pinged-gateway.ts';

const end = { address: '192.0.2.1', port: 5_060 };
const reply = (status: number): Reply => ({
  kind: 'response',
  response: newResponse(requestOf(optionsWith()), { status }),
  flow: { transport: 'udp', remote: end, local: end },
});

test('a response means alive, whatever the gateway thinks of OPTIONS', () => {
  const results = [200, 404, 501].map((status) => pingResult(reply(status), 7, 12.6));
  expect(results).toEqual(Array(3).fill({ at: 7, response_time_ms: 13 }));
});

test('a server failure is an error with its status and reason', () => {
  expect(pingResult(reply(503), 7, 12)).toEqual({ at: 7, error: '503 Service Unavailable' });
});

test('no response is an error with its reason', () => {
  expect(pingResult({ kind: 'failed', code: 408, reason: 'no answer' }, 7, 500)).toEqual({ at: 7, error: 'no answer' });
});
