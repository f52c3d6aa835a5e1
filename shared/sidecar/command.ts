import * as z from 'zod';

/**
 * What the control interface of the SIP sidecar takes (`POST /commands`) and answers. Commands are idempotent by
 * their id: a task that is asked twice does it once and answers the same.
 */

/** Seconds for which somebody waits for a SIP answer: an HTTP API itself answers within 30 s. */
const longestWait = 22;

const CommandId = z.string().regex(/^cmd_[0-9A-HJKMNP-TV-Z]{26}$/);

/** NOTIFY to a device, out of any dialog, over the flow of its newest registration. */
export const NotifyCommand = z.object({
  kind: z.literal('notify'),
  id: CommandId,
  organization: z.int().min(1),
  device: z.string().min(1).max(64),
  /** Number of the line; any of the device unless said. */
  line: z.int().min(1).max(48).optional(),
  /** Value of the header field Event, with its parameters. */
  event: z
    .string()
    .min(1)
    .max(128)
    .regex(/^[\x21-\x7e ]+$/),
  content_type: z
    .string()
    .min(3)
    .max(128)
    .regex(/^[\x21-\x7e ]+$/)
    .optional(),
  body: z.string().max(4_096).optional(),
  timeout_seconds: z.number().min(1).max(longestWait),
  /** Asked by another task, which is not the owner either: it goes no further. */
  forwarded: z.literal(true).optional(),
});
export type NotifyCommand = z.output<typeof NotifyCommand>;

export const Command = z.discriminatedUnion('kind', [NotifyCommand]);
export type Command = z.output<typeof Command>;

/** `unreachable`: there is no contact, its owner is gone, or the transport failed. */
export const NotifyOutcome = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('answered'), response_code: z.int().min(200).max(699) }),
  z.object({ kind: z.literal('timeout') }),
  z.object({ kind: z.literal('unreachable') }),
]);
export type NotifyOutcome = z.output<typeof NotifyOutcome>;

export const commandPath = '/commands';
