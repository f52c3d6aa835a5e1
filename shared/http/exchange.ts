import type { Endpoint } from '../contract/endpoint.ts';
import type { OrganizationItem } from '../dynamodb/rows/organization.ts';
import type { Prefetch } from '../dynamodb/early-reads.ts';
import type { Authenticated, Authenticator } from './admission/authenticate.ts';
import type { CredentialVerifier } from './admission/credential.ts';
import { systemOrigin, type Origin } from '../runtime/event-record.ts';
import type { ResponseFormat } from './answers/formats/format.ts';
import type { Incoming } from './incoming.ts';
import type { Dependencies } from '../runtime/dependencies.ts';
import type { RateLimiter, Window } from './admission/rate-limits.ts';

/** What serves a resource's requests, made once per process. */
export type Service = {
  readonly dependencies: Dependencies;
  readonly limiter: RateLimiter;
  readonly verify: CredentialVerifier;
  readonly authenticate: Authenticator;
  readonly prefetch: Prefetch | undefined;
};

/** What is known of a request so far; its headers and its log line need it also when it fails. */
export type Exchange = {
  readonly request: Incoming;
  readonly endpoint: Endpoint;
  readonly format: ResponseFormat;
  readonly now: Date;
  window: Window | undefined;
  authenticated: Authenticated | undefined;
};

/** A caller that may do what it asks, and the organization in which it does. */
export type Admitted = {
  readonly authenticated: Authenticated;
  readonly organization: OrganizationItem;
  /** Throws where the request named an organization in a form that is none: a 400 or 422, told in their turn. */
  readonly checkNamed: () => void;
};

/** Who an event names as its actor. */
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
