import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { startLambdas } from './lambda.ts';
import type { Lambdas } from './lambda.ts';
import type { Freezer } from '../aws/freezer.ts';
import type { CloudResource } from '../templates/resource.ts';
import { eventually } from '#test/support/eventually.ts';

const functions = `
import { existsSync } from 'node:fs';
import { threadId } from 'node:worker_threads';
const sleep = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
let served = 0;
export const where = async ({ wait = 0, until }) => {
  served += 1;
  await sleep(wait);
  while (until && !existsSync(until)) await sleep(5);
  return { threadId, served };
};
export const replaced = async ({ wait = 0 }) => { console.log('waiting'); await sleep(wait); return 'old'; };
export const environment = (event, context) => {
  return { variables: process.env, context, remaining: context.getRemainingTimeInMillis() };
};
export const fails = async ({ how }) => {
  console.log('asked to', how);
  if (how === 'throw') throw new TypeError('no such trunk');
  if (how === 'hang') await new Promise(() => {});
  if (how === 'exit') process.exit(3);
  if (how === 'crash') setTimeout(() => { throw new Error('outside'); }, 1);
  if (how === 'crash later') setTimeout(() => { throw new Error('left over'); }, 50);
  if (how === 'crash') await new Promise(() => {});
  return 'fine';
};
`;

const folder = mkdtempSync(join(tmpdir(), 'lambda-'));
const arn = (name: string) => `arn:aws:lambda:us-east-1:000000000000:function:${name}`;
const declare = (name: string, properties: Record<string, unknown> = {}): CloudResource => ({
  stack: 'test',
  logicalId: name,
  type: 'AWS::Lambda::Function',
  name,
  arn: arn(name),
  properties: { Code: { S3Key: 'code.zip' }, Handler: `index.${name}`, Timeout: 5, MemorySize: 256, ...properties },
});
let lambdas: Lambdas;
/** Of each environment of `where`. */
const freezers: Freezer[] = [];

beforeAll(() => {
  writeFileSync(join(folder, 'index.mjs'), functions);
  const live: CloudResource = {
    stack: 'test',
    logicalId: 'live',
    type: 'AWS::Lambda::Alias',
    name: 'live',
    arn: `${arn('where')}:live`,
    properties: {},
  };
  lambdas = startLambdas({
    resources: [
      declare('where'),
      live,
      declare('replaced'),
      declare('environment', { Timeout: 900, Environment: { Variables: { TABLE: 'trunkline', STAGE: 'x' } } }),
      declare('fails', { Timeout: 60 }),
      declare('hangs', { Timeout: 0.3, Handler: 'index.fails' }),
      declare('missing'),
    ],
    assets: new Map([['code.zip', folder]]),
    variablesOf: (name) => ({ STAGE: 'local', OWNER: name }),
    credentialsOf: (name, freezer) => {
      if (name === 'where') freezers.push(freezer);
      return {};
    },
    logFolder: join(folder, 'logs'),
  });
});

afterAll(async () => {
  await lambdas.close(0);
  rmSync(folder, { recursive: true });
});

/** Answers of the functions above, or their errors. */
type Result = {
  readonly served: number;
  readonly threadId: number;
  readonly variables: object;
  readonly context: object;
  readonly remaining: number;
  readonly errorMessage: string;
};

const invoke = async (target: string, event: object = {}) => {
  const { payload, failed } = await lambdas.invoke(target, JSON.stringify(event));
  return { failed, result: JSON.parse(payload) as Result };
};

test('a function runs by name, by alias and by ARN, and stays warm', async () => {
  const first = await invoke('where');
  const second = await invoke('where:live');
  const third = await invoke(`${arn('where')}:live`);
  expect([first, second, third].map(({ result }) => result.served)).toEqual([1, 2, 3]);
  expect(() => lambdas.check('where:missing')).toThrow('No stack declares the function where:missing.');
});

test('concurrent events run on at most four threads, one event each; the rest wait', async () => {
  const started = Date.now();
  const results = await Promise.all(Array.from({ length: 8 }, () => invoke('where', { wait: 1_500 })));
  // A busy machine starts threads so slowly that the first ones may have served all.
  expect(new Set(results.map(({ result }) => result.threadId)).size).toBeLessThanOrEqual(4);
  expect(Date.now() - started).toBeGreaterThanOrEqual(2_990);
});

test('a thread is frozen between its events, and not before its first', async () => {
  expect(freezers.length).toBeGreaterThan(0);
  expect(freezers.map(({ isFrozen }) => isFrozen)).toEqual(freezers.map(() => true));
  const until = join(folder, 'awaited');
  const running = invoke('where', { until });
  await eventually(() => freezers.some(({ isFrozen }) => !isFrozen));
  writeFileSync(until, '');
  await running;
  expect(freezers.every(({ isFrozen }) => isFrozen)).toBe(true);
});

test('the environment has the variables of template, runtime and local cloud, and nothing else', async () => {
  const { result } = await invoke('environment');
  expect(result.variables).toMatchObject({
    TABLE: 'trunkline',
    STAGE: 'local',
    OWNER: 'environment',
    AWS_REGION: 'us-east-1',
    AWS_LAMBDA_FUNCTION_NAME: 'environment',
  });
  expect(result.variables).not.toHaveProperty('PATH');
  expect(result.context).toMatchObject({
    functionName: 'environment',
    invokedFunctionArn: arn('environment'),
    memoryLimitInMB: '256',
  });
  expect(result.remaining).toBeGreaterThan(300_000);
});

test('replaced code runs from the next event on; an event in progress ends with the previous code', async () => {
  const replacement = join(folder, 'replacement');
  mkdirSync(replacement);
  writeFileSync(join(replacement, 'index.mjs'), "export const replaced = () => 'new';");
  const inProgress = invoke('replaced', { wait: 300 });
  await vi.waitFor(() => expect(readFileSync(join(folder, 'logs/replaced.log'), 'utf8')).toContain('waiting'), {
    timeout: 5_000,
  });
  lambdas.replaceCode('replaced', replacement);
  const next = invoke('replaced');
  expect(await inProgress).toEqual({ failed: false, result: 'old' });
  expect(await next).toEqual({ failed: false, result: 'new' });
  lambdas.replaceCode('replaced', folder);
  expect(await invoke('replaced')).toEqual({ failed: false, result: 'old' });
});

test('an error fails its own event only', async () => {
  expect(await invoke('fails', { how: 'throw' })).toMatchObject({
    failed: true,
    result: { errorType: 'TypeError', errorMessage: 'no such trunk' },
  });
  expect(await invoke('fails')).toEqual({ failed: false, result: 'fine' });
});

test.each([
  ['hang', 'hangs', /Task timed out after 0.30 seconds/],
  ['exit', 'fails', /exited with code 3/],
  ['crash', 'fails', /outside/],
])('a thread that does not answer (%s) fails its event and is replaced', async (how, name, reason) => {
  const lost = await Promise.all(Array.from({ length: 5 }, () => invoke(name, { how })));
  expect(lost.every(({ failed, result }) => failed && reason.test(result.errorMessage))).toBe(true);
  expect(await invoke(name)).toEqual({ failed: false, result: 'fine' });
});

test('a thread that ends between two events is replaced', async () => {
  expect(await invoke('fails', { how: 'crash later' })).toEqual({ failed: false, result: 'fine' });
  await vi.waitUntil(() => readFileSync(join(folder, 'logs/fails.log'), 'utf8').includes('left over'), {
    timeout: 60_000,
  });
  // The thread reports its error a moment before it ends: an event in between may still fail with it.
  await vi.waitFor(
    async () => {
      expect(await invoke('fails')).toEqual({ failed: false, result: 'fine' });
    },
    { timeout: 60_000 },
  );
});

test('a function without its handler fails each event', async () => {
  const { failed, result } = await invoke('missing');
  expect(failed).toBe(true);
  expect(result.errorMessage).toContain('index.missing is not exported');
});

test('the output of a function is written to its own log', async () => {
  await vi.waitUntil(() => readFileSync(join(folder, 'logs/fails.log'), 'utf8').includes('asked to throw'), {
    timeout: 60_000,
  });
});
