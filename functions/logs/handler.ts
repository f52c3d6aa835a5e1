import { notFound } from '../../shared/errors.ts';
import { ok } from '../../shared/http/answer.ts';
import { outsideFromEnvironment } from '../../shared/http/outside.ts';
import { serve } from '../../shared/http/serve.ts';
import { entityText } from '../../shared/schema/event-entity.ts';
import { getLogs, logs } from './contract.ts';
import { presentLine } from './log-line.ts';
import { logStore } from './store.ts';

/** @param outside what the function touches; tests bring their own */
export const logsHandler = (outside = outsideFromEnvironment()) => serve(logs, {
  [getLogs.route]: async ({ params: { entity }, query, page }, { table }) => {
    const store = logStore(table);
    const { items, total, nextToken } = await store.page(entity, page(), query);
    if (items.length === 0 && !(await store.knows(entity))) throw notFound('Entity');
    return ok({ entity: entityText(entity), count: items.length, total, logs: items.map(presentLine), next_page_token: nextToken });
  },
}, outside);

export const handler = logsHandler();
