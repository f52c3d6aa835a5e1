import type { Call } from '#schema/call.ts';
import { address, type Address } from '#sip/address.ts';
import { header, textHeader } from '#sip/header-kinds.ts';
import { Headers } from '#sip/headers.ts';
import { Parameters } from '#sip/parameters.ts';
import type { Invitation } from '#sip/session/session.ts';
import { sipUri, type Uri } from '#sip/uri.ts';
import type { Target } from './target.ts';

/** What an INVITE to a target says of its call. */
export type InvitationFacts = {
  readonly call: Pick<Call, 'source' | 'numbers' | 'privacy' | 'header' | 'direction'>;
  /** Host of From and P-Asserted-Identity. */
  readonly domain: string;
  readonly contact: Uri;
  readonly sdp: string | undefined;
  /** Ring time in milliseconds. */
  readonly timeout: number;
  readonly maxForwards: number | undefined;
};

/** RFC 3323 §4.1.1.3. */
const anonymous = address(sipUri({ user: 'anonymous', host: 'anonymous.invalid' }), Parameters.none, 'Anonymous');

/** Whom the called side sees as caller: in phones extension and name, elsewhere a number of the organization. */
function presentedCaller(
  { source, numbers, privacy }: InvitationFacts['call'],
  target: Pick<Target, 'party' | 'callerNumber'>,
  domain: string,
): Address {
  if (privacy) return anonymous;
  const { user, name } = source.caller;
  if (target.party.kind === 'device' || target.party.kind === 'line')
    return address(sipUri({ user, host: domain }), Parameters.none, name === '' ? undefined : name);
  const number = numbers.asserted ?? target.callerNumber;
  return number === null ? anonymous : address(sipUri({ user: number, host: domain }));
}

/** The INVITE of a leg. */
export function invitationTo(target: Target, facts: InvitationFacts): Omit<Invitation, 'digest'> {
  const { call, domain, contact, sdp, timeout, maxForwards } = facts;
  return {
    uri: target.uri,
    from: presentedCaller(call, target, domain),
    to: address(target.uri),
    contact,
    headers: headersOf(target, facts),
    timeout,
    ...(sdp === undefined ? {} : { sdp }),
    ...(maxForwards === undefined ? {} : { maxForwards }),
  };
}

/** The verified number goes to trusted peers only, who keep it from others if it is withheld (RFC 3325 §7). */
function headersOf({ isTrusted, callerNumber }: Target, { call, domain }: InvitationFacts): Headers {
  const asserted = call.numbers.asserted ?? callerNumber;
  const identity =
    isTrusted && asserted !== null
      ? Headers.none.append(header.assertedIdentity, address(sipUri({ user: asserted, host: domain })))
      : Headers.none;
  const withPrivacy = call.privacy ? identity.append(textHeader('Privacy'), 'id') : identity;
  return Object.entries(call.header).reduce(
    (headers: Headers, [name, value]) => headers.append(textHeader(name), value),
    withPrivacy,
  );
}
