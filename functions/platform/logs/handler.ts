import { AppError, notFound } from '#errors.ts';
import { commits, ok } from '#http/answers/answer.ts';
import type { Request, Context } from '#http/handlers.ts';
import { dependenciesFromEnvironment } from '#runtime/dependencies.ts';
import { serve } from '#http/serve.ts';
import { entityText } from '#schema/event-entity.ts';
import { listLogs, logs, importLogs } from './contract.ts';
import { assertImportable, contentMark, presentLine } from './log-line.ts';
import { storeLines, logStore } from './store.ts';

/** The body. Here every violation of its schema is a 400. @throws AppError INVALID_PARAMETER */
function bodyOf(body: Request<typeof importLogs>['body']) {
  try {
    return body();
  } catch (error) {
    throw error instanceof AppError
      ? new AppError('INVALID_PARAMETER', error.message, { details: error.details })
      : error;
  }
}

/**
 * Lines may be more than one transaction takes. They are stored first, a transaction at a time; the event and the
 * answer follow when all are stored.
 */
async function importEntityLogs(
  { params: { entity }, body, now, organization, record }: Request<typeof importLogs>,
  { table, dependencies, nextId }: Context<typeof logs>,
) {
  const { logs: lines, source, deduplicate } = bodyOf(body);
  if (!(await logStore(table).knows(entity))) throw notFound('Entity');
  assertImportable(lines, { now, days: organization.retention.log_days });
  const import_id = nextId('imp');
  const wanted = lines.map(({ timestamp, level, details, ...line }) => {
    const id = nextId('log');
    return {
      ...line,
      id,
      entity,
      at: timestamp,
      mark: deduplicate === false ? id : contentMark({ timestamp, level, details, ...line }),
      level: level ?? 'info',
      details: details ?? {},
      source: source ?? null,
      import_id,
    };
  });
  const imported = await storeLines(dependencies.store, organization.org_id, wanted);
  const receipt = { imported, duplicates_skipped: lines.length - imported, entity: entityText(entity), import_id };
  return commits(
    [
      record('logs.imported', {
        entity,
        description: `${imported} log lines imported`,
        fields: { ...receipt, source: source ?? null },
      }),
    ],
    ok(receipt),
  );
}

/** @param dependencies what the function touches; tests bring their own */
export const logsHandler = (dependencies = dependenciesFromEnvironment()) =>
  serve(
    logs,
    {
      [listLogs.route]: async ({ params: { entity }, query, page }, { table }) => {
        const store = logStore(table);
        const { items, total, nextToken } = await store.page(entity, page(), query);
        if (items.length === 0 && !(await store.knows(entity))) throw notFound('Entity');
        return ok({
          entity: entityText(entity),
          count: items.length,
          total,
          logs: items.map(presentLine),
          next_page_token: nextToken,
        });
      },
      [importLogs.route]: importEntityLogs,
    },
    dependencies,
  );

export const handler = logsHandler();
