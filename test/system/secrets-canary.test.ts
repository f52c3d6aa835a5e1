// Own cloud: reads all that it logs and prints.
import { expect, test } from 'vitest';
import { startReceiver } from '../support/webhook-receiver.fixture.ts';
import { textAt } from '../support/example-request.ts';
import { adminPassword, logIn, startCloud } from './cloud.ts';
import {
  Canary,
  placesOf,
  useFactor,
  usePasswords,
  useReset,
  useSalesforce,
  useSecrets,
  useTokens,
} from './secrets-canary.fixture.ts';
import { newAdministeredTenant, tenantPassword } from './tenant.fixture.ts';

test('no secret is in a log, an event, a webhook, an export, an error or a later answer', async () => {
  const receiver = await startReceiver();
  const cloud = await startCloud({ OUTBOUND_ALLOW_PRIVATE: '1', RATE_LIMIT_SCALE: '1000' });
  try {
    const canary = new Canary(cloud);
    const operator = canary.keep(await logIn(cloud, 'admin', canary.keep(adminPassword)));
    const tenant = await newAdministeredTenant('canary', { cloud, operator });
    canary.keep(tenantPassword);
    canary.keep(tenant.token);
    const hook = await tenant.ask('PUT', '/webhooks/new', { url: receiver.url('/all'), events: ['*'] });
    canary.keep(textAt(hook.body, 'data', 'secret'));
    const person = await usePasswords(canary, tenant);
    await useFactor(canary, tenant, person);
    await useSecrets(canary, tenant);
    await useTokens(canary, tenant);
    await useSalesforce(canary, tenant);
    await useReset(canary, tenant, person);
    const asOperator: typeof tenant.ask = (method, path, body) =>
      cloud.api(path, { method, token: operator, ...(body === undefined ? {} : { json: body }) });
    const places = await placesOf(cloud, canary, { tenant, operator: asOperator, receiver });
    // What each place must have, so that an empty one does not pass.
    expect(places.logs).toContain('"route":"/tempauth"');
    expect(places.events).toMatch(/auth\.temp\.created[^]*auth\.login_failed/);
    expect(places.webhooks).toContain('auth.2fa.recovery_used');
    expect(places.exports).toContain('BUSY');
    expect(places.errors).toContain('INVALID_CREDENTIALS');
    expect(places.answers).toMatch(/canary-client[^]*password_reset/);
    const found = Object.entries(places).flatMap(([place, text]) =>
      [...canary.secrets].filter((secret) => text.includes(secret)).map((secret) => `${secret} in ${place}`),
    );
    expect(found).toEqual([]);
    expect(canary.secrets.size).toBeGreaterThan(40);
  } finally {
    await cloud.stop();
    await receiver.stop();
  }
});
