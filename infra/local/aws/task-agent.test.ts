import { expect, test } from 'vitest';
import { TaskAgent } from './task-agent.ts';

const minute = 60_000;

/** An agent, and a task of it. */
function agentWithTask() {
  const clock = { now: 0 };
  const agent = new TaskAgent(() => clock.now);
  const task = agent.add();
  const put = (body: object, path = task.path) =>
    agent.answer({ method: 'PUT', url: `${path}/task-protection/v1/state`, body: Buffer.from(JSON.stringify(body)) });
  return { clock, agent, task, put };
}

test('a task is protected for the minutes that it names, or until it needs no protection', () => {
  const { clock, task, put } = agentWithTask();
  expect(task.isProtected()).toBe(false);
  expect(put({ ProtectionEnabled: true, ExpiresInMinutes: 10 })).toMatchObject({ status: 200 });
  clock.now = 10 * minute - 1;
  expect(task.isProtected()).toBe(true);
  clock.now = 10 * minute;
  expect(task.isProtected()).toBe(false);
  put({ ProtectionEnabled: true });
  expect(task.isProtected()).toBe(true);
  put({ ProtectionEnabled: false });
  expect(task.isProtected()).toBe(false);
});

test('another process in the place of a task is not protected', () => {
  const { task, put } = agentWithTask();
  put({ ProtectionEnabled: true });
  task.reset();
  expect(task.isProtected()).toBe(false);
});

test('a task protects itself only', () => {
  const { agent, put } = agentWithTask();
  const other = agent.add();
  put({ ProtectionEnabled: true });
  expect(other.isProtected()).toBe(false);
  expect(put({ ProtectionEnabled: true }, '/_local/tasks/guessed')).toMatchObject({ status: 404 });
});

test('requests of others are none to the agent', () => {
  const { agent } = agentWithTask();
  expect(agent.answer({ method: 'POST', url: '/', body: Buffer.alloc(0) })).toBeUndefined();
});
