import { AppError } from '#errors.ts';
import { readToEnd } from '#dynamodb/read-to-end.ts';
import { decompressText } from '#dynamodb/compression.ts';
import { row } from '#dynamodb/row.ts';
import type { Table } from '#dynamodb/table.ts';
import { change, create, checkCondition, type Write } from '#dynamodb/write.ts';
import { organizationText } from '#schema/values.ts';
import type { CallWindow } from './call-rate.ts';
import type { PlanSource, StoredPlan } from './plan-cache.ts';
import { emptyPlan } from './plan-change.ts';
import { maxLoad, maxPolicies, patternTooLarge, applyChanges } from './plan-change.ts';
import type { Plan, PlanChange, PlanEdit } from './plan.ts';

/** How a plan is stored: a head, changes, and a snapshot (functions/dialplan/README.md, "Storage"). */

/** The head of a plan. Every evaluation reads it and every save advances it, so the saves of one plan are serial. */
export type PlanHead = {
  /** The newest version; 0 before the first save. */
  readonly version: number;
  /** Number of policies of the organization, whatever their status. */
  readonly policies: number;
  /** Load of the patterns of the active policies (`policyLoad`); absent in heads of earlier releases. */
  readonly load?: number;
  /** The newest snapshot and the number of its parts; snapshots of earlier releases are not packed. */
  readonly snapshot?: { readonly version: number; readonly parts: number; readonly packed?: boolean };
};

export const noHead: PlanHead = { version: 0, policies: 0 };

/** `planhead#1001`. Each change of policies, template, groups or gateways writes it, one at a time. */
export const planHeadRow = row<'planhead', PlanHead, object>('planhead', { inTurn: true, sort: () => 'head' });

const digits = 10;
/** 10 digits, so that versions sort as text. */
const padVersion = (version: number): string => String(version).padStart(digits, '0');

/** Changes between two compactions: about as many as a cold evaluator reads beside the snapshot. */
const compactionInterval = 500;
export const compactionPartition = ['fold'] as const;

type StoredChange = PlanChange & { readonly org_id: number };

/** `planchange#1001` by version. GSI2: the changes after which the plan is due for compaction. */
export const planChangeRow = row<'planchange', StoredChange, { readonly version: number }>('planchange', {
  unsharded: 'the index gets one of 500 saves',
  sort: ({ version }) => padVersion(version),
  index2: ({ org_id: organization, version }) =>
    version % compactionInterval === 0
      ? { partition: compactionPartition, sort: `${organization}#${padVersion(version)}` }
      : undefined,
});

/** A part of the packed JSON of a snapshot. */
type PlanPart = { readonly version: number; readonly part: number; readonly bytes: Uint8Array };

/** `plan#1001` by version and part. */
export const planPartRow = row<'plan', PlanPart, { readonly version: number; readonly part: number }>('plan', {
  sort: ({ version, part }) => `${padVersion(version)}#${String(part).padStart(6, '0')}`,
});

/** Sort keys of the parts of all snapshots before a version. */
export const partsBefore = (version: number): readonly [string, string] => [padVersion(0), padVersion(version)];

/**
 * `callrate#1001#pol_…`: the calls of a policy with a rate limit. One write per call, and from 10,000 calls a minute on
 * one per block of calls.
 */
export const callRateRow = row<
  'callrate',
  CallWindow & { readonly policy: string },
  { readonly policy: string },
  { readonly policy: string }
>('callrate', {
  afterClosing: 'one small item for each policy that had a rate limit',
  partition: ({ policy }) => [policy],
  sort: () => 'window',
});

/** Records the event of a new version. */
export type Publisher = (
  type: 'plan.published',
  details: {
    readonly entity: { readonly type: 'org'; readonly id: string };
    readonly description: string;
    readonly fields: { readonly plan_version: string };
  },
) => Write<'event:plan.published'>;

/** The version that a change is based on. A change reads it first, so that all later reads hold until the commit. */
export type PlanBase = { readonly organization: number; readonly head: PlanHead; readonly publish: Publisher };

export const readPlan = async (
  table: Pick<Table<'planhead'>, 'organization' | 'get'>,
  publish: Publisher,
): Promise<PlanBase> => ({
  organization: table.organization,
  head: (await table.get(planHeadRow, {})) ?? noHead,
  publish,
});

/** By how much an edit changes the number of policies and the load of the patterns. */
type Growth = { readonly policies?: -1 | 0 | 1; readonly load?: number };

/**
 * The writes that make an edit the next version of the plan. They are stale if the head has moved since it was read.
 * @throws AppError LIMIT_EXCEEDED for a policy too many, INVALID_PATTERN for a pattern that exceeds the load
 */
export function planEditWrites(
  { organization, head, publish }: PlanBase,
  edit: PlanEdit,
  { policies = 0, load = 0 }: Growth = {},
): readonly Write<'planhead' | 'planchange' | 'event:plan.published'>[] {
  if (policies > 0 && head.policies >= maxPolicies)
    throw new AppError('LIMIT_EXCEEDED', `The organization may have ${maxPolicies} policies`);
  if (load > 0 && (head.load ?? 0) + load > maxLoad) throw patternTooLarge('conditions.pattern');
  const version = head.version + 1;
  // A head of an earlier release has no load, so that more may be subtracted than was ever added.
  const added = { policies, load: Math.max(load, -(head.load ?? 0)) };
  return [
    change(planHeadRow, {}, { set: { version }, add: added, onlyIf: isNewest(head) }),
    create(planChangeRow, { ...edit, version, org_id: organization }),
    publish('plan.published', {
      entity: { type: 'org', id: organizationText(organization) },
      description: `Dial plan published as version ${version}`,
      fields: { plan_version: String(version) },
    }),
  ];
}

const isNewest = ({ version }: PlanHead) =>
  version === 0
    ? { expression: 'attribute_not_exists(#version)', names: { '#version': 'version' } }
    : { expression: '#version = :read', names: { '#version': 'version' }, values: { ':read': version } };

/** For a change that depends on the plan without an edit: fails if the head has moved since it was read. */
export const planUnchangedWrite = ({ head }: PlanBase): Write<'planhead'> =>
  checkCondition(planHeadRow, {}, isNewest(head));

type PlanTable = Pick<Table<'planhead' | 'planchange' | 'plan'>, 'organization' | 'get' | 'getAll' | 'query'>;

/** Reads a stored plan, strongly consistent. @param head if it has been read already */
export const planSource = (table: PlanTable, head?: PlanHead): PlanSource => ({
  load: () => loadStoredPlan(table, head),
  changesAfter: (version) => changesAfter(table, version),
});

const changesAfter = (table: PlanTable, version: number): Promise<readonly PlanChange[]> =>
  readToEnd((after) =>
    table.query(planChangeRow, {}, { order: 'asc', between: [padVersion(version + 1), '9'.repeat(digits)], ...after }),
  );

/** Each attempt beyond the first means that a compaction replaced the snapshot during the read. */
const maxAttempts = 5;

/** The snapshot and the changes after it, which are read in parallel. */
async function loadStoredPlan(table: PlanTable, known: PlanHead | undefined): Promise<StoredPlan> {
  let head = known;
  for (let attempt = 1; attempt <= maxAttempts; attempt += 1) {
    head ??= (await table.get(planHeadRow, {})) ?? noHead;
    const { snapshot: of = noSnapshot } = head;
    const [snapshot, changes] = await Promise.all([loadSnapshot(table, of), changesAfter(table, of.version)]);
    if (snapshot !== null) return { snapshot, changes };
    head = undefined;
  }
  throw new Error(`the plan of organization ${table.organization} lacks parts`);
}

/** The plan as an edit that is not saved yet would leave it. @param head if it has been read already */
export async function readEditedPlan(table: PlanTable, edit: PlanEdit, head?: PlanHead): Promise<Plan> {
  const { snapshot, changes } = await loadStoredPlan(table, head);
  const version = (changes.at(-1)?.version ?? snapshot.version) + 1;
  const plan = applyChanges(snapshot, [...changes, { ...edit, version }]);
  if (plan === null) throw new Error(`the plan of organization ${table.organization} lacks changes`);
  return plan;
}

const noSnapshot: NonNullable<PlanHead['snapshot']> = { version: 0, parts: 0 };

/** Null if parts are missing, because a newer snapshot has replaced this one. */
async function loadSnapshot(
  table: PlanTable,
  { version, parts, packed = false }: NonNullable<PlanHead['snapshot']>,
): Promise<Plan | null> {
  if (parts === 0) return emptyPlan;
  const found = await table.getAll(
    planPartRow,
    Array.from({ length: parts }, (_part, part) => ({ version, part })),
  );
  const pieces = found.flatMap((part) => part?.bytes ?? []);
  if (pieces.length < parts) return null;
  const bytes = Buffer.concat(pieces);
  // The bytes were written from a plan. A snapshot of an earlier release may lack fields of a plan; they are empty.
  return { ...emptyPlan, ...(JSON.parse(packed ? decompressText(bytes) : bytes.toString()) as Plan) };
}
