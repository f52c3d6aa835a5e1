import { BatchWriteItemCommand } from '@aws-sdk/client-dynamodb';
import { describe, expect, test } from 'vitest';
import { contextOf } from '#runtime/background-context.ts';
import type { Store } from '#dynamodb/client.ts';
import { commit } from '#dynamodb/commit.ts';
import { bindingRow, type BindingItem } from '../../telephony/rows/binding.ts';
import { withRefreshes } from '../../telephony/rows/binding-refresh.ts';
import { eventRow, eventsOfEntity } from '#dynamodb/rows/event.ts';
import { tableFor } from '#dynamodb/table.ts';
import { remove } from '#dynamodb/write.ts';
import type { ResponseParts } from '#sip/build.ts';
import { header } from '#sip/header-kinds.ts';
import { eventually } from '#test/support/eventually.ts';
import { testDependencies } from '#test/support/dependencies.fixture.ts';
import { testStore } from '#test/support/store.fixture.ts';
import { sipSidecar } from '../contract.ts';
import { accountOf, addAccount } from '../service/sidecar.fixture.ts';
import type { Flow } from '../transport/flow.ts';
import { registerOf, type RegisterOptions } from '../service/register.fixture.ts';
import { registrationPermissions } from './permissions.ts';
import { Registrar } from './registrar.ts';

const running = testStore();

const home = '192.0.2.1';
const flowOf = (task: string): Flow => ({
  transport: 'udp',
  remote: { address: home, port: 5_060 },
  local: { address: task, port: 5_060 },
});

/** The registrar of a task, which authenticates every request. */
function taskOf(id: string, store: Store = running.store, isAlone = false) {
  const dependencies = Object.assign(testDependencies(store), { now: new Date('2026-11-20T10:00:00.000Z') });
  const context = contextOf(sipSidecar, dependencies);
  const registrar = new Registrar({
    context,
    store,
    membership: { id, address: `${id}:1`, late: [], wasAloneSince: () => isAlone },
    sources: { recordSuccess: () => undefined },
    mayRegister: registrationPermissions(context, { admits: async () => true }),
    authenticate: async ({ from }) => ({
      kind: 'authenticated',
      account: accountOf({
        device: `dev_${'user' in from.uri ? from.uri.user : ''}`,
        username: String('user' in from.uri ? from.uri.user : ''),
      }).item,
    }),
  });
  const register = (user: string, cseq: number, options: RegisterOptions = {}): Promise<ResponseParts> =>
    registrar.register(registerOf(user, cseq, options), flowOf(id));
  return {
    id,
    dependencies,
    registrar,
    register,
    after: (seconds: number) => void (dependencies.now = new Date(dependencies.now.getTime() + seconds * 1_000)),
  };
}

const itemsOf = async (sip_username: string): Promise<readonly BindingItem[]> => {
  const table = tableFor<'binding'>(running.store, 1_001);
  return (await table.query<'binding', BindingItem, { sip_username: string }>(bindingRow, { sip_username })).items;
};
/** The bindings of a user name with their refreshes applied. */
const stored = async (user: string): Promise<BindingItem[]> =>
  withRefreshes(tableFor<'binding-refresh'>(running.store, 0), await itemsOf(user));
const statuses = async (answers: readonly Promise<ResponseParts>[]): Promise<number[]> =>
  (await Promise.all(answers)).map(({ status }) => status);

let users = 0;
async function newUser(): Promise<string> {
  users += 1;
  const user = `user${users}`;
  await addAccount(running.store, { device: `dev_${user}`, username: user });
  return user;
}

type Command = Parameters<Store['client']['send']>[0];
/** The store, whose commands pass through `send`. */
const storeWith = (send: (command: Command) => Promise<unknown>): Store => ({
  ...running.store,
  client: { send: send as Store['client']['send'] },
});

/** A store that holds batches of refreshes back until `open` is called. */
function gated() {
  const { promise: opened, resolve: open } = Promise.withResolvers<unknown>();
  const batches: number[] = [];
  const send = async (command: Command): Promise<unknown> => {
    if (command instanceof BatchWriteItemCommand) {
      batches.push(Object.values(command.input.RequestItems ?? {}).flat().length);
      await opened;
    }
    return running.store.client.send(command);
  };
  return { store: storeWith(send), batches, open: () => open(null) };
}

describe('a first contact', () => {
  const eventsOf = async (user: string) =>
    (
      await tableFor<'event@GSI1'>(running.store, 1_001).queryIndex(
        eventRow,
        'GSI1',
        eventsOfEntity(1_001, { type: 'device', id: `dev_${user}` }),
      )
    ).items.map(({ type }) => type);

  test('is bound without reading bindings if the state of its device is unregistered', async () => {
    const user = await newUser();
    const commands: string[] = [];
    const send = (command: Command): Promise<unknown> => {
      commands.push(command.constructor.name);
      return running.store.client.send(command);
    };
    const task = taskOf('task_a', storeWith(send));
    expect((await task.register(user, 1)).status).toBe(200);
    expect(commands.sort()).toEqual(['BatchGetItemCommand', 'GetItemCommand', 'TransactWriteItemsCommand']);
  });

  test('that is concurrent with another one is bound beside it, and the line is registered once', async () => {
    const [user, one, other] = [await newUser(), taskOf('task_a'), taskOf('task_b')];
    const answers = await Promise.all([
      one.register(user, 1),
      other.register(user, 1, { callId: 'other', host: '192.0.2.2' }),
    ]);
    expect([
      answers.map(({ status }) => status),
      answers
        .map(({ headers }) => headers?.all(header.contact))
        .map((contacts) => (Array.isArray(contacts) ? contacts.length : 0))
        .sort(),
    ]).toEqual([
      [200, 200],
      [1, 2],
    ]);
    expect([(await stored(user)).length, await eventsOf(user)]).toEqual([2, ['device.registered']]);
  });
});

test('only a task that is alone knows all bindings of a user name without reading them', async () => {
  const user = await newUser();
  const [alone, other] = [taskOf('alone', running.store, true), taskOf('other')];
  await alone.register(user, 1);
  expect(alone.registrar.knownBindings(user)).toMatchObject([{ sip_username: user, owner: 'alone' }]);
  expect([alone.registrar.knownBindings('none'), other.registrar.knownBindings(user)]).toEqual([undefined, undefined]);
});

describe('a refresh', () => {
  test('is stored beside its binding and takes precedence', async () => {
    const [user, task] = [await newUser(), taskOf('task_a')];
    await task.register(user, 1);
    task.after(60);
    expect((await task.register(user, 2)).status).toBe(200);
    const [item] = await itemsOf(user);
    expect(item).toMatchObject({ cseq: 1, expires_at: '2026-11-20T11:00:00.000Z' });
    expect(await stored(user)).toMatchObject([
      {
        cseq: 2,
        registered_at: '2026-11-20T10:00:00.000Z',
        refreshed_at: '2026-11-20T10:01:00.000Z',
        expires_at: '2026-11-20T11:01:00.000Z',
      },
    ]);
  });

  test('is answered when it is stored, and concurrent ones are stored in one batch', async () => {
    const { store, batches, open } = gated();
    const task = taskOf('task_a', store);
    const names = await Promise.all(Array.from({ length: 30 }, newUser));
    await Promise.all(names.map((user) => task.register(user, 1)));
    const answers = names.map((user) => task.register(user, 2));
    let isAnswered = false;
    void Promise.race(answers).then(() => (isAnswered = true));
    await eventually(() => batches.length >= 2);
    expect(isAnswered).toBe(false);
    open();
    expect(new Set(await statuses(answers))).toEqual(new Set([200]));
    expect(batches).toEqual([1, 25, 4]);
  });

  test('of a task that is alone reads no bindings, and knows the other ones of the user name', async () => {
    const user = await newUser();
    const commands: string[] = [];
    const send = (command: Command): Promise<unknown> => {
      commands.push(command.constructor.name);
      return running.store.client.send(command);
    };
    const task = taskOf('task_a', storeWith(send), true);
    await task.register(user, 1);
    await task.register(user, 1, { callId: 'other', host: '192.0.2.2' });
    task.after(60);
    commands.length = 0;
    const { headers } = await task.register(user, 2);
    const contacts = headers?.all(header.contact);
    expect([commands.sort(), Array.isArray(contacts) && contacts.length]).toEqual([
      ['BatchGetItemCommand', 'BatchWriteItemCommand', 'GetItemCommand'],
      2,
    ]);
  });

  test('of a binding that another task has taken over takes it back', async () => {
    const [user, one, other] = [await newUser(), taskOf('task_a'), taskOf('task_b')];
    await one.register(user, 1);
    const refreshes: [typeof one, number][] = [
      [one, 2],
      [other, 3],
      [other, 4],
    ];
    for (const [task, cseq] of refreshes) {
      for (const each of [one, other]) each.after(10);
      expect([(await task.register(user, cseq)).status, await stored(user)]).toMatchObject([
        200,
        [{ owner: task.id, cseq, refreshed_at: task.dependencies.now.toISOString() }],
      ]);
    }
    one.after(10);
    expect([(await one.register(user, 5)).status, await stored(user)]).toMatchObject([
      200,
      [{ owner: 'task_a', cseq: 5, refreshed_at: one.dependencies.now.toISOString() }],
    ]);
  });

  test('of a removed binding binds it again', async () => {
    const [user, task] = [await newUser(), taskOf('task_a')];
    await task.register(user, 1);
    const deletions = (await stored(user)).map((binding) =>
      remove<'binding', Pick<BindingItem, 'sip_username' | 'contact_key'>>(bindingRow, binding),
    );
    await commit(running.store, 1_001, deletions);
    task.after(60);
    expect([(await task.register(user, 2)).status, await stored(user)]).toMatchObject([
      200,
      [{ cseq: 2, registered_at: '2026-11-20T10:01:00.000Z' }],
    ]);
  });

  test('of another task is not overwritten by an earlier one', async () => {
    const [user, one] = [await newUser(), taskOf('task_a')];
    await one.register(user, 1);
    const { store, batches, open } = gated();
    const slow = taskOf('task_a', store);
    await slow.register(user, 2, { callId: 'other' });
    const refresh = slow.register(user, 3, { callId: 'other' });
    await eventually(() => batches.length === 1);
    expect((await taskOf('task_b').register(user, 4, { callId: 'other' })).status).toBe(200);
    open();
    expect([(await refresh).status, (await stored(user)).map(({ owner, cseq }) => [owner, cseq])]).toEqual([
      500,
      [['task_b', 4]],
    ]);
  });

  test('that arrives late is out of order, even if both are in progress at the same time', async () => {
    const [user, task] = [await newUser(), taskOf('task_a')];
    await task.register(user, 1);
    expect(
      await statuses([task.register(user, 2), task.register(user, 4), task.register(user, 3), task.register(user, 5)]),
    ).toEqual([200, 200, 500, 200]);
    expect(await stored(user)).toMatchObject([{ cseq: 5 }]);
  });

  test('does not apply to a later binding of the same task', async () => {
    const [user, task] = [await newUser(), taskOf('task_a')];
    await task.register(user, 1);
    await task.register(user, 2);
    await task.register(user, 3, { expires: 0 });
    expect(await stored(user)).toEqual([]);
    await task.register(user, 1, { callId: 'new', expires: 120 });
    expect(await stored(user)).toMatchObject([{ cseq: 1, expires_at: '2026-11-20T10:02:00.000Z' }]);
  });

  test('after a restart of the phone is stored beside its binding, too, and CSeq counts from 1 again', async () => {
    const [user, task] = [await newUser(), taskOf('task_a')];
    await task.register(user, 7);
    for (const callId of ['second', 'third']) {
      task.after(60);
      expect(await statuses([task.register(user, 1, { callId })])).toEqual([200]);
      expect([(await itemsOf(user))[0], (await stored(user))[0]]).toMatchObject([
        { call_id: 'call', cseq: 7, registered_at: '2026-11-20T10:00:00.000Z' },
        { call_id: callId, cseq: 1, registered_at: task.dependencies.now.toISOString() },
      ]);
    }
    task.after(60);
    expect(
      await statuses([task.register(user, 1, { callId: 'third' }), task.register(user, 2, { callId: 'third' })]),
    ).toEqual([500, 200]);
    expect(await stored(user)).toMatchObject([{ cseq: 2, refreshed_at: task.dependencies.now.toISOString() }]);
  });

  test('after a restart is taken over, changed and removed like any other', async () => {
    const [user, one, other] = [await newUser(), taskOf('task_a'), taskOf('task_b')];
    await one.register(user, 7);
    one.after(60);
    await one.register(user, 1, { callId: 'second' });
    other.after(120);
    expect([(await other.register(user, 2, { callId: 'second' })).status, await stored(user)]).toMatchObject([
      200,
      [{ owner: 'task_b', cseq: 2, registered_at: '2026-11-20T10:01:00.000Z' }],
    ]);
    one.after(120);
    expect([(await one.register(user, 1, { callId: 'third' })).status, await stored(user)]).toMatchObject([
      200,
      [{ owner: 'task_a', cseq: 1, call_id: 'third' }],
    ]);
    one.after(60);
    await one.register(user, 1, { callId: 'fourth' });
    one.after(60);
    expect([(await one.register(user, 2, { callId: 'fourth', expires: 0 })).status, await stored(user)]).toEqual([
      200,
      [],
    ]);
  });

  test('after a restart does not outlive its time', async () => {
    const [user, task] = [await newUser(), taskOf('task_a')];
    await task.register(user, 7);
    task.after(60);
    await task.register(user, 1, { callId: 'second', expires: 120 });
    task.after(121);
    await task.registrar.expire();
    expect(await itemsOf(user)).toEqual([]);
  });

  test('prevents the expiry of its binding', async () => {
    const [user, idle, task] = [await newUser(), await newUser(), taskOf('task_a')];
    await Promise.all([task.register(user, 1, { expires: 120 }), task.register(idle, 1, { expires: 120 })]);
    task.after(60);
    await task.register(user, 2, { expires: 120 });
    task.after(61);
    await task.registrar.expire();
    expect([await stored(user), await stored(idle)]).toMatchObject([[{ cseq: 2 }], []]);
    task.after(60);
    await task.registrar.expire();
    expect(await stored(user)).toEqual([]);
  });

  test('that the store is too busy for fails alone', async () => {
    const [busy, user] = [await newUser(), await newUser()];
    const send = async (command: Command): Promise<unknown> => {
      if (!(command instanceof BatchWriteItemCommand)) return running.store.client.send(command);
      const items = Object.values(command.input.RequestItems ?? {}).flat();
      return {
        UnprocessedItems: {
          [running.store.tableName]: items.filter(({ PutRequest }) => PutRequest?.Item?.['sip_username']?.S === busy),
        },
      };
    };
    const task = taskOf('task_a', storeWith(send));
    await Promise.all([task.register(busy, 1), task.register(user, 1)]);
    const failed = expect(task.register(busy, 2)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect((await task.register(user, 2)).status).toBe(200);
    await failed;
  });
});

describe('an account', () => {
  const accountNamed = (username: string, more = {}) => accountOf({ username, ...more }).item;
  const away = '192.0.2.2';

  test('is where its contacts are registered at any task, from the response on and until they expire', async () => {
    const user = await newUser();
    const [here, other] = [taskOf('task_l1'), taskOf('task_l2')];
    const locate = (task: typeof here) =>
      Promise.all([home, `::ffff:${home}`, away].map((at) => task.registrar.locate(accountNamed(user), at)));
    expect(await locate(here)).toEqual(['nowhere', 'nowhere', 'nowhere']);
    expect((await here.register(user, 1)).status).toBe(200);
    expect(await locate(here)).toEqual(['here', 'here', 'elsewhere']);
    expect(await locate(other)).toEqual(['here', 'here', 'elsewhere']);
    here.after(3_601);
    expect(await locate(here)).toEqual(['nowhere', 'nowhere', 'nowhere']);
  });

  test('with the mark of the seller is at every address', async () => {
    const { registrar } = taskOf('task_l3');
    expect(await registrar.locate(accountNamed('marked', { calls_without_registration: true }), away)).toBe('here');
  });
});
