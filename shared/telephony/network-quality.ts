/** How well a phone is reached, by the OPTIONS that it is sent: how many go unanswered, and how long answers take. */

export const networkQualities = ['excellent', 'good', 'fair', 'poor', 'unknown'] as const;
export type NetworkQuality = (typeof networkQualities)[number];

export type PhonePings = {
  /** Milliseconds of the last 5 answers. */
  readonly answers: readonly number[];
  /** Of the last 100 pings, newest last: whether it was answered. */
  readonly answered: readonly boolean[];
};

/** As long a memory as it takes to see a loss of one percent. */
const countedPings = 100;
const countedAnswers = 5;

export const noPings: PhonePings = { answers: [], answered: [] };

/** @param milliseconds that the answer took; null: there was none */
export const phonePinged = ({ answers, answered }: PhonePings, milliseconds: number | null): PhonePings => ({
  answers: milliseconds === null ? answers : [...answers, milliseconds].slice(-countedAnswers),
  answered: [...answered, milliseconds !== null].slice(-countedPings),
});

/** Loss in percent and mean latency in milliseconds, each below its bound. */
const bounds = [
  ['excellent', 1, 100],
  ['good', 3, 200],
  ['fair', 10, 400],
] as const;

export function networkQuality({ answers, answered }: PhonePings): NetworkQuality {
  if (answered.length === 0) return 'unknown';
  const loss = (100 * answered.filter((each) => !each).length) / answered.length;
  const latency = answers.length === 0 ? Infinity : answers.reduce((sum, each) => sum + each, 0) / answers.length;
  return bounds.find(([, maxLoss, maxLatency]) => loss < maxLoss && latency < maxLatency)?.[0] ?? 'poor';
}
