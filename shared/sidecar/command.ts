import * as z from 'zod';

/**
 * Commands and outcomes of the SIP sidecar's control interface (`POST /commands`). A command is idempotent by its id: a
 * task carries it out once and returns the same outcome for each repetition.
 */

/** Longest time to wait for a SIP response, in seconds. An HTTP API times out after 30 s. */
const maxTimeout = 22;

const CommandId = z.string().regex(/^cmd_[0-9A-HJKMNP-TV-Z]{26}$/);

/** A NOTIFY outside of a dialog, on the flow of the device's newest registration. */
export const NotifyCommand = z.object({
  kind: z.literal('notify'),
  id: CommandId,
  organization: z.int().min(1),
  device: z.string().min(1).max(64),
  /** Number of the line. Default: any line of the device. */
  line: z.int().min(1).max(48).optional(),
  /** Value of the Event header with its parameters. */
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
  timeout_seconds: z.number().min(1).max(maxTimeout),
  /** Set by a task that forwards the command, which must not be forwarded again. */
  forwarded: z.literal(true).optional(),
});
export type NotifyCommand = z.output<typeof NotifyCommand>;

/** Every command of the control interface. */
export const Command = z.discriminatedUnion('kind', [NotifyCommand]);
export type Command = z.output<typeof Command>;

/** `unreachable`: the device has no binding, the binding's owner is dead, or the transport failed. */
export const NotifyOutcome = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('answered'), response_code: z.int().min(200).max(699) }),
  z.object({ kind: z.literal('timeout') }),
  z.object({ kind: z.literal('unreachable') }),
]);
export type NotifyOutcome = z.output<typeof NotifyOutcome>;

/** Path of the control interface. */
export const commandPath = '/commands';
