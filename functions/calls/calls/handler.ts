import { soundOfDrop } from '#schema/message-sound.ts';
import { AppError, found, notFound } from '#errors.ts';
import type { Caller } from '#http/authorization/caller.ts';
import { accepted, created, document, nothing, ok } from '#http/answers/answer.ts';
import type { Context, Request } from '#http/handlers.ts';
import { getOf, listOf } from '#http/resource-parts.ts';
import { serve } from '#http/serve.ts';
import { dependenciesFromEnvironment, type Dependencies } from '#runtime/dependencies.ts';
import type { CallEnd } from '#schema/call-request.ts';
import { isLive, type Call } from '#telephony/call.ts';
import { operatorOrganization } from '#dynamodb/rows/organization.ts';
import { sidecarFromEnvironment } from '#sidecar/client.ts';
import { numberOriginOf } from '#telephony/number-format.ts';
import { presentCall, presentListedCall } from '#telephony/presented-call.ts';
import { assertActionAllowed } from './call.ts';
import { presentAccepted, presentPlaced } from './call.ts';
import { matchesFilters } from './call.ts';
import { actOnCall, calls, getCall, getCallTrace, hangUpCall, listCalls, placeCall } from './contract.ts';
import { callErrors } from './errors.ts';
import { assertCallerId, assertEnd, assertNoEmergency, assertOwnSource, refusalError } from './new-call.ts';
import { pcapOf } from './pcap.ts';
import { callStore } from './store.ts';
import { joinTraces, mayReadPeer, presentTrace, visibleTrace, type PeerReader } from './trace.ts';

type CallsContext = Context<typeof calls>;

/** Seconds to wait for the sidecar. */
const commandTimeout = 10;

const publicUrl = ({ environment }: CallsContext): string => environment['PUBLIC_URL'] ?? '';

const unreachable = (options: { readonly mayTakeEffect?: boolean } = {}): AppError =>
  new AppError('UNAVAILABLE', 'The SIP service does not answer; try again', { retryAfter: 2, ...options });

/** @throws AppError NOT_FOUND */
const findCall = async (id: string, { table }: CallsContext): Promise<Call> =>
  found(await callStore(table).get(id), 'Call');

/** For whom the dial plan decides. The user of another organization has no groups in this one. */
const decidedFor = (caller: Caller, organization: number) => ({
  id: caller.id,
  user_id: caller.organization === organization ? caller.id : null,
  own_only: caller.ownOnly.has('calls:write'),
});

/** @throws AppError SOURCE_NOT_ALLOWED, INVALID_PARAMETER, DESTINATION_NOT_ALLOWED */
async function assertSource(source: CallEnd, { own, now }: Request<typeof placeCall>, { table }: CallsContext) {
  const store = callStore(table);
  const { limitedTo } = own;
  const [end, user] = await Promise.all([store.end(source), limitedTo === null ? undefined : store.user(limitedTo)]);
  if (limitedTo !== null) assertOwnSource(user, source, end);
  assertEnd('source', source, end, now);
}

/** A request that is repeated after a crash or a lost command names the same call, so that it is placed once. */
const callIdOf = ({ firstAttempt }: Request<typeof placeCall>, { nextId }: CallsContext): string =>
  firstAttempt?.replace(/^att_/, 'call_') ?? nextId('call');

async function place(request: Request<typeof placeCall>, context: CallsContext) {
  const { body, caller, organization, now } = request;
  const wanted = body();
  const { source, destination, options, meta, header } = wanted;
  const store = callStore(context.table);
  const origin = numberOriginOf(organization);
  assertNoEmergency('source', source, origin);
  assertNoEmergency('destination', destination, origin);
  await assertSource(source, request, context);
  assertEnd('destination', destination, await store.end(destination), now);
  if (options.caller_id !== undefined) assertCallerId(await store.number(options.caller_id), organization.org_id);
  const id = callIdOf(request, context);
  // An attempt before may have placed it.
  if (request.firstAttempt !== undefined && (await store.get(id)) !== undefined)
    return created(presentPlaced(publicUrl(context), id));
  const outcome = await context.ask('sip-sidecar').placeCall({
    id: id.replace(/^call/, 'cmd'),
    organization: organization.org_id,
    call: id,
    source,
    destination,
    options: {
      timeout: options.timeout,
      caller_id: options.caller_id ?? null,
      ...(options.record ? { record: true } : {}),
    },
    meta,
    header,
    caller: decidedFor(caller, organization.org_id),
    timeout_seconds: commandTimeout,
  });
  if (outcome.kind === 'refused') throw refusalError(outcome);
  // The call may have begun although its outcome was lost.
  if (outcome.kind === 'unreachable' && (await store.get(id)) === undefined) throw unreachable({ mayTakeEffect: true });
  return created(presentPlaced(publicUrl(context), id));
}

const surroundings = ({ organization }: Pick<Request<typeof getCall>, 'organization'>, context: CallsContext) => ({
  publicUrl: publicUrl(context),
  country: organization.country,
});

const read = ({ query, page }: Request<typeof listCalls>, { table }: CallsContext) =>
  callStore(table).page(page(), matchesFilters(query));

const presentListed = (call: Call, request: Request<typeof listCalls>, context: CallsContext) =>
  presentListedCall(call, surroundings(request, context));

const find = ({ params }: Request<typeof getCall>, context: CallsContext) => findCall(params.callId, context);

const present = (call: Call, request: Request<typeof getCall>, context: CallsContext) =>
  presentCall(call, surroundings(request, context));

/** Who reads the calls of an organization: its own users, or those of a seller above it. */
const readerOf = (caller: Caller, organization: number): PeerReader => {
  if (caller.organization === operatorOrganization) return 'operator';
  return caller.organization === organization ? 'own' : 'reseller';
};

async function trace({ params, query, caller, own }: Request<typeof getCallTrace>, context: CallsContext) {
  const call = await findCall(params.callId, context);
  const store = callStore(context.table);
  const traces = await store.traces(call.id);
  if (traces.length === 0) throw notFound('Trace of the call');
  const whole = joinTraces(traces);
  const peers = await Promise.all(whole.legs.map(store.peer));
  const reader = readerOf(caller, call.org_id);
  const visible = visibleTrace(whole, (leg, at) =>
    own.limitedTo === null ? mayReadPeer(peers[at], reader) : leg.user_id === own.limitedTo,
  );
  if (query.format === 'json') return ok(presentTrace(call, visible));
  return document('application/vnd.tcpdump.pcap', pcapOf(visible.messages), {
    'Content-Disposition': `attachment; filename="${call.id}.pcap"`,
  });
}

/** What calls play of a drop. @throws AppError NOT_FOUND, VOICEMAIL_DROP_NOT_ALLOWED, VOICEMAIL_DROP_NOT_READY */
async function findDrop(id: string, { caller, organization }: Request<typeof actOnCall>, { table }: CallsContext) {
  const { org_id: of } = organization;
  const drop = found(await callStore(table).drop(id), 'Voicemail drop');
  if (drop.user_id !== null && drop.user_id !== decidedFor(caller, of).user_id)
    throw new AppError(callErrors.VOICEMAIL_DROP_NOT_ALLOWED, 'The voicemail drop belongs to another user');
  if (drop.content?.is_sound === true) {
    const { sha256, message } = soundOfDrop(of, id, drop.content.number);
    return { id, sha256, message };
  }
  const file = drop.content === null && drop.file !== null ? await callStore(table).file(drop.file.id) : undefined;
  const sound = file?.content.sound;
  if (sound === undefined)
    throw new AppError(callErrors.VOICEMAIL_DROP_NOT_READY, 'The voicemail drop has nothing that calls can play');
  return { id, sha256: sound.sha256 };
}

async function act(request: Request<typeof actOnCall>, context: CallsContext) {
  const { params, body, caller, organization, now } = request;
  const call = await findCall(params.callId, context);
  const { action, destination, mode, leg, drop_id: drop } = body();
  assertActionAllowed(call, { action, leg });
  if (destination !== undefined)
    assertEnd('destination', destination, await callStore(context.table).end(destination), now);
  const outcome = await context.ask('sip-sidecar').actOnCall(
    {
      id: context.nextId('cmd'),
      organization: organization.org_id,
      call: call.id,
      action,
      leg,
      ...(action === 'transfer' && destination !== undefined ? { destination, mode } : {}),
      ...(action === 'voicemail_drop' && drop !== undefined ? { drop: await findDrop(drop, request, context) } : {}),
      caller: decidedFor(caller, organization.org_id),
      timeout_seconds: commandTimeout,
    },
    call.task,
  );
  switch (outcome.kind) {
    case 'accepted':
      return accepted(presentAccepted(call.id, action));
    case 'refused':
      throw refusalError(outcome);
    case 'unreachable':
      throw unreachable();
    case 'not_found':
    case 'invalid_state':
      throw new AppError(callErrors.INVALID_CALL_STATE, 'The call has changed, or has ended');
  }
}

async function hangUp(request: Request<typeof hangUpCall>, context: CallsContext) {
  const call = await findCall(request.params.callId, context);
  if (!isLive(call)) return nothing;
  const outcome = await context.ask('sip-sidecar').endCall(
    {
      id: context.nextId('cmd'),
      organization: request.organization.org_id,
      call: call.id,
      cause: 'NORMAL_CLEARING',
      by: 'api',
      timeout_seconds: commandTimeout,
    },
    call.task,
  );
  if (outcome.kind === 'accepted') return nothing;
  // It may have ended in the meantime.
  const present = await callStore(context.tableOf(request.organization.org_id)).get(call.id);
  if (present !== undefined && isLive(present)) throw unreachable();
  return nothing;
}

/** The function of `/Calls`. */
export const callsHandler = (
  dependencies: Dependencies = dependenciesFromEnvironment({ sidecar: sidecarFromEnvironment() }),
) =>
  serve(
    calls,
    {
      [placeCall.route]: place,
      [listCalls.route]: listOf(read, presentListed),
      [getCall.route]: getOf(find, present),
      [getCallTrace.route]: trace,
      [actOnCall.route]: act,
      [hangUpCall.route]: hangUp,
    },
    dependencies,
  );

export const handler = callsHandler();
