import type { EventItem } from '../../../shared/dynamodb/rows/event.ts';
import { idAt } from '../../../shared/dynamodb/ulid.ts';
import { notFound, notYetSupported } from '../../../shared/errors.ts';
import { commits, created, ok } from '../../../shared/http/answers/answer.ts';
import { clientEvent } from '../../../shared/http/client-event.ts';
import { dependenciesFromEnvironment } from '../../../shared/runtime/dependencies.ts';
import { serve } from '../../../shared/http/serve.ts';
import { events, getEvents, putEvent } from './contract.ts';
import { presentEvent, timeOf } from './event.ts';
import { entityText } from '../../../shared/schema/event-entity.ts';
import { eventStore, filing } from './store.ts';

/** @param outside what the function touches; tests bring their own */
export const eventsHandler = (dependencies = dependenciesFromEnvironment()) =>
  serve(
    events,
    {
      [getEvents.route]: async ({ params: { entity }, query, page }, { table }) => {
        const store = eventStore(table);
        const found = await store.page(entity, page(), query);
        if (found.items.length === 0 && !(await store.knows(entity))) throw notFound('Entity');
        return ok({
          entity: entityText(entity),
          events: found.items.map(presentEvent),
          next_page_token: found.nextToken,
        });
      },

      [putEvent.route]: async (request, { table, nextId }) => {
        const {
          params: { entity },
          now,
        } = request;
        if (!(await eventStore(table).knows(entity))) throw notFound('Entity');
        const { type, data, timestamp, notify } = request.body();
        if (notify === true) throw notYetSupported('notify');
        const at = timeOf(timestamp, now);
        const filed = clientEvent(request, nextId);
        // Events are in the order of their ids, which are made of their time.
        const event: EventItem = {
          ...filed,
          id: idAt(filed.id, Date.parse(at)),
          at,
          type,
          entity,
          data,
          severity: 'info',
          description: type,
          filed: { as: 'event' },
        };
        return commits(
          filing(event),
          created(
            {
              event_id: event.id,
              entity: entityText(entity),
              type,
              created_at: now.toISOString(),
              notifications_sent: 0,
            },
            { message: 'Event recorded successfully' },
          ),
        );
      },
    },
    dependencies,
  );

export const handler = eventsHandler();
