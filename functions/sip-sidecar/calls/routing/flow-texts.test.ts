import { expect, test } from 'vitest';
import { flowTexts } from './flow-texts.ts';

const text = { call_id: 'call_1', to: '+46701234567', text: 'hello', template: null, variables: {} };

/** Messages whose function answers as `answer` says. */
function newTexts(answer: () => Promise<{ readonly problem: string | null }>) {
  const asked: unknown[] = [];
  const faults: unknown[] = [];
  const send = flowTexts({
    // The function that answers is named by its contract, of which there is one.
    invoke: async (of, question) => {
      asked.push(question);
      return of.answer.parse(await answer()) as never;
    },
    nextId: (kind) => `${kind}_01M80A5RM4M05JEBT5G3PPB36N`,
    fault: (error) => void faults.push(error),
  });
  return { send, asked, faults };
}

test.each([null, 'the text is empty'])('the function answers %o', async (problem) => {
  const { send, asked } = newTexts(async () => ({ problem }));
  expect(await send(1_001, text)).toBe(problem);
  expect(asked).toEqual([{ org_id: 1_001, id: 'cmd_01M80A5RM4M05JEBT5G3PPB36N', ...text }]);
});

test('an organization waits for five at once, and others for theirs', async () => {
  const waiting: (() => void)[] = [];
  const { send, asked } = newTexts(() => new Promise((resolve) => waiting.push(() => resolve({ problem: null }))));
  const sent = Array.from({ length: 5 }, () => send(1_001, text));
  expect(await send(1_001, text)).toBe('too many calls send messages');
  const other = send(1_002, text);
  for (const settle of waiting) settle();
  expect(await Promise.all([...sent, other])).toEqual([null, null, null, null, null, null]);
  expect(asked).toHaveLength(6);
});

test('a function that fails is a problem, and counts no more', async () => {
  const { send, faults } = newTexts(() => Promise.reject(new Error('it fails')));
  for (let at = 0; at < 7; at += 1) expect(await send(1_001, text)).toBe('a part of the platform does not answer');
  expect(faults).toHaveLength(7);
});
