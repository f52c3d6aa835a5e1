import type { Example } from '#test/support/example-request.ts';
import { examples } from './examples.ts';

/** One valid request for each endpoint, by route. */
export const exampleRequests: Readonly<Record<string, Example>> = {
  'POST /archiving/purge': { prepare: () => ({ body: examples.purgeRecords }) },
};
