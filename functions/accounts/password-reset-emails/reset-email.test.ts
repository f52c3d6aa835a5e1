import { describe, expect, test } from 'vitest';
import { addReset, mayReset, resetEmail } from './reset-email.ts';

const now = new Date('2026-11-20T10:00:00.000Z');
const seconds = now.getTime() / 1_000;

describe('the tokens of a user', () => {
  test('live for 30 minutes', () => {
    const mark = { hash: 'h', request: 'r', expires_at: seconds + 1_800 };
    expect(addReset({}, { hash: 'h', request: 'r' }, now)).toEqual({ mark, all: [mark] });
  });

  test('are at most three; expired ones do not count', () => {
    const marks = [1, 2, 3].map((at) => ({ hash: `${at}`, request: `r${at}`, expires_at: seconds + at }));
    expect(addReset({ password_resets: marks }, { hash: 'h', request: 'r' }, now)).toBeUndefined();
    const after = addReset({ password_resets: marks }, { hash: 'h', request: 'r' }, new Date(now.getTime() + 1_000));
    expect(after?.all.map(({ hash }) => hash)).toEqual(['2', '3', 'h']);
  });

  test('are one for each request, however often its message arrives', () => {
    const marks = [{ hash: '1', request: 'r', expires_at: seconds + 1 }];
    expect(addReset({ password_resets: marks }, { hash: 'h', request: 'r' }, now)).toBeUndefined();
  });
});

test.each([
  ['an active person with an address', {}, true],
  ['a person without an address', { email: null }, false],
  ['a disabled person', { status: 'disabled' }, false],
  ['a pending person', { status: 'pending' }, false],
  ['a service account', { type: 'service' }, false],
])('%s may get an e-mail: %#', (_, more, expected) => {
  expect(mayReset({ type: 'user', status: 'active', email: 'ada@example.com', ...more })).toBe(expected);
});

test('no one is not a user', () => {
  expect(mayReset(undefined)).toBe(false);
});

test('an e-mail has the token in the fragment of a link, or bare without a page', () => {
  const of = { id: 'eml_1', user: { username: 'ada', email: 'ada@example.com' }, token: 't0ken', now };
  const linked = resetEmail({ ...of, url: 'https://portal.example.com/reset' });
  expect(linked).toMatchObject({
    to: ['ada@example.com'],
    template: 'password_reset',
    subject: 'Reset your password',
    variables: { username: 'ada', minutes: 30, link: 'https://portal.example.com/reset#token=t0ken' },
  });
  expect(resetEmail({ ...of, url: undefined }).variables).toEqual({ username: 'ada', minutes: 30, token: 't0ken' });
});
