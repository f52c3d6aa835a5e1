/**
 * What a call costs: calls of the store from its INVITE to its settled CDR, in the whole local cloud at 20 calls/s,
 * without those of an idle one.
 */
import type { CountedCalls } from '#infra/local/aws/aws-endpoint.ts';
import { second } from '#schema/time.ts';
import { storeOf } from '../system/people.ts';
import { type OwnCloud } from '../system/cloud.ts';
import { eventually } from '../support/eventually.ts';
import { missing } from '../support/tools.ts';
import type { Benchmark, Figure } from './benchmark.ts';
import { load, startCallees, type Server } from './call-load.ts';
import { startTenant, type CallingPhone } from './called-tenant.ts';
import { memoryCloud } from './memory-cloud.ts';
import { startPayingTenant } from './paying-tenant.ts';
import { cpuOfTree } from './process-tree.ts';
import { quantile } from './timing.ts';

const rate = 20;
const calls = 600;
/** Milliseconds of an idle cloud, and until the CDRs of the last calls are settled. */
const idle = 20 * second;
const settling = 15 * second;

/** Counts by what they count: calls of the store by function and operation, milliseconds by process. */
type Counts = ReadonlyMap<string, number>;

async function storeCalls({ outputs }: OwnCloud): Promise<Counts> {
  const answer = await fetch(`${outputs['AwsEndpointUrl'] ?? ''}/_local/calls`);
  const counted = (await answer.json()) as CountedCalls;
  return new Map(
    Object.entries(counted).flatMap(([name, of]) =>
      Object.entries(of).flatMap(([operation, count]): [string, number][] =>
        name !== 'operator' && operation.startsWith('dynamodb.') ? [[`${name} ${operation.slice(9)}`, count]] : [],
      ),
    ),
  );
}

type Use = { readonly at: number; readonly store: Counts; readonly cpu: Counts };

const useOf = async (cloud: OwnCloud): Promise<Use> => ({
  at: performance.now(),
  store: await storeCalls(cloud),
  cpu: cpuOfTree(cloud.pid),
});

/** What each call adds to an idle system. */
function perCall(idle: readonly [Use, Use], busy: readonly [Use, Use], of: 'store' | 'cpu'): Counts {
  const rate = (what: string): number =>
    ((idle[1][of].get(what) ?? 0) - (idle[0][of].get(what) ?? 0)) / (idle[1].at - idle[0].at);
  const lasted = busy[1].at - busy[0].at;
  return new Map(
    [...busy[1][of]].map(([what, count]) => [
      what,
      (count - (busy[0][of].get(what) ?? 0) - rate(what) * lasted) / calls,
    ]),
  );
}

const isRead = (what: string): boolean => /(GetItem|Query)$/.test(what);

const sum = (counts: Counts, isCounted: (what: string) => boolean = () => true): number =>
  [...counts].reduce((total, [what, count]) => (isCounted(what) ? total + count : total), 0);

/** What adds most, as figures. */
const partsOf = (counts: Counts, unit: string): Figure[] =>
  [...counts]
    .filter(([, each]) => each > 0.03)
    .toSorted(([, one], [, other]) => other - one)
    .map(([what, measured]) => ({ what: `  of these: ${what.slice(0, 60)}`, measured, unit }));

/** The measured system does what it does for a time. */
async function last(milliseconds: number): Promise<void> {
  const until = performance.now() + milliseconds;
  await eventually(() => performance.now() > until, 2 * milliseconds);
}

function serverOf({ outputs }: OwnCloud): Server {
  const [address = '', port = ''] = (outputs['SipAddresses'] ?? '').split(',')[0]?.split(':') ?? [];
  return { address, port: Number(port) };
}

type Kind = {
  readonly name: string;
  readonly phones: (cloud: OwnCloud) => Promise<readonly CallingPhone[]>;
  readonly writes: number;
};
const kinds: readonly Kind[] = [
  { name: 'between phones', phones: (cloud) => startTenant(storeOf(cloud.outputs), serverOf(cloud)), writes: 3 },
  { name: 'prepaid over a carrier', phones: (cloud) => startPayingTenant(cloud, serverOf(cloud)), writes: 4 },
];

async function costsOf(cloud: OwnCloud, { name, phones, writes }: Kind): Promise<readonly Figure[]> {
  const server = serverOf(cloud);
  const calling = await phones(cloud);
  await using callees = startCallees();
  await load(server, callees, calling, { calls: 200, concurrent: 200, rate });
  await last(settling);
  const begun = await useOf(cloud);
  await last(idle);
  const before = await useOf(cloud);
  const outcome = await load(server, callees, calling, { calls, concurrent: calls, rate });
  await last(settling);
  const after = await useOf(cloud);
  const [store, cpu] = (['store', 'cpu'] as const).map((of) => perCall([begun, before], [before, after], of)) as [
    Counts,
    Counts,
  ];
  const what = (text: string): string => `${name}: ${text}`;
  return [
    {
      what: what(`calls at ${rate}/s, successful`),
      measured: outcome.successful / calls,
      unit: '×',
      must: { atLeast: 1 },
    },
    { what: what('reads of the store for a call'), measured: sum(store, isRead), unit: '×', must: { atMost: 4 } },
    {
      what: what('writes of the store for a call'),
      measured: sum(store, (each) => !isRead(each)),
      unit: '×',
      must: { atMost: writes },
    },
    ...partsOf(store, '/call'),
    { what: what('CPU of all processes for a call'), measured: sum(cpu), unit: 'ms' },
    ...partsOf(cpu, 'ms'),
    { what: what('INVITE to INVITE, p50'), measured: quantile(outcome.setUps, 0.5), unit: 'ms' },
    { what: what('the same, p99'), measured: quantile(outcome.setUps, 0.99), unit: 'ms' },
  ];
}

const measure: Benchmark = async () => {
  if (missing(['sipp']).length > 0)
    return [{ what: 'costs of calls: skipped, SIPp is not installed', measured: Number.NaN, unit: '/call' }];
  await using stack = new AsyncDisposableStack();
  const cloud = await memoryCloud({ OUTBOUND_ALLOW_PRIVATE: '1', SIP_ALLOW_PRIVATE_HOSTS: '1' });
  stack.defer(() => cloud.stop());
  const figures: Figure[] = [];
  for (const kind of kinds) figures.push(...(await costsOf(cloud, kind)));
  return figures;
};

export default measure;
