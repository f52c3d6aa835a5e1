import { expect, test } from 'vitest';
import { firstSignIn, firstSignInPath } from './first-sign-in.ts';

function newSignIn() {
  const around = { now: 0, logIns: 0, status: 200, more: {} };
  const { token, pages } = firstSignIn({
    password: 'printed once',
    now: () => around.now,
    logIn: async () => {
      around.logIns += 1;
      await Promise.resolve();
      return { status: around.status, body: JSON.stringify({ data: { token: 't', ...around.more } }) };
    },
  });
  const send = async (authorization = `Bearer ${token}`, method = 'POST', url = firstSignInPath) =>
    (await pages({ method, url, headers: { authorization }, socket: {} }))?.status;
  const read = async () => {
    const headers = { authorization: `Bearer ${token}` };
    const answered = await pages({ method: 'POST', url: firstSignInPath, headers, socket: {} });
    return JSON.parse(String(answered?.body)) as unknown;
  };
  return { around, token, send, read };
}

test('the link signs in once, also if it is opened twice at the same time', async () => {
  const { around, send } = newSignIn();
  expect((await Promise.all([send(), send(), send()])).toSorted()).toEqual([200, 401, 401]);
  expect([await send(), around.logIns]).toEqual([401, 1]);
});

test('it ends after ten minutes', async () => {
  const { around, send } = newSignIn();
  around.now = 600_000;
  expect([await send(), around.logIns]).toEqual([401, 0]);
});

test('no other token signs in, and a wrong one does not use the link up', async () => {
  const { token, send } = newSignIn();
  const wrong = ['', 'Bearer ', token, `Bearer ${token}x`, `Bearer ${token.slice(0, -1)}`, `Basic ${token}`];
  expect(await Promise.all(wrong.map((each) => send(each)))).toEqual(wrong.map(() => 401));
  expect(await send()).toBe(200);
});

test('a log-in that fails does not use it up', async () => {
  const { around, send } = newSignIn();
  around.status = 503;
  expect(await send()).toBe(503);
  around.status = 200;
  expect(await send()).toBe(200);
});

test('its answer has the password if that must be changed, as the link replaces it', async () => {
  const { read } = newSignIn();
  expect(await read()).toEqual({ data: { token: 't' } });
  const { around, read: readAgain } = newSignIn();
  around.more = { password_change_required: true };
  expect(await readAgain()).toEqual({
    data: { token: 't', password_change_required: true, present_password: 'printed once' },
  });
});

test('it is a POST of its own path', async () => {
  const { send } = newSignIn();
  expect([await send(undefined, 'GET'), await send(undefined, 'POST', '/_local/outbox')]).toEqual([405, undefined]);
});

test('tokens are long, and no two are the same', () => {
  const tokens = Array.from({ length: 100 }, () => newSignIn().token);
  expect([new Set(tokens).size, tokens.every((token) => /^[\w-]{43}$/.test(token))]).toEqual([100, true]);
});
