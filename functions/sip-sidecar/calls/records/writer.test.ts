import { describe, expect, test } from 'vitest';
import { eventually } from '#test/support/eventually.ts';
import { AppError } from '#errors.ts';
import { money } from '#schema/money.ts';
import { callDialogRow } from '#dynamodb/rows/dialog.ts';
import { remove } from '#dynamodb/write.ts';
import { billingErrors } from '#functions/billing/schema/errors.ts';
import { callInStatus, endRecord, newRecord, withNewLeg } from '../call/record.ts';
import { causeNamed } from '../call/causes.ts';
import { CallWriter } from './writer.ts';
import { callFacts, phoneParty } from '../call/calls.fixture.ts';

const at = new Date('2026-11-22T10:00:00.000Z');

type Writes = Parameters<CallWriter['record']>[0];

test('an event that comes while the call is being written is written after it', async () => {
  const commits: { readonly writes: Writes; readonly done: () => void }[] = [];
  const writer = new CallWriter(
    {
      commit: ({ writes }) => new Promise((resolve) => void commits.push({ writes, done: resolve })),
      eventOf: () => [],
      onLost: () => undefined,
      fault: (error) => {
        throw error;
      },
    },
    newRecord(callFacts(), at),
  );
  const created = writer.create({});
  commits[0]?.done();
  await created;
  writer.change((call) => withNewLeg(call, 'destination', phoneParty('203'), at));
  const event = remove<'dialog', { readonly call_id: string; readonly leg: string }>(callDialogRow, {
    call_id: 'any',
    leg: 'source',
  });
  writer.record([event]);
  commits[1]?.done();
  await eventually(() => commits.length === 3);
  expect([commits[1]?.writes.includes(event), commits[2]?.writes.includes(event)]).toEqual([false, true]);
  commits[2]?.done();
  await writer.settled();
});

test('the states of a call that follow one another are one write with their events, unless someone waits', async () => {
  const commits: Writes[] = [];
  const record = newRecord(callFacts(), at);
  let isHurried = false;
  const { promise: departure, resolve: depart } = Promise.withResolvers<null>();
  const event = (of: string) =>
    remove<'dialog', { readonly call_id: string; readonly leg: string }>(callDialogRow, { call_id: of, leg: 'source' });
  const writer = new CallWriter(
    {
      commit: async ({ writes }) => void commits.push(writes),
      departures: { next: async () => void (await departure), hurry: () => void (isHurried = true) },
      eventOf: ({ status }) => [event(status)],
      onLost: () => undefined,
      fault: (error) => expect.fail(String(error)),
    },
    record,
    record,
  );
  for (const status of ['trying', 'early', 'ringing'] as const) writer.change((call) => callInStatus(call, status, at));
  expect([commits, isHurried]).toEqual([[], false]);
  const flushed = writer.flush();
  expect(isHurried).toBe(true);
  depart(null);
  await flushed;
  expect(commits.map((writes) => writes.length)).toEqual([1 + 3]);
});

test('an answer is written at once: a task that takes the call over charges it by that', () => {
  const record = newRecord(callFacts(), at);
  let hurries = 0;
  const writer = new CallWriter(
    {
      commit: async () => expect.fail('it departs later'),
      departures: { next: () => new Promise<void>(() => undefined), hurry: () => void (hurries += 1) },
      eventOf: () => [],
      onLost: () => undefined,
      fault: (error) => expect.fail(String(error)),
    },
    record,
    record,
  );
  writer.change((call) => callInStatus(call, 'ringing', at));
  expect(hurries).toBe(0);
  writer.change((call) => callInStatus(call, 'answered', at));
  writer.change((call) => ({ ...call, meta: { changed: 'later' } }));
  expect(hurries).toBe(1);
});

test('the dialogs of a call stay until its CDRs are sent and its parties are hung up', async () => {
  const commits: Writes[] = [];
  const record = newRecord(callFacts(), at);
  const writer = new CallWriter(
    {
      commit: async ({ writes }) => void commits.push(writes),
      eventOf: () => [],
      onLost: () => undefined,
      fault: (error) => {
        throw error;
      },
    },
    record,
    record,
  );
  const removals = () =>
    commits.flat().filter(({ effect, render }) => effect === 'dialog' && render('table', 1_001, 0).Delete !== undefined)
      .length;
  writer.change((call) => endRecord(call, { ...causeNamed('NORMAL_CLEARING'), sip_code: null, by: 'caller' }, at));
  await writer.settled();
  expect([commits.length, removals()]).toEqual([1, 0]);
  writer.change((call) => ({ ...call, cdr: 'sent' }));
  await writer.settled();
  expect([commits.length, removals()]).toEqual([2, 2]);
});

describe('a call that ends', () => {
  const reduced = {
    ...remove<'dialog', { readonly call_id: string; readonly leg: string }>(callDialogRow, {
      call_id: 'reserved',
      leg: 'source',
    }),
    effect: 'reservation' as const,
  };

  /** @param fails how often the reservation changes before the end is committed */
  async function end(fails: number) {
    const record = newRecord(callFacts(), at);
    const seen = { settled: 0, commits: [] as (bigint | undefined)[] };
    const writer = new CallWriter(
      {
        commit: async ({ writes, released }) => {
          if (writes.includes(reduced) && seen.settled <= fails)
            throw new AppError(billingErrors.CALL_IN_PROGRESS, 'changed');
          seen.commits.push(released);
        },
        settle: async () => {
          seen.settled += 1;
          return { writes: [reduced], released: money(5n) };
        },
        eventOf: () => [],
        onLost: () => expect.fail('the call is lost'),
        fault: (error) => expect.fail(String(error)),
      },
      record,
      record,
    );
    writer.change((call) => endRecord(call, { ...causeNamed('NORMAL_CLEARING'), sip_code: null, by: 'caller' }, at));
    await writer.settled();
    writer.change((call) => ({ ...call, cdr: 'sent' }));
    await writer.settled();
    return seen;
  }

  test('gives back what it has reserved in the transaction that ends it, and not again', async () => {
    expect(await end(0)).toEqual({ settled: 1, commits: [5n, undefined] });
  });

  test('reads what it gives back while it waits to depart', async () => {
    const log: string[] = [];
    const record = newRecord(callFacts(), at);
    const { promise: departure, resolve: depart } = Promise.withResolvers<null>();
    const writer = new CallWriter(
      {
        commit: async () => void log.push('committed'),
        departures: { next: async () => void (await departure), hurry: () => undefined },
        settle: async () => {
          log.push('settled');
          return { writes: [reduced], released: money(5n) };
        },
        eventOf: () => [],
        onLost: () => expect.fail('the call is lost'),
        fault: (error) => expect.fail(String(error)),
      },
      record,
      record,
    );
    writer.change((call) => endRecord(call, { ...causeNamed('NORMAL_CLEARING'), sip_code: null, by: 'caller' }, at));
    expect(log).toEqual(['settled']);
    depart(null);
    await writer.settled();
    expect(log).toEqual(['settled', 'committed']);
  });

  test('reads a reservation again that has changed', async () => {
    expect(await end(2)).toEqual({ settled: 3, commits: [5n, undefined] });
  });

  test('ends without giving back, if the reservation changes all the time', async () => {
    expect(await end(9)).toEqual({ settled: 3, commits: [undefined, undefined] });
  });
});

/** A writer of which each commit is held until the test lets it through. */
function heldWriter() {
  const record = newRecord(callFacts(), at);
  const commits: { readonly version: number; readonly done: () => void }[] = [];
  let isLost = false;
  const writer = new CallWriter(
    {
      commit: ({ call }) =>
        new Promise(
          (resolve) => void commits.push({ version: 'version' in call ? Number(call.version) : 0, done: resolve }),
        ),
      eventOf: () => [],
      onLost: () => void (isLost = true),
      fault: (error) => expect.fail(String(error)),
    },
    record,
    record,
  );
  return { record, commits, writer, isLost: () => isLost };
}

test('what changes while channels are taken is written after them, not as another version at once', async () => {
  const { record, commits, writer, isLost } = heldWriter();
  const taken = writer.takeChannels([{ kind: 'gateway', id: 'gw_1', direction: 'outbound' }], {});
  await eventually(() => commits.length === 1);
  writer.change((call) => endRecord(call, { ...causeNamed('NORMAL_CLEARING'), sip_code: null, by: 'caller' }, at));
  const settled = writer.settled();
  expect(commits).toHaveLength(1);
  commits[0]?.done();
  expect(await taken).toBe(true);
  await eventually(() => commits.length === 2);
  commits[1]?.done();
  await settled;
  await writer.settled();
  expect(commits.map(({ version }) => version)).toEqual([record.version + 1, record.version + 2]);
  expect([isLost(), writer.call.status]).toEqual([false, 'hangup']);
});

test('channels that are taken at the same time are written one after the other', async () => {
  const { record, commits, writer, isLost } = heldWriter();
  const gateway = (id: string) => [{ kind: 'gateway', id, direction: 'outbound' } as const];
  const taken = [gateway('gw_1'), gateway('gw_2')].map((channels) => writer.takeChannels(channels, {}));
  await eventually(() => commits.length > 0);
  commits[0]?.done();
  await eventually(() => commits.length > 1);
  commits[1]?.done();
  expect([await Promise.all(taken), isLost()]).toEqual([[true, true], false]);
  expect(commits.map(({ version }) => version)).toEqual([record.version + 1, record.version + 2]);
});
