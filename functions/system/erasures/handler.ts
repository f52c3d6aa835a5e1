import { maximumReceives } from '#contract/queues.ts';
import { AppError } from '#errors.ts';
import { objectsFromEnvironment } from '#objects/objects.ts';
import {
  consume,
  consumerDependencies,
  settleEach,
  type ConsumerDependencies,
  type Delivery,
} from '#runtime/consume.ts';
import type { BackgroundContext } from '#runtime/background-context.ts';
import { runTurn } from '#runtime/turns.ts';
import { erasureReportKey } from '#schema/object-key.ts';
import { sealsFrom, type Macs } from '#secrets/seals.ts';
import { secretsFromEnvironment } from '#secrets/secrets.ts';
import { archiveSigner, type ArchiveSigner } from '#signing/archive-signer.ts';
import { second } from '#schema/time.ts';
import { holdsOn, whileHoldsStay } from '#dynamodb/rows/legal-hold.ts';
import type { ErasedPerson } from '#schema/erased-person.ts';
import { erasureMessage, erasures, type ErasureMessage } from './contract.ts';
import {
  afterPage,
  endErasure,
  endEvent,
  newErasure,
  nextPartKey,
  partText,
  reportOf,
  type Erasure,
} from './erasure.ts';
import { openErasure } from './page-steps.ts';
import { archiveStep } from './archive-steps.ts';
import { erasureStore, saveWrites } from './store.ts';
import { forgetPerson, type ForgetContext } from '../../platform/rows/person-key.ts';

type Forgetting = {
  readonly context: BackgroundContext<typeof erasures>;
  readonly seals: ForgetContext['seals'];
};

/**
 * The event log forgets a person: the key of its pseudonyms is deleted. Any hold on the event log keeps all keys, as
 * entries name several persons, and what is held must be readable. May be repeated.
 * @returns what has become of the person, or would without erasing
 */
export async function forgetInEventLog(
  organization: number,
  person: ErasedPerson,
  erase: boolean,
  { context, seals }: Forgetting,
): Promise<Erasure['event_log']> {
  const { tableOf, transact, clock } = context;
  const holds = await holdsOn(tableOf(organization), 'eventlog');
  if (holds.active.length > 0) return 'held';
  if (!erase) return 'forgotten';
  await forgetPerson(organization, 'number' in person ? person.number : person.user_id, {
    tableOf,
    seals,
    clock,
    // Stale if a hold was placed since: then the message comes again, and the hold is seen.
    transact: (of, decide) => transact(of, async () => [whileHoldsStay(holds), ...(await decide())]),
  });
  return 'forgotten';
}

type Background = BackgroundContext<typeof erasures>;
type Jobs = Background & { readonly seals: Macs; readonly signer: ArchiveSigner };

/** Milliseconds for which a turn begins pages. */
const workingTime = 15 * second;
/** Milliseconds after which another process may take over. */
const turnTtl = 30 * second;

/** How an erasure deletes records: their events name no person. */
const erasingIn = (organization: number, { clock, recorderOf }: Jobs) => ({
  now: clock(),
  record: recorderOf(organization),
  why: ': a person is erased',
  forever: true,
});

/** What a turn has done: the erasure as it is stored and counted, and whether it is over. */
type Worked = { readonly erasure: Erasure; readonly isDone: boolean; readonly failure: string | null };

/**
 * Erases the person from one page, in one transaction with the progress: after a crash the erasure goes on where it
 * was, and counts nothing twice. The records are in the report before they are gone. If a hold was placed or a record
 * changed since it was read, the page is read again.
 * @returns the erasure after it; null if everything is read
 */
async function erasePage(
  organization: number,
  erasure: Erasure,
  { read, context }: { readonly read: ReturnType<typeof openErasure>; readonly context: Jobs },
): Promise<Erasure | null> {
  let after: Erasure | null = null;
  await context.transact(organization, async () => {
    const page = await read(erasure);
    after = page === null ? null : afterPage(erasure, page.reportLines, page.next);
    if (page === null || after === null || page.reportLines.length === 0) return [];
    const body = Buffer.from(partText(page.reportLines));
    await context.objects.put({ bucket: 'exports', key: nextPartKey(organization, erasure) }, body);
    const writes = erasure.erase ? page.writes(erasingIn(organization, context)) : [];
    return writes.length === 0 ? [] : [...writes, ...saveWrites(erasure, after)];
  });
  return after;
}

/** Whether the person may not be erased yet: the account of a user is deleted first. */
const hasAccount = async ({ org_id, person, erase }: ErasureMessage, context: Jobs): Promise<boolean> =>
  erase && 'user_id' in person && (await erasureStore(context.tableOf(org_id)).userExists(person.user_id));

/** Writes the end of the report. May be repeated. */
async function writeReport(organization: number, erasure: Erasure, { objects }: Jobs): Promise<Worked> {
  const body = Buffer.from(JSON.stringify(reportOf(organization, erasure)));
  await objects.put({ bucket: 'exports', key: erasureReportKey(organization, erasure.id) }, body);
  return { erasure, isDone: true, failure: null };
}

/** Works on the live records until none is left, then on the archives: one step of these in a turn. */
async function workOn(message: ErasureMessage, erasure: Erasure, context: Jobs): Promise<Worked> {
  const { org_id: organization, person } = message;
  if (erasure.status === 'ended') return writeReport(organization, erasure, context);
  if (await hasAccount(message, context)) return { erasure, isDone: true, failure: 'USER_EXISTS' };
  const deadline = context.clock().getTime() + workingTime;
  const { environment, signer } = context;
  const read = openErasure({ table: context.tableOf(organization), environment, person });
  let worked = erasure;
  do {
    const next = await erasePage(organization, worked, { read, context });
    if (next === null) {
      const archived = await archiveStep(worked, { organization, person, context, signer });
      if (!archived.archives.isDone) return { erasure: archived, isDone: false, failure: null };
      const event_log = await forgetInEventLog(organization, person, archived.erase, { context, seals: context.seals });
      return { erasure: { ...archived, event_log }, isDone: true, failure: null };
    }
    worked = next;
  } while (context.clock().getTime() < deadline);
  return { erasure: worked, isDone: false, failure: null };
}

/** Ends an erasure: its result is an event if anything could be erased. */
const endWrites = (organization: number, read: Erasure, ended: Erasure, context: Jobs) => [
  ...saveWrites(read, ended),
  ...(ended.erase ? [context.recorderOf(organization)('archiving.person_erased', endEvent(ended))] : []),
];

function turnWrites(organization: number, read: Erasure, { erasure, isDone, failure }: Worked, context: Jobs) {
  if (!isDone) return saveWrites(read, { ...erasure, turn_until: 0 });
  if (erasure.status === 'ended') return saveWrites(read, { ...erasure, status: 'reported', turn_until: 0 });
  return endWrites(organization, read, endErasure(erasure, failure, context.clock()), context);
}

/** One turn of an erasure. The last one writes the end of the report. */
function runErasure(message: ErasureMessage, context: Jobs): Promise<void> {
  const { org_id: organization, erasure_id: id, erase } = message;
  return runTurn(
    {
      organization,
      read: async () =>
        (await erasureStore(context.tableOf(organization)).get(id)) ?? newErasure(id, erase, context.clock()),
      take: (erasure, turn) => {
        const taken = { ...erasure, ...turn };
        return erasure.status === 'reported' ? null : { taken, writes: saveWrites(erasure, taken) };
      },
      slice: (erasure) => workOn(message, erasure, context),
      end: async (erasure, worked: Worked) => ({
        writes: turnWrites(organization, erasure, worked, context),
        pause: worked.isDone && worked.erasure.status === 'ended' ? null : 0,
      }),
      again: (delay) => context.queues.send('jobs', [erasureMessage(message, delay)]),
    },
    turnTtl,
    context,
  );
}

/** Fails an erasure that fails repeatedly. What is erased stays erased; the report says what. */
async function failErasure(message: ErasureMessage, error: unknown, context: Jobs): Promise<void> {
  const { org_id: organization, erasure_id: id } = message;
  const store = erasureStore(context.tableOf(organization));
  if ((await store.get(id))?.status !== 'running') throw error;
  context.log.fault(error, id, 'erasing a person failed');
  await context.transact(organization, async () => {
    const erasure = await store.get(id);
    if (erasure?.status !== 'running') return [];
    const code = error instanceof AppError ? error.code : 'INTERNAL_ERROR';
    return endWrites(organization, erasure, endErasure(erasure, code, context.clock()), context);
  });
  await context.queues.send('jobs', [erasureMessage(message)]);
}

/** @param dependencies what the function reaches outside; tests pass their own */
export const erasuresHandler = (
  dependencies: ConsumerDependencies = {
    ...consumerDependencies(),
    objects: objectsFromEnvironment(),
    secrets: secretsFromEnvironment(),
  },
) => {
  if (dependencies.secrets === undefined) throw new Error('finding a number in the event log needs secrets');
  const seals = sealsFrom(dependencies.secrets);
  const signer = archiveSigner(dependencies.store, dependencies.secrets);
  return consume(
    erasures,
    settleEach(async ({ message, receives }: Delivery<ErasureMessage>, background: Background) => {
      const context = { ...background, seals, signer };
      await runErasure(message, context).catch((error: unknown) => {
        if (receives < maximumReceives) throw error;
        return failErasure(message, error, context);
      });
    }),
    dependencies,
  );
};

export const handler = erasuresHandler();
