import { textAt, type Example, type Place } from '#test/support/example-request.ts';
import { examples } from './examples.ts';

const entryBody = ({ mark }: Place) => ({ ...examples.fileLogEntry, description: mark });

/** Files an entry. @returns its id */
const newEntry = async (place: Place): Promise<string> =>
  textAt(await place.call('PUT', `/eventlog/${place.organization}`, entryBody(place)), 'data', 'event_log_id');

/** One valid request for each endpoint, by route. */
export const exampleRequests: Readonly<Record<string, Example>> = {
  'PUT /eventlog/{orgId}': {
    ask: (place) => ({ params: { orgId: String(place.organization) }, body: entryBody(place) }),
  },
  'POST /eventlog/{orgId}': {
    ask: async (place) => {
      await newEntry(place);
      return { params: { orgId: String(place.organization) }, body: { event_types: ['door.*'] } };
    },
  },
  'GET /eventlog/{orgId}/{eventLogId}': {
    ask: async (place) => ({ params: { orgId: String(place.organization), eventLogId: await newEntry(place) } }),
  },
};
