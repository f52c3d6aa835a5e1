import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { eventually } from '#test/support/eventually.ts';
import { runs } from '#test/support/property-runs.ts';
import { formatsIn, phoneWith } from '../../media/descriptions.fixture.ts';
import { narrowingRelay, relayed } from '../../media/relayed-media.fixture.ts';
import { newCall } from '../call/call.ts';
import { ringingCall } from './running-call.fixture.ts';

const events = 101;
const codecs = fc.shuffledSubarray([0, 8, 9, 18], { minLength: 1 });
const withEvents = fc
  .tuple(codecs, fc.boolean())
  .map(([formats, hasEvents]) => (hasEvents ? [...formats, events] : formats));
/** As carriers answer: some codecs of the offer or others, or events alone. */
const answers = fc.array(fc.oneof({ weight: 5, arbitrary: withEvents }, fc.constant([events])), {
  minLength: 1,
  maxLength: 5,
});

/** What the caller of a call gets: a word, and the payload types of its description. */
type Received = { readonly word: string; readonly formats: readonly number[] | null };

const over: Received = { word: 'end', formats: null };

const receivedBy = (log: readonly string[]): readonly Received[] =>
  log.map((line) => ({
    word: /^\w+/.exec(line)?.[0] ?? '',
    formats: line.includes('m=audio') ? formatsIn(line) : null,
  }));

/** Answers an INVITE by early dialogs with these payload types, and the last ones by the 2xx. */
async function receivedOf(offered: readonly number[], answered: readonly (readonly number[])[]) {
  const { media } = relayed(narrowingRelay());
  const state = newCall<never>(true, phoneWith(offered));
  const { call, listeners, log } = await ringingCall('201', '202', { media }, state);
  const { onProgress, onAnswer } = listeners.get('202')!;
  for (const [index, formats] of answered.entries()) {
    const sdp = phoneWith(formats, 7_000 + 2 * index);
    if (index < answered.length - 1) onProgress({ status: 183, sdp });
    else onAnswer({ sdp });
  }
  await eventually(() => log('201').some((line) => /^(?:answer|reject)/.test(line)));
  call.end({ cause: 'NORMAL_CLEARING', q850: 16 }, 'api');
  await call.writer.settled();
  return { received: receivedBy(log('201')), callee: log('202') };
}

/** What leaves of an answer: its formats that were offered, or one that the relay transcodes; null: nothing. */
function leftOf(offered: readonly number[], answered: readonly number[]): readonly number[] | null {
  const common = answered.filter((format) => offered.includes(format));
  if (common.length === 0) return offered.slice(0, 1);
  return common.some((format) => format !== events) ? common : null;
}

/** What the caller is to get. */
function expectedOf(offered: readonly number[], answered: readonly (readonly number[])[]): readonly Received[] {
  const left = answered.map((formats) => leftOf(offered, formats));
  const early = left.slice(0, -1).map((formats) => ({ word: 'progress', formats }));
  const last = left.at(-1) ?? null;
  const end = last === null ? [{ word: 'reject', formats: null }] : [{ word: 'answer', formats: last }, over];
  return [...early, ...end];
}

test('each early dialog, and the 2xx, answers the whole offer, and no answer leaves without a codec', async () => {
  let answerCount = 0;
  // Together, as each waits for its INVITE.
  const calls = fc.array(fc.record({ offered: withEvents, answered: answers }), { minLength: 20, maxLength: 20 });
  await fc.assert(
    fc.asyncProperty(calls, async (made) => {
      answerCount += made.flatMap(({ answered }) => answered).length;
      const outcomes = await Promise.all(made.map(({ offered, answered }) => receivedOf(offered, answered)));
      expect(outcomes).toEqual(
        made.map(({ offered, answered }) => ({ received: expectedOf(offered, answered), callee: ['end'] })),
      );
    }),
    { numRuns: runs(50) },
  );
  expect(answerCount).toBeGreaterThanOrEqual(2_000);
});
