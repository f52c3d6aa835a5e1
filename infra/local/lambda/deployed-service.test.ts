import { expect, test } from 'vitest';
import { LocalCloudError } from '../templates/resource.ts';
import { DeployedService, type DeployedTask } from './deployed-service.ts';

/** A task that starts and stops at once, unless the test says otherwise. */
class FakeTask implements DeployedTask {
  readonly id = '';
  readonly revision: number;
  readonly ports = {};
  isStopping = false;
  isProtected = false;
  starts: () => Promise<void> = async () => undefined;
  code = '';

  constructor(revision: number) {
    this.revision = revision;
  }

  async start(folder: string): Promise<void> {
    this.code = folder;
    await this.starts();
  }

  async replaceCode(folder: string): Promise<void> {
    this.code = folder;
  }

  async stop(): Promise<void> {
    this.isStopping = true;
  }
}

/** A service of two tasks. @param prepare changes a task before it starts */
async function startedService(prepare: (task: FakeTask) => void = () => undefined) {
  const announced: string[] = [];
  const made: FakeTask[] = [];
  const service = new DeployedService({
    name: 'sip-sidecar',
    folder: 'first',
    newTasks: async (revision) => {
      const tasks = [new FakeTask(revision), new FakeTask(revision)];
      tasks.forEach(prepare);
      made.push(...tasks);
      return tasks;
    },
    explain: async () => undefined,
    announce: (line) => void announced.push(line),
  });
  await service.start();
  return { service, announced, made, revisions: () => service.tasks.map(({ revision }) => revision) };
}

test('a deployment starts as many tasks beside the old ones, and then stops those', async () => {
  let ready = (): void => undefined;
  const isReady = new Promise<void>((resolve) => (ready = resolve));
  const { service, revisions } = await startedService((task) => {
    if (task.revision === 2) task.starts = () => isReady;
  });
  service.deploy();
  await expect.poll(revisions).toEqual([1, 1, 2, 2]);
  expect(service.deployment.state).toBe('IN_PROGRESS');
  ready();
  await expect.poll(() => service.deployment).toEqual({ revision: 2, state: 'COMPLETED' });
  expect(revisions()).toEqual([2, 2]);
});

test('a protected task is not stopped before its protection ends', async () => {
  const { service, made, revisions } = await startedService();
  Object.assign(made[0]!, { isProtected: true });
  service.deploy();
  await expect.poll(revisions).toEqual([1, 2, 2]);
  expect(service.deployment.state).toBe('IN_PROGRESS');
  Object.assign(made[0]!, { isProtected: false });
  await expect.poll(() => service.deployment.state).toBe('COMPLETED');
});

test('when a new task does not start, the new ones end and the old ones go on', async () => {
  const { service, announced, revisions } = await startedService((task) => {
    if (task.revision === 2) task.starts = () => Promise.reject(new LocalCloudError('It does not start.'));
  });
  const deployment = service.deploy();
  await expect.poll(() => deployment.state).toBe('FAILED');
  await expect.poll(revisions).toEqual([1, 1]);
  expect(service.deployment.revision).toBe(1);
  expect(announced).toEqual(['It does not start. The tasks before it go on.']);
});

test('a roll-back stops the new tasks, and the old ones that still run go on', async () => {
  const { service, made, revisions } = await startedService();
  for (const task of made) task.isProtected = true;
  service.deploy();
  await expect.poll(revisions).toEqual([1, 1, 2, 2]);
  service.deploy(1);
  await expect.poll(() => service.deployment).toEqual({ revision: 1, state: 'COMPLETED' });
  expect([revisions(), made.length]).toEqual([[1, 1], 4]);
});

test('tasks of a deployment have the code that replaced the first one', async () => {
  const { service, made } = await startedService();
  await service.replaceCode('second');
  expect(made.map(({ code }) => code)).toEqual(['second', 'second']);
  service.deploy();
  await expect.poll(() => service.deployment.state).toBe('COMPLETED');
  expect(made.slice(2).map(({ code }) => code)).toEqual(['second', 'second']);
});
