import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod';
import { ofFile } from '../support/of-file.ts';
import { eventually } from '../support/eventually.ts';
import { basePaths } from '#contract/base-paths.ts';
import { voipbin } from '#contract/voipbin.ts';
import { objectionsFrom, type Objection } from './documented.ts';

/** Password of `admin` in the operator organization; for a deployment, the variable sets it. */
export const adminPassword = process.env['ADMIN_PASSWORD'] ?? 'Correct-Horse-Battery-9';

/** The outputs of a deployment, as `cdk deploy --outputs-file` writes them, without the names of stacks. */
export type Outputs = Readonly<Record<string, string>> & { readonly ApiUrl: string };

/** An answer of the API. `body` is parsed JSON if the answer is JSON, else its text. */
export type Answer = { readonly status: number; readonly headers: Headers; readonly body: unknown };

/** Additions to method and path. `json` becomes the body, `token` the Authorization header. */
export type Extra = { readonly token?: string; readonly json?: unknown } & RequestInit;

/** A running Trunkline, local or on AWS. */
export type Cloud = {
  readonly outputs: Outputs;
  /** Prefixes that every path may have: on AWS, those that are mapped on the custom domain. */
  readonly basePaths: readonly string[];
  /** Calls the API; `path` begins with `/`. @throws if the served OpenAPI document does not describe the answer */
  api(path: string, extra?: Extra): Promise<Answer>;
};

/** A local Trunkline. */
export type LocalCloud = Cloud & {
  /** Its `DATA_DIR`; another start can continue with it. */
  readonly dataDir: string;
};

/** A local Trunkline that belongs to one test. */
export type OwnCloud = LocalCloud & {
  /** Id of its first process. */
  readonly pid: number;
  /** All that it has printed. */
  printed(): string;
  /** Stops it as Ctrl-C does, and removes its data if `startCloud` created the folder. */
  stop(): Promise<void>;
  /** Kills the whole process group; stored data remains. */
  kill9(): Promise<void>;
};

/** The file into which a start writes its outputs. */
export const outputsFileIn = (dataDir: string): string => join(dataDir, 'outputs.json');

const OutputsFile = z.record(z.string(), z.record(z.string(), z.string()));

function readOutputs(file: string): Outputs {
  const outputs = Object.assign({}, ...Object.values(OutputsFile.parse(JSON.parse(readFileSync(file, 'utf8')))));
  return z.looseObject({ ApiUrl: z.url() }).catchall(z.string()).parse(outputs);
}

export type Sent = { readonly answer: Answer; readonly text: string };

export async function call(url: string, { token, json, ...init }: Extra): Promise<Sent> {
  const headers = new Headers(init.headers);
  if (token !== undefined) headers.set('authorization', `Bearer ${token}`);
  if (json !== undefined) headers.set('content-type', 'application/json');
  const response = await fetch(url, { ...init, headers, ...(json !== undefined && { body: JSON.stringify(json) }) });
  return readAnswer(response, await response.text());
}

/** An answer with its body, which is parsed if it is JSON. */
export function readAnswer({ status, headers }: Pick<Answer, 'status' | 'headers'>, text: string): Sent {
  const isJson = /[/+]json\b/.test(headers.get('content-type') ?? '');
  return { answer: { status, headers, body: isJson ? (JSON.parse(text) as unknown) : text }, text };
}

/** Sends a request and reads its answer. */
export type Send = (path: string, extra: Extra) => Promise<Sent>;

/** By text of the document: all systems of a test run serve the same one. */
const objectionsIn = new Map<string, Objection>();

/** The path of the OpenAPI document that describes the answers at a path. */
const documentPathOf = (path: string): string =>
  path.startsWith(`${voipbin.basePath}/`) ? `${voipbin.basePath}/openapi.json` : '/openapi.json';

/**
 * Reads each OpenAPI document of a running system once; again if it got none, as of a cloud that injects faults.
 *
 * @returns the document of a path
 */
export function documentOf(send: Send): (path: string) => Promise<Objection> {
  const read = async (document: string): Promise<Objection> => {
    const { answer, text } = await send(document, {});
    const objections = objectionsIn.get(text) ?? objectionsFrom(answer.body);
    objectionsIn.set(text, objections);
    return objections;
  };
  const reading = new Map<string, Promise<Objection>>();
  return (path) => {
    const document = documentPathOf(path);
    const known =
      reading.get(document) ??
      read(document).catch((error: unknown) => {
        reading.delete(document);
        throw error;
      });
    reading.set(document, known);
    return known;
  };
}

/** Compares every answer with the document of the system. @throws if the document does not describe it */
export const documented =
  (send: Send, objections: (path: string) => Promise<Objection>): Cloud['api'] =>
  async (path, extra = {}) => {
    const { answer, text } = await send(path, extra);
    const { method = 'GET' } = extra;
    const exchange = {
      method,
      path: path.split('?')[0] ?? '',
      status: answer.status,
      contentType: answer.headers.get('content-type') ?? '',
      body: text,
    };
    const objection = (await objections(path))(exchange);
    if (objection !== null)
      throw new Error(
        `the answer ${answer.status} of ${method} ${path} is not the one of ${documentPathOf(path)}: ${objection}\n` +
          text.slice(0, 2_000),
      );
    return answer;
  };

/** The cloud of an outputs file; by default that of `OUTPUTS`, which all system tests share. */
export function connect(outputsFile = process.env['OUTPUTS']): Cloud {
  if (outputsFile === undefined) throw new Error('OUTPUTS names no outputs file');
  const outputs = readOutputs(outputsFile);
  const base = outputs.ApiUrl.replace(/\/$/, '');
  const send: Send = (path, extra) => call(base + path, extra);
  return { outputs, basePaths: basePathsOf(outputs), api: documented(send, documentOf(send)) };
}

/** The local gateway has all prefixes; API Gateway has them with a custom domain only, which an output names. */
export const basePathsOf = (outputs: Readonly<Record<string, string>>): readonly string[] =>
  outputs['AwsEndpointUrl'] === undefined ? (outputs['BasePaths']?.split(',') ?? []) : basePaths;

/**
 * The session of `admin` that all system tests share: the number of sessions of a user is limited, and a further
 * log-in ends the oldest.
 */
export function operatorToken(): string {
  const token = process.env['OPERATOR_TOKEN'];
  if (token === undefined) throw new Error('OPERATOR_TOKEN is not set: test/system/global-setup.ts logs in');
  return token;
}

const TokenAnswer = z.object({ data: z.object({ token: z.string() }) });

/** Seconds for which tokens of tests live: longer than all tests take on a slow machine. By default it is an hour. */
const ttl = 21_600;

/** Logs in. @throws if the log-in is rejected */
export async function logIn({ api }: Pick<Cloud, 'api'>, username: string, password: string): Promise<string> {
  const { status, body } = await api('/auth/user', { method: 'POST', json: { username, password, ttl } });
  if (status !== 200) throw new Error(`${username} cannot log in: ${status} ${JSON.stringify(body)}`);
  return TokenAnswer.parse(body).data.token;
}

/** Token of an operator of the tests: `admin` has few sessions, and log-in tests use them. */
export async function newOperator(cloud: Cloud): Promise<string> {
  const token = await logIn(cloud, 'admin', adminPassword);
  const username = `tests-${Math.random().toString(36).slice(2, 12)}`;
  const made = await cloud.api('/users', {
    method: 'PUT',
    token,
    json: { username, password: adminPassword, must_change_password: false, roles: ['operator'] },
  });
  if (made.status !== 201)
    throw new Error(`the tests' operator is not made: ${made.status} ${JSON.stringify(made.body)}`);
  return logIn(cloud, username, adminPassword);
}

/** Milliseconds until the first start is ready, with bundling, on a busy machine. */
const readyWithin = 60_000;

/** Data folders to be removed. */
const madeFolders = new Set<string>();

function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'trunkline-'));
  madeFolders.add(folder);
  return folder;
}

function spawnStart(dataDir: string, env: NodeJS.ProcessEnv): { child: ChildProcess; printed: () => string } {
  const child = spawn(process.execPath, ['bin/start.ts'], {
    env: {
      ...process.env,
      // Tests of all functions run beside each other.
      WARM_FUNCTIONS: '1000',
      ADMIN_PASSWORD: adminPassword,
      PASSWORD_COST: '12',
      PORT: '0',
      SIP_PORT: '0',
      MEDIA_RELAY: 'none',
      ...env,
      DATA_DIR: dataDir,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk));
  return { child, printed: () => Buffer.concat(chunks).toString() };
}

const hasEnded = ({ exitCode, signalCode }: ChildProcess): boolean => exitCode !== null || signalCode !== null;

/** Signals the whole process group, as a terminal does, and waits for the first process to end. */
async function end(child: ChildProcess, signal: 'SIGINT' | 'SIGKILL'): Promise<void> {
  if (hasEnded(child) || child.pid === undefined) return;
  const exit = once(child, 'exit');
  process.kill(-child.pid, signal);
  await exit;
}

/** The ends of the logs in a data folder, each after the name of its file. */
function logsIn(dataDir: string): string {
  const folder = join(dataDir, 'logs');
  const names = existsSync(folder) ? readdirSync(folder) : [];
  return names.map((name) => `${name}:\n${readFileSync(join(folder, name), 'utf8').slice(-2_000)}\n`).join('');
}

/** The running cloud, or null if the process has ended. */
async function whenReady(child: ChildProcess, outputsFile: string): Promise<Cloud | null> {
  return eventually(async () => {
    if (hasEnded(child)) return null;
    const cloud = connect(outputsFile);
    const { status } = await cloud.api('/health');
    if (status !== 200) throw new Error(`GET /health answers ${status}`);
    return cloud;
  }, readyWithin);
}

/**
 * Starts Trunkline as `npm start` does, on its own port, and waits until `GET /health` answers 200.
 * @param env further environment; `DATA_DIR` continues with the data of an earlier start, by default a new folder
 * @throws with all that it printed, if it ends or is not ready in time
 */
export async function startCloud(env: NodeJS.ProcessEnv = {}): Promise<OwnCloud> {
  const dataDir = env['DATA_DIR'] ?? makeFolder();
  const outputsFile = outputsFileIn(dataDir);
  rmSync(outputsFile, { force: true });
  const { child, printed } = spawnStart(dataDir, env);
  const endWithTests = (): void => void end(child, 'SIGKILL');
  process.once('exit', endWithTests);
  void once(child, 'exit').then(() => process.removeListener('exit', endWithTests));

  const kill9 = (): Promise<void> => end(child, 'SIGKILL');
  const stop = async (signal: 'SIGINT' | 'SIGKILL' = 'SIGINT'): Promise<void> => {
    await end(child, signal);
    if (madeFolders.delete(dataDir)) rmSync(dataDir, { recursive: true });
  };

  const cloud = await whenReady(child, outputsFile).catch((cause: unknown) => String(cause));
  if (cloud !== null && typeof cloud !== 'string')
    return { ...cloud, dataDir, pid: child.pid ?? 0, printed, stop: () => stop(), kill9 };
  const logged = logsIn(dataDir);
  await stop('SIGKILL');
  const why = cloud ?? `it ended with code ${child.exitCode ?? 'none'}`;
  throw new Error(`Trunkline did not start: ${why}. It printed:\n${printed()}${logged}`);
}

/** Such a cloud for all tests of a file. */
export const testCloud = (env?: NodeJS.ProcessEnv): OwnCloud =>
  ofFile(
    () => startCloud(env),
    ({ stop }) => stop(),
  );
