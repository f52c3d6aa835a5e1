import { rowsOf, type StoredItem } from '#dynamodb/rows/stored-rows.ts';
import { found, type ErrorDetail } from '#errors.ts';
import { ok } from '#http/answers/answer.ts';
import { serve } from '#http/serve.ts';
import { handlersOf } from '#http/stored-handlers.ts';
import { dependenciesFromEnvironment } from '#runtime/dependencies.ts';
import { CdrMapping, unknownColumns } from '../schema/cdr-mapping.ts';
import { cdrMapping, cdrMappings, testColumnMapping } from './contract.ts';
import { readSample } from './sample.ts';

/** Fields whose columns are not among those that the mapping lists. */
async function columnViolations(item: StoredItem): Promise<readonly ErrorDetail[]> {
  const mapping = CdrMapping.parse(item);
  return unknownColumns(mapping, mapping.columns ?? []).flatMap(({ field, column }) =>
    mapping.columns === null ? [] : [{ path: `fields.${field}`, message: `names ${column}, which is no column` }],
  );
}

export const cdrMappingsHandler = (dependencies = dependenciesFromEnvironment()) =>
  serve(
    cdrMappings,
    {
      ...handlersOf(cdrMapping, { violations: columnViolations }),
      [testColumnMapping.route]: async ({ params: { id }, body, organization }, { table }) => {
        const mapping = CdrMapping.parse(found(await table.get(rowsOf(cdrMapping).row, { id }), 'Column mapping'));
        return ok({ lines: readSample(body().sample, mapping, organization.org_id) });
      },
    },
    dependencies,
  );

export const handler = cdrMappingsHandler();
