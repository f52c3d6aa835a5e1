import { UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import type { RateClass } from '../../contract/endpoint.ts';
import { AppError } from '../../errors.ts';
import type { Store } from '../../dynamodb/client.ts';
import { keyAttributes } from '../../dynamodb/row.ts';
import { rateRow } from '../../dynamodb/rows/request.ts';
import { updateExpression } from '../../dynamodb/write.ts';

/** Requests a minute (auth.md, "Rates"); each settable by an environment variable of the same name. */
const defaults = {
  RATE_LIMIT_CREDENTIAL: 600,
  RATE_LIMIT_ORGANIZATION: 6_000,
  RATE_LIMIT_LOGIN: 30,
  RATE_LIMIT_INGEST: 1_000,
  RATE_LIMIT_SWITCH: 60_000,
  RATE_LIMIT_EVENTLOG: 500,
  RATE_LIMIT_EVENTQUERY: 100,
  RATE_LIMIT_GATEWAYSTATUS: 300,
} as const;

type LimitName = keyof typeof defaults;

export type Window = {
  readonly limit: number;
  readonly used: number;
  /** Unix seconds at which the window ends. */
  readonly reset: number;
};

export const remaining = (window: Window): number => Math.max(0, window.limit - window.used);
export const exceeded = (window: Window): boolean => window.used > window.limit;

/** A caller beyond the limit of its window, which travels with the error for its headers. */
export class RateLimited extends AppError {
  readonly window: Window;

  constructor(window: Window, now: Date) {
    const seconds = Math.max(1, Math.ceil(window.reset - now.getTime() / 1_000));
    super('RATE_LIMITED', `More than ${window.limit} requests a minute`, { retryAfter: seconds });
    this.window = window;
  }
}

/** What a process draws of a window at once, after what it has had of it. */
type BlockSize = (lease: Lease, limit: number) => number;

/** A switch's window is drawn in blocks, since one item takes at most 1,000 writes a second. */
const switchBlock: BlockSize = () => 100;
/**
 * Others draw one by one at first, then a quarter of what this process has used, so that a busy minute costs a write in
 * many requests; and ever less as the window empties, so that no process keeps what another asks for.
 */
const growingBlock: BlockSize = ({ used, total }, limit) =>
  Math.max(1, Math.floor(Math.min(used / 4, (limit - total) / 16)));

/** A random tenth of the requests counts for ten: the write per request is otherwise the dearest part of all. */
const organizationShare = 10;

export type RateLimiter = {
  /** Counts one request of a subject in the class's window. @throws what the store throws. */
  readonly count: (rateClass: Exclude<RateClass, 'none'>, subject: string, now: Date) => Promise<Window>;
  /** Counts a tenth of the requests ten times; the others see what was counted last. */
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
};

type Environment = Readonly<Record<string, string | undefined>>;

const limitOf = (environment: Environment, name: LimitName): number =>
  Math.floor(Number(environment[name] ?? defaults[name]) * Number(environment['RATE_LIMIT_SCALE'] ?? 1));

/** Adds to a subject's window of a minute and answers what is used of it then. */
type Add = (subject: string, minute: number, by: number) => Promise<number>;

const adder =
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

/** What this process has drawn of a window, and how much the window had given away by then. */
type Lease = { used: number; granted: number; total: number };

/**
 * Counts in blocks that the process draws: never more than the limit, less where other processes keep theirs unused.
 */
function inBlocks(add: Add, blockSize: BlockSize): (subject: string, minute: number, limit: number) => Promise<number> {
  let present = { minute: 0, leases: new Map<string, Lease>() };
  return async (subject, minute, limit) => {
    if (present.minute !== minute) present = { minute, leases: new Map() };
    const lease = present.leases.get(subject) ?? { used: 0, granted: 0, total: 0 };
    present.leases.set(subject, lease);
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

/** Counts a random tenth of the requests ten times; the others go by what this process counted last. */
function sampled(add: Add, random: () => number): (organization: number, minute: number) => Promise<number> {
  let present = { minute: 0, used: new Map<number, number>() };
  return async (organization, minute) => {
    if (present.minute !== minute) present = { minute, used: new Map() };
    if (random() * organizationShare < 1)
      present.used.set(organization, await add(`org_${organization}`, minute, organizationShare));
    return present.used.get(organization) ?? 0;
  };
}

export function rateLimiter(store: Store, environment: Environment, random: () => number): RateLimiter {
  const add = adder(store);
  const oneByOne = (subject: string, minute: number): Promise<number> => add(subject, minute, 1);
  const counts: Readonly<
    Record<Exclude<RateClass, 'none'>, (subject: string, minute: number, limit: number) => Promise<number>>
  > = {
    default: inBlocks(add, growingBlock),
    login: oneByOne,
    ingest: oneByOne,
    eventlog: oneByOne,
    eventquery: oneByOne,
    gatewaystatus: oneByOne,
    switch: inBlocks((subject, minute, by) => add(`${subject}/switch`, minute, by), switchBlock),
  };
  const countSampled = sampled(add, random);
  const windowAt = async (
    now: Date,
    name: LimitName,
    count: (minute: number, limit: number) => Promise<number>,
  ): Promise<Window> => {
    const minute = Math.floor(now.getTime() / 60_000);
    const limit = limitOf(environment, name);
    return { limit, used: await count(minute, limit), reset: (minute + 1) * 60 };
  };
  return {
    count: (rateClass, subject, now) =>
      windowAt(now, limitNames[rateClass], (minute, limit) => counts[rateClass](subject, minute, limit)),
    countOrganization: (organization, now) =>
      windowAt(now, 'RATE_LIMIT_ORGANIZATION', (minute) => countSampled(organization, minute)),
  };
}
