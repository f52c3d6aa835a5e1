import { randomUUID } from 'node:crypto';
import { SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs';
import { expect } from 'vitest';
import { adminPassword, logIn, type Cloud } from './cloud.ts';

/** Calls, their prices and their messages, independent of the code that rates them. */

type Body = { readonly data: Readonly<Record<string, unknown>>; readonly batch: Readonly<Record<string, number>> };

/** Sends requests as the operator, and repeats none. @throws if the answer is no 20x */
export type Api = (method: string, path: string, json?: unknown) => Promise<Body>;

/** @param token of an operator */
export const apiAs =
  ({ api }: Cloud, token: string): Api =>
  async (method, path, json) => {
    const answer = await api(path, {
      method,
      token,
      headers: { accept: 'application/json' },
      ...(json === undefined ? {} : { json }),
    });
    expect(`${method} ${path} ${answer.status}`).toMatch(/ 20[012]$/);
    return answer.body as Body;
  };

export const callerOf = async (cloud: Cloud): Promise<Api> => apiAs(cloud, await logIn(cloud, 'admin', adminPassword));

export const queuesOf = ({ outputs }: Cloud): SQSClient =>
  new SQSClient({
    ...(outputs['AwsEndpointUrl'] === undefined
      ? {}
      : {
          endpoint: outputs['AwsEndpointUrl'],
          region: outputs['Region'] ?? '',
          credentials: { accessKeyId: outputs['AccessKeyId'] ?? '', secretAccessKey: outputs['SecretAccessKey'] ?? '' },
        }),
  });

/**
 * Rates of the tariff: price per minute, connect fee, minimum charge, and seconds of the first and of further
 * increments. Prices are in micro-units.
 */
const prices = [
  { prefix: '1', price: 15_000n, connect: 10_000n, least: 0n, first: 60, further: 6 },
  { prefix: '1415', price: 9_000n, connect: 0n, least: 50_000n, first: 30, further: 30 },
  { prefix: '44', price: 1_000n, connect: 0n, least: 0n, first: 1, further: 1 },
] as const;
const decimal = (micros: bigint): string => `${micros / 1_000_000n}.${String(micros % 1_000_000n).padStart(6, '0')}`;
/** The rate whose calls use included minutes. */
const INCLUDED = '1';
export const rates = prices.map(({ prefix, price, connect, least, first, further }) => ({
  prefix,
  included: prefix === INCLUDED,
  price_per_minute: decimal(price),
  connect_fee: decimal(connect).slice(0, -2),
  minimum_charge: decimal(least).slice(0, -2),
  initial_seconds: first,
  increment_seconds: further,
}));

/** Rates of the profile, for calls that no tariff has a rate for: per minute, by second. */
const fallbacks = { internationalCallRate: 30_000n, tollFreeRate: 2_000n, defaultCallRate: 50_000n } as const;
type Fallback = keyof typeof fallbacks;
export const profileRates: Readonly<Record<Fallback, string>> = {
  internationalCallRate: decimal(fallbacks.internationalCallRate),
  tollFreeRate: decimal(fallbacks.tollFreeRate),
  defaultCallRate: decimal(fallbacks.defaultCallRate),
};

/** Called by organizations in the US. Calls by satellite or at a premium rate never have a rate of the profile. */
export const callees = [
  '+12125550100',
  '+14155550123',
  '+442079460000',
  '+498001234567',
  '+33142345678',
  '+881612345678',
  '+33892123456',
] as const;
const fallbackOf: Readonly<Partial<Record<(typeof callees)[number], Fallback>>> = {
  '+498001234567': 'internationalCallRate',
  '+33142345678': 'internationalCallRate',
};
export type Call = {
  readonly id: string;
  readonly callee: (typeof callees)[number];
  readonly seconds: number;
  /** Of its record; 1 by default. */
  readonly revision?: number;
  /** Whether its record voids it. */
  readonly isVoid?: boolean;
  /** Fields of its record that make it one which is rejected. */
  readonly wrong?: Readonly<Record<string, unknown>>;
};

/** Usage of a period before a call, in seconds. */
export type Used = { readonly seconds: number; readonly includedSeconds: number };

/** Included minutes of a period, and the minutes after which the discount applies. */
export const allowance = { included: 200, threshold: 1_000, percentage: 10 } as const;

type Price = {
  readonly prefix: string;
  readonly price: bigint;
  readonly connect: bigint;
  readonly least: bigint;
  readonly first: number;
  readonly further: number;
};

/** The longest prefix of the tariff, else the rate of the profile, if the number has one. */
function rateFor(callee: Call['callee']): Price | null {
  const [price] = prices
    .filter(({ prefix }) => callee.startsWith(`+${prefix}`))
    .sort((one, other) => other.prefix.length - one.prefix.length);
  if (price !== undefined) return price;
  const fallback = fallbackOf[callee];
  return fallback === undefined
    ? null
    : { prefix: '', price: fallbacks[fallback], connect: 0n, least: 0n, first: 1, further: 1 };
}

/**
 * The price of a call by the rules (functions/billing/README.md); null without a rate. Billed and included in seconds,
 * the charge in hundredths of a cent.
 */
export function priceOf(
  { callee, seconds }: Call,
  used?: Used,
): { readonly billed: number; readonly included: number; readonly charge: bigint } | null {
  const price = rateFor(callee);
  if (price === null) return null;
  const billed = price.first + Math.ceil(Math.max(0, seconds - price.first) / price.further) * price.further;
  const included =
    used === undefined || price.prefix !== INCLUDED
      ? 0
      : Math.min(billed, Math.max(0, allowance.included * 60 - used.includedSeconds));
  if (included === billed) return { billed, included, charge: 0n };
  const off = used !== undefined && used.seconds >= allowance.threshold * 60 ? allowance.percentage : 0;
  const hundredSixtieths = (price.connect * 60n + price.price * BigInt(billed - included)) * BigInt(100 - off);
  const least = price.least * 6_000n;
  return { billed, included, charge: ((hundredSixtieths > least ? hundredSixtieths : least) + 300_000n) / 600_000n };
}

/** The price without included minutes and discount. */
export const costOf = (call: Call): bigint | null => priceOf(call)?.charge ?? null;

/** An organization with a tariff of these rates. @returns its id */
export async function newRatedOrganization(api: Api): Promise<string> {
  const made = await api('PUT', '/orgs', { name: `Calls ${randomUUID()}`, country: 'US', timezone: 'UTC' });
  const id = String(made.data['id']);
  const tariff = await api('PUT', '/tariffs/new', { name: `Plan ${randomUUID()}`, currency: 'USD', rates });
  await api('PUT', `/billingprofile/${id}`, { tariffPlan: tariff.data['id'], rates: profileRates });
  return id;
}

/** At noon, UTC. */
const yesterday = new Date(Math.floor(Date.now() / 86_400_000) * 86_400_000 - 43_200_000);
/** Whether the calls are of the period that is open: months begin on the first, UTC. */
export const isOfOpenPeriod = (): boolean => new Date().getUTCMonth() === yesterday.getUTCMonth();

/** Each makes a record one that must be rejected: a call of 700 days, and seconds that no answer was given for. */
export const wrongs = [
  { start_time: new Date(yesterday.getTime() - 700 * 86_400_000).toISOString() },
  { disposition: 'NO ANSWER', billable_seconds: 1 },
] as const;

/** Calls of other length begin in another hour, and are of another user and gateway: corrections move them. */
const startOf = ({ seconds }: Call): number => yesterday.getTime() - (seconds % 3) * 3_600_000;

const callRecord = (call: Call) => ({
  call_id: call.id,
  revision: call.revision,
  direction: 'outbound',
  caller: '+12125550199',
  callee: call.callee,
  start_time: new Date(startOf(call)).toISOString(),
  disposition: 'answered',
  end_time: new Date(startOf(call) + call.seconds * 1_000).toISOString(),
  user_id: `usr_${call.seconds % 7}`,
  gateway_id: `gw_${call.seconds % 2}`,
  ...call.wrong,
});

const recordOf = (call: Call) =>
  call.isVoid === true ? { call_id: call.id, revision: call.revision, void: true } : callRecord(call);

/** `origin`: the rank of the producer; that of the platform by default. */
type Envelope = { readonly organization: string; readonly batch: string; readonly origin?: string };

export const message = ({ organization, batch, origin }: Envelope, ...calls: readonly Call[]): string =>
  JSON.stringify({
    schema: 'cdr.v1',
    source: 'test',
    sent_at: new Date().toISOString(),
    org_id: organization,
    batch_id: batch,
    origin,
    records: calls.map(recordOf),
  });

export const unreadableMessage = (at: number): string =>
  [
    `{"schema":"cdr.v1", broken ${at}`,
    JSON.stringify({ schema: 'cdr.v9', at }),
    `<cdr at="${at}"> é ☎\n</cdr>`,
    JSON.stringify({ schema: 'cdr.v1', records: 'none', at }),
  ][at % 4] ?? '';

export async function sendToQueue(client: SQSClient, url: string, bodies: readonly string[]): Promise<void> {
  for (let at = 0; at < bodies.length; at += 10) {
    const Entries = bodies.slice(at, at + 10).map((MessageBody, position) => ({ Id: String(position), MessageBody }));
    expect((await client.send(new SendMessageBatchCommand({ QueueUrl: url, Entries }))).Failed ?? []).toEqual([]);
  }
}
