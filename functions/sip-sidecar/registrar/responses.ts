import type { ResponseParts } from '#sip/build.ts';
import { Fault } from '#sip/fault.ts';
import { quote } from '#sip/grammar.ts';
import { header } from '#sip/header-kinds.ts';
import { Headers } from '#sip/headers.ts';
import { Parameters } from '#sip/parameters.ts';
import { parseUri } from '#sip/uri.ts';
import { second } from '#schema/time.ts';
import type { BindingItem } from '../../telephony/rows/binding.ts';
import type { AuthenticationOutcome } from './authentication.ts';
import { bindingTtl } from './contacts.ts';

/** The response to a REGISTER that is not authenticated. */
export function unauthenticatedResponse(
  outcome: Exclude<AuthenticationOutcome, { readonly kind: 'authenticated' }>,
): ResponseParts {
  if (outcome.kind === 'challenged') return { status: 401, headers: outcome.headers };
  // Trunks only call.
  if (outcome.kind === 'trunk') return { status: 403 };
  if (outcome.kind === 'rejected') return { status: outcome.status, reason: outcome.reason };
  return { status: 503, headers: Headers.none.append(header.retryAfter, String(outcome.seconds)) };
}

/** The response that rejects a REGISTER. A 423 has Min-Expires (RFC 3261 §10.3, step 7). */
export const rejectionResponse = ({
  status,
  reason,
}: {
  readonly status: number;
  readonly reason: string;
}): ResponseParts => ({
  status,
  reason,
  ...(status === 423 ? { headers: Headers.none.append(header.minExpires, bindingTtl.min) } : {}),
});

type Registered = Pick<BindingItem, 'contact' | 'expires_at' | 'q' | 'instance' | 'reg_id'>;

/** The 200 to a REGISTER: all present bindings with their remaining seconds (RFC 3261 §10.3, step 8). */
export function okResponse(present: readonly Registered[], at: Date): ResponseParts {
  const headers = present.reduce((contacts, binding) => {
    const uri = parseUri(binding.contact);
    if (uri instanceof Fault) return contacts;
    return contacts.append(header.contact, { display: undefined, uri, parameters: parametersOf(binding, at) });
  }, Headers.none);
  return { status: 200, headers };
}

/** Instance and flow are returned as they were registered (RFC 5626 §6), and a q other than the default of 1. */
function parametersOf({ expires_at: expires, q, instance, reg_id: flow }: Registered, at: Date): Parameters {
  const seconds = Math.max(0, Math.round((Date.parse(expires) - at.getTime()) / second));
  return new Parameters([
    ['expires', String(seconds)],
    ...(q === 1 ? [] : [['q', String(q)] as const]),
    ...(instance === undefined ? [] : [['+sip.instance', quote(instance)] as const]),
    ...(flow === undefined ? [] : [['reg-id', String(flow)] as const]),
  ]);
}
