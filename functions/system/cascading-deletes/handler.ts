import { join } from 'node:path';
import type { EventType } from '#contract/events.ts';
import type { Table } from '#dynamodb/table.ts';
import type { Write } from '#dynamodb/write.ts';
import { consume, consumerDependencies, settleEach, type Delivery } from '#runtime/consume.ts';
import { assetsIn } from '#runtime/assets.ts';
import type { BackgroundContext } from '#runtime/background-context.ts';
import type { CascadeStep } from '#runtime/cascade.ts';
import { storedCascade, type CascadingResource } from '#runtime/stored-cascade.ts';
import { cascadingDeletes, deletionMessage, type DeletionMessage } from './contract.ts';

/** Milliseconds of work after which the message is sent again for the rest, well within the function's time-out. */
const workingTime = 40_000;

/** Thrown when the working time is over. */
class Unfinished extends Error {
  override name = 'Unfinished';
}

/** What a contract declares of cascades: a plain value, which the build derives (`derived.ts`). */
export type DeclaredCascades = {
  /** Folder of the area. */
  readonly area: string;
  readonly folder: string;
  readonly events: readonly EventType[];
  /** Of a stored resource. */
  readonly stored?: CascadingResource;
};

/** A folder whose contract declares cascades, and how its `cascade.ts` is loaded. */
export type CascadeFolder = {
  readonly events: readonly EventType[];
  readonly load: () => Promise<CascadeModule>;
};

/**
 * What `cascade.ts` exports, whatever its contract declares: IAM limits what the steps may do, each step's type said so
 * before.
 */
type CascadeModule = { readonly cascade: Readonly<Partial<Record<string, readonly CascadeStep[]>>> };

/** The bundler takes in every file that these paths can name. Those of this area have no other name for Vite. */
const loadCascade = (area: string, folder: string): Promise<CascadeModule> =>
  area === 'system'
    ? (import(`../${folder}/cascade.ts`) as Promise<CascadeModule>)
    : (import(`../../${area}/${folder}/cascade.ts`) as Promise<CascadeModule>);

/** Steps of a stored resource follow from its declaration; others are loaded from its folder. */
export const cascadeFolders = (declared: readonly DeclaredCascades[]): readonly CascadeFolder[] =>
  declared.map(({ area, folder, events, stored }) => ({
    events,
    load: stored === undefined ? () => loadCascade(area, folder) : async () => ({ cascade: storedCascade(stored) }),
  }));

type Context = BackgroundContext<typeof cascadingDeletes> & { readonly folders: () => readonly CascadeFolder[] };

async function stepsOf(folders: readonly CascadeFolder[], event: string): Promise<readonly CascadeStep[]> {
  const concerned = folders.filter(({ events }) => events.some((type) => type === event));
  const modules = await Promise.all(concerned.map(({ load }) => load()));
  return modules.flatMap(({ cascade }) => cascade[event] ?? []);
}

/** Commits slices until there is none left. @throws Unfinished when the working time is over */
async function drain(
  slice: () => Promise<readonly Write[]>,
  end: number,
  { context, table }: { readonly context: Context; readonly table: Table },
): Promise<void> {
  for (let count = 1; count > 0;) {
    if (context.clock().getTime() > end) throw new Unfinished();
    await context.transact(table.organization, async () => {
      const writes = await slice();
      count = writes.length;
      return writes;
    });
  }
}

/** Runs every step for an event in an organization. */
async function runCascades({ org_id: organization, type, id }: DeletionMessage, context: Context): Promise<void> {
  const end = context.clock().getTime() + workingTime;
  const table = context.tableOf(organization);
  const run = async (event: string, subject: string): Promise<void> => {
    for (const step of await stepsOf(context.folders(), event)) {
      const slice = () =>
        step(subject, { table, now: context.clock(), record: context.recorderOf(organization), cascade: run });
      await drain(slice, end, { context, table });
    }
  };
  await run(type, id);
}

async function deleteCascading({ message }: Delivery<DeletionMessage>, context: Context): Promise<void> {
  try {
    await runCascades(message, context);
  } catch (error) {
    if (!(error instanceof Unfinished)) throw error;
    const { org_id, type, id } = message;
    await context.queues.send('consequences', [
      deletionMessage({ org_id, type, entity: { id }, data: {}, changes: null }),
    ]);
  }
}

const builtFolders = (): (() => readonly CascadeFolder[]) => {
  const assets = assetsIn(join(import.meta.dirname, 'assets'));
  return () => cascadeFolders(assets.json('cascades.json') as readonly DeclaredCascades[]);
};

/** @param folders the folders whose cascades run; default: those that the build has found */
export const cascadingDeletesHandler = (dependencies = consumerDependencies(), folders = builtFolders()) =>
  consume(
    cascadingDeletes,
    (deliveries: readonly Delivery<DeletionMessage>[], context) =>
      settleEach(deleteCascading)(deliveries, { ...context, folders }),
    dependencies,
  );

export const handler = cascadingDeletesHandler();
