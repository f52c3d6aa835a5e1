import { UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import type { RateClass } from '../contract/endpoint.ts';
import { AppError } from '../errors.ts';
import type { Store } from '../dynamodb/client.ts';
import { keyAttributes } from '../dynamodb/row.ts';
import { rateRow } from '../dynamodb/rows/request.ts';
import { updateExpression } from '../dynamodb/update-expression.ts';
import { minute as minuteLength, second } from '../schema/time.ts';

/** Requests per minute (shared/http/README.md, "Rates"). An environment variable of the same name overrides each. */
const defaults = {
  RATE_LIMIT_CREDENTIAL: 600,
  RATE_LIMIT_ORGANIZATION: 6_000,
  RATE_LIMIT_LOGIN: 30,
  RATE_LIMIT_REJECTED: 100,
  RATE_LIMIT_INGEST: 1_000,
  RATE_LIMIT_SWITCH: 60_000,
  RATE_LIMIT_EVENTLOG: 500,
  RATE_LIMIT_EVENTQUERY: 100,
  RATE_LIMIT_GATEWAYSTATUS: 300,
  /** New temporary tokens, per user. */
  RATE_LIMIT_TEMPAUTH: 60,
  RATE_LIMIT_SMS: 600,
  /** Recipients of e-mails, per organization. */
  RATE_LIMIT_EMAIL: 300,
  /** Requests for a new password, per address and 15 minutes. */
  RATE_LIMIT_FORGOTTEN: 5,
  /** Passwords that are hashed at once, of names in networks from which they did not log in. */
  RATE_LIMIT_STRANGERS: 10,
} as const;

type LimitName = keyof typeof defaults;

export type Window = {
  readonly limit: number;
  readonly used: number;
  /** Unix seconds at which the window ends. */
  readonly reset: number;
};

/** The minute in which requests are counted (Unix minutes), and its end (Unix seconds). */
export function minuteOf(now: Date): { readonly minute: number; readonly reset: number } {
  const minute = Math.floor(now.getTime() / minuteLength);
  return { minute, reset: ((minute + 1) * minuteLength) / second };
}

export const remainingRequests = (window: Window): number => Math.max(0, window.limit - window.used);
export const isExceeded = (window: Window): boolean => window.used > window.limit;

/** The limit of a window is exceeded. The error carries the window for the answer's headers. */
export class RateLimited extends AppError {
  readonly window: Window;

  constructor(window: Window, now: Date, what = 'requests') {
    const seconds = Math.max(1, Math.ceil(window.reset - now.getTime() / 1_000));
    super('RATE_LIMITED', `More than ${window.limit} ${what} per minute`, { retryAfter: seconds });
    this.window = window;
  }
}

/** Number of requests that a process reserves in a window at once. */
type BlockSize = (lease: Lease, limit: number) => number;

/** A switch reserves large blocks, since one item takes at most 1,000 writes per second. */
const switchBlock: BlockSize = () => 100;
/**
 * Others start with single requests, then reserve a quarter of what this process has used, so that a busy minute needs
 * one write for many requests. Blocks shrink as the window empties, so that no process holds back what another needs.
 */
const growingBlock: BlockSize = ({ used, total }, limit) =>
  Math.max(1, Math.floor(Math.min(used / 4, (limit - total) / 16)));

/** A random tenth of the requests adds ten each: one write per request would be the highest cost of the platform. */
const organizationShare = 10;

export type RateLimiter = {
  /** Counts one request of a subject in the window of its class. @throws the store's error */
  readonly count: (rateClass: Exclude<RateClass, 'none'>, subject: string, now: Date) => Promise<Window>;
  /** Counts a random tenth of the requests ten times; the others get the last count. @throws the store's error */
  readonly countOrganization: (organization: number, now: Date) => Promise<Window>;
};

const limitNames: Readonly<Record<Exclude<RateClass, 'none'>, LimitName>> = {
  default: 'RATE_LIMIT_CREDENTIAL',
  login: 'RATE_LIMIT_LOGIN',
  ingest: 'RATE_LIMIT_INGEST',
  switch: 'RATE_LIMIT_SWITCH',
  eventlog: 'RATE_LIMIT_EVENTLOG',
  eventquery: 'RATE_LIMIT_EVENTQUERY',
  gatewaystatus: 'RATE_LIMIT_GATEWAYSTATUS',
  tempauth: 'RATE_LIMIT_TEMPAUTH',
};

export type Environment = Readonly<Record<string, string | undefined>>;

/** A limit times `RATE_LIMIT_SCALE`. */
export const scaled = (environment: Environment, limit: number): number =>
  Math.floor(limit * Number(environment['RATE_LIMIT_SCALE'] ?? 1));

/** A limit in the environment, or its default. */
export const limitOf = (environment: Environment, name: LimitName): number =>
  scaled(environment, Number(environment[name] ?? defaults[name]));

/** Adds to the window of a subject and a minute (Unix minutes), and returns its new count. */
type Add = (subject: string, minute: number, by: number) => Promise<number>;

export const addToWindow =
  ({ client, tableName }: Store): Add =>
  async (subject, minute, by) => {
    const { Attributes } = await client.send(
      new UpdateItemCommand({
        TableName: tableName,
        Key: keyAttributes(rateRow, 0, { subject, minute }),
        ...updateExpression({ set: { ttl: (minute + 2) * 60 }, add: { used: by } }),
        ReturnValues: 'UPDATED_NEW',
      }),
    );
    return Number(Attributes?.['used']?.N ?? by);
  };

/** Requests of a window that this process used and reserved, and the window's total at the last reservation. */
type Lease = { used: number; granted: number; total: number };

/** Counts in reserved blocks. Never passes more than the limit; fewer if other processes leave reservations unused. */
function inBlocks(add: Add, blockSize: BlockSize): (subject: string, minute: number, limit: number) => Promise<number> {
  let current = { minute: 0, leases: new Map<string, Lease>() };
  return async (subject, minute, limit) => {
    if (current.minute !== minute) current = { minute, leases: new Map() };
    const lease = current.leases.get(subject) ?? { used: 0, granted: 0, total: 0 };
    current.leases.set(subject, lease);
    if (lease.used >= lease.granted && lease.total < limit) {
      const block = blockSize(lease, limit);
      const total = await add(subject, minute, block);
      lease.total = Math.max(lease.total, total);
      lease.granted += Math.max(0, block - Math.max(0, total - limit));
    }
    if (lease.used >= lease.granted) return limit + 1;
    lease.used += 1;
    return Math.min(limit, lease.total) - (lease.granted - lease.used);
  };
}

/**
 * Counts each request, until the window is exceeded: what this process knows to be rejected costs no write. A caller
 * beyond its limit adds nothing to the load that it is limited for.
 */
function untilExceeded(add: Add): (subject: string, minute: number, limit: number) => Promise<number> {
  let current = { minute: 0, exceeded: new Map<string, number>() };
  return async (subject, minute, limit) => {
    if (current.minute !== minute) current = { minute, exceeded: new Map() };
    const { exceeded } = current;
    const known = exceeded.get(subject);
    if (known !== undefined) return known;
    const used = await add(subject, minute, 1);
    if (used > limit) exceeded.set(subject, used);
    return used;
  };
}

/** Counts a random tenth of the requests ten times; the others use the last count of this process. */
function bySampling(add: Add, random: () => number): (organization: number, minute: number) => Promise<number> {
  let current = { minute: 0, used: new Map<number, number>() };
  return async (organization, minute) => {
    if (current.minute !== minute) current = { minute, used: new Map() };
    if (random() * organizationShare < 1)
      current.used.set(organization, await add(`org_${organization}`, minute, organizationShare));
    return current.used.get(organization) ?? 0;
  };
}

/** @param environment overrides of the limits, and `RATE_LIMIT_SCALE`, a factor for load tests */
export function rateLimiter(store: Store, environment: Environment, random: () => number): RateLimiter {
  const add = addToWindow(store);
  const singly = untilExceeded(add);
  const counts: Readonly<
    Record<Exclude<RateClass, 'none'>, (subject: string, minute: number, limit: number) => Promise<number>>
  > = {
    default: inBlocks(add, growingBlock),
    login: singly,
    ingest: singly,
    eventlog: singly,
    eventquery: singly,
    gatewaystatus: singly,
    tempauth: singly,
    switch: inBlocks((subject, minute, by) => add(`${subject}/switch`, minute, by), switchBlock),
  };
  const countBySampling = bySampling(add, random);
  const windowAt = async (
    now: Date,
    name: LimitName,
    count: (minute: number, limit: number) => Promise<number>,
  ): Promise<Window> => {
    const { minute, reset } = minuteOf(now);
    const limit = limitOf(environment, name);
    return { limit, used: await count(minute, limit), reset };
  };
  return {
    count: (rateClass, subject, now) =>
      windowAt(now, limitNames[rateClass], (minute, limit) => counts[rateClass](subject, minute, limit)),
    countOrganization: (organization, now) =>
      windowAt(now, 'RATE_LIMIT_ORGANIZATION', (minute) => countBySampling(organization, minute)),
  };
}
