import { expect, test } from 'vitest';
import { problemOf, reasonOf } from './reasons.ts';

test('a rejected call has the reason of its status, else of its cause', () => {
  expect(reasonOf(486, 'Busy')).toMatch(/^busy/);
  expect(reasonOf(488)).toMatch(/media relay/);
  expect(reasonOf(undefined, 'User Denied Media Access')).toMatch(/no microphone/);
  expect(reasonOf(499, 'SIP Failure Code')).toBe('the call has failed (499).');
  expect(reasonOf(undefined)).toBe('the call has failed.');
});

test('an error of the log-in is explained, and an unknown one is shown in the words of the server', () => {
  expect(problemOf({ status: 403, code: 'SOFTPHONE_DISABLED', message: '' })).toMatch(/may not use softphones/);
  expect(problemOf({ status: 403, code: 'OUTSIDE_HOURS', message: 'Log in between 8 and 18' })).toBe(
    'Log in between 8 and 18',
  );
  expect(problemOf({ status: 502, code: '', message: '' })).toBe('The server answers 502.');
});
