import { expect, test } from 'vitest';
import { testStore } from '#test/support/store.fixture.ts';
import { accepts, providerOf, sender } from './sender.fixture.ts';
import { queuedSms, start } from './sms.fixture.ts';

const running = testStore();

test('a message that is too early waits in the queue', async () => {
  const early = queuedSms({ next_at: start.getTime() + 60_000 });
  const { send, sentAgain, sms } = await sender(running.store, { messages: [early] });
  await send('msg_1');
  expect(sentAgain().map(({ delay }) => delay)).toEqual([60]);
  expect(await sms()).toEqual(early);
});

test('a sender has its pace, and its messages line up', async () => {
  const messages = Array.from({ length: 15 }, (_message, at) => queuedSms({ id: `msg_${at}`, price: null }));
  const provider = providerOf(accepts);
  const { send, deliver, sentAgain, clock } = await sender(running.store, { provider, messages });
  await send(...messages.map(({ id }) => id));
  expect(provider.taken).toHaveLength(10);
  const waiting = sentAgain();
  expect(waiting).toHaveLength(5);
  await deliver(...waiting.map(({ body }) => body));
  expect(provider.taken).toHaveLength(10);
  for (let second = 0; second < 4; second += 1) {
    clock.advance(1);
    await deliver(...sentAgain().map(({ body }) => body));
    expect(provider.taken.length).toBeLessThanOrEqual(10 * (second + 2));
  }
  expect(new Set(provider.taken).size).toBe(15);
});

test('marketing waits for the window; a pointer wakes it if that is far', async () => {
  const window = { start: '14:00', end: '15:00', days: ['fri' as const], timezone: 'UTC' };
  const marketing = queuedSms({ category: 'marketing' });
  const { send, sms, sentAgain, clock } = await sender(running.store, { messages: [marketing], settings: { window } });
  await send('msg_1');
  expect(await sms()).toMatchObject({ status: 'queued', held_until: '2026-11-20T14:00:00.000Z', attempts: 0 });
  expect(sentAgain()).toEqual([]);
  clock.advance(4 * 3_600);
  await send('msg_1');
  expect(await sms()).toMatchObject({ status: 'sent' });
});

test('a message whose sender is not allowed any more fails before it is sent', async () => {
  const provider = providerOf(accepts);
  const { send, sms, balance } = await sender(running.store, {
    provider,
    messages: [queuedSms({ from: 'Bank' })],
  });
  await send('msg_1');
  expect([await sms(), provider.taken]).toMatchObject([{ status: 'failed', error: { code: 'INVALID_SENDER' } }, []]);
  expect(await balance()).toMatchObject({ reservations: 0n });
});

test('a message that waited too long expires, and gets its money back', async () => {
  const { send, sms, balance, events } = await sender(running.store, {
    messages: [queuedSms({ valid_until: start.getTime() })],
  });
  await send('msg_1');
  expect(await sms()).toMatchObject({ status: 'expired', money: 'returned' });
  expect(await balance()).toMatchObject({ charges: 0n, reservations: 0n });
  expect(await events()).toEqual(['sms.expired']);
});
