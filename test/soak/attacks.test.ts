import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import startSharedCloud from '../system/global-setup.ts';
import type * as SilentCallers from '../system/telephony/silent-callers.fixture.ts';
import type * as HostClaims from '../system/telephony/host-claims.fixture.ts';
import type * as SipTenancy from '../system/sip-tenancy.fixture.ts';

/** `npm test` has a tenth of these runs (`test/system/telephony/sip-tenancy.test.ts`). `SEED` selects a single one. */
const count = Number(process.env['SEEDS'] ?? 200);
const only = process.env['SEED'];
const seeds = only === undefined ? Array.from({ length: count }, (_, at) => at + 1) : [Number(only)];
/** INVITEs of a seed. */
const attempts = Number(process.env['ATTEMPTS'] ?? 10);
/** Phones of a seed that lose their connection at the same time. */
const losses = 20;
const messages = Number(process.env['MESSAGES'] ?? 100_000);

// The fixtures read where the cloud is when they are loaded.
let fixture: typeof SipTenancy;
let silent: typeof SilentCallers;
let hosts: typeof HostClaims;
let offices: Awaited<ReturnType<typeof SipTenancy.Offices.open>>;
let opened = 0;
let stop: Awaited<ReturnType<typeof startSharedCloud>>;
beforeAll(async () => {
  stop = await startSharedCloud();
  fixture = await import('../system/sip-tenancy.fixture.ts');
  silent = await import('../system/telephony/silent-callers.fixture.ts');
  hosts = await import('../system/telephony/host-claims.fixture.ts');
  offices = await fixture.Offices.open();
  opened = Date.now();
});
/** Registrations of their phones end after 10 minutes, the sessions of their administrators after an hour. */
const ttl = 5 * 60_000;
beforeEach(async () => {
  if (Date.now() - opened < ttl) return;
  offices[Symbol.dispose]();
  offices = await fixture.Offices.open();
  opened = Date.now();
});
afterAll(async () => {
  offices[Symbol.dispose]();
  await stop?.();
});

test.each(seeds)('no organization pays or rings for another (SEED=%i npm run soak -- attacks)', async (seed) => {
  expect(await fixture.attack(offices, seed, attempts)).toHaveLength(attempts);
});

test.each(seeds)('who never acknowledges has no calls, unless it pays for them (SEED=%i)', async (seed) => {
  expect((await silent.callSilently(offices, seed)).length).toBeGreaterThan(0);
});

test.each(only === undefined ? seeds.filter((seed) => seed % 20 === 0) : seeds)(
  'no call outlasts the connection of its phone (SEED=%i)',
  async (seed) => {
    expect(await silent.vanish(offices, seed, losses)).toHaveLength(losses);
  },
);

test.each(seeds)('no gateway calls at the expense of others (SEED=%i npm run soak -- attacks)', async (seed) => {
  const [one, two, three] = offices.all.map(({ tenant, phones: [phone] }) => ({ tenant, phone }));
  if (one !== undefined && two !== undefined && three !== undefined) await hosts.claimHosts([one, two, three], seed);
});

test('no request without a password is obeyed, in whoever’s name and dialog it is', async () => {
  expect(await fixture.flood(offices, 1, messages)).toBeGreaterThan(0);
});

test('phones and PBXs go on calling', async () => {
  for (const at of [0, 1, 2]) await offices.expectHonest(at);
});
