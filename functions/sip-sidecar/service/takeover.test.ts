import { afterAll, expect, test } from 'vitest';
import { freePort } from '#infra/local/machine/free-port.ts';
import { eventually } from '#test/support/eventually.ts';
import { testStore } from '#test/support/store.fixture.ts';
import { commit } from '#dynamodb/commit.ts';
import {
  sidecarShardRow,
  sidecarShards,
  sidecarTaskRow,
  sidecarTasks,
  type SidecarTaskItem,
} from '#dynamodb/rows/lease.ts';
import { tableFor } from '#dynamodb/table.ts';
import { overwrite } from '#dynamodb/write.ts';
import { sidecarClient } from '#sidecar/client.ts';
import { bindingRow, bindingsOfOwner } from '../../telephony/rows/binding.ts';
import { addAccount, runSidecar, type Running } from './sidecar.fixture.ts';

const running = testStore();
const everything = new AsyncDisposableStack();
afterAll(() => everything.disposeAsync());

const started = async (generation = '1', more: Parameters<typeof runSidecar>[1] = {}): Promise<Running> => {
  const sidecar = await runSidecar(running.store, { generation, ...more });
  everything.defer(() => sidecar.close());
  return sidecar;
};
/** A phone that a task has registered. */
async function registeredAt(task: Running, device: string) {
  const phone = await task.phone(await addAccount(running.store, { device }));
  everything.defer(() => phone.close());
  expect((await phone.register()).status).toBe(200);
  return phone;
}
const platform = () => tableFor<'lease'>(running.store, 0);
const holders = async (): Promise<string[]> =>
  (await platform().query(sidecarShardRow, sidecarShards)).items.map(({ task }) => task);
/** Whether a task has left its work to a generation. */
const hasLeft = async ({ id }: Running, generation: string): Promise<boolean> =>
  (await platform().query(sidecarTaskRow, sidecarTasks)).items.some(
    (task) => task.id === id && task.left_to === generation,
  );
const ownedBy = async ({ id }: Running): Promise<number> =>
  (await tableFor<'binding@GSI2'>(running.store, 0).queryIndex(bindingRow, 'GSI2', bindingsOfOwner(id))).items.length;
const notify = (sidecar: Running) =>
  sidecarClient({ store: running.store, secrets: sidecar.secrets, clock: () => new Date(), fetch }).notify({
    id: sidecar.dependencies.nextId('cmd'),
    organization: 1_001,
    device: 'dev_1',
    event: 'check-sync',
    timeout_seconds: 2,
  });

test('tasks share the shards, and the shards of a stopped task move to the others', async () => {
  const [one, other] = [await started(), await started()];
  await eventually(async () => {
    const held = await holders();
    expect([held.length, new Set(held)]).toEqual([16, new Set([one.id, other.id])]);
  }, 20_000);
  await one.close();
  await eventually(async () => expect(await holders()).toEqual(Array.from({ length: 16 }, () => other.id)), 20_000);
});

test('a newer generation with as many tasks has the work of an older one while it lives', async () => {
  const old = await started();
  const older = (await holders()).concat(old.id);
  const newer = [await started('2'), await started('2')];
  const isHeldBy = async (of: readonly string[]): Promise<void> => {
    const held = await holders();
    expect([held.length, held.filter((id) => !of.includes(id))]).toEqual([16, []]);
  };
  await eventually(() => isHeldBy(newer.map(({ id }) => id)), 20_000);
  for (const task of newer) await task.close();
  await eventually(() => isHeldBy(older), 20_000);
  await old.close();
});

test('any task can notify a phone through its owner, and its next packet replaces a stopped owner', async () => {
  const [one, other] = [await started(), await started()];
  const phone = await registeredAt(one, 'dev_1');
  // Until the tasks know each other.
  await eventually(async () => expect(await notify(one)).toEqual({ kind: 'answered', response_code: 200 }), 20_000);
  const [item] = (await platform().query(sidecarTaskRow, sidecarTasks)).items.filter(({ id }) => id === one.id);
  await one.close();
  await commit(running.store, 0, [
    overwrite<'lease', SidecarTaskItem, Pick<SidecarTaskItem, 'kind' | 'id'>>(sidecarTaskRow, {
      ...(item as SidecarTaskItem),
      until: 0,
    }),
  ]);
  expect(await notify(other)).toEqual({ kind: 'unreachable' });
  // The load balancer now sends the phone's keep-alives to the other task.
  await eventually(async () => {
    phone.sendRaw(Buffer.from('\r\n\r\n'), other.bound.udp);
    expect(await notify(other)).toEqual({ kind: 'answered', response_code: 200 });
  }, 20_000);
});

test('the packet of a phone at another task replaces its owner, once that has left its work', async () => {
  const old = await started('3');
  const phone = await registeredAt(old, 'dev_2');
  const newer = await started('4');
  await eventually(async () => expect(await hasLeft(old, '4')).toBe(true), 20_000);
  await eventually(async () => {
    phone.sendRaw(Buffer.from('\r\n\r\n'), newer.bound.udp);
    expect([await ownedBy(old), await ownedBy(newer)]).toEqual([0, 1]);
  }, 20_000);
});

test('a phone whose packet came before its owner left its work is taken over without another one', async () => {
  const old = await started('5');
  const phone = await registeredAt(old, 'dev_3');
  const newer = await started('6');
  phone.sendRaw(Buffer.from('\r\n\r\n'), newer.bound.udp);
  await eventually(async () => expect([await ownedBy(old), await ownedBy(newer)]).toEqual([0, 1]), 20_000);
});

test('a task that has left its work is still ready: ECS would replace it with its calls', async () => {
  const health = await freePort();
  const ports = { 'sip-udp': 0, 'sip-tcp': 0, 'sip-tls': 0, 'sip-ws': 0, control: 0, health };
  const old = await started('7', { ports });
  await started('8');
  await eventually(async () => expect(await hasLeft(old, '8')).toBe(true), 20_000);
  const statusOf = async (path: string) => (await fetch(`http://127.0.0.1:${health}${path}`)).status;
  expect([await statusOf('/live'), await statusOf('/ready')]).toEqual([200, 200]);
});

test("a REGISTER at a task that has left gets 200, and the phone's next packet elsewhere moves its owner", async () => {
  const old = await started('9');
  const phone = await registeredAt(old, 'dev_4');
  const newer = await started('10');
  await eventually(async () => expect(await hasLeft(old, '10')).toBe(true), 20_000);
  expect((await phone.register()).status).toBe(200);
  await eventually(async () => {
    phone.sendRaw(Buffer.from('\r\n\r\n'), newer.bound.udp);
    expect([await ownedBy(old), await ownedBy(newer)]).toEqual([0, 1]);
  }, 20_000);
});
