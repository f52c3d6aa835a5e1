import { UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import type { RateClass } from '../contract/endpoint.ts';
import { AppError } from '../errors.ts';
import type { Store } from '../dynamodb/client.ts';
import { keyAttributes } from '../dynamodb/row.ts';
import { rateRow } from '../dynamodb/rows/request.ts';
import { updateExpression } from '../dynamodb/write.ts';

/** Requests a minute (auth.md, "Rates"); each settable by an environment variable of the same name. */
const defaults = {
  RATE_LIMIT_CREDENTIAL: 600,
  RATE_LIMIT_ORGANIZATION: 6_000,
  RATE_LIMIT_LOGIN: 30,
  RATE_LIMIT_INGEST: 1_000,
  RATE_LIMIT_SWITCH: 60_000,
} as const;

type LimitName = keyof typeof defaults;
export const rateLimitVariables = [...(Object.keys(defaults) as LimitName[]), 'RATE_LIMIT_SCALE'] as const;

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

/** A switch's window is drawn in blocks, since one item takes at most 1,000 writes a second. */
const switchBlock = 100;
/** A random tenth of the requests counts for ten: the write per request is otherwise the dearest part of all. */
const organizationShare = 10;

type Lease = { readonly minute: number; used: number; granted: number; total: number };

export type RateLimiter = {
  /** Counts one request of a subject in the class's window. @throws what the store throws. */
  readonly count: (rateClass: Exclude<RateClass, 'none'>, subject: string, now: Date) => Promise<Window>;
  /** Counts a tenth of the requests ten times; the others see what was counted last. */
  readonly countOrganization: (organization: number, now: Date) => Promise<Window>;
};

const limitNames: Readonly<Record<Exclude<RateClass, 'none'>, LimitName>> = {
  default: 'RATE_LIMIT_CREDENTIAL', login: 'RATE_LIMIT_LOGIN', ingest: 'RATE_LIMIT_INGEST', switch: 'RATE_LIMIT_SWITCH',
};

type Environment = Readonly<Record<string, string | undefined>>;

const limitOf = (environment: Environment, name: LimitName): number =>
  Math.floor(Number(environment[name] ?? defaults[name]) * Number(environment['RATE_LIMIT_SCALE'] ?? 1));

export function rateLimiter(store: Store, environment: Environment, random: () => number): RateLimiter {
  const leases = new Map<string, Lease>();
  const seen = new Map<number, { minute: number; used: number }>();

  const add = async (subject: string, minute: number, by: number): Promise<number> => {
    const { Attributes } = await store.client.send(new UpdateItemCommand({
      TableName: store.tableName,
      Key: keyAttributes(rateRow, 0, { subject, minute }),
      ...updateExpression({ set: { ttl: (minute + 2) * 60 }, add: { used: by } }),
      ReturnValues: 'UPDATED_NEW',
    }));
    return Number(Attributes?.['used']?.N ?? by);
  };

  const countInBlocks = async (subject: string, minute: number, limit: number): Promise<number> => {
    let lease = leases.get(subject);
    if (lease === undefined || lease.minute !== minute) {
      lease = { minute, used: 0, granted: 0, total: 0 };
      leases.set(subject, lease);
    }
    if (lease.used < lease.granted) {
      lease.used += 1;
      return Math.min(limit, lease.total);
    }
    if (lease.total >= limit) return limit + 1;
    lease.total = await add(subject, minute, switchBlock);
    const over = Math.max(0, lease.total - limit);
    lease.granted += Math.max(0, switchBlock - over);
    if (lease.used >= lease.granted) return limit + 1;
    lease.used += 1;
    return Math.min(limit, lease.total);
  };

  return {
    count: async (rateClass, subject, now) => {
      const minute = Math.floor(now.getTime() / 60_000);
      const limit = limitOf(environment, limitNames[rateClass]);
      const used = rateClass === 'switch' ? await countInBlocks(`${subject}/switch`, minute, limit) : await add(subject, minute, 1);
      return { limit, used, reset: (minute + 1) * 60 };
    },
    countOrganization: async (organization, now) => {
      const minute = Math.floor(now.getTime() / 60_000);
      const limit = limitOf(environment, 'RATE_LIMIT_ORGANIZATION');
      const counts = random() * organizationShare < 1;
      const last = seen.get(organization);
      let used = last?.minute === minute ? last.used : 0;
      if (counts) {
        used = await add(`org_${organization}`, minute, organizationShare);
        seen.set(organization, { minute, used });
      }
      return { limit, used, reset: (minute + 1) * 60 };
    },
  };
}
