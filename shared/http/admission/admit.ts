import { AppError } from '../../errors.ts';
import { authorize, namedOrganization } from '../authorization/authorize.ts';
import type { Credential } from './credential.ts';
import type { Admitted, Exchange, Service } from '../exchange.ts';
import { assertAllowedAddress } from './networks.ts';
import { exceeded, RateLimited } from './rate-limits.ts';

/** What a request shows, and what it names: by its path, where that is of the right form, and in its body. */
type Said = {
  readonly credential: Promise<Credential> | undefined;
  readonly params: object | undefined;
  readonly body: Readonly<Record<string, unknown>>;
};

/**
 * Counts, authenticates and authorizes, in that order; undefined for a public endpoint.
 * @throws AppError 429, 401, 403, 404 (to the operator)
 */
export async function admit(
  service: Service,
  exchange: Exchange,
  { credential, params, body }: Said,
): Promise<Admitted | undefined> {
  const { endpoint, request, now } = exchange;
  if (credential === undefined) {
    if (endpoint.rate === 'login') await countLogin(service, exchange);
    return undefined;
  }
  const named = defer(() => namedOrganization(endpoint, request, body));
  const authenticated = await service.authenticate({
    endpoint,
    request,
    credential,
    now,
    organization: named.value,
    prefetch: params === undefined ? [] : (service.prefetch?.(params) ?? []),
  });
  exchange.authenticated = authenticated;
  exchange.window = authenticated.window;
  assertAllowedAddress(authenticated.networks, request.ip);
  const organization = authorize(endpoint, authenticated, request.params);
  return { authenticated, organization, checkNamed: named.rethrow };
}

/** Log-ins are counted per address; without a counter there is no log-in (auth.md, "Rates"). */
async function countLogin({ limiter }: Service, exchange: Exchange): Promise<void> {
  const window = await limiter.count('login', `ip:${exchange.request.ip}`, exchange.now).catch((cause: unknown) => {
    throw new AppError('UNAVAILABLE', 'Log-in is not possible just now', { retryAfter: 5, cause });
  });
  exchange.window = window;
  if (exceeded(window)) throw new RateLimited(window, exchange.now);
}

/** A result that may be an error to be thrown later, when its turn in the order of checks comes. */
export type Deferred<T> = { readonly value: T | undefined; readonly rethrow: () => void };

export function defer<T>(work: () => T): Deferred<T> {
  try {
    return { value: work(), rethrow: () => undefined };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return {
      value: undefined,
      rethrow: () => {
        throw error;
      },
    };
  }
}
