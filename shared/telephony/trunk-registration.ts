/**
 * How a trunk registers with its peer (RFC 3261 §10.2), and what its status follows from. Times are ISO 8601
 * UTC, as items hold them.
 */

export const registrationStates = ['none', 'registering', 'registered', 'failed'] as const;
export type RegistrationState = (typeof registrationStates)[number];

export type TrunkRegistration = {
  /** Of the trunk's `registration_epoch` that it is for: one of an older epoch says nothing any more. */
  readonly epoch: number;
  /** What the trunk's status is by it. */
  readonly status: 'pending' | 'active';
  readonly state: RegistrationState;
  /** Until when the peer keeps the binding; null: there is none. */
  readonly expires_at: string | null;
  readonly last_attempt: string | null;
  /** When REGISTER is sent next: at once, before the binding expires, or after a wait. */
  readonly next_attempt: string;
  /** In a row. */
  readonly failures: number;
  readonly last_error: RegistrationError | null;
};

/** `code`: of the final response; 408 where none came, 503 where none could be asked for (RFC 3261 §8.1.3.1). */
export type RegistrationError = { readonly code: number; readonly reason: string; readonly at: string };

/** Seconds before the first new try after a failure; the wait doubles up to the longest. */
const firstWait = 30;
const longestWait = 30 * 60;
/** Seconds by which a binding is refreshed before it expires, where that is not more than half of its life. */
const refreshLead = 60;
/** Of the binding's life, where that is longer: several tries then fit in between. */
const refreshShare = 0.1;

const later = (at: string, seconds: number): string => new Date(Date.parse(at) + seconds * 1_000).toISOString();

/** A registration that is to be made at once. `active`: an operator said so, and it counts as that until it fails. */
export const wantedRegistration = (
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

/** After a 200 that keeps the binding for so many seconds. */
export function afterSuccess(registration: TrunkRegistration, at: string, seconds: number): TrunkRegistration {
  const lead = Math.min(seconds / 2, Math.max(refreshLead, seconds * refreshShare));
  return {
    epoch: registration.epoch,
    status: 'active',
    state: 'registered',
    failures: 0,
    last_error: null,
    last_attempt: at,
    expires_at: later(at, seconds),
    next_attempt: later(at, seconds - lead),
  };
}

/** Whether its binding's time is over, and nothing has renewed it. */
export const hasExpired = ({ expires_at }: Pick<TrunkRegistration, 'expires_at'>, now: string): boolean =>
  expires_at !== null && expires_at <= now;

/** Once its binding's time is over, whatever the next try will bring. */
export const afterExpiry = (registration: TrunkRegistration): TrunkRegistration => ({
  ...registration,
  status: 'pending',
  state: 'failed',
  expires_at: null,
  last_error: registration.last_error ?? {
    code: 408,
    reason: 'The registration expired',
    at: registration.expires_at ?? registration.next_attempt,
  },
});

/** When there is something to do about it next: the next try, or that its binding's time is over. */
export const nextLook = ({ next_attempt, expires_at }: TrunkRegistration): string =>
  expires_at !== null && expires_at < next_attempt ? expires_at : next_attempt;

/** After a refusal, or a try that nobody answered. A binding that is still kept goes on to count. */
export function afterFailure(registration: TrunkRegistration, error: RegistrationError): TrunkRegistration {
  const { at } = error;
  const isKept = registration.expires_at !== null && !hasExpired(registration, at);
  return {
    epoch: registration.epoch,
    status: isKept ? registration.status : 'pending',
    state: isKept ? 'registered' : 'failed',
    expires_at: isKept ? registration.expires_at : null,
    last_attempt: at,
    next_attempt: later(at, Math.min(longestWait, firstWait * 2 ** Math.min(registration.failures, 16))),
    failures: registration.failures + 1,
    last_error: error,
  };
}

/** The event that tells of a registration's change, or null. */
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

/** The part of a trunk that its status follows from. `active` is what it is set to, not whether it registered. */
export type RegisteringTrunk = {
  readonly status: 'active' | 'inactive' | 'suspended';
  readonly register: boolean;
  readonly registration_epoch: number;
};

/** Whether a trunk keeps a binding with its peer: a suspended one does, an inactive one does not. */
export const keepsRegistered = ({ status, register }: Pick<RegisteringTrunk, 'status' | 'register'>): boolean =>
  register && status !== 'inactive';

/** Whether the way to its peer is kept open, as a NAT on it would close it. */
export const keepsAlive = ({
  status,
  nat_support,
}: {
  readonly status: RegisteringTrunk['status'];
  readonly nat_support: boolean;
}): boolean => nat_support && status !== 'inactive';

/** What its registration is now, also where nobody has written down yet that it expired. */
function present(
  trunk: RegisteringTrunk,
  registration: TrunkRegistration | undefined,
  now: string,
): TrunkRegistration | undefined {
  if (registration === undefined || !keepsRegistered(trunk) || registration.epoch !== trunk.registration_epoch)
    return undefined;
  return hasExpired(registration, now) ? afterExpiry(registration) : registration;
}

/** `pending` until a REGISTER succeeds, and again when one fails past the binding's expiry. */
export function trunkStatus(
  trunk: RegisteringTrunk,
  registration: TrunkRegistration | undefined,
  now: string,
): 'pending' | RegisteringTrunk['status'] {
  if (trunk.status !== 'active' || !trunk.register) return trunk.status;
  return present(trunk, registration, now)?.status ?? 'pending';
}

/** As answered. */
export function shownRegistration(trunk: RegisteringTrunk, registration: TrunkRegistration | undefined, now: string) {
  const current = present(trunk, registration, now);
  if (current === undefined)
    return {
      state: keepsRegistered(trunk) ? ('registering' as const) : ('none' as const),
      expires_at: null,
      last_attempt: null,
      next_attempt: null,
    };
  const { state, expires_at, last_attempt, next_attempt } = current;
  return { state, expires_at, last_attempt, next_attempt };
}

/** Why the last try failed; null after one that did not. */
export const shownError = (
  trunk: RegisteringTrunk,
  registration: TrunkRegistration | undefined,
  now: string,
): RegistrationError | null => present(trunk, registration, now)?.last_error ?? null;
