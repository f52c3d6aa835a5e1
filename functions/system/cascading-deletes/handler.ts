import type { WriteName } from '../../../shared/contract/effects.ts';
import type { EffectOf } from '../../../shared/contract/resource.ts';
import type { BackgroundContext } from '../../../shared/runtime/background-context.ts';
import type { Write } from '../../../shared/dynamodb/write.ts';
import { consume, consumerDependencies, each, type Delivery } from '../../../shared/queue/consume.ts';
import { removalConsumer, removalMessage, type RemovalMessage } from './contract.ts';
import {
  bindingsLeft,
  devicesLeft,
  devicesOfUserLeft,
  dialplanLeft,
  gatewaysByTrunkLeft,
  gatewaysLeft,
  groupsLeft,
  keptDevicesLeft,
  keysLeft,
  membershipsLeft,
  membersLeft,
  numbersLeft,
  rolesLeft,
  routesLeft,
  sessionsLeft,
  simsLeft,
  simsOfUserLeft,
  usersLeft,
} from './store.ts';

type RemovalContext = BackgroundContext<typeof removalConsumer>;
type Removing = Write<WriteName<EffectOf<typeof removalConsumer>>>;

/** Milliseconds of work after which a message is sent again for the rest, well within the time-out. */
const shift = 40_000;

/** Thrown when the shift is over. */
class Unfinished extends Error {
  override name = 'Unfinished';
}

/** Removes a slice after the other in the organization, until none is left. */
type Drain = (left: () => Promise<readonly Removing[]>) => Promise<void>;

const drainUntil =
  (end: number, organization: number, { transact, clock }: RemovalContext): Drain =>
  async (left) => {
    for (let found = 1; found > 0;) {
      if (clock().getTime() > end) throw new Unfinished();
      await transact(organization, async () => {
        const writes = await left();
        found = writes.length;
        return writes;
      });
    }
  };

type Table = ReturnType<RemovalContext['tableOf']>;

async function removeUser(table: Table, drain: Drain, id: string): Promise<void> {
  await drain(() => sessionsLeft(table, id));
  await drain(() => membershipsLeft(table, id));
  await drain(() => keysLeft(table, id));
  await drain(() => devicesOfUserLeft(table, id));
  await drain(() => simsOfUserLeft(table, id));
}

/** What a deletion that numbers may lead to leaves behind. */
async function unroute(
  table: Table,
  drain: Drain,
  { thing, context }: { readonly thing: string; readonly context: RemovalContext },
): Promise<void> {
  await drain(async () =>
    (await routesLeft(table, thing, context.clock().toISOString())).flatMap(({ number, write }) => [
      write,
      context.recorderOf(table.organization)('number.route_cleared', {
        entity: { type: 'number', id: number.id },
        description: `Number ${number.number} led to what was deleted`,
        fields: { route: number.route },
      }),
    ]),
  );
}

async function releaseNumbers(table: Table, drain: Drain, context: RemovalContext): Promise<void> {
  await drain(async () =>
    (await numbersLeft(table, context.clock().toISOString())).flatMap(({ number, writes }) => [
      ...writes,
      context.recorderOf(table.organization)('number.released', {
        entity: { type: 'number', id: number.id },
        description: `Number ${number.number} released`,
      }),
    ]),
  );
}

/** A trunk disables few gateways in its own transaction, and leaves the others. */
const disableGateways = (
  table: Table,
  drain: Drain,
  trunk: string,
  { clock, recorderOf }: RemovalContext,
): Promise<void> =>
  drain(async () => {
    const record = recorderOf(table.organization);
    const { disabled, writes } = await gatewaysByTrunkLeft(table, trunk, { now: clock().getTime(), publish: record });
    return [
      ...writes,
      ...disabled.map(({ before, after }) =>
        record('gateway.updated', {
          entity: { type: 'gateway', id: after.id },
          description: `Gateway ${after.name} disabled, as its trunk was deleted`,
          before,
          after,
        }),
      ),
    ];
  });

/** What is known by a user or group goes before it, as nothing else would name it. */
async function removeOrganization(table: Table, drain: Drain): Promise<void> {
  await drain(async () => {
    const { ids, writes } = await usersLeft(table);
    for (const id of ids) await removeUser(table, drain, id);
    return writes;
  });
  await drain(async () => {
    const { ids, writes } = await groupsLeft(table);
    for (const id of ids) await drain(() => membersLeft(table, id));
    return writes;
  });
  await drain(async () => {
    const { ids, writes } = await devicesLeft(table);
    for (const id of ids) await drain(() => bindingsLeft(table, id));
    return writes;
  });
  await drain(() => keptDevicesLeft(table));
  await drain(() => simsLeft(table));
  await drain(() => gatewaysLeft(table));
  await drain(() => rolesLeft(table));
  await drain(() => dialplanLeft(table));
}

/** What numbers call the things that they lead to. */
const routed: Readonly<Partial<Record<RemovalMessage['type'], string>>> = {
  'user.deleted': 'user',
  'group.deleted': 'policy_group',
  'device.deleted': 'device',
  'trunk.deleted': 'trunk',
};

async function removeRemains({ message }: Delivery<RemovalMessage>, context: RemovalContext): Promise<void> {
  const { org_id: organization, type, id } = message;
  const table = context.tableOf(organization);
  const drain = drainUntil(context.clock().getTime() + shift, organization, context);
  try {
    const thing = routed[type];
    if (thing !== undefined) await unroute(table, drain, { thing: `${thing}/${id}`, context });
    switch (type) {
      case 'user.deleted':
        await removeUser(table, drain, id);
        return;
      case 'group.deleted':
        await drain(() => membersLeft(table, id));
        return;
      case 'device.deleted':
        await drain(() => bindingsLeft(table, id));
        return;
      case 'trunk.deleted':
        await disableGateways(table, drain, id, context);
        return;
      case 'org.closed':
        await removeOrganization(table, drain);
        await releaseNumbers(table, drain, context);
    }
  } catch (error) {
    if (!(error instanceof Unfinished)) throw error;
    await context.queues.send('removals', [removalMessage({ org_id: organization, type, entity: { id } })]);
  }
}

/** @param outside what the function touches; tests bring their own */
export const removalHandler = (dependencies = consumerDependencies()) =>
  consume(removalConsumer, each(removeRemains), dependencies);

export const handler = removalHandler();
