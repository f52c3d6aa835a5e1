import * as z from 'zod';
import { decide } from '#functions/dialplan/plan/decide.ts';
import { emptyPlan } from '#functions/dialplan/plan/plan-change.ts';
import { compilePlan, type PlanPolicy } from '#functions/dialplan/plan/plan.ts';
import { adminPassword, type Cloud, type OwnCloud } from '../system/cloud.ts';
import type { Benchmark, Figure, Guard, PairedFigure } from './benchmark.ts';
import { memoryCloud } from './memory-cloud.ts';
import { cpuOfTree } from './process-tree.ts';
import { pairsOf, quantile } from './timing.ts';

/** What a decision costs: alone, and asked over local HTTP with all store operations of the pipeline. */

const locale = { timezone: 'America/New_York', country: 'US' };
const at = Date.parse('2026-03-02T12:00:00Z');

/** No two patterns match the same number, so that a hit is as likely late as early. */
const prefixOf = (number: number): string => `011${String(number).padStart(4, '0')}`;

const conditionsOf = (number: number) => ({
  pattern: `^${prefixOf(number)}[0-9]+$`,
  user_groups: ['international_enabled'],
  time_of_day: { start: '08:00', end: '18:00' },
});

const policy = (number: number): PlanPolicy => ({
  id: `pol_${number}`,
  name: `Policy ${number}`,
  status: 'active',
  priority: number,
  version: 1,
  group_ids: {},
  conditions: conditionsOf(number),
  actions: { allow: true, gateway: 'intl' },
});

/** Microseconds, the median of batches of 1,000 decisions. */
function decisionTime(policies: number): number {
  const plan = compilePlan(
    { ...emptyPlan, policies: Array.from({ length: policies }, (_, number) => policy(number)) },
    locale,
  );
  // Six in ten hit.
  const dialed = Array.from({ length: 1_000 }, (_, call) => ({
    called: `${prefixOf(Math.floor((((call * 7_919) % 1_000) * policies) / 600))}4155550100`,
    groups: ['international_enabled'],
  }));
  const batches = Array.from({ length: 31 }, () => {
    const begun = performance.now();
    for (const call of dialed) decide(plan, call, at);
    return performance.now() - begun;
  });
  return quantile(batches, 0.5);
}

const LogIn = z.object({ data: z.object({ token: z.string() }) });

async function preparedToken({ api }: Cloud, policies: number): Promise<string> {
  const { body } = await api('/auth/user', { method: 'POST', json: { username: 'admin', password: adminPassword } });
  const { token } = LogIn.parse(body).data;
  for (let number = 0; number < policies; number += 1) {
    const wanted = {
      name: `Policy ${number}`,
      status: 'active',
      priority: number,
      conditions: conditionsOf(number),
      actions: { allow: true, gateway: 'intl' },
    };
    const { status } = await api('/dialplan/policy', { method: 'PUT', token, json: wanted });
    if (status !== 201) throw new Error(`PUT /dialplan/policy answers ${status}`);
  }
  return token;
}

async function evaluate({ api }: Cloud, token: string, json: object): Promise<void> {
  const { status } = await api('/dialplan/evaluate', { method: 'POST', token, json });
  if (status !== 200) throw new Error(`POST /dialplan/evaluate answers ${status}`);
}

/** Milliseconds of each of so many evaluations, one after the other. */
async function requestTimes(cloud: Cloud, token: string, count: number): Promise<number[]> {
  const times: number[] = [];
  for (let call = 0; call < count; call += 1) {
    const begun = performance.now();
    await evaluate(cloud, token, { called: `${prefixOf(call % 16)}4155550100`, groups: ['international_enabled'] });
    times.push(performance.now() - begun);
  }
  return times;
}

const Created = z.object({ data: z.object({ id: z.string() }) });

/** An organization with a rate for the number that is called, and a route to it. @returns its id */
async function organizationThat(pays: 'prepaid' | 'postpaid', { api }: Cloud, token: string): Promise<string> {
  const send = async (method: string, path: string, json: object): Promise<unknown> => {
    const { status, body } = await api(path, { method, token, json });
    if (status > 201) throw new Error(`${method} ${path} answers ${status}`);
    return body;
  };
  const id = async (path: string, json: object) => Created.parse(await send('PUT', path, json)).data.id;
  const organization = await id('/orgs', { name: `Benchmark ${pays}`, country: 'US', timezone: 'UTC' });
  const rates = [{ prefix: '1', price_per_minute: 0.01, connect_fee: 0.01 }];
  const tariffPlan = await id('/tariffs/new', { name: `Benchmark ${pays}`, currency: 'USD', rates });
  await send('PUT', `/billingprofile/${organization}`, { accountType: pays, tariffPlan });
  await send('POST', `/billingprofile/${organization}/credit`, { amount: '900000000', reference: 'benchmark' });
  await send('PUT', `/dialplan/template?org_id=${organization}`, {
    name: 'Benchmark',
    rules: [{ pattern: '^1[0-9]{10}$', action: 'bridge', destination: 'sofia/gateway/pstn/$0' }],
  });
  return organization;
}

/** Evaluations of a side of a pair: a tick of the CPU time of other processes is 10 ms (process-tree.ts). */
const evaluations = 50;

/** What the whole platform does for a prepaid evaluation, against a postpaid one. */
async function prepaidRatio(cloud: OwnCloud, token: string): Promise<PairedFigure> {
  const used = (): number =>
    cpuOfTree(cloud.pid)
      .values()
      .reduce((sum, cpu) => sum + cpu, 0);
  const cpuOfEvaluations = async (org_id: string): Promise<number> => {
    const before = used();
    for (let call = 0; call < evaluations; call += 1) await evaluate(cloud, token, { called: '12125550100', org_id });
    return used() - before;
  };
  const [prepaid, postpaid] = [
    await organizationThat('prepaid', cloud, token),
    await organizationThat('postpaid', cloud, token),
  ];
  return {
    what: 'CPU of POST /dialplan/evaluate of a prepaid organization, against a postpaid one',
    pairs: await pairsOf(
      () => cpuOfEvaluations(prepaid),
      () => cpuOfEvaluations(postpaid),
    ),
    // A reservation is one transaction more, with its events: 1.2 to 1.9 times the postpaid evaluation.
    must: { atMost: 3.3 },
  };
}

const benchmark: Benchmark = async () => {
  const alone = [10, 1_000].map((policies): Figure => ({
    what: `decide(), ${policies} policies`,
    measured: decisionTime(policies),
    unit: 'µs',
  }));
  const cloud = await memoryCloud();
  try {
    const token = await preparedToken(cloud, 10);
    await requestTimes(cloud, token, 300);
    const times = await requestTimes(cloud, token, 1_000);
    const ratio = await prepaidRatio(cloud, token);
    return [
      ...alone,
      { what: 'POST /dialplan/evaluate over local HTTP, p50', measured: quantile(times, 0.5), unit: 'ms' },
      { what: 'POST /dialplan/evaluate over local HTTP, p99', measured: quantile(times, 0.99), unit: 'ms' },
      ratio,
    ];
  } finally {
    await cloud.stop();
  }
};

export const guard: Guard = async () => {
  const cloud = await memoryCloud();
  try {
    return [await prepaidRatio(cloud, await preparedToken(cloud, 0))];
  } finally {
    await cloud.stop();
  }
};

export default benchmark;
