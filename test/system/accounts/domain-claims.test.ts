import { randomBytes } from 'node:crypto';
import { expect, onTestFinished, test } from 'vitest';
import { eventually } from '#test/support/eventually.ts';
import { needs } from '#test/support/tools.ts';
import type { Answer } from '../cloud.ts';
import { newZone } from '../name-server.ts';
import { sharedCloud } from '../shared-clouds.ts';
import { newAdministeredTenant, outcome, type AdministeredTenant } from '../tenant.fixture.ts';

needs('nsd');

/** Names that two organizations claim and verify at once. */
const names = 50;
/** Names at a time, as both organizations' changes of domains are made one after another. */
const atOnce = 5;

type Claim = { readonly id: string; readonly dns_verification_record: string; readonly status: string };
function claimIn(answer: Answer): Claim {
  if (answer.status >= 300) throw new Error(outcome(answer));
  return (answer.body as { data: Claim }).data;
}

/** What a request gets while an attempt of it that broke off is not over. */
const transient: ReadonlySet<string> = new Set(['409 IDEMPOTENCY_IN_PROGRESS', '409 VERSION_CONFLICT']);

/** Repeats what the fault mode rejects for now. */
const repeated = (ask: () => Promise<Answer>): Promise<Answer> =>
  eventually(async () => {
    const answer = await ask();
    if (answer.status >= 500 || transient.has(outcome(answer))) throw new Error(outcome(answer));
    return answer;
  }, 20_000);

test('of two organizations that verify a name at once one wins and the other is told, 50 of 50', async () => {
  const zone = newZone();
  onTestFinished(() => zone.serve());
  const { cloud, operator } = await sharedCloud('faults');
  const tenant = (name: string): Promise<AdministeredTenant> =>
    eventually(() => newAdministeredTenant(name, { cloud, operator }), 20_000);
  const tenants = [await tenant('one'), await tenant('other')] as const;
  const labels = Array.from({ length: names }, () => `d${randomBytes(8).toString('hex')}`);
  const claims = new Map<string, readonly Claim[]>();
  for (const label of labels) {
    const made = tenants.map(async ({ id, ask }) => {
      const body = { domain: `${label}.test`, organization_id: id };
      // A repetition of a request whose answer was lost gets that answer.
      const headers = { 'idempotency-key': `${label}-${id}` };
      return claimIn(await repeated(() => ask('PUT', '/domains/new', body, { headers })));
    });
    claims.set(label, await Promise.all(made));
  }
  const records = [...claims].flatMap(([label, of]) =>
    of.map(({ dns_verification_record: record }) => `${label} TXT "${record}"`),
  );
  await zone.serve(...records);
  const outcomeOf = async (label: string): Promise<string> => {
    const answers = tenants.map(({ ask }, at) =>
      repeated(() => ask('POST', `/domains/${claims.get(label)?.[at]?.id ?? ''}/verify`)),
    );
    return (await Promise.all(answers)).map(outcome).toSorted().join(' | ');
  };
  const outcomes: string[] = [];
  for (let from = 0; from < names; from += atOnce)
    outcomes.push(...(await Promise.all(labels.slice(from, from + atOnce).map(outcomeOf))));
  expect(outcomes).toEqual(Array<string>(names).fill('200 | 409 DOMAIN_EXISTS'));
  for (const label of labels)
    await eventually(async () => {
      const states = tenants.map(async ({ ask }, at) =>
        claimIn(await repeated(() => ask('GET', `/domains/${claims.get(label)?.[at]?.id ?? ''}`))),
      );
      expect((await Promise.all(states)).map(({ status }) => status).toSorted()).toEqual(['active', 'inactive']);
    }, 60_000);
});
