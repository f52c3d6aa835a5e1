import type { ReadName } from '#contract/effects.ts';
import type { EffectOf } from '#contract/resource.ts';
import { readPages } from '#dynamodb/page.ts';
import { readToEnd } from '#dynamodb/read-to-end.ts';
import { prefetchByPathId } from '#dynamodb/prefetch.ts';
import { decrementCount, incrementCount } from '#dynamodb/rows/count.ts';
import { extensionWrites, releaseExtension } from '#dynamodb/rows/extension.ts';
import { fileReferenceRow, fileRow, referenceWrites, unreferenceWrites } from '#dynamodb/rows/file.ts';
import { readMailbox } from '#dynamodb/rows/mailbox.ts';
import { numberRow, numbersRoutedTo } from '#dynamodb/rows/number.ts';
import { userRow } from '#dynamodb/rows/user.ts';
import type { Table } from '#dynamodb/table.ts';
import { uniqueValues } from '#dynamodb/unique-values.ts';
import { change, create, overwrite, remove, removeIf, replace, type Write } from '#dynamodb/write.ts';
import type { FileReference } from '#schema/file.ts';
import { Schedule } from '#telephony/schedule.ts';
import { findOwnTemplate } from '#dynamodb/rows/email-template.ts';
import { policyRow } from '../../dialplan/rows/policy.ts';
import {
  callFlowNameRow,
  callFlowRow,
  callFlowVersionRow,
  foldedFlowName,
  keptVersions,
  readCallFlow,
} from '../rows/call-flow.ts';
import { blockedCallerRow } from '../rows/blocked-caller.ts';
import { ringGroupRow } from '../rows/ring-group.ts';
import { scheduleRow } from '../rows/schedule.ts';
import { flowLimits, type CallFlow, type FlowHead } from '../schema/call-flow.ts';
import { dependentBlocks, dependentGroups, flowTarget } from '../schema/dependent.ts';
import { headOf, maxShownReferences } from './call-flow.ts';
import type { callFlows } from './contract.ts';
import { idsOf, referencesIn, type Reference } from './flow-references.ts';

type Reads = Table<ReadName<EffectOf<typeof callFlows>>>;

/** A flow is read together with the session. */
export const prefetch = prefetchByPathId(callFlowRow);

const asIds = (ids: readonly string[]) => ids.map((id) => ({ id }));

/** The text parts of templates, by their ids, of those that have one. */
async function readTemplates(table: Reads, ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const found = await Promise.all(ids.map((id) => findOwnTemplate(table, id)));
  return new Map(found.flatMap((each) => (each?.text == null ? [] : [[each.id, each.text] as const])));
}

/** Which of the references exist, as `<kind> <id>`. */
async function readKnown(table: Reads, references: readonly Reference[]): Promise<ReadonlySet<string>> {
  const ids = (kind: Reference['kind']) => idsOf(references, kind);
  const [files, users, flows, schedules, groups, policies, numbers, mailboxes, templates] = await Promise.all([
    table.getAll(fileRow, asIds(ids('sound'))),
    table.getAll(userRow, asIds(ids('user'))),
    table.getAll(callFlowRow, asIds(ids('flow'))),
    table.getAll(scheduleRow, asIds(ids('schedule'))),
    table.getAll(ringGroupRow, asIds(ids('ring_group'))),
    table.getAll(policyRow, asIds(ids('policy'))),
    table.getAll(
      numberRow,
      ids('number').map((number) => ({ number })),
    ),
    Promise.all(ids('mailbox').map(async (mailbox) => ((await readMailbox(table, mailbox)) ? [mailbox] : []))),
    readTemplates(table, ids('template')),
  ]);
  const idsIn = (items: readonly ({ readonly id: string } | undefined)[]) => items.flatMap((item) => item?.id ?? []);
  const own = numbers.filter((number) => number?.state === 'active' && number.org_id === table.organization);
  const known: Readonly<Partial<Record<Reference['kind'], readonly string[]>>> = {
    sound: idsIn(files.filter((file) => file?.kind === 'sound' && file.content !== null)),
    user: idsIn(users),
    flow: idsIn(flows),
    policy: idsIn(policies),
    number: own.flatMap((number) => number?.number ?? []),
    mailbox: mailboxes.flat(),
    schedule: idsIn(schedules),
    ring_group: idsIn(groups),
    template: [...templates.keys()],
  };
  return new Set(Object.entries(known).flatMap(([kind, found]) => found.map((id) => `${kind} ${id}`)));
}

/** Most flows are never used by others, and are not asked for. */
const flowsWith = async (table: Reads, { id, reference_epoch: epoch }: FlowHead): Promise<readonly FileReference[]> =>
  epoch === undefined
    ? []
    : (await table.query(fileReferenceRow, { resource: id }, { limit: maxShownReferences, order: 'asc' })).items;

async function numbersWith(table: Reads, { id }: FlowHead): Promise<readonly FileReference[]> {
  const partition = numbersRoutedTo(table.organization, `flow/${id}`);
  const { items } = await table.queryIndex(numberRow, 'GSI2', partition, { limit: maxShownReferences });
  return items.map((number) => ({ type: 'number', id: number.number }));
}

async function groupsWith(table: Reads, head: FlowHead): Promise<readonly FileReference[]> {
  const groups = await readToEnd((after) => table.query(ringGroupRow, {}, after));
  return dependentGroups(flowTarget(head), groups).map(({ id }) => ({ type: 'ringgroup', id }));
}

async function blocksWith(table: Reads, head: FlowHead): Promise<readonly FileReference[]> {
  const blocked = await readToEnd((after) => table.query(blockedCallerRow, {}, after));
  return dependentBlocks(flowTarget(head), blocked).map(({ id }) => ({ type: 'blockedcaller', id }));
}

export const callFlowStore = (table: Reads) => ({
  head: (id: string) => table.get(callFlowRow, { id }),
  flow: (id: string, version?: number) => readCallFlow(table, id, version),
  page: readPages((range) => table.query(callFlowRow, {}, range)),
  /** The first flows, numbers, ring groups and blocked callers that use a flow. */
  references: async (head: FlowHead): Promise<readonly FileReference[]> =>
    (
      await Promise.all([
        flowsWith(table, head),
        numbersWith(table, head),
        groupsWith(table, head),
        blocksWith(table, head),
      ])
    )
      .flat()
      .slice(0, maxShownReferences),
  templates: (ids: readonly string[]) => readTemplates(table, ids),
  known: (references: readonly Reference[]) => readKnown(table, references),
  /** The schedules that a flow names, as far as they exist. */
  schedules: async (
    flow: Pick<CallFlow, 'id' | 'steps' | 'external_policy'>,
  ): Promise<ReadonlyMap<string, Schedule>> => {
    const items = await table.getAll(scheduleRow, asIds(idsOf(referencesIn(flow), 'schedule')));
    return new Map(items.flatMap((item) => (item === undefined ? [] : [[item.id, Schedule.parse(item)]])));
  },
});

const names = uniqueValues(callFlowNameRow, {
  markerOf: ({ id, name }: FlowHead) => ({ name: foldedFlowName({ name }), owner: id }),
  taken: 'NAME_TAKEN',
  message: ({ name }) => `A call flow named ${name} exists`,
});

/** Stale if the flow is deleted at the same time. */
const flowReferenceWrites = (id: string, reference: FileReference): Write<'reference' | 'callflow'>[] => [
  overwrite(fileReferenceRow, { ...reference, resource: id }),
  change(callFlowRow, { id }, { add: { reference_epoch: 1 }, onlyIf: { expression: 'attribute_exists(PK)' } }),
];

const referredBy = (flow: CallFlow | undefined, kind: 'sound' | 'flow'): string[] =>
  flow === undefined ? [] : idsOf(referencesIn(flow), kind);

const without = (ids: readonly string[], others: readonly string[]) => ids.filter((id) => !others.includes(id));

/** The writes that follow the files and flows that a flow names. @param after undefined: it is deleted */
function referenceChanges(before: CallFlow | undefined, after: CallFlow | undefined, id: string) {
  const reference = { type: 'callflow', id };
  const [files, filesAfter] = [referredBy(before, 'sound'), referredBy(after, 'sound')];
  const [flows, flowsAfter] = [referredBy(before, 'flow'), referredBy(after, 'flow')];
  return [
    ...[...without(files, filesAfter), ...without(flows, flowsAfter)].flatMap((resource) =>
      unreferenceWrites(resource, reference),
    ),
    ...without(filesAfter, files).flatMap((file) => referenceWrites({ id: file }, reference)),
    ...without(flowsAfter, flows).flatMap((flow) => flowReferenceWrites(flow, reference)),
  ];
}

export const createWrites = (flow: CallFlow) => [
  create(callFlowRow, headOf(flow)),
  create(callFlowVersionRow, flow),
  names.claim(headOf(flow)),
  ...extensionWrites(undefined, flow),
  incrementCount('call flows', flowLimits.flows),
  ...referenceChanges(undefined, flow, flow.id),
];

/** @param before with the steps of its current version */
export const replaceWrites = (head: FlowHead, before: CallFlow, after: CallFlow) => [
  replace(callFlowRow, headOf(after, head), head),
  create(callFlowVersionRow, after),
  ...(after.version > keptVersions
    ? [remove(callFlowVersionRow, { id: after.id, version: after.version - keptVersions })]
    : []),
  ...names.move(head, headOf(after)),
  ...extensionWrites(head, after),
  ...referenceChanges(before, after, after.id),
];

/** The flow as it was read, and without references made since. */
const asRead = ({ version, reference_epoch: epoch }: FlowHead) => ({
  expression: `#version = :version AND ${epoch === undefined ? 'attribute_not_exists(#epoch)' : '#epoch = :epoch'}`,
  names: { '#version': 'version', '#epoch': 'reference_epoch' },
  values: { ':version': version, ...(epoch === undefined ? {} : { ':epoch': epoch }) },
});

/** A cascade deletes its versions. */
export const deleteWrites = (head: FlowHead, flow: CallFlow) => [
  removeIf(callFlowRow, { id: head.id }, asRead(head)),
  names.release(head),
  ...releaseExtension(head),
  decrementCount('call flows'),
  ...referenceChanges(flow, undefined, head.id),
];
