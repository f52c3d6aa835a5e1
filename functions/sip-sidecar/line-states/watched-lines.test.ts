import { expect, test } from 'vitest';
import type { Line, LineDialog } from '#sidecar/line-command.ts';
import { eventually } from '#test/support/eventually.ts';
import { RemoteDialogs } from './remote-dialogs.ts';
import { WatchedLines } from './watched-lines.ts';

const line: Line = { organization: 1_001, extension: '204', user: null };
const talking: LineDialog = { id: 'call_1-b1', direction: 'recipient', state: 'confirmed', remote: null };
const other = { kind: 'sidecar-task', id: 'task_2', address: '', until: 0, started_at: '', draining: false } as const;

type Answer = () => Promise<unknown>;

/** Lines at this task, beside another task that answers so. */
function watched(answer: Answer) {
  const state: { answer: Answer; isAlive: boolean; updates: number; asked: number; local: LineDialog[] } = {
    answer,
    isAlive: true,
    updates: 0,
    asked: 0,
    local: [],
  };
  const remote = new RemoteDialogs({
    context: { nextId: () => 'cmd_01KAFB5Q4S0000000000000000' },
    membership: {
      id: 'task_1',
      get others() {
        return state.isAlive ? [other] : [];
      },
    },
    ask: () => {
      state.asked += 1;
      return state.answer();
    },
  });
  const lines = new WatchedLines({
    local: { of: () => state.local },
    remote,
    subscriptions: () => ({
      update: async () => {
        state.updates += 1;
      },
      has: () => true,
    }),
    fault: (error) => {
      throw error;
    },
    now: () => 0,
  });
  return { state, lines };
}
const tell =
  (...dialogs: LineDialog[]) =>
  async () => ({ kind: 'lines', lines: [dialogs] });

test('the calls of this task and of others are those of the line, each once', async () => {
  const { state, lines } = watched(tell(talking));
  state.local = [talking, { ...talking, id: 'call_2-a' }];
  await lines.watch(line);
  expect(lines.dialogsOf(line).map(({ id }) => id)).toEqual(['call_1-b1', 'call_2-a']);
});

test('a task that does not answer delays no SUBSCRIBE for long, and is asked again', async () => {
  const silent = Promise.withResolvers<unknown>();
  const { state, lines } = watched(() => silent.promise);
  await lines.watch(line);
  expect(lines.dialogsOf(line)).toEqual([]);
  silent.reject(new Error('late'));
  state.answer = tell(talking);
  await eventually(async () => {
    await lines.refresh();
    expect(state.updates).toBe(1);
  });
  expect(lines.dialogsOf(line)).toEqual([talking]);
});

test('an answer of another form changes nothing', async () => {
  const { lines } = watched(async () => ({ kind: 'lines', lines: [[{ id: 7 }]] }));
  await lines.watch(line);
  expect(lines.dialogsOf(line)).toEqual([]);
});

test('the calls of a task that is dead are forgotten, and the phones are notified', async () => {
  const { state, lines } = watched(tell(talking));
  await lines.watch(line);
  state.isAlive = false;
  await lines.refresh();
  expect(lines.dialogsOf(line)).toEqual([]);
  await eventually(() => expect(state.updates).toBe(1));
});

test('a task that was asked is not asked again before the wish is repeated', async () => {
  const { state, lines } = watched(tell(talking));
  await lines.watch(line);
  await lines.watch(line);
  await lines.refresh();
  expect(state.asked).toBe(1);
  await lines.repeat();
  expect(state.asked).toBe(2);
});

test('what changes and changes back in a moment is no NOTIFY', async () => {
  const { state, lines } = watched(tell());
  await lines.watch(line);
  state.local = [talking];
  lines.noteLocal(new Set(['1001 204']));
  state.local = [];
  lines.noteLocal(new Set(['1001 204']));
  await lines.close();
  expect(state.updates).toBe(0);
});
