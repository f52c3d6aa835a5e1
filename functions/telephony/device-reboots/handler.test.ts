import { beforeEach, expect, test } from 'vitest';
import { deviceOf } from '#test/support/resources.fixture.ts';
import { batchOf } from '#test/support/sqs-record.fixture.ts';
import { testDependencies, type TestDependencies } from '#test/support/dependencies.fixture.ts';
import { sidecarWhere } from '#test/support/sidecar.fixture.ts';
import { testStore } from '#test/support/store.fixture.ts';
import { commit } from '#dynamodb/commit.ts';
import { readToEnd } from '#dynamodb/read-to-end.ts';
import { bindingRefreshRow, refreshOf } from '../rows/binding-refresh.ts';
import { putEach } from '#dynamodb/put-each.ts';
import { bindingRow, type BindingItem } from '../rows/binding.ts';
import { deviceRebootRow } from '../rows/device-reboot.ts';
import { channelWrites } from '#dynamodb/rows/channel.ts';
import { deviceRow } from '#dynamodb/rows/device.ts';
import { scheduleDue } from '#dynamodb/rows/due.ts';
import { eventRow } from '#dynamodb/rows/event.ts';
import { tableFor } from '#dynamodb/table.ts';
import { create, overwrite } from '#dynamodb/write.ts';
import type { NotifyOutcome } from '#sidecar/command.ts';
import { sweeperHandler } from '../../system/sweeper/handler.ts';
import { rebootHandler } from './handler.ts';

const running = testStore();
let dependencies: TestDependencies;
let organization = 2_000;
let notified: string[];
let outcome: NotifyOutcome;

const device = deviceOf();

beforeEach(async () => {
  organization += 1;
  dependencies = testDependencies(running.store);
  // The sweeper never goes back in time, so each test begins an hour later.
  minutesOn((organization - 2_000) * 60);
  notified = [];
  outcome = { kind: 'answered', response_code: 200 };
  await commit(running.store, organization, [create(deviceRow, device)]);
});

const minutesOn = (minutes: number): void =>
  void (dependencies.now = new Date(dependencies.now.getTime() + minutes * 60_000));
const reboot = async (id: string): Promise<void> => {
  const at = dependencies.now.toISOString();
  await commit(running.store, organization, [
    overwrite(deviceRebootRow, { device_id: device.id, id, force: false, at }),
    scheduleDue({ kind: 'device.reboot', at, org_id: organization, subject: device.id }),
  ]);
};

/** Runs the sweeper and delivers its messages `times` times. */
async function run(times = 1): Promise<void> {
  const context = {
    ...dependencies,
    sidecar: sidecarWhere({
      notify: async ({ id, event }) => {
        notified.push(`${id} ${event}`);
        return outcome;
      },
    }),
  };
  dependencies.queues.sent.length = 0;
  await sweeperHandler(context)({ time: '' });
  const sent = dependencies.queues.sent.filter(({ queue }) => queue === 'device-reboots');
  const batch = batchOf(sent.map(({ message }) => message.body));
  for (let time = 0; time < times; time += 1)
    expect(await rebootHandler(context)(batch)).toEqual({ batchItemFailures: [] });
}

const events = async (): Promise<string[]> =>
  (
    await readToEnd((after) =>
      tableFor<'event'>(running.store, organization).query(eventRow, {}, { ...after, order: 'asc' }),
    )
  ).map(({ type }) => type);

const binding = (registered_at: string): BindingItem => ({
  sip_username: 'a1',
  contact_key: '0123456789abcdef',
  contact: 'sip:a1@192.0.2.1',
  device_id: device.id,
  line_number: 1,
  owner: 'task_1',
  owner_address: '10.0.0.1:8080',
  flow: { transport: 'udp', remote: { address: '192.0.2.1', port: 5060 }, local: { address: '10.0.0.1', port: 5060 } },
  registered_at,
  refreshed_at: registered_at,
  expires_at: '2026-11-21T00:00:00.000Z',
  call_id: 'x',
  cseq: 1,
  user_agent: null,
  q: 1,
});

test('a due reboot is sent once, and a phone that registers again has rebooted', async () => {
  await reboot('cmd_1');
  await run(2);
  expect(notified).toEqual(['cmd_1 check-sync;reboot=true']);
  await commit(running.store, organization, [
    overwrite(bindingRow, binding(new Date(dependencies.now.getTime() + 30_000).toISOString())),
  ]);
  minutesOn(1);
  await run(2);
  minutesOn(10);
  await run();
  expect(await events()).toEqual(['device.rebooted']);
});

test('a phone whose restart is stored beside its binding has rebooted', async () => {
  const before = binding('2026-11-20T09:00:00.000Z');
  await commit(running.store, organization, [overwrite(bindingRow, before)]);
  await reboot('cmd_restart');
  await run(2);
  const registered_at = new Date(dependencies.now.getTime() + 30_000).toISOString();
  const restarted = { ...before, registered_at, refreshed_at: registered_at, written: before };
  await putEach(running.store, bindingRefreshRow, [refreshOf(restarted)]);
  minutesOn(1);
  await run();
  expect(await events()).toEqual(['device.rebooted']);
});

test('a phone that only refreshes its registration has failed to reboot after five minutes', async () => {
  await commit(running.store, organization, [overwrite(bindingRow, binding('2026-11-20T09:00:00.000Z'))]);
  await reboot('cmd_2');
  for (let minute = 0; minute < 5; minute += 1) {
    await run();
    expect(await events()).toEqual([]);
    minutesOn(1);
  }
  await run();
  minutesOn(1);
  await run();
  expect(await events()).toEqual(['device.reboot_failed']);
});

test('the reboot of an unreachable phone fails at once', async () => {
  outcome = { kind: 'unreachable' };
  await reboot('cmd_3');
  await run(2);
  expect(await events()).toEqual(['device.reboot_failed']);
});

test('a newer reboot replaces a pending one', async () => {
  await reboot('cmd_4');
  minutesOn(1);
  await reboot('cmd_5');
  await run();
  expect(notified).toEqual(['cmd_5 check-sync;reboot=true']);
});

test('phones show changed mailboxes; if a task does not take the command, the message comes again', async () => {
  const sent: unknown[] = [];
  const changed = { mailboxes: ['204'], users: ['usr_1'] };
  const context = {
    ...dependencies,
    sidecar: sidecarWhere({
      sendMessageSummaries: async ({ mailboxes, users }) => {
        if (sent.push({ mailboxes, users }) === 1) throw new Error('the task is away');
      },
    }),
  };
  const deliver = () => rebootHandler(context)(batchOf([{ schema: 'mailboxes.v1', org_id: organization, ...changed }]));
  expect((await deliver()).batchItemFailures).toHaveLength(1);
  expect(await deliver()).toEqual({ batchItemFailures: [] });
  expect(sent).toEqual([changed, changed]);
});

const inCall = { kind: 'device', id: 'dev_1', direction: 'inbound' } as const;

test('a device in a call is rebooted after it', async () => {
  await commit(running.store, organization, channelWrites([], [inCall]));
  await reboot('cmd_1');
  await run();
  expect([notified, await events()]).toEqual([[], []]);
  await commit(running.store, organization, channelWrites([inCall], []));
  minutesOn(1);
  await run();
  expect(notified).toEqual(['cmd_1 check-sync;reboot=true']);
});

test('a call that lasts longer than ten minutes makes the reboot fail, once', async () => {
  await commit(running.store, organization, channelWrites([], [inCall]));
  await reboot('cmd_1');
  for (let minute = 0; minute <= 12; minute += 1) {
    await run();
    minutesOn(1);
  }
  expect([notified, await events()]).toEqual([[], ['device.reboot_failed']]);
});

test('a forced reboot does not wait for a call', async () => {
  await commit(running.store, organization, channelWrites([], [inCall]));
  const at = dependencies.now.toISOString();
  await commit(running.store, organization, [
    overwrite(deviceRebootRow, { device_id: device.id, id: 'cmd_1', force: true, at }),
    scheduleDue({ kind: 'device.reboot', at, org_id: organization, subject: device.id }),
  ]);
  await run();
  expect(notified).toEqual(['cmd_1 check-sync;reboot=true']);
});

// The last test: it leaves the clock where later ones would begin.
test('a reboot that is due for more than an hour, as after an outage, is not sent, and fails', async () => {
  await reboot('cmd_late');
  minutesOn(61);
  await run(2);
  expect([notified, await events()]).toEqual([[], ['device.reboot_failed']]);
});
