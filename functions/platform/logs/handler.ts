import { AppError, notFound } from '../../../shared/errors.ts';
import { commits, ok } from '../../../shared/http/answers/answer.ts';
import type { Request, Context } from '../../../shared/http/handlers.ts';
import { dependenciesFromEnvironment } from '../../../shared/runtime/dependencies.ts';
import { serve } from '../../../shared/http/serve.ts';
import { entityText } from '../../../shared/schema/event-entity.ts';
import { getLogs, logs, postLogs } from './contract.ts';
import { checkLines, contentMark, presentLine } from './log-line.ts';
import { fileLines, logStore } from './store.ts';

/** The lines as they are sent; of a wrong form is 400 here. @throws AppError INVALID_PARAMETER */
function formOf(body: Request<typeof postLogs>['body']) {
  try {
    return body();
  } catch (error) {
    throw error instanceof AppError
      ? new AppError('INVALID_PARAMETER', error.message, { details: error.details })
      : error;
  }
}

/** Lines are more than a transaction takes: they are filed one by one, and last of all is told that they were. */
async function importLines(
  { params: { entity }, body, now, organization, record }: Request<typeof postLogs>,
  { table, dependencies, nextId }: Context<typeof logs>,
) {
  const { logs: lines, source, deduplicate } = formOf(body);
  if (!(await logStore(table).knows(entity))) throw notFound('Entity');
  checkLines(lines, { now, days: organization.retention.log_days });
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
  const imported = await fileLines(dependencies.store, organization.org_id, wanted);
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

/** @param outside what the function touches; tests bring their own */
export const logsHandler = (dependencies = dependenciesFromEnvironment()) =>
  serve(
    logs,
    {
      [getLogs.route]: async ({ params: { entity }, query, page }, { table }) => {
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
      [postLogs.route]: importLines,
    },
    dependencies,
  );

export const handler = logsHandler();
