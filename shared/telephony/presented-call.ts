import * as z from 'zod';
import {
  audioCauses,
  digitWays,
  callSides,
  callStatuses,
  hangupCauses,
  hangupSides,
  type Call,
  type CallLeg,
  type CallParty,
  type HangupCause,
} from './call.ts';
import { Timestamp } from '../schema/values.ts';
import { PresentedIdentity } from './caller-identity.ts';
import { handlingActions, handlingReasons } from './call-handling.ts';
import { nationalForm, PresentedPlan, presentPlan } from './numbering-plan.ts';

/** Calls as answers and events show them (functions/calls/README.md, "The object"). */

const Party = z
  .object({
    scheme: z.enum(['sip', 'sips', 'tel']).describe('Scheme of its URI'),
    user: z.string().describe('The number in its national form, or the SIP user'),
    name: z.string().describe('Display name; empty if it has none'),
    userParam: z
      .object({ user: z.literal('phone').optional().describe('The user is a telephone number (RFC 3261, 19.1.1)') })
      .describe('Parameters of the user'),
  })
  .meta({
    id: 'CallParty',
    example: { scheme: 'sip', user: '0890510', name: '', userParam: { user: 'phone' } },
  });

const Number = z.string().nullable();
const Status = z.enum(callStatuses);

const Timestamps = z
  .partialRecord(Status, Timestamp)
  .meta({ example: { created: '2026-11-22T10:00:00.000Z', trying: '2026-11-22T10:00:00.012Z' } });

const causes = Object.keys(hangupCauses) as [HangupCause, ...HangupCause[]];

const Hangup = z
  .object({
    cause: z.enum(causes).describe('Why it ended'),
    q850: z.int().nullable().describe('Cause of ITU-T Q.850'),
    sip_code: z.int().nullable().describe('Final SIP response; null for a BYE'),
    by: z.enum(hangupSides).describe('Side that ended it'),
    text: z.string().optional().describe('What the peer that ended it says of the cause; absent: nothing'),
  })
  .meta({ id: 'CallHangup', example: { cause: 'NORMAL_CLEARING', q850: 16, sip_code: null, by: 'caller' } });

const Missing = z
  .object({
    side: z.enum(callSides).describe('Side that is not heard'),
    since: Timestamp.describe('Since when, within 10 seconds'),
    cause: z
      .enum(audioCauses)
      .describe(
        'Why: `no_packets`; `wrong_address`: no packets, and its description names another address than its SIP ' +
          'comes from; `no_ice`: no packets of a browser; `comfort_noise_only`: it has sent no voice yet',
      ),
  })
  .meta({
    id: 'CallMissingAudio',
    example: { side: 'source', since: '2026-11-22T10:00:09.310Z', cause: 'no_packets' },
  });

const Leg = z
  .object({
    role: z.enum(['source', 'destination']).describe('Which side of the call it is'),
    kind: z.enum(['device', 'line', 'gateway', 'trunk', 'sip', 'application']).describe('Kind of its other end'),
    target: z.string().describe('SIP user or number'),
    number: Number.describe('E.164 of the target, by which it is charged'),
    user_id: z.string().nullable().describe('User of the phone'),
    device_id: z.string().nullable().describe('Device'),
    line: z.string().nullable().describe('User name of the phone line'),
    gateway_id: z.string().nullable().describe('Gateway; the last one tried'),
    trunk_id: z.string().nullable().describe('Trunk'),
    status: Status.describe('State of the leg'),
    timestamps: Timestamps.describe('When the leg entered each of its states'),
    sip_code: z.int().nullable().describe('Final SIP response'),
    q850: z.int().nullable().describe('Cause of ITU-T Q.850'),
    on_hold: z.boolean().describe('Whether it is held'),
    muted: z.boolean().describe('Whether it is muted'),
  })
  .meta({ id: 'CallLeg' });

const exampleOfParty = (user: string) => ({ scheme: 'sip', user, name: '', userParam: { user: 'phone' } }) as const;
const exampleOfPlan = { key: 'SE', name: 'Sweden', globalPrefix: '00', localPrefix: '0', cc: '46' };
const exampleOfTimes = { created: '2026-11-22T10:00:00.000Z', answered: '2026-11-22T10:00:09.310Z' };

const example = {
  id: 'call_01M80C4A3X5J5YNXFESCQD4901',
  url: 'https://api.example.com/v1/Calls/call_01M80C4A3X5J5YNXFESCQD4901',
  source: {
    dialplan: exampleOfPlan,
    asserted: exampleOfParty('010100555'),
    caller: exampleOfParty('010100555'),
    privacy: false,
  },
  destination: { dialplan: exampleOfPlan, req: exampleOfParty('0890510'), to: exampleOfParty('0890510') },
  auth: { user: 'f8ab70c893d0e9f715094b', domain: 'example.com' },
  number: {
    caller: '+4610100555',
    called: '+46890510',
    asserted: '+4610100555',
    diverter: null,
    billing: '+4610100555',
  },
  recording_id: null,
  blocked_by: null,
  meta: {},
  header: {},
  status: 'answered',
  direction: 'outbound',
  user_id: 'usr_01J9ZK3W5M8Q2R4T6V8X0Y2Z4A',
  hangup: null,
  timestamps: exampleOfTimes,
} as const;

const exampleOfLeg = {
  role: 'destination',
  kind: 'gateway',
  target: '+46890510',
  number: '+46890510',
  user_id: null,
  device_id: null,
  line: null,
  gateway_id: 'gw_01J9ZK3W5M8Q2R4T6V8X0Y2Z4A',
  trunk_id: null,
  status: 'answered',
  timestamps: exampleOfTimes,
  sip_code: 200,
  q850: null,
  on_hold: false,
  muted: false,
} as const;

/** A call in a list and in events: without its legs. */
export const ListedCall = z
  .object({
    id: z.string().describe('Id of the call'),
    url: z.string().describe('Address of the call'),
    source: z
      .object({
        dialplan: PresentedPlan.describe('Numbering plan of the caller'),
        asserted: Party.nullable().describe('The caller as it was verified; null if nothing was'),
        caller: Party.describe('The caller as it is presented'),
        privacy: z.boolean().describe('Whether the caller is withheld'),
      })
      .describe('Caller'),
    destination: z
      .object({
        dialplan: PresentedPlan.describe('Numbering plan of the called number'),
        req: Party.describe('As requested'),
        to: Party.describe('As sent to the callee'),
      })
      .describe('Callee'),
    auth: z
      .object({
        user: z.string().describe('SIP user, or id of the caller of the API'),
        domain: z.string().describe('Primary domain of the organization'),
      })
      .describe('Initiator of the call'),
    number: z
      .object({
        caller: Number.describe('Presented caller (E.164)'),
        called: Number.describe('Called number (E.164)'),
        asserted: Number.describe('Verified caller (E.164)'),
        diverter: Number.describe('Party that forwarded the call (E.164)'),
        billing: Number.describe('Number that is charged (E.164)'),
      })
      .describe('Numbers of the call; null where a party has none'),
    recording_id: z.string().nullable().describe('Id of the file with its recording; null: it is not recorded'),
    blocked_by: z
      .string()
      .nullable()
      .describe('Id of the blocked caller (`/blockedcallers`) by which it was rejected or answered; null: none'),
    audio_missing: z
      .array(Missing)
      .optional()
      .describe('Sides that the media relay does not hear; absent: it hears both, or carries no media of the call'),
    stir: PresentedIdentity.optional().describe(
      'Whether the caller was verified (STIR/SHAKEN); absent: the call did not come from outside to a number',
    ),
    meta: z.record(z.string(), z.unknown()).describe('As given by the request'),
    header: z.record(z.string(), z.string()).describe('Fields of the INVITEs'),
    status: Status.describe('State of the call'),
    direction: z.enum(['outbound', 'inbound', 'internal']).describe('Direction of the call'),
    user_id: z.string().nullable().describe('User of the call'),
    hangup: Hangup.nullable().describe('Why it ended; null while it is in progress'),
    timestamps: Timestamps.describe('When the call entered each of its states'),
  })
  .meta({ id: 'ListedCall', example });
type ListedCall = z.output<typeof ListedCall>;

const exampleOfHandling = [
  { user_id: 'usr_01J9ZK3W5M8Q2R4T6V8X0Y2Z4B', action: 'ring', reason: 'RING', denied: null },
  { user_id: 'usr_01J9ZK3W5M8Q2R4T6V8X0Y2Z4B', action: 'forward', reason: 'NO_ANSWER', denied: null },
] as const;

const Handling = z
  .object({
    user_id: z.string().describe('The user who was called'),
    action: z.enum(handlingActions).describe('Action on the call'),
    reason: z.enum(handlingReasons).describe('Why'),
    denied: z
      .string()
      .nullable()
      .describe('Why a forward was not made: `FORWARD_LOOP`, or a reason of the dial plan; null: it was made'),
  })
  .meta({ id: 'CallHandlingStep', example: exampleOfHandling[0] });

const Digits = z
  .object({
    side: z.enum(callSides).describe('The side that typed'),
    way: z
      .enum(digitWays)
      .describe('`rfc4733`: telephone events; `inband`: tones in the audio; `info`: INFO requests of SIP'),
  })
  .meta({ id: 'CallDigits', example: { side: 'source', way: 'inband' } });

/** A call in full. */
export const PresentedCall = ListedCall.extend({
  legs: z.array(Leg).describe('Its sides; a transfer adds one'),
  handling: z.array(Handling).describe('Steps of the call handling of the called users, in order'),
  digits: z
    .array(Digits)
    .describe('How digits came to flows, mailboxes and the like, in order of the first; empty: none came'),
}).meta({ id: 'Call', example: { ...example, legs: [exampleOfLeg], handling: [...exampleOfHandling], digits: [] } });
type PresentedCall = z.output<typeof PresentedCall>;

const isNumber = (user: string): boolean => /^\+[1-9]\d{1,14}$/.test(user);

const presentParty = ({ scheme, user, name }: CallParty): z.output<typeof Party> => ({
  scheme,
  user: isNumber(user) ? nationalForm(user) : user,
  name,
  userParam: isNumber(user) ? { user: 'phone' } : {},
});

/** What a withheld caller shows of itself (RFC 3323 §4.1.1.3). */
const anonymous: CallParty = { scheme: 'sip', user: 'anonymous', name: 'Anonymous' };

const presentLeg = (leg: CallLeg): z.output<typeof Leg> => ({ ...leg, timestamps: { ...leg.timestamps } });

/** What a call does not have itself: the base URL of the API, and the country of its organization (ISO 3166-1). */
type PresentationContext = { readonly publicUrl: string; readonly country: string };

/** The address of a call. */
export const callUrl = (publicUrl: string, id: string): string => `${publicUrl}/v1/Calls/${id}`;

/** Whether a caller from outside withheld its number from the organization. */
const isHidden = ({ privacy, direction }: Pick<Call, 'privacy' | 'direction'>): boolean =>
  privacy && direction === 'inbound';

/** The numbers of a call that its organization sees. */
export const shownNumbers = (call: Call): Call['numbers'] =>
  isHidden(call) ? { ...call.numbers, caller: null, asserted: null } : call.numbers;

function presentMissing({ audio_missing: all = [] }: Call): Pick<ListedCall, 'audio_missing'> {
  const missing = all.flatMap(({ side, since, cause, until }) => (until === undefined ? [{ side, since, cause }] : []));
  return missing.length === 0 ? {} : { audio_missing: missing };
}

/**
 * A call in a list and in events. A caller who withheld its number from the organization is not shown; one of the
 * organization's own is.
 */
export function presentListedCall(call: Call, { publicUrl, country }: PresentationContext): ListedCall {
  const { source, destination, privacy, hangup } = call;
  const number = shownNumbers(call);
  return {
    id: call.id,
    url: callUrl(publicUrl, call.id),
    source: {
      dialplan: presentPlan(number.caller ?? number.asserted, country),
      asserted: source.asserted === null || isHidden(call) ? null : presentParty(source.asserted),
      caller: presentParty(isHidden(call) ? anonymous : source.caller),
      privacy,
    },
    destination: {
      dialplan: presentPlan(number.called, country),
      req: presentParty(destination.requested),
      to: presentParty(destination.to),
    },
    auth: { ...call.auth },
    number: { ...number },
    recording_id: call.recording_id ?? null,
    blocked_by: call.blocked_by ?? null,
    ...presentMissing(call),
    ...(call.stir === undefined ? {} : { stir: { ...call.stir } }),
    meta: { ...call.meta },
    header: { ...call.header },
    status: call.status,
    direction: call.direction,
    user_id: call.user_id,
    hangup: hangup === null ? null : { ...hangup },
    timestamps: { ...call.timestamps },
  };
}

/** A call in full. The target of a withheld caller's leg is its number, and not shown either. */
export const presentCall = (call: Call, surroundings: PresentationContext): PresentedCall => ({
  ...presentListedCall(call, surroundings),
  legs: call.legs.map((leg) =>
    presentLeg(isHidden(call) && leg.role === 'source' ? { ...leg, target: anonymous.user, number: null } : leg),
  ),
  handling: (call.handling ?? []).map((step) => ({ ...step })),
  digits: (call.digits ?? []).map((each) => ({ ...each })),
});

/** The event of a call's state, with the call as a list shows it. */
export const callEvent = (call: Call, surroundings: PresentationContext) => ({
  type: `call.${call.status}` as const,
  entity: { type: 'call', id: call.id },
  description: `Call ${call.id} is ${call.status}`,
  fields: presentListedCall(call, surroundings),
});
