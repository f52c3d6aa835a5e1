import { beforeAll, describe, expect, test } from 'vitest';
import { eventually } from '../../support/eventually.ts';
import { newAdministeredTenant, type AdministeredTenant } from '../tenant.fixture.ts';
import { needs } from '../../support/tools.ts';
import { newGateway } from './gateway.ts';
import { accepted, challenged, startKamailio, type Registrar } from './kamailio.ts';
import { answerWith, ignore, redirectRegister } from './scenarios.ts';
import { ownAddress, peerPort } from './sip-server.ts';
import { answerCalls } from './sipp.ts';
import { newTrunk } from './trunk.ts';

// Tests that wait for intervals of at least ten seconds run concurrently.

let tenant: AdministeredTenant;
beforeAll(async () => {
  tenant = await newAdministeredTenant('peer');
});

const well = answerWith('OPTIONS', '200 OK');
const alive = answerWith('OPTIONS', '403 Forbidden');
const failing = answerWith('OPTIONS', '503 Service Unavailable');
const silent = ignore('OPTIONS');

describe.concurrent('a gateway that SIPp plays', () => {
  needs('sipp');

  test.each([
    {
      rule: 'is healthy, down after 503, and healthy again',
      phases: [
        [well, 'healthy', null],
        [failing, 'down', '503 Service Unavailable'],
        [well, 'healthy', null],
      ],
    },
    {
      rule: 'is healthy with any other answer, down without answers, and healthy again',
      phases: [
        [alive, 'healthy', null],
        [silent, 'down', 'no answer'],
        [alive, 'healthy', null],
      ],
    },
  ] as const)('$rule', async ({ phases }) => {
    const host = ownAddress();
    const gateway = await newGateway(tenant, { host });
    for (const [scenario, status, error] of phases) {
      await using _ = answerCalls(scenario, { from: host });
      await eventually(async () => expect(await gateway.health()).toEqual({ status, error }), 16_000);
    }
    await eventually(async () =>
      expect(await gateway.changes()).toEqual([
        'gateway.healthy',
        'gateway.down',
        'gateway.healthy',
        'gateway.created',
      ]),
    );
  });

  test('is down only after the configured number of failures in a row', async () => {
    const host = ownAddress();
    const gateway = await newGateway(tenant, { host, ping: { down_after: 2, up_after: 2 } });
    await using _ = answerCalls(failing, { from: host });
    const failed = await eventually(async () => {
      const health = await gateway.health();
      expect(health.error).toBe('503 Service Unavailable');
      return health;
    }, 16_000);
    expect(failed.status).not.toBe('down');
    await eventually(async () => expect(await gateway.health()).toMatchObject({ status: 'down' }), 16_000);
  });
});

const newRegistrar = (): Registrar => ({
  host: ownAddress(),
  username: 'trunkline',
  password: "a carrier's secret",
  ttl: 6,
});

describe.concurrent('Kamailio as a carrier', () => {
  needs('kamailio');

  test.each(['udp', 'tcp'] as const)(
    'registers a trunk by digest over %s, and again after a restart',
    async (transport) => {
      const registrar = newRegistrar();
      const first = await startKamailio(registrar);
      const trunk = await newTrunk(tenant, registrar, { transport });
      await eventually(async () =>
        expect(await trunk.shown()).toMatchObject({
          status: 'active',
          registration: { state: 'registered' },
          last_error: null,
        }),
      );
      await first.stop('SIGKILL');
      await using second = await startKamailio(registrar);
      await eventually(() => second.printed().includes(accepted));
      expect(await trunk.shown()).toMatchObject({
        status: 'active',
        registration: { state: 'registered' },
        last_error: null,
      });
      expect(await trunk.events()).toEqual(['trunk.registered', 'trunk.created']);
    },
  );

  test('challenges a trunk once, as it refreshes with the next count of its nonce', async () => {
    const registrar = newRegistrar();
    await using kamailio = await startKamailio(registrar);
    await newTrunk(tenant, registrar);
    await eventually(() => kamailio.printed().split(accepted).length > 3, 20_000);
    expect(kamailio.printed().split(challenged)).toHaveLength(2);
  });

  test('that a redirect names gets the registration', async () => {
    const [front, registrar] = [ownAddress(), newRegistrar()];
    await using _ = await startKamailio(registrar);
    await using __ = answerCalls(redirectRegister(`<sip:${registrar.host}:${peerPort}>`), { from: front });
    const trunk = await newTrunk(tenant, { ...registrar, host: front });
    await eventually(async () =>
      expect(await trunk.shown()).toMatchObject({ status: 'active', registration: { state: 'registered' } }),
    );
  });

  test('that is not reachable is tried until it is', async () => {
    const registrar = newRegistrar();
    const trunk = await newTrunk(tenant, registrar, { transport: 'tcp' });
    await eventually(async () =>
      expect(await trunk.shown()).toMatchObject({
        status: 'pending',
        registration: { state: 'failed' },
        last_error: { code: 503 },
      }),
    );
    await using _ = await startKamailio(registrar);
    await eventually(
      async () =>
        expect(await trunk.shown()).toMatchObject({
          status: 'active',
          registration: { state: 'registered' },
          last_error: null,
        }),
      45_000,
    );
    expect(await trunk.events()).toEqual(['trunk.registered', 'trunk.registration_failed', 'trunk.created']);
  });

  test('that rejects the password leaves the trunk pending, with the reason', async () => {
    const registrar = newRegistrar();
    await using _ = await startKamailio(registrar);
    const trunk = await newTrunk(tenant, { ...registrar, password: 'guessed' });
    await eventually(async () =>
      expect(await trunk.shown()).toMatchObject({
        status: 'pending',
        registration: { state: 'failed' },
        last_error: { code: 401 },
      }),
    );
  });

  test.each(['udp', 'tcp'] as const)('is a healthy gateway that answers OPTIONS over %s', async (transport) => {
    const registrar = newRegistrar();
    await using _ = await startKamailio(registrar);
    const gateway = await newGateway(tenant, { host: registrar.host, transport });
    await eventually(async () => expect(await gateway.health()).toEqual({ status: 'healthy', error: null }), 16_000);
  });
});
