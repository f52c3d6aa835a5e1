import type { EventItem } from '../dynamodb/rows/event.ts';
import type { Request } from './handlers.ts';

type FilingRequest = Pick<Request, 'now' | 'ip' | 'userAgent' | 'requestId'> & {
  readonly caller: {
    readonly id: string;
    readonly type: 'user' | 'service';
    readonly username: string;
    readonly credential: { readonly id: string };
  };
  readonly organization: { readonly org_id: number };
};

/** The fields of a client's own event that the platform sets: id, time, actor and origin. */
export const clientEvent = (
  { now, ip, userAgent, requestId, caller, organization }: FilingRequest,
  nextId: (prefix: string) => string,
) =>
  ({
    id: nextId('evt'),
    org_id: organization.org_id,
    at: now.toISOString(),
    changes: null,
    pending: true,
    actor: { id: caller.id, type: caller.type, name: caller.username, credential: caller.credential.id },
    ip,
    user_agent: userAgent,
    request_id: requestId,
  }) as const satisfies Partial<EventItem>;
