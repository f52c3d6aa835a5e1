import type { NumberItem } from '#dynamodb/rows/number.ts';
import type { OrganizationItem } from '#dynamodb/rows/organization.ts';
import type { TrunkItem } from '#dynamodb/rows/trunk.ts';
import { settingsOf, type DidSource } from '#telephony/peer-settings.ts';
import { isEmergencyNumber } from '#telephony/emergency-spellings.ts';
import type { AddressOwner } from '#telephony/trunk-addresses.ts';
import type { Address } from '#sip/address.ts';
import { Fault } from '#sip/fault.ts';
import { header } from '#sip/header-kinds.ts';
import type { SipRequest } from '#sip/message.ts';
import { isBrokenNumber, possibleNumbers } from '#telephony/dialed-number.ts';
import { numberOriginOf, originOfCall, type NumberOrigin } from '#telephony/number-format.ts';
import type { Flow } from '../../transport/flow.ts';
import { dialedIn } from '../routing/dialed.ts';
import type { CallLookups } from '../running/context.ts';

/**
 * The numbers that an INVITE of a peer calls, by its Request-URI and by its headers
 * (functions/sip-sidecar/calls/entry/README.md, "The dialed number"). What headers name is only looked up: the sender
 * may write anything there.
 */

/** Claims of a source that are read to know how its carriers write numbers. Any number of others may be there. */
export const maxClaims = 8;

/** A header that may name the dialed number. */
type DidHeader = Exclude<DidSource, 'request_uri'>;

/** What a header names. */
type NamedNumber = { readonly source: DidSource; readonly dialed: string };

/** Entries of a list that are read, the first of which is the newest one (RFC 5806 §4). */
const maxEntries = 3;
/** Characters of a user that is read. No number is as long. */
const maxLength = 64;
/** Numbers that are looked up for one INVITE. */
const maxNumbers = 32;

const addressesIn: Readonly<Record<DidHeader, (request: SipRequest) => readonly Address[]>> = {
  to: ({ to }) => [to],
  p_called_party_id: ({ headers }) => readable([headers.one(header.calledParty)]),
  p_preferred_identity: ({ headers }) => readable([headers.first(header.preferredIdentity)]),
  diversion: ({ headers }) => {
    const entries = headers.all(header.diversion);
    return entries instanceof Fault ? [] : entries.slice(0, maxEntries);
  },
};

const readable = (read: readonly (Address | Fault | undefined)[]): readonly Address[] =>
  read.flatMap((each) => (each === undefined || each instanceof Fault ? [] : [each]));

const isHeader = (source: DidSource): source is DidHeader => source !== 'request_uri';

/** What the headers of an INVITE name, in the order of the sources. */
export const namedIn = (request: SipRequest, sources: readonly DidSource[]): readonly NamedNumber[] =>
  sources.filter(isHeader).flatMap((source) =>
    addressesIn[source](request)
      .map(({ uri }) => dialedIn(uri))
      .filter((dialed) => dialed !== '' && dialed.length <= maxLength)
      .map((dialed) => ({ source, dialed })),
  );

/** The numbers that a dialed text may be; none if it has keys, letters or blanks beside its digits. */
const wholeNumbers = (dialed: string, origin: NumberOrigin): readonly string[] =>
  isBrokenNumber(dialed, origin) ? [] : possibleNumbers(dialed, origin);

/** The numbers that these may be, as one of the origins writes numbers (E.164), in the order of the names. */
export function possiblyNamed(named: readonly NamedNumber[], origins: readonly NumberOrigin[]): readonly string[] {
  const numbers = named.flatMap(({ dialed }) => origins.flatMap((origin) => wholeNumbers(dialed, origin)));
  return [...new Set(numbers)].slice(0, maxNumbers);
}

/** Characters of a name in a text for people. */
const maxShown = 32;

/** What was read, for those who look for the reason of a 404: `request_uri "trunk-1", to "+4930123456"`. */
export function triedText(request: SipRequest, sources: readonly DidSource[]): string {
  const named = namedIn(request, sources);
  const tried = sources.flatMap((source): readonly NamedNumber[] => {
    if (!isHeader(source)) return [{ source, dialed: dialedIn(request.uri) }];
    const own = named.filter((each) => each.source === source);
    return own.length === 0 ? [{ source, dialed: '' }] : own;
  });
  // Quotes and control characters would end the text of a Warning.
  const shown = (dialed: string): string => dialed.replace(/[^\w+*#@.-]/g, '?').slice(0, maxShown);
  return tried.map(({ source, dialed }) => `${source} ${dialed === '' ? 'none' : shown(dialed)}`).join(', ');
}

/** A request, and what its caller and what it calls are looked up by. */
export type Incoming = CallLookups & {
  readonly request: SipRequest;
  readonly source: Pick<Flow, 'transport' | 'remote'>;
};

/** A trunk in service, and its organization. */
export type CallingTrunk = { readonly organization: OrganizationItem; readonly trunk: TrunkItem };

/** The active numbers that the dialed text may be, as the carriers of these organizations write numbers. */
export async function calledNumbers(
  incoming: Incoming,
  owners: readonly AddressOwner[],
): Promise<readonly NumberItem[]> {
  const dialed = dialedIn(incoming.request.uri);
  // A number with plus is the same for all.
  const origins = await originsOf(incoming, dialed.startsWith('+') ? [] : owners);
  const numbers = origins.flatMap((origin) => wholeNumbers(dialed, origin));
  return incoming.directory.activeNumbers([...new Set(numbers)]);
}

/** How the carriers of these organizations write numbers, and how anyone may. */
export async function originsOf(incoming: Incoming, owners: readonly AddressOwner[]): Promise<readonly NumberOrigin[]> {
  const callings = await Promise.all(owners.slice(0, maxClaims).map((owner) => callingTrunk(incoming, owner)));
  return [...callings.flatMap((calling) => (calling === undefined ? [] : [originOf(calling)])), { country: '' }];
}

/**
 * The first of these numbers that a header names which the trunk reads.
 * @param numbers active ones of its organization
 */
export function namedBy(
  request: SipRequest,
  calling: CallingTrunk,
  numbers: readonly NumberItem[],
): NumberItem | undefined {
  for (const { dialed } of namedIn(request, settingsOf(calling.trunk).did_source)) {
    const possible = wholeNumbers(dialed, originOf(calling));
    const found = numbers.find(({ number }) => possible.includes(number));
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Undefined: the trunk or its organization is not in service. */
export async function callingTrunk(
  { directory }: Incoming,
  { org_id: id, trunk_id }: Pick<AddressOwner, 'org_id' | 'trunk_id'>,
): Promise<CallingTrunk | undefined> {
  const [organization, trunk] = await Promise.all([directory.organization(id), directory.trunk(id, trunk_id)]);
  return organization !== undefined && trunk !== undefined && isInService(organization, trunk)
    ? { organization, trunk }
    : undefined;
}

/**
 * The number of the organization that a PBX or peer calls: that of the Request-URI; or, if that is no active number of
 * anyone, that of a header. Help that is called reaches no number.
 */
export async function ownNumber(
  { request, directory }: Pick<Incoming, 'request' | 'directory'>,
  calling: CallingTrunk,
): Promise<NumberItem | undefined> {
  const isOwn = ({ org_id: id }: NumberItem): boolean => id === calling.organization.org_id;
  const [numbers, origin] = [dialedBy(request, calling), originOf(calling)];
  const dialed = await activeNumbers(directory, numbers);
  const names = namedIn(request, settingsOf(calling.trunk).did_source);
  if (dialed.length > 0 || names.length === 0 || isEmergencyNumber(dialedIn(request.uri), origin))
    return dialed.find(isOwn);
  const others = possiblyNamed(names, [origin]).filter((number) => !numbers.includes(number));
  return namedBy(request, calling, (await activeNumbers(directory, others)).filter(isOwn));
}

/** The active ones of some numbers: most calls have one that is looked up. */
async function activeNumbers(
  directory: Incoming['directory'],
  [number, ...others]: readonly string[],
): Promise<readonly NumberItem[]> {
  if (number === undefined) return [];
  if (others.length > 0) return directory.activeNumbers([number, ...others]);
  const found = await directory.activeNumber(number);
  return found === undefined ? [] : [found];
}

/** How numbers of a trunk's calls are written. */
export const originOf = ({ organization, trunk }: CallingTrunk) =>
  originOfCall(numberOriginOf(organization), { trunk: trunk.number_format });

/** The numbers that the called one may be, as the trunk writes numbers (E.164). */
export const dialedBy = ({ uri }: SipRequest, calling: CallingTrunk): readonly string[] =>
  wholeNumbers(dialedIn(uri), originOf(calling));

const isInService = ({ status }: OrganizationItem, trunk: TrunkItem): boolean =>
  status !== 'closed' && trunk.status === 'active' && !trunk.suspended_by_operator;
