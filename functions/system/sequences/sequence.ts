import * as z from 'zod';
import { AppError, errorKinds, found } from '#errors.ts';
import { Timestamp } from '#schema/values.ts';

/** Numbers that callers draw, each once (functions/system/README.md, "Sequences"). */

/** The largest integer that every JSON parser reads exactly (RFC 8259, section 6). */
const largest = Number.MAX_SAFE_INTEGER;
/** Numbers of a block at most, and of those that an answer lists. */
const maxBlock = { taken: 10_000, listed: 1_000 } as const;

export const sequenceErrors = errorKinds({
  SEQUENCE_EXISTS: [409, 'The organization has a sequence of this name.'],
  SEQUENCE_EXHAUSTED: [409, 'The sequence ends before the block would; no number was taken.'],
});

export const SequenceName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9._-]{0,63}$/, 'must be 1 to 64 of a-z, 0-9, ".", "_" and "-", and begin with a-z or 0-9')
  .describe('Name of the sequence')
  .meta({ example: 'invoices' });

/** A sequence, as it is stored: it has taken the first `taken` of `base`, `base + step`, `base + 2 step`, … */
export type Sequence = {
  readonly name: string;
  readonly start: number;
  readonly step: number;
  readonly min: number;
  readonly max: number;
  readonly cycle: boolean;
  /** `start`; after the numbers of a deleted sequence of this name; or, after it went on there, the opposite bound. */
  readonly base: number;
  /** Blocks change it alone, so that callers do not wait for one another. */
  readonly taken: number;
  /** Numbers taken, those before `base` included. */
  readonly issued: number;
  /** How often it went on at the opposite bound. */
  readonly wraps: number;
  /** Whether its end was reported. */
  readonly exhausted: boolean;
  /** A deleted one is kept, so that a new one of its name goes on after it. */
  readonly state: 'active' | 'deleted';
  readonly created_at: string;
  readonly updated_at: string;
  /** Counts creations and deletions. */
  readonly generation: number;
  /** Counts all changes, blocks too. */
  readonly version: number;
};

export const NewSequence = z
  .object({
    start: z.int().optional().describe('First number; by default `min`, or `max` if `step` is negative'),
    step: z
      .int()
      .refine((step) => step !== 0, 'must not be 0')
      .default(1)
      .describe('Distance of two numbers, not 0'),
    min: z.int().optional().describe('Smallest number; by default 1, or −(2^53 − 1) if `step` is negative'),
    max: z.int().optional().describe('Largest number; by default 2^53 − 1, or −1 if `step` is negative'),
    cycle: z.boolean().default(false).describe('Whether it continues at the opposite bound after its end'),
    reset: z
      .boolean()
      .default(false)
      .describe('Whether it begins at `start`, although a deleted sequence of this name took numbers'),
  })
  .meta({ id: 'NewSequence' });

export const TakeBlock = z
  .object({ count: z.int().min(1).max(maxBlock.taken).default(1).describe('Numbers to take') })
  .meta({ id: 'TakeSequenceBlock' });

export const ShownSequence = z
  .object({
    name: z.string().describe('Name of the sequence'),
    start: z.int().describe('First number'),
    step: z.int().describe('Distance of two numbers'),
    min: z.int().describe('Smallest number'),
    max: z.int().describe('Largest number'),
    cycle: z.boolean().describe('Whether it continues at the opposite bound after its end'),
    last: z.int().nullable().describe('The last number that was taken; null: none'),
    next: z.int().nullable().describe('Forecast of the next number; null: the sequence has ended'),
    issued: z.int().describe('Numbers taken'),
    wraps: z.int().describe('How often it continued at the opposite bound'),
    created_at: Timestamp.describe('Time of creation'),
    updated_at: Timestamp.describe('Time of the last change'),
  })
  .meta({
    id: 'Sequence',
    example: {
      name: 'invoices',
      start: 1,
      step: 1,
      min: 1,
      max: largest,
      cycle: false,
      last: 41,
      next: 42,
      issued: 41,
      wraps: 0,
      created_at: '2026-01-31T12:00:00.000Z',
      updated_at: '2026-01-31T12:00:00.000Z',
    },
  });

export const Block = z
  .object({
    name: z.string().describe('Name of the sequence'),
    first: z.int().describe('First number of the block'),
    last: z.int().describe('Last number of the block'),
    step: z.int().describe('Distance of two numbers'),
    count: z.int().describe('Numbers of the block'),
    values: z.array(z.int()).optional().describe(`The numbers, if they are ${maxBlock.listed} or fewer`),
  })
  .meta({
    id: 'SequenceBlock',
    example: { name: 'invoices', first: 42, last: 44, step: 1, count: 3, values: [42, 43, 44] },
  });

const invalid = (path: string, message: string): AppError =>
  new AppError('VALIDATION_FAILED', `${path} ${message}`, { details: [{ path, message }] });

type Wanted = z.output<typeof NewSequence>;

/** The range of a new sequence. @throws AppError VALIDATION_FAILED unless min ≤ start ≤ max */
function rangeOf({ step, min, max, start }: Wanted) {
  const [low, high] = step > 0 ? [min ?? 1, max ?? largest] : [min ?? -largest, max ?? -1];
  const first = start ?? (step > 0 ? low : high);
  if (low > high) throw invalid(max === undefined ? 'min' : 'max', `leaves no number between ${low} and ${high}`);
  if (first < low || first > high) throw invalid('start', `must be between ${low} and ${high}`);
  return { start: first, min: low, max: high };
}

/**
 * Where a new sequence begins: after the numbers of a deleted one of its name.
 * @throws AppError VALIDATION_FAILED if it would run back over them, or ends before
 */
function baseAfter(last: number, { start, step, min, max }: Pick<Sequence, 'start' | 'step' | 'min' | 'max'>): number {
  if (step > 0 ? start > last : start < last) return start;
  const next = last + step;
  if (next >= min && next <= max) return next;
  const [bound, limit] = step > 0 ? (['max', max] as const) : (['min', min] as const);
  const ended = `the deleted sequence of this name ended at ${last}; \`reset\` starts it again`;
  throw invalid(bound, `is ${limit}; ${ended}`);
}

/**
 * A new sequence. @param deleted one of its name that was deleted
 * @throws AppError VALIDATION_FAILED
 */
export function newSequence(name: string, wanted: Wanted, now: string, deleted?: Sequence): Sequence {
  const { step, cycle, reset } = wanted;
  const range = { ...rangeOf(wanted), step };
  const last = deleted === undefined || reset ? null : lastOf(deleted);
  if (last !== null && Math.sign(step) !== Math.sign(deleted?.step ?? step))
    throw invalid('step', 'runs back over the numbers of the deleted sequence of this name; `reset` allows that');
  return {
    name,
    ...range,
    cycle,
    base: last === null ? range.start : baseAfter(last, range),
    taken: 0,
    issued: 0,
    wraps: 0,
    exhausted: false,
    state: 'active',
    created_at: now,
    updated_at: now,
    generation: (deleted?.generation ?? 0) + 1,
    version: (deleted?.version ?? 0) + 1,
  };
}

type Range = Pick<Sequence, 'base' | 'step' | 'min' | 'max'>;

/** How many numbers there are from `base` on; at most 2^53 − 1. */
export function capacityOf({ base, step, min, max }: Range): number {
  // Bounds may be 2^54 apart.
  const width = step > 0 ? BigInt(max) - BigInt(base) : BigInt(base) - BigInt(min);
  const numbers = width / BigInt(Math.abs(step)) + 1n;
  return numbers > BigInt(largest) ? largest : Number(numbers);
}

/** Where a sequence that cycles goes on after its end. */
export const oppositeBound = ({ step, min, max }: Omit<Range, 'base'>): number => (step > 0 ? min : max);

/** The largest `taken` at which a block of so many numbers is complete. */
export const latestFor = (sequence: Range, count: number): number => capacityOf(sequence) - count;

/** What taking a block does: the block is next, begins at the opposite bound, or does not exist. */
export function startOfBlock(sequence: Sequence, count: number): 'next' | 'opposite' | 'none' {
  if (sequence.taken <= latestFor(sequence, count)) return 'next';
  return sequence.cycle ? 'opposite' : 'none';
}

/** @throws AppError VALIDATION_FAILED if no block of so many numbers fits between the bounds */
export function assertFits(sequence: Sequence, count: number): void {
  if (capacityOf({ ...sequence, base: oppositeBound(sequence) }) < count)
    throw invalid('count', `is more than the sequence has between ${sequence.min} and ${sequence.max}`);
}

/** @throws AppError NOT_FOUND */
export const assertActive = (sequence: Sequence | undefined): Sequence =>
  found(sequence?.state === 'active' ? sequence : undefined, 'Sequence');

/** The number that was taken last; null: none, and none of a deleted sequence of this name. */
const lastOf = ({ base, start, step, taken }: Sequence): number | null => {
  if (taken === 0) return base === start ? null : base - step;
  return base + step * (taken - 1);
};

/** A block of the last numbers that were taken. */
export function lastBlock({ name, base, step, taken }: Sequence, count: number): z.input<typeof Block> {
  const first = base + step * (taken - count);
  const block = { name, first, last: first + step * (count - 1), step, count };
  if (count > maxBlock.listed) return block;
  return { ...block, values: Array.from({ length: count }, (_, at) => first + step * at) };
}

export const presentSequence = (sequence: Sequence): z.input<typeof ShownSequence> => {
  const { name, start, step, min, max, cycle, base, taken, issued, wraps, created_at, updated_at } = sequence;
  const block = startOfBlock(sequence, 1);
  const next = { next: base + step * taken, opposite: oppositeBound(sequence), none: null }[block];
  const last = issued === 0 ? null : lastOf(sequence);
  return { name, start, step, min, max, cycle, last, next, issued, wraps, created_at, updated_at };
};
