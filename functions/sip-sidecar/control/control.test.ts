import { expect, test } from 'vitest';
import type { NotifyCommand } from '#sidecar/command.ts';
import { controlToken } from '#sidecar/token.ts';
import { controlHandler } from './control.ts';

const key = new TextEncoder().encode('k'.repeat(64));
const now = new Date('2026-11-20T10:00:00.000Z');
const command: NotifyCommand = {
  kind: 'notify',
  id: 'cmd_01KAFB5Q4S0000000000000000',
  organization: 1001,
  device: 'dev_1',
  event: 'check-sync',
  timeout_seconds: 5,
};

/** Commands of lines that were carried out. */
let noted = 0;
const lines = {
  'watch-lines': async () => ({ kind: 'lines' as const, lines: [] }),
  'lines-changed': async () => {
    noted += 1;
    return { kind: 'noted' as const };
  },
};
const unreachable = async () => ({ kind: 'unreachable' as const });
const noCalls = {
  'phones-at': async () => ({ kind: 'phones' as const, others: false }),
  'challenge-address': unreachable,
  'place-call': unreachable,
  'end-call': unreachable,
  'call-action': unreachable,
  'take-call': unreachable,
  'find-call': async () => ({ kind: 'found' as const, has: false }),
};

function interfaceOf() {
  const asked: string[] = [];
  const handle = controlHandler({
    task: 'task_1',
    key: async () => key,
    clock: () => now,
    handlers: {
      notify: async ({ device, id }) => {
        asked.push(id);
        if (device === 'dev_broken' && asked.length === 1) throw new Error('the store is away');
        return { kind: 'answered', response_code: 200 };
      },
      'message-summary': async ({ id }) => {
        asked.push(id);
        return { kind: 'sent' };
      },
      ...lines,
      ...noCalls,
    },
    takePackets: ({ packets }) => packets.map(() => false),
  });
  const ask = async (content: object, { task = 'task_1', path = '/commands' } = {}) => {
    const body = JSON.stringify(content);
    return handle(
      { method: 'POST', path, authorization: `Bearer ${await controlToken(key, { task, body, now })}` },
      body,
    );
  };
  return { asked, ask, handle };
}

test('a command is carried out, and its outcome is the answer', async () => {
  expect(await interfaceOf().ask(command)).toEqual({ status: 200, body: { kind: 'answered', response_code: 200 } });
});

test('each kind of command is carried out by its own handler', async () => {
  const summary = { kind: 'message-summary', id: command.id, organization: 1001, mailboxes: ['204'], users: [] };
  expect(await interfaceOf().ask({ ...summary, timeout_seconds: 5 })).toEqual({ status: 200, body: { kind: 'sent' } });
});

test('a repeated command is carried out once', async () => {
  const { ask, asked } = interfaceOf();
  const answers = await Promise.all([ask(command), ask(command)]);
  expect([answers[0], asked.length]).toEqual([answers[1], 1]);
});

test('a command of lines, which changes nothing, is carried out each time', async () => {
  const { ask } = interfaceOf();
  const changed = { kind: 'lines-changed', id: command.id, task: 'task_2', lines: [], timeout_seconds: 2 };
  const before = noted;
  const answers = [await ask(changed), await ask(changed)];
  expect([answers.map(({ status }) => status), noted - before]).toEqual([[200, 200], 2]);
});

test('a command that failed on our side can be retried', async () => {
  const { ask, asked } = interfaceOf();
  await expect(ask({ ...command, device: 'dev_broken' })).rejects.toThrow();
  expect([(await ask({ ...command, device: 'dev_broken' })).status, asked.length]).toEqual([200, 2]);
});

const flow = { transport: 'udp', remote: { address: '192.0.2.1', port: 5_060 }, local: { address: '', port: 0 } };
const packets = { from: 'task_2', packets: [{ kind: 'send', flow, bytes: 'AAAA' }] };

test('packets of another task are taken, with a token for this task', async () => {
  const { ask } = interfaceOf();
  expect(await ask(packets, { path: '/packets' })).toEqual({ status: 200, body: { taken: [false] } });
  expect((await ask({ ...packets, from: 7 }, { path: '/packets' })).status).toBe(400);
  expect((await ask(packets, { path: '/packets', task: 'task_9' })).status).toBe(401);
});

test('a command has 16,384 bytes at most', async () => {
  expect((await interfaceOf().ask({ ...command, body: 'x'.repeat(16_384) })).status).toBe(413);
});

test('without a token for exactly this command nothing is carried out', async () => {
  const { ask, asked, handle } = interfaceOf();
  const statuses = [
    await ask(command, { task: 'task_2' }),
    await handle({ method: 'POST', path: '/commands', authorization: '' }, '{}'),
    await ask(command, { path: '/other' }),
    await ask({ kind: 'reboot' }),
  ].map(({ status }) => status);
  expect([statuses, asked]).toEqual([[401, 401, 404, 400], []]);
});
