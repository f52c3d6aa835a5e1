import { expect, test } from 'vitest';
import { assertFree, matchingState, mismatch, stateEnd, stateText } from './state.ts';

const now = new Date('2026-11-20T10:00:00.000Z');
const waiting = {
  hash: 'h',
  redirect_uri: 'https://portal.example.com/sso',
  nonce: 'n',
  code_verifier: 'v',
  login_url: 'https://login.salesforce.com',
  client_id: 'c',
  expires_at: stateEnd(now),
};
const asked = { ...waiting, issuer: undefined };
const after = (seconds: number): Date => new Date(now.getTime() + seconds * 1_000);

test('a state is live for 300 seconds', () => {
  expect(matchingState(waiting, asked, after(299))).toBe(waiting);
  expect(() => matchingState(waiting, asked, after(300))).toThrow(mismatch());
  expect(() => assertFree(waiting, after(299))).toThrow(expect.objectContaining({ code: 'STATE_IN_USE' }) as Error);
  expect(() => assertFree(waiting, after(300))).not.toThrow();
  expect(() => assertFree(undefined, now)).not.toThrow();
});

test.each(['redirect_uri', 'login_url', 'client_id', 'issuer'])('a state with another %s does not match', (name) => {
  expect(() => matchingState(waiting, { ...asked, [name]: 'other' }, now)).toThrow(mismatch());
});

test('an unknown state does not match; the issuer may be given', () => {
  expect(() => matchingState(undefined, asked, now)).toThrow(mismatch());
  expect(matchingState(waiting, { ...asked, issuer: waiting.login_url }, now)).toBe(waiting);
});

test('states of organizations are apart', () => {
  expect(stateText(1001, 'x')).not.toBe(stateText(1002, 'x'));
});
