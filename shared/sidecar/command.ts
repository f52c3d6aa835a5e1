import * as z from 'zod';
import {
  CallActionCommand,
  callCommands,
  EndCallCommand,
  FindCallCommand,
  PlaceCallCommand,
  TakeCallCommand,
} from './call-command.ts';
import { MailboxName } from '../schema/mailbox.ts';
import { CommandId, CommandTimeout } from './command-fields.ts';
import { lineCommands } from './line-command.ts';

/**
 * Commands and outcomes of the SIP sidecar's control interface (`POST /commands`). A command is idempotent by its id: a
 * task carries it out once and returns the same outcome for each repetition.
 */

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
  timeout_seconds: CommandTimeout,
  /** Set by a task that forwards the command, which must not be forwarded again. */
  forwarded: z.literal(true).optional(),
});
export type NotifyCommand = z.output<typeof NotifyCommand>;

/** `unreachable`: the device has no binding, the binding's owner is dead, or the transport failed. */
export const NotifyOutcome = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('answered'), response_code: z.int().min(200).max(699) }),
  z.object({ kind: z.literal('timeout') }),
  z.object({ kind: z.literal('unreachable') }),
]);
export type NotifyOutcome = z.output<typeof NotifyOutcome>;

/**
 * The counts of mailboxes have changed, or their owners: the task sends the present ones to its phones. It goes to
 * every live task, as each sends to its own phones only.
 */
const MessageSummaryCommand = z.object({
  kind: z.literal('message-summary'),
  id: CommandId,
  organization: z.int().min(1),
  mailboxes: z.array(MailboxName).max(20),
  /** Ids of users that own one of the mailboxes, or have owned it. */
  users: z.array(z.string().min(1).max(64)).max(20),
  timeout_seconds: CommandTimeout,
});

/** What was due is sent; a phone that does not answer is not waited for. */
const MessageSummaryOutcome = z.object({ kind: z.literal('sent') });

/** Whether phones of other organizations are registered from an address. It goes to every live task. */
const PhonesAtCommand = z.object({
  kind: z.literal('phones-at'),
  id: CommandId,
  /** The organization whose phones do not count. */
  organization: z.int().min(1),
  address: z.string().min(2).max(45),
  timeout_seconds: CommandTimeout,
});
export const PhonesAtOutcome = z.object({ kind: z.literal('phones'), others: z.boolean() });

/** An OPTIONS over UDP with a token, which shows it to who receives at an address and port. */
const ChallengeAddressCommand = z.object({
  kind: z.literal('challenge-address'),
  id: CommandId,
  address: z.string().min(2).max(45),
  port: z.int().min(1).max(65_535),
  token: z.string().regex(/^[0-9a-f]{32}$/),
  timeout_seconds: CommandTimeout,
});

/** `unanswered`: sent, but without a response in time; the token may have arrived. */
export const ChallengeOutcome = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('answered'), response_code: z.int().min(200).max(699) }),
  z.object({ kind: z.literal('unanswered') }),
  z.object({ kind: z.literal('unreachable') }),
]);
export type ChallengeOutcome = z.output<typeof ChallengeOutcome>;

/** Every command of the control interface, and its outcome. */
const commands = {
  notify: { command: NotifyCommand, outcome: NotifyOutcome },
  'message-summary': { command: MessageSummaryCommand, outcome: MessageSummaryOutcome },
  'phones-at': { command: PhonesAtCommand, outcome: PhonesAtOutcome },
  'challenge-address': { command: ChallengeAddressCommand, outcome: ChallengeOutcome },
  ...lineCommands,
  ...callCommands,
} as const;
type Commands = typeof commands;

export type CommandKind = keyof Commands;
export type CommandOf<K extends CommandKind> = z.output<Commands[K]['command']>;
export type OutcomeOf<K extends CommandKind> = z.output<Commands[K]['outcome']>;

export const Command = z.discriminatedUnion('kind', [
  NotifyCommand,
  MessageSummaryCommand,
  PhonesAtCommand,
  ChallengeAddressCommand,
  lineCommands['watch-lines'].command,
  lineCommands['lines-changed'].command,
  PlaceCallCommand,
  EndCallCommand,
  CallActionCommand,
  TakeCallCommand,
  FindCallCommand,
]);
export type Command = z.output<typeof Command>;

/** How a task carries out each kind of command. */
export type CommandHandlers = { readonly [K in CommandKind]: (command: CommandOf<K>) => Promise<OutcomeOf<K>> };

/** Carries out a command of any kind. */
export const executeCommand = (handlers: CommandHandlers, command: Command): Promise<OutcomeOf<CommandKind>> =>
  (handlers[command.kind] as (command: Command) => Promise<OutcomeOf<CommandKind>>)(command);

/** Path of the control interface. */
export const commandPath = '/commands';
