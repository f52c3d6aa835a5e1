import * as z from 'zod';
import { JsonObject } from './json.ts';
import { E164, isHost, text } from './values.ts';

/** What requests say of calls, for the API and for the sidecar, which carries them out. */

const userForm = "[A-Za-z0-9_.!~*'()&=+$%-]{1,64}";
const hostForm = String.raw`[^@:;[\]]{1,253}|\[[0-9A-Fa-f:.]{2,45}\]`;
const endForm = String.raw`(:\d{1,5})?(;transport=(udp|tcp|tls))?`;
/** `sip:user@host`, with a port and a transport at most: other parameters could name a way past the dial plan. */
const sipUri = new RegExp(`^sip:${userForm}@(${hostForm})${endForm}$`, 'i');
const maxPort = 65_535;

const isSipUri = (uri: string): boolean => {
  const [, host, port] = sipUri.exec(uri) ?? [];
  return host !== undefined && isHost(host) && (port === undefined || isPort(Number(port.slice(1))));
};
const isPort = (port: number): boolean => port >= 1 && port <= maxPort;

/** The host of a SIP URI of {@link CallEnd}, in lower case and without brackets. */
export const hostOf = (uri: string): string => (sipUri.exec(uri)?.[1] ?? '').toLowerCase().replace(/^\[|\]$/g, '');

const ends = [
  z.object({
    type: z.literal('phone').describe('A telephone number'),
    number: E164.describe('E.164. An active number of the organization rings by its route; others use the dial plan'),
  }),
  z.object({
    type: z.literal('line').describe('A phone line'),
    username: z
      .string()
      .regex(/^[0-9a-f]{22}$/, 'must have 22 hexadecimal digits')
      .describe('User name of the phone line'),
  }),
  z.object({
    type: z.literal('device').describe('A device'),
    id: z
      .string()
      .regex(/^dev_[0-9A-Za-z_-]{1,64}$/, 'must be the id of a device')
      .describe('Id of the device, whose first registered line rings'),
  }),
  z.object({
    type: z.literal('sip').describe('A SIP URI'),
    uri: z
      .string()
      .max(320)
      .refine(isSipUri, 'must be sip:user@host, with a port and a transport at most')
      .describe('At a host of a trunk, a gateway or an active domain of the organization'),
  }),
] as const;

/** One end of a call. */
export const CallEnd = z
  .discriminatedUnion('type', ends)
  .meta({ id: 'CallEnd', example: { type: 'phone', number: '+46890510' } });
export type CallEnd = z.output<typeof CallEnd>;

/** Whom a call reaches when its source has answered: another party, or the platform itself. */
export const CallDestination = z
  .discriminatedUnion('type', [
    ...ends,
    z.object({
      type: z.literal('flow').describe('A call flow'),
      id: z
        .string()
        .regex(/^flow_[0-9A-Za-z_-]{1,64}$/, 'must be the id of a call flow')
        .describe('Id of an enabled call flow, which speaks to the source; it needs a media relay'),
    }),
  ])
  .meta({ id: 'NewCallDestination', example: { type: 'phone', number: '+46890510' } });
export type CallDestination = z.output<typeof CallDestination>;

/** Seconds that each leg of a call rings. */
const ringTime = { min: 5, max: 300, default: 30 } as const;

/** The options of a call, as they are stored. */
export const CallOptions = z.object({
  timeout: z.int().min(ringTime.min).max(ringTime.max),
  caller_id: E164.nullable(),
  record: z.boolean().optional(),
});

const maxHeaders = 20;
const HeaderName = z
  .string()
  .regex(/^[Xx]-[A-Za-z0-9-]{1,62}$/, 'must begin with X- and have up to 64 letters, digits and hyphens');

/** Fields of the INVITEs of a call. */
const CallHeader = z
  .record(HeaderName, text(256))
  .refine((header) => Object.keys(header).length <= maxHeaders, `must have at most ${maxHeaders} fields`);

/** Bytes and depth of `meta`. */
const metaLimits = { bytes: 4_096, depth: 16 };

/** Body of `POST /Calls`. */
export const NewCall = z
  .object({
    source: CallEnd.describe('Party that is called first'),
    destination: CallDestination.describe('Party that is called when the source has answered'),
    options: z
      .object({
        timeout: z
          .int()
          .min(ringTime.min)
          .max(ringTime.max)
          .default(ringTime.default)
          .describe('Seconds that each of the two rings'),
        record: z.boolean().default(false).describe('Record the call; needs a media relay'),
        caller_id: E164.optional().describe(
          'Number to present (E.164), an active one of the organization. Default: the number of the source, else the ' +
            'direct number of its user, else the caller number of the gateway or trunk',
        ),
      })
      .prefault({})
      .describe('How the call is placed'),
    meta: JsonObject(metaLimits).default({}).describe('Any object of up to 4 KiB; stored with the call'),
    header: CallHeader.default({}).describe('Up to 20 fields `X-…` of the INVITEs, of up to 256 characters'),
  })
  .meta({ id: 'NewCall' });
export type NewCall = z.output<typeof NewCall>;

export const callActions = ['transfer', 'hold', 'resume', 'mute', 'unmute', 'voicemail_drop', 'park'] as const;
export type CallAction = (typeof callActions)[number];
export const transferModes = ['attended', 'blind'] as const;

/** Body of `POST /Calls/{callId}/actions`. */
export const WantedAction = z
  .object({
    action: z.enum(callActions).describe('Action on the call'),
    destination: z
      .union([E164.transform((number): CallEnd => ({ type: 'phone', number })), CallEnd])
      .optional()
      .describe('New party of a `transfer`, required for it: an E.164 number or an object as in a new call'),
    mode: z
      .enum(transferModes)
      .default('attended')
      .describe('Of a `transfer`: `blind` sends REFER to the source; otherwise its leg is joined to the new party'),
    leg: z
      .enum(['source', 'destination'])
      .default('source')
      .describe('The leg to hold, resume, mute, unmute or park; of a `voicemail_drop`, the one that leaves the call'),
    drop_id: z
      .string()
      .max(81)
      .optional()
      .describe('Voicemail drop that the other leg hears, required for a `voicemail_drop`'),
  })
  .refine(({ action, destination }) => action !== 'transfer' || destination !== undefined, {
    path: ['destination'],
    message: 'is required to transfer',
  })
  .refine(({ action, drop_id: drop }) => action !== 'voicemail_drop' || drop !== undefined, {
    path: ['drop_id'],
    message: 'is required for a voicemail drop',
  })
  .meta({ id: 'CallAction' });
export type WantedAction = z.output<typeof WantedAction>;
