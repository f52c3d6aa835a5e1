import type { BindingItem } from '../../telephony/rows/binding.ts';
import type { NotifyOutcome } from '#sidecar/command.ts';
import { address } from '#sip/address.ts';
import { newRequest } from '#sip/build.ts';
import { Fault } from '#sip/fault.ts';
import { header } from '#sip/header-kinds.ts';
import { Field, Headers } from '#sip/headers.ts';
import { Parameters } from '#sip/parameters.ts';
import { parseUri, sipUri } from '#sip/uri.ts';
import type { SipStack } from '../stack/sip-stack.ts';

/** The dependencies of requests to registered contacts. */
export type ContactDependencies = {
  readonly stack: Pick<SipStack, 'request' | 'via' | 'newTag'>;
  readonly domain: string;
};

/** A request outside of a dialog. */
export type ContactRequest = {
  readonly method: 'NOTIFY' | 'OPTIONS';
  readonly fields: readonly Field[];
  readonly body?: string;
  /** Time to wait for a final response, in milliseconds. */
  readonly timeout: number;
};

/** Sends a request on the flow on which the contact registered, and waits for the final response. */
export async function askContact(
  { stack, domain }: ContactDependencies,
  binding: BindingItem,
  { method, fields, body, timeout }: ContactRequest,
): Promise<NotifyOutcome> {
  const uri = parseUri(binding.contact);
  if (uri instanceof Fault) return { kind: 'unreachable' };
  const self = sipUri({ user: binding.sip_username, host: domain });
  const flow = binding.flow;
  const request = newRequest({
    method,
    uri,
    via: stack.via(flow),
    from: address(self, new Parameters([['tag', stack.newTag()]])),
    to: address(self),
    callId: `${stack.newTag()}@${domain}`,
    sequence: 1,
    headers: new Headers([...fields, Field.of(header.userAgent, 'Trunkline')]),
    ...(body === undefined ? {} : { body: Buffer.from(body) }),
  });
  return new Promise((resolve) => {
    const late = setTimeout(() => resolve({ kind: 'timeout' }), timeout);
    const settle = (outcome: NotifyOutcome): void => {
      clearTimeout(late);
      resolve(outcome);
    };
    const begun = stack.request(request, flow, {
      onResponse: ({ status }) => (status < 200 ? undefined : settle({ kind: 'answered', response_code: status })),
      onFailure: (reason) => settle({ kind: reason === 'timeout' ? 'timeout' : 'unreachable' }),
    });
    if (!begun) settle({ kind: 'unreachable' });
  });
}
