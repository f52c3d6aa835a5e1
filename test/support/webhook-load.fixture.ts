import { GetQueueUrlCommand, SetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import { monotonicFactory } from 'ulid';
import { namesFor } from '#infra/names.ts';
import { commit } from '#dynamodb/commit.ts';
import { recorder, systemOrigin } from '#runtime/event-record.ts';
import { quantile } from '../bench/timing.ts';
import { queuesOf } from '../system/cdr.fixture.ts';
import { adminPassword, logIn, type Cloud, type LocalCloud } from '../system/cloud.ts';
import { storeOf } from '../system/people.ts';
import { killsIn } from '../system/storm-cloud.fixture.ts';
import { eventually } from './eventually.ts';
import { startReceiver, type Receiver } from './webhook-receiver.fixture.ts';

/** Many webhooks of several organizations, some of them dead or slow, under a steady rate of events. */

export type Load = {
  readonly organizations: number;
  /** Of each organization; of ten, one is dead and one is slow. */
  readonly webhooks: number;
  /** Events, spread over the organizations. */
  readonly events: number;
  readonly perSecond: number;
};

export type LoadReport = {
  /** Milliseconds from the event to a healthy receiver: of single events on a quiet system, and under load. */
  readonly idleMedian: number;
  readonly median: number;
  readonly p95: number;
  /** Deliveries to healthy receivers: how many there had to be, and which are missing. */
  readonly expected: number;
  readonly missing: readonly string[];
  /** Requests to healthy receivers beyond one for each event. */
  readonly repeated: number;
  /** Most requests to one slow receiver at the same time. */
  readonly inFlight: number;
  /** Invocations of the functions on the way that were killed. */
  readonly killed: number;
};

/** Milliseconds of a slow receiver. */
export const slowness = 9_000;
/** Single events by which the quiet system is measured. */
const idleEvents = 20;

type Kind = 'healthy' | 'slow' | 'dead';
const kindOf = (at: number): Kind => {
  if (at % 10 === 3) return 'dead';
  return at % 10 === 7 ? 'slow' : 'healthy';
};

type Tenant = { readonly organization: number; /** Paths. */ readonly healthy: readonly string[] };

/** Repeats a request until the API answers it: functions may be killed. */
const put = async ({ api }: Cloud, path: string, token: string, json: object): Promise<unknown> =>
  eventually(async () => {
    const { status, body } = await api(path, { method: 'PUT', token, json, headers: { accept: 'application/json' } });
    if (status !== 201 && status !== 409) throw new Error(`PUT ${path} answers ${status} ${JSON.stringify(body)}`);
    return body;
  });

async function newTenant(cloud: Cloud, token: string, webhooks: number, receiver: Receiver): Promise<Tenant> {
  const name = `load-${crypto.randomUUID()}`;
  const body = await put(cloud, '/orgs', token, { name, country: 'US', timezone: 'UTC' });
  const organization = Number((body as { data: { org_id: unknown } }).data.org_id);
  const healthy: string[] = [];
  for (let at = 0; at < webhooks; at += 1) {
    const kind = kindOf(at);
    const path = `/${kind}/${organization}/${at}`;
    if (kind === 'healthy') healthy.push(path);
    // Half of the dead receivers reject connections, the others never answer.
    const url = kind === 'dead' && organization % 2 === 0 ? `http://127.0.0.1:9${path}` : receiver.url(path);
    await put(cloud, `/webhooks/new?org_id=${organization}`, token, { url, events: ['trunk.created'] });
  }
  return { organization, healthy };
}

/** What the receivers got: the first arrival of each event at each path. */
function arrivalsIn(receiver: Receiver): ReadonlyMap<string, number> {
  const arrivals = new Map<string, number>();
  for (const { path, headers, at } of receiver.received) {
    const key = `${path} ${String(headers['webhook-id'])}`;
    if (!arrivals.has(key)) arrivals.set(key, at);
  }
  return arrivals;
}

type Sent = { readonly id: string; readonly tenant: Tenant; /** Unix milliseconds. */ readonly at: number };

const keysOf = ({ id, tenant }: Sent): string[] => tenant.healthy.map((path) => `${path} ${id}`);

const missingOf = (sent: readonly Sent[], arrivals: ReadonlyMap<string, number>): string[] =>
  sent.flatMap(keysOf).filter((key) => !arrivals.has(key));

/** Milliseconds from events to their healthy receivers. */
const latenciesOf = (sent: readonly Sent[], arrivals: ReadonlyMap<string, number>): number[] =>
  sent.flatMap((each) =>
    keysOf(each).flatMap((key) => {
      const arrival = arrivals.get(key);
      return arrival === undefined ? [] : [arrival - each.at];
    }),
  );

/** Functions on the way of an event. */
const functions = ['change-feed', 'event-sealer', 'webhook-delivery', 'webhook-retries'];

/** Records events as changes do, without a request. */
function eventSender(cloud: Cloud) {
  const ulid = monotonicFactory();
  const store = storeOf(cloud.outputs);
  return async (tenant: Tenant): Promise<Sent> => {
    const [id, now] = [`evt_${ulid()}`, new Date()];
    const record = recorder({ origin: systemOrigin, organization: tenant.organization, now, nextId: () => id });
    const details = { entity: { type: 'trunk', id: 'trunk_1' }, description: 'Load' };
    await commit(store, tenant.organization, [record('trunk.created', details)]);
    return { id, tenant, at: now.getTime() };
  };
}

/**
 * Lets messages of killed functions come back after seconds instead of minutes. Not those of `webhook-retry`, whose
 * attempts may take 10 s.
 */
export async function shortenVisibility(cloud: Cloud): Promise<void> {
  const client = queuesOf(cloud);
  for (const queue of ['event-seal', 'webhook-deliver']) {
    const { QueueUrl } = await client.send(new GetQueueUrlCommand({ QueueName: namesFor('local').queue(queue) }));
    await client.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { VisibilityTimeout: '12' } }));
  }
  client.destroy();
}

type Field = {
  readonly receiver: Receiver;
  readonly tenantAt: (at: number) => Tenant;
  readonly send: (tenant: Tenant) => Promise<Sent>;
};

/** Waits until all healthy receivers have the events. @param deadline milliseconds on an idle machine */
const arrival = (sent: readonly Sent[], { receiver }: Field, deadline: number): Promise<boolean> =>
  eventually(() => missingOf(sent, arrivalsIn(receiver)).length === 0, deadline);

/** Single events, each after the one before has arrived. */
async function sendSlowly(field: Field): Promise<Sent[]> {
  const sent: Sent[] = [];
  for (let at = 0; at < idleEvents; at += 1) {
    const each = await field.send(field.tenantAt(at));
    sent.push(each);
    await arrival([each], field, 30_000);
  }
  return sent;
}

/** Events at a steady rate, whatever becomes of them. */
async function sendSteadily({ events, perSecond }: Load, { send, tenantAt }: Field): Promise<Sent[]> {
  const started = performance.now();
  const sending: Promise<Sent>[] = [];
  for (let at = 0; at < events; at += 1) {
    await eventually(() => performance.now() >= started + (at * 1_000) / perSecond);
    sending.push(send(tenantAt(at)));
  }
  return Promise.all(sending);
}

function figuresOf(sent: readonly Sent[], receiver: Receiver) {
  const arrivals = arrivalsIn(receiver);
  const latencies = latenciesOf(sent, arrivals);
  const healthy = receiver.received.filter(({ path }) => path.startsWith('/healthy')).length;
  const distinct = [...arrivals.keys()].filter((key) => key.startsWith('/healthy')).length;
  const slow = [...receiver.inFlight].filter(([path]) => path.startsWith('/slow'));
  return {
    median: quantile(latencies, 0.5),
    p95: quantile(latencies, 0.95),
    expected: sent.flatMap(keysOf).length,
    missing: missingOf(sent, arrivals),
    repeated: healthy - distinct,
    inFlight: Math.max(...slow.map(([, most]) => most)),
  };
}

/**
 * Runs a load in organizations of its own.
 * @param timeout milliseconds for the last deliveries, which may have to become visible again in their queue
 */
export async function underLoad(cloud: LocalCloud, load: Load, timeout = 60_000): Promise<LoadReport> {
  const receiver = await startReceiver(({ path }) => {
    if (path.startsWith('/slow')) return { wait: slowness };
    return path.startsWith('/dead') ? { wait: 600_000 } : {};
  });
  try {
    const token = await eventually(() => logIn(cloud, 'admin', adminPassword));
    const tenants: Tenant[] = [];
    for (let at = 0; at < load.organizations; at += 1)
      tenants.push(await newTenant(cloud, token, load.webhooks, receiver));
    const field = { receiver, send: eventSender(cloud), tenantAt: (at: number) => tenantOf(tenants, at) };
    // Each receiver shows once that it is quick, or not.
    await arrival(await Promise.all(tenants.map(field.send)), field, 60_000);
    const idleMedian = quantile(latenciesOf(await sendSlowly(field), arrivalsIn(receiver)), 0.5);
    const sent = await sendSteadily(load, field);
    await arrival(sent, field, timeout / 6).catch(() => undefined);
    return { idleMedian, ...figuresOf(sent, receiver), killed: killsIn(cloud, functions) };
  } finally {
    await receiver.stop();
  }
}

function tenantOf(tenants: readonly Tenant[], at: number): Tenant {
  const tenant = tenants[at % tenants.length];
  if (tenant === undefined) throw new Error('a load has at least one organization');
  return tenant;
}
