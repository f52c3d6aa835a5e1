import { notFound } from '../../shared/errors.ts';
import { ok } from '../../shared/http/answer.ts';
import { outsideFromEnvironment } from '../../shared/http/outside.ts';
import { serve } from '../../shared/http/serve.ts';
import { events, getEvents } from './contract.ts';
import { presentEvent } from './event.ts';
import { entityText } from './event-entity.ts';
import { eventStore } from './store.ts';

/** @param outside what the function touches; tests bring their own */
export const eventsHandler = (outside = outsideFromEnvironment()) => serve(events, {
  [getEvents.route]: async ({ params: { entity }, query, page }, { table }) => {
    const store = eventStore(table);
    const found = await store.page(entity, page(), query);
    if (found.items.length === 0 && !(await store.knows(entity))) throw notFound('Entity');
    return ok({ entity: entityText(entity), events: found.items.map(presentEvent), next_page_token: found.nextToken });
  },
}, outside);

export const handler = eventsHandler();
