import { lineKeysOf } from '../dynamodb/waiting-line.ts';
import { AppError } from '../errors.ts';
import { authorize } from './admission/authorize.ts';
import { namedOrganization } from './authorization/named-organization.ts';
import { defer } from './deferred.ts';
import type { AdmittedRequest, Exchange, Service } from './exchange.ts';
import type { Credential } from './admission/credential.ts';
import { isExceeded, RateLimited } from '../limits/rate-limits.ts';

type Claims = {
  /** Undefined for a public endpoint. */
  readonly credential: Promise<Credential> | undefined;
  /** Undefined when the path does not parse. */
  readonly params: object | undefined;
  readonly body: Readonly<Record<string, unknown>>;
};

/**
 * Counts, authenticates and authorizes a request, in this order. Undefined for a public endpoint.
 * @throws AppError of status 429, 401 or 403, and 404 for an unknown organization if the caller reaches all of them
 */
export async function admit(
  service: Service,
  exchange: Exchange,
  { credential, params, body }: Claims,
): Promise<AdmittedRequest | undefined> {
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
    prefetch: params === undefined ? [] : [...(service.prefetch?.(params) ?? []), ...lineKeysOf(endpoint.effects)],
  });
  exchange.authenticated = authenticated;
  exchange.window = authenticated.window;
  const organization = authorize(endpoint, authenticated, { ip: request.ip, params: request.params, now });
  return { authenticated, organization, assertNamedOrganization: named.rethrow };
}

/** Counts a log-in by address. without a counter, log-in is rejected (shared/http/README.md, "Rates"). */
async function countLogin({ limiter }: Service, exchange: Exchange): Promise<void> {
  const window = await limiter.count('login', `ip:${exchange.request.ip}`, exchange.now).catch((cause: unknown) => {
    throw new AppError('UNAVAILABLE', 'Log-in is temporarily unavailable; try again', { retryAfter: 5, cause });
  });
  exchange.window = window;
  if (isExceeded(window)) throw new RateLimited(window, exchange.now);
}
