import { expect, test } from 'vitest';
import { controlToken } from '#sidecar/token.ts';
import type { HttpAnswer, LinesAnswer } from '../sip-sidecar/control/http.ts';
import { controlHandler } from './control.ts';
import { DigitLog } from './digit-log.ts';
import { SoundFailure, type SoundCache } from './sound-cache.ts';

const key = 'k'.repeat(64);
const now = new Date('2026-11-20T10:00:00.000Z');
const sound = { kind: 'sound', organization: 1_001, sha256: 'ab'.repeat(32) };
const digits = { kind: 'digits', epoch: '', after: 0 };

type Asked = { readonly path?: string; readonly relay?: string; readonly method?: string };

function interfaceOf(sounds: Pick<SoundCache, 'get'> | undefined, log = new DigitLog()) {
  const secrets = { read: async () => JSON.stringify({ key }), putOnce: async () => '' };
  const own = { generation: '7', started_at: now.toISOString(), draining: false };
  const told = { clock: () => now, generation: () => own };
  const handle = controlHandler({ relay: '10.0.0.7:22222', secrets, sounds, digits: log, ...told });
  return async (content: object, { path = '/sounds', relay = '10.0.0.7:22222', method = 'POST' }: Asked = {}) => {
    const body = JSON.stringify(content);
    const token = await controlToken(new TextEncoder().encode(key), { task: relay, body, now });
    return handle({ method, path, authorization: `Bearer ${token}` }, body);
  };
}
const statusOf = (answer: HttpAnswer | LinesAnswer) => ('lines' in answer ? 'lines' : answer.status);
const ready = { path: '/sounds/1.wav', milliseconds: 500 };

test('a sound that is ready is answered with its file and length', async () => {
  const asked: unknown[] = [];
  const ask = interfaceOf({ get: async (of) => (asked.push(of), ready) });
  expect(await ask(sound)).toEqual({ status: 200, body: ready });
  expect(asked).toMatchObject([{ organization: 1_001, sha256: sound.sha256 }]);
});

test.each([
  ['missing', 404],
  ['damaged', 422],
  ['busy', 503],
] as const)('a sound that is %s is answered %i', async (reason, status) => {
  const ask = interfaceOf({ get: () => Promise.reject(new SoundFailure(reason)) });
  expect(statusOf(await ask(sound))).toBe(status);
});

test('digits are answered as lines', async () => {
  const answer = await interfaceOf(undefined)(digits, { path: '/digits' });
  expect(statusOf(answer)).toBe('lines');
});

test('a generation is told, and answered with that of the relay', async () => {
  const ask = interfaceOf(undefined);
  const content = { kind: 'generation', left_to: '8' };
  const body = { generation: '7', started_at: now.toISOString(), draining: false };
  expect(await ask(content, { path: '/generation' })).toEqual({ status: 200, body });
  expect(statusOf(await ask({ ...content, left_to: null }, { path: '/generation' }))).toBe(200);
  for (const left_to of ['', 'x'.repeat(65), 8, undefined])
    expect(statusOf(await ask({ ...content, left_to }, { path: '/generation' }))).toBe(400);
  expect(statusOf(await ask(content, { path: '/generation', relay: '10.0.0.8:22222' }))).toBe(401);
  expect(statusOf(await ask(content, { path: '/constructor' }))).toBe(404);
});

test('without a folder there are no sounds', async () => {
  expect(statusOf(await interfaceOf(undefined)(sound))).toBe(503);
});

test('a hash that could be a path is no sound', async () => {
  const ask = interfaceOf({ get: async () => ready });
  for (const sha256 of ['../../etc/passwd', 'AB'.repeat(32), `${'ab'.repeat(32)}/..`, 'ab'.repeat(33)])
    expect(statusOf(await ask({ ...sound, sha256 }))).toBe(400);
  expect(statusOf(await ask({ ...sound, url: 'http://169.254.169.254/' }))).toBe(400);
  expect(statusOf(await ask(digits))).toBe(400);
  expect(statusOf(await ask(sound, { path: '/digits' }))).toBe(400);
});

test('a token is needed for exactly this relay and request', async () => {
  const ask = interfaceOf({ get: async () => ready });
  expect(statusOf(await ask(sound, { relay: '10.0.0.8:22222' }))).toBe(401);
  expect(statusOf(await ask(digits, { relay: 'task_1', path: '/digits' }))).toBe(401);
  expect(statusOf(await ask(sound, { method: 'GET' }))).toBe(404);
  expect(statusOf(await ask(sound, { path: '/commands' }))).toBe(404);
});
