import { afterAll, describe, expect, test } from 'vitest';
import { LocalCloudError } from '../templates/resource.ts';
import { DeployedService, type DeployedServiceOptions, type DeployedTask } from './deployed-service.ts';

const open = new AsyncDisposableStack();
afterAll(() => open.disposeAsync());

/** A task that starts and stops at once, unless the test says otherwise. */
class FakeTask implements DeployedTask {
  readonly id = '';
  readonly revision: number;
  readonly ports = {};
  isStopping = false;
  isProtected = false;
  startedAt = Date.now();
  passes = true;
  starts: () => Promise<void> = async () => undefined;
  code = '';

  constructor(revision: number) {
    this.revision = revision;
  }

  async start(folder: string): Promise<void> {
    this.code = folder;
    await this.starts();
  }

  async isHealthy(): Promise<boolean> {
    return this.passes;
  }

  async replaceCode(folder: string): Promise<void> {
    this.code = folder;
  }

  async stop(): Promise<void> {
    this.isStopping = true;
  }
}

/** A service of two tasks. @param prepare changes a task before it starts */
async function startedService(
  prepare: (task: FakeTask) => void = () => undefined,
  more: Partial<DeployedServiceOptions> = {},
) {
  const announced: string[] = [];
  const made: FakeTask[] = [];
  const service = new DeployedService({
    name: 'sip-sidecar',
    folder: 'first',
    limits: { minimum: 100, maximum: 200 },
    health: undefined,
    stopTimeout: 120_000,
    newTasks: async (revision, count = 2) => {
      const tasks = Array.from({ length: count }, () => new FakeTask(revision));
      tasks.forEach(prepare);
      made.push(...tasks);
      return tasks;
    },
    explain: async () => undefined,
    announce: (line) => void announced.push(line),
    ...more,
  });
  await service.start();
  open.defer(() => service.close(0));
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

test('a deployment waits for room: 200 percent of the tasks run at most, 100 at least', async () => {
  const { service, made, revisions } = await startedService();
  for (const task of made) task.isProtected = true;
  service.deploy();
  await expect.poll(revisions).toEqual([1, 1, 2, 2]);
  service.deploy();
  await expect.poll(revisions).toEqual([1, 1, 3, 3]);
  expect(made.slice(2, 4).map(({ isStopping }) => isStopping)).toEqual([true, true]);
  for (const task of made.slice(4)) task.isProtected = true;
  service.deploy();
  await expect.poll(() => service.deployment).toEqual({ revision: 4, state: 'IN_PROGRESS' });
  expect(revisions()).toEqual([1, 1, 3, 3]);
  for (const task of made) task.isProtected = false;
  await expect.poll(() => service.deployment.state).toBe('COMPLETED');
  expect(revisions()).toEqual([4, 4]);
});

describe('a task that fails its health check', () => {
  const health = { interval: 1, threshold: 2, grace: 0 };

  test('is replaced although it is protected: a replacement starts before it ends', async () => {
    const { service, made, announced } = await startedService(undefined, { health });
    const [failing, other] = made;
    Object.assign(failing!, { isProtected: true, passes: false });
    await expect.poll(() => failing!.isStopping).toBe(true);
    await expect.poll(() => service.tasks).toEqual([other, made[2]]);
    expect(announced).toEqual(['A task of sip-sidecar fails its health check; it is replaced.']);
  });

  test('is stopped in a deployment, when the tasks of that run: its calls are lost, protected or not', async () => {
    let ready = (): void => undefined;
    const isReady = new Promise<void>((resolve) => (ready = resolve));
    const prepare = (task: FakeTask): void => {
      if (task.revision === 2) task.starts = () => isReady;
    };
    const { service, made, announced, revisions } = await startedService(prepare, { health });
    for (const task of made) Object.assign(task, { isProtected: true, passes: false });
    service.deploy();
    await expect.poll(() => announced.length).toBe(2);
    expect(revisions()).toEqual([1, 1, 2, 2]);
    ready();
    await expect.poll(() => service.deployment).toEqual({ revision: 2, state: 'COMPLETED' });
    expect(made).toHaveLength(4);
  });

  test('goes on if its replacement does not start', async () => {
    let hasRoom = true;
    const { made, announced, revisions } = await startedService(
      (task) => {
        if (!hasRoom) task.starts = () => Promise.reject(new LocalCloudError('It does not start.'));
      },
      { health },
    );
    hasRoom = false;
    made[0]!.passes = false;
    await expect.poll(() => announced.slice(0, 2)).toContain('It does not start.');
    made[0]!.passes = true;
    await expect.poll(() => revisions()).toEqual([1, 1]);
    expect(made[0]!.isStopping).toBe(false);
  });

  test('has a grace period after its start', async () => {
    const { made, announced } = await startedService(undefined, { health: { ...health, grace: 3_600_000 } });
    let checks = 0;
    made[0]!.isHealthy = async () => {
      checks += 1;
      return false;
    };
    await expect.poll(() => checks).toBeGreaterThan(5);
    expect(announced).toEqual([]);
  });

  test('must fail it twice in a row', async () => {
    const { made, announced } = await startedService(undefined, { health });
    let checks = 0;
    made[0]!.isHealthy = async () => {
      checks += 1;
      return checks % 2 === 0;
    };
    await expect.poll(() => checks).toBeGreaterThan(5);
    expect(announced).toEqual([]);
  });
});
