import { AppError } from '../../../shared/errors.ts';
import { all } from '../../../shared/dynamodb/all.ts';
import { unpacked } from '../../../shared/dynamodb/packed.ts';
import { row } from '../../../shared/dynamodb/row.ts';
import type { Table } from '../../../shared/dynamodb/table.ts';
import { change, create, unchanged, type Write } from '../../../shared/dynamodb/write.ts';
import { organizationText } from '../../../shared/schema/values.ts';
import type { CallWindow } from './call-rate.ts';
import type { PlanSource, StoredPlan } from './compiled-plans.ts';
import { emptyPlan } from './empty-plan.ts';
import { maxLoad, tooLargeBeside } from './pattern-load.ts';
import type { Plan, PlanChange, PlanEdit } from './plan.ts';

/** How a plan is stored: its head, its changes, and now and then the whole of it (dialplan.md, "The compiled plan"). */

/** What is read with every evaluation, and carried on by every save: so saves of one plan are serial. */
export type PlanHead = {
  /** The newest version; 0 before the first save. */
  readonly version: number;
  /** Policies of the organization, whatever their status. */
  readonly policies: number;
  /** What the patterns of the active ones come to (`policyLoad`); heads of earlier releases have none. */
  readonly load?: number;
  /** The newest plan that is stored whole, in so many parts; those of earlier releases are not packed. */
  readonly snapshot?: { readonly version: number; readonly parts: number; readonly packed?: boolean };
};

export const noHead: PlanHead = { version: 0, policies: 0 };

/** `planhead#1001` */
export const planHeadRow = row<'planhead', PlanHead, object>('planhead', { sort: () => 'head' });

const digits = 10;
/** Versions in order. */
const padded = (version: number): string => String(version).padStart(digits, '0');

/** Changes after which a plan is stored whole again: what a cold evaluator reads beside the snapshot, about. */
const foldedEvery = 500;
export const foldPartition = ['fold'] as const;

type StoredChange = PlanChange & { readonly org_id: number };

/** `planchange#1001` by version: the plan is the sequence of these. GSI2: those with which it is to be folded. */
export const planChangeRow = row<'planchange', StoredChange, { readonly version: number }>('planchange', {
  sort: ({ version }) => padded(version),
  index2: ({ org_id: organization, version }) =>
    version % foldedEvery === 0 ? { partition: foldPartition, sort: `${organization}#${padded(version)}` } : undefined,
});

/** A piece of a plan's JSON, as it is packed. */
type PlanPart = { readonly version: number; readonly part: number; readonly bytes: Uint8Array };

/** `plan#1001` by version and part. */
export const planPartRow = row<'plan', PlanPart, { readonly version: number; readonly part: number }>('plan', {
  sort: ({ version, part }) => `${padded(version)}#${String(part).padStart(6, '0')}`,
});

/** Sort keys of the parts of all snapshots before a version. */
export const partsBefore = (version: number): readonly [string, string] => [padded(0), padded(version)];

/** `callrate#1001#pol_…`: the calls of a policy with a rate limit. */
export const callRateRow = row<
  'callrate',
  CallWindow & { readonly policy: string },
  { readonly policy: string },
  { readonly policy: string }
>('callrate', {
  partition: ({ policy }) => [policy],
  sort: () => 'window',
});

/** dialplan.md, Patterns: whatever their status. */
const maxPolicies = 10_000;

/** Tells of a new version: a recorder of the organization's events, as far as plans need one. */
export type Publisher = (
  type: 'plan.published',
  details: {
    readonly entity: { readonly type: 'org'; readonly id: string };
    readonly description: string;
    readonly fields: { readonly plan_version: string };
  },
) => Write<'event:plan.published'>;

/**
 * A plan as whoever changes it reads it, before everything else: what is read afterwards then holds until the commit.
 */
export type PlanRead = { readonly organization: number; readonly head: PlanHead; readonly publish: Publisher };

export const planRead = async (
  table: Pick<Table<'planhead'>, 'organization' | 'get'>,
  publish: Publisher,
): Promise<PlanRead> => ({
  organization: table.organization,
  head: (await table.get(planHeadRow, {})) ?? noHead,
  publish,
});

/** What an edit adds to the plan, or takes from it: policies, whatever their status, and what patterns come to. */
type Growth = { readonly policies?: -1 | 0 | 1; readonly load?: number };

/**
 * The writes by which an edit becomes the plan's next version, and are told of; stale if the head has moved since it
 * was read.
 * @throws AppError LIMIT_EXCEEDED, or INVALID_PATTERN for one that is too large beside the others
 */
export function appended(
  { organization, head, publish }: PlanRead,
  edit: PlanEdit,
  { policies = 0, load = 0 }: Growth = {},
): readonly Write<'planhead' | 'planchange' | 'event:plan.published'>[] {
  if (policies > 0 && head.policies >= maxPolicies)
    throw new AppError('LIMIT_EXCEEDED', `The organization may have ${maxPolicies} policies`);
  if (load > 0 && (head.load ?? 0) + load > maxLoad) throw tooLargeBeside('conditions.pattern');
  const version = head.version + 1;
  return [
    // Where a head of an earlier release had none, what is taken away was never added.
    change(
      planHeadRow,
      {},
      { set: { version }, add: { policies, load: Math.max(load, -(head.load ?? 0)) }, onlyIf: stillNewest(head) },
    ),
    create(planChangeRow, { ...edit, version, org_id: organization }),
    publish('plan.published', {
      entity: { type: 'org', id: organizationText(organization) },
      description: `Dial plan published as version ${version}`,
      fields: { plan_version: String(version) },
    }),
  ];
}

const stillNewest = ({ version }: PlanHead) =>
  version === 0
    ? { expression: 'attribute_not_exists(#version)', names: { '#version': 'version' } }
    : { expression: '#version = :read', names: { '#version': 'version' }, values: { ':read': version } };

/** For whoever decides by what is saved with the plan, and adds nothing to it. */
export const planAsRead = ({ head }: PlanRead): Write<'planhead'> => unchanged(planHeadRow, {}, stillNewest(head));

type PlanTable = Pick<Table<'planhead' | 'planchange' | 'plan'>, 'organization' | 'get' | 'getAll' | 'query'>;

/** Reads a plan as it is stored, strongly consistent. @param head if it has been read already */
export const planSource = (table: PlanTable, head?: PlanHead): PlanSource => ({
  stored: () => storedPlan(table, head),
  changesBehind: (version) => changesBehind(table, version),
});

const changesBehind = (table: PlanTable, version: number): Promise<readonly PlanChange[]> =>
  all((after) =>
    table.query(planChangeRow, {}, { order: 'asc', between: [padded(version + 1), '9'.repeat(digits)], ...after }),
  );

/** Snapshots that are replaced while they are read, one after the other; more says that parts are missing. */
const maxReadings = 5;

/** The snapshot and the changes behind it, which are read at once. */
async function storedPlan(table: PlanTable, known: PlanHead | undefined): Promise<StoredPlan> {
  let head = known;
  for (let reading = 1; reading <= maxReadings; reading += 1) {
    head ??= (await table.get(planHeadRow, {})) ?? noHead;
    const { snapshot: of = noSnapshot } = head;
    const [snapshot, changes] = await Promise.all([snapshotOf(table, of), changesBehind(table, of.version)]);
    if (snapshot !== null) return { snapshot, changes };
    head = undefined;
  }
  throw new Error(`the plan of organization ${table.organization} lacks parts`);
}

const noSnapshot: NonNullable<PlanHead['snapshot']> = { version: 0, parts: 0 };

/** Null where parts of it have gone: there is a newer one. */
async function snapshotOf(
  table: PlanTable,
  { version, parts, packed = false }: NonNullable<PlanHead['snapshot']>,
): Promise<Plan | null> {
  if (parts === 0) return emptyPlan;
  const found = await table.getAll(
    planPartRow,
    Array.from({ length: parts }, (_, part) => ({ version, part })),
  );
  const pieces = found.flatMap((part) => part?.bytes ?? []);
  if (pieces.length < parts) return null;
  const bytes = Buffer.concat(pieces);
  // What was written from a plan is a plan; one that was written before plans had some part has none of it.
  return { ...emptyPlan, ...(JSON.parse(packed ? unpacked(bytes) : bytes.toString()) as Plan) };
}
