import { expect, test } from 'vitest';
import { applicationOf, hangUpBy } from './template-actions.ts';

test.each([
  ['USER_BUSY', 486, 17, 'USER_BUSY'],
  ['CALL_REJECTED', 603, 21, 'CALL_REJECTED'],
  ['NO_ROUTE_DESTINATION', 404, 3, 'NO_ROUTE'],
  ['NORMAL_TEMPORARY_FAILURE', 503, 41, 'NORMAL_TEMPORARY_FAILURE'],
  ['', 480, 16, 'NORMAL_CLEARING'],
  [null, 480, 16, 'NORMAL_CLEARING'],
  ['constructor', 480, 16, 'NORMAL_CLEARING'],
])('hangup %s ends a call with %i', (destination, status, q850, cause) => {
  expect(hangUpBy(destination)).toEqual({ kind: 'rejected', reason: 'HANGUP', status, cause: { cause, q850 } });
});

test('answer answers, and waits', () => {
  const log: string[] = [];
  const never = () => expect.fail('not expected');
  const start = applicationOf({ action: 'answer' });
  const host = { call: never, progress: never, hangUp: never, play: never, playOn: never, stop: never, dial: never };
  start?.({ ...host, answer: () => void log.push('answer') });
  expect(log).toEqual(['answer']);
  expect(applicationOf({ action: 'voicemail' })).toBeUndefined();
});
