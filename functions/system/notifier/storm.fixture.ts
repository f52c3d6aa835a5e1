import { expect } from 'vitest';
import type { Store } from '#dynamodb/client.ts';
import { hour, minute } from '#schema/time.ts';
import { hourOf } from './admission.ts';
import { organizationWith, ruleOf } from './notifier.fixture.ts';

/**
 * Many events of one organization, in quiet hours and after them, while consumers die: messages come twice and in any
 * order, and answers of the store are lost after the commit.
 */

/** Numbers from 0 to 1 that follow from a seed (mulberry32, https://github.com/cprosche/mulberry32). */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** A store that ends some calls after their commit, as a consumer that is killed. */
function killing(store: Store, random: () => number) {
  const kills = { count: 0 };
  const send: Store['client']['send'] = async (command: object) => {
    const answer: unknown = await store.client.send(command as never);
    if (command.constructor.name === 'TransactWriteItemsCommand' && random() < 0.05) {
      kills.count += 1;
      throw new Error('the consumer was killed');
    }
    return answer as never;
  };
  return { store: { ...store, client: { send } }, kills };
}

const cap = 10;

/** @param count events in quiet hours; a tenth more comes after them */
export async function runNoticeStorm(store: Store, seed: number, count: number) {
  const random = randomOf(seed);
  const { store: through, kills } = killing(store, random);
  const rules = Array.from({ length: 4 }, (_rule, at) =>
    ruleOf({ id: `rule_${at}`, name: `Rule ${at}`, enabled: at < 2 }),
  );
  const quiet = { enabled: true, start: '22:00', end: '07:00', timezone: 'UTC' };
  const given = await organizationWith(store, {
    ...{ rules, through, start: '2026-11-20T22:00:00.000Z' },
    preferences: { quiet_hours: quiet, max_notifications_per_hour: cap },
  });
  const { newEvent, saveEvents, deliver, clock, sent, due, state } = given;

  /** Delivers until nothing comes again. Two consumers run at once, and some messages come twice. */
  async function settle(ids: readonly (string | null)[]): Promise<void> {
    let waiting = [...ids, ...ids.filter(() => random() < 0.1)].sort(() => random() - 0.5);
    while (waiting.length > 0) {
      const batches = Array.from({ length: Math.ceil(waiting.length / 50) }, (_batch, at) =>
        waiting.slice(at * 50, (at + 1) * 50),
      );
      const again: (string | null)[] = [];
      for (let at = 0; at < batches.length; at += 2)
        await Promise.all(
          batches.slice(at, at + 2).map(async (batch) => {
            if ((await deliver(...batch)) > 0) again.push(...batch);
          }),
        );
      waiting = again;
    }
  }

  const happen = async (number: number, spread: number): Promise<void> => {
    const events = Array.from({ length: number }, () => newEvent());
    await saveEvents(events);
    const ids = events.map(({ id }) => id);
    for (let part = 0; part < 4; part += 1) {
      await settle(ids.slice((part * number) / 4, ((part + 1) * number) / 4));
      clock.advance(spread / 4 / 1_000);
    }
  };
  await happen(count, 8 * hour);
  const quietNotices = await sent();
  const largest = JSON.stringify(await state()).length;
  clock.set(new Date('2026-11-21T07:00:00.000Z'));
  await settle([null]);
  clock.advance(minute / 1_000);
  await happen(count / 10, 30 * minute);
  clock.set(new Date('2026-11-21T08:00:00.000Z'));
  await settle([null, null]);

  const [notices, digests] = [await sent(), await sent('notifier.digest')];
  const perHour = Map.groupBy(notices, ({ at }) => hourOf(new Date(at)));
  return {
    ...{ kills, quietNotices, notices, digests, largest, cap },
    mostInAnHour: Math.max(...[...perHour.values()].map((all) => all.length)),
    counts: digests.map(({ data }) => Number(data['count'])),
    emails: (await given.emails()).length,
    pointers: (await due()).length,
    held: (await state())?.held,
    /** Notices that there are to be: two rules act on each event. */
    wanted: 2 * (count + count / 10),
  };
}

/** What holds after a storm. */
export function expectNoneLost(result: Awaited<ReturnType<typeof runNoticeStorm>>): void {
  const { quietNotices, notices, counts, wanted, mostInAnHour, cap, held, emails, largest } = result;
  expect(quietNotices).toEqual([]);
  // The digest of the quiet hours, and that of the hour after them.
  expect(counts).toHaveLength(2);
  expect(notices.length + counts.reduce((sum, count) => sum + count, 0)).toBe(wanted);
  expect(mostInAnHour).toBeLessThanOrEqual(cap);
  expect(notices).toHaveLength(cap);
  // Each notice and each digest is one e-mail.
  expect(emails).toBe(notices.length + counts.length);
  expect(held).toBeNull();
  expect(largest).toBeLessThan(2_000);
}
