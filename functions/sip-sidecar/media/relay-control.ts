import * as z from 'zod';

/**
 * The control interface of a media relay (functions/media-relay/README.md, "Control"): what the tasks of the sidecar
 * ask its process besides the NG protocol. Each request is a POST of JSON with a token for the relay.
 */

/** Paths of requests. */
export const soundPath = '/sounds';
export const digitPath = '/digits';
export const generationPath = '/generation';

/** Has a sound ready in the folder of the relay. */
export const SoundRequest = z.strictObject({
  kind: z.literal('sound'),
  organization: z.int().min(1),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  spoken: z.literal(true).optional(),
  message: z.literal(true).optional(),
  from: z.int().min(0).max(3_600_000).optional(),
});
export type SoundRequest = z.output<typeof SoundRequest>;

/** A sound that is ready: its file at the relay, and its milliseconds. */
export const ReadySound = z.object({ path: z.string().min(1).max(1_024), milliseconds: z.number().nonnegative() });
export type ReadySound = z.output<typeof ReadySound>;

/** Follows the digits of all calls of the relay, beginning after one of them. */
export const DigitRequest = z.strictObject({
  kind: z.literal('digits'),
  /** Of the relay's process in which `after` was counted. */
  epoch: z.string().max(64),
  after: z.int().min(0),
});
export type DigitRequest = z.output<typeof DigitRequest>;

const GenerationName = z.string().min(1).max(64);

/**
 * A task of an earlier release, which knows no leases, asks a relay what it was started from. It says which newer
 * generation has its new calls by its own choice; null: none.
 */
export const GenerationRequest = z.strictObject({
  kind: z.literal('generation'),
  left_to: GenerationName.nullable(),
});

/** A relay, as the tasks know those of the sidecar (`leases/generations.ts`). */
export const RelayGeneration = z.object({
  generation: GenerationName,
  started_at: z.iso.datetime(),
  /** Whether it takes no new calls, as it stops. */
  draining: z.boolean(),
});
export type RelayGeneration = z.output<typeof RelayGeneration>;

/** Longest name of a call, or of a party of it, at a relay. */
export const maxName = 255;

/** A digit that a party of a call has pressed. Digits may be secret: they are not logged. */
export const Digit = z.object({
  /** Counts the digits of the relay's process from 1. */
  sequence: z.int().min(1),
  call: z.string().min(1).max(maxName),
  /** The party's tag at the relay. */
  tag: z.string().min(1).max(maxName),
  digit: z.string().regex(/^[0-9*#A-D]$/),
});
export type Digit = z.output<typeof Digit>;

/** A line of the answer: the epoch in the first one, then digits. An empty one keeps the connection alive. */
export const DigitLine = z.object({ epoch: z.string().min(1).max(64).optional(), pressed: Digit.optional() });

/** Milliseconds without a digit after which a line keeps the connection alive. */
export const digitBeat = 5_000;
