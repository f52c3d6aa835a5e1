import { eventData } from '../event-data.ts';
import { organizationText } from '../values.ts';

type SentEvent = Parameters<typeof eventData>[0] & {
  readonly id: string;
  readonly type: string;
  readonly at: string;
  readonly org_id: number;
  readonly entity: { readonly type: string; readonly id: string };
};

/** The body of a webhook's request, the same in each attempt. */
export const webhookBody = (event: SentEvent): string =>
  JSON.stringify({
    id: event.id,
    type: event.type,
    at: event.at,
    org_id: organizationText(event.org_id),
    entity: { type: event.entity.type, id: event.entity.id },
    data: eventData(event),
  });
