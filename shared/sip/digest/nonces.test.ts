import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { newTestServer, realm } from './digest.fixture.ts';
import { Nonces } from './nonces.ts';

test('the number of stored nonces is bounded, and an evicted nonce cannot be used again', () => {
  const { nonces, pass } = newTestServer({ max: 3 });
  const issued = Array.from({ length: 5 }, () => {
    pass(1);
    return nonces.issue(realm);
  });
  expect(issued.map((nonce) => nonces.use(nonce, realm, 1))).toEqual([true, true, true, true, true]);
  expect(nonces.size).toBe(3);
  expect(issued.map((nonce) => nonces.use(nonce, realm, 1))).toEqual([false, false, false, false, false]);
  expect(issued.map((nonce) => nonces.use(nonce, realm, 2))).toEqual([false, false, true, true, true]);
});

test('expired nonces are removed, and nonces from before the start are stale', () => {
  const { nonces, pass } = newTestServer({ lifetime: 1_000 });
  nonces.use(nonces.issue(realm), realm, 1);
  pass(1_000);
  nonces.use(nonces.issue(realm), realm, 1);
  expect(nonces.size).toBe(1);
  const secret = randomBytes(32);
  const [before, after] = [5_000, 6_000].map(
    (now) => new Nonces({ secret, now: () => now, randomBytes, lifetime: 60_000, max: 9 }),
  );
  expect(after!.use(before!.issue(realm), realm, 1)).toBe(false);
});

test('a changed nonce, or one of another realm, is not accepted', () => {
  const { nonces } = newTestServer();
  const nonce = nonces.issue(realm);
  const changed = Array.from(
    nonce,
    (letter, at) => `${nonce.slice(0, at)}${letter === 'A' ? 'B' : 'A'}${nonce.slice(at + 1)}`,
  );
  expect([...changed, `${nonce}=`, '', nonce.slice(1)].filter((other) => nonces.use(other, realm, 1))).toEqual([]);
  expect(nonces.use(nonce, 'other.example.com', 1)).toBe(false);
  expect(nonces.use(nonce, realm, 1)).toBe(true);
});

test('a nonce is live in its scope until it is too old or evicted, however often that is asked', () => {
  const { nonces, pass } = newTestServer({ lifetime: 1_000, max: 1 });
  const [one, other] = [nonces.issue(`a ${realm}`), nonces.issue(`a ${realm}`)];
  const live = (nonce: string, source = 'a') => nonces.isLive(nonce, `${source} ${realm}`);
  expect([live(one), live(one), live(one, 'b'), live('made up'), nonces.size]).toEqual([true, true, false, false, 0]);
  nonces.use(one, `a ${realm}`, 1);
  pass(1);
  const later = nonces.issue(`a ${realm}`);
  nonces.use(later, `a ${realm}`, 1);
  expect([live(one), live(other), live(later)]).toEqual([false, false, true]);
  pass(1_000);
  expect(live(later)).toBe(false);
});

test('counts may arrive out of order within a window of 32', () => {
  const { nonces } = newTestServer();
  const nonce = nonces.issue(realm);
  const results = [40, 9, 8, 10, 10, 72, 40, 41].map((count) => nonces.use(nonce, realm, count));
  expect(results).toEqual([true, true, false, true, false, true, false, true]);
});
