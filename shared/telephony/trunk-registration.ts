import { definedFields } from '../schema/defined-fields.ts';
import { omit } from '../schema/omit.ts';
import { day, minute, second } from '../schema/time.ts';

/**
 * Registration of a trunk with its peer (RFC 3261 §10.2), and the trunk's status that follows from it. Times are
 * ISO 8601 UTC, as stored.
 */

export const registrationStates = ['none', 'registering', 'registered', 'failed'] as const;
export type RegistrationState = (typeof registrationStates)[number];

export type TrunkRegistration = {
  /** The trunk's `registration_epoch` that it belongs to; one of an older epoch no longer counts. */
  readonly epoch: number;
  /** The trunk's status that follows from it. */
  readonly status: 'pending' | 'active';
  readonly state: RegistrationState;
  /** When the binding at the peer expires; null: no binding. */
  readonly expires_at: string | null;
  readonly last_attempt: string | null;
  /** When REGISTER is sent next: at once, before the binding expires, or after a failure's wait. */
  readonly next_attempt: string;
  /** Consecutive. */
  readonly failures: number;
  readonly last_error: RegistrationError | null;
} & RegisteredRoutes;

/** What the registrar has said with the binding. Sparse; absent in earlier versions. */
export type RegisteredRoutes = {
  /** Values of Route of requests to the peer, from its Service-Route (RFC 3608). */
  readonly service_route?: readonly string[];
  /** The URIs of P-Associated-URI (RFC 7315 §4.1), which are shown and grant nothing. */
  readonly associated_uris?: readonly string[];
};

/** `code`: of the final response; 408 without a response, 503 if the request could not be sent (RFC 3261 §8.1.3.1). */
export type RegistrationError = { readonly code: number; readonly reason: string; readonly at: string };

/** Seconds until the first retry after a failure; each further wait doubles up to the maximum. */
const firstWait = 30;
const maxWait = (30 * minute) / second;
/** Longest time, in seconds, for which a peer's Retry-After postpones the next REGISTER. */
const maxRetryAfter = day / second;
/** Seconds before its expiry at which a binding is refreshed, at most half of its lifetime. */
const refreshLead = minute / second;
/** Part of the binding's lifetime that is used instead if longer: it leaves time for several retries. */
const refreshShare = 0.1;

/**
 * Shortest lifetime of a binding that counts, in seconds. A registrar that grants less gets one REGISTER in half of it,
 * not one after the other, each with a write.
 */
const leastLifetime = 10;

const later = (at: string, seconds: number): string => new Date(Date.parse(at) + seconds * second).toISOString();

/** A registration to be made at once. `active`: set by a user; the trunk counts as active until a REGISTER fails. */
export const newRegistration = (
  epoch: number,
  now: string,
  status: TrunkRegistration['status'] = 'pending',
): TrunkRegistration => ({
  epoch,
  status,
  state: 'registering',
  expires_at: null,
  last_attempt: null,
  next_attempt: now,
  failures: 0,
  last_error: null,
});

/**
 * The registration after a 200 whose binding lasts for so many seconds.
 * @param routes what the 200 says besides
 * @param objection why a part of it is not followed; null: all is
 */
export function afterSuccess(
  registration: TrunkRegistration,
  at: string,
  granted: number,
  { routes = {}, objection = null }: { readonly routes?: RegisteredRoutes; readonly objection?: string | null } = {},
): TrunkRegistration {
  const seconds = Math.max(granted, leastLifetime);
  const lead = Math.min(seconds / 2, Math.max(refreshLead, seconds * refreshShare));
  return {
    epoch: registration.epoch,
    status: 'active',
    state: 'registered',
    failures: 0,
    last_error: objection === null ? null : { code: 200, reason: objection, at },
    last_attempt: at,
    expires_at: later(at, seconds),
    next_attempt: later(at, seconds - lead),
    ...routes,
  };
}

/** Whether the binding has expired without a refresh. */
export const hasExpired = ({ expires_at }: Pick<TrunkRegistration, 'expires_at'>, now: string): boolean =>
  expires_at !== null && expires_at <= now;

/** The registration after its binding expired. */
export const afterExpiry = (registration: TrunkRegistration): TrunkRegistration => ({
  ...omit(registration, 'service_route', 'associated_uris'),
  status: 'pending',
  state: 'failed',
  expires_at: null,
  last_error: registration.last_error ?? {
    code: 408,
    reason: 'The registration expired',
    at: registration.expires_at ?? registration.next_attempt,
  },
});

/** When the registration needs attention next: the next REGISTER or the expiry of the binding. */
export const nextCheck = ({ next_attempt, expires_at }: TrunkRegistration): string =>
  expires_at !== null && expires_at < next_attempt ? expires_at : next_attempt;

/** The routes of a registration, as they are stored. */
const routesIn = ({ service_route, associated_uris }: RegisteredRoutes): RegisteredRoutes =>
  definedFields({ service_route, associated_uris });

/**
 * The registration after a rejection or a request without a response. A binding that has not expired still counts.
 * @param retryAfter seconds after which the peer asks to be tried again (Retry-After, RFC 3261 §20.33)
 */
export function afterFailure(
  registration: TrunkRegistration,
  error: RegistrationError,
  retryAfter?: number,
): TrunkRegistration {
  const { at } = error;
  const isKept = registration.expires_at !== null && !hasExpired(registration, at);
  const backoff = Math.min(maxWait, firstWait * 2 ** Math.min(registration.failures, 16));
  return {
    epoch: registration.epoch,
    status: isKept ? registration.status : 'pending',
    state: isKept ? 'registered' : 'failed',
    expires_at: isKept ? registration.expires_at : null,
    last_attempt: at,
    next_attempt: later(at, retryAfter === undefined ? backoff : Math.min(maxRetryAfter, Math.max(1, retryAfter))),
    failures: registration.failures + 1,
    last_error: error,
    ...(isKept ? routesIn(registration) : {}),
  };
}

/** The event of a change of state, or null. */
export const registrationEvent = (
  before: RegistrationState,
  after: RegistrationState,
): 'trunk.registered' | 'trunk.registration_failed' | 'trunk.unregistered' | null => {
  if (before === after) return null;
  switch (after) {
    case 'registered':
      return 'trunk.registered';
    case 'failed':
      return 'trunk.registration_failed';
    case 'none':
      return before === 'registered' ? 'trunk.unregistered' : null;
    case 'registering':
      return null;
  }
};

/** The part of a trunk that its status follows from. `active` is the set status, whether or not it is registered. */
export type RegisteringTrunk = {
  readonly status: 'active' | 'inactive' | 'suspended';
  readonly register: boolean;
  readonly registration_epoch: number;
};

/** Whether a trunk keeps a binding at its peer: a suspended one does, an inactive one does not. */
export const keepsRegistered = ({ status, register }: Pick<RegisteringTrunk, 'status' | 'register'>): boolean =>
  register && status !== 'inactive';

/** Whether keep-alives are sent to its peer, so that a NAT between them keeps the mapping. */
export const keepsAlive = ({
  status,
  nat_support,
}: {
  readonly status: RegisteringTrunk['status'];
  readonly nat_support: boolean;
}): boolean => nat_support && status !== 'inactive';

/** The registration of the current epoch, with an expiry that is not stored yet. */
function currentRegistration(
  trunk: RegisteringTrunk,
  registration: TrunkRegistration | undefined,
  now: string,
): TrunkRegistration | undefined {
  if (registration === undefined || !keepsRegistered(trunk) || registration.epoch !== trunk.registration_epoch)
    return undefined;
  return hasExpired(registration, now) ? afterExpiry(registration) : registration;
}

/**
 * The status as answered: `pending` until a REGISTER succeeds, and again after the binding expires without a refresh.
 */
export function trunkStatus(
  trunk: RegisteringTrunk,
  registration: TrunkRegistration | undefined,
  now: string,
): 'pending' | RegisteringTrunk['status'] {
  if (trunk.status !== 'active' || !trunk.register) return trunk.status;
  return currentRegistration(trunk, registration, now)?.status ?? 'pending';
}

/** The registration as answered. */
export function presentRegistration(trunk: RegisteringTrunk, registration: TrunkRegistration | undefined, now: string) {
  const current = currentRegistration(trunk, registration, now);
  if (current === undefined)
    return {
      state: keepsRegistered(trunk) ? ('registering' as const) : ('none' as const),
      expires_at: null,
      last_attempt: null,
      next_attempt: null,
      service_route: [],
      associated_uris: [],
    };
  const { state, expires_at, last_attempt, next_attempt, service_route = [], associated_uris = [] } = current;
  return {
    ...{ state, expires_at, last_attempt, next_attempt },
    ...{ service_route: [...service_route], associated_uris: [...associated_uris] },
  };
}

/** The Service-Route that calls follow while the trunk is registered; empty: there is none. */
export const currentServiceRoute = (registration: TrunkRegistration | undefined, now: string): readonly string[] =>
  registration === undefined || hasExpired(registration, now) ? [] : (registration.service_route ?? []);

/** Why the last REGISTER failed, or what of its 200 is not followed; null after another success. */
export const registrationError = (
  trunk: RegisteringTrunk,
  registration: TrunkRegistration | undefined,
  now: string,
): RegistrationError | null => currentRegistration(trunk, registration, now)?.last_error ?? null;

/** What a change of a trunk does to its registration. */
export type RegistrationChange =
  | { readonly kind: 'keep' }
  | { readonly kind: 'begin'; readonly registration: TrunkRegistration }
  | { readonly kind: 'end' };
