import { beforeAll, expect, test } from 'vitest';
import { eventually } from '../../support/eventually.ts';
import { needs } from '../../support/tools.ts';
import { newAdministeredTenant, type AdministeredTenant } from '../tenant.fixture.ts';
import { busyRegistrar, peculiarRegistrar } from './scenarios.ts';
import { ownAddress } from './sip-server.ts';
import { answerCalls } from './sipp.ts';
import { newTrunk } from './trunk.ts';

needs('sipp');

let tenant: AdministeredTenant;
beforeAll(async () => {
  tenant = await newAdministeredTenant('peer');
});

const account = { username: 'line', password: 'secret' };

type Shown = { readonly registration: { readonly expires_at: string | null } };

test('a registrar with the habits of several gets a registration for the lifetime that it grants', async () => {
  const host = ownAddress();
  await using _ = answerCalls(peculiarRegistrar, { from: host });
  const trunk = await newTrunk(tenant, { ...account, host });
  const shown = await eventually(async () => {
    const found = (await trunk.shown()) as Shown;
    expect(found).toMatchObject({ status: 'active', registration: { state: 'registered' }, last_error: null });
    return found;
  }, 20_000);
  const seconds = (Date.parse(shown.registration.expires_at ?? '') - Date.now()) / 1_000;
  expect([seconds > 800, seconds <= 900]).toEqual([true, true]);
});

test('a registrar that is overloaded is tried again after its Retry-After', async () => {
  const host = ownAddress();
  await using _ = answerCalls(busyRegistrar, { from: host });
  const trunk = await newTrunk(tenant, { ...account, host });
  await eventually(
    async () => expect(await trunk.shown()).toMatchObject({ status: 'active', registration: { state: 'registered' } }),
    20_000,
  );
  expect(await trunk.events()).toEqual(['trunk.registered', 'trunk.registration_failed', 'trunk.created']);
});
