import * as z from 'zod';
import { CommandId, CommandTimeout } from './command-fields.ts';

/** Commands between tasks about the calls of lines that phones watch (BLF). */

/** An extension that may be watched: digits, `*` and `#`; or the line of a slot in which calls are parked. */
export const WatchedExtension = z.string().regex(/^(?:[0-9*#]{1,16}|park\/[0-9]{1,6})$/);

const Line = z.object({
  organization: z.int().min(1),
  extension: WatchedExtension,
  /** The user whose extension it is: all calls of the user are calls of the line. */
  user: z.string().min(1).max(64).nullable(),
});
/** A line that phones watch. */
export type Line = z.output<typeof Line>;

const LineDialog = z.object({
  /** Unique among the calls of all lines, and the same as long as the call lasts. */
  id: z.string().min(1).max(64),
  /** `initiator`: the line calls. */
  direction: z.enum(['initiator', 'recipient']),
  state: z.enum(['trying', 'early', 'confirmed']),
  /** The other party; null if it is unknown, or withheld. */
  remote: z.object({ user: z.string(), name: z.string() }).nullable(),
});
/** A call in progress as one of its lines sees it. */
export type LineDialog = z.output<typeof LineDialog>;

/** Lines of a command at most: its body has at most 16,384 bytes. */
export const maxLines = 80;

/**
 * Asks for the calls that a task carries of lines, and to be notified when they change. A task forgets the wish after
 * a while.
 */
const WatchLinesCommand = z.object({
  kind: z.literal('watch-lines'),
  id: CommandId,
  /** The task that asks. */
  task: z.string().min(1).max(64),
  lines: z.array(Line).max(maxLines),
  timeout_seconds: CommandTimeout,
});

/** The calls of each line, in the order of the lines. */
const WatchLinesOutcome = z.object({ kind: z.literal('lines'), lines: z.array(z.array(LineDialog)) });

/** The calls of watched lines have changed at a task. */
const LinesChangedCommand = z.object({
  kind: z.literal('lines-changed'),
  id: CommandId,
  /** The task that carries the calls. */
  task: z.string().min(1).max(64),
  lines: z.array(Line.omit({ user: true })).max(maxLines),
  timeout_seconds: CommandTimeout,
});

const LinesChangedOutcome = z.object({ kind: z.literal('noted') });

/** The commands of watched lines and their outcomes, by kind. They change nothing, so repetitions do no harm. */
export const lineCommands = {
  'watch-lines': { command: WatchLinesCommand, outcome: WatchLinesOutcome },
  'lines-changed': { command: LinesChangedCommand, outcome: LinesChangedOutcome },
} as const;
