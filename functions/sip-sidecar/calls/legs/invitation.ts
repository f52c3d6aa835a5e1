import type { Call } from '#telephony/call.ts';
import type { Seals } from '#secrets/seals.ts';
import { address, printAddress, type Address } from '#sip/address.ts';
import { DigestClient } from '#sip/digest/client.ts';
import { hostOfAddress } from '#sip/host.ts';
import { header, textHeader } from '#sip/header-kinds.ts';
import { Field, Headers } from '#sip/headers.ts';
import { Parameters } from '#sip/parameters.ts';
import type { Invitation, Session, SessionListener, SessionTable } from '#sip/session/session.ts';
import { sipUri, type SipUri, type Uri } from '#sip/uri.ts';
import { second } from '#schema/time.ts';
import { nextHopOf, proxyOf, type SipServer } from '#telephony/outbound-proxy.ts';
import { shownVerstat } from '#telephony/caller-identity.ts';
import { settingsOf, type PeerSettings } from '#telephony/peer-settings.ts';
import { hostKey } from '#telephony/shared-host.ts';
import type { HostGuard } from '../../outbound/host-guard.ts';
import { routeTo } from '../../outbound/outbound.ts';
import type { Settings } from '../../task/settings.ts';
import type { SipStack } from '../../stack/sip-stack.ts';
import type { Task } from '../../task/task.ts';
import type { TransactionFlow } from '../../stack/transaction-flow.ts';
import { followedRoute } from '../../trunks/service-route.ts';
import type { Flow, TransportName } from '../../transport/flow.ts';
import type { Side } from '../call/state.ts';
import type { Directory } from '../directory/directory.ts';
import { isTrusted, type Diverted, type PeerAccount, type SipTarget, type Target } from '../routing/target.ts';
import { forwardedHeaders, passedHeaders, privacyTo, seenPath, type ReceivedHeaders } from './passed-headers.ts';
import type { RequestSenders } from './senders.ts';

/** What a target sees of a call. */
export type PresentedCall = Pick<Call, 'source' | 'numbers' | 'privacy' | 'header' | 'direction' | 'stir'> & {
  /** E.164 of the caller of a call that is sent on, for targets that accept it; null, or absent: none. */
  readonly original?: string | null;
};

/** What a new party sees of the one that stays: phones its name, others a number of the organization. */
export function presentedTo(call: Call, stays: Side, number: string | null): PresentedCall {
  const { source, destination, numbers, privacy, header, direction, stir } = call;
  return {
    source: { ...source, caller: stays === 'source' ? source.caller : destination.to },
    numbers: { ...numbers, caller: number, asserted: number },
    privacy: privacy && stays === 'source',
    header,
    direction,
    ...(stays === 'source' && stir !== undefined && { stir }),
  };
}

/** What an INVITE to a target says of its call. */
export type InvitationFacts = {
  readonly call: PresentedCall;
  /** What the caller dialed, for a phone that is called by it; null: it is called by the API, or by a transfer. */
  readonly called: string | null;
  /** Those of the caller's INVITE; undefined: there is none, or they are not for this target. */
  readonly received: ReceivedHeaders | undefined;
  /** The `Identity` headers that prove the caller. Absent: none does. */
  readonly identities?: readonly string[] | undefined;
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

/**
 * Signs the INVITE to a gateway that asks for it.
 * @returns values of `Identity` headers; none if it goes unsigned
 */
export type SignInvite = (target: SipTarget, facts: SignedFacts) => Promise<readonly string[]>;

/** What a signature says of a call. */
export type SignedFacts = Pick<InvitationFacts, 'call' | 'identities'> & { readonly organization: number };

/** Where a task is reached. */
type AdvertisedSettings = Pick<Settings, 'advertised'> & Partial<Pick<Settings, 'advertisedTls'>>;

type SenderParts = Pick<Task, 'domain'> & {
  readonly settings: AdvertisedSettings;
  readonly membership: { readonly id: string };
  readonly sessions: Pick<SessionTable<TransactionFlow>, 'invite'>;
  readonly stack: Pick<SipStack, 'newTag'>;
  readonly hosts: Pick<HostGuard, 'mustProve'>;
  readonly senders: Pick<RequestSenders, 'toPhone' | 'toPeer'>;
  readonly directory: Pick<Directory, 'serviceRoute'>;
  readonly seals: Pick<Seals, 'open'>;
  readonly sign: SignInvite;
};

/** Sends the INVITEs of a task. */
export const inviteSender =
  ({ sessions, stack, hosts, senders, seals, directory, sign, ...task }: SenderParts): SendInvite =>
  async (target, facts, listener) => {
    const { to, uri } = target;
    const party = { ...target.party, organization: facts.organization };
    const account = to.kind === 'peer' ? to.account : null;
    const digest = account === null ? undefined : await digestOf(account, uri.host, { seals, stack });
    const route = await serviceRouteTo(target, facts.organization, directory);
    const { transport } = to.kind === 'phone' ? to.flow : (route?.server ?? nextHopOf(to.peer));
    const contact = contactOf(task, transport);
    const sender =
      to.kind === 'phone'
        ? senders.toPhone(to.flow, party)
        : senders.toPeer(to.peer, party, {
            ...(route === undefined ? {} : { nextHop: route.server }),
            mustProve: proofBefore(hosts, to, route?.server),
          });
    const invitation = invitationTo(target, { ...facts, domain: task.domain, contact });
    const headers = withIdentities(invitation.headers, await sign(target, facts));
    const path = {
      ...(route === undefined ? {} : { routes: route.routes }),
      ...(digest === undefined ? {} : { digest }),
    };
    return sessions.invite({ ...invitation, headers, ...path }, sender, listener);
  };

/** The Service-Route of a trunk that is registered; undefined: it has none. */
async function serviceRouteTo(
  { to, party }: SipTarget,
  organization: number,
  directory: Pick<Directory, 'serviceRoute'>,
): Promise<ReturnType<typeof followedRoute>> {
  if (to.kind !== 'peer' || to.peer.register !== true || party.trunk_id === null) return undefined;
  return followedRoute(to.peer, await directory.serviceRoute(organization, party.trunk_id));
}

/** RFC 8224 §4. */
const withIdentities = (headers: Headers | undefined, identities: readonly string[]): Headers =>
  identities.reduce((all, value) => all.append(textHeader('Identity'), value), headers ?? Headers.none);

type PeerTarget = Extract<SipTarget['to'], { readonly kind: 'peer' }>;

/**
 * Whether a server must ask for credentials before the call goes on.
 * @param routed the server of a Service-Route, which is no host that the organization has named: others count as before
 * it there
 */
const proofBefore =
  (hosts: Pick<HostGuard, 'mustProve'>, { peer, claim }: PeerTarget, routed: SipServer | undefined) =>
  async (remote: Flow['remote']): Promise<boolean> => {
    const named = nextHopOf(peer);
    if (await hosts.mustProve(claim, named, remote)) return true;
    if (routed === undefined || hostKey(routed.host, routed.port) === hostKey(named.host, named.port)) return false;
    return hosts.mustProve({ ...claim, id: null, since: null }, routed, remote);
  };

/** The address of this task in dialogs: its user names the task. */
export const contactOf = (
  {
    settings: { advertised, advertisedTls = advertised },
    membership,
  }: { readonly settings: AdvertisedSettings; readonly membership: { id: string } },
  transport: TransportName,
): SipUri => {
  const { host, port } = transport === 'tls' ? advertisedTls : advertised;
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
function presentedCaller(call: PresentedCall, target: Target, domain: string): Address {
  if (call.privacy) return anonymous;
  const { name } = call.source.caller;
  if (isPhone(target)) return address(phoneUri(call, domain), Parameters.none, name === '' ? undefined : name);
  const number = presentedNumber(call, target);
  const from = accountIn(target) ?? (number === null ? null : written(number, target));
  if (from === null) return anonymous;
  // A caller of others has not the name of the organization.
  const isOwn = call.original === undefined || call.original === null || number !== call.original;
  const shown = isOwn ? (target.callerName ?? undefined) : undefined;
  return address(sipUri({ user: from, host: domainOf(target, domain) }), Parameters.none, shown);
}

const isPhone = ({ party }: Pick<Target, 'party'>): boolean => party.kind === 'device' || party.kind === 'line';

const e164 = /^\+[1-9]\d{1,14}$/;

/** What a phone shows of the caller's verification; undefined: nothing. */
function verstatTo({ stir, source, privacy }: PresentedCall): string | undefined {
  return privacy || stir === undefined || !e164.test(source.caller.user) ? undefined : shownVerstat(stir);
}

/**
 * The caller at a phone. Whether it was verified is a parameter of the number (3GPP TS 24.229 §7.2A.20). A name with
 * parameters of its own could claim that.
 */
function phoneUri(call: PresentedCall, host: string): SipUri {
  const [user = ''] = call.source.caller.user.split(';', 1);
  const verstat = verstatTo(call);
  if (verstat === undefined) return sipUri({ user, host });
  return sipUri({ user: `${user};verstat=${verstat}`, host, parameters: new Parameters([['user', 'phone']]) });
}

/** The asserted identity at a phone, which has it if the caller was verified, or if that has failed. */
const phoneIdentity = (target: Target, { call, domain }: Pick<InvitationFacts, 'call' | 'domain'>): readonly Field[] =>
  isPhone(target) && verstatTo(call) !== undefined
    ? [Field.of(header.assertedIdentity, address(phoneUri(call, domain)))]
    : [];

/** The number (E.164) that a peer sees as caller; null: none. */
function presentedNumber({ numbers, original = null }: PresentedCall, target: Target): string | null {
  const foreign = target.acceptsForeign === true ? original : null;
  return foreign ?? numbers.asserted ?? target.callerNumber;
}

const settingsAt = ({ to }: Pick<Target, 'to'>): PeerSettings => settingsOf(to.kind === 'peer' ? to.peer : {});

/** A number (E.164) as a peer reads it; an extension stays. */
const written = (number: string, target: Pick<Target, 'to'>): string =>
  settingsAt(target).caller_format === 'e164_without_plus' ? number.replace(/^\+/, '') : number;

/** Those who have sent a call on, and its target, as a peer reads them. */
const writtenPath = ({ by, to }: Diverted, target: Pick<Target, 'to'>): Diverted => ({
  by: by.map((step) => (step.number === null ? step : { ...step, number: written(step.number, target) })),
  to: written(to, target),
});

/** The account that From names at a peer that demands it; null: From names the caller. */
const accountIn = ({ to }: Pick<Target, 'to'>): string | null =>
  to.kind === 'peer' && settingsOf(to.peer).from_user === 'username' ? (to.peer.username ?? null) : null;

/** Host of From and of the identity. @param domain that of the platform */
const domainOf = (target: Pick<Target, 'to'>, domain: string): string => {
  const { from_domain: own } = settingsAt(target);
  return own === null ? domain : hostOfAddress(own);
};

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
  const { call, domain, contact, sdp, timeout, maxForwards, received } = facts;
  const location = target.servesHelp === true ? received?.location : undefined;
  return {
    uri: target.uri,
    from: presentedCaller(call, target, domain),
    to: address(target.uri),
    contact,
    headers: new Headers([...headersOf(target, facts), ...(location?.headers ?? [])]),
    ...(location === undefined ? {} : { parts: location.parts }),
    timeout,
    ...pathTo(target),
    ...(sdp === undefined ? {} : { sdp }),
    ...(maxForwards === undefined ? {} : { maxForwards }),
  };
}

/** The way of the INVITE to a peer, and how long the peer may take to ring. */
function pathTo({ to }: Pick<Target, 'to'>): Pick<Invitation, 'routes' | 'progressTimeout'> {
  if (to.kind !== 'peer') return {};
  const [proxy, { progress_seconds: seconds }] = [proxyOf(to.peer), settingsOf(to.peer)];
  return {
    ...(proxy === undefined ? {} : { routes: [routeTo(proxy)] }),
    ...(seconds === null ? {} : { progressTimeout: seconds * second }),
  };
}

/** The headers of the INVITE besides: those of the platform, of the caller, and of a request to the API. */
function headersOf(target: Target, facts: InvitationFacts): Headers {
  const { call, domain, received } = facts;
  const passed = received === undefined ? Headers.none : passedHeaders(received, target.trust);
  const { diverted } = target;
  const forwarded =
    diverted === undefined ? passed : forwardedHeaders(passed, writtenPath(seenPath(diverted, target), target), domain);
  const headers = Object.entries(call.header).reduce(
    (before: Headers, [name, value]) => before.append(textHeader(name), value),
    new Headers([...identityHeaders(target, facts), ...forwarded, ...intercomHeaders(target, domain)]),
  );
  // What the peer demands replaces what a caller wrote under the same name.
  return constantsTo(target).reduce((before, [name, value]) => before.with(textHeader(name), value), headers);
}

/** Constant headers of a peer, and their length, at most. */
const maxConstants = { count: 8, length: 256 } as const;

/** The constant headers of a peer. What could be another header, or a line of its own, is left out. */
const constantsTo = (target: Target): readonly (readonly [name: string, value: string])[] =>
  Object.entries(settingsAt(target).headers)
    .filter(
      ([name, value]) =>
        /^x-[a-z0-9._-]{1,64}$/i.test(name) && value.length <= maxConstants.length && /^[^\p{Cc}]+$/u.test(value),
    )
    .slice(0, maxConstants.count);

/** By which phones answer by themselves: each make knows one of them. */
const intercomHeaders = ({ answersItself }: Target, domain: string): readonly Field[] =>
  answersItself === true
    ? [
        Field.of(textHeader('Call-Info'), `<sip:${domain}>;answer-after=0`),
        Field.of(textHeader('Alert-Info'), `<sip:${domain}>;info=alert-autoanswer;delay=0`),
      ]
    : [];

/** The number in the identity header; null: none. */
function identityNumber(target: Target, { call }: Pick<InvitationFacts, 'call'>): string | null {
  const verified = call.numbers.asserted ?? target.callerNumber;
  const isAsserted = settingsAt(target).identity_header === 'p_asserted_identity';
  // A caller of others is never asserted.
  const presented = isAsserted ? verified : presentedNumber(call, target);
  // From names the account: the number that it would have is not known otherwise.
  if (accountIn(target) !== null && !call.privacy) return presented;
  if (isTrusted(target.trust)) return verified;
  // RFC 3325 §9.1: what is asserted is for trusted peers. The others get what From says.
  return isAsserted || call.privacy ? null : presented;
}

/** The caller of whom a signature speaks: the one that the peer shows. Null: the peer gets no number. */
export function signedCaller(
  target: Target,
  facts: Pick<InvitationFacts, 'call'>,
): { readonly number: string; readonly isOriginal: boolean } | null {
  const { call } = facts;
  const shown = call.privacy ? null : (accountIn(target) ?? presentedNumber(call, target));
  const number = [shown, identityNumber(target, facts)].find((each) => each !== null && e164.test(each)) ?? null;
  if (number === null) return null;
  const isOriginal = number !== call.numbers.asserted && accountIn(target) === null && number === call.original;
  return { number, isOriginal };
}

/** The identity of the caller, in the header that the peer expects. */
function identityField(target: Target, facts: InvitationFacts): readonly Field[] {
  const number = identityNumber(target, facts);
  if (number === null) return [];
  const { privacy, numbers } = facts.call;
  const named = (parameters?: Parameters) =>
    address(sipUri({ user: written(number, target), host: domainOf(target, facts.domain) }), parameters);
  switch (settingsAt(target).identity_header) {
    case 'p_asserted_identity':
      return [Field.of(header.assertedIdentity, named())];
    case 'p_preferred_identity':
      return [Field.of(textHeader('P-Preferred-Identity'), printAddress(named()))];
    case 'remote_party_id': {
      // draft-ietf-sip-privacy-04 §5.1. The platform has verified the numbers of the organization only.
      const isVerified = number === (numbers.asserted ?? target.callerNumber);
      const parameters = new Parameters([
        ['party', 'calling'],
        ['screen', isVerified ? 'yes' : 'no'],
        ['privacy', privacy ? 'full' : 'off'],
      ]);
      return [Field.of(textHeader('Remote-Party-ID'), printAddress(named(parameters)))];
    }
    case 'none':
      return [];
  }
}

/** The verified number goes to trusted peers only, who keep it from others if it is withheld (RFC 3325 §7). */
function identityHeaders(target: Target, facts: InvitationFacts): Headers {
  const { trust } = target;
  const { call, called, received, domain } = facts;
  const dialed = trust === 'phone' ? called : null;
  const privacy = privacyTo(received, trust, call.privacy);
  return new Headers([
    ...identityField(target, facts),
    ...phoneIdentity(target, facts),
    ...(dialed === null ? [] : [Field.of(header.calledParty, address(sipUri({ user: dialed, host: domain })))]),
    ...(privacy === undefined ? [] : [Field.of(textHeader('Privacy'), privacy)]),
  ]);
}
