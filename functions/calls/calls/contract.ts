import { asks, reads } from '#contract/effects.ts';
import { endpoint, listOf, noContent, raw } from '#contract/endpoint.ts';
import { resource } from '#contract/resource.ts';
import { NewCall, WantedAction } from '#schema/call-request.ts';
import { pageQuery } from '#schema/query.ts';
import { ListedCall, PresentedCall } from '#telephony/presented-call.ts';
import { AcceptedAction, CallIdInUrl, PlacedCall } from './call.ts';
import { callFilters } from './call.ts';
import { callErrors } from './errors.ts';
import { examples } from './examples.ts';
import { CallTrace, TraceFormat } from './trace.ts';

const params = { callId: CallIdInUrl };

/** A wrong value is a 400 here, with the code of a wrong parameter. */
const errorNames = { VALIDATION_FAILED: 'INVALID_PARAMETER' } as const;

/** Reading the ends that a request names, and the hosts that SIP URIs may have. */
const readsEnds = [
  reads('device'),
  reads('phone'),
  reads('trunk'),
  reads('gateway'),
  reads('domain-name'),
  reads('callflow'),
  asks('sip-sidecar'),
] as const;

export const placeCall = endpoint('POST /Calls', {
  id: 'placeCall',
  summary: 'Place a call',
  description:
    'Calls the source, and when that answers, the destination, and joins them. Numbers of the organization ring by ' +
    'their routes; the dial plan decides all others, also the source. The answer comes at once, and the call ' +
    'continues without the client, for 23 hours at most. Callers that are limited to their own resources call from ' +
    'their own devices, lines and numbers. With an `Idempotency-Key` a repeated request places no second call.',
  scope: 'calls:write',
  owner: 'found',
  errorNames,
  nullIsAbsent: true,
  body: NewCall,
  answers: { 201: PlacedCall },
  errors: [
    'INVALID_PARAMETER',
    'INSUFFICIENT_BALANCE',
    'SOURCE_NOT_ALLOWED',
    'CALL_DENIED',
    'DESTINATION_NOT_ALLOWED',
    'CALLER_ID_NOT_ALLOWED',
    'RECORDING_UNAVAILABLE',
    'CALL_LIMIT',
    'UNAVAILABLE',
  ],
  effects: [...readsEnds, reads('call'), reads('number'), reads('user')],
});

export const listCalls = endpoint('GET /Calls', {
  id: 'listCalls',
  summary: 'List the calls in progress',
  description: 'Newest first, without their legs. Ended calls are in the call history.',
  scope: 'calls:read',
  query: { ...pageQuery, ...callFilters },
  answers: { 200: listOf(ListedCall, 'calls') },
  errors: [],
  effects: [reads('call', 'GSI1')],
});

export const getCall = endpoint('GET /Calls/{callId}', {
  id: 'getCall',
  summary: 'Get a call',
  description: 'A call in progress, or one that ended in the last 30 days.',
  scope: 'calls:read',
  params,
  answers: { 200: PresentedCall },
  errors: [],
  effects: [reads('call')],
});

export const getCallTrace = endpoint('GET /Calls/{callId}/trace', {
  id: 'getCallTrace',
  summary: 'Get the SIP messages of a call',
  description:
    'Of calls that have ended in the last three days, if `settings.sip_trace` of the organization asks for them; ' +
    'else 404. Credentials, tokens, keys of media, typed digits and texts are cut out. Callers that are limited to ' +
    'their own records see the leg of their user. Only the seller sees the leg of a carrier that it shares.',
  scope: 'calls:read',
  params,
  query: { format: TraceFormat },
  answers: { 200: CallTrace },
  alsoAnswers: raw(['application/vnd.tcpdump.pcap']),
  errors: [],
  effects: [reads('call'), reads('siptrace'), reads('trunk'), reads('gateway')],
});

export const actOnCall = endpoint('POST /Calls/{callId}/actions', {
  id: 'actOnCall',
  summary: 'Transfer, hold, resume, mute, unmute or park a call, or leave a voicemail drop',
  description:
    'Only an answered call takes actions, and none that is done already: `details.status` has its state. The event ' +
    '`call.action` has the outcome.\n\nA `transfer` calls the new party, which the dial plan decides as that of a ' +
    'new call, and joins the source to it when it answers. Until then, and if it does not, the old call continues. ' +
    'The call keeps its id. A `voicemail_drop` lets the `leg` leave, and plays the drop to the other one, whose call ' +
    'ends with it. `park` puts the `leg` into the first free slot of `settings.park`, from which any phone fetches ' +
    'it, and lets the other one leave.',
  scope: 'calls:write',
  params,
  errorNames,
  nullIsAbsent: true,
  body: WantedAction,
  answers: { 202: AcceptedAction },
  errors: [
    'INVALID_PARAMETER',
    'INSUFFICIENT_BALANCE',
    'CALL_DENIED',
    'INVALID_CALL_STATE',
    'NO_FREE_SLOT',
    'DESTINATION_NOT_ALLOWED',
    'VOICEMAIL_DROP_NOT_ALLOWED',
    'VOICEMAIL_DROP_NOT_READY',
    'CALL_LIMIT',
    'UNAVAILABLE',
  ],
  effects: [...readsEnds, reads('call'), reads('voicemaildrop'), reads('file')],
});

export const hangUpCall = endpoint('DELETE /Calls/{callId}', {
  id: 'hangUpCall',
  summary: 'Hang up a call',
  description: 'Ends both legs, whatever their states. A call that has ended is answered alike.',
  scope: 'calls:write',
  params,
  answers: { 204: noContent },
  errors: ['UNAVAILABLE'],
  effects: [reads('call'), asks('sip-sidecar')],
});

export const calls = resource('calls', {
  area: 'calls',
  format: 'bare',
  owner: { user: { call: 'user_id' } },
  errors: callErrors,
  endpoints: [placeCall, listCalls, getCall, getCallTrace, actOnCall, hangUpCall],
  examples,
});
