/** Network quality of a phone: loss and latency of the OPTIONS requests that the sidecar sends to it. */

export const networkQualities = ['excellent', 'good', 'fair', 'poor', 'unknown'] as const;
export type NetworkQuality = (typeof networkQualities)[number];

export type PhonePings = {
  /** Milliseconds of the last 5 answers. */
  readonly answers: readonly number[];
  /** Of the last 100 pings, newest last: whether it was answered. */
  readonly answered: readonly boolean[];
};

/** The shortest history that shows a loss of one percent. */
const countedPings = 100;
const countedAnswers = 5;

export const noPings: PhonePings = { answers: [], answered: [] };

/** @param milliseconds until the answer; null: unanswered */
export const afterPhonePing = ({ answers, answered }: PhonePings, milliseconds: number | null): PhonePings => ({
  answers: milliseconds === null ? answers : [...answers, milliseconds].slice(-countedAnswers),
  answered: [...answered, milliseconds !== null].slice(-countedPings),
});

/** Quality, and the bounds that loss (percent) and mean latency (milliseconds) must stay below. */
const bounds = [
  ['excellent', 1, 100],
  ['good', 3, 200],
  ['fair', 10, 400],
] as const;

/** The quality by the last 100 pings and the last 5 answers; `unknown` before the first ping. */
export function networkQuality({ answers, answered }: PhonePings): NetworkQuality {
  if (answered.length === 0) return 'unknown';
  const loss = (100 * answered.filter((each) => !each).length) / answered.length;
  const latency = answers.length === 0 ? Infinity : answers.reduce((sum, each) => sum + each, 0) / answers.length;
  return bounds.find(([, maxLoss, maxLatency]) => loss < maxLoss && latency < maxLatency)?.[0] ?? 'poor';
}
