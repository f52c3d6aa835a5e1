import type { Call } from '#schema/call.ts';
import type { Seals } from '#secrets/seals.ts';
import { address, type Address } from '#sip/address.ts';
import { DigestClient } from '#sip/digest/client.ts';
import { hostOfAddress } from '#sip/host.ts';
import { header, textHeader } from '#sip/header-kinds.ts';
import { Field, Headers } from '#sip/headers.ts';
import { Parameters } from '#sip/parameters.ts';
import type { Invitation, Session, SessionListener, SessionTable } from '#sip/session/session.ts';
import { sipUri, type SipUri, type Uri } from '#sip/uri.ts';
import type { HostGuard } from '../../outbound/host-guard.ts';
import type { Settings } from '../../settings.ts';
import type { SipStack } from '../../sip-stack.ts';
import type { Task } from '../../task.ts';
import type { TransactionFlow } from '../../transaction-flow.ts';
import type { TransportName } from '../../transport/flow.ts';
import type { Side } from '../call/state.ts';
import { isTrusted, type PeerAccount, type SipTarget, type Target } from '../routing/target.ts';
import { forwardedHeaders, passedHeaders, privacyTo, seenPath, type ReceivedHeaders } from './passed-headers.ts';
import type { RequestSenders } from './senders.ts';

/** What a target sees of a call. */
export type PresentedCall = Pick<Call, 'source' | 'numbers' | 'privacy' | 'header' | 'direction'> & {
  /** E.164 of the caller of a call that is sent on, for targets that accept it; null, or absent: none. */
  readonly original?: string | null;
};

/** What a new party sees of the one that stays: phones its name, others a number of the organization. */
export function presentedTo(call: Call, stays: Side, number: string | null): PresentedCall {
  const { source, destination, numbers, privacy, header, direction } = call;
  return {
    source: { ...source, caller: stays === 'source' ? source.caller : destination.to },
    numbers: { ...numbers, caller: number, asserted: number },
    privacy: privacy && stays === 'source',
    header,
    direction,
  };
}

/** What an INVITE to a target says of its call. */
export type InvitationFacts = {
  readonly call: PresentedCall;
  /** What the caller dialed, for a phone that is called by it; null: it is called by the API, or by a transfer. */
  readonly called: string | null;
  /** Those of the caller's INVITE; undefined: there is none, or they are not for this target. */
  readonly received: ReceivedHeaders | undefined;
  /** Host of From and P-Asserted-Identity. */
  readonly domain: string;
  readonly contact: Uri;
  readonly sdp: string | undefined;
  /** Ring time in milliseconds. */
  readonly timeout: number;
  readonly maxForwards: number | undefined;
};

/** Sends the INVITE of a leg. Undefined: it cannot be sent, and the leg has failed. */
export type SendInvite = (
  target: SipTarget,
  facts: Omit<InvitationFacts, 'domain' | 'contact'> & { readonly organization: number },
  listener: SessionListener,
) => Promise<Session | undefined>;

type SenderParts = Pick<Task, 'settings' | 'membership' | 'domain'> & {
  readonly sessions: Pick<SessionTable<TransactionFlow>, 'invite'>;
  readonly stack: Pick<SipStack, 'newTag'>;
  readonly hosts: Pick<HostGuard, 'mustProve'>;
  readonly senders: Pick<RequestSenders, 'toPhone' | 'toPeer'>;
  readonly seals: Seals;
};

/** Sends the INVITEs of a task. */
export const inviteSender =
  ({ sessions, stack, hosts, senders, seals, ...task }: SenderParts): SendInvite =>
  async (target, facts, listener) => {
    const { to, uri } = target;
    const party = { ...target.party, organization: facts.organization };
    const account = to.kind === 'peer' ? to.account : null;
    const digest = account === null ? undefined : await digestOf(account, uri.host, { seals, stack });
    const transport = to.kind === 'phone' ? to.flow.transport : to.peer.transport;
    const contact = contactOf(task, transport);
    const sender =
      to.kind === 'phone'
        ? senders.toPhone(to.flow, party)
        : senders.toPeer(to.peer, party, { mustProve: (remote) => hosts.mustProve(to.claim, to.peer, remote) });
    const invitation = invitationTo(target, { ...facts, domain: task.domain, contact });
    return sessions.invite({ ...invitation, ...(digest === undefined ? {} : { digest }) }, sender, listener);
  };

/** The address of this task in dialogs: its user names the task. */
export const contactOf = (
  { settings, membership }: { readonly settings: Pick<Settings, 'advertised'>; readonly membership: { id: string } },
  transport: TransportName,
): SipUri => {
  const { host, port } = settings.advertised;
  return sipUri({
    user: membership.id,
    host: hostOfAddress(host),
    port,
    ...(transport === 'udp' ? {} : { parameters: new Parameters([['transport', transport]]) }),
  });
};

/** Answers the challenges of a peer. */
export const digestOf = async (
  { username, sealed_password: password, realm, sealedFor }: PeerAccount,
  host: string,
  { seals, stack }: { readonly seals: Pick<Seals, 'open'>; readonly stack: Pick<SipStack, 'newTag'> },
): Promise<DigestClient> =>
  new DigestClient({ username, password: await seals.open(password, sealedFor), realm, host }, stack.newTag);

/** RFC 3323 §4.1.1.3. */
const anonymous = address(sipUri({ user: 'anonymous', host: 'anonymous.invalid' }), Parameters.none, 'Anonymous');

/** Whom the called side sees as caller: in phones extension and name, elsewhere a number of the organization. */
function presentedCaller(
  { source, numbers, privacy, original = null }: PresentedCall,
  target: Pick<Target, 'party' | 'callerNumber' | 'acceptsForeign'>,
  domain: string,
): Address {
  if (privacy) return anonymous;
  const { user, name } = source.caller;
  if (target.party.kind === 'device' || target.party.kind === 'line')
    return address(sipUri({ user, host: domain }), Parameters.none, name === '' ? undefined : name);
  const foreign = target.acceptsForeign === true ? original : null;
  const number = foreign ?? numbers.asserted ?? target.callerNumber;
  return number === null ? anonymous : address(sipUri({ user: number, host: domain }));
}

/** Phones that ring as members of a group show its prefix before the name of the caller. */
export function presentedToMember<P extends Pick<InvitationFacts, 'call'>>(
  presented: P,
  { member }: Pick<Target, 'member'>,
): P {
  const { call } = presented;
  const { caller } = call.source;
  if (member === undefined || member.namePrefix === '') return presented;
  const name = `${member.namePrefix} ${caller.name === '' ? caller.user : caller.name}`;
  return { ...presented, call: { ...call, source: { ...call.source, caller: { ...caller, name } } } };
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

/** The headers of the INVITE besides: those of the platform, of the caller, and of a request to the API. */
function headersOf(target: Target, facts: InvitationFacts): Headers {
  const { call, domain, received } = facts;
  const passed = received === undefined ? Headers.none : passedHeaders(received, target.trust);
  const { diverted } = target;
  const forwarded = diverted === undefined ? passed : forwardedHeaders(passed, seenPath(diverted, target), domain);
  return Object.entries(call.header).reduce(
    (headers: Headers, [name, value]) => headers.append(textHeader(name), value),
    new Headers([...identityHeaders(target, facts), ...forwarded, ...intercomHeaders(target, domain)]),
  );
}

/** By which phones answer by themselves: each make knows one of them. */
const intercomHeaders = ({ answersItself }: Target, domain: string): readonly Field[] =>
  answersItself === true
    ? [
        Field.of(textHeader('Call-Info'), `<sip:${domain}>;answer-after=0`),
        Field.of(textHeader('Alert-Info'), `<sip:${domain}>;info=alert-autoanswer;delay=0`),
      ]
    : [];

/** The verified number goes to trusted peers only, who keep it from others if it is withheld (RFC 3325 §7). */
function identityHeaders(
  { trust, callerNumber }: Target,
  { call, called, received, domain }: InvitationFacts,
): Headers {
  const asserted = call.numbers.asserted ?? callerNumber;
  const [identity, dialed] = [isTrusted(trust) ? asserted : null, trust === 'phone' ? called : null];
  const privacy = privacyTo(received, trust, call.privacy);
  const uriOf = (user: string) => address(sipUri({ user, host: domain }));
  return new Headers([
    ...(identity === null ? [] : [Field.of(header.assertedIdentity, uriOf(identity))]),
    ...(dialed === null ? [] : [Field.of(header.calledParty, uriOf(dialed))]),
    ...(privacy === undefined ? [] : [Field.of(textHeader('Privacy'), privacy)]),
  ]);
}
