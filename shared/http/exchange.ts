import type { Endpoint } from '../contract/endpoint.ts';
import type { Owner } from '../contract/owner.ts';
import type { OrganizationItem } from '../dynamodb/rows/organization.ts';
import type { Prefetch } from '../dynamodb/prefetch.ts';
import type { Authenticated, Authenticator } from './admission/authenticate.ts';
import type { CredentialVerifier } from './admission/credential.ts';
import { systemOrigin, type Origin } from '../runtime/event-record.ts';
import type { ResponseFormat } from './answers/formats.ts';
import type { Incoming } from './request/incoming.ts';
import type { Dependencies } from '../runtime/dependencies.ts';
import type { RateLimiter, Window } from '../limits/rate-limits.ts';
import type { Rejections } from './admission/rejections.ts';

/** Everything that serves a resource's requests. Made once per process. */
export type Service = {
  readonly dependencies: Dependencies;
  readonly limiter: RateLimiter;
  readonly rejections: Rejections;
  readonly verify: CredentialVerifier;
  readonly authenticate: Authenticator;
  readonly prefetch: Prefetch | undefined;
};

/** What is known of a request so far. Its headers and its log line use it after a failure too. */
export type Exchange = {
  /** Changed once: where it names the caller as `me`, it gets the caller's id. */
  request: Incoming;
  readonly endpoint: Endpoint;
  readonly format: ResponseFormat;
  readonly now: Date;
  /** Whose records the endpoint reaches. */
  readonly owner: Owner | undefined;
  window: Window | undefined;
  authenticated: Authenticated | undefined;
  /** Whether the handler asked if the caller may change the accounts that it found (`assertManages`). */
  hasAskedToManage: boolean;
  /** Whether the handler asked which records the caller has (`own`). */
  hasAskedForOwn: boolean;
  /** Whether it failed by an error that no rule throws. */
  hasFault: boolean;
};

/** An authorized caller, and the organization that the request works in. */
export type AdmittedRequest = {
  readonly authenticated: Authenticated;
  readonly organization: OrganizationItem;
  /** @throws AppError INVALID_PARAMETER, VALIDATION_FAILED when the request names an organization in a wrong form */
  readonly assertNamedOrganization: () => void;
};

/** The actor and the origin of the events that a request records. */
export function originOf({ request, authenticated }: Exchange): Origin {
  const caller = authenticated?.caller;
  return {
    actor:
      caller === undefined
        ? systemOrigin.actor
        : { id: caller.id, type: caller.type, name: caller.username, credential: caller.credential.id },
    ip: request.ip,
    user_agent: request.userAgent,
    request_id: request.requestId,
  };
}
