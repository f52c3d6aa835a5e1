// Own cloud: lowers its rate limits.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { minute } from '#schema/time.ts';
import { startCloud, type OwnCloud } from '../cloud.ts';
import { json } from '../tenant.fixture.ts';
import { credentialsOf, overload } from './rate-limits.fixture.ts';

/** The rate limiter under overload, from 64 concurrent clients (shared/http/README.md). */

const limits = { credential: 100, organization: 600, logIn: 5 };

let cloud: OwnCloud;
beforeAll(async () => {
  cloud = await startCloud({
    RATE_LIMIT_CREDENTIAL: String(limits.credential),
    RATE_LIMIT_ORGANIZATION: String(limits.organization),
    RATE_LIMIT_LOGIN: String(limits.logIn),
  });
});
afterAll(() => cloud.stop());

test('a credential that sends five times its limit gets exactly its limit', async () => {
  const [key = ''] = await credentialsOf(cloud, 1);
  const windows = await overload(cloud, [key], 5 * limits.credential);
  for (const { passed, asked } of windows) {
    expect(passed).toBeLessThanOrEqual(limits.credential);
    expect(passed).toBeGreaterThanOrEqual(Math.floor(0.98 * Math.min(asked, limits.credential)));
  }
  expect(windows.some(({ passed }) => passed === limits.credential)).toBe(true);
  const rejected = await cloud.api('/auth/session', { headers: json, token: key });
  if (rejected.status === 429) {
    expect(rejected.headers.get('x-ratelimit-remaining')).toBe('0');
    expect(Number(rejected.headers.get('retry-after'))).toBeGreaterThan(0);
  }
});

test('the credentials of an organization together get about its limit', async () => {
  const keys = await credentialsOf(cloud, 8);
  const windows = await overload(cloud, keys, 2 * limits.organization);
  // Counted in random tenths: the standard deviation is 3·√600, or 12 %. `npm run soak` tests the real limit.
  const enough = windows.filter(({ asked }) => asked > 1.5 * limits.organization);
  for (const { passed } of windows) expect(passed).toBeLessThan(1.5 * limits.organization);
  for (const { passed } of enough) expect(passed).toBeGreaterThan(0.5 * limits.organization);
});

const currentMinute = (): number => Math.floor(Date.now() / minute);

test('an address has a few log-ins a minute, for any user', async () => {
  const firstMinute = currentMinute();
  const replies = [];
  for (let attempt = 0; attempt < 3 * limits.logIn; attempt += 1)
    replies.push(
      await cloud.api('/auth/login', { method: 'POST', json: { username: `nobody-${attempt}`, password: 'wrong' } }),
    );
  const limited = replies.filter(({ status }) => status === 429);
  const minutes = currentMinute() - firstMinute + 1;
  expect(limited.length).toBeGreaterThanOrEqual(replies.length - minutes * limits.logIn);
  expect(limited[0]?.body).toMatchObject({ error: 'rate_limited' });
});
