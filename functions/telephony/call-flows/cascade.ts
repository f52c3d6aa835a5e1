import { releaseExtension } from '#dynamodb/rows/extension.ts';
import { fileReferenceRow } from '#dynamodb/rows/file.ts';
import { remove } from '#dynamodb/write.ts';
import type { CascadeEffect } from '#contract/resource.ts';
import type { CascadeContext, CascadeSteps } from '#runtime/cascade.ts';
import { callFlowNameRow, callFlowRow, callFlowVersionRow, foldedFlowName } from '../rows/call-flow.ts';
import type { callFlows } from './contract.ts';

type Context = CascadeContext<CascadeEffect<typeof callFlows>>;

/** Items in one slice. */
const limit = 30;

/** The versions of a flow, and what is noted of resources that used it. */
async function deleteRest(id: string, { table }: Pick<Context, 'table'>) {
  const [versions, references] = await Promise.all([
    table.query(callFlowVersionRow, { id }, { limit }),
    table.query(fileReferenceRow, { resource: id }, { limit }),
  ]);
  return [
    ...versions.items.map((version) => remove(callFlowVersionRow, version)),
    ...references.items.map((reference) => remove(fileReferenceRow, reference)),
  ];
}

export const cascade: CascadeSteps<typeof callFlows> = {
  'callflow.deleted': [deleteRest],
  // A call skips a file that does not exist.
  'file.deleted': [
    async (file, { table }) => {
      const { items } = await table.query(fileReferenceRow, { resource: file }, { prefix: 'callflow/', limit });
      return items.map((reference) => remove(fileReferenceRow, reference));
    },
  ],
  'org.closed': [
    async (_organization, { table }) => {
      const { items } = await table.query(callFlowRow, {}, { limit: 1 });
      const [flow] = items;
      if (flow === undefined) return [];
      const rest = await deleteRest(flow.id, { table });
      if (rest.length > 0) return rest;
      return [
        remove(callFlowRow, flow),
        remove(callFlowNameRow, { name: foldedFlowName(flow) }),
        ...releaseExtension(flow),
      ];
    },
  ],
};
