import type { ResponseParts } from '../../../shared/sip/build.ts';
import { Fault } from '../../../shared/sip/fault.ts';
import { header } from '../../../shared/sip/header-kinds.ts';
import { Headers } from '../../../shared/sip/headers.ts';
import { Parameters } from '../../../shared/sip/parameters.ts';
import { parseUri } from '../../../shared/sip/uri.ts';
import { second } from '../../../shared/schema/time.ts';
import type { BindingItem } from '../../telephony/rows/binding.ts';
import { bindingTtl } from './contacts.ts';

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

/** The 200 to a REGISTER: all present bindings with their remaining seconds (RFC 3261 §10.3, step 8). */
export function okResponse(present: readonly Pick<BindingItem, 'contact' | 'expires_at'>[], at: Date): ResponseParts {
  const headers = present.reduce((contacts, { contact, expires_at: expires }) => {
    const uri = parseUri(contact);
    if (uri instanceof Fault) return contacts;
    const seconds = Math.max(0, Math.round((Date.parse(expires) - at.getTime()) / second));
    return contacts.append(header.contact, {
      display: undefined,
      uri,
      parameters: new Parameters([['expires', String(seconds)]]),
    });
  }, Headers.none);
  return { status: 200, headers };
}
