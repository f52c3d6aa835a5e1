import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { Agent, createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import * as z from 'zod';
import { evaluator } from '#functions/dialplan/dialplan-evaluator/handler.ts';
import { policyLoad } from '#functions/dialplan/plan/pattern-load.ts';
import { policyApi } from '#functions/dialplan/dialplan-policies/handler.ts';
import { newPolicy, type Policy } from '#functions/dialplan/schema/policy.ts';
import { policyRow } from '#functions/dialplan/rows/policy.ts';
import { storeFromEnvironment, type Store } from '#dynamodb/client.ts';
import { commit, maximumWrites } from '#dynamodb/commit.ts';
import { create } from '#dynamodb/write.ts';
import { manualClock, noon, testDependencies } from '../support/dependencies.fixture.ts';
import { tenantsIn } from '../support/people.fixture.ts';
import { call } from '../support/requests.fixture.ts';
import { startOwnStore } from '../support/store.fixture.ts';
import { storePlan } from '../support/stored-plan.fixture.ts';
import type { Benchmark, Figure } from './benchmark.ts';
import { dialedStrings, realisticPatterns } from './dial-plans.ts';
import { planOf } from './plans.ts';
import { recording } from './recorded-calls.ts';
import { median, quantile } from './timing.ts';

/** What dial plans cost with a store behind them: saves, evaluations over HTTP, drafts, cold starts. */

const few = { organization: 2_010, policies: 10 };
const many = { organization: 2_011, policies: 10_000 };
/** The policy that is evaluated, drafted and saved. */
const saved = 'pol_saved';
const clock = manualClock(noon.toISOString());

const measure: Benchmark = async () => {
  const running = await startOwnStore();
  const { tableName } = running.store;
  // As functions reach it, in this process and in others.
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: running.url,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    TABLE_NAME: tableName,
  });
  const store = storeFromEnvironment();
  try {
    const tenants = await tenantsIn(store);
    const tokens = { few: await tenants.join(few.organization), many: await tenants.join(many.organization) };
    for (const { organization, policies } of [few, many]) await seed(store, organization, policies);
    return [
      ...coldFigures(),
      ...(await draftFigures(store, tokens.many)),
      ...(await evaluationFigures(store, tokens.many)),
      ...(await saveFigures(store, tokens)),
    ];
  } finally {
    await running.stop();
  }
};

/** A plan that is stored whole, and its policies; one of them, which has a limit, takes calls to 5550…. */
async function seed(store: Store, organization: number, count: number): Promise<void> {
  const wanted = planOf(realisticPatterns(count));
  const policies = wanted.policies.map((policy, index) =>
    index > 0
      ? policy
      : {
          ...policy,
          id: saved,
          priority: 0,
          conditions: { pattern: '^5550' },
          actions: { allow: true, gateway: 'pstn', rate_limit: 1_000_000 },
        },
  );
  const stored = policies.map((policy): Policy =>
    newPolicy(
      { ...policy, description: undefined },
      policy.id,
      { group_ids: {}, gateway_ids: {} },
      { by: 'usr_1', at: noon.toISOString() },
    ),
  );
  const writes = stored.map((policy) => create(policyRow, policy));
  for (let at = 0; at < writes.length; at += maximumWrites)
    await commit(store, organization, writes.slice(at, at + maximumWrites));
  const load = stored.reduce((sum, policy) => sum + policyLoad(policy), 0);
  await storePlan(store, organization, { ...wanted, policies }, load);
}

const Cold = z.object({ ready: z.number(), policies: z.literal(many.policies) });

function coldFigures(): readonly Figure[] {
  const script = new URL('cold-evaluator.ts', import.meta.url).pathname;
  const runs = Array.from(
    { length: 5 },
    () =>
      Cold.parse(JSON.parse(execFileSync(process.execPath, [script, String(many.organization)], { encoding: 'utf8' })))
        .ready,
  );
  return [
    {
      what: 'cold evaluator: 10,000 policies loaded, first decision',
      measured: median(runs),
      unit: 'ms',
      must: { atMostYardsticks: 1_800 },
    },
  ];
}

/** Milliseconds of so many repetitions, one after the other. */
async function timesOf(count: number, work: (at: number) => Promise<unknown>): Promise<readonly number[]> {
  const times: number[] = [];
  for (let at = 0; at < count; at += 1) {
    const begun = performance.now();
    await work(at);
    times.push(performance.now() - begun);
  }
  return times;
}

async function draftFigures(store: Store, token: string): Promise<readonly Figure[]> {
  const handler = evaluator(testDependencies(store, { clock }));
  const calls = dialedStrings(realisticPatterns(many.policies), 1_000, 5).map((called) => ({ called }));
  const draft = (at: number) => ({
    policies: [{ id: saved, conditions: { pattern: `^${100 + at}` }, actions: { allow: false } }],
  });
  const ask = async (at: number): Promise<void> => {
    const { status } = await call(handler, 'POST /dialplan/evaluate/batch', {
      token,
      json: { calls, draft: draft(at) },
    });
    if (status !== 200) throw new Error(`the batch answers ${status}`);
  };
  await timesOf(5, ask);
  return [
    {
      what: 'batch of 1,000 calls, 10,000 policies, with a draft of one, p50',
      measured: median(await timesOf(15, (at) => ask(at + 5))),
      unit: 'ms',
      must: { atMostYardsticks: 590 },
    },
  ];
}

/** An address at which each request does some work and is answered with what it answers. */
async function served<Result>(
  work: (body: string) => Promise<unknown>,
  use: (ask: (body: string) => Promise<void>) => Promise<Result>,
): Promise<Result> {
  const server = createServer((incoming, answer) => {
    void text(incoming)
      .then(work)
      .then((result) => answer.setHeader('content-type', 'application/json').end(JSON.stringify(result ?? {})));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  try {
    return await use(
      (body) =>
        new Promise((resolve, reject) => {
          const sent = request(
            { agent, port, host: '127.0.0.1', method: 'POST', headers: { 'content-type': 'application/json' } },
            (answer) => answer.resume().on('end', resolve),
          );
          sent.on('error', reject).end(body);
        }),
    );
  } finally {
    agent.destroy();
    server.close();
  }
}

async function evaluationFigures(store: Store, token: string): Promise<readonly Figure[]> {
  const { store: recordedStore, recorded } = recording(store);
  const handler = evaluator(testDependencies(recordedStore, { clock }));
  const evaluate = async (body: string): Promise<unknown> => {
    const reply = await call(handler, 'POST /dialplan/evaluate', { token, json: JSON.parse(body) as unknown });
    if (reply.status !== 200) throw new Error(`POST /dialplan/evaluate answers ${reply.status}`);
    return reply.body;
  };
  const asked = JSON.stringify({ called: '5550100' });
  await evaluate(asked);
  const again = await recorded(() => evaluate(asked));
  const [evaluations, bare] = (await served(evaluate, (askEvaluator) =>
    served(again, async (askBare) => {
      const times = await inTurns({ unmeasured: 100, measured: 500 }, [
        () => askEvaluator(asked),
        () => askBare(asked),
      ]);
      return times.map(median);
    }),
  )) as [number, number];
  return [
    { what: 'POST /dialplan/evaluate, limits counted, over HTTP, p50', measured: evaluations, unit: 'ms' },
    { what: 'the same store calls and nothing else, over HTTP, p50', measured: bare, unit: 'ms' },
    {
      what: 'evaluation against its store calls alone',
      measured: evaluations / bare,
      unit: '×',
      must: { atMost: 1.3 },
    },
  ];
}

async function saveFigures(
  store: Store,
  tokens: { readonly few: string; readonly many: string },
): Promise<readonly Figure[]> {
  const handler = policyApi(testDependencies(store, { clock }));
  const save =
    (token: string) =>
    async (at: number): Promise<void> => {
      const { status } = await call(handler, 'POST /dialplan/policy', {
        token,
        json: { id: saved, priority: at, conditions: { pattern: `^555${at}` } },
      });
      if (status !== 200) throw new Error(`POST /dialplan/policy answers ${status}`);
    };
  const [ofFew, ofMany] = (await inTurns({ unmeasured: 20, measured: 120 }, [save(tokens.few), save(tokens.many)])) as [
    readonly number[],
    readonly number[],
  ];
  const atMany = quantile(ofMany, 0.95);
  return [
    { what: 'save of one of 10 policies, p95', measured: quantile(ofFew, 0.95), unit: 'ms' },
    { what: 'save of one of 10,000 policies, p95', measured: atMany, unit: 'ms', must: { atMostYardsticks: 1_200 } },
    {
      what: 'save at 10,000 policies against 10, p95',
      measured: atMany / quantile(ofFew, 0.95),
      unit: '×',
      must: { atMost: 1.3 },
    },
  ];
}

/** Milliseconds of works that are done in turns, so that what else the machine does meets them alike. */
async function inTurns(
  { unmeasured, measured }: { readonly unmeasured: number; readonly measured: number },
  works: readonly ((at: number) => Promise<void>)[],
): Promise<readonly (readonly number[])[]> {
  const times = works.map((): number[] => []);
  for (let at = 0; at < unmeasured + measured; at += 1) {
    for (const [index, work] of works.entries()) {
      const [time = Number.NaN] = await timesOf(1, () => work(at));
      if (at >= unmeasured) times[index]?.push(time);
    }
  }
  return times;
}

export default measure;
