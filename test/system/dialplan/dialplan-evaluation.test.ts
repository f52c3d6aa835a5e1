import { describe, expect, test } from 'vitest';
import { policyIn } from '../dialplan.fixture.ts';
import { newTenant, type Body } from '../tenant.fixture.ts';

describe('consistency of the plan', () => {
  test('an evaluation that begins after a save sees it, and equals the version that it names', async () => {
    const tenant = await newTenant();
    const saves = 100;
    // Actions of version n: odd versions route over a gateway of their own, even ones deny.
    const wanted = (version: number) =>
      version % 2 === 1 ? { allow: true, gateway: `gateway-${version}` } : { allow: false, gateway: null };
    const common = {
      rule: null,
      captures: [],
      limits: { max_duration: null, rate_limit: null, reservation: null },
      record: false,
      bypass_restrictions: false,
      emergency: false,
    };
    const expected = (version: number): Body => {
      const policy = version === 0 ? null : { id: expect.any(String), name: 'Moving', priority: 1000, version };
      if (version % 2 === 0)
        return {
          ...common,
          policy,
          allowed: false,
          reason: version === 0 ? 'NO_ROUTE' : 'POLICY_DENY',
          action: null,
          destination: null,
          routes: [],
        };
      const route = {
        gateway: null,
        name: `gateway-${version}`,
        destination: `sofia/gateway/gateway-${version}/5551234`,
        status: 'unmanaged',
      };
      return {
        ...common,
        policy,
        allowed: true,
        reason: 'POLICY_ALLOW',
        action: 'bridge',
        destination: route.destination,
        routes: [route],
      };
    };
    let answered = 0;
    let seen = 0;

    const write = async (): Promise<void> => {
      const made = await tenant.ask('PUT', '/dialplan/policy', {
        name: 'Moving',
        status: 'active',
        conditions: { pattern: '^555' },
        actions: wanted(1),
      });
      answered = 1;
      for (let version = 2; version <= saves; version += 1) {
        const saved = await tenant.ask('POST', '/dialplan/policy', {
          id: policyIn(made).id,
          actions: wanted(version),
        });
        expect(saved.status).toBe(200);
        answered = version;
      }
    };
    const read = async (): Promise<void> => {
      for (let last = 0; last < saves;) {
        const begun = answered;
        const { body } = await tenant.ask('POST', '/dialplan/evaluate', { called: '5551234' });
        const { decision, plan_version: version } = body as { decision: Body; plan_version: string };
        last = Number(version);
        expect(last).toBeGreaterThanOrEqual(begun);
        expect({ version, decision }).toEqual({ version, decision: expected(last) });
        seen += 1;
      }
    };
    await Promise.all([write(), ...Array.from({ length: 8 }, read)]);
    expect(seen).toBeGreaterThan(saves);
  });

  test('concurrent writers all succeed, and no write is lost', async () => {
    const tenant = await newTenant();
    const names = Array.from({ length: 12 }, (_, at) => at);
    const made = await Promise.all(
      names.map((at) =>
        tenant.ask('PUT', '/dialplan/policy', {
          name: `Policy ${at}`,
          status: 'active',
          conditions: { pattern: `^${100 + at}$` },
          actions: { allow: true, gateway: `gateway-${at}` },
        }),
      ),
    );
    expect(made.map(({ status }) => status)).toEqual(names.map(() => 201));
    for (const at of names) {
      const { body } = await tenant.ask('POST', '/dialplan/evaluate', { called: String(100 + at) });
      expect(body).toMatchObject({
        decision: { destination: `sofia/gateway/gateway-${at}/${100 + at}` },
        plan_version: '12',
      });
    }
  });
});
