import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { balanceOf } from '#functions/billing/schema/balance.ts';
import { creditRow } from '#functions/billing/charging/row.ts';
import { readReservations } from '#functions/billing/reservations/row.ts';
import { tableFor } from '#dynamodb/table.ts';
import { eventually } from '#test/support/eventually.ts';
import { paidAnswer, paidCall } from './call-storm-scenarios.fixture.ts';
import type { Answer, OwnCloud } from '../cloud.ts';
import { freePort } from '#infra/local/machine/free-port.ts';
import { machineAddress } from '../peers/machine-address.ts';
import { start, temporaryFolder } from '../peers/program.ts';
import { ownAddress, peerPort } from '../peers/sip-server.ts';
import { storeOf } from '../people.ts';
import { allCdrs, signalTask, type TaskAddress } from '../sidecar-tasks.fixture.ts';
import {
  logInAsOperator,
  newAdministeredTenant,
  outcome,
  texts,
  trustAddresses,
  uniqueName,
  type AdministeredTenant,
  type Body,
} from '../tenant.fixture.ts';

/**
 * Calls of a prepaid organization to a carrier, over a network that loses packets, while a store fails and the task
 * that carries the calls is killed again and again. They go on at another one, unless the network loses too much of
 * what tells their parties so. PBX and carrier are SIPp, and log what they saw.
 */

export type CallStorm = {
  readonly calls: number;
  /** Milliseconds from one kill to the next. */
  readonly killEach: number;
};

/** What one side saw of the call to a number, in Unix milliseconds. */
type Seen = { readonly answered: readonly number[]; readonly ended: readonly number[] };

/** Talk times of the groups of callers, in milliseconds: the longest last until a task is killed. */
const talks = [1_500, 4_000, 8_000, 14_000] as const;
/** Percent of packets that SIPp drops, in both directions. */
const lost = 5;
/** Calls a second of a group. */
const rate = 2;
/** A call of n seconds costs 0.05 + n × 0.01; one without a billable second is free. */
export const price = { prefix: '1', connect_fee: 0.05, price_per_minute: 0.6 };
export const costOf = (seconds: number): bigint => (seconds === 0 ? 0n : 50_000n + 10_000n * BigInt(seconds));

const numberOf = (at: number): string => `1212555${String(1_000 + at)}`;

const common = ({ address, port }: TaskAddress): string[] => [
  ...['-sf', 'scenario.xml', '-i', address, '-p', String(port), '-nostdin', '-nd', '-skip_rlimit'],
  ...['-lost', String(lost), '-trace_logs', '-log_file', 'calls.log'],
];

/** A request that is tried again while the store fails. */
const insist = (request: () => Promise<Answer>): Promise<unknown> =>
  eventually(async () => expect(outcome(await request())).toMatch(/^20[01]$/), 5_000);

/** A prepaid tenant whose calls go to a carrier. @param host address of the carrier */
async function newPayingTenant(cloud: OwnCloud, host: string, operator: string): Promise<AdministeredTenant> {
  const more = { country: 'US', timezone: 'UTC' };
  const tenant = await eventually(() => newAdministeredTenant('storm', { cloud, operator, more }));
  const ask = (method: string, path: string, json: Body) =>
    cloud.api(path, { method, token: operator, json, headers: { accept: 'application/json' } });
  const tariff = await ask('PUT', '/tariffs/new', { name: uniqueName('storm'), currency: 'USD', rates: [price] });
  expect(outcome(tariff)).toBe('201');
  const profile = { accountType: 'prepaid', tariffPlan: texts(tariff)['id'], reservationMinutes: 1 };
  await insist(() => ask('PUT', `/billingprofile/${tenant.id}`, profile));
  await insist(() => ask('POST', `/billingprofile/${tenant.id}/credit`, { amount: '1000', reference: 'storm' }));
  await insist(() => tenant.ask('PUT', '/sipgateways/new', gatewayAt(host)));
  await insist(() =>
    tenant.ask('PUT', '/dialplan/template', {
      name: 'Storm',
      rules: [{ priority: 1, pattern: '^1[0-9]{10}$', action: 'bridge', destination: 'sofia/gateway/carrier/$0' }],
      variables: {},
    }),
  );
  return tenant;
}

const gatewayAt = (host: string): Body => ({ name: 'carrier', host, port: peerPort, ping: { enabled: false } });

/** A PBX that calls from a port of this machine. @returns the port */
async function newPbx(tenant: AdministeredTenant, operator: string): Promise<number> {
  const { ask } = tenant;
  const port = await freePort();
  let id = '';
  await eventually(async () => {
    const made = await ask('PUT', '/siptrunk/pbx', { name: uniqueName('pbx'), host: machineAddress, port });
    expect(outcome(made)).toBe('201');
    ({ id = '' } = texts(made));
  });
  const ips = [{ address: machineAddress, port, type: 'signaling' }] as const;
  await insist(() => trustAddresses(tenant, id, ips, operator));
  return port;
}

/** What SIPp has logged, by number. */
function seenIn(folder: string): ReadonlyMap<string, Seen> {
  const seen = new Map<string, { answered: number[]; ended: number[] }>();
  for (const [, what = '', number = '', at] of readFileSync(join(folder, 'calls.log'), {
    encoding: 'utf8',
    flag: 'a+',
  }).matchAll(/^(ANSWERED|ENDED) (\d+) .*\s([0-9.]+)$/gm)) {
    const call = seen.get(number) ?? { answered: [], ended: [] };
    call[what === 'ANSWERED' ? 'answered' : 'ended'].push(Number(at) * 1_000);
    seen.set(number, call);
  }
  return seen;
}

type Group = { readonly numbers: readonly string[]; readonly talk: number; readonly port: number };

/** Places the calls of a group. */
async function placeCalls(to: TaskAddress, { numbers, talk, port }: Group): Promise<void> {
  using folder = temporaryFolder();
  writeFileSync(join(folder.path, 'scenario.xml'), paidCall(talk));
  writeFileSync(join(folder.path, 'list.csv'), ['SEQUENTIAL', ...numbers, ''].join('\n'));
  const place = [
    '-inf',
    'list.csv',
    '-m',
    String(numbers.length),
    '-r',
    String(rate),
    '-l',
    '100',
    '-recv_timeout',
    '64000',
  ];
  const at = { address: machineAddress, port };
  await using program = start('sipp', [`${to.address}:${to.port}`, ...common(at), ...place], {
    folder: folder.path,
  });
  await program.ended(150_000);
}

/** Kills the task of the calls until `stop` is called. @returns when it was killed */
export function killEach(
  cloud: OwnCloud,
  one: TaskAddress,
  interval: number,
): { readonly stop: () => readonly number[] } {
  const killed: number[] = [];
  const timer = setInterval(() => {
    try {
      signalTask({ cloud }, one, 'SIGKILL');
      killed.push(Date.now());
    } catch {
      // It has not started again yet.
    }
  }, interval);
  return {
    stop: () => {
      clearInterval(timer);
      return killed;
    },
  };
}

/** What became of the calls. */
export type StormOutcome = {
  readonly killed: readonly number[];
  readonly carrier: ReadonlyMap<string, Seen>;
  readonly cdrs: readonly Body[];
  /** Micro-units. Calls that were not stored when their task was killed are reserved for some minutes. */
  readonly balance: { readonly credits: bigint; readonly charges: bigint; readonly reservations: bigint };
};

/** Runs the storm, and waits until every call has ended and is rated. */
export async function runCallStorm(cloud: OwnCloud, { calls, killEach: interval }: CallStorm): Promise<StormOutcome> {
  const host = ownAddress();
  const operator = await eventually(() => logInAsOperator(cloud));
  const tenant = await newPayingTenant(cloud, host, operator);
  const [one] = (cloud.outputs['SipAddresses'] ?? '').split(',').map((text): TaskAddress => {
    const [address = '', port = ''] = text.split(':');
    return { address, port: Number(port) };
  });
  if (one === undefined) throw new Error('the cloud has no task');
  const ports: number[] = [];
  for (const _ of talks) ports.push(await newPbx(tenant, operator));
  using folder = temporaryFolder();
  writeFileSync(join(folder.path, 'scenario.xml'), paidAnswer);
  await using _ = start('sipp', common({ address: host, port: peerPort }), { folder: folder.path });
  const kills = killEach(cloud, one, interval);
  await Promise.all(talks.map((talk, at) => placeCalls(one, groupOf(calls, talk, at, ports[at] ?? 0))));
  const killed = kills.stop();
  await eventually(async () => {
    const { body } = await tenant.ask('GET', '/Calls');
    return (body as { calls: unknown[] }).calls.length === 0;
  }, 20_000);
  const store = storeOf(cloud.outputs);
  let cdrs: readonly Body[] = [];
  const balance = await eventually(async () => {
    cdrs = await allCdrs(tenant);
    const dialed = new Set(cdrs.map(dialedIn));
    const late = [...seenIn(folder.path)].filter(
      ([number, seen]) => !dialed.has(number) && !mayBeUnstored(seen, killed),
    );
    if (late.length > 0) throw new Error(`${late.map(([number]) => number).join()} have no CDR yet`);
    const table = tableFor<'balance' | 'reservation'>(store, tenant.organization);
    const { items } = await table.query(creditRow, {});
    const rated = items.reduce((sum, { calls: each = 0 }) => sum + each, 0);
    const reserved = await readReservations(table, cdrs.map(idOf));
    if (rated < cdrs.length || reserved.size > 0)
      throw new Error(`${rated} of ${cdrs.length} CDRs are rated, ${reserved.size} have a reservation`);
    return balanceOf(items);
  }, 60_000);
  return {
    killed,
    carrier: seenIn(folder.path),
    cdrs,
    balance,
  };
}

/** The calls of a group are every fourth one. */
const groupOf = (calls: number, talk: number, at: number, port: number): Group => ({
  talk,
  port,
  numbers: Array.from({ length: Math.ceil(calls / talks.length) }, (_, call) => numberOf(call * talks.length + at)),
});

const idOf = (cdr: Body): string => String(cdr['call_id']);
const secondsOf = ({ billable_seconds: seconds }: Body): number => Number(seconds);

/** The number that a CDR names, as it was dialed. */
const dialedIn = ({ callee }: Body): string => String(callee).replace('+', '');

/** Milliseconds from the last heartbeat of a task to its death, and for which a call is not stored as answered. */
const heartbeat = 9_000;
const unstored = 3_000;
/** Milliseconds by which CDR and carrier may differ: seconds are whole, and packets are lost. */
const slack = 4_000;

/** Milliseconds: less than any talk. */
const brief = 1_000;

/**
 * Whether the task of a call was killed in the moment of an answer. The carrier dates it by the ACK: before that,
 * another task may have the call, which acknowledges the answer and hangs up.
 */
const mayBeUnstored = ({ answered, ended }: Seen, killed: readonly number[]): boolean =>
  answered.some((from, at) => {
    const isBrief = (ended[at] ?? Infinity) - from < brief;
    return killed.some((kill) => kill > from - (isBrief ? heartbeat : 0) && kill < from + unstored);
  });

/** Expects the CDR of a call that the carrier has seen whole. */
function expectTrueDuration(cdr: Body, { answered, ended }: Seen, killed: readonly number[]): void {
  const [from = 0, to = 0] = [answered[0], ended[0]];
  const kill = killed.find((at) => at > from && at < to);
  const lasted = secondsOf(cdr) * 1_000;
  const place = `${dialedIn(cdr)}, answered at ${from}, ended at ${to}, killed at ${kill}`;
  expect(lasted, place).toBeLessThanOrEqual(to - from + slack);
  expect(lasted, place).toBeGreaterThanOrEqual((kill === undefined ? to : kill - heartbeat) - from - slack);
}

/**
 * Expects that each call ended at both sides within 128 s of its talk, or of the last kill: SIPp answers nothing in a
 * call that it has left, and each task that goes on with the call asks it again. Each is charged once for the time that
 * it lasted. A call whose task is killed in the moment of the answer may not be stored as answered, nor its dialogs: it
 * is charged at most once.
 */
export function expectAllCharged({ killed, carrier, cdrs, balance }: StormOutcome): void {
  expect(new Set(cdrs.map(idOf)).size).toBe(cdrs.length);
  const charged = cdrs.filter(({ disposition }) => disposition === 'ANSWERED');
  const lastKill = Math.max(0, ...killed);
  const [of, byNumber] = [Map.groupBy(cdrs, dialedIn), Map.groupBy(charged, dialedIn)];
  for (const [number, seen] of carrier) {
    const { answered, ended } = seen;
    const own = byNumber.get(number) ?? [];
    expect(own.length, number).toBeLessThanOrEqual(answered.length);
    if (mayBeUnstored(seen, killed)) continue;
    const found = JSON.stringify(of.get(number));
    const place = `${number}, ended at ${ended.join()}, killed at ${killed.join()}, CDRs ${found}`;
    expect(own.length, `${place}, answered at ${answered.join()}`).toBe(answered.length);
    expect(ended.length, `${number} ended at the carrier`).toBe(answered.length);
    for (const [at, from] of answered.entries())
      expect((ended[at] ?? Infinity) - from, number).toBeLessThanOrEqual(Math.max(...talks, lastKill - from) + 128_000);
    const [only, second] = own;
    if (only !== undefined && second === undefined && answered.length === 1) expectTrueDuration(only, seen, killed);
  }
  // The carrier answered, and got no ACK.
  const unseen = charged.filter((cdr) => !carrier.has(dialedIn(cdr)));
  expect(unseen.filter((cdr) => secondsOf(cdr) * 1_000 > unstored)).toEqual([]);
  expect(balance.charges).toBe(charged.reduce((sum, cdr) => sum + costOf(secondsOf(cdr)), 0n));
}
