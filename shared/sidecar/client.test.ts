import { expect, test } from 'vitest';
import { testStore } from '#test/support/store.fixture.ts';
import { commit } from '../dynamodb/commit.ts';
import { sidecarTaskRow, type SidecarTaskItem } from '../dynamodb/rows/lease.ts';
import { overwrite } from '../dynamodb/write.ts';
import { sidecarClient } from './client.ts';
import { isControlToken } from './token.ts';

const now = new Date('2026-11-20T10:00:00.000Z');
const secret = 'k'.repeat(64);
const command = {
  id: 'cmd_01KAFB5Q4S0000000000000000',
  organization: 1001,
  device: 'dev_1',
  event: 'check-sync',
  timeout_seconds: 5,
};

const running = testStore();

type TaskKey = { kind: 'sidecar-task'; id: string };
type Task = { readonly id: string; readonly seconds: number; readonly draining?: boolean };
const live = ({ id, seconds, draining = false }: Task) =>
  commit(running.store, 0, [
    overwrite<'lease', SidecarTaskItem, TaskKey>(sidecarTaskRow, {
      kind: 'sidecar-task',
      id,
      address: `${id}:8080`,
      until: now.getTime() + seconds * 1_000,
      started_at: now.toISOString(),
      draining,
    }),
  ]);

/** A client whose tasks give the configured answers, and the tasks that it asked. */
function clientWhere(answers: Readonly<Record<string, unknown>>) {
  const asked: string[] = [];
  const ask = async (url: string | URL | globalThis.Request, { body, headers }: RequestInit = {}) => {
    const task = new URL(url).hostname;
    const token = new Headers(headers).get('authorization')?.replace('Bearer ', '') ?? '';
    asked.push(
      (await isControlToken(new TextEncoder().encode(secret), token, { task, body: body as string, now }))
        ? task
        : 'forged',
    );
    const answer = answers[task];
    if (answer instanceof Error) throw answer;
    return Response.json(answer);
  };
  return {
    asked,
    client: sidecarClient({
      store: running.store,
      secrets: { read: async () => JSON.stringify({ key: secret }), putOnce: async () => '' },
      clock: () => now,
      fetch: ask,
    }),
  };
}

test('without a live task every device is unreachable', async () => {
  await live({ id: 'dead', seconds: -1 });
  const { client, asked } = clientWhere({});
  expect([await client.notify(command), asked]).toEqual([{ kind: 'unreachable' }, []]);
});

test('a task that does not answer is skipped, and draining tasks are asked last', async () => {
  await live({ id: 'z-drains', seconds: 9, draining: true });
  await live({ id: 'c-away', seconds: 9 });
  await live({ id: 'b-lives', seconds: 9 });
  const { client, asked } = clientWhere({
    'c-away': new TypeError('fetch failed'),
    'b-lives': { kind: 'answered', response_code: 481 },
  });
  expect(await client.notify(command)).toEqual({ kind: 'answered', response_code: 481 });
  expect(asked).toEqual(['c-away', 'b-lives']);
});

const end = {
  id: command.id,
  organization: 1001,
  call: 'call_01KAFB5Q4S0000000000000000',
  cause: 'NORMAL_CLEARING',
  by: 'api',
  timeout_seconds: 5,
} as const;

test('the task that carries a call is asked first, also while it drains', async () => {
  const { client, asked } = clientWhere({ 'z-drains': { kind: 'accepted' } });
  expect([await client.endCall(end, 'z-drains'), asked]).toEqual([{ kind: 'accepted' }, ['z-drains']]);
});

test('a call whose outcome is lost is unreachable, and an outcome of another form is none', async () => {
  const late = clientWhere({ 'c-away': new DOMException('late', 'TimeoutError') });
  expect([await late.client.endCall(end, 'task_gone'), late.asked]).toEqual([{ kind: 'unreachable' }, ['c-away']]);
  const strange = clientWhere({ 'c-away': { kind: 'answered', response_code: 200 }, 'b-lives': { kind: 'not_found' } });
  expect(await strange.client.endCall(end, 'task_gone')).toEqual({ kind: 'not_found' });
});

test('after a timeout no other task is asked', async () => {
  const { client, asked } = clientWhere({ 'c-away': new DOMException('late', 'TimeoutError') });
  expect([await client.notify(command), asked]).toEqual([{ kind: 'timeout' }, ['c-away']]);
});

test('counts of mailboxes go to every live task, and one that does not take them is an error', async () => {
  const changed = { ...command, mailboxes: ['204'], users: [] };
  const all = { 'c-away': { kind: 'sent' }, 'b-lives': { kind: 'sent' }, 'z-drains': { kind: 'sent' } };
  const { client, asked } = clientWhere(all);
  await client.sendMessageSummaries(changed);
  expect(asked.toSorted()).toEqual(['b-lives', 'c-away', 'z-drains']);
  const broken = clientWhere({ ...all, 'b-lives': new TypeError('fetch failed') });
  await expect(broken.client.sendMessageSummaries(changed)).rejects.toThrow('fetch failed');
});
