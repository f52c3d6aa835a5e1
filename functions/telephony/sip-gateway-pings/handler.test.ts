import { expect, test } from 'vitest';
import { testDependencies } from '#test/support/dependencies.fixture.ts';
import { tenantsIn } from '#test/support/people.fixture.ts';
import { call, outcomes } from '#test/support/requests.fixture.ts';
import { testStore } from '#test/support/store.fixture.ts';
import { gatewayPingsHandler } from './handler.ts';

const running = testStore();

test('the rate limit of gateway status holds for an organization, whichever of its users asks', async () => {
  const tenants = await tenantsIn(running.store);
  const handler = gatewayPingsHandler(
    testDependencies(running.store, { environment: { RATE_LIMIT_GATEWAYSTATUS: '2', RATE_LIMIT_SCALE: '1' } }),
  );
  const [one, other, stranger] = [await tenants.join(6101), await tenants.join(6101), await tenants.join(6102)];
  const ask = (token: string) => call(handler, 'GET /sipgwping/{entity}', { token, params: { entity: 'all' } });
  expect(outcomes([await ask(one), await ask(other), await ask(one), await ask(stranger)])).toEqual([
    '200',
    '200',
    '429 RATE_LIMITED',
    '200',
  ]);
});
