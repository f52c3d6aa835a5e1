import type { PlaceCallCommand, PlaceCallOutcome } from '#sidecar/call-command.ts';
import { AppError } from '#errors.ts';
import type { OrganizationItem } from '#dynamodb/rows/organization.ts';
import type { CallDestination } from '#schema/call-request.ts';
import { Fault } from '#sip/fault.ts';
import { isSipUri, parseUri, userOf } from '#sip/uri.ts';
import { limitOfSides, placedSides, sourceReservation } from '../call/limits.ts';
import { newLeg, noParty, type CallFacts } from '../call/record.ts';
import type { DurationLimit } from '../call/state.ts';
import type { Calls } from '../running/calls.ts';
import { limitsOfBoth } from '../running/channels.ts';
import type { Uses } from '../running/context.ts';
import { deniedCommand } from '../routing/denied-command.ts';
import type { Routed } from '../routing/route.ts';

type PlacingContext = Uses<{
  context: 'clock';
  membership: 'id' | 'isReady';
  domain: true;
  directory: 'organization' | 'ownNumber';
  routing: 'routeEnd';
  decider: 'release';
  media: 'canRecord';
}>;

/** Decides both ends of a call, stores it, and goes on with it. A repeated command places no second call. */
export async function placeCall(
  context: PlacingContext,
  calls: Pick<Calls, 'get' | 'place'>,
  command: PlaceCallCommand,
): Promise<PlaceCallOutcome> {
  const { membership, directory, routing, decider, media } = context;
  const { call, caller, organization: id } = command;
  if (calls.get(call) !== undefined) return { kind: 'created' };
  const organization = membership.isReady ? await directory.organization(id) : undefined;
  if (organization === undefined) return { kind: 'unreachable' };
  if (command.options.record === true && !media.canRecord())
    return { kind: 'refused', code: 'RECORDING_UNAVAILABLE', reason: 'NO_MEDIA_RELAY', party: 'source' };
  const number = await callerNumber(directory, organization, command);
  const routed = { organization, caller: number, userId: caller.user_id, reserves: !caller.own_only };
  const source = await routing.routeEnd({ ...routed, callId: sourceReservation(call) }, command.source);
  // A call whose gateway is gone is rejected after it has reserved.
  const release = (...reservations: readonly string[]) =>
    Promise.all(reservations.map((reservation) => decider.release(organization, reservation)));
  if (source.kind === 'rejected') {
    await release(sourceReservation(call));
    return deniedCommand(source, 'source');
  }
  const destination = await routing.routeEnd({ ...routed, callId: call, asksUsers: true }, command.destination);
  if (destination.kind === 'rejected') {
    await release(sourceReservation(call), call);
    return deniedCommand(destination, 'destination');
  }
  const sides = placedSides(call, { source: source.limit, destination: destination.limit }, command.options.timeout);
  try {
    await calls.place({
      organization,
      facts: factsOf(context, command, { source, destination, number, limit: limitOfSides(sides) }),
      limits: limitsOfBoth(source.limits, destination.limits),
      source: source.attempts,
      destination: destination.attempts,
      sides,
      isEmergency: destination.isEmergency,
    });
    return { kind: 'created' };
  } catch (error) {
    await release(sourceReservation(call), call);
    if (error instanceof AppError && error.code === 'CALL_LIMIT')
      return deniedCommand({ reason: 'CALL_LIMIT' }, 'destination');
    throw error;
  }
}

/** The number to present: as asked for, else the source's own. */
async function callerNumber(
  directory: PlacingContext['directory'],
  { org_id: organization }: OrganizationItem,
  { options, source }: PlaceCallCommand,
): Promise<string | null> {
  const wanted = options.caller_id ?? (source.type === 'phone' ? source.number : null);
  return wanted === null ? null : ((await directory.ownNumber(organization, wanted))?.number ?? null);
}

/** The SIP user of an end. */
function userOfEnd(end: CallDestination, { attempts }: Routed): string {
  if (end.type === 'phone') return end.number;
  if (end.type === 'line') return end.username;
  if (end.type === 'flow') return end.id;
  if (end.type === 'device') return attempts[0]?.[0]?.party.target ?? end.id;
  const uri = parseUri(end.uri);
  return uri instanceof Fault || !isSipUri(uri) ? end.uri : (userOf(uri) ?? '');
}

const party = (user: string) => ({ scheme: 'sip' as const, user, name: '' });

type Ends = {
  readonly source: Routed;
  readonly destination: Routed;
  readonly number: string | null;
  readonly limit: DurationLimit;
};

/** A call is recorded as the request asks, or as the policy of one of its ends. */
const optionsOf = (
  { options: { timeout, caller_id, record } }: PlaceCallCommand,
  ends: readonly Routed[],
): CallFacts['options'] => ({
  timeout,
  caller_id,
  ...(record === true || ends.some(({ isRecorded }) => isRecorded) ? { record: true } : {}),
});

function factsOf(
  { context, membership, domain }: PlacingContext,
  command: PlaceCallCommand,
  { source, destination, number, limit }: Ends,
): CallFacts {
  const now = context.clock();
  const [from, to] = [userOfEnd(command.source, source), userOfEnd(command.destination, destination)];
  const partyOf = ({ attempts }: Routed, user: string) =>
    attempts[0]?.[0]?.party ?? { ...noParty, kind: 'sip' as const, target: user };
  return {
    id: command.call,
    task: membership.id,
    org_id: command.organization,
    began_by: 'api',
    direction: destination.direction,
    source: {
      endpoint: command.source,
      caller: party(number ?? from),
      asserted: number === null ? null : party(number),
    },
    destination: { endpoint: command.destination, requested: party(to), to: party(to) },
    numbers: {
      caller: number ?? source.number,
      called: destination.number,
      asserted: number,
      diverter: null,
      billing: number,
    },
    privacy: false,
    user_id: command.caller.user_id,
    meta: command.meta,
    header: command.header,
    options: optionsOf(command, [source, destination]),
    auth: { user: command.caller.id, domain },
    legs: [
      { ...newLeg('source', partyOf(source, from), now), ...(source.limit.isReserved ? { is_reserved: true } : {}) },
      newLeg('destination', partyOf(destination, to), now),
    ],
    channels: [{ kind: 'organization', id: '', direction: 'outbound' }, ...source.channels, ...destination.channels],
    max_duration: limit.seconds,
    reserved_until: destination.reservedUntil,
  };
}
