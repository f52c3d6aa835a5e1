import { expect, test } from 'vitest';
import { aCall, aLeg } from './call.fixture.ts';
import type { CallHangup, HangupCause } from './call.ts';
import { hasFailed, traceFacts } from './sip-trace.ts';

const hangup = (cause: HangupCause): CallHangup => ({ cause, q850: null, sip_code: null, by: 'system' });
const answered = { created: '2026-01-01T10:00:00.000Z', answered: '2026-01-01T10:00:05.000Z' };
const { answered: _answered, ...unanswered } = answered;

test('a call has failed that was not answered, or that neither side, the API nor its limit has ended', () => {
  const failed = (timestamps: object, cause: HangupCause) => hasFailed({ timestamps, hangup: hangup(cause) });
  expect(failed(unanswered, 'USER_BUSY')).toBe(true);
  expect(failed(unanswered, 'ORIGINATOR_CANCEL')).toBe(true);
  expect(failed(answered, 'MEDIA_RELAY_LOST')).toBe(true);
  expect(failed(answered, 'NORMAL_CLEARING')).toBe(false);
  expect(failed(answered, 'MAX_DURATION')).toBe(false);
});

test('a trace is about the call, its users and its numbers', () => {
  const call = aCall({ legs: [aLeg({ user_id: 'usr_7', target: '201', number: '+46890511' })] });
  const facts = traceFacts(call, []);
  expect(facts.entities).toEqual([call.id]);
  expect(facts.users).toContain('usr_7');
  expect(facts.parties).toEqual(expect.arrayContaining(['201', '+46890511', call.numbers.called]));
  expect(facts.at).toBe(call.created_at);
});
