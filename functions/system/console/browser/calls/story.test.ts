import { expect, test } from 'vitest';
import { hangupCauses } from '#telephony/call.ts';
import { reasonOf } from './reasons.ts';
import { hasFailed, storyOf, type Told } from './story.ts';

const call: Told = {
  from: 'Ann (201)',
  to: 'Bob (202)',
  direction: 'internal',
  start_time: '2026-11-27T21:15:00Z',
  answer_time: null,
  end_time: '2026-11-27T21:15:07Z',
  disposition: 'NO ANSWER',
  billable_seconds: 0,
  cause: null,
};
const outcome = (more: Partial<Told>): string => storyOf({ ...call, ...more }).replace(/^.*?; /, '');

test('a call is told with its parties, its time and its outcome', () => {
  expect(storyOf(call)).toMatch(
    /^Ann \(201\) called Bob \(202\) at \d{1,2}:15\s?[AP]M; it rang for 7 s, and no one answered\.$/,
  );
});

test('each outcome is told', () => {
  const answered = { answer_time: '2026-11-27T21:15:04Z', billable_seconds: 523 };
  expect(outcome({ disposition: 'ANSWERED', ...answered })).toBe(
    'the call was answered after 4 s, and they spoke for 8:43.',
  );
  expect(outcome({ disposition: 'CANCELLED' })).toBe('Ann (201) hung up after 7 s, before anybody answered.');
  expect(outcome({ disposition: 'BUSY' })).toBe('Bob (202) was busy.');
  expect(outcome({ disposition: 'FAILED' })).toBe('the call failed.');
  expect(outcome({ disposition: 'FAILED', cause: { sip_code: 480 } })).toBe(
    'the call failed: no phone was signed in there.',
  );
});

test('a cause of the platform comes before a status, and that before a cause of Q.850', () => {
  expect(reasonOf({ cause: 'INSUFFICIENT_BALANCE', sip_code: 403, q850: 21 })).toMatch(/credit/);
  expect(reasonOf({ cause: 'UNHEARD_OF', sip_code: 486, q850: 1 })).toMatch(/busy/);
  expect(reasonOf({ sip_code: null, q850: 27 })).toMatch(/signed in/);
  expect(reasonOf({})).toBeUndefined();
});

/** Ends that are no failure. */
const regular = ['NORMAL_CLEARING', 'ORIGINATOR_CANCEL', 'LINE_ENDED', 'ORG_CLOSED'];

test.each(Object.keys(hangupCauses).filter((cause) => !regular.includes(cause)))('%s is explained', (cause) => {
  expect(reasonOf({ cause })).toBeDefined();
});

test('busy and failed calls have a reason to explain', () => {
  const failed = (['BUSY', 'FAILED', 'ANSWERED', 'CANCELLED'] as const).map((disposition) =>
    hasFailed({ ...call, disposition }),
  );
  expect(failed).toEqual([true, true, false, false]);
});
