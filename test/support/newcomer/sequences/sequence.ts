import * as z from 'zod';

/** Body of PUT. */
export const NewSequence = z
  .object({
    start: z.int().min(0).default(1).describe('The first value.').meta({ example: 1 }),
    step: z.int().min(1).max(1_000).default(1).describe('The difference of two values.').meta({ example: 1 }),
  })
  .meta({ id: 'NewSequence' });

/** A sequence as it is stored and answered. */
export const Sequence = z
  .object({
    name: z.string().describe('Name of the sequence.'),
    next: z.int().describe('The value that the next request takes.'),
    step: z.int().describe('The difference of two values.'),
  })
  .meta({ id: 'Sequence' });
export type Sequence = z.output<typeof Sequence>;

/** The sequence after a value was taken. */
export const advanceSequence = (sequence: Sequence): Sequence => ({
  ...sequence,
  next: sequence.next + sequence.step,
});
