import { createHash } from 'node:crypto';
import type { Store } from '../dynamodb/client.ts';
import { AppError } from '../errors.ts';
import { addToWindow } from './rate-limits.ts';
import { minute as minuteLength, second } from '../schema/time.ts';

/**
 * One brake for what the platform sends, because a tenant asks for it, to hosts and addresses that need not be the
 * tenant's own (functions/platform/README.md, "The brake"). It counts in windows, per organization and per target.
 */

type Limits = {
  /** Length of a window. */
  readonly minutes: number;
  /** Of an organization to all targets; undefined: no limit of its own. */
  readonly organization?: number;
  /** Of an organization to one target. */
  readonly pair: number;
  /**
   * Of all organizations to one target. Where targets are shared, far above that of one organization, so that a tenant
   * alone cannot use it up for the others at a large provider; what is beyond is delayed.
   */
  readonly target?: number;
};

export const brakes = {
  /** OPTIONS with a token to a source address of a trunk. One target has few holders, so that its limit is low. */
  'address-challenge': { minutes: 60, organization: 5, pair: 5, target: 5 },
  /** To the host of the URL. */
  'webhook-test': { minutes: 10, organization: 120, pair: 30, target: 1_200 },
  /** To the host of a data connector's server. */
  'connector-test': { minutes: 10, organization: 120, pair: 30, target: 1_200 },
  /** Of calls to the host of a step of their flow. */
  'flow-webhook': { minutes: 1, organization: 600, pair: 600, target: 6_000 },
  /** To the host where a data connector signs in, if that is another one: a host of Microsoft has all tenants. */
  'connector-sign-in': { minutes: 10, pair: 120, target: 1_200 },
  /** OPTIONS to the host of a gateway. Its organization has at most 200 gateways. */
  'gateway-ping': { minutes: 1, pair: 240, target: 2_400 },
  /** Deliveries and callbacks to the host of the URL. An organization may give one server many names. */
  'webhook-delivery': { minutes: 1, organization: 18_000, pair: 6_000, target: 60_000 },
  /**
   * To the address of a user. Anyone may ask for it: strangers could use up a limit of the organization. An address has
   * one reader, who may have ten accounts.
   */
  'password-reset': { minutes: 60, pair: 12, target: 20 },
  /** Links for a first password to the address of a new user, in a UTC day: any address may be that of a user. */
  'invitation-email': { minutes: 24 * 60, pair: 5, target: 10 },
  /** Questions whether an address wants notices, in a UTC day. */
  'confirmation-email': { minutes: 24 * 60, pair: 3, target: 3 },
  /** Notices, and e-mails of `PUT /email`. Organizations have limits of recipients. */
  email: { minutes: 10, pair: 60, target: 600 },
  /** Notices and SMS of `PUT /sms`. Organizations have limits of recipients. */
  sms: { minutes: 10, pair: 60, target: 600 },
} as const satisfies Readonly<Record<string, Limits>>;

export type BrakeKind = keyof typeof brakes;

/** What is about to be sent. `target`: host in lower case, E.164, or e-mail address in lower case. */
export type Sending = { readonly organization: number; readonly target: string };

/** Adds one to the window of a subject that ends after a minute (Unix minutes), and returns its new count. */
export type CountInWindow = (subject: string, minute: number) => Promise<number>;

/** @returns seconds to wait until it may be sent; 0: at once */
export type Brake<K extends BrakeKind = BrakeKind> = (kind: K, sending: Sending, now: Date) => Promise<number>;

/** Targets may be longer than keys, and e-mail addresses are personal data. A dot at the end names the same host. */
const hashed = (target: string): string =>
  createHash('sha256').update(target.toLowerCase().replace(/\.$/, '')).digest('base64url');

/** @param count of the store for functions (`addToWindow`), of the process where each sending is too cheap for that */
export const newBrake =
  (count: CountInWindow): Brake =>
  async (kind, { organization, target }, now) => {
    const { minutes, ...limits }: Limits = brakes[kind];
    const end = (Math.floor(now.getTime() / (minutes * minuteLength)) + 1) * minutes;
    const isWithin = async (limit: number | undefined, ...subject: readonly (string | number)[]): Promise<boolean> =>
      limit === undefined || (await count(['brake', kind, ...subject].join('/'), end - 1)) <= limit;
    const own = await Promise.all([
      isWithin(limits.organization, `org_${organization}`),
      isWithin(limits.pair, `org_${organization}`, hashed(target)),
    ]);
    // What is not sent to a target does not count there, so that no organization uses up what others have.
    const mayGo = !own.includes(false) && (await isWithin(limits.target, hashed(target)));
    return mayGo ? 0 : Math.max(1, Math.ceil((end * minuteLength - now.getTime()) / second));
  };

/** @throws AppError RATE_LIMITED if it may not be sent yet */
export async function assertMaySend(brake: Brake, kind: BrakeKind, sending: Sending, now: Date): Promise<void> {
  const wait = await brake(kind, sending, now);
  if (wait === 0) return;
  throw new AppError('RATE_LIMITED', `Too many requests to ${sending.target}; try again in ${wait} seconds`, {
    retryAfter: wait,
  });
}

/** Windows in the store, for a handler. */
export const windowsOfStore = (store: Store): CountInWindow => {
  const add = addToWindow(store);
  return (subject, minute) => add(subject, minute, 1);
};

/** Windows of one process. @param max subjects at most; beyond, the oldest is forgotten */
export function windowsOfProcess(max = 50_000): CountInWindow {
  const windows = new Map<string, { readonly minute: number; used: number }>();
  return async (subject, minute) => {
    const known = windows.get(subject);
    if (known?.minute === minute) return (known.used += 1);
    windows.delete(subject);
    const [oldest] = windows.keys();
    if (oldest !== undefined && windows.size >= max) windows.delete(oldest);
    windows.set(subject, { minute, used: 1 });
    return 1;
  };
}
