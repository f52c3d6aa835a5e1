import { expect, test } from 'vitest';
import { flowRequests, flowTexts } from './flow-questions.ts';

const request = { id: 'call_1-1', url: 'https://example.com', timeout_seconds: 5, body: '{}' };

/** Requests whose answers wait until `answer`. */
function newRequests() {
  const waiting: { readonly question: unknown; readonly settle: (answer: object | Error) => void }[] = [];
  const faults: unknown[] = [];
  const send = flowRequests({
    // The function that answers is named by its contract, of which there is one.
    invoke: (of, question) =>
      new Promise((resolve, reject) =>
        waiting.push({
          question,
          settle: (answer) => (answer instanceof Error ? reject(answer) : resolve(of.answer.parse(answer) as never)),
        }),
      ),
    fault: (error) => void faults.push(error),
  });
  return { send, waiting, faults };
}

test('a request is asked of the function, whose answer it gets', async () => {
  const { send, waiting } = newRequests();
  const sent = send(1_001, request);
  expect(waiting.map(({ question }) => question)).toEqual([{ org_id: 1_001, ...request }]);
  waiting[0]?.settle({ answer: { variables: { a: '1' } }, problem: null });
  expect(await sent).toEqual({ answer: { variables: { a: '1' } }, problem: null });
});

test('an organization waits for 20 answers at once, and others for theirs', async () => {
  const { send, waiting } = newRequests();
  const sent = Array.from({ length: 20 }, () => send(1_001, request));
  expect(await send(1_001, request)).toEqual({ problem: 'is not asked: too many calls wait for answers' });
  const other = send(1_002, request);
  for (const { settle } of waiting) settle({ problem: null });
  await Promise.all([...sent, other]);
  expect(waiting).toHaveLength(21);
  const next = send(1_001, request);
  waiting.at(-1)?.settle({ problem: null });
  expect(await next).toEqual({ problem: null });
});

test('a request whose function fails is a problem, and counts no more', async () => {
  const { send, waiting, faults } = newRequests();
  for (let at = 0; at < 25; at += 1) {
    const sent = send(1_001, request);
    waiting.at(-1)?.settle(new Error('it fails'));
    expect(await sent).toEqual({ problem: 'is not asked: a part of the platform does not answer' });
  }
  expect(faults).toHaveLength(25);
});

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

test.each([null, 'the text is empty'])('the function of messages answers %o', async (problem) => {
  const { send, asked } = newTexts(async () => ({ problem }));
  expect(await send(1_001, text)).toBe(problem);
  expect(asked).toEqual([{ org_id: 1_001, id: 'cmd_01M80A5RM4M05JEBT5G3PPB36N', ...text }]);
});

test('an organization waits for five messages at once, and others for theirs', async () => {
  const waiting: (() => void)[] = [];
  const { send, asked } = newTexts(() => new Promise((resolve) => waiting.push(() => resolve({ problem: null }))));
  const sent = Array.from({ length: 5 }, () => send(1_001, text));
  expect(await send(1_001, text)).toBe('too many calls send messages');
  const other = send(1_002, text);
  for (const settle of waiting) settle();
  expect(await Promise.all([...sent, other])).toEqual([null, null, null, null, null, null]);
  expect(asked).toHaveLength(6);
});

test('a message whose function fails is a problem, and counts no more', async () => {
  const { send, faults } = newTexts(() => Promise.reject(new Error('it fails')));
  for (let at = 0; at < 7; at += 1) expect(await send(1_001, text)).toBe('a part of the platform does not answer');
  expect(faults).toHaveLength(7);
});
