import { expect, test } from 'vitest';
import { causeOfStatus, isFinal, passedStatus } from './causes.ts';

test.each([
  [486, 'USER_BUSY', 17],
  [404, 'UNALLOCATED_NUMBER', 1],
  [603, 'CALL_REJECTED', 21],
  [503, 'NORMAL_TEMPORARY_FAILURE', 41],
  [408, 'RECOVERY_ON_TIMER_EXPIRE', 102],
  [599, 'NORMAL_TEMPORARY_FAILURE', 41],
  [499, 'NORMAL_TEMPORARY_FAILURE', 41],
])('status %i is %s (%i)', (status, cause, q850) => {
  expect(causeOfStatus(status)).toEqual({ cause, q850 });
});

test('the Reason header of the peer comes before its status', () => {
  expect(causeOfStatus(503, 34)).toEqual({ cause: 'CALL_LIMIT', q850: 34 });
});

test('only what speaks of the callee, or of a loop, stops the search', () => {
  const stopping = [400, 403, 404, 408, 480, 482, 483, 484, 486, 487, 488, 500, 503, 600, 699].filter(isFinal);
  expect(stopping).toEqual([404, 480, 482, 483, 484, 486, 487, 600, 699]);
});

test('a caller hears of no redirection, and of no challenge of a gateway', () => {
  expect([301, 302, 401, 407, 404, 486, 503, 603].map(passedStatus)).toEqual([480, 480, 403, 403, 404, 486, 503, 603]);
});

test('a caller gets no status about our INVITE, whose header it would miss (RFC 3261 §21.4)', () => {
  expect([405, 416, 420, 421, 422, 423, 489].map(passedStatus)).toEqual([500, 500, 500, 500, 500, 500, 500]);
  expect(passedStatus(415)).toBe(488);
});
