import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { minute } from '#schema/time.ts';
import { TaskProtection } from './task-protection.ts';

/** Answers as the agent of Amazon ECS does (its Developer Guide, "Task scale-in protection endpoint"). */
const accepted = { protection: { ProtectionEnabled: true, ExpirationDate: '2026-11-22T10:00:00Z', TaskArn: 'arn' } };
const rejected = { failure: { Arn: 'arn', Reason: 'TASK_NOT_VALID' } };

let agent: Server;
let received: string[] = [];
let answer: object = accepted;
beforeEach(async () => {
  [received, answer] = [[], accepted];
  agent = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      received.push(`${request.method} ${request.url} ${body}`);
      response.end(JSON.stringify(answer));
    });
  }).listen(0, '127.0.0.1');
  await once(agent, 'listening');
});
afterEach(async () => {
  agent.closeAllConnections();
  await once(agent.close(), 'close');
});

const on = 'PUT /task-protection/v1/state {"ProtectionEnabled":true,"ExpiresInMinutes":10}';
const off = 'PUT /task-protection/v1/state {"ProtectionEnabled":false}';

function protection() {
  const task = { calls: 0, now: 0 };
  const { port } = agent.address() as AddressInfo;
  const agentUri = `http://127.0.0.1:${port}`;
  return { task, it: new TaskProtection({ agentUri, calls: () => task.calls, now: () => task.now }) };
}

test('a task is protected while it has calls, and not before and afterwards', async () => {
  const { task, it } = protection();
  await it.refresh();
  expect(received).toEqual([]);
  task.calls = 2;
  await it.refresh();
  await it.refresh();
  task.calls = 0;
  await it.refresh();
  await it.refresh();
  expect(received).toEqual([on, off]);
});

test('the protection is renewed before it ends', async () => {
  const { task, it } = protection();
  task.calls = 1;
  await it.refresh();
  task.now = 5 * minute - 1;
  await it.refresh();
  expect(received).toEqual([on]);
  task.now = 5 * minute;
  await it.refresh();
  expect(received).toEqual([on, on]);
});

test('a protection that ECS rejects is asked for again', async () => {
  const { task, it } = protection();
  [task.calls, answer] = [1, rejected];
  await expect(it.refresh()).rejects.toThrow('TASK_NOT_VALID');
  answer = accepted;
  await it.refresh();
  expect(received).toEqual([on, on]);
});

test('without an agent nothing is asked', async () => {
  await new TaskProtection({ agentUri: undefined, calls: () => 1, now: () => 0 }).refresh();
  expect(received).toEqual([]);
});
